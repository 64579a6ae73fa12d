package dashboards_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/indicators"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// lived is a city that was pulled on four days, so that things came late, were
// corrected and were retracted in between.
var lived struct {
	sync.Mutex
	dsn string
}

func livedCity(t testing.TB) (*indicators.Service, *warehouse.Warehouse) {
	t.Helper()
	lived.Lock()
	defer lived.Unlock()
	if lived.dsn == "" {
		dsn := warehousetest.LastingDSN(t)
		for _, at := range []time.Time{morning.AddDate(0, -3, -10), morning.AddDate(0, -1, -12), morning.AddDate(0, 0, -12), morning} {
			pullCity(t, dsn, func() time.Time { return at })
		}
		lived.dsn = dsn
	}
	return serviceAt(t, lived.dsn)
}

// openLived serves the lived city's pages with books; nil books are none.
func openLived(t testing.TB, b *books) http.Handler {
	t.Helper()
	service, _ := livedCity(t)
	o := dashboards.Options{Service: service, Patience: 20 * time.Second}
	if b != nil {
		o.Data = b
	}
	return openSite(t, o)
}

func TestThePageOnQualityIsDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(openLived(t, busy(morning)))
	t.Cleanup(server.Close)
	ctx := browserFor(t, 8*time.Minute)
	heard := listen(t, ctx)
	for _, lang := range []string{"vi", "en"} {
		words := map[string]string{"vi": "Dữ liệu đến 06:15 hôm nay; 1 nguồn hỏng, 1 nguồn chậm", "en": "Data as of 06:15 today; 1 source failing, 1 source late"}[lang]
		for _, width := range []int64{1440, 390} {
			t.Run(fmt.Sprintf("%s-%d", lang, width), func(t *testing.T) {
				require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...), chromedp.Navigate(server.URL+"/data?lang="+lang)))
				waitForCharts(t, ctx)
				look(t, ctx, heard, fmt.Sprintf("quality-%d-%s", width, lang), words, false)
			})
		}
	}
}

func TestThePageOnQualityStandsWithoutBooks(t *testing.T) {
	h := openLived(t, nil)
	for lang, words := range map[string][]string{"vi": {"Dữ liệu đến 06:15 hôm nay; mọi bộ dữ liệu đều mới", "Đến muộn"}, "en": {"Data as of 06:15 today; every dataset is fresh", "Came late"}} {
		w := get(h, "/data?lang="+lang)
		require.Equal(t, 200, w.Code)
		requireStrict(t, w)
		page := w.Body.String()
		for _, s := range words {
			require.Contains(t, page, s)
		}
		for _, s := range []string{"/data/", "quality-runs", "quality-held", "%!", "<nil>"} {
			require.NotContains(t, strings.ReplaceAll(page, "/data/x", ""), s)
		}
	}
	for address, status := range map[string]int{"/data?period=2026": 400, "/data?x=1": 400, "/data?lang=fr": 400, "/data/sources": 404, "/charts/quality-runs": 404} {
		require.Equal(t, status, get(h, address).Code, address)
	}
}

// cellsOf are the rows of a part's table as its file has them, without the head.
func cellsOf(t *testing.T, h http.Handler, id string) [][]string {
	t.Helper()
	rows := chartTable(t, h, "/charts/"+id+".csv?lang=en")
	require.NotEmpty(t, rows)
	return rows[1:]
}

func TestWhatWasCorrectedIsWhatTheJournalHolds(t *testing.T) {
	h := openLived(t, busy(morning))
	_, w := livedCity(t)
	// Every change of every record, told from the journal one by one.
	type change struct {
		dataset, source, batch string
		recorded, day          time.Time
		came, went             bool
	}
	var all []change
	first := map[string]time.Time{}
	for _, set := range []string{"members", "activities", "events", "attendance", "discipline_statistics", "initiatives", "claims"} {
		// What follows from a changed event is in the event's own batch, and is none of attendance.
		rows, err := w.Conn().Query(t.Context(), `SELECT j.source, j.batch_id, min(j.recorded_at), min(j.happened_on), max(j.sign) > 0, min(j.sign) < 0
FROM `+set+`_journal AS j INNER JOIN (SELECT batch_id FROM batches FINAL WHERE dataset = '`+set+`') AS b ON b.batch_id = j.batch_id
GROUP BY j.source, j.record_id, j.batch_id`)
		require.NoError(t, err)
		for rows.Next() {
			c := change{dataset: set}
			require.NoError(t, rows.Scan(&c.source, &c.batch, &c.recorded, &c.day, &c.came, &c.went))
			all = append(all, c)
			key := c.dataset + c.source
			if at, known := first[key]; c.came && (!known || c.recorded.Before(at)) {
				first[key] = c.recorded
			}
		}
		require.NoError(t, rows.Close())
	}
	zone := hanoi(t)
	want := map[string][5]int{} // late, corrected, retracted, in time, loaded
	for _, c := range all {
		at := c.recorded.In(zone)
		n := want[at.Format("2006-01")]
		loaded := at.Format(time.DateOnly) == first[c.dataset+c.source].In(zone).Format(time.DateOnly)
		register := c.dataset == "members" || c.dataset == "initiatives" || c.dataset == "claims"
		deadline := time.Date(c.day.Year(), c.day.Month()+1, 8, 0, 0, 0, 0, zone)
		switch {
		case c.came && c.went && !loaded:
			n[1]++
		case c.went && !loaded:
			n[2]++
		case c.came && loaded:
			n[4]++
		case c.came && !register && c.day.Year() > 1970 && !at.Before(deadline):
			n[0]++
		case c.came:
			n[3]++
		}
		want[at.Format("2006-01")] = n
	}
	rows := cellsOf(t, h, "quality-corrections")
	require.Len(t, rows, 12)
	sum := [3]int{}
	for i, row := range rows {
		month := time.Date(2025, time.December, 1, 0, 0, 0, 0, time.UTC).AddDate(0, i, 0)
		n := want[month.Format("2006-01")]
		require.Equal(t, month.Format("January 2006"), row[0])
		for j, v := range n {
			require.Equal(t, fmt.Sprint(v), row[j+1], "%s, column %d", row[0], j+1)
		}
		sum[0], sum[1], sum[2] = sum[0]+n[0], sum[1]+n[1], sum[2]+n[2]
	}
	require.Greater(t, sum[0], 0, "something came late in this city")
	require.Greater(t, sum[1], 0, "and was corrected")
}

func TestRunsAndRefusedRowsAreTheOnesInTheBooks(t *testing.T) {
	b := busy(morning)
	b.refused[3].SeenAt, b.refused[4].SeenAt, b.refused[5].SeenAt = morning.AddDate(0, 0, -1), morning.AddDate(0, 0, -8), morning.AddDate(0, 0, -31)
	h := openLived(t, b)
	zone := hanoi(t)
	rows := cellsOf(t, h, "quality-runs")
	require.Len(t, rows, 30)
	for i, row := range rows {
		day := morning.In(zone).AddDate(0, 0, -i).Format(time.DateOnly)
		n := map[dashboards.RunOutcome]int{}
		for _, r := range b.runs {
			if r.StartedAt.In(zone).Format(time.DateOnly) == day {
				n[r.Said()]++
			}
		}
		require.Equal(t, []string{fmt.Sprint(n[dashboards.RunDone]), fmt.Sprint(n[dashboards.RunFaulty]), fmt.Sprint(n[dashboards.RunFailed])}, row[1:4], day)
	}
	require.Equal(t, [][]string{
		{"Monthly reports of wards", "58", "55", "1", "1", "1"},
		{"Ticket gates", "2", "2", "0", "0", "0"},
	}, cellsOf(t, h, "quality-held"))
	page := get(h, "/data?lang=en").Body.String()
	require.Contains(t, page, "1 for more than 30 days")
	require.Contains(t, page, `href="/data/quarantine?source=monthly"`)
}

func TestCompletenessByMonthIsThatOfThePageOnCompleteness(t *testing.T) {
	h := openLived(t, busy(morning))
	service, _ := livedCity(t)
	rows := cellsOf(t, h, "quality-completeness")
	at := 0
	for _, x := range service.Catalogue().Expectations() {
		if x.Reporters == "none" {
			continue
		}
		for i := range 12 {
			from := time.Date(2025, time.December, 1, 0, 0, 0, 0, time.UTC).AddDate(0, i, 0)
			r, err := service.Reporting(t.Context(), indicators.ReportingQuestion{Expectation: x.Name, From: from, To: from.AddDate(0, 1, 0), Scope: khue.Public})
			require.NoError(t, err)
			said := ""
			if r.Total.Known {
				said = fmt.Sprintf("%.4f", float64(r.Total.Reported)/float64(r.Total.Expected))
			}
			require.Equal(t, said, rows[at][i+2], "%s %s", x.Name, from.Format("2006-01"))
		}
		at++
	}
	require.Len(t, rows, at)
	page := get(h, "/data?lang=en").Body.String()
	for _, link := range linksOf(page, `class="table figures heat quality-heat"`, "</table>") {
		require.Equal(t, 200, get(h, link).Code, link)
	}
	require.Contains(t, page, "heat-partial", "the month under way is marked")
}

func TestADatasetThatStandsStillIsTold(t *testing.T) {
	service, _ := livedCity(t)
	for name, c := range map[string]struct {
		dataset string
		until   string
		said    string
	}{
		"visitors of yesterday":           {"attendance", "2026-11-22", "Every dataset"},
		"visitors that stop in the month": {"attendance", "2026-11-10", "Nothing new"},
		"last month's statistics":         {"discipline_statistics", "2026-10-01", "Every dataset"},
		"statistics of September alone":   {"discipline_statistics", "2026-09-30", "Nothing new"},
		"a register that nobody changed":  {"members", "2026-01-01", "Every dataset"},
	} {
		t.Run(name, func(t *testing.T) {
			until, err := time.Parse(time.DateOnly, c.until)
			require.NoError(t, err)
			h := openService(t, standsStill{service, c.dataset, until}, func() time.Time { return morning })
			page := get(h, "/data?lang=en").Body.String()
			if c.said == "Nothing new" {
				require.Contains(t, page, "Nothing new")
				require.Contains(t, page, "1 dataset with nothing new")
			} else {
				require.NotContains(t, page, "Nothing new")
			}
		})
	}
}

// standsStill answers as a service of which one dataset reaches a day.
type standsStill struct {
	*indicators.Service
	dataset string
	until   time.Time
}

func (s standsStill) Freshness(ctx context.Context) ([]indicators.Freshness, error) {
	all, err := s.Service.Freshness(ctx)
	for i := range all {
		if all[i].Dataset == s.dataset {
			all[i].DataUntil = s.until
		}
	}
	return all, err
}
