package ingest

import (
	"context"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// Chunk is how much of a backfill is read at a time: some months or a duration.
type Chunk struct {
	Months int
	Span   time.Duration
}

// ParseChunk reads "1mo", "7d" or "36h".
func ParseChunk(s string) (Chunk, error) {
	if n, ok := strings.CutSuffix(s, "mo"); ok {
		months, err := strconv.Atoi(n)
		if err == nil && months > 0 {
			return Chunk{Months: months}, nil
		}
	} else if span, err := ParseDays(s); err == nil && span > 0 {
		return Chunk{Span: span}, nil
	}
	return Chunk{}, khue.Errorf(khue.Invalid, "%q không phải một đoạn thời gian như 1mo, 7d hay 36h", "%q is no stretch of time such as 1mo, 7d or 36h", s)
}

func (c Chunk) after(t time.Time) time.Time { return t.AddDate(0, c.Months, 0).Add(c.Span) }

// backfillBook keeps how far backfills have come.
type backfillBook interface {
	BackfillState(ctx context.Context, source, dataset string, from, to time.Time) (time.Time, error)
	NoteBackfill(ctx context.Context, source, dataset string, from, to, until time.Time) error
}

// Backfill reads all changes from o.From up to o.To again, chunk by chunk, each a
// batch of its own or several. One that was cut off goes on after its last whole
// chunk when the same stretch is asked for again; the regular mark stays where it
// is. done hears of every chunk.
func (p *Puller) Backfill(ctx context.Context, source string, o PullOptions, chunk Chunk, done func(Result)) ([]Result, error) {
	c, ok := p.config[source]
	if !ok {
		return nil, khue.Errorf(khue.NotFound, "không có nguồn %q; có %s", "there is no source %q; there are %s", source, strings.Join(p.Sources(), ", "))
	}
	if err := o.check(c); err != nil {
		return nil, err
	}
	if o.To.IsZero() {
		return nil, khue.Errorf(khue.Invalid, "kéo lại cần một khoảng thời gian", "a backfill needs a stretch of time")
	}
	book, _ := p.store.(backfillBook)
	if o.DryRun {
		book = nil
	}
	var results []Result
	for _, d := range khue.Datasets() {
		set, feeds := c.Datasets[d.Name]
		if !feeds || !o.wants(d.Name) {
			continue
		}
		if err := p.backfill(ctx, source, c, d, set, o, chunk, book, func(r Result) {
			results = append(results, r)
			if done != nil {
				done(r)
			}
		}); err != nil {
			return results, khue.While(err, "kéo lại %s từ %s", "backfilling %s of %s", d.Name, source)
		}
	}
	return results, nil
}

func (p *Puller) backfill(ctx context.Context, source string, c SourceConfig, d khue.Dataset, set DatasetConfig, o PullOptions, chunk Chunk, book backfillBook, done func(Result)) error {
	from := o.From
	if book != nil {
		until, err := book.BackfillState(ctx, source, d.Name, o.From, o.To)
		if err != nil {
			return err
		}
		if until.After(from) {
			p.options.Logger.Info("going on with a backfill that was cut off", "source", source, "dataset", d.Name, "from", until)
			from = until.In(o.From.Location())
		}
	}
	for from.Before(o.To) {
		to := chunk.after(from)
		if to.After(o.To) {
			to = o.To
		}
		// A source gives what changed after the first moment: that moment itself is wanted too.
		r := p.pullDataset(ctx, source, c, d, set, PullOptions{
			From: from.Add(-time.Millisecond), To: to, DryRun: o.DryRun, cause: warehouse.CauseBackfill,
		})
		r.From, r.To = from, to
		done(r)
		if r.Err != nil {
			return r.Err
		}
		if book != nil {
			if err := book.NoteBackfill(ctx, source, d.Name, o.From, o.To, to); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}
