package indicators

import (
	"time"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// draftIndicator keeps what an indicator's definition gives, before the measures
// behind it fill in the rest.
type draftIndicator struct {
	Indicator
	over   definitionfile.Entry // zero when the definition does not speak of it
	breaks []definitionfile.Parsed[Break]
}

func readIndicator(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftIndicator] {
	e := doc.Entry(n, "indicator", "name", "label", "description", "unit", "decimals", "direction",
		"measure", "numerator", "denominator", "factor", "claims",
		"topic", "frequency", "responsible", "source", "method", "over", "since", "breaks")
	i := draftIndicator{Indicator: Indicator{
		Name: e.Word("name"), Label: e.Text("label"), Description: e.Text("description"), unit: e.Word("unit"),
		Decimals: e.Whole("decimals"), Direction: e.Choice("direction", directions...),
		Measure: e.Optional("measure"), Numerator: e.Optional("numerator"), Denominator: e.Optional("denominator"),
		Factor: 1, Claims: e.Optional("claims"),
		Topic: e.Word("topic"), Frequency: Frequency(e.Choice("frequency", frequencies...)), Responsible: e.Text("responsible"),
		Source: e.OptionalText("source"), Method: e.OptionalText("method"), Since: periodAt(e, "since"),
	}}
	if e.Keys["factor"] != nil {
		i.Factor = e.Number("factor")
	}
	checkDecimals(e, i.Decimals)
	if o := e.Keys["over"]; o != nil {
		i.over = doc.Entry(o, "combining rule", "time", "area", "discipline")
		way := func(key string) Combining {
			if i.over.Keys[key] == nil {
				return ""
			}
			return Combining(i.over.Choice(key, string(Sum), string(Last), string(Distinct), string(Ratio), string(Whole)))
		}
		i.Over = Over{Time: way("time"), Area: way("area"), Discipline: way("discipline")}
	}
	for _, b := range e.List("breaks") {
		i.breaks = append(i.breaks, readBreak(doc, b))
	}
	return definitionfile.At(i, e)
}

func readBreak(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[Break] {
	e := doc.Entry(n, "break", "date", "affects", "text", "citation", "mark")
	e.Need("date")
	b := Break{
		Date: dayOf(e, "date"), Affects: e.Words("affects"), Text: e.Text("text"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", marks...),
	}
	for _, a := range b.Affects {
		refer(e, "affects", "split", a, []string{"area", "discipline"})
	}
	return definitionfile.At(b, e)
}

// dayOf reads a calendar day that may be absent.
func dayOf(e definitionfile.Entry, key string) time.Time {
	n := e.Keys[key]
	if n == nil {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		e.Wrong(key, "%s is %q; it must be a day such as 2025-07-01", key, n.Value)
	}
	return d
}

// periodAt reads a period that may be absent.
func periodAt(e definitionfile.Entry, key string) khue.Period {
	written := e.Optional(key)
	if written == "" {
		return khue.Period{}
	}
	p, err := khue.ParsePeriod(written)
	if err != nil {
		e.Wrong(key, "%s: %s", key, khue.MessageOf(err).EN)
	}
	return p
}
