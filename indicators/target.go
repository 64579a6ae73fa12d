package indicators

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// Kinds of target.
const (
	TargetLevel      = "level"      // the figure of the target's year
	TargetCumulative = "cumulative" // what has come together from the year Since on
)

// Goal writes what is to be reached, for people: "about 5%", "1–2 centres",
// "20,000 visits in 2021–2030 together". The year of a level is not part of it.
func (t Target) Goal() khue.Text {
	goal := explain(t.Unit, decimalsOf(t.Value), t.Value)
	if t.Upper != nil {
		upper := explain(t.Unit, decimalsOf(*t.Upper), *t.Upper)
		lower := explain(khue.Text{}, decimalsOf(t.Value), t.Value)
		goal = khue.Text{VI: strings.TrimSpace(lower.VI) + "–" + upper.VI, EN: strings.TrimSpace(lower.EN) + "–" + upper.EN}
	}
	if t.Approximate {
		goal = khue.Text{VI: "khoảng " + goal.VI, EN: "about " + goal.EN}
	}
	if t.Kind == TargetCumulative {
		goal = both("%s cộng dồn %d–%d", "%s in %d–%d together", goal, t.Since, t.Year)
	}
	return goal
}

// decimalsOf is how many decimals a value of a document is written with, 3 at most.
func decimalsOf(v float64) int {
	for n, scale := 0, 1.0; n < 3; n, scale = n+1, scale*10 {
		if math.Abs(v*scale-math.Round(v*scale)) < 1e-9 {
			return n
		}
	}
	return 3
}

// readWhere reads a limit: dimensions with the values they may take.
func readWhere(doc definitionfile.Document, e definitionfile.Entry) map[string][]string {
	w := e.Keys["where"]
	if w == nil {
		return nil
	}
	if w.Kind != yaml.MappingNode {
		e.Wrong("where", "where must give dimensions with lists of values")
		return nil
	}
	var dims []string
	for i := 0; i < len(w.Content); i += 2 {
		dims = append(dims, w.Content[i].Value)
	}
	limits := doc.Entry(w, "limit", dims...)
	where := make(map[string][]string)
	for _, dim := range dims {
		where[dim] = limits.Words(dim)
	}
	return where
}

// readReach reads the keys that say what of an indicator a target speaks of.
func readReach(doc definitionfile.Document, e definitionfile.Entry, t *Target) {
	t.Where, t.Kind = readWhere(doc, e), TargetLevel
	if e.Keys["kind"] != nil {
		t.Kind = e.Choice("kind", TargetLevel, TargetCumulative)
	}
	if e.Keys["since"] != nil {
		t.Since = e.Whole("since")
	}
}

// what names the figure that a target sets: two of a programme cannot be the same.
func (t Target) what() string {
	name := fmt.Sprintf("%s in %d", t.Indicator, t.Year)
	if t.Kind == TargetCumulative {
		name = fmt.Sprintf("%s until %d", t.Indicator, t.Year)
	}
	for _, f := range filters(t.Where, nil) {
		name += fmt.Sprintf(", %s %v", f.Dim, f.Values)
	}
	return name
}

// checkReach holds those keys against the target's indicator and programme.
func (c *Catalogue) checkReach(t *draftTarget, e definitionfile.Entry, of Programme) {
	if t.Upper != nil && t.Direction == "down" {
		e.Wrong("upper", "an upper end needs a target that goes up")
	}
	var measures []Measure
	for _, i := range c.indicators {
		for _, m := range c.measures {
			if i.Name == t.Indicator && m.Name != "" && slices.Contains([]string{i.Measure, i.Numerator, i.Denominator}, m.Name) {
				measures = append(measures, m)
			}
		}
	}
	c.checkTargetWhere(t.Where, e, measures)
	switch {
	case t.Kind != TargetCumulative && t.Since != 0:
		e.Wrong("since", "only a cumulative target counts since a year")
	case t.Kind != TargetCumulative:
	case len(measures) != 1 || !measures[0].addsUp():
		e.Wrong("kind", "a cumulative target needs an indicator that draws on one measure that adds up over time (sum or count)")
	case t.Baseline != nil:
		e.Wrong("baseline", "a cumulative target starts from nothing and takes no baseline")
	case t.Since == 0:
		t.Since = of.Begins
	case t.Since > t.Year:
		e.Wrong("since", "the year %d lies after the target year %d", t.Since, t.Year)
	}
}

func (c *Catalogue) checkTargetWhere(where map[string][]string, e definitionfile.Entry, measures []Measure) {
	if len(where) > 0 && len(measures) == 0 {
		e.Wrong("where", "only an indicator that draws on measures can be limited")
		return
	}
	for _, f := range filters(where, nil) {
		d, err := c.Dimension(f.Dim)
		if err != nil || d.Grain != "" || slices.ContainsFunc(measures, func(m Measure) bool { return !slices.Contains(d.Datasets, m.Dataset) }) {
			e.Wrong("where", "the target's indicator has no dimension %q", f.Dim)
			continue
		}
		if len(f.Values) == 0 {
			e.Wrong("where", "the limit on %q names no value", f.Dim)
		}
		for _, v := range f.Values {
			if d.checkValue(v) != nil {
				e.Wrong("where", "dimension %q has no value %q", f.Dim, v)
			}
		}
	}
}

// addsUp tells that the figures of neighbouring periods add up to that of both.
func (m Measure) addsUp() bool { return m.Aggregate == "sum" || m.Aggregate == "count" }
