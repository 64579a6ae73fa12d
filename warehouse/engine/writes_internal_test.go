package engine

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// two are the counts of one engine as two processes have them open.
func two(t *testing.T) (mine, theirs *Writes) {
	t.Helper()
	dir := t.TempDir()
	mine, err := newWrites(dir)
	require.NoError(t, err)
	theirs, err = openWrites(dir, 0)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, mine.Close())
		require.NoError(t, theirs.Close())
	})
	return mine, theirs
}

func requireQuiet(t *testing.T, w *Writes, begun int64, quiet bool) {
	t.Helper()
	n, all, err := w.Quiet()
	require.NoError(t, err)
	require.Equal(t, begun, n, "writes that have begun")
	require.Equal(t, quiet, all, "all have ended")
	n, err = w.Begun()
	require.NoError(t, err)
	require.Equal(t, begun, n)
}

func TestAWriteIsSeenByOthersFromItsBeginToItsEnd(t *testing.T) {
	mine, theirs := two(t)
	requireQuiet(t, mine, 0, true)
	require.NoError(t, theirs.Do(func() error {
		requireQuiet(t, mine, 1, false)
		return theirs.Do(func() error { // another goroutine of theirs
			requireQuiet(t, mine, 2, false)
			return nil
		})
	}))
	requireQuiet(t, mine, 2, true)
}

func TestNoneOfManyWritesAtOnceIsLostInTheCount(t *testing.T) {
	mine, theirs := two(t)
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			w := []*Writes{mine, theirs}[i%2]
			for range 50 {
				before, err := w.Begun()
				if err == nil {
					err = w.Do(func() error {
						during, quiet, err := w.Quiet()
						if during <= before || quiet {
							t.Errorf("%d had begun before a write, %d in it, quiet %t", before, during, quiet)
						}
						return err
					})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	requireQuiet(t, mine, 16*50, true)
}

func TestAWriteThatFailedHasNotEndedUntilItIsSettled(t *testing.T) {
	mine, theirs := two(t)
	fault := errors.New("the connection broke")
	require.ErrorIs(t, theirs.Do(func() error { return fault }), fault)
	requireQuiet(t, mine, 1, false)

	require.ErrorIs(t, mine.Settle(func() error { return fault }), fault)
	requireQuiet(t, mine, 1, false)

	stopped := 0
	stop := func() error { stopped++; return nil }
	require.NoError(t, mine.Settle(stop))
	requireQuiet(t, theirs, 1, true)
	require.NoError(t, mine.Settle(stop))
	require.Equal(t, 1, stopped, "there is nothing to stop where all have ended")
}

func TestNothingIsSettledWhileSomebodyWritesAndNobodyBeginsMeanwhile(t *testing.T) {
	mine, theirs := two(t)
	require.Error(t, theirs.Do(func() error { return errors.New("cut off") }))
	require.NoError(t, theirs.Do(func() error {
		require.NoError(t, mine.Settle(func() error {
			t.Error("stopped what may be the write that goes on")
			return nil
		}))
		return nil
	}))
	requireQuiet(t, mine, 2, false)

	begun := make(chan struct{})
	require.NoError(t, mine.Settle(func() error {
		go func() {
			defer close(begun)
			if err := theirs.Do(func() error { return nil }); err != nil {
				t.Error(err)
			}
		}()
		requireQuiet(t, mine, 2, false)
		return nil
	}))
	<-begun
	requireQuiet(t, mine, 3, true)
}

// writerVariable has the test binary be a process that begins a write and stays in it.
const writerVariable = "KHUE_TEST_WRITER"

func TestTheWriteOfAKilledProcessCanBeSettled(t *testing.T) {
	if dir := os.Getenv(writerVariable); dir != "" {
		w, err := openWrites(dir, 0)
		require.NoError(t, err)
		require.NoError(t, w.Do(func() error {
			_, _ = os.Stdout.WriteString("writing\n")
			_, err := io.Copy(io.Discard, os.Stdin) // until the pipe is closed, should the kill fail
			return err
		}))
		return
	}
	dir := t.TempDir()
	w, err := newWrites(dir)
	require.NoError(t, err)
	defer func() { _ = w.Close() }()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), writerVariable+"="+dir)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer func() { _ = in.Close() }()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "writing\n", said)

	stopped := 0
	stop := func() error { stopped++; return nil }
	require.NoError(t, w.Settle(stop))
	require.Zero(t, stopped, "it lives and writes")
	requireQuiet(t, w, 1, false)

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	requireQuiet(t, w, 1, false)
	require.NoError(t, w.Settle(stop))
	require.Equal(t, 1, stopped)
	requireQuiet(t, w, 1, true)
}

func TestAnEngineThatStartsCountsAnew(t *testing.T) {
	dir := t.TempDir()
	old, err := newWrites(dir)
	require.NoError(t, err)
	require.Error(t, old.Do(func() error { return errors.New("the machine went down") }))
	w, err := newWrites(dir)
	require.NoError(t, err)
	requireQuiet(t, w, 0, true)
	requireQuiet(t, old, 1, false)
	require.NoError(t, errors.Join(old.Close(), w.Close()))
	_, err = openWrites(t.TempDir(), 0)
	require.ErrorIs(t, err, os.ErrNotExist, "an older program's engine has no counts")
}
