package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
	"khue/reports/archive"
)

// filesOfReport are the formats and the model of each report, in its languages.
var filesOfReport = map[string]int{"1": 10, "2": 5, "3": 5}

// lifeOfAReport is an observatory of the simulated city with a report that goes
// through its life by the command line.
type lifeOfAReport struct {
	*observatory
	city *demo.City
}

func (l lifeOfAReport) source(statement string, args ...any) {
	l.t.Helper()
	db, err := sql.Open("sqlite", l.city.DatabaseDSN())
	require.NoError(l.t, err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(l.t.Context(), statement, args...)
	require.NoError(l.t, err)
}

// visit finds an event's count of a month with enough visitors, not the first one
// it has found before.
func (l lifeOfAReport) visit(month string, skip int) (id, event, visitors int64) {
	l.t.Helper()
	db, err := sql.Open("sqlite", l.city.DatabaseDSN())
	require.NoError(l.t, err)
	defer func() { _ = db.Close() }()
	require.NoError(l.t, db.QueryRowContext(l.t.Context(), `SELECT id, su_kien_id, truc_tiep FROM luot_khach
WHERE xoa = 0 AND truc_tiep > 20 AND strftime('%Y-%m', thoi_diem, '+7 hours') = ? ORDER BY id LIMIT 1 OFFSET ?`, month, skip).Scan(&id, &event, &visitors))
	return id, event, visitors
}

func (l lifeOfAReport) state(statement string, args ...any) {
	l.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(l.data, "state.db"))
	require.NoError(l.t, err)
	defer func() { _ = db.Close() }()
	r, err := db.ExecContext(l.t.Context(), statement, args...)
	require.NoError(l.t, err)
	n, err := r.RowsAffected()
	require.NoError(l.t, err)
	require.EqualValues(l.t, 1, n, statement)
}

func (l lifeOfAReport) verify(id string) (verificationJSON, int) {
	l.t.Helper()
	out, errs, code := l.khue("report", "verify", id, "--format", "json")
	var v verificationJSON
	require.NoError(l.t, json.Unmarshal([]byte(out), &v), "%s%s", out, errs)
	return v, code
}

func (l lifeOfAReport) requireSame(id string) verificationJSON {
	l.t.Helper()
	v, code := l.verify(id)
	require.Zero(l.t, code, "%+v", v)
	require.True(l.t, v.Same)
	require.Len(l.t, v.Files, filesOfReport[id])
	require.Empty(l.t, v.Differences)
	return v
}

func TestAnIssuedReportIsMadeAgainToTheByteWhateverIsCorrectedLater(t *testing.T) {
	city := demoCity(t, demo.Options{Scale: 1})
	l := lifeOfAReport{newObservatory(t, demo.Configuration(), city.Variables()), city}
	l.must("migrate")
	l.must("pull")
	o := l.inProcess()

	require.Contains(t, l.must("report", "draft", "resolution-progress", "--period", "2025", "--languages", "vi,en", "--by", "Nguyễn Thị Lan"), "Status: draft")
	require.Contains(t, refused(t, l.observatory, "report", "verify", "1"), "report 1 has not been issued")
	require.Contains(t, refused(t, l.observatory, "report", "approve", "1", "--by", "Phạm Hoa"), "report 1 is a draft; only a report in review can be approved")
	l.must("report", "submit", "1", "--by", "Nguyễn Thị Lan", "--remark", "số liệu cả năm")
	require.Contains(t, refused(t, l.observatory, "report", "draft", "resolution-progress", "--period", "2025", "--by", "Lê Minh"), "report 1 is in review; only a draft can be drafted again")
	require.Contains(t, refused(t, l.observatory, "report", "approve", "1", "--by", "nguyễn  THỊ lan"), "Nguyễn Thị Lan drafted report 1 and may not approve it")
	l.must("report", "return", "1", "--by", "Phạm Hoa", "--because", "thiếu tiếng Anh")
	require.Contains(t, l.must("report", "draft", "resolution-progress", "--period", "2025", "--languages", "vi,en", "--by", "Lê Minh"), "redrafted")
	l.must("report", "submit", "1", "--by", "Nguyễn Thị Lan")
	require.Contains(t, refused(t, l.observatory, "report", "approve", "1", "--by", "LÊ MINH"), "Lê Minh redrafted report 1 and may not approve it")
	l.must("report", "approve", "1", "--by", "Phạm Hoa")
	l.must("report", "issue", "1", "--by", "Văn thư", "--number", "12/BC-SVHTT")
	l.requireSame("1")
	kept := l.filesOf("1")
	require.True(t, bytes.Contains(kept[only(t, kept, "_vi.html")], []byte("Số: 12/BC-SVHTT")), "the number is on the paper")

	l.must("report", "draft", "monthly-bulletin", "--period", "2025-09", "--languages", "vi", "--by", "Lan")
	l.must("report", "submit", "2", "--by", "Lan")
	l.must("report", "approve", "2", "--by", "Hoa")
	l.must("report", "issue", "2", "--by", "Văn thư", "--number", "13/BC-SVHTT")

	l.correct()
	for name, content := range l.filesOf("1") {
		require.True(t, bytes.Equal(kept[name], content), "%s is handed out as it was issued", name)
	}
	l.requireSame("1")
	l.requireSame("2")
	l.reissue()
	l.requireSame("1")
	l.requireSame("3")
	l.laterBy(o, 400*24*time.Hour)
	l.definitionsChange()
	l.tamper()
}

func only(t *testing.T, files map[string][]byte, ending string) string {
	t.Helper()
	for name := range files {
		if strings.HasSuffix(name, ending) {
			return name
		}
	}
	t.Fatalf("no file ends with %s", ending)
	return ""
}

func (l lifeOfAReport) filesOf(id string) map[string][]byte {
	l.t.Helper()
	out := map[string][]byte{}
	for _, path := range strings.Fields(l.must("report", "files", id, "--out", l.t.TempDir())) {
		content, err := os.ReadFile(path)
		require.NoError(l.t, err)
		out[filepath.Base(path)] = content
	}
	require.Len(l.t, out, filesOfReport[id])
	return out
}

// correct changes a count, takes one back and adds one that is late, all in 2025,
// and one of a year that the report does not tell of; the diff of the report lists
// the three.
func (l lifeOfAReport) correct() {
	t, now := l.t, time.Now().Add(-20*time.Second).UTC().Format("2006-01-02T15:04:05.000Z") // a pull leaves out the last seconds
	changed, event, _ := l.visit("2025-03", 0)
	gone, _, lost := l.visit("2025-05", 0)
	outside, _, _ := l.visit("2022-05", 0)
	l.source(`UPDATE luot_khach SET truc_tiep = truc_tiep + 500, cap_nhat = ? WHERE id IN (?, ?)`, now, changed, outside)
	l.source(`UPDATE luot_khach SET xoa = 1, cap_nhat = ? WHERE id = ?`, now, gone)
	l.source(`INSERT INTO luot_khach (id, su_kien_id, thoi_diem, truc_tiep, cap_nhat, xoa) VALUES (990001, ?, '2025-09-02T18:30:00.000Z', 77, ?, 0)`, event, now)
	l.must("pull", "events")

	var d diffJSON
	require.NoError(t, json.Unmarshal([]byte(l.must("report", "diff", "1", "--rows", "--format", "json")), &d))
	got := map[string]float64{}
	for _, f := range d.Figures {
		if f.Name == "visitors" {
			for _, c := range f.Cells {
				got[c.Keys["month"]] = c.Difference
			}
		}
	}
	require.Equal(t, map[string]float64{"2025-03": 500, "2025-05": -float64(lost), "2025-09": 77}, got)
	var records []string
	for _, r := range d.Rows {
		records = append(records, r.Dataset+" "+r.RecordID+" "+r.Cause)
	}
	slices.Sort(records)
	want := []string{"attendance 990001 late", "attendance " + fmt.Sprint(changed) + " corrected", "attendance " + fmt.Sprint(gone) + " retracted"}
	slices.Sort(want)
	require.Equal(t, want, records)
}

// reissue leads a second version through its life: it takes the place of the first
// and says what changed.
func (l lifeOfAReport) reissue() {
	t := l.t
	require.Contains(t, l.must("report", "draft", "resolution-progress", "--period", "2025", "--languages", "en", "--by", "Lan"), "Report 3")
	l.must("report", "submit", "3", "--by", "Lan")
	l.must("report", "approve", "3", "--by", "Hoa")
	require.Contains(t, refused(t, l.observatory, "report", "issue", "3", "--by", "Văn thư", "--number", "12/BC-SVHTT"), `the number "12/BC-SVHTT" was given to report 1`)
	l.must("report", "issue", "3", "--by", "Văn thư", "--number", "57/BC-SVHTT")
	require.Contains(t, l.must("report", "show", "1"), "Status: superseded")
	require.Contains(t, l.must("report", "show", "3"), "Takes the place of report 1")
	issued := l.must("report", "list", "--issued")
	require.Regexp(t, `1 │ resolution-progress │ 2025 +│ superseded │ 1 +│ 12/BC-SVHTT`, issued)
	require.Regexp(t, `3 │ resolution-progress │ 2025 +│ issued +│ 2 +│ 57/BC-SVHTT`, issued)
	files := l.filesOf("3")
	page := html.UnescapeString(string(files[only(t, files, "_en.html")]))
	for _, words := range []string{"This report takes the place of report No. 12/BC-SVHTT", "Late (+77)", "Retracted (−", "Corrected (+500)"} {
		require.True(t, strings.Contains(page, words), words)
	}
}

// inProcess opens the observatory in the test's own process. Its engine then serves
// the commands too, which saves starting one for each.
func (l lifeOfAReport) inProcess() *Observatory {
	l.t.Helper()
	config, err := LoadConfig(l.config, func(name string) (string, bool) {
		for _, v := range l.variables {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return os.LookupEnv(name)
	})
	require.NoError(l.t, err)
	if config.Data = l.data; l.dsn != "" {
		config.DSN = Secret(l.dsn)
	}
	o, err := Open(context.WithoutCancel(l.t.Context()), config, slog.New(slog.DiscardHandler))
	require.NoError(l.t, err)
	l.t.Cleanup(func() { _ = o.Close() })
	return o
}

// laterBy verifies by a clock that is far ahead.
func (l lifeOfAReport) laterBy(o *Observatory, ahead time.Duration) {
	t := l.t
	o.Now = func() time.Time { return time.Now().Add(ahead) }
	require.NoError(t, o.wire())
	a, err := o.archived()
	require.NoError(t, err)
	for _, id := range []int64{1, 2, 3} {
		v, err := a.Verify(t.Context(), id)
		require.NoError(t, err)
		require.True(t, v.OK(), "%+v", v.Differences)
	}
}

// definitionsChange verifies when a measure is defined otherwise: the report is made
// again by the definitions of then and the change is named. When those were never
// kept, what the document says otherwise is told value by value.
func (l lifeOfAReport) definitionsChange() {
	t := l.t
	const meant, meantNow = "Visits by people who came to the place of an event, as its organiser counted them.", "The office's new definition."
	measures, err := os.ReadFile("../../indicators/definitions/measures.yaml")
	require.NoError(t, err)
	require.True(t, bytes.Contains(measures, []byte(meant)))
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "measures.yaml"), bytes.Replace(measures, []byte(meant), []byte(meantNow), 1), 0o600))
	own, err := os.ReadFile("../../reports/definitions/resolution-progress.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "progress.yaml"), bytes.ReplaceAll(own, []byte("{programme}"), []byte("{programme} (new)")), 0o600))
	before := l.variables
	l.variables = append(slices.Clone(before), "KHUE_DEFINITIONS="+folder)
	v := l.requireSame("1")
	require.NotEqual(t, v.Definitions.Then, v.Definitions.Now)
	require.NotEqual(t, v.Definition.Then, v.Definition.Now, "the file of the report itself is another")
	require.Len(t, v.Changed, 1)
	require.Equal(t, "visitors", v.Changed[0].Name)
	require.Contains(t, l.must("report", "verify", "1"), "visitors, description.en: "+meant+" → "+meantNow)

	l.state(`UPDATE definition_versions SET version = 'mất' WHERE version = ?`, v.Definitions.Then)
	lost, code := l.verify("1")
	require.Equal(t, 1, code)
	require.True(t, lost.Assumed)
	var told []string
	for _, d := range lost.Differences {
		told = append(told, d.Language+" "+d.Path)
		require.NotEqual(t, d.Was, d.Is)
	}
	require.Contains(t, told, "en terms[On-site visitors].value")
	require.Contains(t, told, "vi evidence[E1].definition_version")
	require.NotContains(t, strings.Join(told, "\n"), ".number", "no figure is another")
	l.state(`UPDATE definition_versions SET version = ? WHERE version = 'mất'`, v.Definitions.Then)
	l.variables = before
	l.requireSame("1")
}

// tamper changes one kept file and takes another away.
func (l lifeOfAReport) tamper() {
	t := l.t
	v, _ := l.verify("3")
	sums := map[string]string{}
	for _, f := range v.Files {
		sums[f.Name] = f.SHA256
	}
	docx, sheet := "", ""
	for name := range sums {
		if strings.HasSuffix(name, "_en.docx") {
			docx = name
		}
		if strings.HasSuffix(name, "_en.xlsx") {
			sheet = name
		}
	}
	l.state(`UPDATE report_contents SET content = content || x'00' WHERE sha256 = ?`, sums[docx])
	l.state(`DELETE FROM report_contents WHERE sha256 = ?`, sums[sheet])
	v, code := l.verify("3")
	require.Equal(t, 1, code)
	for _, f := range v.Files {
		want := map[string]string{docx: archive.Altered, sheet: archive.Missing}[f.Name]
		if want == "" {
			want = archive.Intact
		}
		require.Equal(t, want, f.Kept, f.Name)
		require.True(t, f.Same, "the journal still makes %s as it was issued", f.Name)
	}
	out, errs, code := l.khue("report", "verify", "3")
	require.Equal(t, 1, code)
	require.Regexp(t, regexpOf(docx)+` +the kept file was ALTERED; made again, the same as issued`, out)
	require.Regexp(t, regexpOf(sheet)+` +the kept file is MISSING`, out)
	require.Contains(t, errs, "report 3, made again, is not what was issued")
	require.Contains(t, refused(t, l.observatory, "report", "files", "3", "--out", t.TempDir()), docx+" was altered")
}

func regexpOf(name string) string { return strings.ReplaceAll(name, ".", `\.`) }
