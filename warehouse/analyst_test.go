package warehouse_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/engine"
	"khue/warehouse/warehousetest"
)

// tap is a city with the door for analysts, on an engine of its own: the schema of views
// is one for an engine.
type tap struct {
	w *warehouse.Warehouse
	a *warehouse.Analyst
	n atomic.Int64
}

var openTap = sync.OnceValues(func() (*tap, error) {
	w, err := warehousetest.Alone()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := w.Publish(ctx, []warehouse.PublicName{{Code: "visitors", Name: khue.Text{VI: "Lượt khách", EN: "Visitors"}, Unit: khue.Text{VI: "lượt", EN: "visits"}}}); err != nil {
		return nil, err
	}
	for _, sql := range []string{
		"INSERT INTO members_journal (source, record_id, name, kind, disciplines, discipline, area, accepted_on, status, sign, recorded_at, batch_id, row_hash) VALUES ('reg', 'M1', 'Xưởng Gốm', 'private', ['crafts'], 'crafts', '00070', '2025-01-02', 'accepted', 1, '2025-02-01 00:00:00', 'b1', 1), ('reg', 'M2', 'Đơn Vị Bị Từ Chối', 'private', ['crafts'], 'crafts', '00070', NULL, 'rejected', 1, '2025-02-01 00:00:00', 'b1', 2)",
		"INSERT INTO events_journal (source, record_id, happened_on, title, disciplines, discipline, starts_at, format, organiser, sign, recorded_at, batch_id, row_hash) VALUES ('ev', 'E1', '2025-03-01', 'Tên Cũ', ['music'], 'music', '2025-02-28 17:30:00', 'onsite', 'M1', 1, '2025-02-01 00:00:00', 'b2', 1)",
		"INSERT INTO events_journal (source, record_id, happened_on, title, disciplines, discipline, starts_at, format, organiser, sign, recorded_at, batch_id, row_hash) VALUES ('ev', 'E1', '2025-03-01', 'Tên Cũ', ['music'], 'music', '2025-02-28 17:30:00', 'onsite', 'M1', -1, '2025-02-02 00:00:00', 'b3', 1), ('ev', 'E1', '2025-03-01', '77', ['music'], 'music', '2025-02-28 17:30:00', 'onsite', 'M1', 1, '2025-02-02 00:00:00', 'b3', 2)",
		"INSERT INTO attendance_journal (source, record_id, happened_on, event, occurred_at, visitors, paid_tickets, revenue_vnd, discipline, sign, recorded_at, batch_id, row_hash) VALUES ('ev', 'A1', '2025-03-01', 'E1', '2025-02-28 17:30:00', 240, 13, 777000, 'music', 1, '2025-02-01 00:00:00', 'b4', 1)",
		"INSERT INTO sources (source, simulated) VALUES ('reg', 1), ('ev', 0)",
	} {
		if err := w.Conn().Exec(ctx, sql); err != nil {
			return nil, err
		}
	}
	a, err := w.Analyst("")
	return &tap{w: w, a: a}, err
})

func tapOf(t *testing.T) *tap {
	t.Helper()
	if os.Getenv(warehousetest.DSNVariable) != "" {
		require.Empty(t, os.Getenv("CI"), "these tests are of the embedded engine's own user, which CI has to try")
		t.Skip("these tests are of the embedded engine's own user")
	}
	p, err := openTap()
	require.NoError(t, err)
	return p
}

func (p *tap) statement(sql string) warehouse.Statement {
	return warehouse.Statement{ID: fmt.Sprintf("test-%d", p.n.Add(1)), SQL: sql, Format: "TSV"}
}

func (p *tap) ask(t *testing.T, sql string) (string, error) {
	t.Helper()
	r, err := p.a.Run(t.Context(), p.statement(sql))
	if err != nil {
		return "", err
	}
	defer func() { require.NoError(t, r.Body.Close()) }()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(body), nil
}

func TestAnalystsReadTheViewsInTheCitysTime(t *testing.T) {
	p := tapOf(t)
	for sql, want := range map[string]string{
		"SELECT member, name, simulated FROM members":                         "M1\tXưởng Gốm\ttrue\n",
		"SELECT toString(starts_at), day, title, simulated FROM pub.events":   "2025-03-01 00:30:00\t2025-03-01\t77\tfalse\n",
		"SELECT day, sum(visitors) FROM attendance GROUP BY day":              "2025-03-01\t240\n",
		"SELECT toHour(occurred_at) FROM attendance":                          "0\n",
		"SELECT name_en FROM areas WHERE area = '01'":                         "Hanoi\n",
		"SELECT count() FROM areas WHERE tree = 'wards' AND valid_to IS NULL": "126\n",
		"SELECT name_en, unit_vi, confidential FROM measures":                 "Visitors\tlượt\tfalse\n",
		"SELECT count() FROM disciplines, figures":                            "0\n",
		"SELECT timezone()": "Asia/Ho_Chi_Minh\n",
		"SELECT count() FROM system.columns WHERE database = 'pub' AND position(comment, ' | ') = 0": "0\n",
		"SELECT count() FROM system.tables WHERE database = 'pub' AND position(comment, ' | ') = 0":  "0\n",
	} {
		got, err := p.ask(t, sql)
		require.NoError(t, err, sql)
		require.Equal(t, want, got, sql)
	}
}

func TestEveryViewCanBeReadWhole(t *testing.T) {
	p := tapOf(t)
	for _, v := range warehouse.PublicViews(nil) {
		_, err := p.ask(t, "SELECT * FROM "+v.Name)
		require.NoError(t, err, v.Name)
	}
}

func TestMakingTheViewsAgainChangesNothingAndTakesOldOnesAway(t *testing.T) {
	p := tapOf(t)
	require.NoError(t, p.w.Conn().Exec(t.Context(), "CREATE VIEW pub.of_yesterday AS SELECT 1 AS n"))
	before, err := p.ask(t, "SELECT create_table_query FROM system.tables WHERE database = 'pub' AND name = 'members'")
	require.NoError(t, err)
	require.NoError(t, p.w.Publish(t.Context(), []warehouse.PublicName{{Code: "visitors", Name: khue.Text{VI: "Lượt khách", EN: "Visitors"}, Unit: khue.Text{VI: "lượt", EN: "visits"}}}))
	after, err := p.ask(t, "SELECT create_table_query FROM system.tables WHERE database = 'pub' AND name = 'members'")
	require.NoError(t, err)
	require.Equal(t, before, after)
	_, err = p.ask(t, "SELECT * FROM of_yesterday")
	require.ErrorContains(t, err, "UNKNOWN_TABLE")
}

// What a view leaves out must not come out by an error that the reader provokes in a
// row of it, nor what a record said before it was corrected.
func TestRowsThatAViewLeavesOutAreNotToldByErrors(t *testing.T) {
	p := tapOf(t)
	for _, sql := range []string{
		"SELECT count() FROM members WHERE throwIf(name = 'Đơn Vị Bị Từ Chối', 'there it is') = 0",
		"SELECT count() FROM members WHERE toInt64(replaceOne(name, 'Xưởng Gốm', '1')) = 1",
		"SELECT count() FROM members WHERE status = 'accepted' AND toInt64(replaceOne(name, 'Xưởng Gốm', '1')) = 1",
		"SELECT count() FROM members AS m JOIN members AS n ON toInt64(replaceOne(m.name, 'Xưởng Gốm', '1')) = toInt64(replaceOne(n.name, 'Xưởng Gốm', '1'))",
		"SELECT count() FROM events WHERE toInt64(title) = 77",
		"SELECT count() FROM events WHERE throwIf(title = 'Tên Cũ', 'there it is') = 0",
		"SELECT count() FROM events WHERE event = 'E1' AND source = 'ev' AND throwIf(title = 'Tên Cũ', 'there it is') = 0",
	} {
		got, err := p.ask(t, sql)
		require.NoError(t, err, sql)
		require.Equal(t, "1\n", got, sql)
	}
}

// refused are statements that reach beyond the views. Each is sent to the real engine.
var refused = []string{
	// tables behind the views
	"SELECT * FROM khue.members_current", "SELECT revenue_vnd FROM khue.attendance_journal", "SELECT * FROM pub.members WHERE name IN (SELECT name FROM khue.members_current)",
	"WITH x AS (SELECT * FROM khue.members_current) SELECT * FROM x", "SELECT (SELECT max(revenue_vnd) FROM khue.attendance_current)",
	"SELECT name FROM members UNION ALL SELECT name FROM khue.members_current", "SELECT * FROM members JOIN khue.members_current USING (source)",
	"SELECT * FROM view(SELECT * FROM khue.members_current)", "SELECT * FROM merge('khue', '.*_current')", "SELECT * FROM merge(REGEXP('.*'), '.*_journal')", "SELECT * FROM loop('khue', 'members_current') LIMIT 1", "SELECT * FROM loop(khue.members_current) LIMIT 1",
	"SELECT * FROM mergeTreeIndex('khue', 'members_current')", "SELECT * FROM mergeTreeAnalyzeIndexes('khue', 'members_current')", "SELECT joinGet('khue.members_current', 'name', 'M2')", "SELECT hasColumnInTable('khue', 'members_current', 'name')",
	"DESCRIBE TABLE khue.members_current", "SHOW CREATE TABLE khue.members_current", "EXPLAIN PLAN SELECT * FROM khue.members_current", "EXPLAIN ESTIMATE SELECT * FROM khue.members_current", "EXISTS TABLE khue.members_current", "CHECK TABLE khue.members_current", "USE khue",
	"SELECT revenue_vnd FROM attendance", "SELECT paid_tickets FROM attendance", "SELECT participants FROM activities", "SELECT funding_vnd FROM activities",
	// other people's statements, and the engine's own things
	"SELECT * FROM system.processes", "SELECT * FROM system.query_log", "SELECT * FROM system.user_processes", "SELECT * FROM system.query_cache", "SELECT * FROM system.users", "SELECT * FROM system.grants", "SELECT * FROM system.parts",
	"SELECT * FROM system.server_settings", "SELECT * FROM system.disks", "SELECT * FROM system.errors", "SELECT * FROM system.stack_trace", "SELECT * FROM system.named_collections", "SELECT * FROM system.dictionaries", "SELECT * FROM system.zookeeper",
	"SELECT * FROM information_schema.tables", "SHOW PROCESSLIST", "SHOW USERS", "SHOW ACCESS", "SHOW GRANTS FOR khue", "SHOW CREATE USER khue", "KILL QUERY WHERE 1", "SYSTEM FLUSH LOGS", "SYSTEM SHUTDOWN", "SYSTEM RELOAD CONFIG",
	// files of the machine
	"SELECT * FROM file('/etc/passwd', 'LineAsString')", "SELECT file('/etc/passwd')", "SELECT `file`('/etc/passwd')", "SELECT \"file\"('/etc/passwd')", "SELECT `fi\\x6ce`('/etc/passwd')", "SELECT file /* x */ ('/etc/passwd')", "SELECT * APPLY(file) FROM (SELECT '/etc/passwd' AS a)", "SELECT * APPLY file FROM (SELECT '/etc/passwd' AS a)",
	"SELECT * APPLY (x -> file(x)) FROM (SELECT '/etc/passwd' AS a)", "SELECT arrayMap(file, ['/etc/passwd'])", "WITH file AS (x -> 1) SELECT file('/etc/passwd')", "SELECT 1 WHERE file('/etc/passwd') != ''", "SELECT * FROM '/etc/passwd'", "SELECT * FROM `/etc/passwd`", "SELECT * FROM filesystem('/etc')", "DESCRIBE file('/etc/passwd', 'LineAsString')",
	"SELECT * FROM fileCluster('default', '/etc/passwd', 'LineAsString')", "SELECT * FROM sqlite('/tmp/x.db', 't')", "SELECT * FROM icebergLocal('/etc')", "SELECT * FROM deltaLakeLocal('/etc')", "SELECT 1 INTO OUTFILE '/tmp/khue-out.txt'", "SELECT 1 INTO OUTFILE '/tmp/khue-out.txt' TRUNCATE FORMAT CSV",
	"INSERT INTO FUNCTION file('/tmp/khue-out.txt') SELECT 1", "BACKUP TABLE khue.members_current TO File('/tmp/khue-backup')", "SELECT * FROM executable('id', 'LineAsString', 'a String')", "SELECT catboostEvaluate('/etc/passwd', 1)",
	// writing, making, changing
	"INSERT INTO khue.members_journal (name) VALUES ('x')", "INSERT INTO members (name) VALUES ('x')", "INSERT INTO khue.members_journal SELECT * FROM input('name String')", "SELECT * FROM input('a String')", "CREATE TABLE pub.mine (n Int8) ENGINE = Memory", "CREATE TEMPORARY TABLE mine (n Int8)", "CREATE VIEW pub.mine AS SELECT 1", "CREATE MATERIALIZED VIEW pub.mine ENGINE = Memory AS SELECT 1",
	"CREATE DATABASE mine", "CREATE FUNCTION mine AS x -> x", "CREATE USER mine", "CREATE DICTIONARY pub.d (n UInt64) PRIMARY KEY n SOURCE(CLICKHOUSE(TABLE 'members_current' DB 'khue')) LAYOUT(FLAT()) LIFETIME(0)", "GRANT SELECT ON khue.* TO khue_analyst", "DROP VIEW pub.members", "TRUNCATE TABLE khue.members_current",
	"ALTER TABLE khue.members_current DELETE WHERE 1", "OPTIMIZE TABLE khue.members_current", "ATTACH TABLE khue.x", "RENAME TABLE pub.members TO pub.x", "SELECT dictGet('x', 'y', 1)", "SELECT * FROM dictionary('x')",
	// limits
	"SET max_execution_time = 0", "SET readonly = 0", "SELECT 1 SETTINGS max_execution_time = 0", "SELECT 1 SETTINGS max_execution_time = 3600", "SELECT 1 SETTINGS max_memory_usage = 0", "SELECT 1 SETTINGS readonly = 0", "SELECT 1 SETTINGS max_result_rows = 0", "SELECT 1 SETTINGS result_overflow_mode = 'break'",
	"SELECT 1 SETTINGS max_concurrent_queries_for_user = 0", "SELECT 1 SETTINGS allow_experimental_ai_functions = 1", "SELECT 1 SETTINGS allow_get_client_http_header = 1", "SELECT 1 SETTINGS allow_experimental_eval_table_function = 1", "SELECT * FROM eval('SELECT 1')", "SELECT aiGenerate('x')", "SELECT getClientHTTPHeader('X-ClickHouse-Key')", "SELECT addressToSymbol(1)", "SELECT showCertificate()",
	// several statements
	"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE khue.members_current", "SELECT 1 -- x\n; DROP TABLE khue.members_current", "SELECT {x:Identifier} FROM members",
}

func TestWhatReachesBeyondTheViewsIsRefused(t *testing.T) {
	p := tapOf(t)
	for _, sql := range refused {
		got, err := p.ask(t, sql)
		require.Error(t, err, "%s gave %q", sql, got)
		require.Contains(t, []khue.Kind{khue.Invalid, khue.Forbidden}, khue.KindOf(err), "%s: %v", sql, err)
		for _, secret := range []string{"root:", "777000", "Đơn Vị Bị Từ Chối", "ervice_password"} {
			require.NotContains(t, khue.MessageOf(err).EN, secret, sql)
		}
	}
	require.NoFileExists(t, "/tmp/khue-out.txt")
	require.NoDirExists(t, "/tmp/khue-backup")
	var members uint64
	require.NoError(t, p.w.Conn().QueryRow(t.Context(), "SELECT count() FROM khue.members_current").Scan(&members))
	require.EqualValues(t, 2, members)
	got, err := p.ask(t, "SHOW TABLES FROM khue")
	require.NoError(t, err)
	require.Empty(t, got, "names of tables behind the views are not told")
	got, err = p.ask(t, "SHOW GRANTS")
	require.NoError(t, err)
	require.Equal(t, "GRANT SELECT ON pub.* TO khue_analyst\n", got)
}

// Nothing that an analyst can write makes the engine open a connection.
func TestAStatementOpensNoConnection(t *testing.T) {
	p := tapOf(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	var came atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = c.Close()
		}
	}()
	at := listener.Addr().String()
	for _, source := range []string{
		"url('http://%s/', 'LineAsString')", "url('http://%s/a{1..3}.csv')", "urlCluster('default', 'http://%s/', 'LineAsString')", "remote('%s', system.one)", "remoteSecure('%s', system.one)", "remote('%s', 'khue', 'members_current', 'khue', 'x')",
		"s3('http://%s/bucket/k', 'CSV', 'a String')", "s3('http://%s/bucket/k')", "s3Cluster('default', 'http://%s/bucket/k', 'CSV')", "gcs('http://%s/bucket/k')", "oss('http://%s/bucket/k')", "cosn('http://%s/bucket/k')", "iceberg('http://%s/bucket/k')", "icebergS3('http://%s/bucket/k')", "deltaLake('http://%s/bucket/k')", "hudi('http://%s/bucket/k')", "paimon('http://%s/bucket/k')",
		"postgresql('%s', 'd', 't', 'u', 'p')", "mysql('%s', 'd', 't', 'u', 'p')", "mongodb('%s', 'd', 't', 'u', 'p', 'a String')", "redis('%s', 'k', 'k String, v String')", "jdbc('jdbc:mysql://%s/', 'd', 't')", "odbc('DSN=%s', 'd', 't')", "hdfs('hdfs://%s/x', 'CSV', 'a String')", "ytsaurus('http://%s', '//x', 'token', 'a String')",
		"azureBlobStorage('DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://%s/a', 'c', 'x', 'CSV', 'auto', 'a String')", "cluster('%s', system.one)", "clusterAllReplicas('%s', system.one)", "loop(url('http://%s/', 'LineAsString'))", "view(SELECT * FROM url('http://%s/', 'LineAsString'))", "`http://%s/a.csv`", "'http://%s/a.csv'",
	} {
		for _, front := range []string{"SELECT * FROM ", "DESCRIBE TABLE ", "INSERT INTO FUNCTION ", "EXPLAIN PLAN SELECT * FROM ", "SELECT (SELECT count() FROM members), * FROM "} {
			sql := front + strings.Replace(source, "%s", at, 1)
			if strings.HasPrefix(front, "INSERT") {
				sql += " SELECT 'x'"
			}
			_, err := p.ask(t, sql)
			require.Error(t, err, sql)
		}
	}
	_, err = p.ask(t, fmt.Sprintf("CREATE DICTIONARY pub.d (n UInt64) PRIMARY KEY n SOURCE(HTTP(URL 'http://%s/' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(0)", at))
	require.Error(t, err)
	require.Zero(t, came.Load(), "the engine opened a connection")
}

func TestAStatementThatWouldTakeTooMuchIsAnErrorAndNeverAShorterResult(t *testing.T) {
	p := tapOf(t)
	for sql, code := range map[string]string{
		"SELECT number FROM numbers(1000001)":                                                                                           "sql_too_many_rows",
		"SELECT groupArray(number) FROM numbers(1000000000)":                                                                            "sql_too_much_memory",
		"SELECT count() FROM numbers(1000000000000) SETTINGS max_execution_time = 1":                                                    "sql_too_slow",
		"SELECT sum(a.number * b.number) FROM numbers(10000000) AS a CROSS JOIN numbers(10000000) AS b SETTINGS max_execution_time = 1": "sql_too_slow",
		"SELECT repeat('x', 1000000000000)":                                                                                             "sql_invalid",
	} {
		_, err := p.ask(t, sql)
		got, _ := khue.CodeOf(err)
		require.Equal(t, code, got, "%s: %v", sql, err)
	}
	s := p.statement("SELECT number FROM numbers(11)")
	s.Rows = 10
	_, err := p.a.Run(t.Context(), s)
	got, _ := khue.CodeOf(err)
	require.Equal(t, "sql_too_many_rows", got)
	all, err := p.ask(t, "SELECT number FROM numbers(1000000)")
	require.NoError(t, err)
	require.Equal(t, 1_000_000, strings.Count(all, "\n"))
}

func TestASyntaxErrorTellsItsPlaceInLinesAndLetters(t *testing.T) {
	p := tapOf(t)
	_, err := p.ask(t, "SELECT 'Hà Nội'\n, 1 1 FROM members")
	code, place := khue.CodeOf(err)
	require.Equal(t, "sql_syntax", code)
	require.Equal(t, "statement:2:5", place)
	said := khue.MessageOf(err)
	require.Contains(t, said.VI, "sai cú pháp")
	require.Contains(t, said.EN, "Syntax error")
	for _, s := range []string{said.VI, said.EN} {
		require.NotContains(t, s, "DB::")
		require.NotContains(t, s, "version 2")
		require.NotContains(t, s, "formatQuery")
	}
}

func TestAStatementIsTakenWithItsParametersAndSaysWhatItRead(t *testing.T) {
	p := tapOf(t)
	s := p.statement("SELECT name FROM members WHERE member = {m:String} AND accepted_on >= {d:Date}")
	s.Parameters = map[string]string{"m": "M1", "d": "2025-01-01"}
	r, err := p.a.Run(t.Context(), s)
	require.NoError(t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	require.Equal(t, "Xưởng Gốm\n", string(body))
	require.EqualValues(t, 1, r.Rows)
	require.Equal(t, "TSV", r.Format)
	s = p.statement("SELECT {m:String}")
	s.Parameters = map[string]string{"m": "' OR 1 = 1 --\t\\'\n"}
	r, err = p.a.Run(t.Context(), s)
	require.NoError(t, err)
	body, err = io.ReadAll(r.Body)
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	require.Equal(t, `\' OR 1 = 1 --\t\\\'\n`+"\n", string(body))
	_, err = p.ask(t, "SELECT {nobody:String}")
	code, _ := khue.CodeOf(err)
	require.Equal(t, "sql_parameter_missing", code)
}

const endless = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"

func TestAStatementEndsInTheEngineWhenItIsCancelledAndWhenItsReaderLeaves(t *testing.T) {
	p := tapOf(t)
	for name, end := range map[string]func(id string, leave func()){
		"cancelled":   func(id string, _ func()) { require.NoError(t, p.a.Cancel(t.Context(), id)) },
		"reader left": func(_ string, leave func()) { leave() },
	} {
		s := p.statement(endless)
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := p.a.Run(ctx, s)
			done <- err
		}()
		require.Eventually(t, func() bool {
			r, known, err := p.a.Progress(t.Context(), s.ID)
			return err == nil && known && r.RowsRead > 0 && r.Elapsed > 0
		}, 10*time.Second, 20*time.Millisecond, name)
		end(s.ID, leave)
		select {
		case err := <-done:
			code, _ := khue.CodeOf(err)
			require.Equal(t, "sql_cancelled", code, "%s: %v", name, err)
		case <-time.After(10 * time.Second):
			t.Fatal(name + ": the statement goes on")
		}
		require.Eventually(t, func() bool {
			_, known, err := p.a.Progress(t.Context(), s.ID)
			return err == nil && !known
		}, 5*time.Second, 20*time.Millisecond, name)
		leave()
	}
	got, err := p.ask(t, "SELECT 1 + 1")
	require.NoError(t, err)
	require.Equal(t, "2\n", got, "the engine lives on")
}

func TestASecretIsNotInWhatAWrongAddressIsTold(t *testing.T) {
	p := tapOf(t)
	for _, address := range []string{"clickhouse://u:hush@h:9000", "https://hush@/", "://hush", "http://h:8123"} {
		_, err := p.w.Analyst(address)
		require.ErrorContains(t, err, "sql.url")
		require.NotContains(t, err.Error(), "hush")
	}
}

func TestTheAnalystOfTheEmbeddedEngineHasNoLiberties(t *testing.T) {
	p := tapOf(t)
	found, err := p.a.Liberties(t.Context())
	require.NoError(t, err)
	require.Empty(t, found)
}

// A user of a server that may do more than it should is found out, and so is one that
// cannot come in.
func TestAUserOfOnesOwnServerThatMayDoTooMuchIsFoundOut(t *testing.T) {
	e, err := engine.Start(t.Context(), engine.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = e.Close() })
	at, err := e.Address()
	require.NoError(t, err)
	w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: fmt.Sprintf("clickhouse://%s:%s@127.0.0.1:%d/khue", engine.ServiceUser, at.Service, at.TCP), Zone: warehousetest.Zone()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.Close() })
	_, err = w.Migrate(t.Context())
	require.NoError(t, err)
	_, err = w.Analyst("")
	require.ErrorContains(t, err, "sql.url")
	require.NoError(t, w.Publish(t.Context(), nil))
	a, err := w.Analyst(fmt.Sprintf("http://%s:%s@127.0.0.1:%d", engine.AnalystUser, at.Analyst, at.HTTP))
	require.NoError(t, err)
	found, err := a.Liberties(t.Context())
	require.NoError(t, err)
	require.Empty(t, found)
	r, err := a.Run(t.Context(), warehouse.Statement{ID: "own", SQL: "SELECT count() FROM disciplines", Format: "TSV"})
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	all, err := w.Analyst(fmt.Sprintf("http://%s:%s@127.0.0.1:%d", engine.ServiceUser, at.Service, at.HTTP))
	require.NoError(t, err)
	found, err = all.Liberties(t.Context())
	require.NoError(t, err)
	require.Greater(t, len(found), 8)
	wrong, err := w.Analyst(fmt.Sprintf("http://%s:wrong@127.0.0.1:%d", engine.AnalystUser, at.HTTP))
	require.NoError(t, err)
	_, err = wrong.Liberties(t.Context())
	code, _ := khue.CodeOf(err)
	require.Equal(t, "sql_off", code, "%v", err)
	require.NotContains(t, err.Error(), "wrong@")
}

// The file in deploy/ makes the user for a server of one's own. The embedded engine keeps
// no users of its own making, so here its parser reads the statements, and the limits in
// them are held against those that it has for its own analyst.
func TestTheFileThatMakesTheUserForAnalystsSetsTheLimitsOfTheEmbeddedOne(t *testing.T) {
	p := tapOf(t)
	text, err := os.ReadFile("../deploy/clickhouse-analysts.sql")
	require.NoError(t, err)
	limits := 0
	for _, statement := range strings.Split(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		var read string
		require.NoError(t, p.w.Conn().QueryRow(t.Context(), "SELECT formatQuerySingleLine($1)", statement).Scan(&read), statement)
		if !strings.HasPrefix(read, "CREATE SETTINGS PROFILE") {
			continue
		}
		for _, one := range regexp.MustCompile(`(\w+) = ('?\w+'?)`).FindAllStringSubmatch(read, -1) {
			got, err := p.ask(t, "SELECT toString(getSetting('"+one[1]+"')) IN (toString("+one[2]+"), if(toString("+one[2]+") = '1', 'true', ''))")
			require.NoError(t, err)
			require.Equal(t, "1\n", got, one[0])
			limits++
		}
	}
	require.Equal(t, 11, limits)
}

// updateVariable has the list of views in docs/sql.md written anew.
const updateVariable = "KHUE_UPDATE_DOCS"

func TestTheViewsInTheDocumentAreThoseOfTheProgram(t *testing.T) {
	const path, begin, end = "../docs/sql.md", "KHUE_UPDATE_DOCS=1 -->\n", "<!-- end of views -->"
	var list strings.Builder
	for _, v := range warehouse.PublicViews(nil) {
		fmt.Fprintf(&list, "\n### %s\n\n%s\n%s\n\n| | | |\n|---|---|---|\n", v.Name, v.About.VI, v.About.EN)
		for _, c := range v.Columns {
			fmt.Fprintf(&list, "| `%s` | %s | %s / %s |\n", c.Name, strings.ReplaceAll(c.Type, "{zone}", khue.DefaultZone), c.About.VI, c.About.EN)
		}
	}
	list.WriteString("\n")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	listed, after, found := strings.Cut(rest, end)
	require.True(t, found)
	if os.Getenv(updateVariable) != "" {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+list.String()+end+after), 0o644)) //nolint:gosec // a document
		return
	}
	require.Equal(t, list.String(), listed, "write it anew with %s=1", updateVariable)
}
