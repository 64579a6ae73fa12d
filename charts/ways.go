package charts

import (
	"encoding/json"
	"fmt"
	"strings"
)

// linkName is the property of a data item that says where it leads.
const linkName = "link"

// Ways are the addresses that items of a chart lead to: by the name of the series,
// one for each item in its order. An empty address leads nowhere, and the page then
// shows no pointer.
type Ways map[string][]string

// Leading writes addresses into the items of an option. A series that goes by its
// name with a remark in brackets, as the way to a period under way does, leads where
// the series itself does. Addresses are of this site; any other is an error, as are
// more addresses than there are items.
func Leading(option json.RawMessage, ways Ways) (json.RawMessage, error) {
	var o map[string]any
	if err := json.Unmarshal(option, &o); err != nil {
		return nil, fmt.Errorf("reading a chart to add where it leads: %w", err)
	}
	series, _ := o["series"].([]any)
	found := map[string]bool{}
	for at, one := range series {
		s, _ := one.(map[string]any)
		name, _ := s["name"].(string)
		links, ok := ways[name]
		if !ok {
			name, _, _ = strings.Cut(name, " (")
			if links, ok = ways[name]; !ok {
				continue
			}
		}
		found[name] = true
		data, _ := s["data"].([]any)
		wholeLine(s, links)
		for _, other := range otherwise(o, at) {
			if len(other) == len(data) {
				for i := range other {
					if item, ok := other[i].(map[string]any); ok && i < len(links) && !noItem(item) {
						lead(item, links[i])
					}
				}
			}
		}
		if len(links) > len(data) {
			return nil, fmt.Errorf("series %q has %d items and %d addresses", name, len(data), len(links))
		}
		for i, link := range links {
			if link == "" || noItem(data[i]) {
				continue
			}
			if !Local(link) {
				return nil, fmt.Errorf("item %d of series %q leads to %q, which is not of this site", i, name, link)
			}
			item, isObject := data[i].(map[string]any)
			if !isObject {
				item = map[string]any{"value": data[i]}
			}
			item[linkName] = link
			data[i] = item
		}
	}
	for name := range ways {
		if !found[name] {
			return nil, fmt.Errorf("a chart has no series %q to lead anywhere", name)
		}
	}
	return json.Marshal(o)
}

// wholeLine lets a line whose points all lead to one place be clicked anywhere.
func wholeLine(series map[string]any, links []string) {
	if series["type"] != "line" || len(links) < 2 || links[0] == "" {
		return
	}
	for _, link := range links {
		if link != links[0] {
			return
		}
	}
	series[linkName], series["triggerLineEvent"] = links[0], true
}

// otherwise is the data of a series as screens of other widths have them.
func otherwise(option map[string]any, at int) [][]any {
	var out [][]any
	media, _ := option["media"].([]any)
	for _, one := range media {
		medium, _ := one.(map[string]any)
		its, _ := medium["option"].(map[string]any)
		series, _ := its["series"].([]any)
		if at >= len(series) {
			continue
		}
		if s, ok := series[at].(map[string]any); ok {
			if data, ok := s["data"].([]any); ok {
				out = append(out, data)
			}
		}
	}
	return out
}

// noItem tells that nothing is drawn for a point: it is unknown.
func noItem(item any) bool {
	if object, ok := item.(map[string]any); ok {
		item = object["value"]
	}
	return item == "-" || item == nil
}

// Local tells that an address is a path of this site: it can neither name another
// host nor carry a scheme.
func Local(address string) bool {
	return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.ContainsAny(address, "\\\r\n\t")
}

// lead adds an address to an item that a chart builds itself.
func lead(item map[string]any, link string) {
	if link != "" {
		item[linkName] = link
	}
}
