// Package khue holds the vocabulary that every part of the observatory shares:
// periods, areas, disciplines, datasets, the reach of a caller and the errors
// they answer with. It imports the standard library only.
package khue

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Text is something a reader sees, in both languages of the product.
type Text struct {
	VI string `yaml:"vi" json:"vi"`
	EN string `yaml:"en" json:"en"`
}

// In returns the text in the language asked for; Vietnamese is the default and
// stands in where no English was given.
func (t Text) In(lang Lang) string {
	if t.Speaks(lang) == English {
		return t.EN
	}
	return t.VI
}

// Speaks is the language that In answers in: the one asked for, or the other
// where the text has no words in it.
func (t Text) Speaks(lang Lang) Lang {
	if t.EN != "" && (lang == English || t.VI == "") {
		return English
	}
	return Vietnamese
}

// Lang is a language of the product.
type Lang string

// The two languages; Vietnamese comes first.
const (
	Vietnamese Lang = "vi"
	English    Lang = "en"
)

// ParseLang reads "vi" or "en".
func ParseLang(s string) (Lang, error) {
	switch Lang(s) {
	case Vietnamese, English:
		return Lang(s), nil
	}
	return "", Errorf(Invalid,
		"không có ngôn ngữ %q; hãy dùng vi hoặc en",
		"there is no language %q; use vi or en", s)
}

// Kind says what sort of failure an error is, so that one place can choose the
// exit code or the HTTP status.
type Kind string

// The kinds of failure.
const (
	Invalid     Kind = "invalid"     // the caller asked for something that cannot be
	NotFound    Kind = "not_found"   // what was named does not exist
	Conflict    Kind = "conflict"    // something else holds or contradicts it
	Forbidden   Kind = "forbidden"   // the caller may not
	Unavailable Kind = "unavailable" // a part that is needed does not answer now
	Internal    Kind = "internal"    // a fault of ours
)

// Error is a failure that a person is meant to read: what it means in both
// languages, its kind, and the cause kept for the log.
type Error struct {
	Kind    Kind
	Message Text
	Err     error
}

// Errorf makes an Error from one format in each language; both take the same arguments.
func Errorf(kind Kind, vi, en string, args ...any) *Error {
	return &Error{Kind: kind, Message: Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}}
}

// Because attaches the cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Error gives the English message with its cause, for logs and terminals.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message.EN + ": " + e.Err.Error()
	}
	return e.Message.EN
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf tells the kind of the first Error in err's chain; anything else is Internal.
func KindOf(err error) Kind {
	var coded *Error
	if errors.As(err, &coded) {
		return coded.Kind
	}
	var faults Faults
	if errors.As(err, &faults) {
		return Invalid
	}
	return Internal
}

// MessageOf is what a reader is told of err: the message of the first Error or
// Faults in its chain, and a plain apology for anything else, so that internals
// never leak to a page.
func MessageOf(err error) Text {
	var coded *Error
	if errors.As(err, &coded) {
		return coded.Message
	}
	var faults Faults
	if errors.As(err, &faults) {
		return Text{VI: faults.Error(), EN: faults.Error()}
	}
	return Text{
		VI: "Hệ thống gặp lỗi ngoài dự kiến; nhật ký có chi tiết.",
		EN: "Something unexpected went wrong; the log has the details.",
	}
}

// CauseOf is the whole chain of an error, as a log of failures keeps it. The
// Vietnamese is empty when no part of the chain speaks it.
func CauseOf(err error) Text {
	if err == nil {
		return Text{}
	}
	cause := Text{EN: err.Error()}
	var coded *Error
	if errors.As(err, &coded) {
		cause.VI = coded.Message.VI
		if coded.Err != nil {
			cause.VI += ": " + coded.Err.Error()
		}
	}
	return cause
}

// Fault is one thing wrong in a file that a person wrote: where, what was read
// and what was expected.
type Fault struct {
	File    string // path as the user gave it
	Line    int    // 1-based; 0 when the fault has no line
	Message string
}

// String gives "file:line: message", which editors can jump to.
func (f Fault) String() string {
	switch {
	case f.File == "":
		return f.Message
	case f.Line == 0:
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

// Faults are all the faults found, reported together.
type Faults []Fault

// Add appends a fault.
func (fs *Faults) Add(file string, line int, format string, args ...any) {
	*fs = append(*fs, Fault{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// Err is nil when nothing was found, else the faults in the order of the files.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	sort.SliceStable(fs, func(i, j int) bool {
		if fs[i].File != fs[j].File {
			return fs[i].File < fs[j].File
		}
		return fs[i].Line < fs[j].Line
	})
	return fs
}

// Error lists every fault on a line of its own.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
