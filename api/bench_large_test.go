package api_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api/format"
	"khue/indicators"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// BenchmarkLargeAnswer tells what an answer of a million rows takes of memory: while it
// is worked out, while it is held, and while it is written, row by row and into memory.
func BenchmarkLargeAnswer(b *testing.B) {
	service := wideCity(b)
	q := indicators.Question{
		Measures: []string{"visitors"}, By: []string{"day", "discipline", "area"}, Scope: khue.Public, Limit: 2_000_000,
		From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC),
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // or the heap is mostly what was let go
	for b.Loop() {
		before := heap()
		began := time.Now()
		watch := watchHeap()
		a, err := service.Ask(b.Context(), q)
		require.NoError(b, err)
		took, most := time.Since(began), watch()
		held := heap() - before
		rows := float64(len(a.Rows))
		b.ReportMetric(rows, "rows")
		b.ReportMetric(float64(most-before)/rows, "B/row-asked")
		b.ReportMetric(float64(held)/rows, "B/row-held")
		b.ReportMetric(took.Seconds(), "s-asked")
		for _, name := range []string{"csv", "parquet", "arrow"} {
			f, err := format.Find(name)
			require.NoError(b, err)
			sheet := format.Sheet{Answer: a, Catalogue: service.Catalogue(), Words: service.InWords(q), Zone: warehousetest.Zone(), Total: len(a.Rows)}
			b.ReportMetric(float64(writing(b, f, sheet, io.Discard))/rows, "B/row-"+name)
			b.ReportMetric(float64(writing(b, f, sheet, &bytes.Buffer{}))/rows, "B/row-"+name+"-in-memory")
		}
		runtime.KeepAlive(a)
	}
}

// writing is how much the heap grows while a sheet is written.
func writing(b *testing.B, f format.Format, s format.Sheet, to io.Writer) uint64 {
	b.Helper()
	before := heap()
	watch := watchHeap()
	require.NoError(b, f.Write(to, s))
	return max(watch(), before) - before
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watchHeap looks at the heap until its result is asked for, the most that was in it.
func watchHeap() func() uint64 {
	stop, done := make(chan struct{}), sync.WaitGroup{}
	var most uint64
	done.Go(func() {
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	return func() uint64 { close(stop); done.Wait(); return most }
}

// wideCity has a count of visitors of every fourth day in a thousand cells of field and
// area.
func wideCity(b *testing.B) *indicators.Service {
	b.Helper()
	w := warehousetest.Open(b)
	catalogue, err := indicators.Load("")
	require.NoError(b, err)
	areas := khue.Areas()[:125]
	for year := 2020; year <= 2022; year++ {
		visits, events := newRows(b, "attendance"), newRows(b, "events")
		for _, d := range khue.Disciplines()[:8] {
			for _, area := range areas {
				id := fmt.Sprint(year, d.Code, area.Code)
				at := time.Date(year, 1, 1, 3, 0, 0, 0, time.UTC)
				events.add(id, map[string]any{"title": id, "disciplines": []string{d.Code}, "area": area.Code, "starts_at": at, "format": "onsite"})
				for day := 0; day < 365; day += 4 {
					visits.add(fmt.Sprint(id, day), map[string]any{"event": id, "occurred_at": at.AddDate(0, 0, day), "visitors": int64(day)})
				}
			}
		}
		for _, r := range []rows{events, visits} {
			load, err := w.Begin(b.Context(), warehouse.Load{Source: "mau", Dataset: r.rows.Dataset.Name})
			require.NoError(b, err)
			require.NoError(b, load.Append(b.Context(), r.rows))
			_, err = load.Commit(b.Context(), "", int64(r.rows.Len()))
			require.NoError(b, err)
		}
	}
	return indicators.NewService(catalogue, w, indicators.Options{Zone: warehousetest.Zone()})
}
