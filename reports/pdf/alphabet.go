package pdf

import (
	"fmt"
	"slices"
	"sync"

	"khue/reports/document"
)

// Alphabet tells which letters the paper can print. It is safe for use by several
// goroutines.
type Alphabet struct {
	mu    sync.Mutex
	faces []*face
}

// NewAlphabet looks at the cuts that running text is set in.
func NewAlphabet(l Letters) (*Alphabet, error) {
	all, err := newFaces(l)
	if err != nil {
		return nil, fmt.Errorf("looking at the letters of paper: %w", err)
	}
	return &Alphabet{faces: []*face{all[regular], all[bold], all[italic], all[boldItalic]}}, nil
}

// Missing are the letters of a text that cannot be printed, each once.
func (a *Alphabet) Missing(text string) []rune {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []rune
	for _, r := range document.Clean(text) {
		sign, printed := printable(r)
		if !printed || sign == '\n' || slices.Contains(out, r) {
			continue
		}
		if slices.ContainsFunc(a.faces, func(f *face) bool { return f.font.GlyphIndex(sign) == 0 }) {
			out = append(out, r)
		}
	}
	return out
}
