package ingest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// telling is a source that says of itself what it is told to say, reading by reading.
type telling struct {
	Source
	says  []Totals
	reads int
}

func (s *telling) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	mark, err := s.Source.Read(ctx, q, yield)
	q.Told(s.says[min(s.reads, len(s.says)-1)])
	s.reads++
	return mark, err
}

// drainTelling pulls the counts of a CSV file through a source that says these totals.
func drainTelling(t *testing.T, store Store, onMismatch string, says ...Totals) (*telling, Result, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "counts.csv")
	require.NoError(t, os.WriteFile(path, []byte("id,event,at,n\n1,E,2026-01-01T00:30:00+07:00,5\n2,E,2026-01-01T06:59:00+07:00,7\n3,E,2026-01-02T08:00:00+07:00,-4\n"), 0o600))
	c := configure(t, `
sources:
  f:
    kind: files
    file: `+path+`
    datasets:
      attendance: {id: id, fields: {event: event, occurred_at: at, visitors: n}}
`, nil)
	p := puller(t, c, store, at(noon))
	d, _ := khue.DatasetOf("attendance")
	set := c["f"].Datasets["attendance"]
	source, own := open(d.Name, c["f"], set, hanoi(t), nil, p.options.Logger)
	m, err := p.mapping(d, &set, hanoi(t), own)
	require.NoError(t, err)
	r := Result{Source: "f", Dataset: d.Name}
	l, err := p.loader(c["f"], set, m, PullOptions{}, &r)
	require.NoError(t, err)
	s := &telling{Source: source, says: says}
	err = l.drain(t.Context(), s, Request{Columns: m.columns, Until: noon, Skip: map[string]bool{}}, onMismatch, p.options.Logger)
	return s, r, err
}

func totals(rows, sum int64) Totals {
	return Totals{Rows: rows, Sums: map[string]decimal.Decimal{"n": decimal.NewFromInt(sum)}, By: "count(*)"}
}

func TestAPullThatAgreesWithItsSourceIsPostedWithBothNumbers(t *testing.T) {
	w := warehousetest.Open(t)
	s, r, err := drainTelling(t, Into(w), "", totals(3, 8))
	require.NoError(t, err)
	require.Equal(t, 1, s.reads)
	require.EqualValues(t, 2, r.Added)
	d, err := w.Run(t.Context(), r.Batches[0].BatchID)
	require.NoError(t, err)
	steps := map[string]map[string]warehouse.Step{}
	for _, line := range d.Proof {
		steps[line.Measure] = line.Steps
	}
	require.EqualValues(t, 3, steps["rows"]["told"].Amount.IntPart())
	require.EqualValues(t, 8, steps["n"]["told"].Amount.IntPart())
	require.EqualValues(t, 8, steps["n"]["read"].Amount.IntPart())
	require.EqualValues(t, 12, steps["visitors"]["accepted"].Amount.IntPart())
	require.EqualValues(t, 0, steps["visitors"]["rejected"].Amount.IntPart(), "a number that was refused counts nothing")
}

func TestAPullThatDoesNotAgreeWithItsSourceIsReadOnceMoreAndThenFails(t *testing.T) {
	for name, wrong := range map[string]Totals{"rows": totals(4, 8), "sums": totals(3, 9)} {
		t.Run(name, func(t *testing.T) {
			w := warehousetest.Open(t)
			s, r, err := drainTelling(t, Into(w), "", wrong)
			require.Equal(t, 2, s.reads, "asked again once")
			require.Equal(t, khue.Conflict, khue.KindOf(err))
			require.ErrorContains(t, err, "count(*)")
			require.Empty(t, r.Batches)
			empty, err := w.Empty(t.Context())
			require.NoError(t, err)
			require.True(t, empty, "nothing of it is posted")
			runs, err := w.Runs(t.Context(), warehouse.RunFilter{State: warehouse.StateAborted})
			require.NoError(t, err)
			require.Len(t, runs, 2)
			require.Contains(t, runs[0].Error.EN, "does not agree with the source")
			require.Contains(t, runs[0].Error.VI, "không khớp với nguồn")
		})
	}
}

func TestRowsThatMovedWhileTheyWereReadAreReadOnceMore(t *testing.T) {
	m := newMemory(t)
	s, r, err := drainTelling(t, m, "", totals(4, 8), totals(3, 8))
	require.NoError(t, err)
	require.Equal(t, 2, s.reads)
	require.EqualValues(t, []int64{3, 2, 1}, []int64{r.Read, r.Accepted, r.Rejected}, "what was thrown away is not counted")
	require.Equal(t, 1, m.aborted)
}

func TestAMismatchMayOnlyWarn(t *testing.T) {
	m := newMemory(t)
	_, r, err := drainTelling(t, m, "warn", totals(4, 8))
	require.NoError(t, err)
	require.ErrorContains(t, r.Mismatch, "the source has 4 rows, 3 were read")
	require.Len(t, m.facts["attendance"], 2)
}

func TestSumsAreExactBeyondWhatAnInt64Holds(t *testing.T) {
	var c reckoned
	for range 3 {
		v := integer(9_000_000_000_000_000_000)
		c.add(&v)
	}
	half := Value{Kind: Text, S: " 0.5 "}
	c.add(&half)
	no := Value{Kind: Text, S: "n/a"}
	c.add(&no)
	r := reckoning{columns: []reckoned{c}}
	require.Equal(t, "27000000000000000000.5", r.sums()[""].String())
}

func TestABatchThatCannotBeKeptIsNotPosted(t *testing.T) {
	w := warehousetest.Open(t)
	e := openEvents(t, "sqlite", filepath.Join(t.TempDir(), "x.db"), `CREATE TABLE "lượt" (id INTEGER PRIMARY KEY, su_kien INTEGER, luc TEXT, khach INTEGER, doi TEXT, xoa INTEGER)`)
	for i := 1; i <= 50; i++ {
		e.put(i, i, noon.Add(-time.Hour), false)
	}
	archive := NewArchive(t.TempDir())
	full := func(string) (*os.File, error) { return os.OpenFile("/dev/full", os.O_WRONLY, 0) } // a disk without room
	archive.create = full
	p, err := New(e.config(byChange), Into(w), Options{Now: at(noon), Zone: hanoi(t), Archive: archive})
	require.NoError(t, err)
	_, err = p.Pull(t.Context(), "db", PullOptions{})
	require.ErrorContains(t, err, "cannot be kept in the archive")
	require.ErrorContains(t, err, "nothing was posted")
	empty, err := w.Empty(t.Context())
	require.NoError(t, err)
	require.True(t, empty)
	mark, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)
	require.Empty(t, mark)

	archive.create = createNew // room again: the next pull reads it all
	r := pullAll(t, p)[0]
	require.EqualValues(t, 50, r.Added)
	objects, err := w.RawObjects(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, objects, 1)
	require.NoError(t, archive.Check(t.Context(), objects, true).Err())
}

func TestRawCellsComeBackAsTheyWere(t *testing.T) {
	for _, v := range []Value{
		{},
		text(""), text("Hoàn Kiếm \"cũ\"\\\n\t\x01"), text("caf\xe9"), integer(-9007199254740993),
		{Kind: Float, Ref: 0.1},
		{Kind: Float, Ref: 3.0},
		{Kind: Exact, Ref: decimal.RequireFromString("1.50")},
		boolean(true), boolean(false), instant(noon.Add(time.Microsecond)),
		civilDay(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
		{Kind: List, Ref: []string{"a", "b;c", ""}},
	} {
		b := appendRaw(nil, &v)
		back, err := readRaw(b)
		require.NoError(t, err, "%s", b)
		require.Equal(t, appendRaw(nil, &v), appendRaw(nil, &back))
		require.Equal(t, v.Kind, back.Kind, "%s", b)
		require.Equal(t, v.S, back.S)
	}
}
