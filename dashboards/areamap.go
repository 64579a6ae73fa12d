package dashboards

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// hexagon is an area of the map as an SVG draws it: a tile, or its outline.
type hexagon struct {
	Code, Path, Class, Title, Link string
	Chosen                         bool
	Rank                           int // 1 to 5 in the ranking, where there is room for it; 0 otherwise
	Top                            int // the same, also where there is none
	X, Y                           float64
	Core                           bool // also in the larger picture of the core
}

// tileMap is the map of areas: a honeycomb, or their outlines.
type tileMap struct {
	Width, Height float64
	Tiles         []hexagon
	Legend        []legendStep
	Says          string // the map in words
	Drawn         bool   // outlines
	Core          string // view box of the part where areas are too small to be told apart; "" for none
}

type legendStep struct{ Class, Label string }

// mapWords is how a map speaks of its figures.
type mapWords struct {
	says     func(indicators.Value) string // "1.200 lượt khách"
	decimals int
	some     khue.Text // the key where every figure is alike
}

// visitWords are those of the map of visitors.
func visitWords(lang khue.Lang) mapWords {
	return mapWords{says: func(v indicators.Value) string {
		return textf("%s lượt khách", "%s visits", exact(lang, v, 0)).In(lang)
	}, some: text("có khách", "visited")}
}

// treeOf is the division that the map shows.
func treeOf(wards bool) khue.AreaTree {
	if wards {
		return khue.WardTree
	}
	return khue.DistrictTree
}

// wardTiles lays out today's wards and communes once.
var wardTiles = sync.OnceValue(func() []charts.Tile {
	var all []charts.Place
	for _, a := range khue.Areas() {
		if isWard(a) && a.Lon != 0 {
			all = append(all, charts.Place{Code: a.Code, Lon: a.Lon, Lat: a.Lat})
		}
	}
	return charts.Tiles(all)
})

// tileSize is the distance between the centres of neighbours, in pixels.
const tileSize = 27

// rankRoom is how wide an area must be drawn to hold its rank, in pixels.
const rankRoom = 22

// areaMap draws today's wards and communes, as outlines where there are
// boundaries. Colours and words are the same in both.
func (v *visit) areaMap(lang khue.Lang, parts []portion, words mapWords) *tileMap {
	return v.mapOfTree(lang, khue.WardTree, parts, words)
}

// mapOfTree draws a division of the city; nil when there is nothing to draw it by.
func (v *visit) mapOfTree(lang khue.Lang, tree khue.AreaTree, parts []portion, words mapWords) *tileMap {
	m := honeycombMap()
	if outlines, ok := v.site.boundaries.of(tree); ok {
		m = outlineMap(outlines)
	} else if tree != khue.WardTree {
		return nil
	}
	values, ranks := map[string]indicators.Value{}, map[string]int{}
	for i, p := range parts {
		values[p.key.Code] = p.now
		if i < 5 && p.key.Code != "" {
			ranks[p.key.Code] = i + 1
		}
	}
	steps := stepsOf(parts, words.decimals)
	for i := range m.Tiles {
		h := &m.Tiles[i]
		a, _ := khue.AreaOf(h.Code)
		h.Link, h.Chosen, h.Class = v.linkTo(h.Code), h.Code == v.frame.filter.area, "tile-none"
		h.Top = ranks[h.Code]
		if h.Rank >= 0 {
			h.Rank = h.Top
		}
		h.Rank = max(h.Rank, 0)
		value := values[h.Code]
		h.Title = a.Name.In(lang) + ": " + text("chưa có số liệu", "no figures").In(lang)
		if value.Known {
			h.Title = a.Name.In(lang) + ": " + words.says(value)
			h.Class = fmt.Sprintf("tile-%d", levelOf(steps, value.Number))
		}
	}
	m.Legend = legendOf(lang, steps, words)
	return m
}

// honeycombMap is the wards and communes as tiles of one size.
func honeycombMap() *tileMap {
	tiles := wardTiles()
	minX, minY, maxX, maxY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, t := range tiles {
		minX, maxX = math.Min(minX, t.X), math.Max(maxX, t.X)
		minY, maxY = math.Min(minY, t.Y), math.Max(maxY, t.Y)
	}
	m := &tileMap{Width: math.Ceil((maxX - minX + 1.1) * tileSize), Height: math.Ceil((maxY - minY + 1.3) * tileSize)}
	for _, t := range tiles {
		h := hexagon{Code: t.Code, X: round1((t.X - minX + 0.55) * tileSize), Y: round1((t.Y - minY + 0.65) * tileSize)}
		h.Path = hexPath(h.X, h.Y)
		m.Tiles = append(m.Tiles, h)
	}
	return m
}

// outlineMap is areas as they lie. A rank of -1 keeps a place without room.
func outlineMap(o charts.Outlines) *tileMap {
	m := &tileMap{Width: o.Width, Height: o.Height, Drawn: true}
	core := coreOf(o)
	m.Core = core.viewBox()
	for _, a := range o.Areas {
		h := hexagon{Code: a.Code, Path: a.Path, X: a.X, Y: a.Y, Core: m.Core != "" && core.touches(a)}
		if math.Min(a.Width, a.Height) < rankRoom {
			h.Rank = -1
		}
		m.Tiles = append(m.Tiles, h)
	}
	return m
}

// box4 is a part of a map, in its pixels.
type box4 struct{ left, top, right, bottom float64 }

func (b box4) viewBox() string {
	if b.right <= b.left || b.bottom <= b.top {
		return ""
	}
	return fmt.Sprintf("%.0f %.0f %.0f %.0f", b.left, b.top, b.right-b.left, b.bottom-b.top)
}

func (b box4) touches(a charts.Outline) bool {
	return a.X+a.Width/2 > b.left && a.X-a.Width/2 < b.right && a.Y+a.Height/2 > b.top && a.Y-a.Height/2 < b.bottom
}

const (
	smallArea  = 26 // pixels across, below which an area cannot be read on the map
	fewestCore = 8  // small areas that are worth a larger picture
)

// coreOf is the box in which the small areas crowd: without the outer eighths of
// them, so that one small town far off does not stretch it.
func coreOf(o charts.Outlines) box4 {
	var xs, ys []float64
	for _, a := range o.Areas {
		if math.Max(a.Width, a.Height) < smallArea {
			xs, ys = append(xs, a.X), append(ys, a.Y)
		}
	}
	if len(xs) < fewestCore {
		return box4{}
	}
	slices.Sort(xs)
	slices.Sort(ys)
	cut := len(xs) / 8
	return box4{
		math.Floor(xs[cut] - smallArea), math.Floor(ys[cut] - smallArea),
		math.Ceil(xs[len(xs)-1-cut] + smallArea), math.Ceil(ys[len(ys)-1-cut] + smallArea),
	}
}

// hexPath draws a cell with its point up.
func hexPath(x, y float64) string {
	r, half := tileSize/math.Sqrt(3)-0.9, tileSize/2.0-0.8
	return fmt.Sprintf("M%.1f %.1fl%.1f %.1fv%.1fl%.1f %.1fl%.1f %.1fv%.1fz", x, y-r, half, r/2, r, -half, r/2, -half, -r/2, -r)
}

// stepsOf are the lower bounds of the map's levels, round numbers at about the
// median and the upper quarters.
func stepsOf(parts []portion, decimals int) []float64 {
	var values []float64
	for _, p := range parts {
		if p.now.Known && p.key.Code != "" {
			values = append(values, p.now.Number)
		}
	}
	slices.Sort(values)
	var steps []float64
	for _, q := range []float64{0.35, 0.65, 0.85, 0.96} {
		if len(values) == 0 {
			break
		}
		step := roundTo(values[int(q*float64(len(values)-1))], decimals)
		if step > 0 && (len(steps) == 0 || step > steps[len(steps)-1]) {
			steps = append(steps, step)
		}
	}
	return steps
}

// roundTo keeps one significant figure, or a half of it: 1, 1.5, 2, 2.5 …, no
// finer than the decimals that are shown.
func roundTo(v float64, decimals int) float64 {
	if v <= 0 {
		return 0
	}
	finest := math.Pow(10, -float64(decimals))
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	rounded := math.Round(v/unit*2) / 2 * unit
	return math.Max(math.Round(rounded/finest)*finest, finest)
}

func levelOf(steps []float64, v float64) int {
	level := 0
	for _, s := range steps {
		if v >= s {
			level++
		}
	}
	return level
}

func legendOf(lang khue.Lang, steps []float64, words mapWords) []legendStep {
	n := func(v float64) string {
		s := locale.Number(lang, v, words.decimals)
		if words.decimals > 0 {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ",.")
		}
		return s
	}
	var out []legendStep
	for i := len(steps); i >= 0; i-- {
		step := legendStep{Class: fmt.Sprintf("tile-%d", i)}
		switch {
		case len(steps) == 0:
			step.Label = words.some.In(lang)
		case i == len(steps):
			step.Label = textf("%s trở lên", "%s and more", n(steps[i-1])).In(lang)
		case i == 0 && words.decimals == 0 && steps[0] == 1:
			step.Label = n(0)
		case i == 0:
			step.Label = textf("dưới %s", "below %s", n(steps[0])).In(lang)
		case words.decimals > 0:
			step.Label = textf("%[1]s đến dưới %[2]s", "%[1]s to below %[2]s", n(steps[i-1]), n(steps[i])).In(lang)
		case steps[i]-1 == steps[i-1]:
			step.Label = n(steps[i-1])
		default:
			step.Label = n(steps[i-1]) + "–" + n(steps[i]-1)
		}
		out = append(out, step)
	}
	return append(out, legendStep{Class: "tile-none", Label: text("chưa có số liệu", "no figures").In(lang)})
}
