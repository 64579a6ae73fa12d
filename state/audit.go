package state

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Outcomes of what somebody did.
const (
	AuditDone    = "done"
	AuditRefused = "refused" // they may not
	AuditFailed  = "failed"  // they may, and it did not come about
)

// AuditEntry is one thing that somebody did. Seq, Previous and Hash are given when it
// is kept.
type AuditEntry struct {
	Seq      int64
	At       time.Time
	Actor    string // login; "" is nobody known
	Act      string
	Object   string
	Outcome  string
	Address  string
	Detail   string
	Previous string
	Hash     string
}

// seal is the hash of an entry after the one before it: SHA-256 over that one's hash
// and the entry's own content, written in one way only.
func (e AuditEntry) seal() string {
	var b bytes.Buffer
	b.WriteString(e.Previous)
	b.WriteByte('\n')
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	_ = to.Encode([]any{e.Seq, e.At.UTC().Format(instant), e.Actor, e.Act, e.Object, e.Outcome, e.Address, e.Detail}) // texts and a number always encode
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// AddAudit keeps entries in their order.
func (s *Store) AddAudit(ctx context.Context, entries ...AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error { return s.addAudit(ctx, tx, entries...) })
	if err != nil {
		return fmt.Errorf("keeping what was done: %w", err)
	}
	return nil
}

// addAudit adds to the chain within a transaction that runs alone.
func (s *Store) addAudit(ctx context.Context, tx *sql.Tx, entries ...AuditEntry) error {
	for _, e := range entries {
		err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").Scan(&e.Seq, &e.Previous)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		e.Seq, e.At = e.Seq+1, toMillisecond(e.At)
		e.Actor, e.Object, e.Detail, e.Address = storable(e.Actor), storable(e.Object), storable(e.Detail), storable(e.Address)
		e.Hash = e.seal()
		if _, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO audit (seq, at, actor, act, object, outcome, address, detail, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`), e.Seq, s.in.at(e.At), e.Actor, e.Act, e.Object, e.Outcome, e.Address, e.Detail, e.Previous, e.Hash); err != nil {
			return err
		}
	}
	return nil
}

// storable is a text as both databases keep it: valid UTF-8 without the null
// character, and no longer than a line that somebody reads.
func storable(s string) string {
	s = storableWhole(s)
	if len(s) > 2000 {
		s = strings.ToValidUTF8(s[:2000], "") + "…"
	}
	return s
}

// storableWhole is storable at any length.
func storableWhole(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// AuditFilter narrows a list of the audit; what is empty does not.
type AuditFilter struct {
	Actor, Act string    // an act, or a family of them ending in a dot
	Outcome    string    // one of the outcomes
	From, To   time.Time // To is not included
	Before     int64     // entries older than that number; 0 is from the newest on
	Most       int
}

const auditColumns = "seq, at, actor, act, object, outcome, address, detail, previous, hash"

// Audit lists what was done, the newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	where, args := []string{"1 = 1"}, []any(nil)
	narrow := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	if f.Actor != "" {
		narrow("actor = ?", f.Actor)
	}
	switch {
	case strings.HasSuffix(f.Act, "."):
		narrow(fmt.Sprintf("substr(act, 1, %d) = ?", len(f.Act)), f.Act)
	case f.Act != "":
		narrow("act = ?", f.Act)
	}
	if f.Outcome != "" {
		narrow("outcome = ?", f.Outcome)
	}
	if !f.From.IsZero() {
		narrow("at >= ?", s.in.at(f.From))
	}
	if !f.To.IsZero() {
		narrow("at < ?", s.in.at(f.To))
	}
	if f.Before > 0 {
		narrow("seq < ?", f.Before)
	}
	args = append(args, f.Most)
	var out []AuditEntry
	err := s.each(ctx, func(row *sql.Rows) error {
		e, err := scanAudit(row)
		out = append(out, e)
		return err
	}, "SELECT "+auditColumns+" FROM audit WHERE "+strings.Join(where, " AND ")+fmt.Sprintf(" ORDER BY seq DESC LIMIT $%d", len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("listing what was done: %w", err)
	}
	return out, nil
}

func scanAudit(row *sql.Rows) (AuditEntry, error) {
	var e AuditEntry
	err := row.Scan(&e.Seq, moment{&e.At}, &e.Actor, &e.Act, &e.Object, &e.Outcome, &e.Address, &e.Detail, &e.Previous, &e.Hash)
	return e, err
}

// AuditProof is what a look through the chain found.
type AuditProof struct {
	Entries int64
	Head    string // hash of the newest entry: who keeps it elsewhere can tell when the end is cut off
	Broken  int64  // number of the first entry that does not hold; 0 when all do
}

// VerifyAudit works out every seal again, from the first entry to the newest.
func (s *Store) VerifyAudit(ctx context.Context) (AuditProof, error) {
	return s.VerifyAuditKnowing(ctx, AuditProof{}, true)
}

// VerifyAuditKnowing also holds the chain against what a look before found whole: the
// entry at which that one ended is still there as it was, so that an end that was cut
// off shows, and a chain that was made anew. Unless the whole is asked for, it begins at
// that entry, and what was changed further back is not found.
func (s *Store) VerifyAuditKnowing(ctx context.Context, known AuditProof, whole bool) (AuditProof, error) {
	from := known.Entries
	if whole || from == 0 {
		from = 1
	}
	p := AuditProof{Entries: from - 1}
	err := s.each(ctx, func(row *sql.Rows) error {
		e, err := scanAudit(row)
		if err != nil || p.Broken > 0 {
			return err
		}
		begins := from > 1 && e.Seq == from // its own seal and what was known of it are all there is
		if e.Seq != p.Entries+1 || e.Hash != e.seal() || !begins && e.Previous != p.Head || e.Seq == known.Entries && e.Hash != known.Head {
			p.Broken = p.Entries + 1
			return nil
		}
		p.Entries, p.Head = e.Seq, e.Hash
		return nil
	}, "SELECT "+auditColumns+" FROM audit WHERE seq >= $1 ORDER BY seq", from)
	if err != nil {
		return AuditProof{}, fmt.Errorf("verifying what was done: %w", err)
	}
	if p.Broken == 0 && p.Entries < known.Entries {
		p.Broken = p.Entries + 1
	}
	return p, nil
}
