package dashboards

import (
	"context"
	"encoding/json"
	"time"

	"khue"
	"khue/charts"
	"khue/locale"
)

// RunDay is the runs that began on one calendar day, by how they ended.
type RunDay struct {
	Day                        time.Time // midnight UTC, in the observatory's zone
	Done, Faulty, Failed, Open int64     // Faulty ones refused rows; they are not among the Done
	Median, Longest            time.Duration
}

func (d RunDay) all() int64 { return d.Done + d.Faulty + d.Failed + d.Open }

// QuarantineDay is the open faults of a source that were last read on one day.
type QuarantineDay struct {
	Source string
	Day    time.Time // midnight UTC, in the observatory's zone
	Rows   int64
}

// runDays are the runs of the last days, each day there whether or not anything ran.
type runDays struct {
	days []RunDay
	all  RunDay
}

// runDaysShown is how many days the strip has, today included.
const runDaysShown = 30

func (v *visit) gatherRunDays(ctx context.Context) (runDays, error) {
	from := v.frame.today.AddDate(0, 0, 1-runDaysShown)
	found, all, err := v.site.data.RunDays(ctx, v.site.midnight(from), v.site.midnight(v.frame.today.AddDate(0, 0, 1)))
	r := runDays{all: all}
	for i := range runDaysShown {
		one := RunDay{Day: from.AddDate(0, 0, i)}
		for _, d := range found {
			if d.Day.Equal(one.Day) {
				one = d
			}
		}
		r.days = append(r.days, one)
	}
	return r, err
}

func runDayNames(lang khue.Lang) [3]string {
	return [3]string{outcomeStatus(lang, RunDone).Word, outcomeStatus(lang, RunFaulty).Word, outcomeStatus(lang, RunFailed).Word}
}

func (v *visit) drawRunDays(lang khue.Lang, r runDays) drawn {
	c := card{
		Subtitle: text("Số lần chạy bắt đầu mỗi ngày, theo kết quả", "Runs that began each day, by outcome").In(lang),
		Source:   qualitySource(lang, "sổ lô dữ liệu", "the book of batches"), Chart: v.addressOf(lang, "quality-runs"),
	}
	n := func(of int64) string { return locale.Number(lang, float64(of), 0) }
	if r.all.all() == 0 {
		c.Chart, c.Empty = "", text("30 ngày qua không có lần chạy nào.", "Nothing ran in the last 30 days.").In(lang)
		return drawn{card: c}
	}
	c.Title = textf("%[1]s lần chạy trong 30 ngày", "%[1]s "+plural(int(r.all.all()), "run", "runs")+" in 30 days", n(r.all.all())).In(lang)
	switch {
	case r.all.Failed == 0 && r.all.Faulty == 0:
		c.Title += text(", không lần nào hỏng hay có lỗi", ", none failed or had faults").In(lang)
	case r.all.Failed == 0:
		c.Title += textf(", không lần nào hỏng, %[1]s lần có lỗi", ", none failed, %[1]s with faults", n(r.all.Faulty)).In(lang)
	default:
		c.Title += textf(", %[1]s lần hỏng, %[2]s lần có lỗi", ", %[1]s failed, %[2]s with faults", n(r.all.Failed), n(r.all.Faulty)).In(lang)
	}
	took := textf("Một nửa số lần chạy mất không quá %[1]s; lâu nhất %[2]s.", "Half of the runs took no more than %[3]s; the longest took %[4]s.",
		lasting(khue.Vietnamese, r.all.Median), lasting(khue.Vietnamese, r.all.Longest), lasting(khue.English, r.all.Median), lasting(khue.English, r.all.Longest)).In(lang)
	c.Notes = []string{took}
	c.Summary = text("Biểu đồ cột chồng. ", "Stacked column chart. ").In(lang) + c.Title + ". " + took
	c.Table = v.runDaysTable(lang, r, c.Subtitle)
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.runDaysOption(lang, r) }}
}

func (v *visit) runDaysTable(lang khue.Lang, r runDays, caption string) *table {
	names := runDayNames(lang)
	t := &table{Caption: caption, Head: []string{
		text("Ngày", "Day").In(lang), names[0], names[1], names[2], text("Thời gian giữa", "Median time").In(lang), text("Lâu nhất", "Longest").In(lang),
	}}
	for i := len(r.days) - 1; i >= 0; i-- {
		d := r.days[i]
		line := tableRow{Cells: []cell{named(locale.Date(lang, d.Day)), whole(lang, d.Done), whole(lang, d.Faulty), whole(lang, d.Failed), {Text: "–", Number: true}, {Text: "–", Number: true}}}
		if d.all() > 0 {
			line.Cells[0] = line.Cells[0].leading(v.runsOf(khue.PeriodOf(d.Day, khue.Day)))
		}
		if d.all() > d.Open {
			line.Cells[4], line.Cells[5] = tookCell(lang, d.Median), tookCell(lang, d.Longest)
		}
		switch {
		case d.Open > 0:
			line.Note = textf("%[1]d lần đang chạy", "%[1]d under way", d.Open).In(lang)
		case d.Day.Equal(v.frame.today):
			line.Note = text("ngày chưa hết", "the day is not over").In(lang)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// tookCell is a time in words, and in seconds for a file.
func tookCell(lang khue.Lang, d time.Duration) cell {
	return cell{Text: lasting(lang, d), Number: true, raw: locale.Number(khue.English, d.Seconds(), 3)}
}

func (v *visit) runDaysOption(lang khue.Lang, r runDays) (json.RawMessage, error) {
	names := runDayNames(lang)
	s := charts.Stacked{Lang: lang, FontFamily: screenFont, Series: []charts.Series{
		{Name: names[0], Tone: charts.Good}, {Name: names[1], Tone: charts.Before}, {Name: names[2], Tone: charts.Now},
	}}
	var links []string
	for _, d := range r.days {
		s.Categories = append(s.Categories, d.Day.Format("02/01"))
		if lang == khue.English {
			s.Categories[len(s.Categories)-1] = d.Day.Format("2 Jan")
		}
		for i, n := range []int64{d.Done, d.Faulty, d.Failed} {
			s.Series[i].Points = append(s.Series[i].Points, charts.Point{Value: float64(n), Known: true, Partial: d.Day.Equal(v.frame.today)})
		}
		link := ""
		if d.all() > 0 {
			link = v.runsOf(khue.PeriodOf(d.Day, khue.Day))
		}
		links = append(links, link)
	}
	option, err := charts.StackedColumns(s)
	if err != nil {
		return nil, err
	}
	return charts.Leading(option, charts.Ways{names[0]: links, names[1]: links, names[2]: links})
}
