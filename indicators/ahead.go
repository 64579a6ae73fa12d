package indicators

import (
	"slices"

	"khue"
)

// aheadNotes tell of ratios in periods that are not over whose denominator holds
// what is announced for days to come, of which the numerator knows nothing yet.
func (a *inquiry) aheadNotes(r *result) []khue.Text {
	if !slices.ContainsFunc(r.rows, func(row *Row) bool { return row.Partial }) {
		return nil
	}
	var out []khue.Text
	for _, w := range a.wanted {
		if w.below < 0 || a.measures[w.below].Dataset != "events" || a.measures[w.slot].Dataset == "events" {
			continue
		}
		if !slices.ContainsFunc(r.rows, func(row *Row) bool { return row.Partial && w.of(row.Values).Known && a.runsAhead(row) }) {
			continue
		}
		out = append(out, khue.Text{
			VI: w.column.Label.VI + ": trong kỳ chưa trọn, mẫu số gồm cả sự kiện đã công bố cho những ngày sắp tới nên tỷ số thấp hơn thực tế.",
			EN: w.column.Label.EN + ": in a period that is not over the denominator holds events announced for days to come, so the ratio falls short.",
		})
	}
	return out
}

// runsAhead tells that a row's days, as far as the question asks for them, go beyond today.
func (a *inquiry) runsAhead(row *Row) bool {
	_, to := a.spanOf(row)
	if end := a.question.To; !end.IsZero() && (to.IsZero() || end.Before(to)) {
		to = end
	}
	return to.IsZero() || to.After(a.today.AddDate(0, 0, 1))
}
