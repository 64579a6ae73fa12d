package reports

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/narrative"
)

// paper is a report while it is made: each section of its definition asks for its
// numbers, then adds its blocks.
type paper struct {
	reporter   *Reporter
	definition Definition
	order      Order
	period     khue.Period         // of the order
	lang       khue.Lang           // of the order
	where      map[string][]string // what the figures are of, beside days; nil is the whole city
	asOf       time.Time
	doc        document.Document
	ledger     ledger
	window     window
	findings   [][]document.Run // the summary, which stands first but is written last
	measures   map[string]indicators.Measure
	cited      map[string]bool // evidence that a footnote has led to
	aimedAt    []string        // the indicators of the targets
	heading    khue.Text       // the section's own title; zero keeps that of its kind

	headlineFigures map[string]headlineFigure // by measure
	course          []edition                 // of a report of one edition: the editions up to it
	texts           []narrative.Written       // what staff wrote
	compared        string                    // the days of an edition and those it is set against; "" elsewhere
}

func newPaper(r *Reporter, definition Definition, o Order, asOf time.Time) *paper {
	p := &paper{reporter: r, definition: definition, order: o, period: o.Period, lang: o.Lang, asOf: asOf, measures: map[string]indicators.Measure{}, cited: map[string]bool{}}
	if o.Area != "" {
		p.where = map[string][]string{areaParameter: {o.Area}}
	}
	for _, m := range r.options.Meaning.Measures() {
		p.measures[m.Name] = m
	}
	return p
}

func (p *paper) say(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(p.lang) }

func (p *paper) write(ctx context.Context) (document.Document, error) {
	var programme indicators.Programme
	if p.definition.programme != "" {
		var err error
		if programme, err = p.reporter.options.Meaning.Programme(p.definition.programme); err != nil {
			return document.Document{}, err
		}
	}
	p.frame(programme)
	for i, s := range p.definition.sections {
		if i == 1 { // the first sets the days that the others are of
			p.askAhead(ctx)
		}
		p.heading = s.Title
		if err := sectionKinds[s.Kind].write(p, ctx, s); err != nil {
			return document.Document{}, err
		}
	}
	p.summary(programme)
	p.doc.Evidence = p.ledger.items
	for i := range p.doc.Evidence {
		p.doc.Evidence[i].From = p.readFrom(p.doc.Evidence[i].From)
	}
	return p.doc, p.doc.Check()
}

// frame sets what surrounds the text.
func (p *paper) frame(programme indicators.Programme) {
	p.doc = document.Document{
		ID: p.definition.ID, Part: p.order.inFileName(), Lang: p.lang, Period: p.period, AsOf: p.asOf,
		Layout: p.definition.layouts[p.lang], Kind: p.definition.kind.In(p.lang),
		Title:      p.definition.subject(p.order, programme.Title.In(p.lang)),
		AsOfNote:   fmt.Sprintf(p.say("(Số liệu được biết đến %s)", "(As known at %s)"), locale.Moment(p.lang, p.asOf)),
		Letterhead: p.reporter.options.Letterhead,
		EvidenceAt: p.say("Phụ lục: căn cứ của số liệu", "Annex: evidence of the figures"),
	}
	if p.reporter.options.Simulated {
		p.doc.Simulated = p.say("Dữ liệu mô phỏng: chỉ để dùng thử, không phải số liệu của thành phố.",
			"Simulated data: for trial only, not the city's figures.")
	}
}

// periodName is the period inside a sentence: "năm 2025", "Q3 2025".
func (p *paper) periodName() string { return locale.PeriodName(p.lang, p.period) }

// spanName are the days that the report tells of, inside a sentence.
func (p *paper) spanName() string { return p.definition.spanText(p.lang, p.period) }

// openingName is the period at the beginning of a sentence.
func (p *paper) openingName() string {
	if p.lang == khue.English && p.period.Grain() == khue.Year {
		return "The year " + p.period.String()
	}
	return upperFirst(p.periodName())
}

// daysCompared are the days of the figures and those they are set against.
func (p *paper) daysCompared() string {
	if p.compared != "" {
		return p.compared
	}
	if p.window.elsewhere {
		return p.window.head(p.lang, false) + p.say("; không so với năm trước", "; not set against the year before")
	}
	return p.window.head(p.lang, false) + p.say(" với ", " against ") + p.window.head(p.lang, true)
}

// placeName is the part of the city that the report is of.
func (p *paper) placeName() string {
	if p.order.Area == "" {
		return p.say("toàn thành phố", "the whole city")
	}
	return areaName(p.order.Area).In(p.lang) + " (" + p.order.Area + ")"
}

func (p *paper) add(blocks ...document.Block) {
	p.doc.Blocks = append(p.doc.Blocks, blocks...)
}

func (p *paper) part(vi, en string) {
	if p.heading != (khue.Text{}) {
		vi, en, p.heading = p.heading.VI, p.heading.EN, khue.Text{}
	}
	p.add(document.Heading{Level: 1, Text: p.say(vi, en), Numbered: true})
}

// found adds a sentence to the summary; note is its footnote.
func (p *paper) found(sentence, note string) {
	if sentence != "" {
		p.findings = append(p.findings, []document.Run{{Text: sentence, Note: note}})
	}
}

// cite is the footnote that leads from the first figure told of a query to that
// query; later figures of the same have none, since their table names it too.
func (p *paper) cite(e indicators.Evidence, mark string) string {
	if p.cited[mark] {
		return ""
	}
	p.cited[mark] = true
	until := ""
	if !e.DataUntil.IsZero() {
		until = fmt.Sprintf(p.say("; số liệu đến ngày %s", "; data until %s"), locale.Date(p.lang, e.DataUntil))
	}
	return fmt.Sprintf(p.say("Căn cứ %s ở phụ lục%s.", "Evidence %s in the annex%s."), mark, until)
}

// readFrom says in the language of the report what a query read.
func (p *paper) readFrom(from string) string {
	if p.lang == khue.English {
		return from
	}
	return strings.NewReplacer("rollup ", "bảng gộp ", " less journal ", " trừ phần ghi sau trong sổ ", "journal ", "sổ ").Replace(from)
}

// source is the line under a table.
func (p *paper) source(mark string, remarks ...string) string {
	s := fmt.Sprintf(p.say("Căn cứ: %s.", "Evidence: %s."), mark)
	for _, r := range remarks {
		if r != "" {
			s += " " + r
		}
	}
	return s
}

// question is one for the report's days, as the report knows them.
func (p *paper) question(from, to time.Time, by string, measures ...string) indicators.Question {
	q := indicators.Question{Measures: measures, From: from, To: to, AsOf: p.asOf, Scope: khue.Publication, Where: maps.Clone(p.where)}
	if p.reporter.options.Confidential {
		q.Scope = khue.Everything
	}
	if by != "" {
		q.By = []string{by}
	}
	return q
}

// summaryHead is the heading of the summary. A form that an organisation has set has a
// summary of its own.
func (p *paper) summaryHead() string {
	if slices.ContainsFunc(p.definition.sections, func(s Section) bool { return s.Kind == "form" }) {
		return p.say("Số liệu nổi bật", "What the figures say")
	}
	return p.say("Tóm tắt", "Summary")
}

// summary opens the report: what it is about, then its findings.
func (p *paper) summary(programme indicators.Programme) {
	about := document.Run{Text: p.definition.opening.In(p.lang)}
	if programme.ID != "" {
		about = document.Run{Text: programme.Description.In(p.lang), Note: p.say("Nguồn: ", "Source: ") + programme.Citation + "."}
	}
	opening := []document.Block{
		document.Heading{Level: 1, Text: p.summaryHead(), Numbered: true},
		document.Paragraph{Runs: []document.Run{about}},
	}
	switch {
	case p.window.elsewhere:
		opening = append(opening, document.Callout{Runs: []document.Run{{Text: fmt.Sprintf(
			p.say("Các con số tính đến hết ngày %s và không so với năm trước, vì địa bàn không có hiệu lực suốt những ngày đem so.",
				"Figures reach to the end of %s and are not set against the year before, since the area was not in force on all days compared."),
			locale.Date(p.lang, p.window.last()))}}})
	case p.window.cut:
		opening = append(opening, document.Callout{Runs: []document.Run{{Text: fmt.Sprintf(
			p.say("%s chưa đủ số liệu: các con số tính đến hết ngày %s và chỉ so với đúng những ngày đó của năm trước.",
				"%s is not complete: figures reach to the end of %s and are set only against the same days of the year before."),
			p.openingName(), locale.Date(p.lang, p.window.last()))}}})
	}
	if partly := p.areaPartly(); partly != "" {
		opening = append(opening, document.Callout{Runs: []document.Run{{Text: partly}}})
	}
	opening = append(opening, document.Bullets{Items: p.findings})
	p.doc.Blocks = append(opening, p.doc.Blocks...)
	p.doc.Filters = []document.Pair{
		{Name: p.say("Kỳ", "Period"), Value: locale.PeriodName(p.lang, p.period)},
		{Name: p.say("Số liệu được biết đến", "As known at"), Value: locale.Moment(p.lang, p.asOf)},
		{Name: p.say("Ngày so sánh", "Days compared"), Value: p.daysCompared()},
		{Name: p.say("Địa bàn", "Area"), Value: p.placeName()},
		{Name: p.say("Lĩnh vực", "Disciplines"), Value: p.say("tất cả", "all")},
		{Name: p.say("Múi giờ", "Time zone"), Value: p.reporter.options.Zone.String()},
	}
	for _, name := range p.definition.headlines() {
		if m, ok := p.measures[name]; ok {
			p.doc.Terms = append(p.doc.Terms, document.Pair{Name: m.Label.In(p.lang), Value: m.Description.In(p.lang) + " " + m.Method.In(p.lang)})
		}
	}
}
