package reports

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/narrative"
)

// Definition is a report that can be made, as its file says.
type Definition struct {
	ID      string
	Title   khue.Text    // in lists
	Grains  []khue.Grain // lengths of the periods it is made for
	Formats []string
	Version string // of the file: the first letters of its SHA-256
	Source  string // content of the file, NFC: kept with what was made by it
	Ours    bool   // comes with the product

	// about is the subject of the paper; {period}, {programme}, {area} and {edition}
	// stand for the names of these, {from} for the first year.
	about     khue.Text
	kind      khue.Text // type of paper in capitals: BÁO CÁO
	layouts   map[khue.Lang]document.Layout
	programme string    // whose description opens the paper; "" is none
	needs     []string  // parameters that it cannot be made without
	firstYear int       // it tells of the years from this one to that of its period; 0 is of the period alone
	opening   khue.Text // opens the paper where no programme does
	sections  []Section // in the order of the paper; the first is headlines
}

// Section is one part of a paper.
type Section struct {
	Kind      string    // a key of sectionKinds
	Title     khue.Text // instead of the kind's own; zero keeps it
	Measures  []string  // of headlines, in their order
	SinceYear bool      // months are told from the beginning of the year
	Programme string    // whose targets or commitments are told
	Short     bool      // targets are a table alone
	Level     string    // of commitments: local or international; "" is both
	Series    string    // of events, whose editions are told
	Subjects  []string  // of published figures
	By        string    // of a breakdown its dimension, of a trend the length of its periods
	Top       int       // how many values of a breakdown are named
	Form      string    // template of a report that a programme owes
	// Narratives are what staff write: a narrative itself, or the texts of a form.
	Narratives []narrative.Section
	Text       khue.Text // of a text, with {measure}, {measure.before}, {measure.change}, {period}
}

// Definitions are the reports that can be made, by id.
type Definitions []Definition

// Of finds a definition; an unknown id is a NotFound.
func (all Definitions) Of(id string) (Definition, error) {
	ids := make([]string, len(all))
	for i, d := range all {
		if d.ID == id {
			return d, nil
		}
		ids[i] = d.ID
	}
	list := strings.Join(ids, ", ")
	return Definition{}, khue.Errorf(khue.NotFound, "không có báo cáo %q; hãy dùng một trong: %s", "there is no report %q; use one of: %s", id, list)
}

// grainWords name the lengths of period that reports are made for.
var grainWords = map[khue.Grain]khue.Text{
	khue.Year: {VI: "năm (2025)", EN: "a year (2025)"}, khue.Quarter: {VI: "quý (2025-Q3)", EN: "a quarter (2025-Q3)"}, khue.Month: {VI: "tháng (2025-03)", EN: "a month (2025-03)"},
}

// suits tells whether the report is made for periods of that length; Invalid when
// it is not.
func (d Definition) suits(period khue.Period) error {
	if slices.Contains(d.Grains, period.Grain()) {
		if period.Start().Year() < d.firstYear {
			return khue.Errorf(khue.Invalid, "báo cáo này bắt đầu từ năm %d", "this report begins with the year %d", d.firstYear)
		}
		return nil
	}
	var vi, en []string
	for _, g := range d.Grains {
		vi, en = append(vi, grainWords[g].VI), append(en, grainWords[g].EN)
	}
	return khue.Errorf(khue.Invalid, "báo cáo này lập theo %[2]s; %[1]q thì không phải", "this report is made for %[3]s; %[1]q is not one",
		period, strings.Join(vi, " hoặc "), strings.Join(en, " or "))
}

// subject is what the paper says it is about.
func (d Definition) subject(o Order, programme string) string {
	return strings.NewReplacer("{period}", locale.PeriodName(o.Lang, o.Period), "{programme}", programme, "{from}", strconv.Itoa(d.firstYear),
		"{area}", areaName(o.Area).In(o.Lang), "{edition}", editionName(o.Parameters).In(o.Lang), "{year}", o.Period.Start().Format("2006")).Replace(d.about.In(o.Lang))
}

// spanText are the years that the report tells of, as they stand in a sentence; the
// period alone where it tells of no more.
func (d Definition) spanText(lang khue.Lang, period khue.Period) string {
	if d.firstYear == 0 || d.firstYear == period.Start().Year() {
		return locale.PeriodName(lang, period)
	}
	years := strconv.Itoa(d.firstYear) + "–" + period.Start().Format("2006")
	return khue.Text{VI: "giai đoạn " + years, EN: years}.In(lang)
}

// begins is the first day that the report tells of.
func (d Definition) begins(period khue.Period) time.Time {
	if d.firstYear == 0 {
		return period.Start()
	}
	return time.Date(d.firstYear, time.January, 1, 0, 0, 0, 0, time.UTC)
}
