package reports

import (
	"strings"
	"testing"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func known(v float64) indicators.Value { return indicators.Value{Number: v, Known: true} }

func whole() window {
	at := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	return window{period: khue.MustParsePeriod("2025"), from: at(2025, 1, 1), to: at(2026, 1, 1), beforeFrom: at(2024, 1, 1), beforeTo: at(2025, 1, 1), comparable: true}
}

func partial() window {
	w := whole()
	w.cut = true
	w.to, w.beforeTo = w.from.AddDate(0, 10, 3), w.beforeFrom.AddDate(0, 10, 3)
	return w
}

// of is the days of a whole period.
func of(period string) window {
	p := khue.MustParsePeriod(period)
	return window{period: p, from: p.Start(), to: p.End(), beforeFrom: p.YearBefore().Start(), beforeTo: p.YearBefore().End(), comparable: true}
}

func findingOf(measure string) finding {
	for _, f := range findings {
		if f.measure == measure {
			return f
		}
	}
	panic(measure)
}

func TestFindingsAreGrammaticalInBothLanguages(t *testing.T) {
	unknown := indicators.Value{}
	blank := whole()
	blank.comparable, blank.cut, blank.to = false, true, blank.from.AddDate(0, 0, 1)
	quarter, month, running := of("2026-Q3"), of("2026-10"), of("2026-11")
	running.cut, running.comparable, running.whole, running.to = true, false, true, running.from.AddDate(0, 0, 22)
	for _, c := range []struct {
		measure     string
		w           window
		now, before indicators.Value
		vi, en      string
	}{
		{
			"visitors", whole(), known(1_264_000), known(1_106_830),
			"Năm 2025, các sự kiện đón 1.264.000 lượt khách tại chỗ, tăng 14,2% so với năm 2024.",
			"In 2025, events received 1,264,000 on-site visits, up 14.2% on 2024.",
		},
		{
			"visitors", quarter, known(900), known(1000),
			"Quý III năm 2026, các sự kiện đón 900 lượt khách tại chỗ, giảm 10,0% so với quý III năm 2025.",
			"In Q3 2026, events received 900 on-site visits, down 10.0% on Q3 2025.",
		},
		{
			"certified_members", month, known(3), known(0),
			"Cuối tháng 10 năm 2026, Mạng lưới có 3 thành viên đã được cấp chứng nhận, trong khi cuối tháng 10 năm 2025 chưa có.",
			"At the end of October 2026, the Network had 3 certified members, against none at the end of October 2025.",
		},
		{
			"revenue", running, known(8_900_000_000), unknown,
			"Từ 01/11 đến hết 22/11/2026, doanh thu sự kiện đạt 8,90 tỷ đồng; chưa có tháng trọn vẹn nào để so sánh.",
			"From 1 November to 22 November 2026, event revenue came to 8.90 billion dong; there is no whole month yet to compare.",
		},
		{
			"visitors", partial(), known(900), known(1000),
			"Từ 01/01 đến hết 03/11/2025, các sự kiện đón 900 lượt khách tại chỗ, giảm 10,0% so với cùng kỳ năm 2024.",
			"From 1 January to 3 November 2025, events received 900 on-site visits, down 10.0% on the same days of 2024.",
		},
		{
			"events", whole(), known(1), known(1),
			"Năm 2025, có 1 sự kiện mở cho công chúng, không đổi so với năm 2024.",
			"In 2025, 1 public event was held, unchanged from 2024.",
		},
		{
			"events", whole(), known(2_000_100), known(2_000_000),
			"Năm 2025, có 2.000.100 sự kiện mở cho công chúng, gần như không đổi so với năm 2024.",
			"In 2025, 2,000,100 public events were held, almost unchanged from 2024.",
		},
		{
			"active_members", whole(), known(12), unknown,
			"Năm 2025, có 12 thành viên có hoạt động; năm 2024 chưa có số liệu chính thức để so sánh.",
			"In 2025, 12 members were active; there is no official figure for 2024 to compare with.",
		},
		{
			"activities", whole(), unknown, known(3),
			"Năm 2025, chưa có số liệu chính thức về hoạt động của thành viên.",
			"In 2025, there is no official figure for activities of members.",
		},
		{
			"revenue", whole(), known(38_600_000_000), known(39_550_000_000),
			"Năm 2025, doanh thu sự kiện đạt 38,6 tỷ đồng, giảm 2,4% so với năm 2024.",
			"In 2025, event revenue came to 38.6 billion dong, down 2.4% on 2024.",
		},
		{
			"certified_members", whole(), known(82), known(0),
			"Cuối năm 2025, Mạng lưới có 82 thành viên đã được cấp chứng nhận, trong khi cuối năm 2024 chưa có.",
			"At the end of 2025, the Network had 82 certified members, against none at the end of 2024.",
		},
		{
			"certified_members", partial(), known(1), known(2),
			"Đến hết ngày 03/11/2025, Mạng lưới có 1 thành viên đã được cấp chứng nhận, giảm 50,0% so với cùng thời điểm năm 2024.",
			"At the end of 3 November 2025, the Network had 1 certified member, down 50.0% on the same day of 2024.",
		},
		{
			"online_visitors", partial(), known(5), known(0),
			"Từ 01/01 đến hết 03/11/2025, có 5 lượt theo dõi trực tuyến, trong khi cùng kỳ năm 2024 chưa có.",
			"From 1 January to 3 November 2025, there were 5 online visits, against none on the same days of 2024.",
		},
		{
			"events", blank, known(3), unknown,
			"Từ 01/01 đến hết 01/01/2025, có 3 sự kiện mở cho công chúng; kỳ này chưa có ngày trọn vẹn để so sánh.",
			"From 1 January to 1 January 2025, 3 public events were held; there is no complete day yet to compare.",
		},
	} {
		f := findingOf(c.measure)
		if got := f.tell(khue.Vietnamese, c.w, c.now, c.before); got != c.vi {
			t.Errorf("got  %s\nwant %s", got, c.vi)
		}
		if got := f.tell(khue.English, c.w, c.now, c.before); got != c.en {
			t.Errorf("got  %s\nwant %s", got, c.en)
		}
	}
}

func TestPromisesAreCountedInBothLanguages(t *testing.T) {
	year := khue.MustParsePeriod("2025")
	for _, c := range []struct{ got, want string }{
		{
			targetsSentence(khue.Vietnamese, []string{"Chưa có số liệu chính thức", "Chưa đến hạn", "Chưa đến hạn"}),
			"Nghị quyết có 3 chỉ tiêu ghi năm phải đạt: 1 chưa có số liệu chính thức, 2 chưa đến hạn.",
		},
		{targetsSentence(khue.English, []string{"Met"}), "The resolution has 1 dated target: 1 met."},
		{
			initiativesSentence(khue.Vietnamese, locale.PeriodName(khue.Vietnamese, year), []string{"Đang thực hiện", "Hoàn thành"}, 1),
			"Năm 2025 có 2 sáng kiến theo cam kết với UNESCO: 1 đang thực hiện, 1 hoàn thành; 1 sáng kiến đã quá hạn kế hoạch.",
		},
		{
			initiativesSentence(khue.English, locale.PeriodName(khue.English, year), []string{"Done", "Late"}, 1),
			"2 UNESCO initiatives were planned for or carried out in 2025: 1 done, 1 late; 1 is past the planned end.",
		},
		{initiativesSentence(khue.English, locale.PeriodName(khue.English, year), nil, 0), "No initiative of 2025 is on record."},
		{
			leaders(khue.Vietnamese, []share{{"Thiết kế", 50}, {"Âm nhạc", 30}, {"Điện ảnh", 15}, {"Ẩm thực", 5}}, 100, 3, visitWords, khue.Text{VI: "lĩnh vực"}),
			"Thiết kế đứng đầu với 50 lượt khách tại chỗ (50,0%); ba lĩnh vực đứng đầu chiếm 95,0%.",
		},
		{leaders(khue.English, []share{{"Design", 0}}, 0, 3, visitWords, khue.Text{EN: "disciplines"}), ""},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestTheBusiestMonthIsAWholeOne(t *testing.T) {
	months := []monthFigure{
		{period: khue.MustParsePeriod("2026-09"), now: known(100)},
		{period: khue.MustParsePeriod("2026-10"), now: known(250)},
		{period: khue.MustParsePeriod("2026-11"), now: known(900), partial: true},
	}
	if got := busiest(khue.Vietnamese, months, 1250, ""); !strings.Contains(got, "Tháng 10 đông nhất trong các tháng trọn vẹn với 250 lượt khách") {
		t.Error(got)
	}
	if got := busiest(khue.English, months, 1250, ""); got != "October was the busiest whole month with 250 on-site visits, 20.0% of all." {
		t.Error(got)
	}
	if got := busiest(khue.English, months[:1], 100, ""); got != "" {
		t.Error("one month is no contest: " + got)
	}
}
