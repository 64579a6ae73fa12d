package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// Asked are the figures of one dataset that a report asked for, and the calendar
// days that its questions span, To not included.
type Asked struct {
	Dataset  string    `json:"dataset"`
	Measures []string  `json:"measures"` // in the order they were asked for
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	// Where is what the questions were limited to beside days; nil is nothing.
	Where map[string][]string `json:"where,omitempty"`
}

// Names are the measures of a report.
func Names(list []Asked) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Measures...)
	}
	return out
}

// Restate tells what changed in the figures that a report asked for. The
// restatement given says between which moments, by which definitions and how; tell
// says which figures may be told of.
func Restate(ctx context.Context, past Past, list []Asked, r indicators.Restatement, tell func(name string) bool) (indicators.Restated, error) {
	var out indicators.Restated
	for _, a := range list {
		r.FirstDay, r.EndDay, r.Where = a.From, a.To, a.Where
		r.Names = slices.DeleteFunc(slices.Clone(a.Measures), func(name string) bool { return !tell(name) })
		if len(r.Names) == 0 {
			continue
		}
		found, err := past.Restate(ctx, r)
		if err != nil {
			return out, err
		}
		found.Figures, found.Rows = append(out.Figures, found.Figures...), append(out.Rows, found.Rows...)
		found.RowsOfAll += out.RowsOfAll
		out = found
	}
	return out, nil
}

// restated ends a report that takes the place of another with what has changed
// since, figure by figure and year by year. What is confidential is not told of.
func (r *Reporter) restated(ctx context.Context, past Past, o Order, frozen Frozen, d *document.Document) error {
	former := frozen.Former
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(o.Lang) }
	asked := former.Asked
	if o.Area != "" || o.Edition != "" { // figures of the city stand beside those of the report
		asked = slices.DeleteFunc(slices.Clone(asked), func(a Asked) bool { return len(a.Where) == 0 })
	}
	found, err := Restate(ctx, past, asked, indicators.Restatement{
		From: former.AsOf, To: frozen.AsOf, By: []string{string(khue.Year)}, Scope: scopeOf(frozen.Confidential), Version: former.Definitions, Own: true,
	}, r.mayTell)
	if err != nil {
		return fmt.Errorf("telling what changed since version %d: %w", former.Version, err)
	}
	d.Blocks = append(d.Blocks, document.Heading{Level: 1, Text: say("Điều chỉnh so với bản trước", "Changes since the former version"), Numbered: true},
		document.Text("%s", fmt.Sprintf(say("Báo cáo này thay báo cáo số %s ngày %s (bản %d).", "This report takes the place of report No. %s of %s (version %d)."),
			former.Number, locale.Date(o.Lang, calendarDay(former.IssuedOn.In(r.options.Zone))), former.Version)))
	t := restatedTable(o.Lang)
	for _, f := range found.Figures {
		for _, c := range f.Cells {
			t.Rows = append(t.Rows, restatedRow(f, c, o.Lang))
		}
	}
	remark := ""
	if slices.ContainsFunc(Names(asked), func(name string) bool { return !r.mayTell(name) }) {
		remark = say(" Thay đổi của các chỉ số giữ kín cho từng đơn vị không được nêu.", " Changes of measures that are confidential for each contributor are not told.")
	}
	if len(t.Rows) == 0 {
		d.Blocks = append(d.Blocks, document.Text("%s", say("Không có con số nào thay đổi.", "No figure has changed.")+remark))
		return nil
	}
	t.Source = fmt.Sprintf(say("Theo sổ ghi thay đổi, từ %s đến %s.", "By the journal, from %s to %s."),
		locale.Moment(o.Lang, former.AsOf.In(r.options.Zone)), locale.Moment(o.Lang, frozen.AsOf.In(r.options.Zone))) + remark
	d.Blocks = append(d.Blocks, t)
	return nil
}

// mayTell tells whether the changes of a figure may be told in this paper: those of
// confidential measures lead to single contributors.
func (r *Reporter) mayTell(name string) bool {
	for _, m := range r.options.Meaning.Measures() {
		if m.Name == name {
			return m.Confidential == nil || r.options.Confidential
		}
	}
	return false
}

func scopeOf(confidential bool) khue.Scope {
	if confidential {
		return khue.Everything
	}
	return khue.Publication
}

func restatedTable(lang khue.Lang) *document.Table {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	return &document.Table{
		ID: "restated", Sheet: say("Điều chỉnh", "Restatements"), Title: say("Số liệu thay đổi so với bản trước", "Figures that differ from the former version"),
		Columns: []document.Column{
			{Title: say("Chỉ số", "Measure"), Width: 3},
			{Title: say("Kỳ", "Period"), Width: 1.3},
			{Title: say("Bản trước", "Former"), Kind: document.Number, Width: 1.7},
			{Title: say("Bản này", "This version"), Kind: document.Number, Width: 1.7},
			{Title: say("Chênh lệch", "Difference"), Kind: document.Number, Width: 1.5},
			{Title: say("Lý do", "Causes"), Width: 3},
		},
	}
}

func restatedRow(f indicators.RestatedFigure, c indicators.RestatedCell, lang khue.Lang) document.Row {
	period := ""
	for _, k := range c.Keys {
		period = k.Name.In(lang)
	}
	difference := document.N(c.Difference(), f.Decimals)
	difference.Signed = true
	label := f.Label.In(lang)
	if unit := f.Unit.In(lang); unit != "" {
		label += " (" + unit + ")"
	}
	return document.Row{Cells: []document.Cell{
		document.W(label), document.W(period), cell(c.Before, f.Decimals), cell(c.After, f.Decimals), difference, document.W(causesOf(f, c, lang)),
	}}
}

// causesOf tells the causes of a difference, with what each adds to it where they
// add up, else those of what entered and left a count.
func causesOf(f indicators.RestatedFigure, c indicators.RestatedCell, lang khue.Lang) string {
	var out []string
	for _, e := range c.Causes {
		out = append(out, fmt.Sprintf("%s (%s)", indicators.CauseText(e.Cause).In(lang), locale.SignedNumber(lang, e.Effect, f.Decimals)))
	}
	for _, m := range c.Movements {
		for _, cause := range m.Causes {
			if words := indicators.CauseText(cause).In(lang); len(c.Causes) == 0 && !slices.Contains(out, words) {
				out = append(out, words)
			}
		}
	}
	return strings.Join(out, "; ")
}
