package dashboards

import "khue/indicators"

// figurePages are the pages on figures after the overview, in the order of the
// navigation.
func figurePages(c *indicators.Catalogue) []page {
	return []page{
		resolutionPage(c),
		unescoPage(),
		networkPage(),
		eventsPage(),
		disciplinePage(),
		areaPage(),
	}
}
