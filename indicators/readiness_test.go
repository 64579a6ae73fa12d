package indicators

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestAReportIsSetAgainstWhatIsKnownHere(t *testing.T) {
	on := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	promised := load{At: on(2026, 11, 1), Source: "registry", Dataset: "initiatives", Rows: []map[string]any{
		{"id": "S1", "programme": "unesco-uccn", "commitment": "I2", "title": "Diễn đàn (mô phỏng)", "planned_from": on(2023, 5, 1), "planned_to": on(2023, 11, 30), "status": "done", "actual_to": on(2023, 12, 20)},
		{"id": "S2", "programme": "unesco-uccn", "commitment": "L1", "title": "Việc của kỳ trước (mô phỏng)", "planned_from": on(2021, 5, 1), "planned_to": on(2022, 12, 31), "status": "done"},
		{"id": "S3", "programme": "unesco-uccn", "commitment": "L2", "title": "Việc đã bỏ (mô phỏng)", "planned_from": on(2025, 5, 1), "planned_to": on(2025, 12, 31), "status": "dropped"},
	}}
	events := load{At: on(2026, 11, 1), Source: "e", Dataset: "events", Rows: []map[string]any{{"id": "E1", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": on(2024, 3, 1)}}}
	s := NewService(loaded(t), inWarehouse(t, []load{promised, events}, lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
	r, err := s.Readiness(t.Context(), "mmr-2027", time.Time{}, khue.Public)
	require.NoError(t, err)
	require.Equal(t, 2027, r.Milestone.Year)
	require.Zero(t, r.DaysLeft, "the day is not known, so none is counted down to")
	states, total := map[string]FieldReadiness{}, 0
	for _, section := range r.Sections {
		for _, f := range section.Fields {
			states[section.Section.ID+"/"+f.Field.ID] = f
		}
		for _, n := range section.Tally {
			total += n
		}
	}
	require.Len(t, states, total)
	require.Equal(t, FieldReady, states["general/field"].State)
	require.Equal(t, FieldMissing, states["general/submitted"].State)
	require.Equal(t, FieldReady, states["global/conferences"].State)
	require.Equal(t, 20, states["global/conferences"].Actions[0].DaysLate)
	require.Equal(t, FieldMissing, states["local/programmes"].State, "one lies before the four years, one was dropped")
	require.Equal(t, FieldNarrative, states["summary/summary"].State)
	require.Len(t, r.Figures.Rows, 4, "a row for each year that the report covers")
	require.Equal(t, Value{Number: 1, Known: true}, r.Figures.Rows[1].Values[states["summary/summary"].Figures[0]])
	_, err = s.Readiness(t.Context(), "mmr-2072", time.Time{}, khue.Public)
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

const ownReport = `monitoring_report:
  id: own
  programme: unesco-uccn
  milestone: mmr-2027
  title: {vi: Mẫu riêng, en: Own form}
  citation: "x"
  mark: verified
  covers: {from: 2023, to: 2026, mark: inferred}
  due: 2027-06-30
  sections:
    - id: numbers
      number: 1
      title: {vi: Số liệu, en: Figures}
      fields:
        - {id: a, title: {vi: Một, en: One}, holds: figures, fed_by: [events, cultural_industry_centres]}
        - {id: b, title: {vi: Hai, en: Two}, holds: fact, mark: unknown}
`

func TestDaysAreCountedToADayThatIsKnown(t *testing.T) {
	c := withReport(t, ownReport)
	at := time.Date(2026, time.November, 23, 6, 15, 0, 0, time.UTC)
	events := load{At: at.AddDate(0, 0, -1), Source: "e", Dataset: "events", Rows: []map[string]any{{"id": "E1", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": at.AddDate(-2, 0, 0)}}}
	s := NewService(c, inWarehouse(t, []load{events}, at), Options{Now: func() time.Time { return at }})
	r, err := s.Readiness(t.Context(), "own", time.Time{}, khue.Public)
	require.NoError(t, err)
	require.Equal(t, 219, r.DaysLeft)
	require.Equal(t, map[string]int{FieldPartly: 1, FieldMissing: 1}, r.Tally, "one of two indicators has figures; what is unknown is missing")
}

func withReport(t *testing.T, content string) *Catalogue {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "own.yaml"), []byte(content), 0o600))
	c, err := Load(folder)
	require.NoError(t, err)
	return c
}

func TestAReportThatCannotBeIsRefusedWithEveryFault(t *testing.T) {
	const wrong = `monitoring_report:
  id: mmr-2027
  programme: unesco-uccm
  milestone: mmr-2027
  title: {vi: Mẫu}
  citation: "x"
  mark: sure
  covers: {from: 2026, to: 2023, mark: inferred}
  sections:
    - id: a
      number: 1
      title: {vi: A, en: A}
      fields:
        - {id: a, title: {vi: A, en: A}, holds: figures}
        - {id: a, title: {vi: A, en: A}, holds: fact, mark: verified}
        - {id: c, title: {vi: A, en: A}, holds: fact, mark: unknown, value: {vi: x, en: x}}
        - {id: d, title: {vi: A, en: A}, holds: outside}
        - {id: e, title: {vi: A, en: A}, holds: narrative, commitments: [L1], most: 0}
        - {id: f, title: {vi: A, en: A}, holds: figures, fed_by: [event]}
        - {id: g, title: {vi: A, en: A}, holds: numbers}
`
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "own.yaml"), []byte(wrong), 0o600))
	_, err := Load(folder)
	require.Error(t, err)
	for _, fault := range []string{
		`own.yaml:2: monitoring report "mmr-2027" is already defined at`, `there is no programme "unesco-uccm"`, `title has no text in "en"`, `mark is "sure"`,
		"the report covers 2026 to 2023, which ends before it begins", `a field needs "fed_by"`, `field "a" is already defined`, `a field needs "value"`, `a field needs "citation"`,
		`gives a value that its mark says is unknown`, `a field needs "note"`, "commitments belongs to a field that holds actions, not to one that holds narrative",
		"most is 0", `there is no indicator "event"`, `holds is "numbers"`,
	} {
		require.ErrorContains(t, err, fault)
	}
	late := `monitoring_report: {id: own, programme: unesco-uccn, milestone: mmr-2027, title: {vi: A, en: A}, citation: x, mark: general, covers: {from: 2023, to: 2026, mark: general}, due: 2026-05-01, sections: []}`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "own.yaml"), []byte(late), 0o600))
	_, err = Load(folder)
	require.ErrorContains(t, err, `due lies in 2026, but milestone "mmr-2027" is of 2027`)
}
