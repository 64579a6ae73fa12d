package indicators

import (
	"context"
	"strings"
	"time"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// Comparison sets an answer beside the same days a year before. The days are
// calendar days, midnight UTC; To and BeforeTo are not included.
type Comparison struct {
	Now, Before          Answer
	From, To             time.Time
	BeforeFrom, BeforeTo time.Time
	Cut                  bool // the period asked for is not over, or its facts are not all in
	// Comparable is false when the period has no complete day yet. Now then
	// answers the question as asked and Before has no rows.
	Comparable bool
	Note       khue.Text // the days compared, for people

	elsewhere []bool // by row of Now: it speaks of another part of the city on some of the days
}

// Compare answers a question for its period and for the same days a year before.
//
// The rule: only complete days with facts are compared. When the period reaches
// beyond the last such day (the earlier of yesterday and the day to which all
// flow datasets of the question have facts), both sides end after that day:
// 1 January to 22 November 2026 stands against 1 January to 22 November 2025.
// The year before keeps the calendar days, and a whole February stands against
// a whole February; when a question splits by week, weeks keep their ISO number.
// Stocks hold at the end of the days compared. Both sides are answered by what is
// known at the question's moment. Where the caller may not see a confidential
// measure of the question, only whole months are compared. The question must
// give From and To; what it asks to derive is left out.
func (s *Service) Compare(ctx context.Context, q Question) (Comparison, error) {
	q.Derive = nil
	asked, err := s.understand(q)
	if err != nil {
		return Comparison{}, err
	}
	if q.From.IsZero() || q.To.IsZero() {
		return Comparison{}, khue.Errorf(khue.Invalid,
			"so sánh cần cả ngày đầu và ngày cuối", "a comparison needs both a first day and an end")
	}
	c := Comparison{From: q.From, To: q.To}
	end, err := s.completeUntil(ctx, asked)
	if err != nil {
		return Comparison{}, err
	}
	if end.Before(c.To) {
		c.To, c.Cut = end, true
	}
	if len(asked.guarded(q.Scope)) > 0 { // confidential measures are answered by whole months
		if month := khue.PeriodOf(c.To, khue.Month).Start(); month.Before(c.To) {
			c.To, c.Cut = month, true
		}
	}
	if c.Comparable = c.From.Before(c.To); !c.Comparable {
		c.To = q.To
		c.Note = khue.Text{VI: "Kỳ này chưa có ngày trọn vẹn nào để so sánh.", EN: "This period has no complete day to compare yet."}
		c.Now, err = s.Ask(ctx, q)
		return c, err
	}
	c.BeforeFrom, c.BeforeTo = yearBefore(c.From, c.To, asked.grain)
	sides := []struct {
		from, to time.Time
		answer   *Answer
	}{{c.From, c.To, &c.Now}, {c.BeforeFrom, c.BeforeTo, &c.Before}}
	if err := atOnce(ctx, len(sides), func(ctx context.Context, i int) (err error) {
		side, q := sides[i], q
		q.From, q.To = side.from, side.to
		*side.answer, err = s.Ask(ctx, q)
		return err
	}); err != nil {
		return Comparison{}, err
	}
	if c.elsewhere, err = s.elsewhere(asked, c); err != nil {
		return Comparison{}, err
	}
	c.Note = khue.Text{VI: "So cùng kỳ: " + c.days(khue.Vietnamese), EN: "Same days a year before: " + c.days(khue.English)}
	return c, nil
}

// elsewhere tells which rows of Now cannot be set against the year before because
// their area was not in force on all days compared.
func (s *Service) elsewhere(a *inquiry, c Comparison) ([]bool, error) {
	if err := a.limitToScope(c.Now.Question.Scope); err != nil {
		return nil, err
	}
	out := make([]bool, len(c.Now.Rows))
	for i, row := range c.Now.Rows {
		now, before := warehouse.Window{From: c.From, To: c.To}, warehouse.Window{From: c.BeforeFrom, To: c.BeforeTo}
		if a.timeKey >= 0 && row.Keys[a.timeKey].Period.HasYearBefore() {
			now = row.Keys[a.timeKey].within(now)
			before = Key{Period: row.Keys[a.timeKey].Period.YearBefore()}.within(before)
		}
		out[i] = !s.sameGround(a, row.Keys, now, before)
	}
	return out, nil
}

// within is the days of a key's period that lie in a window.
func (k Key) within(w warehouse.Window) warehouse.Window {
	if start := k.Period.Start(); start.After(w.From) {
		w.From = start
	}
	if end := k.Period.End(); end.Before(w.To) {
		w.To = end
	}
	return w
}

// completeUntil is the first day that is not complete: today, or earlier when
// the facts of a flow dataset end before yesterday.
func (s *Service) completeUntil(ctx context.Context, a *inquiry) (time.Time, error) {
	reach, err := s.reachOf(ctx, a)
	if err != nil {
		return time.Time{}, err
	}
	end := a.today
	var flows []Measure
	for _, m := range a.measures {
		if m.Kind != "stock" {
			flows = append(flows, m)
		}
	}
	if until := a.until(reach, flows); !until.IsZero() && until.AddDate(0, 0, 1).Before(end) {
		end = until.AddDate(0, 0, 1)
	}
	return end, nil
}

// yearBefore moves days a year back, or to the same days of the same ISO weeks.
// The end is not included, so 1 March as an end means the last of February.
func yearBefore(from, to time.Time, grain khue.Grain) (time.Time, time.Time) {
	if grain != khue.Week {
		return khue.PeriodOf(from, khue.Day).YearBefore().Start(), to.AddDate(-1, 0, 0)
	}
	back := func(day time.Time) time.Time {
		week := khue.PeriodOf(day, khue.Week)
		return week.YearBefore().Start().Add(day.Sub(week.Start()))
	}
	return back(from), back(to)
}

func (c Comparison) days(lang khue.Lang) string {
	span := func(from, to time.Time) string {
		return locale.Date(lang, from) + "–" + locale.Date(lang, to.AddDate(0, 0, -1))
	}
	return span(c.From, c.To) + khue.Text{VI: " với ", EN: " against "}.In(lang) + span(c.BeforeFrom, c.BeforeTo)
}

// Change is the change of a measure in a row of Now against the row of the same
// keys a year before, as a ratio: 0.142 is 14.2% more. It is unknown when
// either side is, when there was nothing before, or when there is no such row: a
// week 53 and 29 February stand against nothing in a year without one.
func (c Comparison) Change(row, measure int) Value {
	if !c.Comparable || row >= len(c.Now.Rows) {
		return Value{}
	}
	if c.Elsewhere(row) {
		return Value{Reason: otherGround}
	}
	now := c.Now.Rows[row]
	want := pairKey(now.Keys, true)
	for _, before := range c.Before.Rows {
		if pairKey(before.Keys, false) == want {
			return Change(now.Values[measure], before.Values[measure])
		}
	}
	return Value{}
}

// Elsewhere tells that a row of Now speaks of another part of the city than the
// year before: its area was not in force on all days compared.
func (c Comparison) Elsewhere(row int) bool { return row < len(c.elsewhere) && c.elsewhere[row] }

func pairKey(keys []Key, shift bool) string {
	codes := make([]string, len(keys))
	for i, k := range keys {
		codes[i] = k.Code
		if shift && !k.Period.IsZero() {
			codes[i] = "none"
			if k.Period.HasYearBefore() {
				codes[i] = k.Period.YearBefore().String()
			}
		}
	}
	return strings.Join(codes, "\x00")
}

// Change is the change from before to now as a ratio; unknown when either side
// is unknown or before is zero, withheld when either side is withheld.
func Change(now, before Value) Value {
	if now.Suppressed || before.Suppressed {
		return Value{Suppressed: true}
	}
	if !now.Known || !before.Known || before.Number == 0 {
		return Value{}
	}
	return Value{Number: now.Number/before.Number - 1, Known: true}
}
