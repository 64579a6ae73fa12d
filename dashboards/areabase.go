package dashboards

import (
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// base is what the figures of an area are divided by.
type base string

// The bases. Sizes are official ones of the product; residents are those of the
// operator's file.
const (
	wholeFigures base = ""
	perKM2       base = "km2"
	perResidents base = "residents" // per ten thousand of them
)

// residentsUnit is how many residents a figure per resident is told for: events
// and members of a ward are few.
const residentsUnit = 10_000

// words end the name of a measure that is divided.
func (b base) words() khue.Text {
	switch b {
	case perKM2:
		return text(" trên mỗi km²", " per km²")
	case perResidents:
		return text(" trên 10.000 dân", " per 10,000 residents")
	}
	return khue.Text{}
}

// unit ends an amount that is divided.
func (b base) unit() khue.Text {
	switch b {
	case perKM2:
		return text("/km²", "/km²")
	case perResidents:
		return text("/10.000 dân", " per 10,000 residents")
	}
	return khue.Text{}
}

// dividedBy divides a figure of an area by what is known of it on a day. Where that
// is not officially known there is no figure.
func (v *visit) dividedBy(b base, value indicators.Value, a khue.Area, on time.Time) indicators.Value {
	by := 1.0
	switch b {
	case perKM2:
		by = a.KM2
	case perResidents:
		count, _ := v.site.residents.on(a.Code, on)
		by = float64(count.people) / residentsUnit
	}
	switch {
	case by <= 0:
		return indicators.Value{}
	case value.Known:
		value.Number /= by
	}
	return value
}

// perArea divides the figures of areas and ranks them anew; an area of which the
// base is not known drops out.
func (v *visit) perArea(b base, rows []portion, on time.Time) []portion {
	out := slices.Clone(rows)
	for i := range out {
		a, _ := khue.AreaOf(out[i].key.Code)
		out[i].now, out[i].before = v.dividedBy(b, out[i].now, a, on), v.dividedBy(b, out[i].before, a, on.AddDate(-1, 0, 0))
	}
	out = slices.DeleteFunc(out, func(p portion) bool { return !p.now.Known && !p.now.Suppressed })
	slices.SortStableFunc(out, func(a, b portion) int { return larger(a.now.Number, b.now.Number, a.key.Code, b.key.Code) })
	return out
}

// missingBase says why nothing can be divided.
func (v *visit) missingBase(lang khue.Lang, b base) string {
	switch {
	case b == perKM2:
		return text("Chưa có số liệu chính thức về diện tích của các quận, huyện cũ, nên không tính được trên km². Hãy xem tổng số, hoặc chọn một kỳ từ 01/07/2025.",
			"No official figure of the size of the former districts is at hand, so nothing can be said per km². Look at totals, or choose a period since 1 July 2025.").In(lang)
	case v.site.residents == nil:
		return text("Chưa có số liệu chính thức về dân số theo địa bàn, nên không tính được trên đầu người. Hãy xem tổng số; người quản trị có thể khai báo tệp dân số (map.residents).",
			"No official figure of residents by area is at hand, so nothing can be said per resident. Look at totals; the administrator may name a file of residents (map.residents).").In(lang)
	}
	return text("Tệp dân số không có số của các địa bàn này vào cuối kỳ. Hãy xem tổng số, hoặc chọn một kỳ muộn hơn.",
		"The file of residents has no count of these areas by the end of the period. Look at totals, or choose a later period.").In(lang)
}

// residentsNote says whose counts of residents are used, or that there are none.
func (v *visit) residentsNote(lang khue.Lang, areas []portion, on time.Time) string {
	var sources []string
	for _, p := range areas {
		if count, known := v.site.residents.on(p.key.Code, on); known {
			one := count.source + " (" + locale.Date(lang, count.day) + ")"
			if !slices.Contains(sources, one) {
				sources = append(sources, one)
			}
		}
	}
	switch {
	case len(sources) == 0:
		return text("Trên đầu người: chưa có số liệu chính thức về dân số theo địa bàn.", "Per resident: no official figure of residents by area.").In(lang)
	case len(sources) > mostSourcesNamed:
		sources = append(sources[:mostSourcesNamed], "…")
	}
	return text("Dân số: ", "Residents: ").In(lang) + listed(lang, sources) + "."
}

// mostSourcesNamed keeps the note on residents short.
const mostSourcesNamed = 3

// residentsCells are what a table says of an area's residents: how many, and the
// figure per ten thousand of them.
func (v *visit) residentsCells(lang khue.Lang, value indicators.Value, a khue.Area, on time.Time, decimals int) []cell {
	people := cell{Text: "–", Number: true}
	if count, known := v.site.residents.on(a.Code, on); known {
		people = whole(lang, count.people)
	}
	return []cell{people, counted(lang, v.dividedBy(perResidents, value, a, on), decimals)}
}

// residentsHead are the heads of those cells.
func residentsHead(lang khue.Lang) []string {
	return []string{text("Dân số", "Residents").In(lang), text("Trên 10.000 dân", "Per 10,000 residents").In(lang)}
}
