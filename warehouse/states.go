package warehouse

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// DatasetState tells how fresh and how clean a dataset is.
type DatasetState struct {
	Dataset      string
	DataUntil    time.Time // calendar day of its latest fact that is not in the future; zero when it has none
	LastRecorded time.Time // when the last batch that changed or confirmed it was recorded
	LastBatch    string
	Rows         int64     // current records
	Quarantined  int64     // open faults
	ChangedAt    time.Time // by the real clock: when a batch of it last began or ended its posting; zero when none has
	Loading      bool      // a batch of it is being posted: answers may hold a part of it
}

// remembered holds the last answer of States for as long as it is true: until
// the batch book has a newer line or the day changes.
type remembered struct {
	sync.Mutex
	line   time.Time
	day    time.Time
	states []DatasetState
	known  atomic.Pointer[time.Time] // the line, to be read without waiting
}

// States lists every dataset, those without data too. It reads the journals
// only after a batch has changed them.
func (w *Warehouse) States(ctx context.Context) ([]DatasetState, error) {
	line, err := w.newestLine(ctx)
	if err != nil {
		return nil, err
	}
	y, m, d := w.now().In(w.zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	w.states.Lock()
	defer w.states.Unlock()
	if lookOf(ctx).behind(w.states.line) {
		return nil, errOvertaken
	}
	if w.states.states == nil || !w.states.line.Equal(line) || !w.states.day.Equal(today) {
		states, err := w.readStates(ctx, today)
		if err != nil {
			return nil, err
		}
		w.states.line, w.states.day, w.states.states = line, today, states
		w.states.known.Store(&line)
	}
	return append([]DatasetState(nil), w.states.states...), nil
}

func (w *Warehouse) readStates(ctx context.Context, today time.Time) ([]DatasetState, error) {
	var out []DatasetState
	for _, d := range khue.Datasets() {
		l, err := layoutOf(d.Name)
		if err != nil {
			return nil, err
		}
		s := DatasetState{Dataset: d.Name}
		var until time.Time
		var quarantined uint64
		err = w.conn.QueryRow(ctx, fmt.Sprintf(
			`SELECT maxIf(day, n > 0 AND day <= toDate($1)), sum(n),
(SELECT count() FROM quarantine FINAL WHERE dataset = $2 AND closed = 0),
(SELECT max(recorded_at) FROM batches WHERE dataset = $2 AND state = 'complete'),
(SELECT max(batch_id) FROM batches WHERE dataset = $2 AND state = 'complete'),
(SELECT max(updated_at) FROM batches WHERE dataset = $2 AND state IN ('posting', 'complete')),
(SELECT count() > 0 FROM batches FINAL WHERE dataset = $2 AND state = 'posting')
FROM (SELECT happened_on AS day, sum(toInt64(sign)) AS n FROM %s GROUP BY day)`, l.journal()), today.Format(time.DateOnly), d.Name).
			Scan(&until, &s.Rows, &quarantined, &s.LastRecorded, &s.LastBatch, &s.ChangedAt, &s.Loading)
		if err != nil {
			return nil, fmt.Errorf("reading the state of %s: %w", d.Name, err)
		}
		s.Quarantined = int64(quarantined)
		if until.After(epoch) {
			s.DataUntil = until
		}
		if l.ofPeriods() && s.Rows > 0 { // its facts reach to the end of their periods
			if s.DataUntil, err = w.Until(ctx, d.Name, time.Time{}, today); err != nil {
				return nil, err
			}
		}
		if s.LastBatch == "" {
			s.LastRecorded = time.Time{}
		}
		out = append(out, s)
	}
	return out, nil
}

// StatesAt lists every dataset as it stood at a moment of knowledge, by the journal
// and the batch book: it tells the same whenever it is asked, once no batch of that
// moment is being posted any more. Quarantined, ChangedAt and Loading alone are
// those of now: the quarantine keeps no past.
func (w *Warehouse) StatesAt(ctx context.Context, at time.Time) ([]DatasetState, error) {
	now, err := w.States(ctx)
	if err != nil {
		return nil, err
	}
	line, err := w.newestLine(ctx)
	if err != nil {
		return nil, err
	}
	y, m, d := at.In(w.zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	w.past.Lock()
	defer w.past.Unlock()
	if w.past.states == nil || !w.past.line.Equal(line) || !w.past.day.Equal(at) {
		states := slices.Clone(now)
		for i := range states {
			if err := w.readPast(ctx, &states[i], at, today); err != nil {
				return nil, fmt.Errorf("reading the state of %s at an earlier moment: %w", states[i].Dataset, err)
			}
		}
		w.past.line, w.past.day, w.past.states = line, at, states
	}
	return slices.Clone(w.past.states), nil
}

// readPast sets what the journal and the batch book tell of a moment.
func (w *Warehouse) readPast(ctx context.Context, s *DatasetState, at, today time.Time) error {
	l, err := layoutOf(s.Dataset)
	if err != nil {
		return err
	}
	err = w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{
		"dataset": s.Dataset, "as_of": at.UTC().Format(momentForm),
	})), fmt.Sprintf(`SELECT
(SELECT sum(toInt64(sign)) FROM %s WHERE recorded_at <= {as_of:DateTime64(3, 'UTC')}),
max(recorded_at), max(batch_id)
FROM batches WHERE dataset = {dataset:String} AND state = 'complete' AND recorded_at <= {as_of:DateTime64(3, 'UTC')}`, l.journal())).
		Scan(&s.Rows, &s.LastRecorded, &s.LastBatch)
	if err != nil {
		return err
	}
	if s.LastBatch == "" {
		s.LastRecorded = time.Time{}
	}
	s.DataUntil, err = w.Until(ctx, s.Dataset, at, today)
	return err
}
