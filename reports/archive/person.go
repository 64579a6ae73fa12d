package archive

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"khue"
)

// The longest texts that people give.
const (
	longestName   = 120
	longestNumber = 60
	longestRemark = 2000
)

// Person is a name as it is kept: NFC, on one line, without what cannot be seen.
func Person(name string) (string, error) {
	name, err := line(name, longestName)
	if err == nil && name == "" {
		err = khue.Errorf(khue.Invalid, "hãy ghi tên người thao tác", "give the name of who acts")
	}
	return name, err
}

// SamePerson tells whether two names are of one person: however they are composed,
// spaced or capitalised.
func SamePerson(a, b string) bool { return folded(a) == folded(b) }

func folded(name string) string {
	name = norm.NFC.String(strings.Join(strings.Fields(norm.NFC.String(name)), " "))
	return norm.NFC.String(cases.Fold().String(name))
}

// line is a text on one line, NFC; Invalid when it is too long or has characters
// that cannot be seen or read.
func line(s string, most int) (string, error) {
	if !utf8.ValidString(s) {
		return "", khue.Errorf(khue.Invalid, "có ký tự không đọc được", "it has characters that cannot be read")
	}
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	unseen := func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r == utf8.RuneError
	}
	if strings.ContainsFunc(s, unseen) {
		return "", khue.Errorf(khue.Invalid, "có ký tự điều khiển hoặc ký tự ẩn", "it has control characters or characters that cannot be seen")
	}
	if n := utf8.RuneCountInString(s); n > most {
		return "", khue.Errorf(khue.Invalid, "dài %d ký tự; nhiều nhất %d", "it has %d characters; at most %d", n, most)
	}
	return s, nil
}
