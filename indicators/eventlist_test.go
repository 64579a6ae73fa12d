package indicators

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// eventLoads are events of two sources and what was counted at them, some of it
// corrected or taken to another discipline later.
func eventLoads() []load {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			panic(err)
		}
		return v
	}
	event := func(id, title, series, edition, discipline, area, starts, ends string) map[string]any {
		return map[string]any{
			"id": id, "title": title, "series": series, "edition": edition, "organiser": "Nhà A", "venue": "Phố B", "disciplines": []any{discipline}, "area": area,
			"starts_at": at(starts), "ends_at": at(ends), "format": "onsite", "access": "ticketed",
		}
	}
	first := []map[string]any{
		event("E1", "Đêm nhạc", "le-hoi", "2025", "music", "00070", "2025-11-01T13:00:00Z", "2025-11-03T18:30:00Z"),
		event("E2", "Triển lãm", "le-hoi", "2025", "design", "00070", "2025-11-05T02:00:00Z", "2025-11-05T09:00:00Z"),
		event("E3", "Hội chợ", "le-hoi", "2026", "design", "00004", "2026-10-31T17:30:00Z", "2026-11-02T10:00:00Z"),
		event("E4", "Đe\u0302m thơ", "", "", "design", "00004", "2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z"),
	}
	count := func(id, event, when string, visitors int) map[string]any {
		return map[string]any{"id": id, "event": event, "occurred_at": at(when), "visitors": visitors, "paid_tickets": 7, "revenue_vnd": 7_000_000}
	}
	return []load{
		{At: at("2026-11-01T01:00:00Z"), Source: "events", Dataset: "events", Rows: first},
		{At: at("2026-11-01T02:00:00Z"), Source: "second", Dataset: "events", Rows: []map[string]any{event("E1", "Tên khác", "", "", "film", "00070", "2026-02-01T02:00:00Z", "2026-02-01T04:00:00Z")}},
		{At: at("2026-11-02T01:00:00Z"), Source: "events", Dataset: "attendance", Rows: []map[string]any{
			count("V1", "E1", "2025-11-01T14:00:00Z", 100), count("V2", "E1", "2025-11-01T18:00:00Z", 40), count("V3", "E3", "2026-10-31T18:00:00Z", 9),
		}},
		{At: at("2026-11-03T01:00:00Z"), Source: "events", Dataset: "attendance", Rows: []map[string]any{count("V1", "E1", "2025-11-01T14:00:00Z", 130)}},
		{At: at("2026-11-04T01:00:00Z"), Source: "events", Dataset: "events", Rows: []map[string]any{
			event("E1", "Đêm nhạc đã sửa", "le-hoi", "2025", "performing_arts", "00004", "2025-11-01T13:00:00Z", "2025-11-03T18:30:00Z"),
		}},
	}
}

func eventService(t *testing.T) *Service {
	t.Helper()
	return NewService(loaded(t), inWarehouse(t, eventLoads(), lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
}

func TestAnEventFileHoldsWhatIsCountedNowAndNothingConfidential(t *testing.T) {
	s := eventService(t)
	files, err := s.EventFiles(t.Context(), "E1", khue.Public)
	require.NoError(t, err)
	require.Len(t, files, 2, "two sources use one id for different events")
	at := slices.IndexFunc(files, func(f EventFile) bool { return f.Source == "events" })
	own, other := files[at], files[1-at]
	require.Equal(t, "Đêm nhạc đã sửa", own.Title)
	require.Equal(t, "Tên khác", other.Title)
	require.Empty(t, other.Counts)
	require.Len(t, own.Counts, 2, "a corrected count stands once")
	require.EqualValues(t, []int64{130, 40}, []int64{own.Counts[0].Visitors, own.Counts[1].Visitors})
	require.Equal(t, time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC), own.On)
	require.Equal(t, time.Date(2025, 11, 4, 0, 0, 0, 0, time.UTC), own.LastDay, "01:30 the next morning is the next day")
	require.Len(t, own.Postings, 2)
	require.True(t, own.Postings[0].At.After(own.Postings[1].At), "the latest first")

	for _, id := range []string{"", "E9", "e1", "' OR 1=1 --", "{id:String}"} {
		_, err := s.EventFiles(t.Context(), id, khue.Public)
		require.Equal(t, khue.NotFound, khue.KindOf(err), id)
	}
}

func TestEventsOutsideTheCallersAreasAreNotListed(t *testing.T) {
	s := eventService(t)
	list, err := s.Events(t.Context(), EventSearch{Scope: khue.Scope{Areas: []string{"00004"}}})
	require.NoError(t, err)
	require.EqualValues(t, 3, list.Total)
	for _, e := range list.Events {
		require.Equal(t, "00004", e.Area)
	}
	_, err = s.EventFiles(t.Context(), "E2", khue.Scope{Areas: []string{"00004"}})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	_, err = s.Events(t.Context(), EventSearch{})
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "nobody sees nothing, and is told so")
}

func TestTextsOfEventsComeComposedAndAreFoundEitherWay(t *testing.T) {
	s := eventService(t)
	for _, words := range []string{"dem tho", "ĐÊM THƠ", "Đe\u0302m"} {
		list, err := s.Events(t.Context(), EventSearch{Words: words, From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Scope: khue.Public})
		require.NoError(t, err)
		require.Len(t, list.Events, 1, words)
		require.Equal(t, "Đêm thơ", list.Events[0].Title)
		require.True(t, strings.Contains(locale.Fold(list.Events[0].Title), "dem"))
	}
}

func TestEditionsAreWhatALoopOverTheEventsFinds(t *testing.T) {
	s := eventService(t)
	got, err := s.Editions(t.Context(), "le-hoi", khue.Public)
	require.NoError(t, err)
	records, err := s.facts.Records(t.Context(), "events", []warehouse.Filter{{Dim: "series", Values: []string{"le-hoi"}}}, time.Time{}, 0)
	require.NoError(t, err)
	events := map[string][]string{}
	for _, r := range records {
		events[textOf(r, "edition")] = append(events[textOf(r, "edition")], textOf(r, "record_id"))
	}
	require.Len(t, got, len(events))
	require.Equal(t, []string{"2026", "2025"}, []string{got[0].Code, got[1].Code}, "the latest first")
	for _, one := range got {
		require.ElementsMatch(t, events[one.Code], one.Events)
		require.Equal(t, []string{"events"}, one.Sources)
	}
	require.Equal(t, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), got[0].From, "half past midnight in Hanoi")
	require.Equal(t, 5, got[1].Days(), "from the first of November to the fifth")
	_, err = s.Editions(t.Context(), "khong-co", khue.Public)
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	_, err = s.Editions(t.Context(), "", khue.Public)
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

func TestAWarehouseThatListsNoEventsSaysSo(t *testing.T) {
	s := NewService(loaded(t), &memory{now: func() time.Time { return lateIn2026 }}, Options{Now: func() time.Time { return lateIn2026 }})
	_, err := s.Events(t.Context(), EventSearch{Scope: khue.Public})
	require.Equal(t, khue.Unavailable, khue.KindOf(err))
}
