package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"khue"
	"khue/indicators"
	"khue/indicators/definitionfile"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/narrative"
)

// Texts gives what staff wrote for a report, as it reads now; *narrative.Book does.
type Texts interface {
	Texts(ctx context.Context, of narrative.Of) ([]narrative.Written, error)
}

// frozenTexts are the texts of a report that is made again.
type frozenTexts []narrative.Written

// Texts implements Texts.
func (f frozenTexts) Texts(context.Context, narrative.Of) ([]narrative.Written, error) { return f, nil }

// texts are what staff wrote for a report; a report without such sections has none.
func (r *Reporter) texts(ctx context.Context, d Definition, o Order) ([]narrative.Written, error) {
	if r.options.Texts == nil || len(d.Narratives()) == 0 {
		return nil, nil
	}
	of, err := textsOf(o.ID, o.Period, o.Parameters)
	if err != nil {
		return nil, err
	}
	all, err := r.options.Texts.Texts(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("asking for the texts of %s: %w", o.ID, err)
	}
	return all, nil
}

// textsOf names the report that texts belong to. A report for the office's own use
// prints the same texts as the published one: whoever opens the pages can read them.
func textsOf(id string, period khue.Period, p Parameters) (narrative.Of, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return narrative.Of{}, fmt.Errorf("writing the parameters of a report: %w", err)
	}
	return narrative.Of{Definition: id, Period: period.String(), Parameters: string(text)}, nil
}

// Narratives are the parts that staff write, in the order of the paper.
func (d Definition) Narratives() []narrative.Section {
	var out []narrative.Section
	for _, s := range d.sections {
		out = append(out, s.Narratives...)
	}
	return out
}

// lacking tells which texts keep the report from leaving the office in a language.
func (d Definition) lacking(texts []narrative.Written, lang khue.Lang) []khue.Text {
	var out []khue.Text
	for _, s := range d.Narratives() {
		w, _ := narrative.Find(texts, s.ID, lang)
		if lack, there := s.Lack(w.Text, lang); there {
			out = append(out, lack)
		}
	}
	return out
}

// narrative prints what staff wrote. What is needed and missing is said where it
// belongs; a text that is not needed is left out with its heading.
func (p *paper) narrative(s Section) error {
	n := s.Narratives[0]
	title := s.Title.In(p.lang)
	w, _ := narrative.Find(p.texts, n.ID, p.lang)
	blocks := w.Text.Blocks()
	switch {
	case len(blocks) == 0 && !n.Needed:
		return nil
	case len(blocks) == 0:
		missing := fmt.Sprintf(p.say("[chưa có nội dung: %s]", "[nothing written yet: %s]"), title)
		blocks = []document.Block{document.Callout{Runs: []document.Run{{Text: missing, Bold: true}}}}
	}
	p.part(s.Title.VI, s.Title.EN)
	p.add(document.Narrative{ID: n.ID, Title: title, Blocks: blocks})
	return nil
}

// textsIn are the fields of a template that only somebody can fill: those that have
// to be written, and what no dataset here holds, which may be left open.
func textsIn(template indicators.MonitoringReport) []narrative.Section {
	var out []narrative.Section
	for _, section := range template.Sections {
		for _, field := range section.Fields {
			needed := field.Holds == indicators.HoldsNarrative
			if !needed && field.Holds != indicators.HoldsOutside && (field.Holds != indicators.HoldsFact || field.Value != (khue.Text{})) {
				continue
			}
			title := section.Title
			if len(section.Fields) > 1 {
				title = khue.Text{VI: section.Title.VI + ": " + lowered(field.Title.VI), EN: section.Title.EN + ": " + lowered(field.Title.EN)}
			}
			about := field.Note
			if about == (khue.Text{}) {
				about = field.Title
			}
			out = append(out, narrative.Section{ID: textIn(section, field), Title: title, About: about, Needed: needed})
		}
	}
	return out
}

// textIn is the id of the text of a field.
func textIn(section indicators.ReportSection, field indicators.ReportField) string {
	if section.ID == field.ID {
		return field.ID
	}
	return section.ID + "-" + field.ID
}

// writtenIn prints the text of a field; false when nobody has written it.
func (p *paper) writtenIn(section indicators.ReportSection, field indicators.ReportField) bool {
	id := textIn(section, field)
	w, _ := narrative.Find(p.texts, id, p.lang)
	if w.Text.Empty() {
		return false
	}
	p.add(document.Narrative{ID: id, Title: field.Title.In(p.lang), Blocks: w.Text.Blocks()})
	return true
}

var narrativeID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// narrative reads a part that staff write.
func (r *reader) narrative(e definitionfile.Entry, d *Definition, title khue.Text) narrative.Section {
	e.Need("title")
	n := narrative.Section{ID: e.Word("id"), Title: title, About: e.OptionalText("about"), Needed: e.Yes("needed")}
	if n.ID != "" && !narrativeID.MatchString(n.ID) {
		e.Wrong("id", "id is %q; it must be of small letters, digits and dashes, at most 40, and begin with a letter", n.ID)
	}
	if n.ID != "" && slices.ContainsFunc(d.Narratives(), func(other narrative.Section) bool { return other.ID == n.ID }) {
		e.Wrong("id", "two texts of this report have the id %q", n.ID)
	}
	if e.Keys["words"] == nil {
		return n
	}
	limits := e.Document.Entry(e.Keys["words"], "limit of words", "least", "most")
	limit := func(key string) int {
		if limits.Keys[key] == nil {
			return 0
		}
		before := len(*e.Faults)
		v := limits.Whole(key)
		if v < 1 && len(*e.Faults) == before {
			limits.Wrong(key, "%s is %d; it must be 1 or more", key, v)
		}
		return v
	}
	n.Least, n.Most = limit("least"), limit("most")
	if n.Most > 0 && n.Least > n.Most {
		limits.Wrong("least", "at least %d words and at most %d cannot both be kept", n.Least, n.Most)
	}
	return n
}

// Outlines tells which reports have texts to write.
type Outlines struct {
	Definitions Definitions
	Meaning     Meaning
}

// Kinds implements narrative.Outlines.
func (o Outlines) Kinds() []narrative.Kind {
	var out []narrative.Kind
	for _, d := range o.Definitions {
		sections := d.Narratives()
		if len(sections) == 0 {
			continue
		}
		k := narrative.Kind{Definition: d.ID, Title: d.Title, Grains: d.Grains, Area: d.Needs(areaParameter), Edition: d.Needs(editionParameter), Sections: len(sections)}
		out = append(out, k)
	}
	return out
}

// Outline implements narrative.Outlines. Texts may be written before their period
// has begun.
func (o Outlines) Outline(c narrative.Choice) (narrative.Outline, error) {
	d, err := o.Definitions.Of(c.Definition)
	if err != nil {
		return narrative.Outline{}, err
	}
	period, err := khue.ParsePeriod(c.Period)
	if err != nil {
		return narrative.Outline{}, err
	}
	if err := d.suits(period); err != nil {
		return narrative.Outline{}, err
	}
	p := Parameters{Area: c.Area, Edition: c.Edition}
	if d, err = d.with(p, period, o.Meaning); err != nil {
		return narrative.Outline{}, err
	}
	of, err := textsOf(d.ID, period, p)
	if err != nil {
		return narrative.Outline{}, err
	}
	return narrative.Outline{
		Of: of, Title: d.Title, Sections: d.Narratives(),
		PeriodName: khue.Text{VI: locale.PeriodName(khue.Vietnamese, period), EN: locale.PeriodName(khue.English, period)},
		Narrowed:   khue.Text{VI: strings.Join(p.Words(khue.Vietnamese), ", "), EN: strings.Join(p.Words(khue.English), ", ")},
	}, nil
}
