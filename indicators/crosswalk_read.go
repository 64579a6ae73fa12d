package indicators

import (
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// draftCrosswalk keeps the places of a crosswalk's parts.
type draftCrosswalk struct {
	Crosswalk
	editions []definitionfile.Parsed[draftEdition]
}

type draftEdition struct {
	Edition
	codes   []definitionfile.Parsed[Code]
	entries []definitionfile.Parsed[draftEntry]
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

func readCrosswalk(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftCrosswalk] {
	e := doc.Entry(n, "crosswalk", "name", "label", "description", "editions")
	w := draftCrosswalk{Crosswalk: Crosswalk{Name: e.Word("name"), Label: e.Text("label"), Description: e.Text("description")}}
	e.Need("editions")
	for _, item := range e.List("editions") {
		w.editions = append(w.editions, readEdition(doc, item))
	}
	return definitionfile.At(w, e)
}

func readEdition(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftEdition] {
	e := doc.Entry(n, "edition", "id", "label", "valid_from", "valid_until", "citation", "mark", "note", "codes", "entries")
	d := draftEdition{Edition: Edition{
		ID: e.Word("id"), Label: e.Text("label"), From: dayOf(e, "valid_from"), To: dayOf(e, "valid_until"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", marks...), Note: e.OptionalText("note"),
	}}
	if !d.To.IsZero() {
		d.To = d.To.AddDate(0, 0, 1)
	}
	e.Need("codes")
	for _, item := range e.List("codes") {
		d.codes = append(d.codes, readCode(doc, item, "code"))
	}
	e.Need("entries")
	for _, item := range e.List("entries") {
		d.entries = append(d.entries, readEntry(doc, item))
	}
	return definitionfile.At(d, e)
}

func readEntry(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftEntry] {
	e := doc.Entry(n, "entry", "from", "to", "weight", "none", "several", "mark", "note")
	d := draftEntry{
		from: e.Word("from"), to: e.Optional("to"), weight: whole, none: e.OptionalText("none"), several: e.Words("several"),
		mark: e.Choice("mark", entryMarks...), note: e.OptionalText("note"),
	}
	given := 0
	for _, key := range []string{"to", "none", "several"} {
		if e.Keys[key] != nil {
			given++
		}
	}
	if given != 1 && e.Keys != nil {
		e.Fault(e.Line, "an entry needs exactly one of to, none or several")
	}
	if e.Keys["weight"] != nil {
		d.weight = weightOf(e, "weight")
		if e.Keys["to"] == nil {
			e.Wrong("weight", "only an entry with \"to\" takes a weight")
		}
	}
	return definitionfile.At(d, e)
}

// weightOf reads a required share of the whole, exactly: 0.35 or 1/3.
func weightOf(e definitionfile.Entry, key string) *big.Rat {
	n := e.Need(key)
	if n == nil {
		return whole
	}
	w, ok := new(big.Rat).SetString(n.Value)
	if !ok || n.Kind != yaml.ScalarNode || strings.ContainsAny(n.Value, "eExXpP_") || len(n.Value) > longestWeight {
		e.Wrong(key, "%s is %q; it must be a share such as 0.35 or 1/3", key, n.Value)
		return whole
	}
	if w.Sign() <= 0 || w.Cmp(whole) > 0 {
		e.Wrong(key, "%s is %s; a share lies above 0 and is at most 1", key, n.Value)
		return whole
	}
	return w
}

// longestWeight keeps exact arithmetic cheap.
const longestWeight = 20
