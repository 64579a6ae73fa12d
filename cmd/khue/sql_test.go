package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue/access"
	"khue/api"
	"khue/dashboards"
	"khue/state"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// sqlWarehouse is one on an engine of its own: the schema for analysts is one for an engine.
var sqlWarehouse = sync.OnceValues(warehousetest.Alone)

func openSQLOffice(t *testing.T, change func(*Config)) *office {
	t.Helper()
	w, err := sqlWarehouse()
	require.NoError(t, err)
	f := openOfficeOn(t, w, change)
	require.NoError(t, f.o.publish(t.Context()))
	return f
}

// sql sends a statement as JSON.
func (f *office) sql(b *http.Client, s api.Statement, headers ...string) answer {
	f.t.Helper()
	body, err := json.Marshal(s)
	require.NoError(f.t, err)
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.http.URL+"/api/v1/sql", bytes.NewReader(body))
	require.NoError(f.t, err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	require.NoError(f.t, err)
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	return answer{response.StatusCode, response.Header, string(got)}
}

func (f *office) problem(a answer) api.Problem {
	f.t.Helper()
	require.Contains(f.t, a.header.Get("Content-Type"), "application/problem+json", a.body)
	var p api.Problem
	require.NoError(f.t, json.Unmarshal([]byte(a.body), &p))
	return p
}

func TestAnAnalystRunsSQLAndItIsInTheirHistoryAndTheAudit(t *testing.T) {
	f := openSQLOffice(t, nil)
	analyst, staff := f.in("analyst"), f.in("staff")
	got := f.sql(analyst, api.Statement{ID: "first-run", Statement: "SELECT name_vi, valid_from FROM areas WHERE area = {a:String}", Parameters: map[string]string{"a": "00070"}})
	require.Equal(t, http.StatusOK, got.status, got.body)
	var rows struct {
		Data []map[string]any `json:"data"`
		Rows int              `json:"rows"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &rows))
	require.Equal(t, 1, rows.Rows)
	require.Equal(t, "2025-07-01", rows.Data[0]["valid_from"])
	require.Equal(t, "first-run", got.header.Get("Khue-Query-Id"))
	require.Equal(t, "1", got.header.Get("Khue-Rows"))
	require.Equal(t, "private, no-store", got.header.Get("Cache-Control"))
	f.now = f.now.Add(time.Minute)
	byAddress := f.do(analyst, http.MethodGet, "/api/v1/sql?format=csv-raw&param_n=3&query="+url.QueryEscape("SELECT number FROM numbers({n:UInt8})"), nil)
	require.Equal(t, "\"number\"\n0\n1\n2\n", byAddress.body)

	var history []api.StatementRun
	require.NoError(t, json.Unmarshal([]byte(f.do(analyst, http.MethodGet, "/api/v1/sql/history", nil).body), &history))
	require.Len(t, history, 2)
	require.Equal(t, "SELECT number FROM numbers({n:UInt8})", history[0].Statement)
	require.Equal(t, []any{"first-run", "done", int64(1)}, []any{history[1].ID, history[1].Outcome, history[1].Rows})
	require.Equal(t, "[]\n", f.do(staff, http.MethodGet, "/api/v1/sql/history", nil).body, "each sees their own")
	require.Equal(t, http.StatusNotFound, f.do(staff, http.MethodGet, "/api/v1/sql/first-run", nil).status)
	require.Equal(t, http.StatusNotFound, f.do(staff, http.MethodDelete, "/api/v1/sql/first-run", nil).status)
	require.Equal(t, "sql_id_taken", f.problem(f.sql(analyst, api.Statement{ID: "first-run", Statement: "SELECT 1"})).Code)

	audit, err := f.o.People.Audit(t.Context(), state.AuditFilter{Act: "sql.run", Most: 10})
	require.NoError(t, err)
	require.Len(t, audit, 2)
	require.Equal(t, []string{"analyst", "first-run", state.AuditDone}, []string{audit[1].Actor, audit[1].Object, audit[1].Outcome})
	require.Regexp(t, `^done rows=1 read=\d+ ms=\d+ sha256=[0-9a-f]{64} SELECT name_vi`, audit[1].Detail)

	var views []dashboards.SQLView
	require.NoError(t, json.Unmarshal([]byte(f.do(staff, http.MethodGet, "/api/v1/sql/views", nil).body), &views))
	require.Equal(t, "figures", views[0].Name)
	require.NotEmpty(t, views[0].Columns[0].About.VI)
}

func TestResultsOfSQLComeInEveryForm(t *testing.T) {
	f := openSQLOffice(t, nil)
	b := f.in("analyst")
	const statement = "SELECT '=1+1' AS `-text`, toInt64(-5) AS n, CAST(NULL AS Nullable(Float64)) AS nothing, [1, 2] AS list"
	for form, want := range map[string]string{
		"csv": "'-text,n,nothing,list\n'=1+1,-5,\\N,\"[1,2]\"\n", "csv-raw": "\"-text\",\"n\",\"nothing\",\"list\"\n\"=1+1\",-5,\\N,\"[1,2]\"\n", "tsv": "-text\tn\tnothing\tlist\n=1+1\t-5\t\\N\t[1,2]\n",
		"jsonl": "{\"-text\":\"=1+1\",\"n\":-5,\"nothing\":null,\"list\":[1,2]}\n",
	} {
		got := f.sql(b, api.Statement{Statement: statement, Format: form})
		require.Equal(t, http.StatusOK, got.status, got.body)
		require.Equal(t, want, got.body, form)
		require.Contains(t, got.header.Get("Content-Disposition"), "attachment")
	}
	parquet := f.sql(b, api.Statement{Statement: statement, Format: "parquet"})
	require.True(t, strings.HasPrefix(parquet.body, "PAR1") && strings.HasSuffix(parquet.body, "PAR1"))
	require.Equal(t, http.StatusOK, f.sql(b, api.Statement{Statement: statement, Format: "arrow"}).status)
	book, err := excelize.OpenReader(strings.NewReader(f.sql(b, api.Statement{Statement: statement, Format: "xlsx"}, "Accept-Language", "vi").body))
	require.NoError(t, err)
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows("Số liệu")
	require.NoError(t, err)
	said := fmt.Sprint(rows)
	require.Contains(t, said, "=1+1")
	require.Contains(t, said, "-5")
	own := f.sql(b, api.Statement{Statement: "SELECT 1 AS a FORMAT Vertical"})
	require.Equal(t, "application/octet-stream", own.header.Get("Content-Type"))
	require.Equal(t, "Vertical", own.header.Get("Khue-Format"))
	require.Contains(t, own.body, "a: 1")
}

func TestFaultsOfSQLHaveCodesAPlaceAndBothLanguages(t *testing.T) {
	f := openSQLOffice(t, nil)
	b := f.in("analyst")
	for _, one := range []struct {
		s          api.Statement
		status     int
		code, path string
	}{
		{api.Statement{Statement: "SELECT 1\nFROM areas WHERE 1 1"}, 400, "sql_syntax", "statement:2:20"},
		{api.Statement{Statement: "SELECT nope FROM areas"}, 400, "sql_invalid", "statement"},
		{api.Statement{Statement: "  "}, 400, "sql_empty", "statement"},
		{api.Statement{Statement: "SELECT 1", Format: "pdf"}, 400, "unknown_format", "format"},
		{api.Statement{Statement: "SELECT 1", ID: "a b"}, 400, "bad_id", "id"},
		{api.Statement{Statement: "SELECT 1", Parameters: map[string]string{"a&b": "1"}}, 400, "bad_parameter", "parameters"},
		{api.Statement{Statement: "SELECT {x:UInt8}"}, 400, "sql_parameter_missing", "statement"},
		{api.Statement{Statement: "SELECT * FROM khue.members_current"}, 403, "sql_refused", "statement"},
		{api.Statement{Statement: "SELECT file('/etc/passwd')"}, 403, "sql_refused", "statement"},
		{api.Statement{Statement: "SELECT number FROM numbers(11)", Rows: 10}, 400, "sql_too_many_rows", "statement"},
		{api.Statement{Statement: "SELECT number FROM numbers(100001)", Format: "xlsx"}, 400, "sql_too_many_rows", "statement"},
		{api.Statement{Statement: "SELECT '" + strings.Repeat("x", 100_000) + "'"}, 400, "sql_too_long", "statement"},
		{api.Statement{Statement: "SELECT '" + strings.Repeat("x", 200_000) + "'"}, 413, "too_large", ""},
	} {
		got := f.sql(b, one.s, "Accept-Language", "vi")
		p := f.problem(got)
		require.Equal(t, []any{one.status, one.code}, []any{got.status, p.Code}, "%.60s: %s", one.s.Statement, got.body)
		if one.path != "" {
			require.Equal(t, one.path, p.Errors[0].Path)
		}
		english := f.problem(f.sql(b, one.s, "Accept-Language", "en"))
		require.NotEqual(t, p.Detail, english.Detail)
		require.NotContains(t, english.Detail, "DB::")
	}
	require.Equal(t, "not_json", f.problem(f.do(b, http.MethodPost, "/api/v1/sql", url.Values{"statement": {"SELECT 1"}})).Code)
	require.Equal(t, "unknown_parameter", f.problem(f.do(b, http.MethodGet, "/api/v1/sql?query=SELECT+1&fromat=csv", nil)).Code)
	require.Contains(t, f.acts(), "analyst sql.run refused")
}

func TestSQLTakesItsRightAndATokenForIt(t *testing.T) {
	f := openSQLOffice(t, nil)
	for role, status := range map[string]int{"analyst": 200, "staff": 200, "leader": 403, "administrator": 403, "clerk": 403} {
		require.Equal(t, status, f.sql(f.in(role), api.Statement{Statement: "SELECT 1"}).status, role)
	}
	for right, status := range map[string]int{"api": 403, "sql": 200} {
		_, secret, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", right, []string{right}, time.Hour)
		require.NoError(t, err)
		require.Equal(t, status, f.sql(f.browser(), api.Statement{Statement: "SELECT 1"}, "Authorization", "Bearer "+secret).status, right)
	}
	_, _, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "leader", "x", []string{"sql"}, time.Hour)
	require.ErrorContains(t, err, "run SQL")
	foreign := f.sql(f.in("analyst"), api.Statement{Statement: "SELECT 1"}, "Sec-Fetch-Site", "cross-site")
	require.Equal(t, "other_site", f.problem(foreign).Code)
}

const endlessSQL = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"

func TestAStatementIsLookedAtCancelledAndEndsWhenItsReaderLeaves(t *testing.T) {
	f := openSQLOffice(t, nil)
	b := f.in("analyst")
	look := func(id string) (r api.StatementRun) {
		got := f.do(b, http.MethodGet, "/api/v1/sql/"+id, nil)
		if got.status == http.StatusOK {
			require.NoError(t, json.Unmarshal([]byte(got.body), &r))
		}
		return r
	}
	ended := make(chan answer, 1)
	go func() { ended <- f.sql(b, api.Statement{ID: "to-cancel", Statement: endlessSQL}) }()
	require.Eventually(t, func() bool { r := look("to-cancel"); return r.Outcome == "running" && r.RowsRead > 0 && r.Took > 0 }, 10*time.Second, 20*time.Millisecond)

	leaving, leave := context.WithCancel(t.Context())
	go func() {
		body, _ := json.Marshal(api.Statement{ID: "to-leave", Statement: endlessSQL})
		request, _ := http.NewRequestWithContext(leaving, http.MethodPost, f.http.URL+"/api/v1/sql", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		if response, err := b.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	require.Eventually(t, func() bool { return look("to-leave").RowsRead > 0 }, 10*time.Second, 20*time.Millisecond)
	third := f.sql(b, api.Statement{Statement: "SELECT 1"})
	require.Equal(t, http.StatusTooManyRequests, third.status, third.body)
	require.Equal(t, "sql_busy", f.problem(third).Code)
	require.Equal(t, http.StatusOK, f.sql(f.in("staff"), api.Statement{Statement: "SELECT 1"}).status, "others are not held up")

	require.Equal(t, http.StatusOK, f.do(b, http.MethodDelete, "/api/v1/sql/to-cancel", nil).status)
	got := <-ended
	require.Equal(t, http.StatusConflict, got.status, got.body)
	require.Equal(t, "sql_cancelled", f.problem(got).Code)
	leave()
	for _, id := range []string{"to-cancel", "to-leave"} {
		require.Eventually(t, func() bool { return look(id).Outcome == "cancelled" }, 10*time.Second, 20*time.Millisecond, id)
		_, runs, err := f.o.newSQLDoor().analyst.Progress(t.Context(), engineID("analyst", id))
		require.NoError(t, err)
		require.False(t, runs, id)
	}
	require.Equal(t, http.StatusOK, f.sql(b, api.Statement{Statement: "SELECT 1"}).status)
	require.Contains(t, f.acts(), "analyst sql.cancel done")
}

func TestSQLThatIsOffSaysWhy(t *testing.T) {
	f := openSQLOffice(t, func(c *Config) { c.SQL.Off = true })
	got := f.sql(f.in("analyst"), api.Statement{Statement: "SELECT 1"}, "Accept-Language", "vi")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, f.problem(got).Detail, "sql.off")
}

func TestAStatementThatItsServerEndedWithIsNotSaidToRun(t *testing.T) {
	f := openSQLOffice(t, nil)
	require.NoError(t, f.o.State.AddSQLRun(t.Context(), state.SQLRun{Login: "analyst", ID: "cut-off-run", Statement: "SELECT 1", StartedAt: f.now.Add(-3 * warehouse.MostStatementSeconds * time.Second), Outcome: state.SQLRunning}))
	require.Contains(t, f.do(f.in("analyst"), http.MethodGet, "/api/v1/sql/cut-off-run", nil).body, `"code":"sql_cut_off"`)
}

func TestTheExamplesOfThePageRun(t *testing.T) {
	f := openSQLOffice(t, nil)
	b := f.in("analyst")
	for _, one := range dashboards.SQLExamples() {
		s := api.Statement{Statement: one.SQL}
		if strings.Contains(one.SQL, "{from:Date}") {
			s.Parameters = map[string]string{"from": "2026-01-01"}
		}
		got := f.sql(b, s)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", one.Title.EN, got.body)
	}
}

func TestThePageOfSQLShowsTheViewsAndSaysWhenItIsOff(t *testing.T) {
	f := openSQLOffice(t, nil)
	page := f.do(f.in("analyst"), http.MethodGet, "/sql?lang=vi", nil)
	require.Equal(t, http.StatusOK, page.status)
	for _, words := range []string{"Truy vấn SQL trên dữ liệu công bố", `data-view="attendance"`, "lượt khách đến trực tiếp", `data-column="occurred_at"`, "/static/sqleditor.min."} {
		require.Contains(t, page.body, words)
	}
	require.Contains(t, f.do(f.in("leader"), http.MethodGet, "/sql", nil).body, "Bạn không có quyền này")
	off := openSQLOffice(t, func(c *Config) { c.SQL.Off = true })
	page = off.do(off.in("analyst"), http.MethodGet, "/sql?lang=vi", nil)
	require.Contains(t, page.body, "sql.off")
	require.NotContains(t, page.body, "data-run")
}
