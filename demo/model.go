package demo

import (
	"math"
	"time"
)

// simulationVersion changes whenever the same seed and scale would give other
// content, so that sources made by an older simulation are made anew.
const simulationVersion = 2

// model is the simulated city itself: every record of every source with all its
// versions, past and to come, as a pure function of seed, scale and zone.
type model struct {
	seed       uint64
	scale      int
	zone       *time.Location
	wards      []ward
	spaces     []space   // in the order they opened
	reach      []float64 // running sums of the spaces' weights
	places     []float64 // how often a public place of each ward is used
	eventsN    float64   // how many times the events of scale 1
	rowsN      float64   // how many times the counts of an event of scale 1
	workplaces [][]workplace
}

// newModel lays out the city. At scale N there are N times the counts of
// visitors: mostly more counts an event, and mildly more events.
func newModel(seed uint64, scale int, zone *time.Location) *model {
	m := &model{seed: seed, scale: scale, zone: zone, wards: readWards()}
	m.eventsN = 1 + math.Log2(float64(scale))/4
	m.rowsN = float64(scale) / m.eventsN
	m.spaces = m.makeSpaces()
	for _, w := range m.wards {
		m.places = append(m.places, 0.6+w.weight)
	}
	m.reach = make([]float64, len(m.spaces))
	sum := 0.0
	for i, s := range m.spaces {
		sum += s.weight
		m.reach[i] = sum
	}
	m.workplaces = m.makeWorkplaces()
	return m
}

// at is the moment of a local wall clock, given in seconds after midnight of a
// day; sources keep milliseconds at most, the simulation whole seconds.
func (m *model) at(d day, seconds int) time.Time {
	return time.Date(2019, time.January, 1+d, 0, 0, seconds, 0, m.zone).UTC()
}

// today is the local calendar day of a moment.
func (m *model) today(t time.Time) day {
	y, mo, d := t.In(m.zone).Date()
	return on(y, mo, d)
}

// office is a moment in office hours of a day.
func (m *model) office(d dice, on day) time.Time {
	return m.at(on, d.between(8*3600, 18*3600-1))
}

// hours and days as durations of the random lag between a happening and its record.
func lagHours(d dice, lo, hi int) time.Duration {
	return time.Duration(d.between(lo*3600, hi*3600)) * time.Second
}

func lagDays(d dice, lo, hi int) time.Duration { return lagHours(d, lo*24, hi*24) }

// latest is the index of the last of n versions that is visible at a moment, -1
// when none is. Versions come in the order of their moments.
func latest(n int, moment func(int) time.Time, at time.Time) int {
	i := n - 1
	for i >= 0 && moment(i).After(at) {
		i--
	}
	return i
}

// null is a value that a source may leave empty.
type null[T any] struct {
	value T
	valid bool
}

func some[T any](v T) null[T] { return null[T]{v, true} }

// ptr gives the shape that encoding/json and SQL drivers take for an empty value.
func (n null[T]) ptr() *T {
	if !n.valid {
		return nil
	}
	return &n.value
}
