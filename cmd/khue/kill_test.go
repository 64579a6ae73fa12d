package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
	"khue/warehouse/engine"
)

// TestNothingIsLostOrDoubledByKill9 ends the program, its engine, or both, with
// SIGKILL at moments spread over a first pull, again and again, and then lets one
// pull finish. The books must balance and every sum equal the sources'.
func TestNothingIsLostOrDoubledByKill9(t *testing.T) {
	city := demoCity(t, demo.Options{Scale: 3, Faults: false})
	o := newObservatory(t, demo.Configuration(), city.Variables())
	o.must("migrate")
	victims := []string{"program", "engine", "both"}
	if o.dsn != "" {
		victims = []string{"program"} // the server is not ours to kill
	}
	moments := rand.New(rand.NewPCG(20261123, 1)) // the same moments in every run
	for round := range 12 {
		victim := victims[round%len(victims)]
		after := time.Duration(300+moments.IntN(4200)) * time.Millisecond
		t.Run(fmt.Sprintf("%02d %s after %s", round, victim, after), func(t *testing.T) {
			cmd, _, _ := o.command(t.Context(), "pull")
			require.NoError(t, cmd.Start())
			ended := make(chan struct{})
			go func() {
				_ = cmd.Wait()
				close(ended)
			}()
			select {
			case <-ended:
				return // it was done before its time
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
			case <-time.After(60 * time.Second):
				_ = cmd.Process.Kill()
				t.Fatal("the program neither ended nor gave up after its engine was killed")
			}
		})
	}
	o.must("pull")
	require.Contains(t, o.must("check"), "books          ok")
	requireEqualSums(t, o, independently(t, city))
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
