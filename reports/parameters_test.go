package reports_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/document"
)

const hoanKiem = "00070"

func made(t *testing.T, r *reports.Reporter, o reports.Order) document.Document {
	t.Helper()
	d, err := r.Build(context.Background(), o)
	require.NoError(t, err)
	return d
}

func TestReportsOfWardsEditionsAndPeriodsReadAsWritten(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	for _, id := range []string{reports.WardSheet, reports.ResolutionReview, reports.MonitoringReport, reports.FestivalEdition} {
		for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
			golden(t, fmt.Sprintf("%s_%s.txt", id, lang), outline(made(t, r, ordered(id, lang))))
		}
	}
}

// visits adds up the visits of the facts that pass.
func (x *city) visits(pass func(fact) bool) float64 {
	n := 0.0
	for _, f := range x.facts {
		if f.kind == "attendance" && pass(f) {
			n += f.visits
		}
	}
	return n
}

func TestASheetOfAWardHasItsOwnFiguresAndItsPlaceAmongTheOthers(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	d := made(t, r, ordered(reports.WardSheet, khue.English))
	from, to := date(2026, 7, 1), date(2026, 10, 1)
	within := func(f fact) bool { return !f.day.Before(from) && f.day.Before(to) }
	own, all := x.visits(func(f fact) bool { return within(f) && f.area == hoanKiem }), x.visits(within)
	require.Positive(t, own)
	require.Equal(t, own, tableOf(t, d, "headlines").Rows[0].Cells[2].Number)
	months := tableOf(t, d, "months").Rows
	require.Equal(t, own, months[len(months)-1].Cells[1].Number)
	larger := 0
	for _, a := range khue.Areas() {
		if a.Tree() == khue.WardTree && x.visits(func(f fact) bool { return within(f) && f.area == a.Code }) > own {
			larger++
		}
	}
	standing := tableOf(t, d, "standing").Rows[0]
	require.Equal(t, own, standing.Cells[1].Number)
	require.Equal(t, all, standing.Cells[2].Number, "the city's, with what has no area")
	require.Equal(t, fmt.Sprintf("%d/126", larger+1), standing.Cells[4].Words)
	require.Equal(t, "ward-sheet_00070_2026-Q3_asof-20261123_en.pdf", d.FileName("pdf"))
	for _, f := range d.Filters {
		if f.Name == "Area" {
			require.Contains(t, f.Value, "(00070)")
		}
	}
}

func TestAWardWithoutADayOfFiguresSaysSo(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2025, 5, 1)) // facts end before there were wards
	r, err := reports.New(x, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}})
	require.NoError(t, err)
	text := outline(made(t, r, reports.Order{ID: reports.WardSheet, Period: khue.MustParsePeriod("2025"), Lang: khue.English, Parameters: reports.Parameters{Area: hoanKiem}}))
	require.Contains(t, text, "There are no figures yet of the days on which the area was in force.")
}

func TestAReviewTellsEveryYearByItsOwnFacts(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	d := made(t, r, ordered(reports.ResolutionReview, khue.Vietnamese))
	years, byDiscipline := tableOf(t, d, "years").Rows[0], tableOf(t, d, "discipline-years")
	whole := 0.0
	for i := range 5 {
		want := x.visits(func(f fact) bool { return f.day.Year() == 2021+i })
		whole += want
		require.Equal(t, want, years.Cells[2+i].Number)
		require.Equal(t, want, byDiscipline.Rows[len(byDiscipline.Rows)-1].Cells[1+i].Number)
		require.Equal(t, want, tableOf(t, d, "year-visits").Rows[i].Cells[1].Number)
	}
	require.Equal(t, whole, years.Cells[7].Number)
	require.Equal(t, document.Nothing, tableOf(t, d, "years").Rows[7].Cells[7].Kind, "members of five years do not add up")
}

func TestAReviewOfYearsThatNoFactsReachTellsItsOwnYearsAlone(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2024, 12, 1)) // nothing came in after November 2024
	x.promise()
	r, err := reports.New(x, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}})
	require.NoError(t, err)
	d := made(t, r, ordered(reports.ResolutionReview, khue.English))
	heads := tableOf(t, d, "years").Columns
	require.Equal(t, "2025", heads[len(heads)-2].Title)
	rows := tableOf(t, d, "year-visits").Rows
	require.Len(t, rows, 5)
	require.Equal(t, document.Unknown, rows[4].Cells[1].Kind, "a year without facts is not known; it is no zero")
}

func TestAYearOfAReviewThatIsNotOverIsSetAgainstNoWholeOne(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	rows := tableOf(t, made(t, r, ordered(reports.MonitoringReport, khue.English)), "year-visits").Rows
	last := rows[len(rows)-1]
	require.True(t, last.Partial)
	require.Equal(t, "2026 *", last.Cells[0].Words)
	require.Equal(t, "not over", last.Cells[2].Words)
	require.Equal(t, document.Percent, rows[len(rows)-2].Cells[2].Kind)
}

func TestAnEditionHasTheVisitsFromItsOpeningAndIsSetAgainstTheOneBefore(t *testing.T) {
	r, x := newReporter(t, moment(2026, 11, 23), false)
	d := made(t, r, ordered(reports.FestivalEdition, khue.English))
	of := func(year int) float64 {
		return x.visits(func(f fact) bool { return f.series == khue.DesignFestival && f.day.Year() == year })
	}
	scale := tableOf(t, d, "edition").Rows
	require.Equal(t, []float64{of(2024), of(2023)}, []float64{scale[2].Cells[1].Number, scale[2].Cells[2].Number})
	require.Equal(t, 10.0, scale[0].Cells[1].Number, "from 9 to 18 November")
	for _, id := range []string{"edition-disciplines", "edition-areas"} {
		rows := tableOf(t, d, id).Rows
		require.Equal(t, of(2024), rows[len(rows)-1].Cells[1].Number, id)
		sum := 0.0
		for _, row := range rows[:len(rows)-1] {
			sum += row.Cells[1].Number
		}
		require.Equal(t, of(2024), sum, id)
	}
	days, sum := tableOf(t, d, "edition-days").Rows, 0.0
	for _, row := range days {
		sum += row.Cells[1].Number
	}
	require.Equal(t, of(2024), sum)
	all := tableOf(t, d, "editions").Rows
	require.Equal(t, "2024", all[len(all)-1].Cells[0].Words, "editions that came later are not told of")
}

func TestParametersThatDoNotFitAreRefusedInBothLanguages(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	for name, c := range map[string]struct {
		id, period string
		parameters reports.Parameters
		kind       khue.Kind
		told       string
	}{
		"an area is missing":         {reports.WardSheet, "2026", reports.Parameters{}, khue.Invalid, "made for one area"},
		"no such area":               {reports.WardSheet, "2026", reports.Parameters{Area: "00071"}, khue.NotFound, `the code "00071"`},
		"the whole city":             {reports.WardSheet, "2026", reports.Parameters{Area: khue.CityCode}, khue.NotFound, `the code "01"`},
		"an area that was not yet":   {reports.WardSheet, "2024", reports.Parameters{Area: hoanKiem}, khue.Invalid, "exists since"},
		"an area that had ended":     {reports.WardSheet, "2026", reports.Parameters{Area: "001"}, khue.Invalid, "ended on"},
		"an area of a city report":   {reports.ResolutionProgress, "2025", reports.Parameters{Area: hoanKiem}, khue.Invalid, "for the whole city"},
		"an edition is missing":      {reports.FestivalEdition, "2024", reports.Parameters{}, khue.Invalid, "SERIES/EDITION"},
		"an edition without series":  {reports.FestivalEdition, "2024", reports.Parameters{Edition: "2024"}, khue.Invalid, "SERIES/EDITION"},
		"no such edition":            {reports.FestivalEdition, "2024", reports.Parameters{Edition: khue.DesignFestival + "/1999"}, khue.NotFound, "there are: 2021, 2022"},
		"an edition of another year": {reports.FestivalEdition, "2023", reports.Parameters{Edition: khue.DesignFestival + "/2024"}, khue.Invalid, "opened in 2024"},
		"an edition elsewhere":       {reports.MonthlyBulletin, "2026-10", reports.Parameters{Edition: "a/b"}, khue.Invalid, "not made for an edition"},
		"no such programme":          {reports.ResolutionProgress, "2025", reports.Parameters{Programme: "nq99"}, khue.NotFound, "nq99"},
		"a programme elsewhere":      {reports.MonthlyBulletin, "2026-10", reports.Parameters{Programme: "nq09"}, khue.Invalid, "not made for a programme"},
		"before the first year":      {reports.ResolutionReview, "2020", reports.Parameters{}, khue.Invalid, "begins with the year 2021"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.Build(context.Background(), reports.Order{ID: c.id, Period: khue.MustParsePeriod(c.period), Lang: khue.English, Parameters: c.parameters})
			require.Equal(t, c.kind, khue.KindOf(err), "%v", err)
			require.Contains(t, khue.ToldOf(err, khue.English), c.told)
			require.NotEqual(t, khue.ToldOf(err, khue.Vietnamese), khue.ToldOf(err, khue.English))
		})
	}
}

func TestAProgrammeTakesThePlaceOfTheReportsOwn(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	d := made(t, r, reports.Order{ID: reports.UNESCOCommitments, Period: khue.MustParsePeriod("2025"), Lang: khue.English, Parameters: reports.Parameters{Programme: "nq09"}})
	require.NotContains(t, outline(d), "UNESCO Creative City of Design since")
	require.Contains(t, d.FileName("pdf"), "_nq09_")
}
