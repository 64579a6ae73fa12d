package warehouse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Window is a span of days, midnight UTC; To is not included.
type Window struct{ From, To time.Time }

// windowKey splits by the windows of a question: the key is a window's number,
// from 0, in the order given. Windows may overlap, and a fact counts in each
// that holds its day; that is how moving years and years to date stay exact for
// values that cannot be added up.
const windowKey = "window"

func isTime(dim string) bool { return grainDay[dim] != "" || dim == windowKey }

// oneWindow tells that the question's days are its only window.
func (p plan) oneWindow() bool {
	return len(p.ask.Windows) == 1 && p.ask.Windows[0].From.Equal(p.ask.From) && p.ask.Windows[0].To.Equal(p.ask.To)
}

// mostApart is how many windows one expression tells apart.
const mostApart = 8

// apart gives the windows in the order of their days when they neither overlap nor
// leave a day of the question out: a row then lies in exactly one, and nothing has
// to be multiplied. nil is that they do not.
func (p plan) apart() []int {
	windows := p.ask.Windows
	if len(windows) < 2 || len(windows) > mostApart || len(p.ask.Recasts) > 0 {
		return nil
	}
	order := make([]int, len(windows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return windows[a].From.Compare(windows[b].From) })
	day := p.ask.From
	for _, i := range order {
		if !windows[i].From.Equal(day) {
			return nil
		}
		day = windows[i].To
	}
	if !day.Equal(p.ask.To) {
		return nil
	}
	return order
}

func bindEnds(windows []Window, order []int, parameters clickhouse.Parameters) {
	for at, i := range order[:len(order)-1] {
		parameters[fmt.Sprintf("w_end%d", at)] = windows[i].To.Format(time.DateOnly)
	}
}

// windowExpression gives a row once for each window that holds its day.
func (p plan) windowExpression(day string) string {
	if p.oneWindow() {
		return "'0'"
	}
	if order := p.apart(); order != nil {
		var tests []string
		for at, window := range order[:len(order)-1] {
			tests = append(tests, fmt.Sprintf("%s < {w_end%d:Date}, '%d'", day, at, window))
		}
		return fmt.Sprintf("multiIf(%s, '%d')", strings.Join(tests, ", "), order[len(order)-1])
	}
	return fmt.Sprintf("toString(arrayJoin(arrayFilter(i -> %[1]s >= {w_from:Array(Date)}[i + 1] AND %[1]s < {w_to:Array(Date)}[i + 1], range(%[2]d))))",
		day, len(p.ask.Windows))
}

// windowed adds up what a relation holds of each day, or of each month where all
// windows (and eras) begin with one, so that what is then given to many windows is small.
func (p plan) windowed(r relation, columns, sums []string) relation {
	day := "t." + r.day
	if (rollup{keys: []string{"month"}}).coversDays(Select{Windows: p.ask.Windows, Recasts: p.ask.Recasts}) {
		day = "toStartOfMonth(" + day + ")"
	}
	selected, grouped := []string{day + " AS bucket"}, []string{"bucket"}
	names, workedOut := map[string]string{}, "*"
	for i, c := range columns {
		if strings.Contains(c, "(") { // a dimension that is worked out of other columns, under a name of its own
			names[c] = fmt.Sprintf("dim%d", i)
			workedOut += ", " + c + " AS " + names[c]
			c = names[c]
		}
		selected, grouped = append(selected, "t."+c+" AS "+c), append(grouped, c)
	}
	for _, s := range sums {
		selected = append(selected, fmt.Sprintf("sum(%s) AS %s", r.term(s), s))
	}
	bindWindows(p.ask.Windows, r.parameters)
	return relation{
		sql: fmt.Sprintf("(SELECT %s\n    FROM (SELECT %s FROM %s WHERE %s) AS t\n    GROUP BY %s)",
			strings.Join(selected, ", "), workedOut, r.sql, r.where, strings.Join(grouped, ", ")),
		day: "bucket", where: "1", summed: true, parameters: r.parameters, names: names,
	}
}

// term is what one row adds to a sum.
func (r relation) term(sum string) string {
	switch {
	case r.summed:
		return "t." + sum
	case sum == "facts":
		return "toInt64(t.sign)"
	case strings.HasSuffix(sum, "_known"):
		return "t.sign * isNotNull(t." + strings.TrimSuffix(sum, "_known") + ")"
	}
	return "t.sign * ifNull(t." + sum + ", 0)"
}

func bindWindows(windows []Window, parameters clickhouse.Parameters) {
	from, to := make([]string, len(windows)), make([]string, len(windows))
	for i, w := range windows {
		from[i], to[i] = "'"+w.From.Format(time.DateOnly)+"'", "'"+w.To.Format(time.DateOnly)+"'"
	}
	parameters["w_from"], parameters["w_to"] = "["+strings.Join(from, ",")+"]", "["+strings.Join(to, ",")+"]"
}
