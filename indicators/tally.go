package indicators

import "time"

// tally is the reports of one expectation by the cells of a question.
type tally struct {
	x     Expectation
	keys  []int // which keys of a row the cells are told apart by
	time  int   // index of the key that is a period, -1 when none
	cells map[string]Completeness
	id    []byte // room for the codes of a cell; see joined
	total Completeness
	known bool // cells can be told at all
}

// fill gives every row the completeness of a measure.
func (t *tally) fill(r *result, slot int) {
	codes := make([][]string, len(t.keys)) // as the cells write them, for the different values of each key
	for i, k := range t.keys {
		for _, key := range r.columns[k].keys {
			code := key.Code
			if k == t.time {
				code = key.Period.Start().Format(time.DateOnly)
			}
			codes[i] = append(codes[i], code)
		}
	}
	for n, row := range r.rows {
		c := &row.Completeness[slot]
		if t.known {
			t.id = t.id[:0]
			for i, k := range t.keys {
				t.id = append(append(t.id, codes[i][r.columns[k].of[n]]...), 0)
			}
			*c = t.cells[string(t.id)]
		}
		c.Expectation = t.x.Name
	}
}

// add counts into a cell and into the whole.
func (t *tally) add(codes []string, reported, expected, unexpected int) {
	t.id = joined(t.id[:0], codes)
	c := t.cells[string(t.id)]
	t.cells[string(t.id)] = t.x.counted(c.Reported+reported, c.Expected+expected, c.Unexpected+unexpected)
	t.total = t.x.counted(t.total.Reported+reported, t.total.Expected+expected, t.total.Unexpected+unexpected)
}
