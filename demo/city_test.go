package demo

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// monday is when most tests take place: a working day late in 2026. What builds a
// city of its own does so in its first year, which the race detector, slow with
// SQLite, has done with sooner.
var (
	monday    = time.Date(2026, time.November, 23, 13, 0, 0, 0, time.UTC)
	firstYear = time.Date(2019, time.September, 20, 13, 0, 0, 0, time.UTC)
)

func hanoi(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(khue.DefaultZone)
	require.NoError(t, err)
	return zone
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// start serves a city until the test ends.
func start(t testing.TB, o Options) *City {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Now == nil {
		o.Now = at(firstYear)
	}
	c, err := Start(context.Background(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// mondayCity is the city of most tests, and how long its two starts took.
type mondayCity struct {
	city          *City
	first, second time.Duration
}

// asOfMonday makes that city once, in two starts; whoever uses it only reads.
var asOfMonday = sync.OnceValues(func() (m mondayCity, err error) {
	dir, err := os.MkdirTemp("", "khue-demo-")
	if err != nil {
		return m, err
	}
	began := time.Now()
	first, err := Start(context.Background(), Options{Dir: dir, Now: at(monday.Add(-time.Hour))})
	if err != nil {
		return m, err
	}
	m.first = time.Since(began)
	if err := first.Close(); err != nil {
		return m, err
	}
	began = time.Now()
	m.city, err = Start(context.Background(), Options{Dir: dir, Now: at(monday)})
	m.second = time.Since(began)
	return m, err
})

func onMonday(t testing.TB) *City {
	t.Helper()
	m, err := asOfMonday()
	require.NoError(t, err)
	return m.city
}

func TestMain(m *testing.M) {
	code := m.Run()
	if m, err := asOfMonday(); err == nil {
		_ = m.city.Close()
		_ = os.RemoveAll(m.city.options.Dir)
	}
	os.Exit(code)
}

func open(t testing.TB, c *City) *sql.DB {
	t.Helper()
	driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[c.DatabaseDriver()]
	db, err := sql.Open(driver, c.DatabaseDSN())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// cells reads a whole answer as text, NULL as "·".
func cells(t testing.TB, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	rows, err := db.Query(query, args...)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var out [][]string
	for rows.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		require.NoError(t, rows.Scan(pointers...))
		line := make([]string, len(columns))
		for i, v := range values {
			line[i] = "·"
			if moment, ok := v.(time.Time); ok {
				line[i] = momentText(moment)
			} else if v != nil {
				line[i] = fmt.Sprint(v)
			}
		}
		out = append(out, line)
	}
	require.NoError(t, rows.Err())
	return out
}

func number(t testing.TB, db *sql.DB, query string, args ...any) (n float64) {
	t.Helper()
	require.NoError(t, db.QueryRow(query, args...).Scan(&n), query)
	return n
}

type answer struct {
	status int
	header http.Header
	body   []byte
	Data   []map[string]any
	Next   *string `json:"next_cursor"`
}

func get(t testing.TB, c *City, path, token string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.RegistryURL()+path, nil)
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(a.body, &a), string(a.body))
	return a
}

// pull pages through a resource, trying again where the registry stumbles, and
// returns the records in the order they came, repeats included.
func pull(t testing.TB, c *City, resource, query string) (records []map[string]any, stumbles int) {
	t.Helper()
	cursor := ""
	for {
		a := get(t, c, "/v1/"+resource+"?"+query+"&cursor="+cursor, c.Token())
		if a.status != http.StatusOK {
			require.Contains(t, []int{429, 500}, a.status, string(a.body))
			stumbles++
			continue
		}
		records = append(records, a.Data...)
		if a.Next == nil {
			return records, stumbles
		}
		cursor = *a.Next
	}
}

// distinct keeps the last of the records with one id.
func distinct(records []map[string]any) map[string]map[string]any {
	out := make(map[string]map[string]any)
	for _, r := range records {
		out[r["id"].(string)] = r
	}
	return out
}

// fingerprint is a hash of everything the three sources serve.
func fingerprint(t testing.TB, c *City) string {
	t.Helper()
	h := sha256.New()
	db := open(t, c)
	for _, table := range []string{"su_kien", "luot_khach"} {
		for _, line := range cells(t, db, "SELECT * FROM "+table+" ORDER BY id") {
			fmt.Fprintln(h, strings.Join(line, "|"))
		}
	}
	for _, resource := range []string{"members", "activities", "initiatives"} {
		records, _ := pull(t, c, resource, "limit=1000")
		require.NoError(t, json.NewEncoder(h).Encode(records))
	}
	files, err := filepath.Glob(filepath.Join(c.ReportsDir(), "*.xlsx"))
	require.NoError(t, err)
	slices.Sort(files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		fmt.Fprintln(h, filepath.Base(file))
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// registryAt is the registry's content at a moment, without a server.
func registryAt(t testing.TB, seed uint64, moments ...time.Time) map[string][]map[string]any {
	t.Helper()
	r, err := newRegistry(newModel(seed, 1, hanoi(t)))
	require.NoError(t, err)
	for _, now := range moments {
		require.NoError(t, r.advance(now))
	}
	out := make(map[string][]map[string]any)
	for name, c := range r.collections {
		for _, e := range c.visible {
			var record map[string]any
			require.NoError(t, json.Unmarshal(e.body, &record))
			out[name] = append(out[name], record)
		}
	}
	return out
}

func TestTheSameSeedGivesTheSameCityAndAnotherSeedAnother(t *testing.T) {
	one := fingerprint(t, start(t, Options{Seed: 7}))
	require.Equal(t, one, fingerprint(t, start(t, Options{Seed: 7})))
	require.NotEqual(t, one, fingerprint(t, start(t, Options{Seed: 8})))
	registry := registryAt(t, 7, monday)
	require.Equal(t, registry, registryAt(t, 7, monday))
	require.NotEqual(t, registry, registryAt(t, 8, monday))
}

func TestExtendingACityGivesWhatBuildingItLaterGives(t *testing.T) {
	direct := fingerprint(t, start(t, Options{}))
	for _, earlier := range []time.Duration{5 * time.Hour, 30 * time.Hour, 80 * 24 * time.Hour, 250 * 24 * time.Hour} {
		dir := t.TempDir()
		first, err := Start(t.Context(), Options{Dir: dir, Now: at(firstYear.Add(-earlier))})
		require.NoError(t, err)
		require.NotEqual(t, direct, fingerprint(t, first))
		require.NoError(t, first.Close())
		require.Equal(t, direct, fingerprint(t, start(t, Options{Dir: dir})), "extended by %s", earlier)
	}
}

// lines keeps the rows of the event database as text, as a store would.
type lines map[int64]string

func (l lines) event(e *event) error { l[e.id] = fmt.Sprint(*e); return nil }
func (l lines) visit(v *visit) error { l[v.id] = fmt.Sprint(*v); return nil }

func TestExtendingHoldsThroughClosuresFestivalsAndTheEndOfTheDistricts(t *testing.T) {
	m := newModel(DefaultSeed, 1, hanoi(t))
	quiet := func(int64, int64) {}
	direct, extended := lines{}, lines{}
	_, err := m.changes(t.Context(), direct, time.Time{}, monday, quiet)
	require.NoError(t, err)
	since := time.Time{}
	for _, until := range []string{"2021-06-15", "2021-12-25", "2022-11-12", "2025-06-30", "2025-07-02", "2026-02-16", "2026-11-20"} {
		now, err := time.Parse(time.DateOnly, until)
		require.NoError(t, err)
		_, err = m.changes(t.Context(), extended, since, now, quiet)
		require.NoError(t, err)
		since = now
	}
	_, err = m.changes(t.Context(), extended, since, monday, quiet)
	require.NoError(t, err)
	require.Equal(t, len(direct), len(extended))
	for id, line := range direct {
		require.Equal(t, line, extended[id])
	}
	steps := []time.Time{monday.AddDate(-6, 0, 0), monday.AddDate(-1, -3, 0), monday.AddDate(0, -2, 0), monday.Add(-time.Hour), monday}
	require.Equal(t, registryAt(t, DefaultSeed, monday), registryAt(t, DefaultSeed, steps...))
}

func TestARunningCityLivesOnToWhatBuildingItLaterGives(t *testing.T) {
	now := firstYear.Add(-3 * time.Hour)
	c := start(t, Options{Now: func() time.Time { return now }})
	for now.Before(firstYear) {
		now = now.Add(7 * time.Minute)
		if now.After(firstYear) {
			now = firstYear
		}
		require.NoError(t, c.Advance(t.Context()))
	}
	require.Equal(t, fingerprint(t, start(t, Options{})), fingerprint(t, c))
}

func TestACityLivesOnByItself(t *testing.T) {
	var ahead atomic.Int64
	c := start(t, Options{Now: func() time.Time { return firstYear.Add(time.Duration(ahead.Load())) }})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.live(ctx, 5*time.Millisecond) })
	defer running.Wait()
	defer cancel()
	db := open(t, c)
	newer := func() float64 {
		return number(t, db, `SELECT count(*) FROM luot_khach WHERE cap_nhat > ?`, momentText(firstYear))
	}
	require.Zero(t, newer())
	ahead.Store(int64(6 * time.Hour))
	require.Eventually(t, func() bool { return newer() > 0 }, 20*time.Second, 20*time.Millisecond)
}

func TestProgressRunsToTheEndOfBothStages(t *testing.T) {
	last := map[string][2]int64{}
	start(t, Options{Progress: func(stage string, done, total int64) {
		require.GreaterOrEqual(t, done, last[stage][0])
		last[stage] = [2]int64{done, total}
	}})
	require.Len(t, last, 2)
	for stage, p := range last {
		require.Equal(t, p[1], p[0], stage)
	}
	require.EqualValues(t, 8, last["reports"][1])
}

func TestAFileThatIsNoDatabaseIsNamed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "events.db"), []byte(strings.Repeat("not a database\n", 500)), 0o600))
	_, err := Start(t.Context(), Options{Dir: dir, Now: at(firstYear)})
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.ErrorContains(t, err, "events.db is not a SQLite database")
}

func TestASecondStartIsQuick(t *testing.T) {
	m, err := asOfMonday()
	require.NoError(t, err)
	require.Less(t, m.second, m.first/2, "the first took %s", m.first)
}

func TestAClockThatWentBackMakesTheCityAnew(t *testing.T) {
	dir := t.TempDir()
	first, err := Start(t.Context(), Options{Dir: dir, Now: at(firstYear)})
	require.NoError(t, err)
	require.NoError(t, first.Close())
	earlier := firstYear.AddDate(0, -4, 0)
	require.Equal(t, fingerprint(t, start(t, Options{Now: at(earlier)})), fingerprint(t, start(t, Options{Dir: dir, Now: at(earlier)})))
}

func TestBadOptionsAreRefusedInOneSentence(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	running := start(t, Options{Now: at(time.Date(2019, 2, 1, 0, 0, 0, 0, time.UTC))})
	taken := strings.TrimPrefix(running.RegistryURL(), "http://")
	cases := map[string]struct {
		options Options
		kind    khue.Kind
		words   string
	}{
		"no folder":       {Options{}, khue.Invalid, "needs a folder"},
		"a file":          {Options{Dir: file}, khue.Invalid, "cannot be made"},
		"negative scale":  {Options{Dir: dir, Scale: -1}, khue.Invalid, "scale -1 is not possible; choose 1 to 1200"},
		"great scale":     {Options{Dir: dir, Scale: 1201}, khue.Invalid, "scale 1201"},
		"bad address":     {Options{Dir: dir, Addr: "here"}, khue.Invalid, `"here" is not an address`},
		"port in use":     {Options{Dir: dir, Addr: taken}, khue.Conflict, "cannot listen on " + taken},
		"folder in use":   {Options{Dir: running.options.Dir}, khue.Conflict, "another simulated city"},
		"clock too early": {Options{Dir: dir, Now: at(time.Date(2018, 12, 30, 0, 0, 0, 0, time.UTC))}, khue.Invalid, "the clock says 2018"},
		"clock too late":  {Options{Dir: dir, Now: at(time.Date(2031, 2, 1, 0, 0, 0, 0, time.UTC))}, khue.Invalid, "the clock says 2031"},
		"no server":       {Options{Dir: dir, PostgresDSN: "postgres://u:secret@127.0.0.1:1/x?connect_timeout=2"}, khue.Unavailable, "cannot connect to PostgreSQL"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			city, err := Start(t.Context(), c.options)
			require.Nil(t, city)
			require.Error(t, err)
			require.Equal(t, c.kind, khue.KindOf(err))
			require.Contains(t, err.Error(), c.words)
			require.NotEmpty(t, khue.MessageOf(err).VI)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
