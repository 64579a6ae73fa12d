package main

import (
	"encoding/json"
	"io"

	"khue"
	"khue/indicators"
)

// writeJSON writes the answer with its evidence.
func writeJSON(out io.Writer, a indicators.Answer, lang khue.Lang) error {
	type row struct {
		Keys   map[string]string   `json:"keys"`
		Values map[string]*float64 `json:"values"`
		// Suppressed names the measures whose number is withheld; their value is null.
		Suppressed []string          `json:"suppressed,omitempty"`
		Partial    bool              `json:"partial"`
		Reasons    map[string]string `json:"reasons,omitempty"` // why a figure is not known

		Completeness map[string]completenessJSON `json:"completeness"`
	}
	body := struct {
		Rows         []row                       `json:"rows"`
		Completeness map[string]completenessJSON `json:"completeness"`
		Notes        []khue.Text                 `json:"notes,omitempty"`
		Evidence     indicators.Evidence         `json:"evidence"`
	}{Rows: []row{}, Notes: a.Notes, Completeness: map[string]completenessJSON{}, Evidence: a.Evidence}
	nameOf := func(measure int) string { return a.Columns[len(a.Columns)-len(a.Completeness)+measure].Name }
	for i, c := range a.Completeness {
		body.Completeness[nameOf(i)] = completenessOf(c)
	}
	for _, r := range a.Rows {
		line := row{Keys: map[string]string{}, Values: map[string]*float64{}, Partial: r.Partial, Completeness: map[string]completenessJSON{}}
		for i, c := range r.Completeness {
			line.Completeness[nameOf(i)] = completenessOf(c)
		}
		for i, k := range r.Keys {
			line.Keys[a.Columns[i].Name] = keyCode(k)
		}
		for i, v := range r.Values {
			line.Values[a.Columns[len(r.Keys)+i].Name] = nil
			if reason := v.Reason.In(lang); reason != "" {
				if line.Reasons == nil {
					line.Reasons = map[string]string{}
				}
				line.Reasons[a.Columns[len(r.Keys)+i].Name] = reason
			}
			if v.Suppressed {
				line.Suppressed = append(line.Suppressed, a.Columns[len(r.Keys)+i].Name)
			}
			if v.Known {
				line.Values[a.Columns[len(r.Keys)+i].Name] = &v.Number
			}
		}
		body.Rows = append(body.Rows, line)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(body)
}
