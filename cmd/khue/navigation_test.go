package main

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/access"
)

var (
	navigated = regexp.MustCompile(`(?s)<nav class="(?:sections|container-xl subsections)".*?</nav>|<footer class="foot">.*?</footer>`)
	linked    = regexp.MustCompile(`href="([^"]+)"`)
)

// leads are the paths that the navigation and the foot of a page lead to.
func leads(t *testing.T, body string) []string {
	t.Helper()
	var out []string
	for _, part := range navigated.FindAllString(body, -1) {
		for _, link := range linked.FindAllStringSubmatch(part, -1) {
			at, err := url.Parse(html.UnescapeString(link[1]))
			require.NoError(t, err)
			if !slices.Contains(out, at.Path) {
				out = append(out, at.Path)
			}
		}
	}
	return out
}

func TestThePagesLeadNobodyWhereTheyMayNotGo(t *testing.T) {
	f := openOffice(t, func(c *Config) { c.Public = true })
	figures := []string{"/", "/resolution", "/unesco", "/members", "/events", "/disciplines", "/areas"}
	for role, c := range map[access.Role]struct{ first, leads, not []string }{
		access.Leader:        {[]string{"/", "/data"}, append([]string{"/reports", "/explore", "/indicators", "/data/runs", "/api"}, figures...), []string{"/sql", "/data/upload"}},
		access.Staff:         {[]string{"/", "/data"}, append([]string{"/reports", "/explore", "/sql", "/api", "/data/upload"}, figures...), nil},
		access.Analyst:       {[]string{"/", "/data"}, append([]string{"/reports", "/explore", "/sql", "/api", "/data/quarantine"}, figures...), []string{"/data/upload"}},
		access.Administrator: {[]string{"/", "/data"}, append([]string{"/data/jobs", "/explore"}, figures...), []string{"/reports", "/sql", "/api", "/data/upload"}},
		access.Clerk:         {[]string{"/?area=00070"}, []string{"/", "/members", "/events", "/disciplines", "/explore", "/data/upload"}, []string{"/data/runs", "/data/quarantine", "/resolution", "/unesco", "/areas", "/indicators", "/reports", "/data", "/sql", "/api", "/search"}},
		access.Guest:         {[]string{"/"}, append([]string{"/explore", "/indicators"}, figures...), []string{"/reports", "/data", "/sql", "/api"}},
	} {
		t.Run(string(role), func(t *testing.T) {
			b := f.browser()
			if role != access.Guest {
				b = f.in(string(role))
			}
			var all []string
			for _, path := range c.first {
				page := f.do(b, http.MethodGet, path, nil)
				require.Equal(t, http.StatusOK, page.status, path)
				all = append(all, leads(t, page.body)...)
				if role == access.Clerk {
					require.NotContains(t, page.body, `action="/search"`)
				}
				require.Equal(t, role == access.Staff, regexp.MustCompile(`href="/notes/new`).MatchString(f.do(b, http.MethodGet, "/notes", nil).body), "who writes is led to the form")
			}
			require.Subset(t, all, c.leads)
			for _, path := range c.not {
				require.NotContains(t, all, path)
			}
			for _, path := range all {
				answer := f.do(b, http.MethodGet, path, nil)
				if answer.status == http.StatusSeeOther { // a clerk's look is narrowed to their ward
					at, err := url.Parse(answer.header.Get("Location"))
					require.NoError(t, err)
					require.Equal(t, path, at.Path, "%s leads %s elsewhere", path, role)
					answer = f.do(b, http.MethodGet, at.RequestURI(), nil)
				}
				require.Equal(t, http.StatusOK, answer.status, "%s is led to %s", role, path)
			}
		})
	}
}

// What was drawn for one reader is kept, and never shown to another to whom other
// pages are open.
func TestAKeptPageIsShownToThoseOnlyWhomItLeadsWhereTheyMayGo(t *testing.T) {
	f := openOffice(t, nil)
	staff, clerk, leader := f.in("staff"), f.in("clerk"), f.in("leader")
	const page = "/events?area=00070"
	seen := func(b *http.Client) []string { return leads(t, f.do(b, http.MethodGet, page, nil).body) }
	for range 2 {
		require.Contains(t, seen(staff), "/sql")
		require.NotContains(t, seen(leader), "/sql")
		require.Contains(t, seen(leader), "/reports")
		require.NotContains(t, seen(clerk), "/reports")
	}
}
