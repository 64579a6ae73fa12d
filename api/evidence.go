package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
)

// The lists of an evidence are given a page at a time.
const (
	pageRows    = 100
	pageBatches = 100
	pageChanges = 200
)

func (a *API) evidenceRoutes() []route {
	if a.Service == nil {
		return nil
	}
	return []route{{
		method: http.MethodGet, path: Prefix + "/evidence/:id", handler: a.evidence, tag: "evidence", name: "evidence", gives: Evidence{},
		about: khue.Text{VI: "Mở lại một con số hay một câu trả lời", EN: "Open a number or an answer again"},
		more: khue.Text{
			VI: "Số liệu được tính lại theo định nghĩa và hiểu biết lúc đó, kèm bản ghi và lô dữ liệu mà nó dựa vào.",
			EN: "Figures are worked out again by the definitions and the knowledge of then, with the records and batches that they stand on.",
		},
		takes: []parameter{
			{name: "id", inPath: true, about: khue.Text{VI: "Mã in bên cạnh con số.", EN: "The id printed beside the number."}, example: "K7F3Q9X2BC00"},
			{name: "rows_from", number: true, about: khue.Text{VI: "Bản ghi đầu tiên được liệt kê, tính từ 0.", EN: "First record listed, from 0 on."}},
			{name: "batches_from", number: true, about: khue.Text{VI: "Lô đầu tiên được liệt kê, tính từ 0.", EN: "First batch listed, from 0 on."}},
		},
	}}
}

func (a *API) evidence(c *gin.Context) {
	look := indicators.Look{Scope: a.Scope(c), Rows: pageRows, Batches: pageBatches, Changes: pageChanges}
	for name, to := range map[string]*int{"rows_from": &look.RowsFrom, "batches_from": &look.BatchesFrom} {
		text := c.Query(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			_ = c.Error(khue.Errorf(khue.Invalid, "%s phải là số không âm", "%s must be a number of zero or more", name).Coded("bad_"+name, name))
			return
		}
		*to = n
	}
	e, err := a.Service.Explain(c.Request.Context(), c.Param("id"), look)
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.give(c, EvidenceOf(e))
}

// Evidence is an opened id as programs read it.
type Evidence struct {
	ID           string         `json:"id"`
	Answer       string         `json:"answer"`
	Words        khue.Text      `json:"words"`
	AsOf         time.Time      `json:"as_of"`
	FirstAskedAt time.Time      `json:"first_asked_at"`
	Definitions  Definitions    `json:"definitions"`
	From         string         `json:"from"`
	SQL          string         `json:"sql"`
	Parameters   map[string]any `json:"parameters"`
	RowsRead     uint64         `json:"rows_read"`
	DataUntil    string         `json:"data_until,omitempty"`
	Numbers      []Number       `json:"numbers,omitempty"` // of an answer
	Number       *Cell          `json:"number,omitempty"`  // when the id names one
}

// Definitions are what was in force, and the entries that count here.
type Definitions struct {
	Version string     `json:"version"`
	Since   *time.Time `json:"since,omitempty"`
	Assumed bool       `json:"assumed,omitempty"` // the content of that version was never kept
	Entries []Entry    `json:"entries"`
}

// Entry is a measure or an indicator as it was defined.
type Entry struct {
	Name        string    `json:"name"`
	Label       khue.Text `json:"label"`
	Unit        khue.Text `json:"unit"`
	Description khue.Text `json:"description"`
	Formula     khue.Text `json:"formula"`
	Method      khue.Text `json:"method"`
	Source      khue.Text `json:"source"`
	ChangedTo   []Field   `json:"changed,omitempty"` // what of it is otherwise today
}

// Field is a field that differs.
type Field struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// Number is one number of an answer with the id that opens it.
type Number struct {
	ID    string   `json:"id"`
	Value *float64 `json:"value"`
}

// Cell is the number that an id names.
type Cell struct {
	Keys      map[string]string `json:"keys"`
	Measure   string            `json:"measure"`
	Value     *float64          `json:"value"`
	Today     *float64          `json:"today"`
	Differs   bool              `json:"differs"`
	Partial   bool              `json:"partial"`
	Causes    []Cause           `json:"causes,omitempty"`
	Changed   []Changed         `json:"changed_records,omitempty"`
	ChangedOf int64             `json:"changed_records_of,omitempty"`
	Grounds   []Ground          `json:"grounds"`
	Freshness []Fresh           `json:"freshness"`
}

// Cause is what changes of one cause added since.
type Cause struct {
	Cause   string  `json:"cause"`
	Effect  float64 `json:"effect"`
	Records int64   `json:"records,omitempty"`
}

// Changed is a record that changed since.
type Changed struct {
	Dataset  string  `json:"dataset"`
	Source   string  `json:"source"`
	RecordID string  `json:"record_id"`
	Cause    string  `json:"cause"`
	Fields   []Field `json:"fields"`
	Batches  []Batch `json:"batches"`
}

// Ground is what a number stands on in one dataset.
type Ground struct {
	Dataset   string   `json:"dataset"`
	RecordsOf int64    `json:"records_of"`
	Records   []Record `json:"records"`
	BatchesOf int64    `json:"batches_of"`
	Batches   []Batch  `json:"batches"`
}

// Record is a record behind a number, as it was.
type Record struct {
	Source     string         `json:"source"`
	RecordID   string         `json:"record_id"`
	Batch      string         `json:"batch_id"`
	RecordedAt time.Time      `json:"recorded_at"`
	Fields     map[string]any `json:"fields"`
}

// Batch is a batch with what is kept of what it was read from.
type Batch struct {
	ID         string    `json:"batch_id"`
	Source     string    `json:"source,omitempty"`
	Dataset    string    `json:"dataset"`
	Cause      string    `json:"cause,omitempty"`
	RecordedAt time.Time `json:"recorded_at"`
	Records    int64     `json:"records,omitempty"` // of those behind the number
	Read       int64     `json:"read,omitempty"`
	Added      int64     `json:"added,omitempty"`
	Corrected  int64     `json:"corrected,omitempty"`
	Retracted  int64     `json:"retracted,omitempty"`
	Raw        []Raw     `json:"raw,omitempty"`
}

// Raw is an original, and whether it is still kept.
type Raw struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Kept   bool   `json:"kept"`
}

// Fresh tells how far and how clean a dataset is today.
type Fresh struct {
	Dataset     string     `json:"dataset"`
	DataUntil   string     `json:"data_until,omitempty"`
	LastPulled  *time.Time `json:"last_pulled,omitempty"`
	Quarantined int64      `json:"quarantined"`
}

// EvidenceOf writes an opened id for programs.
func EvidenceOf(e indicators.Explained) Evidence {
	v := e.Then.Evidence
	out := Evidence{
		ID: e.ID, Answer: e.AnswerID, Words: e.Words, AsOf: e.AsOf, FirstAskedAt: e.FirstAskedAt,
		Definitions: Definitions{Version: e.Definitions.Version, Since: moment(e.Definitions.Since), Assumed: e.Definitions.Assumed, Entries: []Entry{}},
		From:        v.From, SQL: v.SQL, Parameters: v.Parameters, RowsRead: v.RowsRead, DataUntil: day(v.DataUntil),
	}
	for _, d := range e.Defined {
		entry := Entry{Name: d.Name, Label: d.Label, Unit: d.Unit, Description: d.Description, Formula: d.Formula, Method: d.Method, Source: d.Source}
		if d.Changed != nil {
			entry.ChangedTo = fields(d.Changed.Fields)
		}
		out.Definitions.Entries = append(out.Definitions.Entries, entry)
	}
	if e.Cell == nil {
		for i, row := range e.Then.Rows {
			for j, v := range row.Values {
				out.Numbers = append(out.Numbers, Number{e.Then.CellID(i, j), number(v)})
			}
		}
		return out
	}
	out.Number = cellOf(e)
	return out
}

func cellOf(e indicators.Explained) *Cell {
	c := e.Cell
	out := &Cell{
		Keys: map[string]string{}, Measure: c.Measure.Name, Value: number(c.Value), Today: number(c.Now), Differs: c.Differs, Partial: c.Partial,
		ChangedOf: c.ChangedOf, Grounds: []Ground{}, Freshness: []Fresh{},
	}
	for i, k := range c.Keys {
		out.Keys[e.Then.Columns[i].Name] = k.Code
	}
	if c.Restated != nil {
		for _, cell := range c.Restated.Cells {
			for _, cause := range cell.Causes {
				out.Causes = append(out.Causes, Cause(cause))
			}
		}
	}
	for _, r := range c.Changed {
		changed := Changed{Dataset: r.Dataset, Source: r.Source, RecordID: r.RecordID, Cause: r.Cause, Fields: fields(r.Fields)}
		for _, b := range r.Batches {
			changed.Batches = append(changed.Batches, batch(b))
		}
		out.Changed = append(out.Changed, changed)
	}
	for _, g := range c.Grounds {
		out.Grounds = append(out.Grounds, groundOf(g))
	}
	for _, f := range c.Fresh {
		out.Freshness = append(out.Freshness, Fresh{f.Dataset, day(f.DataUntil), moment(f.LastPulled), f.Quarantined})
	}
	return out
}

func groundOf(g indicators.Grounds) Ground {
	out := Ground{Dataset: g.Dataset, RecordsOf: g.RecordsOf, BatchesOf: g.BatchesOf, Records: []Record{}, Batches: []Batch{}}
	for _, r := range g.Records {
		one := Record{Source: r.Source, RecordID: r.RecordID, Batch: r.Batch, RecordedAt: r.RecordedAt, Fields: map[string]any{}}
		for _, f := range r.Fields {
			one.Fields[f.Field] = f.Value
		}
		out.Records = append(out.Records, one)
	}
	for _, b := range g.Batches {
		one := batch(b.BatchRef)
		one.Source, one.Records, one.Read, one.Added, one.Corrected, one.Retracted = b.Source, b.Records, b.Read, b.Added, b.Corrected, b.Retracted
		out.Batches = append(out.Batches, one)
	}
	return out
}

func batch(b indicators.BatchRef) Batch {
	out := Batch{ID: b.ID, Dataset: b.Dataset, Cause: b.Cause, RecordedAt: b.RecordedAt}
	for _, raw := range b.Raw {
		out.Raw = append(out.Raw, Raw{raw.Path, raw.Kind, raw.SHA256, raw.PrunedAt.IsZero()})
	}
	return out
}

func fields(changes []indicators.FieldChange) []Field {
	out := make([]Field, len(changes))
	for i, f := range changes {
		out[i] = Field(f)
	}
	return out
}

func number(v indicators.Value) *float64 {
	if !v.Known {
		return nil
	}
	return &v.Number
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
