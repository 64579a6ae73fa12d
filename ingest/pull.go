package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// Options are what a Puller needs beside its configuration; zero values are fit for use.
type Options struct {
	Now     func() time.Time // the clock; time.Now by default
	Zone    *time.Location   // the observatory's zone; khue.DefaultZone by default
	Logger  *slog.Logger     // silent by default
	Aliases Aliases          // names of the city's own
	// Progress hears of every page that was read; it must be quick. A copy of the
	// result so far is handed over.
	Progress func(Result)
	Archive  *Archive    // keeps what is read; nil keeps nothing
	Privacy  *PrivacyKey // of keyed hashes; needed where the configuration has some
}

// PullOptions say what to pull.
type PullOptions struct {
	Datasets []string // only these; all of the source when empty
	// Since reads what changed after it, whatever the mark says. The mark stays
	// where it is, unless there is none yet: then the observatory begins there.
	Since time.Time
	// From and To read a stretch of changes again; the mark stays where it is.
	From, To time.Time
	// DryRun reads, checks and compares, and changes nothing.
	DryRun bool

	cause string // of the batches, where it is no regular pull
}

// Result is what became of one dataset of a pull. Its counts are the sums over
// its batches; Read, Accepted and Rejected also count what a failed pull had read.
type Result struct {
	Source, Dataset                         string
	Read, Accepted, Rejected                int64
	Duplicates, Added, Corrected, Retracted int64
	Unchanged                               int64
	Batches                                 []warehouse.Outcome
	Changes                                 []warehouse.Change   // of a dry run: what would become of each month
	Cause                                   string               // warehouse.Cause…; "" for a regular pull
	Late                                    int64                // of a wide sweep: records that regular pulls had missed
	From, To                                time.Time            // of a chunk of a backfill
	Told                                    *Totals              // what the source itself said of its rows
	Mismatch                                error                // how that differs from what was read, where it only warns
	Watermark                               string               // as stored; "" when nothing was
	Sample                                  []warehouse.Rejected // the first rejected rows
	Started, Ended                          time.Time
	DryRun                                  bool
	Err                                     error // nil when all was read
}

func (r *Result) add(o warehouse.Outcome) {
	r.Batches = append(r.Batches, o)
	r.Duplicates += o.Duplicates
	r.Added += o.Added
	r.Corrected += o.Corrected
	r.Retracted += o.Retracted
	r.Unchanged += o.Unchanged
}

// Puller pulls source systems into the store.
type Puller struct {
	config  Config
	store   Store
	options Options
	dict    *dictionaries
	limits  limits
	links   map[string]*restLink // by source
}

// New makes a Puller for a configuration that Decode found free of faults.
func New(c Config, store Store, o Options) (*Puller, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Zone == nil {
		zone, err := time.LoadLocation(khue.DefaultZone)
		if err != nil {
			return nil, fmt.Errorf("loading the time zone: %w", err)
		}
		o.Zone = zone
	}
	p := &Puller{config: c, store: store, options: o, dict: newDictionaries(o.Aliases), limits: defaultLimits, links: make(map[string]*restLink)}
	for name, s := range c {
		if s.Kind == kindREST {
			p.links[name] = newRESTLink(s)
		}
	}
	return p, nil
}

// Sources lists the names of the sources.
func (p *Puller) Sources() []string { return names(p.config) }

// Pull reads all datasets of a source in the order in which their facts depend on
// each other. A dataset that fails does not stop the others: its result has the
// error, and so has the error returned, which names each dataset that failed.
// What a failed dataset had already committed stays, with the mark to go on from.
func (p *Puller) Pull(ctx context.Context, source string, o PullOptions) ([]Result, error) {
	c, ok := p.config[source]
	if !ok {
		return nil, khue.Errorf(khue.NotFound, "không có nguồn %q; có %s", "there is no source %q; there are %s", source, strings.Join(p.Sources(), ", "))
	}
	if err := o.check(c); err != nil {
		return nil, err
	}
	var results []Result
	var faults []error
	for _, d := range khue.Datasets() {
		set, feeds := c.Datasets[d.Name]
		if !feeds || !o.wants(d.Name) {
			continue
		}
		r := p.pullDataset(ctx, source, c, d, set, o)
		results = append(results, r)
		if r.Err != nil {
			faults = append(faults, khue.While(r.Err, "kéo %s từ %s", "pulling %s of %s", d.Name, source))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return results, errors.Join(faults...)
}

func (o PullOptions) wants(dataset string) bool {
	if len(o.Datasets) == 0 {
		return true
	}
	for _, d := range o.Datasets {
		if d == dataset {
			return true
		}
	}
	return false
}

func (o PullOptions) check(c SourceConfig) error {
	for _, d := range o.Datasets {
		if _, ok := c.Datasets[d]; !ok {
			return khue.Errorf(khue.NotFound, "nguồn không có tập dữ liệu %q; có %s", "the source has no dataset %q; it has %s", d, strings.Join(names(c.Datasets), ", "))
		}
	}
	if o.From.IsZero() != o.To.IsZero() || !o.To.IsZero() && !o.From.Before(o.To) || !o.To.IsZero() && !o.Since.IsZero() {
		return khue.Errorf(khue.Invalid, "kéo lại cần một khoảng từ trước đến sau, và không đi cùng since",
			"a backfill needs a stretch from an earlier to a later moment, and no since beside it")
	}
	return nil
}

// pullDataset is the whole way of one dataset.
func (p *Puller) pullDataset(ctx context.Context, name string, c SourceConfig, d khue.Dataset, set DatasetConfig, o PullOptions) Result {
	r := Result{Source: name, Dataset: d.Name, Started: p.options.Now(), DryRun: o.DryRun}
	log := p.options.Logger.With("source", name, "dataset", d.Name)
	err := p.run(ctx, c, d, set, o, log, &r)
	r.Ended, r.Err = p.options.Now(), err
	attrs := []any{
		"read", r.Read, "accepted", r.Accepted, "rejected", r.Rejected, "added", r.Added,
		"corrected", r.Corrected, "retracted", r.Retracted, "batches", len(r.Batches), "took", r.Ended.Sub(r.Started),
	}
	if err != nil {
		log.Error("pull failed", append(attrs, "error", err)...)
	} else {
		log.Info("pulled", attrs...)
	}
	return r
}

func (p *Puller) run(ctx context.Context, c SourceConfig, d khue.Dataset, set DatasetConfig, o PullOptions, log *slog.Logger, r *Result) error {
	zone, err := c.zone(p.options.Zone)
	if err != nil {
		return err
	}
	source, own := open(d.Name, c, set, zone, p.links[r.Source], log)
	m, err := p.mapping(d, &set, zone, own)
	if err != nil {
		return err
	}
	mark, err := p.store.Watermark(ctx, r.Source, r.Dataset)
	if err != nil {
		return fmt.Errorf("reading the watermark: %w", err)
	}
	l, err := p.loader(c, set, m, o, r)
	if err != nil {
		return err
	}
	request := Request{Columns: m.columns, Mark: mark, Since: o.Since, Until: p.options.Now(), Skip: make(map[string]bool)}
	if !o.To.IsZero() {
		request.Since, request.To = o.From, o.To
	}
	if !request.Since.IsZero() && (mark != "" || !o.To.IsZero()) {
		l.fixed = &mark // what lies between the mark and this stretch was not read
		l.load.Cause = warehouse.CauseBackfill
	}
	if o.cause != "" {
		l.load.Cause = o.cause
	}
	r.Cause = l.load.Cause
	return l.drain(ctx, source, request, set.Reconcile.OnMismatch, log)
}

func (p *Puller) loader(c SourceConfig, set DatasetConfig, m *mapping, o PullOptions, r *Result) (*loader, error) {
	door, err := m.door(p.options.Privacy)
	if err != nil {
		return nil, err
	}
	return &loader{
		store: p.store, mapping: m, limits: p.limits, progress: p.options.Progress, result: r, door: door,
		load:   warehouse.Load{Source: r.Source, Dataset: r.Dataset, Replace: set.Replace, DryRun: o.DryRun},
		keeper: keeper{archive: p.options.Archive, what: c.keeps(&set), now: p.options.Now},
		sums:   set.Reconcile.Sum,
		// Between two batches the mark would hold the last row's id as it is.
		uncut: set.ID != "" && slices.ContainsFunc(m.hashed, func(i int) bool { return m.columns[i] == set.ID }),
	}, nil
}

// keeps is what is kept of a dataset's raw data.
func (c SourceConfig) keeps(set *DatasetConfig) string {
	switch {
	case c.Keep != "":
		return c.Keep
	case c.Kind == kindFiles && !set.hides():
		return keepWhole
	}
	return keepRows
}

// hides tells whether any column is hashed at the door.
func (c *DatasetConfig) hides() bool {
	for _, f := range c.Fields {
		if f.Hash != "" {
			return true
		}
	}
	return len(c.Hash) > 0
}

// What becomes of a pull whose numbers are not the source's.
const (
	mismatchFails = "fail"
	mismatchWarns = "warn"
)

// drain reads until the source is done. A part that breaks after some of its rows
// were given out takes the open batch with it; the rest is read again without it.
// A reading that does not agree with what the source says of itself is read once
// more, for rows may have moved meanwhile; if it still does not, nothing of it is
// posted beyond the batches that a long reading had to be cut into.
func (l *loader) drain(ctx context.Context, source Source, q Request, onMismatch string, log *slog.Logger) error {
	var faults []error
	asked := false
	q.Told = func(t Totals) { l.told = &t }
	for {
		l.reread()
		mark, err := source.Read(ctx, q, func(p *Page) error { return l.page(ctx, p) })
		l.result.Told = l.told
		var broken *BrokenError
		var skipped *SkippedError
		switch {
		case errors.As(err, &broken):
			log.Warn("a part of the source broke; reading the rest without it", "part", broken.Part, "error", err)
			faults = append(faults, broken)
			q.Skip[broken.Part] = true
			if err := l.again(ctx, &q, broken); err != nil {
				return errors.Join(append(faults, err)...)
			}
			continue
		case errors.As(err, &skipped):
			faults = append(faults, skipped)
		case err != nil:
			return errors.Join(append(faults, err, l.abort(ctx, err))...)
		}
		if wrong := l.disagrees(); wrong != nil && faults == nil {
			if !asked {
				asked = true
				log.Warn("what was read does not agree with the source; reading it once more", "error", wrong)
				if err := l.again(ctx, &q, wrong); err != nil {
					return err
				}
				continue
			}
			if onMismatch != mismatchWarns {
				return errors.Join(wrong, l.abort(ctx, wrong))
			}
			log.Warn("what was read does not agree with the source", "error", wrong)
			l.result.Mismatch = wrong
		}
		l.partly = errors.Join(faults...)
		if err := l.commit(ctx, mark); err != nil {
			return errors.Join(append(faults, err, l.abort(ctx, err))...)
		}
		return l.partly
	}
}

// again throws the open batch away and lets the reading begin after the last committed one.
func (l *loader) again(ctx context.Context, q *Request, because error) error {
	if l.result.Watermark != "" {
		q.Mark = l.result.Watermark
	}
	if err := l.abort(ctx, because); err != nil {
		return err
	}
	l.forget()
	return nil
}

func (c SourceConfig) zone(fallback *time.Location) (*time.Location, error) {
	if c.Zone == "" {
		return fallback, nil
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("loading the source's time zone: %w", err)
	}
	return zone, nil
}

// mapping compiles what Decode has checked; a configuration built by hand is checked here.
func (p *Puller) mapping(d khue.Dataset, set *DatasetConfig, zone *time.Location, own []string) (*mapping, error) {
	return p.mappingAt(d, set, zone, own, p.options.Now())
}

// mappingAt is the mapping as of a moment, for rows that were read then.
func (p *Puller) mappingAt(d khue.Dataset, set *DatasetConfig, zone *time.Location, own []string, at time.Time) (*mapping, error) {
	var faults khue.Faults
	m := compile(d, set, zone, p.dict, midnight(at.In(zone)), func(key, format string, args ...any) {
		faults.Add("", 0, "%s/%s: %s", d.Name, key, fmt.Sprintf(format, args...))
	}, own...)
	return m, faults.Err()
}

// open makes the source of a dataset, and tells which columns it needs for itself.
// link is what all readings of a REST source share; nil makes one for this reading.
func open(dataset string, c SourceConfig, set DatasetConfig, zone *time.Location, link *restLink, log *slog.Logger) (Source, []string) {
	most := c.MaxTime
	if most == 0 {
		most = defaultMaxTime
	}
	switch c.Kind {
	case kindREST:
		return bounded{newREST(dataset, c, set, link, log), most}, nil
	case kindSQL:
		own := append([]string{set.ID, set.Cursor}, set.Reconcile.Sum...)
		return bounded{&sqlSource{name: dataset, config: c, set: set, zone: zone, log: log}, most}, own
	default:
		d, _ := khue.DatasetOf(dataset)
		return bounded{&filesSource{config: c, set: set, zone: zone, log: log, numbers: numberColumns(d, set)}, most}, nil
	}
}
