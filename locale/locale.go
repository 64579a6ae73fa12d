// Package locale writes numbers, dates and periods the way readers of each
// language expect, sorts by Vietnamese collation and compares words without
// their marks. Screen, paper and files share it, so a figure reads the same
// everywhere.
package locale

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
	"golang.org/x/text/unicode/norm"

	"khue"
)

// minus is the typographic minus sign; a hyphen is too short beside figures.
const minus = "−"

var printers = map[khue.Lang]*message.Printer{
	khue.Vietnamese: message.NewPrinter(language.Vietnamese),
	khue.English:    message.NewPrinter(language.English),
}

func printer(lang khue.Lang) *message.Printer {
	if p, ok := printers[lang]; ok {
		return p
	}
	return printers[khue.Vietnamese]
}

// Number writes v with exactly that many decimals: 1.234,5 or 1,234.5.
func Number(lang khue.Lang, v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown(lang)
	}
	s := printer(lang).Sprint(number.Decimal(math.Abs(v), number.Scale(decimals)))
	if v < 0 && strings.Trim(s, "0.,") != "" {
		return minus + s
	}
	return s
}

// Unknown is what stands where no official figure exists; it is never a zero.
func Unknown(lang khue.Lang) string {
	return khue.Text{VI: "Chưa có số liệu chính thức", EN: "No official figure"}.In(lang)
}

// WithheldSign stands in tables and files for a number that is not shown. It is
// the flag that statistical offices use for confidential cells; it is neither a
// zero nor the sign of what is not known.
const WithheldSign = "c"

// Withheld are the words for a number that is not shown.
func Withheld(lang khue.Lang) string {
	return khue.Text{VI: "Số liệu giữ kín", EN: "Withheld"}.In(lang)
}

// WithheldNote explains WithheldSign under a table or a chart.
func WithheldNote(lang khue.Lang) string {
	return khue.Text{
		VI: "c: số liệu được giữ kín để bảo vệ đơn vị cung cấp.",
		EN: "c: withheld to protect those who reported.",
	}.In(lang)
}

type magnitude struct {
	from  float64
	words khue.Text
}

// magnitudes are the words that shorten large numbers; Vietnamese counts in
// triệu (10^6) and tỷ (10^9).
var magnitudes = []magnitude{
	{1e12, khue.Text{VI: "nghìn tỷ", EN: "trillion"}},
	{1e9, khue.Text{VI: "tỷ", EN: "billion"}},
	{1e6, khue.Text{VI: "triệu", EN: "million"}},
}

// Compact writes large numbers in words with three significant figures:
// "1,26 triệu", "38,6 tỷ"; from 10,000 to a million it writes the whole number.
func Compact(lang khue.Lang, v float64, decimals int) string {
	for _, m := range magnitudes {
		if math.Abs(v) >= m.from {
			short := v / m.from
			places := 2 - int(math.Floor(math.Log10(math.Abs(short))))
			return Number(lang, short, max(places, 0)) + " " + m.words.In(lang)
		}
	}
	return Number(lang, v, decimals)
}

// Percent writes a ratio (0.142) as a percentage: "14,2%" or "14.2%".
func Percent(lang khue.Lang, ratio float64, decimals int) string {
	return Number(lang, ratio*100, decimals) + "%"
}

// WholeShare writes the part of a whole in whole percent, rounded down: only all of
// it is "100%", and only nothing "0%".
func WholeShare(lang khue.Lang, part float64) string {
	percent := math.Floor(part*100 + 1e-9)
	if percent < 1 && part > 0 {
		return "<1%"
	}
	return Number(lang, min(percent, 100), 0) + "%"
}

// SignedPercent writes a change with its sign: "+14,2%", "−2,4%", "0,0%".
func SignedPercent(lang khue.Lang, ratio float64, decimals int) string {
	s := Percent(lang, ratio, decimals)
	if ratio > 0 && strings.Trim(s, "0.,%") != "" {
		return "+" + s
	}
	return s
}

// SignedNumber writes a difference with its sign.
func SignedNumber(lang khue.Lang, v float64, decimals int) string {
	if v > 0 {
		return "+" + Number(lang, v, decimals)
	}
	return Number(lang, v, decimals)
}

// Date writes a calendar day: 23/11/2026 or 23 Nov 2026.
func Date(lang khue.Lang, d time.Time) string {
	if lang == khue.English {
		return d.Format("2 Jan 2006")
	}
	return d.Format("02/01/2006")
}

// Validity writes the days on which something is in force; to is the first day no
// longer, and a zero end is open.
func Validity(lang khue.Lang, from, to time.Time) string {
	since := khue.Text{VI: "từ ", EN: "from "}.In(lang)
	switch {
	case from.IsZero() && to.IsZero():
		return khue.Text{VI: "không giới hạn", EN: "without limit"}.In(lang)
	case from.IsZero():
		return khue.Text{VI: "đến hết ", EN: "to "}.In(lang) + Date(lang, to.AddDate(0, 0, -1))
	case to.IsZero():
		return since + Date(lang, from)
	}
	return since + Date(lang, from) + khue.Text{VI: " đến hết ", EN: " to "}.In(lang) + Date(lang, to.AddDate(0, 0, -1))
}

// Moment writes an instant that is already in the observatory's zone:
// "06:00 ngày 23/11/2026" or "06:00 on 23 Nov 2026".
func Moment(lang khue.Lang, t time.Time) string {
	if lang == khue.English {
		return t.Format("15:04 on 2 Jan 2006")
	}
	return t.Format("15:04") + " ngày " + t.Format("02/01/2006")
}

// Fold lowers s and drops its Vietnamese marks, so that "Hoan Kiem" finds "Hoàn Kiếm".
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r == 'đ':
			b.WriteRune('d')
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Words are the words of a text as Fold writes them, for finding things by name.
func Words(s string) []string {
	return strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// Begin tells whether every word wanted begins a word of a text; both are as
// Words gives them.
func Begin(text, wanted []string) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(text, func(word string) bool { return strings.HasPrefix(word, w) }) {
			return false
		}
	}
	return len(wanted) > 0
}
