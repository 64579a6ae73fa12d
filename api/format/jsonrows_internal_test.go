package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

// plainly is the answer as structs and maps, for encoding/json to write.
func plainly(s Sheet) Answer {
	a := s.Answer
	out := headOf(s)
	out.Rows = []Row{}
	for _, r := range a.Rows {
		line := Row{Keys: map[string]string{}, Names: map[string]string{}, Values: map[string]*float64{}, Partial: r.Partial, Completeness: map[string]Completeness{}}
		for i, k := range r.Keys {
			line.Keys[a.Columns[i].Name], line.Names[a.Columns[i].Name] = KeyCode(k), k.Name.In(s.Lang)
		}
		if len(r.Completeness) > 0 {
			for _, i := range Reported(a) {
				line.Completeness[nameOfMeasure(a, i)] = CompletenessOf(r.Completeness[i])
			}
		}
		for i, v := range r.Values {
			name := a.Columns[len(r.Keys)+i].Name
			line.Values[name] = nil
			if reason := v.Reason.In(s.Lang); reason != "" {
				if line.Reasons == nil {
					line.Reasons = map[string]string{}
				}
				line.Reasons[name] = reason
			}
			if v.Suppressed {
				line.Suppressed = append(line.Suppressed, name)
			}
			if v.Known {
				line.Values[name] = &v.Number
			}
		}
		out.Rows = append(out.Rows, line)
	}
	return out
}

var (
	oddTexts   = []string{"", "design", "Thiết kế", `"rows":null`, `a"b\c`, "<b>&amp;</b>", "line\nbreak\ttab", "\u2028\u2029", "\x7f\x00\x1f", "bad \xff\xfe", "=1+1", "日本", "🎭", "~other"}
	oddNumbers = []float64{0, 1, -1, 0.1, 1e-6, 9.99e-7, 1e20, 1e21, 1.5e300, 5e-324, math.MaxFloat64, -7.25, 123456789.125, 1.0 / 3, math.Copysign(0, -1), 1<<53 - 1, 1 << 53, 1<<53 + 2, -(1<<53 - 3), 4200}
)

var oddPeriods = []khue.Period{{}, {}, khue.MustParsePeriod("2025-03"), khue.MustParsePeriod("2020-W53"), khue.MustParsePeriod("1999-S2"), khue.MustParsePeriod("2024-02-29")}

func oneOf[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// anyAnswer is an answer of odd names, numbers and states.
func anyAnswer(r *rand.Rand) indicators.Answer {
	text := func() khue.Text { return khue.Text{VI: oneOf(r, oddTexts), EN: oneOf(r, oddTexts)} }
	keys, measures := r.IntN(3), 1+r.IntN(3)
	a := indicators.Answer{Evidence: indicators.Evidence{ID: oneOf(r, oddTexts), SQL: oneOf(r, oddTexts), Parameters: map[string]any{"rows": nil, oneOf(r, oddTexts): oneOf(r, oddTexts)}}}
	for i := range keys {
		a.Columns = append(a.Columns, indicators.Column{Name: fmt.Sprint(oneOf(r, oddTexts), i), Label: text()})
	}
	tally := func() indicators.Completeness {
		return indicators.Completeness{Expectation: oneOf(r, oddTexts), Known: r.IntN(2) == 0, Reported: r.IntN(9), Expected: r.IntN(9), Unexpected: r.IntN(3)}
	}
	for i := range measures {
		a.Columns = append(a.Columns, indicators.Column{Name: fmt.Sprint(oneOf(r, oddTexts), "m", 9-i), Measure: true, Label: text(), Unit: text()})
		a.Completeness = append(a.Completeness, tally())
	}
	for range r.IntN(6) {
		row := indicators.Row{Partial: r.IntN(2) == 0}
		for range keys {
			row.Keys = append(row.Keys, indicators.Key{Code: oneOf(r, oddTexts), Name: text(), Period: oneOf(r, oddPeriods)})
		}
		for range measures {
			row.Values = append(row.Values, indicators.Value{Known: r.IntN(2) == 0, Number: oneOf(r, oddNumbers), Suppressed: r.IntN(3) == 0, Reason: text()})
		}
		if r.IntN(2) == 0 {
			for range measures {
				row.Completeness = append(row.Completeness, tally())
			}
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}

func TestRowsAreWrittenByteForByteAsStructsWouldBe(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 28))
	for n := range 3000 {
		s := Sheet{Answer: anyAnswer(r), Lang: oneOf(r, []khue.Lang{khue.Vietnamese, khue.English}), Zone: time.UTC, Indented: n%2 == 0}
		var got, want bytes.Buffer
		e := json.NewEncoder(&want)
		if s.Indented {
			e.SetIndent("", "  ")
		}
		require.NoError(t, e.Encode(plainly(s)))
		require.NoError(t, writeJSON(&got, s))
		require.Equal(t, want.String(), got.String(), "answer %d", n)
	}
}

func TestAFigureThatIsNoNumberIsAFaultAndNoBrokenJSON(t *testing.T) {
	s := Sheet{Lang: khue.English, Zone: time.UTC, Answer: indicators.Answer{
		Columns: []indicators.Column{{Name: "visitors", Measure: true}}, Completeness: make([]indicators.Completeness, 1),
		Rows: []indicators.Row{{Values: []indicators.Value{{Known: true, Number: math.NaN()}}}},
	}}
	var out bytes.Buffer
	require.ErrorContains(t, writeJSON(&out, s), "row 1: writing visitors")
	require.Zero(t, out.Len())
}
