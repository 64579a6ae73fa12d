package indicators

import (
	"slices"
	"strings"

	"khue"
	"khue/indicators/definitionfile"
)

// check looks at the draft as a whole: duplicates, references that lead nowhere,
// figures that cannot be. What is wrong goes to the faults of the files; the
// catalogue is whole only when there are none.
func (d *draft) check() *Catalogue {
	c := &Catalogue{dimensions: slices.Clone(grains)}
	d.checkNames()
	for _, u := range d.units {
		c.units = append(c.units, u.Value)
	}
	for _, t := range d.topics {
		c.topics = append(c.topics, t.Value)
	}
	for _, s := range d.subjects {
		c.subjects = append(c.subjects, s.Value)
	}
	for _, dim := range d.dimensions {
		c.dimensions = append(c.dimensions, checkDimension(dim))
	}
	for _, w := range d.crosswalks {
		c.addCrosswalk(w)
	}
	c.checkCorrespondences(d.correspondences)
	for i, m := range d.measures {
		c.measures = append(c.measures, c.checkMeasure(m, d.unitOfMeasure[i]))
	}
	for _, claim := range d.claims {
		c.claims = append(c.claims, c.checkClaim(claim))
	}
	for _, i := range d.indicators {
		c.indicators = append(c.indicators, c.checkIndicator(i))
	}
	for _, p := range d.programmes {
		c.programmes = append(c.programmes, c.checkProgramme(p))
	}
	slices.SortStableFunc(c.programmes, func(a, b Programme) int {
		return slices.Index(programmeKinds, a.Kind) - slices.Index(programmeKinds, b.Kind)
	})
	for _, r := range d.monitoring {
		c.monitoring = append(c.monitoring, c.checkMonitoring(r))
	}
	d.checkExpectations(c)
	return c
}

func (d *draft) checkNames() {
	definitionfile.Unique(d.units, "code", func(u unit) string { return u.code })
	definitionfile.Unique(d.topics, "code", func(t Code) string { return t.Code })
	definitionfile.Unique(d.measures, "name", func(m Measure) string { return m.Name })
	definitionfile.Unique(d.indicators, "name", func(i draftIndicator) string { return i.Name })
	definitionfile.Unique(d.dimensions, "name", func(d Dimension) string { return d.Name })
	definitionfile.Unique(d.subjects, "code", func(s Code) string { return s.Code })
	definitionfile.Unique(d.programmes, "id", func(p draftProgramme) string { return p.ID })
	definitionfile.Unique(d.crosswalks, "name", func(w draftCrosswalk) string { return w.Name })
	definitionfile.Unique(d.monitoring, "id", func(r draftReport) string { return r.ID })
	definitionfile.Unique(d.claims, "subject", func(c Claim) string {
		if c.Subject == "" || c.Period == "" {
			return ""
		}
		return strings.Join([]string{c.Subject, c.Period, c.unit, c.Publisher, trimmed(c.Value)}, " / ")
	})
}

// refer reports a reference to something that is not defined.
func refer(e definitionfile.Entry, key, what, name string, known []string) bool {
	if name == "" || slices.Contains(known, name) {
		return name != ""
	}
	e.Wrong(key, "there is no %s %q; %s", what, name, definitionfile.Suggestion(name, known).EN)
	return false
}

func (c *Catalogue) unit(e definitionfile.Entry, code string) (unit, bool) {
	var codes []string
	for _, u := range c.units {
		if u.code == code {
			return u, true
		}
		codes = append(codes, u.code)
	}
	return unit{}, refer(e, "unit", "unit", code, codes)
}

// checkRange reports a value that its unit cannot take.
func checkRange(e definitionfile.Entry, key string, v float64, u unit) {
	if u.min != nil && v < *u.min {
		e.Wrong(key, "%s is %s; a value in %q cannot be less than %s", key, trimmed(v), u.code, trimmed(*u.min))
	}
	if u.max != nil && v > *u.max {
		e.Wrong(key, "%s is %s; a value in %q cannot be greater than %s", key, trimmed(v), u.code, trimmed(*u.max))
	}
}

func checkDimension(p definitionfile.Parsed[Dimension]) Dimension {
	if _, err := khue.ParseGrain(p.Value.Name); err == nil {
		p.At.Wrong("name", "%q is a grain of time and cannot name a dimension", p.Value.Name)
	}
	for _, dataset := range p.Value.Datasets {
		refer(p.At, "datasets", "dataset", dataset, datasetNames())
	}
	return p.Value
}

func datasetNames() []string {
	var names []string
	for _, d := range khue.Datasets() {
		names = append(names, d.Name)
	}
	return names
}

// stocks are the datasets with something that is there until it leaves.
var stocks = map[string][]string{"members": {"accepted", "certified"}}

func (c *Catalogue) checkMeasure(p definitionfile.Parsed[Measure], unitCode string) Measure {
	m, e := p.Value, p.At
	m.unit = unitCode
	if u, ok := c.unit(e, unitCode); ok {
		m.Unit = u.label
	}
	if _, err := c.Dimension(m.Name); err == nil {
		e.Wrong("name", "%q already names a dimension", m.Name)
	}
	if refer(e, "dataset", "dataset", m.Dataset, datasetNames()) {
		checkColumn(m, e)
		for dim, values := range m.Where {
			at, err := c.Dimension(dim)
			if err != nil || !slices.Contains(at.Datasets, m.Dataset) {
				e.Wrong("where", "dataset %q has no dimension %q", m.Dataset, dim)
			}
			if len(values) == 0 {
				e.Wrong("where", "the limit on %q names no value", dim)
			}
		}
	}
	if (m.Aggregate == "stock") != (m.Kind == "stock") && m.Aggregate != "" && m.Kind != "" {
		e.Wrong("kind", "aggregate %q does not give a %s", m.Aggregate, m.Kind)
	}
	c.checkConfidential(m, e)
	return m
}

// checkColumn holds a measure's column against the contract of its dataset.
func checkColumn(m Measure, e definitionfile.Entry) {
	dataset, _ := khue.DatasetOf(m.Dataset)
	var numbers, fields []string
	for _, f := range dataset.Fields {
		fields = append(fields, f.Name)
		if f.Type == khue.IntegerField || f.Type == khue.DecimalField {
			numbers = append(numbers, f.Name)
		}
	}
	known := map[string][]string{"sum": numbers, "distinct": fields, "stock": stocks[m.Dataset]}[m.Aggregate]
	switch {
	case m.Aggregate == "":
	case m.Aggregate == "count":
		if m.Column != "" {
			e.Wrong("column", "a count takes no column")
		}
	case len(known) == 0:
		e.Wrong("aggregate", "dataset %q has nothing for the aggregate %q", m.Dataset, m.Aggregate)
	case m.Column == "":
		e.Wrong("aggregate", "the aggregate %q needs a column", m.Aggregate)
	default:
		refer(e, "column", m.Aggregate+" column in dataset "+m.Dataset, m.Column, known)
	}
}

func (c *Catalogue) checkClaim(p definitionfile.Parsed[Claim]) Claim {
	claim, e := p.Value, p.At
	if u, ok := c.unit(e, claim.unit); ok {
		claim.Unit = u.label
		checkRange(e, "value", claim.Value, u)
	}
	if _, err := khue.ParsePeriod(claim.Period); claim.Period != "" && err != nil {
		e.Wrong("period", "period: %s", khue.MessageOf(err).EN)
	}
	var codes []string
	for _, s := range c.subjects {
		if codes = append(codes, s.Code); s.Code == claim.Subject {
			claim.SubjectLabel = s.Label
		}
	}
	refer(e, "subject", "subject", claim.Subject, codes)
	return claim
}
