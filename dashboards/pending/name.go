package pending

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"khue"
)

// longestName is in bytes, what file systems take less room for our own marks.
const longestName = 180

// CleanName makes the name of a file from what a browser sent: no folders, no
// characters that a file system or a shell would take for something else, letters
// in NFC. Vietnamese letters stay.
func CleanName(sent string) (string, error) {
	if !utf8.ValidString(sent) {
		return "", badName(sent)
	}
	name := norm.NFC.String(sent)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*;&$'`+"`", r), r == utf8.RuneError:
			return '-'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // also marks that turn the writing round
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	name = strings.TrimLeft(name, "~$-")
	end := filepath.Ext(name)
	stem := strings.TrimRight(strings.TrimSuffix(name, end), ". ")
	if stem == "" || end == "" || len(end) > 12 {
		return "", badName(sent)
	}
	for len(stem)+len(end) > longestName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return strings.TrimRight(stem, ". ") + end, nil
}

func badName(sent string) error {
	if r := []rune(strings.ToValidUTF8(sent, "\uFFFD")); len(r) > 60 {
		sent = string(r[:60]) + "…"
	}
	return khue.Errorf(khue.Invalid, "tên tệp %q không dùng được; hãy đặt một tên có phần mở rộng, ví dụ bao-cao-2025-03.xlsx",
		"the file name %q cannot be used; give it a name with an ending, such as bao-cao-2025-03.xlsx", strings.ToValidUTF8(sent, "\uFFFD"))
}
