package dashboards

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// Names of the filters of the page on completeness.
const (
	listName    = "list"
	yearName    = "year"
	missingName = "missing"
)

const (
	reportersOnPage = 60
	mostMissing     = 50 // missing reports named below the table
)

// reportingFilter is what a reader chose of the table of reporters.
type reportingFilter struct {
	list    indicators.Expectation
	first   bool // it is the list that stands first by itself
	year    int
	missing bool // only those who have not reported everything
	text    string
	page    int
	now     int // this year
}

func (s *Site) parseReportingFilter(rawQuery string) (reportingFilter, error) {
	f := reportingFilter{now: s.today().Year(), page: 1}
	values, err := readQuery(rawQuery, listName, yearName, missingName, textName, pageName)
	if err != nil {
		return f, err
	}
	lists := s.service.Catalogue().Expectations()
	i := slices.IndexFunc(lists, func(x indicators.Expectation) bool { return x.Reporters != "none" })
	if name := values.Get(listName); name != "" {
		if i = slices.IndexFunc(lists, func(x indicators.Expectation) bool { return x.Name == name }); i < 0 {
			return f, khue.Errorf(khue.Invalid, "Không có danh sách báo cáo %q; hãy chọn một danh sách có sẵn.", "There is no list of reports %q; choose one of those there are.", short(name))
		}
	}
	if i < 0 {
		return f, khue.Errorf(khue.NotFound, "Chưa khai báo ai phải báo cáo.", "Nothing says who should report.")
	}
	f.list, f.first = lists[i], values.Get(listName) == ""
	f.year = f.now
	if v := values.Get(yearName); v != "" {
		if f.year, err = strconv.Atoi(v); err != nil || f.year < firstYear || f.year > f.now {
			return f, khue.Errorf(khue.Invalid, "Không có năm %q; hãy chọn từ %[2]d đến %[3]d.", "There is no year %q; choose one from %[2]d to %[3]d.", short(v), firstYear, f.now)
		}
	}
	switch v := values.Get(missingName); v {
	case "", "1":
		f.missing = v == "1"
	default:
		return f, khue.Errorf(khue.Invalid, "Bộ lọc missing chỉ nhận 1, không nhận %q.", "The filter missing takes 1, not %q.", short(v))
	}
	if f.text = strings.TrimSpace(values.Get(textName)); utf8.RuneCountInString(f.text) > longestSought {
		return f, khue.Errorf(khue.Invalid, "Chữ cần tìm quá dài; nhiều nhất %d ký tự.", "The text to find is too long; at most %d characters.", longestSought)
	}
	f.page, err = pageOf(values)
	return f, err
}

func (f reportingFilter) values(page int) url.Values {
	v := url.Values{}
	if !f.first {
		v.Set(listName, f.list.Name)
	}
	if f.year != f.now {
		v.Set(yearName, strconv.Itoa(f.year))
	}
	if f.missing {
		v.Set(missingName, "1")
	}
	put(v, textName, f.text)
	if page > 1 {
		v.Set(pageName, strconv.Itoa(page))
	}
	return v
}

// narrowed tells that not all reporters of the list are shown.
func (f reportingFilter) narrowed() bool { return f.missing || f.text != "" }

// keeps tells whether a reporter passes the filter; words are found without marks.
func (f reportingFilter) keeps(name khue.Text, missing bool) bool {
	folded := locale.Fold(name.VI + " " + name.EN)
	return (missing || !f.missing) &&
		!slices.ContainsFunc(strings.Fields(locale.Fold(f.text)), func(word string) bool { return !strings.Contains(folded, word) })
}

// reportingView is the table of who has reported.
type reportingView struct {
	frameView
	Finding        string
	Lists, Years   []choice
	Missing        bool
	Text           string
	Changed        bool
	Reason         string // why there is no list
	Notes          []string
	Caption, Head  string
	Periods        []string
	All            *heatRow
	Rows           []heatRow
	Legend         []heatCell
	Paging         pager
	MissingReports []missingLine
	MissingHead    string
	Unexpected     []missingLine // of nobody who was expected
	Narrowed       bool
}

// heatRow is a reporter with its periods.
type heatRow struct {
	Name  string
	Total heatCell
	Cells []heatCell
}

// heatCell says how many reports are there of how many that were due; the tone says
// the same again in colour.
type heatCell struct {
	Text, Says, Tone string
}

// missingLine is one report that is due and not there.
type missingLine struct{ When, Name, What string }

func (s *Site) completenessPage(c *gin.Context) {
	lang := langOf(c)
	f, err := s.parseReportingFilter(c.Request.URL.RawQuery)
	if err != nil {
		_ = c.Error(err)
		return
	}
	year := khue.PeriodOf(s.today().AddDate(f.year-f.now, 0, 0), khue.Year)
	r, err := withTimeout(c.Request.Context(), s.patience, func(ctx context.Context) (indicators.Reporting, error) {
		return s.service.Reporting(ctx, indicators.ReportingQuestion{Expectation: f.list.Name, From: year.Start(), To: year.End(), Scope: khue.Public})
	})
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	s.show(c, "completeness.html", s.reportingView(s.reader(c.Request.Context()), lang, f, r))
}

func (s *Site) reportingView(who reader, lang khue.Lang, f reportingFilter, r indicators.Reporting) reportingView {
	x := f.list
	v := reportingView{
		frameView: s.frameView(who, lang, completenessPage, completenessPath, f.values(f.page), text("Độ đầy đủ", "Completeness").In(lang)),
		Narrowed:  f.narrowed(),
		Missing:   f.missing, Text: f.text, Changed: len(f.values(1)) > 0, Lists: s.listChoices(lang, f), Years: yearChoices(f),
		Caption: textf("Mỗi ô: số báo cáo đã nhận trên số phải gửi, năm %d", "Each cell: reports received of those due, %d", f.year).In(lang),
		Head:    text("Nơi báo cáo", "Reporter").In(lang),
	}
	if !r.DataUntil.IsZero() {
		v.Known = text("Số liệu đến ngày ", "Data until ").In(lang) + locale.Date(lang, r.DataUntil)
	}
	if x.Reporters == "none" {
		v.Finding, v.Reason = listLabel(lang, x)+": "+undetermined.In(lang), x.Reason.In(lang)
		return v
	}
	v.Finding = reportingFinding(lang, f, r)
	if n := max(r.Total.Unexpected, len(r.Unexpected)); n > 0 {
		v.Notes = append(v.Notes, textf("%[1]s báo cáo ngoài danh sách, không tính vào tỷ lệ.", "%[1]s "+plural(n, "report", "reports")+" of nobody who was expected, left out of the share.", locale.Number(lang, float64(n), 0)).In(lang))
	}
	for _, p := range r.Periods {
		v.Periods = append(v.Periods, locale.MonthLabel(lang, p.Start().Month()))
		if p.Grain() != khue.Month {
			v.Periods[len(v.Periods)-1] = locale.PeriodLabel(lang, p)
		}
	}
	var rows []heatRow
	for _, one := range r.Reporters {
		if f.keeps(one.Name, one.Total.Reported < one.Total.Expected) {
			rows = append(rows, heatRow{Name: one.Name.In(lang), Total: shareCell(lang, x, one.Total), Cells: heatCells(lang, x, one.Cells)})
		}
	}
	if len(r.Reporters) > 0 && !f.narrowed() && f.page == 1 {
		v.All = &heatRow{Name: text("Tất cả", "All").In(lang), Total: shareCell(lang, x, r.Total), Cells: heatCells(lang, x, r.ByPeriod)}
	}
	v.Paging = pagerOf(lang, completenessPath, f.page, int64(len(rows)), reportersOnPage, f.values)
	from := min((f.page-1)*reportersOnPage, len(rows))
	v.Rows = rows[from:min(from+reportersOnPage, len(rows))]
	v.Legend = heatKey(lang, x)
	v.addMissing(lang, f, r)
	return v
}

// addMissing names the newest reports that are missing.
func (v *reportingView) addMissing(lang khue.Lang, f reportingFilter, r indicators.Reporting) {
	found := 0
	for _, m := range r.Missing {
		if !f.keeps(m.Name, true) && !f.keeps(khue.Text{VI: m.Title}, true) {
			continue
		}
		if found++; found > mostMissing {
			continue
		}
		line := missingLine{When: locale.PeriodLabel(lang, m.Period), Name: m.Name.In(lang)}
		if m.Event != "" {
			line.When, line.What = locale.Date(lang, m.Period.Start()), m.Title+", "+m.Area.In(lang)
		}
		v.MissingReports = append(v.MissingReports, line)
	}
	for _, u := range r.Unexpected {
		if len(v.Unexpected) < mostMissing && f.keeps(u.Name, true) {
			v.Unexpected = append(v.Unexpected, missingLine{When: locale.PeriodLabel(lang, u.Period), Name: u.Name.In(lang), What: u.Source})
		}
	}
	v.MissingHead = textf("%s báo cáo còn thiếu", "%s "+plural(found, "report is missing", "reports are missing"), locale.Number(lang, float64(found), 0)).In(lang)
	if found > mostMissing {
		v.MissingHead += textf("; %d báo cáo mới nhất", "; the newest %d", mostMissing).In(lang)
	}
}

func reportingFinding(lang khue.Lang, f reportingFilter, r indicators.Reporting) string {
	if !r.Total.Known {
		return textf("Năm %d chưa có báo cáo nào đến hạn", "No report was due in %d", f.year).In(lang)
	}
	line := textf("Năm %d: ", "%d: ", f.year).In(lang) + locale.WholeShare(lang, r.Total.Share()) + " " + f.list.Label.In(lang)
	if f.list.Floored(r.Total) {
		line += textf(", dưới mức %s cần có", ", below the floor of %s", locale.WholeShare(lang, f.list.Floor/100)).In(lang)
	}
	return line
}

// heatCells are a reporter's periods as cells.
func heatCells(lang khue.Lang, x indicators.Expectation, all []indicators.Completeness) []heatCell {
	out := make([]heatCell, len(all))
	for i, c := range all {
		out[i] = heatCell{Text: "–", Says: text("không phải gửi", "none was due").In(lang), Tone: "idle"}
		if c.Known {
			out[i] = heatCell{Text: fmt.Sprintf("%d/%d", c.Reported, c.Expected), Tone: heatTone(x, c)}
		}
	}
	return out
}

func heatTone(x indicators.Expectation, c indicators.Completeness) string {
	switch {
	case !c.Known:
		return "idle"
	case c.Reported == c.Expected:
		return "full"
	case c.Reported == 0:
		return "void"
	case x.Floored(c):
		return "low"
	}
	return "most"
}

func shareCell(lang khue.Lang, x indicators.Expectation, c indicators.Completeness) heatCell {
	if !c.Known {
		return heatCell{Text: "–", Says: text("không phải gửi", "none was due").In(lang), Tone: "idle"}
	}
	return heatCell{Text: locale.WholeShare(lang, c.Share()), Tone: heatTone(x, c)}
}

// heatKey tells in words what the colours repeat.
func heatKey(lang khue.Lang, x indicators.Expectation) []heatCell {
	out := []heatCell{{Text: text("đủ", "all there").In(lang), Tone: "full"}}
	if x.Floor > 0 {
		floor := locale.WholeShare(lang, x.Floor/100)
		out = append(out, heatCell{Text: textf("từ %s", "%s or more", floor).In(lang), Tone: "most"}, heatCell{Text: textf("dưới %s", "below %s", floor).In(lang), Tone: "low"})
	} else {
		out = append(out, heatCell{Text: text("một phần", "some").In(lang), Tone: "most"})
	}
	return append(out, heatCell{Text: text("chưa có gì", "nothing").In(lang), Tone: "void"}, heatCell{Text: text("– không phải gửi", "– none was due").In(lang), Tone: "idle"})
}

// listLabel names a list of expected reports by its dataset and what it tells.
func listLabel(lang khue.Lang, x indicators.Expectation) string {
	name := x.Dataset
	if d, ok := khue.DatasetOf(x.Dataset); ok {
		name = d.Label.In(lang)
	}
	if label := x.Label.In(lang); label != "" {
		return name + ": % " + label
	}
	return name
}

func (s *Site) listChoices(lang khue.Lang, f reportingFilter) []choice {
	var out []choice
	for _, x := range s.service.Catalogue().Expectations() {
		out = append(out, choice{x.Name, listLabel(lang, x), x.Name == f.list.Name})
	}
	return out
}

func yearChoices(f reportingFilter) []choice {
	var out []choice
	for y := f.now; y >= firstYear; y-- {
		out = append(out, choice{strconv.Itoa(y), strconv.Itoa(y), y == f.year})
	}
	return out
}
