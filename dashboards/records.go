package dashboards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// groundTable lists records with the fields that any of them has.
func (s *Site) groundTable(lang khue.Lang, g indicators.Grounds) *table {
	if len(g.Records) == 0 {
		return nil
	}
	contract, _ := khue.DatasetOf(g.Dataset)
	t := &table{Caption: text("Các bản ghi làm nên con số, như khi đó", "The records that make the number, as they were").In(lang), Head: []string{text("Bản ghi", "Record").In(lang)}}
	var fields []string
	for _, f := range contract.Fields {
		if slices.ContainsFunc(g.Records, func(r indicators.GroundRecord) bool {
			return slices.ContainsFunc(r.Fields, func(v indicators.FieldValue) bool { return v.Field == f.Name })
		}) {
			fields = append(fields, f.Name)
		}
	}
	for _, name := range fields {
		t.Head = append(t.Head, fieldName(lang, name))
	}
	for _, r := range g.Records {
		row := tableRow{Cells: []cell{named(r.Source + " › " + r.RecordID)}}
		for _, name := range fields {
			i := slices.IndexFunc(r.Fields, func(v indicators.FieldValue) bool { return v.Field == name })
			if i < 0 {
				row.Cells = append(row.Cells, named("–"))
				continue
			}
			row.Cells = append(row.Cells, named(s.fieldValue(lang, name, r.Fields[i].Value)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// fieldValue writes a field of a record as people call what it holds: codes by their
// names, days as they are written.
func (s *Site) fieldValue(lang khue.Lang, name string, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return text("có", "yes").In(lang)
		}
		return text("không", "no").In(lang)
	case []string:
		out := make([]string, len(v))
		for i, one := range v {
			out[i] = s.fieldValue(lang, name, one)
		}
		return strings.Join(out, ", ")
	case string:
		return s.codeName(lang, name, v)
	}
	return plainValue(lang, v)
}

// codeName is what a code of a field stands for; a text that is none stays as it is.
func (s *Site) codeName(lang khue.Lang, field, code string) string {
	if day, err := time.Parse(time.DateOnly, code); err == nil {
		return locale.Date(lang, day)
	}
	switch field {
	case "area":
		if a, ok := khue.AreaOf(code); ok {
			return a.Name.In(lang)
		}
	case "discipline", "disciplines":
		if d, ok := khue.DisciplineOf(code); ok {
			return d.Name.In(lang)
		}
	}
	if d, err := s.service.Catalogue().Dimension(field); err == nil {
		for _, known := range d.Values {
			if known.Code == code {
				return known.Label.In(lang)
			}
		}
	}
	return code
}

// plainValue writes a field of a record or of a definition.
func plainValue(lang khue.Lang, v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case time.Time:
		return locale.Moment(lang, v)
	case int64:
		return locale.Number(lang, float64(v), 0)
	case float64:
		return strings.TrimRight(strings.TrimRight(locale.Number(lang, v, 6), "0"), ",.")
	case []string:
		return strings.Join(v, ", ")
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = plainValue(lang, item)
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}
