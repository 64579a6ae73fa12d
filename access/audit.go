package access

import (
	"context"

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
	e := b.done(c.Actor(), d.Act, d.Object, d.Detail)
	e.Outcome = d.Outcome
	if c.Token != "" {
		e.Detail = "token " + c.Token + " " + e.Detail
	}
	return b.store.AddAudit(ctx, e)
}

// Audit lists what was done, the newest first.
func (b *Book) Audit(ctx context.Context, f state.AuditFilter) ([]state.AuditEntry, error) {
	return b.store.Audit(ctx, f)
}

// VerifyAudit works out the seals of all that was done.
func (b *Book) VerifyAudit(ctx context.Context) (state.AuditProof, error) {
	return b.store.VerifyAudit(ctx)
}
