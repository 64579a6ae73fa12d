package ingest

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"khue"
)

// spoken are the ways in which people write a period or a day in words; the names
// of groups say what they hold.
var spoken = []*regexp.Regexp{
	regexp.MustCompile(`^(?:thang|thg|t) ?(?P<month>\d{1,2})(?: nam | ?[/.\-] ?| )(?P<year>\d{4})$`),
	regexp.MustCompile(`^(?P<month>\d{1,2}) ?/ ?(?P<year>\d{4})$`),
	regexp.MustCompile(`^(?:quy|quarter|q) ?(?P<quarter>iv|iii|ii|i|[1-4])(?: nam |, ?| ?[/.\-] ?| )(?P<year>\d{4})$`),
	regexp.MustCompile(`^(?:6|sau) thang (?P<half>dau|cuoi)(?: nam| cua nam)? (?P<year>\d{4})$`),
	regexp.MustCompile(`^(?:nam|year) (?P<year>\d{4})$`),
	regexp.MustCompile(`^(?:ngay )?(?P<day>\d{1,2}) thang (?P<month>\d{1,2})(?: nam |, ?| )(?P<year>\d{4})$`),
}

// spokenPeriod reads "Tháng 3/2025", "Quý I/2025", "6 tháng đầu năm 2025", "ngày
// 31 tháng 3 năm 2025", "March 2025": forms that mean one thing only.
func spokenPeriod(s string) (khue.Period, bool) {
	key := unmarked(s)
	for _, form := range spoken {
		m := form.FindStringSubmatch(key)
		if m == nil {
			continue
		}
		group := make(map[string]string)
		for i, name := range form.SubexpNames() {
			group[name] = m[i]
		}
		return periodOfWords(group)
	}
	for layout, grain := range map[string]khue.Grain{
		"January 2006": khue.Month, "Jan 2006": khue.Month, "2 January 2006": khue.Day, "2 Jan 2006": khue.Day, "January 2, 2006": khue.Day,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return khue.PeriodOf(t, grain), true
		}
	}
	return khue.Period{}, false
}

func periodOfWords(group map[string]string) (khue.Period, bool) {
	year, _ := strconv.Atoi(group["year"])
	month, _ := strconv.Atoi(group["month"])
	day, _ := strconv.Atoi(group["day"])
	grain := khue.Year
	switch {
	case group["day"] != "":
		grain = khue.Day
	case group["month"] != "":
		grain, day = khue.Month, 1
	case group["quarter"] != "":
		q := map[string]int{"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}[group["quarter"]]
		grain, month, day = khue.Quarter, 3*q-2, 1
	case group["half"] == "cuoi":
		grain, month, day = khue.HalfYear, 7, 1
	case group["half"] != "":
		grain, month, day = khue.HalfYear, 1, 1
	default:
		month, day = 1, 1
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if month < 1 || month > 12 || t.Day() != day {
		return khue.Period{}, false // the 13th month, the 31st of February
	}
	return khue.PeriodOf(t, grain), true
}

// unmarked is a text in lower case without diacritics, its words parted by one
// space; other signs stay.
func unmarked(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			plain = false
			break
		}
	}
	s = strings.Join(strings.Fields(strings.ToLower(s)), " ")
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 'đ' || r == 'ð':
			b.WriteByte('d')
		case r < 0x300 || r > 0x36F:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// slashed is a date whose day and month could be either way round.
var slashed = regexp.MustCompile(`^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}( .*)?$`)

// spaced is a number whose groups of three are parted by spaces.
var spaced = regexp.MustCompile(`^[+-]?\d{1,3}( \d{3})+([.,]\d+)?$`)

// tidyNumber takes out what people put into numbers for the eye.
var tidyNumber = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2212", "-")
