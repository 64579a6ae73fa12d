package khue

// FieldType is the type of a field in a dataset's contract.
type FieldType string

// The field types.
const (
	TextField       FieldType = "text"        // free text in NFC
	CodeField       FieldType = "code"        // one of a few words
	IntegerField    FieldType = "integer"     // whole number
	DecimalField    FieldType = "decimal"     // exact number, six decimals kept
	BooleanField    FieldType = "boolean"     //
	DateField       FieldType = "date"        // calendar day
	InstantField    FieldType = "instant"     // moment, kept in UTC
	PeriodField     FieldType = "period"      // written form of a Period
	AreaField       FieldType = "area"        // official code of an area
	DisciplineField FieldType = "discipline"  // code of a creative field
	DisciplinesList FieldType = "disciplines" // codes, the first is the main one
	TextList        FieldType = "texts"       // several texts
)

// Field is one field of a dataset's contract.
type Field struct {
	Name     string
	Type     FieldType
	Required bool     // an empty value is rejected
	Codes    []string // the words a CodeField allows; empty allows any
	Min      *int64   // least value of an IntegerField
}

// Dataset is the contract of one kind of fact: source systems are mapped onto it,
// the journal has one table for it.
type Dataset struct {
	Name   string
	Label  Text
	Fields []Field
	// Dated is the field that places a row in time: the calendar day, in the
	// observatory's zone, by which the fact is filtered, grouped and labelled.
	Dated string
	// DatedElse are tried in order when Dated is empty.
	DatedElse []string
}

// Field finds a field by name.
func (d Dataset) Field(name string) (Field, bool) {
	for _, f := range d.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

var zero = int64(0)

func required(name string, t FieldType) Field { return Field{Name: name, Type: t, Required: true} }
func optional(name string, t FieldType) Field { return Field{Name: name, Type: t} }
func count(name string, must bool) Field {
	return Field{Name: name, Type: IntegerField, Required: must, Min: &zero}
}

func code(name string, must bool, codes ...string) Field {
	return Field{Name: name, Type: CodeField, Required: must, Codes: codes}
}

// ObservationStatuses are the codes of SDMX code list CL_OBS_STATUS that we take:
// normal, break, estimated, forecast, imputed, missing, provisional.
var ObservationStatuses = []string{"A", "B", "E", "F", "I", "M", "P"}

var datasets = []Dataset{
	{
		Name: "members", Label: Text{"Thành viên", "Members"},
		Dated: "accepted_on", DatedElse: []string{"applied_on", "certified_on"},
		Fields: []Field{
			required("name", TextField),
			code("kind", true, "public", "private", "community"),
			optional("organisation_type", CodeField),
			required("disciplines", DisciplinesList),
			optional("area", AreaField),
			optional("applied_on", DateField),
			optional("accepted_on", DateField),
			optional("certified_on", DateField),
			optional("left_on", DateField),
			code("status", true, "applied", "accepted", "certified", "left", "rejected"),
			optional("startup", BooleanField),
		},
	},
	{
		Name: "activities", Label: Text{"Hoạt động của thành viên", "Member activities"},
		Dated: "starts_on",
		Fields: []Field{
			required("member", TextField),
			code("kind", true, "workshop", "exhibition", "performance", "talk", "residency", "training", "contest", "publication", "cooperation"),
			required("discipline", DisciplineField),
			optional("area", AreaField),
			required("starts_on", DateField),
			optional("ends_on", DateField),
			count("participants", false),
			count("international_partners", false),
			count("funding_vnd", false),
			optional("initiative", TextField),
		},
	},
	{
		Name: "events", Label: Text{"Sự kiện", "Events"},
		Dated: "starts_at",
		Fields: []Field{
			required("title", TextField),
			optional("series", CodeField),
			optional("edition", CodeField),
			optional("organiser", TextField),
			optional("venue", TextField),
			optional("area", AreaField),
			required("disciplines", DisciplinesList),
			required("starts_at", InstantField),
			optional("ends_at", InstantField),
			code("format", true, "onsite", "online", "hybrid"),
			code("access", false, "free", "ticketed"),
			count("capacity", false),
			optional("international", BooleanField),
			optional("initiative", TextField),
		},
	},
	{
		Name: "attendance", Label: Text{"Lượt khách", "Attendance"},
		Dated: "occurred_at",
		Fields: []Field{
			required("event", TextField),
			required("occurred_at", InstantField),
			count("visitors", true),
			count("online_visitors", false),
			count("paid_tickets", false),
			count("revenue_vnd", false),
			code("sex", false, "female", "male", "other"),
			optional("age_band", CodeField),
			optional("origin", CodeField),
		},
	},
	{
		Name: "discipline_statistics", Label: Text{"Thống kê lĩnh vực", "Discipline statistics"},
		Dated: "period",
		Fields: []Field{
			required("measure", CodeField),
			required("discipline", DisciplineField),
			optional("area", AreaField),
			required("period", PeriodField),
			required("value", DecimalField),
			required("unit", CodeField),
			optional("method", TextField),
			code("status", false, ObservationStatuses...),
			optional("published_by", TextField),
		},
	},
	{
		Name: "initiatives", Label: Text{"Sáng kiến", "Initiatives"},
		Dated: "planned_from", DatedElse: []string{"actual_from"},
		Fields: []Field{
			required("programme", CodeField),
			required("commitment", CodeField),
			required("title", TextField),
			optional("owner", TextField),
			optional("planned_from", DateField),
			optional("planned_to", DateField),
			optional("actual_from", DateField),
			optional("actual_to", DateField),
			count("budget_vnd", false),
			code("status", true, "planned", "under_way", "done", "late", "dropped"),
			optional("evidence", TextList),
		},
	},
	{
		Name: "claims", Label: Text{"Số liệu đã công bố", "Published figures"},
		Dated: "period",
		Fields: []Field{
			required("subject", CodeField),
			required("period", PeriodField),
			required("value", DecimalField),
			required("unit", CodeField),
			required("publisher", TextField),
			optional("citation", TextField),
			optional("scope_note", TextField),
		},
	},
}

// Datasets lists the contracts in the order their facts depend on each other.
func Datasets() []Dataset { return datasets }

// DatasetOf finds a contract by name.
func DatasetOf(name string) (Dataset, bool) {
	for _, d := range datasets {
		if d.Name == name {
			return d, true
		}
	}
	return Dataset{}, false
}
