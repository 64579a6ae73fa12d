package indicators

import (
	"context"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// effects puts what the journal's rows between the moments did into the cells.
func (w *restating) effects(ctx context.Context) error {
	if w.asked == nil {
		return nil
	}
	for _, p := range w.asked.plan() {
		adding := p.ask
		adding.Aggregates = nil
		var names []string
		for i, a := range p.ask.Aggregates {
			name := w.asked.measures[p.slots[i]].Name
			var err error
			switch a.Func {
			case "stock":
				err = w.stock(ctx, p.ask, a, name)
			case "distinct":
				err = w.movements(ctx, p.ask, a, name)
			default:
				adding.Aggregates, names = append(adding.Aggregates, a), append(names, name)
			}
			if err != nil {
				return err
			}
		}
		if len(names) == 0 {
			continue
		}
		if err := w.additive(ctx, adding, names); err != nil {
			return err
		}
	}
	return nil
}

func (w *restating) additive(ctx context.Context, ask warehouse.Select, names []string) error {
	ask.Limit *= len(causes) // each cell may have every cause
	found, err := w.journal.Effects(ctx, ask, w.window())
	if err != nil {
		return err
	}
	for _, e := range found {
		for i, name := range names {
			if e.Records[i] == 0 {
				continue
			}
			c, err := w.known(name, e.Keys)
			if err != nil {
				return err
			}
			c.Causes = append(c.Causes, CauseEffect{Cause: e.Cause, Effect: e.Values[i], Records: e.Records[i]})
		}
	}
	return nil
}

func (w *restating) movements(ctx context.Context, ask warehouse.Select, a warehouse.Aggregate, name string) error {
	ask.Aggregates, ask.Limit = []warehouse.Aggregate{a}, 0
	found, err := w.journal.Movements(ctx, ask, w.window())
	if err != nil {
		return err
	}
	var codes []string
	for _, m := range found {
		codes = append(codes, m.One)
	}
	names, err := w.after.namesOfMembers(ctx, a.Column, codes)
	if err != nil {
		return err
	}
	for _, m := range found {
		c, err := w.known(name, m.Keys)
		if err != nil {
			return err
		}
		c.Movements = append(c.Movements, Movement{Code: m.One, Name: names[m.One], Enters: m.Enters, Causes: m.Causes})
	}
	return nil
}

// namesOfMembers gives the names of members by their ids; a code of another kind
// is its own name.
func (s *Service) namesOfMembers(ctx context.Context, column string, codes []string) (map[string]khue.Text, error) {
	out := make(map[string]khue.Text)
	for _, code := range codes {
		out[code] = khue.Text{VI: code, EN: code}
	}
	if len(codes) == 0 || column != "member" && column != "organiser" {
		return out, nil
	}
	members, err := s.membersNamed(ctx, distinct(codes), time.Time{})
	for _, m := range members {
		out[m.Code] = m.Label
	}
	return out, err
}

// stock works out what the changed members did to a stock. Each is present at the
// end of a period or not, at both moments; the stock differs by who comes to be
// counted and who no longer is.
func (w *restating) stock(ctx context.Context, ask warehouse.Select, a warehouse.Aggregate, name string) error {
	narrow := warehouse.Select{Dataset: ask.Dataset, Where: ask.Where} // lateness goes by the day a member came
	found, _, err := w.journal.ChangedRecords(ctx, narrow, w.window(), mostMembers, 0)
	if err != nil {
		return err
	}
	ends := w.ends(ask)
	for _, r := range found {
		for _, end := range ends {
			before, after := presence(r.Before, ask, a.Column, end.day), presence(r.After, ask, a.Column, end.day)
			was, is := w.keysOf(r.Before, ask, end.period), w.keysOf(r.After, ask, end.period)
			if slices.Equal(was, is) {
				err = w.step(name, is, after-before, r)
			} else if err = w.step(name, was, -before, r); err == nil {
				err = w.step(name, is, after, r)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// stockEnd is a moment that a stock is counted at.
type stockEnd struct {
	period string    // first day of the period; "" without a grain
	day    time.Time // the first day that no longer counts; zero is the end of time
}

// ends are the ends of the periods in the answers, or the end of the days.
func (w *restating) ends(ask warehouse.Select) []stockEnd {
	t := w.asked.timeKey
	if t < 0 {
		return []stockEnd{{day: ask.To}}
	}
	var out []stockEnd
	seen := make(map[khue.Period]bool)
	for _, cells := range w.cells {
		for _, c := range cells {
			p := c.Keys[t].Period
			if seen[p] || (!ask.To.IsZero() && !p.Start().Before(ask.To)) {
				continue
			}
			seen[p] = true
			end := stockEnd{period: p.Start().Format(time.DateOnly), day: p.End()}
			if !ask.To.IsZero() && ask.To.Before(end.day) {
				end.day = ask.To
			}
			out = append(out, end)
		}
	}
	return out
}

// presence is what a member adds to a stock at the end of days: one from the day
// it came until the day it left.
func presence(r warehouse.Record, ask warehouse.Select, column string, end time.Time) float64 {
	if r == nil {
		return 0
	}
	for _, f := range ask.Where {
		field := f.Dim
		if field == "member" {
			field = "record_id"
		}
		if !slices.Contains(f.Values, textOf(r, field)) {
			return 0
		}
	}
	came, left := dayIn(r, "certified_on"), dayIn(r, "left_on")
	if accepted := dayIn(r, "accepted_on"); column == "accepted" && !accepted.IsZero() {
		came = accepted
	}
	if came.IsZero() {
		return 0
	}
	n := 0.0
	if end.IsZero() || came.Before(end) {
		n++
	}
	if !left.IsZero() && (end.IsZero() || left.Before(end)) {
		n--
	}
	return n
}

// keysOf are the keys of the cell that a member is counted in.
func (w *restating) keysOf(r warehouse.Record, ask warehouse.Select, period string) []string {
	if r == nil {
		return nil
	}
	keys := make([]string, len(ask.By))
	for i, dim := range ask.By {
		switch {
		case i == w.asked.timeKey:
			keys[i] = period
		case dim == "member":
			keys[i] = textOf(r, "record_id")
		default:
			keys[i] = textOf(r, dim)
		}
	}
	return keys
}

// step adds what a changed member does to one cell.
func (w *restating) step(name string, keys []string, by float64, r warehouse.ChangedRecord) error {
	if by == 0 {
		return nil
	}
	c, err := w.known(name, keys)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Causes, func(e CauseEffect) bool { return e.Cause == r.Cause })
	if i < 0 {
		i = len(c.Causes)
		c.Causes = append(c.Causes, CauseEffect{Cause: r.Cause})
	}
	c.Causes[i].Effect, c.Causes[i].Records = c.Causes[i].Effect+by, c.Causes[i].Records+1
	label := textOf(r.After, "name")
	if r.After == nil {
		label = textOf(r.Before, "name")
	}
	if label == "" {
		label = r.RecordID
	}
	c.Movements = append(c.Movements, Movement{Code: r.RecordID, Name: khue.Text{VI: label, EN: label}, Enters: by > 0, Causes: []string{r.Cause}})
	return nil
}

// claims sets the published figures of the subjects asked for side by side.
func (w *restating) claims(ctx context.Context) error {
	for _, name := range w.chosen {
		i, err := w.after.catalogue.Indicator(name)
		if err != nil || i.Claims == "" {
			continue
		}
		if slices.ContainsFunc(w.out.By, func(d Dimension) bool { return d.Grain == "" }) || len(w.Where) > 0 {
			return khue.Errorf(khue.Invalid, "chỉ tiêu %s lấy từ số đã công bố, không chia theo chiều nào ngoài kỳ", "indicator %s is taken from published figures and splits by nothing but its periods", name)
		}
		before, err := w.before.published(ctx, i, w.From)
		if err != nil {
			return err
		}
		after, err := w.after.published(ctx, i, w.To)
		if err != nil {
			return err
		}
		f := RestatedFigure{Name: name, Label: i.Label, Unit: i.Unit, Decimals: i.Decimals, Definition: definitionChange(name, w.before.catalogue, w.after.catalogue)}
		for _, period := range periodsOf(before, after) {
			if before[period] == after[period] {
				continue
			}
			f.Cells = append(f.Cells, RestatedCell{
				Keys:   []Key{{Code: period.String(), Name: periodName(period), Period: period}},
				Before: before[period], After: after[period],
			})
		}
		if len(f.Cells) > 0 || f.Definition != nil {
			w.out.Figures = append(w.out.Figures, f)
		}
	}
	return nil
}

// published gives the actual figures of an indicator's subject by period; a period
// on which publishers contradict each other is unknown.
func (s *Service) published(ctx context.Context, i Indicator, asOf time.Time) (map[khue.Period]Value, error) {
	claims, err := s.ClaimsOf(ctx, i.Claims, asOf)
	if err != nil {
		if khue.KindOf(err) == khue.NotFound {
			return nil, nil // nobody had published anything yet
		}
		return nil, err
	}
	out, disputed := make(map[khue.Period]Value), make(map[khue.Period]bool)
	for _, c := range claims {
		p, err := khue.ParsePeriod(c.Period)
		if err != nil || c.Kind != "actual" || c.unit != i.unit {
			continue
		}
		if known, twice := out[p]; twice && known.Number != c.Value {
			disputed[p] = true
		}
		out[p] = Value{Number: c.Value, Known: true}
	}
	for p := range disputed {
		out[p] = Value{}
	}
	return out, nil
}

func periodsOf(before, after map[khue.Period]Value) []khue.Period {
	var out []khue.Period
	for _, figures := range []map[khue.Period]Value{before, after} {
		for p := range figures {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b khue.Period) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// rows lists the changed records of the datasets that the figures draw on.
func (w *restating) rows(ctx context.Context) error {
	if w.Rows <= 0 || w.asked == nil {
		return nil
	}
	listed := make(map[string]warehouse.Select)
	var datasets []string
	for _, p := range w.asked.plan() {
		narrow := warehouse.Select{Dataset: p.ask.Dataset, Where: p.ask.Where, From: p.ask.From, To: p.ask.To}
		if w.asked.measures[p.slots[0]].Kind == "stock" {
			narrow.From, narrow.To = time.Time{}, time.Time{} // who came long ago counts
		}
		if w.asked.grain != "" {
			narrow.By = []string{string(w.asked.grain)}
		}
		if other, twice := listed[p.ask.Dataset]; twice { // measures with limits of their own share one list
			narrow.Where = filters(w.asked.where, nil)
			if other.To.IsZero() {
				narrow.From, narrow.To = other.From, other.To
			}
		} else {
			datasets = append(datasets, p.ask.Dataset)
		}
		listed[p.ask.Dataset] = narrow
	}
	batches := &batchBook{journal: w.journal, zone: w.after.zone, refs: make(map[string]BatchRef)}
	for _, dataset := range datasets {
		withheld := w.after.catalogue.FieldsWithheld(dataset, w.Scope)
		found, all, err := w.journal.ChangedRecords(ctx, listed[dataset], w.window(), max(w.Rows-len(w.out.Rows), 1), 0)
		if err != nil {
			return err
		}
		w.out.RowsOfAll += all
		rows, err := batches.rows(ctx, dataset, found[:min(len(found), w.Rows-len(w.out.Rows))], withheld)
		if err != nil {
			return err
		}
		w.out.Rows = append(w.out.Rows, rows...)
	}
	return nil
}
