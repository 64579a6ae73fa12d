package charts

import (
	"encoding/json"
	"fmt"
	"time"

	"khue"
)

// DayFills are the fills of a calendar's days from the fewest to the most: the ramp
// of the maps, each a shade off, since pages turn these alone in the dark.
var DayFills = []string{"#f3ddd3", "#e5b7a6", "#d08a76", "#b5504b", "#7f1f23"}

// Calendar is a measure by day over at most a year, for a page. Weeks begin on Monday.
type Calendar struct {
	Lang       khue.Lang
	Name       string    // of the measure, as the tooltip says it
	From, To   time.Time // calendar days, midnight UTC; To is included
	Days       []CalendarDay
	Steps      []float64 // lower bounds of the levels after the first, rising, at most len(DayFills)-1
	FontFamily string
}

// CalendarDay is one day. A day that is not known is drawn as a dot, not as zero;
// a day that is not among the days at all stays blank.
type CalendarDay struct {
	Day   time.Time
	Label string // what the tooltip calls the day
	Value float64
	Known bool
	Link  string // where a click leads, on this site; "" nowhere
}

// narrowest is the width in pixels below which weeks go down the page.
const narrowest = 560

// CalendarHeat is the option of such a chart: weeks side by side where there is
// room, else one below the other, so that a phone shows days as large as letters.
func CalendarHeat(c Calendar) (json.RawMessage, error) {
	if len(c.Steps) >= len(DayFills) || c.To.Before(c.From) || c.To.Sub(c.From) > 366*24*time.Hour {
		return nil, fmt.Errorf("building a calendar: %d steps from %s to %s", len(c.Steps), c.From.Format(time.DateOnly), c.To.Format(time.DateOnly))
	}
	spec := Spec{Lang: c.Lang, FontFamily: c.FontFamily}
	known, silent := []any{}, []any{}
	for _, d := range c.Days {
		day := d.Day.Format(time.DateOnly)
		if d.Known {
			item := map[string]any{"name": d.Label, "value": []any{day, d.Value}, "amount": d.Value}
			lead(item, d.Link)
			known = append(known, item)
		} else {
			silent = append(silent, map[string]any{"name": d.Label, "value": []any{day, 0}})
		}
	}
	return json.Marshal(map[string]any{
		"animation": false,
		"textStyle": map[string]any{"fontFamily": c.FontFamily, "color": Ink},
		"tooltip":   spec.screenTooltip("item"),
		"legend":    map[string]any{"show": false},
		"visualMap": map[string]any{"show": false, "type": "piecewise", "pieces": c.pieces(), "seriesIndex": 0, "dimension": 1},
		"calendar":  c.grid(),
		"series": []any{
			map[string]any{
				"type": "heatmap", "coordinateSystem": "calendar", "name": c.Name, "data": known,
				"emphasis": map[string]any{"itemStyle": map[string]any{"borderColor": Ink, "borderWidth": 1.5}},
			},
			map[string]any{
				"type": "scatter", "coordinateSystem": "calendar", "name": "", "data": silent, "symbol": "circle", "symbolSize": 3, "silent": true,
				"itemStyle": map[string]any{"color": Quiet, "opacity": 0.6},
			},
		},
		"media": []any{map[string]any{
			"query": map[string]any{"maxWidth": narrowest},
			"option": map[string]any{"calendar": map[string]any{
				"orient": "vertical", "left": 46, "right": 6, "top": 26, "bottom": 6,
				"dayLabel": map[string]any{"margin": 8}, "monthLabel": map[string]any{"position": "start", "margin": 10, "align": "right"},
			}},
		}, map[string]any{
			"query": map[string]any{"minWidth": narrowest + 1},
			"option": map[string]any{"calendar": map[string]any{
				"orient": "horizontal", "left": 34, "right": 6, "top": 24, "bottom": 6,
			}},
		}},
	})
}

// pieces are the levels as the library takes them.
func (c Calendar) pieces() []any {
	var out []any
	for i := 0; i <= len(c.Steps); i++ {
		piece := map[string]any{"color": c.fillOf(i)}
		if i > 0 {
			piece["gte"] = c.Steps[i-1]
		}
		if i < len(c.Steps) {
			piece["lt"] = c.Steps[i]
		} else if i == 0 {
			piece["gte"] = 0
		}
		out = append(out, piece)
	}
	return out
}

// fillOf spreads few levels over all fills.
func (c Calendar) fillOf(level int) string { return DayFills[DayLevel(level, len(c.Steps))] }

// DayLevel is the fill of a level among steps+1 of them, so that the last is
// always the strongest.
func DayLevel(level, steps int) int { return len(DayFills) - 1 - steps + level }

func (c Calendar) grid() map[string]any {
	days := []string{"CN", "T2", "T3", "T4", "T5", "T6", "T7"}
	months := make([]string, 12)
	for i := range months {
		months[i] = fmt.Sprintf("Th %d", i+1)
	}
	if c.Lang == khue.English {
		days = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
		for i := range months {
			months[i] = time.Month(i + 1).String()[:3]
		}
	}
	return map[string]any{
		"range": []any{c.From.Format(time.DateOnly), c.To.Format(time.DateOnly)}, "cellSize": []any{"auto", "auto"},
		"left": 34, "right": 6, "top": 24, "bottom": 6,
		"itemStyle":  map[string]any{"color": "transparent", "borderColor": Hairline, "borderWidth": 1},
		"splitLine":  map[string]any{"show": true, "lineStyle": map[string]any{"color": Quiet, "width": 1.2}},
		"yearLabel":  map[string]any{"show": false},
		"dayLabel":   map[string]any{"firstDay": 1, "nameMap": days, "color": Quiet, "fontSize": 11, "fontFamily": c.FontFamily},
		"monthLabel": map[string]any{"nameMap": months, "color": Quiet, "fontSize": 11, "fontFamily": c.FontFamily},
	}
}
