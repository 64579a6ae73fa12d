package indicators

import (
	"math/big"
	"time"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// Correspondence leads from areas that ended to those that took their place. The
// product has none of its own: who gives one says where its weights come from.
type Correspondence struct {
	ID       string
	Title    khue.Text
	ValidOn  time.Time // first day of the areas it leads to
	Basis    khue.Text // what the weights measure: residents, floor space, addresses
	Citation string
	Mark     string // verified, general, inferred or assumed
	Entries  []AreaShare
}

// AreaShare is the part of an area that lies in a later one.
type AreaShare struct {
	From, To string
	Weight   *big.Rat
	Note     khue.Text
}

// Correspondences lists those that are configured.
func (c *Catalogue) Correspondences() []Correspondence { return c.correspondences }

type draftCorrespondence struct {
	Correspondence
	entries []definitionfile.Parsed[AreaShare]
}

func readCorrespondence(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftCorrespondence] {
	e := doc.Entry(n, "correspondence", "id", "title", "valid_on", "basis", "citation", "mark", "entries")
	e.Need("valid_on")
	c := draftCorrespondence{Correspondence: Correspondence{
		ID: e.Word("id"), Title: e.Text("title"), ValidOn: dayOf(e, "valid_on"), Basis: e.Text("basis"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", entryMarks...),
	}}
	e.Need("entries")
	for _, item := range e.List("entries") {
		at := doc.Entry(item, "entry", "from", "to", "weight", "note")
		c.entries = append(c.entries, definitionfile.At(AreaShare{
			From: at.Word("from"), To: at.Word("to"), Weight: weightOf(at, "weight"), Note: at.OptionalText("note"),
		}, at))
	}
	return definitionfile.At(c, e)
}

// checkCorrespondences holds all of them together: an area is led on by one only.
func (c *Catalogue) checkCorrespondences(drafts []definitionfile.Parsed[draftCorrespondence]) {
	definitionfile.Unique(drafts, "id", func(d draftCorrespondence) string { return d.ID })
	owner := make(map[string]string)
	for _, p := range drafts {
		out := p.Value.Correspondence
		definitionfile.Unique(p.Value.entries, "from", func(s AreaShare) string {
			if s.From == "" || s.To == "" {
				return ""
			}
			return s.From + " to " + s.To
		})
		sums := make(map[string]*big.Rat)
		for _, at := range p.Value.entries {
			s := at.Value
			checkAreas(at.At, s, out.ValidOn)
			if by, seen := owner[s.From]; seen && by != out.ID {
				at.At.Wrong("from", "area %q is already led on by correspondence %q", s.From, by)
			}
			owner[s.From] = out.ID
			if sums[s.From] == nil {
				sums[s.From] = new(big.Rat)
			}
			if sum := sums[s.From]; sum.Cmp(whole) <= 0 && sum.Add(sum, s.Weight).Cmp(whole) > 0 {
				at.At.Wrong("weight", "the weights of area %q add up to %s, more than 1", s.From, sum.FloatString(weightDecimals))
			}
			out.Entries = append(out.Entries, s)
		}
		c.correspondences = append(c.correspondences, out)
	}
}

// checkAreas holds both ends against the official list on the day of the change.
func checkAreas(e definitionfile.Entry, s AreaShare, on time.Time) {
	var known []string
	for _, a := range khue.Areas() {
		known = append(known, a.Code)
	}
	from, _ := khue.AreaOf(s.From)
	to, _ := khue.AreaOf(s.To)
	knownFrom, knownTo := refer(e, "from", "area", s.From, known), refer(e, "to", "area", s.To, known)
	if on.IsZero() {
		return
	}
	if knownFrom && (from.To.IsZero() || !from.To.Equal(on)) {
		e.Wrong("from", "area %q did not end with %s; a correspondence leads on from areas that ended then", s.From, on.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if knownTo && !to.ValidOn(on) {
		e.Wrong("to", "area %q is not in force on %s", s.To, on.Format(time.DateOnly))
	}
}
