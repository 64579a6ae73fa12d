package delivery_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/post/posttest"
	"khue/reports/delivery"
	"khue/state"
)

// Tests run deliverers as processes of their own, which can be killed: the test
// binary behaves as one when these are set.
const (
	asProcess = "DELIVERY_TEST_STORE"  // the store's address
	itsOffice = "DELIVERY_TEST_OFFICE" // the mail server's
	itsPeople = "DELIVERY_TEST_PEOPLE" // names, with commas
)

// lease of claims in these processes.
const lease = 1500 * time.Millisecond

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		if err := process(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func process() error {
	s, err := state.Open(context.Background(), os.Getenv(asProcess))
	if err != nil {
		return err
	}
	var recipients []delivery.Recipient
	for _, name := range strings.Split(os.Getenv(itsPeople), ",") {
		recipients = append(recipients, delivery.Recipient{Name: name, Email: name + "@example.vn"})
	}
	o := options(s, recipients...)
	o.Office = (&posttest.Server{Address: os.Getenv(itsOffice)}).Office()
	o.Lease, o.Every, o.FirstPause = lease, 50*time.Millisecond, 100*time.Millisecond
	return delivery.New(o).Run(context.Background())
}

// deliverers are processes on one store.
type deliverers struct {
	t      *testing.T
	at     string
	office string
	people []string
}

func (d deliverers) start() *exec.Cmd {
	d.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(d.t.Context()), os.Args[0])
	cmd.Env = append(os.Environ(), asProcess+"="+d.at, itsOffice+"="+d.office, itsPeople+"="+strings.Join(d.people, ","))
	cmd.Stderr = os.Stderr
	require.NoError(d.t, cmd.Start())
	d.t.Cleanup(func() { kill(cmd) })
	return cmd
}

// kill ends a process with SIGKILL.
func kill(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func sqliteStore(t *testing.T) (*state.Store, string) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "state.db")
	s, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s, at
}

// outcomes of a report's deliveries by recipient.
func outcomes(t *testing.T, s *state.Store, report int64) map[string]string {
	t.Helper()
	all, err := s.Deliveries(t.Context(), report, 1000)
	require.NoError(t, err)
	out := map[string]string{}
	for _, d := range all {
		out[d.Recipient] = d.Outcome
	}
	return out
}

func TestKilledBeforeItsLetterWasHandedOverAnotherSendsItOnce(t *testing.T) {
	server, atReceiver := posttest.Start(t), make(chan struct{}, 1)
	hold := make(chan struct{})
	var asked atomic.Int32
	server.OnReceiver = func(string) error {
		if asked.Add(1) == 1 {
			atReceiver <- struct{}{}
			<-hold
		}
		return nil
	}
	s, at := sqliteStore(t)
	r := issued(t, s, "12/BC", false, 0, "an")
	d := deliverers{t, at, server.Address, []string{"an"}}
	victim := d.start()
	<-atReceiver
	kill(victim)
	close(hold)
	require.Equal(t, state.DeliverySending, outcomes(t, s, r.ID)["an"])
	d.start()
	require.Eventually(t, func() bool { return outcomes(t, s, r.ID)["an"] == state.DeliveryDone }, 20*time.Second, 50*time.Millisecond)
	require.Len(t, server.Letters(), 1)
}

func TestKilledBetweenTheServersYesAndTheNoteOfItTheLetterIsNotSentTwice(t *testing.T) {
	server, taken := posttest.Start(t), make(chan struct{}, 1)
	hold := make(chan struct{})
	var asked atomic.Int32
	server.AfterTaking = func(string) {
		if asked.Add(1) == 1 {
			taken <- struct{}{}
			<-hold
		}
	}
	s, at := sqliteStore(t)
	r := issued(t, s, "12/BC", false, 0, "an", "bình")
	d := deliverers{t, at, server.Address, []string{"an", "bình"}}
	victim := d.start()
	<-taken
	kill(victim)
	close(hold)
	d.start()
	require.Eventually(t, func() bool {
		o := outcomes(t, s, r.ID)
		return o["an"] == state.DeliveryUncertain && o["bình"] == state.DeliveryDone
	}, 20*time.Second, 50*time.Millisecond, "what may have arrived is said to be uncertain")
	time.Sleep(2 * lease)
	require.Len(t, server.Letters(), 2)
	require.NotEqual(t, server.Letters()[0].To, server.Letters()[1].To)

	require.NoError(t, s.DeliverAgain(t.Context(), r.ID, nil, time.Now()))
	require.Eventually(t, func() bool { return outcomes(t, s, r.ID)["an"] == state.DeliveryDone }, 20*time.Second, 50*time.Millisecond)
	require.Len(t, server.Letters(), 3)
	require.Equal(t, server.Letters()[0].ID, server.Letters()[2].ID, "sent once more because somebody asked, under its old mark")
}

// TestWhateverMomentItIsKilledNoLetterArrivesTwiceAndNoneIsLostUnsaid kills
// processes at random moments of their work.
func TestWhateverMomentItIsKilledNoLetterArrivesTwiceAndNoneIsLostUnsaid(t *testing.T) {
	server := posttest.Start(t)
	s, at := sqliteStore(t)
	var people []string
	for i := range 30 {
		people = append(people, fmt.Sprintf("r%02d", i))
	}
	server.OnReceiver = func(string) error { time.Sleep(10 * time.Millisecond); return nil }
	server.OnLetter = server.OnReceiver
	r := issued(t, s, "12/BC", false, 0, people...)
	d := deliverers{t, at, server.Address, people}
	for range 8 {
		victims := []*exec.Cmd{d.start(), d.start()}
		before := len(server.Letters())
		require.Eventually(t, func() bool { return len(server.Letters()) > before || ended(outcomes(t, s, r.ID)) }, 20*time.Second, 5*time.Millisecond)
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
		for _, v := range victims {
			kill(v)
		}
	}
	d.start()
	require.Eventually(t, func() bool { return ended(outcomes(t, s, r.ID)) }, 30*time.Second, 50*time.Millisecond)
	time.Sleep(200 * time.Millisecond)
	got := map[string]int{}
	for _, l := range server.Letters() {
		got[strings.TrimSuffix(l.To, "@example.vn")]++
	}
	uncertain := 0
	for who, outcome := range outcomes(t, s, r.ID) {
		if outcome == state.DeliveryDone {
			require.Equal(t, 1, got[who], who)
			continue
		}
		require.Equal(t, state.DeliveryUncertain, outcome, who)
		require.LessOrEqual(t, got[who], 1, who)
		uncertain++
	}
	require.LessOrEqual(t, uncertain, 16, "one for each process that was killed, at most")
	t.Logf("of %d letters %d are uncertain after 16 kills", len(people), uncertain)
}

// ended tells that nothing is left to be done by itself.
func ended(outcomes map[string]string) bool {
	for _, o := range outcomes {
		if o == state.DeliveryWaiting || o == state.DeliverySending {
			return false
		}
	}
	return true
}
