package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/access"
)

// hostile are values that would do something if they were ever read as SQL, as a
// template or as an address.
var hostile = []string{
	"'; DROP TABLE tripwire; --", "' OR '1'='1", `\' OR 1=1 -- `, "x') UNION ALL SELECT word FROM tripwire --", "1 UNION SELECT word FROM tripwire", "{word:Identifier}", "`tripwire` $1 ? {{.}} ${jndi:x}",
	"\x00%00%27", `"`, "\\", "\u202e'gnp.\u2066x", "\xff\xfe'", strings.Repeat("'", 3000), "-1", "99999999999999999999", "1e309", "../../../etc/passwd", "file:///etc/passwd",
}

// what stands in the tripwire, and in answers when somebody got at it
const caught = "the-wire-was-read"

// engineWords are what databases say of statements that they cannot read.
var engineWords = regexp.MustCompile(`(?i)DB::Exception|SQLSTATE|syntax error|unrecognized token|SQL logic error|clickhouse \[|template: |runtime error`)

// wired is an office with a table in both of its databases that nobody should touch, and
// somebody who has every role.
func wired(t *testing.T) (f *office, b *http.Client, whole func()) {
	t.Helper()
	f = openSQLOffice(t, func(c *Config) { c.API.Rate = -1 })
	ctx, facts := t.Context(), f.o.Warehouse.Conn()
	for _, statement := range []string{"DROP TABLE IF EXISTS tripwire", "CREATE TABLE tripwire (word String) ENGINE = Memory", "INSERT INTO tripwire VALUES ('" + caught + "')"} {
		require.NoError(t, facts.Exec(ctx, statement))
	}
	small, err := sql.Open("sqlite", "file:"+filepath.Join(f.o.Config.Data, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = small.Close() })
	_, err = small.ExecContext(ctx, "CREATE TABLE tripwire (word TEXT); INSERT INTO tripwire VALUES ('"+caught+"')")
	require.NoError(t, err)
	_, err = f.o.People.Add(ctx, access.AtConsole, "all", "Mọi vai trò", []string{"administrator", "leader", "staff", "analyst"}, nil)
	require.NoError(t, err)
	require.NoError(t, f.o.People.SetPassword(ctx, access.AtConsole, "all", officePassword))
	return f, f.in("all"), func() {
		t.Helper()
		var word string
		require.NoError(t, facts.QueryRow(ctx, "SELECT any(word) FROM tripwire HAVING count() = 1").Scan(&word), "the table of the warehouse is whole")
		require.Equal(t, caught, word)
		require.NoError(t, small.QueryRowContext(ctx, "SELECT min(word) FROM tripwire HAVING count(*) = 1").Scan(&word), "the table of the state is whole")
		require.Equal(t, caught, word)
		require.NoError(t, facts.Exec(ctx, "DROP TABLE tripwire"))
	}
}

// asked is an address with one value in the place of a parameter.
func asked(path, parameter string, inPath bool, rest url.Values, value string) string {
	if inPath {
		path = strings.Replace(path, "{"+parameter+"}", url.PathEscape(value), 1)
	} else {
		rest.Set(parameter, value)
	}
	if len(rest) == 0 {
		return path
	}
	return path + "?" + rest.Encode()
}

// Every parameter that the API's own table of end points names, so that a new one is
// tried as soon as it is there.
func TestNoParameterOfTheAPIIsReadAsSQL(t *testing.T) {
	f, b, whole := wired(t)
	var described struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	document := f.do(b, http.MethodGet, "/api/openapi.json", nil)
	require.NoError(t, json.Unmarshal([]byte(document.body), &described))
	tried := 0
	for path, methods := range described.Paths {
		for method, one := range methods {
			method = strings.ToUpper(method)
			if path == "/api/v1/query" { // a dimension's name is a parameter too
				for _, name := range []string{"discipline", "member", "organiser", "series"} {
					one.Parameters = append(one.Parameters, struct{ Name, In string }{name, "query"})
				}
			}
			for _, p := range one.Parameters {
				ask := func(value string) answer {
					rest := url.Values{}
					switch path {
					case "/api/v1/query":
						rest.Set("measure", "visitors")
					case "/api/v1/sql":
						rest.Set("query", "SELECT 1 AS one")
					}
					return f.do(b, method, asked(path, p.Name, p.In == "path", rest, value), nil)
				}
				harmless := ask("no-such-value")
				for _, value := range hostile {
					got, what := ask(value), method+" "+path+" "+p.Name+"="+value[:min(len(value), 60)]
					requireUnmoved(t, harmless, got, what)
					tried++
				}
			}
		}
	}
	require.Greater(t, tried, 1000)
	whole()
}

// requireUnmoved holds that a hostile value is a fault that names something, or finds as
// little as one that nobody has.
func requireUnmoved(t *testing.T, harmless, got answer, what string) {
	t.Helper()
	require.Less(t, got.status, 500, "%s: %s", what, got.body[:min(len(got.body), 300)])
	require.NotContains(t, got.body, caught, what)
	if strings.Contains(what, "/api/v1/sql query=") {
		return // it is SQL, of somebody who may, and its faults are told
	}
	require.NotRegexp(t, engineWords, got.body, what)
	if got.status >= 400 {
		require.NotEqual(t, http.StatusTooManyRequests, got.status, what)
		if strings.Contains(got.body, `"instance":`) {
			require.Regexp(t, `"code":"[a-z_]+"`, got.body, what)
			require.NotContains(t, got.body, `"code":"invalid"`, "%s: the code says no more than that it is wrong: %s", what, got.body[:min(len(got.body), 300)])
		}
		return
	}
	require.Equal(t, harmless.status, got.status, "%s is no better than a value that nobody has: %s", what, got.body[:min(len(got.body), 300)])
	require.Equal(t, rowsOf(harmless.body), rowsOf(got.body), what)
}

// rowsOf counts what an answer in JSON lists.
func rowsOf(body string) int {
	var lists map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &lists) != nil {
		return 0
	}
	n := 0
	for _, name := range []string{"rows", "items", "notes", "data"} {
		var list []json.RawMessage
		if json.Unmarshal(lists[name], &list) == nil {
			n += len(list)
		}
	}
	return n
}

var filtersSaid = regexp.MustCompile(`the filters are ([a-z_, ]+)\.`)

// exploreFilters are those of the explore page, which tells of faults in its own way.
const exploreFilters = "measure, by, where, from, to, as_of, top, derive, area_view, counting, chart, pivot, totals, saved, open, seek, form, top_n, top_dim, top_by, dimension, discipline, organiser"

// Every filter that a page says it has, and every part of an address.
func TestNoFilterOfAPageIsReadAsSQL(t *testing.T) {
	f, b, whole := wired(t)
	some := []string{`'"\` + "`); DROP TABLE tripwire; -- {x:String}", hostile[3], "\u202e\x00' OR 1=1"}
	part := regexp.MustCompile(`[:*]([a-z]+)`)
	tried, filters := 0, map[string]bool{}
	for key, row := range routes {
		method, pattern, _ := strings.Cut(key, " ")
		if method != http.MethodGet || row.needs == nobody || slices.Contains([]string{"/live", "/login/provider"}, pattern) || strings.HasPrefix(pattern, "/api") || strings.HasPrefix(pattern, "/clickhouse") {
			continue
		}
		path := part.ReplaceAllString(pattern, "{$1}")
		for _, name := range part.FindAllStringSubmatch(pattern, -1) {
			harmless := f.do(b, method, exampleOf(strings.Replace(pattern, name[0], "no-such-value", 1)), nil)
			for _, value := range some {
				address := asked(strings.Replace(path, "{"+name[1]+"}", "{*}", 1), "*", true, nil, value)
				requireUnmoved(t, harmless, f.do(b, method, exampleOf(strings.NewReplacer("{", ":", "}", "").Replace(address)), nil), address)
				tried++
			}
		}
		at := exampleOf(pattern)
		said := []string{"", exploreFilters}
		if pattern != "/explore" && pattern != "/explore/values" {
			said = filtersSaid.FindStringSubmatch(f.do(b, method, at+"?no_such_filter=1&lang=en", nil).body)
		}
		if said == nil {
			continue
		}
		for _, name := range strings.Split(said[1], ", ") {
			filters[name] = true
			harmless := f.do(b, method, asked(at, name, false, url.Values{}, "no-such-value"), nil)
			for _, value := range some {
				address := asked(at, name, false, url.Values{}, value)
				requireUnmoved(t, harmless, f.do(b, method, address, nil), address[:min(len(address), 120)])
				tried++
			}
		}
	}
	t.Logf("%d tries of %d filters", tried, len(filters))
	for _, name := range []string{"q", "source", "dataset", "outcome", "actor", "before", "period", "area", "measure", "by", "where"} {
		require.Contains(t, filters, name)
	}
	whole()
}
