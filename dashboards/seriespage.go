package dashboards

import (
	"context"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/locale"
)

// seriesPage is the page of one series: its editions, what was published of them
// and its events.
func (s *Site) seriesPage(c *gin.Context, series string) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	unknown := khue.Errorf(khue.NotFound, "Không có chuỗi sự kiện %q.", "There is no series of events %q.", short(series))
	if checkName(series) != nil {
		_ = c.Error(unknown)
		return
	}
	f := defaultFilter
	f.series = series
	v := s.visit(c.Request.Context(), f)
	v.path = seriesAddress(series)
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.patience)
	defer cancel()
	if _, err := s.service.Editions(ctx, series, reach()); err != nil {
		if khue.KindOf(err) == khue.NotFound {
			err = unknown
		}
		_ = c.Error(slow(err))
		return
	}
	p := page{name: eventsName, path: v.path, title: text(seriesLabel(khue.Vietnamese, series), seriesLabel(khue.English, series)), style: eventsStyle, parts: []part{editionsPart()}}
	if len(claimSubjects[series]) > 0 {
		p.parts = append(p.parts, festivalClaimsPart())
	} else {
		p.parts[0].wide = 12
	}
	p.parts = append(p.parts, latestEventsPart())
	p.finding = func(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
		return seriesFinding(ctx, v, lang)
	}
	view, _, err := v.pageView(c.Request.Context(), lang, p)
	if err != nil {
		_ = c.Error(err)
		return
	}
	view.Notes = nil // no period is chosen here
	view.Here = khue.Text{VI: address(v.path, nil, khue.Vietnamese), EN: address(v.path, nil, khue.English)}
	s.show(c, "page.html", view)
}

// seriesFinding says what the series is: how many editions since when.
func seriesFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	e, err := v.gatherEditions(ctx)
	if err != nil {
		return finding{}, err
	}
	name := seriesLabel(lang, e.series)
	if len(e.shown) == 0 {
		return finding{Before: name}, nil
	}
	var events float64
	first := time.Time{}
	for _, row := range e.events.Rows {
		events += row.Values[0].Number
	}
	first = e.shown[len(e.shown)-1].From
	out := finding{Before: name + ": ", Figure: textf("%[1]s kỳ", "%[1]s %[2]s", locale.Number(lang, float64(e.all), 0), plural(e.all, "edition", "editions")).In(lang)}
	out.After = textf(" với %[1]s sự kiện", " with %[1]s events", locale.Number(lang, events, 0)).In(lang)
	if e.all == len(e.shown) {
		out.After += textf(" từ năm %[1]d", " since %[1]d", first.Year()).In(lang)
	}
	out.After = strings.TrimSuffix(out.After, ".") + "."
	return out, nil
}
