package dashboards_test

import (
	"encoding/json"
	"html"
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/charts"
	"khue/dashboards"
)

// modules is where third-party packages stand whole.
const modules = "../node_modules/"

// The library that pages load is built with the kinds of chart in charts/library.mjs
// only; a kind, a component or a pattern that was forgotten there would silently not
// be drawn.
func TestEveryChartIsDrawnAsTheWholeLibraryDrawsIt(t *testing.T) {
	letters, err := os.ReadFile(modules + "@expo-google-fonts/be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf")
	require.NoError(t, err)
	o := charts.Options{Library: dashboards.ThirdParty(), Fonts: []charts.Font{{Family: "Be Vietnam Pro", TTF: letters}}}
	served, err := charts.New(o)
	require.NoError(t, err)
	o.Library = os.DirFS(modules + "echarts/dist")
	whole, err := charts.New(o)
	require.NoError(t, err)
	h := openPulled(t)
	drawn := 0
	for _, address := range linksOf(get(h, "/?lang=vi").Body.String(), `<nav class="sections"`, "</nav>") {
		for _, found := range chartOf.FindAllStringSubmatch(get(h, address).Body.String(), -1) {
			answer := get(h, html.UnescapeString(found[1]))
			require.Equal(t, http.StatusOK, answer.Code, found[1])
			var c struct{ Option json.RawMessage }
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &c))
			by := func(r *charts.Renderer) string {
				svg, err := r.Render(t.Context(), c.Option, 760, 340)
				require.NoError(t, err, found[1])
				return string(svg)
			}
			require.Equal(t, by(whole), by(served), found[1])
			drawn++
		}
	}
	require.Greater(t, drawn, 15)
}

var (
	classInRule = regexp.MustCompile(`\.([a-zA-Z][\w-]*)`)
	cssComment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// classesOfRules are the classes that a style sheet speaks of.
func classesOfRules(t *testing.T, file string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = cssComment.ReplaceAll(text, nil)
	found := map[string]bool{}
	for _, m := range classInRule.FindAllStringSubmatch(string(text), -1) {
		found[m[1]] = true
	}
	return found
}

// requireRulesFor holds that no class of a page lost the rules that the UI kit has
// for it: only rules that the sources of the pages speak of are served.
func requireRulesFor(t *testing.T, classes map[string]bool) {
	t.Helper()
	whole := classesOfRules(t, modules+"@tabler/core/dist/css/tabler.min.css")
	served := classesOfRules(t, "static/vendor/tabler.min.css")
	met := 0
	for class := range classes {
		if whole[class] {
			require.True(t, served[class], "the rules for .%s are left out by dashboards/vendor.mjs", class)
			met++
		}
	}
	require.Greater(t, met, 5, "classes of the kit that pages use, of %d", len(classes))
}
