package warehouse

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"khue"
)

// Load says what a batch is about to bring.
type Load struct {
	Source  string
	Dataset string
	// Replace makes the batch the whole truth of its scopes: current records of
	// those scopes that are not in it are retracted. Scopes are those seen in the
	// rows and those listed here (a file that became empty has no rows).
	Replace bool
	Scopes  []string
	// Cause says why the batch is read when it is no regular pull: one of the
	// constants Cause…. Such a batch does not move the source's mark.
	Cause string
	// Within are the codes of the areas that a batch of CauseWard may touch: one that
	// would add, change or take back a row of any other area, or of none, is refused whole.
	Within []string
	// DryRun makes the batch a rehearsal: it can be previewed and aborted, not
	// committed, and nothing of it stays.
	DryRun bool
	// Replay loads again a batch that was recorded before, as the same batch.
	Replay *Replay
}

// Replay is what a batch was when it was first recorded.
type Replay struct {
	BatchID               string
	StartedAt, RecordedAt time.Time
}

// Outcome counts what a batch did. Read counts raw records; the others count
// records of the dataset, of which one raw record may give several.
type Outcome struct {
	BatchID    string
	Source     string
	Dataset    string
	Read       int64
	Accepted   int64 // passed the checks
	Rejected   int64 // put in quarantine
	Duplicates int64 // the same record again within the batch; the last one counts
	Added      int64
	Corrected  int64
	Retracted  int64
	Unchanged  int64
	RecordedAt time.Time
}

// Batch is one load on its way into the journal. Its life:
//
//  1. staging: rows stream into a table of its own, in memory. A crash empties it,
//     which Commit notices by its count, or leaves it to Recover, which drops it:
//     the source is read again from its last watermark.
//  2. posting: the exact journal rows are in a table of their own and the batch
//     book has the moment they will carry. What a crash cuts off from here on is
//     finished by Recover.
//  3. complete: the book holds the counts and the new watermark.
type Batch struct {
	w       *Warehouse
	load    Load
	layout  layout
	book    bookEntry
	release func()
	staged  int64
	proof   proof
	bounded bool // it is a ward's: see Load.Within
	spares  bool // some rejected records are noted, which a replaced scope keeps
}

// Begin opens a batch. It first finishes what an ended process left of the same
// source, and refuses while another load of the source is under way.
func (w *Warehouse) Begin(ctx context.Context, load Load) (*Batch, error) {
	l, err := layoutOf(load.Dataset)
	if err != nil {
		return nil, err
	}
	lock := w.lockSource(load.Source)
	if !lock.TryLock() {
		return nil, busySource(load.Source)
	}
	if err := w.recoverSource(ctx, load.Source); err != nil {
		lock.Unlock()
		return nil, err
	}
	now := w.now().UTC()
	bounded := load.Cause == CauseWard
	if load.DryRun {
		load.Cause = CauseDryRun
	}
	b := &Batch{bounded: bounded, w: w, load: load, layout: l, book: bookEntry{
		BatchID: newBatchID(), Source: load.Source, Dataset: load.Dataset,
		State: StateStaging, Owner: thisProcess(), StartedAt: now, RecordedAt: epoch, Cause: load.Cause,
	}, proof: proof{sums: map[string]Sums{StepAccepted: {}}}}
	if r := load.Replay; r != nil {
		b.book.BatchID, b.book.StartedAt = r.BatchID, r.StartedAt.UTC()
	}
	b.release = sync.OnceFunc(lock.Unlock)
	if err := w.writeBook(ctx, b.book); err != nil {
		b.release()
		return nil, err
	}
	if err := w.conn.Exec(ctx, b.stagingTable()); err != nil {
		_ = b.Abort(ctx)
		return nil, fmt.Errorf("making the staging table of batch %s: %w", b.ID(), err)
	}
	return b, nil
}

func busySource(source string) error {
	return khue.Errorf(khue.Conflict,
		"nguồn %s đang được kéo bởi một lần chạy khác", "source %s is being pulled by another run", source)
}

// newBatchID is unique, sorts by time and is safe in a table's name.
func newBatchID() string { return strings.ReplaceAll(uuid.Must(uuid.NewV7()).String(), "-", "") }

// ID names the batch; every journal row it brings carries it.
func (b *Batch) ID() string { return b.book.BatchID }

func stageName(id string) string { return "stage_" + id }
func freshName(id string) string { return "fresh_" + id }
func seenName(id string) string  { return "seen_" + id }
func diffName(id, dataset string) string {
	return "diff_" + id + "_" + dataset
}

func (b *Batch) stagingTable() string {
	columns := []string{"record_id String", "scope String", "deleted Bool", "seq UInt64", "happened_on Date"}
	for _, f := range b.layout.dataset.Fields {
		columns = append(columns, f.Name+" "+stagingType(f))
	}
	engine := "Memory"
	if b.load.DryRun {
		engine = "MergeTree ORDER BY tuple()" // a rehearsal is not cut into batches: it may be large
	}
	return "CREATE TABLE " + stageName(b.ID()) + " (" + strings.Join(columns, ", ") + ") ENGINE = " + engine
}

// Append streams checked rows to the staging table. Calls with 100,000 rows or
// more are about twice as fast as calls with a few thousand.
func (b *Batch) Append(ctx context.Context, r *Rows) error {
	if r.Len() == 0 {
		return nil
	}
	names := append([]string{"record_id", "scope", "deleted", "seq", "happened_on"}, b.layout.fields()...)
	insert, err := b.w.conn.PrepareBatch(ctx,
		"INSERT INTO "+stageName(b.ID())+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return fmt.Errorf("staging rows of batch %s: %w", b.ID(), err)
	}
	defer func() { _ = insert.Close() }()
	seq := make([]uint64, r.Len())
	for i := range seq {
		seq[i] = uint64(b.staged) + uint64(i)
	}
	columns := []any{r.RecordID, r.Scope, r.Deleted, seq, r.happenedOn(b.w.zone)}
	for i := range r.Columns {
		columns = append(columns, r.column(i))
	}
	for i, c := range columns {
		if err := insert.Column(i).Append(c); err != nil {
			return fmt.Errorf("staging column %s of batch %s: %w", names[i], b.ID(), err)
		}
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("staging rows of batch %s: %w", b.ID(), err)
	}
	b.staged += int64(r.Len())
	b.proof.sums[StepAccepted].addNumbers(r)
	return nil
}

// Failed notes why the batch is going to be aborted, or, before Commit, why it lacks
// parts of its source.
func (b *Batch) Failed(because error) {
	if because != nil {
		said := khue.CauseOf(because)
		b.book.Error, b.book.ErrorVI = said.EN, said.VI
	}
}

// Abort drops what was staged and tells the book, with the reason when Failed
// knows one, unless the batch is already posting: then it is left for Recover.
func (b *Batch) Abort(ctx context.Context) error {
	defer b.release()
	defer b.w.forget(b.ID())
	if b.book.State != StateStaging {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	b.book.State = StateAborted
	if err := b.w.dropTables(ctx, b.ID()); err != nil {
		return err
	}
	return b.w.writeBook(ctx, b.book)
}

// dropTables removes whatever tables a batch has made.
func (w *Warehouse) dropTables(ctx context.Context, id string) error {
	const list = "SELECT name FROM system.tables WHERE database = currentDatabase() AND position(name, $1) > 0"
	names, err := queryStrings(ctx, w.conn, list, "_"+id)
	if err != nil {
		return fmt.Errorf("listing tables of batch %s: %w", id, err)
	}
	for _, name := range names {
		if err := w.conn.Exec(ctx, "DROP TABLE IF EXISTS "+name+" SYNC"); err != nil {
			return fmt.Errorf("dropping table %s: %w", name, err)
		}
	}
	return nil
}
