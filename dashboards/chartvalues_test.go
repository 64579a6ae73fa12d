package dashboards_test

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue/api"
	"khue/indicators"
)

var (
	sectionOfPage = regexp.MustCompile(`(?s)<section[^>]*id="([a-z0-9-]+)".*?</section>`)
	idOfNumber    = regexp.MustCompile(`href="/evidence/([^"?]+)`)
)

// seriesNumbers are the figures that the series of a chart draw.
func seriesNumbers(t *testing.T, chart []byte) []float64 {
	t.Helper()
	var c struct {
		Option struct {
			Series []struct {
				Data, Links []json.RawMessage
			} `json:"series"`
		} `json:"option"`
	}
	require.NoError(t, json.Unmarshal(chart, &c))
	var out []float64
	for _, s := range c.Option.Series {
		for _, d := range append(s.Data, s.Links...) {
			if n, ok := figureOf(t, d); ok {
				out = append(out, n)
			}
		}
	}
	return out
}

// figureOf reads one item: a number, an object with one, or a place on the axes
// whose figure is its last number.
func figureOf(t *testing.T, item json.RawMessage) (float64, bool) {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(item, &v))
	if m, ok := v.(map[string]any); ok {
		if n, ok := m["amount"].(float64); ok {
			return n, true
		}
		v = m["value"]
	}
	if list, ok := v.([]any); ok {
		for _, one := range slices.Backward(list) {
			if _, is := one.(float64); is {
				v = one
				break
			}
		}
	}
	n, ok := v.(float64)
	return n, ok
}

// workedOut are charts that draw what is worked out of figures, or what other ways
// of asking give. Each is held against a plain count by the tests of its page.
var workedOut = map[string]string{
	"course-1":          "targets and published figures, as they are defined",
	"network-growth":    "who came and left, counted in the register",
	"network-activity":  "per cent of members",
	"network-retention": "per cent of a cohort",
	"network-types":     "counted in the register",
	"editions":          "days of each edition",
	"discipline-shares": "shares of a year",
	"diversity":         "an index of shares",
}

// Nothing is drawn that no question answers: every figure of a chart is one that
// the ids in the table behind it open by the API.
func TestChartsDrawTheNumbersThatTheAPIGivesForTheIDsInTheirTables(t *testing.T) {
	_, w := pulledCity(t)
	now := func() time.Time { return morning }
	service := indicators.NewService(mustLoad(t), w, indicators.Options{Now: now, Zone: hanoi(t), Ledger: &asked{ids: map[string]indicators.Asked{}}})
	h := openService(t, service, now)
	programs := gin.New()
	api.New(api.Options{Service: service}).Register(programs)
	held := 0
	for _, address := range linksOf(get(h, "/?lang=en").Body.String(), `<nav class="sections"`, "</nav>") {
		for _, section := range sectionOfPage.FindAllStringSubmatch(get(h, address).Body.String(), -1) {
			chart := chartOf.FindStringSubmatch(section[0])
			if chart == nil || workedOut[section[1]] != "" {
				continue
			}
			option := get(h, html.UnescapeString(chart[1]))
			require.Equal(t, http.StatusOK, option.Code, chart[1])
			given := numbersOfIDs(t, programs, section[0])
			drawn := seriesNumbers(t, option.Body.Bytes())
			require.NotEmpty(t, drawn, "%s draws nothing", section[1])
			for _, n := range drawn {
				require.True(t, n == 0 || given[n], "%s on %s draws %v, which none of the %d numbers behind it is", section[1], address, n, len(given))
			}
			held++
		}
	}
	require.Greater(t, held, 10)
}

// numbersOfIDs are all numbers of the answers that a card leads to.
func numbersOfIDs(t *testing.T, programs http.Handler, section string) map[float64]bool {
	t.Helper()
	given, seen := map[float64]bool{}, map[string]bool{}
	for _, id := range idOfNumber.FindAllStringSubmatch(section, -1) {
		answer, _, _ := strings.Cut(id[1], ".")
		if seen[answer] {
			continue
		}
		seen[answer] = true
		w := get(programs, api.Prefix+"/evidence/"+answer)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		var e api.Evidence
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e))
		for _, n := range e.Numbers {
			if n.Value != nil {
				given[*n.Value] = true
			}
		}
	}
	return given
}

// What a figure is compared with leads to its rows as the figure itself does.
func TestWhatAFigureIsComparedWithOpensToo(t *testing.T) {
	h := openPulled(t)
	for address, links := range map[string]struct {
		section string
		fewest  int // links of a whole row
	}{
		"/?lang=en": {"visitors", 3}, "/events?lang=en": {"event-months", 3}, "/areas?lang=en&period=2024": {"area-map", 2}, "/members?lang=en": {"network-kinds", 2},
	} {
		page := get(h, address).Body.String()
		_, section, _ := strings.Cut(page, `id="`+links.section+`"`)
		_, rows, _ := strings.Cut(section, "<tbody>")
		row, _, _ := strings.Cut(rows, "</tr>")
		require.Len(t, idOfNumber.FindAllString(row, -1), links.fewest, "%s: %s", address, row)
	}
}
