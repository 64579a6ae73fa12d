package api_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api"
	"khue/dashboards"
	"khue/notes"
	"khue/state"
)

// linter holds the description of the API against rules; `make test` installs it.
const linter = "../tools/api/node_modules/@redocly/cli/bin/cli.js"

// everything is an API with all its parts, of which none but the service answers.
func everything(t *testing.T) *city {
	return newCity(t, func(o *api.Options) {
		o.Notes, o.Reports, o.Data, o.SQL = (*notes.Book)(nil), noReports{}, noData{}, noSQL{}
	})
}

type (
	noReports struct{ api.Reports }
	noData    struct{ api.Data }
	noSQL     struct{ api.SQL }
)

func (noReports) Confidential(state.Report) bool { return true }
func (noReports) Kinds() []dashboards.ReportKind { return nil }

func TestTheDescriptionHasEveryEndPointOfTheRouterAndNoOther(t *testing.T) {
	c := everything(t)
	doc, err := c.api.OpenAPI(khue.English)
	require.NoError(t, err)
	var described, registered []string
	for path, at := range doc["paths"].(map[string]any) {
		for method := range at.(map[string]any) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	inBraces := regexp.MustCompile(`:([a-z]+)`)
	for _, r := range c.router.Routes() {
		if strings.HasPrefix(r.Path, api.ClickHousePath) {
			continue // another protocol, described by its own documents
		}
		registered = append(registered, r.Method+" "+inBraces.ReplaceAllString(r.Path, "{$1}"))
	}
	require.ElementsMatch(t, registered, described)
	require.Len(t, registered, 22)
}

func TestTheDescriptionPassesALinterInBothLanguages(t *testing.T) {
	_, err := os.Stat(linter)
	require.NoError(t, err, "run `make test`, which installs it")
	c := everything(t)
	for _, lang := range []string{"vi", "en"} {
		got := c.get("/api/openapi.json?lang=" + lang)
		require.Equal(t, 200, got.Code)
		path := filepath.Join(t.TempDir(), "openapi.json")
		require.NoError(t, os.WriteFile(path, got.Body.Bytes(), 0o600))
		said, err := exec.CommandContext(t.Context(), "node", linter, "lint", "--extends=recommended", "--max-problems=50", path).CombinedOutput()
		require.NoError(t, err, "%s", said)
		require.NotContains(t, string(said), "warning was", "%s", said)

		var doc map[string]any
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &doc))
		doc["paths"].(map[string]any)["/broken"] = map[string]any{"get": map[string]any{"responses": "none"}}
		broken, err := json.Marshal(doc)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, broken, 0o600))
		require.Error(t, exec.CommandContext(t.Context(), "node", linter, "lint", "--extends=recommended", path).Run(), "the linter finds what is wrong")
	}
}

// Each answer has the fields that its schema names, and no other.
func TestAnswersAreAsTheDescriptionSays(t *testing.T) {
	c := newCity(t)
	doc, err := c.api.OpenAPI(khue.English)
	require.NoError(t, err)
	text, err := json.Marshal(doc)
	require.NoError(t, err)
	var d struct {
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(text, &d))
	for address, name := range map[string]string{
		"/api/v1/query?measure=visitors,visitors_per_event&by=month,discipline&derive=change_previous": "Answer",
		"/api/v1/measures": "MeasurePage", "/api/v1/dimensions": "DimensionPage", "/api/v1/indicators": "IndicatorPage", "/api/v1/programmes": "ProgrammePage",
		"/api/v1/areas": "AreaPage", "/api/v1/disciplines": "CodePage", "/api/v1/measures?x=1": "Problem",
	} {
		var got any
		require.NoError(t, json.Unmarshal(c.get(address).Body.Bytes(), &got))
		requireSchema(t, d.Components.Schemas, schema{Ref: "#/components/schemas/" + name}, got, name)
	}
}

type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Additional *schema           `json:"additionalProperties"`
}

func requireSchema(t *testing.T, all map[string]schema, s schema, got any, at string) {
	t.Helper()
	if s.Ref != "" {
		var known bool
		s, known = all[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		require.True(t, known, at)
	}
	switch v := got.(type) {
	case map[string]any:
		for _, name := range s.Required {
			require.Contains(t, v, name, at)
		}
		for name, one := range v {
			of, known := s.Properties[name]
			if !known && s.Additional != nil {
				of, known = *s.Additional, true
			}
			require.True(t, known || s.Properties == nil, "%s has %q, which its schema does not", at, name)
			requireSchema(t, all, of, one, at+"."+name)
		}
	case []any:
		for _, one := range v {
			require.NotNil(t, s.Items, at)
			requireSchema(t, all, *s.Items, one, at+"[]")
		}
	}
}

func TestEveryParameterHasAnExplanationInBothLanguages(t *testing.T) {
	c := everything(t)
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		doc, err := c.api.OpenAPI(lang)
		require.NoError(t, err)
		text, err := json.Marshal(doc["paths"])
		require.NoError(t, err)
		require.NotContains(t, string(text), `"description":""`)
		require.NotContains(t, string(text), `"summary":""`)
	}
	require.True(t, slices.IsSorted(c.api.Routes()))
}
