package dashboards

import (
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/locale"
)

// choice is one option of a filter.
type choice struct {
	Value, Label string
	Chosen       bool
}

// choiceGroup is options under a heading.
type choiceGroup struct {
	Label   string
	Choices []choice
}

// filterView is the bar of filters.
type filterView struct {
	Periods     []choiceGroup
	Disciplines []choice
	Areas       []choiceGroup
	Kinds       []choice
	Picks       []pickView
	Compare     []choice
	Formats     []choice
	Changed     bool // anything but the default is chosen
	Lang        khue.Lang
	Path        string // of the page that the filters act on
}

func (s *Site) filterView(lang khue.Lang, f filter, today time.Time, path string, takes []string) *filterView {
	v := &filterView{Lang: lang, Changed: f != defaultFilter, Path: path, Picks: s.pickViews(lang, f, path, takes)}
	if slices.Contains(takes, periodName) {
		v.Periods, v.Compare = periodChoices(lang, f, today), compareChoices(lang, f)
	}
	if slices.Contains(takes, disciplineName) {
		v.Disciplines = disciplineChoices(lang, f)
	}
	if slices.Contains(takes, areaName) {
		v.Areas = areaChoices(lang, f)
	}
	if slices.Contains(takes, kindFilter) {
		v.Kinds = kindChoices(lang, f)
	}
	if slices.Contains(takes, formatName) {
		v.Formats = formatChoices(lang, f)
	}
	return v
}

func disciplineChoices(lang khue.Lang, f filter) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), f.discipline == ""}}
	for _, d := range khue.Disciplines() {
		out = append(out, choice{d.Code, d.Name.In(lang), f.discipline == d.Code})
	}
	return out
}

func periodChoices(lang khue.Lang, f filter, today time.Time) []choiceGroup {
	named := choiceGroup{Label: text("Kỳ thường dùng", "Common periods").In(lang)}
	for _, n := range []struct {
		code  string
		label khue.Text
	}{
		{thisYear, textf("năm nay, %d", "this year, %d", today.Year())},
		{lastTwelve, text("12 tháng gần nhất", "last 12 months")},
		{resolution, text("Nghị quyết 09, 2021–2025", "Resolution 09, 2021–2025")},
		{creativeCity, text("từ khi là Thành phố sáng tạo, 30/10/2019", "as a UNESCO Creative City, since 30 Oct 2019")},
	} {
		named.Choices = append(named.Choices, choice{n.code, n.label.In(lang), f.period == n.code})
	}
	years := choiceGroup{Label: text("Từng năm", "Single years").In(lang)}
	listed := false
	for y := today.Year() - 1; y >= firstYear; y-- {
		code := fmt.Sprint(y)
		years.Choices = append(years.Choices, choice{code, code, f.period == code})
		listed = listed || f.period == code
	}
	if !f.written.IsZero() && !listed {
		named.Choices = append(named.Choices, choice{f.period, locale.PeriodName(lang, f.written), true})
	}
	return []choiceGroup{named, years}
}

func areaChoices(lang khue.Lang, f filter) []choiceGroup {
	city := choiceGroup{Choices: []choice{{"", text("toàn thành phố", "whole city").In(lang), f.area == ""}}}
	wards := choiceGroup{Label: text("Phường, xã từ 01/07/2025", "Wards and communes since 1 July 2025").In(lang)}
	districts := choiceGroup{Label: text("Quận, huyện đến 30/06/2025", "Districts until 30 June 2025").In(lang)}
	for _, a := range khue.Areas() {
		one := choice{a.Code, a.Name.In(lang), f.area == a.Code}
		switch {
		case a.Kind == khue.City:
		case isWard(a):
			wards.Choices = append(wards.Choices, one)
		default:
			districts.Choices = append(districts.Choices, one)
		}
	}
	collator := locale.Collator()
	for _, g := range []choiceGroup{wards, districts} {
		slices.SortStableFunc(g.Choices, func(a, b choice) int { return collator.CompareString(a.Label, b.Label) })
	}
	return []choiceGroup{city, wards, districts}
}
