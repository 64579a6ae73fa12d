package format

import (
	"time"

	"khue"
	"khue/indicators"
)

// SDMXStructureType is the media type of a structure message.
const SDMXStructureType = "application/vnd.sdmx.structure+json; version=2.0.0"

const conceptScheme = "CS_KHUE"

func conceptURN(id string) string {
	return "urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept=" + SDMXAgency + ":" + conceptScheme + "(" + SDMXVersion + ")." + id
}

func codelistURN(id string) string {
	return "urn:sdmx:org.sdmx.infomodel.codelist.Codelist=" + SDMXAgency + ":" + id + "(" + SDMXVersion + ")"
}

// maintained begins an artefact of ours.
func maintained(id string, name khue.Text, lang khue.Lang) object {
	return with(object{"id": id, "agencyID": SDMXAgency, "version": SDMXVersion}, names(name, lang))
}

// StructureMessage is the SDMX-JSON 2.0 message that defines a structure: its
// dimensions, its attributes, their concepts and their lists of codes.
func StructureMessage(c *indicators.Catalogue, s Structure, lang khue.Lang, made time.Time, simulated bool) map[string]any {
	m := structureMaking{lang: lang}
	dimensions := []object{m.coded(measureDimension, measureName, indicatorCodes(c))}
	for _, d := range s.Dimensions {
		if codes := dimensionCodes(d); len(codes) > 0 {
			dimensions = append(dimensions, m.coded(componentID(d.Name), d.Label, codes))
			continue
		}
		m.concept(componentID(d.Name), d.Label)
		dimensions = append(dimensions, object{
			"id": componentID(d.Name), "conceptIdentity": conceptURN(componentID(d.Name)), "localRepresentation": object{"format": object{"dataType": "String"}},
		})
	}
	list := object{"id": "DimensionDescriptor", "dimensions": dimensions}
	if s.Timed {
		m.concept(timeDimension, timeName)
		list["timeDimension"] = object{"id": timeDimension, "conceptIdentity": conceptURN(timeDimension), "localRepresentation": object{"format": object{"dataType": "ObservationalTimePeriod"}}}
	}
	m.concept(primaryMeasure, valueName)
	components := object{
		"dimensionList": list,
		"measureList": object{"id": "MeasureDescriptor", "measures": []object{{
			"id": primaryMeasure, "conceptIdentity": conceptURN(primaryMeasure), "localRepresentation": object{"format": object{"dataType": "Double"}},
		}}},
		"attributeList": object{"id": "AttributeDescriptor", "attributes": m.attributes()},
	}
	dsd := with(maintained(s.ID(), khue.Text{VI: "Số liệu của Khuê", EN: "Figures of Khuê"}, lang), object{
		"dataStructureComponents": components,
		"annotations":             []object{{"type": "DEFINITIONS", "value": c.Version()}},
	})
	return object{
		"meta": sdmxMeta(sdmxStructsSchema, s.ID(), made, lang, simulated),
		"data": object{
			"dataStructures": []object{dsd}, "codelists": m.lists,
			"conceptSchemes": []object{with(maintained(conceptScheme, khue.Text{VI: "Khái niệm của Khuê", EN: "Concepts of Khuê"}, lang), object{"concepts": m.concepts})},
		},
	}
}

// structureMaking gathers the concepts and lists that components refer to.
type structureMaking struct {
	lang     khue.Lang
	concepts []object
	lists    []object
}

func (m *structureMaking) concept(id string, name khue.Text) {
	m.concepts = append(m.concepts, with(object{"id": id}, names(name, m.lang)))
}

// coded is a component with a list of codes of its own.
func (m *structureMaking) coded(id string, name khue.Text, codes []indicators.Code) object {
	m.concept(id, name)
	list := make([]object, len(codes))
	for i, c := range codes {
		list[i] = with(object{"id": c.Code}, names(c.Label, m.lang))
	}
	m.lists = append(m.lists, with(maintained("CL_"+id, name, m.lang), object{"codes": list}))
	return object{"id": id, "conceptIdentity": conceptURN(id), "localRepresentation": object{"enumeration": codelistURN("CL_" + id)}}
}

func (m *structureMaking) attributes() []object {
	var out []object
	for _, a := range attributes {
		var one object
		switch a.id {
		case "OBS_STATUS":
			one = m.coded(a.id, a.name, obsStatuses)
		case "CONF_STATUS":
			one = m.coded(a.id, a.name, confStatuses)
		default:
			kind := map[string]string{"DECIMALS": "Integer", "SIMULATED": "Boolean"}[a.id]
			if kind == "" {
				kind = "String"
			}
			m.concept(a.id, a.name)
			one = object{"id": a.id, "conceptIdentity": conceptURN(a.id), "localRepresentation": object{"format": object{"dataType": kind}}}
		}
		usage := "mandatory"
		if a.id == "EVIDENCE" {
			usage = "optional" // none while a batch comes in
		}
		out = append(out, with(one, object{"usage": usage, "attributeRelationship": object{"observation": object{}}}))
	}
	return out
}

// indicatorCodes are all that can be asked for, and what can be worked out of each.
func indicatorCodes(c *indicators.Catalogue) []indicators.Code {
	var out []indicators.Code
	seen := map[string]bool{}
	add := func(name string, label khue.Text) {
		if id := componentID(name); !seen[id] {
			seen[id] = true
			out = append(out, indicators.Code{Code: id, Label: label})
		}
	}
	for _, m := range c.Measures() {
		add(m.Name, m.Label)
	}
	for _, i := range c.Indicators() {
		add(i.Name, i.Label)
	}
	for _, plain := range append([]indicators.Code{}, out...) {
		for _, d := range indicators.Derivations() {
			label := d.Label()
			add(plain.Code+"_"+string(d), khue.Text{VI: plain.Label.VI + ", " + label.VI, EN: plain.Label.In(khue.English) + ", " + label.EN})
		}
	}
	return out
}

// dimensionCodes are the values of a dimension and those that stand for none; nil when
// the list is open.
func dimensionCodes(d indicators.Dimension) []indicators.Code {
	var out []indicators.Code
	switch {
	case d.Name == "area":
		for _, a := range khue.Areas() {
			out = append(out, indicators.Code{Code: a.Code, Label: a.Name})
		}
	case d.Name == "discipline":
		for _, x := range khue.Disciplines() {
			out = append(out, indicators.Code{Code: x.Code, Label: x.Name})
		}
	default:
		for _, v := range d.Values {
			if specialCodes[v.Code] == "" {
				out = append(out, indicators.Code{Code: codeID(v.Code), Label: v.Label})
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	for _, s := range specialNames {
		out = append(out, indicators.Code{Code: specialCodes[s.Code], Label: s.Label})
	}
	return out
}

var specialNames = []indicators.Code{
	{Code: "", Label: khue.Text{VI: "Chưa rõ", EN: "Unknown"}},
	{Code: indicators.OtherCode, Label: khue.Text{VI: "Còn lại", EN: "Other"}},
	{Code: indicators.NoCounterpart, Label: khue.Text{VI: "Không có trong bảng phân loại", EN: "Not in the classification"}},
	{Code: indicators.Undetermined, Label: khue.Text{VI: "Chưa xác định", EN: "Not determined"}},
	{Code: indicators.Unconverted, Label: khue.Text{VI: "Chưa chuyển đổi được", EN: "Not converted"}},
}
