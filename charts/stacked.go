package charts

import (
	"encoding/json"

	"khue"
)

// Stacked are bars from the left to the right, one on the other, for a page: kinds
// of a count by period. Their order and their names tell them apart, not colour alone.
type Stacked struct {
	Lang       khue.Lang
	Categories []string
	Series     []Series // from the line up
	FontFamily string
}

// StackedColumns is the option of such a chart. Periods that are not over are hatched.
func StackedColumns(s Stacked) (json.RawMessage, error) {
	spec := Spec{Lang: s.Lang, Categories: s.Categories, Series: s.Series, FontFamily: s.FontFamily, Tooltip: true}
	return adjust(spec, Bar, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		o["grid"] = map[string]any{"left": 4, "right": 8, "top": 34, "bottom": 4, "containLabel": true}
		legend := o["legend"].(map[string]any)
		legend["show"], legend["left"], legend["right"], legend["selectedMode"] = len(s.Series) > 1, 0, "auto", false
		o["yAxis"].(map[string]any)["minInterval"] = 1 // things are counted whole
		for i := range s.Series {
			one := o["series"].([]any)[i].(map[string]any)
			one["stack"], one["barMaxWidth"], one["barCategoryGap"] = "all", 34, "24%"
			one["emphasis"] = map[string]any{"disabled": true}
			style := one["itemStyle"].(map[string]any)
			style["borderColor"], style["borderWidth"] = "#ffffff", 0.5
		}
	})
}
