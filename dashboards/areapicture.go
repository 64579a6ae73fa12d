package dashboards

import (
	"fmt"
	"html"
	"strings"

	"khue/charts"
)

// tileColours are those of the levels on paper; app.css has the same for the screen.
var tileColours = map[string]string{
	"tile-none": "#f1eee8", "tile-0": "#f3ddd4", "tile-1": "#e5b7a7", "tile-2": "#d08a77", "tile-3": "#b5504a", "tile-4": "#7f1f22",
}

const (
	legendRow  = 24  // pixels between the entries of the legend
	legendSide = 210 // pixels that the legend takes beside the map
)

// drawing is the map as an SVG that stands alone, with its legend and the names of
// its first five beside it, and its height in pixels.
func (m *tileMap) drawing() (svg []byte, height int) {
	scale := float64(pictureWidth-legendSide) / m.Width
	if m.Height*scale > mostMapHeight {
		scale = mostMapHeight / m.Height
	}
	height = int(m.Height*scale + 0.5)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d"><g transform="scale(%.4[3]f)" stroke="#ffffff" stroke-width="1" fill-rule="evenodd">`, pictureWidth, height, scale)
	for _, t := range m.Tiles {
		fmt.Fprintf(&b, `<path d="%s" fill="%s"/>`, t.Path, tileColours[t.Class])
	}
	for _, t := range m.Tiles {
		if t.Chosen {
			fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="3"/>`, t.Path, charts.Link.Colour())
		}
		if t.Rank > 0 {
			ink := charts.Ink
			if t.Class == "tile-3" || t.Class == "tile-4" {
				ink = "#ffffff"
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" font-size="12" font-weight="600" text-anchor="middle" fill="%s" stroke="none">%d</text>`, t.X, t.Y+4, ink, t.Rank)
		}
	}
	b.WriteString(`</g>`)
	left := int(m.Width*scale+0.5) + 24
	for i, step := range m.Legend {
		y := 10 + i*legendRow
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="14" height="14" rx="3" fill="%s" stroke="#cfc8bb" stroke-width="0.5"/><text x="%d" y="%d" font-size="13" fill="%s">%s</text>`,
			left, y, tileColours[step.Class], left+22, y+12, charts.Ink, html.EscapeString(step.Label))
	}
	y := 26 + len(m.Legend)*legendRow
	for rank := 1; rank <= 5; rank++ {
		for _, t := range m.Tiles {
			if t.Top != rank {
				continue
			}
			name, figure, _ := strings.Cut(t.Title, ": ")
			for _, line := range []string{fmt.Sprintf("%d. %s", rank, name), figure} {
				fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="12" fill="%s">%s</text>`, left, y, charts.Ink, html.EscapeString(line))
				y += 16
			}
			y += 6
		}
	}
	b.WriteString(`</svg>`)
	return []byte(b.String()), max(height, y)
}

// mostMapHeight keeps the picture of a tall map on one page, in pixels.
const mostMapHeight = 760
