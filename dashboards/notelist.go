package dashboards

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/locale"
	"khue/notes"
)

const notesOnPage = 30

// noteFilter is what a reader chose of the notes.
type noteFilter struct {
	indicator, event string
	period           string // as written
	days             khue.Period
	text             string
	page             int
}

func parseNoteFilter(rawQuery string) (noteFilter, error) {
	f := noteFilter{page: 1}
	values, err := readQuery(rawQuery, notes.FieldIndicator, notes.FieldEvent, notes.FieldPeriod, textName, pageName)
	if err != nil {
		return f, err
	}
	f.indicator, f.event = values.Get(notes.FieldIndicator), values.Get(notes.FieldEvent)
	for _, name := range []string{f.indicator, f.event} {
		if err := checkName(name); err != nil {
			return f, err
		}
	}
	f.text = strings.TrimSpace(values.Get(textName))
	if utf8.RuneCountInString(f.text) > longestSought {
		return f, khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to look for is too long; at most %d characters.", longestSought)
	}
	if f.period = strings.TrimSpace(values.Get(notes.FieldPeriod)); f.period != "" {
		p, ok := notes.ParsePeriod(f.period)
		if !ok {
			return f, khue.Errorf(khue.Invalid, "Không đọc được kỳ %q; hãy viết như 2026, 2026-Q4, 11/2026 hoặc 23/11/2026.",
				"The period %q cannot be read; write it like 2026, 2026-Q4, 2026-11 or 2026-11-23.", short(f.period))
		}
		f.days = p
	}
	f.page, err = pageOf(values)
	return f, err
}

func (f noteFilter) values(page int) url.Values {
	v := url.Values{}
	put(v, notes.FieldIndicator, f.indicator)
	put(v, notes.FieldEvent, f.event)
	put(v, notes.FieldPeriod, f.period)
	put(v, textName, f.text)
	if page > 1 {
		v.Set(pageName, strconv.Itoa(page))
	}
	return v
}

// matching leaves the notes that the filter asks for. Words are looked for at the
// beginnings of words, whatever their marks.
func (s *Site) matching(f noteFilter, all []notes.Note) []notes.Note {
	wanted, chosen := locale.Words(f.text), notes.Choice{Indicator: f.indicator, Event: f.event, Period: f.days}
	var out []notes.Note
	for _, n := range all {
		if chosen.Takes(n) && (f.text == "" || locale.Begin(locale.Words(s.searchedIn(n)), wanted)) {
			out = append(out, n)
		}
	}
	return out
}

// searchedIn is all of a note that words are looked for in.
func (s *Site) searchedIn(n notes.Note) string {
	words := []string{n.Text.VI, n.Text.EN, n.Office, n.Event, n.EventTitle}
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		subject, _ := s.subjectOf(lang, n)
		words = append(words, subject, notes.Days(lang, n))
	}
	return strings.Join(words, "\n")
}

// notesView is the list of notes.
type notesView struct {
	frameView
	Finding, Intro string
	Indicators     []choiceGroup
	Event          string // chosen; kept while the other filters change
	Period, Text   string
	Changed        bool
	New            string // address of the form
	Lines          []noteLine
	Paging         pager
}

// noteLine is one note of the list.
type noteLine struct {
	pinnedNote
	Subject, At string // what it is about, and the address that leads there
	Written     string
	Stamp       string
}

func (s *Site) noteLineOf(lang khue.Lang, n notes.Note) noteLine {
	v := &visit{site: s}
	l := noteLine{pinnedNote: v.pinned(lang, n), Written: s.written(lang, n), Stamp: stamp(n.WrittenAt)}
	l.Subject, l.At = s.subjectOf(lang, n)
	return l
}

func (s *Site) notesPage(c *gin.Context) {
	lang := langOf(c)
	f, err := parseNoteFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	standing, err := s.notes.Standing(ctx)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	found := s.matching(f, standing.Notes)
	view := notesView{
		frameView:  s.frameView(s.reader(c.Request.Context()), lang, notesPage, notesPath, f.values(f.page), text("Ghi chú", "Notes").In(lang)),
		Indicators: s.figureChoices(lang, f.indicator, text("tất cả", "all").In(lang)), Event: f.event, Period: f.period, Text: f.text,
		Changed: len(f.values(1)) > 0, Paging: pagerOf(lang, notesPath, f.page, int64(len(found)), notesOnPage, f.values),
	}
	view.Styles = []string{notesStyle}
	q := url.Values{}
	put(q, notes.FieldIndicator, f.indicator)
	put(q, notes.FieldEvent, f.event)
	put(q, notes.FieldPeriod, f.period)
	if s.reader(c.Request.Context()).opens(newNotePath) {
		view.New = address(newNotePath, q, "")
	}
	view.Finding = notesFinding(lang, len(found), view.Changed)
	from := min((f.page-1)*notesOnPage, len(found))
	for _, n := range found[from:min(from+notesOnPage, len(found))] {
		view.Lines = append(view.Lines, s.noteLineOf(lang, n))
	}
	s.show(c, "notes.html", view)
}

func notesFinding(lang khue.Lang, n int, limited bool) string {
	number := locale.Number(lang, float64(n), 0)
	switch {
	case n == 0 && limited:
		return text("Không có ghi chú nào như vậy", "There is no such note").In(lang)
	case n == 0:
		return text("Chưa có ghi chú nào", "There are no notes yet").In(lang)
	case limited:
		return textf("Tìm thấy %s ghi chú", "%s "+plural(n, "note", "notes")+" found", number).In(lang)
	}
	return textf("%s ghi chú bên các số liệu", "%s "+plural(n, "note", "notes")+" beside figures", number).In(lang)
}

// figureChoices are all that a note may be pinned to, and what stands for none of
// them. A measure that an indicator shares its name with is listed once.
func (s *Site) figureChoices(lang khue.Lang, chosen, none string) []choiceGroup {
	catalogue := s.service.Catalogue()
	var indicators, measures []choice
	seen := map[string]bool{"": true}
	for _, i := range catalogue.Indicators() {
		seen[i.Name] = true
		indicators = append(indicators, choice{i.Name, i.Label.In(lang), i.Name == chosen})
	}
	for _, m := range catalogue.Measures() {
		if !seen[m.Name] {
			seen[m.Name] = true
			measures = append(measures, choice{m.Name, m.Label.In(lang), m.Name == chosen})
		}
	}
	collator := locale.Collator()
	for _, list := range [][]choice{indicators, measures} {
		slices.SortStableFunc(list, func(a, b choice) int { return collator.CompareString(a.Label, b.Label) })
	}
	first := []choice{{"", none, chosen == ""}}
	if !seen[chosen] { // what it meant is defined no more
		first = append(first, choice{chosen, chosen, true})
	}
	out := []choiceGroup{{"", first}}
	if len(indicators) > 0 {
		out = append(out, choiceGroup{text("Chỉ số", "Indicators").In(lang), indicators})
	}
	if len(measures) > 0 {
		out = append(out, choiceGroup{text("Số đo", "Measures").In(lang), measures})
	}
	return out
}
