package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"khue"
	"khue/warehouse"
)

// areaStore is a store that knows whose a record is.
type areaStore interface {
	AreasOf(ctx context.Context, source, dataset string, ids []string) (map[string]string, error)
}

// wards are the areas for which a file is handed in. A row is theirs when its own area
// is one of them, or the area of the record it belongs to; a record that is here
// already must have been theirs before.
type wards struct {
	codes   []string
	store   areaStore
	source  string
	dataset string
	parent  string // the dataset whose records give rows their area; "" when rows have one of their own
	field   string // names the parent's record
}

func (p *Puller) wardsOf(source string, d khue.Dataset, codes []string) (*wards, error) {
	store, ok := p.store.(areaStore)
	if !ok {
		return nil, fmt.Errorf("this store does not tell whose a record is")
	}
	if !warehouse.Located(d.Name) {
		return nil, khue.Errorf(khue.Invalid, "dữ liệu %[1]s không gắn với địa bàn nào, nên không nộp theo địa bàn được",
			"%[2]s have no area, so none can be handed in for one", strings.ToLower(d.Label.VI), d.Label.EN)
	}
	w := &wards{codes: slices.Clone(codes), store: store, source: source, dataset: d.Name}
	w.parent, w.field = warehouse.AreaParent(d.Name)
	return w, nil
}

// look marks a page as the wards' and finds out whose the records are that it names.
// The rows are mapped once for that, with nothing kept.
func (w *wards) look(ctx context.Context, m *mapping, p *Page) error {
	trace, left := m.trace, m.left
	var ids, parents []string
	at := -1
	for i, f := range m.dataset.Fields {
		if f.Name == w.field {
			at = i
		}
	}
	m.trace = func(_ int, _ []Value, id string) {
		if id != "" {
			ids = append(ids, strings.Clone(id))
		}
		if at >= 0 {
			if s := m.textOf(&m.vals[at]); s != "" {
				parents = append(parents, strings.Clone(s))
			}
		}
	}
	quiet := *p
	quiet.Wards = nil
	quiet.Place = func(int, int) string { return "" }
	m.rows(&quiet, warehouse.NewRows(m.dataset, p.Len()), func(warehouse.Rejected) {})
	m.trace, m.left = trace, left
	p.Wards = w.codes
	var err error
	if m.held, err = w.store.AreasOf(ctx, w.source, w.dataset, ids); err != nil {
		return err
	}
	if w.parent != "" {
		slices.Sort(parents) // many rows are of one event
		parents = slices.Compact(parents)
		m.parents, err = w.store.AreasOf(ctx, w.source, w.parent, parents)
	}
	return err
}

// wardOf is a name of the wards' own: what they hand in under it takes the place of
// what they handed in before, and of nothing else.
func (m *mapping) wardOf(name string) string {
	if m.page.Wards == nil {
		return name
	}
	var now []string // districts that ended come and go with how the office leads them on
	for _, code := range m.page.Wards {
		if a, ok := khue.AreaOf(code); ok && a.To.IsZero() {
			now = append(now, code)
		}
	}
	if now == nil {
		now = m.page.Wards
	}
	return strings.Join(now, "+") + "/" + name
}

// partOf is the part of the source that a page is from.
func (m *mapping) partOf() string { return m.wardOf(m.page.File) }

// holdAgainstWards finds fault with a row that is not the wards', or that would take the
// place of a record that is not.
func (m *mapping) holdAgainstWards(cells []Value, id string, gone bool) {
	theirs := func(code string) bool { return slices.Contains(m.page.Wards, code) }
	of, here := m.held[id]
	taken := here && id != "" && !theirs(of)
	code, at, known := m.areaOfRow()
	mine := !known || theirs(code) || gone && code == "" && (here || m.held == nil)
	if mine && !taken {
		return
	}
	m.foreign++
	if taken {
		wrong := fault{cell: m.id, name: "key", reason: "ward", expected: says(
			"một mã chưa dùng cho bản ghi ngoài địa bàn của bạn; bản ghi này đã có và thuộc địa bàn khác",
			"an id that no record outside your areas has; this record is here already and belongs to another ward",
		)}
		if m.id >= 0 {
			wrong.name, wrong.raw = m.columnOf(m.id), cells[m.id]
		}
		m.faults = append(m.faults, wrong)
	}
	if mine {
		return
	}
	wrong := fault{cell: -1, name: "area", reason: "ward", expected: m.wardExpected(code)}
	if at != nil {
		if slices.ContainsFunc(m.faults, func(f fault) bool { return f.field == at }) {
			return // it is said already what is wrong with it
		}
		wrong.field, wrong.cell, wrong.name = at, at.cell, at.Name
		if at.cell >= 0 {
			wrong.raw = cells[at.cell]
		}
	}
	m.faults = append(m.faults, wrong)
}

// areaOfRow is the area that the row will be counted in, "" for none, and the field that
// says so. known is false where nobody looked up the record that the row belongs to.
func (m *mapping) areaOfRow() (code string, from *field, known bool) {
	parent, name := warehouse.AreaParent(m.dataset.Name)
	if parent == "" {
		name = "area"
	}
	for _, f := range m.order {
		if f.Name == name {
			from = f
		}
	}
	switch {
	case from == nil:
		return "", nil, true
	case parent != "":
		return m.parents[m.textOf(&m.vals[from.index])], from, m.parents != nil
	}
	code = m.textOf(&m.vals[from.index])
	if code == "" || m.dict.areaByCode[code] {
		return code, from, true
	}
	// The row's day could not be read, so that it is refused; whose it is can be told by
	// what the name means today.
	code, _, _ = m.dict.area(code, m.rowDay())
	return code, from, true
}

// wardExpected says which areas a row may be of, and what speaks against the one it is of.
func (m *mapping) wardExpected(code string) khue.Text {
	const most = 4
	var vi, en []string
	for _, w := range m.page.Wards {
		if a, ok := khue.AreaOf(w); ok && len(vi) < most {
			vi, en = append(vi, a.Name.VI+" ("+w+")"), append(en, a.Name.EN+" ("+w+")")
		}
	}
	if len(m.page.Wards) > most {
		vi, en = append(vi, "…"), append(en, "…")
	}
	why := khue.Text{VI: "dòng này thuộc địa bàn khác", EN: "this row belongs to another ward"}
	a, _ := khue.AreaOf(code)
	switch {
	case code == "" && m.parentField() != "":
		why = khue.Text{VI: "chưa có sự kiện mang mã này, nên không rõ dòng này thuộc địa bàn nào", EN: "no event of this id is known, so that nobody can tell which ward this row belongs to"}
	case code == "":
		why = khue.Text{VI: "dòng này không có địa bàn", EN: "this row has no area"}
	case !a.To.IsZero():
		why = khue.Text{VI: a.Name.VI + " đã chia cho nhiều phường, xã, nên dòng này không thuộc riêng địa bàn nào", EN: a.Name.EN + " was split among several wards, so that this row belongs to none of them alone"}
	}
	return khue.Text{
		VI: "địa bàn của bạn: " + strings.Join(vi, ", ") + "; " + why.VI,
		EN: "one of your areas: " + strings.Join(en, ", ") + "; " + why.EN,
	}
}

func (m *mapping) parentField() string {
	_, field := warehouse.AreaParent(m.dataset.Name)
	return field
}
