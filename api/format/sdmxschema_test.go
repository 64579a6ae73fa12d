package format_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

// sdmxSchemas are what messages of a kind ("data" or "structure") are held to: the
// schema beside this test, and the standard's own where a folder with these is named
// in KHUE_SDMX_SCHEMAS, as data.json and structure.json of version 2.0.0. Their licence
// is not told, so they do not come with the sources.
func sdmxSchemas(t *testing.T, kind string) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	ours, err := compiler.Compile("testdata/sdmx-json-2.0.schema.json#/$defs/" + kind + "Message")
	require.NoError(t, err)
	out := map[string]*jsonschema.Schema{"ours": ours}
	folder := os.Getenv("KHUE_SDMX_SCHEMAS")
	if folder == "" {
		return out
	}
	file, err := os.Open(filepath.Join(folder, kind+".json"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	text, err := jsonschema.UnmarshalJSON(file)
	require.NoError(t, err)
	official := text.(map[string]any)
	delete(official, "$schema") // it names no draft; its words are those of draft 4
	delete(official, "id")
	compiler = jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft4)
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("official.json", official))
	out["official"], err = compiler.Compile("official.json")
	require.NoError(t, err)
	return out
}

func faultsOf(t *testing.T, schemas map[string]*jsonschema.Schema, message []byte) map[string]error {
	t.Helper()
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(message))
	require.NoError(t, err)
	out := map[string]error{}
	for name, s := range schemas {
		if err := s.Validate(read); err != nil {
			out[name] = err
		}
	}
	return out
}

func TestDataMessagesOfSDMXHoldToTheSchema(t *testing.T) {
	schemas := sdmxSchemas(t, "data")
	timed := awkward(t)
	flat := awkward(t)
	flat.Answer.Question.By = []string{"organiser"}
	flat.Answer.Columns = flat.Answer.Columns[1:]
	flat.Answer.Rows = flat.Answer.Rows[:3]
	for i := range flat.Answer.Rows {
		flat.Answer.Rows[i].Keys = flat.Answer.Rows[i].Keys[1:]
	}
	empty := awkward(t)
	empty.Answer.Rows = nil
	noted := awkward(t)
	noted.Site, noted.Simulated, noted.Answer.Evidence.ID = "", false, ""
	noted.Answer.Notes = []khue.Text{{VI: "Kỳ chưa trọn.", EN: "The period is not over."}}
	for name, s := range map[string]format.Sheet{"over time": timed, "without time": flat, "without rows": empty, "without an address, with notes": noted} {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			s.Lang, s.Words = lang, khue.Text{VI: "Khách theo tháng", EN: "Visitors by month"}
			require.Empty(t, faultsOf(t, schemas, written(t, "sdmx-json", s)), "%s in %s", name, lang)
		}
	}
}

func TestStructureMessagesOfSDMXHoldToTheSchema(t *testing.T) {
	schemas := sdmxSchemas(t, "structure")
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	var all []string
	for _, d := range catalogue.Dimensions() {
		if d.Grain == "" {
			all = append(all, d.Name)
		}
	}
	for _, by := range [][]string{{"month"}, {"discipline"}, {"area", "discipline", "year"}, append(all, "week")} {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			message, err := json.Marshal(format.StructureMessage(catalogue, format.StructureOf(catalogue, by), lang, time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC), true))
			require.NoError(t, err)
			require.Empty(t, faultsOf(t, schemas, message), "%v in %s", by, lang)
		}
	}
}

func TestTheSchemaOfSDMXFindsWhatTheStandardForbids(t *testing.T) {
	schemas := sdmxSchemas(t, "data")
	whole := written(t, "sdmx-json", awkward(t))
	for _, wrong := range [][2]string{
		{`"keyPosition":0,`, ``},                      // a dimension without its place
		{`"id":"$3D1$2B1"`, `"id":"=1+1"`},            // a code that is none
		{`"action":"Information"`, `"action":"Info"`}, // an action that is none
		{`"prepared":"2026`, `"prepared":"on 2026`},   // a moment that is none
		{`"observations":{"0"`, `"observations":{"a"`},
	} {
		message := bytes.Replace(whole, []byte(wrong[0]), []byte(wrong[1]), 1)
		require.NotEqual(t, whole, message, "nothing to replace: %s", wrong[0])
		require.Len(t, faultsOf(t, schemas, message), len(schemas), "%s", wrong[1])
	}
}
