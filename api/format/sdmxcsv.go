package format

import (
	"encoding/csv"
	"io"
	"strconv"
)

// writeSDMXCSV writes SDMX-CSV 2.0: a row for each figure of each measure.
func writeSDMXCSV(w io.Writer, s Sheet) error {
	of := s.structure()
	out := csv.NewWriter(w)
	header := []string{"STRUCTURE", "STRUCTURE_ID", "ACTION", measureDimension}
	for _, d := range of.Dimensions {
		header = append(header, componentID(d.Name))
	}
	if of.Timed {
		header = append(header, timeDimension)
	}
	header = append(header, primaryMeasure)
	for _, a := range attributes {
		header = append(header, a.id)
	}
	_ = out.Write(header) // told by out.Error
	for _, o := range s.observations(of) {
		line := []string{"datastructure", of.full(), "I", componentID(o.measure.Name)}
		for _, k := range o.keys {
			line = append(line, codeID(k.Code))
		}
		if of.Timed {
			line = append(line, o.period.String())
		}
		value := ""
		if StatusOf(o.value) == Known {
			value = strconv.FormatFloat(o.value.Number, 'f', -1, 64)
		}
		obs, conf := sdmxStatus(o.value, o.partial)
		line = append(line, value, obs, conf, o.measure.Unit.In(s.Lang), strconv.Itoa(o.measure.Decimals), o.evidence, strconv.FormatBool(s.Simulated))
		_ = out.Write(line)
	}
	out.Flush()
	return out.Error()
}
