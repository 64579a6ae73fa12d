package access

import (
	"context"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"khue/state"
)

// Done is one thing that a caller did or tried to do.
type Done struct {
	Act     string // report.approve
	Object  string // what it was done to
	Outcome string // one of the outcomes of state
	Detail  string
}

// Record keeps what a caller did.
func (b *Book) Record(ctx context.Context, c Caller, d Done) error {
	e := b.done(c.Actor(), d.Act, withoutTokens(d.Object), withoutTokens(d.Detail))
	e.Outcome = d.Outcome
	if c.Token != "" {
		e.Detail = "token " + c.Token + " " + e.Detail
	}
	return b.store.AddAudit(ctx, e)
}

// A token or link that somebody put into an address or a statement, where it does not belong.
var (
	strayToken = regexp.MustCompile(tokenPrefix + `[A-Za-z0-9_-]{43}`)
	strayLink  = regexp.MustCompile(`(/login/link/)[A-Za-z0-9_-]{43}`)
)

// withoutTokens hides secrets of ours in what is kept.
func withoutTokens(s string) string {
	return strayLink.ReplaceAllString(strayToken.ReplaceAllString(s, tokenPrefix+"***"), "${1}***")
}

// Audit lists what was done, the newest first.
func (b *Book) Audit(ctx context.Context, f state.AuditFilter) ([]state.AuditEntry, error) {
	return b.store.Audit(ctx, f)
}

// VerifyAudit works out the seals of all that was done.
func (b *Book) VerifyAudit(ctx context.Context) (state.AuditProof, error) {
	return b.store.VerifyAudit(ctx)
}

// AuditLook is what is known of the audit's chain.
type AuditLook struct {
	state.AuditProof
	At    time.Time // when the newest entries were held against those before
	Whole time.Time // when every seal was last worked out, from the first entry on
	Then  int64     // how many entries there were
}

// wholeEvery is how often the whole chain is worked out while the program runs.
const wholeEvery = 24 * time.Hour

// auditMemory is what was found before, so that a look needs the new entries alone.
type auditMemory struct {
	mu    sync.Mutex
	known state.AuditProof // the newest that held
	look  AuditLook
}

// LookAtAudit holds the new entries against the chain. The whole chain is worked out when
// that was not done for a day, and as long as anything does not hold.
func (b *Book) LookAtAudit(ctx context.Context) (AuditLook, error) {
	m := &b.audit
	m.mu.Lock()
	defer m.mu.Unlock()
	whole := m.look.Broken > 0 || m.look.Whole.IsZero() || b.now().Sub(m.look.Whole) >= wholeEvery
	proof, err := b.store.VerifyAuditKnowing(ctx, m.known, whole)
	if err == nil && proof.Broken > 0 && !whole { // the first that does not hold may lie further back
		whole = true
		proof, err = b.store.VerifyAuditKnowing(ctx, m.known, whole)
	}
	if err != nil {
		return AuditLook{}, err
	}
	m.look.AuditProof, m.look.At = proof, b.now()
	if whole {
		m.look.Whole, m.look.Then = m.look.At, proof.Entries
	}
	if proof.Broken == 0 {
		m.known = proof
	}
	return m.look, nil
}

// WatchAudit works out the whole chain now and once a day until ctx ends, so that nobody
// who looks has to wait for it, and tells of what does not hold.
func (b *Book) WatchAudit(ctx context.Context, log *slog.Logger) error {
	for {
		look, err := b.LookAtAudit(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("the audit could not be verified", "cause", err)
		case look.Broken > 0:
			log.Error("the audit was tampered with", "first_entry_that_does_not_hold", look.Broken)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wholeEvery):
		}
	}
}
