package pdf

import (
	"fmt"
	"math"
	"testing"

	"github.com/carlos7ags/folio/content"
	"github.com/stretchr/testify/require"
)

func drawnOf(t *testing.T, inner string) (*picture, error) {
	t.Helper()
	return readPicture(fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">%s</svg>`, inner))
}

func TestWhatIsNotDrawnIsAnErrorAndNotLeftOut(t *testing.T) {
	for _, inner := range []string{
		`<image href="data:,"/>`, `<use href="#a"/>`, `<rect width="1" height="1" fill="url(#gradient)"/>`, `<rect width="1" height="1" rx="3"/>`,
		`<path d="M0 0B1 1"/>`, `<path d="M0"/>`, `<path d="M0 0L1"/>`, `<g filter="url(#f)"><path d="M0 0"/></g>`, `<text font-size="9"><tspan>a</tspan></text>`,
		`<g opacity="0.5"><rect width="1" height="1"/></g>`, `<path d="M0 0" transform="skewX(3)"/>`, `<g clip-path="url(#gone)"/>`, `<text>no size</text>`,
		`<defs><clipPath id="a"><circle r="1"/></clipPath></defs>`, `<path d="M0 0" fill="red"/>`,
	} {
		_, err := drawnOf(t, inner)
		require.Error(t, err, inner)
	}
	_, err := readPicture([]byte(`<html/>`))
	require.Error(t, err)
}

func TestStripesFillAShapeAndNothingBesideIt(t *testing.T) {
	hatch := `<defs><pattern id="h" width="1" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><g>` +
		`<path d="M0 -7l1 0l0 3l-1 0Z" fill="#fff"/><path d="M0 0l1 0l0 3l-1 0Z" fill="rgb(255,255,255)" fill-opacity="0.5"/><path d="M1 0l1 0l0 3l-1 0Z" fill="#fff"/></g></pattern></defs>`
	p, err := drawnOf(t, hatch+`<path d="M10 20l14 0l0 28l-14 0Z" fill="url(#h)" transform="translate(1 2)"/>`)
	require.NoError(t, err)
	require.Nil(t, p.shapes[0].fill, "what is hatched has no colour of its own")
	stripes := p.shapes[1:]
	// Across the stripes the shape reaches over (14 + 28)/√2 ≈ 29.7, which is 5 or 6 tiles of 7.
	require.Len(t, stripes, 5)
	for _, s := range stripes {
		require.Equal(t, ink{255, 255, 255}, *s.fill)
		require.InDelta(t, 0.5, s.opacity[0], 1e-9)
		require.Len(t, s.cuts, 1)
		require.Equal(t, extent{11, 22, 25, 50}, around(s.cuts[0]), "cut to the shape where it stands")
		band := around(s.path)
		require.InDelta(t, 3, band.bottom-band.top, 1e-9)
		require.InDelta(t, 0, math.Mod(band.top, 7), 1e-9)
		at := moved(s.path, s.matrix)
		require.InDelta(t, -1, (at[1].at[1]-at[0].at[1])/(at[1].at[0]-at[0].at[0]), 1e-9, "they rise at 45 degrees")
	}
	for _, bad := range []string{
		`<pattern id="h" width="4" height="4" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="1"/></pattern>`,
		`<pattern id="h" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="2" height="2"/></pattern>`,
		`<pattern id="h" width="4" height="4"><rect width="4" height="2"/></pattern>`,
		`<pattern id="other" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="2"/></pattern>`,
	} {
		_, err := drawnOf(t, bad+`<rect width="9" height="9" fill="url(#h)"/>`)
		require.Error(t, err, bad)
	}
}

func TestEveryStepOfAPathIsFollowed(t *testing.T) {
	p, err := drawnOf(t, `<path d="M10 10h5v5l-5,0zm1 1L2-3H4V5C1 2 3 4 5 6S7 8 9 9Q1 1 2 2T3 3A5 5 0 0110 10"/>`)
	require.NoError(t, err)
	verbs, last := "", segment{}
	for _, s := range p.shapes[0].path {
		verbs += string(s.verb)
		last = s
	}
	require.Equal(t, "mlllhmlllcccc", verbs[:13])
	require.Equal(t, []float64{10, 10}, last.at[4:], "the arc ends where it says")
	require.Equal(t, [6]float64{11, 11}, p.shapes[0].path[5].at, "a step from where the last part closed")
}

func TestAnArcKeepsItsDistanceFromItsMiddle(t *testing.T) {
	for _, d := range []string{"M1 0A1 1 0 1 1 1 -0.1A1 1 0 0 1 1 0", "M0 1A1 1 0 0 1 -1 0", "M-1 0A1 1 30 1 0 0 -1"} {
		path, err := readPath(d)
		require.NoError(t, err)
		at := path[0].at
		for _, s := range path[1:] {
			for step := 0.0; step <= 1; step += 0.1 {
				r := 1 - step
				point := func(i int) float64 {
					return r*r*r*at[i] + 3*r*r*step*s.at[i] + 3*r*step*step*s.at[2+i] + step*step*step*s.at[4+i]
				}
				require.InDelta(t, 1, math.Hypot(point(0), point(1)), 0.06, "%s at %v", d, step)
			}
			at = [6]float64{s.at[4], s.at[5]}
		}
	}
}

func TestTransformsAndCutsAreTakenOverFromGroups(t *testing.T) {
	p, err := drawnOf(t, `<g transform="translate(10 20)" fill="#102030"><g clip-path="url(#c)" transform="scale(2)"><path d="M0 0L1 1" stroke="rgb(1, 2, 3)" stroke-dasharray="2,1"/></g></g>`+
		`<defs><clipPath id="c"><path d="M0 0L5 0L5 5Z"/></clipPath></defs>`)
	require.NoError(t, err)
	s := p.shapes[0]
	require.Equal(t, [6]float64{2, 0, 0, 2, 10, 20}, s.matrix)
	require.Equal(t, ink{0x10, 0x20, 0x30}, *s.fill)
	require.Equal(t, ink{1, 2, 3}, *s.stroke)
	require.Equal(t, []float64{2, 1}, s.dashes)
	require.Equal(t, []float64{20, 20}, s.cuts[0][1].at[:2], "the cut is moved with its group")
}

func TestADrawingIsWrittenAsPathsInTheirColours(t *testing.T) {
	p, err := drawnOf(t, `<rect x="1" y="2" width="3" height="4" fill="#ff0000" fill-opacity="0.5"/><circle cx="9" cy="9" r="2" fill="none" stroke="#000" stroke-width="2"/><path d="M0 0L1 0L1 1Z" fill="#00f" fill-rule="evenodd"/>`)
	require.NoError(t, err)
	out := &page{sheet: upright, stream: content.NewStream()}
	p.draw(out, 0, 0, 100)
	text := string(out.stream.Bytes())
	require.Contains(t, text, "/A50-100 gs")
	require.Contains(t, text, "1 0 0 rg")
	require.Contains(t, text, "4 6 l")
	require.Contains(t, text, "\nS\n")
	require.Contains(t, text, "\nf*\n")
}
