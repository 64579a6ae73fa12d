package dashboards

import (
	"context"
	"fmt"
	"math"
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

func (v *visit) gatherTargets(ctx context.Context) ([]indicators.TargetProgress, error) {
	return recall(ctx, v.site.memory, v.state, "progress "+resolutionID, func(ctx context.Context) ([]indicators.TargetProgress, error) {
		return v.site.service.Progress(ctx, resolutionID, time.Time{})
	})
}

// targetLine is one target as a bar.
type targetLine struct {
	Label, Status, Tone string
	Goal                string // "Chỉ tiêu: khoảng 5% (hết năm 2025)"
	Actual              string // figure with its period, or that there is none
	HasFigure           bool
	Fill, Mark          float64 // percent of the bar's width; Mark is where the way should be
	MarkLabel           string
	Method, Clause      string
	Citation, Standing  string
	Claims              *table // nil when nobody published any
	ClaimCount          int
}

type targetsView struct {
	card
	Lines []targetLine
}

// statusTones give a status its colour; its word always stands beside it.
var statusTones = map[string]string{
	"met": "good", "on_track": "good", "attention": "attention", "off_track": "bad", "no_figure": "unknown", "not_due": "unknown",
}

func (v *visit) targetsView(lang khue.Lang, progress []indicators.TargetProgress) targetsView {
	view := targetsView{card: card{
		ID: "targets", Subtitle: text("Tiến độ các chỉ tiêu có mốc thời gian, toàn thành phố", "Progress on the dated targets, whole city").In(lang),
	}}
	catalogue := v.site.service.Catalogue()
	if p, err := catalogue.Programme(resolutionID); err == nil {
		view.Source = text("Nguồn: ", "Source: ").In(lang) + p.Citation
	}
	tally := map[string]int{}
	for _, p := range progress {
		tally[p.Status]++
		decimals := 0
		if i, err := catalogue.Indicator(p.Target.Indicator); err == nil {
			decimals = i.Decimals
		}
		view.Lines = append(view.Lines, targetLineOf(lang, p, decimals, v.frame.today))
	}
	view.Title = targetsTitle(lang, tally, len(progress))
	return view
}

// targetsTitle counts the targets by how they stand.
func targetsTitle(lang khue.Lang, tally map[string]int, all int) string {
	lead := text("Nghị quyết 09: ", "Resolution 09: ").In(lang)
	if all == 0 {
		return lead + text("chưa có chỉ tiêu nào", "no targets defined").In(lang)
	}
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
	add(tally["no_figure"], "đã đến hạn nhưng chưa có số liệu", "due without an official figure")
	add(tally["not_due"], "chưa đến hạn", "not due yet")
	return lead + listed(lang, parts)
}

func targetLineOf(lang khue.Lang, p indicators.TargetProgress, decimals int, today time.Time) targetLine {
	t := p.Target
	l := targetLine{
		Label: t.Label.In(lang), Status: p.StatusLabel.In(lang), Tone: statusTones[p.Status], HasFigure: p.Actual.Known,
		Method: p.Method.In(lang), Clause: t.Clause, Citation: t.Citation, Standing: t.Standing.In(lang),
	}
	goal := withUnit(lang, t.Value, unitDecimals(t.Value, decimals), t.Unit)
	if t.Approximate {
		goal = text("khoảng ", "about ").In(lang) + goal
	}
	l.Goal = textf("Chỉ tiêu %[1]s vào cuối năm %[2]d", "Target: %[1]s at the end of %[2]d", goal, t.Year).In(lang)
	l.Actual = locale.Unknown(lang)
	top := t.Value
	if p.Actual.Known {
		l.Actual = withUnit(lang, p.Actual.Number, decimals, t.Unit)
		if !p.ActualPeriod.IsZero() {
			l.Actual += " (" + locale.PeriodName(lang, p.ActualPeriod) + ")"
		}
		top = math.Max(top, p.Actual.Number)
	}
	if top > 0 {
		due, isTarget := expectedBy(t, today)
		l.Mark = round1(100 * due / top)
		l.MarkLabel = text("chỉ tiêu", "target").In(lang)
		if !isTarget {
			l.MarkLabel = text("mức cần có hiện nay", "where the way stands now").In(lang)
		}
		if p.Actual.Known {
			l.Fill = round1(100 * math.Max(p.Actual.Number, 0) / top)
		}
	}
	l.Claims, l.ClaimCount = claimsTable(lang, p.Claims), len(p.Claims)
	return l
}

// expectedBy is where the straight way from the baseline stands today; without a
// baseline, or after the year, it is the target itself.
func expectedBy(t indicators.Target, today time.Time) (value float64, isTarget bool) {
	if t.Baseline == nil || today.Year() > t.Year || t.Year == t.Baseline.Year {
		return t.Value, true
	}
	passed := float64(today.Year()-1-t.Baseline.Year) + float64(today.YearDay())/365
	share := math.Min(math.Max(passed/float64(t.Year-t.Baseline.Year), 0), 1)
	return t.Baseline.Value + share*(t.Value-t.Baseline.Value), false
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

var claimKinds = map[string]khue.Text{
	"actual":   {VI: "thực hiện", EN: "actual"},
	"estimate": {VI: "ước tính", EN: "estimate"},
	"target":   {VI: "chỉ tiêu", EN: "target"},
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
		kind := claimKinds[c.Kind].In(lang)
		if kind == "" {
			kind = text("chưa rõ", "not stated").In(lang)
		}
		t.Rows = append(t.Rows, tableRow{
			Cells: []cell{
				named(c.Period),
				{Text: withUnit(lang, c.Value, claimDecimals(c.Value), c.Unit), Number: true, raw: fmt.Sprint(c.Value)},
				named(kind), named(c.Publisher),
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
