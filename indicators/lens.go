package indicators

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// lens is how one part of a question looks at a dimension of its dataset when
// it wants more than the codes as they stand: another classification, the areas
// of today, or every discipline of a fact.
//
// Sums, counts and stocks are asked for under labels (era and codes as they
// stand) and recast here, exactly. Distinct counts cannot be added up, so the
// warehouse recasts them before it counts; that needs every code to go whole.
type lens struct {
	dim    string // discipline or area
	label  string // the name of its key in the Select
	every  bool   // all disciplines of a fact
	count  Counting
	views  []view
	breaks []time.Time // first days of the eras after the first
	from   time.Time   // a day of the first era
}

// view is one reading of a lens's codes: a key of the answer, a filter, or both.
type view struct {
	name  string
	at    int                                      // index in By; -1 for a filter alone
	only  []string                                 // values that pass; nil lets all pass
	not   bool                                     // only names those that do not pass instead
	read  func(day time.Time, code string) []Share // nil takes the code as it is
	rest  string                                   // what codes become that no list holds
	known []string                                 // the codes that read knows
	split bool                                     // some code is divided
}

// cell is a part of a fact seen through the lenses: a code for each view.
type cell struct {
	codes  []string
	weight *big.Rat
}

func (v view) shares(day time.Time, code string) []Share {
	if v.read == nil {
		return []Share{{code, whole}}
	}
	return v.read(day, code)
}

// splits tells that some fact may be divided.
func (l lens) splits() bool {
	return l.every && l.count == CountFractional || slices.ContainsFunc(l.views, func(v view) bool { return v.split })
}

// eraDay is a day of an era, by which editions in force are chosen.
func (l lens) eraDay(era int) time.Time {
	if era == 0 {
		return l.from
	}
	return l.breaks[era-1]
}

// cells reads the codes of a label on a day. Under "each" a fact counts once
// under every combination of keys that any of its disciplines gives; else the
// weights of all cells add up to one.
func (l lens) cells(day time.Time, codes []string) []cell {
	codes = inOrder(codes)
	share := whole
	if l.count == CountFractional {
		share = big.NewRat(1, int64(len(codes)))
	}
	var out []cell
	for _, code := range codes {
		found := []cell{{weight: share}}
		for _, v := range l.views {
			found = product(found, v.shares(day, code))
		}
		out = append(out, found...)
	}
	if l.every && l.count == CountEach {
		return l.onceEach(out)
	}
	return out
}

func product(cells []cell, shares []Share) []cell {
	out := make([]cell, 0, len(cells)*len(shares))
	for _, c := range cells {
		for _, s := range shares {
			weight := c.weight
			if s.Weight.Cmp(whole) != 0 {
				weight = new(big.Rat).Mul(weight, s.Weight)
			}
			out = append(out, cell{append(c.codes[:len(c.codes):len(c.codes)], s.Code), weight})
		}
	}
	return out
}

// onceEach drops what the filters do not let pass and joins what ends under the
// same keys, so that an event in music and dance is one event of the performing arts.
func (l lens) onceEach(cells []cell) []cell {
	place := make(map[string]int)
	var out []cell
	for _, c := range cells {
		if !l.passes(c.codes) {
			continue
		}
		id := strings.Join(l.keys(c.codes), "\x00")
		i, seen := place[id]
		if !seen {
			place[id], out = len(out), append(out, c)
			continue
		}
		sum := new(big.Rat).Add(out[i].weight, c.weight)
		if sum.Cmp(whole) > 0 {
			sum = whole
		}
		out[i].weight = sum
	}
	return out
}

// passes holds a cell against the filters of the views.
func (l lens) passes(codes []string) bool {
	for i, v := range l.views {
		if v.only != nil && slices.Contains(v.only, codes[i]) == v.not {
			return false
		}
	}
	return true
}

// keys gives the codes of a cell that are keys of the answer.
func (l lens) keys(codes []string) []string {
	var out []string
	for i, v := range l.views {
		if v.at >= 0 {
			out = append(out, codes[i])
		}
	}
	return out
}

// inOrder drops repeated codes and keeps the order.
func inOrder(codes []string) []string {
	var out []string
	for _, c := range codes {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// asLabel is the key that sums are asked for under.
func (l lens) asLabel() warehouse.Recast {
	return warehouse.Recast{Name: l.label, Dim: l.dim, Every: l.every, Breaks: l.breaks, Label: true}
}

// asCodes are the keys that distinct counts are asked for under. An assumption
// of whole codes holds: mayCount has been asked.
func (l lens) asCodes() []warehouse.Recast {
	out := make([]warehouse.Recast, len(l.views))
	for i, v := range l.views {
		r := warehouse.Recast{Name: labelOf(v.name), Dim: l.dim, Every: l.every, Breaks: l.breaks, Else: v.rest}
		for era := range len(l.breaks) + 1 {
			if v.read == nil {
				r.Codes = append(r.Codes, nil)
				continue
			}
			codes := map[string]string{"": ""}
			for _, code := range v.known {
				codes[code] = v.read(l.eraDay(era), code)[0].Code
			}
			r.Codes = append(r.Codes, codes)
		}
		out[i] = r
	}
	return out
}

// mayCount refuses what cannot be divided: a member or an event counted once is
// not seven tenths of one.
func (l lens) mayCount(m Measure) error {
	if m.Aggregate != "distinct" && m.Kind != "stock" {
		return nil
	}
	if m.Aggregate == "distinct" && l.every && l.count == CountFractional {
		return khue.Errorf(khue.Invalid,
			"chỉ số %q đếm không trùng nên không chia đều theo lĩnh vực được; hãy dùng cách tính main hoặc each",
			"measure %q counts without repetition and cannot be divided among disciplines; count by main or each", m.Name).Coded("cannot_be_divided", "counting")
	}
	for _, v := range l.views {
		if v.split {
			return khue.Errorf(khue.Invalid,
				"chỉ số %q đếm đơn vị nguyên vẹn nên không chia được theo tỷ trọng của chiều %s; hãy xem theo lĩnh vực gốc hoặc địa bàn lúc phát sinh (as_was)",
				"measure %q counts whole units, which the weights of dimension %s would divide; ask by the original disciplines or by areas as they were (as_was)", m.Name, v.name).Coded("cannot_be_divided", "by")
		}
	}
	return nil
}

// labelOf names the key of a lens so that no dimension can bear the name.
func labelOf(dim string) string { return fmt.Sprintf("(%s)", dim) }
