package dashboards

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
	"khue/state"
)

const (
	previewField    = "preview" // the language that is looked at
	downloadsListed = 50
)

// keptReportView is one report with its life.
type keptReportView struct {
	frameView
	Finding    string
	Number     int64
	Status     status
	About      []string
	Lacks      []string
	LacksWords string
	Facts      []fact // what it was made from
	Former     string // address of the one whose place it takes; "" is none
	Newer      string // address of the one that took its place; "" is none
	Files      []fileLine
	FilesNote  string     // why some files do not go out
	Aside      []fileLine // those, kept to compare with
	Edits      []editView
	EditsWords string // what people changed, in a sentence
	EditsFault string // why that cannot be told
	PDF        string // address that opens the paper in the reader's language
	Life       []lifeLine
	Shut       string
	Fault      string // why the last order was refused
	Acts       []actForm
	Once       string
	Seen       int
	Person     string
	Self       string // address of this page
	Preview    string // address of what is framed; "" when there is nothing to see
	PreviewIn  string // its language
	Previews   []navLink
	// PreviewNote says that what is framed is not what goes out, or why there is nothing to see.
	PreviewNote string
	Work        []workLine
	Others      []siblingLine // other versions, and former reports of the same kind
	Taken       []downloadLine
	TakenWords  string
	Sent        []deliveryLine
}

// fileLine is one kept file.
type fileLine struct{ Label, Language, Code, Format, Name, Size, Sum, Address string }

// lifeLine is one step.
type lifeLine struct{ Act, Person, Remark, When, Stamp string }

// actForm is something that can be done to a report where it stands.
type actForm struct {
	Name, Label, Why string
	Remark           string // label of the second field; "" when there is none
	Needed           bool   // the second field must be filled in
	Number           bool   // the second field is the number of the paper
	File             bool   // a Word file comes with it
	Value            string
	Open             bool // the form that is to be seen first
	Button           string
}

// siblingLine is another report to compare with.
type siblingLine struct {
	Title, Address, Compare string
	Status                  status
}

// downloadLine is one taking along.
type downloadLine struct{ Who, File, When, Stamp string }

func (s *Site) reportPage(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, previewField)
	if err != nil {
		_ = c.Error(err)
		return
	}
	r, ok := s.reportOf(c, c.Param("id"))
	if !ok {
		return
	}
	view, err := s.reportViewOf(c, r, values.Get(previewField))
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	view.Person = s.personOf(c)
	c.Header("Content-Security-Policy", framingPolicy)
	s.show(c, "report.html", view)
}

func (s *Site) reportViewOf(c *gin.Context, r state.Report, preview string) (keptReportView, error) {
	lang := langOf(c)
	title := s.reportTitle(lang, r)
	view := keptReportView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, reportsName, reportAddress(r.ID), url.Values{}, title), Number: r.ID, Seen: r.Seen(), Once: rand.Text(), Self: reportAddress(r.ID),
		Finding: title + ": " + s.standingWords(lang, r), Life: s.lifeOf(lang, r), Facts: s.madeFrom(lang, r),
		Work: s.workLines(lang, func(t task) bool { return t.key == actKey(r.ID) }),
	}
	view.Styles = []string{reportsStyle}
	if r.Status() == state.ReportDraft {
		view.Lacks, view.LacksWords = s.lacksOf(lang, r)
	}
	view.Status = s.reportStatus(lang, r.Status(), len(view.Lacks) > 0)
	if about, err := s.reports.About(r, lang); err == nil {
		view.About = about
	}
	if r.Issue != nil && r.Issue.Supersedes != 0 {
		view.Former = reportAddress(r.Issue.Supersedes)
	}
	view.Files, view.PDF = filesOf(lang, r)
	view.showPreview(lang, r, preview)
	view.Token, view.Named = s.forms.token(c), known(c)
	if err := s.actionDoor.shut(c, access.ReadReports); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
	} else if !slices.ContainsFunc(view.Work, func(l workLine) bool { return l.Going }) {
		view.Acts = slices.DeleteFunc(actsOf(lang, r, len(view.Lacks) > 0), func(a actForm) bool { return !mayAct(c, a.Name) })
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	if err := s.addEdits(ctx, lang, &view, r); err != nil {
		return view, err
	}
	if err := s.addTaken(ctx, lang, &view); err != nil {
		return view, err
	}
	if err := s.addSent(ctx, lang, &view); err != nil {
		return view, err
	}
	return view, s.addSiblings(ctx, c, lang, &view, r)
}

// standingWords say where a report stands, after its name.
func (s *Site) standingWords(lang khue.Lang, r state.Report) string {
	stands := s.reports.StatusText(r.Status()).In(lang)
	if r.Issue == nil {
		return stands
	}
	return stands + textf(", bản %[1]d, số %[2]s", ", version %[1]d, number %[2]s", r.Issue.Version, r.Issue.Number).In(lang)
}

func (s *Site) lifeOf(lang khue.Lang, r state.Report) []lifeLine {
	var out []lifeLine
	for _, p := range r.Steps {
		l := lifeLine{Act: capital(s.reports.ActText(p.Act).In(lang)), Person: p.Person, Remark: p.Remark, When: s.moment(lang, p.At), Stamp: stamp(p.At)}
		switch p.Act {
		case reportActs["issue"]:
			l.Remark = text("số ", "number ").In(lang) + p.Remark
		case state.ReportSuperseded:
			l.Remark = text("bởi văn bản số ", "by number ").In(lang) + p.Remark
		}
		out = append(out, l)
	}
	slices.Reverse(out)
	return out
}

// madeFrom is what a report was made from, for those who have to defend it.
func (s *Site) madeFrom(lang khue.Lang, r state.Report) []fact {
	var out []fact
	say := func(vi, en, value string) {
		if value != "" {
			out = append(out, fact{text(vi, en).In(lang), value})
		}
	}
	b := r.Build
	say("Số liệu được biết đến", "As known at", s.moment(lang, b.AsOf))
	madeAt, madeBy := b.MadeAt, b.MadeBy
	for _, p := range r.Steps { // a build that people's file came with was made before
		if r.Issue == nil && (p.Act == "drafted" || p.Act == reportActs["draft"]) {
			madeAt, madeBy = p.At, p.Person
		}
	}
	say("Lập lúc", "Made", s.moment(lang, madeAt)+" · "+madeBy)
	say("Số lần lập", "Made how many times", strconv.Itoa(b.Build))
	say("Định nghĩa báo cáo", "Definition of the report", r.Definition+" · "+b.DefinitionVersion)
	say("Định nghĩa số liệu", "Definitions of figures", b.Definitions)
	say("Chương trình", "Program", b.Program)
	if r.Issue != nil {
		say("Ban hành", "Issued", s.moment(lang, r.Issue.IssuedAt))
	}
	return out
}

// filesOf are the kept files, and the paper to open: that of the reader's language.
func filesOf(lang khue.Lang, r state.Report) (lines []fileLine, paper string) {
	files := slices.Clone(r.Build.Files)
	order := []string{pdfFormat, editedFormat, "docx", "xlsx", htmlFormat, modelFormat}
	slices.SortStableFunc(files, func(a, b state.ReportFile) int {
		if by := readersFirst(lang, a.Language, b.Language); by != 0 {
			return by
		}
		return slices.Index(order, a.Format) - slices.Index(order, b.Format)
	})
	for _, f := range files {
		l := fileLine{
			Label: capital(fileFormat(lang, f.Format)), Language: languageWord(lang, f.Language), Code: f.Language, Format: f.Format, Name: f.Name, Size: size(lang, f.Size), Sum: f.SHA256,
			Address: reportAddress(r.ID) + "/files/" + f.Language + "/" + f.Format,
		}
		lines = append(lines, l)
		if f.Format == pdfFormat && paper == "" {
			paper = l.Address + "?" + viewField + "=1"
		}
	}
	return lines, paper
}

// readersFirst puts the language of the reader before others.
func readersFirst(lang khue.Lang, a, b string) int {
	switch {
	case a == b:
		return 0
	case a == string(lang):
		return -1
	case b == string(lang):
		return 1
	}
	return strings.Compare(a, b)
}

func languageWord(lang khue.Lang, code string) string {
	switch khue.Lang(code) {
	case khue.Vietnamese:
		return text("tiếng Việt", "Vietnamese").In(lang)
	case khue.English:
		return text("tiếng Anh", "English").In(lang)
	}
	return code
}

// showPreview chooses the paper to look at: the language asked for, else the
// reader's, else the one there is.
func (view *keptReportView) showPreview(lang khue.Lang, r state.Report, asked string) {
	var there []string
	for _, f := range r.Build.Files {
		if f.Format == htmlFormat {
			there = append(there, f.Language)
		}
	}
	if len(there) == 0 {
		return
	}
	slices.SortFunc(there, func(a, b string) int { return readersFirst(lang, a, b) })
	view.PreviewIn = there[0]
	if slices.Contains(there, asked) {
		view.PreviewIn = asked
	}
	view.Preview = reportAddress(r.ID) + "/preview/" + view.PreviewIn
	if len(there) < 2 {
		return
	}
	for _, code := range there {
		view.Previews = append(view.Previews, navLink{address(reportAddress(r.ID), url.Values{previewField: {code}}, "") + "#preview", capital(languageWord(lang, code)), code == view.PreviewIn})
	}
}

// actsOf is what can be done to a report where it stands. One that lacks something
// can only be made again.
func actsOf(lang khue.Lang, r state.Report, lacking bool) []actForm {
	t := func(vi, en string) string { return text(vi, en).In(lang) }
	again := actForm{
		Name: "draft", Label: t("Lập lại theo số liệu mới nhất", "Draft it again by the newest data"), Button: t("Lập lại", "Draft again"),
		Why: t("Nội dung được lập lại theo những gì biết đến lúc này; các tệp trước được thay.", "It is made again by what is known now; its files are replaced."),
	}
	back := actForm{Name: "return", Label: t("Trả lại người lập", "Return it to its makers"), Remark: t("Lý do", "Reason"), Needed: true, Button: t("Trả lại", "Return")}
	hand := actForm{
		Name: editName, File: true, Label: t("Tải lên tệp Word đã sửa", "Upload a Word file that was edited"), Remark: t("Đã sửa gì, vì sao (không bắt buộc)", "What was changed, and why (optional)"), Button: t("Tải lên", "Upload"),
		Why: t("Sửa đúng tệp Word tải ở dưới, bằng Word hoặc LibreOffice. Báo cáo trở lại là dự thảo, phải trình và duyệt lại; người tải lên không được duyệt. Khi ban hành, tệp này thay tệp Word của ngôn ngữ đó; PDF và trang web không ban hành.",
			"Edit the very Word file from below, in Word or LibreOffice. The report is a draft again and has to be submitted and approved anew; who uploads may not approve. When it is issued, this takes the place of the Word file of its language; PDF and web page are not issued."),
	}
	switch r.Status() {
	case state.ReportDraft:
		if lacking {
			again.Open = true
			return []actForm{again}
		}
		return []actForm{{
			Name: "submit", Label: t("Trình duyệt", "Submit for review"), Remark: t("Lời nhắn cho người duyệt (không bắt buộc)", "Message to the reviewer (optional)"), Button: t("Trình duyệt", "Submit"), Open: true,
			Why: t("Hệ thống lập lại báo cáo theo đúng thời điểm của nó để chắc chắn nội dung không đổi, nên mất vài giây.", "The report is made again as of its moment, to be sure that it is the same; this takes some seconds."),
		}, hand, again}
	case state.ReportInReview:
		return []actForm{{
			Name: "approve", Label: t("Duyệt", "Approve"), Remark: t("Ý kiến (không bắt buộc)", "Remark (optional)"), Button: t("Duyệt", "Approve"), Open: true,
			Why: t("Người đã lập, sửa hoặc trình báo cáo này không được duyệt nó.", "Whoever drafted, edited or submitted this report may not approve it."),
		}, back, hand}
	case state.ReportApproved:
		return []actForm{{
			Name: "issue", Label: t("Ban hành", "Issue"), Remark: t("Số văn bản do văn thư cấp", "Number that the clerk gave"), Needed: true, Number: true, Button: t("Ban hành", "Issue"), Open: true,
			Why: t("Số và ngày được ghi lên văn bản; ngoài ra giữ đúng bản đã duyệt. Mất vài giây.", "The number and the day are put on the paper; all else stays as it was approved. This takes some seconds."),
		}, back, hand}
	case state.ReportIssued:
		again.Label, again.Button = t("Lập bản thay thế", "Draft what is to take its place"), t("Lập dự thảo", "Draft")
		again.Why = t("Bản mới lấy số liệu biết đến lúc này và kể những gì đã điều chỉnh so với bản này. Bản này vẫn giữ nguyên.", "The new one takes what is known now and lists what changed since this one, which stays as it is.")
		return []actForm{again}
	}
	return nil
}

// addTaken adds who took files along.
func (s *Site) addTaken(ctx context.Context, lang khue.Lang, view *keptReportView) error {
	list, all, err := s.reports.Downloads(ctx, view.Number, downloadsListed)
	if err != nil {
		return err
	}
	for _, d := range list {
		l := downloadLine{Who: d.Person, File: d.Name, When: s.moment(lang, d.At), Stamp: stamp(d.At)}
		if l.Who == "" {
			l.Who = text("không ghi tên", "not named").In(lang)
		}
		view.Taken = append(view.Taken, l)
	}
	switch {
	case all == 0:
		view.TakenWords = text("Chưa ai tải tệp nào.", "Nobody has taken a file along yet.").In(lang)
	case all > len(list):
		view.TakenWords = textf("%[1]s lượt tải; dưới đây là %[2]d lượt gần nhất, tất cả có trong khue report downloads %[3]d.", "%[1]s downloads; the newest %[2]d are below, all of them in khue report downloads %[3]d.",
			locale.Number(lang, float64(all), 0), len(list), view.Number).In(lang)
	default:
		view.TakenWords = textf("%s lượt tải.", "%s "+plural(all, "download", "downloads")+".", locale.Number(lang, float64(all), 0)).In(lang)
	}
	return nil
}

// siblingsListed bounds the other reports on a page; the list has the rest.
const siblingsListed = 8

// addSiblings adds the other versions first, then other periods of the same kind.
func (s *Site) addSiblings(ctx context.Context, c *gin.Context, lang khue.Lang, view *keptReportView, r state.Report) error {
	all, err := s.reports.Lines(ctx)
	if err != nil {
		return err
	}
	all, _ = s.shown(c, all)
	all = slices.DeleteFunc(all, func(l state.ReportLine) bool { return l.ID == r.ID || l.Definition != r.Definition })
	slices.SortStableFunc(all, func(a, b state.ReportLine) int {
		far := func(l state.ReportLine) int {
			if l.Subject == r.Subject {
				return 0
			}
			return 1
		}
		return far(a) - far(b)
	})
	for _, l := range all {
		if r.Status() == state.ReportSuperseded && l.Subject == r.Subject && l.Version == r.Issue.Version+1 {
			view.Newer = reportAddress(l.ID)
		}
	}
	for _, l := range all[:min(len(all), siblingsListed)] {
		one := lineReport(l)
		title := textf("Báo cáo số %d", "Report %d", l.ID).In(lang)
		if l.Subject != r.Subject {
			title += ", " + strings.TrimPrefix(s.reportTitle(lang, one), s.kindOf(l.Definition).Title.In(lang)+", ")
		}
		if l.Version > 0 {
			title += textf(", bản %[1]d, số %[2]s", ", version %[1]d, number %[2]s", l.Version, l.Number).In(lang)
		}
		was, is := l.ID, r.ID
		if was > is {
			was, is = is, was
		}
		view.Others = append(view.Others, siblingLine{
			Title: title, Address: reportAddress(l.ID), Status: s.reportStatus(lang, l.Status, false),
			Compare: compareAddress(was, is),
		})
	}
	return nil
}
