package dashboards

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// exploreTable is an answer as a table: its rows as they are, or with one dimension
// turned onto the columns.
type exploreTable struct {
	Lang    khue.Lang
	Caption string
	Keys    []string    // heads of the dimensions in the rows
	Over    []headGroup // over Head, where the columns have several figures each; else nil
	Head    []string
	Rows    []exploreRow
	Notes   []string
	Paging  pager
	Place   string // which rows of how many; "" when all are shown
}

// Width is how many columns the table has.
func (t *exploreTable) Width() int { return len(t.Keys) + len(t.Head) }

type headGroup struct {
	Label string
	Span  int
}

type exploreRow struct {
	Keys  []string
	Cells []cell
	Note  string
	Total bool
}

const (
	rowsOnPage   = 200
	mostAcross   = 60 // values on the columns
	partialWords = "chưa trọn kỳ"
)

var notWhole = khue.Text{VI: partialWords, EN: "period not over"}

// keysAt are the values of one dimension of an answer, in their order.
func keysAt(catalogue *indicators.Catalogue, a indicators.Answer, at int) []indicators.Key {
	seen := map[string]bool{}
	var out []indicators.Key
	for _, row := range a.Rows {
		if k := row.Keys[at]; !seen[k.Code] {
			seen[k.Code] = true
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, keyOrder(catalogue, a.Question.By[at]))
	return out
}

// keyOrder is the order of a dimension's values in answers: time rising, the catalogue's
// codes in its order, others by name, all others and the unknown last.
func keyOrder(catalogue *indicators.Catalogue, dim string) func(a, b indicators.Key) int {
	rank := map[string]int{}
	switch dim {
	case areaName:
		for i, a := range khue.Areas() {
			rank[a.Code] = i
		}
	case disciplineName:
		for i, d := range khue.Disciplines() {
			rank[d.Code] = i
		}
	default:
		if d, err := catalogue.Dimension(dim); err == nil {
			for i, v := range d.Values {
				rank[v.Code] = i
			}
		}
	}
	collator := locale.Collator()
	return func(a, b indicators.Key) int {
		if !a.Period.IsZero() {
			return a.Period.Start().Compare(b.Period.Start())
		}
		if last := rankOfKey(a) - rankOfKey(b); last != 0 {
			return last
		}
		x, ranked := rank[a.Code]
		y, alike := rank[b.Code]
		switch {
		case ranked && alike:
			return x - y
		case ranked != alike:
			return map[bool]int{true: -1, false: 1}[ranked]
		}
		if c := collator.CompareString(a.Name.VI, b.Name.VI); c != 0 {
			return c
		}
		return strings.Compare(a.Code, b.Code)
	}
}

// tableMaker lays an answer out.
type tableMaker struct {
	site    *Site
	v       *visit
	lang    khue.Lang
	x       explored
	figures []indicators.Column
	linked  bool // numbers open where they come from
	totals  map[string]map[string][]indicators.Value
}

func (s *Site) exploreTable(c *gin.Context, v *visit, lang khue.Lang, x explored) (*exploreTable, error) {
	m := tableMaker{site: s, v: v, lang: lang, x: x, figures: x.answer.Columns[len(x.q.By):], linked: len(callerOf(c).Areas) == 0}
	t := &exploreTable{Lang: lang, Caption: capital(s.explore.InWords(x.q).In(lang))}
	var err error
	if x.e.totals && len(x.q.By) > 0 {
		ctx, cancel := context.WithTimeout(c.Request.Context(), 4*s.patience)
		defer cancel()
		if m.totals, err = m.askTotals(ctx); err != nil {
			return nil, slow(err)
		}
		t.Notes = append(t.Notes, text("Các tổng được hỏi riêng, không cộng từ bảng: số đếm không trùng và tỷ lệ không cộng được. Cột tính thêm không có tổng.",
			"Totals are asked for by themselves and not added up from the table: counts without repeats and ratios do not add up. Derived columns have none.").In(lang))
	}
	if x.e.pivot != "" {
		err = m.turned(t)
	} else {
		m.flat(t)
	}
	if err != nil {
		return nil, err
	}
	m.page(t)
	m.signs(t)
	return t, nil
}

func (m *tableMaker) head(c indicators.Column) string {
	label := c.Label.In(m.lang)
	if unit := c.Unit.In(m.lang); unit != "" && !strings.EqualFold(unit, label) {
		label += " (" + unit + ")"
	}
	return label
}

func (m *tableMaker) cell(row, figure int) cell {
	column, v := m.figures[figure], m.x.answer.Rows[row].Values[figure]
	c := m.plain(column, v)
	if m.linked {
		c = c.linked(whyOf(m.x.answer, row, figure))
	}
	return c
}

func (m *tableMaker) plain(column indicators.Column, v indicators.Value) cell {
	c := counted(m.lang, v, column.Decimals)
	if v.Known && (column.Derived == indicators.ChangePrevious || column.Derived == indicators.ChangeYear) {
		c.Text = locale.SignedNumber(m.lang, v.Number, column.Decimals)
	}
	return c
}

func (m *tableMaker) flat(t *exploreTable) {
	for _, c := range m.x.answer.Columns {
		if c.Measure {
			t.Head = append(t.Head, m.head(c))
		} else {
			t.Keys = append(t.Keys, c.Label.In(m.lang))
		}
	}
	if len(t.Keys) == 0 {
		t.Keys = []string{text("Phạm vi", "Extent").In(m.lang)}
	}
	for i, row := range m.x.answer.Rows {
		out := exploreRow{Keys: keyNames(m.lang, row.Keys)}
		if len(out.Keys) == 0 {
			out.Keys = []string{text("tất cả", "all").In(m.lang)}
		}
		for f := range row.Values {
			out.Cells = append(out.Cells, m.cell(i, f))
		}
		if row.Partial {
			out.Note = capital(notWhole.In(m.lang))
		}
		t.Rows = append(t.Rows, out)
	}
	if m.totals != nil {
		t.Rows = append(t.Rows, m.totalRow(t, m.sums("", "")))
	}
}

func keyNames(lang khue.Lang, keys []indicators.Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.Name.In(lang)
	}
	return out
}

// codeOf names a row of keys in look-ups.
func codeOf(keys []indicators.Key) string {
	codes := make([]string, len(keys))
	for i, k := range keys {
		codes[i] = k.Code
	}
	return strings.Join(codes, "\x00")
}

// page keeps the rows of one page; the pages together have every row.
func (m *tableMaker) page(t *exploreTable) {
	all, at := len(t.Rows), m.x.e.page
	if all <= rowsOnPage && at == 1 {
		return
	}
	from := min((at-1)*rowsOnPage, all)
	to := min(from+rowsOnPage, all)
	t.Rows = t.Rows[from:to]
	n := func(v int) string { return locale.Number(m.lang, float64(v), 0) }
	t.Place = textf("Dòng %[1]s–%[2]s trên %[3]s; tệp tải về có đủ.", "Rows %[1]s–%[2]s of %[3]s; downloads have them all.", n(min(from+1, all)), n(to), n(all)).In(m.lang)
	t.Paging = pagerOf(m.lang, explorePath, at, int64(all), rowsOnPage, func(page int) url.Values {
		e := m.x.e
		e.page = page
		return e.values()
	})
}

// signs explains what stands in cells without a number.
func (m *tableMaker) signs(t *exploreTable) {
	if m.x.answer.Withheld() {
		t.Notes = append(t.Notes, locale.WithheldNote(m.lang))
	}
	unknown := false
	var reasons []string
	for _, row := range m.x.answer.Rows {
		for _, v := range row.Values {
			if v.Known || v.Suppressed {
				continue
			}
			unknown = true
			if why := v.Reason.In(m.lang); why != "" && !slices.Contains(reasons, why) && len(reasons) < 6 {
				reasons = append(reasons, why)
			}
		}
	}
	if unknown {
		line := text("–: chưa có số liệu, không phải là 0", "–: not known, which is not zero").In(m.lang)
		if len(reasons) > 0 {
			line += " (" + strings.Join(reasons, "; ") + ")"
		}
		t.Notes = append(t.Notes, line+".")
	}
}

// tableCard is what stands around the table: notes, source, completeness, evidence.
func (s *Site) tableCard(v *visit, lang khue.Lang, x explored, t *exploreTable) *card {
	c := card{
		ID: "explore-table", Title: text("Bảng số liệu", "Table of figures").In(lang), Source: v.sourceLine(lang, x.answer), Notes: t.Notes,
		Complete: v.completeLine(lang, x.answer.Completeness...), Evidence: []evidence{v.evidenceOf(lang, x.answer)},
	}
	said := map[string]bool{}
	c.Complete = slices.DeleteFunc(c.Complete, func(w completeWords) bool { // two reasons why nothing is determined read alike
		again := said[w.Text]
		said[w.Text] = true
		return again
	})
	for _, note := range x.answer.Notes {
		c.Notes = append(c.Notes, sentence(note.In(lang)))
	}
	if asOf := x.q.AsOf; !asOf.IsZero() {
		c.Subtitle = text("Theo điều biết đến ", "As known at ").In(lang) + locale.Moment(lang, asOf.In(s.zone))
	}
	return &c
}
