package document

import (
	"strings"

	"khue"
	"khue/locale"
)

// Table lists the askings of a query, for the annex: which figures, what was bound,
// how far the data reached and from which batch.
func (e Evidence) Table(lang khue.Lang) *Table {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	t := &Table{Annex: true, Columns: []Column{
		{Title: say("Số liệu", "Figures"), Width: 4},
		{Title: say("Tham số", "Parameters"), Width: 5},
		{Title: say("Số liệu đến", "Data until"), Width: 2, Kind: Date},
		{Title: say("Lô dữ liệu", "Batch"), Width: 2.6},
	}}
	for _, u := range e.Uses {
		var bound []string
		for _, p := range u.Parameters {
			bound = append(bound, p.Name+" = "+p.Value)
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{
			W(u.About + "\n" + say("biết đến ", "known at ") + locale.Moment(lang, u.AsOf)), W(strings.Join(bound, "\n")), D(u.DataUntil), W(u.Batch),
		}})
	}
	return t
}
