package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"khue"
	"khue/ingest"
	"khue/locale"
)

// pullFlags are what `khue pull` is told.
type pullFlags struct {
	since, backfill, chunk, format string
}

func newPull(s *shared) *cobra.Command {
	var p pullFlags
	var o ingest.PullOptions
	c := &cobra.Command{
		Use:   "pull [SOURCE…]",
		Short: "Pull sources now; all of them when none is named",
		Long: `Pull sources now; all of them when none is named.

--dry-run reads, checks and compares, and shows what would be added, corrected and
retracted, month by month; nothing of it stays. --backfill reads all changes of a span
of days again, chunk by chunk; when it is cut off, the same command goes on after the
last whole chunk. Neither moves the mark that regular pulls go on from.`,
		RunE: func(cmd *cobra.Command, sources []string) error {
			if err := tableOrJSON(p.format); err != nil {
				return err
			}
			chunk, err := ingest.ParseChunk(p.chunk)
			if err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, ob *Observatory) error {
				if err := p.span(&o, ob.Zone); err != nil {
					return err
				}
				if err := ob.Ready(ctx); err != nil {
					return err
				}
				if err := ob.markSources(ctx); err != nil {
					return err
				}
				if !o.DryRun {
					if err := ob.Ledger.noteInForce(ctx); err != nil {
						return err
					}
				}
				if len(sources) == 0 {
					sources = ob.Puller.Sources()
				}
				slices.Sort(sources)
				sources = slices.Compact(sources)
				if onTerminal() {
					bar := newProgress(ob.Log)
					defer bar.end()
					ob.pageRead = sumOfPages(bar, ob.lang())
				}
				results, err := ob.pullAll(ctx, sources, o, chunk)
				return errors.Join(err, showResults(cmd.OutOrStdout(), ob, results, o.DryRun, p.format))
			})
		},
	}
	f := c.Flags()
	f.StringVar(&p.since, "since", "", "read changes from this day on, whatever was read before (2025-03-01)")
	f.StringVar(&p.backfill, "backfill", "", "read changes of a span of days again (2025-01-01..2025-03-31)")
	f.StringVar(&p.chunk, "chunk", "1mo", "how much of a backfill is read at a time: 1mo, 7d, 36h")
	f.BoolVar(&o.DryRun, "dry-run", false, "show what would change, by month, and change nothing")
	f.StringVar(&p.format, "format", "table", "table or json")
	f.StringSliceVar(&o.Datasets, "dataset", nil, "only these datasets")
	return c
}

// sideBySide is how many sources are pulled at a time. Most of a pull is waiting
// for somebody else's machine.
const sideBySide = 4

// pullAll pulls sources side by side, each in a run of its job; a dry run leaves
// no trace in the ledger. Results come in the order of the sources.
func (o *Observatory) pullAll(ctx context.Context, sources []string, options ingest.PullOptions, chunk ingest.Chunk) ([]ingest.Result, error) {
	results, errs := make([][]ingest.Result, len(sources)), make([]error, len(sources))
	var group errgroup.Group // one that fails does not stop the others
	group.SetLimit(sideBySide)
	for i, source := range sources {
		pull := func(ctx context.Context) (err error) {
			if options.To.IsZero() {
				results[i], err = o.Puller.Pull(ctx, source, options)
			} else {
				results[i], err = o.Puller.Backfill(ctx, source, options, chunk, nil)
			}
			return err
		}
		group.Go(func() error {
			if options.DryRun {
				errs[i] = pull(ctx)
			} else {
				errs[i] = o.recorded(ctx, pullJob(source), pull)
			}
			return nil
		})
	}
	_ = group.Wait()
	return slices.Concat(results...), errors.Join(errs...)
}

// sumOfPages shows the rows read by all pulls under way as one number.
func sumOfPages(bar *progress, lang khue.Lang) func(ingest.Result) {
	var one sync.Mutex
	read := map[string]int64{}
	return func(r ingest.Result) {
		one.Lock()
		defer one.Unlock()
		read[r.Source+"/"+r.Dataset] = r.Read
		total := int64(0)
		for _, n := range read {
			total += n
		}
		bar.step(khue.Text{VI: "dòng đã đọc", EN: "rows read"}.In(lang), total, -1)
	}
}

// showResults prints what became of pulls, and of a dry run what would.
func showResults(out io.Writer, o *Observatory, results []ingest.Result, dryRun bool, format string) error {
	if format == "json" {
		return printJSON(out, resultsAsJSON(results))
	}
	lang, names := o.lang(), resultNames()
	t := newTable(names["source"], names["dataset"], names["read"], names["accepted"], names["rejected"],
		names["added"], names["corrected"], names["retracted"], names["unchanged"])(lang)
	for _, r := range results {
		t.AppendRow(table.Row{
			r.Source, r.Dataset, count(lang, r.Read), count(lang, r.Accepted), count(lang, r.Rejected),
			count(lang, r.Added), count(lang, r.Corrected), count(lang, r.Retracted), count(lang, r.Unchanged),
		})
	}
	t.SetColumnConfigs(rightFrom(3, 9))
	_, err := fmt.Fprintln(out, t.Render())
	if err != nil || !dryRun {
		return err
	}
	t = newTable(names["source"], names["dataset"], names["month"], names["added"], names["corrected"], names["retracted"], names["unchanged"])(lang)
	for _, r := range results {
		for _, c := range r.Changes {
			month := khue.Text{VI: "không có ngày", EN: "undated"}.In(lang)
			if p, err := khue.ParsePeriod(c.Month); err == nil {
				month = locale.PeriodLabel(lang, p)
			}
			t.AppendRow(table.Row{r.Source, c.Dataset, month, count(lang, c.Added), count(lang, c.Corrected), count(lang, c.Retracted), count(lang, c.Unchanged)})
		}
	}
	t.SetColumnConfigs(rightFrom(4, 7))
	_, err = fmt.Fprintf(out, "\n%s\n%s\n", khue.Text{VI: "Nếu kéo thật (chưa có gì thay đổi):", EN: "What a pull would do (nothing was changed):"}.In(lang), t.Render())
	return err
}

// resultNames head the columns of what became of pulls.
func resultNames() map[string]khue.Text {
	return map[string]khue.Text{
		"source": {VI: "Nguồn", EN: "Source"}, "dataset": {VI: "Bộ dữ liệu", EN: "Dataset"}, "month": {VI: "Tháng", EN: "Month"},
		"read": {VI: "Đọc", EN: "Read"}, "accepted": {VI: "Nhận", EN: "Accepted"}, "rejected": {VI: "Giữ lại", EN: "Rejected"},
		"added": {VI: "Thêm", EN: "Added"}, "corrected": {VI: "Sửa", EN: "Corrected"}, "retracted": {VI: "Rút", EN: "Retracted"},
		"unchanged": {VI: "Không đổi", EN: "Unchanged"},
	}
}

type resultJSON struct {
	Source    string       `json:"source"`
	Dataset   string       `json:"dataset"`
	Cause     string       `json:"cause,omitempty"`
	DryRun    bool         `json:"dry_run,omitempty"`
	From      *time.Time   `json:"from,omitempty"`
	To        *time.Time   `json:"to,omitempty"`
	Read      int64        `json:"read"`
	Accepted  int64        `json:"accepted"`
	Rejected  int64        `json:"rejected"`
	Added     int64        `json:"added"`
	Corrected int64        `json:"corrected"`
	Retracted int64        `json:"retracted"`
	Unchanged int64        `json:"unchanged"`
	Late      int64        `json:"late,omitempty"`
	Runs      []string     `json:"runs"`
	Changes   []changeJSON `json:"changes,omitempty"`
	Error     string       `json:"error,omitempty"`
	Warning   string       `json:"warning,omitempty"`
}

type changeJSON struct {
	Dataset   string `json:"dataset"`
	Month     string `json:"month"`
	Added     int64  `json:"added"`
	Corrected int64  `json:"corrected"`
	Retracted int64  `json:"retracted"`
	Unchanged int64  `json:"unchanged"`
}

func resultsAsJSON(results []ingest.Result) []resultJSON {
	out := make([]resultJSON, len(results))
	for i, r := range results {
		j := resultJSON{
			Source: r.Source, Dataset: r.Dataset, Cause: r.Cause, DryRun: r.DryRun, Read: r.Read, Accepted: r.Accepted, Rejected: r.Rejected,
			Added: r.Added, Corrected: r.Corrected, Retracted: r.Retracted, Unchanged: r.Unchanged, Late: r.Late, Runs: []string{},
		}
		if !r.To.IsZero() {
			j.From, j.To = &r.From, &r.To
		}
		for _, b := range r.Batches {
			j.Runs = append(j.Runs, b.BatchID)
		}
		for _, c := range r.Changes {
			j.Changes = append(j.Changes, changeJSON(c))
		}
		if r.Err != nil {
			j.Error = r.Err.Error()
		}
		if r.Mismatch != nil {
			j.Warning = r.Mismatch.Error()
		}
		out[i] = j
	}
	return out
}

// span reads --since and --backfill, which are days in the observatory's zone.
func (p pullFlags) span(o *ingest.PullOptions, zone *time.Location) error {
	if p.since != "" && p.backfill != "" {
		return khue.Errorf(khue.Invalid, "chỉ dùng một trong --since và --backfill", "use either --since or --backfill")
	}
	if p.since != "" {
		t, err := time.ParseInLocation(time.DateOnly, p.since, zone)
		if err != nil {
			return khue.Errorf(khue.Invalid, "--since phải là ngày dạng 2025-03-01, không phải %q", "--since must be a day such as 2025-03-01, not %q", p.since)
		}
		o.Since = t
	}
	if p.backfill != "" {
		a, b, _ := strings.Cut(p.backfill, "..")
		from, err1 := time.ParseInLocation(time.DateOnly, a, zone)
		to, err2 := time.ParseInLocation(time.DateOnly, b, zone)
		if err1 != nil || err2 != nil || to.Before(from) {
			return khue.Errorf(khue.Invalid, "--backfill phải có dạng 2025-01-01..2025-03-31, không phải %q",
				"--backfill must be written 2025-01-01..2025-03-31, not %q", p.backfill)
		}
		o.From, o.To = from, to.AddDate(0, 0, 1)
	}
	return nil
}
