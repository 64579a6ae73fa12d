package indicators

import (
	"slices"
	"strings"

	"khue"
	"khue/locale"
)

// Chapter is a subject of the dictionary with its indicators.
type Chapter struct {
	Topic      Code
	Indicators []Indicator
}

// Dictionary lists the indicators by subject, in the order of the definitions.
// words, written with or without Vietnamese marks and in any case, must all be
// found in an indicator's name, labels, meaning, unit or source; a programme
// keeps those that serve it. Empty values keep all. An unknown programme is a
// NotFound error.
func (c *Catalogue) Dictionary(words, programme string) ([]Chapter, error) {
	if programme != "" {
		if _, err := c.Programme(programme); err != nil {
			return nil, err
		}
	}
	wanted := strings.Fields(locale.Fold(words))
	var out []Chapter
	for _, t := range c.topics {
		chapter := Chapter{Topic: t}
		for _, i := range c.indicators {
			if i.Topic == t.Code && c.servesProgramme(i, programme) && i.tells(wanted, t) {
				chapter.Indicators = append(chapter.Indicators, i)
			}
		}
		if len(chapter.Indicators) > 0 {
			out = append(out, chapter)
		}
	}
	return out, nil
}

func (c *Catalogue) servesProgramme(i Indicator, programme string) bool {
	return programme == "" || slices.ContainsFunc(c.Serves(i.Name), func(s Serving) bool { return s.Programme.ID == programme })
}

// tells whether every word stands somewhere in what the dictionary says of an indicator.
func (i Indicator) tells(words []string, topic Code) bool {
	said := strings.Builder{}
	said.WriteString(i.Name)
	for _, t := range []khue.Text{i.Label, i.Description, i.Unit, i.Source, topic.Label} {
		said.WriteString(" " + t.VI + " " + t.EN)
	}
	folded := locale.Fold(said.String())
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(folded, w) })
}
