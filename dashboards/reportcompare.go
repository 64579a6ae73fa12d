package dashboards

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/locale"
	"khue/state"
)

// Fields of the comparison: the earlier report and the later.
const (
	wasField = "a"
	isField  = "b"
)

// changesListed bounds the differences on a page in one language.
const changesListed = 400

// reportCompareView is what two reports say otherwise.
type reportCompareView struct {
	frameView
	Finding, Kind string
	Was, Is       reportLine
	Choices       [2][]choice // reports of the kind: the earlier and the later
	Parts         []comparedLanguage
	Edited        string // which of the two has a Word file that people edited; "" is none
}

// comparedLanguage is what differs in one language.
type comparedLanguage struct {
	Code, Language string
	Words          string // how much differs
	Sections       []comparedSection
	More           string // how much is not listed
	Evidence       string // what differs in evidence and form
}

type comparedSection struct {
	Title string
	Lines []comparedLine
}

// comparedLine is one difference.
type comparedLine struct {
	Where   string
	Was, Is string
	By      string
	What    string // new, gone or changed
}

func (s *Site) reportComparePage(c *gin.Context) {
	lang := langOf(c)
	values, err := readQuery(c.Request.URL.RawQuery, wasField, isField)
	if err != nil {
		_ = c.Error(err)
		return
	}
	was, ok := s.reportOf(c, values.Get(wasField))
	if !ok {
		return
	}
	is, ok := s.reportOf(c, values.Get(isField))
	if !ok {
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	found, err := s.reports.Compare(ctx, was, is)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	all, err := s.reports.Lines(ctx)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	all, _ = s.shown(c, all)
	view := reportCompareView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, reportsName, comparePath, keep(values, wasField, isField), text("So sánh hai báo cáo", "Two reports compared").In(lang)),
		Kind:      s.kindOf(is.Definition).Title.In(lang),
	}
	view.Styles = []string{reportsStyle}
	for _, l := range all {
		if l.Definition != is.Definition {
			continue
		}
		if l.ID == was.ID {
			view.Was = s.reportLineOf(lang, l)
		}
		if l.ID == is.ID {
			view.Is = s.reportLineOf(lang, l)
		}
		for i, chosen := range []int64{was.ID, is.ID} {
			view.Choices[i] = append(view.Choices[i], choice{strconv.FormatInt(l.ID, 10), s.comparedName(lang, l), l.ID == chosen})
		}
	}
	slices.SortStableFunc(found, func(a, b ReportComparison) int { return readersFirst(lang, a.Language, b.Language) })
	for _, one := range found {
		view.Parts = append(view.Parts, comparedIn(lang, one))
	}
	view.Edited = editedWords(lang, was, is)
	view.Finding = comparedFinding(lang, view.Kind, was, is, found)
	s.show(c, "reportcompare.html", view)
}

// editedWords say which of two reports went out with words of people that are not
// compared here.
func editedWords(lang khue.Lang, both ...state.Report) string {
	var which []string
	for _, r := range both {
		if slices.ContainsFunc(r.Build.Files, func(f state.ReportFile) bool { return f.Edited != nil }) {
			which = append(which, strconv.FormatInt(r.ID, 10))
		}
	}
	if len(which) == 0 {
		return ""
	}
	return textf("So sánh này là của bản phần mềm lập. Tệp Word của báo cáo số %s đã có người sửa; chỗ sửa xem ở trang báo cáo.", "This compares what was made. People edited a Word file of report %s; what they changed is on its page.",
		strings.Join(which, text(" và ", " and ").In(lang))).In(lang)
}

// comparedName is a report in the list to choose from.
func (s *Site) comparedName(lang khue.Lang, l state.ReportLine) string {
	name := textf("Số %d", "No. %d", l.ID).In(lang) + ": " + periodWords(lang, l.Period)
	if about, err := s.reports.About(lineReport(l), lang); err == nil {
		for _, word := range about {
			name += ", " + word
		}
	}
	if l.Number != "" {
		return name + ", " + l.Number
	}
	return name + ", " + s.reports.StatusText(l.Status).In(lang)
}

func comparedFinding(lang khue.Lang, kind string, was, is state.Report, found []ReportComparison) string {
	most := 0
	for _, one := range found {
		most = max(most, len(one.Changes))
	}
	ids := textf("báo cáo số %[1]d và số %[2]d", "reports %[1]d and %[2]d", was.ID, is.ID).In(lang)
	if most == 0 {
		return kind + text(": nội dung giống nhau ở ", ": the same in ").In(lang) + ids
	}
	number := locale.Number(lang, float64(most), 0)
	return kind + textf(": %s chỗ khác nhau giữa ", ": %s "+plural(most, "difference", "differences")+" between ", number).In(lang) + ids
}

// comparedIn writes what differs in one language, by section.
func comparedIn(lang khue.Lang, one ReportComparison) comparedLanguage {
	out := comparedLanguage{Code: one.Language, Language: languageWord(lang, one.Language)}
	n := func(v int) string { return locale.Number(lang, float64(v), 0) }
	switch {
	case one.Values == 0:
		out.Words = text("Giống hệt nhau.", "They are the same in every value.").In(lang)
	case len(one.Changes) == 0:
		out.Words = text("Chữ và số giống nhau.", "The same in words and numbers.").In(lang)
	default:
		out.Words = textf("%s chỗ khác nhau về chữ hoặc số.", "%s "+plural(len(one.Changes), "difference", "differences")+" in words or numbers.", n(len(one.Changes))).In(lang)
	}
	if one.Evidence > 0 {
		out.Evidence = textf("Phụ lục căn cứ số liệu (câu hỏi, lô dữ liệu, thời điểm) khác ở %s giá trị.", "The annex of evidence (questions, batches, moments) differs in %s "+plural(one.Evidence, "value", "values")+".", n(one.Evidence)).In(lang)
	} else if one.Values > 0 && len(one.Changes) == 0 {
		out.Evidence = textf("%s giá trị về hình thức khác nhau.", "%s "+plural(one.Values, "value", "values")+" of form "+plural(one.Values, "differs", "differ")+".", n(one.Values)).In(lang)
	}
	listed := one.Changes[:min(len(one.Changes), changesListed)]
	if more := len(one.Changes) - len(listed); more > 0 {
		out.More = textf("Còn %s chỗ khác nhau nữa không liệt kê ở đây.", "%s more "+plural(more, "difference is", "differences are")+" not listed here.", n(more)).In(lang)
	}
	for _, change := range listed {
		title := change.Section
		if title == "" {
			title = text("Phần đầu văn bản", "Head of the paper").In(lang)
		}
		i := slices.IndexFunc(out.Sections, func(s comparedSection) bool { return s.Title == title })
		if i < 0 {
			out.Sections = append(out.Sections, comparedSection{Title: title})
			i = len(out.Sections) - 1
		}
		out.Sections[i].Lines = append(out.Sections[i].Lines, comparedLineOf(lang, change))
	}
	return out
}

func comparedLineOf(lang khue.Lang, change ReportChange) comparedLine {
	l := comparedLine{Was: change.Was, Is: change.Is, By: change.By}
	for _, word := range []string{change.Table, change.Row, change.Column} {
		switch {
		case word == "":
		case l.Where == "":
			l.Where = word
		default:
			l.Where += " › " + word
		}
	}
	if l.Where == "" {
		l.Where = text("Đoạn văn", "Text").In(lang)
	}
	switch {
	case change.Was == "":
		l.What = text("mới có", "new").In(lang)
	case change.Is == "":
		l.What = text("không còn", "gone").In(lang)
	}
	return l
}

// compareAddress leads to the comparison of two reports.
func compareAddress(was, is int64) string {
	return address(comparePath, url.Values{wasField: {strconv.FormatInt(was, 10)}, isField: {strconv.FormatInt(is, 10)}}, "")
}
