package forecast

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// linear is a straight line with a term for each place in the season, fitted by
// least squares. Its ranges are the usual ones for a new observation, which hold
// the noise and the doubt about the line.
type linear struct {
	season, last int
	centre       float64
	beta         *mat.VecDense
	inverse      *mat.Dense // of X'X
	sigma, free  float64
}

// fitLinear needs more figures than terms, and a figure in each place of the season.
func fitLinear(s Series) (model, bool) {
	n, terms := len(s.Points), s.Season+1
	if n <= terms {
		return nil, false
	}
	m := linear{season: s.Season, last: s.last(), centre: float64(s.Points[0].Index+s.last()) / 2}
	x, y := mat.NewDense(n, terms, nil), mat.NewVecDense(n, nil)
	for i, p := range s.Points {
		x.SetRow(i, m.terms(p.Index))
		y.SetVec(i, p.Value)
	}
	m.inverse, m.beta = mat.NewDense(terms, terms, nil), mat.NewVecDense(terms, nil)
	var square mat.Dense
	square.Mul(x.T(), x)
	if err := m.inverse.Inverse(&square); err != nil {
		return nil, false
	}
	var right mat.VecDense
	right.MulVec(x.T(), y)
	m.beta.MulVec(m.inverse, &right)
	var rest mat.VecDense
	rest.MulVec(x, m.beta)
	rest.SubVec(y, &rest)
	m.free = float64(n - terms)
	m.sigma = math.Sqrt(mat.Dot(&rest, &rest) / m.free)
	return m, !math.IsNaN(m.sigma)
}

// terms is a row of the regression: one for the place in the season, and time.
func (m linear) terms(index int) []float64 {
	row := make([]float64, m.season+1)
	row[((index%m.season)+m.season)%m.season] = 1
	row[m.season] = float64(index) - m.centre
	return row
}

func (m linear) at(h int) float64 {
	return mat.Dot(mat.NewVecDense(m.season+1, m.terms(m.last+h)), m.beta)
}

func (m linear) spread(weights []float64) float64 {
	var noise float64
	sum := mat.NewVecDense(m.season+1, nil)
	for i, w := range weights {
		noise += w * w
		sum.AddScaledVec(sum, w, mat.NewVecDense(m.season+1, m.terms(m.last+1+i)))
	}
	return m.sigma * math.Sqrt(noise+mat.Inner(sum, m.inverse, sum))
}

func (m linear) freedom() float64 { return m.free }
