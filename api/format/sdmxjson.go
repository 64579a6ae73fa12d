package format

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/indicators"
)

// The schemas that SDMX-JSON messages of version 2.0.0 name.
const (
	sdmxSchemas       = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/"
	sdmxDataSchema    = sdmxSchemas + "data-message/tools/schemas/2.0.0/sdmx-json-data-schema.json"
	sdmxStructsSchema = sdmxSchemas + "structure-message/tools/schemas/2.0.0/sdmx-json-structure-schema.json"
)

type object = map[string]any

// names are a text in both languages, best first.
func names(t khue.Text, lang khue.Lang) object {
	out := object{"vi": t.VI}
	if t.EN != "" {
		out["en"] = t.EN
	}
	return object{"name": t.In(lang), "names": out}
}

func with(o object, more object) object {
	for k, v := range more {
		o[k] = v
	}
	return o
}

// sdmxMeta opens a message. A message of simulated data is marked as a test.
func sdmxMeta(schema, id string, prepared time.Time, lang khue.Lang, simulated bool) object {
	first, second := "vi", "en"
	if lang == khue.English {
		first, second = second, first
	}
	return object{
		"schema": schema, "id": id, "test": simulated, "prepared": prepared.UTC().Format(time.RFC3339), "contentLanguages": []string{first, second},
		"sender": with(object{"id": SDMXAgency}, names(khue.Text{VI: "Khuê, đài quan sát văn hóa", EN: "Khuê, culture observatory"}, lang)),
	}
}

func dsdURN(s Structure) string {
	return "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=" + s.full()
}

// values numbers the values of a component in the order in which they come.
type values struct {
	list  []any
	place map[string]int
}

func (v *values) at(id string, value func() object) int {
	if v.place == nil {
		v.place = map[string]int{}
	}
	i, seen := v.place[id]
	if !seen {
		i = len(v.list)
		v.place[id] = i
		v.list = append(v.list, value())
	}
	return i
}

// writeSDMXJSON writes an SDMX-JSON 2.0 data message: series by the structure's
// dimensions with observations over time, or flat observations where there is none.
func writeSDMXJSON(w io.Writer, s Sheet) error {
	of := s.structure()
	dims := make([]values, len(of.Dimensions)+1)
	var times values
	attrs := make([]values, len(attributes))
	series, flat := object{}, object{}
	for _, o := range s.observations(of) {
		key := make([]string, 0, len(dims))
		key = append(key, strconv.Itoa(dims[0].at(componentID(o.measure.Name), func() object {
			return with(object{"id": componentID(o.measure.Name)}, names(o.measure.Label, s.Lang))
		})))
		for i, k := range o.keys {
			key = append(key, strconv.Itoa(dims[i+1].at(codeID(k.Code), func() object {
				return with(object{"id": codeID(k.Code)}, names(k.Name, s.Lang))
			})))
		}
		cell := s.sdmxCell(o, attrs)
		if !of.Timed {
			flat[strings.Join(key, ":")] = cell
			continue
		}
		name := strings.Join(key, ":")
		one, _ := series[name].(object)
		if one == nil {
			one = object{"observations": object{}}
			series[name] = one
		}
		at := times.at(o.period.String(), func() object { return periodValue(o.period) })
		one["observations"].(object)[strconv.Itoa(at)] = cell
	}
	set := object{"structure": 0, "action": "Information", "links": s.sdmxLinks(of)}
	if of.Timed {
		set["series"] = series
	} else {
		set["observations"] = flat
	}
	data := object{"structures": []object{}, "dataSets": []object{}}
	if len(dims[0].list) > 0 { // no rows have no components to describe
		structure := s.sdmxStructure(of, dims, times, attrs)
		notes := make([]int, len(structure["annotations"].([]object)))
		for i := range notes {
			notes[i] = i
		}
		set["annotations"] = notes
		data = object{"structures": []object{structure}, "dataSets": []object{set}}
	}
	message := object{"meta": sdmxMeta(sdmxDataSchema, messageID(s), s.KnownAt(), s.Lang, s.Simulated), "data": data}
	return json.NewEncoder(w).Encode(message)
}

func messageID(s Sheet) string {
	if s.Answer.Evidence.ID == "" {
		return "KHUE"
	}
	return "KHUE-" + s.Answer.Evidence.ID
}

// sdmxCell is a figure and its attributes, each by its place among the values.
func (s Sheet) sdmxCell(o observation, attrs []values) []any {
	var number any
	if StatusOf(o.value) == Known {
		number = o.value.Number
	}
	obs, conf := sdmxStatus(o.value, o.partial)
	coded := func(list []indicators.Code, code string) object {
		for _, c := range list {
			if c.Code == code {
				return with(object{"id": code}, names(c.Label, s.Lang))
			}
		}
		return object{"id": code}
	}
	cell := []any{number}
	for i, one := range []struct {
		id    string
		value object
	}{
		{obs, coded(obsStatuses, obs)},
		{conf, coded(confStatuses, conf)},
		{o.measure.Unit.VI, object{"value": o.measure.Unit.In(s.Lang)}},
		{strconv.Itoa(o.measure.Decimals), object{"value": strconv.Itoa(o.measure.Decimals)}},
		{o.evidence, object{"value": o.evidence}},
		{strconv.FormatBool(s.Simulated), object{"value": strconv.FormatBool(s.Simulated)}},
	} {
		cell = append(cell, attrs[i].at(one.id, func() object { return one.value }))
	}
	return cell
}

func periodValue(p khue.Period) object {
	return object{
		"id": p.String(), "name": p.String(), "start": p.Start().Format(time.RFC3339), "end": p.End().Add(-time.Second).Format(time.RFC3339),
	}
}

func (s Sheet) sdmxLinks(of Structure) []object {
	structure := object{"urn": dsdURN(of), "rel": "datastructure"}
	out := []object{structure}
	if s.Site == "" {
		return out // addresses must be whole ones
	}
	structure["href"] = s.Site + StructurePath(of.ID())
	if at := s.EvidencePath(); at != "" {
		out = append(out, object{"href": at, "rel": "evidence", "title": s.Answer.Evidence.ID})
	}
	return out
}

// StructurePath is where a structure is had.
func StructurePath(id string) string {
	return "/api/v1/structure/datastructure/" + SDMXAgency + "/" + id + "/" + SDMXVersion
}

// sdmxStructure describes the components of a message.
func (s Sheet) sdmxStructure(of Structure, dims []values, times values, attrs []values) object {
	place, ids := "series", []string{measureDimension}
	if !of.Timed {
		place = "observation"
	}
	list := []object{with(object{"id": measureDimension, "keyPosition": 0, "values": dims[0].listed()}, names(measureName, s.Lang))}
	for i, d := range of.Dimensions {
		ids = append(ids, componentID(d.Name))
		list = append(list, with(object{"id": componentID(d.Name), "keyPosition": i + 1, "values": dims[i+1].listed()}, names(d.Label, s.Lang)))
	}
	dimensions := object{place: list}
	if of.Timed {
		dimensions["observation"] = []object{with(object{
			"id": timeDimension, "keyPosition": len(list), "roles": []string{timeDimension}, "values": times.listed(),
		}, names(timeName, s.Lang))}
	}
	described := make([]object, len(attributes))
	for i, a := range attributes {
		described[i] = with(object{"id": a.id, "relationship": object{"observation": object{}}, "values": attrs[i].listed()}, names(a.name, s.Lang))
	}
	notes := []object{{"type": "QUESTION", "text": s.title()}}
	if id := s.Answer.Evidence.ID; id != "" {
		notes = append(notes, object{"type": "EVIDENCE", "value": id})
	}
	if s.Simulated {
		notes = append(notes, object{"type": "SIMULATED", "text": SimulatedNotice.In(s.Lang)})
	}
	if until := s.until(); until != "" {
		notes = append(notes, object{"type": "DATA_UNTIL", "text": until})
	}
	for _, n := range s.Answer.Notes {
		notes = append(notes, object{"type": "NOTE", "text": n.In(s.Lang)})
	}
	return with(object{
		"dataSets": []int{0}, "links": s.sdmxLinks(of), "dimensions": dimensions,
		"measures":   object{"observation": []object{with(object{"id": primaryMeasure}, names(valueName, s.Lang))}},
		"attributes": object{"observation": described}, "annotations": notes,
	}, names(s.Words, s.Lang))
}

var (
	measureName = khue.Text{VI: "Chỉ số", EN: "Indicator"}
	timeName    = khue.Text{VI: "Kỳ", EN: "Time period"}
	valueName   = khue.Text{VI: "Giá trị", EN: "Observation value"}
)

func (v values) listed() []any { return append([]any{}, v.list...) }
