package warehouse

import (
	"fmt"
	"strings"

	"khue"
)

// derived is a column that is not in the contract: the warehouse works it out
// when a batch is posted, so that questions need no join.
type derived struct {
	name string
	sql  string // over s (the staged row) and e (the event it belongs to)
}

// layout is how a dataset lies in tables: the contract's fields plus derived columns.
type layout struct {
	dataset khue.Dataset
	derived []derived
	// parent is the dataset whose record, named by parentField, gives derived
	// columns; a change of the parent restates the children.
	parent, parentField string
}

var layouts = map[string]layout{
	"members": {derived: []derived{{"discipline", "s.disciplines[1]"}}},
	"events":  {derived: []derived{{"discipline", "s.disciplines[1]"}}},
	"attendance": {
		parent: "events", parentField: "event",
		derived: []derived{
			{"discipline", "e.discipline"},
			{"area", "e.area"},
			{"format", "e.format"},
			{"series", "e.series"},
			{"organiser", "e.organiser"},
		},
	},
}

func layoutOf(dataset string) (layout, error) {
	d, ok := khue.DatasetOf(dataset)
	if !ok {
		return layout{}, khue.Errorf(khue.NotFound,
			"không có bộ dữ liệu %q", "there is no dataset %q", dataset)
	}
	l := layouts[dataset]
	l.dataset = d
	return l, nil
}

// Feeds names the datasets whose batches change the facts of a dataset: itself,
// and the one that its records take columns from.
func Feeds(dataset string) []string {
	if parent := layouts[dataset].parent; parent != "" {
		return []string{dataset, parent}
	}
	return []string{dataset}
}

func (l layout) journal() string { return l.dataset.Name + "_journal" }
func (l layout) current() string { return l.dataset.Name + "_current" }

// fields names the contract's columns.
func (l layout) fields() []string {
	names := make([]string, len(l.dataset.Fields))
	for i, f := range l.dataset.Fields {
		names[i] = f.Name
	}
	return names
}

// columns names all value columns: the contract's, then the derived.
func (l layout) columns() []string {
	names := l.fields()
	for _, d := range l.derived {
		names = append(names, d.name)
	}
	return names
}

// hash is the expression over a row's values that tells two versions apart.
// cityHash64 of a NULL would make the whole hash NULL, so an absent value is
// written as a default beside the fact that it is absent.
func (l layout) hash() string {
	parts := []string{"scope", "happened_on"}
	for _, f := range l.dataset.Fields {
		if nullable(f) {
			parts = append(parts, fmt.Sprintf("isNull(%[1]s), ifNull(%[1]s, defaultValueOfTypeName('%[2]s'))", f.Name, plainType(f)))
			continue
		}
		parts = append(parts, f.Name)
	}
	for _, d := range l.derived {
		parts = append(parts, d.name)
	}
	return "cityHash64(" + strings.Join(parts, ", ") + ")"
}

// nullable tells whether a field's column can be empty in a way that differs
// from its type's default: an absent number or date is not zero.
func nullable(f khue.Field) bool {
	if f.Required {
		return false
	}
	switch f.Type {
	case khue.IntegerField, khue.DecimalField, khue.BooleanField, khue.DateField, khue.InstantField:
		return true
	}
	return false
}

func plainType(f khue.Field) string {
	switch f.Type {
	case khue.IntegerField:
		return "Int64"
	case khue.DecimalField:
		return "Decimal(38, 6)"
	case khue.BooleanField:
		return "Bool"
	case khue.DateField:
		return "Date"
	case khue.InstantField:
		return "DateTime64(3, \\'UTC\\')"
	case khue.DisciplinesList:
		return "Array(LowCardinality(String))"
	case khue.TextList:
		return "Array(String)"
	case khue.TextField:
		return "String"
	}
	return "LowCardinality(String)"
}

// stagingType is the column type in a batch's staging table.
func stagingType(f khue.Field) string {
	t := strings.ReplaceAll(plainType(f), `\'`, "'")
	if nullable(f) {
		return "Nullable(" + t + ")"
	}
	return t
}
