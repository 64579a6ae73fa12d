package dashboards

import (
	"context"
	"net/url"
	"strconv"
	"sync"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// qualityMonths is how many months the page looks back, the one under way included.
const qualityMonths = 12

// lastMonths are the months of the page, and their days as far as they have come.
func (v *visit) lastMonths() ([]khue.Period, span) {
	this := khue.PeriodOf(v.frame.today, khue.Month)
	s := span{this.Shift(1 - qualityMonths).Start(), this.End()}
	return s.months(), s
}

// reporting is who has reported by month, list by list.
type reporting struct {
	months []khue.Period
	lists  []indicators.Reporting
	// unknown are the lists of which nobody knows who should report.
	unknown []indicators.Expectation
}

func (v *visit) gatherReporting(ctx context.Context) (reporting, error) {
	months, days := v.lastMonths()
	r := reporting{months: months}
	var asked []indicators.Expectation
	for _, x := range v.site.service.Catalogue().Expectations() {
		if x.Reporters == "none" {
			r.unknown = append(r.unknown, x)
		} else {
			asked = append(asked, x)
		}
	}
	r.lists = make([]indicators.Reporting, len(asked))
	faults := make([]error, len(asked))
	var wait sync.WaitGroup
	for i, x := range asked {
		wait.Go(func() {
			r.lists[i], faults[i] = recall(ctx, v.site.memory, v.state, "reporting "+x.Name, func(ctx context.Context) (indicators.Reporting, error) {
				return v.site.service.Reporting(ctx, indicators.ReportingQuestion{Expectation: x.Name, From: days.From, To: days.To, Most: 1, Scope: reach()})
			})
		})
	}
	wait.Wait()
	for _, err := range faults {
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// qualityHeat is the grid of lists by months.
type qualityHeat struct {
	Caption string
	Months  []string
	Rows    []qualityHeatRow
	Legend  []heatCell
}

type qualityHeatRow struct {
	Label, Address string
	Total          heatCell
	Cells          []qualityHeatCell
}

type qualityHeatCell struct {
	heatCell
	Address string
	Title   string
	Partial bool
}

func (v *visit) drawReporting(lang khue.Lang, r reporting) drawn {
	c := card{
		Subtitle: text("Tỷ lệ báo cáo đã nhận trên số phải gửi, theo tháng; ô gạch chéo là tháng chưa hết", "Share of the reports due that have come in, by month; hatched is a month that is not over").In(lang),
		Source:   qualitySource(lang, "danh sách nơi báo cáo trong phần định nghĩa và sổ lô dữ liệu", "the lists of who reports in the definitions, and the book of batches"),
	}
	for _, x := range r.unknown {
		c.Notes = append(c.Notes, listLabel(lang, x)+": "+undetermined.In(lang)+". "+x.Reason.In(lang))
	}
	if len(r.lists) == 0 {
		c.Empty = text("Chưa khai báo ai phải báo cáo.", "Nothing says who should report.").In(lang)
		return drawn{card: c, body: "qualityheat"}
	}
	heat := qualityHeat{Caption: c.Subtitle, Legend: heatKey(lang, r.lists[0].Expectation)}
	t := &table{Caption: c.Subtitle, Head: []string{text("Danh sách", "List").In(lang), text("Cả 12 tháng", "All 12 months").In(lang)}}
	for _, p := range r.months {
		heat.Months = append(heat.Months, locale.PeriodLabel(lang, p))
		t.Head = append(t.Head, locale.PeriodLabel(lang, p))
	}
	var low []string
	for _, one := range r.lists {
		row, line := v.heatRowOf(lang, r, one)
		heat.Rows, t.Rows = append(heat.Rows, row), append(t.Rows, line)
		if one.Expectation.Floored(one.Total) {
			low = append(low, listLabel(lang, one.Expectation))
		}
	}
	c.Table = t
	c.Title = reportingTitle(lang, r, low)
	c.Summary = text("Bản đồ nhiệt dạng bảng. ", "Heat map as a table. ").In(lang) + c.Title + "."
	return drawn{card: c, body: "qualityheat", view: heat}
}

// reportingTitle says which list has least, or that all have what they should.
func reportingTitle(lang khue.Lang, r reporting, low []string) string {
	if len(low) > 0 {
		return textf("Dưới mức cần có trong 12 tháng qua: %s", "Below the floor over the last 12 months: %s", listed(lang, low)).In(lang)
	}
	var least *indicators.Reporting
	for i, one := range r.lists {
		if one.Total.Known && (least == nil || one.Total.Share() < least.Total.Share()) {
			least = &r.lists[i]
		}
	}
	if least == nil {
		return text("Trong 12 tháng qua chưa có báo cáo nào đến hạn", "No report was due in the last 12 months").In(lang)
	}
	return textf("Không danh sách nào dưới mức cần có; thấp nhất là %[1]s %[2]s", "No list is below its floor; the lowest: %[1]s %[3]s",
		locale.WholeShare(lang, least.Total.Share()), least.Expectation.Label.VI, least.Expectation.Label.EN).In(lang)
}

func (v *visit) heatRowOf(lang khue.Lang, r reporting, one indicators.Reporting) (qualityHeatRow, tableRow) {
	x := one.Expectation
	row := qualityHeatRow{Label: listLabel(lang, x), Total: shareCell(lang, x, one.Total), Address: v.completenessOf(x, v.frame.today.Year())}
	line := tableRow{Cells: []cell{named(row.Label).leading(row.Address), completeCell(lang, one.Total)}}
	for _, p := range r.months {
		var c indicators.Completeness
		for j, q := range one.Periods {
			if q == p {
				c = one.ByPeriod[j]
			}
		}
		cell := qualityHeatCell{heatCell: shareCell(lang, x, c), Partial: p.End().After(v.frame.today), Address: v.completenessOf(x, p.Start().Year())}
		cell.Title = capital(locale.PeriodName(lang, p)) + ": "
		if c.Known {
			cell.Title += textf("%[1]s trên %[2]s báo cáo", "%[1]s of %[2]s reports", locale.Number(lang, float64(c.Reported), 0), locale.Number(lang, float64(c.Expected), 0)).In(lang)
		} else {
			cell.Address = ""
			cell.Title += text("không có báo cáo nào đến hạn", "no report was due").In(lang)
		}
		if cell.Partial {
			cell.Title += text(", tháng chưa hết", ", the month is not over").In(lang)
		}
		row.Cells, line.Cells = append(row.Cells, cell), append(line.Cells, completeCell(lang, c))
	}
	if last := row.Cells[len(row.Cells)-1]; last.Partial {
		line.Note = text("tháng cuối chưa hết", "the last month is not over").In(lang)
	}
	return row, line
}

// completenessOf is the page on who reports, about one list in one year; "" where
// the site does not have it.
func (v *visit) completenessOf(x indicators.Expectation, year int) string {
	if v.site.data == nil || year < firstYear {
		return ""
	}
	return address(completenessPath, url.Values{listName: {x.Name}, yearName: {strconv.Itoa(year)}}, "")
}
