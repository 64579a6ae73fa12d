package reports_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports"
	"khue/reports/document"
	"khue/reports/pdf/pdftest"
)

// What people open in an office program has every section, table and figure, and its
// Vietnamese letters. LibreOffice stands for the programs that offices have.
func TestWordFilesAndWorkbooksOpenInLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	require.NoError(t, err, "LibreOffice is needed: tools/test-needs.sh installs it")
	now := moment(2026, 11, 23)
	_, x := newReporter(t, now, true)
	letters := pdftest.Letters(t)
	r, err := reports.New(x, reports.Options{Now: now, Simulated: true, Meaning: x, Charts: pdftest.Charts(t, letters), Letters: letters})
	require.NoError(t, err)
	dir := t.TempDir()
	papers := map[string]document.Document{} // by the path of the file without its ending
	command := []string{"-env:UserInstallation=file://" + t.TempDir(), "--headless", "--convert-to", "pdf", "--outdir", dir}
	for id := range shipped {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			d := made(t, r, ordered(id, lang))
			for _, format := range []string{reports.DOCX, reports.XLSX} {
				var b bytes.Buffer
				require.NoError(t, r.Write(context.Background(), d, format, &b))
				path := filepath.Join(dir, format+"-"+d.FileName(format))
				require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
				papers[strings.TrimSuffix(path, "."+format)] = d
				command = append(command, path)
			}
		}
	}
	said, err := exec.CommandContext(t.Context(), office, command...).CombinedOutput()
	require.NoError(t, err, "%s", said)
	for path, d := range papers {
		said, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path+".pdf", "-").Output()
		require.NoError(t, err, "%s was not opened", filepath.Base(path))
		// Lines break elsewhere than ours do, so words are compared without them.
		seen := strings.Join(strings.Fields(string(said)), "")
		for _, table := range d.Tables() {
			title := strings.Join(strings.Fields(table.Title), "")
			require.Contains(t, seen, title, "%s: table %s", filepath.Base(path), table.ID)
		}
		require.NotContains(t, seen, "#REF!", filepath.Base(path))
		require.NotContains(t, seen, "###", "%s: a column is too narrow for its figure", filepath.Base(path))
		require.NotContains(t, seen, "�", filepath.Base(path))
	}
}
