// Package drawing draws a document's charts as SVG, the same for every writer
// that prints them as pictures. It is the only place of reports that knows the
// chart package.
package drawing

import (
	"context"
	"encoding/json"
	"fmt"

	"khue"
	"khue/charts"
	"khue/reports/document"
)

// Renderer draws a chart's option as an <svg> element.
type Renderer interface {
	Render(ctx context.Context, option json.RawMessage, width, height int) ([]byte, error)
}

// paperFonts sets charts in the type of the page; the measured face has the
// same metrics as Times New Roman.
const paperFonts = "Times New Roman, Tinos, Liberation Serif, serif"

// Width is that of every drawing, in pixels; letters are 13 pixels high in it.
const Width = 760

// Draw draws through the one chart package that screen and paper share.
func Draw(ctx context.Context, draw Renderer, c *document.Chart, lang khue.Lang) ([]byte, error) {
	if draw == nil {
		return nil, fmt.Errorf("drawing chart %q: no chart renderer was given", c.Title)
	}
	spec := charts.Spec{
		Lang: lang, Categories: c.Categories(), Unit: c.Unit, Decimals: c.Decimals,
		Horizontal: c.Horizontal, Labels: len(c.Series) == 1, FontFamily: paperFonts, FontSize: 13,
	}
	for _, s := range c.Series {
		series := charts.Series{
			Name: s.Name, Tone: charts.Tone(s.Tone),
			Mark: c.Kind == document.Bar && s.Tone == document.Before,
		}
		for _, p := range c.Points(s) {
			series.Points = append(series.Points, charts.Point(p))
		}
		spec.Series = append(spec.Series, series)
	}
	build, height := charts.Bar, 320
	if c.Kind == document.Line {
		build = charts.Line
	}
	names := spec.LabelLines() * spec.LabelHeight()
	if c.Horizontal {
		height = 70 + max(32, names+8)*len(spec.Categories)
	} else {
		height += names - spec.LabelHeight()
	}
	option, err := build(spec)
	if err != nil {
		return nil, fmt.Errorf("drawing chart %q: %w", c.Title, err)
	}
	svg, err := draw.Render(ctx, option, Width, height)
	if err != nil {
		return nil, fmt.Errorf("drawing chart %q: %w", c.Title, err)
	}
	return svg, nil
}
