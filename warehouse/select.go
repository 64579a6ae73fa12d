package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"khue"
)

// Aggregate is one number asked for.
type Aggregate struct {
	Name   string
	Func   string // sum, count, distinct, or stock (members present at the end)
	Column string // of the dataset; unused by count
}

// Filter limits a dimension to some values, or to all but those.
type Filter struct {
	Dim    string
	Values []string
	Not    bool
}

// Select asks for aggregates of one dataset.
type Select struct {
	Dataset    string
	Aggregates []Aggregate
	By         []string // year, half, quarter, month, week, day, window, or dimensions
	Where      []Filter
	Recasts    []Recast  // keys of By and Where that are drawn from a dimension in another way
	From, To   time.Time // calendar days, midnight UTC, To excluded; zero is open
	AsOf       time.Time // what was known then; zero is now
	Limit      int       // most rows; one more is an error of kind Invalid; 0 is no limit
	// Windows are spans of days that "window" in By splits by; see windowKey. From
	// and To bound them all.
	Windows []Window
	// FromJournal asks the journal even where a rollup covers the question.
	FromJournal bool
	// CiteJournal traces the statements that the journal would answer with, wherever
	// the rows are read: they give the same rows at any later time.
	CiteJournal bool
}

// Row is one line of the answer. A time key is the first day of its period, "2006-01-02".
type Row struct {
	Keys   []string
	Values []float64
	Known  []bool // false where no row had a value
}

// Trace tells how the answer was made.
type Trace struct {
	SQL        string
	Parameters map[string]any
	From       string // "rollup attendance_monthly", "journal attendance_journal" or one less the other
	RowsRead   uint64
	Elapsed    time.Duration
}

// dimensions are the columns that a question may group and filter by.
var dimensions = map[string][]string{
	"members":               {"discipline", "area", "kind", "status", "organisation_type", "source", "member"},
	"activities":            {"discipline", "area", "kind", "member", "source", "initiative", "international"},
	"events":                {"discipline", "area", "format", "access", "series", "edition", "organiser", "venue", "source", "initiative", "international"},
	"attendance":            {"discipline", "area", "format", "series", "organiser", "event", "source", "sex", "age_band", "origin"},
	"discipline_statistics": {"measure", "discipline", "area", "unit", "source", "status", "published_by"},
	"initiatives":           {"programme", "commitment", "status", "owner", "source"},
	"claims":                {"subject", "unit", "publisher", "source"},
}

// dimensionColumn maps a dimension to its column where the names differ, or to
// the words that a column's values are told in.
func dimensionColumn(dataset, dim string) string {
	switch dataset + "." + dim {
	case "members.member":
		return "record_id"
	case "activities.international":
		return "multiIf(isNull(international_partners), '', international_partners > 0, 'yes', 'no')"
	case "events.international":
		return "multiIf(isNull(international), '', international, 'yes', 'no')"
	}
	return dim
}

// grainDay gives the first day of the period that holds the day in an expression.
var grainDay = map[string]string{
	"year": "toStartOfYear(%s)", "half": "toStartOfInterval(%s, INTERVAL 6 MONTH)", "quarter": "toStartOfQuarter(%s)",
	"month": "toStartOfMonth(%s)", "week": "toMonday(%s)", "day": "%s",
}

// Select answers from the smallest rollup that covers the question, else from
// the journal; the two agree to the unit. A question about the past is answered
// from a rollup less what was recorded since, where that is the shorter way.
func (w *Warehouse) Select(ctx context.Context, s Select) ([]Row, Trace, error) {
	l, err := layoutOf(s.Dataset)
	if err != nil {
		return nil, Trace{}, err
	}
	if err := s.validate(l); err != nil {
		return nil, Trace{}, err
	}
	p, before, err := w.choose(ctx, covering(l, s))
	if err != nil {
		return nil, Trace{}, err
	}
	rows, trace, err := w.answer(ctx, p)
	if err != nil {
		return nil, trace, err
	}
	switch late, err := w.overtaken(ctx, p, before); {
	case err != nil:
		return nil, trace, err
	case late:
		return w.answer(ctx, plan{layout: l, ask: s})
	}
	if s.CiteJournal {
		plan{layout: l, ask: s}.cite(&trace)
	}
	return rows, trace, nil
}

// cite writes a plan's statements into a trace in the place of those that were run.
func (p plan) cite(trace *Trace) {
	trace.From, trace.SQL, trace.Parameters = p.from(), "", map[string]any{}
	for _, q := range p.queries() {
		trace.note(q, p.ask.Limit)
	}
}

// answer runs a plan's queries and joins their rows on the keys.
func (w *Warehouse) answer(ctx context.Context, p plan) ([]Row, Trace, error) {
	result := newTable(len(p.ask.By), len(p.ask.Aggregates))
	trace := Trace{From: p.from(), Parameters: map[string]any{}}
	for _, q := range p.queries() {
		if err := w.run(ctx, q, p.ask.Limit, result, &trace); err != nil {
			return nil, trace, err
		}
	}
	rows := result.sorted()
	if p.ask.Limit > 0 && len(rows) > p.ask.Limit {
		return nil, trace, tooManyRows(p.ask.Limit)
	}
	return rows, trace, nil
}

func tooManyRows(limit int) error {
	return khue.Errorf(khue.Invalid,
		"kết quả vượt quá %d dòng; hãy thu hẹp kỳ hoặc bộ lọc", "the answer has more than %d rows; narrow the period or the filters", limit).Coded("too_many_rows", "limit")
}

func (s Select) validate(l layout) error {
	known := dimensions[s.Dataset]
	check := func(dim string) error {
		if !slices.Contains(known, dim) {
			return khue.Errorf(khue.NotFound,
				"bộ dữ liệu %s không có chiều %q; có: %s", "dataset %s has no dimension %q; it has: %s", s.Dataset, dim, strings.Join(known, ", "))
		}
		return nil
	}
	for _, dim := range s.By {
		if dim == windowKey && (len(s.Windows) == 0 || hasStock(s)) {
			return khue.Errorf(khue.Invalid, "câu hỏi theo cửa sổ thời gian cần các cửa sổ và không dùng cho số tồn", "a split by windows needs windows, and is not for stocks")
		}
		if isTime(dim) {
			continue
		}
		if err := check(s.dimension(dim)); err != nil {
			return err
		}
	}
	if err := s.validateRecasts(); err != nil {
		return err
	}
	for _, f := range s.Where {
		if err := check(s.dimension(f.Dim)); err != nil {
			return err
		}
	}
	for _, a := range s.Aggregates {
		if err := a.validate(l); err != nil {
			return err
		}
	}
	return nil
}

func hasStock(s Select) bool {
	return slices.ContainsFunc(s.Aggregates, func(a Aggregate) bool { return a.Func == "stock" })
}

func (a Aggregate) validate(l layout) error {
	bad := func() error {
		return khue.Errorf(khue.Invalid,
			"không tính được %s(%s) trên bộ dữ liệu %s", "%s(%s) cannot be worked out over dataset %s", a.Func, a.Column, l.dataset.Name)
	}
	f, isField := l.dataset.Field(a.Column)
	switch a.Func {
	case "count":
		return nil
	case "sum":
		if !isField || (f.Type != khue.IntegerField && f.Type != khue.DecimalField) {
			return bad()
		}
	case "distinct":
		if !isField && !slices.Contains(l.columns(), a.Column) && a.Column != "record_id" {
			return bad()
		}
	case "stock":
		if l.dataset.Name != "members" || (a.Column != "accepted" && a.Column != "certified") {
			return bad()
		}
	default:
		return bad()
	}
	return nil
}

// note adds a query to what was asked and gives its statement.
func (t *Trace) note(q query, limit int) string {
	sql := q.sql
	if limit > 0 && q.gather == nil {
		sql += fmt.Sprintf("\nLIMIT %d", limit+1)
	}
	if t.SQL != "" {
		t.SQL += ";\n"
	}
	t.SQL += sql
	for k, v := range q.parameters {
		t.Parameters[k] = v
	}
	return sql
}

// run sends one query and puts its numbers into the table.
func (w *Warehouse) run(ctx context.Context, q query, limit int, into *table, trace *Trace) error {
	sql := trace.note(q, limit)
	started := time.Now()
	rows, err := w.conn.Query(clickhouse.Context(ctx,
		clickhouse.WithParameters(q.parameters),
		clickhouse.WithProgress(func(p *clickhouse.Progress) { trace.RowsRead += p.Rows })), sql)
	if err != nil {
		return fmt.Errorf("asking %s: %w", trace.From, err)
	}
	defer func() { _ = rows.Close() }()
	if err := q.scan(rows, into); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", trace.From, err)
	}
	trace.Elapsed += time.Since(started)
	lookOf(ctx).readFacts()
	return nil
}

// scan reads rows of (key…, value, known, value, known, …).
func (q query) scan(rows driver.Rows, into *table) error {
	keys, values, known := make([]string, q.keys), make([]float64, len(q.slots)), make([]uint8, len(q.slots))
	targets := make([]any, 0, q.keys+2*len(q.slots))
	for i := range keys {
		targets = append(targets, &keys[i])
	}
	for i := range values {
		targets = append(targets, &values[i], &known[i])
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if q.gather != nil {
			q.gather.add(keys, values)
			continue
		}
		r := into.add(keys)
		for i, slot := range q.slots {
			r.Values[slot], r.Known[slot] = values[i], known[i] != 0
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if q.gather != nil {
		q.gather.fill(into, q.slots)
	}
	return nil
}
