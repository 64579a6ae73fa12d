package drawing_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document"
	"khue/reports/drawing"
)

// counting draws a square and counts.
type counting struct {
	sync.Mutex
	drawn int
}

func (c *counting) Render(_ context.Context, option json.RawMessage, width, height int) ([]byte, error) {
	c.Lock()
	defer c.Unlock()
	c.drawn++
	return fmt.Appendf(nil, "<svg>%s %d %d</svg>", option, width, height), nil
}

func paper(values ...float64) document.Document {
	d := document.Document{Lang: khue.Vietnamese}
	for i, v := range values {
		t := &document.Table{ID: fmt.Sprint("t", i), Columns: []document.Column{{Title: "Năm"}, {Title: "Khách", Kind: document.Number}}, Rows: []document.Row{{Cells: []document.Cell{document.W("2025"), document.N(v, 0)}}}}
		d.Blocks = append(d.Blocks, t, &document.Chart{Title: "Khách", Kind: document.Bar, Table: t, Series: []document.Series{{Name: "Khách", Column: 1, Tone: document.Now}}})
	}
	return d
}

func TestAChartIsDrawnOnceAndAnotherFigureIsAnotherDrawing(t *testing.T) {
	c := &counting{}
	k := drawing.Keep(c)
	k.Ahead(t.Context(), paper(1, 2, 3))
	require.Equal(t, 3, c.drawn)
	d := paper(1, 2, 3, 4)
	for i, block := range d.Blocks {
		if chart, ok := block.(*document.Chart); ok {
			kept, err := drawing.Draw(t.Context(), k, chart, d.Lang)
			require.NoError(t, err)
			fresh, err := drawing.Draw(t.Context(), &counting{}, chart, d.Lang)
			require.NoError(t, err)
			require.Equal(t, fresh, kept, "block %d", i)
		}
	}
	require.Equal(t, 4, c.drawn, "the fourth alone was new")
}
