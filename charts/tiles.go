package charts

import (
	"math"
	"sort"
)

// Place is a point on the globe that gets a tile.
type Place struct {
	Code     string
	Lon, Lat float64 // WGS 84
}

// Tile is a place's cell in a honeycomb: all are of one size, however small the
// area they stand for, and each lies about where its area does.
type Tile struct {
	Code string
	X, Y float64 // centre; the distance between neighbours is 1, Y grows to the south
}

// tileSpread says how far crowded places are moved apart before each takes its
// cell: 0 keeps the map, 1 spreads places evenly.
const tileSpread = 0.62

// tileRoom is how many cells there are for each place.
const tileRoom = 1.16

// slimmest bounds how long and thin a map of tiles can be.
const slimmest = 6.0

// Tiles gives every place a cell of its own so that the sum of squared moves is
// least. The same places give the same tiles; X and Y begin at zero.
func Tiles(places []Place) []Tile {
	n := len(places)
	if n == 0 {
		return nil
	}
	xs, ys := flatten(places)
	ratio := spread(xs) / math.Max(spread(ys), 1e-9) // width of the map to its height
	ratio = math.Min(math.Max(ratio, 1/slimmest), slimmest)
	spreadOut(xs)
	spreadOut(ys)
	// A honeycomb cell takes sqrt(3)/2 of the square of its width.
	area := float64(n) * tileRoom * math.Sqrt(3) / 2
	height := math.Sqrt(area / ratio)
	width := height * ratio
	for i := range xs {
		xs[i], ys[i] = xs[i]*width, ys[i]*height
	}
	cells := honeycomb(width, height)
	cost := make([][]float64, n)
	for i := range cost {
		cost[i] = make([]float64, len(cells))
		for j, c := range cells {
			dx, dy := xs[i]-c[0], ys[i]-c[1]
			cost[i][j] = dx*dx + dy*dy
		}
	}
	tiles := make([]Tile, n)
	for i, j := range assign(cost) {
		tiles[i] = Tile{Code: places[i].Code, X: cells[j][0], Y: cells[j][1]}
	}
	return tiles
}

// flatten projects the places so that a kilometre is as long both ways.
func flatten(places []Place) (xs, ys []float64) {
	middle := 0.0
	for _, p := range places {
		middle += p.Lat / float64(len(places))
	}
	for _, p := range places {
		xs = append(xs, p.Lon*math.Cos(middle*math.Pi/180))
		ys = append(ys, -p.Lat)
	}
	return xs, ys
}

func spread(v []float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		low, high = math.Min(low, x), math.Max(high, x)
	}
	return high - low
}

// spreadOut scales to 0..1 and mixes each value with its rank.
func spreadOut(v []float64) {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return v[order[a]] < v[order[b]] })
	low, width := v[order[0]], math.Max(spread(v), 1e-9)
	last := math.Max(float64(len(v)-1), 1)
	for rank, i := range order {
		v[i] = (1-tileSpread)*(v[i]-low)/width + tileSpread*float64(rank)/last
	}
}

// honeycomb lists the centres of the cells over a box with a margin around it.
func honeycomb(width, height float64) [][2]float64 {
	const margin = 1.5
	rise := math.Sqrt(3) / 2
	var cells [][2]float64
	for row := -int(margin / rise); float64(row)*rise <= height+margin; row++ {
		shift := 0.0
		if row%2 != 0 {
			shift = 0.5
		}
		for column := -2; float64(column)+shift <= width+margin; column++ {
			cells = append(cells, [2]float64{float64(column) + shift, float64(row) * rise})
		}
	}
	return cells
}

// assign gives each row a column of its own at the least total cost, by the
// Hungarian method with potentials. There are at least as many columns as rows.
func assign(cost [][]float64) []int {
	rows, columns := len(cost), len(cost[0])
	u, v := make([]float64, rows+1), make([]float64, columns+1)
	owner, way := make([]int, columns+1), make([]int, columns+1) // rows and columns count from 1; 0 is none
	for i := 1; i <= rows; i++ {
		owner[0] = i
		at := 0
		least, seen := make([]float64, columns+1), make([]bool, columns+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		for owner[at] != 0 {
			seen[at] = true
			row, delta, next := owner[at], math.Inf(1), 0
			for j := 1; j <= columns; j++ {
				if seen[j] {
					continue
				}
				if c := cost[row-1][j-1] - u[row] - v[j]; c < least[j] {
					least[j], way[j] = c, at
				}
				if least[j] < delta {
					delta, next = least[j], j
				}
			}
			for j := 0; j <= columns; j++ {
				if seen[j] {
					u[owner[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			at = next
		}
		for at != 0 {
			owner[at] = owner[way[at]]
			at = way[at]
		}
	}
	out := make([]int, rows)
	for j := 1; j <= columns; j++ {
		if owner[j] != 0 {
			out[owner[j]-1] = j - 1
		}
	}
	return out
}
