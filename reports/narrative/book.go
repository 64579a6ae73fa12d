package narrative

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"khue"
	"khue/reports/document"
	"khue/state"
)

// Keeper keeps what was written, all of it; *state.Store is one.
type Keeper interface {
	SaveNarrative(ctx context.Context, n state.Narrative, now time.Time) (state.Narrative, error)
	Narratives(ctx context.Context, definition, period, parameters string) ([]state.Narrative, error)
	NarrativeRevisions(ctx context.Context, n state.Narrative, most int) ([]state.Narrative, error)
}

// Written is one revision of a text.
type Written struct {
	Section  string    `json:"section"`
	Language khue.Lang `json:"language"`
	Revision int       `json:"revision"` // from 1 on
	Person   string    `json:"person"`   // as they gave their name
	At       time.Time `json:"at"`
	Text     Text      `json:"text"`
	// Attempt is what the writer's browser called this saving, so that it knows it
	// again when the answer was lost.
	Attempt string `json:"-"`
}

// Options are what a Book needs.
type Options struct {
	Keeper   Keeper
	Outlines Outlines
	Now      func() time.Time // the clock; nil is the real one
	// Missing are the letters of a text that paper cannot print; nil takes all.
	Missing func(string) []rune
}

// Book reads and writes the texts of reports. It is safe for use by several
// goroutines and processes.
type Book struct{ Options }

// NewBook makes a book.
func NewBook(o Options) (*Book, error) {
	if o.Keeper == nil || o.Outlines == nil {
		return nil, fmt.Errorf("making the book of texts: no keeper or no outlines were given")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Book{o}, nil
}

// Kinds are the reports that have texts to write.
func (b *Book) Kinds() []Kind { return b.Outlines.Kinds() }

// Outline is a report as its writers see it.
func (b *Book) Outline(c Choice) (Outline, error) { return b.Outlines.Outline(c) }

// Texts are the texts of a report as they read now.
func (b *Book) Texts(ctx context.Context, of Of) ([]Written, error) {
	kept, err := b.Keeper.Narratives(ctx, of.Definition, of.Period, of.Parameters)
	if err != nil {
		return nil, err
	}
	return writtenOf(kept)
}

// mostHistory bounds the revisions that are shown of one text.
const mostHistory = 400

// History is what a text said, the newest first.
func (b *Book) History(ctx context.Context, of Of, section string, lang khue.Lang) ([]Written, error) {
	kept, err := b.Keeper.NarrativeRevisions(ctx, state.Narrative{
		Definition: of.Definition, Period: of.Period, Parameters: of.Parameters, Section: section, Language: string(lang),
	}, mostHistory)
	if err != nil {
		return nil, err
	}
	return writtenOf(kept)
}

// Draft is a text as it is handed in.
type Draft struct {
	Section  string
	Language khue.Lang
	Seen     int // the revision that its writer saw last; 0 when there was none
	Person   string
	Text     string // JSON of the editor
	Attempt  string
}

// Save keeps the next revision of a text. When another was kept since the one that
// the writer saw, it is a Conflict, and the other comes back beside it. What reads
// as the newest does already is not kept again.
func (b *Book) Save(ctx context.Context, o Outline, d Draft) (Written, error) {
	if _, there := o.Section(d.Section); !there {
		return Written{}, khue.Errorf(khue.NotFound, "báo cáo này không có lời văn %q", "this report has no text %q", d.Section)
	}
	if _, err := khue.ParseLang(string(d.Language)); err != nil {
		return Written{}, err
	}
	person, err := Person(d.Person)
	if err != nil {
		return Written{}, err
	}
	text, err := Parse(d.Text)
	if err != nil {
		return Written{}, err
	}
	if err := b.printable(text); err != nil {
		return Written{}, err
	}
	kept, err := b.Keeper.SaveNarrative(ctx, state.Narrative{
		Definition: o.Definition, Period: o.Period, Parameters: o.Parameters, Section: d.Section, Language: string(d.Language),
		Revision: d.Seen, Person: person, Text: text.JSON(), Attempt: attempt(d.Attempt),
	}, b.Now())
	if kept.Revision == 0 {
		return Written{}, err
	}
	all, unread := writtenOf([]state.Narrative{kept})
	if unread != nil {
		return Written{}, unread
	}
	return all[0], err
}

// printable refuses letters that paper would print as empty boxes.
func (b *Book) printable(t Text) error {
	if b.Missing == nil {
		return nil
	}
	missing := b.Missing(t.Plain())
	if len(missing) == 0 {
		return nil
	}
	var list []string
	for _, r := range missing {
		list = append(list, fmt.Sprintf("%q", r))
	}
	return khue.Errorf(khue.Invalid, "phông chữ của báo cáo không có ký tự %s; hãy bỏ hoặc thay ký tự đó", "the letters of reports lack %s; leave it out or write it otherwise", strings.Join(list, ", "))
}

// longestAttempt bounds what a browser may call a saving.
const longestAttempt = 64

func attempt(s string) string {
	if len(s) > longestAttempt || strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return ""
	}
	return s
}

// longestPerson bounds the name of a writer, in characters.
const longestPerson = 100

// Person is the name of a writer as it is kept; one that nobody could have is Invalid.
func Person(name string) (string, error) {
	if strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return "", khue.Errorf(khue.Invalid, "tên người viết có ký tự điều khiển", "the writer's name holds control characters")
	}
	name = strings.Join(strings.Fields(document.Clean(name)), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", khue.Errorf(khue.Invalid, "hãy ghi tên người viết", "give the writer's name")
	case n > longestPerson:
		return "", khue.Errorf(khue.Invalid, "tên người viết dài %d ký tự; nhiều nhất %d", "the writer's name has %d characters; at most %d", n, longestPerson)
	}
	return name, nil
}

func writtenOf(kept []state.Narrative) ([]Written, error) {
	out := make([]Written, len(kept))
	for i, n := range kept {
		text, err := Parse(n.Text)
		if err != nil {
			return nil, fmt.Errorf("reading the kept text %s of %s: %w", n.Section, n.Definition, err)
		}
		out[i] = Written{Section: n.Section, Language: khue.Lang(n.Language), Revision: n.Revision, Person: n.Person, At: n.WrittenAt, Text: text, Attempt: n.Attempt}
	}
	return out, nil
}

// Find finds a text among those of a report; false when nobody has written it.
func Find(all []Written, section string, lang khue.Lang) (Written, bool) {
	for _, w := range all {
		if w.Section == section && w.Language == lang {
			return w, true
		}
	}
	return Written{}, false
}
