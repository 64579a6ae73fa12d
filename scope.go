package khue

// Scope is the reach of a caller: what an answer given to them may hold. The
// zero Scope reaches nothing; Everything reaches all.
type Scope struct {
	All   bool     // no limit by area
	Areas []string // area codes the caller may see when All is false
}

// Everything is the scope of the observatory itself and of people without an area limit.
var Everything = Scope{All: true}

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
