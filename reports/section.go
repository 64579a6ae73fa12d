package reports

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators"
	"khue/indicators/definitionfile"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/narrative"
)

// sectionKind is a part that papers are put together from: it asks for its numbers,
// then adds its blocks.
type sectionKind struct {
	keys  []string // beside section and title
	write func(*paper, context.Context, Section) error
}

// sectionKinds are what a definition may name.
var sectionKinds = map[string]sectionKind{
	"headlines":           {[]string{"measures"}, func(p *paper, ctx context.Context, _ Section) error { return p.headlines(ctx) }},
	"months":              {[]string{"since"}, (*paper).months},
	"disciplines":         {nil, func(p *paper, ctx context.Context, _ Section) error { return p.disciplines(ctx) }},
	"areas":               {nil, func(p *paper, ctx context.Context, _ Section) error { return p.areas(ctx) }},
	"members":             {nil, func(p *paper, ctx context.Context, _ Section) error { return p.members(ctx) }},
	"members-now":         {nil, func(p *paper, ctx context.Context, _ Section) error { return p.membersNow(ctx) }},
	"targets":             {[]string{"programme", "short"}, (*paper).targets},
	"commitments":         {[]string{"programme", "level"}, (*paper).commitments},
	"ahead":               {[]string{"programme"}, (*paper).ahead},
	"years":               {nil, (*paper).yearly},
	"form":                {[]string{"form"}, (*paper).form},
	"published":           {[]string{"subjects"}, (*paper).published},
	"editions":            {[]string{"series"}, (*paper).editions},
	"edition":             {nil, func(p *paper, ctx context.Context, _ Section) error { return p.edition(ctx) }},
	"edition-days":        {nil, func(p *paper, ctx context.Context, _ Section) error { return p.editionDays(ctx) }},
	"edition-parts":       {nil, func(p *paper, ctx context.Context, _ Section) error { return p.editionParts(ctx) }},
	"disciplines-by-year": {nil, func(p *paper, ctx context.Context, _ Section) error { return p.disciplinesByYear(ctx) }},
	"standing":            {nil, func(p *paper, ctx context.Context, _ Section) error { return p.standing(ctx) }},
	"quality":             {nil, func(p *paper, ctx context.Context, _ Section) error { return p.quality(ctx) }},
	"breakdown":           {[]string{"measures", "by", "top"}, (*paper).breakdown},
	"trend":               {[]string{"measures", "by"}, (*paper).trend},
	"notes":               {nil, func(p *paper, ctx context.Context, _ Section) error { return p.notes(ctx) }},
	"narrative":           {[]string{"id", "about", "words", "needed"}, func(p *paper, _ context.Context, s Section) error { return p.narrative(s) }},
	"text":                {[]string{"text"}, func(p *paper, _ context.Context, s Section) error { return p.told(s) }},
}

// sectionKeys are what a section may say beside its kind: its title, and what its
// kind allows.
var sectionKeys = []string{"title", "measures", "by", "top", "since", "programme", "short", "text", "level", "series", "subjects", "form", "id", "about", "words", "needed"}

func kindNames() []string {
	var names []string
	for name := range sectionKinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sections reads the sections of a report and holds them against each other.
func (r *reader) sections(report definitionfile.Entry, d *Definition) {
	if n := report.Need("sections"); n != nil && n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		report.Wrong("sections", "a report needs at least one section")
	}
	for i, n := range report.List("sections") {
		e := report.Document.Entry(n, "section", slices.Concat([]string{"section"}, sectionKeys)...)
		s := Section{
			Kind: e.Word("section"), Title: e.OptionalText("title"), Measures: e.Words("measures"), Programme: e.Optional("programme"), Short: e.Yes("short"), Text: e.OptionalText("text"),
			Level: e.Optional("level"), Series: e.Optional("series"), Subjects: e.Words("subjects"), Form: e.Optional("form"),
		}
		kind, known := sectionKinds[s.Kind]
		if s.Kind != "" && !known {
			e.Wrong("section", "there is no section %q; %s", s.Kind, definitionfile.Suggestion(s.Kind, kindNames()).EN)
		}
		for _, key := range sectionKeys[1:] {
			if known && e.Keys[key] != nil && !slices.Contains(kind.keys, key) {
				e.Wrong(key, "a section of %s has no key %q", s.Kind, key)
			}
		}
		if e.Keys["since"] != nil {
			s.SinceYear = e.Choice("since", "period", "year") == "year"
		}
		if (i == 0) != (s.Kind == d.firstKind()) && (i == 0 || s.Kind == "headlines" || s.Kind == "edition") && known {
			e.Wrong("section", "%s: they set the days that the other sections are of", firstWords[d.firstKind()])
		}
		r.fill(e, d, &s)
		if s.repeats(d.sections) {
			e.Wrong("section", "a section of %s stands in the report already; it comes once", s.Kind)
		}
		r.belongs(e, d, s)
		d.sections = append(d.sections, s)
	}
}

// fill gives a section what its report says for all, and holds it against the
// definitions of measures and programmes.
func (r *reader) fill(e definitionfile.Entry, d *Definition, s *Section) {
	switch s.Kind {
	case "headlines":
		if len(s.Measures) == 0 {
			s.Measures = headlineMeasures
		}
		for _, name := range s.Measures {
			if !r.measures[name] {
				e.Wrong("measures", "there is no measure %q", name)
			}
		}
	case "breakdown":
		r.readBreakdown(e, s)
	case "trend":
		r.readTrend(e, s)
	case "form":
		s.Narratives = r.template(e, s.Form)
	case "published":
		r.subjects(e, s.Subjects)
	case "edition":
		s.Measures = editionMeasures
	case "targets", "commitments", "ahead":
		if s.Level != "" {
			s.Level = e.Choice("level", "local", "international")
		}
		r.programme(e, s.Programme)
		if s.Programme == "" {
			s.Programme = d.programme
		}
		if s.Programme == "" {
			e.Fault(e.Line, "a section of %s needs a programme", s.Kind)
		}
	case "narrative":
		s.Narratives = []narrative.Section{r.narrative(e, d, s.Title)}
	case "text":
		if e.Need("text") != nil {
			allowed := []string{"period"}
			if slices.Contains(d.needs, areaParameter) {
				allowed = append(allowed, areaParameter)
			}
			for _, name := range d.headlines() {
				allowed = append(allowed, name, name+".before", name+".change")
			}
			r.placeholders(e, "text", s.Text, allowed)
		}
	}
}

// belongs holds a section against what its report is of: one area, one edition,
// several years.
func (*reader) belongs(e definitionfile.Entry, d *Definition, s Section) {
	switch s.Kind {
	case "editions":
		if s.Series == "" && !slices.Contains(d.needs, editionParameter) {
			e.Fault(e.Line, "a section of editions needs a series, or a report of one edition (needs: [edition])")
		}
	case "edition-days", "edition-parts":
		if !slices.Contains(d.needs, editionParameter) {
			e.Wrong("section", "a section of %s needs a report of one edition (needs: [edition])", s.Kind)
		}
	case "years", "disciplines-by-year":
		if d.firstYear == 0 {
			e.Wrong("section", "a section of %s needs the report's first_year", s.Kind)
		}
	case "areas":
		if slices.Contains(d.needs, areaParameter) {
			e.Wrong("section", "a report of one area has no section of areas; standing sets it beside the others")
		}
	case "standing":
		if !slices.Contains(d.needs, areaParameter) {
			e.Wrong("section", "a section of standing needs a report of one area (needs: [area])")
		}
	}
}

// subjects holds the subjects of published figures against those there are.
func (r *reader) subjects(e definitionfile.Entry, subjects []string) {
	if e.Need("subjects") != nil && len(subjects) == 0 {
		e.Wrong("subjects", "a section of published figures needs at least one subject")
	}
	known := make([]string, 0, 16)
	for _, c := range r.meaning.Subjects() {
		known = append(known, c.Code)
	}
	for _, subject := range subjects {
		if !slices.Contains(known, subject) {
			e.Wrong("subjects", "there is no subject of published figures %q; %s", subject, definitionfile.Suggestion(subject, known).EN)
		}
	}
}

// template holds the name of a template against those there are.
func (r *reader) template(e definitionfile.Entry, id string) []narrative.Section {
	if e.Need("form") == nil {
		return nil
	}
	template, err := r.meaning.MonitoringReport(id)
	var unknown *khue.Error
	if errors.As(err, &unknown) {
		e.Wrong("form", "%s", unknown.Message.EN)
	}
	return textsIn(template)
}

// firstWords say what comes first.
var firstWords = map[string]string{
	"headlines": "headlines come first and once", editionParameter: "in a report of one edition the section of edition comes first and once, and no headlines",
}

// firstKind is the kind of section that sets the days of the report.
func (d Definition) firstKind() string {
	if slices.Contains(d.needs, editionParameter) {
		return editionParameter
	}
	return "headlines"
}

// headlines are the measures of the report's first section.
func (d Definition) headlines() []string {
	if len(d.sections) == 0 {
		return nil
	}
	return d.sections[0].Measures
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// placeholders reports what stands in braces and means nothing there.
func (r *reader) placeholders(e definitionfile.Entry, key string, words khue.Text, allowed []string) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		for _, m := range placeholder.FindAllStringSubmatch(words.In(lang), -1) {
			if !slices.Contains(allowed, m[1]) {
				e.Wrong(key, "%s has {%s} in %q, which stands for nothing here; %s", key, m[1], lang, definitionfile.Suggestion(m[1], allowed).EN)
			}
		}
	}
}

// told is a text with its numbers put in. It is printed even where a number is not
// known: the words say so.
func (p *paper) told(s Section) error {
	if s.Title != (khue.Text{}) {
		p.part(s.Title.VI, s.Title.EN)
	}
	var runs []document.Run
	words, last := s.Text.In(p.lang), 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(words, -1) {
		number, note := p.inWords(words[at[2]:at[3]])
		if at[0] == 0 {
			number = upperFirst(number)
		}
		runs = append(runs, document.Run{Text: words[last:at[0]] + number, Note: note})
		last = at[1]
	}
	runs = append(runs, document.Run{Text: words[last:]})
	p.add(document.Paragraph{Runs: slices.DeleteFunc(runs, func(r document.Run) bool { return r.Text == "" })})
	return nil
}

// inWords is what a placeholder stands for, with its footnote.
func (p *paper) inWords(name string) (words, note string) {
	switch name {
	case "period":
		return p.periodName(), ""
	case areaParameter:
		return areaName(p.order.Area).In(p.lang), ""
	}
	measure, what, _ := strings.Cut(name, ".")
	f, m := p.headlineFigures[measure], p.measures[measure]
	switch what {
	case "before":
		return p.figureInWords(m, f.before), ""
	case "change":
		if !f.now.Known { // nothing is known to have changed
			return p.figureInWords(m, f.now), ""
		}
		change := finding{measure: measure, stock: m.Kind == "stock"}.changed(p.lang, f.window, f.now, f.before)
		return strings.TrimLeft(change, ",; "), ""
	}
	return p.figureInWords(m, f.now), p.cite(f.evidence, f.mark)
}

// figureInWords is a figure inside a sentence.
func (p *paper) figureInWords(m indicators.Measure, v indicators.Value) string {
	switch {
	case v.Suppressed:
		return p.say("(được giữ kín)", "(withheld)")
	case !v.Known:
		return p.say("(chưa có số liệu chính thức)", "(no official figure)")
	case m.Unit.EN == "VND":
		return fmt.Sprintf(p.say("%s đồng", "%s dong"), locale.Compact(p.lang, v.Number, 0))
	}
	return locale.Number(p.lang, v.Number, m.Decimals)
}
