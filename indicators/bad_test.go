package indicators

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// Each file of testdata/bad breaks one rule. Its first lines, "# want: …", are
// the faults that laying it over our definitions must give, all of them.
func TestEveryBadDefinitionIsReportedWithItsLine(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			dir := folder(t, map[string]string{name: string(content)})
			_, err = Load(dir)
			var faults khue.Faults
			require.True(t, errors.As(err, &faults), "loading gave %v", err)
			var got []string
			for _, f := range faults {
				got = append(got, strings.ReplaceAll(f.String(), dir+string(filepath.Separator), ""))
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(withWants(string(content), got)), 0o600))
				return
			}
			require.Equal(t, wants(string(content)), got)
		})
	}
}

const wantMark = "# want: "

func wants(content string) []string {
	var out []string
	lines := bufio.NewScanner(strings.NewReader(content))
	for lines.Scan() {
		if want, ok := strings.CutPrefix(lines.Text(), wantMark); ok {
			out = append(out, want)
		}
	}
	return out
}

// withWants writes the faults into a file. They name lines of the file, so a
// file whose number of faults changes must be written twice.
func withWants(content string, faults []string) string {
	var out strings.Builder
	for _, f := range faults {
		out.WriteString(wantMark + f + "\n")
	}
	for line := range strings.Lines(content) {
		if !strings.HasPrefix(line, wantMark) {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestFaultsOfAllFilesComeTogether(t *testing.T) {
	_, err := Load(folder(t, map[string]string{
		"a.yaml": "mesures: []\n",
		"b.yaml": "units:\n  - {code: hours}\n",
		"c.yaml": "claims: {}\n",
	}))
	var faults khue.Faults
	require.True(t, errors.As(err, &faults))
	var files []string
	for _, f := range faults {
		files = append(files, filepath.Base(f.File))
	}
	require.Equal(t, []string{"a.yaml", "b.yaml", "c.yaml"}, files)
}
