package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/state"
	"khue/warehouse"
)

func TestAFileThatIsAcceptedTwiceIsLoadedOnce(t *testing.T) {
	f := openWardOffice(t)
	clerk, staff := f.in("clerk"), f.in("staff")
	var rows strings.Builder
	rows.WriteString(eventsHead)
	for i := range 3000 {
		fmt.Fprintf(&rows, "E%d,Chợ phiên,Phường Hoàn Kiếm,crafts,2026-04-02T08:00:00,20,\n", i)
	}
	both := func(b *http.Client, at string) [2]answer {
		form := f.form(b, at)
		var got [2]answer
		var wait sync.WaitGroup
		for i := range got {
			wait.Go(func() { got[i] = f.do(b, http.MethodPost, at+"/accept", form) })
		}
		wait.Wait()
		return got
	}
	at := f.waits(clerk, eventFiles, "su-kien-hk.csv", rows.String())
	for _, got := range both(clerk, at) {
		require.Equal(t, http.StatusSeeOther, got.status, got.body)
		require.Equal(t, at+"/loaded", got.header.Get("Location"))
	}
	require.Contains(t, f.do(clerk, http.MethodGet, at+"/loaded", nil).body, "thêm 3.000, sửa 0, rút 0 bản ghi")
	late := f.do(clerk, http.MethodPost, at+"/accept", f.form(clerk, "/data/upload"))
	require.Equal(t, at+"/loaded", late.header.Get("Location"), "who sends the form once more is led to what became of the file")
	runs, err := f.o.Warehouse.Runs(t.Context(), warehouse.RunFilter{Source: "books", Cause: warehouse.CauseWard})
	require.NoError(t, err)
	require.Len(t, runs, 1)

	waits := f.waits(staff, eventFiles, "su-kien-1.csv", eventsHead+"S1,Hội sách,Phường Ba Đình,publishing,2026-03-01T08:00:00,100,\n")
	statuses := []int{}
	for _, got := range both(staff, waits) {
		statuses = append(statuses, got.status)
	}
	slices.Sort(statuses)
	require.Equal(t, []int{http.StatusSeeOther, http.StatusNotFound}, statuses, "staff are told that it waits no more")
}

// TestAFileThatNobodyLoadsAnyMoreIsToldToBeCutOff begins as a program does that was killed
// before it had a batch, and after the batch was begun.
func TestAFileThatNobodyLoadsAnyMoreIsToldToBeCutOff(t *testing.T) {
	f := openWardOffice(t)
	clerk := f.in("clerk")
	const content = eventsHead + "E3,Chợ phiên,Phường Hoàn Kiếm,crafts,2026-04-02T08:00:00,20,\n"
	at := f.waits(clerk, eventFiles, "su-kien-hk.csv", content)
	id := strings.TrimPrefix(at, "/data/upload/")
	note := state.HandIn{ID: id, Person: "clerk", Source: "books", Dataset: "events", Name: "su-kien-hk.csv", Areas: []string{"00070"}, At: f.now}
	require.NoError(t, f.o.State.BeginHandIn(t.Context(), note))
	require.Contains(t, f.do(clerk, http.MethodGet, at+"/loaded", nil).body, "Đang nạp")
	f.engine() // as the program begins again
	page := f.do(clerk, http.MethodGet, at+"/loaded", nil).body
	require.Contains(t, page, "Không nạp")
	require.Contains(t, page, "Chương trình bị ngắt trước khi nạp xong; chưa có gì được nạp, hãy nộp lại.")

	b, err := f.o.Warehouse.Begin(t.Context(), warehouse.Load{Source: "books", Dataset: "events", Cause: warehouse.CauseWard, Within: []string{"00070"}})
	require.NoError(t, err)
	require.NoError(t, f.o.State.BeginHandIn(t.Context(), note))
	require.NoError(t, f.o.State.HandInBegun(t.Context(), id, b.ID()))
	f.engine()
	require.Contains(t, f.do(clerk, http.MethodGet, at+"/loaded", nil).body, "Đang nạp", "the batch is open")
	require.NoError(t, b.Abort(t.Context()))
	require.Contains(t, f.do(clerk, http.MethodGet, at+"/loaded", nil).body, "chưa có gì được nạp, hãy nộp lại")

	require.Equal(t, http.StatusSeeOther, f.accept(clerk, at).status)
	require.Contains(t, f.do(clerk, http.MethodGet, at+"/loaded", nil).body, "thêm 1, sửa 0, rút 0 bản ghi")
}
