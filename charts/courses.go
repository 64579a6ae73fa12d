package charts

import "encoding/json"

// CoursesLine is the option of several courses laid over each other from their
// first day on, for a page. Courses end at different days; each is named where it
// ends. unit says what the steps of the axis are.
func CoursesLine(m Months, unit string) (json.RawMessage, error) {
	spec := Spec{Lang: m.Lang, Categories: m.Categories, Decimals: m.Decimals, FontFamily: m.FontFamily, Tooltip: true}
	for i := len(m.Earlier) - 1; i >= 0; i-- {
		spec.Series = append(spec.Series, m.Earlier[i])
	}
	spec.Series = append(spec.Series, m.Now)
	return adjust(spec, Line, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		for i := range spec.Series {
			one := o["series"].([]any)[i].(map[string]any)
			one["connectNulls"], one["showSymbol"], one["symbol"] = false, false, "circle"
			one["lineStyle"].(map[string]any)["width"] = 2.4
			spec.nameEnd(one)
		}
		axis := o["xAxis"].(map[string]any)
		axis["name"], axis["nameLocation"], axis["nameGap"] = unit, "middle", 26
		axis["nameTextStyle"] = map[string]any{"color": Quiet, "fontSize": 11, "fontFamily": m.FontFamily}
		o["grid"] = map[string]any{"left": 4, "right": 46, "top": 14, "bottom": 26, "containLabel": true}
	})
}
