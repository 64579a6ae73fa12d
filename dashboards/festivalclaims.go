package dashboards

import (
	"cmp"
	"context"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// claimSubjects are the subjects of published figures that speak of a series, with
// what we count beside them: its visitors or its events.
var claimSubjects = map[string][]claimSubject{
	mainFestival: {{"festival_visitors", "visitors"}, {"festival_activities", "events"}},
}

type claimSubject struct{ subject, measure string }

// festivalClaims is what was published of a series beside what we counted.
type festivalClaims struct {
	editions editions
	claims   [][]indicators.Claim // by subject, in their order
}

func (v *visit) gatherFestivalClaims(ctx context.Context) (festivalClaims, error) {
	e, err := v.gatherEditions(ctx)
	if err != nil {
		return festivalClaims{}, err
	}
	f := festivalClaims{editions: e}
	for _, s := range claimSubjects[e.series] {
		claims, err := recall(ctx, v.site.memory, v.state, "claims "+s.subject, func(ctx context.Context) ([]indicators.Claim, error) {
			return v.site.service.ClaimsOf(ctx, s.subject, time.Time{})
		})
		if err != nil {
			return festivalClaims{}, err
		}
		f.claims = append(f.claims, claims)
	}
	return f, nil
}

// claimLine is one published figure.
type claimLine struct {
	Value, Kind     string
	Note, Publisher string
	Citation        string
}

// claimGroup is the figures published of one period and subject, beside ours.
type claimGroup struct {
	Period, Subject string
	Ours, Why       string // our count and where it opens
	Partial         string // that ours is not over
	Conflict        bool   // publishers say different things
	Claims          []claimLine
}

func festivalClaimsPart() part {
	return partOf("festival-claims", 5, text("Số đã công bố và số đếm được", "Published figures and our counts"), (*visit).gatherFestivalClaims, func(v *visit, lang khue.Lang, f festivalClaims) drawn {
		c := card{
			Subtitle: text("Số công bố được giữ nguyên như nguồn viết; số trái nhau đứng cạnh nhau", "Published figures stand as they were written; those that conflict stand side by side").In(lang),
			CSV:      v.addressOf(lang, "festival-claims.csv"),
			Source:   text("Nguồn: tên ghi ở từng số; số đếm được lấy từ dữ liệu sự kiện và lượt khách", "Source: named beside each figure; our counts come from events and attendance").In(lang),
		}
		groups := v.claimGroups(lang, f)
		if len(groups) == 0 {
			c.Empty = text("Chưa lưu số công bố nào về chuỗi sự kiện này.", "No published figure of this series is kept.").In(lang)
			return drawn{card: c, body: "claims"}
		}
		conflicts := 0
		for _, g := range groups {
			if g.Conflict {
				conflicts++
			}
		}
		if conflicts > 0 {
			c.Title = textf("Số đã công bố trái nhau ở %[1]d trên %[2]d mục", "Published figures differ in %[1]d of %[2]d cases", conflicts, len(groups)).In(lang)
		}
		c.Notes = append(c.Notes, text("Các số có phạm vi khác nhau (một địa điểm hay cả lễ hội, lượt ước tính hay lượt đếm), nên chênh lệch không có nghĩa là một bên sai.",
			"The figures differ in scope (one venue or the whole festival, estimated or counted), so a difference does not mean that either is wrong.").In(lang))
		if v.site.simulated {
			c.Notes = append(c.Notes, text("Số đếm được ở đây là dữ liệu mô phỏng; số công bố là thật.", "Our counts here are simulated; the published figures are real.").In(lang))
		}
		c.Table = festivalTable(lang, groups)
		c.Summary = c.Title
		return drawn{card: c, body: "claims", view: groups}
	})
}

// claimGroups sorts what was published by period, the latest first, visitors before events.
func (v *visit) claimGroups(lang khue.Lang, f festivalClaims) []claimGroup {
	type at struct {
		period  string
		subject int
	}
	found := map[at]*claimGroup{}
	var order []at
	values := map[at]map[float64]bool{}
	for i, claims := range f.claims {
		for _, one := range claims {
			key := at{one.Period, i}
			g := found[key]
			if g == nil {
				g = &claimGroup{Period: one.Period, Subject: subjectWord(claimSubjects[f.editions.series][i].measure).In(lang), Ours: text("chưa có", "none").In(lang)}
				f.editions.ours(lang, one.Period, claimSubjects[f.editions.series][i].measure, g)
				found[key], order, values[key] = g, append(order, key), map[float64]bool{}
			}
			values[key][one.Value] = true
			g.Conflict = len(values[key]) > 1
			g.Claims = append(g.Claims, claimLine{
				Value: locale.Number(lang, one.Value, writtenDecimals(one.Value)), Kind: claimKind(lang, one.Kind), Note: one.Note.In(lang), Publisher: briefly(one.Publisher).Shown, Citation: one.Citation,
			})
		}
	}
	slices.SortStableFunc(order, func(a, b at) int { return cmp.Or(cmp.Compare(b.period, a.period), a.subject-b.subject) })
	var out []claimGroup
	for _, key := range order {
		out = append(out, *found[key])
	}
	return out
}

// writtenDecimals keeps a published figure as it was written.
func writtenDecimals(v float64) int {
	for d := range 4 {
		scaled := v
		for range d {
			scaled *= 10
		}
		if scaled == float64(int64(scaled)) {
			return d
		}
	}
	return 4
}

func subjectWord(measure string) khue.Text {
	if measure == "events" {
		return text("hoạt động", "activities")
	}
	return text("lượt khách", "visits")
}

func claimKind(lang khue.Lang, kind string) string {
	switch kind {
	case "actual":
		return text("đếm được", "counted").In(lang)
	case "estimate":
		return text("ước tính", "estimate").In(lang)
	case "target":
		return text("chỉ tiêu", "target").In(lang)
	}
	return ""
}

// ours sets beside a published period what we counted at the edition of that name.
func (e editions) ours(lang khue.Lang, period, measure string, g *claimGroup) {
	for _, one := range e.shown {
		if one.Code != period {
			continue
		}
		value, why := one.events, one.why
		if measure == "visitors" {
			value, why = one.visitors(), ""
			if len(one.total.Rows) > 0 {
				why = whyOf(one.total, 0, 0)
			}
		}
		if value.Known {
			g.Ours, g.Why = locale.Number(lang, value.Number, 0), why
			if one.ongoing {
				g.Partial = text("kỳ chưa kết thúc", "not over").In(lang)
			}
		}
	}
}

func festivalTable(lang khue.Lang, groups []claimGroup) *table {
	t := &table{Caption: text("Số đã công bố bên cạnh số đếm được", "Published figures beside our counts").In(lang), Head: []string{
		text("Kỳ", "Period").In(lang), text("Nội dung", "What").In(lang), text("Số công bố", "Published").In(lang), text("Loại", "Kind").In(lang), text("Đếm được", "Our count").In(lang),
		text("Bên công bố", "Publisher").In(lang), text("Ghi chú phạm vi", "Scope note").In(lang), text("Trích dẫn", "Citation").In(lang),
	}}
	for _, g := range groups {
		for _, one := range g.Claims {
			t.Rows = append(t.Rows, tableRow{Cells: []cell{named(g.Period), named(g.Subject), named(one.Value), named(one.Kind), named(g.Ours).linked(g.Why), named(one.Publisher), named(one.Note), named(one.Citation)}})
		}
	}
	return t
}
