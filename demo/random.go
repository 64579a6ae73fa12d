package demo

import (
	"math"
	"math/rand/v2"
)

// stream names a purpose for random numbers, so that one purpose asking for more
// of them never moves another.
type stream uint64

const (
	spaceStream stream = iota + 1
	roleStream
	memberStream
	newcomerStream
	activityStream
	initiativeStream
	eventStream
	festivalStream
	nightStream
	attendanceStream
	baseStream
	workbookStream
	reporterStream
	correctionStream
	faultStream
)

// dice are the random numbers of one entity.
type dice struct{ *rand.Rand }

func newDice(seed uint64, what stream, keys ...uint64) dice {
	a := scramble(seed ^ uint64(what)<<56)
	for _, k := range keys {
		a = scramble(a ^ k)
	}
	return dice{rand.New(rand.NewPCG(a, scramble(a)))}
}

// scramble spreads close numbers far apart (the finaliser of SplitMix64).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

// between is a whole number from lo to hi, both included.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// around is a positive number with the given mean; spread 0.3 is mild, 1 is wild.
func (d dice) around(mean, spread float64) float64 {
	return mean * math.Exp(spread*d.NormFloat64()-spread*spread/2)
}

// poisson counts independent happenings of which mean are expected.
func (d dice) poisson(mean float64) int {
	if mean <= 0 {
		return 0
	}
	n, left := 0, mean
	for {
		left -= d.ExpFloat64()
		if left < 0 {
			return n
		}
		n++
	}
}

// whole rounds x up or down by chance, so that its expectation stays x.
func (d dice) whole(x float64) int {
	n := math.Floor(x)
	if d.chance(x - n) {
		n++
	}
	return int(n)
}

// pick draws an index with probability proportional to its weight.
func (d dice) pick(weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := d.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// one draws one of several words, each as likely.
func one[T any](d dice, words []T) T { return words[d.IntN(len(words))] }
