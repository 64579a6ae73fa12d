package indicators

import (
	"slices"
	"strings"

	"khue"
)

// check looks at the draft as a whole: duplicates, references that lead nowhere,
// figures that cannot be. What is wrong goes to the faults of the files; the
// catalogue is whole only when there are none.
func (d *draft) check() *Catalogue {
	c := &Catalogue{dimensions: slices.Clone(grains)}
	d.checkNames()
	for _, u := range d.units {
		c.units = append(c.units, u.value)
	}
	for _, t := range d.topics {
		c.topics = append(c.topics, t.value)
	}
	for _, s := range d.subjects {
		c.subjects = append(c.subjects, s.value)
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
	unique(d.units, "code", func(u unit) string { return u.code })
	unique(d.topics, "code", func(t Code) string { return t.Code })
	unique(d.measures, "name", func(m Measure) string { return m.Name })
	unique(d.indicators, "name", func(i draftIndicator) string { return i.Name })
	unique(d.dimensions, "name", func(d Dimension) string { return d.Name })
	unique(d.subjects, "code", func(s Code) string { return s.Code })
	unique(d.programmes, "id", func(p draftProgramme) string { return p.ID })
	unique(d.crosswalks, "name", func(w draftCrosswalk) string { return w.Name })
	unique(d.monitoring, "id", func(r draftReport) string { return r.ID })
	unique(d.claims, "subject", func(c Claim) string {
		if c.Subject == "" || c.Period == "" {
			return ""
		}
		return strings.Join([]string{c.Subject, c.Period, c.unit, c.Publisher, trimmed(c.Value)}, " / ")
	})
}

// refer reports a reference to something that is not defined.
func refer(e entry, key, what, name string, known []string) bool {
	if name == "" || slices.Contains(known, name) {
		return name != ""
	}
	e.wrong(key, "there is no %s %q; %s", what, name, suggestion(name, known).EN)
	return false
}

func (c *Catalogue) unit(e entry, code string) (unit, bool) {
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
func (e entry) checkRange(key string, v float64, u unit) {
	if u.min != nil && v < *u.min {
		e.wrong(key, "%s is %s; a value in %q cannot be less than %s", key, trimmed(v), u.code, trimmed(*u.min))
	}
	if u.max != nil && v > *u.max {
		e.wrong(key, "%s is %s; a value in %q cannot be greater than %s", key, trimmed(v), u.code, trimmed(*u.max))
	}
}

func checkDimension(p parsed[Dimension]) Dimension {
	if _, err := khue.ParseGrain(p.value.Name); err == nil {
		p.at.wrong("name", "%q is a grain of time and cannot name a dimension", p.value.Name)
	}
	for _, dataset := range p.value.Datasets {
		refer(p.at, "datasets", "dataset", dataset, datasetNames())
	}
	return p.value
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

func (c *Catalogue) checkMeasure(p parsed[Measure], unitCode string) Measure {
	m, e := p.value, p.at
	m.unit = unitCode
	if u, ok := c.unit(e, unitCode); ok {
		m.Unit = u.label
	}
	if _, err := c.Dimension(m.Name); err == nil {
		e.wrong("name", "%q already names a dimension", m.Name)
	}
	if refer(e, "dataset", "dataset", m.Dataset, datasetNames()) {
		checkColumn(m, e)
		for dim, values := range m.Where {
			at, err := c.Dimension(dim)
			if err != nil || !slices.Contains(at.Datasets, m.Dataset) {
				e.wrong("where", "dataset %q has no dimension %q", m.Dataset, dim)
			}
			if len(values) == 0 {
				e.wrong("where", "the limit on %q names no value", dim)
			}
		}
	}
	if (m.Aggregate == "stock") != (m.Kind == "stock") && m.Aggregate != "" && m.Kind != "" {
		e.wrong("kind", "aggregate %q does not give a %s", m.Aggregate, m.Kind)
	}
	c.checkConfidential(m, e)
	return m
}

// checkColumn holds a measure's column against the contract of its dataset.
func checkColumn(m Measure, e entry) {
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
			e.wrong("column", "a count takes no column")
		}
	case len(known) == 0:
		e.wrong("aggregate", "dataset %q has nothing for the aggregate %q", m.Dataset, m.Aggregate)
	case m.Column == "":
		e.wrong("aggregate", "the aggregate %q needs a column", m.Aggregate)
	default:
		refer(e, "column", m.Aggregate+" column in dataset "+m.Dataset, m.Column, known)
	}
}

func (c *Catalogue) checkClaim(p parsed[Claim]) Claim {
	claim, e := p.value, p.at
	if u, ok := c.unit(e, claim.unit); ok {
		claim.Unit = u.label
		e.checkRange("value", claim.Value, u)
	}
	if _, err := khue.ParsePeriod(claim.Period); claim.Period != "" && err != nil {
		e.wrong("period", "period: %s", khue.MessageOf(err).EN)
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
