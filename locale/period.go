package locale

import (
	"fmt"
	"strconv"
	"time"

	"khue"
)

var roman = [...]string{"", "I", "II", "III", "IV"}

// PeriodName writes a period in full, as it stands in a sentence or a title:
// "năm 2025", "quý III năm 2025", "tháng 3 năm 2025"; "2025", "Q3 2025", "March 2025".
func PeriodName(lang khue.Lang, p khue.Period) string {
	y, m, _ := p.Start().Date()
	n := (int(m)-1)/3 + 1
	half := (int(m)-1)/6 + 1
	switch p.Grain() {
	case khue.Year:
		return khue.Text{VI: fmt.Sprintf("năm %d", y), EN: fmt.Sprintf("%d", y)}.In(lang)
	case khue.HalfYear:
		return khue.Text{
			VI: fmt.Sprintf("%s năm %d", [...]string{"", "sáu tháng đầu", "sáu tháng cuối"}[half], y),
			EN: fmt.Sprintf("%s half of %d", [...]string{"", "first", "second"}[half], y),
		}.In(lang)
	case khue.Quarter:
		return khue.Text{VI: fmt.Sprintf("quý %s năm %d", roman[n], y), EN: fmt.Sprintf("Q%d %d", n, y)}.In(lang)
	case khue.Month:
		return khue.Text{VI: fmt.Sprintf("tháng %d năm %d", m, y), EN: fmt.Sprintf("%s %d", m, y)}.In(lang)
	case khue.Week:
		wy, w := p.Start().ISOWeek()
		return khue.Text{VI: fmt.Sprintf("tuần %d năm %d", w, wy), EN: fmt.Sprintf("week %d of %d", w, wy)}.In(lang)
	}
	return Date(lang, p.Start())
}

// PeriodLabel writes a period short, as it stands under an axis or over a
// column: "2025", "Q3/2025", "Th 3/2025"; "Q3 2025", "Mar 2025".
func PeriodLabel(lang khue.Lang, p khue.Period) string {
	y, m, _ := p.Start().Date()
	year, vi := strconv.Itoa(y), lang != khue.English
	switch p.Grain() {
	case khue.Year:
		return year
	case khue.HalfYear:
		half := strconv.Itoa((int(m)-1)/6 + 1)
		if vi {
			return "6T" + half + "/" + year
		}
		return "H" + half + " " + year
	case khue.Quarter:
		n := (int(m)-1)/3 + 1
		if vi {
			return "Q" + roman[n] + "/" + year
		}
		return "Q" + strconv.Itoa(n) + " " + year
	case khue.Month:
		if vi {
			return "Th " + strconv.Itoa(int(m)) + "/" + year
		}
		return m.String()[:3] + " " + year
	case khue.Week:
		wy, w := p.Start().ISOWeek()
		if vi {
			return "T" + strconv.Itoa(w) + "/" + strconv.Itoa(wy)
		}
		return "W" + strconv.Itoa(w) + " " + strconv.Itoa(wy)
	}
	return Date(lang, p.Start())
}

// MonthLabel writes a month without its year: "Th 3" or "Mar".
func MonthLabel(lang khue.Lang, m time.Month) string {
	return khue.Text{VI: fmt.Sprintf("Th %d", m), EN: m.String()[:3]}.In(lang)
}
