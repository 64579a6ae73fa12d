package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"khue"
	"khue/ingest"
	"khue/warehouse"
)

// newRebuild makes a warehouse again from the archive of raw data: after the
// warehouse was lost, or into a second one to compare with the first.
func newRebuild(s *shared) *cobra.Command {
	var into string
	var sources []string
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Load everything that was ever read again from the archive of raw data",
		Long: `Load every batch in the archive of raw data again, in the order in which they were
recorded, through the mapping as it is now, with their ids and their moments: what was
known at any time can be asked as before. The warehouse must be empty. All of the
archive is verified first; what is damaged or missing is listed, and nothing is loaded.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return rebuild(ctx, cmd.OutOrStdout(), o, into, sources)
			})
		},
	}
	c.Flags().StringVar(&into, "into", "", "another, empty warehouse: embedded://FOLDER or clickhouse://…; the configured one when not given")
	c.Flags().StringSliceVar(&sources, "source", nil, "only these sources")
	return c
}

func rebuild(ctx context.Context, out io.Writer, o *Observatory, into string, sources []string) (err error) {
	target := o.Warehouse
	options := ingest.RebuildOptions{Sources: sources}
	if into != "" {
		if err := o.Ready(ctx); err != nil {
			return err
		}
		if options.Registered, err = o.Warehouse.RawObjects(ctx, ""); err != nil {
			return err
		}
		target, err = warehouse.Open(ctx, warehouse.Options{DSN: into, Library: o.Config.Engine.Library, Now: o.Now, Zone: o.Zone, Logger: o.Log})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, target.Close()) }()
	}
	if _, err := target.Migrate(ctx); err != nil {
		return err
	}
	empty, err := target.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return khue.Errorf(khue.Conflict, "kho dữ liệu đích đã có dữ liệu; hãy nạp lại vào một kho trống (--into)",
			"the target warehouse holds data already; rebuild into an empty one (--into)")
	}
	for _, name := range sortedKeys(o.Config.sources) {
		if len(sources) > 0 && !slices.Contains(sources, name) {
			continue
		}
		if err := target.MarkSource(ctx, name, o.Config.sources[name].Simulated); err != nil {
			return err
		}
	}
	puller, err := o.pullerInto(target)
	if err != nil {
		return err
	}
	p := newProgress(o.Log)
	options.Progress = func(done, total int, m ingest.Manifest) { p.step("rebuild", int64(done), int64(total)) }
	built, err := puller.Rebuild(ctx, options)
	p.end()
	if err != nil {
		return err
	}
	if err := o.publishIn(ctx, target); err != nil { // a server of your own may not let us; all else works
		o.Log.Warn("the views for SQL could not be made", "cause", err)
	}
	fmt.Fprintf(out, khue.Text{VI: "Đã nạp lại %d lô, %d dòng gốc; %d bản ghi bị giữ lại.\n", EN: "%d batches loaded again, %d raw rows; %d records in quarantine.\n"}.In(o.lang()),
		built.Batches, built.Rows, built.Rejected)
	return nil
}

// checkArchive looks whether every batch still has what it was made from.
func checkArchive(ctx context.Context, out io.Writer, o *Observatory, deep bool) error {
	objects, err := o.Warehouse.RawObjects(ctx, "")
	if err != nil {
		return err
	}
	without, err := o.Warehouse.WithoutRaw(ctx)
	if err != nil {
		return err
	}
	faults := o.Archive.Check(ctx, objects, deep)
	for _, r := range without {
		if o.Config.sources[r.Source].Keep != "none" {
			faults.Add(o.Config.RawDir(), 0, "nothing is kept of batch %s of %s/%s, which read %d rows", r.BatchID, r.Source, r.Dataset, r.Read)
		}
	}
	if err := faults.Err(); err != nil {
		return khue.Errorf(khue.Conflict, "kho lưu trữ dữ liệu gốc không còn nguyên vẹn:\n%s", "the archive of raw data is not whole:\n%s", err)
	}
	how := "sizes"
	if deep {
		how = "SHA-256"
	}
	fmt.Fprintf(out, "raw data       ok (%d objects, %s)\n", len(objects), how)
	return nil
}
