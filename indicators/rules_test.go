package indicators

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// TestEveryRuleHasABadExample reads the code itself: whatever it can say against
// a definition must be said of some example, so that no rule goes untried.
func TestEveryRuleHasABadExample(t *testing.T) {
	said := saidOfExamples(t)
	rules := rulesInCode(t)
	require.Greater(t, len(rules), 60, "the rules are found")
	for _, r := range rules {
		if !slices.ContainsFunc(said, r.pattern.MatchString) {
			t.Errorf("no file in testdata/bad breaks the rule at %s: %q", r.at, r.format)
		}
	}
}

// saidOfExamples gives every fault of every bad file, and of the folders that
// are bad as a whole.
func saidOfExamples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	dirs := []string{
		filepath.Join(t.TempDir(), "missing"),
		folder(t, map[string]string{"a.yaml": "units: []\n", "a.yml": "units: []\n"}),
		folder(t, map[string]string{"large.yaml": strings.Repeat("# nothing\n", largestDefinition/10+1)}),
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		dirs = append(dirs, folder(t, map[string]string{filepath.Base(file): string(content)}))
	}
	var said []string
	for _, dir := range dirs {
		_, err := Load(dir)
		var faults khue.Faults
		require.True(t, errors.As(err, &faults), "%s: %v", dir, err)
		for _, f := range faults {
			said = append(said, f.Message)
		}
	}
	return said
}

// rule is something the code can say against a definition.
type rule struct {
	at, format string
	pattern    *regexp.Regexp
}

// rulesInCode finds the formats of faults, the references that must lead
// somewhere and the words that are one of a few.
func rulesInCode(t *testing.T) []rule {
	t.Helper()
	var files []string
	for _, folder := range []string{"", "definitionfile/"} {
		found, err := filepath.Glob(folder + "*.go")
		require.NoError(t, err)
		files = append(files, found...)
	}
	var rules []rule
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if format := formatOf(call); format != "" {
				rules = append(rules, rule{set.Position(call.Pos()).String(), format, patternOf(format)})
			}
			return true
		})
	}
	return rules
}

// formatOf is what a call says when its rule is broken; "" for other calls.
func formatOf(call *ast.CallExpr) string {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	switch place := map[string]int{"Fault": 1, "Wrong": 1, "Add": 2}[name]; {
	case place > 0:
		return literal(call, place)
	case name == "refer" && literal(call, 2) != "":
		return "there is no " + literal(call, 2) + " %q; %s"
	case name == "Choice" && literal(call, 0) != "":
		return literal(call, 0) + " is %q; it must be one of %s"
	}
	return ""
}

func literal(call *ast.CallExpr, at int) string {
	if len(call.Args) <= at {
		return ""
	}
	text, ok := call.Args[at].(*ast.BasicLit)
	if !ok || text.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(text.Value)
	if err != nil {
		return ""
	}
	return s
}

var verb = regexp.MustCompile(`%[a-z]`)

func patternOf(format string) *regexp.Regexp {
	var out strings.Builder
	last := 0
	for _, at := range verb.FindAllStringIndex(format, -1) {
		out.WriteString(regexp.QuoteMeta(format[last:at[0]]))
		out.WriteString(map[string]string{"%d": `\d+`, "%q": `".*"`}[format[at[0]:at[1]]])
		if v := format[at[0]:at[1]]; v != "%d" && v != "%q" {
			out.WriteString(`.+`)
		}
		last = at[1]
	}
	out.WriteString(regexp.QuoteMeta(format[last:]))
	return regexp.MustCompile("(?s)^" + out.String() + "$")
}
