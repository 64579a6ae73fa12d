package ingest

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"khue"
)

// compiler turns the configuration of a dataset into a mapping and tells every
// fault with the key it stands at.
type compiler struct {
	c     *DatasetConfig
	m     *mapping
	fault func(key, format string, args ...any)
}

// compile makes the mapping of a dataset. extra are columns that the source itself
// needs. After a fault the mapping is not fit for use.
func compile(d khue.Dataset, c *DatasetConfig, zone *time.Location, dict *dictionaries, today time.Time,
	fault func(key, format string, args ...any), extra ...string,
) *mapping {
	k := &compiler{c: c, fault: fault, m: &mapping{
		dataset: d, zone: zone, dict: dict, today: today, page: &Page{},
		id: -1, deleted: -1, fields: make([]*field, len(d.Fields)), vals: make([]Value, len(d.Fields)),
	}}
	k.pivot()
	k.fieldsOf()
	k.identity()
	k.rest()
	k.hashes()
	for _, name := range extra {
		if name != "" {
			k.cell(name)
		}
	}
	if k.m.pivot != nil {
		k.m.pivot.row = make([]Value, pivotCells+len(k.m.columns))
	}
	return k.m
}

// cell is where a column stands in the row; it asks the source for it.
func (k *compiler) cell(column string) int {
	offset := 0
	if u := k.c.Unpivot; u != nil {
		switch column {
		case u.Name:
			return 0
		case u.Value:
			return 1
		}
		offset = pivotCells
	}
	i := slices.Index(k.m.columns, column)
	if i < 0 {
		i = len(k.m.columns)
		k.m.columns = append(k.m.columns, column)
	}
	return offset + i
}

func (k *compiler) pivot() {
	u := k.c.Unpivot
	if u == nil {
		return
	}
	if u.Name == "" || u.Value == "" || u.Name == u.Value || len(u.Columns) == 0 {
		k.fault("unpivot", "unpivot needs columns, and two names that fields can use: name for the column's heading, value for its cell")
		return
	}
	p := &pivot{}
	for _, column := range u.Columns {
		p.cells = append(p.cells, k.cell(column)-pivotCells)
		p.names = append(p.names, column)
	}
	k.m.pivot = p
}

func (k *compiler) fieldsOf() {
	for _, name := range names(k.c.Fields) {
		if _, ok := k.m.dataset.Field(name); !ok {
			var known []string
			for _, f := range k.m.dataset.Fields {
				known = append(known, f.Name)
			}
			k.fault("fields/"+name, "dataset %s has no field %q; it has %s", k.m.dataset.Name, name, strings.Join(known, ", "))
		}
	}
	for i, contract := range k.m.dataset.Fields {
		c, ok := k.c.Fields[contract.Name]
		if !ok {
			if contract.Required {
				k.fault("fields", "dataset %s needs the field %q", k.m.dataset.Name, contract.Name)
			}
			continue
		}
		k.m.fields[i] = k.field(i, contract, c)
	}
	dated := append([]string{k.m.dataset.Dated}, k.m.dataset.DatedElse...)
	for _, first := range []bool{true, false} {
		for _, f := range k.m.fields {
			if f != nil && slices.Contains(dated, f.Name) == first {
				k.m.order = append(k.m.order, f)
			}
		}
	}
}

func (k *compiler) field(i int, contract khue.Field, c FieldConfig) *field {
	at := "fields/" + contract.Name
	f := &field{Field: contract, index: i, cell: -1, column: c.From, split: c.Split, number: c.Number, grain: c.Grain}
	if c.Min != nil {
		if contract.Type != khue.IntegerField && contract.Type != khue.DecimalField || contract.Min != nil && *c.Min < *contract.Min {
			k.fault(at, "min is for numbers, and can only be stricter than the contract")
		}
		f.Min = c.Min
	}
	if c.Match != "" {
		re, err := regexp.Compile(c.Match)
		switch {
		case err != nil:
			k.fault(at, "match is not a regular expression: %v", err)
		case re.NumSubexp() < 1:
			k.fault(at, "match needs a group in parentheses: what it holds is the value")
		default:
			f.match = re
		}
	}
	if c.Number != "" && c.Number != "vi" && c.Number != "en" {
		k.fault(at, "number is vi (1.234,5) or en (1,234.5), not %q", c.Number)
	}
	if c.Format != "" {
		layout, err := layoutOf(c.Format, false)
		switch f.epoch = epochs[c.Format]; {
		case f.epoch != 0:
		case err != nil:
			k.fault(at, "%v", err)
		default:
			f.layout = layout
		}
	}
	if c.Grain != "" {
		if _, err := khue.ParseGrain(string(c.Grain)); err != nil || contract.Type != khue.PeriodField {
			k.fault(at, "grain is for fields of type period: year, half, quarter, month, week or day")
		}
	}
	k.values(at, f, c)
	f.compileSteps()
	ways := 0
	for _, used := range []bool{c.From != "", c.Constant != nil, c.Expr != ""} {
		if used {
			ways++
		}
	}
	switch {
	case ways != 1:
		k.fault(at, "a field needs one of: a column (from), a constant, an expression (expr)")
	case c.Constant != nil:
		k.constant(at, f, *c.Constant)
	case c.Expr != "":
		f.expression = k.expression(at, c.Expr, fitsField(contract), "a value for the field "+contract.Name+", of type "+string(contract.Type))
	default:
		f.cell = k.cell(c.From)
	}
	return f
}

// values gathers what the source's values mean, and checks that the contract knows it.
func (k *compiler) values(at string, f *field, c FieldConfig) {
	all := make(map[string]string, len(c.Values))
	if c.ValuesFile != "" {
		read, err := readValues(c.ValuesFile)
		if err != nil {
			k.fault(at+"/values_file", "%v", err)
		}
		maps.Copy(all, read)
	}
	maps.Copy(all, c.Values) // what stands in the configuration itself goes over the file
	for _, from := range names(all) {
		to := all[from]
		known := true
		switch {
		case to == "":
		case isDiscipline(f):
			_, known = k.m.dict.discipline(to)
		case f.Type == khue.CodeField && len(f.Codes) > 0:
			known = slices.Contains(f.Codes, to)
		}
		if !known {
			k.fault(at, "%q is to mean %q, which the field %s does not allow", from, to, f.Name)
		}
	}
	f.values = newValueList(all)
}

// constant checks a constant once, so that rows need not.
func (k *compiler) constant(at string, f *field, s string) {
	v, raw := text(s), text(s)
	if f.Type == khue.AreaField && !k.m.dict.areaByCode[s] {
		k.fault(at, "a constant area is written by its official code, not %q", s)
		return
	}
	k.m.faults = k.m.faults[:0]
	f.check(k.m, &v, &raw)
	for _, wrong := range k.m.faults {
		k.fault(at, "the constant %q is not %s", s, wrong.expected.EN)
	}
	f.constant = v
}

func (k *compiler) identity() {
	switch {
	case k.c.ID != "" && len(k.c.Key) > 0:
		k.fault("key", "a record has either an id column or a key, not both")
	case k.c.ID != "":
		k.m.id = k.cell(k.c.ID)
	case len(k.c.Key) > 0:
		k.m.key = k.parts("key", k.c.Key)
	default:
		k.fault("", "records need an id: name the column that holds it (id), or the fields that tell records apart (key)")
	}
	if k.c.Deleted != "" {
		k.m.deleted = k.cell(k.c.Deleted)
	}
	switch {
	case len(k.c.Scope) == 1 && k.c.Scope[0] == "file":
		k.m.byFile = true
	case len(k.c.Scope) > 0:
		k.m.scope = k.parts("scope", k.c.Scope)
	case k.c.Replace:
		k.fault("replace", "replace needs a scope: what a new reading replaces")
	}
}

// parts finds fields of the contract by name; anything else is a raw column.
func (k *compiler) parts(key string, names []string) []part {
	var out []part
	for _, name := range names {
		if _, ok := k.m.dataset.Field(name); !ok {
			out = append(out, part{cell: k.cell(name)})
			continue
		}
		i := slices.IndexFunc(k.m.order, func(f *field) bool { return f.Name == name })
		if i < 0 {
			k.fault(key, "the field %q is not mapped", name)
			continue
		}
		out = append(out, part{field: k.m.order[i]})
	}
	return out
}

// hashes finds the columns that are replaced by a keyed hash before anybody sees them.
func (k *compiler) hashes() {
	hash := func(at, column, how string) {
		if how != hashKeyed {
			k.fault(at, "hash is keyed, not %q", how)
			return
		}
		i := k.cell(column)
		if k.m.pivot != nil {
			i -= pivotCells
		}
		if i < 0 {
			k.fault(at, "a column that unpivot makes up cannot be hashed")
			return
		}
		if !slices.Contains(k.m.hashed, i) {
			k.m.hashed = append(k.m.hashed, i)
		}
	}
	for _, name := range names(k.c.Fields) {
		f := k.c.Fields[name]
		contract, known := k.m.dataset.Field(name)
		switch {
		case f.Hash == "" || !known:
		case contract.Type != khue.TextField:
			k.fault("fields/"+name, "only a field of text can be hashed; this one is of type %s", contract.Type)
		case f.From == "" || f.Match != "" || f.Values != nil || f.ValuesFile != "" || f.Split != "":
			k.fault("fields/"+name, "a hashed field is a column as it is: no constant, expr, match, values or split")
		default:
			hash("fields/"+name, f.From, f.Hash)
		}
	}
	for _, column := range names(k.c.Hash) {
		hash("hash", column, k.c.Hash[column])
	}
}

func (k *compiler) rest() {
	if k.c.Where != "" {
		k.m.where = k.expression("where", k.c.Where, func(t reflect.Type) bool { return t.Kind() == reflect.Bool }, "true or false")
	}
	for _, column := range names(k.c.SkipWhen) {
		s := skip{cell: k.cell(column), words: newPhrases(k.c.SkipWhen[column])}
		if s.words == nil {
			k.fault("skip_when", "skip_when needs the texts by which rows of %s are known", column)
			continue
		}
		if k.m.pivot != nil {
			s.cell -= pivotCells
		}
		k.m.skips = append(k.m.skips, s)
	}
}
