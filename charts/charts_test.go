package charts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
	"khue/locale"
)

var renderer = sync.OnceValues(func() (*charts.Renderer, error) {
	const modules = "../node_modules/"
	read := func(path string) []byte {
		b, err := os.ReadFile(modules + path)
		if err != nil {
			panic(fmt.Sprintf("%v (run make setup first)", err))
		}
		return b
	}
	return charts.New(charts.Options{
		Library: os.DirFS("../dashboards/static/vendor"),
		Fonts: []charts.Font{
			{Family: "Tinos", Alike: []string{"Times New Roman"}, TTF: read("@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf")},
			{Family: "Tinos", Alike: []string{"Times New Roman"}, Bold: true, TTF: read("@expo-google-fonts/tinos/700Bold/Tinos_700Bold.ttf")},
			{Family: "Be Vietnam Pro", TTF: read("@expo-google-fonts/be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf")},
		},
		Machines: 2,
	})
})

func spec() charts.Spec {
	point := func(v float64) charts.Point { return charts.Point{Value: v, Known: true} }
	return charts.Spec{
		Lang: khue.Vietnamese, Categories: []string{"Thiết kế", "Thủ công mỹ nghệ", "Nghệ thuật biểu diễn"},
		Unit: "lượt khách", FontFamily: "Times New Roman, Tinos, serif",
		Series: []charts.Series{
			{Name: "2026", Tone: charts.Now, Points: []charts.Point{point(125_000), {}, {Value: 64_000, Known: true, Partial: true}}},
			{Name: "2025", Tone: charts.Before, Points: []charts.Point{point(110_000), point(98_000), point(70_500)}},
		},
	}
}

func render(t *testing.T, option json.RawMessage) string {
	t.Helper()
	r, err := renderer()
	require.NoError(t, err)
	svg, err := r.Render(context.Background(), option, 640, 320)
	require.NoError(t, err)
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err, "the SVG is well-formed XML")
		}
	}
	return string(svg)
}

func TestABarChartIsDrawnWithVietnameseLabelsAndNumbers(t *testing.T) {
	for _, horizontal := range []bool{false, true} {
		s := spec()
		s.Horizontal, s.Labels = horizontal, true
		option, err := charts.Bar(s)
		require.NoError(t, err)
		svg := render(t, option)
		for _, want := range []string{"Thủ công mỹ nghệ", "125.000", "#9b2c2c", "#b7791f", "2025", "<pattern"} {
			require.Contains(t, svg, want)
		}
		require.NotContains(t, svg, "125,000")
	}
}

func TestALineChartLeavesAGapWhereNothingWasReported(t *testing.T) {
	option, err := charts.Line(spec())
	require.NoError(t, err)
	require.Contains(t, string(option), `"-"`)
	require.NotContains(t, string(option), `"value":0`)
	render(t, option)
}

func TestAComparisonIsAThinMarkOnTheBar(t *testing.T) {
	s := spec()
	s.Horizontal, s.Series[1].Mark = true, true
	option, err := charts.Bar(s)
	require.NoError(t, err)
	var o struct {
		Series []struct {
			Type       string
			SymbolSize []int
		}
	}
	require.NoError(t, json.Unmarshal(option, &o))
	require.Equal(t, "scatter", o.Series[1].Type)
	require.Equal(t, []int{3, 22}, o.Series[1].SymbolSize)
	render(t, option)
}

func TestTheSameOptionGivesTheSameBytes(t *testing.T) {
	option, err := charts.Bar(spec())
	require.NoError(t, err)
	first := render(t, option)
	for range 3 {
		require.Equal(t, first, render(t, option))
	}
}

func TestTextFromDataStaysText(t *testing.T) {
	s := spec()
	s.Categories = []string{`<script>alert(1)</script>`, "khue:number:vi:1", `zr0-c1 & "x"`}
	option, err := charts.Bar(s)
	require.NoError(t, err)
	svg := render(t, option)
	require.NotContains(t, svg, "<script")
	require.Contains(t, svg, "khue:number:vi:1", "a formatter's name in data is only text")
	require.Contains(t, svg, "zr0-c1", "a label that looks like an identifier is left alone")
}

func TestADrawingStopsWhenItsContextEnds(t *testing.T) {
	r, err := renderer()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	points := make([]charts.Point, 50_000)
	names := make([]string, len(points))
	for i := range points {
		points[i], names[i] = charts.Point{Value: float64(i % 97), Known: true}, fmt.Sprint(i)
	}
	option, err := charts.Line(charts.Spec{Categories: names, Series: []charts.Series{{Name: "a", Tone: charts.Now, Points: points}}})
	require.NoError(t, err)
	_, err = r.Render(ctx, option, 800, 400)
	require.Error(t, err)
	require.True(t, errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "deadline"), err)
	option, err = charts.Bar(spec())
	require.NoError(t, err)
	render(t, option)
}

func TestBadSpecsAreRefused(t *testing.T) {
	s := spec()
	s.Series[0].Points = s.Series[0].Points[:2]
	_, err := charts.Bar(s)
	require.ErrorContains(t, err, "2 points for 3 categories")
	_, err = charts.Line(charts.Spec{})
	require.ErrorContains(t, err, "no series")
}

func TestScriptAndServerWriteNumbersAlike(t *testing.T) {
	vm := goja.New()
	_, err := vm.RunString(charts.FormatScript)
	require.NoError(t, err)
	call := func(name string, args ...any) string {
		values := make([]goja.Value, len(args))
		for i, a := range args {
			values[i] = vm.ToValue(a)
		}
		f, ok := goja.AssertFunction(vm.Get("khueFormat").ToObject(vm).Get(name))
		require.True(t, ok)
		v, err := f(goja.Undefined(), values...)
		require.NoError(t, err)
		return v.String()
	}
	numbers := []float64{
		0, 1, -1, 0.5, 1.5, 2.5, 0.05, 0.25, 0.125, 1.005, 1.015, 9.995, 99.95, 999.5, 1234.5, -2318, -0.04,
		1e6, 999_999, 1_264_000, 9_995_000, 38.6e9, 1.5e12, 0.000123, 123456789.125, 0.95, 0.995, 5e-7,
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		numbers = append(numbers, (r.Float64()-0.5)*1e7, r.Float64(), float64(r.IntN(2_000_000))/8)
	}
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		for _, n := range numbers {
			for decimals := range 4 {
				require.Equal(t, locale.Number(lang, n, decimals), call("number", string(lang), n, decimals), "%v, %d decimals", n, decimals)
			}
			require.Equal(t, locale.Compact(lang, n, 0), call("compact", string(lang), n, 0), "%v", n)
			require.Equal(t, locale.Percent(lang, n, 1), call("percent", string(lang), n, 1), "%v", n)
		}
	}
	require.Equal(t, "1,5 triệu", call("axis", "vi", 1.5e6))
	require.Equal(t, "250.000", call("axis", "vi", 250000))
	require.Equal(t, "0.5", call("axis", "en", 0.5))
}
