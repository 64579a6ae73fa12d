package charts_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/charts"
)

// wavy is a square of a grid whose sides are waves of many points; squares that
// lie side by side share theirs point for point.
func wavy(column, row int) charts.Shape {
	const points = 60
	at := func(x, y float64) [2]float64 {
		return [2]float64{105 + 0.1*(x+0.03*math.Sin(9*y)), 21 + 0.1*(y+0.03*math.Sin(7*x))}
	}
	var ring [][2]float64
	x, y := float64(column), float64(row)
	for i := range points {
		ring = append(ring, at(x+float64(i)/points, y))
	}
	for i := range points {
		ring = append(ring, at(x+1, y+float64(i)/points))
	}
	for i := range points {
		ring = append(ring, at(x+1-float64(i)/points, y+1))
	}
	for i := range points {
		ring = append(ring, at(x, y+1-float64(i)/points))
	}
	return charts.Shape{Code: fmt.Sprint(column, row), Rings: [][][2]float64{append(ring, ring[0])}}
}

func TestNeighboursShareTheirSimplifiedLinesPointForPoint(t *testing.T) {
	var shapes []charts.Shape
	for column := range 3 {
		for row := range 3 {
			shapes = append(shapes, wavy(column, row))
		}
	}
	m := charts.OutlinesOf(shapes, 600)
	require.Len(t, m.Areas, 9)
	require.InDelta(t, 600/math.Cos(21.15*math.Pi/180), m.Height, 8, "a kilometre is as long both ways")
	sides := map[string]int{}
	before, after := 0, 0
	for i, a := range m.Areas {
		points := spotsOf(t, a.Path)
		before, after = before+len(shapes[i].Rings[0]), after+len(points)
		for k, p := range points {
			q := points[(k+1)%len(points)]
			if q[0] < p[0] || q[0] == p[0] && q[1] < p[1] {
				p, q = q, p
			}
			sides[fmt.Sprintf("%.1f,%.1f %.1f,%.1f", p[0], p[1], q[0], q[1])]++
		}
	}
	require.Less(t, after*4, before, "most points are not needed")
	single := 0
	for _, n := range sides {
		require.LessOrEqual(t, n, 2)
		if n == 1 {
			single++
		}
	}
	require.Less(t, single, len(sides)*2/3, "lines inside are drawn by both neighbours alike")
	inner := spotsOf(t, m.Areas[4].Path)
	for k, p := range inner {
		q := inner[(k+1)%len(inner)]
		if q[0] < p[0] || q[0] == p[0] && q[1] < p[1] {
			p, q = q, p
		}
		require.Equal(t, 2, sides[fmt.Sprintf("%.1f,%.1f %.1f,%.1f", p[0], p[1], q[0], q[1])], "every line of the middle square is a neighbour's too")
	}
}

// spotsOf reads back the points of a path of one ring.
func spotsOf(t *testing.T, path string) [][2]float64 {
	t.Helper()
	path = strings.TrimSuffix(strings.NewReplacer("M", "", "l", " ", "-", " -").Replace(path), "z")
	var numbers []float64
	for _, word := range strings.Fields(path) {
		v, err := strconv.ParseFloat(word, 64)
		require.NoError(t, err, path)
		numbers = append(numbers, v)
	}
	require.Zero(t, len(numbers)%2)
	var out [][2]float64
	for i := 0; i < len(numbers); i += 2 {
		p := [2]float64{numbers[i], numbers[i+1]}
		if i > 0 {
			p[0], p[1] = math.Round(10*(out[i/2-1][0]+p[0]))/10, math.Round(10*(out[i/2-1][1]+p[1]))/10
		}
		out = append(out, p)
	}
	return out
}

func TestAnIslandAndAHoleKeepTheirRings(t *testing.T) {
	square := func(x, y, half float64) [][2]float64 {
		return [][2]float64{{x - half, y - half}, {x + half, y - half}, {x + half, y + half}, {x - half, y + half}, {x - half, y - half}}
	}
	m := charts.OutlinesOf([]charts.Shape{{Code: "a", Rings: [][][2]float64{square(105, 21, 0.1), square(105, 21, 0.03), square(105.3, 21, 0.02)}}}, 400)
	require.Equal(t, 3, strings.Count(m.Areas[0].Path, "M"))
	require.Equal(t, 3, strings.Count(m.Areas[0].Path, "z"))
	require.Less(t, m.Areas[0].X, 200.0, "the label stands in the largest ring")
	require.Empty(t, charts.OutlinesOf(nil, 400).Areas)
}

func TestFlowsWithoutAnEndOrWithTwoNodesOfOneNameAreRefused(t *testing.T) {
	nodes := []charts.Node{{Name: "a"}, {Name: "b", Side: 1}}
	_, err := charts.Sankey(charts.Flows{Nodes: nodes, Flows: []charts.Flow{{From: "a", To: "c", Value: 1}}})
	require.ErrorContains(t, err, "no node at an end")
	_, err = charts.Sankey(charts.Flows{Nodes: append(nodes, nodes[0]), Flows: []charts.Flow{{From: "a", To: "b", Value: 1}}})
	require.ErrorContains(t, err, `two nodes are named "a"`)
	_, err = charts.Sankey(charts.Flows{})
	require.Error(t, err)
	option, err := charts.Sankey(charts.Flows{Nodes: nodes, Flows: []charts.Flow{{From: "a", To: "b", Value: 3, Says: "a → b: 3"}}})
	require.NoError(t, err)
	require.Contains(t, string(option), `"says":"a → b: 3"`)
	require.NotContains(t, string(option), "function")
}

func TestNamesAtTheLastBarOfSharesDoNotRunIntoEachOther(t *testing.T) {
	var layers []charts.Layer
	for i, share := range []float64{0.9, 0.02, 0.02, 0.02, 0.02, 0.02} {
		layers = append(layers, charts.Layer{Name: fmt.Sprint("a rather long name ", i), Colour: charts.Category(i), Points: []charts.Point{{Value: share, Known: true, Partial: i == 0}}})
	}
	raw, err := charts.ShareBars(charts.Shares{Categories: []string{"2026"}, Layers: layers})
	require.NoError(t, err)
	require.Contains(t, string(raw), `"decal"`)
	require.Contains(t, string(raw), `"stack":"whole"`)
	require.NotEqual(t, charts.Category(0), charts.Category(1))
	require.Equal(t, charts.Others, charts.Category(charts.Categories))
}
