package indicators

import (
	"maps"
	"math/big"
	"slices"
	"time"

	"khue"
)

// Crosswalk reads the disciplines of facts as another classification. Its name
// is a dimension of questions, wherever discipline is one.
type Crosswalk struct {
	Name        string
	Label       khue.Text
	Description khue.Text
	Editions    []Edition // rising by From
}

// Edition is the classification as it stood for a time.
type Edition struct {
	ID       string
	Label    khue.Text
	From, To time.Time // first day in force, first day no longer; zero is open
	Citation string
	Mark     string // verified, general or inferred: of the code list
	Note     khue.Text
	Codes    []Code
	Entries  []Counterpart
}

// Counterpart says what one discipline is in an edition: shares of one or more
// codes, nothing (with the reason), or several codes whose shares nobody knows.
type Counterpart struct {
	From    string
	Shares  []Share
	None    khue.Text // why there is no counterpart
	Several []string  // codes among which the discipline lies in unknown shares
	Mark    string    // verified, general, inferred or assumed
	Note    khue.Text
}

// Share is a part of what is recast. What the shares leave of the whole has no
// counterpart.
type Share struct {
	Code   string
	Weight *big.Rat // above 0, at most 1
}

// The rows that keep what a recast cannot place: parts always add up to the total.
const (
	NoCounterpart = "none"         // no code of the classification covers it
	Undetermined  = "undetermined" // several codes may, in shares that nobody knows
	Unconverted   = "unconverted"  // of an area that no correspondence leads to the present ones
)

var (
	noCounterpartName = khue.Text{VI: "Không có mục tương ứng", EN: "No counterpart"}
	undeterminedName  = khue.Text{VI: "Nhiều mục, chưa rõ tỷ trọng", EN: "Several counterparts, shares unknown"}
	unconvertedName   = khue.Text{VI: "Chưa quy đổi được sang địa bàn mới", EN: "Not convertible to present areas"}
)

var whole = big.NewRat(1, 1)

// InForce finds the edition of a calendar day: the last that began by then, the
// first for days before it.
func (c Crosswalk) InForce(day time.Time) Edition {
	in := c.Editions[0]
	for _, e := range c.Editions[1:] {
		if !e.From.After(day) {
			in = e
		}
	}
	return in
}

// Edition finds an edition by its identifier.
func (c Crosswalk) Edition(id string) (Edition, error) {
	return find(c.Editions, id, "phiên bản của "+c.Name, "edition of "+c.Name, func(e Edition) string { return e.ID })
}

// Of gives the counterpart of a discipline.
func (e Edition) Of(discipline string) Counterpart {
	for _, entry := range e.Entries {
		if entry.From == discipline {
			return entry
		}
	}
	return Counterpart{From: discipline}
}

// shares gives every part of a discipline, with what is left over; the unknown stays unknown.
func (e Edition) shares(discipline string) []Share {
	c := e.Of(discipline)
	switch {
	case discipline == "":
		return []Share{{Weight: whole}}
	case len(c.Several) > 0:
		return []Share{{Undetermined, whole}}
	}
	return withRest(c.Shares, NoCounterpart)
}

// withRest adds what shares leave of the whole, under a code of its own.
func withRest(shares []Share, rest string) []Share {
	left := new(big.Rat).Set(whole)
	for _, s := range shares {
		left.Sub(left, s.Weight)
	}
	if left.Sign() > 0 {
		shares = append(shares[:len(shares):len(shares)], Share{rest, left})
	}
	return shares
}

// splits tells that an edition divides a discipline among codes.
func (e Edition) splits() bool {
	for _, c := range e.Entries {
		for _, s := range c.Shares {
			if s.Weight.Cmp(whole) != 0 {
				return true
			}
		}
	}
	return false
}

// assumed lists the disciplines whose counterpart is an assumption.
func (e Edition) assumed() []string {
	var out []string
	for _, c := range e.Entries {
		if c.Mark == "assumed" {
			out = append(out, c.From)
		}
	}
	return out
}

// Crosswalks lists the classifications that disciplines can be read as.
func (c *Catalogue) Crosswalks() []Crosswalk { return c.crosswalks }

// Crosswalk finds a classification by the name of its dimension.
func (c *Catalogue) Crosswalk(name string) (Crosswalk, error) {
	return find(c.crosswalks, name, "bảng đối chiếu", "crosswalk", func(w Crosswalk) string { return w.Name })
}

func (c *Catalogue) isCrosswalk(dimension string) bool {
	for _, w := range c.crosswalks {
		if w.Name == dimension {
			return true
		}
	}
	return false
}

// dimension is what questions see of a crosswalk: every code of any edition, and
// the rows that keep the rest.
func (c Crosswalk) dimension(datasets []string) Dimension {
	d := Dimension{Name: c.Name, Label: c.Label, Datasets: datasets}
	place := make(map[string]int)
	for _, e := range c.Editions {
		for _, code := range e.Codes {
			if at, seen := place[code.Code]; seen {
				d.Values[at] = code // the name it has now
				continue
			}
			place[code.Code] = len(d.Values)
			d.Values = append(d.Values, code)
		}
	}
	d.Values = append(d.Values, Code{Undetermined, undeterminedName}, Code{NoCounterpart, noCounterpartName})
	return d
}

// refuseCrosswalks says that changes are told by disciplines only: a row of the
// journal has a discipline, and no other classification.
func (c *Catalogue) refuseCrosswalks(by []string, where map[string][]string) error {
	names := slices.AppendSeq(slices.Clone(by), maps.Keys(where))
	for _, name := range names {
		if c.isCrosswalk(name) {
			return khue.Errorf(khue.Invalid,
				"thay đổi được kể theo lĩnh vực gốc (discipline), không theo %s", "changes are told by discipline, not by %s", name)
		}
	}
	return nil
}
