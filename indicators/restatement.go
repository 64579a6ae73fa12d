package indicators

import (
	"time"

	"khue"
	"khue/warehouse"
)

// Restatement asks what changed between two moments of knowledge.
type Restatement struct {
	Names    []string            // measures and indicators; none means every one that has the dimensions
	By       []string            // dimensions; at most one grain of time
	Where    map[string][]string // as in a Question
	From, To time.Time           // moments of knowledge; a zero To is now
	FirstDay time.Time           // calendar days of the facts, as a Question's From and To
	EndDay   time.Time
	Rows     int // most changed records to list; 0 lists none
	Limit    int // most cells of one figure; 0 means the product's own limit
	Scope    khue.Scope

	// Version names the definitions of the earlier moment; "" is those in force then.
	Version string
	// Own answers for the later moment by the definitions of the service, whichever
	// were in force.
	Own bool

	definitions *InForce  // at the earlier moment, when they are known otherwise
	day         time.Time // on which stocks are counted; zero is the day of the later moment
}

// DefinitionChanged is the cause of a difference that comes from the definitions;
// the causes that come from data are those of the warehouse.
const DefinitionChanged = "definition_changed"

// The causes of differences, in the order they are shown.
var causes = []string{warehouse.ChangeNew, warehouse.ChangeLate, warehouse.ChangeCorrected, warehouse.ChangeRetracted, DefinitionChanged}

// Causes lists the causes of differences in the order they are shown.
func Causes() []string { return causes }

// CauseText says what a cause means.
func CauseText(cause string) khue.Text {
	switch cause {
	case warehouse.ChangeNew:
		return khue.Text{VI: "Mới phát sinh", EN: "New"}
	case warehouse.ChangeLate:
		return khue.Text{VI: "Báo muộn", EN: "Late"}
	case warehouse.ChangeCorrected:
		return khue.Text{VI: "Sửa lại", EN: "Corrected"}
	case warehouse.ChangeRetracted:
		return khue.Text{VI: "Rút bỏ", EN: "Retracted"}
	case DefinitionChanged:
		return khue.Text{VI: "Đổi định nghĩa", EN: "Definition changed"}
	}
	return khue.Text{VI: cause, EN: cause}
}

// Restated is what changed between two moments.
type Restated struct {
	From, To      time.Time
	Before, After InForce // definitions at each moment
	By            []Dimension
	Figures       []RestatedFigure // only those that differ, in the order asked
	Rows          []ChangedRow     // the changed records, as many as asked for
	RowsOfAll     int64            // how many there are
}

// RestatedFigure is a measure or an indicator that differs.
type RestatedFigure struct {
	Name     string
	Label    khue.Text
	Unit     khue.Text
	Decimals int
	// Additive tells that the effects of the causes in a cell add up to its
	// difference. They do for sums, counts and stocks; of distinct counts the
	// movements tell the causes, of a ratio its parts.
	Additive   bool
	Cells      []RestatedCell
	Definition *DefinitionChange // nil when its definition is the same
}

// RestatedCell is a number that differs, or whose causes cancel out.
type RestatedCell struct {
	Keys          []Key
	Before, After Value
	Causes        []CauseEffect  // in the order of Causes
	Movements     []Movement     // what entered and left a distinct count or a stock
	Parts         []RestatedPart // of a ratio
}

// Difference is After less Before; what is unknown counts as nothing.
func (c RestatedCell) Difference() float64 { return c.After.Number - c.Before.Number }

// CauseEffect is what the records of one cause add to a cell.
type CauseEffect struct {
	Cause   string
	Effect  float64
	Records int64 // that changed what they give to the cell; 0 for a definition
}

// Movement is a thing that a number counts at one moment and not at the other.
type Movement struct {
	Code   string
	Name   khue.Text
	Enters bool
	Causes []string
}

// RestatedPart is the numerator or the denominator of a ratio.
type RestatedPart struct {
	Name          string
	Label         khue.Text
	Before, After Value
}

// ChangedRow is a record that changed, down to what it was read from.
type ChangedRow struct {
	Dataset, Source, RecordID string
	Cause                     string
	Fields                    []FieldChange // a new record has no old values, a retracted one no new ones
	Batches                   []BatchRef    // that changed it, the oldest first
	RecordedAt                time.Time     // of the last of them
}

// BatchRef is a batch with what is kept of what it was read from.
type BatchRef struct {
	ID         string
	Dataset    string // the batch's own; a change of an event changes its visitors
	Cause      string // why it was read; "" for a regular pull
	RecordedAt time.Time
	Raw        []warehouse.RawObject
}
