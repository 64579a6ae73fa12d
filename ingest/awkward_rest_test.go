package ingest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// playback is a server that answers with recorded bytes, whatever they are, and
// then closes the connection. The last answer repeats.
type playback struct {
	url     string
	mu      sync.Mutex
	answers [][]byte
	asked   []string
}

func play(t *testing.T, files ...string) *playback {
	t.Helper()
	s := &playback{}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join("testdata", "responses", f+".http"))
		require.NoError(t, err)
		s.answers = append(s.answers, b)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	s.url = "http://" + l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.answer(c)
		}
	}()
	return s
}

func (s *playback) answer(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	s.mu.Lock()
	b := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	s.mu.Unlock()
	_, _ = c.Write(b)
}

const awkwardSource = `
sources:
  r:
    kind: rest
    url: ${URL}
    retry: {max: 1, wait: 1ms, max_wait: 2ms}
    timeout: 5s
    max_body: 1000000
    datasets:
`

const awkwardVisits = `      attendance:
        path: visits
        records: data
        id: id
        fields: {event: event, occurred_at: at, visitors: visitors}
`

// awkward are the answers that differ in how they are configured; every other file
// in testdata/responses is read as it is.
var awkward = map[string]string{
	"moments-in-seconds":      strings.Replace(awkwardVisits, "occurred_at: at", "occurred_at: {from: at, format: epoch}", 1),
	"moments-in-milliseconds": strings.Replace(awkwardVisits, "occurred_at: at", "occurred_at: {from: at, format: epoch_ms}", 1),
	"days-of-moments": `      initiatives:
        records: data
        id: id
        fields: {programme: {constant: p}, commitment: {constant: c}, title: {constant: t}, status: {constant: planned}, planned_from: from, planned_to: to}
`,
	"letters-and-escapes": `      initiatives:
        records: data
        id: id
        fields: {programme: {constant: p}, commitment: {constant: c}, title: title, status: {constant: planned}}
`,
	"map-of-records":       strings.Replace(awkwardVisits, "id: id", "shape: map\n        id: \"@key\"", 1),
	"one-record":           strings.Replace(awkwardVisits, "records: data", "records: data\n        shape: object\n        paging: {total: meta.total}", 1),
	"records-within-lists": strings.Replace(awkwardVisits, "records: data", "records: days.visits", 1),
	"a-record-a-line":      strings.Replace(awkwardVisits, "        records: data\n", "", 1),
	"a-record-a-line-cut":  strings.Replace(awkwardVisits, "records: data", "lines: true", 1),
	"letters-not-in-utf8":  strings.Replace(awkwardVisits, "visitors: visitors", "visitors: visitors, origin: origin", 1),
	"objects-became-lists": strings.Replace(awkwardVisits, "event: event", "event: event.code", 1),
	"lists-of-objects": `      members:
        records: data
        id: id
        fields: {name: {constant: n}, kind: {constant: private}, disciplines: fields.code, status: {constant: accepted}}
`,
	"same-page-again":          awkwardVisits + awkwardPaging,
	"cursor-that-stands-still": awkwardVisits + awkwardPaging,
	"length-of-the-list":       awkwardVisits + awkwardPaging,
	"length-that-changes":      awkwardVisits + awkwardPaging,
	"length-in-a-header":       awkwardVisits + "        paging: {total_header: x-total-count}\n",
	"links-of-several-kinds":   awkwardVisits + "        paging: {kind: link}\n",
}

const awkwardPaging = "        paging: {kind: cursor, parameter: cursor, next: meta.next, total: meta.total}\n"

func TestAwkwardResponses(t *testing.T) {
	files, err := filepath.Glob("testdata/responses/*.http")
	require.NoError(t, err)
	sets := make(map[string][]string)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".http")
		first := strings.TrimSuffix(name, "-2")
		sets[first] = append(sets[first], name)
	}
	require.GreaterOrEqual(t, len(sets), 50)
	for _, pages := range sets {
		sort.Strings(pages)
	}
	for name := range awkward {
		require.Contains(t, sets, name)
	}
	for _, name := range names(sets) {
		t.Run(name, func(t *testing.T) {
			s := play(t, sets[name]...)
			dataset, own := awkward[name]
			if !own {
				dataset = awkwardVisits
			}
			c := configure(t, awkwardSource+dataset, map[string]string{"URL": s.url})
			m := newMemory(t)
			for set := range c["r"].Datasets { // what an earlier pull brought must stay
				m.put(set, "earlier", fact{values: map[string]any{}})
			}
			golden(t, filepath.Join("testdata", "responses", name+".txt"), awkwardResult(t, s, c, m))
		})
	}
}

// awkwardResult is what became of an answer, for people.
func awkwardResult(t *testing.T, s *playback, c Config, m *memory) string {
	t.Helper()
	results, err := puller(t, c, m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	var b strings.Builder
	for _, a := range s.asked {
		fmt.Fprintln(&b, "asked", a)
	}
	for _, r := range results {
		fmt.Fprintf(&b, "read %d, accepted %d, rejected %d\n", r.Read, r.Accepted, r.Rejected)
		for _, id := range m.ids(r.Dataset) {
			f := m.facts[r.Dataset][id]
			fmt.Fprintf(&b, "%s %s:", r.Dataset, id)
			for _, field := range names(f.values) {
				if v := f.values[field]; v != nil && fmt.Sprint(v) != "" && fmt.Sprint(v) != "[]" {
					fmt.Fprintf(&b, " %s=%v", field, v)
				}
			}
			b.WriteByte('\n')
		}
	}
	for _, r := range m.rejected {
		fmt.Fprintf(&b, "rejected %q at %s: %s %q, %s: %s\n", r.RecordID, r.Place, r.Field, r.Value, r.Reason, r.Expected)
	}
	if told := toldBy(t, s, c); told != "" {
		fmt.Fprintln(&b, told)
	}
	if err != nil {
		fmt.Fprintln(&b, "error:", strings.ReplaceAll(err.Error(), s.url, "URL"))
		fmt.Fprintln(&b, "lỗi:", strings.ReplaceAll(khue.CauseOf(err).VI, s.url, "URL"))
		require.Empty(t, m.watermarks, "a pull that fails leaves the mark")
	}
	return b.String()
}

// toldBy is what the source says of its own length, where it is asked for.
func toldBy(t *testing.T, s *playback, c Config) string {
	t.Helper()
	told := ""
	for name, set := range c["r"].Datasets {
		if set.Paging.Total == "" && set.Paging.TotalHeader == "" {
			continue
		}
		s.mu.Lock()
		s.asked = nil // from the first answer again
		s.mu.Unlock()
		source, _ := open(name, c["r"], set, hanoi(t), nil, discard)
		if _, err := source.Read(t.Context(), Request{Columns: []string{"id"}, Until: noon, Told: func(x Totals) {
			told = fmt.Sprintf("told %d by %s", x.Rows, x.By)
		}}, func(*Page) error { return nil }); err != nil {
			return ""
		}
	}
	return told
}
