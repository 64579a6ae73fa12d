package reports_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/archive"
	"khue/reports/document"
	"khue/reports/narrative"
	"khue/reports/pdf/pdftest"
	"khue/state"
)

const toldReport = `report:
  id: city-story
  title: {vi: Chuyện của thành phố, en: Story of the city}
  about: {vi: "Chuyện {period}", en: "Story, {period}"}
  periods: [year]
  layout: {vi: plain, en: plain}
  opening: {vi: Mở đầu., en: Opening.}
  sections:
    - {section: headlines, measures: [visitors, certified_members]}
    - {section: narrative, id: overview, title: {vi: Tổng quan, en: Overview}, words: {least: 3, most: 6}, needed: true}
    - {section: narrative, id: thanks, title: {vi: Lời cảm ơn, en: Thanks}}
`

// story is the office that writes a report: its texts, its archive and its clock.
type story struct {
	t       *testing.T
	book    *narrative.Book
	archive *archive.Archive
	made    *reports.Reporter
	clock   time.Time
}

func newStory(t *testing.T) *story {
	t.Helper()
	all, _, err := definitionsIn(t, map[string]string{"story.yaml": toldReport})
	require.NoError(t, err)
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	s := &story{t: t, clock: moment(2026, 11, 23)()}
	now := func() time.Time { return s.clock }
	_, city := newRemembering(t, &s.clock)
	s.book, err = narrative.NewBook(narrative.Options{Keeper: store, Outlines: reports.Outlines{Definitions: all, Meaning: city}, Now: now})
	require.NoError(t, err)
	s.made, err = reports.New(city, reports.Options{Now: now, Meaning: city, Charts: sketch{}, Definitions: all, Texts: s.book, Letters: pdftest.Letters(t)})
	require.NoError(t, err)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	s.archive, err = archive.New(archive.Options{Keeper: store, Program: "dev", Now: now, Maker: func(context.Context, string, bool) (archive.Making, error) {
		return archive.Making{Reporter: s.made, Past: city, Definitions: catalogue, Now: catalogue}, nil
	}})
	require.NoError(t, err)
	return s
}

// write writes the next revision of a text.
func (s *story) write(section string, lang khue.Lang, words string) {
	s.t.Helper()
	outline, err := s.book.Outline(narrative.Choice{Definition: "city-story", Period: "2025"})
	require.NoError(s.t, err)
	past, err := s.book.History(s.t.Context(), outline.Of, section, lang)
	require.NoError(s.t, err)
	_, err = s.book.Save(s.t.Context(), outline, narrative.Draft{
		Section: section, Language: lang, Seen: len(past), Person: "Nguyễn Thị Lan", Text: `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"` + words + `"}]}]}`,
	})
	require.NoError(s.t, err)
}

// draft drafts the report in both languages and says what it lacks.
func (s *story) draft() (state.Report, []string) {
	s.t.Helper()
	r, err := s.archive.Draft(s.t.Context(), archive.Order{Definition: "city-story", Period: khue.MustParsePeriod("2025"), Languages: []khue.Lang{khue.Vietnamese, khue.English}}, "Nguyễn Thị Lan")
	require.NoError(s.t, err)
	lacks, err := archive.Lacks(r)
	require.NoError(s.t, err)
	var out []string
	for _, l := range lacks {
		out = append(out, l.VI)
	}
	return r, out
}

func (s *story) paper(lang khue.Lang) string {
	s.t.Helper()
	d, err := s.made.Build(s.t.Context(), reports.Order{ID: "city-story", Period: khue.MustParsePeriod("2025"), Lang: lang})
	require.NoError(s.t, err)
	return outline(d)
}

func TestADraftSaysWhichTextIsMissingInWhichLanguage(t *testing.T) {
	s := newStory(t)
	r, lacks := s.draft()
	require.Equal(t, []string{"lời văn “Tổng quan” (tiếng Việt): chưa có nội dung", "lời văn “Tổng quan” (tiếng Anh): chưa có nội dung"}, lacks)
	_, err := s.archive.Submit(t.Context(), r.ID, "Nguyễn Thị Lan", "")
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.Contains(t, s.paper(khue.Vietnamese), "# Tổng quan\n! [chưa có nội dung: Tổng quan]")
	require.Contains(t, s.paper(khue.English), "# Overview\n! [nothing written yet: Overview]")
	require.NotContains(t, s.paper(khue.Vietnamese), "Lời cảm ơn", "what is not needed is left out with its heading")

	s.write("overview", khue.Vietnamese, "Hà Nội sáng tạo")
	s.write("overview", khue.English, "Hanoi grows")
	_, lacks = s.draft()
	require.Equal(t, []string{"lời văn “Tổng quan” (tiếng Anh): có 2 từ, ít nhất 3"}, lacks)
	s.write("overview", khue.English, "one two three four five six seven")
	_, lacks = s.draft()
	require.Equal(t, []string{"lời văn “Tổng quan” (tiếng Anh): có 7 từ, nhiều nhất 6"}, lacks)
	s.write("overview", khue.English, "Hanoi grows again")
	_, lacks = s.draft()
	require.Empty(t, lacks)
	require.Contains(t, s.paper(khue.Vietnamese), "# Tổng quan\nHà Nội sáng tạo")
	require.NotContains(t, s.paper(khue.Vietnamese), "chưa có nội dung")
}

func TestAnIssuedReportKeepsTheTextsThatItPrinted(t *testing.T) {
	s := newStory(t)
	s.write("overview", khue.Vietnamese, "Lời văn ban đầu")
	s.write("overview", khue.English, "The first words")
	r, lacks := s.draft()
	require.Empty(t, lacks)
	s.write("overview", khue.Vietnamese, "Viết lại sau dự thảo")
	for _, step := range []func() (state.Report, error){
		func() (state.Report, error) { return s.archive.Submit(t.Context(), r.ID, "Nguyễn Thị Lan", "") },
		func() (state.Report, error) { return s.archive.Approve(t.Context(), r.ID, "Trần Minh", "") },
		func() (state.Report, error) { return s.archive.Issue(t.Context(), r.ID, "Văn thư", "12/BC-SVHTT") },
	} {
		var err error
		r, err = step()
		require.NoError(t, err)
	}
	s.clock = s.clock.AddDate(1, 0, 0)
	s.write("overview", khue.Vietnamese, "Viết lại một năm sau")
	v, err := s.archive.Verify(t.Context(), r.ID)
	require.NoError(t, err)
	require.True(t, v.OK(), "%+v", v)
	require.Len(t, v.Files, 10, "four formats and the model, in two languages")
	for _, f := range r.Build.Files {
		if f.Format != archive.Model || f.Language != "vi" {
			continue
		}
		content, err := s.archive.File(t.Context(), f)
		require.NoError(t, err)
		require.True(t, bytes.Contains(content, []byte("Lời văn ban đầu")))
		require.False(t, bytes.Contains(content, []byte("Viết lại")))
	}
	next, _ := s.draft()
	require.NotEqual(t, r.ID, next.ID)
	require.Contains(t, next.Build.Frozen, "Viết lại một năm sau", "a new version takes the words of its own time")
}

func TestTheTextsOfAFormStandWhereItAsksForThem(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	x.promise()
	all, err := reports.Load("", x)
	require.NoError(t, err)
	o, err := reports.Outlines{Definitions: all, Meaning: x}.Outline(narrative.Choice{Definition: reports.MonitoringReport, Period: "2026"})
	require.NoError(t, err)
	require.NotEmpty(t, o.Sections)
	texts, needed := readyTexts{}, 0
	for _, section := range o.Sections {
		if section.Needed {
			needed++
		}
		text, err := narrative.Parse(`{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Written for ` + section.ID + `."}]}]}`)
		require.NoError(t, err)
		texts = append(texts, narrative.Written{Section: section.ID, Language: khue.English, Text: text})
	}
	r, err := reports.New(x, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}, Texts: texts})
	require.NoError(t, err)
	paper := func(lang khue.Lang) document.Document {
		d, err := r.Build(t.Context(), reports.Order{ID: reports.MonitoringReport, Period: khue.MustParsePeriod("2026"), Lang: lang})
		require.NoError(t, err)
		return d
	}
	english, vietnamese := outline(paper(khue.English)), outline(paper(khue.Vietnamese))
	for _, section := range o.Sections {
		require.Contains(t, english, "Written for "+section.ID+".")
	}
	require.Equal(t, 7, needed, "what the form asks to be written")
	require.Greater(t, len(o.Sections), needed, "what no dataset holds can be filled in too, and may be left open")
	require.NotContains(t, english, "[To be written]")
	require.NotContains(t, english, "[Not in the data, to be added]")
	require.Contains(t, vietnamese, "[Phần cần viết]", "a language that nobody wrote in stays open in sight")
}

// readyTexts are texts that stand.
type readyTexts []narrative.Written

func (w readyTexts) Texts(context.Context, narrative.Of) ([]narrative.Written, error) { return w, nil }
