package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"khue"
)

// What becomes of a delivery.
const (
	DeliveryWaiting   = "waiting"
	DeliverySending   = "sending"
	DeliveryUncertain = "uncertain" // cut off while the recipient was taking it: not tried again by itself
	DeliveryDone      = "delivered"
	DeliveryFailed    = "failed" // given up, or never possible
)

// Delivery is an issued report for one recipient.
type Delivery struct {
	ID        int64
	Report    int64  // which is one version of its subject
	Recipient string // its name in the configuration
	Mark      string // the same in every try, so that a receiver can tell a repeat
	Outcome   string
	Attempts  int // tries since it was last asked for, this one included
	CreatedAt time.Time
	NextTryAt time.Time // of one that is being sent: until when its claim holds
	EndedAt   time.Time // zero while it is open
	Cause     khue.Text // of the last try that failed
}

const deliveryColumns = "id, report_id, recipient, mark, outcome, attempts, created_at, next_try_at, ended_at, cause_vi, cause_en"

// into are where a row of deliveryColumns goes.
func (d *Delivery) into() []any {
	return []any{
		&d.ID, &d.Report, &d.Recipient, &d.Mark, &d.Outcome, &d.Attempts, moment{&d.CreatedAt}, moment{&d.NextTryAt}, moment{&d.EndedAt}, &d.Cause.VI, &d.Cause.EN,
	}
}

// keepDeliveries writes who an issued report goes to. Who has it already, or is to
// get it, keeps the row that there is.
func (s *Store) keepDeliveries(ctx context.Context, tx *sql.Tx, report int64, recipients []string, now time.Time) error {
	for _, to := range recipients {
		_, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO report_deliveries (report_id, recipient, mark, outcome, created_at, next_try_at)
VALUES ($1, $2, $3, 'waiting', $4, $4) ON CONFLICT (report_id, recipient) DO NOTHING`), report, to, rand.Text(), s.in.at(now))
		if err != nil {
			return fmt.Errorf("noting that report %d goes to %s: %w", report, to, err)
		}
	}
	return nil
}

// DeliverAgain asks for an issued report to be delivered now: to those who were
// not to get it until now, and once more to those whom it did not reach or of whom
// that is not known. Who has it does not get it again.
func (s *Store) DeliverAgain(ctx context.Context, report int64, recipients []string, now time.Time) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if err := s.keepDeliveries(ctx, tx, report, recipients, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.in.sql(`UPDATE report_deliveries SET outcome = 'waiting', attempts = 0, handed_at = NULL, ended_at = NULL, next_try_at = $1
WHERE report_id = $2 AND outcome IN ('waiting', 'uncertain', 'failed')`), s.in.at(now), report)
		return err
	})
	if err != nil {
		return fmt.Errorf("asking for report %d to be delivered: %w", report, err)
	}
	return nil
}

// CutOffDeliveries ends deliveries whose process died, or stood still for longer than its
// claim, while the recipient was taking them: whether they arrived is not known.
// It gives them.
func (s *Store) CutOffDeliveries(ctx context.Context, now time.Time) ([]Delivery, error) {
	var out []Delivery
	err := s.each(ctx, func(row *sql.Rows) error {
		var d Delivery
		err := row.Scan(d.into()...)
		out = append(out, d)
		return err
	}, `UPDATE report_deliveries SET outcome = 'uncertain', ended_at = $1, cause_vi = 'bị ngắt khi nơi nhận đang nhận; không biết đã nhận được hay chưa',
	cause_en = 'cut off while the recipient was taking it; whether it arrived is not known'
WHERE outcome = 'sending' AND handed_at IS NOT NULL AND next_try_at <= $1 RETURNING `+deliveryColumns, s.in.at(now))
	if err != nil {
		return nil, fmt.Errorf("ending deliveries that were cut off: %w", err)
	}
	return out, nil
}

// ClaimDelivery takes a delivery that is to be made now, of one report or (0) of
// any; false when there is none. Exactly one process gets it; should that one die
// before the recipient could take it, another gets it after the lease.
func (s *Store) ClaimDelivery(ctx context.Context, report int64, now, leaseUntil time.Time) (d Delivery, ok bool, err error) {
	err = s.db.QueryRowContext(ctx, s.in.sql(`UPDATE report_deliveries SET outcome = 'sending', attempts = attempts + 1, next_try_at = $2, claimed_by = $3, handed_at = NULL
WHERE id = (SELECT d.id FROM report_deliveries d WHERE d.outcome IN ('waiting', 'sending') AND d.handed_at IS NULL AND d.next_try_at <= $1
	AND ($4 = 0 OR d.report_id = $4) ORDER BY d.next_try_at, d.id LIMIT 1`+s.in.unclaimed()+`)
RETURNING `+deliveryColumns), s.in.at(now), s.in.at(leaseUntil), s.holder, report).Scan(d.into()...)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("claiming a delivery: %w", err)
	}
	return d, true, nil
}

// HandOver notes that the recipient can take the delivery from now on. It is a
// Conflict when the claim holds no longer: then another process may be at it, and
// this one must stop.
func (s *Store) HandOver(ctx context.Context, d Delivery, now time.Time) error {
	n, err := s.exec(ctx, "UPDATE report_deliveries SET handed_at = $1 WHERE id = $2 AND outcome = 'sending' AND claimed_by = $3 AND attempts = $4 AND next_try_at > $1",
		s.in.at(now), d.ID, s.holder, d.Attempts)
	if err != nil {
		return fmt.Errorf("noting that delivery %d is handed over: %w", d.ID, err)
	}
	if n == 0 {
		return khue.Errorf(khue.Conflict, "đã quá thời hạn giữ lượt gửi", "the claim on the delivery holds no longer")
	}
	return nil
}

// EndDelivery notes how a try went. One that is to be tried again waits until next.
// False: the claim was lost meanwhile, and nothing is noted.
func (s *Store) EndDelivery(ctx context.Context, d Delivery, outcome string, now, next time.Time, cause khue.Text) (bool, error) {
	ended := now
	if outcome == DeliveryWaiting {
		ended = time.Time{}
	} else {
		next = now
	}
	n, err := s.exec(ctx, `UPDATE report_deliveries SET outcome = $1, next_try_at = $2, ended_at = $3, cause_vi = $4, cause_en = $5, handed_at = NULL
WHERE id = $6 AND claimed_by = $7 AND attempts = $8 AND outcome IN ('sending', 'uncertain')`,
		outcome, s.in.at(next), s.in.at(ended), cause.VI, cause.EN, d.ID, s.holder, d.Attempts)
	if err != nil {
		return false, fmt.Errorf("noting how delivery %d went: %w", d.ID, err)
	}
	return n > 0, nil
}

// Deliveries lists the deliveries of a report, or (0) the newest of all reports.
func (s *Store) Deliveries(ctx context.Context, report int64, limit int) ([]Delivery, error) {
	var out []Delivery
	err := s.each(ctx, func(row *sql.Rows) error {
		var d Delivery
		err := row.Scan(d.into()...)
		out = append(out, d)
		return err
	}, "SELECT "+deliveryColumns+" FROM report_deliveries WHERE $1 = 0 OR report_id = $1 ORDER BY id DESC LIMIT $2", report, limit)
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	return out, nil
}

// DeliveryText is what became of a delivery, for people.
func DeliveryText(outcome string) khue.Text {
	return map[string]khue.Text{
		DeliveryWaiting:   {VI: "chờ gửi", EN: "waiting"},
		DeliverySending:   {VI: "đang gửi", EN: "being sent"},
		DeliveryUncertain: {VI: "không chắc đã nhận", EN: "uncertain"},
		DeliveryDone:      {VI: "đã gửi", EN: "delivered"},
		DeliveryFailed:    {VI: "không gửi được", EN: "failed"},
	}[outcome]
}
