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
	day    time.Time
	states []DatasetState
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
	if w.states.states == nil || !w.states.line.Equal(line) || !w.states.day.Equal(today) {
		states, err := w.readStates(ctx, today)
		if err != nil {
			return nil, err
		}
		w.states.line, w.states.day, w.states.states = line, today, states
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
