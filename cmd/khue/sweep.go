package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"khue"
	"khue/ingest"
	"khue/scheduler"
	"khue/warehouse"
)

// newSweep looks through sources beyond what regular pulls read.
func newSweep(s *shared) *cobra.Command {
	var o ingest.SweepOptions
	var wide, format string
	c := &cobra.Command{
		Use:   "sweep [SOURCE…]",
		Short: "Find what regular pulls cannot: records deleted at the source, and rows that came late",
		Long: `Find what regular pulls cannot. --keys reads the ids of all records and retracts those
that the source no longer has; a sweep that would retract more than its limit stops.
--wide reads the last days again and tells what came late. Without either, what
khue.yaml says under sweep is done for each dataset.`,
		RunE: func(cmd *cobra.Command, sources []string) error {
			if wide != "" {
				back, err := ingest.ParseDays(wide)
				if err != nil || back <= 0 {
					return khue.Errorf(khue.Invalid, "--wide phải là số ngày như 90d, không phải %q", "--wide must be days such as 90d, not %q", wide)
				}
				o.Wide = back
			}
			return s.opened(cmd.Context(), func(ctx context.Context, ob *Observatory) error {
				if err := ob.Ready(ctx); err != nil {
					return err
				}
				if len(sources) == 0 {
					sources = ob.Puller.Sources()
				}
				var all []ingest.Result
				var errs []error
				for _, source := range sources {
					errs = append(errs, ob.recorded(ctx, sweepJob(source), func(ctx context.Context) error {
						results, err := ob.Puller.Sweep(ctx, source, o)
						all = append(all, results...)
						return err
					}))
				}
				errs = append(errs, showResults(cmd.OutOrStdout(), ob, all, false, format))
				if format == "table" {
					sayLate(cmd, ob, all)
				}
				return errors.Join(errs...)
			})
		},
	}
	f := c.Flags()
	f.BoolVar(&o.Keys, "keys", false, "read all ids and retract the records that are gone")
	f.StringVar(&wide, "wide", "", "read so many days again and tell what came late (90d)")
	f.BoolVar(&o.Force, "force", false, "retract even more than the limit")
	f.StringVar(&format, "format", "table", "table or json")
	f.StringSliceVar(&o.Datasets, "dataset", nil, "only these datasets")
	return c
}

// sayLate tells what wide sweeps found.
func sayLate(cmd *cobra.Command, o *Observatory, results []ingest.Result) {
	for _, r := range results {
		if r.Cause == warehouse.CauseWide && r.Err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), khue.Text{
				VI: "%s/%s: %d bản ghi đến muộn mà các lần kéo thường lệ đã bỏ sót\n",
				EN: "%s/%s: %d records came late and had been missed by regular pulls\n",
			}.In(o.lang()), r.Source, r.Dataset, r.Late)
		}
	}
}

// sweepJob names the job that sweeps a source.
func sweepJob(source string) string { return "sweep " + source }

// pruneJob takes out of the archive what is older than it is to be kept.
const pruneJob = "prune raw data"

// upkeep are the jobs beside the pulls: sweeps, and pruning the archive.
func (o *Observatory) upkeep() []scheduler.Job {
	var jobs []scheduler.Job
	for _, name := range sortedKeys(o.Config.sources) {
		byKeys, byWide := map[string][]string{}, map[string][]string{}
		sets := o.Config.sources[name].Datasets
		for _, dataset := range sortedKeys(sets) {
			if sweep := sets[dataset].Sweep; sweep.Keys != "" {
				byKeys[sweep.Keys] = append(byKeys[sweep.Keys], dataset)
			}
			if sweep := sets[dataset].Sweep; sweep.WideAt != "" {
				byWide[sweep.WideAt] = append(byWide[sweep.WideAt], dataset)
			}
		}
		jobs = append(jobs, o.sweeps(name, " keys", byKeys, func(string) ingest.SweepOptions { return ingest.SweepOptions{Keys: true} })...)
		jobs = append(jobs, o.sweeps(name, " wide", byWide, func(dataset string) ingest.SweepOptions {
			return ingest.SweepOptions{Wide: time.Duration(sets[dataset].Sweep.Wide)}
		})...)
	}
	if o.Config.Raw.KeepFor > 0 {
		jobs = append(jobs, scheduler.Job{Name: pruneJob, Spec: "30 2 * * *", Run: o.prune})
	}
	return jobs
}

// sweeps makes a job of all datasets of a source that are swept at the same times.
func (o *Observatory) sweeps(source, how string, bySpec map[string][]string, options func(dataset string) ingest.SweepOptions) []scheduler.Job {
	var jobs []scheduler.Job
	for i, spec := range sortedKeys(bySpec) {
		name := sweepJob(source) + how
		if i > 0 {
			name += fmt.Sprintf(" %d", i+1)
		}
		jobs = append(jobs, scheduler.Job{Name: name, Spec: spec, Run: func(ctx context.Context) error {
			var errs []error
			for _, dataset := range bySpec[spec] {
				so := options(dataset)
				so.Datasets = []string{dataset}
				_, err := o.Puller.Sweep(ctx, source, so)
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		}})
	}
	return jobs
}

// prune takes out of the archive what was kept for longer than raw.keep_for.
func (o *Observatory) prune(ctx context.Context) error {
	objects, err := o.Warehouse.RawObjects(ctx, "")
	if err != nil {
		return err
	}
	now := o.Now()
	gone, err := o.Archive.Prune(ctx, objects, now.Add(-time.Duration(o.Config.Raw.KeepFor)), now)
	if len(gone) > 0 {
		o.Log.Info("raw data pruned", "objects", len(gone))
		err = errors.Join(err, o.Warehouse.PrunedRaw(ctx, gone, now))
	}
	return err
}

// sweepFaults finds times of sweeps that cannot be read.
func (c *Config) sweepFaults(node *yaml.Node, faults *khue.Faults) {
	for _, name := range sortedKeys(c.sources) {
		for _, dataset := range sortedKeys(c.sources[name].Datasets) {
			sweep := c.sources[name].Datasets[dataset].Sweep
			specs := map[string]string{"keys": sweep.Keys, "wide_at": sweep.WideAt}
			for _, key := range sortedKeys(specs) {
				if specs[key] == "" {
					continue
				}
				if _, err := scheduler.ParseSpec(specs[key]); err != nil {
					faults.Add(c.file, lineOf(node, name, "datasets", dataset, "sweep", key), "sources.%s.datasets.%s.sweep.%s: %v", name, dataset, key, err)
				}
			}
		}
	}
}
