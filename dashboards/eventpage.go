package dashboards

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// longestEventID bounds what is taken for the id of an event, in bytes.
const longestEventID = 500

// eventView is the page of one event.
type eventView struct {
	frameView
	Title    brief
	Finding  finding
	Files    []eventFileView // one, or one of each source that uses the id
	ListLink string
	Pinned   []pinnedNote
	AddNote  string // address of the form; "" where the site takes no notes
}

// eventFileView is one event as one source tells of it.
type eventFileView struct {
	card
	Facts []eventFact
	Days  []dayBar
	Rows  *table // single counts
	State *status
}

// eventFact is a line of what, when, where; Link leads on.
type eventFact struct {
	Name  string
	Value brief
	Link  string
}

// dayBar is the visitors of one day.
type dayBar struct {
	Day, Value, Why string
	Share           float64
	Unknown         bool
}

// eventFigures is what was counted at one event.
type eventFigures struct {
	total, days indicators.Answer
	told        int // which measure of attendance tells of the event
}

func (s *Site) eventPage(c *gin.Context, id string) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	unknown := khue.Errorf(khue.NotFound, "Không có sự kiện nào mang mã %q.", "There is no event with the id %q.", short(id))
	if id == "" || len(id) > longestEventID || strings.ContainsRune(id, 0) {
		_ = c.Error(unknown)
		return
	}
	v := s.visit(c.Request.Context(), defaultFilter)
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.patience)
	defer cancel()
	files, err := s.service.EventFiles(ctx, id, reach())
	if err != nil {
		if khue.KindOf(err) == khue.NotFound {
			err = unknown
		}
		_ = c.Error(slow(err))
		return
	}
	path := eventAddress(id)
	view := eventView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, eventsName, path, nil, briefly(files[0].Title).Shown), Title: briefly(files[0].Title), ListLink: eventListPath,
	}
	view.Known, view.Styles = v.knownUntil(lang), []string{eventsStyle}
	for i, file := range files {
		one, figures, err := v.eventFileView(ctx, lang, file)
		if err != nil {
			_ = c.Error(slow(err))
			return
		}
		one.ID = fmt.Sprintf("event-%d", i+1)
		if i == 0 {
			view.Finding = v.eventFinding(lang, file, figures)
		}
		view.Files = append(view.Files, one)
	}
	v.pinToEvent(lang, files[0], &view)
	s.show(c, "event.html", view)
}

// figuresOf asks for what was counted at one event, whole and by day.
func (v *visit) figuresOf(ctx context.Context, e indicators.EventFile) (eventFigures, error) {
	whole := indicators.Question{Measures: attendance, Where: map[string][]string{"event": {e.ID}, "source": {e.Source}}, Scope: reach()}
	days := whole
	days.By, days.From, days.To = []string{string(khue.Day)}, e.On, e.LastDay.AddDate(0, 0, 1)
	for _, one := range e.Counts { // a night's last visitors are counted the next day
		day := v.dayOf(one.At)
		if day.Before(days.From) {
			days.From = day
		}
		if !day.Before(days.To) {
			days.To = day.AddDate(0, 0, 1)
		}
	}
	answers, err := v.askAll(ctx, whole, days)
	if err != nil {
		return eventFigures{}, err
	}
	return eventFigures{answers[0], answers[1], attendedBy(e.Event)}, nil
}

func (v *visit) dayOf(at time.Time) time.Time {
	y, m, d := at.In(v.site.zone).Date()
	return civil(y, m, d)
}

// visitors is what the event is told by.
func (f eventFigures) visitors() indicators.Value { return f.of(f.told) }

func (f eventFigures) of(measure int) indicators.Value {
	if len(f.total.Rows) == 0 {
		return indicators.Value{}
	}
	return f.total.Rows[0].Values[measure]
}

// eventFinding says how many came to the event, or that nobody has said so yet.
func (v *visit) eventFinding(lang khue.Lang, e indicators.EventFile, f eventFigures) finding {
	name := briefly(e.Title).Shown
	if name == "" {
		name = e.ID
	}
	switch n := f.visitors(); {
	case n.Known:
		return finding{Before: name + ": ", Figure: locale.Number(lang, n.Number, 0) + " " + attendedUnits[f.told].In(lang)}
	case e.StartsAt.After(v.site.now()):
		return finding{Before: name + text(": chưa diễn ra", ": has not begun").In(lang)}
	case !e.LastDay.Before(v.frame.today):
		return finding{Before: name + text(": đang diễn ra, chưa có số lượt khách", ": under way, no visitors reported yet").In(lang)}
	}
	return finding{Before: name + text(": chưa có báo cáo lượt khách", ": no visitors have been reported").In(lang)}
}

func (v *visit) eventFileView(ctx context.Context, lang khue.Lang, e indicators.EventFile) (eventFileView, eventFigures, error) {
	f, err := v.figuresOf(ctx, e)
	if err != nil {
		return eventFileView{}, f, err
	}
	view := eventFileView{Facts: v.eventFacts(lang, e), State: v.eventState(lang, e, f)}
	view.Title = text("Lượt khách theo ngày", "Visitors by day").In(lang)
	view.Subtitle = text("Lượt khách tại chỗ", "On-site visits").In(lang)
	if f.told == 1 {
		view.Subtitle = text("Lượt xem trực tuyến", "Online visits").In(lang)
	}
	if online := f.of(1); f.told == 0 && online.Known {
		view.Notes = append(view.Notes, textf("Ngoài ra có %[1]s lượt trực tuyến.", "Beside them %[1]s online visits.", locale.Number(lang, online.Number, 0)).In(lang))
	}
	view.Source, view.Evidence = v.sourceLine(lang, f.total), []evidence{v.evidenceOf(lang, f.total)}
	if len(f.total.Completeness) > 0 {
		view.Complete = v.completeLine(lang, f.total.Completeness[f.told])
	}
	if !f.visitors().Known {
		view.Empty = text("Chưa có số liệu chính thức về lượt khách của sự kiện này.", "There is no official visitor figure for this event.").In(lang)
		return view, f, nil
	}
	most := 0.0
	for _, row := range f.days.Rows {
		most = max(most, row.Values[f.told].Number)
	}
	for i, row := range f.days.Rows {
		bar := dayBar{Day: capital(dayName(lang, row.Keys[0].Period.Start())), Value: exact(lang, row.Values[f.told], 0), Unknown: !row.Values[f.told].Known}
		if bar.Unknown {
			bar.Value = text("chưa có báo cáo", "nothing reported").In(lang)
		} else if most > 0 {
			bar.Share, bar.Why = round1(100*row.Values[f.told].Number/most), whyOf(f.days, i, f.told)
		}
		view.Days = append(view.Days, bar)
	}
	view.Rows = v.countsTable(lang, e)
	return view, f, nil
}

// eventState says in a word whether the event has reported.
func (v *visit) eventState(lang khue.Lang, e indicators.EventFile, f eventFigures) *status {
	n := f.visitors()
	switch {
	case n.Known:
		return &status{Tone: "good", Word: text("Đã báo cáo", "Reported").In(lang)}
	case e.StartsAt.After(v.site.now()):
		return &status{Tone: "going", Word: text("Sắp diễn ra", "To come").In(lang)}
	case !e.LastDay.Before(v.frame.today):
		return &status{Tone: "going", Word: text("Đang diễn ra", "Under way").In(lang)}
	}
	return &status{Tone: "attention", Word: text("Chưa báo cáo", "Not reported").In(lang)}
}

func (v *visit) eventFacts(lang khue.Lang, e indicators.EventFile) []eventFact {
	var out []eventFact
	say := func(vi, en, value, link string) {
		if value != "" {
			out = append(out, eventFact{text(vi, en).In(lang), briefly(value), link})
		}
	}
	list := func(name, value string) string {
		f := eventListFilter{filter: filter{period: creativeCity}, only: map[string]string{name: value}}
		return address(eventListPath, f.values(1), "")
	}
	say("Thời gian", "When", v.eventWhen(lang, e.Event), "")
	say("Địa điểm", "Venue", e.Venue, "")
	if a, ok := khue.AreaOf(e.Area); ok {
		say("Địa bàn", "Area", a.Name.In(lang), "")
	} else {
		say("Địa bàn", "Area", e.Area, "")
	}
	say("Đơn vị tổ chức", "Organiser", e.Organiser, list(organiserName, e.Organiser))
	var disciplines []string
	for _, code := range e.Disciplines {
		if d, ok := khue.DisciplineOf(code); ok {
			disciplines = append(disciplines, d.Name.In(lang))
		}
	}
	say("Lĩnh vực", "Disciplines", strings.Join(disciplines, ", "), "")
	say("Hình thức", "Format", formatLabel(lang, e.Format), "")
	say("Vào cửa", "Admission", v.codeLabel(lang, accessName, e.Access), "")
	if e.Capacity != nil {
		say("Sức chứa", "Capacity", locale.Number(lang, float64(*e.Capacity), 0), "")
	}
	if e.International != nil && *e.International {
		say("Yếu tố quốc tế", "International", text("có", "yes").In(lang), "")
	}
	if e.Series != "" {
		say("Chuỗi sự kiện", "Series", dotted(seriesLabel(lang, e.Series), e.Edition), seriesAddress(e.Series))
	}
	say("Sáng kiến", "Initiative", e.Initiative, "")
	if e.Access == "ticketed" {
		say("Vé bán, doanh thu", "Tickets, takings", text("c, giữ kín: số của từng đơn vị không công bố", "c, withheld: figures of single organisers are not published").In(lang), "")
	}
	say("Nguồn", "Source", e.Source, "")
	say("Mã bản ghi", "Record id", e.ID, "")
	if len(e.Postings) > 0 {
		last := e.Postings[0]
		say("Ghi nhận lần cuối", "Last recorded", v.site.moment(lang, last.At), v.runLink(last.Batch))
		if n := len(e.Postings); n > 1 {
			say("Số lần ghi nhận", "Times recorded", textf("%[1]s (lần đầu %[2]s)", "%[1]s (first %[2]s)", locale.Number(lang, float64(n), 0), v.site.moment(lang, e.Postings[n-1].At)).In(lang), "")
		}
	}
	return out
}

// runLink leads to the run that posted a batch, where the site has such pages.
func (v *visit) runLink(batch string) string {
	if v.site.data == nil || batch == "" {
		return ""
	}
	return runsPath + "/" + url.PathEscape(batch)
}

// countsTable lists the single counts; tickets and takings are not among them.
func (v *visit) countsTable(lang khue.Lang, e indicators.EventFile) *table {
	if len(e.Counts) == 0 {
		return nil
	}
	t := &table{Caption: text("Từng lượt đếm: theo cổng hoặc theo buổi", "Single counts, by gate or by session").In(lang), Head: []string{
		text("Lúc", "At").In(lang), text("Khách tại chỗ", "On site").In(lang), text("Khách trực tuyến", "Online").In(lang), text("Mã", "Id").In(lang),
	}}
	for _, one := range e.Counts {
		online := indicators.Value{}
		if one.Online != nil {
			online = indicators.Value{Number: float64(*one.Online), Known: true}
		}
		t.Rows = append(t.Rows, tableRow{Cells: []cell{
			named(locale.Moment(lang, one.At.In(v.site.zone))), counted(lang, indicators.Value{Number: float64(one.Visitors), Known: true}, 0), counted(lang, online, 0), named(one.ID),
		}})
	}
	return t
}
