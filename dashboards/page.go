package dashboards

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
)

// page is one of the pages on figures: a first line that says what was found, and
// parts that are gathered side by side. The overview has a layout of its own.
type page struct {
	name, path string
	title      khue.Text
	takes      []string // the filters that act on it, in the order of the bar
	style      string   // a style sheet of its own; "" needs none
	unkept     bool     // it shows more than the facts, such as runs: it is drawn afresh each time
	// finding is the first line; nil leaves the title.
	finding func(ctx context.Context, v *visit, lang khue.Lang) (finding, error)
	parts   []part
}

// part is one card of a page, with an address of its own for its chart and files.
type part struct {
	id    string // unique over all pages
	wide  int    // of twelve columns on a wide screen
	title khue.Text
	draw  drawer
}

// drawn is a part as it is shown.
type drawn struct {
	card   card
	option func() (json.RawMessage, error) // of the chart; nil when the part has none
	// drawing is what is drawn in the page itself, for files; nil when nothing is.
	drawing func() (svg []byte, height int)
	// body names the template that draws what is between head and foot of the card,
	// and view is what it draws; without one the card's chart stands there.
	body string
	view any
	// height is that of the chart in a file, in pixels; 0 fits it to what it shows.
	height int
}

// drawer gathers one part and puts it into words. With an error the card says
// what is wrong.
type drawer func(ctx context.Context, v *visit, lang khue.Lang) (drawn, error)

// partOf makes a part of two steps: gather asks, in no language, within the time
// that a part may take; draw writes what came.
func partOf[T any](id string, wide int, title khue.Text, gather func(*visit, context.Context) (T, error), draw func(*visit, khue.Lang, T) drawn) part {
	return part{id: id, wide: wide, title: title, draw: func(ctx context.Context, v *visit, lang khue.Lang) (drawn, error) {
		b := fill(ctx, v, id, func(ctx context.Context) (T, error) { return gather(v, ctx) })
		if !b.Ready {
			return drawn{card: card{ID: id, Title: title.In(lang), Fault: b.fault(lang, v.site.zone)}}, b.Err
		}
		d := draw(v, lang, b.Data)
		d.card.ID, d.card.Fault = id, b.fault(lang, v.site.zone)
		if d.card.Title == "" {
			d.card.Title = title.In(lang)
		}
		v.pin(lang, &d.card)
		d.option = d.card.marked(d.option)
		return d, nil
	}}
}

// pageView is what the template of pages draws.
type pageView struct {
	frameView
	Filters *filterView
	Finding finding
	Against string
	Notes   []string
	Pinned  []pinnedNote // on all figures of these days
	Parts   []partView
}

// partView is one card of a page.
type partView struct {
	Wide int
	Card *card
	Body string
	View any
}

// register adds the pages on figures that follow the overview.
func (s *Site) registerPages(r gin.IRouter) {
	for _, p := range s.figurePages {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			r.Handle(method, p.path, func(c *gin.Context) { s.page(c, p) })
		}
	}
}

// page draws one page on figures.
func (s *Site) page(c *gin.Context, p page) {
	lang := langOf(c)
	if s.recallFilters(c, p.path, p.takes) {
		return
	}
	f, err := parseFilter(c.Request.URL.RawQuery, s.today(), p.takes...)
	if err != nil {
		_ = c.Error(err)
		return
	}
	s.rememberFilters(c, f, p.takes)
	v := s.visit(c.Request.Context(), f)
	v.path = p.path
	key := v.pageKey(lang)
	if kept, ok := s.pages.get(key); ok && v.freshErr == nil && !p.unkept {
		kept.send(c)
		return
	}
	view, whole, down := v.pageView(c.Request.Context(), lang, p)
	if down != nil && !late(down) {
		_ = c.Error(down)
		return
	}
	body, err := s.draw("page.html", view)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if down != nil {
		sendLate(c, body)
		return
	}
	kept := keptPageOf(body)
	if whole && v.freshErr == nil && !p.unkept {
		s.pages.put(key, kept)
	}
	kept.send(c)
}

// pageView gathers the parts side by side. It tells whether all of them are fresh;
// its error is that of a page on which nothing can be shown at all.
func (v *visit) pageView(ctx context.Context, lang khue.Lang, p page) (view pageView, whole bool, err error) {
	view = pageView{
		frameView: v.site.frameView(v.reader, lang, p.name, p.path, v.frame.filter.query(), p.title.In(lang)),
		Parts:     make([]partView, len(p.parts)), Finding: finding{Before: p.title.In(lang)},
	}
	view.Live = v.tag()
	view.Charts, view.Known = true, v.knownUntil(lang)
	if p.style != "" {
		view.Styles = []string{p.style}
	}
	if len(p.takes) > 0 {
		view.Filters = v.site.filterView(lang, v.frame.filter, v.frame.today, p.path, p.takes)
		view.Against, view.Notes = v.against(lang), v.frame.notes(lang)
	}
	faults := make([]error, len(p.parts))
	var wait sync.WaitGroup
	for i, one := range p.parts {
		wait.Go(func() {
			var d drawn
			d, faults[i] = one.draw(ctx, v, lang)
			v.offer(lang, &d.card)
			view.Parts[i] = partView{Wide: one.wide, Card: &d.card, Body: d.body, View: d.view}
		})
	}
	first := fill(ctx, v, "finding "+p.name, func(ctx context.Context) (finding, error) {
		if p.finding == nil {
			return view.Finding, nil
		}
		return p.finding(ctx, v, lang)
	})
	wait.Wait()
	if first.Ready {
		view.Finding = first.Data
	}
	if slices.Contains(p.takes, periodName) {
		var cards []*card
		for _, one := range view.Parts {
			cards = append(cards, one.Card)
		}
		view.Pinned = v.elsewhere(lang, cards)
	}
	shown, whole := 0, first.Err == nil
	for i, fault := range faults {
		whole = whole && fault == nil && view.Parts[i].Card.Fault == nil
		if fault == nil {
			shown++
		} else if err == nil || late(fault) {
			err = fault // with one that is only late there is something to wait for
		}
	}
	if shown > 0 {
		err = nil
	}
	return view, whole, err
}

// drawerOf finds the part that an address names; nil is none.
func (s *Site) drawerOf(id string) drawer {
	for _, p := range s.figurePages {
		for _, one := range p.parts {
			if one.id == id {
				return one.draw
			}
		}
	}
	for _, one := range overviewParts {
		if one.id == id {
			return one.draw
		}
	}
	return nil
}

// stamped names a file of a part: what it is, of which period, known when.
func (v *visit) stamped(id, ending string) string {
	name := strings.Join([]string{"khue", id, v.frame.filter.lastingPeriod(v.frame.today), v.frame.today.Format(time.DateOnly)}, "_")
	return name + "." + ending
}
