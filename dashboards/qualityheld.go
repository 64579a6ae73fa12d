package dashboards

import (
	"context"
	"net/url"
	"sort"
	"time"

	"khue"
	"khue/locale"
)

// heldSource is the rows of one source that wait to be mended, by how long ago they
// were last read with their fault.
type heldSource struct {
	name  string
	ages  [4]int64 // parallel to heldAges
	total int64
}

// heldFrom are the least days of each age but the first, which is today.
var heldFrom = [4]int{0, 1, 8, 31}

func heldAges(lang khue.Lang) [4]string {
	return [4]string{text("hôm nay", "today").In(lang), text("1–7 ngày", "1–7 days").In(lang), text("8–30 ngày", "8–30 days").In(lang), text("hơn 30 ngày", "over 30 days").In(lang)}
}

type held struct {
	sources []heldSource // most first
	names   names
}

func (v *visit) gatherHeld(ctx context.Context) (held, error) {
	days, err := v.site.data.QuarantineDays(ctx)
	if err != nil {
		return held{}, err
	}
	h := held{}
	if h.names, err = v.site.names(ctx, khue.Vietnamese); err != nil {
		return held{}, err
	}
	at := map[string]int{}
	for _, d := range days {
		i, seen := at[d.Source]
		if !seen {
			i = len(h.sources)
			at[d.Source], h.sources = i, append(h.sources, heldSource{name: d.Source})
		}
		h.sources[i].ages[heldAge(v.frame.today, d.Day)] += d.Rows
		h.sources[i].total += d.Rows
	}
	sort.SliceStable(h.sources, func(i, j int) bool { return h.sources[i].total > h.sources[j].total })
	return h, nil
}

// heldAge is the place of a day in the ages.
func heldAge(today, day time.Time) int {
	days := int(today.Sub(day) / (24 * time.Hour))
	for i := len(heldFrom) - 1; i > 0; i-- {
		if days >= heldFrom[i] {
			return i
		}
	}
	return 0
}

// heldView is the table of sources by ages.
type heldView struct {
	Heads   [4]string
	Lines   []heldLine
	Caption string
}

type heldLine struct {
	Label, Address, Total string
	Width                 float64 // of the bar, of the longest
	Ages                  [4]string
	Old                   bool // some have waited for more than a month
}

func (v *visit) drawHeld(lang khue.Lang, h held) drawn {
	c := card{
		Subtitle: text("Số dòng bị giữ lại theo nguồn và theo lần gần nhất đọc thấy lỗi", "Rows held back, by source and by when they were last read with their fault").In(lang),
		Source:   qualitySource(lang, "khu cách ly", "the quarantine"),
	}
	if len(h.sources) == 0 {
		c.Title = text("Không có dòng nào chờ sửa", "No row waits to be mended").In(lang)
		c.Empty = text("Mọi dòng đọc được đều đã được nhận.", "Every row that was read has been accepted.").In(lang)
		return drawn{card: c, body: "qualityheld"}
	}
	h.names.lang = lang
	view := heldView{Heads: heldAges(lang), Caption: c.Subtitle}
	t := &table{Caption: c.Subtitle, Head: []string{text("Nguồn", "Source").In(lang), text("Tất cả", "All").In(lang)}}
	t.Head = append(t.Head, view.Heads[:]...)
	var total, old int64
	for _, s := range h.sources {
		l := heldLine{
			Label: h.names.source(s.name), Address: address(quarantinePath, url.Values{sourceName: {s.name}}, ""), Total: locale.Number(lang, float64(s.total), 0),
			Width: round1(100 * float64(s.total) / float64(h.sources[0].total)), Old: s.ages[3] > 0,
		}
		line := tableRow{Cells: []cell{named(l.Label).leading(l.Address), whole(lang, s.total)}}
		for i, n := range s.ages {
			l.Ages[i] = locale.Number(lang, float64(n), 0)
			if n == 0 {
				l.Ages[i] = "–"
			}
			line.Cells = append(line.Cells, whole(lang, n))
		}
		view.Lines, t.Rows = append(view.Lines, l), append(t.Rows, line)
		total, old = total+s.total, old+s.ages[3]
	}
	c.Table = t
	c.Title = textf("%[1]s dòng đang chờ sửa", "%[1]s "+plural(int(total), "row waits", "rows wait")+" to be mended", locale.Number(lang, float64(total), 0)).In(lang)
	switch {
	case old > 0:
		c.Title += textf(", %[1]s dòng đã hơn 30 ngày", ", %[1]s for more than 30 days", locale.Number(lang, float64(old), 0)).In(lang)
	case len(h.sources) > 1:
		c.Title += textf(", nhiều nhất ở %[1]s", ", most of them in %[1]s", view.Lines[0].Label).In(lang)
	}
	c.Summary = c.Title + "."
	return drawn{card: c, body: "qualityheld", view: view}
}
