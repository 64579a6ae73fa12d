package indicators

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// notes say what a reader must know to read the numbers rightly.
func (s *Service) notes(a *inquiry, r *result) []khue.Text {
	var out []khue.Text
	out = append(out, a.countingNotes()...)
	out = append(out, s.editionNotes(a)...)
	out = append(out, s.areaNotes(a, r)...)
	out = append(out, a.aheadNotes(r)...)
	if len(a.divided) > 0 {
		out = append(out, khue.Text{
			VI: "Số được chia theo tỷ trọng: tính chính xác rồi làm tròn theo phần dư lớn nhất để các phần cộng lại đúng bằng tổng.",
			EN: "Figures are divided by weights: worked out exactly, then rounded by the largest remainder so that the parts add up to the total.",
		})
	}
	if slices.ContainsFunc(r.rows, func(row *Row) bool {
		return slices.ContainsFunc(row.Values, func(v Value) bool { return v.Suppressed })
	}) {
		out = append(out, khue.Text{VI: locale.WithheldNote(khue.Vietnamese), EN: locale.WithheldNote(khue.English)})
	}
	return out
}

// countingNotes tell how facts with several disciplines were counted.
func (a *inquiry) countingNotes() []khue.Text {
	if !a.countsAll() || !a.byDiscipline() {
		return nil
	}
	var single []Measure
	for _, m := range a.measures {
		if !warehouse.HasLists(m.Dataset) {
			single = append(single, m)
		}
	}
	var out []khue.Text
	if len(single) < len(a.measures) {
		out = append(out, map[Counting]khue.Text{
			CountEach: {
				VI: "Sự kiện, lượt khách và thành viên có nhiều lĩnh vực được tính ở mọi lĩnh vực của mình, nên cộng các lĩnh vực sẽ lớn hơn tổng.",
				EN: "Events, their visitors and members count under every one of their disciplines, so the parts add up to more than the total.",
			},
			CountFractional: {
				VI: "Sự kiện, lượt khách và thành viên có n lĩnh vực được tính 1/n ở mỗi lĩnh vực; cộng các lĩnh vực bằng đúng tổng.",
				EN: "Events, their visitors and members with n disciplines count one nth under each; the parts add up to the total.",
			},
		}[a.question.Counting])
	}
	if len(single) > 0 {
		out = append(out, khue.Text{
			VI: "Mỗi bản ghi chỉ có một lĩnh vực, cách tính không đổi gì: " + labels(single, khue.Vietnamese) + ".",
			EN: "Their records have one discipline only, so the way of counting changes nothing: " + labels(single, khue.English) + ".",
		})
	}
	return out
}

func labels(measures []Measure, lang khue.Lang) string {
	out := make([]string, len(measures))
	for i, m := range measures {
		out[i] = m.Label.In(lang)
	}
	return strings.Join(out, ", ")
}

// editionNotes tell which editions of a classification were used, when the
// question's days go beyond them, and what in them is only assumed.
func (s *Service) editionNotes(a *inquiry) []khue.Text {
	var out []khue.Text
	for _, walk := range s.catalogue.crosswalks {
		if !slices.Contains(a.crosswalks, walk.Name) {
			continue
		}
		var used []Edition
		for _, e := range walk.Editions {
			if id := a.question.Editions[walk.Name]; id == e.ID || id == "" && (len(walk.Editions) == 1 || a.reaches(e.From, e.To)) {
				used = append(used, e)
			}
		}
		for _, e := range used {
			out = append(out, a.editionNote(walk, e, len(used) > 1)...)
		}
	}
	return out
}

func (a *inquiry) editionNote(walk Crosswalk, e Edition, several bool) []khue.Text {
	var out []khue.Text
	name := func(lang khue.Lang) string { return walk.Label.In(lang) + " – " + e.Label.In(lang) }
	from, to := a.question.From, a.question.To
	if to.IsZero() {
		to = a.today.AddDate(0, 0, 1)
	}
	switch {
	case several:
		out = append(out, khue.Text{
			VI: name(khue.Vietnamese) + ": áp dụng cho số liệu " + locale.Validity(khue.Vietnamese, e.From, e.To) + ".",
			EN: name(khue.English) + ": applied to facts " + locale.Validity(khue.English, e.From, e.To) + ".",
		})
	case !e.To.IsZero() && to.After(e.To), !e.From.IsZero() && !from.IsZero() && from.Before(e.From):
		out = append(out, khue.Text{
			VI: name(khue.Vietnamese) + " có hiệu lực " + locale.Validity(khue.Vietnamese, e.From, e.To) + "; câu hỏi nêu đích danh nên áp dụng cho mọi số liệu.",
			EN: name(khue.English) + " is in force " + locale.Validity(khue.English, e.From, e.To) + "; the question names it, so all facts are read by it.",
		})
	}
	if assumed := e.assumed(); len(assumed) > 0 {
		out = append(out, khue.Text{
			VI: name(khue.Vietnamese) + ": tỷ trọng giả định, không có nguồn, cho " + disciplineNames(assumed, khue.Vietnamese) + ".",
			EN: name(khue.English) + ": weights are assumed, without a source, for " + disciplineNames(assumed, khue.English) + ".",
		})
	}
	return out
}

func disciplineNames(codes []string, lang khue.Lang) string {
	out := make([]string, len(codes))
	for i, code := range codes {
		d, _ := khue.DisciplineOf(code)
		out[i] = d.Name.In(lang)
	}
	return strings.Join(out, ", ")
}

// reaches tells that the question has days in [from, to); zero ends are open.
func (a *inquiry) reaches(from, to time.Time) bool {
	return overlap(a.question.From, a.question.To, from, to)
}

func overlap(aFrom, aTo, bFrom, bTo time.Time) bool {
	return (aTo.IsZero() || bFrom.IsZero() || bFrom.Before(aTo)) && (bTo.IsZero() || aFrom.IsZero() || aFrom.Before(bTo))
}

// areaNotes tell what the division of the city does to the numbers.
func (s *Service) areaNotes(a *inquiry, r *result) []khue.Text {
	if !a.usesArea() {
		return nil
	}
	var out []khue.Text
	if a.question.AreaView == AreasAsNow {
		out = append(out, s.presentNotes(a, r)...)
	} else {
		if r.holdsTree(khue.DistrictTree) && r.holdsTree(khue.WardTree) {
			out = append(out, khue.Text{
				VI: "Đến hết 30/06/2025 số liệu theo 30 quận, huyện, thị xã; từ 01/07/2025 theo 126 phường, xã. Hai hệ thống không lồng vào nhau nên không so được dòng này với dòng kia. Không có số liệu cấp xã trước tháng 7/2025.",
				EN: "To 30 June 2025 figures stand under 30 districts, since 1 July 2025 under 126 wards and communes. The two do not nest, so rows of one cannot be compared with rows of the other. There are no figures by commune before July 2025.",
			})
		}
		out = append(out, a.filterNotes()...)
	}
	if !a.strays.empty() {
		out = append(out, khue.Text{
			VI: "Có số liệu ghi theo mã địa bàn không có hiệu lực vào ngày phát sinh; vẫn giữ dưới mã đó: " + a.strays.list(a, khue.Vietnamese) + ".",
			EN: "Some figures were reported under areas not in force on their day; they are kept under those codes: " + a.strays.list(a, khue.English) + ".",
		})
	}
	return out
}

// holdsTree tells that the answer has an area of a division of the city.
func (r *result) holdsTree(tree khue.AreaTree) bool {
	return slices.ContainsFunc(r.rows, func(row *Row) bool {
		return slices.ContainsFunc(row.Keys, func(k Key) bool { return k.Tree == tree })
	})
}

// filterNotes tell of areas in the filter that were not there on all days asked for.
func (a *inquiry) filterNotes() []khue.Text {
	var out []khue.Text
	for _, code := range a.areasAsked {
		area, ok := khue.AreaOf(code)
		if !ok {
			continue
		}
		gone := !area.To.IsZero() && a.reaches(area.To, time.Time{})
		notYet := !area.From.IsZero() && a.reaches(time.Time{}, area.From)
		if gone || notYet {
			out = append(out, khue.Text{
				VI: area.Name.VI + " chỉ có số liệu " + locale.Validity(khue.Vietnamese, area.From, area.To) + "; các ngày khác số liệu nằm ở địa bàn khác.",
				EN: area.Name.EN + " has figures " + locale.Validity(khue.English, area.From, area.To) + " only; those of other days stand under other areas.",
			})
		}
	}
	return out
}

// presentNotes tell by what areas were led on to those of today, and what was not.
func (s *Service) presentNotes(a *inquiry, r *result) []khue.Text {
	var out []khue.Text
	if len(s.catalogue.correspondences) == 0 {
		row := unconvertedName
		if slices.Contains(a.top.below, Unconverted) {
			row = otherName // no area, so it never ranks
		}
		out = append(out, khue.Text{
			VI: "Chưa khai báo bảng quy đổi địa bàn nào, nên số liệu của quận, huyện, thị xã cũ nằm ở dòng “" + row.VI + "”.",
			EN: "No correspondence of areas is configured, so figures of the former districts stand in the row “" + row.EN + "”.",
		})
	}
	for _, c := range s.catalogue.correspondences {
		note := khue.Text{
			VI: "Quy đổi địa bàn: " + c.Title.VI + " (căn cứ " + c.Basis.VI + "; " + c.Citation + ")",
			EN: "Areas led on by: " + c.Title.EN + " (by " + c.Basis.EN + "; " + c.Citation + ")",
		}
		if c.Mark == "assumed" {
			note.VI, note.EN = note.VI+"; tỷ trọng giả định", note.EN+"; weights are assumed"
		}
		out = append(out, khue.Text{VI: note.VI + ".", EN: note.EN + "."})
	}
	if sums := unconvertedSums(a, r); len(sums) > 0 {
		out = append(out, khue.Text{
			VI: "Chưa quy đổi được sang địa bàn mới: " + sumsOf(a, sums, khue.Vietnamese) + ".",
			EN: "Not convertible to present areas: " + sumsOf(a, sums, khue.English) + ".",
		})
	}
	return out
}

// unconvertedSums adds up what stands in the row of what could not be led on.
func unconvertedSums(a *inquiry, r *result) map[int]*big.Rat {
	at := slices.Index(a.question.By, "area")
	sums := make(map[int]*big.Rat)
	for _, row := range r.rows {
		if at < 0 || row.Keys[at].Code != Unconverted {
			continue
		}
		for slot, v := range row.Values {
			if m := a.measures[slot]; m.Kind == "stock" || m.Aggregate == "distinct" || !v.Known {
				continue // neither adds up over rows
			}
			addTo(sums, slot, v.Number)
		}
	}
	return sums
}

func addTo[K comparable](sums map[K]*big.Rat, key K, v float64) {
	exact, err := exactly(v)
	if err != nil {
		return // not a number, so nothing to add
	}
	if sums[key] == nil {
		sums[key] = new(big.Rat)
	}
	sums[key].Add(sums[key], exact)
}

// sumsOf writes sums by measure: "Visitors 1,234; Events 5".
func sumsOf(a *inquiry, sums map[int]*big.Rat, lang khue.Lang) string {
	var out []string
	for _, slot := range slices.Sorted(maps.Keys(sums)) {
		v, _ := sums[slot].Float64()
		out = append(out, fmt.Sprintf("%s %s", a.measures[slot].Label.In(lang), locale.Number(lang, v, a.decimalsOf(slot))))
	}
	return strings.Join(out, "; ")
}

// strays are flows reported under areas that were not in force on their day.
type strays map[stray]*big.Rat

type stray struct {
	area string
	slot int
}

func (s strays) empty() bool {
	for _, v := range s {
		if v.Sign() != 0 {
			return false
		}
	}
	return true
}

// watch looks for strays among the rows of a Select that splits by area.
func (s strays) watch(a *inquiry, p part, rows []warehouse.Row) {
	if !p.additive() || !a.byArea() {
		return
	}
	at, label, timeKey := slices.Index(p.ask.By, "area"), -1, a.timeKey
	if len(p.lenses) > 0 {
		timeKey = slices.Index(p.others, a.timeKey)
	}
	for i, l := range p.lenses {
		if l.dim == "area" {
			label = len(p.others) + i
		}
	}
	if at < 0 && label < 0 {
		return
	}
	for _, row := range rows {
		from, to := a.question.From, a.question.To
		if a.timeKey >= 0 && timeKey >= 0 {
			if day, err := time.Parse(time.DateOnly, row.Keys[timeKey]); err == nil {
				of := khue.PeriodOf(day, a.grain)
				from, to = later(from, of.Start()), earlier(to, of.End())
			}
		}
		code := ""
		if label < 0 {
			code = row.Keys[at]
		} else {
			era, codes, err := warehouse.ParseLabel(row.Keys[label])
			if err != nil {
				continue // recastRows reports it
			}
			code = codes[0]
			if breaks := p.lenses[label-len(p.others)].breaks; len(breaks) > 0 && era == 0 {
				to = earlier(to, breaks[0])
			} else if len(breaks) > 0 {
				from = later(from, breaks[0])
			}
		}
		area, ok := khue.AreaOf(code)
		if !ok || overlap(from, to, area.From, area.To) {
			continue
		}
		for i, v := range row.Values {
			if row.Known[i] {
				addTo(s, stray{code, p.slots[i]}, v)
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.IsZero() || b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// mostStrays is how many areas a note names before it gives only their number.
const mostStrays = 5

// list writes the sums of the strays and the areas they lie in.
func (s strays) list(a *inquiry, lang khue.Lang) string {
	sums, codes, withheld := make(map[int]*big.Rat), []string{}, a.guarded(a.question.Scope)
	for at, v := range s {
		if v.Sign() == 0 {
			continue
		}
		codes = append(codes, at.area)
		if slices.Contains(withheld, at.slot) {
			continue // a note gives no figure that the rows may not
		}
		if sums[at.slot] == nil {
			sums[at.slot] = new(big.Rat)
		}
		sums[at.slot].Add(sums[at.slot], v)
	}
	slices.SortFunc(codes, cmp.Compare)
	codes = slices.Compact(codes)
	names := make([]string, 0, mostStrays)
	for _, code := range codes[:min(len(codes), mostStrays)] {
		area, _ := khue.AreaOf(code)
		names = append(names, area.Name.In(lang))
	}
	if len(codes) > mostStrays {
		names = append(names, fmt.Sprintf(khue.Text{VI: "và %d địa bàn khác", EN: "and %d others"}.In(lang), len(codes)-mostStrays))
	}
	return strings.TrimSpace(sumsOf(a, sums, lang) + " (" + strings.Join(names, ", ") + ")")
}
