package warehouse

import (
	"context"
	"fmt"
	"time"

	"khue/warehouse/engine"
)

// WriteByHand does what a process of Khuê does that writes a line of the batch book.
func (w *Warehouse) WriteByHand(ctx context.Context, sql string, args ...any) error {
	return w.counted(func() error { return w.conn.Exec(ctx, sql, args...) })
}

// CutOffWrite counts a write that begins and never ends, as a process leaves that is killed in it.
func (w *Warehouse) CutOffWrite() error {
	cut := context.Canceled
	if err := w.counted(func() error { return cut }); err != cut { //nolint:errorlint // it is handed through
		return err
	}
	return nil
}

// LineStill is the newest line of the batch book when it is known without a statement.
func (w *Warehouse) LineStill() (time.Time, bool) { return w.lineStill() }

// ReadLine reads the newest line by a statement.
func (w *Warehouse) ReadLine(ctx context.Context) (time.Time, error) { return w.readNewestLine(ctx) }

// KeptFor bounds how long a line is known without a statement.
const KeptFor = keptFor

// ServerDSN is the warehouse's database as if it were on a server.
func (w *Warehouse) ServerDSN() string {
	a, _ := w.engine.Address()
	return fmt.Sprintf("clickhouse://%s:%s@127.0.0.1:%d/%s", engine.ServiceUser, w.engine.Secrets().Service, a.TCP, w.name)
}
