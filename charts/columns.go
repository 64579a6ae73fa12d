package charts

import (
	"encoding/json"

	"khue"
)

// Columns are bars from the left to the right, one series, for a page: a share or
// a count by period.
type Columns struct {
	Lang       khue.Lang
	Categories []string
	Now        Series
	Decimals   int
	Labels     bool    // write each value over its bar
	Top        float64 // least that the axis reaches; 0 leaves it to the values
	Faint      []int   // columns that are not what the chart is about
	FontFamily string
}

// ColumnBars is the option of such a chart. Periods that are not over are hatched.
func ColumnBars(c Columns) (json.RawMessage, error) {
	spec := Spec{
		Lang: c.Lang, Categories: c.Categories, Series: []Series{c.Now}, Decimals: c.Decimals, Labels: c.Labels, FontFamily: c.FontFamily, Tooltip: true,
	}
	return adjust(spec, Bar, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		o["grid"] = map[string]any{"left": 4, "right": 8, "top": 22, "bottom": 4, "containLabel": true}
		if c.Top > 0 {
			o["yAxis"].(map[string]any)["max"] = c.Top
		}
		bars := o["series"].([]any)[0].(map[string]any)
		bars["barMaxWidth"], bars["emphasis"] = 40, map[string]any{"disabled": true}
		bars["barCategoryGap"] = "28%"
		data := bars["data"].([]any)
		for _, i := range c.Faint {
			if i >= 0 && i < len(data) {
				data[i].(map[string]any)["itemStyle"] = map[string]any{"color": Faded}
			}
		}
	})
}
