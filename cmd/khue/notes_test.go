package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api"
	"khue/state"
)

func TestNotesAreListedAndThoseOnLostFiguresAreWarnedOf(t *testing.T) {
	o := newObservatory(t, nil, nil)
	require.Contains(t, o.must("notes"), "There are no notes.")
	store, err := state.Open(t.Context(), filepath.Join(o.data, "state.db"))
	require.NoError(t, err)
	december := khue.MustParsePeriod("2026-12")
	n := state.Note{Indicator: "visitors", From: december.Start(), To: december.End(), Text: khue.Text{VI: "Lễ hội dời sang tháng 12"}, Office: "Phòng Quản lý văn hóa"}
	then := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	_, err = store.AddNote(t.Context(), n, then)
	require.NoError(t, err)
	o.must("migrate")
	require.Contains(t, o.must("check"), "notes          ok (1)")
	n.Indicator = "a_figure_of_old"
	_, err = store.AddNote(t.Context(), n, then.AddDate(0, 0, 10))
	require.NoError(t, err)
	require.NoError(t, store.Close())

	list := o.must("notes")
	require.Regexp(t, `On-site visitors.*December 2026.*Lễ hội dời sang tháng 12 \(tiếng Việt\).*Phòng Quản lý văn hóa`, list)
	require.Contains(t, list, "a_figure_of_old")
	require.NotContains(t, o.must("notes", "--as-of", "2026-11-05"), "a_figure_of_old")
	require.Contains(t, o.must("notes", "--period", "11/2026"), "There are no notes.")
	for _, flag := range [][]string{{"--json"}, {"--format", "json"}} {
		var all []api.Note
		require.NoError(t, json.Unmarshal([]byte(o.must(append([]string{"notes", "--indicator", "visitors"}, flag...)...)), &all))
		require.Len(t, all, 1)
		require.Equal(t, "2026-12", all[0].Period)
	}
	require.Contains(t, o.must("check"), `warning: no indicator or measure "a_figure_of_old" any more; change or take down 2`)
	require.Contains(t, refused(t, o, "notes", "--period", "2026-13"), `the period "2026-13" cannot be read`)
	require.Contains(t, refused(t, o, "notes", "--format", "xml"), "table or json")
}
