package indicators

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// load is a batch of a test: rows that a source said at a moment. A row is a map
// of fields beside "id"; "deleted: true" retracts it.
type load struct {
	At      time.Time        `yaml:"at"`
	Source  string           `yaml:"source"`
	Dataset string           `yaml:"dataset"`
	Rows    []map[string]any `yaml:"rows"`
}

// memory answers from the loads themselves, row by row, in the plainest way. It
// is a second implementation to hold the warehouse against.
type memory struct {
	loads []load
	now   func() time.Time
}

// known gives the records of a dataset as they were known at a moment.
func (m *memory) known(dataset string, asOf time.Time) []warehouse.Record {
	records := make(map[string]warehouse.Record)
	for _, l := range m.loads {
		if l.Dataset != dataset || (!asOf.IsZero() && l.At.After(asOf)) {
			continue
		}
		for _, row := range l.Rows {
			id := l.Source + "\x00" + row["id"].(string)
			if row["deleted"] == true {
				delete(records, id)
				continue
			}
			records[id] = record(l, row)
		}
	}
	out := make([]warehouse.Record, 0, len(records))
	for _, id := range slices.Sorted(maps.Keys(records)) {
		out = append(out, records[id])
	}
	return out
}

// record types a row by its dataset's contract, as the warehouse gives it back.
func record(l load, row map[string]any) warehouse.Record {
	contract, _ := khue.DatasetOf(l.Dataset)
	r := warehouse.Record{"source": l.Source, "record_id": row["id"]}
	for _, f := range contract.Fields {
		r[f.Name] = typed(f, row[f.Name])
	}
	if list, ok := r["disciplines"].([]string); ok && len(list) > 0 {
		r["discipline"] = list[0]
	}
	return r
}

func typed(f khue.Field, v any) any {
	switch f.Type {
	case khue.IntegerField:
		if n, ok := v.(int); ok {
			return int64(n)
		}
		return nil
	case khue.DecimalField:
		if n, ok := v.(int); ok {
			return float64(n)
		}
		return v
	case khue.BooleanField:
		return v
	case khue.DateField, khue.InstantField:
		if t, ok := v.(time.Time); ok {
			return t.UTC()
		}
		return nil
	case khue.DisciplinesList, khue.TextList:
		var out []string
		items, _ := v.([]any)
		for _, item := range items {
			out = append(out, item.(string))
		}
		return out
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// facts gives the records of a dataset with the dimensions they inherit.
func (m *memory) facts(dataset string, asOf time.Time) []warehouse.Record {
	records := m.known(dataset, asOf)
	if dataset != "attendance" {
		return records
	}
	events := make(map[string]warehouse.Record)
	for _, e := range m.known("events", asOf) {
		events[e["source"].(string)+"\x00"+e["record_id"].(string)] = e
	}
	for _, r := range records {
		e := events[r["source"].(string)+"\x00"+r["event"].(string)]
		for _, dim := range []string{"discipline", "area", "format", "series", "organiser"} {
			r[dim] = textOf(e, dim)
		}
		r["disciplines"] = e["disciplines"]
	}
	return records
}

func day(r warehouse.Record, dataset string) time.Time {
	contract, _ := khue.DatasetOf(dataset)
	for _, name := range append([]string{contract.Dated}, contract.DatedElse...) {
		switch v := r[name].(type) {
		case time.Time:
			y, mo, d := v.In(defaultZone()).Date()
			if f, _ := contract.Field(name); f.Type == khue.DateField {
				y, mo, d = v.Date()
			}
			return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
		case string:
			if p, err := khue.ParsePeriod(v); err == nil {
				return p.Start()
			}
		}
	}
	return time.Time{}
}

func dimension(r warehouse.Record, dataset, dim string) string {
	if dataset == "members" && dim == "member" {
		dim = "record_id"
	}
	if dim == "international" {
		switch v := r[map[string]string{"activities": "international_partners", "events": "international"}[dataset]].(type) {
		case int64:
			return map[bool]string{true: "yes", false: "no"}[v > 0]
		case bool:
			return map[bool]string{true: "yes", false: "no"}[v]
		}
		return ""
	}
	return textOf(r, dim)
}

func passes(r warehouse.Record, dataset string, where []warehouse.Filter) bool {
	for _, f := range where {
		if slices.Contains(f.Values, dimension(r, dataset, f.Dim)) == f.Not {
			return false
		}
	}
	return true
}

func (m *memory) Select(_ context.Context, s warehouse.Select) ([]warehouse.Row, warehouse.Trace, error) {
	trace := warehouse.Trace{SQL: "memory", From: "memory " + s.Dataset, Parameters: map[string]any{"dataset": s.Dataset}}
	if s.Aggregates[0].Func == "stock" {
		return m.stock(s), trace, nil
	}
	groups := make(map[string][]warehouse.Record)
	for _, r := range m.facts(s.Dataset, s.AsOf) {
		d := day(r, s.Dataset)
		plain, recastWhere := splitFilters(s)
		if !passes(r, s.Dataset, plain) || (!s.From.IsZero() && d.Before(s.From)) || (!s.To.IsZero() && !d.Before(s.To)) {
			continue
		}
		byTime := slices.ContainsFunc(s.By, func(dim string) bool { _, err := khue.ParseGrain(dim); return err == nil })
		if byTime && d.IsZero() {
			continue // a fact without any date belongs to no period
		}
		seen := make(map[string]bool)
		for _, one := range disciplinesOf(r, s) {
			keys := make([]string, len(s.By))
			for i, dim := range s.By {
				keys[i] = recastKey(r, s, dim, one, d)
				if grain, err := khue.ParseGrain(dim); err == nil {
					keys[i] = khue.PeriodOf(d, grain).Start().Format(time.DateOnly)
				}
			}
			for _, keys := range inWindows(s, keys, d) {
				id := strings.Join(keys, "\x00")
				if !seen[id] && passesRecast(r, s, recastWhere, one, d) {
					seen[id], groups[id] = true, append(groups[id], r)
				}
			}
		}
	}
	var rows []warehouse.Row
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		row := warehouse.Row{}
		if len(s.By) > 0 {
			row.Keys = strings.Split(id, "\x00")
		}
		for _, a := range s.Aggregates {
			v, known := aggregate(a, groups[id])
			row.Values, row.Known = append(row.Values, v), append(row.Known, known)
		}
		if slices.ContainsFunc(s.Aggregates, func(a warehouse.Aggregate) bool { return a.Func != "distinct" }) || slices.Contains(row.Known, true) {
			rows = append(rows, row) // values that no fact names make no row
		}
	}
	if s.Limit > 0 && len(rows) > s.Limit {
		return nil, trace, khue.Errorf(khue.Invalid, "kết quả vượt quá %d dòng; hãy thu hẹp kỳ hoặc bộ lọc",
			"the answer has more than %d rows; narrow the period or the filters", s.Limit)
	}
	return rows, trace, nil
}

// inWindows gives the keys once for each window that holds the day.
func inWindows(s warehouse.Select, keys []string, d time.Time) [][]string {
	at := slices.Index(s.By, "window")
	if at < 0 {
		return [][]string{keys}
	}
	var out [][]string
	for i, w := range s.Windows {
		if !d.Before(w.From) && d.Before(w.To) {
			keys = slices.Clone(keys)
			keys[at] = fmt.Sprint(i)
			out = append(out, keys)
		}
	}
	return out
}

func aggregate(a warehouse.Aggregate, records []warehouse.Record) (v float64, known bool) {
	seen := make(map[string]bool)
	for _, r := range records {
		switch a.Func {
		case "count":
			v, known = v+1, true
		case "sum":
			if n, ok := r[a.Column].(int64); ok {
				v, known = v+float64(n), true
			}
		case "distinct":
			code := textOf(r, a.Column)
			one := code
			if a.Column == "event" {
				one += " of " + textOf(r, "source") // two sources may call two events the same
			}
			if code != "" && !seen[one] {
				seen[one] = true
				v, known = v+1, true
			}
		}
	}
	return v, known
}

// stock counts, for each period, the members who are there on its last day.
func (m *memory) stock(s warehouse.Select) []warehouse.Row {
	timeKey, grain := -1, khue.Grain("")
	for i, dim := range s.By {
		if g, err := khue.ParseGrain(dim); err == nil {
			timeKey, grain = i, g
		}
	}
	groups := make(map[string][]warehouse.Record)
	first := make(map[string]time.Time)
	for _, r := range m.facts("members", s.AsOf) {
		came := stockDay(r, s.Aggregates[0].Column)
		for _, a := range s.Aggregates[1:] {
			if d := stockDay(r, a.Column); came.IsZero() || (!d.IsZero() && d.Before(came)) {
				came = d
			}
		}
		if came.IsZero() || !came.Before(s.To) || !passes(r, "members", s.Where) {
			continue
		}
		keys := make([]string, len(s.By))
		for i, dim := range s.By {
			if i != timeKey {
				keys[i] = recastKey(r, s, dim, "", time.Time{})
			}
		}
		id := strings.Join(keys, "\x00")
		groups[id] = append(groups[id], r)
		if first[id].IsZero() || came.Before(first[id]) {
			first[id] = came
		}
	}
	var rows []warehouse.Row
	put := func(id string, end time.Time, period string) {
		row := warehouse.Row{}
		if len(s.By) > 0 {
			row.Keys = strings.Split(id, "\x00")
		}
		if timeKey >= 0 {
			row.Keys[timeKey] = period
		}
		for _, a := range s.Aggregates {
			n := 0.0
			for _, r := range groups[id] {
				came, left := stockDay(r, a.Column), dayIn(r, "left_on")
				if !came.IsZero() && came.Before(end) && (left.IsZero() || !left.Before(end)) {
					n++
				}
			}
			row.Values, row.Known = append(row.Values, n), append(row.Known, true)
		}
		rows = append(rows, row)
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		if timeKey < 0 {
			put(id, s.To, "")
			continue
		}
		from := s.From
		if from.IsZero() {
			from = first[id]
		}
		for _, p := range khue.Periods(grain, from, s.To) {
			end := p.End()
			if s.To.Before(end) {
				end = s.To
			}
			if first[id].Before(end) { // before anybody came nothing is known
				put(id, end, p.Start().Format(time.DateOnly))
			}
		}
	}
	return rows
}

func stockDay(r warehouse.Record, column string) time.Time {
	if d := dayIn(r, column+"_on"); !d.IsZero() || column == "certified" {
		return d
	}
	return dayIn(r, "certified_on")
}

func (m *memory) Records(_ context.Context, dataset string, where []warehouse.Filter, asOf time.Time, _ int) ([]warehouse.Record, error) {
	var out []warehouse.Record
	for _, r := range m.known(dataset, asOf) {
		if passes(r, dataset, where) {
			out = append(out, r)
		}
	}
	return out, nil
}

// FindNames finds nothing: what is found by name is tested on the engine.
func (m *memory) FindNames(context.Context, warehouse.NameSearch) ([]warehouse.Named, error) {
	return nil, nil
}

func (m *memory) States(context.Context) ([]warehouse.DatasetState, error) {
	var out []warehouse.DatasetState
	y, mo, d := m.now().In(defaultZone()).Date()
	today := time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
	for _, contract := range khue.Datasets() {
		s := warehouse.DatasetState{Dataset: contract.Name, Rows: int64(len(m.known(contract.Name, time.Time{})))}
		s.DataUntil, _ = m.Until(context.Background(), contract.Name, time.Time{}, today)
		for i, l := range m.loads {
			if l.Dataset == contract.Name && l.At.After(s.LastRecorded) {
				s.LastRecorded, s.LastBatch = l.At, fmt.Sprintf("batch-%d", i+1)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// splitFilters parts the filters on facts from those on recast keys.
func splitFilters(s warehouse.Select) (plain, recast []warehouse.Filter) {
	for _, f := range s.Where {
		if slices.ContainsFunc(s.Recasts, func(c warehouse.Recast) bool { return c.Name == f.Dim }) {
			recast = append(recast, f)
		} else {
			plain = append(plain, f)
		}
	}
	return plain, recast
}

// disciplinesOf lists what a fact counts under when every discipline of it is asked for.
func disciplinesOf(r warehouse.Record, s warehouse.Select) []string {
	for _, c := range s.Recasts {
		if list, _ := r["disciplines"].([]string); c.Every && !c.Label && len(list) > 0 {
			return list
		}
	}
	return []string{textOf(r, "discipline")}
}

func passesRecast(r warehouse.Record, s warehouse.Select, where []warehouse.Filter, one string, day time.Time) bool {
	for _, f := range where {
		if !slices.Contains(f.Values, recastKey(r, s, f.Dim, one, day)) {
			return false
		}
	}
	return true
}

func recastKey(r warehouse.Record, s warehouse.Select, name, one string, day time.Time) string {
	for _, c := range s.Recasts {
		if c.Name != name {
			continue
		}
		era := 0
		for era < len(c.Breaks) && !day.Before(c.Breaks[era]) {
			era++
		}
		code := textOf(r, c.Dim)
		if c.Every {
			code = one
		}
		if c.Label {
			list, _ := r["disciplines"].([]string)
			if !c.Every || len(list) == 0 {
				list = []string{textOf(r, c.Dim)}
			}
			return fmt.Sprint(era) + "\x1f" + strings.Join(list, "\x1f")
		}
		if c.Codes[era] == nil {
			return code
		}
		if to, ok := c.Codes[era][code]; ok {
			return to
		}
		return c.Else
	}
	return dimension(r, s.Dataset, name)
}
