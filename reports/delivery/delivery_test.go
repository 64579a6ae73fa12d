package delivery_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/emersion/go-smtp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo/postgrestest"
	"khue/post"
	"khue/post/posttest"
	"khue/reports/delivery"
	"khue/state"
)

var (
	hanoi = time.FixedZone("+07", 7*60*60)
	t0    = time.Date(2026, 11, 23, 8, 0, 0, 0, hanoi)
)

// desk is a store with a clock, and what is delivered from it.
type desk struct {
	t     *testing.T
	store *state.Store
	mu    sync.Mutex
	clock time.Time
	o     delivery.Options
}

func newDesk(t *testing.T, recipients ...delivery.Recipient) *desk {
	t.Helper()
	s, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	d := &desk{t: t, store: s, clock: t0}
	d.o = options(s, recipients...)
	d.o.Now = func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.clock
	}
	return d
}

func options(s *state.Store, recipients ...delivery.Recipient) delivery.Options {
	o := delivery.Options{
		Book: s, Recipients: map[string]delivery.Recipient{}, Now: time.Now, Zone: hanoi, Logger: slog.New(slog.DiscardHandler),
		Title: func(string) khue.Text {
			return khue.Text{VI: "Tiến độ thực hiện nghị quyết", EN: "Progress of the resolution"}
		},
	}
	for _, r := range recipients {
		o.Recipients[r.Name] = r
	}
	return o
}

// pass lets time pass.
func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = d.clock.Add(by)
}

func (d *desk) deliver() {
	d.t.Helper()
	require.NoError(d.t, delivery.New(d.o).Deliver(d.t.Context(), 0))
}

// of gives the delivery of a report to a recipient.
func (d *desk) of(report int64, to string) state.Delivery {
	d.t.Helper()
	all, err := d.store.Deliveries(d.t.Context(), report, 100)
	require.NoError(d.t, err)
	for _, one := range all {
		if one.Recipient == to {
			return one
		}
	}
	d.t.Fatalf("report %d goes not to %s", report, to)
	return state.Delivery{}
}

var pdfOf, docxOf = []byte("%PDF-1.7 báo cáo"), bytes.Repeat([]byte("văn bản Word\x00\xff"), 4000)

// issued leads a report through its life in a store, at t0.
func issued(t *testing.T, s *state.Store, number string, confidential bool, supersedes int64, to ...string) state.Report {
	t.Helper()
	return issuedOn(t, s, "", number, confidential, supersedes, to...)
}

// issuedOn is issued with the address of its page.
func issuedOn(t *testing.T, s *state.Store, page, number string, confidential bool, supersedes int64, to ...string) state.Report {
	t.Helper()
	sums, err := s.KeepContents(t.Context(), t0, pdfOf, docxOf, []byte("{}"))
	require.NoError(t, err)
	b := state.ReportBuild{
		AsOf: t0, Frozen: fmt.Sprintf(`{"as_of":"2026-11-23T08:00:00+07:00","confidential":%t,"simulated":true,"page":%q}`, confidential, page), Languages: []string{"vi"},
		DefinitionVersion: "1", Definitions: "1", Program: "dev", Asked: "[]", Lacks: "[]", MadeBy: "Lan",
		Files: []state.ReportFile{
			{Language: "vi", Format: "pdf", Name: "tien-do_2025_vi.pdf", MediaType: "application/pdf", SHA256: sums[0], Size: int64(len(pdfOf))},
			{Language: "vi", Format: "docx", Name: "tien-do_2025_vi.docx", MediaType: "application/octet-stream", SHA256: sums[1], Size: int64(len(docxOf))},
			{Language: "vi", Format: "model", Name: "tien-do_2025_vi.json", MediaType: "application/json", SHA256: sums[2], Size: 2},
		},
	}
	step := func(act, status string) state.ReportStep {
		return state.ReportStep{Act: act, Status: status, Person: act}
	}
	id, err := s.AddReport(t.Context(), state.Report{Subject: "progress 2025", Definition: "progress", Period: "2025", Parameters: `{}`}, state.ReportAct{Step: step("drafted", "draft"), Build: &b}, t0)
	require.NoError(t, err)
	require.NoError(t, s.ActOnReport(t.Context(), id, 1, state.ReportAct{Step: step("issued", "issued"), Build: &b, Issue: &state.ReportIssue{Number: number, Year: 2026, Supersedes: supersedes}, To: to}, t0))
	r, err := s.Report(t.Context(), id)
	require.NoError(t, err)
	return r
}

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestEachVersionReachesEachRecipientOnceByMail(t *testing.T) {
	server := posttest.Start(t)
	d := newDesk(t, delivery.Recipient{Name: "lãnh đạo", Email: "lanh-dao@example.vn"}, delivery.Recipient{Name: "văn phòng", Email: "van-phong@example.vn", Formats: []string{"pdf"}, Language: khue.English})
	d.o.Office = server.Office()
	first := issued(t, d.store, "12/BC", false, 0, "lãnh đạo", "văn phòng")
	for range 3 {
		d.deliver()
		d.pass(time.Hour)
	}
	letters := server.Letters()
	require.Len(t, letters, 2)
	require.Equal(t, map[string][]byte{"tien-do_2025_vi.pdf": pdfOf, "tien-do_2025_vi.docx": docxOf}, letters[0].Files, "to the byte, without what is kept for the archive")
	require.Equal(t, map[string][]byte{"tien-do_2025_vi.pdf": pdfOf}, letters[1].Files)
	require.Equal(t, "[Khuê] Tiến độ thực hiện nghị quyết, năm 2025 – 12/BC (dữ liệu mô phỏng)", letters[0].Subject)
	require.Contains(t, letters[0].Text, "Số văn bản: 12/BC, ban hành ngày 23/11/2026, bản 1.")
	require.Contains(t, letters[0].Text, sumOf(docxOf))
	require.Equal(t, "<"+d.of(first.ID, "lãnh đạo").Mark+"@khue>", letters[0].ID)
	require.NotContains(t, letters[1].Text, "Số văn bản")

	issued(t, d.store, "57/BC", false, first.ID, "lãnh đạo")
	d.deliver()
	letters = server.Letters()
	require.Len(t, letters, 3)
	require.Contains(t, letters[2].Text, "Bản này thay văn bản số 12/BC.")
}

// editedIssue is a report that was issued as a Word file that people edited.
func editedIssue(t *testing.T, s *state.Store, to ...string) (state.Report, []byte) {
	t.Helper()
	r := issued(t, s, "99/BC", false, 0, to...)
	content := []byte("văn bản Word do người sửa")
	sums, err := s.KeepContents(t.Context(), t0, content)
	require.NoError(t, err)
	build := r.Build
	build.Files = append(build.Files, state.ReportFile{
		Language: "vi", Format: "edited", Name: "tien-do_2025_vi_edited.docx", MediaType: "application/octet-stream", SHA256: sums[0], Size: int64(len(content)),
		Edited: &state.ReportEdit{Source: sumOf(docxOf), Person: "Lê Minh"},
	})
	require.NoError(t, s.ActOnReport(t.Context(), r.ID, r.Seen(), state.ReportAct{Step: state.ReportStep{Act: "issued", Status: state.ReportIssued, Person: "Văn thư"}, Build: &build}, t0))
	return r, content
}

func TestWhatPeopleEditedGoesOutInsteadOfWhatWasMade(t *testing.T) {
	server := posttest.Start(t)
	d := newDesk(t, delivery.Recipient{Name: "lãnh đạo", Email: "lanh-dao@example.vn"}, delivery.Recipient{Name: "văn phòng", Email: "van-phong@example.vn", Formats: []string{"docx"}},
		delivery.Recipient{Name: "chỉ PDF", Email: "pdf@example.vn", Formats: []string{"pdf"}})
	d.o.Office = server.Office()
	r, content := editedIssue(t, d.store, "lãnh đạo", "văn phòng", "chỉ PDF")
	d.deliver()
	letters := server.Letters()
	require.Len(t, letters, 2)
	for _, l := range letters {
		require.Equal(t, map[string][]byte{"tien-do_2025_vi_edited.docx": content}, l.Files, "neither the Word file as it was made nor the PDF, which says other words")
		require.Contains(t, l.Text, sumOf(content))
	}
	refused := d.of(r.ID, "chỉ PDF")
	require.Equal(t, state.DeliveryFailed, refused.Outcome)
	require.Contains(t, refused.Cause.VI, "ban hành bằng tệp Word đã có người sửa")
	require.Contains(t, refused.Cause.EN, "issued as a Word file that people edited")
}

func TestALetterThatBreaksOffIsSentAgainAndArrivesOnce(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *posttest.Server{"in chunks": posttest.Start, "in one piece": posttest.StartOld} {
		t.Run(name, func(t *testing.T) { breakOff(t, start(t)) })
	}
}

func breakOff(t *testing.T, server *posttest.Server) {
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	proxy := toxiproxy.NewProxy(proxies, "mail", "127.0.0.1:0", server.Address)
	require.NoError(t, proxy.Start())
	t.Cleanup(proxy.Stop)
	_, err := proxy.Toxics.AddToxicJson(strings.NewReader(`{"name":"cut","type":"limit_data","stream":"upstream","attributes":{"bytes":30000}}`))
	require.NoError(t, err)
	d := newDesk(t, delivery.Recipient{Name: "an", Email: "an@example.vn"})
	d.o.Office = server.Office(proxy.Listen)
	r := issued(t, d.store, "12/BC", false, 0, "an")
	var marks []string
	for range 3 {
		d.deliver()
		one := d.of(r.ID, "an")
		require.Equal(t, state.DeliveryWaiting, one.Outcome, one.Cause.EN)
		require.NotEmpty(t, one.Cause.VI)
		marks = append(marks, one.Mark)
		d.pass(time.Hour)
	}
	require.Empty(t, server.Letters())
	require.NoError(t, proxy.Toxics.RemoveToxic(t.Context(), "cut"))
	d.deliver()
	require.Len(t, server.Letters(), 1)
	require.Equal(t, "<"+marks[0]+"@khue>", server.Letters()[0].ID)
	require.Equal(t, state.DeliveryDone, d.of(r.ID, "an").Outcome)
}

func TestWhatALetterCameToIsKnownOrSaidNotToBe(t *testing.T) {
	busy, gone := &smtp.SMTPError{Code: 451, Message: "later"}, &smtp.SMTPError{Code: 550, Message: "no such person"}
	server := posttest.Start(t)
	server.OnReceiver = func(to string) error {
		if strings.HasPrefix(to, "gone") {
			return gone
		}
		return nil
	}
	server.OnLetter = func(to string) error {
		if strings.HasPrefix(to, "busy") {
			return busy
		}
		return nil
	}
	d := newDesk(t, delivery.Recipient{Name: "gone", Email: "gone@example.vn"}, delivery.Recipient{Name: "busy", Email: "busy@example.vn"}, delivery.Recipient{Name: "an", Email: "an@example.vn"})
	d.o.Office, d.o.Tries = server.Office(), 5
	r := issued(t, d.store, "12/BC", false, 0, "gone", "busy", "an", "lost")
	for range 12 {
		d.deliver()
		d.pass(3 * time.Hour)
	}
	require.Equal(t, state.DeliveryDone, d.of(r.ID, "an").Outcome, "one that fails holds up no other")
	refused := d.of(r.ID, "gone")
	require.Equal(t, []any{state.DeliveryFailed, 1}, []any{refused.Outcome, refused.Attempts}, "a no for good is not asked again")
	require.Contains(t, refused.Cause.EN, "no such person")
	require.Equal(t, []any{state.DeliveryFailed, 5}, []any{d.of(r.ID, "busy").Outcome, d.of(r.ID, "busy").Attempts}, "tries are bounded")
	require.Contains(t, d.of(r.ID, "lost").Cause.EN, `no recipient "lost" any more`)
	require.Len(t, server.Letters(), 1)
}

func TestNothingConfidentialLeavesToWhoIsNotMarkedForIt(t *testing.T) {
	server := posttest.Start(t)
	folder := t.TempDir()
	d := newDesk(t, delivery.Recipient{Name: "công khai", Email: "an@example.vn"}, delivery.Recipient{Name: "kho", Folder: folder}, delivery.Recipient{Name: "nội bộ", Email: "noi-bo@example.vn", Confidential: true})
	d.o.Office = server.Office()
	r := issued(t, d.store, "12/BC", true, 0, "công khai", "kho", "nội bộ")
	for range 2 {
		d.deliver()
		require.NoError(t, d.store.DeliverAgain(t.Context(), r.ID, []string{"công khai", "kho", "nội bộ"}, d.o.Now()))
	}
	d.deliver()
	require.Len(t, server.Letters(), 1)
	require.Equal(t, "noi-bo@example.vn", server.Letters()[0].To)
	require.Contains(t, server.Letters()[0].Text, "chỉ dùng nội bộ")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Equal(t, state.DeliveryFailed, d.of(r.ID, "công khai").Outcome)
	require.Contains(t, d.of(r.ID, "công khai").Cause.VI, "không được đánh dấu confidential")
}

func TestAVersionThatAnotherHasTakenThePlaceOfIsNotSentAnyMore(t *testing.T) {
	server := posttest.Start(t)
	d := newDesk(t, delivery.Recipient{Name: "lãnh đạo", Email: "lanh-dao@example.vn"})
	d.o.Office = server.Office()
	first := issued(t, d.store, "12/BC", false, 0, "lãnh đạo")
	second := issued(t, d.store, "57/BC", false, first.ID, "lãnh đạo")
	d.deliver()
	require.Len(t, server.Letters(), 1)
	require.Contains(t, server.Letters()[0].Text, "Số văn bản: 57/BC")
	require.Equal(t, state.DeliveryDone, d.of(second.ID, "lãnh đạo").Outcome)
	left := d.of(first.ID, "lãnh đạo")
	require.Equal(t, state.DeliveryFailed, left.Outcome)
	require.Contains(t, left.Cause.EN, "another report has taken the place")
}

func TestFilesThatAreMoreThanALetterTakesAreNotSentInPart(t *testing.T) {
	server := posttest.Start(t)
	d := newDesk(t, delivery.Recipient{Name: "an", Email: "an@example.vn"}, delivery.Recipient{Name: "bình", Email: "binh@example.vn", Formats: []string{"pdf"}}, delivery.Recipient{Name: "chi", Email: "chi@example.vn", Formats: []string{"xlsx"}})
	d.o.Office, d.o.AttachMost = server.Office(), 20_000
	r := issued(t, d.store, "12/BC", false, 0, "an", "bình", "chi")
	d.deliver()
	require.Len(t, server.Letters(), 1)
	require.Equal(t, "binh@example.vn", server.Letters()[0].To)
	require.Contains(t, d.of(r.ID, "an").Cause.EN, "choose fewer formats")
	require.Contains(t, d.of(r.ID, "chi").Cause.EN, "has no file in the languages and formats")
}

func TestALetterWhoseFilesAreTooLargeLeadsToThePageOfTheReport(t *testing.T) {
	server := posttest.Start(t)
	d := newDesk(t, delivery.Recipient{Name: "an", Email: "an@example.vn", Language: khue.English})
	d.o.Office, d.o.AttachMost = server.Office(), 20_000
	r := issuedOn(t, d.store, "https://khue.example.vn/reports/1", "12/BC", false, 0, "an")
	d.deliver()
	require.Equal(t, state.DeliveryDone, d.of(r.ID, "an").Outcome, d.of(r.ID, "an").Cause.EN)
	require.Len(t, server.Letters(), 1)
	letter := server.Letters()[0]
	require.Empty(t, letter.Files)
	require.Contains(t, letter.Text, "too large to go with this mail; they are at:")
	require.Contains(t, letter.Text, "https://khue.example.vn/reports/1")
	require.Contains(t, letter.Text, sumOf([]byte(docxOf)), "what is fetched can be held against it")
	require.NotContains(t, letter.Text, "With this mail")
}

func TestAFolderHasEveryFileWholeAndARepeatChangesNothing(t *testing.T) {
	root := filepath.Join(t.TempDir(), "lưu trữ")
	require.NoError(t, os.WriteFile(root, nil, 0o600)) // in the way
	d := newDesk(t, delivery.Recipient{Name: "kho", Folder: root})
	r := issued(t, d.store, "12/BC", false, 0, "kho")
	d.deliver()
	require.Equal(t, state.DeliveryWaiting, d.of(r.ID, "kho").Outcome)
	require.Contains(t, d.of(r.ID, "kho").Cause.EN, "cannot be made")
	require.NoError(t, os.Remove(root))
	d.pass(time.Hour)
	d.deliver()
	folder := filepath.Join(root, fmt.Sprintf("progress_2025_%d_v1", r.ID))
	docx, err := os.ReadFile(filepath.Join(folder, "tien-do_2025_vi.docx"))
	require.NoError(t, err)
	require.Equal(t, docxOf, docx)
	names, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, names, 3, "two files and what tells of them; no draft is left")
	told, err := os.ReadFile(filepath.Join(folder, "delivery.json"))
	require.NoError(t, err)
	require.Contains(t, string(told), sumOf(docxOf))
	before, err := os.Stat(filepath.Join(folder, "tien-do_2025_vi.docx"))
	require.NoError(t, err)

	_, ok, err := d.store.ClaimDelivery(t.Context(), 0, d.o.Now(), d.o.Now())
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "tien-do_2025_vi.pdf"), []byte("cắt"), 0o600)) // a copy that a crash cut off
	again := d.of(r.ID, "kho")
	require.NoError(t, delivery.IntoFolder(t.Context(), d.o, again))
	after, err := os.Stat(filepath.Join(folder, "tien-do_2025_vi.docx"))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "the same content is left as it is")
	pdf, err := os.ReadFile(filepath.Join(folder, "tien-do_2025_vi.pdf"))
	require.NoError(t, err)
	require.Equal(t, pdfOf, pdf)
}

func TestABucketGetsTheFilesWithTheirSums(t *testing.T) {
	store := s3mem.New()
	web := httptest.NewServer(gofakes3.New(store, gofakes3.WithoutVersioning()).Server())
	t.Cleanup(web.Close)
	bucket := &delivery.Bucket{Endpoint: web.URL, Region: "us-east-1", Name: "bao-cao", Prefix: "2026", AccessKey: "key", SecretKey: "secret"}
	d := newDesk(t, delivery.Recipient{Name: "kho", Bucket: bucket})
	r := issued(t, d.store, "12/BC", false, 0, "kho")
	d.deliver()
	require.Equal(t, state.DeliveryWaiting, d.of(r.ID, "kho").Outcome, "there is no such bucket yet")
	require.NoError(t, store.CreateBucket("bao-cao"))
	d.pass(time.Hour)
	d.deliver()
	require.Equal(t, state.DeliveryDone, d.of(r.ID, "kho").Outcome, d.of(r.ID, "kho").Cause.EN)
	object, err := store.GetObject("bao-cao", fmt.Sprintf("2026/progress_2025_%d_v1/tien-do_2025_vi.docx", r.ID), nil)
	require.NoError(t, err)
	content, err := io.ReadAll(object.Contents)
	require.NoError(t, err)
	require.Equal(t, docxOf, content)
	require.Equal(t, sumOf(docxOf), object.Metadata["X-Amz-Meta-Khue-Sha256"])
}

func TestAWebhookGetsWhatWasIssuedSignedAndUnderOneMark(t *testing.T) {
	var bodies [][]byte
	var marks []string
	fails := 2
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at := time.Unix(t0.Unix(), 0)
		if n := len(marks); n > 0 {
			at = at.Add(time.Duration(n) * time.Hour)
		}
		if r.Header.Get(post.SignatureHeader) != post.Sign("bí mật", at, body) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		bodies, marks = append(bodies, body), append(marks, r.Header.Get(post.DeliveryHeader))
		if fails--; fails >= 0 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(web.Close)
	d := newDesk(t, delivery.Recipient{Name: "hệ thống", Webhook: &post.Hook{URL: web.URL, Secret: "bí mật"}, Formats: []string{"docx"}})
	r := issued(t, d.store, "12/BC", false, 0, "hệ thống")
	for range 5 {
		d.deliver()
		d.pass(time.Hour)
	}
	require.Len(t, bodies, 3)
	mark := d.of(r.ID, "hệ thống").Mark
	require.Equal(t, []string{mark, mark, mark}, marks)
	var told struct {
		ID, Number string
		Report     int64
		Version    int
		Files      []struct{ Name, SHA256 string }
	}
	require.NoError(t, json.Unmarshal(bodies[2], &told))
	require.Equal(t, mark, told.ID)
	require.Equal(t, []any{r.ID, 1, "12/BC"}, []any{told.Report, told.Version, told.Number})
	require.Len(t, told.Files, 1)
	require.Equal(t, sumOf(docxOf), told.Files[0].SHA256)
}

func TestTwoReplicasOnOnePostgresSendEachLetterOnce(t *testing.T) {
	server := posttest.Start(t)
	at := postgrestest.Start(t)
	var to []string
	var recipients []delivery.Recipient
	for i := range 12 {
		name := fmt.Sprintf("r%02d", i)
		to, recipients = append(to, name), append(recipients, delivery.Recipient{Name: name, Email: name + "@example.vn"})
	}
	var stores []*state.Store
	for range 2 {
		s, err := state.Open(t.Context(), at)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		stores = append(stores, s)
	}
	issued(t, stores[0], "12/BC", false, 0, to...)
	var all sync.WaitGroup
	faults := make([]error, 6)
	for i := range faults {
		o := options(stores[i%2], recipients...)
		o.Office = server.Office()
		all.Go(func() { faults[i] = delivery.New(o).Deliver(t.Context(), 0) })
	}
	all.Wait()
	got := map[string]int{}
	for _, l := range server.Letters() {
		got[l.To]++
	}
	for _, err := range faults {
		require.NoError(t, err)
	}
	require.Len(t, got, 12)
	for who, n := range got {
		require.Equal(t, 1, n, who)
	}
}
