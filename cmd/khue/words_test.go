package main

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/ingest"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// speaking is an observatory that only answers, in one language.
func speaking(lang khue.Lang) *Observatory {
	o := &Observatory{Zone: warehousetest.Zone(), Config: Config{}}
	o.Config.Language = string(lang)
	return o
}

func TestRunsAreListedInWordsAndDatesOfTheReadersLanguage(t *testing.T) {
	began := time.Date(2025, 12, 31, 17, 30, 0, 0, time.UTC) // the first hour of a year, local time
	run := func(state, cause, fault string, rejected int64) warehouse.Run {
		return warehouse.Run{
			Outcome: warehouse.Outcome{Source: "gates", Dataset: "attendance", Read: 1234567, Rejected: rejected, BatchID: "b"},
			State:   state, Cause: cause, Error: khue.Text{EN: fault}, StartedAt: began,
		}
	}
	runs := []warehouse.Run{
		run(warehouse.StateComplete, "", "", 0), run(warehouse.StateComplete, warehouse.CauseBackfill, "", 3),
		run(warehouse.StateAborted, "", "the line went dead", 0), run(warehouse.StateAborted, warehouse.CauseDryRun, "", 0),
		run(warehouse.StatePosting, warehouse.CauseKeys, "", 0),
	}
	for lang, want := range map[khue.Lang][]string{
		khue.Vietnamese: {`00:30 ngày 01/01/2026`, `1\.234\.567`, `kéo thường +│ Xong +│`, `kéo lại một khoảng thời gian +│ Xong, có lỗi`, `kéo thường +│ Hỏng`, `chạy thử, không ghi sổ +│ Xong +│`, `rà mã.*│ Đang chạy`},
		khue.English:    {`00:30 on 1 Jan 2026`, `1,234,567`, `regular pull +│ Done +│`, `a stretch of time read again +│ Done, with faults`, `regular pull +│ Failed`, `rehearsal, nothing posted +│ Done +│`, `key sweep.*│ Running`},
	} {
		var out bytes.Buffer
		require.NoError(t, listRuns(&out, speaking(lang), runs, "table"))
		for _, w := range want {
			require.Regexp(t, w, out.String())
		}
		require.NotRegexp(t, regexp.MustCompile(`complete|aborted|posting|dry-run|2026-01-01|2025-12-31`), out.String())
	}
}

func TestWhatBecameOfPullsIsToldInTheReadersLanguage(t *testing.T) {
	results := []ingest.Result{{
		Source: "gates", Dataset: "attendance", Read: 12345, DryRun: true,
		Changes: []warehouse.Change{{Dataset: "attendance", Month: "2025-03", Added: 1}, {Dataset: "members", Added: 2}},
	}}
	for lang, want := range map[khue.Lang][]string{
		khue.Vietnamese: {"Nguồn", "Giữ lại", "12.345", "Nếu kéo thật", "3/2025", "không có ngày"},
		khue.English:    {"Source", "Rejected", "12,345", "What a pull would do", "Mar 2025", "undated"},
	} {
		var out bytes.Buffer
		require.NoError(t, showResults(&out, speaking(lang), results, true, "table"))
		for _, w := range want {
			require.Contains(t, out.String(), w)
		}
	}
	var out bytes.Buffer
	require.NoError(t, showResults(&out, speaking(khue.Vietnamese), results, true, "json"))
	require.Contains(t, out.String(), `"month": "2025-03"`, "programs read the same in every language")
}
