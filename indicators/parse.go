package indicators

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// unit is what a figure is in, with the bounds of its values.
type unit struct {
	code     string
	label    khue.Text
	min, max *float64
}

// draft is everything read from the files, before it is checked as a whole.
type draft struct {
	units      []definitionfile.Parsed[unit]
	topics     []definitionfile.Parsed[Code]
	measures   []definitionfile.Parsed[Measure]
	indicators []definitionfile.Parsed[draftIndicator]
	dimensions []definitionfile.Parsed[Dimension]
	subjects   []definitionfile.Parsed[Code]
	claims     []definitionfile.Parsed[Claim]
	programmes []definitionfile.Parsed[draftProgramme]
	crosswalks []definitionfile.Parsed[draftCrosswalk]

	correspondences []definitionfile.Parsed[draftCorrespondence]

	expectations []definitionfile.Parsed[Expectation]
	monitoring   []definitionfile.Parsed[draftReport]

	unitOfMeasure []string // parallel to measures
}

var (
	marks      = []string{"verified", "general", "inferred"}
	anyMark    = append(slices.Clone(marks), "unknown")
	directions = []string{"up", "down", "neutral"}
)

// read adds one file to the draft.
func (d *draft) read(doc definitionfile.Document, content []byte) {
	root := doc.Root(content)
	if root == nil {
		return
	}
	file := doc.Entry(root, "definition file", "units", "topics", "measures", "indicators", "dimensions", "subjects", "claims", "programme", "crosswalk", "correspondences", "completeness", "monitoring_report", "report")
	for _, n := range file.List("units") {
		d.units = append(d.units, readUnit(doc, n))
	}
	for _, n := range file.List("topics") {
		d.topics = append(d.topics, readCode(doc, n, "topic"))
	}
	for _, n := range file.List("measures") {
		m, unit := readMeasure(doc, n)
		d.measures, d.unitOfMeasure = append(d.measures, m), append(d.unitOfMeasure, unit)
	}
	for _, n := range file.List("indicators") {
		d.indicators = append(d.indicators, readIndicator(doc, n))
	}
	for _, n := range file.List("dimensions") {
		d.dimensions = append(d.dimensions, readDimension(doc, n))
	}
	for _, n := range file.List("subjects") {
		d.subjects = append(d.subjects, readCode(doc, n, "subject"))
	}
	for _, n := range file.List("claims") {
		d.claims = append(d.claims, readClaim(doc, n))
	}
	for _, n := range file.List("completeness") {
		d.expectations = append(d.expectations, readExpectation(doc, n))
	}
	if n := file.Keys["programme"]; n != nil {
		d.programmes = append(d.programmes, readProgramme(doc, n))
	}
	if n := file.Keys["crosswalk"]; n != nil {
		d.crosswalks = append(d.crosswalks, readCrosswalk(doc, n))
	}
	if n := file.Keys["monitoring_report"]; n != nil {
		d.monitoring = append(d.monitoring, readMonitoringReport(doc, n))
	}
	for _, n := range file.List("correspondences") {
		d.correspondences = append(d.correspondences, readCorrespondence(doc, n))
	}
}

func readUnit(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[unit] {
	e := doc.Entry(n, "unit", "code", "label", "min", "max")
	u := unit{code: e.Word("code"), label: e.Text("label")}
	bound := func(key string) *float64 {
		if e.Keys[key] == nil {
			return nil
		}
		v := e.Number(key)
		return &v
	}
	u.min, u.max = bound("min"), bound("max")
	if u.min != nil && u.max != nil && *u.min >= *u.max {
		e.Wrong("max", "max of unit %q must be greater than its min", u.code)
	}
	return definitionfile.At(u, e)
}

func readMeasure(doc definitionfile.Document, n *yaml.Node) (definitionfile.Parsed[Measure], string) {
	e := doc.Entry(n, "measure", "name", "label", "description", "dataset", "aggregate", "column", "kind",
		"unit", "decimals", "direction", "source", "method", "where", "confidential")
	m := Measure{
		Name: e.Word("name"), Label: e.Text("label"), Description: e.Text("description"),
		Dataset: e.Word("dataset"), Aggregate: e.Choice("aggregate", "sum", "count", "distinct", "stock"), Column: e.Optional("column"),
		Kind: e.Choice("kind", "flow", "stock"), Decimals: e.Whole("decimals"),
		Direction: e.Choice("direction", directions...), Source: e.Text("source"), Method: e.Text("method"),
	}
	m.Where = readWhere(doc, e)
	m.Confidential = readConfidential(doc, e)
	checkDecimals(e, m.Decimals)
	return definitionfile.At(m, e), e.Word("unit")
}

func checkDecimals(e definitionfile.Entry, n int) {
	if n < 0 || n > 6 {
		e.Wrong("decimals", "decimals is %d; it must lie between 0 and 6", n)
	}
}

func readDimension(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Dimension] {
	e := doc.Entry(n, "dimension", "name", "label", "datasets", "values")
	e.Need("datasets")
	d := Dimension{Name: e.Word("name"), Label: e.Text("label"), Datasets: e.Words("datasets")}
	var codes []definitionfile.Parsed[Code]
	for _, v := range e.List("values") {
		c := readCode(doc, v, "value")
		codes, d.Values = append(codes, c), append(d.Values, c.Value)
	}
	definitionfile.Unique(codes, "code", func(c Code) string { return c.Code })
	return definitionfile.At(d, e)
}

func readCode(doc definitionfile.Document, n *yaml.Node, what string) definitionfile.Parsed[Code] {
	e := doc.Entry(n, what, "code", "label")
	return definitionfile.At(Code{Code: e.Word("code"), Label: e.Text("label")}, e)
}

func readClaim(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Claim] {
	e := doc.Entry(n, "claim", "subject", "period", "value", "unit", "kind", "publisher", "aliases", "citation", "note")
	return definitionfile.At(Claim{
		Subject: e.Word("subject"), Period: e.Word("period"), Value: e.Number("value"), unit: e.Word("unit"),
		Kind: e.Choice("kind", "actual", "target", "estimate"), Publisher: e.Word("publisher"), aliases: e.Words("aliases"),
		Citation: e.Optional("citation"), Note: e.OptionalText("note"),
	}, e)
}
