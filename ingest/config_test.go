package ingest

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"khue/demo"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares with a file that a person has read.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestEveryFaultOfAConfigurationIsToldAtOnceWithItsLine(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			_, faults := Parse(filepath.Base(file), text, lookup(map[string]string{"KNOWN": "known.csv"}))
			require.Error(t, faults.Err())
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", faults.Err().Error()+"\n")
		})
	}
}

func TestAConfigurationIsReadWithItsVariables(t *testing.T) {
	c := configure(t, `
sources:
  a:
    kind: rest
    url: ${URL}
    timeout: ${TIMEOUT:-7s}
    retry: {max: "${RETRIES}"}
    auth: {bearer: "${TOKEN}"}
    datasets:
      initiatives:
        id: id
        fields: {programme: {constant: p}, commitment: c, title: t, status: s}
`, map[string]string{"URL": "http://127.0.0.1:1", "RETRIES": "3", "TOKEN": "hush"})
	a := c["a"]
	require.Equal(t, "7s", a.Timeout.String())
	require.Equal(t, 3, a.Retry.Max)
	require.Equal(t, "c", a.Datasets["initiatives"].Fields["commitment"].From)
}

func TestASecretIsNeverPrinted(t *testing.T) {
	a := Auth{Bearer: "hush-hush"}
	asJSON, err := json.Marshal(a)
	require.NoError(t, err)
	asYAML, err := yaml.Marshal(a)
	require.NoError(t, err)
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "token", a.Bearer)
	for _, printed := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v %s", a, a, a.Bearer), string(asJSON), string(asYAML), logged.String()} {
		require.NotContains(t, printed, "hush-hush")
	}
}

func TestASecretMayStandInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte("hush\n"), 0o600))
	got, err := Secret("").reveal(path)
	require.NoError(t, err)
	require.Equal(t, "hush", got)
}

func TestTheShortCodesOfTheDemoAreThoseOfItsConfiguration(t *testing.T) {
	var raw struct {
		Sources map[string]SourceConfig `yaml:"sources"`
	}
	require.NoError(t, yaml.Unmarshal(demo.Configuration(), &raw))
	require.Equal(t, demo.DisciplineShortCodes(), raw.Sources["events"].Datasets["events"].Fields["disciplines"].Values)
}
