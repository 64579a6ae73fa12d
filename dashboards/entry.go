package dashboards

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// yearsShown is how many years an entry of the dictionary shows.
const yearsShown = 6

// entryView is one indicator with everything that its figures mean.
type entryView struct {
	frameView
	Label, Name, Topic, Meaning string
	Formula                     string
	Symbols                     []string
	Method                      []fact // of the indicator, or of each measure in it
	Facts                       []fact
	Over                        []fact
	Breaks                      []breakView
	Serves                      []servingView
	Figures                     *table
	FiguresNote                 string
	Fault                       *boxFault
	Claims                      *table
	Pinned                      []pinnedNote
	Explore                     string // where its figures are asked for on the explore page; "" nowhere
	AddNote                     string // address of the form; "" where the site takes no notes
}

type breakView struct {
	Day, Affects, Text, Citation string
	Mark                         status
}

// servingView is what an indicator does for a programme.
type servingView struct {
	Programme   navLink
	Kind        string
	Targets     []targetFact
	Commitments []string
	Items       []string
}

type targetFact struct {
	Label, Goal, Clause, Citation, Standing, Note string
	Mark                                          status
}

func (s *Site) entryPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	i, err := s.service.Catalogue().Indicator(c.Param("name"))
	if err != nil {
		_ = c.Error(khue.Errorf(khue.NotFound, "Từ điển không có chỉ số %q.", "The dictionary has no indicator %q.", short(c.Param("name"))))
		return
	}
	view := s.entryView(s.reader(c.Request.Context()), lang, i)
	s.fillFigures(c.Request.Context(), lang, i, &view)
	s.pinToEntry(c.Request.Context(), lang, &view)
	s.show(c, "entry.html", view)
}

func (s *Site) entryView(who reader, lang khue.Lang, i indicators.Indicator) entryView {
	catalogue := s.service.Catalogue()
	formula := catalogue.Formula(i)
	view := entryView{
		frameView: s.frameView(who, lang, dictionaryName, entryAddress(i.Name), nil, i.Label.In(lang)),
		Label:     i.Label.In(lang), Name: i.Name, Meaning: i.Description.In(lang), Formula: formula.Words.In(lang), Symbols: formula.Symbols,
		Method: methodOf(lang, catalogue, i), Facts: entryFacts(lang, catalogue, i),
	}
	if s.explore != nil && i.Claims == "" && who.opens(explorePath) {
		view.Explore = exploreAddress(explorePath, explorationOf(indicators.Question{Measures: []string{i.Name}, By: []string{string(khue.Year)}}, s.zone).values())
	}
	for _, topic := range catalogue.Topics() {
		if topic.Code == i.Topic {
			view.Topic = topic.Label.In(lang)
		}
	}
	view.Over = []fact{
		{text("Theo thời gian", "Over time").In(lang), i.Over.Time.Label().In(lang)},
		{text("Theo địa bàn", "Over areas").In(lang), i.Over.Area.Label().In(lang)},
		{text("Theo lĩnh vực", "Over disciplines").In(lang), i.Over.Discipline.Label().In(lang)},
	}
	for _, b := range i.Breaks {
		view.Breaks = append(view.Breaks, breakView{
			Day: locale.Date(lang, b.Date), Affects: affected(lang, b.Affects), Text: b.Text.In(lang), Citation: b.Citation, Mark: knownAs(lang, b.Mark),
		})
	}
	for _, serving := range catalogue.Serves(i.Name) {
		view.Serves = append(view.Serves, servingOf(lang, serving, i.Decimals))
	}
	return view
}

// affected says which figures a break parts.
func affected(lang khue.Lang, splits []string) string {
	if len(splits) == 0 {
		return text("chính chỉ số", "the figure itself").In(lang)
	}
	names := map[string]khue.Text{"area": text("số theo địa bàn", "figures by area"), "discipline": text("số theo lĩnh vực", "figures by discipline")}
	var said []string
	for _, split := range splits {
		said = append(said, names[split].In(lang))
	}
	return listed(lang, said)
}

// methodOf is how the figure is reckoned: the indicator's own words, then those
// of the measures in a ratio.
func methodOf(lang khue.Lang, catalogue *indicators.Catalogue, i indicators.Indicator) []fact {
	var out []fact
	if m := i.Method.In(lang); m != "" {
		out = append(out, fact{text("Cách tính", "Method").In(lang), m})
	}
	for _, name := range []string{i.Numerator, i.Denominator} {
		if m, err := catalogue.Measure(name); err == nil {
			out = append(out, fact{m.Label.In(lang), m.Method.In(lang)})
		}
	}
	return out
}

var directionWords = map[string]khue.Text{
	"up":      {VI: "Càng cao càng tốt", EN: "Higher is better"},
	"down":    {VI: "Càng thấp càng tốt", EN: "Lower is better"},
	"neutral": {VI: "Không có chiều tốt xấu", EN: "Neither way is better"},
}

func entryFacts(lang khue.Lang, catalogue *indicators.Catalogue, i indicators.Indicator) []fact {
	var out []fact
	say := func(vi, en, value string) { out = append(out, fact{text(vi, en).In(lang), value}) }
	say("Đơn vị", "Unit", i.Unit.In(lang))
	say("Số chữ số thập phân", "Decimals", strconv.Itoa(i.Decimals))
	say("Chiều", "Direction", directionWords[i.Direction].In(lang))
	say("Kỳ công bố", "Frequency", i.Frequency.Label().In(lang))
	say("Cơ quan chịu trách nhiệm", "Responsible office", i.Responsible.In(lang))
	say("Nguồn", "Source", i.Source.In(lang))
	since := text("chưa rõ", "not known").In(lang)
	if !i.Since.IsZero() {
		since = locale.PeriodName(lang, i.Since)
	}
	say("Kỳ đầu tiên của chuỗi", "First period of the series", since)
	say("Phiên bản định nghĩa", "Version of the definitions", catalogue.Version())
	return out
}

func servingOf(lang khue.Lang, serving indicators.Serving, decimals int) servingView {
	view := servingView{Programme: programmeLink(lang, serving.Programme), Kind: serving.Programme.KindLabel().In(lang)}
	for _, t := range serving.Targets {
		view.Targets = append(view.Targets, targetFact{
			Label: t.Label.In(lang), Goal: goalOf(lang, t, decimals), Clause: t.Clause, Citation: t.Citation,
			Standing: t.Standing.In(lang), Note: t.Note.In(lang), Mark: knownAs(lang, t.Mark),
		})
	}
	for _, c := range serving.Commitments {
		view.Commitments = append(view.Commitments, c.ID+" · "+c.Title.In(lang))
	}
	for _, item := range serving.Items {
		said := strconv.Itoa(item.Number) + ". " + item.Title.In(lang)
		if note := item.Note.In(lang); note != "" {
			said += " · " + note
		}
		view.Items = append(view.Items, said)
	}
	return view
}

// goalOf writes what a target asks for: "khoảng 5% vào cuối năm 2025".
func goalOf(lang khue.Lang, t indicators.Target, decimals int) string {
	goal := withUnit(lang, t.Value, unitDecimals(t.Value, decimals), t.Unit)
	if t.Upper != nil {
		goal = locale.Compact(lang, t.Value, unitDecimals(t.Value, decimals)) + "–" + withUnit(lang, *t.Upper, unitDecimals(*t.Upper, decimals), t.Unit)
	}
	if t.Approximate {
		goal = text("khoảng ", "about ").In(lang) + goal
	}
	if t.Kind == indicators.TargetCumulative {
		return textf("%[1]s cộng dồn %[2]d–%[3]d", "%[1]s in %[2]d–%[3]d together", goal, t.Since, t.Year).In(lang)
	}
	return textf("%[1]s vào cuối năm %[2]d", "%[1]s at the end of %[2]d", goal, t.Year).In(lang)
}

// years are an indicator's figures with the published ones that they come from.
type years struct {
	Figures []indicators.YearFigure
	Claims  []indicators.Claim
}

// fillFigures adds the latest years. The meaning stands whether or not the
// warehouse answers.
func (s *Site) fillFigures(ctx context.Context, lang khue.Lang, i indicators.Indicator, view *entryView) {
	v := s.visit(ctx, defaultFilter)
	shown := fill(ctx, v, "years "+i.Name, func(ctx context.Context) (years, error) {
		return recall(ctx, s.memory, v.state, "years "+i.Name, func(ctx context.Context) (years, error) {
			var y years
			var err error
			if y.Figures, err = s.service.YearlyFigures(ctx, i.Name, yearsShown, time.Time{}, khue.Public); err != nil || i.Claims == "" {
				return y, err
			}
			y.Claims, err = s.service.ClaimsOf(ctx, i.Claims, time.Time{})
			return y, err
		})
	})
	view.Fault = shown.fault(lang, s.zone)
	if !shown.Ready {
		return
	}
	view.Figures = figuresTable(lang, i, shown.Data.Figures)
	view.FiguresNote = text("Toàn thành phố. Số chưa biết được ghi là chưa có số liệu chính thức, không ghi là 0.", "Whole city. What is not known is said to be without an official figure, never zero.").In(lang)
	view.Claims = claimsTable(lang, shown.Data.Claims)
}

func figuresTable(lang khue.Lang, i indicators.Indicator, figures []indicators.YearFigure) *table {
	t := &table{
		Caption: text("Số liệu các năm gần đây, năm mới nhất trước", "Figures of the latest years, the newest first").In(lang),
		Head:    []string{text("Năm", "Year").In(lang), i.Label.In(lang) + " (" + i.Unit.In(lang) + ")"},
	}
	for _, f := range figures {
		row := tableRow{Cells: []cell{named(f.Year.String()), named(locale.Unknown(lang))}}
		if f.Value.Known {
			row.Cells[1] = cell{Text: exact(lang, f.Value, i.Decimals), Number: true}
		}
		if f.Value.Suppressed {
			row.Cells[1] = named(locale.Withheld(lang))
		}
		switch {
		case f.Value.Suppressed:
			row.Note = locale.WithheldNote(lang)
		case f.Conflict > 1:
			row.Note = textf("%[1]d số đã công bố của năm này trái nhau nên không lấy số nào.", "%[1]d published figures of this year contradict each other, so none stands.", f.Conflict).In(lang)
		case f.Value.Known && f.Partial:
			row.Note = text("Năm chưa hết; không so sánh với cả năm khác.", "The year is not over; not to be compared with whole years.").In(lang)
		case f.Value.Known && f.Period != f.Year:
			row.Note = textf("Số của %[1]s.", "The figure of %[2]s.", locale.PeriodName(khue.Vietnamese, f.Period), locale.PeriodName(khue.English, f.Period)).In(lang)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
