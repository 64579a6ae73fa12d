package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/state"
)

// The pages of a running program draft a report that the command line then shows,
// and what is downloaded from them is told by the command line.
func TestAReportDraftedOnThePagesIsTheOneOfTheCommandLine(t *testing.T) {
	o := newObservatory(t, nil, nil)
	r := runUp(t, o)
	r.waitFor("/metrics", 8*time.Minute, func(_ int, body string) bool {
		return strings.Contains(body, `khue_job_last_success{job="pull events"} 1`) && strings.Contains(body, `khue_job_last_success{job="pull registry"} 1`) &&
			strings.Contains(body, `khue_job_last_success{job="pull monthly"} 1`)
	})
	_, page := r.get("/reports/new?definition=leader-brief&lang=en")
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, token, page)
	form := url.Values{"token": {token[1]}, "once": {"a form"}, "definition": {"leader-brief"}, "period": {"2025"}, "languages": {"vi", "en"}, "person": {"somebody else"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+"/reports/new", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := r.browser.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "the report, or the list that says it is being drafted")
	r.waitFor("/reports/1", 2*time.Minute, ok)
	status, _ := r.get("/reports/1/files/vi/docx")
	require.Equal(t, http.StatusOK, status)
	r.terminate()
	shown := o.must("report", "show", "1")
	require.Contains(t, shown, "Quản trị viên", "whoever is signed in, whatever the form says")
	require.NotContains(t, shown, "somebody else")
	told := o.must("report", "downloads", "1")
	require.Contains(t, told, "Quản trị viên")
	audit := o.must("audit", "list")
	require.Contains(t, audit, "drafted a report")
	require.Contains(t, audit, "/reports/1/files/vi/docx")
	require.Contains(t, o.must("audit", "verify"), "audit          ok")
	require.Contains(t, told, ".docx")
}

func TestDownloadsAreToldByTheCommandLine(t *testing.T) {
	o := newObservatory(t, []byte("{}\n"), nil)
	store, err := state.Open(t.Context(), filepath.Join(o.data, "state.db"))
	require.NoError(t, err)
	now := time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
	ctx := context.Background()
	sums, err := store.KeepContents(ctx, now, []byte("x"))
	require.NoError(t, err)
	id, err := store.AddReport(ctx, state.Report{Subject: "x", Definition: "leader-brief", Period: "2025", Parameters: "{}"}, state.ReportAct{
		Step: state.ReportStep{Act: "drafted", Status: state.ReportDraft, Person: "Lan"},
		Build: &state.ReportBuild{AsOf: now, Frozen: "{}", Languages: []string{"vi"}, Asked: "[]", Lacks: "[]", MadeBy: "Lan", Files: []state.ReportFile{
			{Language: "vi", Format: "pdf", Name: "bc.pdf", MediaType: "application/pdf", SHA256: sums[0], Size: 1},
		}},
	}, now)
	require.NoError(t, err)
	require.Contains(t, o.must("report", "downloads", "1"), "Nobody has taken a file along yet.")
	for _, person := range []string{"Phạm Hoa", ""} {
		require.NoError(t, store.AddReportDownload(ctx, state.ReportDownload{Report: id, Build: 1, Language: "vi", Format: "pdf", Person: person, At: now}))
	}
	require.NoError(t, store.Close())
	told := o.must("report", "downloads", "1")
	require.Regexp(t, `(?s)not named.*bc\.pdf.*Phạm Hoa.*bc\.pdf`, told)
	var list []downloadJSON
	require.NoError(t, json.Unmarshal([]byte(o.must("report", "downloads", "1", "--json")), &list))
	require.Len(t, list, 2)
	require.Equal(t, sums[0], list[0].SHA256)
	_, said, code := o.khue("report", "downloads", "7")
	require.NotZero(t, code)
	require.Contains(t, said, "there is no report 7")
	_, said, code = o.khue("report", "downloads", "x")
	require.NotZero(t, code)
	require.Contains(t, said, "is not the number of a report")
}
