package dashboards

import (
	"context"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func (v *visit) gatherInitiatives(ctx context.Context) ([]indicators.Initiative, error) {
	return recall(ctx, v.site.memory, v.state, "initiatives "+creativeCityID, func(ctx context.Context) ([]indicators.Initiative, error) {
		return v.site.service.Initiatives(ctx, creativeCityID, time.Time{})
	})
}

// commitmentLine is one commitment with how its actions stand.
type commitmentLine struct {
	ID, Title, Level string
	Status, Tone     string
	Progress         string // "2 trên 4 việc đã xong"
	Pieces           []piece
	Known            string // what published sources say
	Citation         string
	Actions          []action
}

// piece is a stretch of a commitment's bar, in percent of its width.
type piece struct {
	From, Width float64
	Tone        string
}

// action is one initiative in words.
type action struct {
	Title, Owner, Days, Status, Tone, Late string
}

type commitmentsView struct {
	card
	Lines []commitmentLine
}

func (v *visit) commitmentsView(lang khue.Lang, all []indicators.Initiative) commitmentsView {
	view := commitmentsView{card: card{
		ID: "commitments", Subtitle: text("Sáu cam kết của Thành phố sáng tạo; trạng thái tính từ các việc đã đăng ký",
			"Six commitments of the Creative City; their state follows from the actions registered").In(lang),
	}}
	programme, err := v.site.service.Catalogue().Programme(creativeCityID)
	if err != nil {
		view.Empty = khue.MessageOf(err).In(lang)
		return view
	}
	view.Source = text("Nguồn: ", "Source: ").In(lang) + programme.Citation
	tally := map[string]int{}
	for _, c := range programme.Commitments {
		var own []indicators.Initiative
		for _, i := range all {
			if i.Commitment == c.ID {
				own = append(own, i)
			}
		}
		line := commitmentLineOf(lang, c, own)
		tally[line.Tone]++
		view.Lines = append(view.Lines, line)
	}
	n := len(programme.Commitments)
	switch steady := tally["good"]; {
	case len(all) == 0:
		view.Title = text("UNESCO: chưa có số liệu về các việc đã cam kết", "UNESCO: no figures on the committed actions yet").In(lang)
	case tally["attention"]+tally["bad"] == 0:
		view.Title = textf("UNESCO: %[1]d trên %[2]d cam kết đang đúng kế hoạch", "UNESCO: %[1]d of %[2]d commitments are going to plan", steady, n).In(lang)
	default:
		view.Title = textf("UNESCO: %[1]d trên %[2]d cam kết có việc quá hạn", "UNESCO: %[1]d of %[2]d commitments have overdue actions",
			tally["attention"]+tally["bad"], n).In(lang)
	}
	return view
}

func commitmentLineOf(lang khue.Lang, c indicators.Commitment, own []indicators.Initiative) commitmentLine {
	l := commitmentLine{
		ID: c.ID, Title: c.Title.In(lang), Known: c.KnownStatus.In(lang), Citation: c.Citation,
		Level: text("Cấp địa phương", "Local").In(lang),
	}
	if c.Level == "international" {
		l.Level = text("Cấp quốc tế", "International").In(lang)
	}
	counts := map[string]int{}
	for _, i := range own {
		state := i.Status
		if i.PastPlan || state == "late" {
			state = "late"
		}
		counts[state]++
		l.Actions = append(l.Actions, actionOf(lang, i, state))
	}
	switch live := len(own) - counts["dropped"]; {
	case len(own) == 0:
		l.Status, l.Tone = locale.Unknown(lang), "unknown"
		return l
	case counts["late"] > 0:
		l.Status, l.Tone = textf("%[1]d việc quá hạn", "%[1]d overdue", counts["late"]).In(lang), "attention"
	case counts["done"] == live:
		l.Status, l.Tone = text("Hoàn thành", "Done").In(lang), "good"
	case counts["under_way"]+counts["done"] > 0:
		l.Status, l.Tone = text("Đang thực hiện", "Under way").In(lang), "good"
	default:
		l.Status, l.Tone = text("Trong kế hoạch", "Planned").In(lang), "unknown"
	}
	l.Progress = textf("%[1]d trên %[2]d việc đã xong", "%[1]d of %[2]d actions done", counts["done"], len(own)).In(lang)
	at := 0.0
	for _, step := range []struct{ state, tone string }{{"done", "good"}, {"under_way", "going"}, {"late", "attention"}, {"planned", "unknown"}, {"dropped", "dropped"}} {
		if counts[step.state] == 0 {
			continue
		}
		width := 100 * float64(counts[step.state]) / float64(len(own))
		l.Pieces = append(l.Pieces, piece{round1(at), round1(width), step.tone})
		at += width
	}
	return l
}

var actionTones = map[string]string{"done": "good", "under_way": "going", "late": "attention", "planned": "unknown", "dropped": "unknown"}

func actionOf(lang khue.Lang, i indicators.Initiative, state string) action {
	a := action{Title: i.Title, Owner: i.Owner, Status: i.StatusLabel.In(lang), Tone: actionTones[state]}
	if !i.PlannedFrom.IsZero() || !i.PlannedTo.IsZero() {
		a.Days = text("kế hoạch ", "planned ").In(lang) + dayOrDash(lang, i.PlannedFrom) + "–" + dayOrDash(lang, i.PlannedTo)
	}
	if i.PastPlan {
		a.Late = textf("quá hạn %s ngày", "%s days overdue", locale.Number(lang, float64(i.DaysPastPlan), 0)).In(lang)
	}
	return a
}

func dayOrDash(lang khue.Lang, d time.Time) string {
	if d.IsZero() {
		return "…"
	}
	return locale.Date(lang, d)
}
