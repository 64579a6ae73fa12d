package main

import (
	"io"
	"time"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

type diffJSON struct {
	From        time.Time        `json:"from"`
	To          time.Time        `json:"to"`
	Definitions definitionsJSON  `json:"definitions"`
	Figures     []diffFigureJSON `json:"figures"`
	Rows        []diffRowJSON    `json:"rows,omitempty"`
	RowsOfAll   *int64           `json:"rows_of_all,omitempty"`
}

type definitionsJSON struct {
	Before        string `json:"before"`
	After         string `json:"after"`
	BeforeAssumed bool   `json:"before_assumed,omitempty"` // none were noted by then
}

type diffFigureJSON struct {
	Name       string         `json:"name"`
	Label      khue.Text      `json:"label"`
	Unit       khue.Text      `json:"unit"`
	Additive   bool           `json:"additive"`
	Definition []fieldJSON    `json:"definition_fields,omitempty"`
	Cells      []diffCellJSON `json:"cells"`
}

type fieldJSON struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

type diffCellJSON struct {
	Keys       map[string]string `json:"keys"`
	Before     *float64          `json:"before"`
	After      *float64          `json:"after"`
	Difference float64           `json:"difference"`
	Causes     []causeJSON       `json:"causes,omitempty"`
	Movements  []movementJSON    `json:"movements,omitempty"`
	Parts      []partJSON        `json:"parts,omitempty"`
}

type causeJSON struct {
	Cause   string  `json:"cause"`
	Effect  float64 `json:"effect"`
	Records int64   `json:"records,omitempty"`
}

type movementJSON struct {
	Code   string   `json:"code"`
	Name   string   `json:"name"`
	Enters bool     `json:"enters"`
	Causes []string `json:"causes"`
}

type partJSON struct {
	Name   string   `json:"name"`
	Before *float64 `json:"before"`
	After  *float64 `json:"after"`
}

type diffRowJSON struct {
	Dataset  string         `json:"dataset"`
	Source   string         `json:"source"`
	RecordID string         `json:"record_id"`
	Cause    string         `json:"cause"`
	Fields   []fieldJSON    `json:"fields"`
	Batches  []batchRefJSON `json:"batches"`
}

type batchRefJSON struct {
	ID         string         `json:"batch_id"`
	RecordedAt time.Time      `json:"recorded_at"`
	Cause      string         `json:"cause,omitempty"`
	Raw        []originalJSON `json:"raw,omitempty"`
}

type originalJSON struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Kept   bool   `json:"kept"` // it is still there
}

func writeDiffJSON(out io.Writer, r indicators.Restated, rows bool, lang khue.Lang) error {
	d := diffJSON{
		From: r.From, To: r.To, Figures: []diffFigureJSON{},
		Definitions: definitionsJSON{Before: r.Before.Version, After: r.After.Version, BeforeAssumed: r.Before.Assumed},
	}
	for _, f := range r.Figures {
		d.Figures = append(d.Figures, figureAsJSON(r, f, lang))
	}
	if rows {
		d.RowsOfAll, d.Rows = &r.RowsOfAll, []diffRowJSON{}
		for _, row := range r.Rows {
			d.Rows = append(d.Rows, rowAsJSON(row))
		}
	}
	return printJSON(out, d)
}

func known(v indicators.Value) *float64 {
	if !v.Known {
		return nil
	}
	return &v.Number
}

func figureAsJSON(r indicators.Restated, f indicators.RestatedFigure, lang khue.Lang) diffFigureJSON {
	out := diffFigureJSON{Name: f.Name, Label: f.Label, Unit: f.Unit, Additive: f.Additive, Cells: []diffCellJSON{}}
	if f.Definition != nil {
		out.Definition = fieldsAsJSON(f.Definition.Fields)
	}
	for _, c := range f.Cells {
		cell := diffCellJSON{Keys: map[string]string{}, Before: known(c.Before), After: known(c.After), Difference: c.Difference()}
		for i, k := range c.Keys {
			name := "period"
			if i < len(r.By) {
				name = r.By[i].Name
			}
			cell.Keys[name] = format.KeyCode(k)
		}
		for _, e := range c.Causes {
			cell.Causes = append(cell.Causes, causeJSON(e))
		}
		for _, m := range c.Movements {
			cell.Movements = append(cell.Movements, movementJSON{m.Code, m.Name.In(lang), m.Enters, m.Causes})
		}
		for _, p := range c.Parts {
			cell.Parts = append(cell.Parts, partJSON{p.Name, known(p.Before), known(p.After)})
		}
		out.Cells = append(out.Cells, cell)
	}
	return out
}

func fieldsAsJSON(fields []indicators.FieldChange) []fieldJSON {
	out := make([]fieldJSON, len(fields))
	for i, f := range fields {
		out[i] = fieldJSON(f)
	}
	return out
}

func rowAsJSON(row indicators.ChangedRow) diffRowJSON {
	out := diffRowJSON{Dataset: row.Dataset, Source: row.Source, RecordID: row.RecordID, Cause: row.Cause, Fields: fieldsAsJSON(row.Fields), Batches: []batchRefJSON{}}
	for _, b := range row.Batches {
		ref := batchRefJSON{ID: b.ID, RecordedAt: b.RecordedAt, Cause: b.Cause}
		for _, raw := range b.Raw {
			ref.Raw = append(ref.Raw, originalJSON{raw.Path, raw.Kind, raw.SHA256, raw.PrunedAt.IsZero()})
		}
		out.Batches = append(out.Batches, ref)
	}
	return out
}
