package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSourcesArePulledSideBySide has two registries, neither of which answers
// before the other was asked.
func TestSourcesArePulledSideBySide(t *testing.T) {
	var asked sync.WaitGroup
	asked.Add(2)
	var config string
	for _, name := range []string{"north", "south"} {
		first := sync.OnceFunc(asked.Done)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			first()
			both := make(chan struct{})
			go func() { asked.Wait(); close(both) }()
			select {
			case <-both:
				_, _ = fmt.Fprintf(w, `[{"id": "%s-1", "on": "2025-03-01", "kind": "workshop", "field": "design", "member": "M-1"}]`, name)
			case <-time.After(20 * time.Second):
				w.WriteHeader(http.StatusNotFound)
			}
		}))
		t.Cleanup(server.Close)
		config += fmt.Sprintf("  %s: {kind: rest, url: %q, datasets: {activities: {path: /, id: id, fields: {starts_on: on, kind: kind, discipline: field, member: member}}}}\n", name, server.URL)
	}
	o := newObservatory(t, []byte("sources:\n"+config), nil)
	o.raced = true
	o.must("migrate")
	o.must("pull", "south", "north", "south")
	require.Equal(t, map[string]int64{"": 2}, o.ask("activities", ""))
}
