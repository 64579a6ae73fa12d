package warehouse

import (
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// plan is where a question is answered: from a rollup, or from the journal. A
// question about the past is answered from a rollup less what came after it.
type plan struct {
	layout layout
	ask    Select
	rollup *rollup // nil when the journal answers
	// still tells of a question about the past that nothing was recorded since the
	// moment: the rollup stands as it stood then.
	still bool
}

// covering is the plan with the smallest rollup that covers the question, else
// with the journal.
func covering(l layout, s Select) plan {
	p := plan{layout: l, ask: s}
	if s.FromJournal {
		return p
	}
	for _, r := range rollups[l.dataset.Name] {
		if r.covers(l, s) {
			p.rollup = &r
			return p
		}
	}
	return p
}

// ofPast tells that a rollup is asked how things stood at a moment.
func (p plan) ofPast() bool { return p.rollup != nil && !p.ask.AsOf.IsZero() }

// rewinds tells that a rollup is taken back to an earlier moment.
func (p plan) rewinds() bool { return p.ofPast() && !p.still }

// from names the tables for people.
func (p plan) from() string {
	switch {
	case p.rewinds():
		return "rollup " + p.rollup.table + " less journal " + p.layout.journal()
	case p.rollup != nil:
		return "rollup " + p.rollup.table
	}
	return "journal " + p.layout.journal()
}

// query is one statement: its keys come first, then a value and whether it is
// known for each slot of the answer that it fills.
type query struct {
	sql        string
	parameters clickhouse.Parameters
	keys       int
	slots      []int
	gather     *gatherer // set when the numbers are flows to be added up over time
}

// queries writes one statement for all sums and counts together, and one for
// each distinct count and for the stocks.
func (p plan) queries() []query {
	var additive, stocks []int
	var out []query
	for i, a := range p.ask.Aggregates {
		switch a.Func {
		case "sum", "count":
			additive = append(additive, i)
		case "stock":
			stocks = append(stocks, i)
		default:
			out = append(out, p.distinct(i))
		}
	}
	if len(additive) > 0 {
		out = append(out, p.additive(additive))
	}
	if len(stocks) > 0 {
		out = append(out, p.stock(stocks))
	}
	for i := range out {
		maps.Copy(out[i].parameters, p.recastParameters())
	}
	return out
}

// byTime tells whether the question splits by periods or windows.
func (p plan) byTime() bool { return slices.ContainsFunc(p.ask.By, isTime) }
