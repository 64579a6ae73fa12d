package indicators

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
)

// randomRestatement asks for some measures between two moments of a journal.
func randomRestatement(r *rand.Rand, s *Service, moments []time.Time) Restatement {
	var q Question
	for {
		q = randomQuestion(r, s.catalogue, moments)
		q.By, q.Measures = q.By[max(0, len(q.By)-2):], q.Measures[:min(4, len(q.Measures))]
		if _, err := s.understand(q); err == nil {
			break
		}
	}
	a, b := r.IntN(len(moments)), r.IntN(len(moments))
	if a == b {
		b = (a + 1) % len(moments)
	}
	restatement := Restatement{
		Names: q.Measures, By: q.By, Where: q.Where, From: moments[min(a, b)], To: moments[max(a, b)],
		FirstDay: q.From, EndDay: q.To, Scope: q.Scope, Rows: 1000,
	}
	return restatement
}

// valuesOf are the numbers of an answer by the measure and the codes of the row.
func valuesOf(a Answer) map[string]Value {
	out := make(map[string]Value)
	for _, row := range a.Rows {
		for i, v := range row.Values {
			if v.Known {
				out[a.Question.Measures[i]+fmt.Sprint(row.codes())] = v
			}
		}
	}
	return out
}

func TestWhatWasKnownPlusTheCausesIsWhatIsKnownForRandomJournals(t *testing.T) {
	c := loaded(t)
	now := func() time.Time { return randomNow }
	counted, movedMembers, seen := 0, 0, make(map[string]int)
	for journal := range 4 {
		r := rand.New(rand.NewPCG(2022, uint64(journal)))
		loads := randomLoads(r)
		moments := []time.Time{loads[0].At.Add(-time.Hour)}
		for _, l := range loads {
			moments = append(moments, l.At, l.At.Add(time.Minute))
		}
		inEngine := NewService(c, inWarehouse(t, loads, randomNow), Options{Now: now})
		plain := &memory{loads: loads, now: now}
		byRows := NewService(c, plain, Options{Now: now})
		for i := range 50 {
			q := randomRestatement(r, byRows, moments)
			ask := Question{Measures: q.Names, By: q.By, Where: q.Where, From: q.FirstDay, To: q.EndDay, Scope: q.Scope, AsOf: q.From}
			before, err := byRows.Ask(t.Context(), ask)
			got, gotErr := inEngine.Restate(t.Context(), q)
			if err != nil {
				require.Equal(t, khue.MessageOf(err), khue.MessageOf(gotErr), "journal %d, case %d: %+v", journal, i, q)
				continue
			}
			require.NoError(t, gotErr, "journal %d, case %d: %+v", journal, i, q)
			ask.AsOf = q.To
			after, err := byRows.Ask(t.Context(), ask)
			require.NoError(t, err)
			reached := valuesOf(before)
			for _, f := range got.Figures {
				for _, cell := range f.Cells {
					key := f.Name + fmt.Sprint((&Row{Keys: cell.Keys}).codes())
					v := reached[key]
					require.Equal(t, v.Number, cell.Before.Number, "before, %s", key)
					for _, e := range cell.Causes {
						v.Number += e.Effect
						seen[e.Cause]++
					}
					if !f.Additive {
						for _, m := range cell.Movements {
							v.Number += map[bool]float64{true: 1, false: -1}[m.Enters]
							require.NotEmpty(t, m.Causes, "%s enters or leaves %s for no cause", m.Code, key)
							movedMembers++
						}
					}
					reached[key] = v
				}
			}
			for key, want := range valuesOf(after) {
				require.InDelta(t, want.Number, reached[key].Number, 1e-9, "journal %d, case %d, %s: %+v", journal, i, key, q)
				delete(reached, key)
			}
			for key, v := range reached {
				require.InDelta(t, 0, v.Number, 1e-9, "%s is known no more", key)
			}
			requireChangedRecords(t, c, plain, q, got)
			counted++
		}
	}
	require.Greater(t, counted, 150, "too few cases to mean anything")
	require.Greater(t, movedMembers, 100)
	for _, cause := range causes[:4] {
		require.Greater(t, seen[cause], 50, cause)
	}
}

// requireChangedRecords works out from the loads which records changed and why.
func requireChangedRecords(t *testing.T, c *Catalogue, plain *memory, q Restatement, got Restated) {
	t.Helper()
	if !q.Scope.All || len(q.Where) > 0 || !q.FirstDay.IsZero() || !q.EndDay.IsZero() {
		return // every record counts where nothing limits them
	}
	for _, name := range q.Names {
		if m, err := c.Measure(name); err != nil || len(m.Where) > 0 {
			return // a measure with a limit of its own
		}
	}
	grain := khue.Day
	for _, by := range q.By {
		if g, err := khue.ParseGrain(by); err == nil {
			grain = g
		}
	}
	firstDay := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC) // of all moments, in Hanoi
	var want, found []string
	seen := make(map[string]bool)
	for _, name := range q.Names {
		m, err := c.Measure(name)
		require.NoError(t, err)
		if seen[m.Dataset] || m.Dataset == "members" || len(m.Where) > 0 {
			continue
		}
		seen[m.Dataset] = true
		before, after := recordsByID(plain.facts(m.Dataset, q.From)), recordsByID(plain.facts(m.Dataset, q.To))
		all := maps.Clone(before)
		maps.Copy(all, after)
		for id := range all {
			was, is := before[id], after[id]
			if fmt.Sprint(was) == fmt.Sprint(is) {
				continue
			}
			cause := warehouse.ChangeCorrected
			switch {
			case is == nil:
				cause = warehouse.ChangeRetracted
			case was == nil && !khue.PeriodOf(day(is, m.Dataset), grain).Partial(firstDay):
				cause = warehouse.ChangeLate
			case was == nil:
				cause = warehouse.ChangeNew
			}
			want = append(want, m.Dataset+" "+id+" "+cause)
		}
	}
	for _, row := range got.Rows {
		if seen[row.Dataset] {
			found = append(found, row.Dataset+" "+row.Source+"\x00"+row.RecordID+" "+row.Cause)
			require.NotEmpty(t, row.Batches)
			require.NotEmpty(t, row.Fields)
		}
	}
	slices.Sort(want)
	slices.Sort(found)
	require.Equal(t, want, found)
}

func recordsByID(records []warehouse.Record) map[string]warehouse.Record {
	out := make(map[string]warehouse.Record)
	for _, r := range records {
		out[textOf(r, "source")+"\x00"+textOf(r, "record_id")] = r
	}
	return out
}
