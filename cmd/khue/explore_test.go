package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/access"
)

// awkwardVenue is a value as a source may send it, with all that tools quote.
const awkwardVenue = `Nhà hát "Lớn", O'Hà $HOME ` + "`id`" + ` $(id) \n \ 50% & a=b+c #`

// copied reads a block of code from the explore page, as its reader copies it.
func copied(t *testing.T, page, id string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<pre id="code-` + id + `"[^>]*><code>(.*?)</code>`).FindStringSubmatch(page)
	require.NotNil(t, found, "the page has a block %s", id)
	return html.UnescapeString(found[1])
}

// ran runs a program with a token in its environment.
func ran(t *testing.T, token string, name string, arguments ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, arguments...)
	c.Env = append(os.Environ(), "KHUE_TOKEN="+token, "LC_ALL=C.UTF-8", "HOME="+t.TempDir())
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// pythonWithPandas is a Python that has the packages of the snippet; "" when none has.
func pythonWithPandas(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), name, "-c", "import pandas, requests").Run() == nil {
			return name
		}
	}
	require.Fail(t, "Python's pandas and requests are missing: run `make test`, which installs them")
	return ""
}

func TestWhatIsCopiedFromTheExplorePageAsksTheSameInEveryTool(t *testing.T) {
	f := openOffice(t, nil)
	_, token, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", "copies", []string{"api"}, time.Hour)
	require.NoError(t, err)
	view := url.Values{"measure": {"events"}, "by": {"month,area"}, "from": {"2025"}, "to": {"2025"}, "where": {"venue=" + strings.NewReplacer(`\`, `\\`, ",", `\,`).Replace(awkwardVenue), "format=onsite"}}
	page := f.do(f.in("analyst"), http.MethodGet, "/explore?"+view.Encode()+"&lang=en", nil)
	require.Equal(t, http.StatusOK, page.status, page.body)
	require.NotContains(t, page.body, token)

	call := f.do(f.browser(), http.MethodGet, strings.TrimPrefix(copied(t, page.body, "api"), f.http.URL), nil, "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, call.status, call.body)
	var told struct {
		Evidence struct{ Parameters map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(call.body), &told))
	require.Contains(t, fmt.Sprint(told.Evidence.Parameters), strings.ReplaceAll(awkwardVenue, `\`, `\\`), "the value arrives as the source has it")

	t.Run("curl", func(t *testing.T) {
		require.Equal(t, call.body, ran(t, token, "bash", "-c", copied(t, page.body, "curl")))
		failed := exec.CommandContext(t.Context(), "bash", "-c", copied(t, page.body, "curl"))
		failed.Env = append(os.Environ(), "KHUE_TOKEN=khue_wrong")
		require.Error(t, failed.Run(), "a wrong token is an error and not an answer")
	})

	raw := f.do(f.browser(), http.MethodGet, strings.TrimPrefix(copied(t, page.body, "api"), f.http.URL)+"&format=csv-raw", nil, "Authorization", "Bearer "+token)
	rows, err := csv.NewReader(strings.NewReader(raw.body)).ReadAll()
	require.NoError(t, err)
	t.Run("Python", func(t *testing.T) {
		code := filepath.Join(t.TempDir(), "snippet.py")
		require.NoError(t, os.WriteFile(code, []byte(copied(t, page.body, "python")+"print('ROWS', len(table), list(table.columns)[:2], table['area'].dtype)\n"), 0o600))
		out := ran(t, token, pythonWithPandas(t), code)
		require.Contains(t, out, "ROWS "+strconv.Itoa(len(rows)-1)+" ['month', 'area'] object", "the rows of the API, codes as text")
	})
	t.Run("R", func(t *testing.T) {
		rscript, err := exec.LookPath("Rscript")
		require.NoError(t, err, "R is missing: run `make test`, which installs it")
		require.NoError(t, exec.CommandContext(t.Context(), rscript, "-e", "library(httr2)").Run(), "R's httr2 is missing: run `make test`, which installs it")
		code := filepath.Join(t.TempDir(), "snippet.R")
		require.NoError(t, os.WriteFile(code, []byte(copied(t, page.body, "r")+"cat('ROWS', nrow(table), names(table)[1:2], class(table$area), '\\n')\n"), 0o600))
		require.Contains(t, ran(t, token, rscript, code), "ROWS "+strconv.Itoa(len(rows)-1)+" month area character")
	})
}

func TestViewsAreKeptAndFilesTakenByRightsAndInTheAudit(t *testing.T) {
	f := openOffice(t, nil)
	b, clerk, admin := f.in("analyst"), f.in("clerk"), f.in("administrator")
	const view = "/explore?measure=events&by=year&from=2024&to=2025"
	saved := f.do(b, http.MethodPost, "/explore/saved", f.form(b, view, "query", "measure=events&by=year", "view", "Sự kiện theo năm", "shared", "1"))
	require.Equal(t, "/explore?by=year&measure=events&saved=1", saved.header.Get("Location"), saved.body)
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/explore/file/csv?measure=events&by=year&from=2024&to=2025", nil).status)

	require.Equal(t, "/explore?area=00070&by=year&from=2024&measure=events&to=2025", f.do(clerk, http.MethodGet, view, nil).header.Get("Location"))
	own := f.do(clerk, http.MethodGet, view+"&area=00070&lang=en", nil)
	require.Equal(t, http.StatusOK, own.status)
	require.NotContains(t, own.body, "/explore/file/", "a clerk takes nothing along")
	require.NotContains(t, own.body, "KHUE_TOKEN", "nor asks the API")
	require.Equal(t, http.StatusForbidden, f.do(clerk, http.MethodGet, view+"&area=00070&where=area%3D00166", nil).status, "another ward is not theirs")
	require.Equal(t, http.StatusForbidden, f.do(clerk, http.MethodGet, "/explore/chart/0?measure=events&by=year&area=00166", nil, "Sec-Fetch-Dest", "empty").status)
	require.Equal(t, http.StatusForbidden, f.do(clerk, http.MethodGet, "/explore/file/csv?measure=events&area=00070", nil).status)

	require.Equal(t, http.StatusSeeOther, f.do(admin, http.MethodPost, "/explore/saved/1/delete", f.form(admin, "/explore/saved")).status)
	require.Equal(t, []string{"analyst view.save done", "analyst figures.download done", "clerk figures.download refused", "clerk figures.download refused", "administrator view.delete done"}, actsOf(f.acts(), "view.", "figures."))
}

func TestAGuestOfAPublicObservatoryExploresAndKeepsNothing(t *testing.T) {
	f := openOffice(t, func(c *Config) { c.Public = true })
	b := f.browser()
	page := f.do(b, http.MethodGet, "/explore?measure=events&by=year&from=2024&to=2025", nil)
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.body, "/explore/file/csv?", "guests may download")
	for _, not := range []string{"KHUE_TOKEN", "/explore/saved", `name="token"`} {
		require.NotContains(t, page.body, not)
	}
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/explore/file/csv?measure=events&by=year&from=2024&to=2025", nil).status)
	require.Equal(t, "/login?back=%2Fexplore%2Fsaved", f.do(b, http.MethodGet, "/explore/saved", nil).header.Get("Location"))
	require.Equal(t, http.StatusUnauthorized, f.do(b, http.MethodPost, "/explore/saved", url.Values{"view": {"x"}, "query": {"measure=events"}}).status)
}

// actsOf are the acts of some kinds.
func actsOf(acts []string, kinds ...string) (out []string) {
	for _, act := range acts {
		for _, kind := range kinds {
			if strings.Contains(act, " "+kind) {
				out = append(out, act)
			}
		}
	}
	return out
}
