package main

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports"
	"khue/reports/document"
	"khue/warehouse/warehousetest"
)

// BenchmarkYearlyReport makes the longest report that comes with the product over
// facts of each size: "s-figures" is asking for all its numbers, "s-docx" and so on
// writing it, "s-all" all of that; "s-kept" is a report that is kept, whose evidence
// is the journal's, and "s-recounted" one whose figures are counted from its rows, as
// before it is submitted, issued or verified. "x-of-one-question" is s-figures in units of one
// question asked of the engine by hand in the same run.
func BenchmarkYearlyReport(b *testing.B) {
	for _, rows := range warehousetest.BenchSizes(b) {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			p := newPagesBench(b, rows)
			reporter, err := p.o.reporter(b.Context(), false)
			require.NoError(b, err)
			order := reports.Order{ID: reports.ResolutionReview, Period: khue.MustParsePeriod("2025"), Lang: khue.Vietnamese}
			for b.Loop() {
				one, started := p.oneQuestion(), time.Now()
				d, err := reporter.Build(b.Context(), order)
				require.NoError(b, err)
				figures := time.Since(started)
				b.ReportMetric(figures.Seconds(), "s-figures")
				b.ReportMetric(float64(figures)/float64(one), "x-of-one-question")
				all := figures
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for _, format := range []string{reports.DOCX, reports.PDF, reports.XLSX, reports.HTML} {
					var out bytes.Buffer
					started := time.Now()
					require.NoError(b, reporter.Write(b.Context(), d, format, &out))
					took := time.Since(started)
					all += took
					b.ReportMetric(took.Seconds(), "s-"+format)
					b.ReportMetric(float64(out.Len())/1000, "kB-"+format)
				}
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/1e6, "MB-allocated-writing")
				b.ReportMetric(float64(after.Sys)/1e6, "MB-program")
				b.ReportMetric(all.Seconds(), "s-all")
				b.ReportMetric(float64(len(d.Tables())), "tables")
				b.ReportMetric(float64(drawnIn(d)), "charts")
				frozen, err := reporter.Freeze(b.Context(), order)
				require.NoError(b, err)
				started = time.Now()
				_, err = reporter.Make(b.Context(), order, frozen)
				require.NoError(b, err)
				b.ReportMetric(time.Since(started).Seconds(), "s-kept")
				started = time.Now()
				_, err = reporter.Recount(b.Context(), order, frozen)
				require.NoError(b, err)
				b.ReportMetric(time.Since(started).Seconds(), "s-recounted")
			}
		})
	}
}

func drawnIn(d document.Document) int {
	n := 0
	for _, block := range d.Blocks {
		if c, ok := block.(*document.Chart); ok && !c.Empty() {
			n++
		}
	}
	return n
}
