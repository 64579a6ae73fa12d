package warehouse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// PublicFigure is a cell of the published table. Discipline and Area are codes, or _T
// for all and _U for unknown; Status is A, P, O or Q; Value is nil when there is none to
// show.
type PublicFigure struct {
	Measure, Grain, Period string
	StartsOn               time.Time
	Discipline, Area       string
	Value                  *float64
	Status                 string
}

// PublicEdition is what the published table holds now; "" when nothing yet.
func (w *Warehouse) PublicEdition(ctx context.Context) (string, error) {
	var edition string
	if err := w.conn.QueryRow(ctx, "SELECT any(edition) FROM public_figures").Scan(&edition); err != nil {
		return "", fmt.Errorf("reading what figures are published: %w", err)
	}
	return edition, nil
}

// PublicWriter fills the next published table beside the one that is read.
type PublicWriter struct {
	w         *Warehouse
	table     string
	edition   string
	knownAt   time.Time
	simulated bool
	rows      int
}

// nextFigures begins the names of tables that are being filled. Each has a name of its
// own, so that two processes do not fill the same.
const nextFigures = "public_figures_next_"

// WritePublic begins the next published table. Tables that processes left behind when
// they ended in the middle are dropped once they are an hour old.
func (w *Warehouse) WritePublic(ctx context.Context, edition string, knownAt time.Time, simulated bool) (*PublicWriter, error) {
	left, err := queryStrings(ctx, w.conn, "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, $1) AND metadata_modification_time < now() - INTERVAL 1 HOUR", nextFigures)
	if err != nil {
		return nil, fmt.Errorf("listing tables of figures that were left behind: %w", err)
	}
	for _, name := range left {
		if err := w.conn.Exec(ctx, "DROP TABLE IF EXISTS "+quoted(name)+" SYNC"); err != nil {
			return nil, fmt.Errorf("dropping a table of figures that was left behind: %w", err)
		}
	}
	b := make([]byte, 6)
	_, _ = rand.Read(b) // crypto/rand never fails; it ends the process instead
	p := &PublicWriter{w: w, table: nextFigures + hex.EncodeToString(b), edition: edition, knownAt: knownAt, simulated: simulated}
	if err := w.conn.Exec(ctx, "CREATE TABLE "+p.table+" AS public_figures"); err != nil {
		return nil, fmt.Errorf("making a table of figures: %w", err)
	}
	return p, nil
}

// Add adds cells.
func (p *PublicWriter) Add(ctx context.Context, figures []PublicFigure) error {
	if len(figures) == 0 {
		return nil
	}
	batch, err := p.w.conn.PrepareBatch(ctx, "INSERT INTO "+p.table+" (measure, grain, period, starts_on, discipline, area, value, status, known_at, simulated, edition)")
	if err != nil {
		return fmt.Errorf("writing figures: %w", err)
	}
	simulated := uint8(0)
	if p.simulated {
		simulated = 1
	}
	for _, f := range figures {
		if err := batch.Append(f.Measure, f.Grain, f.Period, f.StartsOn, f.Discipline, f.Area, f.Value, f.Status, p.knownAt, simulated, p.edition); err != nil {
			return errors.Join(fmt.Errorf("writing figures: %w", err), batch.Abort())
		}
	}
	p.rows += len(figures)
	if err := batch.Send(); err != nil {
		return fmt.Errorf("writing figures: %w", err)
	}
	return nil
}

// Rows is how many cells were added.
func (p *PublicWriter) Rows() int { return p.rows }

// Swap puts the table in the place of the one that is read, in one step: a reader, or a
// process that ends here, finds the old or the new one and never a part.
func (p *PublicWriter) Swap(ctx context.Context) error {
	if err := p.w.conn.Exec(ctx, "EXCHANGE TABLES public_figures AND "+p.table); err != nil {
		return fmt.Errorf("putting figures in their place: %w", err)
	}
	return p.Drop(ctx)
}

// Drop takes the table away, filled or not.
func (p *PublicWriter) Drop(ctx context.Context) error {
	if err := p.w.conn.Exec(ctx, "DROP TABLE IF EXISTS "+p.table+" SYNC"); err != nil {
		return fmt.Errorf("dropping a table of figures: %w", err)
	}
	return nil
}
