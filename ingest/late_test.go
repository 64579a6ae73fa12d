package ingest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// The cases that other tools lose rows by, each by its own name.

// sqliteEvents is the table of counts in SQLite.
func sqliteEvents(t *testing.T) *eventsDB {
	t.Helper()
	return openEvents(t, "sqlite", filepath.Join(t.TempDir(), "nguồn.db"),
		`CREATE TABLE "lượt" (id INTEGER PRIMARY KEY, su_kien INTEGER, luc TEXT, khach INTEGER, doi TEXT, xoa INTEGER)`)
}

func (e *eventsDB) remove(ids ...int) {
	e.t.Helper()
	for _, id := range ids {
		_, err := e.db.ExecContext(e.t.Context(), fmt.Sprintf(`DELETE FROM "lượt" WHERE id = %d`, id))
		require.NoError(e.t, err)
	}
}

// visitorsOf adds up the current visitors in a warehouse.
func visitorsOf(t *testing.T, w *warehouse.Warehouse) int64 {
	t.Helper()
	var n int64
	require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT sum(visitors) FROM attendance_current FINAL").Scan(&n))
	return n
}

func requireBalanced(t *testing.T, w *warehouse.Warehouse) {
	t.Helper()
	faults, err := w.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, faults)
}

func archived(t *testing.T, c Config, w *warehouse.Warehouse, now func() time.Time) (*Puller, *Archive) {
	t.Helper()
	a := NewArchive(t.TempDir())
	p, err := New(c, Into(w), Options{Now: now, Zone: hanoi(t), Archive: a})
	require.NoError(t, err)
	return p, a
}

// airbyte 85918, 80152: the newest moment and the rows are read in two steps, and
// what is written at the edge between them is lost.
func TestRowsAtTheEdgeOfTheCursorAreReadOnceByThisPullOrTheNext(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		c := newClock(noon)
		edge := noon.Add(-10 * time.Second) // until less lag
		e.put(1, 1, edge.Add(-time.Millisecond), false)
		e.put(2, 10, edge, false)
		e.put(3, 100, edge.Add(time.Millisecond), false)
		m := newMemory(t)
		p := puller(t, e.config(byChange), m, c.now)
		pullAll(t, p)
		require.Equal(t, []string{"1", "2"}, m.ids("attendance"))
		e.put(4, 1000, edge, false) // another row with the edge's own moment, written after it was read
		c.advance(time.Minute)
		pullAll(t, p)
		require.EqualValues(t, 1111, m.sum("attendance", "visitors", nil))
		require.Equal(t, []string{"1", "2", "3", "4"}, m.ids("attendance"))
	})
}

// airbyte 14732, 21500: many rows with one moment, cut by a page's edge.
func TestEqualMomentsAcrossAPageEdgeAreNeitherSkippedNorDoubled(t *testing.T) {
	e := sqliteEvents(t)
	for i := 1; i <= 20; i++ { // pages of three
		e.put(i, 1, noon.Add(-time.Hour), false)
	}
	w := warehousetest.Open(t)
	p, _ := archived(t, e.config(byChange), w, at(noon))
	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{20, 20}, []int64{r.Read, r.Added})
	require.EqualValues(t, 20, visitorsOf(t, w))
}

// dlt 2269: a row whose moment is old by the time it is committed.
func TestALateCommitIsFoundByTheLookBackAndALaterOneByTheWideSweep(t *testing.T) {
	e := sqliteEvents(t)
	c := newClock(noon)
	e.put(1, 1, noon.Add(-time.Hour), false)
	w := warehousetest.OpenAt(t, c.now)
	p, _ := archived(t, e.config(byChange), w, c.now)
	pullAll(t, p)

	e.put(2, 10, noon.Add(-40*time.Second), false)  // within the look-back of a minute
	e.put(3, 100, noon.Add(-30*time.Minute), false) // beyond it
	e.put(1, 2, noon.Add(-29*time.Minute), false)   // a correction, beyond it
	e.put(4, 1000, noon.AddDate(0, 0, -20), false)  // beyond the wide sweep as well
	c.advance(5 * time.Minute)
	e.put(5, 10_000, noon.Add(4*time.Minute), false) // not late at all
	pullAll(t, p)
	require.EqualValues(t, 10_011, visitorsOf(t, w))
	mark, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)

	c.advance(time.Minute)
	results, err := p.Sweep(t.Context(), "db", SweepOptions{Wide: 7 * 24 * time.Hour})
	require.NoError(t, err)
	require.Len(t, results, 2, "a regular pull, then the sweep")
	late := results[1]
	require.Equal(t, warehouse.CauseWide, late.Cause)
	require.EqualValues(t, []int64{2, 1, 1}, []int64{late.Late, late.Added, late.Corrected})
	require.EqualValues(t, 10_112, visitorsOf(t, w))
	after, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)
	require.NotEqual(t, mark, after, "the regular pull before the sweep moved the mark")
	c.advance(time.Minute)
	results, err = p.Sweep(t.Context(), "db", SweepOptions{Wide: 30 * 24 * time.Hour})
	require.NoError(t, err)
	require.EqualValues(t, 1, results[1].Late)
	require.EqualValues(t, 11_112, visitorsOf(t, w))
	results, err = p.Sweep(t.Context(), "db", SweepOptions{Wide: 30 * 24 * time.Hour})
	require.NoError(t, err)
	require.Zero(t, results[1].Late, "what was found once is not late again")
	requireBalanced(t, w)
}

// sling 333: rows that are deleted at the source, with no mark of it.
func TestAKeySweepRetractsWhatTheSourceNoLongerHas(t *testing.T) {
	e := sqliteEvents(t)
	c := newClock(noon)
	for i := 1; i <= 10; i++ {
		e.put(i, 1<<i, noon.Add(-time.Hour), false)
	}
	w := warehousetest.OpenAt(t, c.now)
	p, a := archived(t, e.config(byChange), w, c.now)
	pullAll(t, p)
	c.advance(time.Minute)
	e.remove(3)
	pullAll(t, p)
	require.EqualValues(t, 2046, visitorsOf(t, w), "a pull of changes cannot see it")
	mark, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)

	c.advance(time.Minute)
	before := c.now()
	c.advance(time.Minute)
	results, err := p.Sweep(t.Context(), "db", SweepOptions{Keys: true})
	require.NoError(t, err)
	require.EqualValues(t, []int64{9, 1, 9}, []int64{results[0].Read, results[0].Retracted, results[0].Unchanged})
	require.EqualValues(t, 2046-8, visitorsOf(t, w))
	after, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)
	require.Equal(t, mark, after)
	requireBalanced(t, w)

	// It is kept as well: a rebuilt warehouse knows then and now what this one does.
	again := warehousetest.Open(t)
	q, err := New(e.config(byChange), Into(again), Options{Now: c.now, Zone: hanoi(t), Archive: a})
	require.NoError(t, err)
	built, err := q.Rebuild(t.Context(), RebuildOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, built.Batches)
	require.EqualValues(t, 2046-8, visitorsOf(t, again))
	for _, x := range []*warehouse.Warehouse{w, again} {
		records, err := x.Records(t.Context(), "attendance", nil, before, 0)
		require.NoError(t, err)
		require.Len(t, records, 10, "as of before the sweep it is there")
	}

	results, err = p.Sweep(t.Context(), "db", SweepOptions{Keys: true})
	require.NoError(t, err)
	require.Zero(t, results[0].Retracted, "the second sweep finds nothing")
}

func TestAKeySweepThatFindsTooMuchGoneStops(t *testing.T) {
	e := sqliteEvents(t)
	for i := 1; i <= 10; i++ {
		e.put(i, 1, noon.Add(-time.Hour), false)
	}
	w := warehousetest.Open(t)
	p, _ := archived(t, e.config(byChange), w, time.Now)
	pullAll(t, p)
	e.remove(1, 2, 3)
	_, err := p.Sweep(t.Context(), "db", SweepOptions{Keys: true})
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.ErrorContains(t, err, "3 of 10 records, more than 20%")
	require.ErrorContains(t, err, "--force")
	require.EqualValues(t, 10, visitorsOf(t, w))

	results, err := p.Sweep(t.Context(), "db", SweepOptions{Keys: true, Force: true})
	require.NoError(t, err)
	require.EqualValues(t, 3, results[0].Retracted)
	e.remove(4, 5, 6, 7, 8, 9, 10)
	_, err = p.Sweep(t.Context(), "db", SweepOptions{Keys: true})
	require.ErrorContains(t, err, "gave no record")
	require.EqualValues(t, 7, visitorsOf(t, w))
	results, err = p.Sweep(t.Context(), "db", SweepOptions{Keys: true, Force: true})
	require.NoError(t, err)
	require.EqualValues(t, 7, results[0].Retracted)
	requireBalanced(t, w)
}

// cut is a source whose reading breaks off.
type cut struct{ Source }

func (s cut) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	_, err := s.Source.Read(ctx, q, yield)
	return "", errors.Join(err, errors.New("the line went dead"))
}

func TestAKeySweepThatWasCutOffRetractsNothing(t *testing.T) {
	e := sqliteEvents(t)
	for i := 1; i <= 10; i++ {
		e.put(i, 1, noon.Add(-time.Hour), false)
	}
	w := warehousetest.Open(t)
	config := e.config(byChange)
	p, _ := archived(t, config, w, time.Now)
	pullAll(t, p)
	e.remove(1)
	d, _ := khue.DatasetOf("attendance")
	set := config["db"].Datasets["attendance"]
	set.Cursor = ""
	source, own := open(d.Name, config["db"], set, hanoi(t), nil, p.options.Logger)
	m, err := p.mapping(d, &set, hanoi(t), own)
	require.NoError(t, err)
	b, err := p.store.Begin(t.Context(), warehouse.Load{Source: "db", Dataset: "attendance", Cause: warehouse.CauseKeys})
	require.NoError(t, err)
	k := &keySweep{mapping: m, columns: m.keyColumns(), result: &Result{}}
	err = k.read(t.Context(), b, cut{source}, Request{Columns: k.columns, Until: noon, Skip: map[string]bool{}})
	require.ErrorContains(t, err, "the line went dead")
	require.NoError(t, b.Abort(t.Context()))
	require.EqualValues(t, 10, visitorsOf(t, w))
}

func TestABackfillGoesOnAfterItsLastWholeChunk(t *testing.T) {
	e := sqliteEvents(t)
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, hanoi(t))
	for i := range 12 { // one at the first moment of each month, local time
		e.put(i+1, 1, from.AddDate(0, i, 0), false)
	}
	w := warehousetest.Open(t)
	p, _ := archived(t, e.config(byChange), w, at(noon))
	pullAll(t, p)
	mark, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)
	for i := range 12 { // corrections that kept their old moments: no regular pull sees them
		e.put(i+1, 100, from.AddDate(0, i, 0), false)
	}
	chunk, err := ParseChunk("1mo")
	require.NoError(t, err)
	stretch := PullOptions{From: from, To: from.AddDate(1, 0, 0)}

	ctx, cancel := context.WithCancel(t.Context())
	chunks := 0
	_, err = p.Backfill(ctx, "db", stretch, chunk, func(Result) {
		if chunks++; chunks == 5 {
			cancel() // as a kill would, in the middle
		}
	})
	require.Error(t, err)
	require.Equal(t, 5, chunks)

	results, err := p.Backfill(t.Context(), "db", stretch, chunk, nil)
	require.NoError(t, err)
	require.Contains(t, []int{7, 8}, len(results), "what was whole is not read again")
	require.EqualValues(t, 1200, visitorsOf(t, w))
	after, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)
	require.Equal(t, mark, after)
	results, err = p.Backfill(t.Context(), "db", stretch, chunk, nil)
	require.NoError(t, err)
	require.Len(t, results, 12, "one that is done begins anew")
	requireBalanced(t, w)
}

func TestADryRunTellsWhatWouldChangeByMonthAndLeavesNothing(t *testing.T) {
	e := sqliteEvents(t)
	c := newClock(noon)
	for i := 1; i <= 4; i++ {
		e.put(i, 1, noon.Add(-time.Hour), false)
	}
	w := warehousetest.OpenAt(t, c.now)
	p, a := archived(t, e.config(byChange), w, c.now)
	pullAll(t, p)
	e.put(1, 5, noon.Add(time.Minute), false)
	e.put(2, 1, noon.Add(time.Minute), false)
	e.put(3, 0, noon.Add(time.Minute), true)
	e.put(5, 7, noon.Add(time.Minute), false)
	e.put(6, -7, noon.Add(time.Minute), false)
	c.advance(time.Hour)
	results, err := p.Pull(t.Context(), "db", PullOptions{DryRun: true})
	require.NoError(t, err)
	// The counts lie at 06:30 of 1 January, local time: in UTC that is December.
	require.Equal(t, []warehouse.Change{{Dataset: "attendance", Month: "2026-01", Added: 1, Corrected: 1, Retracted: 1, Unchanged: 1}}, results[0].Changes)
	require.EqualValues(t, 1, results[0].Rejected)
	require.EqualValues(t, 4, visitorsOf(t, w))
	n, err := w.QuarantineCount(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Zero(t, n)
	objects, err := w.RawObjects(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, objects, 1, "what is only tried is not kept")
	manifests, err := a.manifests(nil)
	require.NoError(t, err)
	require.Len(t, manifests, 1)
	var tables uint64
	require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT count() FROM system.tables WHERE database = currentDatabase() AND match(name, '^(stage|diff|fresh|seen)_')").Scan(&tables))
	require.Zero(t, tables)

	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{1, 1, 1, 1, 1}, []int64{r.Added, r.Corrected, r.Retracted, r.Unchanged, r.Rejected}, "the pull does what was told")
}
