package indicators

import (
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
)

// draftCrosswalk keeps the places of a crosswalk's parts.
type draftCrosswalk struct {
	Crosswalk
	editions []parsed[draftEdition]
}

type draftEdition struct {
	Edition
	codes   []parsed[Code]
	entries []parsed[draftEntry]
}

// draftEntry is one line of an edition.
type draftEntry struct {
	from, to string
	weight   *big.Rat
	none     khue.Text
	several  []string
	mark     string
	note     khue.Text
}

// entryMarks also allow an assumption, which every answer that rests on it tells.
var entryMarks = append(slices.Clone(marks), "assumed")

func readCrosswalk(doc document, n *yaml.Node) parsed[draftCrosswalk] {
	e := doc.entry(n, "crosswalk", "name", "label", "description", "editions")
	w := draftCrosswalk{Crosswalk: Crosswalk{Name: e.word("name"), Label: e.text("label"), Description: e.text("description")}}
	e.need("editions")
	for _, item := range e.list("editions") {
		w.editions = append(w.editions, readEdition(doc, item))
	}
	return parsed[draftCrosswalk]{w, e}
}

func readEdition(doc document, n *yaml.Node) parsed[draftEdition] {
	e := doc.entry(n, "edition", "id", "label", "valid_from", "valid_until", "citation", "mark", "note", "codes", "entries")
	d := draftEdition{Edition: Edition{
		ID: e.word("id"), Label: e.text("label"), From: e.day("valid_from"), To: e.day("valid_until"),
		Citation: e.word("citation"), Mark: e.choice("mark", marks...), Note: e.optionalText("note"),
	}}
	if !d.To.IsZero() {
		d.To = d.To.AddDate(0, 0, 1)
	}
	e.need("codes")
	for _, item := range e.list("codes") {
		d.codes = append(d.codes, readCode(doc, item, "code"))
	}
	e.need("entries")
	for _, item := range e.list("entries") {
		d.entries = append(d.entries, readEntry(doc, item))
	}
	return parsed[draftEdition]{d, e}
}

func readEntry(doc document, n *yaml.Node) parsed[draftEntry] {
	e := doc.entry(n, "entry", "from", "to", "weight", "none", "several", "mark", "note")
	d := draftEntry{
		from: e.word("from"), to: e.optional("to"), weight: whole, none: e.optionalText("none"), several: e.words("several"),
		mark: e.choice("mark", entryMarks...), note: e.optionalText("note"),
	}
	given := 0
	for _, key := range []string{"to", "none", "several"} {
		if e.keys[key] != nil {
			given++
		}
	}
	if given != 1 && e.keys != nil {
		e.fault(e.line, "an entry needs exactly one of to, none or several")
	}
	if e.keys["weight"] != nil {
		d.weight = e.weight("weight")
		if e.keys["to"] == nil {
			e.wrong("weight", "only an entry with \"to\" takes a weight")
		}
	}
	return parsed[draftEntry]{d, e}
}

// weight reads a required share of the whole, exactly: 0.35 or 1/3.
func (e entry) weight(key string) *big.Rat {
	n := e.need(key)
	if n == nil {
		return whole
	}
	w, ok := new(big.Rat).SetString(n.Value)
	if !ok || n.Kind != yaml.ScalarNode || strings.ContainsAny(n.Value, "eExXpP_") || len(n.Value) > longestWeight {
		e.wrong(key, "%s is %q; it must be a share such as 0.35 or 1/3", key, n.Value)
		return whole
	}
	if w.Sign() <= 0 || w.Cmp(whole) > 0 {
		e.wrong(key, "%s is %s; a share lies above 0 and is at most 1", key, n.Value)
		return whole
	}
	return w
}

// longestWeight keeps exact arithmetic cheap.
const longestWeight = 20
