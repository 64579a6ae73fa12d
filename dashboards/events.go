package dashboards

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// The page of events and those below it.
const (
	eventsName     = "events"
	eventsPath     = "/events"
	eventListPath  = eventsPath + "/list"
	eventSeriesDir = eventsPath + "/series/"
	eventsStyle    = "events.css"
)

// eventsFilters are those of the page of events.
var eventsFilters = []string{periodName, disciplineName, areaName, formatName}

// eventFormats are the codes that the filter by format takes.
var eventFormats = []string{"onsite", "online", "hybrid"}

func eventsPage() page {
	return page{
		name: eventsName, path: eventsPath, title: text("Sự kiện", "Events"), takes: eventsFilters, style: eventsStyle,
		finding: eventsFinding,
		parts: []part{
			eventMonthsPart("event-months", "events"),
			eventMonthsPart("event-visits", "visitors"),
			eventCalendarPart(),
			organisersPart(),
			venuesPart(),
			eventSharesPart(),
			editionsPart(),
			festivalClaimsPart(),
			latestEventsPart(),
		},
	}
}

// setEvents reads the filters that only events have.
func (f *filter) setEvents(values url.Values) error {
	if v := values.Get(formatName); v != "" {
		if !slices.Contains(eventFormats, v) {
			return khue.Errorf(khue.Invalid, "Không có hình thức %q; hãy chọn onsite, online hoặc hybrid.", "There is no format %q; choose onsite, online or hybrid.", short(v))
		}
		f.format = v
	}
	f.series = values.Get(seriesName)
	return checkName(f.series)
}

func formatChoices(lang khue.Lang, f filter) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), f.format == ""}}
	for _, code := range eventFormats {
		out = append(out, choice{code, formatLabel(lang, code), f.format == code})
	}
	return out
}

// registerEvents adds the list of events, the pages of series and of single
// events. Ids and codes come from sources and may hold anything, slashes too, so
// one route takes whatever follows.
func (s *Site) registerEvents(pages *gin.RouterGroup) {
	get(pages, eventsPath+"/*rest", func(c *gin.Context) {
		rest := strings.TrimPrefix(c.Param("rest"), "/")
		series, isSeries := strings.CutPrefix(rest, "series/")
		switch {
		case rest == "list":
			s.eventListPage(c)
		case rest == "list.csv":
			s.eventListFile(c)
		case isSeries:
			s.seriesPage(c, series)
		default:
			s.eventPage(c, rest)
		}
	})
}

// eventsFinding says how many events there were, against when, and which month had most.
func eventsFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	fr := v.frame
	total, err := v.eventTotal(ctx, fr.shown)
	if err != nil {
		return finding{}, err
	}
	days := capital(spanIn(lang, fr.shown))
	if !total.Known || total.Number == 0 {
		return finding{Before: days + text(" chưa có sự kiện nào được ghi nhận", ", no event is on record").In(lang) + fr.aboutEvents(lang) + "."}, nil
	}
	series, err := v.ask(ctx, fr.monthlyOf("events"))
	if err != nil {
		return finding{}, err
	}
	h := headline{series: series, now: []indicators.Value{total}, before: make([]indicators.Value, 1), alike: []bool{false}}
	if fr.long {
		if h.now[0], err = v.eventTotal(ctx, fr.now); err != nil {
			return finding{}, err
		}
	}
	if h.before[0], err = v.eventTotal(ctx, fr.before); err != nil {
		return finding{}, err
	}
	h.alike[0] = !fr.before.empty() && (fr.long || !startsWithin(series, 0, fr.before))
	if fr.whole.empty() {
		days += text(", chưa trọn tháng nào", ", not one whole month yet").In(lang)
	}
	return finding{
		Before: days + ", ",
		Figure: textf("%[1]s sự kiện", "%[2]s %[3]s", locale.Number(khue.Vietnamese, total.Number, 0), locale.Number(khue.English, total.Number, 0),
			plural(int(total.Number), "event", "events")).In(lang),
		After: text(" đã được tổ chức", " took place").In(lang) + fr.aboutEvents(lang) + fr.movement(lang, h) + ".",
	}, nil
}

// eventTotal is the number of events over some days; unknown over none.
func (v *visit) eventTotal(ctx context.Context, s span) (indicators.Value, error) {
	if s.empty() {
		return indicators.Value{}, nil
	}
	a, err := v.ask(ctx, v.frame.question(s, nil, "events"))
	if err != nil || len(a.Rows) == 0 {
		return indicators.Value{}, err
	}
	return a.Rows[0].Values[0], nil
}

// aboutEvents names the filters inside a sentence about events.
func (fr frame) aboutEvents(lang khue.Lang) string {
	out := fr.about(lang, false)
	if fr.filter.format != "" {
		out += textf(", hình thức %s", ", format: %s", strings.ToLower(formatLabel(lang, fr.filter.format))).In(lang)
	}
	return out
}

// codeLabel names a code of a dimension whose names the definitions hold; "" is
// what a source did not say.
func (v *visit) codeLabel(lang khue.Lang, dimension, code string) string {
	if d, err := v.site.service.Catalogue().Dimension(dimension); err == nil {
		for _, one := range d.Values {
			if one.Code == code {
				return one.Label.In(lang)
			}
		}
	}
	return code
}

// formatLabel names a format of events.
func formatLabel(lang khue.Lang, code string) string {
	switch code {
	case "onsite":
		return text("Tại chỗ", "On site").In(lang)
	case "online":
		return text("Trực tuyến", "Online").In(lang)
	case "hybrid":
		return text("Kết hợp", "Hybrid").In(lang)
	}
	return code
}

// longestName is how much of a title or a name is shown; all of it stands in its
// title attribute.
const longestName = 90

// brief is a text of a source as it is shown: on one line, cut visibly when it is
// very long.
type brief struct {
	Shown string
	Full  string // "" when all of it is shown
}

// briefly makes a text of a source fit to be shown.
func briefly(s string) brief {
	line := strings.Join(strings.FieldsFunc(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if utf8.RuneCountInString(line) <= longestName {
		return brief{Shown: line}
	}
	return brief{strings.TrimSpace(string([]rune(line)[:longestName])) + "…", line}
}
