package dashboards

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// Programmes that the overview speaks of.
const (
	resolutionID   = "nq09"
	creativeCityID = "unesco-uccn"
)

// programmeProgress is a programme with how far its targets are.
type programmeProgress struct {
	Programme indicators.Programme
	Targets   []indicators.TargetProgress
}

// gatherTargets judges every programme with targets, the resolution first.
func (v *visit) gatherTargets(ctx context.Context) ([]programmeProgress, error) {
	return recall(ctx, v.site.memory, v.state, "progress", func(ctx context.Context) ([]programmeProgress, error) {
		var out []programmeProgress
		for _, p := range v.site.service.Catalogue().Programmes() {
			if len(p.Targets) == 0 && p.ID != resolutionID {
				continue
			}
			targets, err := v.site.service.Progress(ctx, p.ID, time.Time{})
			if err != nil {
				return nil, err
			}
			at := len(out)
			if p.ID == resolutionID {
				at = 0
			}
			out = slices.Insert(out, at, programmeProgress{p, targets})
		}
		return out, nil
	})
}

// targetLine is one target as a bar.
type targetLine struct {
	Label, Status, Tone string
	Link                string // the way of the target on its page; "" without one
	Goal                string // "Chỉ tiêu khoảng 5% vào cuối năm 2025"
	Actual              string // figure with its period, or that there is none
	HasFigure           bool
	Fill, Mark          float64 // percent of the bar's width; Mark is where the way should be
	Way                 string  // what the way asks for at the end of the year; "" without one
	Forecast, Basis     string  // the figure to expect with its range, and what it rests on
	NoForecast          string  // why there is none
	Method, Clause      string
	Citation, Standing  string
	Claims              *table // nil when nobody published any
	ClaimCount          int
}

// targetGroup is the targets of one programme.
type targetGroup struct {
	Title string // "" for the programme that the card is about; others are folded under theirs
	Tally string // "1 met, 2 not due yet"
	Lines []targetLine
}

type targetsView struct {
	card
	Groups []targetGroup
	Method string // how targets are judged
}

// statusTones give a status its colour; its word always stands beside it.
var statusTones = map[string]string{
	"met": "good", "on_track": "good", "attention": "attention", "off_track": "bad", "deteriorating": "bad", "no_figure": "unknown", "not_due": "unknown",
}

func (v *visit) targetsView(lang khue.Lang, all []programmeProgress) targetsView {
	view := targetsView{Method: indicators.StatusMethod().In(lang), card: card{
		ID: "targets", Subtitle: text("Tiến độ các chỉ tiêu có mốc thời gian, toàn thành phố", "Progress on the dated targets, whole city").In(lang),
	}}
	for _, p := range all {
		group := targetGroup{Title: p.Programme.Title.In(lang), Lines: make([]targetLine, 0, len(p.Targets))}
		tally := map[string]int{}
		for _, t := range p.Targets {
			tally[t.Status]++
			decimals := 0
			if i, err := v.site.service.Catalogue().Indicator(t.Target.Indicator); err == nil {
				decimals = i.Decimals
			}
			line := targetLineOf(lang, t, decimals, v.frame.today)
			line.Link = targetWay(p.Programme, t.Target.ID)
			group.Lines = append(group.Lines, line)
		}
		group.Tally = targetsTally(lang, tally)
		if p.Programme.ID == resolutionID {
			group.Title = ""
			view.Source = text("Nguồn: ", "Source: ").In(lang) + p.Programme.Citation
			view.Title = targetsTitle(lang, group.Tally)
		}
		view.Groups = append(view.Groups, group)
	}
	return view
}

// targetsTitle tells how the resolution's targets stand.
func targetsTitle(lang khue.Lang, tally string) string {
	lead := text("Nghị quyết 09: ", "Resolution 09: ").In(lang)
	if tally == "" {
		return lead + text("chưa có chỉ tiêu nào", "no targets defined").In(lang)
	}
	return lead + tally
}

// targetsTally counts targets by how they stand.
func targetsTally(lang khue.Lang, tally map[string]int) string {
	var parts []string
	add := func(n int, vi, en string) {
		if n > 0 {
			parts = append(parts, textf("%[1]d chỉ tiêu "+vi, "%[1]d "+en, n).In(lang))
		}
	}
	add(tally["met"], "đã đạt", "met")
	add(tally["on_track"], "đúng tiến độ", "on track")
	add(tally["attention"], "cần chú ý", plural(tally["attention"], "needs", "need")+" attention")
	add(tally["off_track"], "chưa đạt tiến độ", "off track")
	add(tally["deteriorating"], "đi ngược chỉ tiêu", "moving away")
	add(tally["no_figure"], "đã đến hạn nhưng chưa có số liệu", "due without an official figure")
	add(tally["not_due"], "chưa đến hạn", "not due yet")
	return listed(lang, parts)
}

// targetWay is the card of the page on the resolution that shows a target's way; ""
// for targets of other programmes, which have none.
func targetWay(p indicators.Programme, target string) string {
	if p.ID != resolutionID {
		return ""
	}
	for _, w := range waysOf(p) {
		if slices.Contains(w.targets, target) {
			return resolutionPath + "#" + w.id
		}
	}
	return ""
}

func targetLineOf(lang khue.Lang, p indicators.TargetProgress, decimals int, today time.Time) targetLine {
	t := p.Target
	l := targetLine{
		Label: t.Label.In(lang), Status: p.StatusLabel.In(lang), Tone: statusTones[p.Status], HasFigure: p.Actual.Known,
		Method: p.Method.In(lang), Clause: t.Clause, Citation: t.Citation, Standing: t.Standing.In(lang),
	}
	l.Goal = text("Chỉ tiêu ", "Target: ").In(lang) + goalOf(lang, t, decimals)
	l.Actual = locale.Unknown(lang)
	if p.Actual.Suppressed {
		l.Actual = locale.Withheld(lang)
	}
	top := t.Value
	if p.Actual.Known {
		l.Actual = withUnit(lang, p.Actual.Number, decimals, t.Unit)
		if !p.ActualPeriod.IsZero() {
			l.Actual += " (" + locale.PeriodName(lang, p.ActualPeriod) + ")"
		}
		top = math.Max(top, p.Actual.Number)
	}
	way := p.PathAt(today.Year())
	top = math.Max(top, way.Number)
	if way.Known && today.Year() < t.Year {
		l.Way = textf("Lộ trình đòi hỏi cuối năm %[1]d: %[2]s", "The way asks for, at the end of %[1]d: %[2]s", today.Year(), withUnit(lang, way.Number, decimals, t.Unit)).In(lang)
	}
	if top > 0 {
		l.Mark = 100 * t.Value / top
		if way.Known {
			l.Mark = 100 * math.Max(way.Number, 0) / top
		}
		l.Mark = round1(l.Mark)
		if p.Actual.Known {
			l.Fill = round1(100 * math.Max(p.Actual.Number, 0) / top)
		}
	}
	if l.NoForecast = p.NoForecast.In(lang); p.Forecast != nil {
		l.Forecast, l.Basis = p.Forecast.Text.In(lang), p.Forecast.Basis.In(lang)
	}
	l.Claims, l.ClaimCount = claimsTable(lang, p.Claims), len(p.Claims)
	return l
}

// unitDecimals writes "5%" rather than "5,0%" for a target stated as 5.
func unitDecimals(v float64, decimals int) int {
	if v == math.Trunc(v) {
		return 0
	}
	return decimals
}

func withUnit(lang khue.Lang, v float64, decimals int, unit khue.Text) string {
	n := locale.Compact(lang, v, decimals)
	if unit.In(lang) == "%" {
		return n + "%"
	}
	return n + " " + unit.In(lang)
}

// claimsTable sets published figures side by side as they were published.
func claimsTable(lang khue.Lang, claims []indicators.Claim) *table {
	if len(claims) == 0 {
		return nil
	}
	t := &table{
		Caption: text("Số đã công bố, giữ nguyên như nơi công bố", "Published figures, kept as published").In(lang),
		Head: []string{
			text("Kỳ", "Period").In(lang), text("Số", "Figure").In(lang), text("Loại", "Kind").In(lang),
			text("Nơi công bố", "Publisher").In(lang),
		},
	}
	for _, c := range claims {
		t.Rows = append(t.Rows, tableRow{
			Cells: []cell{
				named(c.Period),
				{Text: withUnit(lang, c.Value, claimDecimals(c.Value), c.Unit), Number: true, raw: fmt.Sprint(c.Value)},
				named(c.KindLabel().In(lang)), named(c.Publisher),
			},
			Note: c.Note.In(lang),
		})
	}
	return t
}

func claimDecimals(v float64) int {
	if v == math.Trunc(v) {
		return 0
	}
	return 2
}
