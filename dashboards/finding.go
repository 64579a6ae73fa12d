package dashboards

import (
	"math"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// finding is the first line of the page in three parts, the number in the middle.
type finding struct{ Before, Figure, After string }

// String is the whole sentence.
func (f finding) String() string { return f.Before + f.Figure + f.After }

// findingOf writes what the figures say: how many came, against the same months
// a year before, and the busiest month.
func (fr frame) findingOf(lang khue.Lang, h headline) finding {
	days := capital(spanIn(lang, fr.shown))
	total := h.total[0]
	switch {
	case !total.Known:
		return finding{Before: days + text(
			" chưa có số liệu chính thức về lượt khách", ", no official visitor figure has been reported").In(lang) + fr.about(lang, true) + "."}
	case fr.whole.empty():
		days += text(", chưa trọn tháng nào", ", not one whole month yet").In(lang)
	}
	f := finding{Before: days + ", ", After: fr.came(lang, total.Number) + fr.about(lang, false)}
	f.Figure = textf("%[1]s lượt khách", "%[2]s on-site %[3]s", locale.Compact(khue.Vietnamese, total.Number, 0),
		locale.Compact(khue.English, total.Number, 0), plural(int(total.Number), "visit", "visits")).In(lang)
	f.After += fr.movement(lang, h) + fr.busiest(lang, h) + "."
	return f
}

func (fr frame) came(lang khue.Lang, n float64) string {
	if n == 1 {
		return text(" đã đến các sự kiện sáng tạo", " was made to creative events").In(lang)
	}
	return text(" đã đến các sự kiện sáng tạo", " were made to creative events").In(lang)
}

// about names the filters inside the sentence. A sentence about missing figures
// speaks of events too, so that it reads on.
func (fr frame) about(lang khue.Lang, missing bool) string {
	var out string
	if d, ok := khue.DisciplineOf(fr.filter.discipline); ok {
		out += textf(" thuộc lĩnh vực %s", " in the field of %s", d.Name.In(lang)).In(lang)
		if missing {
			out = textf(" của lĩnh vực %s", " for the field of %s", d.Name.In(lang)).In(lang)
		}
	}
	if a, ok := khue.AreaOf(fr.filter.area); ok {
		out += textf(" tại %s", " in %s", a.Name.In(lang)).In(lang)
	}
	return out
}

// level is a change too small to be called one.
const level = 0.0005

// movement says how the figure moved, like with like.
func (fr frame) movement(lang khue.Lang, h headline) string {
	change := h.change(0)
	name := fr.beforeName(lang)
	switch {
	case fr.before.empty():
		return ""
	case !change.Known && h.before[0].Known && !h.alike[0]:
		return textf("; số liệu %s chưa đủ để so sánh", "; the figures for %s are too few to compare with", name).In(lang)
	case !change.Known:
		return textf("; chưa có số liệu %s để so sánh", "; there are no figures for %s to compare with", name).In(lang)
	}
	lead := text(", ", ", ").In(lang)
	if fr.long {
		year := locale.PeriodName(lang, khue.PeriodOf(fr.now.From, khue.Year))
		lead = textf("; riêng %s ", "; %s alone was ", year).In(lang)
	}
	ratio := locale.Percent(lang, math.Abs(change.Number), 1)
	switch {
	case math.Abs(change.Number) < level:
		return lead + textf("ngang với %s", "level with %s", name).In(lang)
	case change.Number >= 2:
		times := locale.Number(lang, change.Number+1, 1)
		return lead + textf("gấp %[1]s lần %[2]s", "%[1]s times %[2]s", times, name).In(lang)
	case change.Number > 0:
		return lead + textf("tăng %s so với %s", "up %s on %s", ratio, name).In(lang)
	}
	return lead + textf("giảm %s so với %s", "down %s on %s", ratio, name).In(lang)
}

// busiest names the month that most came in, when one stands out among several.
func (fr frame) busiest(lang khue.Lang, h headline) string {
	months := fr.whole.months()
	if fr.whole.empty() || len(months) < 3 || fr.long {
		return ""
	}
	var best, second indicators.Value
	var at khue.Period
	for _, p := range months {
		v := monthOf(h.series, p.Start())
		switch {
		case !v.Known:
		case v.Number > best.Number:
			second, best, at = best, v, p
		case v.Number > second.Number:
			second = v
		}
	}
	if !best.Known || best.Number == second.Number {
		return ""
	}
	return textf("; %[1]s đông khách nhất", "; %[2]s was the busiest month",
		monthIn(khue.Vietnamese, at.Start().Month()), monthIn(khue.English, at.Start().Month())).In(lang)
}
