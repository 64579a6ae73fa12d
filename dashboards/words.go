package dashboards

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// text writes both languages side by side.
func text(vi, en string) khue.Text { return khue.Text{VI: vi, EN: en} }

// textf fills both languages with the same values.
func textf(vi, en string, args ...any) khue.Text {
	return khue.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

// longestEcho is how much of what a reader sent is shown back to them.
const longestEcho = 40

// short cuts what came from outside to a length fit to be shown.
func short(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= longestEcho {
		return s
	}
	return string([]rune(s)[:longestEcho]) + "…"
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	s = capital(s)
	if s != "" && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// capital raises the first letter.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// lowered makes the first letter small, for a label inside a line.
func lowered(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return s
	}
	return string(unicode.ToLower(r)) + s[size:]
}

var counts = map[khue.Lang][]string{
	khue.Vietnamese: {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai"},
	khue.English:    {"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"},
}

// spell writes small numbers in words.
func spell(lang khue.Lang, n int) string {
	words := counts[lang]
	if n < 0 || n >= len(words) {
		return locale.Number(lang, float64(n), 0)
	}
	return words[n]
}

// plural is the English noun for n things.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// listed joins names as a sentence does.
func listed(lang khue.Lang, names []string) string {
	and := khue.Text{VI: " và ", EN: " and "}.In(lang)
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + and + names[len(names)-1]
}

// monthIn names a month inside a sentence: "tháng 10" or "October".
func monthIn(lang khue.Lang, m time.Month) string {
	return textf("tháng %[1]d", "%[2]s", int(m), m.String()).In(lang)
}

// figure writes a value short, with ₫ for money; unknown has words of its own.
func figure(lang khue.Lang, v indicators.Value, column indicators.Column) string {
	if v.Suppressed {
		return locale.Withheld(lang)
	}
	if !v.Known {
		return locale.Unknown(lang)
	}
	if column.Name == "revenue" {
		return money(lang, v.Number)
	}
	return locale.Compact(lang, v.Number, column.Decimals)
}

func money(lang khue.Lang, v float64) string {
	if lang == khue.English {
		return "₫" + locale.Compact(lang, v, 0)
	}
	return locale.Compact(lang, v, 0) + " ₫"
}

// exact writes a value with all its digits, as tables do.
func exact(lang khue.Lang, v indicators.Value, decimals int) string {
	if v.Suppressed {
		return locale.WithheldSign
	}
	if !v.Known {
		return "–"
	}
	return locale.Number(lang, v.Number, decimals)
}
