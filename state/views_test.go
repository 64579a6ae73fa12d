package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
	"khue/state"
)

func TestKeptViewsAreTheirOwnersAndThoseThatAreSharedEverybodys(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		book, err := access.Open(access.Options{Store: s, Now: func() time.Time { return t0 }})
		require.NoError(t, err)
		for _, login := range []string{"lan", "minh"} {
			_, err := book.Add(t.Context(), access.AtConsole, login, "Họ tên "+login, []string{"analyst"}, nil)
			require.NoError(t, err)
		}
		labels := map[string]khue.Text{"visitors": {VI: "Khách tại chỗ", EN: "On-site visitors"}}
		v, err := s.AddSavedView(t.Context(), state.SavedView{Owner: "lan", Name: "Khách 'Q1'", Key: "khách 'q1'", Description: "mô tả", Query: "measure=visitors", Labels: labels, CreatedAt: t0}, 3)
		require.NoError(t, err)
		_, err = s.AddSavedView(t.Context(), state.SavedView{Owner: "lan", Name: "KHÁCH 'q1'", Key: "khách 'q1'", Query: "x", CreatedAt: t0}, 3)
		require.Equal(t, khue.Conflict, khue.KindOf(err), "a name stands once for each owner")
		_, err = s.AddSavedView(t.Context(), state.SavedView{Owner: "minh", Name: "Khách 'Q1'", Key: "khách 'q1'", Query: "y", Shared: true, CreatedAt: t0}, 3)
		require.NoError(t, err, "others may use it")

		got, err := s.SavedView(t.Context(), v.ID, "lan")
		require.NoError(t, err)
		require.Equal(t, "Họ tên lan", got.OwnerName)
		require.Equal(t, labels, got.Labels)
		require.True(t, got.CreatedAt.Equal(t0))
		_, err = s.SavedView(t.Context(), v.ID, "minh")
		require.Equal(t, khue.NotFound, khue.KindOf(err), "what is not shared is not there for others")
		all, err := s.SavedViews(t.Context(), "lan")
		require.NoError(t, err)
		require.Len(t, all, 2)

		got.Name, got.Key, got.Shared, got.ChangedAt = "Khác", "khác", true, t0.Add(time.Hour)
		taken := got
		taken.Owner = "minh"
		require.Equal(t, khue.NotFound, khue.KindOf(s.ChangeSavedView(t.Context(), taken)), "nobody changes another's")
		require.NoError(t, s.ChangeSavedView(t.Context(), got))
		shared, err := s.SavedView(t.Context(), v.ID, "minh")
		require.NoError(t, err)
		require.Equal(t, "Khác", shared.Name)

		for n := range 2 {
			_, err = s.AddSavedView(t.Context(), state.SavedView{Owner: "lan", Name: fmt.Sprint(n), Key: fmt.Sprint(n), CreatedAt: t0}, 3)
			require.NoError(t, err)
		}
		_, err = s.AddSavedView(t.Context(), state.SavedView{Owner: "lan", Name: "nữa", Key: "nữa", CreatedAt: t0}, 3)
		require.Equal(t, khue.Conflict, khue.KindOf(err), "there is a limit")
		require.Equal(t, khue.NotFound, khue.KindOf(s.DeleteSavedView(t.Context(), v.ID, "minh")))
		require.NoError(t, s.DeleteSavedView(t.Context(), v.ID, ""), "who manages accounts may delete any")
		require.Equal(t, khue.NotFound, khue.KindOf(s.DeleteSavedView(t.Context(), v.ID, "lan")))
	})
}
