package reports_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports"
	"khue/reports/pdf/pdftest"
)

// schemaCheck holds files against the schema of Office Open XML; `make test` installs
// what it needs.
const schemaCheck = "../tools/pages/ooxml.mjs"

func TestWordFilesAndWorkbooksFollowTheirSchema(t *testing.T) {
	now := moment(2026, 11, 23)
	_, x := newReporter(t, now, true)
	letters := pdftest.Letters(t)
	r, err := reports.New(x, reports.Options{Now: now, Simulated: true, Meaning: x, Charts: pdftest.Charts(t, letters), Letters: letters})
	require.NoError(t, err)
	dir := t.TempDir()
	command := []string{schemaCheck}
	for id := range shipped {
		lang := khue.Vietnamese
		if id == reports.MonitoringReport {
			lang = khue.English
		}
		d := made(t, r, ordered(id, lang))
		d.Mark = "0123456789abcdef" // as drafts have one
		for _, format := range []string{reports.DOCX, reports.XLSX} {
			var b bytes.Buffer
			require.NoError(t, r.Write(context.Background(), d, format, &b))
			path := filepath.Join(dir, d.FileName(format))
			require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
			command = append(command, path)
		}
	}
	require.Len(t, command, 1+2*len(shipped))
	said, err := exec.CommandContext(t.Context(), "node", command...).CombinedOutput()
	require.NoError(t, err, "%s", said)
}
