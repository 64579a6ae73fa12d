package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"khue/indicators"
	"khue/locale"
)

// complete is the remark under a table that tells how many of the reports that were
// due are in it and how far its facts reach. Measures that are reported alike are
// named together.
func (p *paper) complete(answers ...indicators.Answer) string {
	var shares, open []string
	named := map[string][]string{}
	var until []string
	for _, a := range answers {
		for i, name := range a.Question.Measures {
			if i >= len(a.Completeness) {
				continue
			}
			label := lowered(p.measures[name].Label.In(p.lang))
			share, known := p.share(a.Completeness[i])
			if !known {
				open = append(open, label)
				continue
			}
			if named[share] == nil {
				shares = append(shares, share)
			}
			named[share] = append(named[share], label)
		}
		if day := a.Evidence.DataUntil; !day.IsZero() && !slices.Contains(until, locale.Date(p.lang, day)) {
			until = append(until, locale.Date(p.lang, day))
		}
	}
	var parts []string
	for _, share := range shares {
		parts = append(parts, fmt.Sprintf("%s (%s)", share, strings.Join(named[share], ", ")))
	}
	if len(open) > 0 {
		parts = append(parts, p.say("không xác định với ", "not determined for ")+strings.Join(open, ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	line := p.say("Độ đầy đủ: ", "Completeness: ") + strings.Join(parts, "; ")
	if len(until) == 1 {
		line += p.say("; số liệu đến ngày ", "; data until ") + until[0]
	}
	return line + "."
}

// share is a completeness in words; false when it is not determined.
func (p *paper) share(c indicators.Completeness) (string, bool) {
	x, err := p.reporter.options.Meaning.Expectation(c.Expectation)
	if err != nil || !c.Known {
		return "", false
	}
	words := locale.WholeShare(p.lang, c.Share()) + " " + x.Label.In(p.lang)
	if x.Floored(c) {
		words += fmt.Sprintf(p.say(", dưới mức %s cần có", ", below the floor of %s"), locale.WholeShare(p.lang, x.Floor/100))
	}
	return words, true
}

// lowered begins a name in the middle of a sentence.
func lowered(name string) string {
	r := []rune(name)
	if len(r) > 1 && unicode.IsUpper(r[0]) && !unicode.IsUpper(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
