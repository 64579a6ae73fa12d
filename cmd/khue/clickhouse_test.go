package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"khue/access"
)

// sqlToken is a token of the analyst that may run SQL.
func (f *office) sqlToken() string {
	f.t.Helper()
	_, secret, err := f.o.People.MakeToken(f.t.Context(), access.AtConsole, "analyst", "Grafana", []string{"sql"}, time.Hour)
	require.NoError(f.t, err)
	return secret
}

// clickHouse connects as tools do: ClickHouse's own client, by its HTTP protocol, with a
// token for a password.
func (f *office) clickHouse(token string) driver.Conn {
	f.t.Helper()
	at, err := url.Parse(f.http.URL)
	require.NoError(f.t, err)
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{at.Host}, HttpUrlPath: "/clickhouse/",
		Auth: clickhouse.Auth{Username: "analyst", Password: token, Database: "pub"},
	})
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestClickHousesOwnClientReadsTheViewsWithAToken(t *testing.T) {
	f := openSQLOffice(t, nil)
	conn := f.clickHouse(f.sqlToken())
	require.NoError(t, conn.Ping(t.Context()))
	rows, err := conn.Query(clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"tree": "wards"})), "SELECT area, name_vi, valid_from FROM areas WHERE tree = {tree:String} AND name_vi LIKE 'Phường%' ORDER BY area LIMIT 2")
	require.NoError(t, err)
	var names []string
	for rows.Next() {
		var code, name string
		var from *time.Time
		require.NoError(t, rows.Scan(&code, &name, &from))
		require.Equal(t, "2025-07-01", from.Format(time.DateOnly))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	require.Len(t, names, 2)
	var tables []string
	rows, err = conn.Query(t.Context(), "SELECT name FROM system.tables WHERE database = 'pub' ORDER BY name")
	require.NoError(t, err)
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.Contains(t, tables, "attendance", "a tool finds the views by itself")
	require.NotContains(t, tables, "members_current")

	err = conn.Exec(t.Context(), "SELECT * FROM khue.members_current")
	require.ErrorContains(t, err, "Not enough privileges")
	require.Error(t, conn.Exec(t.Context(), "INSERT INTO members (name) VALUES ('x')"))
	require.ErrorContains(t, conn.Exec(clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_memory_usage": 1})), "SELECT 1"), "max_memory_usage")
	require.Contains(t, f.acts(), "analyst sql.run done")

	require.Error(t, f.clickHouse("khue_"+strings.Repeat("A", 43)).Ping(t.Context()), "a wrong token")
	_, secret, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", "R", []string{"api"}, time.Hour)
	require.NoError(t, err)
	require.Error(t, f.clickHouse(secret).Ping(t.Context()), "a token for something else")
}

func TestTheClickHouseAddressAnswersAsItsInterfaceDoes(t *testing.T) {
	f := openSQLOffice(t, nil)
	token := f.sqlToken()
	ask := func(address string, headers ...string) answer {
		return f.do(f.browser(), http.MethodGet, address, nil, headers...)
	}
	key := []string{"X-ClickHouse-User", "anybody", "X-ClickHouse-Key", token}
	require.Equal(t, "Ok.\n", ask("/clickhouse/ping").body)
	require.Equal(t, "Ok.\n", ask("/clickhouse/", key...).body)
	got := ask("/clickhouse/?default_format=JSONEachRow&database=pub&param_n=2&session_id=x&query="+url.QueryEscape("SELECT number FROM numbers({n:UInt8})"), key...)
	require.Equal(t, "{\"number\":0}\n{\"number\":1}\n", got.body)
	require.Equal(t, "JSONEachRow", got.header.Get("X-ClickHouse-Format"))
	require.Equal(t, "Asia/Ho_Chi_Minh", got.header.Get("X-ClickHouse-Timezone"))
	wrong := ask("/clickhouse/?query=SELEC+1", key...)
	require.Equal(t, http.StatusBadRequest, wrong.status)
	require.Equal(t, "62", wrong.header.Get("X-ClickHouse-Exception-Code"))
	require.Contains(t, wrong.body, "Code: 62. DB::Exception: ")
	require.Equal(t, "497", ask("/clickhouse/?query="+url.QueryEscape("SELECT file('/etc/passwd')"), key...).header.Get("X-ClickHouse-Exception-Code"))
	require.Equal(t, "164", ask("/clickhouse/?max_threads=99&query=SELECT+1", key...).header.Get("X-ClickHouse-Exception-Code"))
	looks := ask("/clickhouse/?join_use_nulls=1&date_time_output_format=iso&query="+url.QueryEscape("SELECT a.n, b.n, toDateTime('2026-01-01 00:00:00') FROM (SELECT 1 AS n) AS a LEFT JOIN (SELECT 2 AS n) AS b ON a.n = b.n"), key...)
	require.Equal(t, "1\t\\N\t2025-12-31T17:00:00Z\n", looks.body, "how one's own result is written may be chosen, as Cube does")
	require.Equal(t, http.StatusForbidden, ask("/clickhouse/?max_execution_time=0&query=SELECT+1", key...).status, "a limit is not lifted")
	require.Equal(t, http.StatusForbidden, ask("/clickhouse/?query=SELECT+1&user=a&password="+token, key...).status, "no token in an address")
	require.Equal(t, http.StatusUnauthorized, ask("/clickhouse/?query=SELECT+1&user=a&password="+token).status)
	require.Equal(t, http.StatusUnauthorized, ask("/clickhouse/?query=SELECT+1").status)
}

// A dashboard asks all its questions at once: they wait for their turn.
func TestAToolThatAsksMuchAtOnceWaitsForItsTurn(t *testing.T) {
	f := openSQLOffice(t, nil)
	conn := f.clickHouse(f.sqlToken())
	var all sync.WaitGroup
	failed := make(chan error, 12)
	for range 12 {
		all.Go(func() {
			if err := conn.Exec(t.Context(), "SELECT sum(sipHash64(number)) FROM numbers(3000000)"); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
}
