package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"khue"
	"khue/locale"
)

// The reports that can be made.
const (
	// MonthlyBulletin tells what happened in a month, beside the same month a year before.
	MonthlyBulletin = "monthly-bulletin"
	// ResolutionProgress is the report on the resolution, for a year or a quarter.
	ResolutionProgress = "resolution-progress"
	// UNESCOCommitments is the yearly brief on what was promised to UNESCO.
	UNESCOCommitments = "unesco-commitments"
)

// Definition is a report that can be made.
type Definition struct {
	ID      string
	Title   khue.Text    // in lists
	Grains  []khue.Grain // lengths of the periods it is made for
	Formats []string

	// subject is what the paper says it is about: %[1]s is the programme's title, if
	// it has one, %[2]s the period.
	subject   khue.Text
	programme string    // whose description opens the paper; "" is none
	opening   khue.Text // opens the paper where no programme does
	// sections ask for their numbers and add their blocks, in the order of the paper.
	// headlines comes first: it sets the days that the others are of.
	sections []section
}

// section is one part of a paper.
type section func(*paper, context.Context) error

var everyFormat = []string{DOCX, XLSX, HTML}

var definitions = []Definition{
	{
		ID: MonthlyBulletin, Formats: everyFormat, Grains: []khue.Grain{khue.Month},
		Title:   khue.Text{VI: "Bản tin tháng về hoạt động văn hóa sáng tạo", EN: "Monthly bulletin of creative and cultural activity"},
		subject: khue.Text{VI: "Hoạt động văn hóa sáng tạo %[2]s", EN: "Creative and cultural activity, %[2]s"},
		opening: khue.Text{
			VI: "Bản tin nêu các sự kiện, lượt khách và hoạt động của thành viên Mạng lưới trong tháng, đặt cạnh cùng tháng của năm trước.",
			EN: "Events, visits and activities of the Network's members in the month, beside the same month of the year before.",
		},
		sections: []section{(*paper).headlines, (*paper).monthsSoFar, (*paper).disciplines, (*paper).areas, (*paper).membersNow, (*paper).quality, (*paper).notes},
	},
	{
		ID: ResolutionProgress, Formats: everyFormat, Grains: []khue.Grain{khue.Year, khue.Quarter},
		Title:   khue.Text{VI: "Tiến độ thực hiện Nghị quyết 09-NQ/TU, theo năm hoặc quý", EN: "Progress of Resolution 09-NQ/TU, by year or quarter"},
		subject: khue.Text{VI: "Tiến độ thực hiện %[1]s, %[2]s", EN: "Progress of %[1]s, %[2]s"}, programme: resolution,
		sections: []section{
			(*paper).headlines, (*paper).months, (*paper).disciplines, (*paper).members, (*paper).areas, (*paper).targets, (*paper).commitments,
			(*paper).quality, (*paper).notes,
		},
	},
	{
		ID: UNESCOCommitments, Formats: everyFormat, Grains: []khue.Grain{khue.Year},
		Title:   khue.Text{VI: "Báo cáo tóm tắt hằng năm về các cam kết với UNESCO", EN: "Yearly brief on the commitments to UNESCO"},
		subject: khue.Text{VI: "Thực hiện các cam kết với UNESCO, %[2]s", EN: "Commitments to UNESCO, %[2]s"}, programme: uccn,
		sections: []section{(*paper).headlines, (*paper).commitments, (*paper).members, (*paper).quality, (*paper).notes},
	},
}

// List lists the reports that can be made, by id.
func List() []Definition { return slices.Clone(definitions) }

// definitionOf finds a definition; an unknown id is a NotFound.
func definitionOf(id string) (Definition, error) {
	var ids []string
	for _, d := range definitions {
		if d.ID == id {
			return d, nil
		}
		ids = append(ids, d.ID)
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
		return nil
	}
	var vi, en []string
	for _, g := range d.Grains {
		vi, en = append(vi, grainWords[g].VI), append(en, grainWords[g].EN)
	}
	return khue.Errorf(khue.Invalid, "báo cáo này lập theo %[2]s; %[1]q thì không phải", "this report is made for %[3]s; %[1]q is not one",
		period, strings.Join(vi, " hoặc "), strings.Join(en, " or "))
}

// about is the subject of the paper for a period.
func (d Definition) about(lang khue.Lang, programme string, period khue.Period) string {
	return fmt.Sprintf(d.subject.In(lang), programme, locale.PeriodName(lang, period))
}
