package dashboards

import (
	"context"
	"sync"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// parts is everything that the overview gathers.
type parts struct {
	headline   box[headline]
	mixture    box[mixture]
	places     box[places]
	members    box[membership]
	targets    box[[]programmeProgress]
	initiative box[[]indicators.Initiative]
	fresh      box[[]indicators.Freshness]
}

// gather fills the parts side by side.
func (v *visit) gather(ctx context.Context) parts {
	var p parts
	var wait sync.WaitGroup
	wait.Go(func() { p.headline = fill(ctx, v, "headline", v.gatherHeadline) })
	wait.Go(func() { p.mixture = fill(ctx, v, "disciplines", v.gatherMixture) })
	wait.Go(func() { p.places = fill(ctx, v, "areas", v.gatherPlaces) })
	wait.Go(func() { p.members = fill(ctx, v, "members", v.gatherMembers) })
	wait.Go(func() { p.targets = fill(ctx, v, "targets", v.gatherTargets) })
	wait.Go(func() { p.initiative = fill(ctx, v, "commitments", v.gatherInitiatives) })
	wait.Go(func() {
		p.fresh = fill(ctx, v, "freshness", func(context.Context) ([]indicators.Freshness, error) { return v.fresh, v.freshErr })
	})
	wait.Wait()
	return p
}

// down is the error to answer with when there is nothing at all to show.
func (p parts) down() error {
	if p.headline.Ready || p.mixture.Ready || p.places.Ready || p.members.Ready || p.fresh.Ready {
		return nil
	}
	return p.headline.Err
}

// overviewView is what the page's template draws.
type overviewView struct {
	frameView
	Filters     *filterView
	Against     string // what figures are compared with
	Finding     finding
	Span        string // the days the figures are of
	Notes       []string
	Pinned      []pinnedNote // on all figures of these days
	Cards       []headlineCard
	CardsFault  *boxFault
	CardsProof  []evidence // why the headline figures stand
	Visitors    *card
	Targets     *targetsView
	Disciplines *card
	Areas       *areasView
	Members     *card
	Commitments *commitmentsView
	Freshness   *freshView
}

func (s *Site) overview(c *gin.Context) {
	lang := langOf(c)
	if s.recallFilters(c, overviewPath, overviewFilters) {
		return
	}
	f, err := parseFilter(c.Request.URL.RawQuery, s.today(), overviewFilters...)
	if err != nil {
		_ = c.Error(err)
		return
	}
	s.rememberFilters(c, f, overviewFilters)
	v := s.visit(c.Request.Context(), f)
	v.path = overviewPath
	key := v.pageKey(lang)
	if kept, ok := s.pages.get(key); ok && v.freshErr == nil {
		kept.send(c)
		return
	}
	p := v.gather(c.Request.Context())
	down := p.down()
	if down != nil && !late(down) {
		_ = c.Error(down)
		return
	}
	body, err := s.draw("overview.html", v.overviewView(lang, p))
	if err != nil {
		_ = c.Error(err)
		return
	}
	if down != nil {
		sendLate(c, body)
		return
	}
	page := keptPageOf(body)
	if v.freshErr == nil && p.whole() {
		s.pages.put(key, page)
	}
	page.send(c)
}

// pageKey names a page as it is while neither the facts, the notes nor the hour change; the
// hour, because datasets grow old.
func (v *visit) pageKey(lang khue.Lang) string {
	return v.reader.key + "\n" + v.state + "\n" + v.notes.Mark + "\n" + v.site.now().UTC().Format("2006-01-02T15") + address(v.path, v.frame.filter.query(), lang)
}

// whole tells that every part of the page is fresh.
func (p parts) whole() bool {
	for _, err := range []error{p.headline.Err, p.mixture.Err, p.places.Err, p.members.Err, p.targets.Err, p.initiative.Err, p.fresh.Err} {
		if err != nil {
			return false
		}
	}
	return true
}

func (v *visit) overviewView(lang khue.Lang, p parts) overviewView {
	s, fr := v.site, v.frame
	view := overviewView{frameView: s.frameView(v.reader, lang, overviewPage, overviewPath, fr.filter.query(), text("Tổng quan", "Overview").In(lang)), Filters: s.filterView(lang, fr.filter, fr.today, overviewPath, overviewFilters)}
	view.Live = v.tag()
	view.Charts, view.Known = true, v.knownUntil(lang)
	view.Against = v.against(lang)
	view.Span = capital(spanName(lang, fr.shown))
	view.Notes = fr.notes(lang)
	view.Finding = finding{Before: view.Span}
	view.CardsFault = p.headline.fault(lang, s.zone)
	view.Visitors = &card{ID: "visitors", Title: text("Lượt khách theo tháng", "Visitors by month").In(lang)}
	if p.headline.Ready {
		view.Finding = fr.findingOf(lang, p.headline.Data)
		view.Cards = v.headlineCards(lang, p.headline.Data)
		for _, a := range append([]indicators.Answer{p.headline.Data.series}, p.headline.Data.others...) {
			view.CardsProof = append(view.CardsProof, v.evidenceOf(lang, a))
		}
		*view.Visitors = v.visitorsCard(lang, p.headline.Data)
	}
	view.Visitors.Fault = view.CardsFault

	view.Disciplines = &card{ID: "disciplines", Title: text("Sự kiện theo lĩnh vực", "Events by discipline").In(lang)}
	if p.mixture.Ready {
		*view.Disciplines = v.disciplinesCard(lang, p.mixture.Data)
	}
	view.Disciplines.Fault = p.mixture.fault(lang, s.zone)

	view.Areas = &areasView{card: card{ID: "areas", Title: text("Lượt khách theo địa bàn", "Visitors by area").In(lang)}}
	if p.places.Ready {
		*view.Areas = v.areasView(lang, p.places.Data)
	}
	view.Areas.Fault = p.places.fault(lang, s.zone)

	view.Members = &card{ID: "members", Title: text("Thành viên Mạng lưới", "Members of the Network").In(lang)}
	if p.members.Ready {
		*view.Members = v.membersCard(lang, p.members.Data)
	}
	view.Members.Fault = p.members.fault(lang, s.zone)
	v.addProgress(lang, p, &view)
	cards := []*card{view.Visitors, &view.Targets.card, view.Disciplines, &view.Areas.card, view.Members, &view.Commitments.card, &view.Freshness.card}
	for _, c := range cards {
		v.offer(lang, c)
		v.pin(lang, c)
	}
	view.Pinned = v.elsewhere(lang, cards)
	return view
}

// against says what figures are compared with; empty when there is nothing alike.
func (v *visit) against(lang khue.Lang) string {
	switch name := v.frame.beforeName(lang); {
	case name == "":
		return ""
	case v.frame.long:
		return textf("So %[1]s với %[2]s", "%[1]s compared with %[2]s", spanName(lang, v.frame.now), name).In(lang)
	default:
		return textf("So với %s", "Compared with %s", name).In(lang)
	}
}

// addProgress fills the parts that the filters do not limit.
func (v *visit) addProgress(lang khue.Lang, p parts, view *overviewView) {
	zone := v.site.zone
	view.Targets = &targetsView{card: card{ID: "targets", Title: text("Nghị quyết 09", "Resolution 09").In(lang)}}
	if p.targets.Ready {
		*view.Targets = v.targetsView(lang, p.targets.Data)
	}
	view.Targets.Fault = p.targets.fault(lang, zone)

	view.Commitments = &commitmentsView{card: card{ID: "commitments", Title: text("Cam kết với UNESCO", "Commitments to UNESCO").In(lang)}}
	if p.initiative.Ready {
		*view.Commitments = v.commitmentsView(lang, p.initiative.Data)
	}
	view.Commitments.Fault = p.initiative.fault(lang, zone)

	view.Freshness = &freshView{card: card{ID: "freshness", Title: text("Chất lượng dữ liệu", "Data quality").In(lang)}}
	if p.fresh.Ready {
		*view.Freshness = v.freshView(lang, p.fresh.Data)
	}
	view.Freshness.Fault = p.fresh.fault(lang, zone)
}

// notes tell what the days of the page leave out, and why.
func (fr frame) notes(lang khue.Lang) []string {
	var out []string
	if !fr.whole.empty() && fr.whole.To.Before(fr.named.To) {
		out = append(out, textf("Các con số tính đến hết ngày %[1]s, ngày cuối của tháng trọn gần nhất.",
			"Figures run to %[2]s, the end of the last whole month.",
			locale.Date(khue.Vietnamese, fr.whole.To.AddDate(0, 0, -1)), locale.Date(khue.English, fr.whole.To.AddDate(0, 0, -1))).In(lang))
	}
	if a, ok := khue.AreaOf(fr.filter.area); ok {
		from, to := fr.filter.span(fr.today)
		switch {
		case fr.named.To.Before(to) && !a.To.IsZero():
			out = append(out, textf("%[1]s chỉ có đến hết ngày %[2]s.", "%[3]s existed until %[4]s.", a.Name.VI,
				locale.Date(khue.Vietnamese, a.To.AddDate(0, 0, -1)), a.Name.EN, locale.Date(khue.English, a.To.AddDate(0, 0, -1))).In(lang))
		case fr.named.From.After(from):
			out = append(out, textf("%[1]s có từ ngày %[2]s.", "%[3]s has existed since %[4]s.", a.Name.VI,
				locale.Date(khue.Vietnamese, a.From), a.Name.EN, locale.Date(khue.English, a.From)).In(lang))
		}
		if isWard(a) && fr.before.empty() && fr.filter.compare != compareNone && !fr.whole.empty() {
			out = append(out, text("Phường, xã hiện nay có từ 01/07/2025 và không trùng quận, huyện cũ, nên chưa có cùng kỳ để so sánh.",
				"Today's wards and communes exist since 1 July 2025 and do not match the former districts, so there is no year before to compare with.").In(lang))
		}
	}
	return out
}
