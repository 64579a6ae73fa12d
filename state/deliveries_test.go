package state_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/state"
)

// issuedTo is a report that was issued to recipients at t0 + 2 h.
func issuedTo(t *testing.T, s *state.Store, number string, to ...string) state.Report {
	t.Helper()
	r := drafted(t, s, paper(number), state.ReportInReview, state.ReportApproved)
	require.NoError(t, s.ActOnReport(t.Context(), r.ID, r.Seen(), state.ReportAct{
		Step: step("issued", state.ReportIssued, "Văn thư", number), Build: built(t, s, "ban hành "+number),
		Issue: &state.ReportIssue{Number: number, Year: 2026}, To: to,
	}, t0.Add(2*time.Hour)))
	got, err := s.Report(t.Context(), r.ID)
	require.NoError(t, err)
	return got
}

func outcomes(t *testing.T, s *state.Store, report int64) map[string]string {
	t.Helper()
	all, err := s.Deliveries(t.Context(), report, 100)
	require.NoError(t, err)
	out := map[string]string{}
	for _, d := range all {
		out[d.Recipient] = d.Outcome
	}
	return out
}

func TestADeliveryIsClaimedOnceHoweverManyAskForIt(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, now := open(), t0.Add(3*time.Hour)
		r := issuedTo(t, s, "1/BC", "an", "bình", "chi", "dung", "em")
		var mu sync.Mutex
		got := map[string]int{}
		var all sync.WaitGroup
		for range 4 {
			other := open()
			all.Go(func() {
				for {
					d, ok, err := other.ClaimDelivery(t.Context(), 0, now, now.Add(time.Minute))
					if err != nil || !ok {
						return
					}
					mu.Lock()
					got[d.Recipient]++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		require.Equal(t, map[string]int{"an": 1, "bình": 1, "chi": 1, "dung": 1, "em": 1}, got)
		require.Len(t, outcomes(t, s, r.ID), 5)
	})
}

func TestWhoeverLostTheClaimOnADeliveryDoesNotHandItOver(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other, now := open(), open(), t0.Add(3*time.Hour)
		r := issuedTo(t, s, "1/BC", "an")
		slow, ok, err := s.ClaimDelivery(t.Context(), 0, now, now.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, ok)
		_, ok, err = other.ClaimDelivery(t.Context(), 0, now.Add(30*time.Second), now.Add(time.Hour))
		require.NoError(t, err)
		require.False(t, ok, "the claim holds")
		later := now.Add(2 * time.Minute)
		cut, err := other.CutOffDeliveries(t.Context(), later)
		require.NoError(t, err)
		require.Empty(t, cut, "nothing was handed over")
		taken, ok, err := other.ClaimDelivery(t.Context(), r.ID, later, later.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, slow.Mark, taken.Mark, "a repeat can be told")
		require.Equal(t, khue.Conflict, khue.KindOf(s.HandOver(t.Context(), slow, later)))
		noted, err := s.EndDelivery(t.Context(), slow, state.DeliveryDone, later, later, khue.Text{})
		require.NoError(t, err)
		require.False(t, noted)

		require.NoError(t, other.HandOver(t.Context(), taken, later))
		after := later.Add(2 * time.Minute)
		_, ok, err = s.ClaimDelivery(t.Context(), 0, after, after.Add(time.Minute))
		require.NoError(t, err)
		require.False(t, ok, "what was handed over is not sent again by itself")
		cut, err = s.CutOffDeliveries(t.Context(), after)
		require.NoError(t, err)
		require.Len(t, cut, 1)
		require.Equal(t, map[string]string{"an": state.DeliveryUncertain}, outcomes(t, s, r.ID))
		noted, err = other.EndDelivery(t.Context(), taken, state.DeliveryDone, after, after, khue.Text{})
		require.NoError(t, err)
		require.True(t, noted, "who was only slow still says how it went")
		require.Equal(t, map[string]string{"an": state.DeliveryDone}, outcomes(t, s, r.ID))
	})
}

func TestAskedForAgainOnlyWhatDidNotArriveIsDelivered(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, now := open(), t0.Add(3*time.Hour)
		r := issuedTo(t, s, "1/BC", "an", "bình")
		for range 2 {
			d, ok, err := s.ClaimDelivery(t.Context(), r.ID, now, now.Add(time.Minute))
			require.NoError(t, err)
			require.True(t, ok)
			end := map[string]string{"an": state.DeliveryDone, "bình": state.DeliveryFailed}[d.Recipient]
			_, err = s.EndDelivery(t.Context(), d, end, now, now, khue.Text{VI: "lỗi", EN: "a fault"})
			require.NoError(t, err)
		}
		_, ok, err := s.ClaimDelivery(t.Context(), 0, now.Add(time.Hour), now.Add(2*time.Hour))
		require.NoError(t, err)
		require.False(t, ok)
		require.NoError(t, s.DeliverAgain(t.Context(), r.ID, []string{"an", "bình", "chi"}, now))
		require.Equal(t, map[string]string{"an": state.DeliveryDone, "bình": state.DeliveryWaiting, "chi": state.DeliveryWaiting}, outcomes(t, s, r.ID))
		none, err := s.Deliveries(t.Context(), r.ID+1, 10)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}
