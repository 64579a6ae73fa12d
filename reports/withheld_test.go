package reports_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/document"
)

// discreet answers as the city does, but withholds revenue from whoever lacks
// the right, as the service does.
type discreet struct{ *city }

func (x discreet) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	c, err := x.city.Compare(ctx, q)
	for i, name := range q.Measures {
		if name == "revenue" && !q.Scope.Confidential {
			c.Now.Rows[0].Values[i], c.Before.Rows[0].Values[i] = indicators.Value{Suppressed: true}, indicators.Value{Suppressed: true}
		}
	}
	return c, err
}

// monthly answers revenue as the service does a confidential measure: by whole
// months, of which the running one is none.
type monthly struct{ *city }

func (x monthly) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	c, err := x.city.Compare(ctx, q)
	if len(q.Measures) == 1 && q.Measures[0] == "revenue" {
		c.From, c.To, c.Comparable, c.Before = q.From, q.To, false, indicators.Answer{}
	}
	return c, err
}

func TestAMonthThatIsNotOverSaysHowFarAConfidentialFigureReaches(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	x.promise()
	r, err := reports.New(monthly{x}, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}})
	require.NoError(t, err)
	d, err := r.Build(context.Background(), reports.Order{ID: reports.MonthlyBulletin, Period: khue.MustParsePeriod("2026-11"), Lang: khue.Vietnamese})
	require.NoError(t, err)
	text := outline(d)
	require.Contains(t, text, "Từ 01/11 đến hết 23/11/2026, doanh thu sự kiện đạt")
	require.Contains(t, text, "* Đến hết ngày 23/11/2026; chưa có tháng trọn vẹn nào để so sánh.")
	require.NotContains(t, text, "30/11/2026", "a day that has not come")
}

// silent knows no visits of the report's own days.
type silent struct{ *city }

func (x silent) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	c, err := x.city.Compare(ctx, q)
	for i, name := range q.Measures {
		if name == "visitors" {
			c.Now.Rows[0].Values[i] = indicators.Value{}
		}
	}
	return c, err
}

func TestATextSaysOfAFigureThatNobodyKnowsNeitherZeroNorAFall(t *testing.T) {
	all, _, err := definitionsIn(t, map[string]string{"a.yaml": ownReport})
	require.NoError(t, err)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	r, err := reports.New(silent{x}, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}, Definitions: all})
	require.NoError(t, err)
	d, err := r.Build(context.Background(), reports.Order{ID: "ward-note", Period: khue.MustParsePeriod("2026-10"), Lang: khue.Vietnamese})
	require.NoError(t, err)
	text := outline(d)
	require.Contains(t, text, "Tháng 10 năm 2026 có (chưa có số liệu chính thức)")
	require.NotContains(t, text, "giảm 100")
}

func TestAPublishedReportWithholdsInEveryFormatAndOneForTheOfficeDoesNot(t *testing.T) {
	now := moment(2026, 3, 1)
	for _, confidential := range []bool{false, true} {
		catalogue, err := indicators.Load("")
		require.NoError(t, err)
		x := newCity(catalogue, date(2026, 3, 1))
		x.promise()
		r, err := reports.New(discreet{x}, reports.Options{Now: now, Meaning: x, Charts: sketch{}, Confidential: confidential})
		require.NoError(t, err)
		d := build(t, r, "2025", khue.English)
		var row document.Row
		var source string
		for _, block := range d.Blocks {
			if table, ok := block.(*document.Table); ok && table.ID == "headlines" {
				source = table.Source
				for _, one := range table.Rows {
					if strings.HasPrefix(one.Cells[0].Text(khue.English), "Event revenue") {
						row = one
					}
				}
			}
		}
		require.NotEmpty(t, row.Cells)
		if confidential {
			require.Equal(t, document.Number, row.Cells[2].Kind)
			require.NotContains(t, source, "withheld")
			continue
		}
		for _, c := range row.Cells[2:] {
			require.Equal(t, document.Withheld(), c)
		}
		require.Contains(t, source, "c: withheld to protect those who reported.")
		var page bytes.Buffer
		require.NoError(t, r.Write(t.Context(), d, reports.HTML, &page))
		require.Contains(t, page.String(), "the figure for event revenue is withheld to protect those who reported")
	}
}
