package reports

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// window is the days that figures cover and the days they are compared with, in
// the words of sentences and column heads.
type window struct {
	period     khue.Period
	from, to   time.Time // to is not included
	beforeFrom time.Time // the same days a year before
	beforeTo   time.Time
	cut        bool // the days end before the period does
	comparable bool
	whole      bool // figures are of whole months only
	elsewhere  bool // the area was not in force on all days compared: set against nothing
}

func (w window) last() time.Time { return w.to.AddDate(0, 0, -1) }

// head is the title of the column of these days, or of the year before.
func (w window) head(lang khue.Lang, before bool) string {
	p, last, from := w.period, w.last(), w.from
	if before {
		p, last, from = p.YearBefore(), w.beforeTo.AddDate(0, 0, -1), w.beforeFrom
	}
	if !w.cut {
		return locale.PeriodLabel(lang, p)
	}
	if lang == khue.English {
		return from.Format("2 Jan") + " – " + last.Format("2 Jan 2006")
	}
	return from.Format("02/01") + " – " + last.Format("02/01/2006")
}

// during opens a sentence: "Năm 2025", "Quý III năm 2026", "Từ 01/01 đến hết 22/11/2026".
func (w window) during(lang khue.Lang) string {
	switch {
	case !w.cut && lang == khue.English:
		return "In " + locale.PeriodName(lang, w.period)
	case !w.cut:
		return upperFirst(locale.PeriodName(lang, w.period))
	case lang == khue.English:
		return "From " + w.from.Format("2 January") + " to " + w.last().Format("2 January 2006")
	}
	return "Từ " + w.from.Format("02/01") + " đến hết " + w.last().Format("02/01/2006")
}

// at opens a sentence on a stock: "Cuối năm 2025", "Đến hết ngày 22/11/2026".
func (w window) at(lang khue.Lang) string {
	switch {
	case !w.cut && lang == khue.English:
		return "At the end of " + locale.PeriodName(lang, w.period)
	case !w.cut:
		return "Cuối " + locale.PeriodName(lang, w.period)
	case lang == khue.English:
		return "At the end of " + w.last().Format("2 January 2006")
	}
	return "Đến hết ngày " + w.last().Format("02/01/2006")
}

// before names what is compared with: "năm 2024", "the same days of 2025".
func (w window) before(lang khue.Lang, stock bool) string {
	year, name := w.period.YearBefore().Start().Format("2006"), locale.PeriodName(lang, w.period.YearBefore())
	english := lang == khue.English
	switch {
	case stock && !w.cut && english:
		return "the end of " + name
	case stock && !w.cut:
		return "cuối " + name
	case stock && english:
		return "the same day of " + year
	case stock:
		return "cùng thời điểm năm " + year
	case !w.cut:
		return name
	case english:
		return "the same days of " + year
	}
	return "cùng kỳ năm " + year
}

// inBefore is before with the English preposition that a time takes.
func (w window) inBefore(lang khue.Lang, stock bool) string {
	before := w.before(lang, stock)
	if lang != khue.English {
		return before
	}
	switch {
	case stock && !w.cut:
		return "at " + before
	case w.cut:
		return "on " + before
	}
	return "in " + before
}

// finding is how a measure is told: %s takes the number.
type finding struct {
	measure string
	stock   bool
	compact bool // large sums of money are told in words
	name    khue.Text
	many    khue.Text // after "Năm 2025, "
	one     string    // the English sentence where the number is 1
	area    khue.Text // instead of many in a report of one area; zero is many
}

// findings are the measures that the summary tells, in its order.
var findings = []finding{
	{
		measure: "visitors", name: khue.Text{VI: "lượt khách tại chỗ", EN: "on-site visits"},
		many: khue.Text{VI: "các sự kiện đón %s lượt khách tại chỗ", EN: "events received %s on-site visits"}, one: "events received %s on-site visit",
	},
	{
		measure: "online_visitors", name: khue.Text{VI: "lượt theo dõi trực tuyến", EN: "online visits"},
		many: khue.Text{VI: "có %s lượt theo dõi trực tuyến", EN: "there were %s online visits"}, one: "there was %s online visit",
	},
	{
		measure: "events", name: khue.Text{VI: "số sự kiện", EN: "events"},
		many: khue.Text{VI: "có %s sự kiện mở cho công chúng", EN: "%s public events were held"}, one: "%s public event was held",
	},
	{
		measure: "activities", name: khue.Text{VI: "hoạt động của thành viên", EN: "activities of members"},
		many: khue.Text{VI: "thành viên Mạng lưới thực hiện %s hoạt động", EN: "members of the Network carried out %s activities"}, one: "members of the Network carried out %s activity",
	},
	{
		measure: "active_members", name: khue.Text{VI: "số thành viên có hoạt động", EN: "active members"},
		many: khue.Text{VI: "có %s thành viên có hoạt động", EN: "%s members were active"}, one: "%s member was active",
	},
	{
		measure: "revenue", compact: true, name: khue.Text{VI: "doanh thu sự kiện", EN: "event revenue"},
		many: khue.Text{VI: "doanh thu sự kiện đạt %s đồng", EN: "event revenue came to %s dong"}, one: "event revenue came to %s dong",
	},
	{
		measure: "certified_members", stock: true, name: khue.Text{VI: "số thành viên đã được cấp chứng nhận", EN: "certified members"},
		many: khue.Text{VI: "Mạng lưới có %s thành viên đã được cấp chứng nhận", EN: "the Network had %s certified members"}, one: "the Network had %s certified member",
		area: khue.Text{VI: "địa bàn có %s thành viên Mạng lưới đã được cấp chứng nhận", EN: "certified members of the Network here: %s"},
	},
}

// tell writes a finding as one sentence with its change on the year before.
func (f finding) tell(lang khue.Lang, w window, now, before indicators.Value) string {
	open := w.during(lang)
	if f.stock {
		open = w.at(lang)
	}
	if now.Suppressed {
		return fmt.Sprintf(khue.Text{
			VI: "%s, %s được giữ kín để bảo vệ đơn vị cung cấp.", EN: "%s, the figure for %s is withheld to protect those who reported.",
		}.In(lang), open, f.name.In(lang))
	}
	if !now.Known {
		return fmt.Sprintf(khue.Text{VI: "%s, chưa có số liệu chính thức về %s.", EN: "%s, there is no official figure for %s."}.In(lang), open, f.name.In(lang))
	}
	pattern := f.many.In(lang)
	if lang == khue.English && now.Number == 1 {
		pattern = f.one
	}
	number := locale.Number(lang, now.Number, 0)
	if f.compact {
		number = locale.Compact(lang, now.Number, 0)
	}
	return open + ", " + fmt.Sprintf(pattern, number) + f.changed(lang, w, now, before) + "."
}

// changed is the clause that compares: ", tăng 14,2% so với năm 2024".
func (f finding) changed(lang khue.Lang, w window, now, before indicators.Value) string {
	say := func(vi, en, what string) string { return fmt.Sprintf(khue.Text{VI: vi, EN: en}.In(lang), what) }
	name := w.before(lang, f.stock)
	switch {
	case w.elsewhere: // said once, over all findings
		return ""
	case !w.comparable && w.whole:
		return khue.Text{VI: "; chưa có tháng trọn vẹn nào để so sánh", EN: "; there is no whole month yet to compare"}.In(lang)
	case !w.comparable:
		return khue.Text{VI: "; kỳ này chưa có ngày trọn vẹn để so sánh", EN: "; there is no complete day yet to compare"}.In(lang)
	case before.Suppressed:
		return say("; số liệu của %s được giữ kín", "; the figure for %s is withheld", name)
	case !before.Known:
		return say("; %s chưa có số liệu chính thức để so sánh", "; there is no official figure for %s to compare with", name)
	case before.Number == now.Number:
		return say(", không đổi so với %s", ", unchanged from %s", name)
	case before.Number == 0:
		return say(", trong khi %s chưa có", ", against none %s", w.inBefore(lang, f.stock))
	}
	ratio := now.Number/before.Number - 1
	size := locale.Percent(lang, math.Abs(ratio), 1)
	switch {
	case math.Abs(ratio) < 0.0005:
		return say(", gần như không đổi so với %s", ", almost unchanged from %s", name)
	case ratio > 0:
		return say(", tăng "+escape(size)+" so với %s", ", up "+escape(size)+" on %s", name)
	}
	return say(", giảm "+escape(size)+" so với %s", ", down "+escape(size)+" on %s", name)
}

// escape keeps a percent sign out of the hands of fmt.
func escape(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// share is a part of a whole that a sentence tells.
type share struct {
	name  string
	value float64
}

// leaders tells who comes first and how much the first few make up. The shares
// come in falling order; total is the sum over all.
func leaders(lang khue.Lang, shares []share, total float64, top int, unit, fields khue.Text) string {
	if len(shares) == 0 || total <= 0 || shares[0].value <= 0 {
		return ""
	}
	first := fmt.Sprintf(khue.Text{VI: "%s đứng đầu với %s %s (%s)", EN: "%s comes first with %s %s (%s)"}.In(lang),
		shares[0].name, locale.Number(lang, shares[0].value, 0), counted(lang, shares[0].value, unit), locale.Percent(lang, shares[0].value/total, 1))
	if top < 2 || len(shares) <= top {
		return first + "."
	}
	sum := 0.0
	for _, s := range shares[:top] {
		sum += s.value
	}
	return first + fmt.Sprintf(khue.Text{VI: "; %s %s đứng đầu chiếm %s.", EN: "; the %s leading %s make up %s."}.In(lang),
		smallNumber(lang, top), fields.In(lang), locale.Percent(lang, sum/total, 1))
}

func smallNumber(lang khue.Lang, n int) string {
	words := map[khue.Lang][]string{
		khue.Vietnamese: {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"},
		khue.English:    {"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"},
	}[lang]
	if n < len(words) {
		return words[n]
	}
	return locale.Number(lang, float64(n), 0)
}

// busiest tells the month with the most visits among those that are over; since is
// the year from whose beginning they are counted, where that is not the period.
func busiest(lang khue.Lang, months []monthFigure, total float64, since string) string {
	best, whole, cut := -1, 0, false
	for i, m := range months {
		if !m.now.Known || m.partial {
			cut = true
			continue
		}
		whole++
		if best < 0 || m.now.Number > months[best].now.Number {
			best = i
		}
	}
	if whole < 2 || total <= 0 || months[best].now.Number <= 0 {
		return ""
	}
	m := months[best]
	number, part := locale.Number(lang, m.now.Number, 0), locale.Percent(lang, m.now.Number/total, 1)
	unit := counted(lang, m.now.Number, visitWords)
	if lang == khue.English {
		month := "month"
		if cut {
			month = "whole month"
		}
		if since != "" {
			since = "So far in " + since + ", "
		}
		return since + fmt.Sprintf("%s was the busiest %s with %s %s, %s of all.", m.period.Start().Month(), month, number, unit, part)
	}
	among := ""
	if cut {
		among = " trong các tháng trọn vẹn"
	}
	month := "Tháng"
	if since != "" {
		month = "Từ đầu năm " + since + ", tháng"
	}
	return month + fmt.Sprintf(" %d đông nhất%s với %s %s, chiếm %s.", m.period.Start().Month(), among, number, unit, part)
}

// counted is the unit as it stands behind a number: English has a singular.
func counted(lang khue.Lang, n float64, unit khue.Text) string {
	if lang == khue.English && n == 1 {
		return strings.TrimSuffix(unit.EN, "s")
	}
	return unit.In(lang)
}

// tally counts how many stand how: "1 đạt, 2 chưa đến hạn".
func tally(labels []string) string {
	var order []string
	count := map[string]int{}
	for _, l := range labels {
		if count[l] == 0 {
			order = append(order, l)
		}
		count[l]++
	}
	parts := make([]string, len(order))
	for i, l := range order {
		parts[i] = fmt.Sprintf("%d %s", count[l], lowerFirst(l))
	}
	return strings.Join(parts, ", ")
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// targetsSentence tells how the dated targets stand.
func targetsSentence(lang khue.Lang, labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	if lang == khue.English {
		noun := "targets"
		if len(labels) == 1 {
			noun = "target"
		}
		return fmt.Sprintf("The resolution has %d dated %s: %s.", len(labels), noun, tally(labels))
	}
	return fmt.Sprintf("Nghị quyết có %d chỉ tiêu ghi năm phải đạt: %s.", len(labels), tally(labels))
}

// initiativesSentence tells how the promised actions of the period stand.
func initiativesSentence(lang khue.Lang, period string, labels []string, pastPlan int) string {
	if len(labels) == 0 {
		return khue.Text{
			VI: fmt.Sprintf("Chưa ghi nhận sáng kiến nào của %s.", period),
			EN: fmt.Sprintf("No initiative of %s is on record.", period),
		}.In(lang)
	}
	if lang == khue.English {
		noun, verb := "initiatives were", "are"
		if len(labels) == 1 {
			noun = "initiative was"
		}
		if pastPlan == 1 {
			verb = "is"
		}
		s := fmt.Sprintf("%d UNESCO %s planned for or carried out in %s: %s", len(labels), noun, period, tally(labels))
		if pastPlan > 0 {
			s += fmt.Sprintf("; %d %s past the planned end", pastPlan, verb)
		}
		return s + "."
	}
	s := fmt.Sprintf("%s có %d sáng kiến theo cam kết với UNESCO: %s", upperFirst(period), len(labels), tally(labels))
	if pastPlan > 0 {
		s += fmt.Sprintf("; %d sáng kiến đã quá hạn kế hoạch", pastPlan)
	}
	return s + "."
}
