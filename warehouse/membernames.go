package warehouse

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// memberNames holds the names of the register as one line of the batch book leaves
// them: every answer by member or organiser needs some, and a city has a few hundred.
type memberNames struct {
	sync.Mutex
	line time.Time
	of   map[string]string
}

// MemberNames are the names of the members known now, by their identifier. Two sources
// may use one identifier for different members; then it is its own name. It must not
// be changed.
func (w *Warehouse) MemberNames(ctx context.Context) (map[string]string, error) {
	line, err := w.newestLine(ctx)
	if err != nil {
		return nil, err
	}
	k := &w.members
	k.Lock()
	defer k.Unlock()
	if k.of != nil && k.line.Equal(line) {
		return k.of, nil
	}
	rows, err := w.conn.Query(ctx, "SELECT record_id, if(min(name) = max(name), any(name), record_id) FROM members_current FINAL GROUP BY record_id")
	if err != nil {
		return nil, fmt.Errorf("reading the names of members: %w", err)
	}
	defer func() { _ = rows.Close() }()
	names := make(map[string]string)
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("reading the names of members: %w", err)
		}
		names[id] = name
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the names of members: %w", err)
	}
	k.line, k.of = line, names
	return names, nil
}
