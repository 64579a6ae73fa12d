package indicators

import (
	"time"

	"go.yaml.in/yaml/v3"

	"khue"
)

// draftIndicator keeps what an indicator's definition gives, before the measures
// behind it fill in the rest.
type draftIndicator struct {
	Indicator
	over   entry // zero when the definition does not speak of it
	breaks []parsed[Break]
}

func readIndicator(doc document, n *yaml.Node) parsed[draftIndicator] {
	e := doc.entry(n, "indicator", "name", "label", "description", "unit", "decimals", "direction",
		"measure", "numerator", "denominator", "factor", "claims",
		"topic", "frequency", "responsible", "source", "method", "over", "since", "breaks")
	i := draftIndicator{Indicator: Indicator{
		Name: e.word("name"), Label: e.text("label"), Description: e.text("description"), unit: e.word("unit"),
		Decimals: e.whole("decimals"), Direction: e.choice("direction", directions...),
		Measure: e.optional("measure"), Numerator: e.optional("numerator"), Denominator: e.optional("denominator"),
		Factor: 1, Claims: e.optional("claims"),
		Topic: e.word("topic"), Frequency: Frequency(e.choice("frequency", frequencies...)), Responsible: e.text("responsible"),
		Source: e.optionalText("source"), Method: e.optionalText("method"), Since: e.period("since"),
	}}
	if e.keys["factor"] != nil {
		i.Factor = e.number("factor")
	}
	e.checkDecimals(i.Decimals)
	if o := e.keys["over"]; o != nil {
		i.over = doc.entry(o, "combining rule", "time", "area", "discipline")
		way := func(key string) Combining {
			if i.over.keys[key] == nil {
				return ""
			}
			return Combining(i.over.choice(key, string(Sum), string(Last), string(Distinct), string(Ratio), string(Whole)))
		}
		i.Over = Over{Time: way("time"), Area: way("area"), Discipline: way("discipline")}
	}
	for _, b := range e.list("breaks") {
		i.breaks = append(i.breaks, readBreak(doc, b))
	}
	return parsed[draftIndicator]{i, e}
}

func readBreak(doc document, n *yaml.Node) parsed[Break] {
	e := doc.entry(n, "break", "date", "affects", "text", "citation", "mark")
	e.need("date")
	b := Break{
		Date: e.day("date"), Affects: e.words("affects"), Text: e.text("text"),
		Citation: e.word("citation"), Mark: e.choice("mark", marks...),
	}
	for _, a := range b.Affects {
		refer(e, "affects", "split", a, []string{"area", "discipline"})
	}
	return parsed[Break]{b, e}
}

// day reads a calendar day that may be absent.
func (e entry) day(key string) time.Time {
	n := e.keys[key]
	if n == nil {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		e.wrong(key, "%s is %q; it must be a day such as 2025-07-01", key, n.Value)
	}
	return d
}

// period reads a period that may be absent.
func (e entry) period(key string) khue.Period {
	written := e.optional(key)
	if written == "" {
		return khue.Period{}
	}
	p, err := khue.ParsePeriod(written)
	if err != nil {
		e.wrong(key, "%s: %s", key, khue.MessageOf(err).EN)
	}
	return p
}
