package dashboards

import (
	"context"
	"slices"

	"khue"
	"khue/indicators"
)

// turned lays out an answer with one dimension on the columns.
func (m *tableMaker) turned(t *exploreTable) error {
	catalogue := m.site.service.Catalogue()
	by := m.x.q.By
	at := slices.Index(by, m.x.e.pivot)
	across := keysAt(catalogue, m.x.answer, at)
	if len(across) > mostAcross {
		return khue.Errorf(khue.Invalid, "chiều trên cột có %[1]d giá trị; bảng rộng nhất %[2]d. Hãy chọn vài giá trị, dùng kỳ dài hơn hoặc giữ vài giá trị lớn nhất",
			"the dimension on the columns has %[1]d values; a table has at most %[2]d. Choose some values, use longer periods or keep the largest few", len(across), mostAcross).Coded("too_many_columns", pivotName)
	}
	lines, cells, partialRow, partialColumn := m.gather(at)
	for i, c := range m.x.answer.Columns[:len(by)] {
		if i != at {
			t.Keys = append(t.Keys, c.Label.In(m.lang))
		}
	}
	if len(t.Keys) == 0 {
		t.Keys = []string{text("Phạm vi", "Extent").In(m.lang)}
	}
	for _, k := range across {
		label := k.Name.In(m.lang)
		if partialColumn[k.Code] && grainAt(catalogue, by[at:at+1]) == 0 {
			label += " (" + notWhole.In(m.lang) + ")"
		}
		m.over(t, label)
	}
	if m.totals != nil && len(by) > 1 {
		m.over(t, text("Tổng", "Total").In(m.lang))
	}
	for _, line := range lines {
		id := codeOf(line)
		row := exploreRow{Keys: keyNames(m.lang, line)}
		if len(row.Keys) == 0 {
			row.Keys = []string{text("tất cả", "all").In(m.lang)}
		}
		for _, k := range across {
			row.Cells = append(row.Cells, m.at(cells, id+"\x01"+k.Code)...)
		}
		if m.totals != nil && len(by) > 1 {
			row.Cells = append(row.Cells, m.totalCells(m.sums("rows", id))...)
		}
		if partialRow[id] && grainAt(catalogue, by[at:at+1]) != 0 {
			row.Note = capital(notWhole.In(m.lang))
		}
		t.Rows = append(t.Rows, row)
	}
	if m.totals != nil && len(by) > 1 {
		var last []cell
		for _, k := range across {
			last = append(last, m.totalCells(m.sums("columns", k.Code))...)
		}
		total := m.totalRow(t, m.sums("", ""))
		total.Cells = append(last, total.Cells...)
		t.Rows = append(t.Rows, total)
	}
	return nil
}

// gather finds the lines of a turned table, where their figures are, and which lines
// and columns hold periods that are not over.
func (m *tableMaker) gather(at int) (lines [][]indicators.Key, cells map[string]int, partialRow, partialColumn map[string]bool) {
	cells, partialRow, partialColumn = map[string]int{}, map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	for i, row := range m.x.answer.Rows {
		line := slices.Delete(slices.Clone(row.Keys), at, at+1)
		id := codeOf(line)
		if !seen[id] {
			seen[id] = true
			lines = append(lines, line)
		}
		cells[id+"\x01"+row.Keys[at].Code] = i
		partialRow[id], partialColumn[row.Keys[at].Code] = partialRow[id] || row.Partial, partialColumn[row.Keys[at].Code] || row.Partial
	}
	var orders []func(a, b indicators.Key) int
	for i, name := range m.x.q.By {
		if i != at {
			orders = append(orders, keyOrder(m.site.service.Catalogue(), name))
		}
	}
	slices.SortStableFunc(lines, func(a, b []indicators.Key) int {
		for i, order := range orders {
			if c := order(a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	return lines, cells, partialRow, partialColumn
}

// over adds the columns of one value.
func (m *tableMaker) over(t *exploreTable, label string) {
	if len(m.figures) == 1 {
		t.Head = append(t.Head, label)
		return
	}
	t.Over = append(t.Over, headGroup{label, len(m.figures)})
	for _, c := range m.figures {
		t.Head = append(t.Head, m.head(c))
	}
}

func (m *tableMaker) at(cells map[string]int, id string) []cell {
	var out []cell
	row, there := cells[id]
	for f := range m.figures {
		if there {
			out = append(out, m.cell(row, f))
		} else {
			out = append(out, cell{Text: "–", Number: true}) // no row: nothing was reported
		}
	}
	return out
}

// askTotals asks the service for the totals of a table: of each line, of each column
// and of all of it, by name of the total and code of what it is of.
func (m *tableMaker) askTotals(ctx context.Context) (map[string]map[string][]indicators.Value, error) {
	by := m.x.q.By
	wanted := map[string][]string{"": nil}
	if at := slices.Index(by, m.x.e.pivot); at >= 0 && len(by) > 1 {
		wanted["rows"], wanted["columns"] = slices.Delete(slices.Clone(by), at, at+1), []string{by[at]}
	}
	var names []string
	var questions []indicators.Question
	for name, split := range wanted {
		q := m.x.q
		q.By, q.Derive = split, nil
		if q.Top != nil && !slices.Contains(split, q.Top.Dim) {
			q.Top = nil // all others are in the total anyhow
		}
		names, questions = append(names, name), append(questions, q)
	}
	answers, err := m.v.askAll(ctx, questions...)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string][]indicators.Value{}
	for i, a := range answers {
		out[names[i]] = map[string][]indicators.Value{}
		for _, row := range a.Rows {
			out[names[i]][codeOf(row.Keys)] = row.Values
		}
	}
	return out, nil
}

func (m *tableMaker) sums(total, code string) []indicators.Value { return m.totals[total][code] }

// totalCells are the figures of a total; derived columns have none.
func (m *tableMaker) totalCells(values []indicators.Value) []cell {
	var out []cell
	at := 0
	for _, c := range m.figures {
		switch {
		case c.Derived != "":
			out = append(out, cell{Text: "", Number: true})
			continue
		case at < len(values):
			out = append(out, m.plain(c, values[at]))
		default:
			out = append(out, cell{Text: "–", Number: true})
		}
		at++
	}
	return out
}

func (m *tableMaker) totalRow(t *exploreTable, values []indicators.Value) exploreRow {
	row := exploreRow{Keys: make([]string, len(t.Keys)), Cells: m.totalCells(values), Total: true}
	row.Keys[0] = text("Tổng", "Total").In(m.lang)
	return row
}
