package khue

// DesignFestival is the code of the Hanoi Creative Design Festival as a series of
// events: the one festival that the city promised to UNESCO.
const DesignFestival = "festival-design"

// seriesNames are the series of events that have a name in both languages.
var seriesNames = map[string]Text{
	DesignFestival: {VI: "Lễ hội Thiết kế sáng tạo Hà Nội", EN: "Hanoi Creative Design Festival"},
}

// SeriesName is the name of a series of events; one without a name is shown by the
// code that its source gives.
func SeriesName(code string) (Text, bool) {
	name, known := seriesNames[code]
	return name, known
}
