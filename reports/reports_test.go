package reports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports"
	"khue/reports/document"
	"khue/reports/pdf/pdftest"
)

// The observatory's own service answers reports.
var (
	_ reports.Asker   = (*indicators.Service)(nil)
	_ reports.Meaning = (*indicators.Catalogue)(nil)
)

var update = flag.Bool("update", false, "write the golden files anew")

// sketch stands for the chart renderer: the drawing itself is tested in charts.
type sketch struct{}

func (sketch) Render(_ context.Context, option json.RawMessage, width, height int) ([]byte, error) {
	return fmt.Appendf(nil, `<svg width="%d" height="%d"><title>%d</title></svg>`, width, height, len(option)), nil
}

var everyFormat = []string{reports.DOCX, reports.PDF, reports.XLSX, reports.HTML}

func moment(y, m, d int) func() time.Time {
	zone := time.FixedZone("+07", 7*60*60)
	return func() time.Time { return time.Date(y, time.Month(m), d, 6, 0, 0, 0, zone) }
}

func newReporter(t *testing.T, now func() time.Time, simulated bool) (*reports.Reporter, *city) {
	t.Helper()
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	y, m, d := now().Date()
	x := newCity(catalogue, date(y, int(m), d))
	x.promise()
	r, err := reports.New(x, reports.Options{Now: now, Simulated: simulated, Meaning: x, Charts: sketch{}, Letters: pdftest.Letters(t)})
	require.NoError(t, err)
	return r, x
}

func build(t *testing.T, r *reports.Reporter, period string, lang khue.Lang) document.Document {
	t.Helper()
	d, err := r.Build(context.Background(), reports.Order{ID: reports.ResolutionProgress, Period: khue.MustParsePeriod(period), Lang: lang})
	require.NoError(t, err)
	return d
}

// outline is the document as plain text, for golden files.
func outline(d document.Document) string {
	var s strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	runs := func(list []document.Run) string {
		text := ""
		for _, r := range list {
			text += r.Text
			if r.Note != "" {
				text += " [" + r.Note + "]"
			}
		}
		return text
	}
	say("%s | %s | %s | %s\n%s", d.Kind, d.Title, d.AsOfNote, d.Layout, d.Simulated)
	blocks := slices.Clone(d.Blocks)
	for i := 0; i < len(blocks); i++ {
		b := blocks[i]
		if n, ok := b.(document.Narrative); ok {
			blocks = slices.Insert(slices.Delete(blocks, i, i+1), i, n.Blocks...)
			i--
			continue
		}
		switch v := b.(type) {
		case document.Heading:
			say("\n%s %s", strings.Repeat("#", v.Level), v.Text)
		case document.Paragraph:
			say("%s", runs(v.Runs))
		case document.Callout:
			say("! %s", runs(v.Runs))
		case document.Bullets:
			for _, item := range v.Items {
				say("- %s", runs(item))
			}
		case *document.Chart:
			say("[%s chart: %s; %s; %s]", v.Kind, v.Title, v.Note, v.Alt)
		case *document.Table:
			say("\n%s (%s)", v.Title, v.Unit)
			var heads []string
			for _, c := range v.Columns {
				heads = append(heads, c.Title)
			}
			say("%s", strings.Join(heads, " | "))
			for _, r := range v.Rows {
				var cells []string
				for _, c := range r.Cells {
					cells = append(cells, c.Text(d.Lang))
				}
				say("%s", strings.Join(cells, " | "))
			}
			say("%s", v.Source)
		}
	}
	for _, e := range d.Evidence {
		say("\n%s %s %s", e.ID, e.From, strings.ReplaceAll(e.SQL, "\n", " "))
		for _, u := range e.Uses {
			say("  %s %v %s", u.About, u.Parameters, u.Batch)
		}
	}
	return s.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestTheReportOfAWholeYearReadsAsWritten(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), true)
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		golden(t, "progress_2025_"+string(lang)+".txt", outline(build(t, r, "2025", lang)))
	}
}

func TestTheReportOfAYearThatIsNotOverReadsAsWritten(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		golden(t, "progress_2026_"+string(lang)+".txt", outline(build(t, r, "2026", lang)))
	}
}

func TestReportsOfMonthsQuartersAndPromisesReadAsWritten(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	for _, c := range []struct{ id, period string }{
		{reports.MonthlyBulletin, "2026-10"},
		{reports.MonthlyBulletin, "2026-11"},
		{reports.ResolutionProgress, "2026-Q3"},
		{reports.UNESCOCommitments, "2025"},
		{reports.LeaderBrief, "2026-10"},
	} {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			d, err := r.Build(context.Background(), reports.Order{ID: c.id, Period: khue.MustParsePeriod(c.period), Lang: lang})
			require.NoError(t, err)
			golden(t, fmt.Sprintf("%s_%s_%s.txt", c.id, c.period, lang), outline(d))
		}
	}
}

func tableOf(t *testing.T, d document.Document, id string) *document.Table {
	t.Helper()
	for _, table := range d.Tables() {
		if table.ID == id {
			return table
		}
	}
	t.Fatalf("no table %q", id)
	return nil
}

func TestHeadlineAndPartsAddUpToTheFacts(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	want := 0.0
	for _, f := range x.facts {
		if f.kind == "attendance" && f.day.Year() == 2025 {
			want += f.visits
		}
	}
	d := build(t, r, "2025", khue.Vietnamese)
	require.Equal(t, want, tableOf(t, d, "headlines").Rows[0].Cells[2].Number)
	for _, id := range []string{"months", "disciplines"} {
		rows := tableOf(t, d, id).Rows
		require.Equal(t, want, rows[len(rows)-1].Cells[1].Number, id)
	}
	districts, wards := tableOf(t, d, "areas-districts").Rows, tableOf(t, d, "areas").Rows
	require.Equal(t, want, districts[len(districts)-1].Cells[1].Number+wards[len(wards)-1].Cells[1].Number)
	sum := 0.0
	for _, row := range wards[:len(wards)-1] {
		sum += row.Cells[1].Number
	}
	require.Equal(t, wards[len(wards)-1].Cells[1].Number, sum, "named areas, the others and the unknown make the total")
}

func TestAMonthThatIsNotOverStandsBesideTheSameDays(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	want := 0.0
	for _, f := range x.facts {
		if f.kind == "attendance" && !f.day.Before(date(2025, 11, 1)) && f.day.Before(date(2025, 11, 23)) {
			want += f.visits
		}
	}
	d := build(t, r, "2026", khue.Vietnamese)
	months := tableOf(t, d, "months")
	require.Len(t, months.Rows, 12, "eleven months that have begun and the total")
	require.False(t, months.Rows[9].Partial)
	november, total := months.Rows[10], months.Rows[11]
	require.True(t, november.Partial)
	require.Equal(t, "Th 11 *", november.Cells[0].Words)
	require.Equal(t, want, november.Cells[2].Number)
	require.Contains(t, months.Source, "đúng những ngày đó của năm trước")
	require.Equal(t, tableOf(t, d, "headlines").Rows[0].Cells[2:5], total.Cells[1:4], "the total is the headline")
}

func TestAPartialYearIsSetAgainstTheSameDays(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	want := 0.0
	for _, f := range x.facts {
		if f.kind == "attendance" && !f.day.Before(date(2025, 1, 1)) && f.day.Before(date(2025, 11, 23)) {
			want += f.visits
		}
	}
	headlines := tableOf(t, build(t, r, "2026", khue.English), "headlines")
	require.Equal(t, "1 Jan – 22 Nov 2025", headlines.Columns[3].Title)
	require.Equal(t, want, headlines.Rows[0].Cells[3].Number)
}

func TestAYearThatBeginsTodayIsNotComparedAtAll(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 1, 1), false)
	text := outline(build(t, r, "2026", khue.English))
	require.Contains(t, text, "there is no official figure for on-site visits")
	require.NotContains(t, text, " up ")
	require.NotContains(t, text, "%!")
}

func TestNothingKnownIsNeverAZero(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	x.facts = nil
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d := build(t, r, "2022", lang)
		for _, row := range tableOf(t, d, "headlines").Rows[:6] {
			require.Equal(t, locale.Unknown(lang), row.Cells[2].Text(lang))
		}
		for _, format := range everyFormat {
			require.NoError(t, r.Write(context.Background(), d, format, &bytes.Buffer{}), "a report without figures can be written")
		}
	}
}

func TestEveryCitedEvidenceIsInTheAnnex(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	d := build(t, r, "2025", khue.Vietnamese)
	known := map[string]bool{}
	for _, e := range d.Evidence {
		known[e.ID] = true
		require.NotEmpty(t, e.SQL)
		require.NotEmpty(t, e.DefinitionVersion)
		for _, u := range e.Uses {
			require.NotEmpty(t, u.Parameters)
			require.NotEmpty(t, u.Batch)
		}
	}
	for _, id := range []string{"headlines", "months", "disciplines", "members", "areas"} {
		mark := strings.TrimSuffix(strings.Fields(strings.TrimPrefix(tableOf(t, d, id).Source, "Căn cứ: "))[0], ".")
		require.True(t, known[mark], "%s cites %q", id, mark)
	}
}

func TestTheSameQuestionGivesTheSameBytesInEveryFormat(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), true)
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		for _, format := range everyFormat {
			var first, second bytes.Buffer
			require.NoError(t, r.Write(context.Background(), build(t, r, "2025", lang), format, &first))
			require.NoError(t, r.Write(context.Background(), build(t, r, "2025", lang), format, &second))
			require.True(t, bytes.Equal(first.Bytes(), second.Bytes()), "%s in %s", format, lang)
		}
	}
}

func TestWhatCannotBeMadeIsRefusedInBothLanguages(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	ctx := context.Background()
	for _, c := range []struct {
		id, period string
		kind       khue.Kind
	}{
		{"no-such-report", "2025", khue.NotFound},
		{reports.ResolutionProgress, "2025-01", khue.Invalid},
		{reports.MonthlyBulletin, "2025", khue.Invalid},
		{reports.UNESCOCommitments, "2025-W07", khue.Invalid},
		{reports.MonthlyBulletin, "2026-12", khue.Invalid},
		{reports.ResolutionProgress, "2027", khue.Invalid},
	} {
		_, err := r.Build(ctx, reports.Order{ID: c.id, Period: khue.MustParsePeriod(c.period), Lang: khue.Vietnamese})
		require.Equal(t, c.kind, khue.KindOf(err), "%v", err)
		message := khue.MessageOf(err)
		require.NotEmpty(t, message.VI)
		require.NotEqual(t, message.VI, message.EN)
	}
	err := r.Write(ctx, build(t, r, "2025", khue.Vietnamese), "odt", &bytes.Buffer{})
	require.Equal(t, khue.Invalid, khue.KindOf(err))
}

func TestFilesAreNamedByReportPeriodKnowledgeAndLanguage(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	require.Equal(t, "resolution-progress_2025_asof-20261123_vi.docx", build(t, r, "2025", khue.Vietnamese).FileName("docx"))
}
