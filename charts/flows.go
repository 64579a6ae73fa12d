package charts

import (
	"encoding/json"
	"fmt"

	echarts "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"khue"
)

// Flow is how much of one node goes to another.
type Flow struct {
	From, To string // names of nodes
	Value    float64
	Says     string // the flow in words, for the pointer
	Colour   string
	Sure     bool // drawn stronger
}

// Node is an end of flows.
type Node struct {
	Name   string // unique over both sides
	Label  string // what stands beside it
	Says   string // in words, for the pointer
	Colour string
	Side   int    // 0 on the left, 1 on the right
	Link   string // where a click leads, on this site; "" nowhere
}

// Flows is what goes from one classification to another.
type Flows struct {
	Lang       khue.Lang
	Nodes      []Node // in the order they are drawn from the top
	Flows      []Flow
	FontFamily string
}

// Sankey is the option of such a chart. Words are given, not worked out, so that
// nothing in the option is code.
func Sankey(f Flows) (json.RawMessage, error) {
	if len(f.Nodes) == 0 || len(f.Flows) == 0 {
		return nil, fmt.Errorf("building flows: no nodes or no flows")
	}
	known := map[string]bool{}
	for _, n := range f.Nodes {
		if known[n.Name] {
			return nil, fmt.Errorf("building flows: two nodes are named %q", n.Name)
		}
		known[n.Name] = true
	}
	var links []opts.SankeyLink
	for _, flow := range f.Flows {
		if !known[flow.From] || !known[flow.To] {
			return nil, fmt.Errorf("building flows: %q to %q has no node at an end", flow.From, flow.To)
		}
		links = append(links, opts.SankeyLink{Source: flow.From, Target: flow.To, Value: float32(flow.Value)})
	}
	chart := echarts.NewSankey()
	chart.SetGlobalOptions(echarts.WithAnimation(false))
	chart.AddSeries("", []opts.SankeyNode{}, links)
	chart.Validate()
	raw, err := json.Marshal(chart.JSON())
	if err != nil {
		return nil, fmt.Errorf("building flows: %w", err)
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("building flows: %w", err)
	}
	delete(o, "title")
	delete(o, "toolbox")
	delete(o, "legend")
	o["tooltip"] = Spec{Lang: f.Lang, FontFamily: f.FontFamily}.screenTooltip("item")
	o["textStyle"] = map[string]any{"fontFamily": f.FontFamily, "color": Ink}
	series := o["series"].([]any)[0].(map[string]any)
	f.finish(series)
	o["media"] = []any{map[string]any{
		"query":  map[string]any{"maxWidth": 560},
		"option": map[string]any{"series": []any{map[string]any{"label": map[string]any{"width": 158, "fontSize": 11}}}},
	}}
	return json.Marshal(o)
}

func (f Flows) finish(series map[string]any) {
	nodes := make([]any, len(f.Nodes))
	for i, n := range f.Nodes {
		position := "right"
		if n.Side == 1 {
			position = "left"
		}
		nodes[i] = map[string]any{
			"name": n.Name, "depth": n.Side, "says": n.Says, "itemStyle": map[string]any{"color": n.Colour, "borderWidth": 0},
			"label": map[string]any{"position": position, "formatter": n.Label},
		}
		lead(nodes[i].(map[string]any), n.Link)
	}
	links := series["links"].([]any)
	for i, flow := range f.Flows {
		opacity := 0.42
		if flow.Sure {
			opacity = 0.75
		}
		link := links[i].(map[string]any)
		link["value"], link["says"] = flow.Value, flow.Says
		link["lineStyle"] = map[string]any{"color": flow.Colour, "opacity": opacity, "curveness": 0.5}
	}
	series["data"], series["links"] = nodes, links
	series["left"], series["right"], series["top"], series["bottom"] = 2, 2, 6, 6
	series["nodeWidth"], series["nodeGap"], series["layoutIterations"], series["draggable"] = 12, 15, 0, false
	series["emphasis"] = map[string]any{"focus": "adjacency"}
	series["label"] = map[string]any{
		"show": true, "color": Ink, "fontSize": 12, "fontFamily": f.FontFamily,
		"textBorderColor": "#ffffff", "textBorderWidth": 3, "width": 340, "overflow": "truncate",
	}
}
