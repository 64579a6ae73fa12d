package warehouse

import (
	"maps"
	"slices"
	"time"

	"khue"
)

// words are the values of one key of many events: each different one is held once, in
// order, and an event by its place among them. Cells that are counted by places come
// out in the order of their words, without a comparison of texts.
type words struct {
	different []string
	of        []uint32 // by event
}

// place is where a word stands.
func (k words) place(word string) (int, bool) { return slices.BinarySearch(k.different, word) }

// wordList gathers words in the order in which they come.
type wordList struct {
	places map[string]uint32
	of     []uint32
}

func (l *wordList) add(word string) {
	at, seen := l.places[word]
	if !seen {
		if l.places == nil {
			l.places = map[string]uint32{}
		}
		at = uint32(len(l.places)) //nolint:gosec // mostIndexed is far below
		l.places[word] = at
	}
	l.of = append(l.of, at)
}

// sorted puts the words in order.
func (l *wordList) sorted() words {
	out := words{different: slices.Sorted(maps.Keys(l.places)), of: make([]uint32, len(l.of))}
	moved := make([]uint32, len(out.different))
	for at, word := range out.different {
		moved[l.places[word]] = uint32(at) //nolint:gosec // mostIndexed is far below
	}
	for event, before := range l.of {
		out.of[event] = moved[before]
	}
	return out
}

// periodsOf gives the first days of the periods of a grain that hold days. Those lie in
// their order: a new word comes with a later day only.
func periodsOf(grain string, days []int32) words {
	out := words{of: make([]uint32, len(days))}
	for event, day := range days {
		if event == 0 || day != days[event-1] {
			word := firstDayOf(grain, time.Unix(int64(day)*24*60*60, 0).UTC())
			if n := len(out.different); n == 0 || out.different[n-1] != word {
				out.different = append(out.different, word)
			}
		}
		out.of[event] = uint32(len(out.different) - 1) //nolint:gosec // mostIndexed is far below
	}
	return out
}

// dayNumber counts days since 1970.
func dayNumber(day time.Time) int32 { return int32(day.Unix() / (24 * 60 * 60)) } //nolint:gosec // of days that ClickHouse can hold

// firstDayOf is the first day of the period of a grain that holds a day, as keys write it.
func firstDayOf(grain string, day time.Time) string {
	return khue.PeriodOf(day, khue.Grain(grain)).Start().Format(time.DateOnly)
}
