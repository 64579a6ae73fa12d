package dashboards_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/dashboards/pending"
	"khue/ingest"
	"khue/locale"
	"khue/state"
)

// books are runs and refused rows in memory, filtered one by one.
type books struct {
	sources []dashboards.Source
	runs    []dashboards.Run
	refused []dashboards.Quarantined
	away    error
	loaded  map[string]string // names of loaded files by their sum
	folder  string
	pulls   int
	retried []dashboards.QuarantineQuery
	ran     []string // jobs that were begun by hand
	store   *state.Store
}

// jobs are those of a real ledger; the work itself is not what the pages are about.
type jobs struct {
	*state.Store
	b *books
}

func (j jobs) Label(job string) khue.Text {
	for _, s := range j.b.sources {
		if job == "pull "+s.Name {
			return khue.Text{VI: "Kéo: " + s.Label.VI, EN: "Pull: " + s.Label.EN}
		}
	}
	return khue.Text{}
}

func (j jobs) RunJob(_ context.Context, job string) error {
	if job == "pull monthly" {
		return khue.Errorf(khue.Conflict, "công việc %s đang chạy", "job %s is already running", job)
	}
	j.b.ran = append(j.b.ran, job)
	return nil
}

// ledger is a state with a day of three jobs.
func ledger(t testing.TB, b *books) jobs {
	t.Helper()
	ctx := t.Context()
	store, err := state.Open(ctx, filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	began := morning.Add(-20 * time.Hour)
	require.NoError(t, store.Register(ctx, began, state.Registration{Job: "pull gates", Schedule: "*/10 * * * *", CatchUp: "latest"},
		state.Registration{Job: "pull monthly", Schedule: "15 6 * * *", CatchUp: "all"},
		state.Registration{Job: "pull registry", Schedule: "@every 15m", CatchUp: "none"},
		state.Registration{Job: "report", CatchUp: "latest", Follows: []string{"pull gates", "pull monthly"}}))
	for i, job := range []string{"pull registry", "pull gates", "pull registry", "pull gates", "pull registry", "pull monthly"} {
		at := began.Add(time.Duration(i) * time.Hour)
		id, err := store.Begin(ctx, job, state.ByCommand, at, at.Add(time.Minute))
		require.NoError(t, err)
		end := state.Ending{Outcome: state.Done}
		if i == 3 {
			end = state.Ending{Outcome: state.Failed, Reason: state.ReasonError, Cause: khue.Text{VI: "không nối được nguồn", EN: "connecting to the source: connection refused"}}
		}
		_, err = store.End(ctx, id, at.Add(time.Duration(i+2)*700*time.Millisecond), end)
		require.NoError(t, err)
	}
	require.NoError(t, store.Pause(ctx, "pull monthly", "test", morning.Add(-time.Hour)))
	b.store = store
	return jobs{store, b}
}

func (b *books) Sources(context.Context) ([]dashboards.Source, error) { return b.sources, b.away }
func (b *books) Reasons() map[string]khue.Text                        { return ingest.Reasons() }

func (b *books) Runs(_ context.Context, q dashboards.RunQuery) ([]dashboards.Run, int64, error) {
	var out []dashboards.Run
	for _, r := range b.runs {
		faulty := r.Outcome == dashboards.RunDone && r.Rejected > 0
		switch {
		case q.Source != "" && r.Source != q.Source, q.Dataset != "" && r.Dataset != q.Dataset,
			q.Outcome != "" && q.Outcome != r.Outcome && (q.Outcome != dashboards.RunFaulty || !faulty),
			!q.From.IsZero() && r.StartedAt.Before(q.From), !q.To.IsZero() && !r.StartedAt.Before(q.To):
			continue
		}
		out = append(out, r)
	}
	return cut(out, q.Offset, q.Limit), int64(len(out)), b.away
}

func cut[T any](all []T, offset, limit int) []T {
	from := min(offset, len(all))
	return all[from:min(from+limit, len(all))]
}

func (b *books) Run(_ context.Context, batch string) (dashboards.RunProof, error) {
	i := slices.IndexFunc(b.runs, func(r dashboards.Run) bool { return r.Batch == batch })
	if i < 0 {
		return dashboards.RunProof{}, khue.Errorf(khue.NotFound, "không có", "there is none")
	}
	amount := func(v float64) dashboards.Amount { return dashboards.Amount{Value: v} }
	return dashboards.RunProof{
		Run: b.runs[i], Steps: []string{"told", "read", "accepted", "rejected", "unchanged", "added"},
		Lines: []dashboards.ProofLine{
			{Measure: "rows", Amounts: map[string]dashboards.Amount{"told": amount(470), "read": amount(470), "accepted": amount(412), "rejected": amount(58)}},
			{Measure: "value", Amounts: map[string]dashboards.Amount{"accepted": {Value: 120431.5, Decimals: 1}, "unchanged": amount(120000), "added": {Value: 431.5, Decimals: 1}}},
		},
		Raw: []dashboards.RawObject{{Path: "monthly/bao-cao-2026-10.xlsx.zst", Kind: "file", Bytes: 48_213, Rows: 470, SHA256: strings.Repeat("9f", 32)}},
	}, b.away
}

func (b *books) matching(q dashboards.QuarantineQuery) []dashboards.Quarantined {
	var out []dashboards.Quarantined
	for _, r := range b.refused {
		words := locale.Fold(strings.Join([]string{r.Place.EN, r.Field, r.Value, r.Raw}, "\n"))
		if (q.Source == "" || q.Source == r.Source) && (q.Dataset == "" || q.Dataset == r.Dataset) &&
			(q.Reason == "" || q.Reason == r.Reason) && strings.Contains(words, locale.Fold(q.Text)) {
			out = append(out, r)
		}
	}
	return out
}

func (b *books) Quarantined(_ context.Context, q dashboards.QuarantineQuery) ([]dashboards.Quarantined, error) {
	return cut(b.matching(q), q.Offset, q.Limit), b.away
}

func (b *books) QuarantineCounts(_ context.Context, q dashboards.QuarantineQuery) ([]dashboards.QuarantineCount, error) {
	var out []dashboards.QuarantineCount
	for _, r := range b.matching(q) {
		i := slices.IndexFunc(out, func(c dashboards.QuarantineCount) bool {
			return c.Source == r.Source && c.Dataset == r.Dataset && c.Reason == r.Reason
		})
		if i < 0 {
			out, i = append(out, dashboards.QuarantineCount{Source: r.Source, Dataset: r.Dataset, Reason: r.Reason}), len(out)
		}
		out[i].Rows++
	}
	slices.SortStableFunc(out, func(x, y dashboards.QuarantineCount) int { return int(y.Rows - x.Rows) })
	return out, b.away
}

func (b *books) RunDays(_ context.Context, since, until time.Time) ([]dashboards.RunDay, dashboards.RunDay, error) {
	byDay, took := map[time.Time]*dashboards.RunDay{}, map[time.Time][]time.Duration{}
	zone := time.FixedZone("", 7*60*60)
	for _, r := range b.runs {
		if r.StartedAt.Before(since) || !r.StartedAt.Before(until) {
			continue
		}
		y, m, d := r.StartedAt.In(zone).Date()
		for _, day := range []time.Time{time.Date(y, m, d, 0, 0, 0, 0, time.UTC), {}} { // the zero day is all of them
			if byDay[day] == nil {
				byDay[day] = &dashboards.RunDay{Day: day}
			}
			switch one := byDay[day]; r.Said() {
			case dashboards.RunDone:
				one.Done++
			case dashboards.RunFaulty:
				one.Faulty++
			case dashboards.RunFailed:
				one.Failed++
			default:
				one.Open++
				continue
			}
			took[day] = append(took[day], r.EndedAt.Sub(r.StartedAt))
		}
	}
	var out []dashboards.RunDay
	var all dashboards.RunDay
	for day, one := range byDay {
		if all := took[day]; len(all) > 0 {
			slices.Sort(all)
			one.Median, one.Longest = all[len(all)/2], all[len(all)-1]
		}
		if day.IsZero() {
			all = *one
		} else {
			out = append(out, *one)
		}
	}
	slices.SortFunc(out, func(x, y dashboards.RunDay) int { return x.Day.Compare(y.Day) })
	return out, all, b.away
}

func (b *books) QuarantineDays(context.Context) ([]dashboards.QuarantineDay, error) {
	var out []dashboards.QuarantineDay
	zone := time.FixedZone("", 7*60*60)
	for _, r := range b.refused {
		y, m, d := r.SeenAt.In(zone).Date()
		day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		i := slices.IndexFunc(out, func(q dashboards.QuarantineDay) bool { return q.Source == r.Source && q.Day.Equal(day) })
		if i < 0 {
			out, i = append(out, dashboards.QuarantineDay{Source: r.Source, Day: day}), len(out)
		}
		out[i].Rows++
	}
	return out, b.away
}

// busy are books with the life of a few weeks.
func busy(now time.Time) *books {
	b := &books{loaded: map[string]string{}}
	b.sources = []dashboards.Source{
		{
			Name: "registry", Label: khue.Text{VI: "Sổ đăng ký thành viên", EN: "Members' registry"}, Kind: "rest", Simulated: true,
			Datasets: []string{"members", "activities"}, Schedule: "@every 15m", LastSuccess: now.Add(-4 * time.Minute), NextDue: now.Add(11 * time.Minute),
			RowsRead: 412, Durations: seconds(2.1, 2.4, 1.9, 2.2, 6.8, 2.0, 2.3),
		},
		{
			Name: "gates", Label: khue.Text{VI: "Cửa soát vé", EN: "Ticket gates"}, Kind: "sql", Datasets: []string{"events", "attendance"}, Schedule: "*/10 * * * *",
			LastSuccess: now.Add(-3 * time.Hour), NextDue: now.Add(5 * time.Minute), OverdueFrom: now.Add(-170 * time.Minute), FailedAt: now.Add(-10 * time.Minute),
			Failure:  khue.Text{VI: "Không nối được tới cơ sở dữ liệu: connection refused", EN: "The database cannot be reached: connection refused"},
			RowsRead: 1840, Quarantined: 2, Durations: seconds(11, 12, 11.5, 30, 45, 44),
		},
		{
			Name: "monthly", Label: khue.Text{VI: "Báo cáo tháng của phường, xã", EN: "Monthly reports of wards"}, Kind: "files", Datasets: []string{"discipline_statistics"},
			Schedule: "0 6 * * *", LastSuccess: now.Add(-50 * time.Hour), NextDue: now.Add(23 * time.Hour), OverdueFrom: now.Add(-26 * time.Hour), Quarantined: 58, RowsRead: 1890,
		},
		{Name: "figures", Label: khue.Text{VI: "Số đã công bố", EN: "Published figures"}, Kind: "files", Datasets: []string{"claims"}},
	}
	for i := range 120 {
		began := now.Add(-time.Duration(i) * 15 * time.Minute)
		r := dashboards.Run{
			Batch: fmt.Sprintf("0193%028d", 120-i), Source: "registry", Dataset: []string{"members", "activities"}[i%2], Outcome: dashboards.RunDone,
			StartedAt: began, EndedAt: began.Add(2300 * time.Millisecond), RecordedAt: began.Add(2 * time.Second),
			Read: 412, Accepted: 412, Unchanged: 404, Added: 5, Corrected: 3, Watermark: began.Format(time.RFC3339),
		}
		switch {
		case i == 0:
			r.Outcome, r.EndedAt, r.RecordedAt = dashboards.RunRunning, time.Time{}, time.Time{}
		case i%17 == 5:
			r.Source, r.Dataset, r.Outcome, r.Cause = "gates", "events", dashboards.RunFailed, khue.Text{EN: "reading page 4: unexpected EOF after 20,480 bytes of the body"}
			r.Read, r.Accepted, r.Unchanged, r.Added, r.Corrected = 0, 0, 0, 0, 0
		case i%23 == 7:
			r.Source, r.Dataset, r.Rejected, r.Read = "monthly", "discipline_statistics", 58, 470
		}
		b.runs = append(b.runs, r)
	}
	for i := range 58 {
		b.refused = append(b.refused, dashboards.Quarantined{
			Source: "monthly", Dataset: "discipline_statistics", RecordID: fmt.Sprint("m", i), Place: same(fmt.Sprintf("bao-cao-2026-10.xlsx › Biểu 1!B%d", i+5)), Field: "area",
			Value: "P. Đống Đa (cũ)", Reason: "area", Expected: khue.Text{EN: "the official code of an area, or the name of one that existed on 2026-10-01"},
			Raw: `{"Địa bàn":"P. Đống Đa (cũ)","Lĩnh vực":"Thiết kế","Lao động":"1.204"}`, Batch: b.runs[7].Batch, SeenAt: now.Add(-2 * time.Hour),
		})
	}
	b.refused = append(b.refused, dashboards.Quarantined{
		Source: "gates", Dataset: "attendance", RecordID: "g1", Place: same("luot_khach id=77"), Field: "visitors", Value: "-3", Reason: "minimum",
		Expected: khue.Text{EN: "a number not below 0"}, Raw: `{"truc_tiep":-3,"su_kien_id":"E1"}`, Batch: b.runs[5].Batch, SeenAt: now.Add(-3 * time.Hour),
	}, dashboards.Quarantined{
		Source: "gates", Dataset: "events", RecordID: "g2", Place: khue.Text{VI: "su_kien trang 8, bản ghi 1", EN: "su_kien page 8 record 1"}, Field: "title", Value: "", Reason: "required",
		Expected: khue.Text{EN: "title must not be empty"}, Raw: `=cmd|' /C calc'!A0`, Batch: b.runs[5].Batch, SeenAt: now.Add(-3 * time.Hour),
	})
	return b
}

func seconds(s ...float64) []time.Duration {
	out := make([]time.Duration, len(s))
	for i, v := range s {
		out[i] = time.Duration(v * float64(time.Second))
	}
	return out
}

// Uploads: the preview is made up from the file's name; that of real files is a
// test of cmd.
func (b *books) Targets() []dashboards.UploadTarget {
	return []dashboards.UploadTarget{{
		Source: "monthly", Dataset: "discipline_statistics", Label: b.sources[2].Label, Folder: b.folder, Pattern: "bao-cao-*.*",
	}}
}

func (b *books) Preview(_ context.Context, _ dashboards.UploadTarget, path string, _ []string) (dashboards.Preview, error) {
	p := dashboards.Preview{Columns: []string{"Lĩnh vực", "Địa bàn", "Số cơ sở", "Lao động"}, Skipped: 1}
	if strings.Contains(path, "hong") {
		return p, khue.Errorf(khue.Invalid, "thiếu cột bắt buộc \"Địa bàn\"", "the required column \"Địa bàn\" is missing")
	}
	for i := range 400 {
		r := dashboards.PreviewRow{Place: fmt.Sprintf("Biểu 1!%d", i+5), Raw: map[string]string{
			"Lĩnh vực": "Thủ công mỹ nghệ", "Địa bàn": "Phường Ba Đình", "Số cơ sở": fmt.Sprint(12 + i), "Lao động": "1.204",
		}}
		if strings.Contains(path, "loi") && (i == 2 || i > 150 && i%2 == 0) {
			r.Raw["Số cơ sở"], r.Raw["Địa bàn"] = "-3", ""
			r.Faults = []dashboards.PreviewFault{
				{Place: fmt.Sprintf("Biểu 1!C%d", i+5), Column: "Số cơ sở", Field: "value", Value: "-3", Reason: "minimum", Expected: khue.Text{VI: "một số không nhỏ hơn 0", EN: "a number not below 0"}},
				{Place: fmt.Sprintf("Biểu 1!B%d", i+5), Column: "Địa bàn", Field: "area", Reason: "required", Expected: khue.Text{VI: "địa bàn không được để trống", EN: "area must not be empty"}},
			}
			p.Rejected++
		} else {
			p.Accepted++
		}
		p.Rows = append(p.Rows, r)
	}
	p.Read = p.Accepted + p.Rejected
	return p, nil
}

func (b *books) Loaded(_ context.Context, _ dashboards.UploadTarget, sum string) (string, bool, error) {
	name, ok := b.loaded[sum]
	return name, ok, nil
}

func (b *books) Load(context.Context, dashboards.UploadTarget) ([]string, error) {
	b.pulls++
	return []string{b.runs[1].Batch}, nil
}

func (b *books) retry(_ context.Context, q dashboards.QuarantineQuery) ([]string, error) {
	b.retried = append(b.retried, q)
	return []string{b.runs[1].Batch}, nil
}

// openBooks serves the overview and the pages on data.
func openBooks(t testing.TB, b *books, door dashboards.Door) http.Handler {
	t.Helper()
	return openBooksAt(t, b, door, func() time.Time { return morning })
}

func openBooksAt(t testing.TB, b *books, door dashboards.Door, now func() time.Time) http.Handler {
	t.Helper()
	b.folder = t.TempDir()
	waiting, err := pending.Open(filepath.Join(t.TempDir(), "pending"), pending.Options{MaxBytes: 1 << 20, Now: now})
	require.NoError(t, err)
	return openSite(t, dashboards.Options{Service: serviceOf(t, lively(morning)), Now: now, Data: b, Uploads: b, Waiting: waiting, UploadDoor: door, Jobs: ledger(t, b), ActionDoor: door, Retry: b.retry})
}

// same is a text that both languages write alike.
func same(s string) khue.Text { return khue.Text{VI: s, EN: s} }
