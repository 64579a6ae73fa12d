package ingest

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// layoutOf turns a form such as "dd/mm/yyyy hh:mm" into Go's layout. "mm" is the
// month, and minutes when it follows "hh". For reading, days and months may be
// written with one digit; for writing they are padded.
func layoutOf(form string, writing bool) (string, error) {
	var b strings.Builder
	day, month := "2", "1"
	if writing {
		day, month = "02", "01"
	}
	hour := false
	for rest := form; rest != ""; {
		token, layout := "", ""
		switch {
		case strings.HasPrefix(rest, "yyyy"):
			token, layout = "yyyy", "2006"
		case strings.HasPrefix(rest, "dd"):
			token, layout = "dd", day
		case strings.HasPrefix(rest, "mm") && hour:
			token, layout, hour = "mm", "04", false
		case strings.HasPrefix(rest, "mm"):
			token, layout = "mm", month
		case strings.HasPrefix(rest, "hh"):
			token, layout, hour = "hh", "15", true
		case strings.HasPrefix(rest, "ss.000"):
			token, layout = "ss.000", "05.000"
		case strings.HasPrefix(rest, "ss"):
			token, layout = "ss", "05"
		case strings.ContainsRune(" /-.:,TZ", rune(rest[0])):
			token, layout = rest[:1], rest[:1]
		default:
			return "", fmt.Errorf("%q is not a form of dates; write it with yyyy, mm, dd, hh, mm, ss and separators, as dd/mm/yyyy", form)
		}
		b.WriteString(layout)
		rest = rest[len(token):]
	}
	if !strings.Contains(form, "yyyy") {
		return "", fmt.Errorf("the form %q has no yyyy", form)
	}
	return b.String(), nil
}

// plainNumber rewrites a number of a locale as digits with a point: grouping
// marks are taken only where groups of three digits follow, so that 1.5 is never
// read as 15. It says whether the text has that locale's form.
func plainNumber(s string, locale string) (string, bool) {
	group, point := byte(','), byte('.')
	if locale == "vi" {
		group, point = '.', ','
	}
	if strings.IndexByte(s, group) < 0 && strings.IndexByte(s, point) < 0 {
		return s, true
	}
	whole, fraction, _ := strings.Cut(s, string(point))
	if strings.IndexByte(fraction, group) >= 0 || strings.IndexByte(fraction, point) >= 0 {
		return "", false
	}
	parts := strings.Split(whole, string(group))
	for i, p := range parts {
		if i == 0 {
			p = strings.TrimLeft(p, "+-")
			if len(parts) > 1 && (len(p) < 1 || len(p) > 3 || p[0] == '0') {
				return "", false
			}
		} else if len(p) != 3 {
			return "", false
		}
	}
	s = strings.Join(parts, "")
	if fraction != "" {
		s += "." + fraction
	}
	return s, true
}

// parseInstant reads the ISO 8601 forms that systems write; without an offset the
// time is that of zone.
func parseInstant(s string, zone *time.Location) (time.Time, bool) {
	if len(s) < 10 {
		return time.Time{}, false
	}
	layout := time.DateOnly
	if len(s) > 10 {
		last := s[len(s)-1]
		offset := last == 'Z' || strings.ContainsAny(s[10:], "+-")
		switch {
		case s[10] == 'T' && offset:
			layout = time.RFC3339Nano
		case s[10] == 'T':
			layout = "2006-01-02T15:04:05"
		case offset:
			layout = "2006-01-02 15:04:05Z07:00"
		default:
			layout = "2006-01-02 15:04:05"
		}
		if len(s) == 16 {
			layout = layout[:10] + s[10:11] + "15:04"
		}
	}
	t, err := time.ParseInLocation(layout, s, zone)
	if err != nil && len(s) > 10 { // +07 without minutes, as PostgreSQL prints it
		t, err = time.ParseInLocation("2006-01-02 15:04:05Z07", strings.Replace(s, "T", " ", 1), zone)
	}
	return t, err == nil
}

// fromSerial turns a spreadsheet's day number into the wall clock it shows. The
// numbers below 61 of the 1900 calendar, which has a 29 February 1900, are refused.
func fromSerial(serial float64, epoch1904 bool) (time.Time, bool) {
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if epoch1904 {
		origin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if serial < 61 || serial > 2_958_465 {
		return time.Time{}, false
	}
	days := int(serial)
	seconds := time.Duration((serial-float64(days))*86400 + 0.5)
	return origin.AddDate(0, 0, days).Add(seconds * time.Second), true
}

// midnight is the civil day of a moment, carried by midnight UTC.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// cleanText trims and puts a text into NFC; false when it is not valid UTF-8.
func cleanText(s string) (string, bool) {
	plain := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == 0 {
			plain = false
			break
		}
	}
	if plain {
		if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
			return s, true
		}
		return strings.TrimSpace(s), true
	}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD") {
		return s, false
	}
	return norm.NFC.String(strings.TrimSpace(s)), true
}
