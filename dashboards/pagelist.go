package dashboards

// figurePages are the pages on figures after the overview, in the order of the
// navigation.
func figurePages() []page {
	return []page{
		networkPage(),
		disciplinePage(),
		areaPage(),
	}
}
