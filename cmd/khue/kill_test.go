package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
	"khue/warehouse/engine"
	"khue/warehouse/warehousetest"
)

// TestNothingIsLostOrDoubledByKill9 ends the program, its engine, or both, with
// SIGKILL at moments spread over first pulls, again and again, and then lets one
// pull finish. The books must balance and every sum equal the sources'.
func TestNothingIsLostOrDoubledByKill9(t *testing.T) {
	city := demoCity(t, demo.Options{Scale: 2, Faults: false})
	want := independently(t, city)
	victims := []string{"program", "engine", "both"}
	if os.Getenv(warehousetest.DSNVariable) != "" {
		victims = []string{"program"} // a server given to the tests is not ours to kill
	}
	moments := rand.New(rand.NewPCG(20261123, 1)) // the same moments in every run
	for _, victim := range victims {
		t.Run(victim, func(t *testing.T) {
			o := newObservatory(t, demo.Configuration(), city.Variables())
			o.must("migrate")
			hits := 0
			for kill := range 6 {
				after := time.Duration(250+350*kill+moments.IntN(350)) * time.Millisecond
				if killed := killDuring(t, o, victim, after); killed {
					hits++
				}
			}
			require.GreaterOrEqual(t, hits, 2, "too few kills hit a running pull: the test proves nothing")
			t.Logf("%d kills hit a running pull", hits)
			o.must("pull")
			require.Contains(t, o.must("check"), "books          ok")
			requireEqualSums(t, o, want)
		})
	}
}

// killDuring starts a pull and kills the victim after a while. It tells whether
// the pull was still running then.
func killDuring(t *testing.T, o *observatory, victim string, after time.Duration) bool {
	cmd, _, _ := o.command(t.Context(), "pull")
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return false
	case <-time.After(after):
	}
	if victim != "program" {
		killEngine(t, o.data)
	}
	if victim != "engine" {
		_ = cmd.Process.Kill()
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Minute):
		_ = cmd.Process.Kill()
		t.Fatal("the program neither ended nor gave up after its engine was killed")
	}
	return true
}

// killEngine ends the engine's process, whose number is in the data folder.
func killEngine(t *testing.T, data string) {
	b, err := os.ReadFile(filepath.Join(data, "warehouse", "engine.json"))
	if os.IsNotExist(err) {
		return // not started yet
	}
	require.NoError(t, err)
	var a engine.Address
	require.NoError(t, json.Unmarshal(b, &a))
	if err := syscall.Kill(a.PID, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		require.NoError(t, err)
	}
}
