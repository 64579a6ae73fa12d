package indicators

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"khue"
)

// unit is what a figure is in, with the bounds of its values.
type unit struct {
	code     string
	label    khue.Text
	min, max *float64
}

// draft is everything read from the files, before it is checked as a whole.
type draft struct {
	units      []parsed[unit]
	topics     []parsed[Code]
	measures   []parsed[Measure]
	indicators []parsed[draftIndicator]
	dimensions []parsed[Dimension]
	subjects   []parsed[Code]
	claims     []parsed[Claim]
	programmes []parsed[draftProgramme]
	crosswalks []parsed[draftCrosswalk]

	correspondences []parsed[draftCorrespondence]

	expectations []parsed[Expectation]
	monitoring   []parsed[draftReport]

	unitOfMeasure []string // parallel to measures
}

var (
	marks      = []string{"verified", "general", "inferred"}
	anyMark    = append(slices.Clone(marks), "unknown")
	directions = []string{"up", "down", "neutral"}
)

// read adds one file to the draft.
func (d *draft) read(doc document, content []byte) {
	root := doc.root(content)
	if root == nil {
		return
	}
	file := doc.entry(root, "definition file", "units", "topics", "measures", "indicators", "dimensions", "subjects", "claims", "programme", "crosswalk", "correspondences", "completeness", "monitoring_report")
	for _, n := range file.list("units") {
		d.units = append(d.units, readUnit(doc, n))
	}
	for _, n := range file.list("topics") {
		d.topics = append(d.topics, readCode(doc, n, "topic"))
	}
	for _, n := range file.list("measures") {
		m, unit := readMeasure(doc, n)
		d.measures, d.unitOfMeasure = append(d.measures, m), append(d.unitOfMeasure, unit)
	}
	for _, n := range file.list("indicators") {
		d.indicators = append(d.indicators, readIndicator(doc, n))
	}
	for _, n := range file.list("dimensions") {
		d.dimensions = append(d.dimensions, readDimension(doc, n))
	}
	for _, n := range file.list("subjects") {
		d.subjects = append(d.subjects, readCode(doc, n, "subject"))
	}
	for _, n := range file.list("claims") {
		d.claims = append(d.claims, readClaim(doc, n))
	}
	for _, n := range file.list("completeness") {
		d.expectations = append(d.expectations, readExpectation(doc, n))
	}
	if n := file.keys["programme"]; n != nil {
		d.programmes = append(d.programmes, readProgramme(doc, n))
	}
	if n := file.keys["crosswalk"]; n != nil {
		d.crosswalks = append(d.crosswalks, readCrosswalk(doc, n))
	}
	if n := file.keys["monitoring_report"]; n != nil {
		d.monitoring = append(d.monitoring, readMonitoringReport(doc, n))
	}
	for _, n := range file.list("correspondences") {
		d.correspondences = append(d.correspondences, readCorrespondence(doc, n))
	}
}

func readUnit(doc document, n *yaml.Node) parsed[unit] {
	e := doc.entry(n, "unit", "code", "label", "min", "max")
	u := unit{code: e.word("code"), label: e.text("label")}
	bound := func(key string) *float64 {
		if e.keys[key] == nil {
			return nil
		}
		v := e.number(key)
		return &v
	}
	u.min, u.max = bound("min"), bound("max")
	if u.min != nil && u.max != nil && *u.min >= *u.max {
		e.wrong("max", "max of unit %q must be greater than its min", u.code)
	}
	return parsed[unit]{u, e}
}

func readMeasure(doc document, n *yaml.Node) (parsed[Measure], string) {
	e := doc.entry(n, "measure", "name", "label", "description", "dataset", "aggregate", "column", "kind",
		"unit", "decimals", "direction", "source", "method", "where", "confidential")
	m := Measure{
		Name: e.word("name"), Label: e.text("label"), Description: e.text("description"),
		Dataset: e.word("dataset"), Aggregate: e.choice("aggregate", "sum", "count", "distinct", "stock"), Column: e.optional("column"),
		Kind: e.choice("kind", "flow", "stock"), Decimals: e.whole("decimals"),
		Direction: e.choice("direction", directions...), Source: e.text("source"), Method: e.text("method"),
	}
	m.Where = readWhere(doc, e)
	m.Confidential = readConfidential(doc, e)
	e.checkDecimals(m.Decimals)
	return parsed[Measure]{m, e}, e.word("unit")
}

func (e entry) checkDecimals(n int) {
	if n < 0 || n > 6 {
		e.wrong("decimals", "decimals is %d; it must lie between 0 and 6", n)
	}
}

func readDimension(doc document, n *yaml.Node) parsed[Dimension] {
	e := doc.entry(n, "dimension", "name", "label", "datasets", "values")
	e.need("datasets")
	d := Dimension{Name: e.word("name"), Label: e.text("label"), Datasets: e.words("datasets")}
	var codes []parsed[Code]
	for _, v := range e.list("values") {
		c := readCode(doc, v, "value")
		codes, d.Values = append(codes, c), append(d.Values, c.value)
	}
	unique(codes, "code", func(c Code) string { return c.Code })
	return parsed[Dimension]{d, e}
}

func readCode(doc document, n *yaml.Node, what string) parsed[Code] {
	e := doc.entry(n, what, "code", "label")
	return parsed[Code]{Code{Code: e.word("code"), Label: e.text("label")}, e}
}

func readClaim(doc document, n *yaml.Node) parsed[Claim] {
	e := doc.entry(n, "claim", "subject", "period", "value", "unit", "kind", "publisher", "aliases", "citation", "note")
	return parsed[Claim]{Claim{
		Subject: e.word("subject"), Period: e.word("period"), Value: e.number("value"), unit: e.word("unit"),
		Kind: e.choice("kind", "actual", "target", "estimate"), Publisher: e.word("publisher"), aliases: e.words("aliases"),
		Citation: e.optional("citation"), Note: e.optionalText("note"),
	}, e}
}
