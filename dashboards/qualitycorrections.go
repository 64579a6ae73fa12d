package dashboards

import (
	"context"
	"encoding/json"
	"net/url"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// correctedMonth is what was recorded in one month, all datasets together.
type correctedMonth struct {
	month                                      khue.Period
	loaded, timely, late, corrected, retracted int64
	sets                                       []indicators.Corrections
}

func (m correctedMonth) changed() int64 { return m.late + m.corrected + m.retracted }

type corrections []correctedMonth

func (v *visit) gatherCorrections(ctx context.Context) (corrections, error) {
	months, days := v.lastMonths()
	found, err := recall(ctx, v.site.memory, v.state, "corrections", func(ctx context.Context) ([]indicators.Corrections, error) {
		return v.site.service.Corrections(ctx, days.From, days.To)
	})
	if err != nil {
		return nil, err
	}
	out := make(corrections, len(months))
	for i, p := range months {
		out[i].month = p
		for _, c := range found {
			if c.Month != p {
				continue
			}
			m := &out[i]
			m.loaded, m.timely, m.late, m.corrected, m.retracted = m.loaded+c.Loaded, m.timely+c.Timely, m.late+c.Late, m.corrected+c.Corrected, m.retracted+c.Retracted
			m.sets = append(m.sets, c)
		}
	}
	return out, nil
}

// Names of the series, in the order in which they stand on each other.
func correctionNames(lang khue.Lang) [3]string {
	return [3]string{text("Đến muộn", "Came late").In(lang), text("Được sửa", "Corrected").In(lang), text("Bị rút", "Retracted").In(lang)}
}

func (v *visit) drawCorrections(lang khue.Lang, all corrections) drawn {
	c := card{
		Subtitle: text("Số bản ghi theo tháng được ghi nhận vào kho", "Records by the month in which the warehouse took them down").In(lang),
		Source:   qualitySource(lang, "sổ lô dữ liệu và sổ nhật ký số liệu", "the book of batches and the journal of facts"),
		Chart:    v.addressOf(lang, "quality-corrections"),
		Notes: []string{
			textf("Đến muộn: được ghi quá %[1]d ngày sau khi tháng của nó kết thúc. Không tính lần nạp đầu tiên của một nguồn và các lần nạp bù; sổ thành viên, cam kết và số đã công bố không có khái niệm muộn.",
				"Came late: recorded more than %[1]d days after the end of its month. The first load of a source and backfills are left out; registers of members, promises and published figures cannot be late.", indicators.LateAfterDays).In(lang),
		},
	}
	var total correctedMonth
	for _, m := range all {
		total.late, total.corrected, total.retracted = total.late+m.late, total.corrected+m.corrected, total.retracted+m.retracted
	}
	c.Table = v.correctionsTable(lang, all, c.Subtitle)
	n := func(of int64) string { return locale.Number(lang, float64(of), 0) }
	if total.changed() == 0 {
		c.Title = text("12 tháng qua không có bản ghi nào đến muộn, được sửa hay bị rút", "In the last 12 months no record came late, was corrected or retracted").In(lang)
		c.Empty, c.Chart = text("Từ sau lần nạp đầu tiên chưa có gì thay đổi. Bảng bên dưới cho biết mỗi tháng đã nhận bao nhiêu bản ghi.", "Nothing has changed since the first load. The table below tells how many records came each month.").In(lang), ""
		return drawn{card: c}
	}
	c.Title = textf("12 tháng qua: %[1]s bản ghi đến muộn, %[2]s được sửa, %[3]s bị rút", "Last 12 months: %[1]s records came late, %[2]s were corrected, %[3]s retracted",
		n(total.late), n(total.corrected), n(total.retracted)).In(lang)
	c.Summary = text("Biểu đồ cột chồng. ", "Stacked column chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.correctionsOption(lang, all) }}
}

// correctionsTable has what the chart leaves out too; a remark names the datasets.
func (v *visit) correctionsTable(lang khue.Lang, all corrections, caption string) *table {
	names := correctionNames(lang)
	t := &table{Caption: caption, Head: []string{
		text("Tháng ghi nhận", "Month recorded").In(lang), names[0], names[1], names[2], text("Đúng kỳ", "In time").In(lang), text("Nạp đầu, nạp bù", "First load, backfill").In(lang),
	}}
	for _, m := range all {
		r := tableRow{Cells: []cell{
			named(capital(locale.PeriodName(lang, m.month))).leading(v.runsOf(m.month)), whole(lang, m.late), whole(lang, m.corrected), whole(lang, m.retracted), whole(lang, m.timely), whole(lang, m.loaded),
		}}
		for _, s := range m.sets {
			if s.Late+s.Corrected+s.Retracted > 0 {
				r.Note = joined(r.Note, textf("%[1]s: %[2]s muộn, %[3]s sửa, %[4]s rút", "%[1]s: %[2]s late, %[3]s corrected, %[4]s retracted", s.Label.In(lang),
					locale.Number(lang, float64(s.Late), 0), locale.Number(lang, float64(s.Corrected), 0), locale.Number(lang, float64(s.Retracted), 0)).In(lang))
			}
		}
		if m.month.End().After(v.frame.today) {
			r.Note = joined(r.Note, text("tháng chưa hết", "the month is not over").In(lang))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// runsOf leads to the runs of a period; "" where the site does not have them.
func (v *visit) runsOf(p khue.Period) string {
	if v.site.data == nil {
		return ""
	}
	return address(runsPath, url.Values{periodName: {p.String()}}, "")
}

func (v *visit) correctionsOption(lang khue.Lang, all corrections) (json.RawMessage, error) {
	names := correctionNames(lang)
	s := charts.Stacked{Lang: lang, FontFamily: screenFont, Series: []charts.Series{
		{Name: names[0], Tone: charts.Before}, {Name: names[1], Tone: charts.Link}, {Name: names[2], Tone: charts.Now},
	}}
	var links []string
	for _, m := range all {
		partial := m.month.End().After(v.frame.today)
		s.Categories = append(s.Categories, locale.PeriodLabel(lang, m.month))
		for i, n := range []int64{m.late, m.corrected, m.retracted} {
			s.Series[i].Points = append(s.Series[i].Points, charts.Point{Value: float64(n), Known: true, Partial: partial})
		}
		link := ""
		if m.changed() > 0 {
			link = v.runsOf(m.month)
		}
		links = append(links, link)
	}
	option, err := charts.StackedColumns(s)
	if err != nil {
		return nil, err
	}
	return charts.Leading(option, charts.Ways{names[0]: links, names[1]: links, names[2]: links})
}
