package ingest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue/demo"
	"khue/demo/postgrestest"
	"khue/warehouse/warehousetest"
)

// clock is a moment that a test moves.
type clock struct{ at atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.at.Store(t.UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// startCity serves the simulated city as of a Sunday night, when the local day
// is not yet the day in UTC.
func startCity(t *testing.T, c *clock, postgres string) *demo.City {
	t.Helper()
	city, err := demo.Start(t.Context(), demo.Options{Dir: t.TempDir(), Now: c.now, Faults: true, Zone: hanoi(t), PostgresDSN: postgres})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, city.Close()) })
	return city
}

func cityConfig(t *testing.T, city *demo.City) Config {
	t.Helper()
	c, faults := Parse("demo/khue.yaml", demo.Configuration(), lookup(city.Variables()))
	require.NoError(t, faults.Err())
	for name, s := range c { // its faults come at once and go at once
		s.Retry.Wait = time.Millisecond
		c[name] = s
	}
	return c
}

var summerNight = time.Date(2026, 8, 3, 3, 30, 0, 0, time.FixedZone("+07", 7*3600))

// soundVisits are the rows of luot_khach that a careful loader takes.
const soundVisits = ` FROM luot_khach WHERE NOT xoa AND thoi_diem IS NOT NULL AND truc_tiep >= 0`

func TestTheSimulatedCityArrivesWholeInTheWarehouse(t *testing.T) {
	c := newClock(summerNight)
	city := startCity(t, c, "")
	w := warehousetest.Open(t)
	p := puller(t, cityConfig(t, city), Into(w), c.now)
	pullAll(t, p)

	db, err := sql.Open("sqlite", city.DatabaseDSN())
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	for field, column := range map[string]string{"visitors": "truc_tiep", "online_visitors": "truc_tuyen", "paid_tickets": "ve_ban", "revenue_vnd": "doanh_thu"} {
		require.Equal(t, sourceSum(t, db, "SELECT sum("+column+")"+soundVisits),
			single[int64](t, w, "SELECT toInt64(sum(sign * ifNull("+field+", 0))) FROM attendance_journal"), field)
	}
	require.Equal(t, sourceSum(t, db, "SELECT count(*) FROM su_kien WHERE NOT xoa AND bat_dau IS NOT NULL AND linh_vuc <> 'XX'"),
		single[int64](t, w, "SELECT sum(toInt64(sign)) FROM events_journal"))
	require.Zero(t, single[uint64](t, w, `SELECT count() FROM (SELECT event FROM attendance_journal GROUP BY event HAVING sum(sign) > 0)
		WHERE event NOT IN (SELECT record_id FROM events_journal)`), "every count belongs to an event")

	members := registryRecords(t, city, "members")
	for status, n := range countBy(members, "status") {
		require.Equal(t, n, single[int64](t, w, "SELECT sum(toInt64(sign)) FROM members_journal WHERE status = '"+status+"'"), status)
	}
	require.Equal(t, int64(soundActivities(registryRecords(t, city, "activities"))), single[int64](t, w, "SELECT sum(toInt64(sign)) FROM activities_journal"))
	require.Equal(t, int64(len(registryRecords(t, city, "initiatives"))), single[int64](t, w, "SELECT sum(toInt64(sign)) FROM initiatives_journal"))
	for measure, total := range workbookTotals(t, city.ReportsDir()) {
		require.Equal(t, total, single[int64](t, w, "SELECT toInt64(sum(sign * value)) FROM discipline_statistics_journal WHERE measure = '"+measure+"'"), measure)
	}
	require.NotZero(t, single[uint64](t, w, "SELECT count() FROM quarantine"), "the city makes mistakes, and they are kept")
}

func TestASecondPullOfTheCityAddsOnlyWhatChanged(t *testing.T) {
	c := newClock(summerNight)
	city := startCity(t, c, postgrestest.Start(t))
	m := newMemory(t)
	p := puller(t, cityConfig(t, city), m, c.now)
	pullAll(t, p)
	db, err := sql.Open("pgx", city.DatabaseDSN())
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	require.Equal(t, sourceSum(t, db, "SELECT sum(truc_tiep)"+soundVisits), m.sum("attendance", "visitors", nil))

	for _, r := range pullAll(t, p) {
		require.Zero(t, r.Added+r.Corrected+r.Retracted, "%s: the same moment again changes nothing", r.Dataset)
	}

	c.advance(60 * 24 * time.Hour)
	require.NoError(t, city.Advance(t.Context()))
	changed := int64(0)
	for _, r := range pullAll(t, p) {
		changed += r.Added + r.Corrected + r.Retracted
		if r.Dataset == "attendance" {
			require.Positive(t, r.Corrected, "counts are corrected within weeks")
			require.Positive(t, r.Retracted, "and some are taken back")
		}
	}
	require.Positive(t, changed)
	require.Equal(t, sourceSum(t, db, "SELECT sum(truc_tiep)"+soundVisits), m.sum("attendance", "visitors", nil))
	require.Equal(t, sourceSum(t, db, "SELECT sum(doanh_thu)"+soundVisits), m.sum("attendance", "revenue_vnd", nil))
	require.Len(t, m.facts["activities"], soundActivities(registryRecords(t, city, "activities")))
}

func pullAll(t *testing.T, p *Puller) []Result {
	t.Helper()
	var all []Result
	for _, source := range p.Sources() {
		results, err := p.Pull(t.Context(), source, PullOptions{})
		require.NoError(t, err)
		all = append(all, results...)
	}
	return all
}

func sourceSum(t *testing.T, db *sql.DB, query string) int64 {
	t.Helper()
	var n int64
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// registryRecords walks the registry with nothing but net/http, and gives the
// records that are not deleted, each once.
func registryRecords(t *testing.T, city *demo.City, resource string) []map[string]any {
	t.Helper()
	var out []map[string]any
	seen := make(map[any]bool)
	for cursor := ""; ; {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, city.RegistryURL()+"/v1/"+resource+"?limit=1000&cursor="+url.QueryEscape(cursor), nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+city.Token())
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		var page struct {
			Data []map[string]any `json:"data"`
			Next *string          `json:"next_cursor"`
		}
		decodeErr := json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			continue // the city stumbles once, never twice
		}
		require.NoError(t, decodeErr)
		for _, r := range page.Data {
			if !seen[r["id"]] && r["deleted"] == false {
				out = append(out, r)
			}
			seen[r["id"]] = true
		}
		if page.Next == nil {
			return out
		}
		cursor = *page.Next
	}
}

func countBy(records []map[string]any, field string) map[string]int64 {
	out := make(map[string]int64)
	for _, r := range records {
		out[r[field].(string)]++
	}
	return out
}

func soundActivities(records []map[string]any) int {
	n := 0
	for _, r := range records {
		people, counted := r["participants"].(float64)
		if r["start_date"] != nil && r["field"] != "khong_ro" && (!counted || people >= 0) {
			n++
		}
	}
	return n
}

// workbookTotals adds up the sound lines of all workbooks, each once.
func workbookTotals(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	totals := make(map[string]int64)
	paths, err := filepath.Glob(filepath.Join(dir, "*.xlsx"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		book, err := excelize.OpenFile(path)
		require.NoError(t, err)
		rows, err := book.GetRows("Biểu 1")
		require.NoError(t, err)
		require.NoError(t, book.Close())
		seen := make(map[string]bool)
		for _, row := range rows[5:] {
			line := strings.Join(row, "|")
			if row[0] == "Tổng cộng" || strings.HasPrefix(row[1], "Lĩnh vực khác") || seen[line] {
				continue
			}
			seen[line] = true
			for i, measure := range []string{"creative_establishments", "creative_workers", "trainees"} {
				if len(row) > 2+i && row[2+i] != "" {
					n, err := strconv.ParseInt(strings.ReplaceAll(row[2+i], ",", ""), 10, 64)
					require.NoError(t, err)
					totals[measure] += max(n, 0) // a number below zero is no count
				}
			}
		}
	}
	return totals
}
