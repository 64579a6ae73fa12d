package khue

// Scope is the reach of a caller: what an answer given to them may hold. The
// zero Scope reaches nothing; Everything reaches all.
type Scope struct {
	All   bool     // no limit by area
	Areas []string // area codes the caller may see when All is false
	// Confidential is the right to see figures that would give away what a single
	// contributor reported. Without it they are withheld.
	Confidential bool
	// Moments is the right to ask for confidential measures as they were known at
	// any moment. Without it only the starts of months can be asked for, since two
	// moments close together tell what one contributor sent between them.
	Moments bool
}

// Everything is the scope of the observatory itself and of its own staff.
var Everything = Scope{All: true, Confidential: true, Moments: true}

// Public is the scope of pages that anybody may open: all areas, nothing confidential.
var Public = Scope{All: true}

// Publication is the scope of what the office publishes: as Public, at the
// moment that the office chooses.
var Publication = Scope{All: true, Moments: true}

// Reaches tells whether the scope holds an area.
func (s Scope) Reaches(area string) bool {
	if s.All {
		return true
	}
	for _, a := range s.Areas {
		if a == area {
			return true
		}
	}
	return false
}
