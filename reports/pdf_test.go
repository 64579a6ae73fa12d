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

var papers = map[khue.Lang]*paper{}

// printed is the report of the fixture city as PDF, with the document it was
// written from. KHUE_KEEP_PDF names a folder to keep it in, for eyes.
func printed(t *testing.T, lang khue.Lang) (document.Document, pdftest.File) {
	t.Helper()
	if papers[lang] == nil {
		now := moment(2026, 11, 23)
		_, x := newReporter(t, now, true)
		letters := pdftest.Letters(t)
		r, err := reports.New(x, reports.Options{Now: now, Simulated: true, Meaning: x, Charts: pdftest.Charts(t, letters), Letters: letters})
		require.NoError(t, err)
		d := build(t, r, "2025", lang)
		var out bytes.Buffer
		require.NoError(t, r.Write(context.Background(), d, reports.PDF, &out))
		if folder := os.Getenv("KHUE_KEEP_PDF"); folder != "" {
			require.NoError(t, os.WriteFile(filepath.Join(folder, d.FileName(reports.PDF)), out.Bytes(), 0o600))
		}
		papers[lang] = &paper{d, out.Bytes()}
	}
	return papers[lang].document, pdftest.Open(t, papers[lang].bytes)
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
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d, f := printed(t, lang)
		heard := pdftest.Flat(f.Structure().Whole())
		rest := heard[strings.LastIndex(heard[:len(heard)/3], pdftest.Flat(d.AsOfNote)):]
		for _, sentence := range said(d)[2:] {
			_, after, ok := strings.Cut(rest, sentence)
			require.True(t, ok, "%s: %q comes after what was said before it", lang, sentence)
			rest = after
		}
	}
}

func TestThePDFShowsEverySentenceAndEveryFigureOnItsPages(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d, f := printed(t, lang)
		seen := f.Text(0)
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
						require.Contains(t, seen, pdftest.Flat(document.Clean(r.Text)))
						require.Contains(t, seen, pdftest.Flat(document.Clean(r.Note)))
					}
				}
			case *document.Table:
				for _, r := range v.Rows {
					for _, c := range r.Cells {
						if c.Kind == document.Number || c.Kind == document.Percent || c.Kind == document.Date {
							require.Contains(t, seen, c.Text(lang), v.ID)
						}
					}
				}
			}
		}
	}
}

func TestTheTablesOfThePDFEqualTheDocumentsCellByCell(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d, f := printed(t, lang)
		tables := f.Structure().All("Table")
		require.Greater(t, len(d.Tables()), 10)
		for i, want := range d.Tables() {
			got := tables[i].Cells()
			require.Len(t, got, len(want.Rows)+1, want.ID)
			for r, row := range want.Rows {
				for c, cell := range row.Cells {
					require.Equal(t, pdftest.Flat(document.Clean(cell.Text(lang))), got[r+1][c], "%s row %d column %d", want.ID, r, c)
				}
			}
		}
	}
}

func TestThePDFHasTheHeadingsAsBookmarksAndItsContents(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d, f := printed(t, lang)
		marks := f.Bookmarks()
		at := 0
		for _, b := range d.Blocks {
			if h, ok := b.(document.Heading); ok {
				require.True(t, strings.HasSuffix(strings.ToLower(marks[at].Text), strings.ToLower(h.Text)), marks[at].Text)
				require.Equal(t, min(h.Level, 2), marks[at].Depth)
				at++
			}
		}
		require.Greater(t, at, 5)
		require.Len(t, marks, at+2+len(d.Evidence), "and the two annexes with each query")
		entries := f.Structure().All("TOCI")
		require.Len(t, entries, at+2)
		for i, e := range entries {
			require.Equal(t, fmt.Sprintf("%s%d", marks[i].Text, marks[i].Page), e.Whole())
		}
	}
}

func TestThePDFOfTheReportIsTaggedTitledAndSetInItsOwnLetters(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d, f := printed(t, lang)
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
	}
}
