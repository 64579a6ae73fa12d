package dashboards

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
	"khue/notes"
)

// Notes are what the office wrote beside figures. *notes.Book is one.
type Notes interface {
	// Standing are the notes that stand now.
	Standing(ctx context.Context) (notes.Standing, error)
	// Revisions is all that a note ever said, the newest first.
	Revisions(ctx context.Context, id int64) ([]notes.Note, error)
	Add(ctx context.Context, n notes.Note) (notes.Note, error)
	Change(ctx context.Context, n notes.Note) (notes.Note, error)
	TakeDown(ctx context.Context, n notes.Note) (notes.Note, error)
}

// mostPinned bounds the notes told under one card; the list of notes has the rest.
const mostPinned = 12

// pinnedNote is a note as it is told under a card.
type pinnedNote struct {
	Number  int // of its mark on the chart; 0 when the chart has no days along the bottom
	Days    string
	Words   string
	Lang    string // of the words, where it is not the page's
	Office  string
	Address string

	pin charts.Pin
}

// Line is the note as one line of text, for files.
func (p pinnedNote) Line() string {
	line := p.Days + ": " + p.Words + " (" + p.Office + ")"
	if p.Number > 0 {
		line = strconv.Itoa(p.Number) + ". " + line
	}
	return line
}

// standing are the notes that stand; while they cannot be had, those last known.
func (s *Site) standing(ctx context.Context) notes.Standing {
	if s.notes == nil {
		return notes.Standing{}
	}
	now, err := withTimeout(ctx, s.patience, s.notes.Standing)
	if err == nil {
		s.lastNotes.Store(&now)
		return now
	}
	s.log.Warn("the notes cannot be had", "error", err)
	if last := s.lastNotes.Load(); last != nil {
		return *last
	}
	return notes.Standing{}
}

// tagOf is the state of the facts and of the notes, as pages carry it.
func tagOf(state string, n notes.Standing) string {
	if n.Mark == "" {
		return stateTag(state)
	}
	return stateTag(state + "\nnotes " + n.Mark)
}

func (v *visit) tag() string { return tagOf(v.state, v.notes) }

// pinned writes a note for a reader.
func (v *visit) pinned(lang khue.Lang, n notes.Note) pinnedNote {
	p := pinnedNote{Days: notes.Days(lang, n), Words: notes.Words(lang, n), Office: n.Office, Address: noteAddress(n.ID)}
	if notes.Foreign(lang, n) {
		p.Lang = string(khue.Vietnamese)
	}
	return p
}

// pin puts beside a card the notes on what it shows: on the figures that its
// questions asked for, in the days along its chart or, where it has none, in those
// that the page is about. What is said of all figures of some days is marked on
// charts with days along them; the page tells it once where it has no such chart.
func (v *visit) pin(lang khue.Lang, c *card) {
	if v.site.notes == nil || c.Empty != "" {
		return
	}
	names := v.figuresOn(*c)
	if len(names) == 0 {
		return
	}
	if v.reader.opens(newNotePath) {
		c.AddNote = v.addNoteAddress(names[0], *c)
	}
	names = v.withParts(names)
	if len(c.axes) == 0 {
		days := v.daysOn(*c)
		for _, n := range notes.Beside(v.notes.Notes, names, days.From, days.To) {
			if !notes.ForAll(n) {
				c.Pinned = append(c.Pinned, v.pinned(lang, n))
			}
		}
	} else {
		c.Pinned = v.pinnedAlong(lang, c.axes, names)
	}
	if more := len(c.Pinned) - mostPinned; more > 0 {
		c.Pinned = c.Pinned[:mostPinned]
		c.MoreNotes = textf("Còn %d ghi chú nữa", "%d more "+plural(more, "note", "notes"), more).In(lang)
	}
}

// pinnedAlong are the notes on days along a chart, numbered from its left. A chart
// that lays earlier years under the same months has an axis for each of them.
func (v *visit) pinnedAlong(lang khue.Lang, axes [][]khue.Period, names []string) []pinnedNote {
	var out []pinnedNote
	told := map[int64]bool{}
	for _, axis := range axes {
		from, to := axis[0].Start(), axis[len(axis)-1].End()
		for _, n := range notes.Beside(v.notes.Notes, names, from, to) {
			if told[n.ID] {
				continue
			}
			first := slices.IndexFunc(axis, func(one khue.Period) bool { return one.End().After(n.From) })
			if first < 0 || !axis[first].Start().Before(n.To) { // its days lie where the chart has a gap
				continue
			}
			told[n.ID] = true
			p := v.pinned(lang, n)
			p.pin.From = first
			for i, one := range axis {
				if one.Start().Before(n.To) {
					p.pin.To = i
				}
			}
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b pinnedNote) int { return a.pin.From - b.pin.From })
	for i := range out {
		out[i].Number = i + 1
		out[i].pin.Number = i + 1
	}
	return out
}

// figuresOn are the indicators and measures that a card's figures are of, the
// one it is about first.
func (v *visit) figuresOn(c card) []string {
	names := slices.Clone(c.about)
	for _, e := range c.Evidence {
		for _, name := range e.figures {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// withParts adds to indicators the measures that they are reckoned from: a note on
// the counts is a note on what is made of them.
func (v *visit) withParts(names []string) []string {
	out := slices.Clone(names)
	for _, name := range names {
		i, err := v.site.service.Catalogue().Indicator(name)
		if err != nil {
			continue
		}
		for _, part := range []string{i.Measure, i.Numerator, i.Denominator} {
			if part != "" && !slices.Contains(out, part) {
				out = append(out, part)
			}
		}
	}
	return out
}

// daysOn are the days that a card without days along its chart is about: those of
// the page where a filter sets them, else those that its questions asked for.
func (v *visit) daysOn(c card) span {
	if slices.Contains(v.site.standingOf(c.ID).takes, periodName) {
		return v.frame.named
	}
	var days span
	for _, e := range c.Evidence {
		if e.days.empty() {
			continue
		}
		if days.empty() {
			days = e.days
			continue
		}
		if e.days.From.Before(days.From) {
			days.From = e.days.From
		}
		if e.days.To.After(days.To) {
			days.To = e.days.To
		}
	}
	return days
}

// marked is a chart's option with the numbers of the notes under it.
func (c card) marked(option func() (json.RawMessage, error)) func() (json.RawMessage, error) {
	var pins []charts.Pin
	for _, p := range c.Pinned {
		if p.Number > 0 {
			pins = append(pins, p.pin)
		}
	}
	if option == nil || len(pins) == 0 {
		return option
	}
	return func() (json.RawMessage, error) {
		plain, err := option()
		if err != nil {
			return nil, err
		}
		return charts.WithPins(plain, pins)
	}
}

// Numbered tells that the notes have marks on the chart.
func (c card) Numbered() bool { return len(c.Pinned) > 0 && c.Pinned[0].Number > 0 }

// elsewhere are the notes on all figures of the page's days that none of its cards
// tells, for the head of the page.
func (v *visit) elsewhere(lang khue.Lang, cards []*card) []pinnedNote {
	told := map[string]bool{}
	for _, c := range cards {
		for _, p := range c.Pinned {
			told[p.Address] = true
		}
	}
	var out []pinnedNote
	for _, n := range notes.Beside(v.notes.Notes, nil, v.frame.named.From, v.frame.named.To) {
		if p := v.pinned(lang, n); !told[p.Address] && len(out) < mostPinned {
			out = append(out, p)
		}
	}
	return out
}

// addNoteAddress opens the form for a note on a figure in the days of a card, and
// leads back to the card.
func (v *visit) addNoteAddress(name string, c card) string {
	q := url.Values{notes.FieldIndicator: {name}}
	days := v.frame.named
	if len(c.axes) > 0 {
		axis := c.axes[0]
		days = span{axis[0].Start(), axis[len(axis)-1].End()}
	}
	putDays(q, days)
	at := v.site.standingOf(c.ID)
	q.Set(backName, address(at.path, keep(v.frame.filter.query(), withCompare(at.takes)...), "")+"#"+c.ID)
	return address(newNotePath, q, "")
}

// pinToEvent puts on an event's page what is noted on the event.
func (v *visit) pinToEvent(lang khue.Lang, e indicators.EventFile, view *eventView) {
	if v.site.notes == nil {
		return
	}
	for _, n := range notes.OfEvent(v.notes.Notes, e.ID) {
		view.Pinned = append(view.Pinned, v.pinned(lang, n))
	}
	q := url.Values{notes.FieldEvent: {e.ID}, backName: {eventAddress(e.ID)}}
	last := e.LastDay
	if last.Before(e.On) {
		last = e.On
	}
	putDays(q, span{e.On, last.AddDate(0, 0, 1)})
	if v.reader.opens(newNotePath) {
		view.AddNote = address(newNotePath, q, "")
	}
}

// pinToEntry puts in the dictionary what is noted on an indicator, the newest days first.
func (s *Site) pinToEntry(ctx context.Context, lang khue.Lang, view *entryView) {
	if s.notes == nil {
		return
	}
	all := slices.DeleteFunc(slices.Clone(s.standing(ctx).Notes), func(n notes.Note) bool { return n.Indicator != view.Name })
	notes.InOrder(all)
	slices.Reverse(all)
	v := &visit{site: s}
	for _, n := range all[:min(len(all), mostPinned)] {
		view.Pinned = append(view.Pinned, v.pinned(lang, n))
	}
	if !s.reader(ctx).opens(newNotePath) {
		return
	}
	view.AddNote = address(newNotePath, url.Values{notes.FieldIndicator: {view.Name}, backName: {entryAddress(view.Name)}}, "")
}

// putDays writes days as the form of notes takes them.
func putDays(q url.Values, days span) {
	d := notes.DraftOf(notes.Note{From: days.From, To: days.To})
	put(q, notes.FieldPeriod, d.Period)
	put(q, notes.FieldFrom, d.From)
	put(q, notes.FieldTo, d.To)
}

// yearAxis is the calendar years from one to another, as a chart by year has them.
func yearAxis(first, last int) []khue.Period {
	return khue.Periods(khue.Year, civil(first, time.January, 1), civil(last+1, time.January, 1))
}

// axes are the months of a chart that lays earlier years under them.
func (s seasons) axes(step int) [][]khue.Period {
	out := [][]khue.Period{s.months}
	for back, values := range [][]indicators.Value{s.before, s.older} {
		if values == nil {
			continue
		}
		axis := make([]khue.Period, len(s.months))
		for i, p := range s.months {
			axis[i] = p.Shift(-step * (back + 1))
		}
		out = append(out, axis)
	}
	return out
}

// figureLabel is an indicator or a measure as readers know it; a name that means
// nothing any more stands as it is.
func (s *Site) figureLabel(lang khue.Lang, name string) string {
	if i, err := s.service.Catalogue().Indicator(name); err == nil {
		return i.Label.In(lang)
	}
	if m, err := s.service.Catalogue().Measure(name); err == nil {
		return m.Label.In(lang)
	}
	return name
}

// subjectOf says what a note is about, with the address that leads there.
func (s *Site) subjectOf(lang khue.Lang, n notes.Note) (words, at string) {
	switch {
	case n.Event != "":
		title := n.EventTitle
		if title == "" {
			title = n.Event
		}
		return text("Sự kiện: ", "Event: ").In(lang) + title, eventAddress(n.Event)
	case n.Indicator != "":
		if _, err := s.service.Catalogue().Indicator(n.Indicator); err == nil {
			at = entryAddress(n.Indicator)
		}
		return s.figureLabel(lang, n.Indicator), at
	}
	return text("Mọi số liệu trong kỳ", "All figures of the period").In(lang), ""
}

// written says when a revision of a note was written, and by whom.
func (s *Site) written(lang khue.Lang, n notes.Note) string {
	return n.Office + " · " + locale.Moment(lang, n.WrittenAt.In(s.zone))
}
