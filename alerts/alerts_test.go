package alerts_test

import (
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/alerts"
	"khue/demo/postgrestest"
	"khue/state"
)

const job = "pull registry"

// bench is a store, a clock and a job on it.
type bench struct {
	t     *testing.T
	where string
	mu    sync.Mutex
	at    time.Time
	log   strings.Builder
}

func newBench(t *testing.T, where string) *bench {
	return &bench{t: t, where: where, at: time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)}
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "state.db") }

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *bench) move(by time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(by)
}

// process is one more process on the store.
func (b *bench) process(o alerts.Options) (*state.Store, *alerts.Alerts) {
	b.t.Helper()
	s, err := state.Open(b.t.Context(), b.where)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = s.Close() })
	zone, err := time.LoadLocation(khue.DefaultZone)
	require.NoError(b.t, err)
	o.Now, o.Zone, o.Logger = b.now, zone, slog.New(slog.NewTextHandler(&b.log, nil))
	return s, alerts.New(s, o, alerts.Watch{
		Job: job, Name: khue.Text{VI: "Nguồn Sổ đăng ký", EN: "Source Registry"}, Owner: "lan@example.vn", StaleAfter: 6 * time.Hour,
	})
}

// ran writes a run that ended just now.
func (b *bench) ran(s *state.Store, failure string) {
	b.t.Helper()
	id, err := s.Begin(b.t.Context(), job, state.ByCommand, b.now(), b.now().Add(time.Minute))
	require.NoError(b.t, err)
	e := state.Ending{Outcome: state.Done}
	if failure != "" {
		e = state.Ending{Outcome: state.Failed, Reason: state.ReasonError, Cause: khue.Text{EN: failure}}
	}
	b.move(time.Second)
	ours, err := s.End(b.t.Context(), id, b.now(), e)
	require.NoError(b.t, err)
	require.True(b.t, ours)
}

// work looks and sends, several times and beside each other.
func (b *bench) work(all ...*alerts.Alerts) {
	b.t.Helper()
	var group sync.WaitGroup
	for range 4 {
		for _, a := range all {
			group.Go(func() {
				if err := a.Look(b.t.Context()); err != nil {
					b.t.Errorf("looking: %v", err)
				}
				if err := a.Send(b.t.Context()); err != nil {
					b.t.Errorf("sending: %v", err)
				}
			})
		}
	}
	group.Wait()
}

func TestAFailureIsToldOnceAndItsEndOnceAcrossReplicasAndRestarts(t *testing.T) {
	for name, where := range map[string]string{"sqlite": file(t), "postgres": postgrestest.Start(t)} {
		t.Run(name, func(t *testing.T) {
			b, office := newBench(t, where), openOffice(t, false)
			o := alerts.Options{Email: office.email(alerts.StartTLS)}
			s1, a1 := b.process(o)
			_, a2 := b.process(o)
			b.ran(s1, "")
			b.work(a1, a2)
			require.Empty(t, office.got())

			b.move(time.Hour)
			b.ran(s1, "nguồn không trả lời\ngoroutine 7 [running]")
			b.work(a1, a2)
			b.ran(s1, "vẫn không trả lời")
			b.work(a1, a2)
			_, restarted := b.process(o)
			b.work(restarted, a2)
			require.Len(t, office.got(), 1)

			b.move(time.Hour)
			b.ran(s1, "")
			b.work(restarted, a2)
			b.ran(s1, "")
			_, restarted = b.process(o)
			b.work(restarted, a2)
			got := office.got()
			require.Len(t, got, 2)
			require.Equal(t, "[Khuê] Nguồn Sổ đăng ký: chạy không thành công / Source Registry: it fails", got[0].subject)
			require.Equal(t, "lan@example.vn", got[0].to)
			for _, want := range []string{
				"Bắt đầu từ: 01:30 24/11/2026 (+07:00)", "Chi tiết: nguồn không trả lời\n", "Lần thành công gần nhất: 00:30 24/11/2026",
				"Since: 01:30 24/11/2026 (+07:00)", "Reason: the work reported an error", `khue jobs history "pull registry"`,
			} {
				require.Contains(t, got[0].text, want)
			}
			require.NotContains(t, got[0].text, "goroutine")
			require.Equal(t, "[Khuê] Nguồn Sổ đăng ký: đã chạy thành công trở lại / Source Registry: it works again", got[1].subject)
			require.NotEqual(t, got[0].id, got[1].id)

			b.move(time.Minute)
			b.ran(s1, "lại hỏng")
			b.work(restarted, a2)
			require.Len(t, office.got(), 3, "a new failure is told anew")
			require.NotContains(t, b.log.String(), password)
		})
	}
}

func TestDataThatGrowOldAreToldOnceAndOnceMoreWhenTheyAreFreshAgain(t *testing.T) {
	b, office := newBench(t, file(t)), openOffice(t, true)
	s, a := b.process(alerts.Options{Email: office.email(alerts.TLS), Language: khue.Vietnamese})
	b.ran(s, "")
	b.move(6 * time.Hour)
	b.work(a)
	require.Empty(t, office.got())
	b.move(2 * time.Second)
	b.work(a)
	b.move(time.Hour)
	b.work(a)
	require.Len(t, office.got(), 1)
	require.Equal(t, "[Khuê] Nguồn Sổ đăng ký: dữ liệu đã cũ", office.got()[0].subject)
	require.Contains(t, office.got()[0].text, "đã quá 6 giờ")
	require.NotContains(t, office.got()[0].text, "Since")
	b.ran(s, "")
	b.work(a)
	require.Len(t, office.got(), 2)
	require.Contains(t, office.got()[1].subject, "đã được cập nhật trở lại")
}

func TestAServerThatIsDownGetsTheMessageOnceWhenItIsBack(t *testing.T) {
	b, office := newBench(t, file(t)), openOffice(t, false)
	office.setRefuse(true)
	s, a := b.process(alerts.Options{Email: office.email(alerts.StartTLS)})
	b.ran(s, "hỏng")
	b.work(a)
	waiting, _, err := s.Unsent(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, waiting)
	tries := strings.Count(b.log.String(), "trying again")
	b.work(a)
	require.Equal(t, tries, strings.Count(b.log.String(), "trying again"), "not before its pause is over")
	b.move(31 * time.Second)
	b.work(a)
	require.Equal(t, tries+1, strings.Count(b.log.String(), "trying again"))
	b.ran(s, "")
	b.work(a)
	office.setRefuse(false)
	b.move(2 * time.Hour)
	b.work(a)
	require.Len(t, office.got(), 2)
	require.Contains(t, office.got()[0].subject, "không thành công", "the failure comes before its end")
	require.Contains(t, office.got()[1].subject, "trở lại")

	office.setRefuse(true)
	b.ran(s, "hỏng nữa")
	b.work(a)
	b.move(73 * time.Hour)
	b.work(a)
	waiting, failed, err := s.Unsent(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, failed, 1, "after three days it is given up")
	require.LessOrEqual(t, waiting, 1, "that the data grew old is another message")
}

func TestMailIsNotSentInTheClearNorWithAWrongPassword(t *testing.T) {
	b, office := newBench(t, file(t)), openOffice(t, false)
	office.server.TLSConfig = nil // offers no STARTTLS
	s, a := b.process(alerts.Options{Email: office.email(alerts.StartTLS)})
	b.ran(s, "hỏng")
	b.work(a)
	require.Contains(t, b.log.String(), "STARTTLS")
	other := openOffice(t, false)
	wrong := other.email("")
	wrong.Password = "sai"
	b.move(time.Hour)
	_, a = b.process(alerts.Options{Email: wrong})
	b.work(a)
	unknown := other.email("")
	unknown.CAFile = ""
	b.move(2 * time.Hour)
	_, a = b.process(alerts.Options{Email: unknown})
	b.work(a)
	require.Contains(t, b.log.String(), "certificate")
	require.Empty(t, append(office.got(), other.got()...))
}

func TestAWebhookGetsSignedJSONAndIsTriedAgain(t *testing.T) {
	type delivery struct {
		ID, Event, Kind, Job string
		Cause                khue.Text
	}
	var mu sync.Mutex
	var got []delivery
	status := http.StatusBadGateway
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading: %v", err)
		}
		signature := r.Header.Get(alerts.SignatureHeader)
		stamp, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil || !hmac.Equal([]byte(signature), []byte(alerts.Sign("khóa", time.Unix(seconds, 0), body))) {
			t.Errorf("the signature %q is not right", signature)
		}
		var d delivery
		if err := json.Unmarshal(body, &d); err != nil || d.ID != r.Header.Get(alerts.DeliveryHeader) {
			t.Errorf("the delivery %s is not right: %v", body, err)
		}
		got = append(got, d)
		w.WriteHeader(status)
	}))
	defer server.Close()
	b := newBench(t, file(t))
	s, a := b.process(alerts.Options{Webhook: &alerts.Webhook{URL: server.URL + "/hook?key=s3cret", Secret: "khóa"}})
	b.ran(s, "hỏng")
	b.work(a)
	mu.Lock()
	status = http.StatusNoContent
	mu.Unlock()
	b.move(time.Minute)
	b.work(a)
	b.move(time.Hour)
	b.work(a)
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, got, 2)
	require.Equal(t, got[0], got[1], "a repeat can be told by its number")
	require.Equal(t, "raised/failing/pull registry/hỏng", fmt.Sprintf("%s/%s/%s/%s", got[0].Event, got[0].Kind, got[0].Job, got[0].Cause.VI))
	server.Close()
	b.ran(s, "")
	b.work(a)
	require.NotContains(t, b.log.String(), "s3cret")
}

func TestWhatWasSeenBeforeAnotherProcessResolvedItIsNotRaisedAgain(t *testing.T) {
	for _, where := range []string{file(t), postgrestest.Start(t)} {
		b := newBench(t, where)
		s, _ := b.process(alerts.Options{})
		failed, well := b.now(), b.now().Add(time.Minute)
		raised, err := s.Raise(t.Context(), "failing: x", well, failed, nil)
		require.NoError(t, err)
		require.True(t, raised)
		resolved, err := s.Resolve(t.Context(), "failing: x", well, failed.Add(-time.Second), nil)
		require.NoError(t, err)
		require.False(t, resolved, "a success before the failure does not end it")
		resolved, err = s.Resolve(t.Context(), "failing: x", well, well, nil)
		require.NoError(t, err)
		require.True(t, resolved)
		raised, err = s.Raise(t.Context(), "failing: x", well, failed, nil)
		require.NoError(t, err)
		require.False(t, raised)
		raised, err = s.Raise(t.Context(), "failing: x", well, well.Add(time.Second), nil)
		require.NoError(t, err)
		require.True(t, raised)
		all, err := s.Alerts(t.Context(), false, 10)
		require.NoError(t, err)
		require.Len(t, all, 2)
	}
}

func TestARunThatWasCutOffAndIsTakenAgainIsNoFailureYet(t *testing.T) {
	b, office := newBench(t, file(t)), openOffice(t, false)
	s, a := b.process(alerts.Options{Email: office.email("")})
	require.NoError(t, s.Register(t.Context(), b.now(), state.Registration{Job: job, Schedule: "@daily", AtStart: true}))
	waiting, err := s.Ready(t.Context(), b.now())
	require.NoError(t, err)
	_, err = s.Claim(t.Context(), waiting[0].ID, b.now(), b.now().Add(time.Minute))
	require.NoError(t, err)
	b.move(2 * time.Minute)
	_, err = s.CutOff(t.Context(), b.now(), func(state.JobRun) bool { return true })
	require.NoError(t, err)
	b.work(a)
	require.Empty(t, office.got())
	waiting, err = s.Ready(t.Context(), b.now())
	require.NoError(t, err)
	_, err = s.Settle(t.Context(), waiting[0].ID, b.now(), state.Missed, state.ReasonNoData, khue.Text{VI: "đã chờ 6h0m0s: pull events chưa lần nào thành công", EN: "waited 6h0m0s for pull events"})
	require.NoError(t, err)
	b.work(a)
	require.Len(t, office.got(), 1)
	require.Contains(t, office.got()[0].text, "Detail: waited 6h0m0s for pull events")
	require.Contains(t, office.got()[0].text, "Chi tiết: đã chờ 6h0m0s")
}

func TestARunByHandThatWasStoppedIsNoFailureOfTheJob(t *testing.T) {
	b, office := newBench(t, file(t)), openOffice(t, false)
	s, a := b.process(alerts.Options{Email: office.email("")})
	id, err := s.Begin(t.Context(), job, state.ByCommand, b.now(), b.now().Add(time.Minute))
	require.NoError(t, err)
	_, err = s.End(t.Context(), id, b.now(), state.Ending{Outcome: state.Failed, Reason: state.ReasonCutOff, Cause: khue.Text{EN: "stopped with its process"}})
	require.NoError(t, err)
	b.work(a)
	require.Empty(t, office.got())
}
