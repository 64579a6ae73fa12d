package dashboards

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// timelineView is the actions as stretches of time. Every X and Width is in
// percent, so that the drawing fits any width while its letters keep their size.
type timelineView struct {
	Years  []tick
	Today  tick
	Groups []timelineGroup
}

type tick struct {
	X     float64
	Label string
}

type timelineGroup struct {
	ID, Title string
	Rows      []timelineRow
}

// timelineRow is one action.
type timelineRow struct {
	Title, Owner, Status, Tone string
	Late, Days                 string // how late, and the days planned and actual, in words
	Plan                       *stretch
	Dropped                    bool
	Done                       []stretch
}

type stretch struct {
	X, Width float64
	Tone     string // good, going or late
}

// scale lays days out from the first to the last year that anything is in.
type scale struct{ from, to time.Time }

func scaleOf(all []indicators.Initiative, today time.Time) scale {
	s := scale{today, today}
	for _, i := range all {
		for _, d := range []time.Time{i.PlannedFrom, i.PlannedTo, i.ActualFrom, i.ActualTo} {
			if d.IsZero() {
				continue
			}
			s.from, s.to = minTime(s.from, d), maxTime(s.to, d)
		}
	}
	return scale{civil(s.from.Year(), time.January, 1), civil(s.to.Year()+1, time.January, 1)}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// at is a day's place in percent.
func (s scale) at(d time.Time) float64 {
	return round1(100 * float64(d.Sub(s.from)) / float64(s.to.Sub(s.from)))
}

// between is the stretch from a day to the end of another.
func (s scale) between(from, to time.Time, tone string) stretch {
	x := s.at(from)
	return stretch{x, max(round1(s.at(to.AddDate(0, 0, 1))-x), 0.4), tone}
}

func (s scale) years() []tick {
	var out []tick
	for y := s.from.Year(); y < s.to.Year(); y++ {
		out = append(out, tick{s.at(civil(y, time.January, 1)), strconv.Itoa(y)})
	}
	return out
}

func (v *visit) timelineDrawn(lang khue.Lang, all []indicators.Initiative) drawn {
	today := v.frame.today
	c := card{
		ID: "timeline", Title: timelineTitle(lang, all), CSV: v.addressOf(lang, "timeline.csv"),
		Subtitle: text("Thời gian theo kế hoạch và thực tế của từng việc đã đăng ký", "Planned and actual time of each action registered").In(lang),
		Source:   text("Nguồn: sổ sáng kiến của hệ thống nguồn", "Source: register of initiatives in the source system").In(lang),
	}
	for _, f := range v.fresh {
		if f.Dataset == "initiatives" && !f.LastPulled.IsZero() {
			c.Source += text(" · lấy lúc ", " · taken at ").In(lang) + locale.Moment(lang, f.LastPulled.In(v.site.zone))
		}
	}
	programme, err := v.site.service.Catalogue().Programme(creativeCityID)
	if err != nil || len(all) == 0 {
		c.Empty = text("Sổ sáng kiến chưa có việc nào thuộc các cam kết với UNESCO.", "The register holds no action under the commitments to UNESCO yet.").In(lang)
		return drawn{card: c, body: "timeline"}
	}
	s := scaleOf(all, today)
	view := timelineView{Years: s.years(), Today: tick{s.at(today), text("nay ", "now ").In(lang) + locale.Date(lang, today)}}
	place := func(id, title string, in func(indicators.Initiative) bool) {
		g := timelineGroup{ID: id, Title: title}
		for _, i := range all {
			if in(i) {
				g.Rows = append(g.Rows, s.row(lang, i, today))
			}
		}
		if len(g.Rows) > 0 {
			view.Groups = append(view.Groups, g)
		}
	}
	for _, p := range programme.Commitments {
		place(p.ID, p.Title.In(lang), func(i indicators.Initiative) bool { return i.Commitment == p.ID })
	}
	place("", text("Chưa gắn với cam kết nào", "Under no commitment").In(lang), func(i indicators.Initiative) bool {
		return !slices.ContainsFunc(programme.Commitments, func(p indicators.Commitment) bool { return p.ID == i.Commitment })
	})
	c.Table, c.Drawn = timelineTable(lang, all, c.Subtitle), true
	return drawn{card: c, body: "timeline", view: view, drawing: func() ([]byte, int) { return view.drawing(lang) }}
}

// row lays one action out.
func (s scale) row(lang khue.Lang, i indicators.Initiative, today time.Time) timelineRow {
	state := stateOfAction(i)
	a := actionOf(lang, i, state)
	r := timelineRow{Title: i.Title, Owner: i.Owner, Status: a.Status, Tone: a.Tone, Late: a.Late, Dropped: i.Status == "dropped"}
	r.Days = text("chưa rõ ngày theo kế hoạch", "planned days not known").In(lang)
	if a.Days != "" {
		r.Days = a.Days
	}
	if actual := actualDays(lang, i); actual != "" {
		r.Days += "; " + actual
	}
	if !i.PlannedFrom.IsZero() && !i.PlannedTo.Before(i.PlannedFrom) {
		plan := s.between(i.PlannedFrom, i.PlannedTo, "")
		r.Plan = &plan
	}
	if i.DaysLate > 0 {
		r.Late = textf("xong muộn %[1]s ngày", "done %[2]s %[3]s late", locale.Number(khue.Vietnamese, float64(i.DaysLate), 0),
			locale.Number(khue.English, float64(i.DaysLate), 0), plural(i.DaysLate, "day", "days")).In(lang)
	}
	if r.Late == "" {
		r.Days = capital(r.Days)
	}
	r.Late, r.Done = capital(r.Late), s.done(i, today)
	return r
}

// actualDays says when an action began and ended; "" while neither is known.
func actualDays(lang khue.Lang, i indicators.Initiative) string {
	switch {
	case !i.ActualFrom.IsZero() && !i.ActualTo.IsZero():
		return text("thực tế ", "actual ").In(lang) + locale.Date(lang, i.ActualFrom) + "–" + locale.Date(lang, i.ActualTo)
	case !i.ActualFrom.IsZero():
		return text("bắt đầu ", "begun ").In(lang) + locale.Date(lang, i.ActualFrom)
	case !i.ActualTo.IsZero():
		return text("xong ", "done ").In(lang) + locale.Date(lang, i.ActualTo)
	}
	return ""
}

// done is what happened: until the planned end in the tone of the action, beyond
// it as late.
func (s scale) done(i indicators.Initiative, today time.Time) []stretch {
	if i.Status == "dropped" {
		return nil
	}
	tone, from, to := "going", i.ActualFrom, today
	if i.Status == "done" {
		tone, to = "good", i.ActualTo
	}
	if from.IsZero() && i.PastPlan {
		return []stretch{s.between(i.PlannedTo, today, "late")}
	}
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return nil
	}
	end := i.PlannedTo
	switch {
	case end.IsZero() || !to.After(end):
		return []stretch{s.between(from, to, tone)}
	case !from.Before(end):
		return []stretch{s.between(from, to, "late")}
	}
	return []stretch{s.between(from, end, tone), s.between(end, to, "late")}
}

// stateOfAction is how an action stands, late when its planned end is over.
func stateOfAction(i indicators.Initiative) string {
	if i.PastPlan {
		return "late"
	}
	return i.Status
}

func timelineTitle(lang khue.Lang, all []indicators.Initiative) string {
	counts, longest := map[string]int{}, 0
	for _, i := range all {
		counts[stateOfAction(i)]++
		longest = max(longest, i.DaysPastPlan)
	}
	var parts []string
	add := func(n int, vi, en string) {
		if n > 0 {
			parts = append(parts, textf("%[1]d "+vi, "%[1]d "+en, n).In(lang))
		}
	}
	add(counts["done"], "đã xong", "done")
	add(counts["under_way"], "đang thực hiện", "under way")
	add(counts["planned"], "chưa đến lúc", "yet to begin")
	add(counts["dropped"], "không thực hiện", "dropped")
	title := textf("%[1]d việc: ", "%[1]d actions: ", len(all)).In(lang) + listed(lang, parts)
	if n := counts["late"]; n > 0 {
		late := textf("%[1]d việc quá hạn", "%[1]d %[2]s overdue", n, plural(n, "action", "actions")).In(lang)
		if longest > 0 {
			late += textf(", lâu nhất %[1]d ngày", ", the longest by %[1]d days", longest).In(lang)
		}
		return late + "; " + title
	}
	return title + text("; không việc nào quá hạn", "; none overdue").In(lang)
}

func timelineTable(lang khue.Lang, all []indicators.Initiative, caption string) *table {
	t := &table{Caption: caption, Head: []string{
		text("Việc", "Action").In(lang), text("Cam kết", "Commitment").In(lang), text("Đơn vị", "Owner").In(lang), text("Kế hoạch từ", "Planned from").In(lang), text("Kế hoạch đến", "Planned to").In(lang),
		text("Thực tế từ", "Actual from").In(lang), text("Thực tế đến", "Actual to").In(lang), text("Trạng thái", "State").In(lang), text("Quá hạn hoặc muộn (ngày)", "Overdue or late (days)").In(lang), text("Minh chứng", "Evidence").In(lang),
	}}
	day := func(d time.Time) cell {
		if d.IsZero() {
			return cell{Text: "–"}
		}
		return cell{Text: locale.Date(lang, d), raw: d.Format(time.DateOnly)}
	}
	for _, i := range all {
		days := cell{Text: "–", Number: true}
		if n := max(i.DaysPastPlan, i.DaysLate); n > 0 {
			days = cell{Text: locale.Number(lang, float64(n), 0), Number: true, raw: fmt.Sprint(n)}
		}
		t.Rows = append(t.Rows, tableRow{Cells: []cell{
			named(i.Title), named(i.Commitment), named(i.Owner), day(i.PlannedFrom), day(i.PlannedTo), day(i.ActualFrom), day(i.ActualTo), named(i.StatusLabel.In(lang)), days, named(strings.Join(i.Evidence, "; ")),
		}})
	}
	return t
}
