package indicators

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestEveryIndicatorTakesItsSourceFromWhatItDrawsOn(t *testing.T) {
	c := loaded(t)
	for _, i := range c.Indicators() {
		require.NotEmpty(t, i.Source.VI, i.Name)
		require.NotEmpty(t, i.Responsible.EN, i.Name)
		require.NotEmpty(t, i.Frequency.Label().VI, i.Name)
		for _, way := range []Combining{i.Over.Time, i.Over.Area, i.Over.Discipline} {
			require.NotEmpty(t, way.Label().VI, i.Name)
		}
	}
	active, err := c.Indicator("active_members")
	require.NoError(t, err)
	require.Equal(t, "Activity register of the Network.", active.Source.EN)
	require.Contains(t, active.Method.EN, "not the sum of its months")
	require.Equal(t, Over{Distinct, Distinct, Distinct}, active.Over)
	share, err := c.Indicator("active_member_share")
	require.NoError(t, err)
	require.Equal(t, "Activity register of the Network. Membership register of the Network.", share.Source.EN, "of both parts")
}

func TestAnIndicatorThatDoesNotSayHowItCombinesFollowsItsMeasure(t *testing.T) {
	c, err := Load(folder(t, map[string]string{"own.yaml": `indicators:
  - name: own_members
    topic: network
    label: {vi: Thành viên, en: Members}
    description: {vi: Thành viên., en: Members.}
    unit: members
    decimals: 0
    direction: up
    frequency: month
    responsible: {vi: Sở, en: Department}
    measure: members
    since: 2025-12
    breaks:
      - {date: 2026-07-01, text: {vi: Sau., en: Later.}, citation: "x", mark: general}
      - {date: 2026-03-01, text: {vi: Trước., en: Earlier.}, citation: "x", mark: general}
`}))
	require.NoError(t, err)
	i, err := c.Indicator("own_members")
	require.NoError(t, err)
	require.Equal(t, Over{Last, Sum, Sum}, i.Over)
	require.Equal(t, "Trước.", i.Breaks[0].Text.VI, "breaks stand by date")
	require.Equal(t, khue.MustParsePeriod("2025-12"), i.Since)
}

func TestFormulasAreWrittenInWordsAndSymbols(t *testing.T) {
	c := loaded(t)
	for name, want := range map[string]struct{ vi, en, symbols string }{
		"visitors":         {"Cộng “Khách tại chỗ” của mọi bản ghi trong bộ dữ liệu “Lượt khách” thuộc kỳ.", "The sum of “On-site visitors” over all records of the dataset “Attendance” in the period.", "visitors = sum(attendance.visitors)"},
		"trainings":        {"Đếm số bản ghi của bộ dữ liệu “Hoạt động của thành viên” thuộc kỳ, chỉ lấy “Loại” là Đào tạo.", "The number of records in the dataset “Member activities” that fall into the period, only those whose “Kind” is Training.", "trainings = count(activities | kind = training)"},
		"organisers":       {"Đếm số giá trị “Đơn vị tổ chức” khác nhau trong bộ dữ liệu “Sự kiện” thuộc kỳ.", "The number of different values of “Organiser” in the dataset “Events” in the period.", "organisers = distinct(events.organiser)"},
		"members":          {"Số thành viên đã được chấp thuận và chưa rời đi, tính vào ngày cuối kỳ.", "Members accepted by the last day of the period that have not left by then.", "members = stock(members.accepted)"},
		"free_event_share": {"“Sự kiện miễn phí” chia cho “Sự kiện”, nhân với 100.", "“Free events” divided by “Events”, times 100.", "100 × free_events ÷ events\nfree_events = count(events | access = free)\nevents = count(events)"},
	} {
		i, err := c.Indicator(name)
		require.NoError(t, err)
		f := c.Formula(i)
		require.Equal(t, khue.Text{VI: want.vi, EN: want.en}, f.Words)
		require.Equal(t, want.symbols, strings.Join(f.Symbols, "\n"))
	}
	i, err := c.Indicator("grdp_share")
	require.NoError(t, err)
	require.Contains(t, c.Formula(i).Words.VI, "“Tỷ trọng công nghiệp văn hóa trong GRDP Hà Nội”")
}

func TestTheDictionaryIsSearchedWithoutMarksAndByProgramme(t *testing.T) {
	c := loaded(t)
	found := func(words, programme string) []string {
		chapters, err := c.Dictionary(words, programme)
		require.NoError(t, err)
		var out []string
		for _, chapter := range chapters {
			for _, i := range chapter.Indicators {
				require.Equal(t, chapter.Topic.Code, i.Topic)
				out = append(out, i.Name)
			}
		}
		return out
	}
	require.Len(t, found("", ""), len(c.Indicators()), "every indicator has its chapter")
	require.Equal(t, []string{"trainings", "training_participants"}, found("dao tao", ""))
	require.Equal(t, found("dao tao", ""), found("ĐÀO TẠO", ""))
	require.Equal(t, []string{"grdp_share", "tourism_grdp_share"}, found("ty trong GRDP", ""))
	require.Equal(t, []string{"grdp_share"}, found("", "nq09"))
	require.Contains(t, found("", "unesco-uccn"), "certified_members")
	require.Empty(t, found("no such thing anywhere", ""))
	_, err := c.Dictionary("", "nq9")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

func TestOneIndicatorServesSeveralProgrammes(t *testing.T) {
	c := loaded(t)
	var programmes []string
	for _, s := range c.Serves("grdp_share") {
		programmes = append(programmes, s.Programme.ID)
	}
	require.Equal(t, []string{"nq09", "culture-2030"}, programmes)
	serving := c.Serves("creative_spaces")
	require.Equal(t, "L2", serving[0].Commitments[0].ID)
	require.Equal(t, "C2030-04", serving[1].Items[0].ID)
	require.Empty(t, c.Serves("no_such_indicator"))
}

func TestTheFrameworkOfUNESCOHasItsTwentyTwoIndicators(t *testing.T) {
	c := loaded(t)
	p, err := c.Programme("culture-2030")
	require.NoError(t, err)
	require.Len(t, p.Items, 22)
	require.Len(t, p.Themes, 4)
	require.NotEmpty(t, p.NoTargets.VI)
	count := map[string]int{}
	for n, i := range p.Items {
		require.Equal(t, n+1, i.Number)
		count[i.Theme]++
		require.True(t, slices.ContainsFunc(c.Subjects(), func(s Code) bool { return s.Code == i.Subject }), i.ID)
	}
	require.Equal(t, map[string]int{"environment": 5, "prosperity": 7, "knowledge": 5, "inclusion": 5}, count)
}

func TestAProgrammeWhoseTextIsNotAtHandPromisesNothing(t *testing.T) {
	p, err := loaded(t).Programme("period-2026-2030")
	require.NoError(t, err)
	require.Empty(t, p.Targets)
	require.Equal(t, "unknown", p.Mark)
	require.Contains(t, p.NoTargets.EN, "not at hand")
	require.Equal(t, [2]int{2026, 2030}, [2]int{p.Begins, p.Ends})
}

func TestThePlansForTheCommitmentsStandWithTheirDaysAndTheSlip(t *testing.T) {
	p, err := loaded(t).Programme("unesco-uccn")
	require.NoError(t, err)
	var days []string
	for _, d := range p.Documents {
		days = append(days, d.Number+" "+d.Dated.Format(time.DateOnly))
	}
	require.Equal(t, []string{"134/KH-UBND 2019-06-11", "102/KH-UBND 2022-04-01", "161/KH-UBND 2023-05-31", "97/KH-UBND 2025-04-11"}, days)
	require.Contains(t, p.Documents[3].Note.EN, "looks like a slip")
	require.Len(t, p.Groups, 5)
}

func TestYearlyFiguresNameTheYearsWithoutAnOfficialFigure(t *testing.T) {
	on := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	event := func(id string, at time.Time, access string) map[string]any {
		return map[string]any{"id": id, "title": id, "disciplines": []any{"design"}, "format": "onsite", "access": access, "starts_at": at}
	}
	s := serviceAt(t, loaded(t), lateIn2026,
		load{At: on(2026, 11, 1), Source: "e", Dataset: "events", Rows: []map[string]any{
			event("E1", on(2025, 2, 1), "free"), event("E2", on(2025, 3, 1), "ticketed"), event("E3", on(2026, 3, 1), "free"),
		}},
		claimLoad(share("c1", "2025", 5.1, "actual"), share("c2", "2024", 4, "actual"), share("c3", "2024", 4.5, "actual"), share("c4", "2023", 3, "estimate")),
	)
	figures := func(name string) []YearFigure {
		f, err := s.YearlyFigures(t.Context(), name, 4, time.Time{}, khue.Everything)
		require.NoError(t, err)
		return f
	}
	free := figures("free_event_share")
	require.Equal(t, []string{"2026", "2025", "2024", "2023"}, []string{free[0].Year.String(), free[1].Year.String(), free[2].Year.String(), free[3].Year.String()})
	require.Equal(t, Value{Number: 100, Known: true}, free[0].Value)
	require.True(t, free[0].Partial, "the year is not over")
	require.Equal(t, Value{Number: 50, Known: true}, free[1].Value)
	require.False(t, free[2].Value.Known)
	grdp := figures("grdp_share")
	require.Equal(t, Value{}, grdp[0].Value)
	require.True(t, grdp[0].Partial)
	require.Equal(t, Value{Number: 5.1, Known: true}, grdp[1].Value)
	require.Equal(t, 2, grdp[2].Conflict, "two that contradict each other give none")
	require.Equal(t, Value{}, grdp[2].Value)
	require.Equal(t, Value{}, grdp[3].Value, "an estimate is no official figure")
	_, err := s.YearlyFigures(t.Context(), "grdp", 4, time.Time{}, khue.Everything)
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}
