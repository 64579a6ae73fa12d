package reports_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports"
	"khue/reports/document"
	"khue/reports/pdf/pdftest"
)

// paper is a report that several tests read.
type paper struct {
	document document.Document
	bytes    []byte
}

var papers = map[string]*paper{}

// shipped are the reports that come with the product, with an order of each.
var shipped = map[string]reports.Order{
	reports.ResolutionProgress: {Period: khue.MustParsePeriod("2025")}, reports.MonthlyBulletin: {Period: khue.MustParsePeriod("2026-11")},
	reports.LeaderBrief: {Period: khue.MustParsePeriod("2026-10")}, reports.UNESCOCommitments: {Period: khue.MustParsePeriod("2025")},
	reports.WardSheet:        {Period: khue.MustParsePeriod("2026-Q3"), Parameters: reports.Parameters{Area: "00070"}},
	reports.ResolutionReview: {Period: khue.MustParsePeriod("2025")}, reports.MonitoringReport: {Period: khue.MustParsePeriod("2026")},
	reports.FestivalEdition: {Period: khue.MustParsePeriod("2024"), Parameters: reports.Parameters{Edition: khue.DesignFestival + "/2024"}},
}

// ordered is the order of a shipped report in a language.
func ordered(id string, lang khue.Lang) reports.Order {
	o := shipped[id]
	o.ID, o.Lang = id, lang
	return o
}

func TestEveryShippedReportIsTried(t *testing.T) {
	for _, d := range ours(t) {
		require.Contains(t, shipped, d.ID)
	}
	require.Len(t, shipped, len(ours(t)))
}

// printed is a report of the fixture city as PDF, with the document it was
// written from. KHUE_KEEP_PDF names a folder to keep it in, for eyes.
func printed(t *testing.T, id string, lang khue.Lang) (document.Document, pdftest.File) {
	t.Helper()
	key := id + string(lang)
	if papers[key] == nil {
		now := moment(2026, 11, 23)
		_, x := newReporter(t, now, true)
		letters := pdftest.Letters(t)
		r, err := reports.New(x, reports.Options{Now: now, Simulated: true, Meaning: x, Charts: pdftest.Charts(t, letters), Letters: letters})
		require.NoError(t, err)
		d, err := r.Build(context.Background(), ordered(id, lang))
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, r.Write(context.Background(), d, reports.PDF, &out))
		if folder := os.Getenv("KHUE_KEEP_PDF"); folder != "" {
			require.NoError(t, os.WriteFile(filepath.Join(folder, d.FileName(reports.PDF)), out.Bytes(), 0o600))
		}
		papers[key] = &paper{d, out.Bytes()}
	}
	return papers[key].document, pdftest.Open(t, papers[key].bytes)
}

// everyPaper runs a test on each shipped report in both languages.
func everyPaper(t *testing.T, test func(t *testing.T, d document.Document, f pdftest.File)) {
	for id := range shipped {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			t.Run(id+" "+string(lang), func(t *testing.T) {
				d, f := printed(t, id, lang)
				test(t, d, f)
			})
		}
	}
}

// said are the sentences of a document in order, as they are heard.
func said(d document.Document) []string {
	var out []string
	say := func(s string) {
		if s = pdftest.Flat(document.Clean(s)); s != "" {
			out = append(out, s)
		}
	}
	runs := func(list []document.Run) {
		text := ""
		for _, r := range list {
			text += r.Text
		}
		say(text)
	}
	say(d.Kind)
	say(d.Title)
	say(d.AsOfNote)
	for _, b := range d.Blocks {
		switch v := b.(type) {
		case document.Heading:
			if d.Layout == document.Official && v.Level == 1 {
				v.Text = strings.ToUpper(v.Text)
			}
			say(v.Text)
		case document.Paragraph:
			runs(v.Runs)
		case document.Callout:
			runs(v.Runs)
		case document.Bullets:
			for _, item := range v.Items {
				runs(item)
			}
		case *document.Chart:
			say(v.Title)
		case *document.Table:
			say(v.Title)
			say(v.Source)
		}
	}
	for _, e := range d.Evidence {
		say(e.ID + ". " + e.From)
		say(e.DefinitionVersion)
		say(e.SQL)
	}
	return out
}

func TestThePDFSaysAllThatTheDocumentSaysInItsOrder(t *testing.T) {
	everyPaper(t, func(t *testing.T, d document.Document, f pdftest.File) {
		rest := pdftest.Flat(f.Structure().Without("TOC").Whole())
		for _, sentence := range said(d) {
			_, after, ok := strings.Cut(rest, sentence)
			require.True(t, ok, "%q comes after what was said before it", sentence)
			rest = after
		}
	})
}

func TestThePDFShowsEverySentenceAndEveryFigureOnItsPages(t *testing.T) {
	everyPaper(t, func(t *testing.T, d document.Document, f pdftest.File) {
		seen, heard := f.Text(0), pdftest.Flat(f.Structure().Whole())
		for _, b := range d.Blocks {
			switch v := b.(type) {
			case document.Heading:
				if d.Layout == document.Official && v.Level == 1 {
					v.Text = strings.ToUpper(v.Text)
				}
				require.Contains(t, seen, pdftest.Flat(v.Text))
			case document.Bullets:
				for _, item := range v.Items {
					for _, r := range item {
						shown(t, seen, heard, r.Text)
						shown(t, seen, heard, r.Note)
					}
				}
			case *document.Table:
				for _, r := range v.Rows {
					for _, c := range r.Cells {
						if c.Kind == document.Number || c.Kind == document.Percent || c.Kind == document.Date {
							require.Contains(t, seen, c.Text(d.Lang), v.ID)
						}
					}
				}
			}
		}
	})
}

// shown holds that a text stands on the pages; where a page ends within it, its
// words do, and it is heard in one piece.
func shown(t *testing.T, seen, heard, text string) {
	t.Helper()
	text = pdftest.Flat(document.Clean(text))
	if strings.Contains(seen, text) {
		return
	}
	for word := range strings.FieldsSeq(text) {
		require.Contains(t, seen, word, text)
	}
	require.Contains(t, heard, text)
}

func TestTheTablesOfThePDFEqualTheDocumentsCellByCell(t *testing.T) {
	everyPaper(t, func(t *testing.T, d document.Document, f pdftest.File) {
		tables := f.Structure().All("Table")
		require.Greater(t, len(tables), len(d.Tables()), "and those of the annexes")
		for i, want := range d.Tables() {
			got := tables[i].Cells()
			require.Len(t, got, len(want.Rows)+1, want.ID)
			for r, row := range want.Rows {
				for c, cell := range row.Cells {
					require.Equal(t, pdftest.Flat(document.Clean(cell.Text(d.Lang))), got[r+1][c], "%s row %d column %d", want.ID, r, c)
				}
			}
		}
	})
}

func TestThePDFHasTheHeadingsAsBookmarks(t *testing.T) {
	everyPaper(t, func(t *testing.T, d document.Document, f pdftest.File) {
		marks := f.Bookmarks()
		at := 0
		for _, b := range d.Blocks {
			if h, ok := b.(document.Heading); ok {
				require.True(t, strings.HasSuffix(strings.ToLower(marks[at].Text), strings.ToLower(h.Text)), marks[at].Text)
				require.Equal(t, min(h.Level, 2), marks[at].Depth)
				require.Contains(t, f.Text(marks[at].Page), pdftest.Flat(marks[at].Text))
				at++
			}
		}
		require.Len(t, marks, at+2+len(d.Evidence), "and the two annexes with each query")
	})
}

func TestTheProgressReportListsItsContents(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d, f := printed(t, reports.ResolutionProgress, lang)
		marks, entries := f.Bookmarks(), f.Structure().All("TOCI")
		require.Len(t, entries, len(marks)-len(d.Evidence))
		require.Greater(t, len(entries), 10)
		for i, e := range entries {
			require.Equal(t, fmt.Sprintf("%s%d", marks[i].Text, marks[i].Page), e.Whole())
		}
	}
}

func TestThePDFOfEachReportIsTaggedTitledAndSetInItsOwnLetters(t *testing.T) {
	everyPaper(t, func(t *testing.T, d document.Document, f pdftest.File) {
		info := f.Info()
		require.Equal(t, "yes", info["Tagged"])
		require.Equal(t, d.Title, info["Title"])
		for name, is := range f.Fonts() {
			require.Equal(t, [3]string{"yes", "yes", "yes"}, is, name)
		}
		require.Zero(t, f.Pictures(), "charts are vectors")
		for n := 1; n <= f.Pages(); n++ {
			require.Contains(t, f.Text(n), d.Simulated)
		}
	})
}
