package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"khue"
	"khue/warehouse"
)

// TryOptions say what to try of a source.
type TryOptions struct {
	Dataset string // may be left out where the source feeds only one
	// File is a file to read in place of the source's own, for sources of kind files;
	// its base name stands for @file.
	File string
	Rows int // rows to look at; 0 looks at all
	// Wards are the areas for which the file is handed in: rows of any other are faults.
	// The store is then asked whose the records are that are here already.
	Wards []string
}

// Trial is what would become of the first rows of a source. Nothing was loaded.
type Trial struct {
	Source, Dataset string
	Columns         []string // raw columns that the mapping reads, in its order
	Fields          []string // fields that are mapped, in the order of the contract
	Parts           []Part   // files and sheets that were opened; none for other sources
	Rows            []TrialRow
	// Counts of everything looked at. Skipped rows are no data: totals, empty lines.
	Read, Accepted, Rejected, Skipped int64
	// Foreign are the rows that are not of the wards, or not known to be: with one of
	// them HandIn loads nothing.
	Foreign int64
	// Omitted is how many of the rows counted above are not among Rows, which holds
	// the first 2,000, and rejected ones up to 5,000.
	Omitted int64
	More    bool // the source has more than was asked for
}

// TrialRow is one row raw, mapped and checked.
type TrialRow struct {
	Place    string // "thang-3.xlsx › Biểu 1!row 7"
	File     string
	RecordID string
	Raw      map[string]string // by column, as read
	// Mapped is by field, as people read it: names for codes, dates and numbers the
	// way of the language. Fields without a value are left out.
	Mapped map[string]khue.Text
	Faults []TrialFault // none when the row would be loaded
}

// TrialFault is one thing wrong with a row.
type TrialFault struct {
	Field    string    // of the contract; the column, or "key", for a missing record id
	Column   string    // heading that the value was read under; "" when there is none
	Cell     string    // "C7" in files; "" elsewhere
	Place    string    // "thang-3.xlsx › Biểu 1!C7"
	Value    string    // as read
	Reason   string    // code, a key of Reasons
	Expected khue.Text // what would have passed
}

// What a Trial holds of the rows it counts.
const (
	trialRows   = 2_000
	trialFaults = 5_000
)

// errEnough ends a reading that has seen what it was asked for.
var errEnough = errors.New("enough rows were read")

// Try reads the first rows of a source from its beginning and says what would
// become of them. Nothing is loaded and no mark moves; the store is not asked, unless
// for wards.
// When a file cannot be read, the Trial that comes beside the error holds what was
// seen of it.
func (p *Puller) Try(ctx context.Context, source string, o TryOptions) (Trial, error) {
	c, ok := p.config[source]
	if !ok {
		return Trial{}, khue.Errorf(khue.NotFound, "không có nguồn %q; có %s", "there is no source %q; there are %s", source, strings.Join(p.Sources(), ", "))
	}
	d, set, err := c.datasetToTry(o.Dataset)
	if err != nil {
		return Trial{}, err
	}
	if o.File != "" {
		if c.Kind != kindFiles {
			return Trial{}, khue.Errorf(khue.Invalid, "nguồn %q không đọc tệp", "the source %q does not read files", source)
		}
		c.Folder, c.File, c.Settle = "", o.File, 0 // whoever tries a file has it whole
	}
	zone, err := c.zone(p.options.Zone)
	if err != nil {
		return Trial{}, err
	}
	reader, own := open(d.Name, c, set, zone, p.links[source], p.options.Logger)
	if files, ok := reader.(*filesSource); ok {
		files.trial = true
	}
	m, err := p.mapping(d, &set, zone, own)
	if err != nil {
		return Trial{}, err
	}
	door, err := m.door(p.options.Privacy)
	if err != nil {
		return Trial{}, err
	}
	t := &trying{mapping: m, door: door, limit: o.Rows, Trial: Trial{Source: source, Dataset: d.Name, Columns: slices.Clone(m.columns)}}
	for _, f := range m.fields {
		if f != nil {
			t.Fields = append(t.Fields, f.Name)
		}
	}
	if o.Wards != nil {
		if t.wards, err = p.wardsOf(source, d, o.Wards); err != nil {
			return Trial{}, err
		}
	}
	m.trace = t.row
	request := Request{Columns: m.columns, Until: p.options.Now(), Skip: make(map[string]bool), Seen: func(part Part) { t.Parts = append(t.Parts, part) }}
	_, err = reader.Read(ctx, request, func(page *Page) error { return t.page(ctx, page) })
	t.Skipped, t.Foreign = m.left, m.foreign
	var skipped *SkippedError
	switch {
	case errors.Is(err, errEnough):
		return t.Trial, nil
	case errors.As(err, &skipped) && len(skipped.Parts) == 1:
		err = skipped.Parts[0]
	}
	return t.Trial, err
}

// datasetToTry is the one named, else the only one.
func (c SourceConfig) datasetToTry(name string) (khue.Dataset, DatasetConfig, error) {
	if name == "" && len(c.Datasets) == 1 {
		name = names(c.Datasets)[0]
	}
	set, ok := c.Datasets[name]
	d, known := khue.DatasetOf(name)
	switch {
	case name == "":
		return d, set, khue.Errorf(khue.Invalid, "hãy nêu tập dữ liệu; nguồn có %s", "name a dataset; the source has %s", strings.Join(names(c.Datasets), ", "))
	case !ok || !known:
		return d, set, khue.Errorf(khue.NotFound, "nguồn không có tập dữ liệu %q; có %s", "the source has no dataset %q; it has %s", name, strings.Join(names(c.Datasets), ", "))
	}
	return d, set, nil
}

// trying gathers a Trial while pages come in.
type trying struct {
	Trial
	mapping *mapping
	door    *door
	limit   int
	rows    *warehouse.Rows
	wards   *wards // for which the file is handed in; nil otherwise
}

// page maps a page, or what is still wanted of it.
func (t *trying) page(ctx context.Context, p *Page) error {
	if t.rows == nil {
		t.rows = warehouse.NewRows(t.mapping.dataset, pageRows)
	}
	seen := *p // what is noted of this page is not noted of the source's next one
	t.door.page(t.mapping, &seen)
	p = &seen
	if t.wards != nil {
		if err := t.wards.look(ctx, t.mapping, p); err != nil {
			return err
		}
	}
	whole := p.Len()
	one := *p
	for i := range whole {
		if t.limit > 0 && t.Read >= int64(t.limit) {
			t.More = true
			return errEnough
		}
		// Row by row, so that no more are read than were asked for.
		one.Cells = p.Row(i)
		one.Place = func(_, column int) string { return p.Place(i, column) }
		if p.Cell != nil {
			one.Cell = func(_, column int) string { return p.Cell(i, column) }
		}
		t.Read += t.mapping.rows(&one, t.rows, func(warehouse.Rejected) { t.Rejected++ })
		t.Accepted += int64(t.rows.Len())
		t.rows.Reset()
	}
	return nil
}

// row keeps a row that has just been mapped.
func (t *trying) row(i int, cells []Value, id string) {
	m := t.mapping
	keep := trialRows
	if len(m.faults) > 0 {
		keep = trialFaults
	}
	if len(t.Rows) >= keep {
		t.Omitted++
		return
	}
	r := TrialRow{
		Place: m.page.Place(i, -1), File: m.page.File, RecordID: strings.Clone(id),
		Raw: make(map[string]string, len(m.columns)), Mapped: make(map[string]khue.Text),
	}
	raw := cells
	if m.pivot != nil {
		raw = cells[pivotCells:]
	}
	for n, name := range m.columns {
		if s := m.textOf(&raw[n]); s != "" {
			r.Raw[name] = strings.Clone(s)
		}
	}
	for _, f := range m.order {
		if v := &m.vals[f.index]; v.Kind != Null {
			r.Mapped[f.Name] = m.shown(f, v)
		}
	}
	for _, f := range m.faults {
		column := m.pageColumn(f.cell, cells)
		wrong := TrialFault{
			Field: f.name, Place: m.page.Place(i, column), Value: strings.Clone(m.textOf(&f.raw)), Reason: f.reason, Expected: f.expected,
		}
		if column >= 0 {
			wrong.Column = m.columns[column]
			if m.page.Cell != nil {
				wrong.Cell = m.page.Cell(i, column)
			}
		}
		r.Faults = append(r.Faults, wrong)
	}
	t.Rows = append(t.Rows, r)
}
