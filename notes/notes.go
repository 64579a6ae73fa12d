// Package notes holds what the office writes beside figures: dated remarks pinned
// to an indicator, an event or a stretch of days ("lễ hội dời sang tháng 12").
// Pages mark them on charts and reports print them. They are no figures: nothing is
// computed from them.
package notes

import (
	"cmp"
	"context"
	"slices"
	"time"

	"khue"
	"khue/locale"
	"khue/state"
)

// Note is a note as it is kept; its days are calendar days, To not included.
type Note = state.Note

// Keeper keeps notes with all their revisions; *state.Store is one.
type Keeper interface {
	AddNote(ctx context.Context, n Note, now time.Time) (Note, error)
	ReviseNote(ctx context.Context, n Note, now time.Time) (Note, error)
	Notes(ctx context.Context, at time.Time) ([]Note, error)
	NoteRevisions(ctx context.Context, id int64) ([]Note, error)
	NotesMark(ctx context.Context) (int64, error)
}

// Foreign tells that a note was written in Vietnamese alone and its reader reads English.
func Foreign(lang khue.Lang, n Note) bool { return lang == khue.English && n.Text.EN == "" }

// Words is a note's text for a reader, marked where it is not in their language.
func Words(lang khue.Lang, n Note) string {
	if Foreign(lang, n) {
		return n.Text.VI + " (tiếng Việt)"
	}
	return n.Text.In(lang)
}

// Days names the days of a note as they are read on a chart: "tháng 12/2026",
// "01/11/2026 – 15/12/2026".
func Days(lang khue.Lang, n Note) string {
	if p := Period(n); !p.IsZero() {
		return locale.PeriodName(lang, p)
	}
	return locale.Date(lang, n.From) + " – " + locale.Date(lang, n.To.AddDate(0, 0, -1))
}

// Period is the named period that has exactly the days of a note; zero for a
// stretch that has no name.
func Period(n Note) khue.Period {
	for _, g := range grains {
		if p := khue.PeriodOf(n.From, g); p.Start().Equal(n.From) && p.End().Equal(n.To) {
			return p
		}
	}
	return khue.Period{}
}

// grains are those of the periods that a note may be pinned to.
var grains = []khue.Grain{khue.Year, khue.HalfYear, khue.Quarter, khue.Month, khue.Day}

// ForAll tells that a note is about all figures of its days.
func ForAll(n Note) bool { return n.Indicator == "" && n.Event == "" }

// Beside are the notes that belong beside figures of the named indicators or
// measures on days in [from, to), in the order of their days: those on one of
// them, and those on all figures.
func Beside(all []Note, names []string, from, to time.Time) []Note {
	var out []Note
	for _, n := range all {
		if n.From.Before(to) && from.Before(n.To) && (ForAll(n) || n.Event == "" && slices.Contains(names, n.Indicator)) {
			out = append(out, n)
		}
	}
	InOrder(out)
	return out
}

// OfEvent are the notes on one event, in the order of their days.
func OfEvent(all []Note, event string) []Note {
	var out []Note
	for _, n := range all {
		if n.Event == event && event != "" {
			out = append(out, n)
		}
	}
	InOrder(out)
	return out
}

// InOrder sorts notes as a chart numbers them: by first day, the longer first, then
// by age.
func InOrder(all []Note) {
	slices.SortStableFunc(all, func(a, b Note) int {
		return cmp.Or(a.From.Compare(b.From), b.To.Compare(a.To), cmp.Compare(a.ID, b.ID))
	})
}

// Strangers are the names that notes are pinned to and that are known no more.
func Strangers(all []Note, known func(name string) bool) []string {
	var out []string
	for _, n := range all {
		if n.Indicator != "" && !known(n.Indicator) && !slices.Contains(out, n.Indicator) {
			out = append(out, n.Indicator)
		}
	}
	slices.Sort(out)
	return out
}

// Choice limits a list of notes; empty values do not limit.
type Choice struct {
	Indicator, Event string
	Period           khue.Period // whose days a note shares
}

// Takes tells whether a note is one of those chosen.
func (c Choice) Takes(n Note) bool {
	return (c.Indicator == "" || n.Indicator == c.Indicator) && (c.Event == "" || n.Event == c.Event) &&
		(c.Period.IsZero() || n.From.Before(c.Period.End()) && c.Period.Start().Before(n.To))
}
