package ingest

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// sqlMark is what a SQL source stores: either all up to Until has been read, or,
// while a long reading is under way, all up to a row.
type sqlMark struct {
	Until  time.Time `json:"until,omitzero"`
	Cursor string    `json:"cursor,omitempty"` // of that row, as keyText writes it
	ID     string    `json:"id,omitempty"`
	Last   string    `json:"last,omitempty"` // greatest cursor read, where it is no time
}

// midMark stands for all rows given out. Rows without a cursor are read again at
// the next pull, so that while they are read all the others stand as done.
func (w *sqlWalk) midMark() string {
	if w.nulls {
		return w.finalMark()
	}
	return writeMark(sqlMark{Cursor: keyText(w.pos.cursor), ID: keyText(w.pos.id), Last: keyText(w.last)})
}

// finalMark says that all was read; a table without cursor is read whole each time.
func (w *sqlWalk) finalMark() string {
	switch {
	case w.cursorAt < 0:
		return writeMark(sqlMark{})
	case w.empty: // nothing shows yet what kind of cursor it is
		return writeMark(sqlMark{Until: w.before.Until, Last: w.before.Last})
	case w.counter:
		return writeMark(sqlMark{Last: keyText(w.to)})
	}
	return writeMark(sqlMark{Until: w.until.UTC(), Last: keyText(w.last)})
}

func writeMark(m sqlMark) string {
	b, _ := json.Marshal(m) //nolint:errchkjson // times and texts always can be written
	return string(b)
}

// keyText and valueOfKey write a position down and read it back with its type.
func keyText(v Value) string {
	switch v.Kind {
	case Integer:
		return "i" + strconv.FormatInt(v.N, 10)
	case Instant:
		return "t" + strconv.FormatInt(v.N, 10)
	case Day:
		return "d" + strconv.FormatInt(v.N, 10)
	case Exact:
		return "n" + v.Ref.(decimal.Decimal).String()
	case Float:
		return "f" + strconv.FormatFloat(v.Ref.(float64), 'g', -1, 64)
	case Text:
		return "s" + v.S
	}
	return ""
}

func valueOfKey(s string) Value {
	if s == "" {
		return Value{}
	}
	kind, rest := s[0], s[1:]
	switch kind {
	case 's':
		return text(rest)
	case 'n':
		if d, err := decimal.NewFromString(rest); err == nil {
			return Value{Kind: Exact, Ref: d}
		}
	case 'f':
		if x, err := strconv.ParseFloat(rest, 64); err == nil {
			return Value{Kind: Float, Ref: x}
		}
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return Value{}
	}
	switch kind {
	case 't':
		return Value{Kind: Instant, N: n}
	case 'd':
		return Value{Kind: Day, N: n}
	case 'i':
		return integer(n)
	}
	return Value{}
}
