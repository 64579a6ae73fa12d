package indicators

import (
	"slices"
	"time"

	"khue"
	"khue/indicators/definitionfile"
)

func (c *Catalogue) checkIndicator(p definitionfile.Parsed[draftIndicator]) Indicator {
	i, e := p.Value.Indicator, p.At
	if u, ok := c.unit(e, i.unit); ok {
		i.Unit = u.label
	}
	measures, subjects := namesOf(c.measures, func(m Measure) string { return m.Name }), namesOf(c.subjects, func(s Code) string { return s.Code })
	refer(e, "topic", "topic", i.Topic, namesOf(c.topics, func(t Code) string { return t.Code }))
	refer(e, "measure", "measure", i.Measure, measures)
	refer(e, "numerator", "measure", i.Numerator, measures)
	refer(e, "denominator", "measure", i.Denominator, measures)
	refer(e, "claims", "subject", i.Claims, subjects)
	if _, err := c.Dimension(i.Name); err == nil {
		e.Wrong("name", "%q already names a dimension", i.Name)
	}
	if slices.Contains(measures, i.Name) && i.Measure != i.Name {
		e.Wrong("name", "%q is also the name of a measure, so it must draw on that measure or be named otherwise", i.Name)
	}
	if !drawsOnOne(i, e) {
		return i
	}
	switch {
	case i.Claims != "":
		c.checkPublished(i, e)
	case i.Measure != "":
		c.checkMeasured(&i, e)
	default:
		c.checkRatio(&i, e)
	}
	i.Over = c.over(i, p.Value.over)
	checkSince(i, e)
	i.Breaks = checkBreaks(i, p.Value.breaks)
	return i
}

func namesOf[T any](all []T, nameOf func(T) string) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = nameOf(x)
	}
	return out
}

// drawsOnOne holds that an indicator draws on one thing, and on the whole of it.
func drawsOnOne(i Indicator, e definitionfile.Entry) bool {
	whole := (i.Numerator == "") == (i.Denominator == "")
	if !whole {
		e.Fault(e.Line, "indicator %q needs both a numerator and a denominator", i.Name)
	}
	given := 0
	for _, from := range []string{i.Measure, i.Numerator + i.Denominator, i.Claims} {
		if from != "" {
			given++
		}
	}
	if given != 1 {
		e.Fault(e.Line, "indicator %q needs exactly one of measure, numerator with denominator, or claims", i.Name)
	}
	if e.Keys["factor"] != nil && i.Numerator == "" {
		e.Wrong("factor", "a factor belongs to a ratio; indicator %q is none", i.Name)
	}
	return whole && given == 1
}

// checkMeasured holds an indicator against the one measure behind it, and takes
// over what it does not say itself.
func (c *Catalogue) checkMeasured(i *Indicator, e definitionfile.Entry) {
	m, err := c.Measure(i.Measure)
	if err != nil {
		return
	}
	if i.unit != "" && m.unit != "" && i.unit != m.unit {
		e.Wrong("unit", "indicator %q is in %q but its measure %q is in %q", i.Name, i.unit, m.Name, m.unit)
	}
	if conflict(i.Direction, m.Direction) {
		e.Wrong("direction", "for indicator %q %s is better but for its measure %q it is %s", i.Name, i.Direction, m.Name, m.Direction)
	}
	if i.Source == (khue.Text{}) {
		i.Source = m.Source
	}
	if i.Method == (khue.Text{}) {
		i.Method = m.Method
	}
}

func conflict(a, b string) bool { return a == "up" && b == "down" || a == "down" && b == "up" }

func (c *Catalogue) checkRatio(i *Indicator, e definitionfile.Entry) {
	if i.Factor <= 0 {
		e.Wrong("factor", "factor is %s; it must be greater than 0", trimmed(i.Factor))
	}
	if i.Numerator == i.Denominator {
		e.Wrong("denominator", "indicator %q divides %q by itself", i.Name, i.Numerator)
	}
	if i.unit == "percent" && i.Factor != 100 {
		e.Wrong("factor", "indicator %q is in percent, so its factor must be 100, not %s", i.Name, trimmed(i.Factor))
	}
	above, err := c.Measure(i.Numerator)
	below, other := c.Measure(i.Denominator)
	if err != nil || other != nil {
		return
	}
	if i.unit == "percent" && above.unit != below.unit {
		e.Wrong("unit", "indicator %q is in percent, but %q is in %q and %q in %q", i.Name, above.Name, above.unit, below.Name, below.unit)
	}
	if i.Source != (khue.Text{}) {
		return
	}
	if i.Source = above.Source; below.Source != above.Source {
		i.Source = khue.Text{VI: above.Source.VI + " " + below.Source.VI, EN: above.Source.EN + " " + below.Source.EN}
	}
}

// checkPublished holds an indicator against the published figures behind it.
func (c *Catalogue) checkPublished(i Indicator, e definitionfile.Entry) {
	if i.Source == (khue.Text{}) {
		e.Fault(e.Line, "indicator %q draws on published figures, so it must name their source", i.Name)
	}
	if i.Frequency == Irregular || i.Frequency == "" {
		return
	}
	for _, claim := range c.claims {
		p, err := khue.ParsePeriod(claim.Period)
		if err != nil || claim.Subject != i.Claims || claim.Kind != "actual" || claim.unit != i.unit {
			continue
		}
		if longer(string(p.Grain()), string(i.Frequency)) {
			e.Wrong("frequency", "a figure of indicator %q is due every %s, but subject %q has one for a whole %s, %s", i.Name, i.Frequency, i.Claims, p.Grain(), p)
			return
		}
	}
}

// longer tells whether periods of one grain are longer than those of another.
func longer(a, b string) bool { return slices.Index(frequencies, a) < slices.Index(frequencies, b) }

// over works out how the indicator combines, and holds what the definition says
// of it against that.
func (c *Catalogue) over(i Indicator, given definitionfile.Entry) Over {
	should := Over{Ratio, Ratio, Ratio}
	behind := "a ratio"
	if i.Claims != "" {
		should, behind = Over{Last, Whole, Whole}, "published figures"
	}
	if i.Measure != "" {
		m, err := c.Measure(i.Measure)
		if err != nil {
			return i.Over
		}
		should, behind = combining[m.Aggregate], "its measure "+m.Name
	}
	check := func(key string, said, is Combining) {
		if said != "" && is != "" && said != is {
			given.Wrong(key, "over %s indicator %q says %s, but %s gives %s", key, i.Name, said, behind, is)
		}
	}
	check("time", i.Over.Time, should.Time)
	check("area", i.Over.Area, should.Area)
	check("discipline", i.Over.Discipline, should.Discipline)
	return should
}

// combining is how the aggregates behave along each dimension.
var combining = map[string]Over{
	"sum":      {Sum, Sum, Sum},
	"count":    {Sum, Sum, Sum},
	"distinct": {Distinct, Distinct, Distinct},
	"stock":    {Last, Sum, Sum},
}

func checkSince(i Indicator, e definitionfile.Entry) {
	if i.Since.IsZero() || i.Frequency == "" || i.Frequency == Irregular {
		return
	}
	if string(i.Since.Grain()) != string(i.Frequency) {
		e.Wrong("since", "since is %s, a %s, but a figure of indicator %q is due every %s", i.Since, i.Since.Grain(), i.Name, i.Frequency)
	}
}

// checkBreaks holds the breaks against the series that they break.
func checkBreaks(i Indicator, breaks []definitionfile.Parsed[Break]) []Break {
	definitionfile.Unique(breaks, "date", func(b Break) string {
		if b.Date.IsZero() {
			return ""
		}
		return b.Date.Format(time.DateOnly)
	})
	var out []Break
	for _, b := range breaks {
		day := b.Value.Date
		if !i.Since.IsZero() && !day.IsZero() && !day.After(i.Since.Start()) {
			b.At.Wrong("date", "the break of %s does not lie after the series of indicator %q begins, in %s", day.Format(time.DateOnly), i.Name, i.Since)
		}
		for _, split := range b.Value.Affects {
			if i.Over.Area == Whole && (split == "area" || split == "discipline") {
				b.At.Wrong("affects", "the break affects the split by %s, which indicator %q does not have", split, i.Name)
			}
		}
		out = append(out, b.Value)
	}
	slices.SortStableFunc(out, func(a, b Break) int { return a.Date.Compare(b.Date) })
	return out
}
