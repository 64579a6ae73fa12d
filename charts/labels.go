package charts

import (
	"math"
	"unicode/utf8"
)

// Widths at which names of categories are broken into lines, in pixels.
const (
	besideBars = 260 // names to the left of bars that grow to the right
	underBars  = 640 // all names under upright bars together
)

// labelRoom is how wide a name may stand, in pixels; 0 leaves it as it is, since
// every name is short.
func (s Spec) labelRoom() int {
	room := besideBars
	if !s.Horizontal {
		room = max(underBars/max(len(s.Categories), 1), 40)
		if s.longest() < 24 { // years, months: hidden rather than broken where they are many
			return 0
		}
	}
	if s.labelWidth() <= float64(room) {
		return 0
	}
	return room
}

func (s Spec) longest() int {
	most := 0
	for _, c := range s.Categories {
		most = max(most, utf8.RuneCountInString(c))
	}
	return most
}

// labelWidth guesses the width of the longest name, rather too wide than too narrow.
func (s Spec) labelWidth() float64 { return float64(s.longest()*s.fontSize()) * 0.58 }

// LabelLines is how many lines the longest name of a category takes; who draws
// the chart leaves that much room.
func (s Spec) LabelLines() int {
	room := s.labelRoom()
	if room == 0 {
		return 1
	}
	return int(math.Ceil(s.labelWidth() * 1.1 / float64(room)))
}

// LabelHeight is the height of a line of a name in pixels.
func (s Spec) LabelHeight() int { return s.fontSize() + 3 }
