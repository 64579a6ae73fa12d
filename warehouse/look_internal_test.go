package warehouse

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALineIsSharedWithinALookUntilFactsAreRead(t *testing.T) {
	ctx := OneLook(t.Context())
	l := lookOf(ctx)
	require.Same(t, l, lookOf(OneLook(ctx)), "a look within a look is the same")
	_, known := l.newest()
	require.False(t, known)

	began := time.Now()
	l.saw(began, began)
	line, known := l.newest()
	require.True(t, known)
	require.Equal(t, began, line)

	l.readFacts()
	_, known = l.newest()
	require.False(t, known, "facts were read since: a batch may have come between")
	l.saw(began, began)
	_, known = l.newest()
	require.False(t, known, "a reading that began before the facts were read tells nothing")

	var none *look
	none.readFacts()
	none.saw(began, began)
	_, known = none.newest()
	require.False(t, known, "without a look nothing is shared")
}

func TestWhoeverComesDuringAReadingOfTheBookGetsTheNextOne(t *testing.T) {
	var readings lineReadings
	var at atomic.Int64
	gate := make(chan struct{})
	read := func(context.Context) (time.Time, error) {
		n := at.Add(1)
		<-gate
		return time.Unix(n, 0), nil
	}
	first := readings.next(read)
	require.Eventually(t, func() bool { return at.Load() == 1 }, 10*time.Second, time.Millisecond)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			r := readings.next(read)
			<-r.done
			if r.line != time.Unix(2, 0) {
				t.Errorf("somebody who came during reading 1 was given that of %v", r.line.Unix())
			}
		})
	}
	require.Eventually(t, func() bool { readings.Lock(); defer readings.Unlock(); return readings.waiting != nil }, 10*time.Second, time.Millisecond)
	time.Sleep(20 * time.Millisecond) // so that all fifty have come
	gate <- struct{}{}
	<-first.done
	require.Equal(t, time.Unix(1, 0), first.line)
	gate <- struct{}{}
	wait.Wait()
	require.EqualValues(t, 2, at.Load(), "fifty shared one reading")
}

func TestAFaultOfAReadingIsToldToAllWhoWaitAndTheNextIsMade(t *testing.T) {
	var readings lineReadings
	r := readings.next(func(context.Context) (time.Time, error) { return time.Time{}, errors.New("away") })
	<-r.done
	require.ErrorContains(t, r.err, "away")
	r = readings.next(func(context.Context) (time.Time, error) { panic("broken") })
	<-r.done
	require.ErrorContains(t, r.err, "broke off: broken")
	r = readings.next(func(context.Context) (time.Time, error) { return time.Unix(9, 0), nil })
	<-r.done
	require.NoError(t, r.err)
}
