package indicators

import (
	"slices"
	"time"

	"khue"
)

// Programme is a resolution, an undertaking or a framework with what it promises.
type Programme struct {
	ID          string
	Kind        string // resolution, undertaking, plan, outlook or framework
	Title       khue.Text
	Description khue.Text
	Citation    string    // in the language of the documents; empty only when Mark is unknown
	Mark        string    // verified, general, inferred or unknown
	Begins      int       // first year; 0 for a framework that has none
	Ends        int       // last year; 0 when it has none
	NoTargets   khue.Text // why it has no target; empty when it has some
	Documents   []Document
	Groups      []Group
	Targets     []Target
	Commitments []Commitment
	Milestones  []Milestone
	Themes      []Theme
	Items       []Item
}

// programmeKinds in the order in which programmes are listed.
var programmeKinds = []string{"resolution", "undertaking", "plan", "outlook", "framework"}

var programmeKindLabels = map[string]khue.Text{
	"resolution":  {VI: "Nghị quyết", EN: "Resolution"},
	"undertaking": {VI: "Cam kết", EN: "Undertaking"},
	"plan":        {VI: "Kế hoạch", EN: "Plan"},
	"outlook":     {VI: "Dự báo đã công bố", EN: "Published outlook"},
	"framework":   {VI: "Khung chỉ số", EN: "Framework of indicators"},
}

// KindLabel is the programme's kind in words.
func (p Programme) KindLabel() khue.Text { return programmeKindLabels[p.Kind] }

// Document is a paper that a programme rests on or is carried out by.
type Document struct {
	ID       string
	Number   string // "217/KH-UBND"; empty when not known
	Title    khue.Text
	Dated    time.Time // calendar day, midnight UTC; zero when not known
	Reported time.Time // day on which the press told of it; zero when not known
	Citation string
	Mark     string // may be unknown
	Note     khue.Text
}

// Group is a group of activities in a document.
type Group struct {
	ID       string
	Document string
	Title    khue.Text
	Contents khue.Text // what the group holds, as far as published
	Citation string
	Mark     string
}

// Target is a value that an indicator should reach by the end of a year.
type Target struct {
	ID          string
	Indicator   string
	Where       map[string][]string // the areas or fields it speaks of; nil is all
	Kind        string              // TargetLevel or TargetCumulative
	Since       int                 // first year that a cumulative target counts
	Label       khue.Text
	Year        int
	Value       float64
	Upper       *float64 // the source gives a range from Value to Upper; nil when it does not
	Approximate bool     // the source says "about"
	Unit        khue.Text
	Direction   string // up: at least the value; down: at most
	Clause      string // in the language of the document
	Citation    string
	Mark        string
	Standing    khue.Text // what else is to be reached by then
	Note        khue.Text
	Baseline    *Baseline // where the way to the target begins; nil when the source gives none
}

// Baseline is the value of a target's indicator at the end of an earlier year.
type Baseline struct {
	Year  int
	Value float64
}

// Commitment is a promise without a number.
type Commitment struct {
	ID          string
	Level       string // local or international
	Title       khue.Text
	KnownStatus khue.Text // what published sources say of it
	Citation    string
	Mark        string
	FedBy       []string // indicators that show something of it
}

// Milestone is something due in a year: a report, a review.
type Milestone struct {
	ID       string
	Year     int
	Label    khue.Text
	Citation string
	Mark     string
	Note     khue.Text
}

// Theme groups the items of a framework.
type Theme struct {
	ID         string
	Title      khue.Text
	SDGTargets []string // of the 2030 Agenda, such as "11.4" or "8.a"
}

// Item is an indicator of somebody else's framework. Figures of its own are
// published figures of Subject; FedBy are our indicators that come near it.
type Item struct {
	ID      string
	Number  int
	Theme   string
	Title   khue.Text
	Subject string
	FedBy   []string
	Note    khue.Text // how near the feeding indicators come, or why there are none
}

// Serving is what an indicator does for a programme.
type Serving struct {
	Programme   Programme
	Targets     []Target
	Commitments []Commitment
	Items       []Item
}

// Serves lists the programmes that an indicator serves, in the catalogue's order:
// by a target set on it, by a commitment or a framework's item that it feeds.
func (c *Catalogue) Serves(indicator string) []Serving {
	var out []Serving
	for _, p := range c.programmes {
		s := Serving{Programme: p}
		for _, t := range p.Targets {
			if t.Indicator == indicator {
				s.Targets = append(s.Targets, t)
			}
		}
		for _, x := range p.Commitments {
			if slices.Contains(x.FedBy, indicator) {
				s.Commitments = append(s.Commitments, x)
			}
		}
		for _, x := range p.Items {
			if slices.Contains(x.FedBy, indicator) {
				s.Items = append(s.Items, x)
			}
		}
		if len(s.Targets)+len(s.Commitments)+len(s.Items) > 0 {
			out = append(out, s)
		}
	}
	return out
}
