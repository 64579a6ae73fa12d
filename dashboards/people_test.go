package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/access"
	"khue/dashboards"
	"khue/reports/archive"
	"khue/state"
)

// as has a handler take every request for that of a caller, as the gate does.
func as(h http.Handler, who access.Caller) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(access.With(r.Context(), who)))
	})
}

func TestWhoIsSignedInGivesOrdersByTheirRightsWhateverTheDoorSays(t *testing.T) {
	for _, c := range []struct {
		rights       []access.Right
		upload, jobs bool
	}{
		{nil, false, false}, {[]access.Right{access.HandIn}, true, false}, {[]access.Right{access.RunJobs}, false, true},
	} {
		for _, door := range []dashboards.Door{dashboards.DoorShut, dashboards.DoorOpen} {
			h := as(openBooks(t, busy(morning), door), access.Caller{Login: "lan", Name: "Nguyễn Thị Lan", Rights: c.rights})
			upload := get(h, "/data/upload?lang=en")
			require.Equal(t, c.upload, upload.Code == http.StatusOK)
			require.Equal(t, !c.upload, strings.Contains(upload.Body.String(), "Your account may not hand in files"))
			require.Equal(t, c.jobs, strings.Contains(get(h, "/data/jobs").Body.String(), "Chạy ngay"))
		}
	}
}

func TestAReportIsActedOnUnderTheNameOfTheAccountByWhoMay(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	r := kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"pdf": "%PDF open", "model": "{}"})
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	staff := as(h, access.Caller{Login: "lan", Name: "Nguyễn Thị Lan", Rights: access.Staff.Rights()})
	leader := as(h, access.Caller{Login: "minh", Name: "Trần Minh", Rights: access.Leader.Rights()})
	page := get(staff, "/reports/1").Body.String()
	require.Contains(t, page, `action="/reports/1/submit"`)
	require.NotContains(t, page, `name="person"`, "nobody is asked who they are")
	require.NotContains(t, get(leader, "/reports/1").Body.String(), `action="/reports/1/submit"`, "a leader drafts nothing")
	require.Equal(t, http.StatusForbidden, actForm(t, leader, 1, "submit", "Trần Minh", "", nil).Code)
	moveTo(t, s, r, archive.Submitted, state.ReportInReview, "Nguyễn Thị Lan", "")
	require.NotContains(t, get(staff, "/reports/1").Body.String(), `action="/reports/1/approve"`)
	require.Contains(t, get(leader, "/reports/1").Body.String(), `action="/reports/1/approve"`)
	twin := as(h, access.Caller{Login: "lan", Name: "Nguyễn Thị Lan", Rights: access.Leader.Rights()})
	require.NotEqual(t, http.StatusSeeOther, actForm(t, twin, 1, "approve", "somebody else", "", nil).Code, "whoever submitted it does not approve it, whatever they call themselves")
	require.Equal(t, http.StatusSeeOther, actForm(t, leader, 1, "approve", "somebody else", "", nil).Code)
	after := get(leader, "/reports/1").Body.String()
	require.Contains(t, after, "Trần Minh")
	require.NotContains(t, after, "somebody else")
}

// openHouse is a site with accounts, and the one who looks at it.
func openHouse(t *testing.T) http.Handler {
	t.Helper()
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	book, err := access.Open(access.Options{Store: store, Now: func() time.Time { return morning }})
	require.NoError(t, err)
	add := func(login, name string, roles, areas []string) {
		_, err := book.Add(t.Context(), access.AtConsole, login, name, roles, areas)
		require.NoError(t, err)
	}
	add("quan", "Lê Quân", []string{"administrator", "analyst"}, nil)
	add("hoa", "Phạm Thị Hoa", []string{"clerk"}, []string{"00070", "00166"})
	add("minh", "Trần Minh", []string{"leader"}, nil)
	require.NoError(t, book.SetDisabled(t.Context(), access.AtConsole, "minh", true))
	_, _, err = book.MakeToken(t.Context(), access.AtConsole, "quan", "R on the desk", []string{"api"}, time.Hour)
	require.NoError(t, err)
	link, _, err := book.Link(t.Context(), access.AtConsole, "quan")
	require.NoError(t, err)
	secret, err := book.FollowLink(t.Context(), link, access.Visit{Address: "10.0.0.7", Browser: "Firefox"})
	require.NoError(t, err)
	_, err = book.SignIn(t.Context(), "quan", "sai mật khẩu rồi", access.Visit{Address: "10.0.0.9"})
	require.Error(t, err)
	who, known, err := book.OfSession(t.Context(), secret, "10.0.0.7")
	require.NoError(t, err)
	require.True(t, known)
	return as(openSite(t, dashboards.Options{Service: serviceOf(t, lively(morning)), People: book}), who)
}

var housePages = []string{"/login", "/account", "/people", "/people/hoa", "/people/minh", "/audit", "/audit?outcome=failed", "/people/nobody"}

func TestThePagesOnAccountsFitAndAxeFindsNothing(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	require.NoError(t, err, "axe-core is missing: run `make test`, which fetches it")
	server := httptest.NewServer(openHouse(t))
	t.Cleanup(server.Close)
	ctx := browserFor(t, 5*time.Minute)
	classes := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		require.NoError(t, chromedp.Do(ctx, inScheme(scheme)))
		for _, width := range []int64{1440, 390} {
			for i, path := range housePages {
				lang := []string{"vi", "en"}[(i+int(width))%2]
				if scheme == "dark" {
					lang = []string{"en", "vi"}[(i+int(width))%2]
				}
				join := "?"
				if strings.Contains(path, "?") {
					join = "&"
				}
				require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+path+join+"lang="+lang)))
				require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";void 0")))
				found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
				require.NoError(t, err)
				require.Empty(t, found, "%s %s %s %d", path, lang, scheme, width)
				wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
				require.NoError(t, err)
				require.LessOrEqual(t, wide, 0, "%s at %d", path, width)
				worn, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[class]')].flatMap(e => [...e.classList])`))
				require.NoError(t, err)
				for _, class := range worn {
					classes[class] = true
				}
			}
		}
	}
	requireRulesFor(t, classes)
}
