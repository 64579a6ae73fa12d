package demo

import (
	"math"
	"strings"
	"time"

	"khue"
)

// workplace is one field's working life in one ward: what the monthly workbooks
// count. Those of a district are the sums of the wards that held its codes, so
// that the city's totals run on smoothly when the districts end.
type workplace struct {
	trade    int
	sites    float64 // establishments in 2024
	labour   float64 // people an establishment
	learners float64 // learners an establishment in an average month
	growth   float64 // a year
}

func (m *model) makeWorkplaces() [][]workplace {
	out := make([][]workplace, len(m.wards))
	for i, w := range m.wards {
		for t, tr := range trades {
			d := newDice(m.seed, baseStream, uint64(i), uint64(t))
			sites := d.around(tr.weight*w.weight*0.32, 0.6)
			if sites < 0.8 {
				continue
			}
			out[i] = append(out[i], workplace{t, sites, d.around(6.5, 0.4), d.around(9, 0.5), 0.02 + 0.08*d.Float64()})
		}
	}
	return out
}

// statistic is a line of a monthly workbook.
type statistic struct {
	area, field             string
	sites, labour, learners null[int64]
}

// sheet is a monthly workbook as it stands at a moment.
type sheet struct {
	month time.Time // first day, midnight UTC
	lines []statistic
	total [3]int64
}

// dueOf tells when a month's workbook appears and when a corrected one replaces
// it; most months are never corrected.
func (m *model) dueOf(month time.Time) (first time.Time, corrected null[time.Time]) {
	next := dayOf(month.AddDate(0, 1, 0))
	d := newDice(m.seed, workbookStream, uint64(month.Year()*12+int(month.Month())))
	first = m.at(next, 0)
	if d.chance(0.08) {
		corrected = some(m.office(d, next+d.between(18, 60)))
	}
	return first, corrected
}

// reporter is an area that sends its numbers, with the wards it adds up.
type reporter struct {
	code, name string
	wards      []int
}

func (m *model) reporters(month time.Time) []reporter {
	var out []reporter
	index := make(map[string]int)
	for i, w := range m.wards {
		code := w.areaOn(dayOf(month))
		n, ok := index[code]
		if !ok {
			n = len(out)
			index[code] = n
			out = append(out, reporter{code: code, name: m.typed(code, w.areaNameOn(dayOf(month)))})
		}
		out[n].wards = append(out[n].wards, i)
	}
	return out
}

// typed is an area's name the way its reporter always types it: mostly the
// official name, else with a shortened prefix, without diacritics, or both.
func (m *model) typed(code, official string) string {
	d := newDice(m.seed, reporterStream, uint64(len(code)), codeNumber(code))
	short := strings.NewReplacer("Quận ", "Q. ", "Huyện ", "H. ", "Thị xã ", "TX. ", "Phường ", "P. ", "Xã ", "X. ")
	switch d.pick([]float64{82, 9, 6, 3}) {
	case 1:
		return short.Replace(official)
	case 2:
		return withoutMarks(official)
	case 3:
		return withoutMarks(short.Replace(official))
	}
	return official
}

func codeNumber(code string) uint64 {
	n := uint64(0)
	for _, r := range code {
		n = n*10 + uint64(r-'0')
	}
	return n
}

// marked lists the letters of Vietnamese by the plain letter that each loses its
// marks to.
var marked = []string{
	"aàáảãạăằắẳẵặâầấẩẫậ", "dđ", "eèéẻẽẹêềếểễệ", "iìíỉĩị", "oòóỏõọôồốổỗộơờớởỡợ", "uùúủũụưừứửữự", "yỳýỷỹỵ",
}

var unmark = func() *strings.Replacer {
	var pairs []string
	for _, group := range marked {
		for _, group := range []string{group, strings.ToUpper(group)} {
			for _, letter := range group[1:] {
				pairs = append(pairs, string(letter), group[:1])
			}
		}
	}
	return strings.NewReplacer(pairs...)
}()

// withoutMarks writes Vietnamese the way old keyboards did.
func withoutMarks(s string) string { return unmark.Replace(s) }

// sheetOf is a month's workbook, as first published or as corrected later. The
// corrected one holds reporters who were late, mends one line in twelve and
// drops a line that should not have been there.
func (m *model) sheetOf(month time.Time, corrected bool) sheet {
	s := sheet{month: month}
	for _, r := range m.reporters(month) {
		d := newDice(m.seed, workbookStream, uint64(month.Year()*12+int(month.Month())), codeNumber(r.code)+1)
		missing := 0.04
		if closureOn(dayOf(month)).open < 0.1 || month.Equal(khue.DistrictEra) {
			missing = 0.15 // a hard month, and the first of the new wards
		}
		absent, late := d.chance(missing), d.chance(0.7)
		if absent && !(corrected && late) {
			continue
		}
		s.report(m, r, corrected)
	}
	return s
}

func (s *sheet) report(m *model, r reporter, corrected bool) {
	years := float64(dayOf(s.month)-on(2024, 7, 1)) / 365.25
	for t, tr := range trades {
		var sites, labour, learners float64
		d := newDice(m.seed, correctionStream, uint64(dayOf(s.month)), codeNumber(r.code)+1, uint64(t))
		for _, w := range r.wards {
			for _, p := range m.workplaces[w] {
				if p.trade == t {
					n := math.Max(1, math.Round(p.sites*math.Pow(1+p.growth, years)))
					sites += n
					labour += n * p.labour
					learners += n * p.learners
				}
			}
		}
		if sites == 0 {
			continue
		}
		shut := closureOn(dayOf(s.month))
		learners *= monthFactor[s.month.Month()-1] * (0.05 + 0.95*shut.open)
		line := statistic{r.name, mustName(tr.code), some(int64(sites)), some(int64(d.around(labour, 0.03))), some(int64(d.around(learners, 0.15)))}
		if d.chance(0.02) { // not counted this month: unknown, not zero
			line.learners = null[int64]{}
		}
		s.write(d, line, corrected)
	}
}

// write adds a line with what goes wrong with it: exact doubles, unknown
// fields, negative numbers; the total counts only what is sound, and once.
func (s *sheet) write(d dice, line statistic, corrected bool) {
	mended, dropped, fate := d.chance(0.08), d.chance(0.004), d.Float64()
	if corrected && dropped {
		return
	}
	if corrected && mended {
		line.labour.value += int64(d.between(1, 9))
		line.learners.value += int64(d.between(1, 20)) * int64(boolInt(line.learners.valid))
	}
	switch {
	case fate < 0.001:
		line.field = "Lĩnh vực khác (chưa rõ)"
	case fate < 0.002:
		line.labour.value = -line.labour.value
	default:
		s.total[0] += line.sites.value
		s.total[1] += line.labour.value
		s.total[2] += line.learners.value
	}
	s.lines = append(s.lines, line)
	if fate > 0.996 {
		s.lines = append(s.lines, line)
	}
}

func mustName(code string) string {
	d, ok := khue.DisciplineOf(code)
	if !ok {
		panic("demo: no discipline " + code)
	}
	return d.Name.VI
}
