package warehouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/locale"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// told is an event in the short form of these tests.
type told struct {
	id, title, organiser, venue, format string
	day                                 time.Time
}

func programmeOfEvents() []told {
	titles := []string{"Đêm nhạc Hồ Gươm", "Triển lãm gốm Bát Tràng", "ĐÊM NHẠC phố cổ", "Tọa đàm \\d+ 100% 'x'", "Hội chợ sách Đinh Lễ"}
	var out []told
	for i := range 60 {
		out = append(out, told{
			fmt.Sprintf("E%02d", i), titles[i%len(titles)], []string{"Nhà hát Ánh Sao", "Câu lạc bộ Sen", ""}[i%3], []string{"Phố đi bộ", "Văn Miếu"}[i%2],
			[]string{"onsite", "online", "hybrid"}[i%3], time.Date(2026, 1, 1+i*5, 0, 30, 0, 0, warehousetest.Zone()),
		})
	}
	return out
}

func TestEventsAreListedAsAPlainLoopWouldListThem(t *testing.T) {
	w := warehousetest.Open(t)
	all := programmeOfEvents()
	rows := warehouse.NewRows(dataset(t, "events"), len(all))
	for _, e := range all {
		fill(t, rows, e.id, false, map[string]any{
			"title": e.title, "organiser": e.organiser, "venue": e.venue, "format": e.format, "disciplines": []string{"music"}, "starts_at": e.day.UTC(), "area": "00070",
		})
	}
	commitRows(t, w, "events", rows)
	for _, c := range []struct {
		words    string
		format   string
		from, to time.Time
	}{
		{},
		{words: "dem nhac"},
		{words: "ĐÊM"},
		{words: "sao gom"},
		{words: "ANH SAO dem"},
		{words: "100%"},
		{words: `\d+`},
		{words: "'x'"},
		{words: "{w0:String}"},
		{words: "văn miếu", format: "online"},
		{from: day(2026, 2, 1), to: day(2026, 5, 1)},
		{words: "gom", from: day(2026, 3, 2)},
		{words: "không có đâu"},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			var want []string
			for _, e := range all {
				hay := locale.Fold(e.title + " " + e.organiser + " " + e.venue)
				on := time.Date(e.day.Year(), e.day.Month(), e.day.Day(), 0, 0, 0, 0, time.UTC)
				if slices.ContainsFunc(strings.Fields(locale.Fold(c.words)), func(word string) bool { return !strings.Contains(hay, word) }) ||
					(c.format != "" && e.format != c.format) || (!c.from.IsZero() && on.Before(c.from)) || (!c.to.IsZero() && !on.Before(c.to)) {
					continue
				}
				want = append(want, e.id)
			}
			slices.Reverse(want)
			ask := warehouse.EventsWanted{Words: strings.Fields(locale.Fold(c.words)), From: c.from, To: c.to}
			if c.format != "" {
				ask.Where = []warehouse.Filter{{Dim: "format", Values: []string{c.format}}}
			}
			got, total, err := w.Events(t.Context(), ask)
			require.NoError(t, err)
			require.EqualValues(t, len(want), total)
			require.Equal(t, want, idsOf(got))
			ask.Offset, ask.Limit = 2, 3
			page, total, err := w.Events(t.Context(), ask)
			require.NoError(t, err)
			require.EqualValues(t, len(want), total, "a page knows how many there are")
			require.ElementsMatch(t, want[min(2, len(want)):min(5, len(want))], idsOf(page))
		})
	}
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func idsOf(events []warehouse.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

func commitRows(t *testing.T, w *warehouse.Warehouse, dataset string, rows *warehouse.Rows) {
	t.Helper()
	b, err := w.Begin(t.Context(), warehouse.Load{Source: "mau", Dataset: dataset})
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), rows))
	_, err = b.Commit(t.Context(), "", int64(rows.Len()))
	require.NoError(t, err)
}
