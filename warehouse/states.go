package warehouse

import (
	"context"
	"fmt"
	"sync"
	"time"

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
	day    string
	states []DatasetState
}

// States lists every dataset, those without data too. It reads the journals
// only after a batch has changed them.
func (w *Warehouse) States(ctx context.Context) ([]DatasetState, error) {
	var line time.Time
	if err := w.conn.QueryRow(ctx, "SELECT max(updated_at) FROM batches").Scan(&line); err != nil {
		return nil, fmt.Errorf("reading the batch book: %w", err)
	}
	today := w.now().In(w.zone).Format(time.DateOnly)
	w.states.Lock()
	defer w.states.Unlock()
	if w.states.states == nil || !w.states.line.Equal(line) || w.states.day != today {
		states, err := w.readStates(ctx, today)
		if err != nil {
			return nil, err
		}
		w.states.line, w.states.day, w.states.states = line, today, states
	}
	return append([]DatasetState(nil), w.states.states...), nil
}

func (w *Warehouse) readStates(ctx context.Context, today string) ([]DatasetState, error) {
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
			`SELECT maxIf(happened_on, happened_on <= toDate($1)), sum(toInt64(sign)),
(SELECT count() FROM quarantine FINAL WHERE dataset = $2 AND closed = 0),
(SELECT max(recorded_at) FROM batches WHERE dataset = $2 AND state = 'complete'),
(SELECT max(batch_id) FROM batches WHERE dataset = $2 AND state = 'complete'),
(SELECT max(updated_at) FROM batches WHERE dataset = $2 AND state IN ('posting', 'complete')),
(SELECT count() > 0 FROM batches FINAL WHERE dataset = $2 AND state = 'posting') FROM %s`, l.journal()), today, d.Name).
			Scan(&until, &s.Rows, &quarantined, &s.LastRecorded, &s.LastBatch, &s.ChangedAt, &s.Loading)
		if err != nil {
			return nil, fmt.Errorf("reading the state of %s: %w", d.Name, err)
		}
		s.Quarantined = int64(quarantined)
		if until.After(epoch) && s.Rows > 0 {
			s.DataUntil = until
		}
		if s.LastBatch == "" {
			s.LastRecorded = time.Time{}
		}
		out = append(out, s)
	}
	return out, nil
}
