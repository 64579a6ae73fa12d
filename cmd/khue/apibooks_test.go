package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
	"khue/api"
	"khue/reports/archive"
	"khue/state"
	"khue/warehouse"
)

// bookkeeper is a server whose source was pulled four times: with rows that were
// refused, without a fault, with nothing new, and in vain.
func bookkeeper(t *testing.T) *office {
	t.Helper()
	var folder string
	f := openOffice(t, func(c *Config) { folder = c.sources["gates"].Folder })
	put := func(name string, rows ...[]any) {
		path := filepath.Join(folder, name)
		workbook(t, path, rows...)
		old := f.now.AddDate(0, 0, -1)
		require.NoError(t, os.Chtimes(path, old, old))
	}
	pull := func() error {
		jobs, err := f.o.scheduler()
		require.NoError(t, err)
		err = jobs.RunNow(t.Context(), "pull gates")
		f.now = f.now.Add(time.Hour)
		return err
	}
	put("so-cua-1.xlsx", []any{"03/03/2025", "E1", 120}, []any{"04/03/2025", "E1", "không đếm"}, []any{"05/03/2025", "E2", 40})
	require.NoError(t, pull())
	put("so-cua-2.xlsx", []any{"06/03/2025", "E3", 15})
	require.NoError(t, pull())
	require.NoError(t, pull())
	broken := filepath.Join(folder, "so-cua-3.xlsx")
	require.NoError(t, os.WriteFile(broken, []byte("no workbook"), 0o600))
	old := f.now.AddDate(0, 0, -1)
	require.NoError(t, os.Chtimes(broken, old, old))
	_ = pull() // whether one bad file fails a pull is for the tests of package ingest
	b, err := f.o.Warehouse.Begin(t.Context(), warehouse.Load{Source: "gates", Dataset: "attendance"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Abort(context.WithoutCancel(t.Context())) })
	return f
}

// onePage asks for a list as somebody.
func onePage[T any](f *office, b *http.Client, address string) (out api.Page[T], got answer) {
	f.t.Helper()
	got = f.do(b, http.MethodGet, address, nil)
	require.Equal(f.t, http.StatusOK, got.status, got.body)
	require.NoError(f.t, json.Unmarshal([]byte(got.body), &out))
	return out, got
}

// inPages follows the pages of a list to its end, by the cursor and by the link.
func inPages[T any](f *office, b *http.Client, address string) []T {
	f.t.Helper()
	var out []T
	for next := address; next != ""; {
		part, got := onePage[T](f, b, next)
		require.LessOrEqual(f.t, len(part.Items), 2)
		out, next = append(out, part.Items...), ""
		if part.Next != "" {
			next = address + "&cursor=" + url.QueryEscape(part.Next)
			require.Contains(f.t, got.header.Get("Link"), "cursor="+url.QueryEscape(part.Next))
			require.Contains(f.t, got.header.Get("Link"), `rel="next"`)
		}
	}
	return out
}

func TestTheAPITellsOfSourcesAndRunsWhatStandsInTheBooks(t *testing.T) {
	f := bookkeeper(t)
	b := f.in("analyst")
	t.Run("runs are the batches of the book", func(t *testing.T) { f.sameRuns(t, b) })
	t.Run("outcomes part the runs", func(t *testing.T) {
		whole, _ := onePage[api.Run](f, b, "/api/v1/runs")
		counted := int64(0)
		for _, outcome := range []string{"done", "faulty", "failed", "running"} {
			some, _ := onePage[api.Run](f, b, "/api/v1/runs?outcome="+outcome)
			for _, r := range some.Items {
				require.Equal(t, outcome, r.Outcome, "%+v", r)
			}
			require.EqualValues(t, len(some.Items), some.Total)
			counted += some.Total
		}
		require.Equal(t, whole.Total, counted, "each run has one outcome")
		running, _ := onePage[api.Run](f, b, "/api/v1/runs?outcome=running&source=gates&dataset=attendance")
		require.Len(t, running.Items, 1)
		require.Nil(t, running.Items[0].EndedAt)
		faulty, _ := onePage[api.Run](f, b, "/api/v1/runs?outcome=faulty")
		require.NotEmpty(t, faulty.Items)
		require.EqualValues(t, 1, faulty.Items[len(faulty.Items)-1].Rejected)
	})
	t.Run("a list that grows is that of its first page", func(t *testing.T) {
		first, _ := onePage[api.Run](f, b, "/api/v1/runs?limit=2")
		f.now = f.now.Add(time.Second)
		late, err := f.o.Warehouse.Begin(t.Context(), warehouse.Load{Source: "late", Dataset: "events"})
		require.NoError(t, err)
		require.NoError(t, late.Abort(t.Context()))
		second, _ := onePage[api.Run](f, b, "/api/v1/runs?limit=2&cursor="+first.Next)
		require.Equal(t, first.Total, second.Total)
		for _, r := range append(first.Items, second.Items...) {
			require.NotEqual(t, "late", r.Source)
		}
		f.now = f.now.Add(time.Second)
		newest, _ := onePage[api.Run](f, b, "/api/v1/runs?limit=1")
		require.Equal(t, []string{"late", "failed"}, []string{newest.Items[0].Source, newest.Items[0].Outcome})
		none, _ := onePage[api.Run](f, b, "/api/v1/runs?source=nowhere")
		require.Zero(t, none.Total)
		require.Equal(t, []api.Run{}, none.Items)
	})
	t.Run("a source is what the ledger and the quarantine say", func(t *testing.T) { f.sameSource(t, b) })
	t.Run("the same list is not sent twice", func(t *testing.T) {
		for _, address := range []string{"/api/v1/sources", "/api/v1/runs?limit=2", "/api/v1/reports"} {
			tag := f.do(f.in("leader"), http.MethodGet, address, nil).header.Get("ETag")
			require.Equal(t, http.StatusNotModified, f.do(f.in("leader"), http.MethodGet, address, nil, "If-None-Match", tag).status, address)
			require.Equal(t, http.StatusOK, f.do(f.in("leader"), http.MethodGet, address, nil, "If-None-Match", `"other"`).status, address)
		}
	})
	t.Run("faults have codes and places", func(t *testing.T) { f.faultsOfLists(t) })
}

// sameRuns holds the runs of the API against the batch book, read by SQL.
func (f *office) sameRuns(t *testing.T, b *http.Client) {
	rows, err := f.o.Warehouse.Conn().Query(t.Context(), `SELECT batch_id, source, dataset, started_at, read, accepted, rejected, duplicates, added, corrected, retracted, unchanged,
		multiIf(state = 'complete' AND rejected = 0 AND error = '', 'done', state = 'complete', 'faulty', state = 'aborted', 'failed', 'running') FROM batches FINAL ORDER BY started_at DESC, batch_id DESC`)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var want []api.Run
	for rows.Next() {
		var r api.Run
		require.NoError(t, rows.Scan(&r.Batch, &r.Source, &r.Dataset, &r.StartedAt, &r.Read, &r.Accepted, &r.Rejected, &r.Duplicates, &r.Added, &r.Corrected, &r.Retracted, &r.Unchanged, &r.Outcome))
		want = append(want, r)
	}
	require.NoError(t, rows.Err())
	require.GreaterOrEqual(t, len(want), 4)
	got := inPages[api.Run](f, b, "/api/v1/runs?limit=2")
	for i := range got {
		ended := got[i].Outcome != "running"
		require.Equal(t, ended, got[i].EndedAt != nil, "%+v", got[i])
		require.Equal(t, got[i].Outcome == "done" || got[i].Outcome == "faulty", got[i].RecordedAt != nil, "%+v", got[i])
		require.True(t, want[i].StartedAt.Equal(got[i].StartedAt))
		got[i].StartedAt, got[i].EndedAt, got[i].RecordedAt = want[i].StartedAt, nil, nil
	}
	require.Equal(t, want, got)
	day := want[len(want)-1].StartedAt.In(f.o.Zone).Format(time.DateOnly)
	of, _ := onePage[api.Run](f, b, "/api/v1/runs?from="+day+"&to="+day)
	require.EqualValues(t, len(want), of.Total)
	before, _ := onePage[api.Run](f, b, "/api/v1/runs?to=2026-11-28")
	require.Zero(t, before.Total)
}

// sameSource holds a source against its jobs in the ledger and the quarantine.
func (f *office) sameSource(t *testing.T, b *http.Client) {
	got, _ := onePage[api.Source](f, b, "/api/v1/sources")
	require.Len(t, got.Items, 1)
	s := got.Items[0]
	require.Equal(t, []any{"gates", khue.Text{VI: "Sổ cửa bảo tàng", EN: "Museum gate books"}, "files", []string{"attendance"}, "@every 1h", false, false},
		[]any{s.Name, s.Label, s.Kind, s.Datasets, s.Schedule, s.Simulated, s.Running})
	var held uint64
	require.NoError(t, f.o.Warehouse.Conn().QueryRow(t.Context(), "SELECT count() FROM quarantine FINAL WHERE source = 'gates' AND closed = 0").Scan(&held))
	require.EqualValues(t, held, s.Quarantined)
	require.NotZero(t, held)
	db := f.stateDB(t)
	var ended, failed sql.NullString
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT max(CASE WHEN outcome = 'done' THEN ended_at END), max(CASE WHEN outcome = 'failed' THEN ended_at END) FROM runs WHERE job = 'pull gates'").Scan(&ended, &failed))
	require.Equal(t, ended.Valid, s.LastSuccess != nil)
	require.Equal(t, ended.String, momentInState(*s.LastSuccess))
	require.Equal(t, failed.Valid && failed.String > ended.String, s.FailedAt != nil)
	body := f.do(b, http.MethodGet, "/api/v1/sources", nil).body
	require.NotContains(t, body, f.o.Config.sources["gates"].Folder, "where files lie is told to nobody")
	require.NotContains(t, body, "no workbook")
}

func (f *office) stateDB(t *testing.T) *sql.DB {
	db, err := sql.Open("sqlite", filepath.Join(f.o.Config.Data, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// momentInState is a moment as the SQLite state writes it.
func momentInState(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func (f *office) faultsOfLists(t *testing.T) {
	b := f.in("leader")
	cursor, _ := onePage[api.Run](f, b, "/api/v1/runs?limit=1")
	for address, want := range map[string][]string{
		"/api/v1/sources?limit=0":                             {"bad_limit", "limit"},
		"/api/v1/sources?limit=1001":                          {"bad_limit", "limit"},
		"/api/v1/sources?source=gates":                        {"unknown_parameter", "source"},
		"/api/v1/sources?cursor=x":                            {"bad_cursor", "cursor"},
		"/api/v1/sources?cursor=" + cursor.Next:               {"list_changed", "cursor"},
		"/api/v1/runs?source=gates&cursor=" + cursor.Next:     {"list_changed", "cursor"},
		"/api/v1/runs?outcome=over":                           {"unknown_outcome", "outcome"},
		"/api/v1/runs?dataset=attendence":                     {"unknown_dataset", "dataset"},
		"/api/v1/runs?from=2025-13":                           {"bad_period", "from"},
		"/api/v1/runs?lang=fr":                                {"unknown_language", "lang"},
		"/api/v1/reports?period=soon":                         {"bad_period", "period"},
		"/api/v1/reports?definiton=leader-brief":              {"unknown_parameter", "definiton"},
		"/api/v1/runs?outcome=over&from=2025-13&dataset=nope": {"several", "outcome", "dataset", "from"},
	} {
		got := f.do(b, http.MethodGet, address, nil, "Accept-Language", "vi")
		p := f.problem(got)
		require.Equal(t, want[0], p.Code, "%s: %s", address, got.body)
		var paths []string
		for _, e := range p.Errors {
			paths = append(paths, e.Path)
		}
		require.ElementsMatch(t, want[1:], paths, address)
		require.Less(t, got.status, 500)
		require.NotEqual(t, p.Detail, f.problem(f.do(b, http.MethodGet, address, nil, "Accept-Language", "en")).Detail, address)
	}
	require.Contains(t, f.do(b, http.MethodGet, "/api/v1/runs?dataset=attendence", nil).body, "attendance", "the nearest name is told")
}

func TestTheAPIHandsOutIssuedReportsWithTheFilesThatWereKept(t *testing.T) {
	f := openOffice(t, nil)
	f.fill("events", "starts_at", "2025-03-03T03:00:00Z", "title", "Phố sách", "area", "00070", "format", "onsite")
	f.fill("attendance", "occurred_at", "2025-03-03T03:00:00Z", "event", "1", "visitors", "120")
	f.fill("members", "name", "Xưởng gốm", "status", "member", "area", "00070", "accepted_on", "2024-01-01")
	f.fill("activities", "starts_on", "2025-03-03", "member", "1", "kind", "exhibition", "area", "00070")
	f.now = f.now.Add(time.Hour)
	library, err := f.o.archived()
	require.NoError(t, err)
	issue := func(period, number string, confidential bool) int64 {
		r, err := library.Draft(t.Context(), archive.Order{Definition: "leader-brief", Period: khue.MustParsePeriod(period), Languages: []khue.Lang{khue.Vietnamese}, Confidential: confidential}, "Lan")
		require.NoError(t, err)
		if number == "" {
			return r.ID
		}
		_, err = library.Submit(t.Context(), r.ID, "Lan", "")
		require.NoError(t, err)
		_, err = library.Approve(t.Context(), r.ID, "Hoa", "")
		require.NoError(t, err)
		f.now = f.now.Add(time.Minute)
		_, err = library.Issue(t.Context(), r.ID, "Văn thư", number)
		require.NoError(t, err)
		return r.ID
	}
	leader, analyst := f.in("leader"), f.in("analyst")
	first := issue("2024", "11/BC", false)
	before := f.do(leader, http.MethodGet, "/api/v1/reports", nil).header.Get("ETag")
	require.Equal(t, http.StatusNotModified, f.do(leader, http.MethodGet, "/api/v1/reports", nil, "If-None-Match", before).status)
	own := issue("2025-Q1", "12/BC", true)
	require.Equal(t, http.StatusOK, f.do(leader, http.MethodGet, "/api/v1/reports", nil, "If-None-Match", before).status, "there is one more")
	issue("2025", "", false)

	ids := func(list []api.Report) (out []int64) {
		for _, r := range list {
			out = append(out, r.ID)
		}
		return out
	}
	seen, _ := onePage[api.Report](f, analyst, "/api/v1/reports")
	require.NotContains(t, access.Analyst.Rights(), access.Confidential)
	require.Equal(t, []int64{first}, ids(seen.Items), "drafts, and those for the office's own use, are not handed out")
	require.Equal(t, []int64{own, first}, ids(inPages[api.Report](f, leader, "/api/v1/reports?limit=1")))
	of, _ := onePage[api.Report](f, analyst, "/api/v1/reports?definition=leader-brief&period=2024")
	require.Equal(t, []int64{first}, ids(of.Items))
	none, _ := onePage[api.Report](f, analyst, "/api/v1/reports?period=2025")
	require.Equal(t, []api.Report{}, none.Items)

	db := f.stateDB(t)
	whole, _ := onePage[api.Report](f, leader, "/api/v1/reports")
	for _, r := range whole.Items {
		var number, period, parameters string
		var version int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT i.number, i.version, r.period, r.parameters FROM report_issues i JOIN reports r ON r.id = i.report_id WHERE r.id = ?`, r.ID).Scan(&number, &version, &period, &parameters))
		require.Equal(t, []any{number, version, period}, []any{r.Number, r.Version, r.Period})
		require.Equal(t, r.Parameters["confidential"], strings.Contains(parameters, `"confidential":true`))
		kept := filesKept(t, db, r.ID)
		require.NotEmpty(t, r.Files)
		require.Len(t, r.Files, len(kept))
		for _, file := range r.Files {
			link := file.Link
			file.Link = ""
			require.Equal(t, kept[file.Language+"/"+file.Format], file)
			taken := f.file(leader, link)
			sum := sha256.Sum256(taken)
			require.Equal(t, file.SHA256, hex.EncodeToString(sum[:]), "%s is the file that was kept", link)
			require.EqualValues(t, file.Size, len(taken))
		}
		require.Equal(t, http.StatusOK, f.do(leader, http.MethodGet, r.Page, nil).status)
	}
	audit, err := f.o.People.Audit(t.Context(), state.AuditFilter{Act: "report.download", Most: 100})
	require.NoError(t, err)
	require.Len(t, audit, len(whole.Items[0].Files)+len(whole.Items[1].Files), "each file that was taken is in the audit")
}

// filesKept are the files of a report's newest making, as the state has them.
func filesKept(t *testing.T, db *sql.DB, report int64) map[string]api.ReportFile {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT language, format, name, media_type, sha256, size FROM report_files WHERE report_id = ? AND build = (SELECT max(build) FROM report_builds WHERE report_id = ?)`, report, report)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	out := map[string]api.ReportFile{}
	for rows.Next() {
		var one api.ReportFile
		require.NoError(t, rows.Scan(&one.Language, &one.Format, &one.Name, &one.MediaType, &one.SHA256, &one.Size))
		out[one.Language+"/"+one.Format] = one
	}
	require.NoError(t, rows.Err())
	return out
}

// fill writes one record into a dataset, with fields in pairs.
func (f *office) fill(dataset string, pairs ...string) {
	f.t.Helper()
	d, known := khue.DatasetOf(dataset)
	require.True(f.t, known)
	r := warehouse.NewRows(d, 1)
	r.RecordID, r.Scope, r.Deleted = []string{"1"}, []string{""}, []bool{false}
	for i, field := range d.Fields {
		at := slices.Index(pairs, field.Name)
		text := ""
		if at >= 0 {
			text = pairs[at+1]
		}
		c := &r.Columns[i]
		if c.Null != nil {
			c.Null = []bool{text == ""}
		}
		switch {
		case c.Integers != nil:
			n, _ := strconv.ParseInt(text, 10, 64)
			c.Integers = []int64{n}
		case c.Decimals != nil:
			c.Decimals = make([]decimal.Decimal, 1)
		case c.Times != nil:
			day, _, _ := strings.Cut(text+"T", "T")
			when, err := time.Parse(time.DateOnly, day)
			if err != nil {
				when = time.Unix(0, 0)
			}
			c.Times = []time.Time{when.UTC()}
		case c.Booleans != nil:
			c.Booleans = []bool{false}
		case c.Lists != nil:
			c.Lists = [][]string{{}}
		default:
			c.Strings = []string{text}
		}
	}
	b, err := f.o.Warehouse.Begin(f.t.Context(), warehouse.Load{Source: "mau", Dataset: dataset})
	require.NoError(f.t, err)
	require.NoError(f.t, b.Append(f.t.Context(), r))
	_, err = b.Commit(f.t.Context(), "", 1)
	require.NoError(f.t, err)
}

// file takes a file along.
func (f *office) file(b *http.Client, address string) []byte {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.http.URL+address, nil)
	require.NoError(f.t, err)
	response, err := b.Do(request)
	require.NoError(f.t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(f.t, http.StatusOK, response.StatusCode, address)
	var body bytes.Buffer
	_, err = io.Copy(&body, response.Body)
	require.NoError(f.t, err)
	return body.Bytes()
}
