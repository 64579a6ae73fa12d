package format

import (
	"regexp"
	"slices"
	"strings"

	"khue"
	"khue/indicators"
)

// The agency and the version of our structures. A structure follows from the
// dimensions of a question: the same dimensions are the same structure. Its code lists
// follow the definitions, whose version stands in an annotation; a version of two
// numbers tells that the content may change (one of three would promise that it does not).
const (
	SDMXAgency  = "KHUE"
	SDMXVersion = "1.0"
)

// The components that every structure has beside the dimensions of the question.
const (
	measureDimension = "INDICATOR"
	timeDimension    = "TIME_PERIOD"
	primaryMeasure   = "OBS_VALUE"
)

// Codes of the lists SDMX:CL_OBS_STATUS (2.2) and SDMX:CL_CONF_STATUS (1.2), as far as
// they are used here.
const (
	obsNormal      = "A" // a normal value
	obsProvisional = "P" // of a period that is not over, or whose facts are not all there
	obsMissing     = "O" // nothing was reported, or it cannot be worked out
	obsSuppressed  = "Q" // there is a value, which is withheld
	confFree       = "F"
	confWithheld   = "C"
)

var obsStatuses = []indicators.Code{
	{Code: obsNormal, Label: khue.Text{VI: "Giá trị bình thường", EN: "Normal value"}},
	{Code: obsProvisional, Label: khue.Text{VI: "Giá trị tạm thời: kỳ chưa trọn", EN: "Provisional value: the period is not whole"}},
	{Code: obsMissing, Label: khue.Text{VI: "Thiếu giá trị", EN: "Missing value"}},
	{Code: obsSuppressed, Label: khue.Text{VI: "Thiếu giá trị; bị giữ kín", EN: "Missing value; suppressed"}},
}

var confStatuses = []indicators.Code{
	{Code: confFree, Label: khue.Text{VI: "Công bố tự do", EN: "Free (free for publication)"}},
	{Code: confWithheld, Label: khue.Text{VI: "Thông tin thống kê được giữ kín", EN: "Confidential statistical information"}},
}

// sdmxStatus tells the state of a value in the codes of the standard.
func sdmxStatus(v indicators.Value, partial bool) (obs, conf string) {
	switch StatusOf(v) {
	case Withheld:
		return obsSuppressed, confWithheld
	case Unknown:
		return obsMissing, confFree
	}
	if partial {
		return obsProvisional, confFree
	}
	return obsNormal, confFree
}

// Structure is a data structure as SDMX has it: the dimensions of a question.
type Structure struct {
	Dimensions []indicators.Dimension // in the order of the catalogue, without time
	Timed      bool
}

// ID names a structure after its dimensions, in an order that does not depend on how
// the question lists them.
func (s Structure) ID() string {
	parts := []string{"KHUE"}
	for _, d := range s.Dimensions {
		parts = append(parts, componentID(d.Name))
	}
	if s.Timed {
		parts = append(parts, "TIME")
	}
	return strings.Join(parts, "-")
}

// full is the id with its agency and its version.
func (s Structure) full() string { return SDMXAgency + ":" + s.ID() + "(" + SDMXVersion + ")" }

func componentID(name string) string { return strings.ToUpper(name) }

// StructureOf is the structure of the answers to questions by some dimensions.
func StructureOf(c *indicators.Catalogue, by []string) Structure {
	var s Structure
	for _, d := range c.Dimensions() {
		switch {
		case !slices.Contains(by, d.Name):
		case d.Grain != "":
			s.Timed = true
		default:
			s.Dimensions = append(s.Dimensions, d)
		}
	}
	return s
}

// StructureNamed finds a structure by its id.
func StructureNamed(c *indicators.Catalogue, id string) (Structure, bool) {
	parts := strings.Split(id, "-")
	var s Structure
	for _, d := range c.Dimensions() {
		if d.Grain == "" && slices.Contains(parts[1:], componentID(d.Name)) {
			s.Dimensions = append(s.Dimensions, d)
		}
	}
	s.Timed = parts[len(parts)-1] == "TIME"
	return s, s.ID() == id
}

// specialCodes are keys that stand for no value of their dimension, as SDMX writes them.
var specialCodes = map[string]string{
	"": "_U", indicators.OtherCode: "_O", indicators.NoCounterpart: "_Z", indicators.Undetermined: "_X", indicators.Unconverted: "_N",
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9_@-]`)

// codeID is a code as an identifier of SDMX, which has letters, digits and _ @ $ - alone:
// any other byte is $ and two hexadecimal digits.
func codeID(code string) string {
	if special, ok := specialCodes[code]; ok {
		return special
	}
	id := notInID.ReplaceAllStringFunc(code, func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			b.WriteByte('$')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		}
		return b.String()
	})
	return id
}

// observation is one figure with its place.
type observation struct {
	measure  indicators.Column
	keys     []indicators.Key // of the structure's dimensions, in their order
	period   khue.Period
	value    indicators.Value
	partial  bool
	evidence string
}

// observations are the figures of an answer, measure by measure.
func (s Sheet) observations(of Structure) []observation {
	columns := s.Answer.Columns
	var places []int
	for _, d := range of.Dimensions {
		places = append(places, slices.IndexFunc(columns, func(c indicators.Column) bool { return !c.Measure && c.Name == d.Name }))
	}
	var out []observation
	for i, c := range s.measures() {
		for at, r := range s.Answer.Rows {
			o := observation{measure: c, value: r.Values[i], partial: r.Partial, evidence: s.Answer.CellID(at, i)}
			for _, p := range places {
				o.keys = append(o.keys, r.Keys[p])
			}
			for _, k := range r.Keys {
				if !k.Period.IsZero() {
					o.period = k.Period
				}
			}
			out = append(out, o)
		}
	}
	return out
}

// structure is that of the answer.
func (s Sheet) structure() Structure { return StructureOf(s.Catalogue, s.Answer.Question.By) }

// attributes are what stands beside every figure, in the order of the structure.
var attributes = []struct {
	id   string
	name khue.Text
}{
	{"OBS_STATUS", khue.Text{VI: "Tình trạng quan sát", EN: "Observation status"}},
	{"CONF_STATUS", khue.Text{VI: "Tình trạng bảo mật", EN: "Confidentiality status"}},
	{"UNIT_MEASURE", khue.Text{VI: "Đơn vị", EN: "Unit of measure"}},
	{"DECIMALS", khue.Text{VI: "Số chữ số thập phân", EN: "Decimals"}},
	{"EVIDENCE", khue.Text{VI: "Mã bằng chứng của con số", EN: "Evidence id of the number"}},
	{"SIMULATED", khue.Text{VI: "Dữ liệu mô phỏng", EN: "Simulated data"}},
}
