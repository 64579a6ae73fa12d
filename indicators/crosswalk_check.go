package indicators

import (
	"math/big"
	"slices"

	"khue"
	"khue/indicators/definitionfile"
)

// reserved are the codes of rows that no classification may use itself.
var reserved = []string{NoCounterpart, Undetermined, Unconverted}

// addCrosswalk checks a crosswalk and makes it a dimension of questions.
func (c *Catalogue) addCrosswalk(p definitionfile.Parsed[draftCrosswalk]) {
	w, e := p.Value.Crosswalk, p.At
	if _, err := khue.ParseGrain(w.Name); err == nil {
		e.Wrong("name", "%q is a grain of time and cannot name a crosswalk", w.Name)
	} else if _, err := c.Dimension(w.Name); err == nil && !c.isCrosswalk(w.Name) {
		e.Wrong("name", "%q already names a dimension", w.Name)
	}
	if e.Keys["editions"] != nil && len(p.Value.editions) == 0 {
		e.Wrong("editions", "crosswalk %q has no edition", w.Name)
	}
	definitionfile.Unique(p.Value.editions, "id", func(d draftEdition) string { return d.ID })
	for _, d := range p.Value.editions {
		w.Editions = append(w.Editions, checkEdition(d))
	}
	checkValidity(p.Value.editions)
	slices.SortStableFunc(w.Editions, func(a, b Edition) int { return a.From.Compare(b.From) })
	discipline, _ := c.Dimension("discipline") // where there is none, nothing has the classification either
	c.crosswalks = append(c.crosswalks, w)
	c.dimensions = append(c.dimensions, w.dimension(discipline.Datasets))
}

// checkValidity reports editions whose days cross: each day has one in force.
func checkValidity(editions []definitionfile.Parsed[draftEdition]) {
	for i, p := range editions {
		a := p.Value.Edition
		if !a.To.IsZero() && !a.From.Before(a.To) {
			p.At.Wrong("valid_until", "edition %q ends before it begins", a.ID)
		}
		for _, before := range editions[:i] {
			b := before.Value.Edition
			if (a.To.IsZero() || b.From.Before(a.To)) && (b.To.IsZero() || a.From.Before(b.To)) {
				p.At.Wrong("valid_from", "editions %q and %q are both in force on some days", b.ID, a.ID)
			}
		}
	}
}

func checkEdition(p definitionfile.Parsed[draftEdition]) Edition {
	edition := p.Value.Edition
	definitionfile.Unique(p.Value.codes, "code", func(c Code) string { return c.Code })
	var codes []string
	for _, c := range p.Value.codes {
		if slices.Contains(reserved, c.Value.Code) {
			c.At.Wrong("code", "the code %q is kept for a row of its own", c.Value.Code)
		}
		codes, edition.Codes = append(codes, c.Value.Code), append(edition.Codes, c.Value)
	}
	definitionfile.Unique(p.Value.entries, "from", func(d draftEntry) string {
		if d.from == "" || d.to == "" {
			return ""
		}
		return d.from + " to " + d.to
	})
	entries := make(map[string]*Counterpart)
	sums := make(map[string]*big.Rat)
	for _, at := range p.Value.entries {
		checkEntry(at, codes, entries, sums)
	}
	for _, d := range khue.Disciplines() {
		if entry := entries[d.Code]; entry != nil {
			edition.Entries = append(edition.Entries, *entry)
		} else if p.At.Keys["entries"] != nil {
			p.At.Wrong("entries", "edition %q says nothing of discipline %q: give its counterparts, or none with the reason", edition.ID, d.Code)
		}
	}
	return edition
}

func checkEntry(p definitionfile.Parsed[draftEntry], codes []string, entries map[string]*Counterpart, sums map[string]*big.Rat) {
	d, e := p.Value, p.At
	var disciplines []string
	for _, x := range khue.Disciplines() {
		disciplines = append(disciplines, x.Code)
	}
	refer(e, "from", "discipline", d.from, disciplines)
	refer(e, "to", "code of this edition", d.to, codes)
	for _, code := range d.several {
		refer(e, "several", "code of this edition", code, codes)
	}
	before, seen := entries[d.from]
	if !seen {
		entries[d.from] = &Counterpart{From: d.from, None: d.none, Several: d.several, Mark: d.mark, Note: d.note}
		before, sums[d.from] = entries[d.from], new(big.Rat)
	} else if d.to == "" || len(before.Shares) == 0 {
		e.Fault(e.Line, "discipline %q stands twice; only shares of codes may be several entries", d.from)
		return
	}
	if d.to == "" {
		return
	}
	before.Shares = append(before.Shares, Share{d.to, d.weight})
	if d.mark == "assumed" {
		before.Mark = d.mark // one assumed share makes the whole an assumption
	}
	if sum := sums[d.from]; sum.Cmp(whole) <= 0 && sum.Add(sum, d.weight).Cmp(whole) > 0 {
		e.Fault(e.LineOf("weight"), "the weights of %q add up to %s, more than 1", d.from, sum.FloatString(weightDecimals))
	}
}

// weightDecimals is how many decimals messages give of a weight.
const weightDecimals = 4
