package dashboards

import (
	"context"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// areasPath is where the page on areas is, and areaMeasure what it shows where
// nothing is chosen.
const (
	areasPage   = "areas"
	areasPath   = "/areas"
	areaMeasure = "visitors"
)

// areaMeasures are asked for together, so that the whole page rests on one answer.
var areaMeasures = []string{"visitors", "events", "activities", "members"}

// areaPage is where in the city things happen.
func areaPage() page {
	return page{
		name: areasPage, path: areasPath, title: text("Địa bàn", "Areas"), style: "areapage.css",
		takes:   []string{periodName, measureFilter, perName, viewName, disciplineName, areaName},
		finding: areaFinding,
		parts: []part{
			partOf("area-map", 12, text("Bản đồ và xếp hạng", "Map and ranking"), (*visit).gatherSight, (*visit).drawSight),
			partOf("area-profile", 4, text("Địa bàn đang xem", "The area in view"), (*visit).gatherProfile, (*visit).drawProfile),
			partOf("area-changes", 8, text("Thay đổi so với năm trước", "Change since the year before"), (*visit).gatherMovement, (*visit).drawMovement),
			partOf("areas-empty", 12, text("Nơi chưa có sự kiện", "Areas without events"), (*visit).gatherSight, (*visit).drawEmptyAreas),
		},
	}
}

// sight is all measures by area in the period, and the same days a year before
// where the areas are those of now.
type sight struct {
	now, before indicators.Answer
	days        span
	wards       bool // the areas are wards and communes, else districts
	cut         bool // the period spans both and only the longer part is shown
}

// lastDay is the last of the days shown.
func (s sight) lastDay() time.Time { return s.days.To.AddDate(0, 0, -1) }

// asNow tells that facts are shown under the areas in force today.
func (f filter) asNow() bool { return f.picks.view == string(indicators.AreasAsNow) }

// areaQuestion asks for measures by area. The filter on areas only says which of
// them stands out.
func (v *visit) areaQuestion(s span, measures ...string) indicators.Question {
	fr := v.frame
	fr.filter.area = ""
	q := fr.question(s, []string{areaName}, measures...)
	if fr.filter.asNow() {
		q.AreaView = indicators.AreasAsNow
	}
	return q
}

func (v *visit) gatherSight(ctx context.Context) (sight, error) {
	fr := v.frame
	s := sight{days: fr.shown, wards: true}
	if !fr.filter.asNow() {
		s.days, s.wards = fr.shown.era()
		s.cut = s.days != fr.shown
	}
	questions := []indicators.Question{v.areaQuestion(s.days, areaMeasures...)}
	if before := fr.before; !before.empty() && !fr.long && !s.cut && v.alike(before, s.wards) {
		questions = append(questions, v.areaQuestion(before, areaMeasures...))
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return sight{}, err
	}
	s.now = answers[0]
	if len(answers) > 1 {
		s.before = answers[1]
	}
	return s, nil
}

// alike tells that the facts of earlier days can stand beside those of now, area
// by area: the division was the same, or facts are led on to that of today.
func (v *visit) alike(before span, wards bool) bool {
	if v.frame.filter.asNow() && len(v.site.service.Catalogue().Correspondences()) > 0 {
		return true
	}
	days, then := before.era()
	return then == wards && days == before
}

// measureAt is the place of a measure in the answers of a sight.
func measureAt(measure string) int { return max(slices.Index(areaMeasures, measure), 0) }

// areaRow is one area with its figure.
type areaRow struct {
	portion
	foreign bool // not an area of the division shown: reported under a code out of force, or not convertible
}

// rows are the areas of a sight with a known or withheld figure of a measure,
// those of the division shown first, the largest first.
func (s sight) rows(measure string) []areaRow {
	at, tree := measureAt(measure), treeOf(s.wards)
	var out []areaRow
	for i, row := range s.now.Rows {
		if value := row.Values[at]; !value.Known && !value.Suppressed {
			continue
		}
		r := areaRow{portion: portion{key: row.Keys[0], now: row.Values[at], why: whyOf(s.now, i, at)}}
		if at < len(row.Completeness) {
			r.complete = row.Completeness[at]
		}
		r.foreign = r.key.Tree != tree
		for earlier, other := range s.before.Rows {
			if other.Keys[0].Code == r.key.Code {
				r.before, r.whyBefore = other.Values[at], whyOf(s.before, earlier, at)
			}
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b areaRow) int {
		if a.foreign != b.foreign {
			if a.foreign {
				return 1
			}
			return -1
		}
		return larger(a.now.Number, b.now.Number, a.key.Code, b.key.Code)
	})
	return out
}

// own leaves the areas of the division shown.
func own(rows []areaRow) []portion {
	var out []portion
	for _, r := range rows {
		if !r.foreign {
			out = append(out, r.portion)
		}
	}
	return out
}

// unitsOf names the areas of a division inside a sentence.
func unitsOf(wards bool) khue.Text {
	if wards {
		return text("phường, xã", "wards and communes")
	}
	return text("quận, huyện", "districts")
}

// countOf is how many areas a division has on a day.
func countOf(wards bool, on time.Time) int {
	n := 0
	for _, a := range khue.Areas() {
		if a.Tree() == treeOf(wards) && a.ValidOn(on) {
			n++
		}
	}
	return n
}

// areaFinding says where most happens, or where the chosen area stands.
func areaFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	s, err := v.gatherSight(ctx)
	if err != nil {
		return finding{}, err
	}
	measure := v.frame.filter.measureOr(areaMeasure)
	rows := s.rows(measure)
	parts, total := own(rows), 0.0
	for _, r := range rows {
		total += r.now.Number
	}
	days := capital(spanIn(lang, s.days))
	if measure == "members" {
		days = textf("Đến hết ngày %s", "At the end of %s", locale.Date(lang, s.days.To.AddDate(0, 0, -1))).In(lang)
	}
	if len(parts) == 0 || total == 0 {
		return finding{Before: days + textf(" chưa có số liệu %s theo địa bàn.", " there are no figures of %s by area.", amountOf(measure).In(lang)).In(lang)}, nil
	}
	at := 0
	if chosen := v.frame.filter.area; chosen != "" {
		if at = slices.IndexFunc(parts, func(p portion) bool { return p.key.Code == chosen }); at < 0 {
			a, _ := khue.AreaOf(chosen)
			return finding{Before: days + ", " + a.Name.In(lang) + textf(" chưa có số liệu %s.", " has no figures of %s.", amountOf(measure).In(lang)).In(lang)}, nil
		}
	}
	return s.findingOf(lang, days, measure, parts, at, total), nil
}

func (s sight) findingOf(lang khue.Lang, days, measure string, parts []portion, at int, total float64) finding {
	p := parts[at]
	f := finding{Before: days + ", " + p.key.Name.In(lang), Figure: locale.Compact(lang, p.now.Number, 0) + " " + amountOf(measure).In(lang)}
	share := shareWords(lang, p.now.Number/total)
	if at == 0 {
		f.Before += text(" dẫn đầu với ", " leads with ").In(lang)
		f.After = textf(", %s toàn thành phố", ", %s of the whole city", share).In(lang)
	} else {
		f.Before += text(" có ", " has ").In(lang)
		f.After = textf(", %[1]s toàn thành phố, đứng thứ %[2]d trong %[3]d %[4]s", ", %[1]s of the whole city, number %[2]d of %[3]d %[4]s",
			share, at+1, countOf(s.wards, s.days.To.AddDate(0, 0, -1)), unitsOf(s.wards).In(lang)).In(lang)
	}
	if empty := s.emptyAreas(); len(empty) > 0 {
		f.After += textf("; %[1]d %[2]s chưa ghi nhận sự kiện nào", "; %[1]d %[2]s have no event on record", len(empty), unitsOf(s.wards).In(lang)).In(lang)
	}
	if lost := s.unconverted(measure); lost > 0 {
		f.After += textf("; %s chưa quy đổi được sang địa giới hiện nay", "; %s cannot be led on to today's areas", shareWords(lang, lost/total)).In(lang)
	}
	f.After += "."
	return f
}

// unconverted is how much of a measure no correspondence leads to the areas shown.
func (s sight) unconverted(measure string) float64 {
	for _, r := range s.rows(measure) {
		if r.key.Code == indicators.Unconverted {
			return r.now.Number
		}
	}
	return 0
}
