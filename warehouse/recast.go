package warehouse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// Recast is a key that a question draws from a dimension instead of taking the
// dimension as the rows hold it: the days may be told apart by eras, all the
// disciplines of a fact may count instead of its main one, and codes may become
// those of another classification. By and Where call it by its Name, which may
// be that of the dimension itself.
type Recast struct {
	Name string
	Dim  string // discipline or area
	// Every takes all disciplines of a fact; attendance has those of its event, as
	// they were known at the question's moment.
	Every bool
	// Breaks are the first days of the eras after the first, rising.
	Breaks []time.Time
	// Label gives the era and the codes as one text, for the caller to read with
	// ParseLabel. Such a key cannot be filtered by.
	Label bool
	// Codes gives, where Label is false, what each code becomes in each era, one
	// more than Breaks; a nil map leaves codes as they are. With Every a fact is
	// counted under each of its codes.
	Codes []map[string]string
	Else  string // what a code becomes that its era's map does not hold
}

// labelMark parts the era and the codes of a label.
const labelMark = "\x1f"

// ParseLabel reads a key that a Recast with Label gave: the number of the era
// and the codes, in the order of the fact.
func ParseLabel(label string) (era int, codes []string, err error) {
	head, rest, _ := strings.Cut(label, labelMark)
	if _, err := fmt.Sscanf(head, "%d", &era); err != nil {
		return 0, nil, fmt.Errorf("reading the era of label %q: %w", label, err)
	}
	return era, strings.Split(rest, labelMark), nil
}

// withLists are the datasets whose facts have several disciplines.
var withLists = []string{"events", "members", "attendance"}

// HasLists tells whether the facts of a dataset may have several disciplines.
func HasLists(dataset string) bool { return slices.Contains(withLists, dataset) }

func (s Select) recast(name string) (Recast, bool) {
	for _, r := range s.Recasts {
		if r.Name == name {
			return r, true
		}
	}
	return Recast{}, false
}

// dimension is the dimension of the dataset that a name of By or Where draws on.
func (s Select) dimension(name string) string {
	if r, ok := s.recast(name); ok {
		return r.Dim
	}
	return name
}

func (s Select) validateRecasts() error {
	for _, r := range s.Recasts {
		filtered := slices.ContainsFunc(s.Where, func(f Filter) bool { return f.Dim == r.Name })
		switch {
		case r.Dim != "discipline" && r.Dim != "area",
			r.Every && (r.Dim != "discipline" || !HasLists(s.Dataset)),
			!r.Label && len(r.Codes) != len(r.Breaks)+1,
			r.Label && filtered:
			return khue.Errorf(khue.Invalid,
				"không thể quy đổi chiều %q của bộ dữ liệu %s như vậy", "dimension %q of dataset %s cannot be recast that way", r.Name, s.Dataset)
		}
	}
	return nil
}

// onMonths tells whether a table of months can give the key.
func (r Recast) onMonths() bool {
	return !slices.ContainsFunc(r.Breaks, func(d time.Time) bool { return d.Day() != 1 })
}

// base is the column that a dimension or recast is read from.
func (p plan) base(name string) string {
	r, ok := p.ask.recast(name)
	switch {
	case ok && r.Every && r.Label:
		return "disciplines"
	case ok && r.Every:
		return "one_discipline"
	}
	return dimensionColumn(p.layout.dataset.Name, p.ask.dimension(name))
}

// column writes the expression of a dimension or recast; day is the expression
// of the day of a row.
func (p plan) column(name, day string) string {
	i := slices.IndexFunc(p.ask.Recasts, func(r Recast) bool { return r.Name == name })
	if i < 0 {
		return dimensionColumn(p.layout.dataset.Name, name)
	}
	r := p.ask.Recasts[i]
	if r.Label {
		return r.label(i, day)
	}
	base := "toString(" + p.base(name) + ")"
	var cases []string
	for era, codes := range r.Codes {
		becomes := base
		if codes != nil {
			becomes = fmt.Sprintf("transform(%[1]s, {r%[2]d_%[3]d_from:Array(String)}, {r%[2]d_%[3]d_to:Array(String)}, {r%[2]d_else:String})", base, i, era)
		}
		if era < len(r.Breaks) {
			cases = append(cases, fmt.Sprintf("%s < {r%d_day%d:Date}", day, i, era))
		}
		cases = append(cases, becomes)
	}
	if len(cases) == 1 {
		return cases[0]
	}
	return "multiIf(" + strings.Join(cases, ", ") + ")"
}

func (r Recast) label(i int, day string) string {
	era := "'0'"
	if len(r.Breaks) > 0 {
		later := make([]string, len(r.Breaks))
		for era := range r.Breaks {
			later[era] = fmt.Sprintf("(%s >= {r%d_day%d:Date})", day, i, era)
		}
		era = "toString(" + strings.Join(later, " + ") + ")"
	}
	if r.Every {
		return fmt.Sprintf(`arrayStringConcat(arrayConcat([%s], if(empty(disciplines), [''], arrayMap(d -> toString(d), disciplines))), '\x1f')`, era)
	}
	return fmt.Sprintf(`concat(%s, '\x1f', toString(%s))`, era, r.Dim)
}

// recastParameters binds what the expressions of the recasts refer to.
func (p plan) recastParameters() clickhouse.Parameters {
	out := clickhouse.Parameters{}
	for i, r := range p.ask.Recasts {
		for era, day := range r.Breaks {
			out[fmt.Sprintf("r%d_day%d", i, era)] = day.Format(time.DateOnly)
		}
		if r.Label {
			continue
		}
		for era, codes := range r.Codes {
			if codes == nil {
				continue
			}
			var from, to []string
			for code := range codes {
				from = append(from, code)
			}
			slices.Sort(from)
			for _, code := range from {
				to = append(to, codes[code])
			}
			out[fmt.Sprintf("r%d_%d_from", i, era)], out[fmt.Sprintf("r%d_%d_to", i, era)] = arrayParameter(from), arrayParameter(to)
			out[fmt.Sprintf("r%d_else", i)] = escaped(r.Else)
		}
	}
	return out
}

// arrayParameter writes texts as the value of a query parameter of type Array(String).
func arrayParameter(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(item) + "'"
	}
	return escaped("[" + strings.Join(quoted, ",") + "]")
}

// rows is where the rows of the journal come from: with their lists of
// disciplines where those are asked for, once for each discipline where every
// one of them is a key of its own.
func (p plan) rows() string {
	every := func(label bool) bool {
		return slices.ContainsFunc(p.ask.Recasts, func(r Recast) bool { return r.Every && r.Label == label })
	}
	from := p.layout.journal()
	if !every(true) && !every(false) {
		return from
	}
	if p.layout.dataset.Name == "attendance" {
		from = p.withEventDisciplines()
	}
	if every(false) {
		from = "(SELECT *, arrayJoin(if(empty(disciplines), [''], arrayMap(d -> toString(d), disciplines))) AS one_discipline FROM " + from + ")"
	}
	return from
}

// withEventDisciplines joins visitors with the disciplines that their event had
// by what was known at the question's moment. An event that is not known has none.
func (p plan) withEventDisciplines() string {
	known := ""
	if !p.ask.AsOf.IsZero() {
		known = " WHERE recorded_at <= {as_of:DateTime64(3, 'UTC')}"
	}
	return "(SELECT * FROM " + p.layout.journal() + ` LEFT JOIN (
    SELECT source AS event_source, record_id AS event_id, disciplines FROM events_journal` + known + `
    GROUP BY source, record_id, disciplines HAVING sum(toInt64(sign)) > 0
) AS of_events ON source = event_source AND event = event_id)`
}
