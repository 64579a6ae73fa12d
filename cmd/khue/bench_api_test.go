package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/stretchr/testify/require"

	"khue/access"
	"khue/api"
	"khue/warehouse/warehousetest"
)

// asking is one question of BenchmarkQueryAPI: as a program asks it, and the
// statement that it came to, to be sent straight to the engine.
type asking struct {
	address    string
	sql        string
	parameters clickhouse.Parameters
}

// BenchmarkQueryAPI measures questions asked of /api/v1/query, from the request to
// the last byte of JSON, signed in by a token as programs are, against the very
// statements of their evidence sent straight to the engine over its native protocol
// and read to the last row. The two take turns in one run, so that a ratio holds
// whatever else the machine does. "off" answers every question anew, "on" keeps
// answers until facts change.
func BenchmarkQueryAPI(b *testing.B) {
	for _, rows := range warehousetest.BenchSizes(b) {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			p := newPagesBench(b, rows)
			for b.Loop() {
				t := table.NewWriter()
				t.AppendHeader(table.Row{"clients", "way", "p50", "p95", "p99", "requests/s", "p50 to direct", "requests/s to direct"})
				for _, clients := range []int{1, 8, 32} {
					p.questions(t, clients)
				}
				fmt.Printf("\nmilliseconds a question over %d rows of attendance\n%s\n", rows, t.RenderMarkdown())
			}
		})
	}
}

// addresses ask what analysts ask: long series, a year by two dimensions, a filter, a
// ranking, a ratio, a register, and a dimension that no rollup holds.
var addresses = []string{
	"measure=visitors&by=month,discipline&from=2026-01&to=2026-12",
	"measure=visitors&by=year&from=2019&to=2026",
	"measure=visitors&by=quarter&discipline=design&from=2024&to=2026",
	"measure=visitors&by=area&from=2025-S2&to=2025-S2",
	"measure=visitors&by=discipline&top=5:discipline&from=2025&to=2025",
	"measure=events&by=month,format&from=2025&to=2025",
	"measure=activities&by=discipline&from=2025&to=2025",
	"measure=visitors&by=month,organiser&from=2026-01&to=2026-03",
}

func (p pagesBench) questions(t table.Writer, clients int) {
	const each = 160 // of a way, split over the clients
	off, on := p.programs(false), p.programs(true)
	asked := p.asked(off)
	ways := []struct {
		name string
		ask  func(one asking) error
	}{
		{"direct", func(one asking) error { return p.direct(one) }},
		{"api, cache off", func(one asking) error { return off.get(one.address) }},
		{"api, cache on", func(one asking) error { return on.get(one.address) }},
	}
	took, spent := make([][]time.Duration, len(ways)), make([]time.Duration, len(ways))
	for _, way := range ways { // connections, and what the engine reads ahead
		for _, one := range asked {
			require.NoError(p, way.ask(one))
		}
	}
	const turns = 5
	for range turns {
		for i, way := range ways {
			var next, faults atomic.Int64
			started := time.Now()
			took[i] = append(took[i], together(clients, func(int) (mine []time.Duration) {
				for n := next.Add(1) - 1; n < each/turns*int64(min(clients, 8)); n = next.Add(1) - 1 {
					began := time.Now()
					if err := way.ask(asked[int(n)%len(asked)]); err != nil {
						faults.Add(1)
						p.Error(err)
						return mine
					}
					mine = append(mine, time.Since(began))
				}
				return mine
			})...)
			spent[i] += time.Since(started)
			require.Zero(p, faults.Load())
		}
	}
	direct := percentileOf(took[0], 0.5)
	perSecond := func(i int) float64 { return float64(len(took[i])) / spent[i].Seconds() }
	for i, way := range ways {
		t.AppendRow(table.Row{
			clients, way.name, inMilliseconds(percentileOf(took[i], 0.5)), inMilliseconds(percentileOf(took[i], 0.95)), inMilliseconds(percentileOf(took[i], 0.99)),
			fmt.Sprintf("%.0f", perSecond(i)), fmt.Sprintf("%.2f", float64(percentileOf(took[i], 0.5))/float64(direct)), fmt.Sprintf("%.2f", perSecond(i)/perSecond(0)),
		})
		if i > 0 {
			p.ReportMetric(float64(percentileOf(took[i], 0.5))/float64(direct), fmt.Sprintf("x-direct-p50-%d-%s", clients, strings.ReplaceAll(way.name[5:], " ", "-")))
		}
	}
}

// direct sends a question's statements to the engine and reads their rows.
func (p pagesBench) direct(one asking) error {
	ctx := clickhouse.Context(p.Context(), clickhouse.WithParameters(one.parameters))
	rows, err := p.o.Warehouse.Conn().Query(ctx, one.sql)
	if err != nil {
		return err
	}
	var into []any
	for _, c := range rows.ColumnTypes() {
		into = append(into, reflect.New(c.ScanType()).Interface())
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Close()
}

// programs ask an API as programs do.
type programs struct {
	client *http.Client
	base   string
	token  string
}

// programs are callers of an API whose limit of requests is out of the way.
func (p pagesBench) programs(remembers bool) programs {
	p.Helper()
	o := *p.o
	o.Config.API = API{Rate: -1}
	if !remembers {
		o.Config.API.Remember = -1
	}
	server, err := o.server(p.Context())
	require.NoError(p, err)
	s := httptest.NewServer(server.Handler)
	p.Cleanup(s.Close)
	secret := p.token(o.People)
	return programs{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute}, base: s.URL + api.Prefix + "/query?", token: secret}
}

// token is that of a program that belongs to an analyst.
func (p pagesBench) token(people *access.Book) string {
	p.Helper()
	_, err := people.Person(p.Context(), "analyst")
	if err != nil {
		_, err = people.Add(p.Context(), access.AtConsole, "analyst", "Chuyên viên", []string{string(access.Analyst)}, nil)
		require.NoError(p, err)
	}
	_, secret, err := people.MakeToken(p.Context(), access.AtConsole, "analyst", "bench", []string{string(access.AskAPI)}, time.Hour)
	require.NoError(p, err)
	return secret
}

// asked gives for each address the statement that its answer names as evidence; the
// questions are such that one statement answers each.
func (p pagesBench) asked(c programs) []asking {
	p.Helper()
	var out []asking
	for _, address := range addresses {
		body, err := c.read(address)
		require.NoError(p, err)
		var answer struct {
			Evidence struct {
				SQL        string         `json:"sql"`
				Parameters map[string]any `json:"parameters"`
			} `json:"evidence"`
		}
		require.NoError(p, json.Unmarshal(body, &answer))
		one := asking{address: address, sql: answer.Evidence.SQL, parameters: clickhouse.Parameters{}}
		require.NotEmpty(p, one.sql, address)
		for name, value := range answer.Evidence.Parameters {
			one.parameters[name] = fmt.Sprint(value)
		}
		out = append(out, one)
	}
	return out
}

// get reads an answer to its last byte and keeps nothing of it, as direct does.
func (c programs) get(address string) error {
	return c.ask(address, func(body io.Reader) error { _, err := io.Copy(io.Discard, body); return err })
}

func (c programs) read(address string) (body []byte, err error) {
	err = c.ask(address, func(all io.Reader) (err error) { body, err = io.ReadAll(all); return err })
	return body, err
}

func (c programs) ask(address string, read func(io.Reader) error) error {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, c.base+address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	answer, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s was answered with %d: %s", address, answer.StatusCode, said)
	}
	return read(answer.Body)
}
