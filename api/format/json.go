package format

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"time"

	"khue"
	"khue/indicators"
)

// Answer is an answer as programs read it.
type Answer struct {
	Columns []Column `json:"columns" description:"Dimensions first, in the order of by; then measures and what was derived from them."`
	Rows    []Row    `json:"rows"`
	// RowsOf and Next are there when the answer is given in pages.
	RowsOf       int                     `json:"rows_of" description:"Rows of the whole answer."`
	Next         string                  `json:"next,omitempty" description:"Cursor of the rows after these; absent on the last page."`
	Completeness map[string]Completeness `json:"completeness" description:"Of the whole question, by measure."`
	Notes        []khue.Text             `json:"notes,omitempty" description:"What a reader must know to read the numbers rightly."`
	Simulated    bool                    `json:"simulated,omitempty" description:"The figures are those of a simulated city."`
	Evidence     Evidence                `json:"evidence"`
}

// Column describes a column of an answer.
type Column struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" enum:"dimension,measure,derived"`
	Label    string `json:"label"`
	Unit     string `json:"unit,omitempty"`
	Decimals int    `json:"decimals,omitempty"`
	Of       string `json:"of,omitempty" description:"The measure that a derived figure stands after."`
}

// Row is a row of an answer.
type Row struct {
	Keys   map[string]string   `json:"keys" description:"Codes, by dimension; an unknown value is the empty code, all others beside the largest are ~other."`
	Names  map[string]string   `json:"names" description:"The same in words."`
	Values map[string]*float64 `json:"values" description:"By measure; null where a figure is withheld or not known."`
	// Suppressed names the measures whose number is withheld.
	Suppressed   []string                `json:"suppressed,omitempty" description:"Measures whose number is withheld to protect who reported it."`
	Partial      bool                    `json:"partial" description:"The period is not over, or the facts do not reach its end: not to be compared with whole periods."`
	Reasons      map[string]string       `json:"reasons,omitempty" description:"Why a figure is not known, by measure."`
	Completeness map[string]Completeness `json:"completeness"`
}

// Completeness is how many of the reports that were due are there.
type Completeness struct {
	Expectation string   `json:"expectation,omitempty" description:"The definition of who should report."`
	Known       bool     `json:"known"`
	Reported    int      `json:"reported"`
	Expected    int      `json:"expected"`
	Unexpected  int      `json:"unexpected" description:"Reports of nobody who was expected."`
	Share       *float64 `json:"share,omitempty" description:"From 0 to 1; absent when it is not known who should report."`
}

// CompletenessOf writes a completeness for programs.
func CompletenessOf(c indicators.Completeness) Completeness {
	out := Completeness{Expectation: c.Expectation, Known: c.Known, Reported: c.Reported, Expected: c.Expected, Unexpected: c.Unexpected}
	if share := c.Share(); c.Known {
		out.Share = &share
	}
	return out
}

// Evidence says where an answer comes from.
type Evidence struct {
	ID          string         `json:"id,omitempty" description:"Opens the answer again; absent when a batch was coming in."`
	Link        string         `json:"link,omitempty"`
	KnownAt     time.Time      `json:"known_at" description:"The moment whose knowledge the answer holds."`
	DataUntil   string         `json:"data_until,omitempty" description:"The day that the facts reach."`
	Reach       []Reach        `json:"reach"`
	LastBatch   string         `json:"last_batch,omitempty"`
	Definitions string         `json:"definitions" description:"Version of the definitions in force."`
	From        string         `json:"from"`
	SQL         string         `json:"sql"`
	Parameters  map[string]any `json:"parameters"`
}

// Reach is the day that the facts of a dataset reach.
type Reach struct {
	Dataset string `json:"dataset"`
	Until   string `json:"until,omitempty"`
}

func evidenceOf(s Sheet) Evidence {
	e := s.Answer.Evidence
	out := Evidence{
		ID: e.ID, Link: s.EvidencePath(), KnownAt: s.KnownAt(), DataUntil: day(e.DataUntil), Reach: []Reach{}, LastBatch: e.LastBatch,
		Definitions: e.DefinitionVersion, From: e.From, SQL: e.SQL, Parameters: e.Parameters,
	}
	for _, r := range e.Reach {
		out.Reach = append(out.Reach, Reach{r.Dataset, day(r.Until)})
	}
	return out
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// headOf is the answer as JSON has it, without its rows.
func headOf(s Sheet) Answer {
	a := s.Answer
	out := Answer{Columns: []Column{}, RowsOf: max(s.Total, len(a.Rows)), Next: s.Next, Completeness: map[string]Completeness{}, Notes: a.Notes, Simulated: s.Simulated, Evidence: evidenceOf(s)}
	for _, c := range a.Columns {
		kind := "dimension"
		if c.Measure {
			kind = "measure"
		}
		if c.Derived != "" {
			kind = "derived"
		}
		out.Columns = append(out.Columns, Column{Name: c.Name, Kind: kind, Label: c.Label.In(s.Lang), Unit: c.Unit.In(s.Lang), Decimals: c.Decimals, Of: c.Of})
	}
	for _, i := range Reported(a) {
		out.Completeness[nameOfMeasure(a, i)] = CompletenessOf(a.Completeness[i])
	}
	return out
}

// nameOfMeasure is the name of the column that a measure's figures stand in.
func nameOfMeasure(a indicators.Answer, measure int) string {
	return a.Columns[len(a.Columns)-len(a.Completeness)+measure].Name
}

// noRows is where the rows go. A quote inside a text is escaped, and no member before
// the rows is called so: the first place that reads like this is theirs.
var noRows = []byte(`"rows":null`)

// rooms are where rows are written before anything is sent: a fault leaves no broken
// JSON behind. They are kept for the next answer, but those of very long ones.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

const largestKept = 4 << 20

func writeJSON(w io.Writer, s Sheet) error {
	head, err := json.Marshal(headOf(s))
	if err != nil {
		return err
	}
	room, _ := rooms.Get().(*[]byte)
	rows, err := newRowWriter(s).rows((*room)[:0])
	if err != nil {
		return err
	}
	defer func() {
		if *room = rows; cap(rows) <= largestKept {
			rooms.Put(room)
		}
	}()
	before, after, _ := bytes.Cut(head, noRows)
	parts := [][]byte{before, noRows[:len(noRows)-len("null")], rows, after, []byte("\n")}
	if s.Indented {
		var lines bytes.Buffer
		if err := json.Indent(&lines, slices.Concat(parts...), "", "  "); err != nil {
			return err
		}
		parts = [][]byte{lines.Bytes()}
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
