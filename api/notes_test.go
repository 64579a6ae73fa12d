package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/api"
	"khue/notes"
	"khue/state"
)

func TestNotesAreListedAsJSONAsTheyStoodAtAnyMoment(t *testing.T) {
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	book := notes.NewBook(store, func() time.Time { return now })
	december := khue.MustParsePeriod("2026-12")
	first, err := book.Add(t.Context(), notes.Note{Indicator: "visitors", From: december.Start(), To: december.End(), Text: khue.Text{VI: "Lễ hội dời"}, Office: "Phòng"})
	require.NoError(t, err)
	now = now.Add(time.Hour)
	first.Text.EN = "Festival moved"
	_, err = book.Change(t.Context(), first)
	require.NoError(t, err)
	gin.SetMode(gin.TestMode)
	r := gin.New()
	api.New(api.Options{Notes: book}).Register(r)
	ask := func(address string) (int, string) {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		return w.Code, w.Body.String()
	}
	status, body := ask("/api/v1/notes?indicator=visitors&period=2026-Q4")
	require.Equal(t, 200, status)
	var list struct{ Notes []api.Note }
	require.NoError(t, json.Unmarshal([]byte(body), &list))
	require.Len(t, list.Notes, 1)
	require.Equal(t, "Festival moved", list.Notes[0].Text.EN)
	require.Equal(t, "2026-12", list.Notes[0].Period)
	require.Equal(t, "2026-12-31", list.Notes[0].To)
	_, body = ask("/api/v1/notes?as_of=2026-11-23T06:30:00Z")
	require.Contains(t, body, `"en":""`)
	for _, none := range []string{"?indicator=events", "?period=2025", "?event=E1", "?as_of=2026-11-01T00:00:00Z"} {
		status, body = ask("/api/v1/notes" + none)
		require.Equal(t, 200, status)
		require.JSONEq(t, `{"notes":[]}`, body, none)
	}
	_, body = ask("/api/v1/notes/1")
	require.Contains(t, body, `"revision":1`)
	require.Contains(t, body, `"revision":2`)
	for address, want := range map[string]int{"/api/v1/notes?period=x": 400, "/api/v1/notes?as_of=today": 400, "/api/v1/notes?limit=3": 400, "/api/v1/notes/9": 404, "/api/v1/notes/x": 404} {
		status, body = ask(address)
		require.Equal(t, want, status, address)
		require.Contains(t, body, `"detail"`)
	}
}
