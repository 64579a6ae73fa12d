package archive_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/archive"
	"khue/reports/document/documenttest"
	"khue/reports/docx"
	"khue/reports/edited"
	"khue/reports/edited/editedtest"
	"khue/state"
)

// wordFile is a Word file as it is made for a draft.
func wordFile(t *testing.T, mark string, lang khue.Lang) []byte {
	t.Helper()
	d := documenttest.Narrative(lang)
	d.Mark = mark
	var out bytes.Buffer
	require.NoError(t, docx.Write(&out, d, nil))
	return out.Bytes()
}

// byPeople is that file after people edited it: one word is another.
func byPeople(t *testing.T, mark string, lang khue.Lang, word string) []byte {
	t.Helper()
	return editedtest.Replaced(t, wordFile(t, mark, lang), editedtest.Body, ">nghiêng<", ">"+word+"<")
}

// paper adds a draft of two languages with its Word files, and leads it to a status.
func paper(t *testing.T, s *state.Store, subject, mark, lacks string, to ...state.ReportStep) state.Report {
	t.Helper()
	frozen, err := json.Marshal(map[string]string{"mark": mark})
	require.NoError(t, err)
	build := state.ReportBuild{AsOf: now, Frozen: string(frozen), Languages: []string{"vi", "en"}, DefinitionVersion: "1", Definitions: "abc", Program: "dev", Asked: "[]", Lacks: lacks, MadeBy: "Lan"}
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		for format, content := range map[string][]byte{"docx": wordFile(t, mark, lang), "pdf": []byte("%PDF " + lang), "html": []byte("<p>" + lang), "xlsx": []byte("PK " + lang), "model": []byte(`{"lang":"` + lang + `"}`)} {
			sums, err := s.KeepContents(t.Context(), now, content)
			require.NoError(t, err)
			build.Files = append(build.Files, state.ReportFile{Language: string(lang), Format: format, Name: "bc_" + string(lang) + "." + format, MediaType: "x/y", SHA256: sums[0], Size: int64(len(content))})
		}
	}
	id, err := s.AddReport(t.Context(), state.Report{Subject: subject, Definition: "progress", Period: "2025", Parameters: `{"confidential":false}`}, state.ReportAct{
		Step: state.ReportStep{Act: archive.Drafted, Status: state.ReportDraft, Person: "Lan"}, Build: &build,
	}, now)
	require.NoError(t, err)
	for i, p := range to {
		require.NoError(t, s.ActOnReport(t.Context(), id, i+1, state.ReportAct{Step: p}, now))
	}
	r, err := s.Report(t.Context(), id)
	require.NoError(t, err)
	return r
}

func to(act, status, person string) state.ReportStep {
	return state.ReportStep{Act: act, Status: status, Person: person}
}

func editedOf(r state.Report) map[string]state.ReportFile {
	out := map[string]state.ReportFile{}
	for _, f := range r.Build.Files {
		if f.Edited != nil {
			out[f.Language] = f
		}
	}
	return out
}

func TestAnEditedWordFileMakesTheReportADraftAgainWhereverItStood(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, s := open()
		submitted, approved := to(archive.Submitted, state.ReportInReview, "Lan"), to(archive.Approved, state.ReportApproved, "Hoa")
		for subject, steps := range map[string][]state.ReportStep{"draft": nil, "in review": {submitted}, "approved": {submitted, approved}} {
			r := paper(t, s, subject, "mark-"+subject, "[]", steps...)
			r, err := a.Edit(t.Context(), r.ID, khue.Vietnamese, byPeople(t, "mark-"+subject, khue.Vietnamese, "xiên"), "Minh", "theo biên bản")
			require.NoError(t, err, subject)
			require.Equal(t, state.ReportDraft, r.Status())
			last := r.Steps[len(r.Steps)-1]
			require.Equal(t, []string{archive.Edited, "Minh", "theo biên bản"}, []string{last.Act, last.Person, last.Remark})
			require.Len(t, r.Build.Files, 11, "the files that were made are all still there")
			f := editedOf(r)["vi"]
			require.Equal(t, "bc_vi_edited.docx", f.Name)
			content, err := a.File(t.Context(), f)
			require.NoError(t, err)
			require.Equal(t, byPeople(t, "mark-"+subject, khue.Vietnamese, "xiên"), content)
		}
	})
}

func TestEachLanguageHasOneEditedFileAndTheNewestCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, s := open()
		r := paper(t, s, "x", "m", "[]")
		none, err := a.Edits(t.Context(), r)
		require.NoError(t, err)
		require.Empty(t, none)
		for _, one := range []struct {
			lang       khue.Lang
			word, whom string
		}{{khue.Vietnamese, "xiên", "Minh"}, {khue.English, "slanted 7", "Bình"}, {khue.Vietnamese, "chéo 12", "Dũng"}} {
			r, err = a.Edit(t.Context(), r.ID, "", byPeople(t, "m", one.lang, one.word), one.whom, "")
			require.NoError(t, err)
		}
		require.Len(t, editedOf(r), 2)
		require.Equal(t, "Dũng", editedOf(r)["vi"].Edited.Person)
		found, err := a.Edits(t.Context(), r)
		require.NoError(t, err)
		require.Len(t, found, 2)
		for _, one := range found {
			was := map[string]string{"vi": "12", "en": "7"}[one.Language]
			require.Equal(t, "bc_"+one.Language+".docx", one.Made)
			require.Len(t, one.Changes, 1)
			require.Len(t, one.Numbers, 1)
			require.Equal(t, was, one.Numbers[0].Is)
			require.Contains(t, one.Changes[0].Pieces, edited.Piece{Op: edited.Gone, Text: "nghiêng"})
		}
		for _, f := range r.Build.Files {
			gone := f.Edited == nil && (f.Format == "docx" || f.Format == "pdf" || f.Format == "html")
			require.Equal(t, gone, archive.Replaced(r.Build, f), "%s %s", f.Language, f.Format)
		}
	})
}

func TestAnEditedFileThatDoesNotBelongHereIsRefusedAndNothingIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, s := open()
		steps := []state.ReportStep{to(archive.Submitted, state.ReportInReview, "Lan"), to(archive.Approved, state.ReportApproved, "Hoa"), to(archive.Issued, state.ReportIssued, "Văn thư"), to("superseded", state.ReportSuperseded, "Văn thư")}
		fine, older := paper(t, s, "fine", "m", "[]"), paper(t, s, "older", "", "[]")
		issued, superseded := paper(t, s, "issued", "m", "[]", steps[:3]...), paper(t, s, "superseded", "m", "[]", steps...)
		lacking := paper(t, s, "lacking", "m", `[{"vi":"thiếu số liệu","en":"no data"}]`)
		good := byPeople(t, "m", khue.Vietnamese, "xiên")
		for _, c := range []struct {
			name    string
			r       state.Report
			in      khue.Lang
			content []byte
			by      string
			kind    khue.Kind
			vi, en  string
		}{
			{"of another draft", fine, "", byPeople(t, "another", khue.Vietnamese, "xiên"), "Minh", khue.Conflict, "là của báo cáo hoặc bản dự thảo khác", "is of another report or another draft"},
			{"without a mark", fine, "", byPeople(t, "", khue.Vietnamese, "xiên"), "Minh", khue.Invalid, "không mang dấu của báo cáo nào", "has no mark of any report"},
			{"of a report that was never marked", older, "", good, "Minh", khue.Conflict, "hãy lập lại dự thảo", "draft it again"},
			{"of another language than was said", fine, khue.English, good, "Minh", khue.Invalid, `bản ngôn ngữ "vi", không phải "en"`, `in the language "vi", not "en"`},
			{"as it was made", fine, "", wordFile(t, "m", khue.Vietnamese), "Minh", khue.Conflict, "chưa ai sửa gì", "nobody has edited it"},
			{"no Word file", fine, "", []byte("%PDF-1.7"), "Minh", khue.Invalid, "tệp PDF", "a PDF file"},
			{"nobody's", fine, "", good, " ", khue.Invalid, "tên người thao tác", "the name of who acts"},
			{"for an issued report", issued, "", good, "Minh", khue.Conflict, "chỉ nhận tệp Word đã sửa khi báo cáo chưa ban hành", "only before a report is issued"},
			{"for a superseded report", superseded, "", good, "Minh", khue.Conflict, "chỉ nhận tệp Word đã sửa khi báo cáo chưa ban hành", "only before a report is issued"},
			{"for a draft that lacks something", lacking, "", good, "Minh", khue.Conflict, "vẫn là dự thảo vì chưa đủ: thiếu số liệu", "not complete: no data"},
			{"for a report that is not there", state.Report{ID: 99}, "", good, "Minh", khue.NotFound, "không có báo cáo số 99", "there is no report 99"},
		} {
			_, err := a.Edit(t.Context(), c.r.ID, c.in, c.content, c.by, "")
			require.Equal(t, c.kind, khue.KindOf(err), "%s: %v", c.name, err)
			require.Contains(t, khue.ToldOf(err, khue.Vietnamese), c.vi, c.name)
			require.Contains(t, khue.ToldOf(err, khue.English), c.en, c.name)
			if c.r.ID != 99 {
				now, err := a.Report(t.Context(), c.r.ID)
				require.NoError(t, err)
				require.Equal(t, c.r, now, c.name)
			}
		}
		_, err := a.Seeing(7).Edit(t.Context(), fine.ID, "", good, "Minh", "")
		require.Contains(t, khue.ToldOf(err, khue.English), "since this page was opened")
	})
}

func TestOfTwoWhoHandBackAtOnceOneIsToldToLookAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		first, s := open()
		r := paper(t, s, "x", "m", "[]")
		people := []string{"Minh", "Bình", "Dũng"}
		faults := make([]error, len(people))
		var all sync.WaitGroup
		for i, person := range people {
			a, _ := open()
			content := byPeople(t, "m", khue.Vietnamese, "xiên "+person)
			all.Go(func() { _, faults[i] = a.Seeing(r.Seen()).Edit(t.Context(), r.ID, "", content, person, "") })
		}
		all.Wait()
		got, err := first.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Len(t, got.Steps, 2)
		require.Len(t, editedOf(got), 1)
		for i, err := range faults {
			if people[i] == editedOf(got)["vi"].Edited.Person {
				require.NoError(t, err)
				continue
			}
			require.Equal(t, khue.Conflict, khue.KindOf(err), "%v", err)
		}
	})
}
