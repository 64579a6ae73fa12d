// Package narrative holds the parts of reports that no number can write: which there
// are, what may stand in them, and who wrote what when. It makes no report.
package narrative

import (
	"fmt"

	"khue"
)

// Section is a part of a report that staff write.
type Section struct {
	ID          string // unique in its report
	Title       khue.Text
	About       khue.Text // guidance for the writer, never printed
	Least, Most int       // words, in each language; 0 is no limit
	Needed      bool      // the report may not leave the office without it
}

// Lack is why a text keeps a report from leaving the office; false when it does
// not. What is written keeps its limits, also where it is not needed.
func (s Section) Lack(t Text, lang khue.Lang) (khue.Text, bool) {
	n := t.Words()
	in := func(vi, en string, args ...any) (khue.Text, bool) {
		tongue := map[khue.Lang]khue.Text{khue.Vietnamese: {VI: "tiếng Việt", EN: "Vietnamese"}, khue.English: {VI: "tiếng Anh", EN: "English"}}[lang]
		return khue.Text{
			VI: fmt.Sprintf("lời văn “%s” (%s): ", s.Title.VI, tongue.VI) + fmt.Sprintf(vi, args...),
			EN: fmt.Sprintf("the text “%s” (%s): ", s.Title.EN, tongue.EN) + fmt.Sprintf(en, args...),
		}, true
	}
	switch {
	case n == 0 && s.Needed:
		return in("chưa có nội dung", "nothing is written yet")
	case n == 0:
		return khue.Text{}, false
	case s.Most > 0 && n > s.Most:
		return in("có %d từ, nhiều nhất %d", "has %d words, at most %d", n, s.Most)
	case n < s.Least:
		return in("có %d từ, ít nhất %d", "has %d words, at least %d", n, s.Least)
	}
	return khue.Text{}, false
}

// Of names the report that texts belong to: its definition, its period, and as
// canonical JSON what else narrows it.
type Of struct{ Definition, Period, Parameters string }

// Outline is a report as its writers see it.
type Outline struct {
	Of
	Title      khue.Text // of its definition
	PeriodName khue.Text
	Narrowed   khue.Text // the names of what narrows it; zero is nothing
	Sections   []Section
}

// Section finds a section by its id.
func (o Outline) Section(id string) (Section, bool) {
	for _, s := range o.Sections {
		if s.ID == id {
			return s, true
		}
	}
	return Section{}, false
}

// Choice says which report is wanted, as people type it.
type Choice struct{ Definition, Period, Area, Edition string }

// Kind is a report that has texts to write.
type Kind struct {
	Definition    string
	Title         khue.Text
	Grains        []khue.Grain
	Area, Edition bool // it is of an area, or of an edition of events
	Sections      int  // how many texts it has
}

// Outlines tells which reports have texts to write.
type Outlines interface {
	Kinds() []Kind
	// Outline is that of one report; an unknown one is a NotFound, a period or a
	// parameter that it is not made for Invalid.
	Outline(Choice) (Outline, error)
}
