package indicators

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// Expectation says who is expected to report the facts of a dataset, so that it
// can be told how many of them have. Who is expected changes with time.
type Expectation struct {
	Name     string
	Dataset  string
	Measures []string // it speaks for; empty: all of the dataset that no other expectation names
	// Label follows a share: "97 %" + "of events have reported".
	Label khue.Text
	// Reporters is events (each event is to report attendance), areas (each unit of
	// the official lists while it exists), members (each member of the Network while
	// it is one), list (those named) or none (nobody knows who should report).
	Reporters string
	Dimension string // by which rows name their reporter; events are gathered by it in tables
	// Where limits the events that are expected, or the rows that count as reports.
	Where     map[string][]string
	Frequency khue.Grain // how often each reports; empty for events, which report once
	DueDays   int        // days after the end of an event or a period by which the report is due
	Floor     float64    // share in percent below which figures are shown with a warning; 0 for none
	List      []Expected // of reporters "list"
	Reason    khue.Text  // why there is no list, for reporters "none"
}

// Expected is a reporter on a list, with the days on which it is one.
type Expected struct {
	Code  string
	Label khue.Text
	From  time.Time // first day; zero when always
	To    time.Time // first day no longer; zero while it reports
}

// wholly tells that a reporter is one on all days of a period: one that joins or
// leaves in the middle is expected from its first, and until its last, whole period.
func (e Expected) wholly(p khue.Period) bool {
	return !e.From.After(p.Start()) && (e.To.IsZero() || !e.To.Before(p.End()))
}

// touches tells that a reporter is one on some day of a period.
func (e Expected) touches(p khue.Period) bool {
	return e.From.Before(p.End()) && (e.To.IsZero() || e.To.After(p.Start()))
}

// Expectations lists who is expected to report what, in the order of the definitions.
func (c *Catalogue) Expectations() []Expectation { return c.expectations }

// Expectation finds an expectation by name.
func (c *Catalogue) Expectation(name string) (Expectation, error) {
	return find(c.expectations, name, "danh sách báo cáo", "list of expected reports", func(x Expectation) string { return x.Name })
}

// expectationOf is what a measure's facts are expected by; false when nothing is said.
func (c *Catalogue) expectationOf(m Measure) (Expectation, bool) {
	var whole *Expectation
	for i, x := range c.expectations {
		if x.Dataset != m.Dataset {
			continue
		}
		if slices.Contains(x.Measures, m.Name) {
			return x, true
		}
		if len(x.Measures) == 0 {
			whole = &c.expectations[i]
		}
	}
	if whole == nil {
		return Expectation{}, false
	}
	return *whole, true
}

// reportFrequencies are how often somebody on a list may have to report.
var reportFrequencies = []string{string(khue.Year), string(khue.HalfYear), string(khue.Quarter), string(khue.Month)}

func readExpectation(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Expectation] {
	e := doc.Entry(n, "expectation", "name", "dataset", "measures", "label", "reporters", "dimension", "where",
		"frequency", "due_days", "floor", "list", "reason")
	x := Expectation{
		Name: e.Word("name"), Dataset: e.Word("dataset"), Measures: e.Words("measures"), Label: e.OptionalText("label"),
		Reporters: e.Choice("reporters", "events", "areas", "members", "list", "none"), Dimension: e.Optional("dimension"),
		Reason: e.OptionalText("reason"),
	}
	if e.Keys["frequency"] != nil {
		x.Frequency = khue.Grain(e.Choice("frequency", reportFrequencies...))
	}
	if e.Keys["due_days"] != nil {
		if x.DueDays = e.Whole("due_days"); x.DueDays < 0 || x.DueDays > 366 {
			e.Wrong("due_days", "due_days is %d; it must lie between 0 and 366", x.DueDays)
		}
	}
	if e.Keys["floor"] != nil {
		if x.Floor = e.Number("floor"); x.Floor < 0 || x.Floor > 100 {
			e.Wrong("floor", "floor is %s; it must lie between 0 and 100", trimmed(x.Floor))
		}
	}
	if w := e.Keys["where"]; w != nil && w.Kind == yaml.MappingNode {
		x.Where = make(map[string][]string)
		var dims []string
		for i := 0; i < len(w.Content); i += 2 {
			dims = append(dims, w.Content[i].Value)
		}
		limits := doc.Entry(w, "limit", dims...)
		for _, dim := range dims {
			x.Where[dim] = limits.Words(dim)
		}
	} else if w != nil {
		e.Wrong("where", "where must give dimensions with lists of values")
	}
	var listed []definitionfile.Parsed[Expected]
	for _, item := range e.List("list") {
		r := readExpected(doc, item)
		listed, x.List = append(listed, r), append(x.List, r.Value)
	}
	definitionfile.Unique(listed, "code", func(r Expected) string { return r.Code })
	return definitionfile.At(x, e)
}

func readExpected(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Expected] {
	e := doc.Entry(n, "reporter", "code", "label", "from", "to")
	r := Expected{Code: e.Word("code"), Label: e.OptionalText("label"), From: dayOf(e, "from"), To: dayOf(e, "to")}
	if !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To) {
		e.Wrong("to", "to of reporter %q must come after its from", r.Code)
	}
	return definitionfile.At(r, e)
}

// checkExpectations holds the expectations against measures and dimensions.
func (d *draft) checkExpectations(c *Catalogue) {
	definitionfile.Unique(d.expectations, "name", func(x Expectation) string { return x.Name })
	var each []definitionfile.Parsed[string]
	var whole []definitionfile.Parsed[string]
	for _, p := range d.expectations {
		for _, m := range p.Value.Measures {
			each = append(each, definitionfile.At(m, p.At))
		}
		if len(p.Value.Measures) == 0 {
			whole = append(whole, definitionfile.At(p.Value.Dataset, p.At))
		}
		c.expectations = append(c.expectations, c.checkExpectation(p))
	}
	twice(each, "measures", "measure %q has its reporters already at %s:%d")
	twice(whole, "dataset", "dataset %q has its reporters already at %s:%d; say which measures this one is for")
}

// twice reports what two expectations both speak for.
func twice(items []definitionfile.Parsed[string], key, fault string) {
	first := make(map[string]definitionfile.Entry)
	for _, item := range items {
		before, seen := first[item.Value]
		if !seen {
			first[item.Value] = item.At
			continue
		}
		at := item.At
		if at.Ours && !before.Ours {
			at, before = before, at
		}
		at.Wrong(key, fault, item.Value, before.File, before.LineOf(key))
	}
}

func (c *Catalogue) checkExpectation(p definitionfile.Parsed[Expectation]) Expectation {
	x, e := p.Value, p.At
	if !refer(e, "dataset", "dataset", x.Dataset, datasetNames()) || x.Reporters == "" {
		return x
	}
	for _, name := range x.Measures {
		if m, err := c.Measure(name); err != nil {
			e.Wrong("measures", "%s", khue.MessageOf(err).EN)
		} else if m.Dataset != x.Dataset {
			e.Wrong("measures", "measure %q is of dataset %q, not of %q", name, m.Dataset, x.Dataset)
		}
	}
	c.checkReporters(&x, e)
	limited := x.Dataset
	if x.Reporters == "events" {
		limited = "events" // which events are expected
	}
	for dim, values := range x.Where {
		if at, err := c.Dimension(dim); err != nil || !slices.Contains(at.Datasets, limited) {
			e.Wrong("where", "dataset %q has no dimension %q", limited, dim)
		}
		if len(values) == 0 {
			e.Wrong("where", "the limit on %q names no value", dim)
		}
	}
	return x
}

// checkReporters looks at what each kind of reporters needs and cannot take.
func (c *Catalogue) checkReporters(x *Expectation, e definitionfile.Entry) {
	only := func(key string, kinds ...string) {
		if e.Keys[key] != nil && !slices.Contains(kinds, x.Reporters) {
			e.Wrong(key, "reporters %q take no %q", x.Reporters, key)
		}
		if e.Keys[key] == nil && slices.Contains(kinds, x.Reporters) {
			e.Fault(e.Line, "reporters %q need %q", x.Reporters, key)
		}
	}
	only("frequency", "areas", "members", "list")
	only("list", "list")
	only("reason", "none")
	if x.Reporters != "none" {
		e.Need("label")
	}
	fixed, of := map[string]string{"events": "organiser", "areas": "area", "members": "member"}, map[string]string{"events": "attendance", "members": "activities"}
	if dataset := of[x.Reporters]; dataset != "" && x.Dataset != dataset {
		e.Wrong("reporters", "%s report %s, not %q", x.Reporters, dataset, x.Dataset)
	}
	if dim := fixed[x.Reporters]; dim != "" {
		if x.Dimension != "" && x.Dimension != dim && x.Reporters != "events" {
			e.Wrong("dimension", "reporters %q are named by %q", x.Reporters, dim)
		}
		if x.Dimension == "" {
			x.Dimension = dim
		}
	} else {
		only("dimension", "list")
	}
	if x.Dimension == "" {
		return
	}
	if at, err := c.Dimension(x.Dimension); err != nil || at.Grain != "" || !slices.Contains(at.Datasets, x.Dataset) {
		e.Wrong("dimension", "dataset %q has no dimension %q", x.Dataset, x.Dimension)
	}
}
