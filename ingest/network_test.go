package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"khue/demo/mariadbtest"
	"khue/demo/postgrestest"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// networked is a source behind a proxy that makes faults.
type networked struct {
	name   string
	proxy  *toxiproxy.Proxy
	change func(round int) // some rows are added, some changed, one deleted
	truth  func() (rows, visitors int64)
	fault  func(faulty bool) // faults of the server itself
}

// behind puts a proxy before an address and gives its own.
func behind(t *testing.T, s *toxiproxy.ApiServer, name, upstream string) (*toxiproxy.Proxy, string) {
	t.Helper()
	p := toxiproxy.NewProxy(s, name, "127.0.0.1:0", upstream)
	require.NoError(t, p.Start())
	t.Cleanup(p.Stop)
	return p, p.Listen
}

// through is a DSN that goes through a proxy.
func through(t *testing.T, s *toxiproxy.ApiServer, name, dsn string) (*toxiproxy.Proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	p, address := behind(t, s, name, u.Host)
	u.Host = address
	return p, u.String()
}

const networkRows = 4000

// tableBehind is a table of visits in a database behind a proxy.
func tableBehind(t *testing.T, e *eventsDB, p *toxiproxy.Proxy) *networked {
	t.Helper()
	rows := make([]string, networkRows)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d, 7, '2026-01-01 06:30:00', %d, now(), '0')", i+1, i%90)
	}
	e.exec("INSERT INTO lượt VALUES " + strings.Join(rows, ","))
	return &networked{
		name: e.driver, proxy: p, fault: func(bool) {},
		change: func(round int) {
			e.exec(fmt.Sprintf(`INSERT INTO lượt VALUES (%d, 7, '2026-01-31 23:59:59', %d, now(), '0')`, networkRows+round, round))
			e.exec(fmt.Sprintf(`UPDATE lượt SET khach = khach + 1, doi = now() WHERE id %% 17 = %d`, round%17))
			e.exec(fmt.Sprintf(`UPDATE lượt SET xoa = '1', doi = now() WHERE id = %d`, round*3))
		},
		truth: func() (rows, visitors int64) {
			require.NoError(t, e.db.QueryRowContext(t.Context(), `SELECT count(*), sum(khach) FROM lượt WHERE xoa = '0'`).Scan(&rows, &visitors))
			return rows, visitors
		},
	}
}

// registryBehind is a REST interface behind a proxy; it has bad moments of its own.
func registryBehind(t *testing.T, proxies *toxiproxy.ApiServer) (*networked, string) {
	t.Helper()
	type visit struct {
		ID       int       `json:"id"`
		Event    string    `json:"event"`
		At       string    `json:"at"`
		Visitors int       `json:"visitors"`
		Changed  time.Time `json:"updated_at"`
		Gone     bool      `json:"gone"`
	}
	var mu sync.Mutex
	all, faulty := make([]visit, networkRows), false
	for i := range all {
		all[i] = visit{ID: i + 1, Event: "7", At: "2026-01-01T06:30:00+07:00", Visitors: i % 90, Changed: time.Now()}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if faulty && rand.IntN(3) == 0 { //nolint:gosec // which request fails does not matter
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		const size = 400
		since, _ := time.Parse(time.RFC3339, r.URL.Query().Get("since"))
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		page := []visit{}
		total := 0
		for _, v := range all {
			if v.Changed.Before(since) {
				continue
			}
			if total >= from && len(page) < size {
				page = append(page, v)
			}
			total++
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"total": total, "data": page})
	}))
	t.Cleanup(server.Close)
	p, address := behind(t, proxies, "rest", strings.TrimPrefix(server.URL, "http://"))
	return &networked{
		name: "rest", proxy: p,
		fault: func(f bool) { mu.Lock(); defer mu.Unlock(); faulty = f },
		change: func(round int) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, visit{ID: networkRows + round, Event: "7", At: "2026-01-31T23:59:59+07:00", Visitors: round, Changed: time.Now()})
			for i := range all {
				if all[i].ID%17 == round%17 {
					all[i].Visitors, all[i].Changed = all[i].Visitors+1, time.Now()
				}
			}
			all[round*3-1].Gone, all[round*3-1].Changed = true, time.Now()
		},
		truth: func() (rows, visitors int64) {
			mu.Lock()
			defer mu.Unlock()
			for _, v := range all {
				if !v.Gone {
					rows, visitors = rows+1, visitors+int64(v.Visitors)
				}
			}
			return rows, visitors
		},
	}, "http://" + address
}

// toxic makes one fault of each kind that the network knows, as the dice fall.
func toxic(dice *rand.Rand) (kind, definition string) {
	n := func(from, to int) int { return from + dice.IntN(to-from) }
	kind = []string{"latency", "limit_data", "reset_peer", "bandwidth", "slicer", "timeout", "slow_close"}[dice.IntN(7)]
	attributes := map[string]string{
		"latency":    fmt.Sprintf(`{"latency": %d, "jitter": %d}`, n(1, 40), n(0, 40)),
		"limit_data": fmt.Sprintf(`{"bytes": %d}`, n(1, 200_000)), // cut in the middle of whatever it is
		"reset_peer": fmt.Sprintf(`{"timeout": %d}`, n(0, 120)),
		"bandwidth":  fmt.Sprintf(`{"rate": %d}`, n(1, 2000)), // KB a second: from a drip to a stream
		"slicer":     fmt.Sprintf(`{"average_size": %d, "size_variation": 10, "delay": %d}`, n(64, 4000), n(0, 2000)),
		"timeout":    fmt.Sprintf(`{"timeout": %d}`, n(0, 300)), // nothing comes; after a while it is closed, or never
		"slow_close": fmt.Sprintf(`{"delay": %d}`, n(1, 200)),
	}[kind]
	stream := []string{"downstream", "downstream", "upstream"}[dice.IntN(3)]
	return kind, fmt.Sprintf(`{"type": %q, "stream": %q, "toxicity": %.1f, "attributes": %s}`, kind, stream, 0.5+dice.Float64()/2, attributes)
}

const networkRegistry = `
sources:
  rest:
    kind: rest
    url: ${REST}
    timeout: 400ms
    retry: {max: 2, wait: 1ms, max_wait: 20ms}
    datasets:
      attendance:
        path: visits
        records: data
        id: id
        deleted: gone
        paging: {kind: offset, parameter: from, size: 400, total: total}
        incremental: {parameter: since, field: updated_at, look_back: 1s}
        fields: {event: event, occurred_at: at, visitors: visitors}
`

const networkTable = `
  %s:
    kind: sql
    dsn: ${%s}
    timeout: 400ms
    retry: {max: 2, wait: 1ms, max_wait: 20ms}
    datasets:
      attendance:
        table: lượt
        id: id
        deleted: xoa
        cursor: doi
        look_back: 1s
        page_size: 700
        reconcile: {sum: [khach]}
        fields: {event: su_kien, occurred_at: luc, visitors: khach}
`

// TestWhateverTheNetworkDoesNothingIsLostOrDoubled pulls through a proxy that
// delays, cuts, resets and starves connections, and from a server that has bad
// moments of its own. A pull completes or fails; the pull after the faults brings
// every source's own count and sum.
func TestWhateverTheNetworkDoesNothingIsLostOrDoubled(t *testing.T) {
	const seed, most, atLeast = 20260301, 90, 12
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	postgres, mariadb := postgrestest.Start(t), mariadbtest.Start(t)
	viaPostgres, postgresDSN := through(t, proxies, "pgx", postgres)
	viaMariaDB, mariadbDSN := through(t, proxies, "mysql", mariadb)
	registry, registryURL := registryBehind(t, proxies)
	sources := []*networked{
		registry,
		tableBehind(t, openEvents(t, "pgx", postgres, `CREATE TABLE lượt (id bigint PRIMARY KEY, su_kien integer, luc timestamp, khach bigint, doi timestamptz, xoa boolean)`), viaPostgres),
		tableBehind(t, openEvents(t, "mysql", mariadb, `CREATE TABLE lượt (id bigint PRIMARY KEY, su_kien integer, luc datetime, khach bigint, doi timestamp(6) NULL, xoa tinyint(1), KEY (doi, id))`), viaMariaDB),
	}
	text := networkRegistry + fmt.Sprintf(networkTable, "pgx", "POSTGRES") + fmt.Sprintf(networkTable, "mysql", "MARIADB")
	c := configure(t, text, map[string]string{"REST": registryURL, "POSTGRES": postgresDSN, "MARIADB": mariadbDSN})
	w := warehousetest.Open(t)
	p := puller(t, c, Into(w), time.Now)

	dice := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // the same faults each time
	kinds, completed, failed, rounds := map[string]int{}, 0, 0, 0
	for end := time.Now().Add(30 * time.Second); rounds < most && (rounds < atLeast || time.Now().Before(end)); {
		s := sources[rounds%len(sources)]
		rounds++
		s.change(rounds)
		s.fault(dice.IntN(2) == 0)
		for range 1 + dice.IntN(2) {
			kind, definition := toxic(dice)
			if _, err := s.proxy.Toxics.AddToxicJson(strings.NewReader(definition)); err == nil { // two of one kind have one name
				kinds[kind]++
			}
		}
		if pullWithin(t, p, s.name, 3*time.Second) == nil {
			completed++
		} else {
			failed++
		}
		s.fault(false)
		s.proxy.Toxics.ResetToxics(t.Context())
		require.NoError(t, pullWithin(t, p, s.name, time.Minute), "round %d: the pull after the faults of %s", rounds, s.name)
		rows, visitors := s.truth()
		gotRows, gotVisitors := loaded(t, w, s.name)
		require.Equal(t, []int64{rows, visitors}, []int64{gotRows, gotVisitors}, "round %d: rows and visitors of %s", rounds, s.name)
	}
	imbalances, err := w.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, imbalances)
	require.NotZero(t, failed, "the faults must be able to fail a pull")
	t.Logf("%d rounds with seed %d: %d pulls completed through the faults, %d failed cleanly, 0 left a row lost or doubled; faults made: %v", rounds, seed, completed, failed, kinds)
}

func pullWithin(t *testing.T, p *Puller, source string, most time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	_, err := p.Pull(ctx, source, PullOptions{})
	return err
}

func loaded(t *testing.T, w *warehouse.Warehouse, source string) (rows, visitors int64) {
	t.Helper()
	where := " FROM attendance_journal WHERE source = '" + source + "'"
	return single[int64](t, w, "SELECT sum(toInt64(sign))"+where), single[int64](t, w, "SELECT toInt64(sum(sign * ifNull(visitors, 0)))"+where)
}
