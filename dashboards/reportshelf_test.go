package dashboards_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/charts"
	"khue/dashboards"
	"khue/indicators"
	making "khue/reports"
	"khue/reports/archive"
	"khue/state"
)

// shelf is the library of reports as the program wires it: a real archive on a
// SQLite file, of a real observatory.
type shelf struct {
	archive.Library
	store       *state.Store
	at          string // file of the store
	definitions making.Definitions
	hold        func() // called before each draft
}

func (s *shelf) Kinds() []dashboards.ReportKind {
	var out []dashboards.ReportKind
	for _, d := range s.definitions {
		out = append(out, dashboards.ReportKind{ID: d.ID, Title: d.Title, Grains: d.Grains, Formats: d.Formats, NeedsArea: d.Needs("area"), NeedsEdition: d.Needs("edition")})
	}
	return out
}

func (s *shelf) Draft(ctx context.Context, o dashboards.ReportOrder, by string) (state.Report, error) {
	if s.hold != nil {
		s.hold()
	}
	return s.Archive.Draft(ctx, archive.Order{
		Definition: o.Definition, Period: o.Period, Languages: o.Languages, Confidential: o.Confidential, Parameters: making.Parameters{Area: o.Area, Edition: o.Edition},
	}, by)
}

func (s *shelf) Compare(ctx context.Context, was, is state.Report) ([]dashboards.ReportComparison, error) {
	found, err := s.Library.Compare(ctx, was, is)
	var out []dashboards.ReportComparison
	for _, f := range found {
		one := dashboards.ReportComparison{Language: f.Language, Evidence: f.Evidence, Values: f.Values}
		for _, r := range f.List {
			one.Changes = append(one.Changes, dashboards.ReportChange(r))
		}
		out = append(out, one)
	}
	return out, err
}

// paper are the letters and the charts of reports, made once for all tests.
var paper = sync.OnceValues(func() (making.Options, error) {
	var o making.Options
	letters := map[string]*[]byte{
		"tinos-400.ttf": &o.Letters.Regular, "tinos-700.ttf": &o.Letters.Bold, "tinos-400-italic.ttf": &o.Letters.Italic,
		"tinos-700-italic.ttf": &o.Letters.BoldItalic, "jetbrains-mono-400.ttf": &o.Letters.Mono,
	}
	for name, into := range letters {
		ttf, err := fs.ReadFile(dashboards.ThirdParty(), name)
		if err != nil {
			return o, err
		}
		*into = ttf
	}
	renderer, err := charts.New(charts.Options{Library: dashboards.ThirdParty(), Fonts: []charts.Font{{Family: "Tinos", TTF: o.Letters.Regular}, {Family: "Tinos", Bold: true, TTF: o.Letters.Bold}}})
	o.Charts = renderer
	return o, err
})

// askedCity is the simulated city with a ledger, as reports that tell what changed need it.
func askedCity(t testing.TB) *indicators.Service {
	t.Helper()
	_, w := pulledCity(t)
	return indicators.NewService(mustLoad(t), w, indicators.Options{Now: func() time.Time { return morning }, Zone: hanoi(t), Ledger: &asked{ids: map[string]indicators.Asked{}}})
}

// newShelf opens a library on a store of its own.
func newShelf(t testing.TB, service *indicators.Service) *shelf {
	t.Helper()
	at := filepath.Join(t.TempDir(), "state.db")
	store, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	definitions, err := making.Load("", service.Catalogue())
	require.NoError(t, err)
	var ticks atomic.Int64
	// What came in on the morning is known a second later; no two looks are at one moment.
	clock := func() time.Time { return morning.Add(time.Second + time.Duration(ticks.Add(1))*500*time.Millisecond) }
	a, err := archive.New(archive.Options{Keeper: store, Program: "thử", Now: clock, Zone: hanoi(t), Maker: func(_ context.Context, _ string, confidential bool) (archive.Making, error) {
		o, err := paper()
		if err != nil {
			return archive.Making{}, err
		}
		o.Now, o.Zone, o.Simulated, o.Meaning, o.Definitions, o.Confidential = clock, hanoi(t), true, service.Catalogue(), definitions, confidential
		r, err := making.New(service, o)
		return archive.Making{Reporter: r, Past: service, Definitions: service.Catalogue(), Now: service.Catalogue()}, err
	}})
	require.NoError(t, err)
	return &shelf{Library: archive.Library{Archive: a, Shelf: store}, store: store, at: at, definitions: definitions}
}

// withReports serves the pages with a library.
func withReports(t testing.TB, service dashboards.Service, s *shelf, door dashboards.Door, change func(*dashboards.Options)) http.Handler {
	t.Helper()
	o := dashboards.Options{Service: service, Patience: time.Minute, Spreadsheet: sheetAsJSON, Reports: s, ActionDoor: door}
	if change != nil {
		change(&o)
	}
	return openSite(t, o)
}

const brief = "leader-brief"

// ordering is a form that drafts the brief for a month, with nothing wrong in it.
func ordering(person string) url.Values {
	return url.Values{"definition": {brief}, "period": {"2026-10"}, "languages": {"vi", "en"}, "person": {person}}
}

var seenOf = regexp.MustCompile(`name="seen" value="(\d+)"`)

// draftForm sends the form that drafts, as a browser that opened it would.
func draftForm(t *testing.T, h http.Handler, fields url.Values, change func(*http.Request, url.Values)) *httptest.ResponseRecorder {
	t.Helper()
	page := "/reports/new?definition=" + url.QueryEscape(fields.Get("definition"))
	return noteForm(t, h, page, "/reports/new", fields, func(r *http.Request, v url.Values) {
		v.Set("once", "mark of one form "+t.Name())
		if change != nil {
			change(r, v)
		}
	})
}

// actForm sends one of the forms on a report's page, as a browser that opened it would.
func actForm(t *testing.T, h http.Handler, id int, act, person, remark string, change func(*http.Request, url.Values)) *httptest.ResponseRecorder {
	t.Helper()
	page := fmt.Sprintf("/reports/%d", id)
	body := get(h, page).Body.String()
	fields := url.Values{"person": {person}, "remark": {remark}, "once": {"mark of " + act + person}}
	if m := seenOf.FindStringSubmatch(body); m != nil {
		fields.Set("seen", m[1])
	}
	return noteForm(t, h, page, page+"/"+act, fields, change)
}

// kept is a report as the archive would have it, without the seconds that making one takes.
func kept(t testing.TB, s *shelf, definition, period, parameters, lacks string, files map[string]string) int64 {
	t.Helper()
	build := &state.ReportBuild{AsOf: morning, Frozen: "{}", Languages: []string{"vi"}, DefinitionVersion: "1a2b", Definitions: "abc", Program: "thử", Asked: "[]", Lacks: lacks, MadeBy: "Nguyễn Thị Lan"}
	for format, content := range files {
		sums, err := s.store.KeepContents(t.Context(), morning, []byte(content))
		require.NoError(t, err)
		media := map[string]string{"html": "text/html; charset=utf-8", "pdf": "application/pdf", "model": "application/json", "docx": "application/octet-stream"}[format]
		build.Files = append(build.Files, state.ReportFile{Language: "vi", Format: format, Name: "bao-cao_" + period + "_vi." + format, MediaType: media, SHA256: sums[0], Size: int64(len(content))})
	}
	id, err := s.store.AddReport(t.Context(), state.Report{Subject: definition + period + parameters + lacks, Definition: definition, Period: period, Parameters: parameters}, state.ReportAct{
		Step: state.ReportStep{Act: archive.Drafted, Status: state.ReportDraft, Person: "Nguyễn Thị Lan"}, Build: build,
	}, morning)
	require.NoError(t, err)
	return id
}

// moveTo leads a kept report to a status.
func moveTo(t testing.TB, s *shelf, id int64, act, status, person, remark string) {
	t.Helper()
	r, err := s.store.Report(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, s.store.ActOnReport(t.Context(), id, r.Seen(), state.ReportAct{Step: state.ReportStep{Act: act, Status: status, Person: person, Remark: remark}}, morning))
}

const openParameters = `{"confidential":false}`

// webPaper is a small paper.
const webPaper = `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>x</title></head><body><p>Bản xem trước</p></body></html>`

func sha256Of(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// alter does to the store what nobody should.
func (s *shelf) alter(t *testing.T, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", s.at)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

// libraryPages are the pages of openLibrary.
var libraryPages = []string{"/reports", "/reports/1", framedReport, "/reports/3", "/reports/4", "/reports/new?definition=ward-sheet", "/reports/compare?a=2&b=5"}

// framedReport is one that is looked at in a frame.
const framedReport = "/reports/2"

// openLibrary serves a library with a report in each of its standings.
func openLibrary(t testing.TB) http.Handler {
	t.Helper()
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	table := func(n int) string {
		return fmt.Sprintf(`{"lang":"vi","title":"x","blocks":[{"type":"heading","level":1,"text":"Lượt khách"},{"type":"paragraph","runs":[{"text":"Có %[1]d lượt khách."}]},
{"type":"table","id":"m","title":"Theo tháng","columns":[{"title":"Tháng"},{"title":"Lượt"}],"rows":[{"cells":[{"kind":"words","words":"Tháng 3"},{"kind":"number","number":%[1]d}]}]}]}`, n)
	}
	files := map[string]string{"pdf": "%PDF-1.7", "model": table(1200)}
	framed := map[string]string{"html": webPaper, "pdf": "%PDF-1.7", "model": table(1200)}
	kept(t, s, brief, "2026-10", openParameters, `[{"vi":"thiếu số liệu tháng 10 của `+strings.Repeat("Trung-tâm-văn-hóa-", 20)+`","en":"no data of October"}]`, nil)
	kept(t, s, brief, "2026-09", openParameters, "[]", framed)
	review := kept(t, s, "ward-sheet", "2026-Q3", `{"confidential":false,"area":"00070"}`, "[]", files)
	approved := kept(t, s, "monthly-bulletin", "2026-08", openParameters, "[]", files)
	kept(t, s, brief, "2026-08", openParameters, "[]", map[string]string{"model": table(1300)})
	for _, id := range []int64{review, approved} {
		moveTo(t, s, id, archive.Submitted, state.ReportInReview, "Nguyễn Thị Lan", "Xin duyệt "+strings.Repeat("gấp-", 100))
	}
	moveTo(t, s, approved, archive.Approved, state.ReportApproved, "Phạm Hoa", "")
	require.NoError(t, s.Downloaded(t.Context(), state.ReportDownload{Report: review, Build: 1, Language: "vi", Format: "pdf", At: morning}))
	return withReports(t, service, s, dashboards.DoorLocal, nil)
}
