package indicators

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse/warehousetest"
)

// book is a ledger in memory.
type book struct {
	mu       sync.Mutex
	asked    map[string]Asked
	versions map[string]Definitions
	inForce  []Definitions // oldest first
	kept     int
}

func newBook() *book {
	return &book{asked: make(map[string]Asked), versions: make(map[string]Definitions)}
}

func (b *book) Keep(a Asked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept++
	if _, twice := b.asked[a.ID]; !twice {
		b.asked[a.ID] = a
	}
}

func (b *book) Asked(_ context.Context, id string) (Asked, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, known := b.asked[id]
	return a, known, nil
}

func (b *book) DefinitionsAt(_ context.Context, at time.Time) (Definitions, bool, error) {
	var found Definitions
	for _, d := range b.inForce {
		if !d.Since.After(at) {
			found = d
		}
	}
	return found, found.Version != "", nil
}

func (b *book) Definitions(_ context.Context, version string) (Definitions, bool, error) {
	d, known := b.versions[version]
	return d, known, nil
}

// force puts a catalogue into force.
func (b *book) force(t *testing.T, c *Catalogue, since time.Time) {
	t.Helper()
	packed, err := c.Pack()
	require.NoError(t, err)
	d := Definitions{Version: c.Version(), Since: since, Packed: packed}
	b.versions[d.Version], b.inForce = d, append(b.inForce, d)
}

func march(day int) time.Time { return time.Date(2025, time.March, day, 3, 0, 0, 0, time.UTC) }

// spring is a city in March 2025, and what was mended in April.
func spring() (known, mended []load) {
	event := func(id, discipline string) map[string]any {
		return map[string]any{"id": id, "title": id, "disciplines": []any{discipline}, "area": "001", "format": "onsite", "starts_at": march(1)}
	}
	visit := func(id, event string, day, n int) map[string]any {
		return map[string]any{"id": id, "event": event, "occurred_at": march(day), "visitors": n}
	}
	known = []load{
		{At: march(20), Source: "e", Dataset: "events", Rows: []map[string]any{event("E1", "design"), event("E2", "music")}},
		{At: march(31), Source: "e", Dataset: "attendance", Rows: []map[string]any{visit("A1", "E1", 3, 100), visit("A2", "E1", 4, 50), visit("A3", "E2", 5, 30)}},
	}
	mended = []load{
		{At: march(31).AddDate(0, 0, 5), Source: "e", Dataset: "attendance", Rows: []map[string]any{visit("A1", "E1", 3, 120), visit("A9", "E1", 9, 8), {"id": "A2", "deleted": true}}},
	}
	return known, mended
}

func TestANumberOfMarchOpenedAfterCorrectionsShowsWhatItWasWhatItIsAndTheRows(t *testing.T) {
	known, mended := spring()
	c, ledger := loaded(t), newBook()
	clock := march(31).Add(12 * time.Hour)
	ledger.force(t, c, march(1))
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	addLoads(t, w, &clock, known)
	s := NewService(c, w, Options{Now: func() time.Time { return clock }, Ledger: ledger})
	q := Question{
		Measures: []string{"visitors", "events"}, By: []string{"month", "discipline"}, Scope: khue.Everything,
		From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC),
	}
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Regexp(t, "^[0-9A-HJKMNP-TV-Z]{12}$", a.Evidence.ID)
	row := -1
	for i, r := range a.Rows {
		if r.Keys[0].Code == "2025-03" && r.Keys[1].Code == "design" {
			row = i
		}
	}
	id := a.CellID(row, 0)
	require.Equal(t, a.Evidence.ID+".2025-03.design.visitors", id)
	require.Equal(t, 150.0, a.Rows[row].Values[0].Number)

	addLoads(t, w, &clock, mended)
	clock = time.Date(2026, time.January, 9, 0, 0, 0, 0, time.UTC)
	later := NewService(c, w, Options{Now: func() time.Time { return clock }, Ledger: ledger}) // after a restart
	e, err := later.Explain(t.Context(), id, Look{Scope: khue.Everything, Rows: 10, Batches: 10, Changes: 10})
	require.NoError(t, err)
	require.Equal(t, "2025-03-31 10:00", e.AsOf.Format("2006-01-02 15:04"), "the moment of the newest batch, in Hanoi")
	require.Equal(t, "Khách tại chỗ; tháng 3 năm 2025; lĩnh vực Thiết kế", e.Words.VI)
	require.Equal(t, "On-site visitors; March 2025; discipline Design", e.Words.EN)
	cell := e.Cell
	require.Equal(t, Value{Number: 150, Known: true}, cell.Value)
	require.Equal(t, Value{Number: 128, Known: true}, cell.Now)
	require.True(t, cell.Differs)
	require.Equal(t, []CauseEffect{{"new", 8, 1}, {"corrected", 20, 1}, {"retracted", -50, 1}}, cell.Restated.Cells[0].Causes)
	require.EqualValues(t, 3, cell.ChangedOf)
	changed := map[string]string{} // March was not over on its last day, so nothing of it is late
	for _, r := range cell.Changed {
		changed[r.RecordID] = r.Cause
	}
	require.Equal(t, map[string]string{"A1": "corrected", "A2": "retracted", "A9": "new"}, changed)
	require.Len(t, cell.Grounds, 1)
	g := cell.Grounds[0]
	require.EqualValues(t, 2, g.RecordsOf)
	require.Equal(t, []string{"A1", "A2"}, []string{g.Records[0].RecordID, g.Records[1].RecordID}, "the rows of then, not those of now")
	require.Equal(t, FieldValue{"visitors", int64(100)}, g.Records[0].Fields[2])
	require.EqualValues(t, 1, g.BatchesOf)
	require.EqualValues(t, 2, g.Batches[0].Records)
	require.EqualValues(t, 3, g.Batches[0].Added)
	require.NotEmpty(t, e.Then.Evidence.SQL)
	require.NotEmpty(t, cell.Fresh)
	require.Nil(t, e.Defined[0].Changed)
	require.Equal(t, "sum of visitors over attendance", e.Defined[0].Formula.EN)

	again, err := later.Explain(t.Context(), e.AnswerID, Look{Scope: khue.Everything})
	require.NoError(t, err)
	require.Nil(t, again.Cell, "an answer of several numbers is none of them")
	require.Equal(t, valuesOf(a), valuesOf(again.Then))
}

func TestIdsHoldBetweenPullsAndOverRestartsAndTellScopesApart(t *testing.T) {
	known, mended := spring()
	clock := march(31).Add(12 * time.Hour)
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	addLoads(t, w, &clock, known)
	c, ledger := loaded(t), newBook()
	service := func() *Service {
		return NewService(c, w, Options{Now: func() time.Time { return clock }, Ledger: ledger})
	}
	ask := func(s *Service, change func(*Question)) string {
		q := Question{Measures: []string{"visitors"}, By: []string{"month"}, Where: map[string][]string{"discipline": {"music", "design"}}, Scope: khue.Everything, To: time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)}
		if change != nil {
			change(&q)
		}
		a, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		return a.Evidence.ID
	}
	s := service()
	first := ask(s, nil)
	require.Equal(t, first, ask(s, func(q *Question) { q.Where["discipline"] = []string{"design", "music", "design"}; q.Limit = 50 }), "the same question in other words")
	require.Equal(t, 1, ledger.kept, "noted once by one process")
	clock = clock.Add(time.Hour)
	require.Equal(t, first, ask(service(), nil), "an hour later, after a restart")
	require.Len(t, ledger.asked, 1)
	clock = clock.AddDate(0, 0, 3)
	march := ask(s, nil)
	require.NotEqual(t, first, march, "March was not over when it was asked first, so it was another answer")
	clock = clock.AddDate(0, 0, 1)
	require.Equal(t, march, ask(s, nil), "it is over for good")
	different := map[string]string{"": march}
	for name, change := range map[string]func(*Question){
		"another scope":    func(q *Question) { q.Scope = khue.Scope{Areas: []string{"001"}} },
		"another measure":  func(q *Question) { q.Measures = []string{"events"} },
		"another filter":   func(q *Question) { q.Where = nil },
		"an unknown value": func(q *Question) { q.Where = map[string][]string{"discipline": {""}} },
		"another moment":   func(q *Question) { q.AsOf = clock.Add(-time.Hour) },
		"other days":       func(q *Question) { q.To = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC) },
	} {
		id := ask(s, change)
		for other, known := range different {
			require.NotEqual(t, known, id, "%s against %s", name, other)
		}
		different[name] = id
	}
	addLoads(t, w, &clock, mended)
	require.NotEqual(t, march, ask(s, nil), "a batch came in")
}

func TestAnIdOpensForThoseAloneWhoMaySeeItsNumber(t *testing.T) {
	known, _ := spring()
	clock := march(31).Add(12 * time.Hour)
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	addLoads(t, w, &clock, known)
	s := NewService(loaded(t), w, Options{Now: func() time.Time { return clock }, Ledger: newBook()})
	ask := func(scope khue.Scope) string {
		a, err := s.Ask(t.Context(), Question{Measures: []string{"visitors"}, Scope: scope})
		require.NoError(t, err)
		return a.CellID(0, 0)
	}
	all, one := ask(khue.Everything), ask(khue.Scope{Areas: []string{"001"}})
	for _, c := range []struct {
		id    string
		scope khue.Scope
		kind  khue.Kind
	}{
		{all, khue.Everything, ""},
		{all, khue.Scope{Areas: []string{"001"}}, khue.Forbidden},
		{all, khue.Scope{}, khue.Forbidden},
		{one, khue.Everything, ""},
		{one, khue.Scope{Areas: []string{"002", "001"}}, ""},
		{one, khue.Scope{Areas: []string{"002"}}, khue.Forbidden},
		{"K7F3Q9X2BC00.visitors", khue.Everything, khue.NotFound},
		{"nothing", khue.Everything, khue.NotFound},
		{"", khue.Everything, khue.NotFound},
		{all + ".visitors", khue.Everything, khue.NotFound},
		{all[:12] + ".~ZZ", khue.Everything, khue.NotFound},
		{all[:12] + ".2025-03.visitors", khue.Everything, khue.NotFound},
	} {
		e, err := s.Explain(t.Context(), c.id, Look{Scope: c.scope, Rows: 5, Batches: 5})
		if c.kind != "" {
			require.Equal(t, c.kind, khue.KindOf(err), "%s for %+v", c.id, c.scope)
			require.NotEmpty(t, khue.MessageOf(err).VI)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, 180.0, e.Cell.Value.Number)
		require.False(t, e.Cell.Differs)
		require.EqualValues(t, 3, e.Cell.Grounds[0].RecordsOf)
	}
}

// A visitor came to count for more than one who came to the design halls.
func TestANumberIsExplainedByTheDefinitionsOfItsTime(t *testing.T) {
	old, err := Load(folder(t, map[string]string{"museums.yaml": museumVisits}))
	require.NoError(t, err)
	known, _ := spring()
	clock := march(31).Add(12 * time.Hour)
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	addLoads(t, w, &clock, known)
	ledger := newBook()
	ledger.force(t, old, march(1))
	before := NewService(old, w, Options{Now: func() time.Time { return clock }, Ledger: ledger})
	a, err := before.Ask(t.Context(), Question{Measures: []string{"museum_visits"}, Scope: khue.Everything})
	require.NoError(t, err)
	require.False(t, a.Rows[0].Values[0].Known, "no event of the spring was in a museum")

	now, err := Load(folder(t, map[string]string{"museums.yaml": strings.Replace(museumVisits, "heritage", "design", 1)}))
	require.NoError(t, err)
	require.NotEqual(t, old.Version(), now.Version())
	clock = clock.AddDate(0, 1, 0)
	ledger.force(t, now, clock)
	clock = clock.AddDate(0, 1, 0)
	after := NewService(now, w, Options{Now: func() time.Time { return clock }, Ledger: ledger})
	e, err := after.Explain(t.Context(), a.CellID(0, 0), Look{Scope: khue.Everything, Rows: 5, Batches: 5, Changes: 5})
	require.NoError(t, err)
	require.Equal(t, old.Version(), e.Definitions.Version)
	require.False(t, e.Cell.Value.Known)
	require.Equal(t, 150.0, e.Cell.Now.Number)
	require.Equal(t, []FieldChange{{"where.discipline", []any{"heritage"}, []any{"design"}}}, e.Defined[0].Changed.Fields)
	require.Equal(t, []CauseEffect{{DefinitionChanged, 150, 0}}, e.Cell.Restated.Cells[0].Causes)

	r, err := after.Restate(t.Context(), Restatement{From: march(31).Add(12 * time.Hour), Scope: khue.Everything})
	require.NoError(t, err)
	require.Equal(t, old.Version(), r.Before.Version)
	require.Equal(t, now.Version(), r.After.Version)
	require.Len(t, r.Figures, 1, "nothing else differs")
	require.Equal(t, "museum_visits", r.Figures[0].Name)
}

func TestACatalogueThatWasPackedReadsTheSame(t *testing.T) {
	c := loaded(t)
	packed, err := c.Pack()
	require.NoError(t, err)
	back, err := Unpack(packed)
	require.NoError(t, err)
	back.files = c.files // their places on the disk are not kept
	require.Equal(t, c, back)
	_, err = Unpack([]byte("nothing of the kind"))
	require.Error(t, err)
}

func TestKeysOfAnyTextMakeIdsOfPlainLetters(t *testing.T) {
	for _, code := range []string{"", "design", "2025-03", "Nhà hát Lớn", "a.b~c/d?e", "~", "100%"} {
		part := escapeKey(code)
		require.Regexp(t, "^[A-Za-z0-9_~-]+$", part)
		back, ok := unescapeKey(part)
		require.True(t, ok)
		require.Equal(t, code, back)
	}
	_, ok := unescapeKey("a b")
	require.False(t, ok)
}

func TestNumbersOfQuestionsThatRankAndDivideOpenToo(t *testing.T) {
	known, mended := spring()
	clock := march(31).Add(12 * time.Hour)
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	addLoads(t, w, &clock, known)
	s := NewService(loaded(t), w, Options{Now: func() time.Time { return clock }, Ledger: newBook()})
	q := Question{
		Measures: []string{"visitors", "visitors_per_event"}, By: []string{"discipline"}, Scope: khue.Everything,
		Top:  &Top{By: "visitors", Dim: "discipline", N: 1},
		From: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC),
	}
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, a.Rows, 2, "the largest and all others")
	addLoads(t, w, &clock, mended)
	clock = clock.AddDate(0, 1, 0)
	for row := range a.Rows {
		for value := range a.Rows[row].Values {
			if a.Columns[1+value].Derived != "" {
				continue
			}
			e, err := s.Explain(t.Context(), a.CellID(row, value), Look{Scope: khue.Everything, Rows: 10, Batches: 10, Changes: 10})
			require.NoError(t, err)
			require.Equal(t, a.Rows[row].Values[value].Number, e.Cell.Value.Number)
			require.Equal(t, a.Rows[row].Keys[0].Code == "design", e.Cell.Differs, "design alone was mended")
			if a.Rows[row].Keys[0].Code == OtherCode {
				require.True(t, e.Cell.Recast)
				continue
			}
			require.NotEmpty(t, e.Cell.Grounds)
			require.NotNil(t, e.Cell.Restated)
		}
	}
}

// What one contributor reported for a confidential measure stands in the records
// of every number of its dataset.
func TestRecordsBehindAPublicNumberKeepConfidentialFieldsToThemselves(t *testing.T) {
	clock := march(31).Add(12 * time.Hour)
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	known, mended := spring()
	for _, loads := range [][]load{known, mended} {
		for _, l := range loads {
			if l.Dataset != "attendance" {
				continue
			}
			for _, row := range l.Rows {
				row["revenue_vnd"], row["paid_tickets"] = row["visitors"], 7
			}
		}
	}
	addLoads(t, w, &clock, known)
	s := NewService(loaded(t), w, Options{Now: func() time.Time { return clock }, Ledger: newBook()})
	a, err := s.Ask(t.Context(), Question{Measures: []string{"visitors"}, Scope: khue.Public})
	require.NoError(t, err)
	addLoads(t, w, &clock, mended)
	clock = time.Date(2026, time.January, 9, 0, 0, 0, 0, time.UTC)

	e, err := s.Explain(t.Context(), a.CellID(0, 0), Look{Scope: khue.Public, Rows: 10, Changes: 10})
	require.NoError(t, err)
	fields := map[string]bool{}
	for _, r := range e.Cell.Grounds[0].Records {
		for _, f := range r.Fields {
			fields[f.Field] = true
		}
	}
	require.NotEmpty(t, e.Cell.Changed)
	for _, r := range e.Cell.Changed {
		for _, f := range r.Fields {
			fields[f.Field] = true
		}
	}
	require.True(t, fields["visitors"])
	require.False(t, fields["revenue_vnd"], "revenue is for staff")
	require.False(t, fields["paid_tickets"], "tickets are for staff")
}
