package charts

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"khue"
	"khue/locale"
)

// Layer is one part of a whole over the categories of Shares.
type Layer struct {
	Name   string
	Colour string
	Points []Point // shares of the whole, 0 to 1
}

// Shares is how a whole is made up over time: bars of one height, one for each
// category, the first layer at the foot.
type Shares struct {
	Lang       khue.Lang
	Categories []string
	Layers     []Layer
	Chosen     string // name of the layer that stands out; "" for none
	FontFamily string
}

// ShareBars is the option of such a chart. Layers are named at the last bar;
// bars of periods that are not over are hatched.
func ShareBars(s Shares) (json.RawMessage, error) {
	spec := Spec{Lang: s.Lang, Categories: s.Categories, FontFamily: s.FontFamily, Tooltip: true}
	for _, l := range s.Layers {
		spec.Series = append(spec.Series, Series{Name: l.Name, Tone: Older, Points: l.Points})
	}
	return adjust(spec, Bar, func(o map[string]any) {
		percent := fmt.Sprintf("khue:percent:%s:0", languageOf(s.Lang))
		tip := spec.screenTooltip("axis")
		tip["valueFormatter"] = fmt.Sprintf("khue:percent:%s:1", languageOf(s.Lang))
		tip["axisPointer"] = map[string]any{"type": "none"}
		tip["order"] = "seriesDesc"
		o["tooltip"] = tip
		o["grid"] = map[string]any{"left": 4, "right": 160, "top": 12, "bottom": 4, "containLabel": true}
		values := o["yAxis"].(map[string]any)
		values["max"], values["interval"] = 1, 0.25
		values["axisLabel"].(map[string]any)["formatter"] = percent
		offsets := s.labelOffsets()
		narrow := make([]any, len(s.Layers))
		for i, one := range o["series"].([]any) {
			narrow[i] = s.drawLayer(one.(map[string]any), s.Layers[i], percent, offsets[i])
		}
		// On a phone bars are too narrow for numbers; the last one has them beside it.
		o["media"] = []any{map[string]any{
			"query":  map[string]any{"maxWidth": 560},
			"option": map[string]any{"grid": map[string]any{"right": 112}, "series": narrow},
		}}
	})
}

// drawLayer gives a layer its colour and names it at the last bar. What it gives
// back is the layer as a narrow screen has it.
func (s Shares) drawLayer(one map[string]any, l Layer, percent string, offset float64) (narrow map[string]any) {
	opacity := 1.0
	if s.Chosen != "" && s.Chosen != l.Name {
		opacity = 0.4
	}
	style := func(more map[string]any) map[string]any {
		of := map[string]any{"color": l.Colour, "borderColor": "#ffffff", "borderWidth": 1, "opacity": opacity}
		maps.Copy(of, more)
		return of
	}
	one["stack"], one["barWidth"], one["barMaxWidth"] = "whole", "68%", 64
	delete(one, "barGap")
	one["itemStyle"], one["emphasis"] = style(nil), map[string]any{"disabled": true}
	data := one["data"].([]any)
	few := make([]any, len(data))
	for i, p := range l.Points {
		item := data[i].(map[string]any)
		if p.Known && p.Partial {
			item["itemStyle"] = style(map[string]any{"decal": hatch})
		}
		if p.Known && i == len(data)-1 {
			item["label"] = map[string]any{
				"show": true, "position": "right", "distance": 10, "formatter": s.endLabel(l), "color": Ink, "fontSize": 12, "fontFamily": s.FontFamily,
				"width": 148, "overflow": "break", "lineHeight": 14, "fontWeight": weightOf(s.Chosen == l.Name), "opacity": 1, "offset": []any{0, math.Round(offset)},
			}
		}
		light := maps.Clone(item)
		if p.Known && i < len(data)-1 && p.Value >= leastLabelled && len(s.Categories) <= mostNumbered && opacity == 1 {
			item["label"] = map[string]any{
				"show": true, "position": "inside", "formatter": percent, "color": paperOn(l.Colour), "fontSize": 11, "fontFamily": s.FontFamily, "opacity": 1,
			}
			light["label"] = map[string]any{"show": false}
		}
		if label, ok := light["label"].(map[string]any); ok && label["width"] != nil {
			label = maps.Clone(label)
			label["width"], label["fontSize"] = 104, 11
			light["label"] = label
		}
		few[i] = light
	}
	return map[string]any{"data": few}
}

func (s Shares) endLabel(l Layer) string {
	share := l.Points[len(l.Points)-1].Value
	decimals := 0
	if share < 0.05 {
		decimals = 1
	}
	return l.Name + "  " + locale.Percent(s.Lang, share, decimals)
}

const (
	// leastLabelled is the smallest share that has room for its number.
	leastLabelled = 0.075
	// mostNumbered is how many bars have room for numbers.
	mostNumbered = 9
	// plotHeight is about how high the bars are, in pixels.
	plotHeight = 360.0
)

// labelOffsets moves the names at the last bar apart where layers are thin: how
// far down each goes, in pixels.
func (s Shares) labelOffsets() []float64 {
	wanted, room, sum := make([]float64, len(s.Layers)), make([]float64, len(s.Layers)), 0.0
	for i, l := range s.Layers { // from the foot up
		share := l.Points[len(l.Points)-1].Value
		wanted[i] = (sum + share/2) * plotHeight
		sum += share
		room[i] = 15
		if utf8.RuneCountInString(s.endLabel(l)) > 17 {
			room[i] = 29 // two lines where the screen is narrow
		}
	}
	placed := slices.Clone(wanted)
	for i := 1; i < len(placed); i++ {
		placed[i] = max(placed[i], placed[i-1]+(room[i]+room[i-1])/2)
	}
	for i := len(placed) - 1; i >= 0; i-- { // what stands above the top comes down again
		limit := plotHeight
		if i < len(placed)-1 {
			limit = placed[i+1] - (room[i]+room[i+1])/2
		}
		placed[i] = min(placed[i], limit)
	}
	for i := range placed {
		placed[i] = wanted[i] - placed[i]
	}
	return placed
}

func weightOf(strong bool) int {
	if strong {
		return 700
	}
	return 400
}

// Index is a figure between 0 and 1 over time, against the highest it could be.
type Index struct {
	Lang       khue.Lang
	Categories []string
	Points     []Point
	Name       string
	Ceiling    float64 // drawn dashed; 0 for none
	CeilingIs  string  // its name
	FontFamily string
}

// IndexLine is the option of such a chart; its axis is the whole from 0 to 1, so
// that small movements look small.
func IndexLine(x Index) (json.RawMessage, error) {
	spec := Spec{Lang: x.Lang, Categories: x.Categories, FontFamily: x.FontFamily, Tooltip: true, Series: []Series{{Name: x.Name, Tone: Now, Points: x.Points}}}
	return adjust(spec, Line, func(o map[string]any) {
		percent := fmt.Sprintf("khue:percent:%s:0", languageOf(x.Lang))
		tip := spec.screenTooltip("axis")
		tip["valueFormatter"] = fmt.Sprintf("khue:percent:%s:1", languageOf(x.Lang))
		o["tooltip"] = tip
		o["grid"] = map[string]any{"left": 4, "right": 20, "top": 18, "bottom": 4, "containLabel": true}
		values := o["yAxis"].(map[string]any)
		values["min"], values["max"], values["interval"] = 0, 1, 0.25
		values["axisLabel"].(map[string]any)["formatter"] = percent
		one := o["series"].([]any)[0].(map[string]any)
		delete(one, "markArea") // an open circle marks the period that is not over
		one["connectNulls"], one["emphasis"] = false, map[string]any{"disabled": true}
		data := one["data"].([]any)
		for i, p := range x.Points {
			if p.Known && (i == 0 || i == len(x.Points)-1) {
				data[i].(map[string]any)["label"] = map[string]any{
					"show": true, "position": "bottom", "distance": 8, "formatter": percent, "color": Now.Colour(), "fontSize": 13, "fontWeight": 700, "fontFamily": x.FontFamily,
				}
			}
		}
		if x.Ceiling > 0 {
			one["markLine"] = map[string]any{
				"silent": true, "symbol": "none", "lineStyle": map[string]any{"type": "dashed", "color": guideColour, "width": 1.2},
				"data":  []any{map[string]any{"yAxis": x.Ceiling, "name": x.CeilingIs}},
				"label": map[string]any{"position": "insideEndTop", "formatter": "{b}", "color": Quiet, "fontSize": 11, "fontFamily": x.FontFamily},
			}
		}
	})
}

func languageOf(l khue.Lang) khue.Lang {
	if l != khue.English {
		return khue.Vietnamese
	}
	return l
}
