package charts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// Font is one face that chart text is measured with.
type Font struct {
	Family string // as options name it, e.g. "Be Vietnam Pro"
	Alike  []string
	Bold   bool
	TTF    []byte
}

// unit is the size at which advances are read; large, so that rounding to
// 1/64 of a pixel does not matter.
const unit = 1024

type face struct {
	families []string
	bold     bool
	font     *sfnt.Font
	advance  map[rune]float64 // in em
}

// ruler measures text. The charting library asks for the width of each label
// before it lays out axes and legends.
type ruler struct {
	mu     sync.Mutex
	faces  []*face
	buffer sfnt.Buffer
}

func newRuler(fonts []Font) (*ruler, error) {
	if len(fonts) == 0 {
		return nil, fmt.Errorf("measuring chart text: no font was given")
	}
	r := &ruler{}
	for _, f := range fonts {
		parsed, err := sfnt.Parse(f.TTF)
		if err != nil {
			return nil, fmt.Errorf("reading font %q: %w", f.Family, err)
		}
		families := []string{strings.ToLower(f.Family)}
		for _, a := range f.Alike {
			families = append(families, strings.ToLower(a))
		}
		r.faces = append(r.faces, &face{families: families, bold: f.Bold, font: parsed, advance: map[rune]float64{}})
	}
	return r, nil
}

var (
	cssSize   = regexp.MustCompile(`([0-9.]+)px`)
	cssWeight = regexp.MustCompile(`(?:^|\s)([1-9]00)(?:\s|$)`)
)

// width is the advance of text in pixels under a CSS font shorthand such as
// "bold 12px Be Vietnam Pro".
func (r *ruler) width(text, css string) float64 {
	size := 12.0
	if m := cssSize.FindStringSubmatch(css); m != nil {
		size, _ = strconv.ParseFloat(m[1], 64)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.pick(css)
	var em float64
	for _, c := range norm.NFC.String(text) {
		em += r.advanceOf(f, c)
	}
	return em * size
}

func (r *ruler) advanceOf(f *face, c rune) float64 {
	if a, ok := f.advance[c]; ok {
		return a
	}
	a := 0.5 // of a glyph that the face lacks; the reader's device substitutes one
	if g, err := f.font.GlyphIndex(&r.buffer, c); err == nil && g != 0 {
		if w, err := f.font.GlyphAdvance(&r.buffer, g, fixed.I(unit), font.HintingNone); err == nil {
			a = float64(w) / 64 / unit
		}
	}
	f.advance[c] = a
	return a
}

// pick finds the face by family and weight; the first face stands in for
// families we do not have.
func (r *ruler) pick(css string) *face {
	lower := strings.ToLower(css)
	bold := strings.Contains(lower, "bold")
	if m := cssWeight.FindStringSubmatch(lower); m != nil {
		bold = m[1] >= "600"
	}
	family := r.faces[0].families[0]
	at := len(lower)
	for _, f := range r.faces {
		for _, name := range f.families {
			if i := strings.Index(lower, name); i >= 0 && i < at {
				at, family = i, f.families[0]
			}
		}
	}
	chosen := r.faces[0]
	for _, f := range r.faces {
		if f.families[0] != family {
			continue
		}
		chosen = f
		if f.bold == bold {
			break
		}
	}
	return chosen
}
