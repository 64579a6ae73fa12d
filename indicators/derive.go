package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
)

// Derivation names a figure that is worked out of each measure of a question.
//
//	share            per cent of the total of the same question without its dimensions (of the whole
//	                 span when time is the only one); share:area leaves out that one dimension alone.
//	                 Filters stay. The total is asked for itself, so shares of distinct counts are
//	                 right and may add up to more than 100.
//	change_previous  per cent more or less than in the period before
//	change_year      per cent more or less than in the same period a year before; a week is compared
//	                 with the week of the same ISO number
//	moving_year      the year that ends with the period: 12 months, 4 quarters, 2 half-years, the year,
//	                 365 or 366 days; of weeks 52, so that each weekday is in it as often
//	cumulative       from 1 January to the end of the period; of weeks from week 1 of their ISO year
//
// Distinct counts are counted anew over the whole of a moving year or of a year to
// date, never added up; a stock is what it is at the end; a ratio is that of the
// sums of both parts over the same days.
//
// Only like is set against like. A period that is not over, or that From or To cut,
// has no change and no moving year; a week 53 and 29 February have no change on a
// year without one. An area that was not in force on all days compared, and "all
// others" across the change of the city's division, have neither. A moving year or year to date is unknown when a period in it
// has no fact at all under the question's filters (for days and weeks: a month in
// it), since what is missing is no zero; where others have facts of a period and
// one value of a dimension has none, that value adds nothing. What is unknown says
// why in Value.Reason.
type Derivation string

// The derivations.
const (
	ShareOfTotal   Derivation = "share"
	ChangePrevious Derivation = "change_previous"
	ChangeYear     Derivation = "change_year"
	MovingYear     Derivation = "moving_year"
	Cumulative     Derivation = "cumulative"
)

// Derivations lists them all.
func Derivations() []Derivation {
	return []Derivation{ShareOfTotal, ChangePrevious, ChangeYear, MovingYear, Cumulative}
}

// ParseDerivation reads a derivation's name, "share" also with a dimension after a colon.
func ParseDerivation(text string) (Derivation, error) {
	d := Derivation(text)
	if name, dim := d.parts(); slices.Contains(Derivations(), name) && (dim == "" || name == ShareOfTotal) {
		return d, nil
	}
	known := make([]string, 0, len(Derivations()))
	for _, d := range Derivations() {
		known = append(known, string(d))
	}
	return "", notFound("cách tính thêm", "derivation", text, known)
}

// parts splits "share:area" into its name and its dimension.
func (d Derivation) parts() (name Derivation, dim string) {
	before, dim, _ := strings.Cut(string(d), ":")
	return Derivation(before), dim
}

// Label is the way of working out in words.
func (d Derivation) Label() khue.Text {
	name, _ := d.parts()
	return derivationLabels[name]
}

var derivationLabels = map[Derivation]khue.Text{
	ShareOfTotal:   {VI: "tỷ trọng", EN: "share"},
	ChangePrevious: {VI: "so với kỳ trước", EN: "change on the period before"},
	ChangeYear:     {VI: "so với cùng kỳ năm trước", EN: "change on the year before"},
	MovingYear:     {VI: "12 tháng liền", EN: "moving year"},
	Cumulative:     {VI: "lũy kế từ đầu năm", EN: "year to date"},
}

var inPercent = khue.Text{VI: "%", EN: "%"}

// column describes the figure after that of a measure.
func (d Derivation) column(of Column, by []Dimension) Column {
	name, dim := d.parts()
	label := derivationLabels[name]
	out := Column{
		Name: of.Name + "_" + strings.ReplaceAll(string(d), ":", "_"), Measure: true, Unit: of.Unit, Decimals: of.Decimals, Derived: d, Of: of.Name,
		Label: khue.Text{VI: of.Label.VI + ", " + label.VI, EN: of.Label.EN + ", " + label.EN},
	}
	if name == ShareOfTotal || name == ChangePrevious || name == ChangeYear {
		out.Unit, out.Decimals = inPercent, 1
	}
	if at := slices.IndexFunc(by, func(d Dimension) bool { return d.Name == dim }); at >= 0 {
		out.Label.VI += " (" + by[at].Label.VI + ")"
		out.Label.EN += " (" + by[at].Label.EN + ")"
	}
	return out
}

// checkDerive refuses what cannot be worked out of a question.
func checkDerive(a *inquiry) error {
	for i, d := range a.question.Derive {
		if _, err := ParseDerivation(string(d)); err != nil {
			return lies(err, "unknown_derivation", item("derive", i))
		}
		if slices.Contains(a.question.Derive[:i], d) {
			return khue.Errorf(khue.Invalid, "cách tính %q được nêu hai lần", "the derivation %q is given twice", d).Coded("repeated", item("derive", i))
		}
		if err := a.checkDerivation(d); err != nil {
			return lies(err, "derivation_not_possible", item("derive", i))
		}
	}
	return nil
}

func (a *inquiry) checkDerivation(d Derivation) error {
	q := a.question
	switch name, dim := d.parts(); {
	case name == ShareOfTotal:
		if len(a.by) == 0 || (dim != "" && !slices.Contains(q.By, dim)) {
			return khue.Errorf(khue.Invalid, "muốn tính tỷ trọng thì câu hỏi phải chia theo chiều được nêu", "a share needs a question that is split by its dimension")
		}
		for _, w := range a.wanted {
			if !a.adds(w) {
				return khue.Errorf(khue.Invalid,
					"chỉ tiêu %q không phải là số cộng được nên không có tỷ trọng", "indicator %q is no amount, so it has no share", w.column.Name)
			}
		}
	case a.grain != "":
		return nil
	case name == MovingYear || name == Cumulative:
		return khue.Errorf(khue.Invalid, "cách tính %q cần chia theo kỳ (năm, quý, tháng, tuần, ngày)", "the derivation %q needs a split by periods of time", d)
	case q.From.IsZero() || q.To.IsZero():
		return khue.Errorf(khue.Invalid, "cách tính %q cần chia theo kỳ, hoặc có cả ngày đầu và ngày cuối", "the derivation %q needs a split by periods, or a first day and an end", d)
	case name == ChangePrevious && periodOfSpan(q.From, q.To).IsZero():
		return khue.Errorf(khue.Invalid,
			"muốn so với kỳ trước thì các ngày được hỏi phải là trọn một năm, nửa năm, quý, tháng, tuần hoặc ngày",
			"to be compared with the period before, the days must be one whole year, half-year, quarter, month, week or day")
	}
	return nil
}

// periodOfSpan is the period that a span of days is; zero when it is none.
func periodOfSpan(from, to time.Time) khue.Period {
	for _, g := range []khue.Grain{khue.Year, khue.HalfYear, khue.Quarter, khue.Month, khue.Week, khue.Day} {
		if p := khue.PeriodOf(from, g); p.Start().Equal(from) && p.End().Equal(to) {
			return p
		}
	}
	return khue.Period{}
}

// derive works out what the question wants beside its figures.
func (s *Service) derive(ctx context.Context, r *result) error {
	if len(r.asked.question.Derive) == 0 {
		return nil
	}
	r.derived = make(map[*Row][][]Value, len(r.rows))
	for _, d := range r.asked.question.Derive {
		var figures map[*Row][]Value
		var err error
		if name, dim := d.parts(); name == ShareOfTotal {
			figures, err = s.shares(ctx, r, dim)
		} else {
			figures, err = s.overDays(ctx, r, name)
		}
		if err != nil {
			return fmt.Errorf("working out %s: %w", d, err)
		}
		for _, row := range r.rows {
			r.derived[row] = append(r.derived[row], figures[row])
		}
	}
	return nil
}

// shares sets every figure against that of the question without some of its dimensions.
func (s *Service) shares(ctx context.Context, r *result, dim string) (map[*Row][]Value, error) {
	a := r.asked
	kept := slices.DeleteFunc(slices.Clone(a.by), func(d Dimension) bool {
		if dim != "" {
			return d.Name == dim
		}
		return d.Grain == "" || len(a.by) == 1
	})
	totals, err := s.again(ctx, r, a.splitBy(kept))
	if err != nil {
		return nil, err
	}
	byKey := make(map[string][]Value, len(totals))
	for _, row := range totals {
		byKey[keyOf(row.Keys)] = row.Values
	}
	out := make(map[*Row][]Value, len(r.rows))
	for _, row := range r.rows {
		var keys []Key
		for i, k := range row.Keys {
			if slices.ContainsFunc(kept, func(d Dimension) bool { return d.Name == a.by[i].Name }) {
				keys = append(keys, k)
			}
		}
		total := byKey[keyOf(keys)]
		for _, w := range a.wanted {
			out[row] = append(out[row], shareOf(w.of(row.Values), total, w))
		}
	}
	return out, nil
}

func shareOf(part Value, total []Value, w wanted) Value {
	switch {
	case part.Suppressed || (total != nil && w.of(total).Suppressed):
		return Value{Suppressed: true}
	case !part.Known:
		return Value{Reason: noFacts}
	case total == nil || !w.of(total).Known || w.of(total).Number == 0:
		return Value{Reason: khue.Text{VI: "tổng chưa rõ hoặc bằng 0", EN: "the total is not known or zero"}}
	}
	return Value{Number: 100 * part.Number / w.of(total).Number, Known: true}
}

var noFacts = khue.Text{VI: "chưa có số liệu", EN: "no facts"}

// keyOf writes keys for look-ups; a period has one form whatever its row has been through.
func keyOf(keys []Key) string {
	codes := make([]string, len(keys))
	for i, k := range keys {
		codes[i] = k.Code
		if !k.Period.IsZero() {
			codes[i] = k.Period.String()
		}
	}
	return strings.Join(codes, "\x00")
}
