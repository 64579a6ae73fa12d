package dashboards_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/warehouse"
)

// eventsOf are all records of a dataset, to be counted one by one.
func recordsOf(t *testing.T, w *warehouse.Warehouse, dataset string) []warehouse.Record {
	t.Helper()
	records, err := w.Records(t.Context(), dataset, nil, time.Time{}, 1_000_000)
	require.NoError(t, err)
	return records
}

// dayIn is the calendar day of a moment in Hanoi.
func dayIn(t *testing.T, r warehouse.Record, field string) time.Time {
	t.Helper()
	at, ok := r[field].(time.Time)
	require.True(t, ok, "%s of %v", field, r["record_id"])
	y, m, d := at.In(hanoi(t)).Date()
	return civil(y, m, d)
}

func TestSharesAndDiversityAreThoseOfTheEventsCountedOneByOne(t *testing.T) {
	_, w := pulledCity(t)
	byYear := map[int]map[string]float64{}
	for _, r := range recordsOf(t, w, "events") {
		year := dayIn(t, r, "starts_at").Year()
		if byYear[year] == nil {
			byYear[year] = map[string]float64{}
		}
		byYear[year][r["disciplines"].([]string)[0]]++
	}
	h := openPulled(t)
	shown := 0
	for _, row := range chartTable(t, h, "/charts/discipline-shares.csv?lang=en")[1:] {
		year, err := strconv.Atoi(row[0])
		require.NoError(t, err)
		code := codeOfDiscipline(t, row[1])
		total := sumOf(byYear[year])
		require.Equal(t, fmt.Sprintf("%.0f", byYear[year][code]), row[2], "%v", row)
		require.Equal(t, fmt.Sprintf("%.4f", byYear[year][code]/total), row[3], "%v", row)
		shown++
	}
	all := 0
	for year, counts := range byYear {
		if year >= 2019 && year <= 2026 {
			all += len(counts)
		}
	}
	require.Equal(t, all, shown, "every discipline of every year is in the table")
	for _, row := range chartTable(t, h, "/charts/diversity.csv?lang=en")[1:] {
		year, err := strconv.Atoi(row[0])
		require.NoError(t, err)
		total, chance := sumOf(byYear[year]), 0.0
		for a, m := range byYear[year] { // the chance of drawing two that differ, pair by pair
			for b, n := range byYear[year] {
				if a != b {
					chance += m / total * n / total
				}
			}
		}
		require.Equal(t, fmt.Sprintf("%.4f", chance), row[1], "%d", year)
		require.Equal(t, fmt.Sprint(len(byYear[year])), row[2], "%d", year)
	}
}

func codeOfDiscipline(t *testing.T, name string) string {
	t.Helper()
	for _, d := range khue.Disciplines() {
		if d.Name.EN == name {
			return d.Code
		}
	}
	t.Fatalf("no discipline is named %q", name)
	return ""
}

func sumOf(counts map[string]float64) float64 {
	sum := 0.0
	for _, n := range counts {
		sum += n
	}
	return sum
}

func TestRulesOfCountingAreThoseOfTheEventsCountedOneByOne(t *testing.T) {
	_, w := pulledCity(t)
	first, every, parts := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, r := range recordsOf(t, w, "events") {
		day := dayIn(t, r, "starts_at")
		if day.Before(civil(2026, 1, 1)) || !day.Before(civil(2026, 11, 1)) {
			continue
		}
		list := r["disciplines"].([]string)
		first[list[0]]++
		for _, d := range list {
			every[d]++
			parts[d] += 1 / float64(len(list))
		}
	}
	rows := chartTable(t, openPulled(t), "/charts/counting.csv?lang=en")[1:]
	require.Len(t, rows, len(every))
	sum := 0.0
	for _, row := range rows {
		code := codeOfDiscipline(t, row[0])
		require.Equal(t, fmt.Sprintf("%.0f", first[code]), row[1], "main: %v", row)
		require.Equal(t, fmt.Sprintf("%.0f", every[code]), row[2], "each: %v", row)
		divided, err := strconv.ParseFloat(row[3], 64)
		require.NoError(t, err)
		require.InDelta(t, parts[code], divided, 0.0101, "divided: %v", row)
		sum += divided
	}
	require.InDelta(t, sumOf(first), sum, 1e-6, "divided evenly, the parts add up to all events")
}

func TestFlowsKeepEveryEventAndShowWhatHasNoCounterpart(t *testing.T) {
	_, w := pulledCity(t)
	first := map[string]float64{}
	for _, r := range recordsOf(t, w, "events") {
		if day := dayIn(t, r, "starts_at"); !day.Before(civil(2026, 1, 1)) && day.Before(civil(2026, 11, 1)) {
			first[r["disciplines"].([]string)[0]]++
		}
	}
	h, catalogue := openPulled(t), mustLoad(t)
	for _, name := range []string{"uccn_field", "fcs_domain", "industry_2025", "industry_2016", "hanoi_list", "vsic_2025", "vsic_2018"} {
		t.Run(name, func(t *testing.T) {
			walk, err := catalogue.Crosswalk(name)
			require.NoError(t, err)
			edition := walk.InForce(civil(2026, 10, 31))
			option := optionOf(t, h, "/charts/crosswalk?lang=en&classification="+name)
			series := option["series"].([]any)[0].(map[string]any)
			nodes := map[string]bool{}
			for _, n := range series["data"].([]any) {
				nodes[n.(map[string]any)["name"].(string)] = true
			}
			got := map[string]float64{}
			for _, l := range series["links"].([]any) {
				link := l.(map[string]any)
				from := strings.TrimPrefix(link["source"].(string), "from ")
				to := strings.TrimPrefix(link["target"].(string), "to ")
				require.True(t, nodes["to "+to])
				got[from] += link["value"].(float64)
				entry := edition.Of(from)
				switch to {
				case indicators.NoCounterpart:
					require.NotEmpty(t, entry.None.VI, "%s has no counterpart for a reason", from)
				case indicators.Undetermined:
					require.NotEmpty(t, entry.Several, from)
				default:
					require.True(t, slices.ContainsFunc(entry.Shares, func(s indicators.Share) bool { return s.Code == to }), "%s to %s", from, to)
				}
			}
			require.Equal(t, first, got, "no event is lost or added on the way")
		})
	}
}

func TestTheOptionOfSharesHoldsWholesAndHatchesTheYearUnderWay(t *testing.T) {
	option := optionOf(t, openPulled(t), "/charts/discipline-shares?lang=vi")
	series := option["series"].([]any)
	require.Len(t, series, 7, "six disciplines and the others")
	years := option["xAxis"].(map[string]any)["data"].([]any)
	if axis, ok := option["xAxis"].([]any); ok {
		years = axis[0].(map[string]any)["data"].([]any)
	}
	require.Equal(t, []any{"2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026"}, years)
	for i := range years {
		sum := 0.0
		for _, s := range series {
			item := s.(map[string]any)["data"].([]any)[i].(map[string]any)
			sum += item["value"].(float64)
			style, _ := item["itemStyle"].(map[string]any)
			require.Equal(t, i == len(years)-1, style["decal"] != nil, "only the year under way is hatched")
		}
		require.True(t, math.Abs(sum-1) < 1e-9, "%v adds up to %v", years[i], sum)
	}
}

// optionOf asks for a chart's option.
func optionOf(t *testing.T, h http.Handler, address string) map[string]any {
	t.Helper()
	w := get(h, address)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var answer struct {
		Option map[string]any `json:"option"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Option
}

func mustLoad(t testing.TB) *indicators.Catalogue {
	t.Helper()
	c, err := indicators.Load("")
	require.NoError(t, err)
	return c
}

func TestWrongChoicesOfTheNewPagesSayWhatCanBeChosen(t *testing.T) {
	h := openPulled(t)
	for address, words := range map[string][]string{
		"/disciplines?classification=nace":                   {"classification", "nace", "uccn_field, fcs_domain"},
		"/disciplines?counting=both":                         {"counting", "both", "main, each, fractional"},
		"/disciplines?measure=revenue":                       {"measure", "visitors, events, activities, members"},
		"/disciplines?grain=week":                            {"grain", "quarter"},
		"/disciplines?per=km2":                               {"Không có bộ lọc", "per"},
		"/areas?per=resident":                                {"per", "km2"},
		"/areas?view=then":                                   {"view", "as_was, as_now"},
		"/areas?view=as_now&area=002&period=2024":            {"Quận Hoàn Kiếm không còn trong địa giới hiện nay"},
		"/areas?area=00070&period=2024":                      {"có từ ngày 01/07/2025"},
		"/areas?measure=visitors&measure=events":             {"nhiều giá trị"},
		"/areas?measure=" + strings.Repeat("x", 10_000):      {"Địa chỉ quá dài"},
		"/areas?measure=%D9%A1%D9%A2":                        {"measure", "visitors"},
		"/charts/crosswalk?classification=%27%3B+drop+table": {"classification"},
		"/charts/discipline-shares.csv?counting=%EF%BC%91":   {"counting"},
	} {
		w := get(h, address)
		require.Equal(t, http.StatusBadRequest, w.Code, address)
		for _, word := range words {
			require.Contains(t, w.Body.String(), word, address)
		}
	}
}

func TestPeriodsWithoutFiguresSaySoInsteadOfDrawingNothing(t *testing.T) {
	h := openPulled(t)
	for _, lang := range []string{"vi", "en"} {
		for _, address := range []string{
			"/disciplines?period=2010", "/disciplines?period=2020&measure=members", "/disciplines?area=001&period=2025&grain=quarter",
			"/areas?period=2010", "/areas?period=2020&measure=members", "/areas?period=2024&per=km2", "/areas?period=2024&view=as_now",
			"/areas?period=2025&area=00070", "/areas?discipline=tv_radio&measure=members", "/areas?period=2026-11",
		} {
			w := get(h, address+"&lang="+lang)
			require.Equal(t, http.StatusOK, w.Code, address)
			requireStrict(t, w)
			for _, wrong := range []string{"%!", "<nil>", "NaN", "boxfault\"", "+Inf"} {
				require.NotContains(t, w.Body.String(), wrong, address)
			}
		}
	}
	require.Contains(t, get(h, "/areas?period=2024&view=as_now&lang=vi").Body.String(), "Chưa có bảng quy đổi chính thức")
	require.Contains(t, get(h, "/areas?period=2024&per=km2&lang=en").Body.String(), "No official figure of the size of the former districts")
}

var valueShown = regexp.MustCompile(`(?s)<h1.*?</h1>.*?</p>`)

func TestNumbersOfTheNewPagesOpenTheirEvidence(t *testing.T) {
	_, w := pulledCity(t)
	now := func() time.Time { return morning }
	h := openService(t, indicators.NewService(mustLoad(t), w, indicators.Options{Now: now, Zone: hanoi(t), Ledger: &asked{ids: map[string]indicators.Asked{}}}), now)
	for address, fewest := range map[string]int{
		"/disciplines?lang=vi": 150, "/disciplines?lang=en&counting=fractional&classification=uccn_field": 150, "/areas?lang=vi": 150, "/areas?lang=en&period=2025&view=as_now&area=00070": 100,
	} {
		links := numberLink.FindAllStringSubmatch(get(h, address).Body.String(), -1)
		require.Greater(t, len(links), fewest, address)
		for at := 3; at < len(links); at += len(links) / 4 {
			page := get(h, links[at][1]+"?lang="+address[strings.Index(address, "lang=")+5:][:2])
			require.Equal(t, http.StatusOK, page.Code, "%s: %s", address, links[at][1])
			require.True(t, strings.Contains(page.Body.String(), strings.TrimSpace(links[at][2])), "%s opens %s, which shows %s", links[at][2], links[at][1], valueShown.FindString(page.Body.String()))
		}
	}
}

func TestTheDisciplinesPageIsDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width, height int64
	}{
		{"disciplines-desktop", "/disciplines?lang=vi", 1440, 1000},
		{"disciplines-phone", "/disciplines?lang=vi", 390, 844},
		{"disciplines-desktop-en", "/disciplines?lang=en&period=resolution&classification=vsic_2025&counting=fractional&measure=visitors&discipline=film", 1440, 1000},
		{"disciplines-phone-en", "/disciplines?lang=en&grain=quarter&measure=activities&classification=fcs_domain", 390, 844},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			waitForCharts(t, ctx)
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			keepPicture(t, ctx, c.name)
			require.Empty(t, heard.all(), "the console is silent")
			require.Equal(t, 5, state.Charts)
			require.Equal(t, state.Charts, state.Drawn, "every chart is drawn")
			for _, shapes := range state.Shapes {
				require.Greater(t, shapes, 4, "a drawn chart has shapes")
			}
			for _, share := range state.Filled {
				require.InDelta(t, 0.92, share, 0.12, "a chart fills its box and stays inside: %v", state.Filled)
			}
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, state.Wide, "nothing is cut at the edge")
			require.Equal(t, 1, state.H1)
		})
	}
}
