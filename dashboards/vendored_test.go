package dashboards_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// The container makes the third-party files from what it copies before, and no more.
func TestTheContainerHasAllThatThirdPartyFilesAreMadeFrom(t *testing.T) {
	recipe, err := os.ReadFile("../deploy/Containerfile")
	require.NoError(t, err)
	stage, _, _ := strings.Cut(string(recipe), "RUN node dashboards/vendor.mjs")
	root := t.TempDir()
	copies := regexp.MustCompile(`(?m)^COPY ((?:\S+ )+)(\S+)$`).FindAllStringSubmatch(stage, -1)
	require.NotEmpty(t, copies)
	for _, c := range copies {
		into := filepath.Join(root, c[2])
		for _, from := range strings.Fields(c[1]) {
			if strings.HasSuffix(from, "/") {
				require.NoError(t, os.CopyFS(into, withoutVendor{os.DirFS("../" + from)}))
				continue
			}
			content, err := os.ReadFile("../" + from)
			require.NoError(t, err)
			require.NoError(t, os.MkdirAll(into, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(into, filepath.Base(from)), content, 0o600))
		}
	}
	whole, err := filepath.Abs(modules)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(whole, filepath.Join(root, "node_modules")))
	command := exec.CommandContext(t.Context(), "node", "dashboards/vendor.mjs")
	command.Dir = root
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
	for _, name := range []string{charts.LibraryFile, "tabler.min.css"} {
		here, err := os.ReadFile("static/vendor/" + name)
		require.NoError(t, err)
		there, err := os.ReadFile(filepath.Join(root, "dashboards/static/vendor", name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(here, there), "%s is the same in a container", name)
	}
}

// withoutVendor leaves out what .dockerignore leaves out.
type withoutVendor struct{ fs.FS }

func (f withoutVendor) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return name == "static" && e.Name() == "vendor" }), err
}
