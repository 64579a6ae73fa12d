package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"khue"
	"khue/access"
	"khue/alerts"
	"khue/indicators"
	"khue/ingest"
	"khue/notes"
	"khue/reports"
	"khue/reports/narrative"
	"khue/scheduler"
	"khue/state"
	"khue/warehouse"
)

// Observatory is the whole, wired in the order of the data's way.
type Observatory struct {
	Config    Config
	Log       *slog.Logger
	Zone      *time.Location
	Now       func() time.Time
	Warehouse *warehouse.Warehouse
	State     *state.Store
	Puller    *ingest.Puller
	Archive   *ingest.Archive
	Service   *indicators.Service
	Catalogue *indicators.Catalogue
	Reports   reports.Definitions
	Alerts    *alerts.Alerts
	Ledger    *ledger
	Notes     *notes.Book
	Texts     *narrative.Book
	People    *access.Book

	bounds   bounds              // of connections to the server
	pageRead func(ingest.Result) // hears of every page a pull has read; nil when nobody listens
}

// Open opens the stores and wires what stands on them. The schema is not
// touched: Prepare brings it up to date, Ready refuses an old one.
func Open(ctx context.Context, c Config, log *slog.Logger) (*Observatory, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("reading the time zone: %w", err)
	}
	o := &Observatory{Config: c, Log: log, Zone: zone, Now: time.Now}
	if o.Catalogue, err = indicators.Load(c.Definitions); err != nil {
		return nil, err
	}
	if o.Reports, err = reports.Load(c.Definitions, o.Catalogue); err != nil {
		return nil, err
	}
	if o.State, err = state.Open(ctx, c.StateDSN()); err != nil {
		return nil, err
	}
	o.Warehouse, err = warehouse.Open(ctx, warehouse.Options{
		DSN: c.WarehouseDSN(), Library: c.Engine.Library, Now: o.Now, Zone: zone, Logger: log, Working: o.working(),
	})
	if err != nil {
		return nil, errors.Join(err, o.State.Close())
	}
	if err := o.wire(); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// working lets the warehouse ask the ledger whether a process on another machine
// still loads; nil when the ledger is not shared and cannot know.
func (o *Observatory) working() func(context.Context, string) (bool, error) {
	if !o.State.Shared() {
		return nil
	}
	return func(ctx context.Context, owner string) (bool, error) { return o.State.Working(ctx, owner, o.Now()) }
}

func (o *Observatory) wire() error {
	var err error
	o.Ledger = newLedger(o.State, o.Catalogue, o.Now, o.Log)
	o.Service = indicators.NewService(o.Catalogue, o.Warehouse, indicators.Options{Now: o.Now, Zone: o.Zone, Ledger: o.Ledger})
	o.Notes = notes.NewBook(o.State, o.Now)
	if o.bounds == (bounds{}) {
		o.bounds = ordinaryBounds
	}
	if o.People, err = access.Open(access.Options{Store: o.State, Now: o.Now, Groups: o.Config.OIDC.groups(), OnlyProvider: o.Config.OIDC.Only, Key: o.Config.formKey}); err != nil {
		return err
	}
	if o.Texts, err = o.textBook(); err != nil {
		return err
	}
	o.Archive = ingest.NewArchive(o.Config.RawDir())
	if o.Puller, err = o.pullerInto(o.Warehouse); err != nil {
		return fmt.Errorf("preparing the sources: %w", err)
	}
	o.Alerts = o.alerter()
	return nil
}

// pullerInto makes what pulls the configured sources into a warehouse.
func (o *Observatory) pullerInto(w *warehouse.Warehouse) (*ingest.Puller, error) {
	return ingest.New(o.Config.sources, ingest.Into(w), ingest.Options{
		Now: o.Now, Zone: o.Zone, Logger: o.Log, Aliases: o.Config.aliases, Archive: o.Archive, Privacy: &ingest.PrivacyKey{Path: o.Config.PrivacyKeyFile()},
		Progress: func(r ingest.Result) {
			if o.pageRead != nil {
				o.pageRead(r)
			}
		},
	})
}

// Close closes everything that Open opened.
func (o *Observatory) Close() error {
	var noted error
	if o.Ledger != nil {
		noted = o.Ledger.close()
	}
	return errors.Join(noted, o.Warehouse.Close(), o.State.Close())
}

// Prepare brings the schema up to date and finishes what an ended process left.
func (o *Observatory) Prepare(ctx context.Context) error {
	steps, err := o.Warehouse.Migrate(ctx)
	if err != nil {
		return err
	}
	if steps > 0 {
		o.Log.Info("warehouse schema brought up to date", "steps", steps)
	}
	if err := o.publish(ctx); err != nil { // a server of your own may not let us; all else works
		o.Log.Warn("the views for SQL could not be made", "cause", err)
	}
	return o.settle(ctx)
}

// settle finishes what ended processes left. What another replica works on is
// left to it: the next pull of that source finds out what became of it.
func (o *Observatory) settle(ctx context.Context) error {
	err := o.Warehouse.Recover(ctx)
	if khue.KindOf(err) == khue.Conflict {
		o.Log.Info("another process is loading", "cause", err)
		err = nil
	}
	return errors.Join(err, o.markSources(ctx))
}

// Ready refuses a schema that is older than this program.
func (o *Observatory) Ready(ctx context.Context) error { return o.Warehouse.SchemaCurrent(ctx) }

// markSources notes which of the configured sources are simulated, before any of
// their facts come in.
func (o *Observatory) markSources(ctx context.Context) error {
	for _, name := range sortedKeys(o.Config.sources) {
		if err := o.Warehouse.MarkSource(ctx, name, o.Config.sources[name].Simulated); err != nil {
			return err
		}
	}
	return nil
}

// simulated tells whether pages and reports must say that data are simulated:
// because a source is, or because facts of one are here.
func (o *Observatory) simulated(ctx context.Context) (bool, error) {
	if o.Config.Simulated() {
		return true, nil
	}
	return o.Warehouse.Simulated(ctx)
}

// jobs are what the scheduler starts: one pull for each source with a schedule.
func (o *Observatory) jobs() []scheduler.Job {
	var jobs []scheduler.Job
	for _, name := range sortedKeys(o.Config.sources) {
		s := o.Config.sources[name].Schedule
		if !s.Set() {
			continue
		}
		jobs = append(jobs, scheduler.Job{
			Name: pullJob(name), Spec: s.Cron, AtStart: true,
			CatchUp: scheduler.CatchUp(s.CatchUp), Cap: s.Cap, Jitter: s.Jitter, After: o.Config.follows(s.After), Wait: s.Wait,
			Paused: s.Paused, TimeLimit: s.TimeLimit, Leave: s.CutOff == "leave",
			Run: func(ctx context.Context) error {
				_, err := o.Puller.Pull(ctx, name, ingest.PullOptions{})
				return err
			},
		})
	}
	jobs = append(jobs, o.upkeep()...)
	return append(jobs, o.reportPlans()...)
}

// pullJob names the job that pulls a source.
func pullJob(source string) string { return "pull " + source }

func (o *Observatory) scheduler() (*scheduler.Scheduler, error) {
	return scheduler.New(o.State, scheduler.Options{Zone: o.Zone, Now: o.Now, Logger: o.Log, Ended: o.runEnded}, o.jobs()...)
}

// runEnded has the alerts look at once, where they run.
func (o *Observatory) runEnded() {
	if o.Alerts != nil {
		o.Alerts.Poke()
	}
}

// recorded runs work by hand as a run of a job: in the ledger, and never beside
// another run of it.
func (o *Observatory) recorded(ctx context.Context, job string, work func(context.Context) error) error {
	jobs, err := o.scheduler()
	if err != nil {
		return err
	}
	return jobs.Record(ctx, job, work)
}

// lang is the language of messages on the command line.
func (o *Observatory) lang() khue.Lang { return khue.Lang(o.Config.Language) }
