package reports

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue/locale"
	"khue/notes"
	"khue/reports/document"
)

// Notes are what the office wrote beside figures, as it read at a moment.
// *notes.Book is one.
type Notes interface {
	AsOf(ctx context.Context, at time.Time) ([]notes.Note, error)
}

// figuresIn are the measures that a table prints, by the table's id, beside the headlines.
var figuresIn = map[string][]string{
	"months": {"visitors"}, "disciplines": {"visitors", "events"},
	"members": {"members", "certified_members", "active_members"}, "member-disciplines": {"members", "certified_members"},
	"year-visits": {"visitors", "events"}, "discipline-years": {"visitors"}, "standing": standingMeasures,
	"edition": editionMeasures, "edition-days": {"visitors"}, "edition-disciplines": {"visitors", "events"}, "edition-areas": {"visitors", "events"}, "editions": {"visitors", "events"},
	"areas": {"visitors", "events"}, "areas-districts": {"visitors", "events"},
}

// figuresOf are the measures that a table of the paper prints.
func (p *paper) figuresOf(table string) []string {
	if table == "headlines" || table == "years" {
		return p.definition.headlines()
	}
	return figuresIn[table]
}

// notes tells what was noted on the figures, the year and its events, as it read
// when the report was made, and leads there from each table that has such figures.
func (p *paper) notes(ctx context.Context) error {
	if p.reporter.options.Notes == nil {
		return nil
	}
	all, err := p.reporter.options.Notes.AsOf(ctx, p.asOf)
	if err != nil {
		return fmt.Errorf("asking for the notes: %w", err)
	}
	list := p.noted(all)
	if len(list) == 0 {
		return nil
	}
	t := &document.Table{
		ID: "notes", Sheet: p.say("Ghi chú", "Notes"), Title: p.say("Ghi chú của các phòng, đơn vị", "Notes by offices and units"),
		Columns: []document.Column{
			{Title: p.say("Số", "No."), Width: 0.6},
			{Title: p.say("Về", "About"), Width: 2.2},
			{Title: p.say("Kỳ", "Period"), Width: 1.6},
			{Title: p.say("Nội dung", "Note"), Width: 5},
			{Title: p.say("Đơn vị ghi, ngày ghi", "By, written on"), Width: 2.2},
		},
		Source: fmt.Sprintf(p.say("Ghi chú như đã viết đến %s; không phải số liệu và không làm đổi số liệu.", "Notes as written by %s; they are no figures and change none."), locale.Moment(p.lang, p.asOf)),
	}
	for i, n := range list {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(strconv.Itoa(i + 1)), document.W(p.aboutOf(n)), document.W(notes.Days(p.lang, n)), document.W(notes.Words(p.lang, n)),
			document.W(n.Office + ", " + locale.Date(p.lang, n.WrittenAt.In(p.reporter.options.Zone))),
		}})
	}
	p.lead(list)
	p.part("Ghi chú", "Notes")
	p.add(t)
	return nil
}

// figures are all that the report prints.
func (p *paper) figures() []string {
	names := slices.Clone(p.aimedAt)
	for _, t := range p.doc.Tables() {
		names = append(names, p.figuresOf(t.ID)...)
	}
	return names
}

// noted are the notes that belong in the report: on its figures in its year or the
// year it is set against, on all figures of its year, on events of its year.
func (p *paper) noted(all []notes.Note) []notes.Note {
	from, to := p.definition.begins(p.period), p.period.End()
	out := notes.Beside(all, p.figures(), from.AddDate(-1, 0, 0), to)
	out = slices.DeleteFunc(out, func(n notes.Note) bool { return notes.ForAll(n) && !from.Before(n.To) })
	for _, n := range all {
		if n.Event != "" && n.From.Before(to) && from.Before(n.To) {
			out = append(out, n)
		}
	}
	notes.InOrder(out)
	return out
}

// lead writes under each table which notes are on its figures.
func (p *paper) lead(list []notes.Note) {
	for _, t := range p.doc.Tables() {
		names := p.figuresOf(t.ID)
		if t.ID == "targets" {
			names = p.aimedAt
		}
		var numbers []string
		for i, n := range list {
			if n.Indicator != "" && slices.Contains(names, n.Indicator) {
				numbers = append(numbers, strconv.Itoa(i+1))
			}
		}
		if len(numbers) > 0 {
			t.Source = strings.TrimSpace(t.Source + " " + fmt.Sprintf(p.say("Xem ghi chú số %s.", "See note %s."), strings.Join(numbers, ", ")))
		}
	}
}

// aboutOf is what a note is about.
func (p *paper) aboutOf(n notes.Note) string {
	switch {
	case n.Event != "":
		title := n.EventTitle
		if title == "" {
			title = n.Event
		}
		return p.say("Sự kiện: ", "Event: ") + title
	case n.Indicator == "":
		return p.say("Mọi số liệu trong kỳ", "All figures of the period")
	}
	if m, there := p.measures[n.Indicator]; there {
		return m.Label.In(p.lang)
	}
	if i, err := p.reporter.options.Meaning.Indicator(n.Indicator); err == nil {
		return i.Label.In(p.lang)
	}
	return n.Indicator
}
