package reports_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
)

// fact is one row of a small city: a day with visits, or a member joining.
type fact struct {
	day                    time.Time
	kind                   string // attendance, event, activity, member
	discipline, area       string
	visits, online, income float64
	member                 string
	certified              time.Time
	series, edition        string // attendance bears the series alone
}

// city answers questions from facts held in memory, by plain loops that share
// nothing with the report.
type city struct {
	facts     []fact
	today     time.Time // first day that is not complete
	catalogue *indicators.Catalogue
	progress  []indicators.TargetProgress
	actions   []indicators.Initiative
}

// sort is the kind of an activity and the admission or the format of an event: by its day.
func (f fact) sort() string {
	switch {
	case f.kind == "activity":
		return []string{"workshop", "exhibition", "talk"}[f.day.YearDay()%3]
	case f.kind == "event" && f.day.YearDay()%4 == 0:
		return "ticketed"
	case f.kind == "event":
		return "free"
	}
	return ""
}

func date(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

var fields = []string{"design", "crafts", "visual_arts", "music", "performing_arts", "architecture"}

// newCity makes facts from 2021 until the day before today; visits grow by the year.
func newCity(c *indicators.Catalogue, today time.Time) *city {
	r := rand.New(rand.NewPCG(9, 9))
	x := &city{catalogue: c, today: today}
	for day := date(2021, 1, 1); day.Before(today); day = day.AddDate(0, 0, 1) {
		field, area := fields[r.IntN(len(fields))], fmt.Sprintf("%03d", 1+r.IntN(9))
		if !day.Before(khue.DistrictEra) {
			wards := []string{"00070", "00004", "00008", "00025", "00082", "00097", "00103", "00118", "00145", "00166", "00175", "00199", ""}
			area = wards[r.IntN(len(wards))]
		}
		base := 400 + 120*float64(day.Year()-2020)
		if day.Month() == time.November {
			base *= 3
		}
		series, edition := "", ""
		if day.Month() == time.November && day.Day() >= 9 && day.Day() <= 18 {
			series, edition = khue.DesignFestival, fmt.Sprint(day.Year())
		}
		x.facts = append(x.facts, fact{day: day, kind: "attendance", discipline: field, area: area, visits: base + float64(r.IntN(200)), online: float64(r.IntN(90)), income: float64(r.IntN(30)) * 1e6, series: series})
		if day.Day()%3 == 0 {
			x.facts = append(x.facts, fact{day: day, kind: "event", discipline: field, area: area, series: series, edition: edition},
				fact{day: day, kind: "activity", discipline: field, area: area, member: fmt.Sprintf("m%d", r.IntN(90))})
		}
	}
	for i := range 110 {
		m := fact{day: date(2023, 1+i%12, 5), kind: "member", discipline: fields[i%len(fields)], member: fmt.Sprintf("m%d", i)}
		if i < 82 {
			m.certified = date(2025, 12, 10)
		}
		x.facts = append(x.facts, m)
	}
	return x
}

func (x *city) Measures() []indicators.Measure { return x.catalogue.Measures() }

func (x *city) Expectation(name string) (indicators.Expectation, error) {
	return x.catalogue.Expectation(name)
}

func (x *city) Indicator(name string) (indicators.Indicator, error) {
	return x.catalogue.Indicator(name)
}

func (x *city) Dimension(name string) (indicators.Dimension, error) {
	return x.catalogue.Dimension(name)
}

func (x *city) Dimensions() []indicators.Dimension { return x.catalogue.Dimensions() }

func (x *city) Programme(id string) (indicators.Programme, error) { return x.catalogue.Programme(id) }

func (x *city) Subjects() []indicators.Code { return x.catalogue.Subjects() }

func (x *city) MonitoringReport(id string) (indicators.MonitoringReport, error) {
	return x.catalogue.MonitoringReport(id)
}

// value computes one measure over the facts that pass a test.
func value(measure string, facts []fact, to time.Time) indicators.Value {
	total, seen, members := 0.0, 0, map[string]bool{}
	for _, f := range facts {
		switch {
		case measure == "visitors" && f.kind == "attendance":
			total, seen = total+f.visits, seen+1
		case measure == "online_visitors" && f.kind == "attendance":
			total, seen = total+f.online, seen+1
		case measure == "revenue" && f.kind == "attendance":
			total, seen = total+f.income, seen+1
		case measure == "events" && f.kind == "event", measure == "activities" && f.kind == "activity":
			total, seen = total+1, seen+1
		case measure == "active_members" && f.kind == "activity":
			members[f.member] = true
			total, seen = float64(len(members)), seen+1
		case measure == "members" && f.kind == "member" && f.day.Before(to),
			measure == "certified_members" && f.kind == "member" && !f.certified.IsZero() && f.certified.Before(to):
			total, seen = total+1, seen+1
		}
	}
	stock := measure == "members" || measure == "certified_members"
	return indicators.Value{Number: total, Known: seen > 0 || stock && to.After(date(2023, 1, 5))}
}

func (x *city) within(f fact, from, to time.Time) bool {
	return f.kind == "member" || !f.day.Before(from) && f.day.Before(to)
}

// passes tells that a fact is of the part of the city that a question asks about.
func passes(f fact, where map[string][]string) bool {
	of := map[string]string{"area": f.area, "series": f.series, "edition": f.edition}
	for dimension, values := range where {
		if !slices.Contains(values, of[dimension]) {
			return false
		}
	}
	return true
}

// byYear splits an answer by one dimension further by year.
func (x *city) byYear(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	out := indicators.Answer{Question: q, Evidence: x.evidence(q)}
	for _, year := range khue.Periods(khue.Year, q.From, q.To) {
		one := q
		one.By, one.From = q.By[:1], year.Start()
		if year.End().Before(q.To) {
			one.To = year.End()
		}
		a, _ := x.Ask(ctx, one)
		for _, row := range a.Rows {
			row.Keys = append(row.Keys, indicators.Key{Code: year.String(), Name: khue.Text{VI: year.String(), EN: year.String()}, Period: year})
			out.Rows = append(out.Rows, row)
		}
	}
	for _, m := range q.Measures {
		out.Completeness = append(out.Completeness, x.reported(m, q.From, q.To))
	}
	return out, nil
}

func (x *city) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	if len(q.By) == 2 {
		return x.byYear(ctx, q)
	}
	asked := q
	if q.From.IsZero() && q.To.IsZero() {
		q.From, q.To = date(2021, 1, 1), x.today
	}
	facts := slices.DeleteFunc(slices.Clone(x.facts), func(f fact) bool { return !passes(f, q.Where) })
	groups := map[string][]fact{}
	var order []string
	put := func(code string, f ...fact) {
		if _, ok := groups[code]; !ok {
			order = append(order, code)
		}
		groups[code] = append(groups[code], f...)
	}
	by := ""
	if len(q.By) > 0 {
		by = q.By[0]
	}
	grain, err := khue.ParseGrain(by)
	timed := err == nil
	if timed {
		for _, p := range khue.Periods(grain, q.From, q.To) {
			put(p.String())
			for _, f := range facts {
				if f.kind == "member" || p.Contains(f.day) && f.day.Before(q.To) {
					put(p.String(), f)
				}
			}
		}
	} else {
		if by == "" {
			put("")
		}
		for _, f := range facts {
			if x.within(f, q.From, q.To) {
				put(map[string]string{"discipline": f.discipline, "area": f.area, "edition": f.edition, "kind": f.sort(), "access": f.sort(), "format": f.sort()}[by], f)
			}
		}
	}
	a := indicators.Answer{Question: asked, Evidence: x.evidence(asked)}
	for _, code := range order {
		row := indicators.Row{}
		to := q.To
		if by != "" {
			row.Keys = []indicators.Key{{Code: code, Name: name(by, code)}}
		}
		if timed {
			p := khue.MustParsePeriod(code)
			row.Keys[0].Period, to, row.Partial = p, p.End(), p.End().After(x.today)
		}
		for _, m := range q.Measures {
			row.Values = append(row.Values, value(m, groups[code], to))
		}
		a.Rows = append(a.Rows, row)
	}
	for _, m := range q.Measures {
		a.Completeness = append(a.Completeness, x.reported(m, q.From, q.To))
	}
	if slices.Contains([]string{"area", "kind", "access", "format"}, by) {
		a.Rows = slices.DeleteFunc(a.Rows, func(r indicators.Row) bool { return !r.Values[0].Known })
	}
	return a, nil
}

// reported says of attendance that one event in ten has not, and of ticketed ones
// that one in four has not; for other measures nobody is expected.
func (x *city) reported(measure string, from, to time.Time) indicators.Completeness {
	by := map[string]string{"visitors": "event_attendance", "online_visitors": "online_attendance", "revenue": "ticketed_attendance", "events": "event_calendar", "members": "member_register", "certified_members": "member_register"}
	c := indicators.Completeness{Expectation: cmp.Or(by[measure], "member_activities")}
	parts := map[string]int{"visitors": 10, "online_visitors": 10, "revenue": 4}[measure]
	for _, f := range x.facts {
		if parts > 0 && f.kind == "event" && x.within(f, from, to) {
			c.Expected++
			if c.Expected%parts != 0 {
				c.Reported++
			}
		}
	}
	c.Known = c.Expected > 0
	return c
}

func name(by, code string) khue.Text {
	if d, ok := khue.DisciplineOf(code); ok && by == "discipline" {
		return d.Name
	}
	if a, ok := khue.AreaOf(code); ok && by == "area" {
		return a.Name
	}
	if code != "" {
		return khue.Text{VI: "Loại " + code, EN: "Kind " + code}
	}
	return khue.Text{VI: "Chưa rõ", EN: "Unknown"}
}

func (x *city) evidence(q indicators.Question) indicators.Evidence {
	return indicators.Evidence{
		DefinitionVersion: x.catalogue.Version(), From: "journal attendance", AsOf: q.AsOf, DataUntil: x.today.AddDate(0, 0, -1), LastBatch: "batch-81",
		SQL:        fmt.Sprintf("SELECT %s\nFROM facts\nWHERE day >= {from:Date} AND day < {to:Date} AND recorded_at <= {as_of:DateTime64(3)}", strings.Join(append(slices.Clone(q.By), q.Measures...), ", ")),
		Parameters: map[string]any{"to": q.To, "from": q.From, "as_of": q.AsOf}, Elapsed: time.Since(time.Time{}),
	}
}

func (x *city) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	c := indicators.Comparison{From: q.From, To: q.To}
	if x.today.Before(c.To) {
		c.To, c.Cut = x.today, true
	}
	if c.Comparable = c.From.Before(c.To); !c.Comparable {
		c.To = q.To
		c.Now, _ = x.Ask(ctx, q)
		return c, nil
	}
	c.BeforeFrom, c.BeforeTo = c.From.AddDate(-1, 0, 0), c.To.AddDate(-1, 0, 0)
	q.From, q.To = c.From, c.To
	c.Now, _ = x.Ask(ctx, q)
	q.From, q.To = c.BeforeFrom, c.BeforeTo
	c.Before, _ = x.Ask(ctx, q)
	return c, nil
}

func (x *city) Progress(context.Context, string, time.Time) ([]indicators.TargetProgress, error) {
	return x.progress, nil
}

func (x *city) Initiatives(context.Context, string, time.Time) ([]indicators.Initiative, error) {
	return x.actions, nil
}

func (x *city) ClaimsOf(_ context.Context, subject string, _ time.Time) ([]indicators.Claim, error) {
	var out []indicators.Claim
	for _, c := range x.catalogue.Claims() {
		if c.Subject == subject {
			out = append(out, c)
		}
	}
	return out, nil
}

func (x *city) Freshness(context.Context) ([]indicators.Freshness, error) {
	var out []indicators.Freshness
	for i, d := range khue.Datasets() {
		f := indicators.Freshness{Dataset: d.Name, Label: d.Label, Rows: int64(1000 * (7 - i)), Quarantined: int64(i % 3)}
		if i != 5 {
			f.DataUntil, f.LastPulled = x.today.AddDate(0, 0, -1), x.today.Add(45*time.Minute)
		}
		out = append(out, f)
	}
	return out, nil
}

// promise fills targets from the catalogue and a few actions.
func (x *city) promise() {
	programme, _ := x.catalogue.Programme("nq09")
	for _, t := range programme.Targets {
		status, label := "no_figure", khue.Text{VI: "Chưa có số liệu chính thức", EN: "No official figure"}
		if t.Year >= 2030 {
			status, label = "not_due", khue.Text{VI: "Chưa đến hạn", EN: "Not due yet"}
		}
		g := indicators.TargetProgress{
			Target: t, Status: status, StatusLabel: label,
			Method: khue.Text{VI: "Chưa có số liệu chính thức nào để so.", EN: "No official figure to compare."},
		}
		for _, c := range x.catalogue.Claims() {
			if c.Subject == "gdp_share_cultural_industries_hanoi" {
				g.Claims = append(g.Claims, c)
			}
		}
		x.progress = append(x.progress, g)
	}
	budget := int64(1_250_000_000)
	x.actions = []indicators.Initiative{
		{ID: "a1", Programme: "unesco-uccn", Commitment: "L1", Title: "Vận hành trung tâm thiết kế", Owner: "Bảo tàng Hà Nội", PlannedFrom: date(2025, 3, 1), PlannedTo: date(2025, 11, 30), ActualFrom: date(2025, 4, 10), ActualTo: date(2025, 12, 10), BudgetVND: &budget, Status: "done", StatusLabel: khue.Text{VI: "Hoàn thành", EN: "Done"}},
		{ID: "a2", Programme: "unesco-uccn", Commitment: "I1", Title: "Lễ hội Thiết kế sáng tạo", PlannedFrom: date(2025, 1, 5), PlannedTo: date(2026, 6, 30), Status: "late", StatusLabel: khue.Text{VI: "Chậm", EN: "Late"}, PastPlan: true, DaysPastPlan: 146},
		{ID: "a3", Programme: "unesco-uccn", Commitment: "I2", Title: "Diễn đàn 2023", PlannedFrom: date(2023, 11, 1), PlannedTo: date(2023, 11, 30), Status: "done", StatusLabel: khue.Text{VI: "Hoàn thành", EN: "Done"}},
	}
	slices.SortFunc(x.actions, func(a, b indicators.Initiative) int { return cmp.Compare(a.ID, b.ID) })
}
