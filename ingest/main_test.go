package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

// hanoi is the zone of the tests.
func hanoi(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(khue.DefaultZone)
	require.NoError(tb, err)
	return zone
}

// realData is the folder of real public data that mappings are tried on.
func realData(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("KHUE_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		tb.Fatalf("the folder of real data is missing; set KHUE_TEST_DATA to it: %v", err)
	}
	return dir
}

// configure decodes a configuration and fails on any fault.
func configure(tb testing.TB, text string, variables map[string]string) Config {
	tb.Helper()
	c, faults := Parse("khue.yaml", []byte(text), lookup(variables))
	require.NoError(tb, faults.Err())
	return c
}

var discard = slog.New(slog.DiscardHandler)

func lookup(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func puller(tb testing.TB, c Config, s Store, now func() time.Time) *Puller {
	tb.Helper()
	p, err := New(c, s, Options{Now: now, Zone: hanoi(tb)})
	require.NoError(tb, err)
	return p
}

// memory is a store for tests that are about reading and mapping: it keeps the
// current record of every id, as the warehouse does, but no history.
type memory struct {
	tb         testing.TB
	facts      map[string]map[string]fact // by dataset and record id
	watermarks map[string]string
	rejected   []warehouse.Rejected
	commits    []string // watermarks in the order they were committed
	batches    int
	aborted    int
	failCommit error
	accounts   []warehouse.Account // as the batches were proven
	failures   []error             // why batches were aborted
}

type fact struct {
	scope  string
	values map[string]any
}

func newMemory(tb testing.TB) *memory {
	return &memory{tb: tb, facts: make(map[string]map[string]fact), watermarks: make(map[string]string)}
}

func (m *memory) Begin(_ context.Context, load warehouse.Load) (Batch, error) {
	m.batches++
	return &memoryBatch{m: m, load: load, staged: make(map[string]*fact), scopes: make(map[string]bool)}, nil
}

func (m *memory) Watermark(_ context.Context, source, dataset string) (string, error) {
	return m.watermarks[source+"/"+dataset], nil
}

// sum adds up a field over the facts that pass.
func (m *memory) sum(dataset, field string, pass func(fact) bool) int64 {
	total := int64(0)
	for _, f := range m.facts[dataset] {
		if n, ok := f.values[field].(int64); ok && (pass == nil || pass(f)) {
			total += n
		}
	}
	return total
}

// put keeps a fact as if an earlier pull had brought it.
func (m *memory) put(dataset, id string, f fact) {
	if m.facts[dataset] == nil {
		m.facts[dataset] = make(map[string]fact)
	}
	m.facts[dataset][id] = f
}

func (m *memory) ids(dataset string) []string { return names(m.facts[dataset]) }

type memoryBatch struct {
	m        *memory
	load     warehouse.Load
	staged   map[string]*fact // nil retracts
	scopes   map[string]bool
	rejected []warehouse.Rejected
	rows     int64
}

func (b *memoryBatch) ID() string { return fmt.Sprintf("batch-%d", b.m.batches) }

func (b *memoryBatch) Append(_ context.Context, r *warehouse.Rows) error {
	require.Len(b.m.tb, r.Scope, r.Len())
	require.Len(b.m.tb, r.Deleted, r.Len())
	for i, id := range r.RecordID {
		b.rows++
		if r.Scope[i] != "" {
			b.scopes[strings.Clone(r.Scope[i])] = true
		}
		if r.Deleted[i] {
			b.staged[strings.Clone(id)] = nil
			continue
		}
		f := &fact{strings.Clone(r.Scope[i]), make(map[string]any)}
		for n, field := range r.Dataset.Fields {
			f.values[field.Name] = cellOf(field, &r.Columns[n], i)
		}
		b.staged[strings.Clone(id)] = f
	}
	return nil
}

func cellOf(f khue.Field, c *warehouse.Column, i int) any {
	if len(c.Null) > 0 && c.Null[i] {
		return nil
	}
	switch f.Type {
	case khue.IntegerField:
		return c.Integers[i]
	case khue.DecimalField:
		return c.Decimals[i].String()
	case khue.BooleanField:
		return c.Booleans[i]
	case khue.DateField:
		return c.Times[i].Format(time.DateOnly)
	case khue.InstantField:
		return c.Times[i].Format(time.RFC3339Nano)
	case khue.DisciplinesList, khue.TextList:
		return slices.Clone(c.Lists[i])
	}
	return strings.Clone(c.Strings[i])
}

func (b *memoryBatch) Reject(_ context.Context, r []warehouse.Rejected) error {
	b.rejected = append(b.rejected, r...)
	return nil
}

func (b *memoryBatch) Commit(_ context.Context, watermark string, read int64) (warehouse.Outcome, error) {
	if b.m.failCommit != nil {
		return warehouse.Outcome{}, b.m.failCommit
	}
	facts := b.m.facts[b.load.Dataset]
	if facts == nil {
		facts = make(map[string]fact)
		b.m.facts[b.load.Dataset] = facts
	}
	o := warehouse.Outcome{BatchID: b.ID(), Read: read, Accepted: b.rows, Rejected: int64(len(b.rejected)), Duplicates: b.rows - int64(len(b.staged))}
	if b.load.Replace {
		for id, f := range facts {
			if _, said := b.staged[id]; !said && b.scopes[f.scope] {
				delete(facts, id)
				o.Retracted++
			}
		}
	}
	for id, f := range b.staged {
		_, there := facts[id]
		switch {
		case f == nil && there:
			delete(facts, id)
			o.Retracted++
		case f != nil && !there:
			o.Added++
		case f != nil && fmt.Sprint(facts[id]) == fmt.Sprint(*f):
			o.Unchanged++
		case f != nil:
			o.Corrected++
		}
		if f != nil {
			facts[id] = *f
		}
	}
	b.m.rejected = append(b.m.rejected, b.rejected...)
	b.m.watermarks[b.load.Source+"/"+b.load.Dataset] = watermark
	b.m.commits = append(b.m.commits, watermark)
	return o, nil
}

func (b *memoryBatch) Prove(a warehouse.Account) { b.m.accounts = append(b.m.accounts, a) }

func (b *memoryBatch) Failed(because error) { b.m.failures = append(b.m.failures, because) }

func (b *memoryBatch) Abort(context.Context) error {
	b.m.aborted++
	return nil
}
