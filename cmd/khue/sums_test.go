package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo"
	"khue/locale"
)

// independent holds what the source systems say, worked out here with other
// means than ingest: plain SQL on the events database and plain requests to the registry.
type independent struct {
	visitorsByYear     map[string]int64
	eventsByDiscipline map[string]int64
	membersByStatus    map[string]int64
	activitiesByYear   map[string]int64
}

func independently(t *testing.T, city *demo.City) independent {
	t.Helper()
	i := independent{map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}}
	require.Equal(t, "sqlite", city.DatabaseDriver())
	db, err := sql.Open("sqlite", city.DatabaseDSN())
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	// A faulty row has no time or a negative count; a deleted one has xoa = 1.
	i.sum(t, db, i.visitorsByYear, `SELECT strftime('%Y', thoi_diem, '+7 hours'), sum(truc_tiep) FROM luot_khach
		WHERE xoa = 0 AND truc_tiep >= 0 AND thoi_diem IS NOT NULL AND thoi_diem != '' GROUP BY 1`)
	byShort := map[string]int64{}
	i.sum(t, db, byShort, `SELECT substr(linh_vuc || ';', 1, instr(linh_vuc || ';', ';') - 1), count(*) FROM su_kien
		WHERE xoa = 0 AND bat_dau IS NOT NULL AND bat_dau != '' GROUP BY 1`)
	for short, n := range byShort {
		if code, ok := demo.DisciplineShortCodes()[short]; ok {
			i.eventsByDiscipline[code] += n
		}
	}
	for _, m := range fetchAll(t, city.RegistryURL(), city.Token(), "members") {
		i.membersByStatus[fmt.Sprint(m["status"])]++
	}
	known := map[string]bool{}
	for _, code := range demo.DisciplineShortCodes() {
		known[code] = true
	}
	for _, a := range fetchAll(t, city.RegistryURL(), city.Token(), "activities") {
		start, _ := a["start_date"].(string)
		participants, _ := a["participants"].(float64)
		if start != "" && known[fmt.Sprint(a["field"])] && participants >= 0 {
			i.activitiesByYear[start[:4]]++
		}
	}
	return i
}

func (independent) sum(t *testing.T, db *sql.DB, into map[string]int64, query string) {
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key string
		var n int64
		require.NoError(t, rows.Scan(&key, &n))
		into[key] = n
	}
	require.NoError(t, rows.Err())
}

// fetchAll reads a registry list page by page, repeating a request that the
// registry refuses, and keeps the newest state of each record that is not deleted.
func fetchAll(t *testing.T, registry, token, resource string) map[string]map[string]any {
	records, cursor := map[string]map[string]any{}, ""
	for {
		url := registry + "/v1/" + resource + "?limit=500"
		if cursor != "" {
			url += "&cursor=" + cursor
		}
		var page struct {
			Data []map[string]any `json:"data"`
			Next *string          `json:"next_cursor"`
		}
		for attempt := 0; ; attempt++ {
			require.Less(t, attempt, 20, "the registry refuses again and again")
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer "+token)
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			if response.StatusCode == http.StatusOK {
				require.NoError(t, json.NewDecoder(response.Body).Decode(&page))
				_ = response.Body.Close()
				break
			}
			_ = response.Body.Close()
			time.Sleep(100 * time.Millisecond)
		}
		for _, r := range page.Data {
			id := fmt.Sprint(r["id"])
			delete(records, id)
			if r["deleted"] != true {
				records[id] = r
			}
		}
		if page.Next == nil {
			return records
		}
		cursor = *page.Next
	}
}

// requireEqualSums compares the observatory's answers with the independent sums, to the unit.
func requireEqualSums(t *testing.T, o *observatory, want independent) {
	t.Helper()
	require.Equal(t, want.visitorsByYear, o.ask("visitors", "year"))
	require.Equal(t, want.eventsByDiscipline, o.ask("events", "discipline"))
	require.Equal(t, want.activitiesByYear, o.ask("activities", "year"))
	status := map[string]int64{}
	for s, n := range o.ask("member_records", "status") {
		status[s] = n
	}
	require.Equal(t, want.membersByStatus, status)
}

func TestAnswersEqualSumsTakenIndependentlyFromTheSources(t *testing.T) {
	city := demoCity(t, demo.Options{Scale: 1, Faults: true})
	o := newObservatory(t, demo.Configuration(), city.Variables())
	o.must("migrate")
	o.must("pull")
	want := independently(t, city)
	requireEqualSums(t, o, want)
	require.Contains(t, o.must("check"), "books          ok")

	folder := t.TempDir()
	files := strings.Fields(o.must("report", "generate", "resolution-progress", "--period", "2025", "--out", folder))
	require.Len(t, files, 4)
	for _, f := range files {
		content, err := os.ReadFile(f)
		require.NoError(t, err)
		require.NotEmpty(t, content)
		if strings.HasSuffix(f, ".html") {
			require.Contains(t, string(content), locale.Number(khue.English, float64(want.visitorsByYear["2025"]), 0))
			require.Contains(t, strings.ToLower(string(content)), "simulated", "a report says that its data are simulated")
			require.Contains(t, string(content), "No official figure")
		}
	}

	again := o.results("pull")
	require.NotEmpty(t, again)
	for _, r := range again {
		require.Zero(t, r.Added+r.Corrected+r.Retracted, "a repeated pull must change nothing: %+v", r)
	}
}
