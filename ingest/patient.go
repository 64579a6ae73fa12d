package ingest

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// patientConn is a connection that fails when it brings nothing for a while: a
// server or a network that falls silent must not hold a pull for ever. Deadlines
// that its user sets still hold.
type patientConn struct {
	net.Conn
	patience time.Duration
	mu       sync.Mutex
	set      time.Time // the user's own deadline for reading
}

// patientDialer wraps the connections of a dialer.
func patientDialer(dial pgconn.DialFunc, patience time.Duration) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &patientConn{Conn: c, patience: patience}, nil
	}
}

func (c *patientConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	deadline := time.Now().Add(c.patience)
	if !c.set.IsZero() && c.set.Before(deadline) {
		deadline = c.set
	}
	err := c.Conn.SetReadDeadline(deadline)
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c *patientConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = t
	return c.Conn.SetReadDeadline(t)
}

func (c *patientConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = t
	return c.Conn.SetDeadline(t)
}
