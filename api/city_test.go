package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/api"
	"khue/indicators"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// city is a small one in a real engine, with the API over it.
type city struct {
	t         *testing.T
	warehouse *warehouse.Warehouse
	service   *indicators.Service
	api       *api.API
	router    *gin.Engine
	now       time.Time
}

// newCity has events of three disciplines from December 2025 to February 2026, which is
// not over, with counts of visitors; design has none in January.
func newCity(t *testing.T, change ...func(*api.Options)) *city {
	t.Helper()
	gin.SetMode(gin.TestMode)
	c := &city{t: t, now: time.Date(2026, 2, 20, 3, 0, 0, 0, time.UTC)}
	now := func() time.Time { return c.now }
	c.warehouse = warehousetest.OpenAt(t, now)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	c.service = indicators.NewService(catalogue, c.warehouse, indicators.Options{Now: now, Zone: warehousetest.Zone(), Ledger: &asked{ids: map[string]indicators.Asked{}}})
	events, visits := newRows(t, "events"), newRows(t, "attendance")
	for i, of := range []struct {
		day, discipline string
		visitors        int64
	}{
		{"2025-12-03", "design", 120},
		{"2025-12-31", "music", 75},
		{"2026-01-01", "music", 310},
		{"2026-01-15", "crafts", 0},
		{"2026-02-10", "design", 41},
		{"2026-02-11", "crafts", 17},
	} {
		day, err := time.ParseInLocation(time.DateOnly, of.day, warehousetest.Zone())
		require.NoError(t, err)
		id, at := fmt.Sprint("E", i), day.Add(30*time.Minute) // the day before in UTC
		events.add(id, map[string]any{"title": id, "disciplines": []string{of.discipline}, "area": "00070", "starts_at": at, "format": "onsite"})
		visits.add("V"+id, map[string]any{"event": id, "occurred_at": at, "visitors": of.visitors})
	}
	c.post("events", events)
	c.post("attendance", visits)
	o := api.Options{Service: c.service, Zone: warehousetest.Zone(), Now: now, Version: "test"}
	for _, f := range change {
		f(&o)
	}
	c.api, c.router = api.New(o), gin.New()
	c.api.Register(c.router)
	c.router.NoRoute(c.api.NotFound)
	c.now = c.now.Add(time.Minute) // the facts are not of this very moment
	return c
}

func (c *city) post(dataset string, r rows) {
	c.t.Helper()
	b, err := c.warehouse.Begin(c.t.Context(), warehouse.Load{Source: "mau", Dataset: dataset})
	require.NoError(c.t, err)
	require.NoError(c.t, b.Append(c.t.Context(), r.rows))
	_, err = b.Commit(c.t.Context(), "", int64(r.rows.Len()))
	require.NoError(c.t, err)
}

// get asks an address; headers come in pairs.
func (c *city) get(address string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.router.ServeHTTP(w, r)
	return w
}

func (c *city) send(body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/api/v1/query", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.router.ServeHTTP(w, r)
	return w
}

func (c *city) ask(q indicators.Question) indicators.Answer {
	c.t.Helper()
	q.Scope = khue.Public
	a, err := c.service.Ask(c.t.Context(), q)
	require.NoError(c.t, err)
	return a
}

// rows are records of one dataset on their way into a warehouse.
type rows struct{ rows *warehouse.Rows }

func newRows(t testing.TB, name string) rows {
	t.Helper()
	d, ok := khue.DatasetOf(name)
	require.True(t, ok)
	return rows{warehouse.NewRows(d, 10)}
}

func (r rows) add(id string, values map[string]any) {
	r.rows.RecordID, r.rows.Scope, r.rows.Deleted = append(r.rows.RecordID, id), append(r.rows.Scope, ""), append(r.rows.Deleted, false)
	for i, f := range r.rows.Dataset.Fields {
		c, v := &r.rows.Columns[i], values[f.Name]
		if c.Null != nil {
			c.Null = append(c.Null, v == nil)
		}
		switch {
		case c.Integers != nil:
			n, _ := v.(int64)
			c.Integers = append(c.Integers, n)
		case c.Times != nil:
			at, ok := v.(time.Time)
			if !ok {
				at = time.Unix(0, 0)
			}
			c.Times = append(c.Times, at.UTC())
		case c.Booleans != nil:
			b, _ := v.(bool)
			c.Booleans = append(c.Booleans, b)
		case c.Lists != nil:
			l, _ := v.([]string)
			c.Lists = append(c.Lists, l)
		default:
			s, _ := v.(string)
			c.Strings = append(c.Strings, s)
		}
	}
}
