package indicators

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

const statistics = `measures:
  - name: statistics
    label: {vi: Thống kê, en: Statistics}
    description: {vi: Mô tả., en: Description.}
    dataset: discipline_statistics
    aggregate: sum
    column: value
    kind: flow
    unit: visits
    decimals: 0
    direction: up
    source: {vi: Nguồn, en: Source}
    method: {vi: Cách tính., en: Method.}
`

// workbooks is a load of the lines that areas reported of some months.
func workbooks(at time.Time, lines map[string][]string) load {
	l := load{At: at, Source: "monthly", Dataset: "discipline_statistics"}
	for month, areas := range lines {
		for _, area := range areas {
			for _, discipline := range []string{"design", "music"} {
				l.Rows = append(l.Rows, map[string]any{
					"id": month + area + discipline, "measure": "trainees", "discipline": discipline, "area": area, "period": month, "value": 10, "unit": "persons",
				})
			}
		}
	}
	return l
}

// areasOn lists the codes of districts, or of wards and communes, in force on a day.
func areasOn(d time.Time) []string {
	var out []string
	for _, a := range khue.Areas() {
		if a.Kind != khue.City && a.ValidOn(d) {
			out = append(out, a.Code)
		}
	}
	return out
}

func cityOf(t *testing.T, now time.Time, extra string, loads ...load) *Service {
	t.Helper()
	c, err := Load(folder(t, map[string]string{"extra.yaml": extra}))
	require.NoError(t, err)
	return NewService(c, inWarehouse(t, loads, now), Options{Now: func() time.Time { return now }})
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestThirtyDistrictsReportUntilJuneAndTheWardsAndCommunesSince(t *testing.T) {
	districts, wards := areasOn(date(2025, 6, 30)), areasOn(date(2025, 7, 1))
	require.Len(t, districts, 30)
	require.Len(t, wards, 126)
	first := workbooks(date(2025, 6, 1), map[string][]string{"2025-05": districts[:29]})
	second := workbooks(date(2025, 8, 2), map[string][]string{
		"2025-06": districts,
		"2025-07": append([]string{districts[3], ""}, wards[:100]...), // a district that is no more, and nobody
	})
	s := cityOf(t, date(2025, 8, 20), statistics, first, second)
	q := Question{Measures: []string{"statistics", "visitors"}, By: []string{"month"}, From: date(2025, 4, 1), To: date(2025, 9, 1), Scope: khue.Everything}
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	var got []string
	for _, row := range a.Rows {
		got = append(got, fmt.Sprint(row.Keys[0].Code, " ", reported(row.Completeness[:1])))
	}
	require.Equal(t, []string{
		"2025-04 []", // before anybody reported nobody was expected
		"2025-05 [[29/30]]", "2025-06 [[30/30]]", "2025-07 [[100/126+2]]",
		"2025-08 []", // not over
	}, got)
	require.Equal(t, Completeness{Reported: 159, Expected: 186, Unexpected: 2, Known: true, Expectation: "monthly_workbooks"}, a.Completeness[0])
	require.False(t, a.Completeness[1].Known, "no event, so no share of events")

	q.AsOf = date(2025, 7, 15)
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, Completeness{Reported: 29, Expected: 60, Known: true, Expectation: "monthly_workbooks"}, a.Completeness[0], "June was due and not yet there")
	q.AsOf = time.Time{}

	q.Measures, q.By, q.Where = []string{"statistics"}, []string{"year", "area"}, map[string][]string{"area": {districts[29], wards[125]}}
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []string{"[1/2]"}, reported(a.Rows[0].Completeness), "of May and June the second")
	require.Equal(t, []string{"[1/3]"}, reported(a.Completeness), "the ward has reported nothing and is in no row, but in the whole")

	q.By, q.Where = []string{"discipline", "month"}, map[string][]string{"discipline": {"design"}}
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []string{"[159/186+2]"}, reported(a.Completeness), "a report speaks for all disciplines in it")
	q.By, q.Where = []string{"week"}, nil
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []Completeness{{Expectation: "monthly_workbooks"}}, a.Completeness, "a month's report tells nothing of a week")
}

func TestTheTableOfReportersNamesWhatIsMissing(t *testing.T) {
	districts, wards := areasOn(date(2025, 6, 30)), areasOn(date(2025, 7, 1))
	s := cityOf(t, date(2025, 8, 20), "", workbooks(date(2025, 8, 1), map[string][]string{
		"2025-06": districts[1:], "2025-07": append(slices.Clone(wards[:125]), districts[0]),
	}))
	r, err := s.Reporting(t.Context(), ReportingQuestion{Expectation: "monthly_workbooks", From: date(2025, 1, 1), To: date(2026, 1, 1), Scope: khue.Everything})
	require.NoError(t, err)
	require.Len(t, r.Periods, 12)
	require.Len(t, r.Reporters, 156)
	require.Equal(t, "[29/30]", reported(r.ByPeriod[5:6])[0])
	require.Equal(t, "[125/126+1]", reported(r.ByPeriod[6:7])[0])
	require.Equal(t, Completeness{Reported: 154, Expected: 156, Unexpected: 1, Known: true, Expectation: "monthly_workbooks"}, r.Total)
	require.Equal(t, []string{"2025-07 " + wards[125], "2025-06 " + districts[0]}, []string{
		r.Missing[0].Period.String() + " " + r.Missing[0].Reporter, r.Missing[1].Period.String() + " " + r.Missing[1].Reporter,
	})
	require.Equal(t, districts[0], r.Unexpected[0].Reporter)
	require.Equal(t, "2025-07-31", r.DataUntil.Format(time.DateOnly), "a month's figures reach to its end")
	_, err = s.Reporting(t.Context(), ReportingQuestion{Expectation: "monthly_workbooks", Scope: khue.Scope{Areas: wards[:1]}})
	require.Equal(t, khue.Forbidden, khue.KindOf(err))
	none, err := s.Reporting(t.Context(), ReportingQuestion{Expectation: "member_activities", From: date(2025, 1, 1), To: date(2026, 1, 1), Scope: khue.Everything})
	require.NoError(t, err)
	require.False(t, none.Total.Known, "nobody knows who should have reported")
	require.NotEmpty(t, none.Expectation.Reason.VI)
}

func TestAReporterIsExpectedFromItsFirstWholePeriodToItsLast(t *testing.T) {
	listed := statistics + `completeness:
  - name: mine
    dataset: discipline_statistics
    measures: [statistics]
    label: {vi: báo cáo, en: of reports}
    reporters: list
    dimension: area
    frequency: month
    due_days: 10
    list:
      - {code: "00004", from: 2025-01-15, to: 2025-04-10}
      - {code: "00070", label: {vi: Hai, en: Two}}
`
	loads := []load{workbooks(date(2025, 6, 1), map[string][]string{"2025-01": {"00004", "00070"}, "2025-02": {"00004"}, "2025-04": {"00004"}, "2025-05": {"00004", "00008"}})}
	s := cityOf(t, date(2025, 6, 9), listed, loads...)
	a, err := s.Ask(t.Context(), Question{Measures: []string{"statistics"}, By: []string{"month"}, From: date(2025, 1, 1), To: date(2025, 7, 1), Scope: khue.Everything})
	require.NoError(t, err)
	var got []string
	for _, row := range a.Rows {
		got = append(got, fmt.Sprint(reported(row.Completeness)))
	}
	require.Equal(t, []string{
		"[[1/1]]",   // the first joined in the middle of January: what it sent is neither expected nor strange
		"[[1/2]]",   // February
		"[[0/2]]",   // March
		"[[0/1]]",   // it left in the middle of April
		"[[0/0+2]]", // of May, due on 10 June, nothing is expected yet; two who are on no list have reported
		"[]",
	}, got)
}

func TestMembersAreExpectedOnlyWhereOneWithNothingToTellMustSaySo(t *testing.T) {
	members := load{At: date(2025, 5, 1), Source: "r", Dataset: "members", Rows: []map[string]any{
		{"id": "M1", "name": "Một", "kind": "public", "disciplines": []any{"design"}, "status": "accepted", "accepted_on": date(2025, 1, 1)},
		{"id": "M2", "name": "Hai", "kind": "public", "disciplines": []any{"design"}, "status": "left", "accepted_on": date(2024, 1, 1), "left_on": date(2025, 3, 1)},
		{"id": "M3", "name": "Ba", "kind": "public", "disciplines": []any{"design"}, "status": "applied", "applied_on": date(2025, 1, 1)},
	}}
	acts := load{At: date(2025, 5, 2), Source: "r", Dataset: "activities", Rows: []map[string]any{
		{"id": "H1", "member": "M1", "kind": "talk", "discipline": "design", "starts_on": date(2025, 2, 1)},
		{"id": "H2", "member": "M1", "kind": "talk", "discipline": "design", "starts_on": date(2025, 2, 28)},
		{"id": "H3", "member": "M9", "kind": "talk", "discipline": "design", "starts_on": date(2025, 3, 3)},
	}}
	q := Question{Measures: []string{"activities"}, By: []string{"month"}, From: date(2025, 2, 1), To: date(2025, 4, 1), Scope: khue.Everything}
	a, err := cityOf(t, date(2025, 5, 5), "", members, acts).Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []Completeness{{Expectation: "member_activities"}}, a.Completeness, "no false percentage")
	a, err = cityOf(t, date(2025, 5, 5), `completeness:
  - {name: nil_returns, dataset: activities, measures: [activities], label: {vi: thành viên, en: of members}, reporters: members, frequency: month}
`, members, acts).Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []string{"[1/2]"}, reported(a.Rows[0].Completeness))
	require.Equal(t, []string{"[0/1+1]"}, reported(a.Rows[1].Completeness), "one has left, another is no member")
}

func TestAShareNeverExceedsAHundredPercentWhateverComes(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 7))
	c := loaded(t)
	strangers, gaps := 0, 0
	for round := range 12 {
		loads := randomLoads(r)
		var moments []time.Time
		for _, l := range loads {
			moments = append(moments, l.At)
		}
		s := NewService(c, &memory{loads: loads, now: func() time.Time { return randomNow }}, Options{Now: func() time.Time { return randomNow }})
		for range 40 {
			q := randomQuestion(r, c, moments)
			q.Measures = []string{"visitors", "online_visitors", "revenue"}
			q.By = slices.DeleteFunc(q.By, func(dim string) bool {
				d, err := c.Dimension(dim)
				return err != nil || d.Grain == "" && !slices.Contains(d.Datasets, "attendance")
			})
			a, err := s.Ask(t.Context(), q)
			if err != nil {
				continue // too many rows, or out of the caller's reach
			}
			all := slices.Clone(a.Completeness)
			for _, row := range a.Rows {
				require.Len(t, row.Completeness, len(row.Values))
				all = append(all, row.Completeness...)
			}
			for _, one := range all {
				require.LessOrEqual(t, one.Reported, one.Expected, "round %d", round)
				require.LessOrEqual(t, one.Share(), 1.0)
				require.Equal(t, one.Expected > 0, one.Known)
				strangers, gaps = strangers+one.Unexpected, gaps+one.Expected-one.Reported
			}
		}
	}
	require.Greater(t, strangers, 100, "without strangers this proves little")
	require.Greater(t, gaps, 100, "without gaps this proves little")
}

// The cells of a table must add up to the whole, for events as for lists.
func TestCompletenessSplitAnyWayAddsUp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 11))
	s := NewService(loaded(t), &memory{loads: randomLoads(r), now: func() time.Time { return randomNow }}, Options{Now: func() time.Time { return randomNow }})
	for _, by := range [][]string{{"year"}, {"month"}, {"discipline"}, {"area", "quarter"}} {
		q := Question{Measures: []string{"events", "visitors", "revenue"}, By: by, Scope: khue.Everything}
		a, err := s.Ask(t.Context(), q) // with events, every cell in which one is expected has a row
		require.NoError(t, err)
		for slot := range q.Measures {
			var reported, expected int
			for _, row := range a.Rows {
				reported, expected = reported+row.Completeness[slot].Reported, expected+row.Completeness[slot].Expected
			}
			require.Equal(t, a.Completeness[slot].Reported, reported, "%s by %v", q.Measures[slot], by)
			require.Equal(t, a.Completeness[slot].Expected, expected, "%s by %v", q.Measures[slot], by)
		}
	}
}

func TestAPeriodThatTheDataDoNotReachIsPartial(t *testing.T) {
	at := func(d time.Time, hour int) time.Time { return d.Add(time.Duration(hour-7) * time.Hour) } // in Hanoi
	loads := []load{
		{At: date(2026, 1, 1), Source: "e", Dataset: "events", Rows: []map[string]any{
			{"id": "E1", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": at(date(2025, 12, 31), 6), "ends_at": at(date(2026, 1, 1), 1)},
		}},
		{At: date(2026, 1, 2), Source: "e", Dataset: "attendance", Rows: []map[string]any{
			{"id": "A1", "event": "E1", "occurred_at": at(date(2025, 12, 31), 6), "visitors": 9},
		}},
		{At: date(2026, 1, 20), Source: "e", Dataset: "attendance", Rows: []map[string]any{
			{"id": "A2", "event": "E1", "occurred_at": at(date(2026, 1, 1), 0), "visitors": 1}, // midnight of New Year
			{"id": "A3", "event": "E7", "occurred_at": at(date(2026, 1, 10), 9), "visitors": 4},
		}},
	}
	s := cityOf(t, date(2026, 2, 15), "", loads...)
	q := Question{Measures: []string{"visitors"}, By: []string{"month"}, From: date(2025, 11, 1), To: date(2026, 2, 1), Scope: khue.Everything}
	partial := func() (out []bool) {
		a, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		for _, row := range a.Rows {
			out = append(out, row.Partial)
		}
		require.Equal(t, a.Evidence.DataUntil, a.Evidence.Reach[0].Until)
		require.Equal(t, "attendance", a.Evidence.Reach[0].Dataset)
		return out
	}
	require.Equal(t, []bool{false, false, true}, partial(), "January is over, but its facts end on the 10th")
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, "2026-01-10", a.Evidence.DataUntil.Format(time.DateOnly), "the time of the data, not that of the pull")
	require.Equal(t, []string{"[1/1]"}, reported(a.Rows[1].Completeness), "an event of the old year, seen over in the new")
	require.Equal(t, []string{"[0/0+1]"}, reported(a.Rows[2].Completeness))

	q.AsOf = date(2026, 1, 5)
	require.Equal(t, []bool{false, false, true}, partial())
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, "2025-12-31", a.Evidence.DataUntil.Format(time.DateOnly), "what was known then")
	midnight := date(2026, 1, 1).Add(-7 * time.Hour) // in Hanoi
	q.AsOf = midnight.Add(-10 * time.Minute)
	require.Equal(t, []bool{false, true, true}, partial(), "ten minutes to the New Year")
	q.AsOf = midnight.Add(30 * time.Minute)
	require.Equal(t, []bool{false, false, true}, partial(), "still the old year in UTC, but not here")
}

// Which events there are, and whether somebody was counted at one, is public: the
// same counts follow from visitors, which everybody may ask for.
func TestAWithheldFigureOfEventsKeepsItsCompletenessWhichIsPublicAnyway(t *testing.T) {
	s := serviceAt(t, loaded(t), guardedNow, earningLoads([]earning{
		{guardedMonths[0], "design", "00004", "O1", 7_654_321, 10}, {guardedMonths[0], "music", "00004", "O2", 1_000, 10},
	})...)
	q := Question{Measures: []string{"revenue"}, By: []string{"discipline"}, Scope: khue.Public}
	public, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	q.Scope = khue.Everything
	staff, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, public.Rows, 2)
	for i, row := range public.Rows {
		require.True(t, row.Values[0].Suppressed)
		require.Equal(t, staff.Rows[i].Completeness, row.Completeness)
	}
	require.Equal(t, staff.Completeness, public.Completeness)
}

// Also where the contributors themselves are expected: who sent an activity may be
// asked by everybody, so the same list speaks beside it.
func TestCompletenessTellsNoMoreBesideAWithheldFigureThanBesideAPublicOne(t *testing.T) {
	members := load{At: date(2025, 5, 1), Source: "r", Dataset: "members", Rows: []map[string]any{
		{"id": "M1", "name": "Một", "kind": "public", "disciplines": []any{"design"}, "status": "accepted", "accepted_on": date(2025, 1, 1)},
		{"id": "M2", "name": "Hai", "kind": "public", "disciplines": []any{"design"}, "status": "accepted", "accepted_on": date(2024, 1, 1)},
	}}
	acts := load{At: date(2025, 5, 2), Source: "r", Dataset: "activities", Rows: []map[string]any{
		{"id": "H1", "member": "M1", "kind": "talk", "discipline": "design", "starts_on": date(2025, 2, 1), "participants": 31},
	}}
	s := cityOf(t, date(2025, 5, 5), `completeness:
  - {name: nil_returns, dataset: activities, measures: [activities, participants], label: {vi: thành viên, en: of members}, reporters: members, frequency: month}
`, members, acts)
	q := Question{Measures: []string{"participants", "activities"}, By: []string{"month"}, From: date(2025, 2, 1), To: date(2025, 4, 1), Scope: khue.Public}
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.True(t, a.Rows[0].Values[0].Suppressed)
	require.Equal(t, []string{"[1/2]", "[1/2]"}, reported(a.Rows[0].Completeness))
	require.Equal(t, []string{"[0/2]", "[0/2]"}, reported(a.Rows[1].Completeness))
	require.NotContains(t, fmt.Sprintf("%+v", a), "Number:31")
}
