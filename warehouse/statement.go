package warehouse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// keyExpressions writes the group-by keys over a relation.
func (p plan) keyExpressions(r relation) (selected, grouped []string) {
	for i, dim := range p.ask.By {
		name := fmt.Sprintf("k%d", i)
		expression := "toString(" + r.name(p.column(dim, r.day)) + ")"
		switch form := grainDay[dim]; {
		case dim == windowKey:
			expression = p.windowExpression(r.day)
		case form != "":
			expression = "toString(toDate(" + fmt.Sprintf(form, r.day) + "))"
		}
		selected = append(selected, expression+" AS "+name)
		grouped = append(grouped, name)
	}
	return selected, grouped
}

// conditions writes the question's limits with bound parameters only; from tells
// whether the first day is one of them.
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
	for i, f := range p.ask.Where {
		where = append(where, f.condition(p.column(f.Dim, day), fmt.Sprintf("f%d", i), parameters))
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

// condition writes a filter over a column and binds its values.
func (f Filter) condition(column, prefix string, parameters clickhouse.Parameters) string {
	names := make([]string, len(f.Values))
	for j, v := range f.Values {
		name := fmt.Sprintf("%s_%d", prefix, j)
		names[j] = "{" + name + ":String}"
		parameters[name] = escaped(v)
	}
	in := " IN ("
	if f.Not {
		in = " NOT IN ("
	}
	switch {
	case len(names) > 0:
		return column + in + strings.Join(names, ", ") + ")"
	case f.Not:
		return "1" // every value but none
	}
	return "0" // no value allowed: no rows
}

// known limits journal rows to what had been recorded at the question's moment.
func (p plan) known(where string, parameters clickhouse.Parameters) string {
	if p.ask.AsOf.IsZero() {
		return where
	}
	parameters["as_of"] = p.ask.AsOf.UTC().Format(momentForm)
	return where + " AND recorded_at <= {as_of:DateTime64(3, 'UTC')}"
}

// relation is what a statement reads: a table, or a query in brackets, and the
// limits to put on it.
type relation struct {
	sql        string
	where      string
	day        string // the column that tells when
	summed     bool   // rows hold sums, as a rollup's do; else signed facts, as the journal's
	parameters clickhouse.Parameters
	names      map[string]string // of columns that were worked out in it, by their expressions
}

// name is what a column, or an expression for one, is called in the relation.
func (r relation) name(column string) string {
	if name, ok := r.names[column]; ok {
		return name
	}
	return column
}

// relation gives what to read for some columns and sums.
func (p plan) relation(columns, sums []string) relation {
	slices.Sort(columns)
	columns = slices.Compact(columns)
	var r relation
	switch {
	case p.rewinds():
		r = p.rewound(columns, sums)
	case p.rollup != nil:
		r = relation{sql: p.rollup.table, day: p.rollup.day(), summed: true}
		r.where, r.parameters = p.conditions(r.day, true)
	default:
		r = relation{sql: p.rows(), day: "happened_on"}
		r.where, r.parameters = p.conditions(r.day, true)
		r.where = p.known(r.where, r.parameters)
	}
	switch order := p.apart(); {
	case order != nil:
		bindEnds(p.ask.Windows, order, r.parameters)
	case len(p.ask.Windows) > 0 && !p.oneWindow():
		return p.windowed(r, columns, sums)
	}
	return r
}

// columns are those of the dimensions that the question splits by.
func (p plan) columns() []string {
	var out []string
	for _, dim := range p.ask.By {
		if !isTime(dim) {
			out = append(out, p.base(dim))
		}
	}
	return out
}

// net is how many facts a group of rows holds.
func (r relation) net() string {
	if r.summed {
		return "sum(facts)"
	}
	return "sum(toInt64(sign))"
}

// sum writes a sum, and how many facts support it.
func (p plan) sum(r relation, a Aggregate) (value, known string) {
	if a.Func == "count" {
		return r.net(), r.net()
	}
	f, _ := p.layout.dataset.Field(a.Column)
	switch {
	case r.summed && nullable(f):
		return "sum(" + a.Column + ")", "sum(" + a.Column + "_known)"
	case r.summed:
		return "sum(" + a.Column + ")", "sum(facts)"
	}
	return "sum(sign * ifNull(" + a.Column + ", 0))", "sum(sign * isNotNull(" + a.Column + "))"
}

// sumsOf names the columns of a rollup that some aggregates need.
func (p plan) sumsOf(slots []int) []string {
	out := []string{"facts"}
	for _, slot := range slots {
		a := p.ask.Aggregates[slot]
		if a.Func != "sum" || slices.Contains(out, a.Column) {
			continue
		}
		out = append(out, a.Column)
		if f, _ := p.layout.dataset.Field(a.Column); nullable(f) {
			out = append(out, a.Column+"_known")
		}
	}
	return out
}

func (p plan) additive(slots []int) query {
	r := p.relation(p.columns(), p.sumsOf(slots))
	selected, grouped := p.keyExpressions(r)
	for _, slot := range slots {
		value, known := p.sum(r, p.ask.Aggregates[slot])
		selected = append(selected, fmt.Sprintf("toFloat64(%s) AS v%d", value, slot), fmt.Sprintf("toUInt8(%s > 0) AS n%d", known, slot))
	}
	sql := fmt.Sprintf("SELECT %s\nFROM %s\nWHERE %s%s\nHAVING %s != 0%s", strings.Join(selected, ", "), r.sql, r.where,
		clause("\nGROUP BY ", grouped), r.net(), clause("\nORDER BY ", grouped))
	return query{sql: sql, parameters: r.parameters, keys: len(p.ask.By), slots: slots}
}

// distinct counts values that the net of the rows still holds, exactly, whatever
// corrections and retractions came between.
func (p plan) distinct(slot int) query {
	column := dimensionColumn(p.layout.dataset.Name, p.ask.Aggregates[slot].Column)
	identity := p.layout.identity(column)
	r := p.relation(slices.Concat(p.columns(), identity), []string{"facts"})
	selected, grouped := p.keyExpressions(r)
	for i, c := range identity {
		selected = append(selected, fmt.Sprintf("toString(%s) AS one%d", c, i))
	}
	inner := fmt.Sprintf("SELECT %s\n    FROM %s\n    WHERE %s AND %s != ''\n    GROUP BY %s\n    HAVING %s > 0",
		strings.Join(selected, ", "), r.sql, r.where, column, strings.Join(aliases(selected), ", "), r.net())
	sql := fmt.Sprintf("SELECT %s\nFROM (\n    %s\n)%s%s", strings.Join(append(slices.Clone(grouped), "toFloat64(count()) AS v", "toUInt8(1) AS n"), ", "),
		inner, clause("\nGROUP BY ", grouped), clause("\nORDER BY ", grouped))
	return query{sql: sql, parameters: r.parameters, keys: len(p.ask.By), slots: []int{slot}}
}

// identity names the columns that tell one value of a column from another. The
// parent of a fact (the event of a count) is one of the same source: another
// source may use the same identifier for something else.
func (l layout) identity(column string) []string {
	if column != "" && column == l.parentField {
		return []string{column, "source"}
	}
	return []string{column}
}

// aliases gives the names that expressions are selected under.
func aliases(selected []string) []string {
	out := make([]string, len(selected))
	for i, s := range selected {
		out[i] = s[strings.LastIndex(s, " AS ")+len(" AS "):]
	}
	return out
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
