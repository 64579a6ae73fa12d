package dashboards_test

import (
	"fmt"
	"html"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
)

func TestThePageOnUNESCOPutsStateDaysAndWordsTogether(t *testing.T) {
	h := open(t, lively(morning))
	for lang, words := range map[string][]string{
		"vi": {
			"UNESCO: 1 trên 6 cam kết có việc quá hạn.", "Báo cáo đến hạn năm 2027: ", "1 việc quá hạn, lâu nhất 146 ngày; 11 việc: 5 đã xong và 5 đang thực hiện",
			"Quá hạn 146 ngày", "năm 2027; ngày cụ thể chưa rõ", "Hiểu biết chung", "97/KH-UBND", "134/KH-UBND", "Suy luận", "30/10/2019, thành viên thứ 246",
		},
		"en": {"UNESCO: 1 of 6 commitments have overdue actions.", "The report due in 2027: ", "1 action overdue, the longest by 146 days; 11 actions: 5 done and 5 under way", "2027; the day is not known", "General knowledge", "246th member"},
	} {
		w := get(h, "/unesco?lang="+lang)
		require.Equal(t, http.StatusOK, w.Code)
		requireStrict(t, w)
		page := html.UnescapeString(w.Body.String())
		for _, one := range words {
			require.Contains(t, page, one, lang)
		}
		require.NotContains(t, page, "ngày nữa")
	}
}

var planBar = regexp.MustCompile(`class="plan" x="([0-9.]+)%" width="([0-9.]+)%"`)

func TestBarsLieWhereTheirDaysAre(t *testing.T) {
	page := get(open(t, lively(morning)), "/unesco?lang=vi").Body.String()
	_, row, found := strings.Cut(page, "Việc quá hạn của L2</span>")
	require.True(t, found)
	bar := planBar.FindStringSubmatch(row)
	require.NotNil(t, bar)
	begin, end := civil(2022, 1, 1), civil(2028, 1, 1) // the years that any action is in
	place := func(d time.Time) float64 { return 100 * d.Sub(begin).Hours() / end.Sub(begin).Hours() }
	x, _ := strconv.ParseFloat(bar[1], 64)
	width, _ := strconv.ParseFloat(bar[2], 64)
	require.InDelta(t, place(civil(2025, 1, 5)), x, 0.06)
	require.InDelta(t, place(civil(2026, 7, 1))-place(civil(2025, 1, 5)), width, 0.12)
}

func TestTheTimelineTellsTheDaysOfTheRegister(t *testing.T) {
	_, w := pulledCity(t)
	records, err := w.Records(t.Context(), "initiatives", []warehouse.Filter{{Dim: "programme", Values: []string{"unesco-uccn"}}}, time.Time{}, 1000)
	require.NoError(t, err)
	_, rows := csvOf(t, openPulled(t), "/charts/timeline.csv?lang=en")
	require.Len(t, rows, len(records))
	today := civil(2026, 11, 23)
	late := 0
	for _, r := range records {
		day := func(field string) time.Time { d, _ := r[field].(time.Time); return d }
		end, status, days := day("planned_to"), fmt.Sprint(r["status"]), 0.0
		switch {
		case status == "done":
			days = day("actual_to").Sub(end).Hours() / 24
		case status != "dropped":
			days = today.Sub(end).Hours() / 24
		}
		want := ""
		if days > 0 && !end.IsZero() {
			want, late = fmt.Sprint(math.Floor(days)), late+1
		}
		row := rows[fmt.Sprint(r["title"])]
		require.NotNil(t, row, r["title"])
		require.Equal(t, end.Format(time.DateOnly), row[4], r["title"])
		require.Equal(t, want, row[8], r["title"])
	}
	require.Positive(t, late, "some were late, or this proves nothing")
}

func TestTheReportCountsTheYearsThatItCovers(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	counts := map[int]int{}
	for _, f := range c.facts["events"] {
		counts[f.day.Year()]++
	}
	w := get(h, "/charts/report.csv?lang=en")
	require.Equal(t, http.StatusOK, w.Code)
	written := func(n int) string {
		s := strconv.Itoa(n)
		if len(s) > 3 {
			s = s[:len(s)-3] + "," + s[len(s)-3:]
		}
		return s
	}
	require.Contains(t, w.Body.String(), fmt.Sprintf("Events: 2023: %s; 2024: %s; 2025: %s; 2026: %s", written(counts[2023]), written(counts[2024]), written(counts[2025]), written(counts[2026])))
	require.Contains(t, w.Body.String(), "Missing")
	require.Contains(t, w.Body.String(), "To be written")
}
