package dashboards

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"khue"
	"khue/charts"
)

// Boundaries are the outlines of areas, read from a file that the operator gives.
// Without it maps are made of tiles.
type Boundaries struct {
	maps map[khue.AreaTree]charts.Outlines
}

// of gives the map of a division of the city, when the file holds it.
func (b *Boundaries) of(tree khue.AreaTree) (charts.Outlines, bool) {
	if b == nil {
		return charts.Outlines{}, false
	}
	m, ok := b.maps[tree]
	return m, ok
}

const (
	// largestBoundaries bounds the file that is read, in bytes.
	largestBoundaries = 64 << 20
	// mostBoundaryFaults bounds how many faults of a file are told at once.
	mostBoundaryFaults = 20
	// mapWidth is that of a map of boundaries, in pixels.
	mapWidth = 640
)

// ReadBoundaries reads a GeoJSON file of areas: a FeatureCollection in WGS 84 in
// which each feature has the property "code", an official code of khue.Areas, and
// a Polygon or MultiPolygon. It must hold all areas of each division of which it
// holds any. Its error names every fault with its feature.
func ReadBoundaries(path string) (*Boundaries, error) {
	content, err := configuredFile{text("tệp ranh giới", "boundaries file"), "GeoJSON", largestBoundaries}.read(path)
	if err != nil {
		return nil, err
	}
	r := boundaryReader{path: path, seen: map[string]int{}, shapes: map[khue.AreaTree][]charts.Shape{}}
	r.read(content)
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	b := &Boundaries{maps: map[khue.AreaTree]charts.Outlines{}}
	for tree, shapes := range r.shapes {
		b.maps[tree] = charts.OutlinesOf(shapes, mapWidth)
	}
	return b, nil
}

// boundaryReader gathers the shapes of a file and what is wrong with it.
type boundaryReader struct {
	path   string
	faults khue.Faults
	more   int            // faults beyond those told
	seen   map[string]int // code -> number of its feature
	shapes map[khue.AreaTree][]charts.Shape
}

func (r *boundaryReader) fault(format string, args ...any) {
	if len(r.faults) < mostBoundaryFaults {
		r.faults.Add(r.path, 0, format, args...)
		return
	}
	r.more++
}

// geoFeature is what is read of a feature.
type geoFeature struct {
	Type       string                     `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Geometry   *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

func (r *boundaryReader) read(content []byte) {
	var file struct {
		Type     string       `json:"type"`
		Features []geoFeature `json:"features"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		r.fault("this is not GeoJSON: %v", err)
		return
	}
	if file.Type != "FeatureCollection" || len(file.Features) == 0 {
		r.fault("this is not a FeatureCollection with features, which a boundaries file must be")
		return
	}
	for i, f := range file.Features {
		r.feature(i+1, f)
	}
	if len(r.faults) == 0 {
		r.complete()
	}
	if r.more > 0 {
		r.faults.Add(r.path, 0, "and %d faults more", r.more)
	}
}

func (r *boundaryReader) feature(number int, f geoFeature) {
	code, ok := r.code(number, f)
	if !ok {
		return
	}
	area, known := khue.AreaOf(code)
	switch {
	case !known:
		r.fault("feature %d: there is no area with the code %q in the official list", number, short(code))
		return
	case r.seen[code] > 0:
		r.fault("feature %d: area %s is already drawn by feature %d", number, code, r.seen[code])
		return
	}
	r.seen[code] = number
	rings, err := ringsOf(f)
	if err != nil {
		r.fault("feature %d (%s, %s): %v", number, code, area.Name.VI, err)
		return
	}
	tree := area.Tree()
	r.shapes[tree] = append(r.shapes[tree], charts.Shape{Code: code, Rings: rings})
}

func (r *boundaryReader) code(number int, f geoFeature) (string, bool) {
	raw, there := f.Properties["code"]
	if !there {
		r.fault("feature %d: it has no property \"code\" with the official code of its area", number)
		return "", false
	}
	var code string
	if err := json.Unmarshal(raw, &code); err != nil {
		r.fault("feature %d: its code is %s; codes are texts, such as \"00004\", so that their zeros stay", number, short(string(raw)))
		return "", false
	}
	return code, true
}

// ringsOf reads the rings of a Polygon or MultiPolygon.
func ringsOf(f geoFeature) ([][][2]float64, error) {
	if f.Geometry == nil {
		return nil, errors.New("it has no geometry")
	}
	var polygons [][][][]float64
	var err error
	switch f.Geometry.Type {
	case "Polygon":
		var one [][][]float64
		err = json.Unmarshal(f.Geometry.Coordinates, &one)
		polygons = append(polygons, one)
	case "MultiPolygon":
		err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
	default:
		return nil, fmt.Errorf("its geometry is %q; it must be a Polygon or a MultiPolygon", short(f.Geometry.Type))
	}
	if err != nil {
		return nil, fmt.Errorf("its coordinates cannot be read: %w", err)
	}
	var rings [][][2]float64
	for _, polygon := range polygons {
		for _, positions := range polygon {
			ring, err := ringOf(positions)
			if err != nil {
				return nil, err
			}
			rings = append(rings, ring)
		}
	}
	if len(rings) == 0 {
		return nil, errors.New("it has no ring")
	}
	return rings, nil
}

// ringOf reads a closed ring. Coordinates that are no degrees near the city are
// those of another system or the wrong way round.
func ringOf(positions [][]float64) ([][2]float64, error) {
	if len(positions) < 4 {
		return nil, fmt.Errorf("a ring has %d points; it needs at least four, the last being the first", len(positions))
	}
	city, _ := khue.AreaOf(khue.CityCode)
	ring := make([][2]float64, 0, len(positions))
	for _, p := range positions {
		if len(p) < 2 {
			return nil, errors.New("a point has no two coordinates")
		}
		if math.Abs(p[0]-city.Lon) > farthest || math.Abs(p[1]-city.Lat) > farthest {
			return nil, fmt.Errorf("the point [%g, %g] is not near the city; coordinates are [longitude, latitude] in degrees, WGS 84", p[0], p[1])
		}
		ring = append(ring, [2]float64{p[0], p[1]})
	}
	if ring[0] != ring[len(ring)-1] {
		return nil, errors.New("a ring is not closed: its last point must be its first")
	}
	return ring, nil
}

// farthest is how many degrees a boundary may lie from the city's centre.
const farthest = 2.0

// complete faults a division of which the file holds some areas and not others:
// they would be missing from the map without a word.
func (r *boundaryReader) complete() {
	for _, tree := range []khue.AreaTree{khue.WardTree, khue.DistrictTree} {
		if len(r.shapes[tree]) == 0 {
			continue
		}
		var missing []string
		for _, a := range khue.Areas() {
			if a.Tree() == tree && r.seen[a.Code] == 0 {
				missing = append(missing, a.Code+" "+a.Name.VI)
			}
		}
		if len(missing) > 0 {
			named := missing[:min(len(missing), 5)]
			r.fault("%d areas of this division have no feature: %s%s", len(missing), strings.Join(named, ", "), strings.Repeat(", …", min(1, len(missing)-len(named))))
		}
	}
	if len(r.shapes[khue.WardTree])+len(r.shapes[khue.DistrictTree]) == 0 {
		r.fault("it holds no ward, commune or district")
	}
	for tree := range r.shapes { // maps are drawn in the order of the official list
		slices.SortFunc(r.shapes[tree], func(a, b charts.Shape) int { return strings.Compare(a.Code, b.Code) })
	}
}
