package warehouse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// plan decides where a question is answered and writes its queries.
type plan struct {
	layout layout
	ask    Select
	rollup *rollup // nil when only the journal covers the question
}

func planFor(l layout, s Select) plan {
	p := plan{layout: l, ask: s}
	if r, ok := rollups[l.dataset.Name]; ok && covers(r, s) {
		p.rollup = &r
	}
	return p
}

// covers tells whether a rollup answers the question exactly: what is known now,
// whole months, and only columns that it keeps.
func covers(r rollup, s Select) bool {
	if !s.AsOf.IsZero() || !monthStart(s.From) || !monthStart(s.To) {
		return false
	}
	for _, dim := range s.By {
		if _, isTime := grainDay[dim]; isTime {
			if dim == "week" || dim == "day" {
				return false
			}
			continue
		}
		if !slices.Contains(r.keys, dim) {
			return false
		}
	}
	for _, f := range s.Where {
		if !slices.Contains(r.keys, f.Dim) {
			return false
		}
	}
	for _, a := range s.Aggregates {
		switch a.Func {
		case "count":
			if r.flows {
				return false
			}
		case "distinct":
			if !slices.Contains(r.keys, a.Column) {
				return false
			}
		default:
			if !slices.Contains(r.sums, a.Column) {
				return false
			}
		}
	}
	return true
}

func monthStart(d time.Time) bool { return d.IsZero() || d.Day() == 1 }

func (p plan) from() string {
	if p.rollup != nil {
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
	return out
}

// dayColumn is the column that tells when a row happened.
func (p plan) dayColumn() string {
	if p.rollup != nil {
		return "month"
	}
	return "happened_on"
}

// keyExpressions writes the group-by keys; day is the expression that time keys use.
func (p plan) keyExpressions(day string) (selected, grouped []string) {
	for i, dim := range p.ask.By {
		name := fmt.Sprintf("k%d", i)
		expression := dimensionColumn(p.layout.dataset.Name, dim)
		if form, isTime := grainDay[dim]; isTime {
			expression = "toString(toDate(" + fmt.Sprintf(form, day) + "))"
		} else {
			expression = "toString(" + expression + ")"
		}
		selected = append(selected, expression+" AS "+name)
		grouped = append(grouped, name)
	}
	return selected, grouped
}

// byTime tells whether the question splits by periods.
func (p plan) byTime() bool {
	return slices.ContainsFunc(p.ask.By, func(dim string) bool { return grainDay[dim] != "" })
}

// conditions writes the filter with bound parameters only.
func (p plan) conditions(day string, from bool) (string, clickhouse.Parameters) {
	where, parameters := []string{}, clickhouse.Parameters{}
	if from && !p.ask.From.IsZero() {
		where = append(where, day+" >= {from:Date}")
		parameters["from"] = p.ask.From.Format(time.DateOnly)
	}
	if !p.ask.To.IsZero() {
		where = append(where, day+" < {to:Date}")
		parameters["to"] = p.ask.To.Format(time.DateOnly)
	}
	if !p.ask.AsOf.IsZero() {
		where = append(where, "recorded_at <= {as_of:DateTime64(3, 'UTC')}")
		parameters["as_of"] = p.ask.AsOf.UTC().Format("2006-01-02 15:04:05.000")
	}
	for i, f := range p.ask.Where {
		names := make([]string, len(f.Values))
		for j, v := range f.Values {
			name := fmt.Sprintf("f%d_%d", i, j)
			names[j] = "{" + name + ":String}"
			parameters[name] = escaped(v)
		}
		if len(names) == 0 {
			where = append(where, "0") // no value allowed: no rows
			continue
		}
		where = append(where, dimensionColumn(p.layout.dataset.Name, f.Dim)+" IN ("+strings.Join(names, ", ")+")")
	}
	if from && p.byTime() {
		// A fact without any date belongs to no period; totals still count it.
		where = append(where, day+" > toDate(0)")
	}
	if len(where) == 0 {
		where = append(where, "1")
	}
	return strings.Join(where, " AND "), parameters
}

func (p plan) table() string {
	if p.rollup != nil {
		return p.rollup.table
	}
	return p.layout.journal()
}

// net is how many facts a group of rows holds.
func (p plan) net() string {
	if p.rollup != nil {
		return "sum(facts)"
	}
	return "sum(toInt64(sign))"
}

func (p plan) additive(slots []int) query {
	selected, grouped := p.keyExpressions(p.dayColumn())
	for _, slot := range slots {
		value, known := p.sum(p.ask.Aggregates[slot])
		selected = append(selected, fmt.Sprintf("toFloat64(%s) AS v%d", value, slot), fmt.Sprintf("toUInt8(%s > 0) AS n%d", known, slot))
	}
	where, parameters := p.conditions(p.dayColumn(), true)
	sql := fmt.Sprintf("SELECT %s\nFROM %s\nWHERE %s%s\nHAVING %s != 0%s", strings.Join(selected, ", "), p.table(), where,
		clause("\nGROUP BY ", grouped), p.net(), clause("\nORDER BY ", grouped))
	return query{sql: sql, parameters: parameters, keys: len(p.ask.By), slots: slots}
}

func (p plan) sum(a Aggregate) (value, known string) {
	if a.Func == "count" {
		return p.net(), p.net()
	}
	f, _ := p.layout.dataset.Field(a.Column)
	switch {
	case p.rollup != nil && nullable(f):
		return "sum(" + a.Column + ")", "sum(" + a.Column + "_known)"
	case p.rollup != nil:
		return "sum(" + a.Column + ")", "sum(facts)"
	}
	return "sum(sign * ifNull(" + a.Column + ", 0))", "sum(sign * isNotNull(" + a.Column + "))"
}

// distinct counts values that the net of the rows still holds, exactly, whatever
// corrections and retractions came between.
func (p plan) distinct(slot int) query {
	column := dimensionColumn(p.layout.dataset.Name, p.ask.Aggregates[slot].Column)
	selected, grouped := p.keyExpressions(p.dayColumn())
	where, parameters := p.conditions(p.dayColumn(), true)
	inner := fmt.Sprintf("SELECT %s\n    FROM %s\n    WHERE %s AND %s != ''\n    GROUP BY %s\n    HAVING %s > 0",
		strings.Join(append(selected, "toString("+column+") AS one"), ", "), p.table(), where, column,
		strings.Join(append(slices.Clone(grouped), "one"), ", "), p.net())
	sql := fmt.Sprintf("SELECT %s\nFROM (\n    %s\n)%s%s", strings.Join(append(slices.Clone(grouped), "toFloat64(count()) AS v", "toUInt8(1) AS n"), ", "),
		inner, clause("\nGROUP BY ", grouped), clause("\nORDER BY ", grouped))
	return query{sql: sql, parameters: parameters, keys: len(p.ask.By), slots: []int{slot}}
}

// stock asks for comings and goings up to the end; adding them up over time
// gives how many were present at the end of each period.
func (p plan) stock(slots []int) query {
	day, table := "month", p.table()
	var where string
	var parameters clickhouse.Parameters
	if p.rollup == nil {
		day = "flow.day"
		rows, known := plan{layout: p.layout, ask: Select{AsOf: p.ask.AsOf, Where: p.ask.Where}}.conditions("", false)
		table = memberFlows(p.layout.journal(), rows)
		parameters = known
		whole := plan{layout: p.layout, ask: Select{To: p.ask.To}}
		cond, more := whole.conditions(day, false)
		where = cond
		maps.Copy(parameters, more)
	} else {
		where, parameters = p.conditions(day, false)
	}
	selected, grouped := p.keyExpressions(day)
	for _, slot := range slots {
		column := p.ask.Aggregates[slot].Column
		value := "sum(" + column + ")"
		if p.rollup == nil {
			value = "sum(sign * flow." + column + ")"
		}
		selected = append(selected, fmt.Sprintf("toFloat64(%s) AS v%d", value, slot), fmt.Sprintf("toUInt8(1) AS n%d", slot))
	}
	// Comings and goings that were taken back, and so never were, leave no group of
	// zeros; one who came and went leaves a true zero.
	flows := "sum(flows) != 0"
	if p.rollup == nil {
		flows = "sum(toInt64(sign)) != 0"
	}
	sql := fmt.Sprintf("SELECT %s\nFROM %s\nWHERE %s%s\nHAVING %s%s", strings.Join(selected, ", "), table, where,
		clause("\nGROUP BY ", grouped), flows, clause("\nORDER BY ", grouped))
	return query{sql: sql, parameters: parameters, keys: len(p.ask.By), slots: slots, gather: newGatherer(p.ask)}
}

// escaped writes a text as the value of a query parameter, which the server
// reads in its tab-separated form.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`).Replace(s)
}

func clause(words string, columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	return words + strings.Join(columns, ", ")
}
