package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
)

// Look says how much of the evidence to open, and for whom.
type Look struct {
	Scope                khue.Scope // of who asks; it must hold that of the question
	Rows, RowsFrom       int        // records the number stands on
	Batches, BatchesFrom int        // batches that brought them
	Changes              int        // records that changed since
}

// Explained is a number with everything it rests on.
type Explained struct {
	ID           string // as it was opened
	AnswerID     string
	Question     Question
	Words        khue.Text // the question, or the number, in a phrase
	AsOf         time.Time // the moment of knowledge
	FirstAskedAt time.Time

	Then        Answer // the whole answer as it was
	Definitions InForce
	Defined     []Defined // the measures, as they were defined

	// Cell is what the id names; nil when it names an answer of several numbers.
	Cell *ExplainedCell
}

// Defined is a measure or an indicator as it was defined, and how that differs today.
type Defined struct {
	Name        string
	Label, Unit khue.Text
	Description khue.Text
	Method      khue.Text
	Source      khue.Text
	Formula     khue.Text
	Changed     *DefinitionChange // nil when it is defined the same today
}

// ExplainedCell is one number of an answer.
type ExplainedCell struct {
	Keys    []Key
	Measure Column
	Value   Value // as it was, worked out again
	Now     Value // as it is answered today
	Partial bool
	Differs bool
	// Recast tells that facts were read through another classification, the areas of
	// today or a rule of counting, or that the number is of all others beside the
	// largest: the records behind it are then not listed.
	Recast bool
	// Withheld tells that the question was asked without the right to see what single
	// contributors reported: what would tell it is left out.
	Withheld  bool
	Restated  *RestatedFigure // why, when it differs and causes can be told
	Changed   []ChangedRow    // records that changed since, as many as asked for
	ChangedOf int64
	Grounds   []Grounds // what it stands on, by dataset
	Fresh     []Freshness
}

// Grounds is what a number stands on in one dataset.
type Grounds struct {
	Dataset   string
	Label     khue.Text
	Records   []GroundRecord
	RecordsOf int64
	Batches   []GroundBatch
	BatchesOf int64
}

// GroundRecord is a record behind a number, as it was then.
type GroundRecord struct {
	Source, RecordID string
	Fields           []FieldValue
	Batch            string
	RecordedAt       time.Time
}

// FieldValue is a field of a record that has a value.
type FieldValue struct {
	Field string
	Value any
}

// GroundBatch is a batch that brought records behind a number.
type GroundBatch struct {
	BatchRef
	Source                            string
	Records                           int64 // of those behind the number
	Read, Added, Corrected, Retracted int64 // by the whole batch
}

// Explain opens an evidence id: of an answer, or of one of its numbers. The number
// is worked out again by the definitions and the knowledge of then; what is known
// today stands beside it. An id that nobody gave out is a NotFound; one that was
// asked with more rights than the caller has is Forbidden.
func (s *Service) Explain(ctx context.Context, id string, look Look) (Explained, error) {
	answer, codes, measure, err := cellOf(id)
	if err != nil {
		return Explained{}, err
	}
	if s.ledger == nil {
		return Explained{}, khue.Errorf(khue.Unavailable, "chương trình này không giữ sổ bằng chứng", "this program keeps no book of evidence")
	}
	asked, known, err := s.ledger.Asked(ctx, answer)
	if err != nil {
		return Explained{}, err
	}
	if !known {
		return Explained{}, noEvidence(id)
	}
	q, on, err := questionOf(asked.Question)
	if err != nil {
		return Explained{}, err
	}
	if !holds(look.Scope, q.Scope) {
		return Explained{}, khue.Errorf(khue.Forbidden, "con số này được hỏi với quyền rộng hơn quyền của tài khoản", "this number was asked for with wider rights than this account has")
	}
	if on.IsZero() {
		on = s.dayOf(asked.FirstAskedAt)
	}
	out := Explained{ID: id, AnswerID: answer, AsOf: asked.AsOf.In(s.zone), FirstAskedAt: asked.FirstAskedAt.In(s.zone)}
	if out.Definitions, err = s.definitionsOf(ctx, asked.Version); err != nil {
		return Explained{}, err
	}
	then := s.by(out.Definitions.catalogue)
	q.AsOf, q.again = asked.AsOf, &again{day: on}
	if measure != "" && !slices.Contains(q.Measures, measure) {
		return Explained{}, khue.Errorf(khue.NotFound,
			"câu trả lời %s không có con số nào ở đó; hãy xem lại mã", "the answer %s has no number there; check the id", answer)
	}
	if measure != "" && q.Top == nil {
		q.Measures, q.Derive = []string{measure}, nil // the number alone, with its own query
	}
	if measure == "" && q.Top == nil && !q.Scope.Confidential {
		if open := then.unguarded(q.Measures); len(open) > 0 {
			q.Measures = open // the others are not told of any moment; each says so under its own id
		}
	}
	out.Question = q
	if out.Then, err = then.Ask(ctx, q); err != nil {
		return Explained{}, fmt.Errorf("answering %s again: %w", answer, err)
	}
	out.Then.Evidence.ID = answer
	out.define(s.catalogue, measure)
	if measure == "" && len(out.Then.Rows) == 1 && len(out.Then.Columns) == len(q.By)+1 {
		measure = q.Measures[0]
		for _, k := range out.Then.Rows[0].Keys {
			codes = append(codes, k.Code)
		}
	}
	if measure == "" {
		out.Words = then.words(q, nil, "")
		return out, nil
	}
	if err := s.explainCell(ctx, then, &out, codes, measure, look); err != nil {
		return Explained{}, err
	}
	return out, nil
}

// unguarded are the names that draw on no confidential measure.
func (s *Service) unguarded(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		parts, err := partsOf(s.catalogue, name)
		return err != nil || slices.ContainsFunc(parts, func(part string) bool {
			m, err := s.catalogue.Measure(part)
			return err != nil || m.Confidential != nil
		})
	})
}

// definitionsOf gives the definitions of a version; when they were never kept,
// those of now stand in.
func (s *Service) definitionsOf(ctx context.Context, version string) (InForce, error) {
	if version == s.catalogue.version {
		d, known, err := s.ledger.Definitions(ctx, version)
		f := InForce{Version: version, catalogue: s.catalogue}
		if known {
			f.Since = d.Since
		}
		return f, err
	}
	d, known, err := s.ledger.Definitions(ctx, version)
	if err != nil {
		return InForce{}, err
	}
	if !known {
		return InForce{Version: version, Assumed: true, catalogue: s.catalogue}, nil
	}
	return s.inForce(d)
}

// holds tells that one scope reaches all that another does.
func holds(caller, asked khue.Scope) bool {
	if asked.Confidential && !caller.Confidential || asked.Moments && !caller.Moments {
		return false
	}
	if caller.All {
		return true
	}
	if asked.All {
		return false
	}
	return !slices.ContainsFunc(asked.Areas, func(area string) bool { return !caller.Reaches(area) })
}

// define tells how the measures were defined, and what of it differs today.
func (e *Explained) define(today *Catalogue, only string) {
	for _, name := range e.Question.Measures {
		if only != "" && name != only {
			continue
		}
		e.Defined = append(e.Defined, defined(name, e.Definitions.catalogue, today))
	}
}

func defined(name string, c, today *Catalogue) Defined {
	d := Defined{Name: name, Changed: definitionChange(name, c, today)}
	if m, err := c.Measure(name); err == nil {
		d.Label, d.Unit, d.Description, d.Method, d.Source, d.Formula = m.Label, m.Unit, m.Description, m.Method, m.Source, formula(m)
	} else if i, err := c.Indicator(name); err == nil {
		d.Label, d.Unit, d.Description = i.Label, i.Unit, i.Description
		if i.Numerator != "" {
			text := i.Numerator + " ÷ " + i.Denominator
			if i.Factor != 1 {
				text += fmt.Sprintf(" × %v", i.Factor)
			}
			d.Formula = khue.Text{VI: text, EN: text}
		}
	}
	return d
}

// formula says in a phrase what a measure does with the facts.
func formula(m Measure) khue.Text {
	data := m.Dataset
	if d, ok := khue.DatasetOf(m.Dataset); ok {
		data = d.Name
	}
	var limits []string
	for dim, values := range m.Where {
		limits = append(limits, dim+" = "+strings.Join(values, ", "))
	}
	slices.Sort(limits)
	limit := ""
	if len(limits) > 0 {
		limit = " [" + strings.Join(limits, "; ") + "]"
	}
	switch m.Aggregate {
	case "sum":
		return sentence("tổng %[1]s của %[2]s", "sum of %[1]s over %[2]s", m.Column, data+limit)
	case "count":
		return sentence("số bản ghi của %[1]s", "number of records of %[1]s", data+limit)
	case "distinct":
		return sentence("số %[1]s khác nhau trong %[2]s", "number of distinct %[1]s in %[2]s", m.Column, data+limit)
	case "stock":
		return sentence("số %[1]s còn trong %[2]s ở cuối kỳ", "%[1]s present in %[2]s at the end of the period", m.Column, data+limit)
	}
	return khue.Text{VI: m.Aggregate, EN: m.Aggregate}
}

// explainCell finds the number and tells what it stands on and what became of it.
func (s *Service) explainCell(ctx context.Context, then *Service, out *Explained, codes []string, measure string, look Look) error {
	slot := slices.IndexFunc(out.Then.Columns, func(c Column) bool { return c.Name == measure }) - len(out.Question.By)
	row := slices.IndexFunc(out.Then.Rows, func(r Row) bool { return slices.Equal(r.codes(), codes) })
	if slot < 0 || row < 0 {
		return khue.Errorf(khue.NotFound,
			"câu trả lời %s không có con số nào ở đó; hãy xem lại mã", "the answer %s has no number there; check the id", out.AnswerID)
	}
	found := out.Then.Rows[row]
	cell := &ExplainedCell{Keys: found.Keys, Value: found.Values[slot], Partial: found.Partial, Measure: out.Then.Columns[len(found.Keys)+slot]}
	out.Cell = cell
	out.Words = then.words(out.Question, found.Keys, measure)
	if slices.ContainsFunc(found.Keys, func(k Key) bool { return k.Code == OtherCode }) {
		cell.Recast = true // what lies outside the largest is no cell of its own
		return s.today(ctx, out, cell, measure)
	}
	narrow := cellQuestion(out.Question, found.Keys, measure)
	asked, err := then.understand(narrow)
	if err != nil {
		return err
	}
	cell.Recast, cell.Withheld = asked.readsOtherwise(), len(asked.guarded(narrow.Scope)) > 0
	if cell.Recast || cell.Withheld {
		return s.today(ctx, out, cell, measure)
	}
	for _, step := range []func() error{
		func() error { return s.today(ctx, out, cell, measure) },
		func() error { return s.whyDifferent(ctx, out, cell, narrow, look) },
		func() error { return then.grounds(ctx, cell, narrow, look) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	fresh, err := s.Freshness(ctx)
	for _, f := range fresh {
		if slices.ContainsFunc(cell.Grounds, func(g Grounds) bool { return g.Dataset == f.Dataset }) {
			cell.Fresh = append(cell.Fresh, f)
		}
	}
	return err
}

// cellQuestion narrows a question to one of its numbers.
func cellQuestion(q Question, keys []Key, measure string) Question {
	where := make(map[string][]string, len(q.Where)+len(keys))
	for dim, values := range q.Where {
		where[dim] = values
	}
	by := []string{}
	for i, k := range keys {
		if k.Period.IsZero() {
			where[q.By[i]] = []string{k.Code}
			continue
		}
		by = append(by, q.By[i])
		if start := k.Period.Start(); start.After(q.From) {
			q.From = start
		}
		if end := k.Period.End(); q.To.IsZero() || end.Before(q.To) {
			q.To = end
		}
	}
	q.Measures, q.By, q.Where, q.Top, q.Derive = []string{measure}, by, where, nil, nil
	return q
}

// today asks the same of today's knowledge and definitions.
func (s *Service) today(ctx context.Context, out *Explained, cell *ExplainedCell, measure string) error {
	q := out.Question
	q.AsOf = time.Time{}
	now, err := s.Ask(ctx, q)
	if khue.KindOf(err) == khue.NotFound {
		cell.Differs = true // the measure is no longer defined
		return nil
	}
	if err != nil {
		return fmt.Errorf("answering %s by what is known today: %w", out.AnswerID, err)
	}
	codes := (&Row{Keys: cell.Keys}).codes()
	slot := slices.IndexFunc(now.Columns, func(c Column) bool { return c.Name == measure }) - len(q.By)
	for _, row := range now.Rows {
		if slot >= 0 && slices.Equal(row.codes(), codes) {
			cell.Now = row.Values[slot]
		}
	}
	was, is := cell.Value, cell.Now
	cell.Differs = was.Number != is.Number || was.Known != is.Known || was.Suppressed != is.Suppressed
	return nil
}

// whyDifferent tells the causes when today's number is another.
func (s *Service) whyDifferent(ctx context.Context, out *Explained, cell *ExplainedCell, narrow Question, look Look) error {
	if !cell.Differs {
		return nil
	}
	if _, defined := s.catalogue.entryOf(cell.Measure.Name); !defined {
		return nil // that it is not defined any more is all there is to say
	}
	definitions := out.Definitions
	restated, err := s.Restate(ctx, Restatement{
		Names: narrow.Measures, By: narrow.By, Where: narrow.Where, From: out.AsOf, FirstDay: narrow.From, EndDay: narrow.To,
		Rows: look.Changes, Scope: narrow.Scope, definitions: &definitions, day: out.Question.again.day,
	})
	if err != nil {
		return fmt.Errorf("telling why %s differs: %w", out.ID, err)
	}
	if len(restated.Figures) > 0 {
		cell.Restated = &restated.Figures[0]
	}
	cell.Changed, cell.ChangedOf = restated.Rows, restated.RowsOfAll
	return nil
}
