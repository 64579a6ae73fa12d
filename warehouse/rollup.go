package warehouse

import (
	"fmt"
	"slices"
	"strings"
)

// rollup describes a table of sums that a view keeps equal to the journal.
type rollup struct {
	table string
	keys  []string // month or day first
	sums  []string
	// flows tells that rows are comings and goings rather than facts (members).
	flows bool
}

// day names the key that tells when; it holds the first day of a month, or the day itself.
func (r rollup) day() string { return r.keys[0] }

// monthly tells that the rollup knows whole months only.
func (r rollup) monthly() bool { return r.keys[0] == "month" }

// attendanceSums are what both rollups of attendance add up.
var attendanceSums = []string{
	"visitors", "online_visitors", "online_visitors_known", "paid_tickets", "paid_tickets_known", "revenue_vnd", "revenue_vnd_known", "facts",
}

// rollups lists those of each dataset, the smallest first: the planner takes the
// first that covers a question.
var rollups = map[string][]rollup{
	"attendance": {
		{table: "attendance_monthly", keys: []string{"month", "discipline", "area", "source"}, sums: attendanceSums},
		{table: "attendance_daily", keys: []string{"day", "discipline", "area", "format", "series", "organiser", "event", "source"}, sums: attendanceSums},
	},
	"events": {{table: "events_monthly", keys: []string{"month", "discipline", "area", "source"}, sums: []string{"facts"}}},
	"activities": {{table: "activities_monthly", keys: []string{"month", "discipline", "area", "kind", "member", "source"}, sums: []string{
		"participants", "participants_known", "international_partners", "international_partners_known", "funding_vnd", "funding_vnd_known", "facts",
	}}},
	"members":               {{table: "members_monthly", keys: []string{"month", "discipline", "area", "kind", "source"}, sums: []string{"accepted", "certified", "flows"}, flows: true}},
	"discipline_statistics": {{table: "discipline_statistics_monthly", keys: []string{"month", "measure", "unit", "discipline", "area", "source"}, sums: []string{"value", "facts"}}},
}

// fromJournal is a sum column as one journal row brings it.
func (r rollup) fromJournal(column string) string {
	switch {
	case r.flows && column == "flows":
		return "toInt64(sign)"
	case r.flows:
		return fmt.Sprintf("sign * flow.%s", column)
	case column == "facts":
		return "toInt64(sign)"
	case strings.HasSuffix(column, "_known"):
		return fmt.Sprintf("sign * isNotNull(%s)", strings.TrimSuffix(column, "_known"))
	}
	return fmt.Sprintf("sign * ifNull(%s, 0)", column)
}

// dayFromJournal is the key that tells when, as one journal row gives it.
func (r rollup) dayFromJournal() string {
	day := "happened_on"
	if r.flows {
		day = "flow.day"
	}
	if r.monthly() {
		return "toStartOfMonth(" + day + ")"
	}
	return day
}

func (r rollup) keysFromJournal() []string {
	keys := slices.Clone(r.keys)
	keys[0] = r.dayFromJournal() + " AS " + r.day()
	return keys
}

// difference selects, for the rows that meet the condition, the keys whose sums
// in the rollup are not the journal's, with what the rollup lacks. It reads the
// journal in its own words, not in those of the view that feeds the rollup.
func (r rollup) difference(l layout, condition string) string {
	journal := fmt.Sprintf("(SELECT * FROM %s WHERE %s)", l.journal(), condition)
	if r.flows {
		journal = memberFlows(l.journal(), condition)
	}
	should, is, lacks, differ := make([]string, len(r.sums)), make([]string, len(r.sums)), make([]string, len(r.sums)), make([]string, len(r.sums))
	for i, s := range r.sums {
		should[i] = fmt.Sprintf("%s AS v%d", r.fromJournal(s), i)
		is[i] = fmt.Sprintf("-%s AS v%d", s, i)
		lacks[i] = fmt.Sprintf("sum(v%d) AS %s", i, s)
		differ[i] = fmt.Sprintf("%s != 0", s)
	}
	return fmt.Sprintf(`SELECT %[1]s, %[2]s FROM (
    SELECT %[3]s, %[4]s FROM %[5]s
    UNION ALL SELECT %[1]s, %[6]s FROM %[7]s WHERE %[8]s
) GROUP BY %[1]s HAVING %[9]s`,
		strings.Join(r.keys, ", "), strings.Join(lacks, ", "),
		strings.Join(r.keysFromJournal(), ", "), strings.Join(should, ", "), journal,
		strings.Join(is, ", "), r.table, condition, strings.Join(differ, " OR "))
}

// memberFlows turns journal rows of members into comings and goings: each has a
// day and what it adds to those accepted and to those certified.
func memberFlows(journal, where string) string {
	return `(SELECT *, CAST(f, 'Tuple(day Date, accepted Int8, certified Int8)') AS flow FROM (
    SELECT *, arrayJoin(arrayFilter(f -> isNotNull(f.1), [
        (coalesce(accepted_on, certified_on), 1, 0),
        (certified_on, 0, 1),
        (if(isNotNull(coalesce(accepted_on, certified_on)), left_on, NULL), -1, 0),
        (if(isNotNull(certified_on), left_on, NULL), 0, -1)])) AS f
    FROM ` + journal + ` WHERE ` + where + `))`
}
