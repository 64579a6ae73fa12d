package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// Filters of the list of events beside those of the page.
const (
	organiserName = "organiser"
	venueName     = "venue"
	editionName   = "edition"
	accessName    = "access"
)

// eventListOnly are the filters that only the list takes, by the dimension of events they limit.
var eventListOnly = []string{organiserName, venueName, seriesName, editionName, accessName}

const (
	eventsOnPage     = 30
	eventsInPart     = 8
	eventsInFile     = 20_000 // most events of the list as a file
	longestNarrowing = 300    // characters of a name that limits the list
)

// eventListFilter is what a reader looks for among the events.
type eventListFilter struct {
	filter
	text string
	only map[string]string // of eventListOnly
	day  time.Time         // on which the events begin, within the period; zero is any
	page int
}

func parseEventListFilter(rawQuery string, today time.Time) (eventListFilter, error) {
	taken := slices.Concat(withCompare(eventsFilters), eventListOnly, []string{textName, pageName, dayFilter})
	f := eventListFilter{page: 1, only: map[string]string{}}
	values, err := readQuery(rawQuery, taken...)
	if err != nil {
		return f, err
	}
	shared := keep(values, withCompare(eventsFilters)...)
	if f.filter, err = parseFilter(shared.Encode(), today, eventsFilters...); err != nil {
		return f, err
	}
	if f.text = strings.TrimSpace(values.Get(textName)); utf8.RuneCountInString(f.text) > longestSought {
		return f, khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to find is too long; at most %d characters.", longestSought)
	}
	if err := f.setDay(values.Get(dayFilter), today); err != nil {
		return f, err
	}
	for _, name := range eventListOnly {
		value := values.Get(name)
		if utf8.RuneCountInString(value) > longestNarrowing {
			return f, khue.Errorf(khue.Invalid, "Giá trị của bộ lọc %q quá dài.", "The value of the filter %q is too long.", name)
		}
		if value != "" {
			f.only[name] = value
		}
	}
	if v := f.only[accessName]; v != "" && v != "free" && v != "ticketed" {
		return f, khue.Errorf(khue.Invalid, "Không có kiểu vào cửa %q; hãy chọn free hoặc ticketed.", "There is no admission %q; choose free or ticketed.", short(v))
	}
	if f.page, err = pageOf(values); err != nil {
		return f, err
	}
	return f, nil
}

func (f eventListFilter) values(page int) url.Values {
	v := f.query()
	if !f.day.IsZero() {
		v.Set(dayFilter, f.day.Format(time.DateOnly))
	}
	for name, value := range f.only {
		v.Set(name, value)
	}
	if f.text != "" {
		v.Set(textName, f.text)
	}
	if page > 1 {
		v.Set(pageName, strconv.Itoa(page))
	}
	return v
}

// search asks for a page of the list, or for its file.
func (f eventListFilter) search(days span, offset, limit int) indicators.EventSearch {
	where := f.where()
	for name, value := range f.only {
		where[name] = []string{value}
	}
	days = f.within(days)
	return indicators.EventSearch{Words: f.text, Where: where, From: days.From, To: days.To, Offset: offset, Limit: limit, Scope: reach()}
}

// eventListAddress is the list within the page's filters, narrowed further.
func (v *visit) eventListAddress(only map[string]string) string {
	return address(eventListPath, eventListFilter{filter: v.frame.filter, only: only}.values(1), "")
}

// eventLine is one event in a list.
type eventLine struct {
	Link                string
	Title               brief
	Day, Month, Year    string
	Stamp               string
	When                string // in words, for those who hear it
	Organiser, Place    brief
	Tags                string // discipline, format, admission
	Visitors, Unit, Why string // "" when nothing is reported
	Soon                bool   // has not begun
	Silent              bool   // is over and nothing was reported
}

// eventLines writes events with what was counted at them.
func (v *visit) eventLines(lang khue.Lang, found foundEvents) []eventLine {
	out := make([]eventLine, 0, len(found.Events))
	for _, e := range found.Events {
		l := eventLine{
			Link: eventAddress(e.ID), Title: briefly(e.Title), Day: strconv.Itoa(e.On.Day()), Month: locale.MonthLabel(lang, e.On.Month()), Year: strconv.Itoa(e.On.Year()),
			Stamp: stamp(e.StartsAt), When: v.eventWhen(lang, e), Organiser: briefly(e.Organiser), Place: v.placeOf(lang, e),
			Tags: v.eventTags(lang, e), Soon: e.StartsAt.After(v.site.now()),
		}
		if l.Title.Shown == "" {
			l.Title.Shown = e.ID
		}
		count := found.counts[eventKey{e.Source, e.ID}]
		at := attendedBy(e)
		if count.values[at].Known {
			l.Visitors, l.Unit, l.Why = locale.Number(lang, count.values[at].Number, 0), attendedUnits[at].In(lang), count.why[at]
		}
		l.Silent = l.Visitors == "" && e.LastDay.Before(v.frame.today)
		out = append(out, l)
	}
	return out
}

// foundEvents is a page of events with what was counted at each.
type foundEvents struct {
	indicators.EventList
	counts map[eventKey]eventCount
}

func (v *visit) findEvents(ctx context.Context, q indicators.EventSearch) (foundEvents, error) {
	key, err := json.Marshal(q)
	if err != nil {
		return foundEvents{}, fmt.Errorf("looking for events: %w", err)
	}
	list, err := recall(ctx, v.site.memory, v.state, "find events "+string(key), func(ctx context.Context) (indicators.EventList, error) {
		return v.site.service.Events(ctx, q)
	})
	if err != nil {
		return foundEvents{}, err
	}
	counts, err := v.eventCounts(ctx, list.Events)
	return foundEvents{list, counts}, err
}

type eventKey struct{ source, id string }

// attendance are the measures of those who came to an event, and attendedUnits
// what they count.
var (
	attendance    = []string{"visitors", "online_visitors"}
	attendedUnits = []khue.Text{text("lượt khách", "visits"), text("lượt trực tuyến", "online visits")}
)

// attendedBy tells which of them an event is told by: one that is online alone has
// nobody on site.
func attendedBy(e indicators.Event) int {
	if e.Format == "online" {
		return 1
	}
	return 0
}

// eventCount is what was counted at an event, by the measures of attendance.
type eventCount struct {
	values [2]indicators.Value
	why    [2]string
}

// eventCounts asks for the visitors of some events; those that nobody counted are absent.
func (v *visit) eventCounts(ctx context.Context, events []indicators.Event) (map[eventKey]eventCount, error) {
	var ids []string
	for _, e := range events {
		if !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	out := map[eventKey]eventCount{}
	if len(ids) == 0 {
		return out, nil
	}
	slices.Sort(ids)
	a, err := v.ask(ctx, indicators.Question{Measures: attendance, By: []string{"event", "source"}, Where: map[string][]string{"event": ids}, Scope: reach()})
	if err != nil {
		return nil, err
	}
	for i, row := range a.Rows {
		out[eventKey{row.Keys[1].Code, row.Keys[0].Code}] = eventCount{[2]indicators.Value{row.Values[0], row.Values[1]}, [2]string{whyOf(a, i, 0), whyOf(a, i, 1)}}
	}
	return out, nil
}

func eventAddress(id string) string { return eventsPath + "/" + url.PathEscape(id) }

// eventWhen writes when an event is, in the observatory's zone.
func (v *visit) eventWhen(lang khue.Lang, e indicators.Event) string {
	starts := e.StartsAt.In(v.site.zone)
	when := capital(dayName(lang, e.On)) + ", " + starts.Format("15:04")
	switch {
	case e.EndsAt.IsZero():
	case e.LastDay.Equal(e.On):
		when += "–" + e.EndsAt.In(v.site.zone).Format("15:04")
	default:
		when += textf(" đến %[1]s, %[2]s", " to %[1]s, %[2]s", dayName(lang, e.LastDay), e.EndsAt.In(v.site.zone).Format("15:04")).In(lang)
	}
	return when
}

// placeOf is venue and area; what is said already, as the organiser too, is left out.
func (v *visit) placeOf(lang khue.Lang, e indicators.Event) brief {
	area, _ := khue.AreaOf(e.Area)
	name := area.Name.In(lang)
	switch {
	case name == "" || strings.Contains(e.Venue, name):
		return briefly(e.Venue)
	case e.Venue == e.Organiser:
		return briefly(name)
	}
	return briefly(dotted(e.Venue, name))
}

func (v *visit) eventTags(lang khue.Lang, e indicators.Event) string {
	var tags []string
	if len(e.Disciplines) > 0 {
		if d, ok := khue.DisciplineOf(e.Disciplines[0]); ok {
			tags = append(tags, d.Name.In(lang))
		}
	}
	return dotted(append(tags, formatLabel(lang, e.Format), v.codeLabel(lang, accessName, e.Access))...)
}

// latestView is the part with the newest events and the way to all of them.
type latestView struct {
	Lines  []eventLine
	Hidden []fact // filters that the search keeps
	All    string // address of the whole list
}

func latestEventsPart() part {
	return partOf("event-latest", 12, text("Sự kiện gần đây", "Latest events"), func(v *visit, ctx context.Context) (foundEvents, error) {
		return v.findEvents(ctx, v.latestFilter().search(v.latestDays(), 0, eventsInPart))
	}, func(v *visit, lang khue.Lang, found foundEvents) drawn {
		c := card{Subtitle: text("Bắt đầu đến hết hôm nay, mới nhất trước", "Those that begin until today, the latest first").In(lang)}
		if m, err := v.site.service.Catalogue().Measure("events"); err == nil {
			c.Source = text("Nguồn: ", "Source: ").In(lang) + m.Source.In(lang)
		}
		if found.Total == 0 {
			c.Empty = text("Không có sự kiện nào trong kỳ và bộ lọc này.", "There is no event for this period and these filters.").In(lang)
			return drawn{card: c, body: "latestevents"}
		}
		f := v.latestFilter()
		view := latestView{Lines: v.eventLines(lang, found), All: address(eventListPath, f.values(1), "")}
		for name, values := range f.values(1) {
			view.Hidden = append(view.Hidden, fact{name, values[0]})
		}
		slices.SortFunc(view.Hidden, func(a, b fact) int { return strings.Compare(a.Name, b.Name) })
		return drawn{card: c, body: "latestevents", view: view}
	})
}

// latestFilter is the page's filter as the list takes it; on the page of a series,
// the series in all its time.
func (v *visit) latestFilter() eventListFilter {
	f := eventListFilter{filter: v.frame.filter, only: map[string]string{}}
	if f.series != "" {
		f.only[seriesName], f.series, f.period = f.series, "", creativeCity
	}
	return f
}

func (v *visit) latestDays() span {
	days := span{v.frame.named.From, v.frame.today.AddDate(0, 0, 1)}
	if v.frame.filter.series != "" {
		days.From = time.Time{}
	}
	days.To = minTime(days.To, v.frame.named.To)
	return days
}

// eventListView is the list as its template draws it.
type eventListView struct {
	frameView
	Filters  *filterView
	Finding  string
	Text     string
	Only     []onlyView
	Accesses []choice
	Lines    []eventLine
	Paging   pager
	CSV      string
	Overview string // the page of events with the same filters
	Path     string
	Changed  bool
}

// onlyView is a filter that the list was reached with; one without a Name is given up
// with the next choice in the bar.
type onlyView struct{ Name, Label, Value, Raw, Drop string }

func (s *Site) eventListPage(c *gin.Context) {
	lang := langOf(c)
	f, err := parseEventListFilter(c.Request.URL.RawQuery, s.today())
	if err != nil {
		_ = c.Error(err)
		return
	}
	v := s.visit(c.Request.Context(), f.filter)
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.patience)
	defer cancel()
	found, err := v.findEvents(ctx, f.search(v.frame.named, (f.page-1)*eventsOnPage, eventsOnPage))
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	view := eventListView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, eventsName, eventListPath, f.values(f.page), text("Danh sách sự kiện", "List of events").In(lang)),
		Filters:   s.filterView(lang, f.filter, v.frame.today, eventListPath, eventsFilters), Text: f.text, Path: eventListPath, Lines: v.eventLines(lang, found),
		Paging:   pagerOf(lang, eventListPath, f.page, found.Total, eventsOnPage, f.values),
		Overview: address(eventsPath, f.query(), ""), Changed: f.filter != defaultFilter || f.text != "" || len(f.only) > 0 || !f.day.IsZero(),
	}
	view.Sections = s.figureLinks(v.reader, lang, eventsName, f.query())
	view.Known, view.Styles = v.knownUntil(lang), []string{eventsStyle}
	view.Finding = eventListFinding(lang, f, found.Total)
	if found.Total > 0 {
		view.CSV = address(eventListPath+".csv", f.values(1), lang)
	}
	if !f.day.IsZero() {
		whole := f
		whole.day = time.Time{}
		view.Only = append(view.Only, onlyView{Label: text("Ngày bắt đầu", "Begins on").In(lang), Value: locale.Date(lang, f.day), Drop: address(eventListPath, whole.values(1), "")})
	}
	for _, name := range eventListOnly {
		if value := f.only[name]; value != "" {
			view.Only = append(view.Only, f.onlyView(lang, v, name))
		}
	}
	s.show(c, "eventlist.html", view)
}

func (f eventListFilter) onlyView(lang khue.Lang, v *visit, name string) onlyView {
	labels := map[string]khue.Text{
		organiserName: text("Đơn vị tổ chức", "Organiser"), venueName: text("Địa điểm", "Venue"), seriesName: text("Chuỗi", "Series"),
		editionName: text("Kỳ tổ chức", "Edition"), accessName: text("Vào cửa", "Admission"),
	}
	value := f.only[name]
	shown := briefly(value).Shown
	switch name {
	case seriesName:
		shown = seriesLabel(lang, value)
	case accessName:
		shown = v.codeLabel(lang, accessName, value)
	}
	q := f.values(1)
	q.Del(name)
	return onlyView{name, labels[name].In(lang), shown, value, address(eventListPath, q, "")}
}

func eventListFinding(lang khue.Lang, f eventListFilter, total int64) string {
	n := locale.Number(lang, float64(total), 0)
	switch {
	case total == 0:
		return text("Không tìm thấy sự kiện nào", "No event was found").In(lang)
	case f.text != "":
		return textf("%[1]s sự kiện khớp với “%[2]s”", "%[1]s %[3]s “%[2]s”", n, short(f.text), plural(int(total), "event matches", "events match")).In(lang)
	}
	return textf("%[1]s sự kiện, mới nhất trước", "%[1]s %[2]s, the latest first", n, plural(int(total), "event", "events")).In(lang)
}
