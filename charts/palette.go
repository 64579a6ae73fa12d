package charts

// Tone is what a colour means; charts choose by meaning, never by hue.
type Tone string

// The tones.
const (
	Now    Tone = "now"    // this, the period asked about
	Before Tone = "before" // the year before
	Older  Tone = "older"  // earlier still, or in the background
	Good   Tone = "good"   // reached, on track
	Link   Tone = "link"   // a way on
)

// The other colours of the house.
const (
	Ink      = "#2b2a28" // text
	Quiet    = "#6b6660" // labels of axes, notes
	Hairline = "#e4dfd5" // grid lines
	Paper    = "#faf8f4" // behind white cards
)

// Colour is the tone's colour as #rrggbb; an unknown tone is Older.
func (t Tone) Colour() string {
	switch t {
	case Now:
		return "#9b2c2c"
	case Before:
		return "#b7791f"
	case Good:
		return "#2f7a6b"
	case Link:
		return "#2c4a7c"
	}
	return "#c9bfae"
}
