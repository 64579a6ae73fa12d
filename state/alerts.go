package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Alert is something that was wrong and was told.
type Alert struct {
	ID       int64
	Subject  string // names what is wrong, such as "failing: pull registry"
	OpenedAt time.Time
	ClosedAt time.Time // zero while it is wrong
}

// Message is one notice to one receiver.
type Message struct {
	ID        int64
	AlertID   int64
	Mark      string // the same in every try, so that a receiver can tell a repeat
	Channel   string // email, webhook
	Recipient string
	Body      string
	Attempts  int // tries so far, this one included
	CreatedAt time.Time
}

// Raise notes that something is wrong, with the messages that tell of it. Only
// the first of all processes to note it gets true; until Resolve the others,
// and later ones, change nothing. evidence is when what was seen came about: a
// process that looked before another one resolved it does not raise it again.
func (s *Store) Raise(ctx context.Context, subject string, now, evidence time.Time, messages []Message) (bool, error) {
	var opened bool
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, s.in.sql(`INSERT INTO alerts (subject, opened_at, evidence)
SELECT w.subject, w.opened_at, w.evidence FROM (SELECT `+s.in.text("$1")+` AS subject, `+s.in.moment("$2")+` AS opened_at, `+s.in.moment("$3")+` AS evidence) w
WHERE NOT EXISTS (SELECT 1 FROM alerts a WHERE a.subject = w.subject AND a.closed_at IS NOT NULL AND a.evidence > w.evidence)
ON CONFLICT (subject) WHERE closed_at IS NULL DO NOTHING RETURNING id`), subject, s.in.at(now), s.in.at(evidence)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		opened = true
		return s.addMessages(ctx, tx, id, now, messages)
	})
	if err != nil {
		return false, fmt.Errorf("raising the alert %q: %w", subject, err)
	}
	return opened, nil
}

// Resolve notes that something is right again, with the messages that tell of
// it. Only the first to note it gets true; evidence is as in Raise.
func (s *Store) Resolve(ctx context.Context, subject string, now, evidence time.Time, messages []Message) (bool, error) {
	var resolved bool
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, s.in.sql("UPDATE alerts SET closed_at = $1, evidence = $2 WHERE subject = $3 AND closed_at IS NULL AND evidence <= $2 RETURNING id"),
			s.in.at(now), s.in.at(evidence), subject).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		resolved = true
		return s.addMessages(ctx, tx, id, now, messages)
	})
	if err != nil {
		return false, fmt.Errorf("resolving the alert %q: %w", subject, err)
	}
	return resolved, nil
}

func (s *Store) addMessages(ctx context.Context, tx *sql.Tx, alert int64, now time.Time, messages []Message) error {
	for _, m := range messages {
		_, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO messages (alert_id, mark, channel, recipient, body, outcome, created_at, next_try_at)
VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $6)`), alert, rand.Text(), m.Channel, m.Recipient, m.Body, s.in.at(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// Alerts lists the newest alerts first; only those still open when asked so.
func (s *Store) Alerts(ctx context.Context, onlyOpen bool, limit int) ([]Alert, error) {
	where := ""
	if onlyOpen {
		where = "WHERE closed_at IS NULL "
	}
	rows, err := s.db.QueryContext(ctx, s.in.sql("SELECT id, subject, opened_at, closed_at FROM alerts "+where+"ORDER BY id DESC LIMIT $1"), limit)
	if err != nil {
		return nil, fmt.Errorf("listing alerts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Alert
	for rows.Next() {
		var a Alert
		if err := rows.Scan(&a.ID, &a.Subject, moment{&a.OpenedAt}, moment{&a.ClosedAt}); err != nil {
			return nil, fmt.Errorf("listing alerts: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// ClaimMessage takes a message that is to be sent now over one of the channels;
// false when there is none. Exactly one process gets it; should that one die
// before it says how it went, another gets it after the lease. A receiver hears
// of a recovery only after what it recovered from.
func (s *Store) ClaimMessage(ctx context.Context, now, leaseUntil time.Time, channels ...string) (m Message, ok bool, err error) {
	if len(channels) == 0 {
		return m, false, nil
	}
	args := []any{s.in.at(now), s.in.at(leaseUntil), s.holder}
	marks := make([]string, len(channels))
	for i, c := range channels {
		args = append(args, c)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	err = s.db.QueryRowContext(ctx, s.in.sql(`UPDATE messages SET outcome = 'sending', attempts = attempts + 1, next_try_at = $2, claimed_by = $3
WHERE id = (SELECT m.id FROM messages m WHERE m.outcome IN ('waiting', 'sending') AND m.next_try_at <= $1 AND m.channel IN (`+strings.Join(marks, ", ")+`)
	AND NOT EXISTS (SELECT 1 FROM messages e WHERE e.alert_id = m.alert_id AND e.channel = m.channel AND e.recipient = m.recipient
		AND e.id < m.id AND e.outcome IN ('waiting', 'sending'))
	ORDER BY m.id LIMIT 1`+s.in.unclaimed()+`)
RETURNING id, alert_id, mark, channel, recipient, body, attempts, created_at`), args...).
		Scan(&m.ID, &m.AlertID, &m.Mark, &m.Channel, &m.Recipient, &m.Body, &m.Attempts, moment{&m.CreatedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("claiming a message to send: %w", err)
	}
	return m, true, nil
}

// Sent notes that a message was taken by its receiver.
func (s *Store) Sent(ctx context.Context, id int64, now time.Time) error {
	_, err := s.exec(ctx, "UPDATE messages SET outcome = 'sent', ended_at = $1, cause = '' WHERE id = $2 AND claimed_by = $3", s.in.at(now), id, s.holder)
	if err != nil {
		return fmt.Errorf("noting that message %d was sent: %w", id, err)
	}
	return nil
}

// NotSent notes that a try failed and when the next one is due; never, when that is zero.
func (s *Store) NotSent(ctx context.Context, id int64, now, next time.Time, cause string) error {
	outcome, ended := "waiting", time.Time{}
	if next.IsZero() {
		outcome, next, ended = "failed", now, now
	}
	_, err := s.exec(ctx, "UPDATE messages SET outcome = $1, next_try_at = $2, ended_at = $3, cause = $4 WHERE id = $5 AND claimed_by = $6",
		outcome, s.in.at(next), s.in.at(ended), cause, id, s.holder)
	if err != nil {
		return fmt.Errorf("noting that message %d was not sent: %w", id, err)
	}
	return nil
}

// Unsent counts the messages that wait to be sent and those that were given up.
func (s *Store) Unsent(ctx context.Context) (waiting, failed int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT coalesce(sum(CASE WHEN outcome IN ('waiting', 'sending') THEN 1 ELSE 0 END), 0),
	coalesce(sum(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END), 0) FROM messages`).Scan(&waiting, &failed)
	if err != nil {
		return 0, 0, fmt.Errorf("counting messages: %w", err)
	}
	return waiting, failed, nil
}
