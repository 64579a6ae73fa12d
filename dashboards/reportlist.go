package dashboards

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
	"khue/state"
)

// Filters of the list of reports beside those that other lists have too.
const (
	definitionName = "definition"
	statusName     = "status"
	reportsOnPage  = 30
)

var reportStatuses = []string{state.ReportDraft, state.ReportInReview, state.ReportApproved, state.ReportIssued, state.ReportSuperseded}

// reportFilter is what a reader chose of the reports.
type reportFilter struct {
	kind, period, status, text string
	page                       int
}

func parseReportFilter(rawQuery string) (reportFilter, error) {
	f := reportFilter{page: 1}
	values, err := readQuery(rawQuery, definitionName, periodName, statusName, textName, pageName)
	if err != nil {
		return f, err
	}
	f.kind, f.status, f.text = values.Get(definitionName), values.Get(statusName), strings.TrimSpace(values.Get(textName))
	if err := checkName(f.kind); err != nil {
		return f, err
	}
	if f.status != "" && !slices.Contains(reportStatuses, f.status) {
		list := strings.Join(reportStatuses, ", ")
		return f, khue.Errorf(khue.Invalid, "Không có tình trạng %q; hãy dùng một trong: %s.", "There is no status %q; use one of: %s.", short(f.status), list)
	}
	if utf8.RuneCountInString(f.text) > longestSought {
		return f, khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to look for is too long; at most %d characters.", longestSought)
	}
	if v := values.Get(periodName); v != "" {
		p, err := khue.ParsePeriod(v)
		if err != nil {
			return f, khue.Errorf(khue.Invalid, "Không có kỳ %q; hãy viết như 2026, 2026-Q3 hoặc 2026-10.", "There is no period %q; write one like 2026, 2026-Q3 or 2026-10.", short(v))
		}
		f.period = p.String()
	}
	f.page, err = pageOf(values)
	return f, err
}

func (f reportFilter) values(page int) url.Values {
	v := url.Values{}
	put(v, definitionName, f.kind)
	put(v, periodName, f.period)
	put(v, statusName, f.status)
	put(v, textName, f.text)
	if page > 1 {
		v.Set(pageName, strconv.Itoa(page))
	}
	return v
}

// takes tells whether the filter takes a report. Words are looked for at the
// beginnings of words, whatever their marks.
func (s *Site) takes(f reportFilter, l state.ReportLine) bool {
	if f.kind != "" && f.kind != l.Definition || f.period != "" && f.period != l.Period || f.status != "" && f.status != l.Status {
		return false
	}
	return f.text == "" || locale.Begin(locale.Words(s.soughtIn(l)), locale.Words(f.text))
}

// soughtIn is all of a report that words are looked for in.
func (s *Site) soughtIn(l state.ReportLine) string {
	words := []string{l.Definition, l.Period, l.Number, l.Person, strconv.FormatInt(l.ID, 10)}
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		words = append(words, s.reportTitle(lang, lineReport(l)), s.reports.StatusText(l.Status).In(lang))
	}
	return strings.Join(words, "\n")
}

// reportsView is what can be made and what was.
type reportsView struct {
	frameView
	Finding                  string
	Shut                     string // why nothing is drafted here; "" when it is
	Kinds, Periods, Statuses []choice
	Text                     string
	Changed                  bool
	Lines                    []reportLine
	Hidden                   string // how many are for the office's own use and not shown
	Paging                   pager
	Makable                  []kindCard
	Work                     []workLine
}

// reportLine is one report of the list.
type reportLine struct {
	Number            int64
	Address, Title    string
	About             []string
	Period            string
	Status            status
	Issued            string // version and number; "" until it is issued
	Act, Person, When string
	Stamp             string
	Lacks             []string
	LacksWords        string
	Superseded        bool
}

// kindCard is one report that can be made.
type kindCard struct{ ID, Title, Periods, Needs, Formats, Address string }

// workLine is work that goes on or that failed while nobody waited.
type workLine struct {
	What, When, Fault, Address string
	Going                      bool
}

func (s *Site) reportsPage(c *gin.Context) {
	lang := langOf(c)
	f, err := parseReportFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	all, err := s.reports.Lines(ctx)
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	all, hidden := s.shown(c, all)
	found := slices.DeleteFunc(slices.Clone(all), func(l state.ReportLine) bool { return !s.takes(f, l) })
	view := reportsView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, reportsName, reportsPath, f.values(f.page), text("Báo cáo", "Reports").In(lang)),
		Kinds:     s.kindChoices(lang, f.kind), Periods: reportPeriods(lang, f.period, all), Statuses: s.statusChoices(lang, f.status), Text: f.text,
		Changed: len(f.values(1)) > 0, Paging: pagerOf(lang, reportsPath, f.page, int64(len(found)), reportsOnPage, f.values),
		Makable: s.makable(lang), Work: s.workLines(lang, func(t task) bool { return true }),
	}
	view.Styles = []string{reportsStyle}
	if err := s.actionDoor.shut(c, access.Draft); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
	}
	if hidden > 0 {
		view.Hidden = textf("%s báo cáo dùng nội bộ không hiện ở đây: cần quyền xem số liệu không công bố.", "%s "+plural(hidden, "report", "reports")+" for the office's own use "+plural(hidden, "is", "are")+" not shown here: that takes the right to figures that are not published.",
			locale.Number(lang, float64(hidden), 0)).In(lang)
	}
	view.Finding = reportsFinding(lang, found, view.Changed)
	from := min((f.page-1)*reportsOnPage, len(found))
	for _, l := range found[from:min(from+reportsOnPage, len(found))] {
		view.Lines = append(view.Lines, s.reportLineOf(lang, l))
	}
	s.show(c, "reports.html", view)
}

// shown leaves out what may be shown to nobody, and counts it.
func (s *Site) shown(c *gin.Context, all []state.ReportLine) (list []state.ReportLine, hidden int) {
	for _, l := range all {
		if s.reports.Confidential(lineReport(l)) && !s.seesConfidential(c) {
			hidden++
			continue
		}
		list = append(list, l)
	}
	return list, hidden
}

func reportsFinding(lang khue.Lang, found []state.ReportLine, limited bool) string {
	waiting := 0
	for _, l := range found {
		if l.Status == state.ReportInReview {
			waiting++
		}
	}
	number := locale.Number(lang, float64(len(found)), 0)
	var out khue.Text
	switch {
	case len(found) == 0 && limited:
		return text("Không có báo cáo nào như vậy", "There is no such report").In(lang)
	case len(found) == 0:
		return text("Chưa có báo cáo nào", "There are no reports yet").In(lang)
	case limited:
		out = textf("Tìm thấy %s báo cáo", "%s "+plural(len(found), "report", "reports")+" found", number)
	default:
		out = textf("%s báo cáo", "%s "+plural(len(found), "report", "reports"), number)
	}
	if waiting > 0 {
		more := locale.Number(lang, float64(waiting), 0)
		return out.In(lang) + textf(", %s đang chờ duyệt", ", %s in review", more).In(lang)
	}
	return out.In(lang)
}

func (s *Site) reportLineOf(lang khue.Lang, l state.ReportLine) reportLine {
	r := lineReport(l)
	out := reportLine{
		Number: l.ID, Address: reportAddress(l.ID), Title: s.kindOf(l.Definition).Title.In(lang), Period: periodWords(lang, l.Period),
		Act: capital(s.reports.ActText(l.Act).In(lang)), Person: l.Person, When: s.moment(lang, l.At), Stamp: stamp(l.At), Superseded: l.Status == state.ReportSuperseded,
	}
	if about, err := s.reports.About(r, lang); err == nil {
		out.About = about
	}
	if l.Version > 0 {
		out.Issued = textf("bản %[1]d, số %[2]s", "version %[1]d, number %[2]s", l.Version, l.Number).In(lang)
	}
	if l.Status == state.ReportDraft {
		out.Lacks, out.LacksWords = s.lacksOf(lang, r)
	}
	out.Status = s.reportStatus(lang, l.Status, len(out.Lacks) > 0)
	return out
}

// lacksOf are the reasons why a report stays a draft, and how many they are in words.
func (s *Site) lacksOf(lang khue.Lang, r state.Report) (list []string, words string) {
	lacks, err := s.reports.Lacks(r)
	if err != nil {
		s.log.Warn("what a report lacks cannot be read", "report", r.ID, "error", err)
		return []string{text("Không đọc được báo cáo còn thiếu gì.", "What the report lacks cannot be read.").In(lang)}, text("còn thiếu", "incomplete").In(lang)
	}
	for _, l := range lacks {
		list = append(list, sentence(l.In(lang)))
	}
	return list, textf("còn thiếu %[1]d điều", "%[1]d "+plural(len(list), "thing", "things")+" missing", len(list)).In(lang)
}

func (s *Site) kindChoices(lang khue.Lang, chosen string) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), chosen == ""}}
	listed := chosen == ""
	for _, k := range s.reports.Kinds() {
		out = append(out, choice{k.ID, k.Title.In(lang), k.ID == chosen})
		listed = listed || k.ID == chosen
	}
	if !listed { // its definition is gone
		out = append(out, choice{chosen, chosen, true})
	}
	return out
}

func (s *Site) statusChoices(lang khue.Lang, chosen string) []choice {
	out := []choice{{"", text("tất cả", "all").In(lang), chosen == ""}}
	for _, one := range reportStatuses {
		out = append(out, choice{one, s.reports.StatusText(one).In(lang), one == chosen})
	}
	return out
}

// reportPeriods are the periods that there are reports of, the newest first.
func reportPeriods(lang khue.Lang, chosen string, all []state.ReportLine) []choice {
	there := map[string]bool{}
	if chosen != "" {
		there[chosen] = true
	}
	for _, l := range all {
		there[l.Period] = true
	}
	var periods []khue.Period
	for p := range there {
		if one, err := khue.ParsePeriod(p); err == nil {
			periods = append(periods, one)
		}
	}
	slices.SortFunc(periods, func(a, b khue.Period) int {
		if by := b.End().Compare(a.End()); by != 0 {
			return by
		}
		return a.Start().Compare(b.Start())
	})
	out := []choice{{"", text("tất cả", "all").In(lang), chosen == ""}}
	for _, p := range periods {
		out = append(out, choice{p.String(), locale.PeriodName(lang, p), p.String() == chosen})
	}
	return out
}

var grainNames = map[khue.Grain]khue.Text{
	khue.Year: text("năm", "year"), khue.HalfYear: text("nửa năm", "half-year"), khue.Quarter: text("quý", "quarter"), khue.Month: text("tháng", "month"), khue.Week: text("tuần", "week"), khue.Day: text("ngày", "day"),
}

// makable are the reports that can be made.
func (s *Site) makable(lang khue.Lang) []kindCard {
	var out []kindCard
	for _, k := range s.reports.Kinds() {
		var grains, formats []string
		for _, g := range k.Grains {
			grains = append(grains, grainNames[g].In(lang))
		}
		for _, f := range k.Formats {
			formats = append(formats, fileFormat(lang, f))
		}
		card := kindCard{
			ID: k.ID, Title: k.Title.In(lang), Address: address(newReportPath, url.Values{definitionName: {k.ID}}, ""), Formats: strings.Join(formats, ", "),
			Periods: text("theo ", "by ").In(lang) + strings.Join(grains, text(", ", ", ").In(lang)),
		}
		switch {
		case k.NeedsArea:
			card.Needs = text("cho một phường, xã", "for one ward or commune").In(lang)
		case k.NeedsEdition:
			card.Needs = text("cho một kỳ lễ hội", "for one edition of a festival").In(lang)
		}
		out = append(out, card)
	}
	return out
}

// workLines tell of work that goes on, and of what failed while nobody waited for it.
func (s *Site) workLines(lang khue.Lang, of func(t task) bool) []workLine {
	var out []workLine
	for _, t := range s.underway.open(of) {
		l := workLine{What: t.about.In(lang), When: t.person + " · " + s.moment(lang, t.began), Going: t.ended.IsZero()}
		switch {
		case l.Going:
		case t.err != nil:
			l.Fault = sentence(khue.MessageOf(t.err).In(lang))
		default:
			l.Address = reportAddress(t.report)
		}
		out = append(out, l)
	}
	return out
}

// fileFormat is a format of files for people.
func fileFormat(lang khue.Lang, format string) string {
	switch format {
	case "docx":
		return "Word"
	case editedFormat:
		return text("Word đã sửa", "Word, edited").In(lang)
	case "xlsx":
		return "Excel"
	case pdfFormat:
		return "PDF"
	case htmlFormat:
		return text("trang web", "web page").In(lang)
	case modelFormat:
		return text("nội dung (JSON)", "contents (JSON)").In(lang)
	}
	return strings.ToUpper(format)
}
