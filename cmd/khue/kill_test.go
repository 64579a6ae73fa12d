package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
	"khue/warehouse/engine"
	"khue/warehouse/warehousetest"
)

// killsVariable sets how many kills TestNothingIsLostOrDoubledByKill9 tries; a
// campaign of a few hundred takes about an hour.
const killsVariable = "KHUE_KILLS"

// pullScene is a state of the observatory in which a pull has work to do.
type pullScene struct {
	name   string
	folder string // a data folder to begin each round from; "" makes a new one
	args   []string
	takes  time.Duration // when nobody kills it
}

// TestNothingIsLostOrDoubledByKill9 ends the program, its engine, or both, with
// SIGKILL at random moments of a first pull and of a pull of half a year's
// changes. After each kill one more pull must end well, the books must balance
// and every sum equal what the sources themselves add up to.
func TestNothingIsLostOrDoubledByKill9(t *testing.T) {
	kills := 6
	if s := os.Getenv(killsVariable); s != "" {
		n, err := strconv.Atoi(s)
		require.NoError(t, err, killsVariable)
		kills = n
	}
	end := time.Now()
	begin := end.AddDate(0, -6, 0)
	var clock atomic.Pointer[time.Time]
	clock.Store(&begin)
	city := demoCity(t, demo.Options{Scale: 1, Faults: false, Now: func() time.Time { return *clock.Load() }})
	scenes := []pullScene{
		prepareScene(t, city, "first pull", nil, "pull"),
		prepareScene(t, city, "changes", []string{"pull"}, "pull", "--since", begin.Format(time.DateOnly)),
	}
	clock.Store(&end)
	require.NoError(t, city.Advance(t.Context()))
	want := independently(t, city)

	victims := []string{"program", "engine", "both"}
	if os.Getenv(warehousetest.DSNVariable) != "" {
		victims, scenes = victims[:1], scenes[:1] // a server given to the tests is not ours to kill or copy
	}
	for i := range scenes {
		o := scenes[i].observatory(t, city)
		started := time.Now()
		o.must(scenes[i].args...)
		scenes[i].takes = time.Since(started)
		requireEqualSums(t, o, want)
	}
	moments := rand.New(rand.NewPCG(20261123, 1)) // the same moments in every run
	hits := 0
	for kill := range kills {
		victim, scene := victims[kill%len(victims)], scenes[kill/len(victims)%len(scenes)]
		after := time.Duration(moments.Float64() * 0.9 * float64(scene.takes))
		what := fmt.Sprintf("kill %d: %s, %s, %v of %v", kill+1, scene.name, victim, after.Round(time.Millisecond), scene.takes.Round(time.Millisecond))
		done := t.Run(what, func(t *testing.T) {
			o := scene.observatory(t, city)
			if killDuring(t, o, victim, after, scene.args...) {
				hits++
			}
			o.must(scene.args...)
			require.Contains(t, o.must("check"), "books          ok")
			requireEqualSums(t, o, want)
		})
		require.True(t, done, what)
	}
	require.GreaterOrEqual(t, hits, kills/3, "too few kills hit a running pull: the test proves nothing")
	t.Logf("%d kills, %d of them inside a running pull; none left books or sums wrong", kills, hits)
}

// prepareScene makes a data folder that rounds begin from.
func prepareScene(t *testing.T, city *demo.City, name string, before []string, args ...string) pullScene {
	s := pullScene{name: name, args: args}
	o := s.observatory(t, city)
	if before != nil {
		o.must(before...)
	}
	if o.dsn == "" {
		s.folder = o.data
	}
	return s
}

// observatory is one of its own for a round, as the scene begins.
func (s pullScene) observatory(t *testing.T, city *demo.City) *observatory {
	o := newObservatory(t, demo.Configuration(), city.Variables())
	if s.folder == "" {
		o.must("migrate")
		return o
	}
	require.NoError(t, os.Remove(o.config))
	require.NoError(t, os.CopyFS(o.data, os.DirFS(s.folder)))
	return o
}

// killDuring starts a command and kills the victim after a while. It tells
// whether the command was still running then.
func killDuring(t *testing.T, o *observatory, victim string, after time.Duration, args ...string) bool {
	cmd, _, _ := o.command(t.Context(), args...)
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
