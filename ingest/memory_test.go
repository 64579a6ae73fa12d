package ingest

import (
	"runtime"
	"testing"
	"time"
)

// peakHeap is the most that the heap grew while work ran, looked at every few milliseconds.
func peakHeap(t *testing.T, work func()) uint64 {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, m.HeapAlloc
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc)
			}
		}
	}()
	work()
	close(done)
	<-ended
	return peak - min(before, peak)
}
