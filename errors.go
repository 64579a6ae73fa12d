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
	// Code names the fault for programs, which must not read sentences; it stays what
	// it is when the sentence is put better. "" where nothing but the kind is told.
	Code string
	// Path is the part of what was asked that is at fault, such as "by/1": the second
	// dimension. "" where it is no single part.
	Path string
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

// Coded names the fault, and the part of what was asked that it lies in.
func (e *Error) Coded(code, path string) *Error {
	e.Code, e.Path = code, path
	return e
}

// CodeOf is the name of a fault for programs and the part that it lies in: those of
// the first Error in err's chain, its kind where it has no name of its own.
func CodeOf(err error) (code, path string) {
	var coded *Error
	if errors.As(err, &coded) && coded.Code != "" {
		return coded.Code, coded.Path
	}
	return string(KindOf(err)), ""
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

// CauseOf is the whole chain of an error, as a log of failures keeps it: all that
// failed, and what was being done. The Vietnamese is empty when no part of the
// chain speaks it.
func CauseOf(err error) Text {
	if err == nil {
		return Text{}
	}
	cause := Text{EN: err.Error()}
	if said, spoke := told(err, Vietnamese); spoke {
		cause.VI = said
	}
	return cause
}

// ToldOf is what a person at a terminal is told of err: every sentence meant for
// them in their language, each with its cause, else everything that is known.
func ToldOf(err error, lang Lang) string {
	said, _ := told(err, lang)
	return said
}

// While says in both languages what was being done when err came. It leaves the
// kind of the error, and the message that is meant for pages, as they are.
func While(err error, vi, en string, args ...any) error {
	if err == nil {
		return nil
	}
	return &doing{Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}, err}
}

type doing struct {
	what Text
	err  error
}

func (d *doing) Error() string { return d.what.EN + ": " + d.err.Error() }
func (d *doing) Unwrap() error { return d.err }

// told walks down a chain and says in one language what it finds. spoke is false
// where nothing of it was meant for a reader; the text is then the error as it is.
func told(err error, lang Lang) (said string, spoke bool) {
	switch e := err.(type) { //nolint:errorlint // each link of the chain is looked at by itself
	case *Error:
		said = e.Message.In(lang)
		if e.Err != nil {
			cause, _ := told(e.Err, lang)
			said += ": " + cause
		}
		return said, true
	case *doing:
		cause, _ := told(e.err, lang)
		return e.what.In(lang) + ": " + cause, true
	case interface{ Unwrap() []error }:
		var lines []string
		for _, one := range e.Unwrap() {
			line, spoken := told(one, lang)
			lines, spoke = append(lines, line), spoke || spoken
		}
		if spoke {
			return strings.Join(lines, "\n"), true
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			if said, spoke = told(inner, lang); spoke {
				return said, true
			}
		}
	}
	return err.Error(), false
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
