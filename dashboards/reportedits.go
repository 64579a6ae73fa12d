package dashboards

import (
	"context"
	"slices"
	"strings"

	"khue"
	"khue/locale"
	"khue/reports/edited"
	"khue/state"
)

// editedFormat is the format of a Word file that people edited.
const editedFormat = "edited"

// Bounds of what a page lists of one file; the command line has all.
const (
	editedNumbers = 200
	editedLines   = 300
)

// editView is what people changed in one Word file.
type editView struct {
	Code, Title string
	Who         string
	Words       string // how much was changed
	Numbers     []editedNumber
	Lines       []editedLine
	More        string // how much is not listed
	Edited      string // address of the file as it was handed back
	Made        string // address of the file as it was made
}

type editedNumber struct{ Where, Was, Is string }

type editedLine struct {
	Where  string
	Pieces []edited.Piece
	Moved  bool
}

// addEdits adds what people changed, and says what that means for the other files.
func (s *Site) addEdits(ctx context.Context, lang khue.Lang, view *keptReportView, r state.Report) error {
	if !slices.ContainsFunc(r.Build.Files, func(f state.ReportFile) bool { return f.Edited != nil }) {
		return nil
	}
	all, err := s.reports.Edits(ctx, r)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		view.EditsFault = sentence(khue.MessageOf(err).In(lang))
	}
	slices.SortStableFunc(all, func(a, b edited.Report) int { return readersFirst(lang, a.Language, b.Language) })
	var brief []string
	for _, one := range all {
		e := s.editOf(lang, r, one)
		view.Edits = append(view.Edits, e)
		brief = append(brief, e.Title+": "+e.Who+"; "+e.Words)
	}
	view.EditsWords = strings.Join(brief, " ")
	for i, a := range view.Acts {
		switch a.Name {
		case "approve":
			view.Acts[i].Why += " " + text("Tệp Word đã có người sửa: hãy xem những chỗ sửa trước khi duyệt.", "People edited a Word file: look at what they changed before you approve.").In(lang)
		case "draft":
			if r.Issue == nil {
				view.Acts[i].Why += " " + text("Tệp Word đã sửa không đi theo: phải sửa và tải lên lại.", "The edited Word file does not come along: it has to be edited and uploaded again.").In(lang)
			}
		case "issue":
			view.Acts[i].Why += " " + text("Tệp Word đã sửa ra đi đúng như đã duyệt: số và ngày trên đó do văn thư ghi.", "The edited Word file leaves exactly as it was approved: the clerk writes its number and day.").In(lang)
		}
	}
	s.sortOutFiles(lang, view, r)
	return nil
}

func (s *Site) editOf(lang khue.Lang, r state.Report, one edited.Report) editView {
	e := one.File.Edited
	view := editView{
		Code: one.Language, Title: textf("Tệp Word %s", "Word file, %s", languageWord(lang, one.Language)).In(lang),
		Who:    textf("%[1]s sửa, tải lên %[2]s", "edited by %[1]s, uploaded %[2]s", e.Person, s.moment(lang, e.At)).In(lang),
		Edited: reportAddress(r.ID) + "/files/" + one.Language + "/" + editedFormat, Made: reportAddress(r.ID) + "/files/" + one.Language + "/docx",
	}
	view.Words = editWords(lang, one.Comparison)
	for _, n := range one.Numbers[:min(len(one.Numbers), editedNumbers)] {
		view.Numbers = append(view.Numbers, editedNumber{editedWhere(n.Place), n.Was, n.Is})
	}
	for _, c := range one.Changes[:min(len(one.Changes), editedLines)] {
		view.Lines = append(view.Lines, editedLine{editedWhere(c.Place), c.Pieces, c.Moved})
	}
	if left := max(len(one.Numbers)-editedNumbers, 0) + max(len(one.Changes)-editedLines, 0); left > 0 {
		view.More = textf("Còn %[1]s chỗ nữa; tất cả có trong khue report edits %[2]d.", "%[1]s more; all of them in khue report edits %[2]d.", locale.Number(lang, float64(left), 0), r.ID).In(lang)
	}
	return view
}

// editWords say how much was changed.
func editWords(lang khue.Lang, c edited.Comparison) string {
	count := func(n int) string { return locale.Number(lang, float64(n), 0) }
	var words string
	switch {
	case len(c.Changes) == 0:
		words = text("lời văn và số liệu đúng như bản phần mềm lập.", "words and numbers are as they were made.").In(lang)
	case len(c.Numbers) == 0:
		words = textf("không con số nào bị đổi, %[1]s trong %[2]s đoạn khác bản phần mềm lập.", "no number was changed, %[1]s of %[2]s paragraphs differ from what was made.", count(len(c.Changes)), count(c.Lines)).In(lang)
	default:
		words = textf("%[1]s con số và %[2]s trong %[3]s đoạn khác bản phần mềm lập.", "%[1]s "+plural(len(c.Numbers), "number", "numbers")+" and %[2]s of %[3]s paragraphs differ from what was made.",
			count(len(c.Numbers)), count(len(c.Changes)), count(c.Lines)).In(lang)
	}
	switch {
	case c.Pictures > 0:
		words += " " + textf("Có thêm %s hình.", "%s more "+plural(c.Pictures, "picture", "pictures")+".", count(c.Pictures)).In(lang)
	case c.Pictures < 0:
		words += " " + textf("Bớt %s hình.", "%s fewer "+plural(-c.Pictures, "picture", "pictures")+".", count(-c.Pictures)).In(lang)
	}
	return words
}

func editedWhere(p edited.Place) string {
	return strings.Join(slices.DeleteFunc([]string{p.Section, p.Row, p.Column}, func(s string) bool { return s == "" }), " › ")
}

// sortOutFiles puts the files that do not go out aside, and says why they do not.
func (s *Site) sortOutFiles(lang khue.Lang, view *keptReportView, r state.Report) {
	aside := map[string]bool{}
	var languages []string
	for _, f := range r.Build.Files {
		aside[f.Language+"/"+f.Format] = s.reports.Replaced(r, f)
		if f.Edited != nil {
			languages = append(languages, languageWord(lang, f.Language))
		}
	}
	for _, l := range view.Files {
		if aside[l.Code+"/"+l.Format] {
			view.Aside = append(view.Aside, l)
		}
	}
	view.Files = slices.DeleteFunc(view.Files, func(l fileLine) bool { return aside[l.Code+"/"+l.Format] })
	which := strings.Join(languages, text(" và ", " and ").In(lang))
	view.FilesNote = textf("Tệp Word %[1]s đã có người sửa nên bản PDF và trang web %[1]s không được ban hành: lời của chúng không còn khớp. Bảng tính giữ số liệu phần mềm lập.",
		"People edited the Word file in %[1]s, so its PDF and web page are not issued: they no longer say the same. The workbook has the figures as they were made.", which).In(lang)
	if aside[view.PreviewIn+"/"+htmlFormat] {
		view.PreviewNote = text("Đây là bản phần mềm lập, trước khi có người sửa. Bản sẽ ban hành là tệp Word đã sửa.", "This is what was made, before people edited it. What will be issued is the edited Word file.").In(lang)
	} else if r.Issue != nil && view.Preview != "" && view.PreviewIn != string(lang) {
		view.PreviewNote = textf("Tệp Word %[1]s đã có người sửa nên không có bản xem trước; dưới đây là bản %[2]s.", "People edited the Word file in %[1]s, so there is no preview of it; below is the one in %[2]s.", which, languageWord(lang, view.PreviewIn)).In(lang)
	} else if view.Preview == "" {
		view.PreviewNote = text("Không có bản xem trước vì tệp Word đã có người sửa; hãy mở tệp Word.", "There is no preview, since people edited the Word file; open that.").In(lang)
	}
	if aside[string(lang)+"/"+pdfFormat] || !slices.ContainsFunc(r.Build.Files, func(f state.ReportFile) bool { return f.Format == pdfFormat && f.Language == string(lang) }) {
		view.PDF = "" // the paper of another language would be taken for the reader's
	}
}
