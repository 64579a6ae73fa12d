package dashboards

import (
	"context"
	"math"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// placing is one line of a ranking or of shares.
type placing struct {
	Rank        int // 0 without one
	Name        brief
	Link        string
	Value, Note string
	Share, Mark float64 // of the longest bar, in percent; Mark is that of the year before
	Rest        bool    // all others in one line
}

// standings is one list of them under a heading.
type standings struct {
	Heading string
	Rows    []placing
}

// mostStanding is how many organisers or venues are named.
const mostStanding = 10

func (v *visit) gatherOrganisers(ctx context.Context) (indicators.Answer, error) {
	q := v.frame.question(v.frame.shown, []string{"organiser"}, "visitors", "events")
	q.Top = &indicators.Top{Dim: "organiser", By: "visitors", N: mostStanding}
	return v.ask(ctx, q)
}

func organisersPart() part {
	return partOf("event-organisers", 4, text("Đơn vị tổ chức", "Organisers"), (*visit).gatherOrganisers, func(v *visit, lang khue.Lang, a indicators.Answer) drawn {
		c := v.standingCard(lang, "event-organisers", a)
		c.Subtitle = textf("Lượt khách tại chỗ, %[1]s; bên cạnh là số sự kiện", "On-site visits, %[1]s; beside them the number of events", spanName(lang, v.frame.shown)).In(lang)
		ranked, total := byFirst(a), sumOf(a)
		if total == 0 {
			c.Empty = text("Kỳ và bộ lọc này chưa có lượt khách nào của đơn vị nào.", "No organiser has visitors on record for this period and these filters.").In(lang)
			return drawn{card: c, body: "standings"}
		}
		list := standings{Heading: text("Đông khách nhất", "Most visited").In(lang)}
		for n, i := range ranked {
			row := a.Rows[i]
			one := v.placingOf(lang, a, i, n)
			if row.Values[1].Known {
				one.Note = textf("%[1]s sự kiện", "%[1]s %[2]s", locale.Number(lang, row.Values[1].Number, 0), plural(int(row.Values[1].Number), "event", "events")).In(lang)
			}
			if code := row.Keys[0].Code; !one.Rest && code != "" {
				one.Link = v.eventListAddress(map[string]string{organiserName: code})
			}
			list.Rows = append(list.Rows, one)
		}
		if top := topShare(a, ranked); len(ranked) > 3 && top > 0 {
			c.Title = textf("Ba đơn vị đứng đầu đón %[1]s lượt khách", "The three largest organisers receive %[1]s of visits", locale.Percent(lang, top, 0)).In(lang)
		}
		c.Table = v.standingTable(lang, text("Đơn vị tổ chức", "Organiser").In(lang), a, ranked)
		c.Summary = c.Title + "."
		return drawn{card: c, body: "standings", view: []standings{list}}
	})
}

func (v *visit) gatherVenues(ctx context.Context) (indicators.Answer, error) {
	q := v.frame.question(v.frame.shown, []string{"venue"}, "events")
	if v.frame.filter.format == "" {
		q.Where[formatName] = []string{"onsite", "hybrid"} // what is online alone has no venue
	}
	q.Top = &indicators.Top{Dim: "venue", N: mostStanding}
	return v.ask(ctx, q)
}

func venuesPart() part {
	return partOf("event-venues", 4, text("Địa điểm", "Venues"), (*visit).gatherVenues, func(v *visit, lang khue.Lang, a indicators.Answer) drawn {
		c := v.standingCard(lang, "event-venues", a)
		c.Subtitle = textf("Số sự kiện tại chỗ và kết hợp, %[1]s", "Events on site and hybrid, %[1]s", spanName(lang, v.frame.shown)).In(lang)
		if v.frame.filter.format != "" {
			c.Subtitle = textf("Số sự kiện, %[1]s", "Events, %[1]s", spanName(lang, v.frame.shown)).In(lang)
		}
		ranked := byFirst(a)
		if v.frame.filter.format == "online" || !slices.ContainsFunc(ranked, func(i int) bool { return isNamed(a.Rows[i].Keys[0]) }) {
			c.Empty = text("Nguồn chưa nêu địa điểm của sự kiện nào trong kỳ và bộ lọc này.", "The source names no venue for this period and these filters.").In(lang)
			return drawn{card: c, body: "standings"}
		}
		list := standings{Heading: text("Nhiều sự kiện nhất", "Most events").In(lang)}
		for n, i := range ranked {
			one := v.placingOf(lang, a, i, n)
			if !one.Rest && isNamed(a.Rows[i].Keys[0]) {
				one.Link = v.eventListAddress(map[string]string{venueName: a.Rows[i].Keys[0].Code})
			}
			list.Rows = append(list.Rows, one)
		}
		if first := a.Rows[ranked[0]]; isNamed(first.Keys[0]) {
			c.Title = textf("%[1]s có nhiều sự kiện nhất", "%[1]s held most events", briefly(first.Keys[0].Name.In(lang)).Shown).In(lang)
		}
		c.Table = v.standingTable(lang, text("Địa điểm", "Venue").In(lang), a, ranked)
		c.Summary = c.Title + "."
		return drawn{card: c, body: "standings", view: []standings{list}}
	})
}

// standingCard is what rankings share.
func (v *visit) standingCard(lang khue.Lang, id string, a indicators.Answer) card {
	return card{
		Source: v.sourceLine(lang, a), Evidence: []evidence{v.evidenceOf(lang, a)}, Complete: v.completeLine(lang, a.Completeness...), CSV: v.addressOf(lang, id+".csv"),
	}
}

// isNamed tells that a key is a value of its own: neither unknown nor all others.
func isNamed(k indicators.Key) bool { return k.Code != "" && k.Code != indicators.OtherCode }

// byFirst is the rows by their first value, the largest first; what is unknown
// and all others last.
func byFirst(a indicators.Answer) []int {
	out := make([]int, len(a.Rows))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(x, y int) int {
		one, other := a.Rows[x], a.Rows[y]
		if isNamed(one.Keys[0]) != isNamed(other.Keys[0]) {
			if isNamed(one.Keys[0]) {
				return -1
			}
			return 1
		}
		switch d := other.Values[0].Number - one.Values[0].Number; {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	return out
}

// sumOf adds up the first measure of an answer.
func sumOf(a indicators.Answer) float64 {
	var sum float64
	for _, row := range a.Rows {
		sum += row.Values[0].Number
	}
	return sum
}

// topShare is what the three largest make up of all.
func topShare(a indicators.Answer, ranked []int) float64 {
	var top float64
	for n, i := range ranked {
		if n < 3 && isNamed(a.Rows[i].Keys[0]) {
			top += a.Rows[i].Values[0].Number
		}
	}
	if total := sumOf(a); total > 0 {
		return top / total
	}
	return 0
}

// placingOf is the line of a row that stands at a place, counted from 0.
func (v *visit) placingOf(lang khue.Lang, a indicators.Answer, row, place int) placing {
	r := a.Rows[row]
	one := placing{Name: briefly(r.Keys[0].Name.In(lang)), Value: figure(lang, r.Values[0], a.Columns[len(r.Keys)]), Rest: !isNamed(r.Keys[0])}
	if r.Keys[0].Code == indicators.OtherCode {
		one.Name = brief{Shown: text("Tất cả nơi còn lại", "All others together").In(lang)}
	}
	if one.Rest {
		return one
	}
	longest := 0.0
	for _, other := range a.Rows {
		if isNamed(other.Keys[0]) {
			longest = math.Max(longest, other.Values[0].Number)
		}
	}
	one.Rank = place + 1
	if longest > 0 {
		one.Share = round1(100 * r.Values[0].Number / longest)
	}
	return one
}

// standingTable is the rows behind a ranking, with their share of the first measure.
func (v *visit) standingTable(lang khue.Lang, what string, a indicators.Answer, ranked []int) *table {
	t := &table{Caption: what, Head: []string{what}}
	total := sumOf(a)
	for i, row := range ranked {
		r := tableRow{Cells: []cell{named(a.Rows[row].Keys[0].Name.In(lang))}}
		for j, value := range a.Rows[row].Values {
			column := a.Columns[len(a.Rows[row].Keys)+j]
			if i == 0 {
				t.Head = append(t.Head, column.Label.In(lang))
			}
			r.Cells = append(r.Cells, counted(lang, value, column.Decimals).linked(whyOf(a, row, j)))
		}
		share := cell{Text: "–", Number: true}
		if first := a.Rows[row].Values[0]; first.Known && total > 0 {
			share = cell{Text: locale.Percent(lang, first.Number/total, 1), Number: true, raw: counted(lang, indicators.Value{Number: first.Number / total, Known: true}, 4).raw}
		}
		r.Cells = append(r.Cells, share)
		t.Rows = append(t.Rows, r)
	}
	t.Head = append(t.Head, text("Tỷ trọng", "Share").In(lang))
	return t
}
