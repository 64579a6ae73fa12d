package dashboards_test

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/api"
	"khue/api/format"
	"khue/dashboards"
	"khue/indicators"
	"khue/locale"
)

// explorer is a site with the explore page, and the API beside it.
type explorer struct {
	pages   http.Handler
	api     http.Handler
	service *indicators.Service
	asked   *atomic.Pointer[indicators.Question] // what the page understood last
}

func openExplorer(t testing.TB, service *indicators.Service, change ...func(*dashboards.Options)) explorer {
	t.Helper()
	gin.SetMode(gin.TestMode)
	now := func() time.Time { return morning }
	programs := api.New(api.Options{Service: service, Now: now, Zone: hanoi(t)})
	router := gin.New()
	programs.Register(router)
	x := explorer{api: router, service: service, asked: &atomic.Pointer[indicators.Question]{}}
	page := &dashboards.Explore{
		Understand: func(v url.Values, scope khue.Scope) (indicators.Question, []error) {
			q, faults := programs.Understand(v, scope)
			x.asked.Store(&q)
			return q, faults
		},
		InWords: service.InWords, Give: programs.Give, Query: api.Prefix + "/query",
	}
	for _, name := range format.Names() {
		page.Formats = append(page.Formats, dashboards.ExploreFormat{Name: name, Label: khue.Text{VI: name, EN: name}})
	}
	o := dashboards.Options{Service: service, Explore: page}
	for _, one := range change {
		one(&o)
	}
	x.pages = openSite(t, o)
	return x
}

// pulledService answers from a city that was pulled from its own sources.
func pulledService(t testing.TB) *indicators.Service {
	t.Helper()
	service, _ := pulledCity(t)
	return service
}

// awkward are values as free text of sources may be.
var awkward = []string{"", "Nhà hát Lớn", "a,b", `\`, `c:\d,`, "O'Hà", `"q"`, "$HOME `id` $(id)", "50% & more=+?#", "Đình Hàng Đậu"}

// randomView is a question that can be asked, of any part of the catalogue.
func randomView(dice *rand.Rand) indicators.Question {
	q := indicators.Question{Measures: []string{"visitors"}, Where: map[string][]string{}, Scope: khue.Public, Limit: 10_000}
	if dice.IntN(3) == 0 {
		q.Measures = append(q.Measures, "events")
	}
	for _, dim := range []string{"discipline", "area", "format", "series"} {
		if dice.IntN(4) == 0 {
			q.By = append(q.By, dim)
		}
	}
	if dice.IntN(2) == 0 {
		q.By = slices.Insert(q.By, dice.IntN(len(q.By)+1), []string{"year", "half", "quarter", "month", "week"}[dice.IntN(5)])
	}
	for dim, values := range map[string][]string{"discipline": {"design", "crafts", ""}, "area": {"00070", "001"}, "format": {"onsite", "online"}, "organiser": awkward, "series": awkward} {
		if dice.IntN(3) == 0 {
			for range 1 + dice.IntN(3) {
				if v := values[dice.IntN(len(values))]; !slices.Contains(q.Where[dim], v) {
					q.Where[dim] = append(q.Where[dim], v)
				}
			}
		}
	}
	if dice.IntN(4) > 0 {
		q.From = civil(2019+dice.IntN(6), time.Month(1+dice.IntN(12)), 1+dice.IntN(2)*dice.IntN(27))
		q.To = q.From.AddDate(dice.IntN(2), dice.IntN(12), 1+dice.IntN(20))
	}
	if dice.IntN(4) == 0 {
		q.AsOf = morning.Add(-time.Duration(dice.IntN(9_000_000)) * time.Second)
	}
	if at := slices.IndexFunc(q.By, func(dim string) bool { return dim == "discipline" || dim == "area" }); at >= 0 && dice.IntN(2) == 0 {
		q.Top = &indicators.Top{Dim: q.By[at], N: 1 + dice.IntN(9)}
		if dice.IntN(2) == 0 {
			q.Top.By = q.Measures[len(q.Measures)-1]
		}
	}
	if len(q.By) > 0 && dice.IntN(3) == 0 {
		q.Derive = append(q.Derive, indicators.ShareOfTotal)
	}
	if dice.IntN(4) == 0 {
		q.Counting = []indicators.Counting{indicators.CountEach, indicators.CountFractional}[dice.IntN(2)]
	}
	return q
}

func TestEveryQuestionIsReadBackFromItsAddressAsItWas(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	for seed := range uint64(300) {
		q := randomView(rand.New(rand.NewPCG(seed, 34)))
		address := dashboards.ExploreAddress(q, hanoi(t))
		x.asked.Store(&indicators.Question{})
		page := get(x.pages, address)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, page.Code, address)
		got := *x.asked.Load()
		require.True(t, q.AsOf.Equal(got.AsOf), address)
		q.AsOf, got.AsOf, got.Limit = time.Time{}, time.Time{}, q.Limit
		got.Editions = nil
		wanted, err := json.Marshal(q)
		require.NoError(t, err)
		found, err := json.Marshal(got)
		require.NoError(t, err)
		require.JSONEq(t, string(wanted), string(found), address)
	}
}

var (
	tableRow  = regexp.MustCompile(`(?s)<tr[^>]*>(.*?)</tr>`)
	tableCell = regexp.MustCompile(`(?s)<t[hd][^>]*>(.*?)</t[hd]>`)
	markup    = regexp.MustCompile(`<[^>]*>`)
)

// figuresIn reads the table of figures of a page, its heads included.
func figuresIn(t testing.TB, page string) [][]string {
	t.Helper()
	_, after, found := strings.Cut(page, `explore-figures`)
	require.True(t, found, "the page has a table")
	table, _, _ := strings.Cut(after, "</table>")
	var out [][]string
	for _, row := range tableRow.FindAllStringSubmatch(table, -1) {
		if strings.HasPrefix(row[0], `<tr class="note"`) {
			continue
		}
		var cells []string
		for _, c := range tableCell.FindAllStringSubmatch(row[1], -1) {
			cells = append(cells, html.UnescapeString(markup.ReplaceAllString(c[1], "")))
		}
		out = append(out, cells)
	}
	return out
}

func TestTheTableIsTheAnswerOfTheAPI(t *testing.T) {
	service := pulledService(t)
	x := openExplorer(t, service)
	for _, query := range []string{
		"measure=visitors&by=month&from=2025&to=2026", "measure=visitors,events&by=discipline&from=2025&to=2025&derive=share", "measure=active_members&by=quarter&from=2024&to=2025",
		"measure=visitors&by=year,discipline&top=3:discipline&from=2023&to=2025", "measure=events&from=2025&to=2025",
	} {
		q, faults := understood(t, service, query)
		require.Empty(t, faults, query)
		a, err := service.Ask(t.Context(), q)
		require.NoError(t, err)
		reply := get(x.api, "/api/v1/query?"+query+"&format=csv-raw")
		require.Equal(t, http.StatusOK, reply.Code, reply.Body)
		lines := strings.Split(strings.TrimSpace(reply.Body.String()), "\n")
		rows := figuresIn(t, get(x.pages, "/explore?"+query+"&lang=en").Body.String())[1:]
		require.Len(t, rows, len(lines)-1, query)
		for i, row := range rows {
			values := row[max(len(q.By), 1):]
			require.Len(t, values, len(a.Rows[i].Values))
			for j, v := range a.Rows[i].Values {
				wanted := "–"
				if v.Known {
					wanted = locale.Number(khue.English, v.Number, a.Columns[len(q.By)+j].Decimals)
					require.Contains(t, lines[i+1], strconv.FormatFloat(v.Number, 'f', -1, 64), query)
				}
				require.Equal(t, wanted, values[j], "%s, row %d", query, i)
			}
		}
	}
}

func understood(t testing.TB, service *indicators.Service, query string) (indicators.Question, []error) {
	t.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	q, faults := api.New(api.Options{Service: service, Zone: hanoi(t)}).Understand(values, khue.Public)
	return q, faults
}

func TestATurnedTableHasEveryFigureOfTheFlatOneInItsPlace(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	const query = "measure=visitors&by=year,discipline&from=2023&to=2025&lang=en"
	flat := figuresIn(t, get(x.pages, "/explore?"+query).Body.String())
	turned := figuresIn(t, get(x.pages, "/explore?"+query+"&pivot=year").Body.String())
	found := map[string]string{}
	for _, row := range turned[1:] {
		for i, cell := range row[1:] {
			found[turned[0][i+1]+" "+row[0]] = cell
		}
	}
	require.Equal(t, []string{"Discipline", "2023", "2024", "2025"}, turned[0])
	for _, row := range flat[1:] {
		require.Equal(t, row[2], found[row[0]+" "+row[1]])
	}
	var order []string
	for _, d := range khue.Disciplines() {
		order = append(order, d.Name.EN)
	}
	var shown []string
	for _, row := range turned[1:] {
		shown = append(shown, row[0])
	}
	require.Equal(t, order, shown, "the catalogue's order holds though the columns come first")
}

// Somebody who is active in two quarters is one member of the year: a sum of the table
// would tell more than there are.
func TestTotalsAreAskedForAndNeverAddedUp(t *testing.T) {
	service := pulledService(t)
	x := openExplorer(t, service)
	rows := figuresIn(t, get(x.pages, "/explore?measure=active_members&by=discipline,quarter&from=2025&to=2025&pivot=quarter&totals=1&lang=en").Body.String())
	last := rows[len(rows)-1]
	require.Equal(t, "Total", last[0])
	whole, err := service.Ask(t.Context(), indicators.Question{Measures: []string{"active_members"}, From: civil(2025, 1, 1), To: civil(2026, 1, 1), Scope: khue.Public})
	require.NoError(t, err)
	require.Equal(t, locale.Number(khue.English, whole.Rows[0].Values[0].Number, 0), last[len(last)-1])
	sum := 0.0
	for _, cell := range last[1 : len(last)-1] {
		var n float64
		_, err := fmt.Sscan(cell, &n)
		require.NoError(t, err)
		sum += n
	}
	require.Greater(t, sum, whole.Rows[0].Values[0].Number, "the quarters count members again")
	flat := figuresIn(t, get(x.pages, "/explore?measure=active_members&by=quarter&from=2025&to=2025&lang=en").Body.String())
	require.NotEqual(t, "Total", flat[len(flat)-1][0], "nobody asked for totals")
}

func TestAllThatIsWrongIsToldAtOnceBesideItsField(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	page := get(x.pages, "/explore?measure=visitorz&by=month,colour&from=20x&to=2025&as_of=soon&top=many&derive=magic&chart=pie&pivot=area&period=ever&discipline=dezign&foo=1&lang=en")
	require.Equal(t, http.StatusBadRequest, page.Code)
	body := page.Body.String()
	for _, field := range []string{"measure", "by", "from", "as_of", "top", "derive", "chart", "pivot", "period", "where-discipline"} {
		require.Contains(t, body, `<a href="#field-`+field+`">`, field)
		require.Contains(t, body, `id="field-`+field+`"`, "what the fault leads to is there")
	}
	require.Contains(t, body, "There is no parameter &#34;foo&#34;")
	require.Contains(t, body, "visitors?", "a near name is proposed")
	require.NotContains(t, body, "explore-figures")
	require.Equal(t, http.StatusBadRequest, get(x.pages, "/explore?measure=visitors&period=this-year&from=2024").Code)
	require.Equal(t, http.StatusBadRequest, get(x.pages, "/explore?measure=%ff").Code)
	require.Equal(t, http.StatusBadRequest, get(x.pages, "/explore?measure=visitors&page=0").Code)
	require.Equal(t, http.StatusBadRequest, get(x.pages, "/explore?measure="+strings.Repeat("a", 13_000)).Code)
}

func TestChartsThatWouldMisleadAreRefusedWithTheReason(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	for query, said := range map[string]string{
		"measure=visitors&by=discipline&chart=line":                                                 "A line joins periods",
		"measure=visitors&by=year&chart=stacked":                                                    "Stacked columns need two dimensions",
		"measure=active_members&by=year,discipline&chart=stacked":                                   "does not add up",
		"measure=visitors&by=year,discipline&chart=stacked&counting=each":                           "cannot be stacked",
		"measure=visitors&by=year,discipline,area&chart=column&from=2025&to=2025&discipline=design": "A chart needs a question split by one or two dimensions",
		"measure=visitors&by=discipline,year&chart=bar&from=2024&to=2025&pivot=month":               "split by it",
	} {
		page := get(x.pages, "/explore?"+query+"&lang=en")
		require.Equal(t, http.StatusBadRequest, page.Code, query)
		require.Contains(t, html.UnescapeString(page.Body.String()), said, query)
	}
	for query, way := range map[string]string{
		"measure=visitors&by=month&from=2025&to=2025":                                          "line",
		"measure=visitors&by=discipline&from=2025&to=2025":                                     "bar",
		"measure=visitors&by=year,discipline&from=2023&to=2025&top=4:discipline&chart=stacked": "bar",
		"measure=active_members&by=year,discipline&from=2023&to=2025&top=4:discipline":         "line",
	} {
		page := get(x.pages, "/explore?"+query)
		require.Equal(t, http.StatusOK, page.Code)
		chart := get(x.pages, "/explore/chart/0?"+query)
		require.Equal(t, http.StatusOK, chart.Code, chart.Body)
		var answer struct {
			Summary string
			Foot    []string
			Option  struct {
				Series []struct{ Type string }
			}
		}
		require.NoError(t, json.Unmarshal(chart.Body.Bytes(), &answer))
		require.Equal(t, way, answer.Option.Series[0].Type, query)
		require.NotEmpty(t, answer.Summary)
		require.Contains(t, strings.Join(answer.Foot, " "), "mô phỏng", "a picture that leaves the page says that it is simulated")
		require.Contains(t, html.UnescapeString(page.Body.String()), answer.Summary, "the chart is told in words, too")
	}
}

func TestALineDoesNotLeadToAPeriodThatIsNotOver(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	var answer struct {
		Option struct {
			Series []struct {
				Data      []struct{ Value any }
				LineStyle struct{ Width float64 }
			}
		}
	}
	require.NoError(t, json.Unmarshal(get(x.pages, "/explore/chart/0?measure=visitors&by=month&from=2026&to=2026-11").Body.Bytes(), &answer))
	require.Len(t, answer.Option.Series, 2)
	whole, begun := answer.Option.Series[0], answer.Option.Series[1]
	require.Equal(t, "-", whole.Data[10].Value, "November is not over")
	require.NotEqual(t, "-", begun.Data[10].Value)
	require.Zero(t, begun.LineStyle.Width)
	require.NotEqual(t, "-", whole.Data[9].Value)
}

func TestMoreThanAChartShowsIsSaidAndInTheTable(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	page := get(x.pages, "/explore?measure=visitors&by=month,discipline&from=2025&to=2025&lang=en").Body.String()
	require.Regexp(t, `A chart tells at most 6 things apart, and here are 1[0-9]`, page)
	require.NotContains(t, page, "data-chart=")
	require.Greater(t, len(figuresIn(t, page)), 12*12)
	page = get(x.pages, "/explore?measure=visitors&by=week,discipline&from=2020&to=2025&lang=en").Body.String()
	require.Contains(t, page, "Rows 1–200 of ")
	require.Contains(t, page, "page=2")
	second := get(x.pages, "/explore?measure=visitors&by=week,discipline&from=2020&to=2025&lang=en&page=2").Body.String()
	require.NotEqual(t, figuresIn(t, page)[1], figuresIn(t, second)[1])
	large := get(x.pages, "/explore?measure=visitors&by=day,area&from=2019&to=2026&lang=en")
	require.Equal(t, http.StatusBadRequest, large.Code)
	require.Contains(t, large.Body.String(), "has more than 10000 rows")
	require.Contains(t, large.Body.String(), "The API answers up to 100,000 rows")
	wide := get(x.pages, "/explore?measure=visitors&by=month,discipline&from=2019&to=2025&pivot=month&lang=en").Body.String()
	require.Contains(t, wide, "a table has at most 60")
}

func TestTheFormsAddressIsPutShorterAndAsksTheSame(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	sent := get(x.pages, "/explore?form=1&measure=visitors&measure=events&by=month&by=&by=discipline&pivot=&period=last-year&from=2020&to=&where=discipline%3Ddesign&where=discipline%3Dcrafts&where=format%3Donsite&open=area&chart=&top_n=3&top_dim=discipline&top_by=events&seek=&as_of=&edition=&lang=vi")
	require.Equal(t, http.StatusSeeOther, sent.Code)
	require.Equal(t, "/explore?by=month,discipline&discipline=design,crafts&lang=vi&measure=visitors,events&open=area&period=last-year&top=3:discipline:events&where=format=onsite", sent.Header().Get("Location"))
	require.Equal(t, http.StatusOK, get(x.pages, sent.Header().Get("Location")).Code)
	require.Equal(t, []string{"design", "crafts"}, x.asked.Load().Where["discipline"])
	require.Equal(t, civil(2025, 1, 1), x.asked.Load().From)
}

func TestValuesAreFoundWithoutTheirMarks(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	found := get(x.pages, "/explore/values?dimension=area&q=hoan+kiem&lang=vi").Body.String()
	require.Contains(t, found, "Hoàn Kiếm")
	require.NotContains(t, found, "Ba Đình")
	require.Regexp(t, `"value":"series=festival-design"`, get(x.pages, "/explore/values?dimension=series&measure=visitors&q=festival").Body.String(), "values of an open list come from the facts")
	require.Equal(t, http.StatusNotFound, get(x.pages, "/explore/values?dimension=colour").Code)
	page := get(x.pages, "/explore?measure=visitors&by=year&open=area&seek=hoan+kiem&lang=vi").Body.String()
	require.Contains(t, page, "Hoàn Kiếm")
	require.NotContains(t, page, `> <span>Phường Ba Đình`)
}

func TestNothingThatAnAddressSaysBecomesMarkup(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	for _, name := range []string{
		"measure", "by", "where", "from", "to", "as_of", "top", "derive", "area_view", "counting", "edition", "period", "chart", "pivot", "totals", "page", "saved", "open", "seek", "discipline", "organiser", "evil" + evil, "lang",
	} {
		for _, prefix := range []string{"", "discipline=", "organiser="} {
			query := url.Values{"measure": {"visitors"}, "by": {"year"}}
			query.Add(name, prefix+evil)
			for _, path := range []string{"/explore", "/explore/values", "/explore/chart/0", "/explore/file/csv"} {
				got := get(x.pages, path+"?"+query.Encode())
				kind := got.Header().Get("Content-Type")
				if strings.HasPrefix(kind, "text/html") {
					require.NotContains(t, got.Body.String(), "<script>alert", "%s %s", path, name)
					require.NotContains(t, got.Body.String(), "<img src=x", "%s %s", path, name)
					require.NotRegexp(t, `(?i)href="\s*javascript:`, got.Body.String())
				}
				require.Less(t, got.Code, 500, "%s %s: %s", path, name, got.Body)
				require.Contains(t, got.Header().Get("Content-Security-Policy"), "script-src 'self'")
			}
		}
	}
}

func TestEveryFormOfTheAPICanBeTakenAlongFromThePage(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	const query = "measure=visitors&by=month&from=2025&to=2025&where=format=onsite&lang=en"
	page := html.UnescapeString(get(x.pages, "/explore?"+query).Body.String())
	for _, name := range format.Names() {
		address := regexp.MustCompile(`/explore/file/` + name + `\?[^"]*`).FindString(page)
		require.NotEmpty(t, address, name)
		file := get(x.pages, address)
		require.Equal(t, http.StatusOK, file.Code, "%s: %s", name, file.Body)
		same := get(x.api, "/api/v1/query?"+query+"&limit=10000&format="+name)
		require.Equal(t, same.Header().Get("Content-Type"), file.Header().Get("Content-Type"))
		require.Equal(t, same.Body.Len() > 0, file.Body.Len() > 0)
		if name != "xlsx" && name != "sdmx-json" { // these have the moment of writing in them
			require.Equal(t, same.Body.String(), file.Body.String(), name)
		}
	}
	require.Equal(t, http.StatusNotFound, get(x.pages, "/explore/file/exe?"+query).Code)
	require.Equal(t, http.StatusBadRequest, get(x.pages, "/explore/file/csv?measure=nothing").Code)
}

func TestCardsAndIndicatorsLeadToTheSameQuestion(t *testing.T) {
	x := openExplorer(t, pulledService(t))
	for _, path := range []string{"/?lang=en", "/disciplines?lang=en", "/indicators/visitors?lang=en"} {
		page := html.UnescapeString(get(x.pages, path).Body.String())
		links := regexp.MustCompile(`href="(/explore\?[^"]+)"[^>]*>Open in Explore`).FindAllStringSubmatch(page, -1)
		require.NotEmpty(t, links, path)
		for _, link := range links {
			got := get(x.pages, link[1])
			require.Equal(t, http.StatusOK, got.Code, "%s: %s", path, link[1])
		}
	}
	require.NotContains(t, get(openPulled(t), "/?lang=en").Body.String(), "Open in Explore", "a site without the page has no links to it")
}
