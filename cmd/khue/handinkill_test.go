package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// wardCounts is a source whose files are as large as the kills need them.
const wardCounts = `
sources:
  books:
    kind: files
    label: {vi: Sổ của phường, en: Books of the wards}
    folder: %s
    pattern: "*.csv"
    datasets:
      events:
        pattern: su-kien-*.csv
        id: ma
        fields: {title: ten, area: dia_ban, disciplines: linh_vuc, starts_at: luc, format: {constant: onsite}}
      attendance:
        pattern: luot-khach-*.csv
        id: ma
        fields: {event: su_kien, occurred_at: luc, visitors: khach}
`

// wardDesk is a clerk at a browser, before an observatory that is killed now and then.
type wardDesk struct {
	*running
	folder string
}

func openWardDesk(t *testing.T) *wardDesk {
	t.Helper()
	folder := t.TempDir()
	o := newObservatory(t, fmt.Appendf(nil, wardCounts, folder), nil)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "su-kien-1.csv"), []byte("ma,ten,dia_ban,linh_vuc,luc\nE1,Chợ phiên,00070,crafts,2026-03-01T08:00:00\n"), 0o600))
	o.must("migrate")
	o.must("pull", "books")
	return &wardDesk{start(t, o), folder}
}

// again starts the observatory anew where it was killed; the clerk is still signed in.
func (d *wardDesk) again() {
	d.t.Helper()
	next := start(d.t, d.o)
	next.browser, next.entered = d.browser, true
	d.running = next
	d.waitFor("/readyz", time.Minute, ok)
}

func (d *wardDesk) enter() {
	d.t.Helper()
	d.waitFor("/readyz", time.Minute, ok)
	said := d.o.must("user", "add", "hoa", "--name", "Phạm Thị Hoa", "--role", "clerk", "--area", "00070", "--addr", strings.TrimPrefix(d.base, "http://"))
	status, _ := d.ask(invitation.FindString(said))
	require.Equal(d.t, http.StatusOK, status, said)
	d.entered = true
}

func (d *wardDesk) token() string {
	d.t.Helper()
	var found []string
	d.waitFor("/data/upload", time.Minute, func(_ int, body string) bool { // 503 while the engine is started again
		found = formToken.FindStringSubmatch(body)
		return found != nil
	})
	return found[1]
}

// handIn hands a file in that waits, and gives its address.
func (d *wardDesk) handIn(name string, content []byte) string {
	d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	require.NoError(d.t, w.WriteField("token", d.token()))
	require.NoError(d.t, w.WriteField("target", countFiles))
	part, err := w.CreateFormFile("file", name)
	require.NoError(d.t, err)
	_, err = part.Write(content)
	require.NoError(d.t, err)
	require.NoError(d.t, w.Close())
	status, path, said := d.post("/data/upload", w.FormDataContentType(), &body)
	require.Equal(d.t, http.StatusOK, status, said)
	return path
}

// accept gives 0 when the observatory went away meanwhile.
func (d *wardDesk) accept(at string) (status int, path string) {
	status, path, _ = d.post(at+"/accept", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"token": {d.token()}}.Encode()))
	return status, path
}

func (d *wardDesk) post(to, kind string, body io.Reader) (status int, path, said string) {
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.base+to, body)
	require.NoError(d.t, err)
	request.Header.Set("Content-Type", kind)
	response, err := d.browser.Do(request)
	if err != nil {
		return 0, "", err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	b, _ := io.ReadAll(response.Body)
	return response.StatusCode, response.Request.URL.Path, string(b)
}

// became waits until the page of a file says that it is not being loaded any more, or that
// there is no such file, and tells whether it says that it is in.
func (d *wardDesk) became(at string) (in bool) {
	d.t.Helper()
	d.waitFor(at+"/loaded", 3*time.Minute, func(status int, body string) bool {
		in = strings.Contains(body, ">Đã nạp<")
		return status == http.StatusNotFound || status == http.StatusOK && !strings.Contains(body, ">Đang nạp<")
	})
	return in
}

// books are those of the running observatory, once its engine is there.
func (d *wardDesk) books() *warehouse.Warehouse {
	d.t.Helper()
	dsn := d.o.dsn
	if dsn == "" {
		dsn = "embedded://" + filepath.Join(d.o.data, "warehouse")
	}
	w, err := warehouse.Open(d.t.Context(), warehouse.Options{DSN: dsn, Zone: warehousetest.Zone()})
	require.NoError(d.t, err)
	return w
}

// visitors is what holds: the sum of all counts, and how many rows of the journal say so.
func (d *wardDesk) visitors() (sum, rows int64) {
	d.t.Helper()
	w := d.books()
	defer func() { _ = w.Close() }()
	require.NoError(d.t, w.Conn().QueryRow(d.t.Context(), "SELECT toInt64(sum(sign * visitors)), toInt64(count()) FROM attendance_journal").Scan(&sum, &rows))
	return sum, rows
}

// inPosting returns when the batch book says that a batch is posting.
func (d *wardDesk) inPosting(accepted chan int) {
	d.t.Helper()
	w := d.books()
	defer func() { _ = w.Close() }()
	for until := time.Now().Add(time.Minute); time.Now().Before(until) && len(accepted) == 0; time.Sleep(2 * time.Millisecond) {
		var n uint64
		require.NoError(d.t, w.Conn().QueryRow(d.t.Context(), "SELECT count() FROM batches FINAL WHERE state = 'posting'").Scan(&n))
		if n > 0 {
			return
		}
	}
}

var heldIn = regexp.MustCompile(`>(Đã nạp|Không nạp)<`)

// TestWhatAClerkIsToldOfAFileHoldsWhateverIsKilledWhileItIsLoaded kills the program, its
// engine or both while a file of a ward is loaded: at some moment, and in the middle of its
// posting. What the clerk's list says afterwards is so in the journal; handed in again
// where it was not loaded, the file is in once.
func TestWhatAClerkIsToldOfAFileHoldsWhateverIsKilledWhileItIsLoaded(t *testing.T) {
	victims := []string{"engine in posting", "program in posting", "both in posting", "engine", "program"}
	if os.Getenv(warehousetest.DSNVariable) != "" {
		victims = []string{"program in posting", "program", "program in posting", "program"} // a server given to the tests is not ours to kill
	}
	const rows = 10_000
	d := openWardDesk(t)
	d.enter()
	moments := rand.New(rand.NewPCG(20261130, 7)) // the same moments in every run
	var sum, journal int64
	posting, told := 0, map[bool]int{}
	for round, victim := range victims {
		var content bytes.Buffer
		content.WriteString(countsHead)
		for i := range rows {
			fmt.Fprintf(&content, "R%d-%d,E1,2026-03-%02dT09:00:00,%d\n", round, i, i%28+1, round+1)
		}
		at := d.handIn(fmt.Sprintf("luot-khach-%d.csv", round), content.Bytes())
		accepted := make(chan int, 1)
		token := d.token()
		go func() {
			status, _, _ := d.post(at+"/accept", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"token": {token}}.Encode()))
			accepted <- status
		}()
		if strings.HasSuffix(victim, "in posting") {
			d.inPosting(accepted)
		} else {
			time.Sleep(time.Duration(moments.Float64() * float64(2*time.Second)))
		}
		if len(accepted) == 0 {
			posting++
		}
		if !strings.HasPrefix(victim, "program") {
			killEngine(t, d.o.data)
		}
		if !strings.HasPrefix(victim, "engine") {
			require.NoError(t, d.cmd.Process.Signal(syscall.SIGKILL))
			<-d.done
			<-accepted
			d.again()
		} else {
			<-accepted
		}
		in := d.became(at)
		told[in]++
		t.Logf("%s: the clerk is told that the file is in: %v", victim, in)
		nowSum, nowRows := d.visitors()
		if !in {
			require.Equal(t, [2]int64{sum, journal}, [2]int64{nowSum, nowRows}, "%s: nothing of a file that is told not to be loaded is there", victim)
			status, path := d.accept(at)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, at+"/loaded", path)
			require.True(t, d.became(at))
			nowSum, nowRows = d.visitors()
		}
		sum, journal = sum+rows*int64(round+1), journal+rows
		require.Equal(t, [2]int64{sum, journal}, [2]int64{nowSum, nowRows}, "%s: the file is in once", victim)

		// Whoever sends the form again is led to what became of it, and nothing changes.
		status, path := d.accept(at)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, at+"/loaded", path)
		_, nowRows = d.visitors()
		require.Equal(t, journal, nowRows)
	}
	require.GreaterOrEqual(t, posting, 2, "too few kills hit a load: the test proves nothing")
	_, list := d.ask(d.base + "/data/upload")
	require.Len(t, heldIn.FindAllString(list, -1), len(victims))
	require.NotContains(t, list, ">Không nạp<")
	require.Contains(t, d.o.must("check"), "books          ok")
	t.Logf("%d of %d kills hit a load; told that it was in after the kill itself: %d", posting, len(victims), told[true])
	d.terminate()
}
