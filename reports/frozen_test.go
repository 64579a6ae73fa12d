package reports_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/document"
)

var _ reports.Past = (*indicators.Service)(nil)

// remembering is the city with a memory of how things stood. Sections ask at the same time.
type remembering struct {
	*city
	sync.Mutex
	loading bool           // a batch is coming in
	without string         // a dataset that has no facts
	uncited int            // questions whose evidence is not to be the journal's
	rollups int            // questions that did not ask the journal
	asked   map[string]int // moments that were asked about
	between []indicators.Restatement
}

func (r *remembering) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	r.Lock()
	if !q.FromJournal {
		r.rollups++
	}
	if !q.CiteJournal {
		r.uncited++
	}
	r.asked[q.AsOf.UTC().Format(time.RFC3339)]++
	r.Unlock()
	a, err := r.city.Ask(ctx, q)
	if !r.loading {
		a.Evidence.ID = "0123456789AB"
	}
	for _, name := range q.Measures {
		m, _ := r.catalogue.Measure(name)
		reach := indicators.Reach{Dataset: m.Dataset, Until: r.today}
		if m.Dataset == r.without {
			reach.Until = time.Time{}
		}
		a.Evidence.Reach = append(a.Evidence.Reach, reach)
	}
	return a, err
}

func (r *remembering) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	c, err := r.city.Compare(ctx, q)
	for _, side := range []*indicators.Answer{&c.Now, &c.Before} {
		if err == nil && len(side.Question.Measures) > 0 {
			*side, err = r.Ask(ctx, side.Question)
		}
	}
	return c, err
}

func (r *remembering) FreshnessAt(ctx context.Context, at time.Time) ([]indicators.Freshness, error) {
	r.Lock()
	defer r.Unlock()
	r.asked[at.UTC().Format(time.RFC3339)]++
	return r.Freshness(ctx)
}

func (r *remembering) Restate(_ context.Context, q indicators.Restatement) (indicators.Restated, error) {
	r.between = append(r.between, q)
	var out indicators.Restated
	for _, name := range q.Names {
		if name != "visitors" {
			continue
		}
		p := khue.MustParsePeriod("2025")
		out.Figures = append(out.Figures, indicators.RestatedFigure{Name: name, Label: khue.Text{VI: "Khách tại chỗ", EN: "On-site visitors"}, Additive: true, Cells: []indicators.RestatedCell{{
			Keys: []indicators.Key{{Code: "2025", Name: khue.Text{VI: "2025", EN: "2025"}, Period: p}}, Before: indicators.Value{Number: 1000, Known: true}, After: indicators.Value{Number: 1077, Known: true},
			Causes: []indicators.CauseEffect{{Cause: "late", Effect: 77, Records: 1}},
		}}})
	}
	return out, nil
}

// newRemembering makes a reporter whose clock can be turned.
func newRemembering(t *testing.T, clock *time.Time) (*reports.Reporter, *remembering) {
	t.Helper()
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	x.promise()
	r := &remembering{city: x, asked: map[string]int{}}
	reporter, err := reports.New(r, reports.Options{Now: func() time.Time { return *clock }, Meaning: x, Charts: sketch{}})
	require.NoError(t, err)
	return reporter, r
}

func order(lang khue.Lang) reports.Order {
	return reports.Order{ID: reports.ResolutionProgress, Period: khue.MustParsePeriod("2025"), Lang: lang}
}

func model(t *testing.T, d document.Document) string {
	t.Helper()
	text, err := document.Canonical(d)
	require.NoError(t, err)
	return string(text)
}

func TestWhatIsFrozenMakesTheSameReportWheneverItIsMade(t *testing.T) {
	clock := moment(2026, 11, 23)()
	reporter, asked := newRemembering(t, &clock)
	frozen, err := reporter.Freeze(t.Context(), reports.Order{ID: reports.ResolutionProgress, Period: khue.MustParsePeriod("2025")})
	require.NoError(t, err)
	require.True(t, clock.Equal(frozen.AsOf))
	first, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)

	clock = clock.AddDate(2, 0, 0)
	clear(asked.asked)
	again, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)
	require.Equal(t, model(t, first.Document), model(t, again.Document))
	require.Zero(t, asked.uncited, "every question has the journal's evidence")
	require.Len(t, asked.asked, 1, "and is about the moment of the report: %v", asked.asked)

	asked.rollups = 0
	recounted, err := reporter.Recount(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)
	require.Equal(t, model(t, first.Document), model(t, recounted.Document))
	require.Zero(t, asked.rollups, "every question goes to the journal")

	frozen.HeldBack["attendance"] += 40
	other, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)
	found, err := document.Differences([]byte(model(t, first.Document)), []byte(model(t, other.Document)))
	require.NoError(t, err)
	require.Len(t, found, 1, "rows that were held back are told as they were seen then")
	require.Equal(t, "blocks[quality].rows[Lượt khách].cells[4].number", found[0].Path)
}

func TestAReportSaysWhyItMayNotLeaveTheOffice(t *testing.T) {
	clock := moment(2026, 11, 23)()
	reporter, asked := newRemembering(t, &clock)
	frozen, err := reporter.Freeze(t.Context(), reports.Order{ID: reports.ResolutionProgress, Period: khue.MustParsePeriod("2025")})
	require.NoError(t, err)
	lacks := func(lang khue.Lang) (out []string) {
		made, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
		require.NoError(t, err)
		for _, l := range made.Lacks {
			out = append(out, l.In(lang))
		}
		return out
	}
	low := []string{"Doanh thu sự kiện: mới có 75% sự kiện bán vé đã báo cáo, dưới mức 80% cần có"}
	require.Equal(t, low, lacks(khue.Vietnamese))
	require.Equal(t, []string{"Event revenue: only 75% of ticketed events have reported, below the floor of 80%"}, lacks(khue.English))
	asked.without = "members"
	require.Contains(t, lacks(khue.English), "there are no data of the dataset “Members”")
	asked.loading = true
	require.Contains(t, lacks(khue.Vietnamese), "số liệu đang được nạp khi lập báo cáo; hãy lập lại dự thảo")
}

func TestAnIssuedReportHasItsNumberAndDay(t *testing.T) {
	clock := moment(2026, 11, 23)()
	reporter, _ := newRemembering(t, &clock)
	frozen, err := reporter.Freeze(t.Context(), reports.Order{ID: reports.ResolutionProgress, Period: khue.MustParsePeriod("2025")})
	require.NoError(t, err)
	before := frozen.Letterhead
	made, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen.Issued("12/BC-SVHTT", time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)))
	require.NoError(t, err)
	require.Equal(t, "Số: 12/BC-SVHTT", made.Document.Letterhead.Number)
	require.Equal(t, "Hà Nội, ngày 03 tháng 12 năm 2026", made.Document.Letterhead.PlaceDate)
	require.Equal(t, before, frozen.Letterhead, "the draft keeps the clerk's dots")
	require.NotContains(t, outline(made.Document), "Các tệp và căn cứ")
}

func TestAnIssuedReportLeadsToItsPage(t *testing.T) {
	clock := moment(2026, 11, 23)()
	reporter, _ := newRemembering(t, &clock)
	frozen, err := reporter.Freeze(t.Context(), order(khue.Vietnamese))
	require.NoError(t, err)
	frozen.Page = "https://khue.example.vn/reports/12"
	made, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)
	first, ok := made.Document.Blocks[0].(document.Paragraph)
	require.True(t, ok)
	require.Equal(t, []document.Run{{Text: "Các tệp và căn cứ của báo cáo này: "}, {Text: frozen.Page, Link: frozen.Page}}, first.Runs)
	var page bytes.Buffer
	require.NoError(t, reporter.Write(t.Context(), made.Document, reports.HTML, &page))
	require.Contains(t, page.String(), `href="https://khue.example.vn/reports/12"`)
}

func TestAReportThatTakesThePlaceOfAnotherEndsWithWhatChanged(t *testing.T) {
	clock := moment(2026, 11, 23)()
	reporter, asked := newRemembering(t, &clock)
	frozen, err := reporter.Freeze(t.Context(), reports.Order{ID: reports.ResolutionProgress, Period: khue.MustParsePeriod("2025")})
	require.NoError(t, err)
	first, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)
	frozen.Former = &reports.Former{
		Report: 1, Version: 1, Number: "12/BC-SVHTT", IssuedOn: clock.AddDate(0, -1, 0), AsOf: clock.AddDate(0, -1, -1), Definitions: "abc", Asked: first.Asked,
	}
	made, err := reporter.Make(t.Context(), order(khue.Vietnamese), frozen)
	require.NoError(t, err)
	text := outline(made.Document)
	require.Contains(t, text, "Báo cáo này thay báo cáo số 12/BC-SVHTT ngày 23/10/2026 (bản 1).")
	require.Contains(t, text, "Khách tại chỗ | 2025 | 1.000 | 1.077 | +77 | Báo muộn (+77)")
	require.Contains(t, text, "Thay đổi của các chỉ số giữ kín cho từng đơn vị không được nêu.")
	for _, q := range asked.between {
		require.NotContains(t, q.Names, "revenue", "what changed in a confidential measure leads to one contributor")
		require.Equal(t, "abc", q.Version)
		require.Equal(t, frozen.AsOf, q.To)
	}
	require.NotEmpty(t, asked.between)
}
