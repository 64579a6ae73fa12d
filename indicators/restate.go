package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// Restate tells what changed between two moments of knowledge, by figure, cell and
// cause. For what adds up, the effects of the causes in a cell are summed from the
// journal rows recorded between the moments, apart from the answers at both: that
// they meet is checked, and an answer that does not add up is an Internal error.
//
// A record counts by its state at both moments, however often it changed between
// them. It is late when its period was over at the first moment: the period of the
// cell it is counted in, or the day where no grain is asked for. Stocks are asked
// for as of the same day at both moments, so that time passing is no restatement.
func (s *Service) Restate(ctx context.Context, r Restatement) (Restated, error) {
	if r.To.IsZero() {
		r.To = s.now()
	}
	if r.From.IsZero() || !r.From.Before(r.To) {
		return Restated{}, khue.Errorf(khue.Invalid, "so sánh cần hai thời điểm, thời điểm đầu phải trước", "a comparison needs two moments, the earlier one first")
	}
	journal, err := s.journal()
	if err != nil {
		return Restated{}, err
	}
	out := Restated{From: r.From.In(s.zone), To: r.To.In(s.zone)}
	if out.Before, err = s.definitionsAt(ctx, r.From); err != nil {
		return Restated{}, err
	}
	if r.Version != "" {
		if out.Before, err = s.definitionsOf(ctx, r.Version); err != nil {
			return Restated{}, err
		}
	}
	if r.definitions != nil {
		out.Before = *r.definitions
	}
	if out.After, err = s.definitionsAt(ctx, r.To); err != nil {
		return Restated{}, err
	}
	if r.Own {
		out.After = InForce{Version: s.catalogue.version, catalogue: s.catalogue}
	}
	work := &restating{Restatement: r, out: &out, journal: journal, before: s.by(out.Before.catalogue), after: s.by(out.After.catalogue)}
	for _, step := range []func(context.Context) error{work.choose, work.ask, work.effects, work.figures, work.claims, work.rows} {
		if err := step(ctx); err != nil {
			return Restated{}, err
		}
	}
	return out, nil
}

// restating is a restatement while it is worked out.
type restating struct {
	Restatement
	out           *Restated
	journal       Journal
	before, after *Service // by the definitions of each moment

	chosen   []string // names that are asked for
	measures []string // that they draw on
	asked    *inquiry // by the definitions of the later moment
	cells    map[string]map[string]*RestatedCell
	order    []string // ids of cells, in the order of the answers' rows
	ordered  map[string]bool
}

// choose works out which figures are asked for and the measures they draw on.
func (w *restating) choose(context.Context) error {
	c := w.after.catalogue
	if err := c.refuseCrosswalks(w.By, w.Where); err != nil {
		return err
	}
	for _, name := range w.By {
		d, err := c.Dimension(name)
		if err != nil {
			return err
		}
		w.out.By = append(w.out.By, d)
	}
	w.chosen = w.Names
	if len(w.chosen) == 0 {
		for _, m := range c.measures {
			w.chosen = append(w.chosen, m.Name)
		}
		for _, i := range c.indicators {
			if i.Measure == "" && i.Name != "" {
				w.chosen = append(w.chosen, i.Name)
			}
		}
		w.chosen = slices.DeleteFunc(w.chosen, func(name string) bool { return !w.hasDimensions(c, name) })
	}
	for _, name := range w.chosen {
		parts, err := partsOf(c, name)
		if err != nil {
			return err
		}
		for _, part := range parts {
			if !slices.Contains(w.measures, part) {
				w.measures = append(w.measures, part)
			}
		}
	}
	return nil
}

// partsOf are the measures that a name draws on; none for published figures.
func partsOf(c *Catalogue, name string) ([]string, error) {
	if _, err := c.Measure(name); err == nil {
		return []string{name}, nil
	}
	i, err := c.Indicator(name)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, part := range []string{i.Measure, i.Numerator, i.Denominator} {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts, nil
}

func (w *restating) hasDimensions(c *Catalogue, name string) bool {
	parts, err := partsOf(c, name)
	if err != nil {
		return false
	}
	needed := slices.Clone(w.By)
	for dim := range w.Where {
		needed = append(needed, dim)
	}
	for _, dim := range needed {
		d, err := c.Dimension(dim)
		if err != nil {
			return false
		}
		if d.Grain != "" {
			continue
		}
		if len(parts) == 0 { // published figures are of a subject and a period alone
			return false
		}
		for _, part := range parts {
			m, err := c.Measure(part)
			if err != nil || !slices.Contains(d.Datasets, m.Dataset) {
				return false
			}
		}
	}
	return true
}

// question asks for measures at a moment, as of the later moment's day.
func (w *restating) question(measures []string, at time.Time) Question {
	day := w.day
	if day.IsZero() {
		day = w.after.dayOf(w.To)
	}
	return Question{
		Measures: measures, By: w.By, Where: w.Where, From: w.FirstDay, To: w.EndDay, AsOf: at, Limit: w.Limit, Scope: w.Scope,
		again: &again{day: day},
	}
}

// ask answers at both moments, and where the definitions differ by those of the
// later one at the earlier moment too: what lies between is the definitions' doing.
func (w *restating) ask(ctx context.Context) error {
	w.cells, w.ordered = make(map[string]map[string]*RestatedCell), make(map[string]bool)
	if len(w.measures) == 0 {
		return nil
	}
	var err error
	if w.asked, err = w.after.understand(w.question(w.measures, w.To)); err != nil {
		return err
	}
	if err := w.asked.limitToScope(w.Scope); err != nil {
		return err
	}
	if slots := w.asked.guarded(w.Scope); len(slots) > 0 { // a change is told down to the row that made it
		return khue.Errorf(khue.Forbidden,
			"chỉ số %[1]s được giữ kín cho từng đơn vị nên không kể được từng thay đổi; hãy hỏi số liệu của nó ở đầu mỗi tháng",
			"measure %[1]s is confidential for each contributor, so its changes cannot be told one by one; ask for its figures as known at the start of each month",
			w.asked.measures[slots[0]].Name)
	}
	if w.asked.readsOtherwise() {
		return khue.Errorf(khue.Invalid,
			"chưa nêu được nguyên nhân thay đổi theo cách phân loại khác; hãy so sánh theo lĩnh vực và địa bàn gốc",
			"the causes of changes are not told through other classifications; compare by the original disciplines and areas")
	}
	after, err := w.after.Ask(ctx, w.question(w.measures, w.To))
	if err != nil {
		return err
	}
	now, err := w.after.Ask(ctx, w.question(w.measures, w.From))
	if err != nil {
		return err
	}
	w.take(after, func(c *RestatedCell, v Value) { c.After = v })
	w.take(now, func(c *RestatedCell, v Value) { c.Before = v })
	for _, name := range w.measures {
		if definitionChange(name, w.before.catalogue, w.after.catalogue) == nil {
			continue
		}
		if err := w.askAsBefore(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// askAsBefore answers a measure at the earlier moment by the definitions of then.
func (w *restating) askAsBefore(ctx context.Context, name string) error {
	newly := make(map[string]Value)
	for id, cell := range w.cells[name] {
		newly[id] = cell.Before
		cell.Before = Value{}
	}
	if _, err := w.before.catalogue.Measure(name); err == nil {
		then, err := w.before.Ask(ctx, w.question([]string{name}, w.From))
		if err != nil {
			return err
		}
		w.take(then, func(c *RestatedCell, v Value) { c.Before = v })
	}
	for id, cell := range w.cells[name] {
		if effect := newly[id].Number - cell.Before.Number; effect != 0 {
			cell.Causes = append(cell.Causes, CauseEffect{Cause: DefinitionChanged, Effect: effect})
		}
	}
	return nil
}

// take puts an answer's values into the cells.
func (w *restating) take(a Answer, put func(*RestatedCell, Value)) {
	for _, row := range a.Rows {
		for i, name := range a.Question.Measures {
			put(w.cell(name, row.Keys), row.Values[i])
		}
	}
}

func (w *restating) cell(name string, keys []Key) *RestatedCell {
	codes := make([]string, len(keys))
	for i, k := range keys {
		codes[i] = k.Code
	}
	id := strings.Join(codes, "\x00")
	if w.cells[name] == nil {
		w.cells[name] = make(map[string]*RestatedCell)
	}
	c := w.cells[name][id]
	if c == nil {
		c = &RestatedCell{Keys: keys}
		w.cells[name][id] = c
		if !w.ordered[id] {
			w.order, w.ordered[id] = append(w.order, id), true
		}
	}
	return c
}

// known finds the cell of a warehouse's keys, in which a period is its first day.
func (w *restating) known(name string, keys []string) (*RestatedCell, error) {
	codes := slices.Clone(keys)
	if t := w.asked.timeKey; t >= 0 {
		day, err := time.Parse(time.DateOnly, codes[t])
		if err != nil {
			return nil, fmt.Errorf("reading the period that begins on %q: %w", codes[t], err)
		}
		codes[t] = khue.PeriodOf(day, w.asked.grain).String()
	}
	c := w.cells[name][strings.Join(codes, "\x00")]
	if c == nil {
		return nil, khue.Errorf(khue.Internal, "thay đổi của %s rơi vào ô %v không có trong câu trả lời", "a change of %s falls into cell %v, which no answer has", name, codes)
	}
	return c, nil
}

// figures turns the cells into what the caller asked for.
func (w *restating) figures(context.Context) error {
	c := w.after.catalogue
	for _, name := range w.chosen {
		f := RestatedFigure{Name: name, Definition: definitionChange(name, w.before.catalogue, c)}
		if m, err := c.Measure(name); err == nil {
			f.Label, f.Unit, f.Decimals, f.Additive = m.Label, m.Unit, m.Decimals, m.Aggregate != "distinct"
			f.Cells = w.cellsOf(name)
		} else if i, err := c.Indicator(name); err != nil {
			return err
		} else {
			f.Label, f.Unit, f.Decimals = i.Label, i.Unit, i.Decimals
			switch {
			case i.Measure != "":
				m, _ := c.Measure(i.Measure)
				f.Additive, f.Cells = m.Aggregate != "distinct", w.cellsOf(i.Measure)
			case i.Numerator != "":
				f.Cells = w.ratio(i)
			default:
				continue // published figures come with their own step
			}
		}
		if err := f.check(); err != nil {
			return err
		}
		if len(f.Cells) > 0 || f.Definition != nil {
			w.out.Figures = append(w.out.Figures, f)
		}
	}
	return nil
}

// cellsOf are the cells of a measure that differ or whose records changed.
func (w *restating) cellsOf(name string) []RestatedCell {
	var out []RestatedCell
	for _, id := range w.order {
		c := w.cells[name][id]
		if c == nil || (c.Before == c.After && len(c.Causes) == 0 && len(c.Movements) == 0) {
			continue
		}
		slices.SortStableFunc(c.Causes, func(a, b CauseEffect) int { return slices.Index(causes, a.Cause) - slices.Index(causes, b.Cause) })
		out = append(out, *c)
	}
	return out
}

// ratio sets the two sides of an indicator against each other.
func (w *restating) ratio(i Indicator) []RestatedCell {
	by := func(s *Service) Indicator { // as it was defined then
		if other, err := s.catalogue.Indicator(i.Name); err == nil {
			return other
		}
		return i
	}
	before, after := by(w.before), by(w.after)
	part := func(name string, c *RestatedCell) RestatedPart {
		m, _ := w.after.catalogue.Measure(name)
		return RestatedPart{Name: name, Label: m.Label, Before: c.Before, After: c.After}
	}
	var out []RestatedCell
	for _, id := range w.order {
		above, below := w.cells[i.Numerator][id], w.cells[i.Denominator][id]
		if above == nil || below == nil || (above.Before == above.After && below.Before == below.After && before.Factor == after.Factor) {
			continue
		}
		c := RestatedCell{
			Keys: above.Keys, Before: before.ratio(above.Before, below.Before), After: after.ratio(above.After, below.After),
			Parts: []RestatedPart{part(i.Numerator, above), part(i.Denominator, below)},
		}
		if c.Before.Known || c.After.Known {
			out = append(out, c)
		}
	}
	return out
}

// check holds the effects of the causes against the difference of the answers.
func (f RestatedFigure) check() error {
	if !f.Additive {
		return nil
	}
	for _, c := range f.Cells {
		var sum float64
		for _, e := range c.Causes {
			sum += e.Effect
		}
		if d := c.Difference() - sum; d > tolerance(c) || d < -tolerance(c) {
			return khue.Errorf(khue.Internal,
				"các nguyên nhân không cộng đúng bằng chênh lệch của %s (%v thay vì %v); hãy chạy khue check",
				"the causes do not add up to the difference of %s (%v and not %v); run khue check", f.Name, sum, c.Difference())
		}
	}
	return nil
}

// tolerance is what binary fractions may be off by; whole numbers are exact.
func tolerance(c RestatedCell) float64 {
	return 1e-9 * max(1, c.Before.Number, -c.Before.Number, c.After.Number, -c.After.Number)
}

// readsOtherwise tells that the numbers are not those under the codes that the
// facts themselves have.
func (a *inquiry) readsOtherwise() bool {
	return a.countsAll() || a.question.AreaView == AreasAsNow || len(a.crosswalks) > 0
}

// window is the stretch between the moments.
func (w *restating) window() warehouse.Interval { return warehouse.Interval{From: w.From, To: w.To} }
