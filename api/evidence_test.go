package api_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"sync"
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

func TestMain(m *testing.M) { warehousetest.Main(m) }

// asked keeps questions in memory, and no definitions.
type asked struct {
	mu  sync.Mutex
	ids map[string]indicators.Asked
}

func (a *asked) Keep(q indicators.Asked) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids[q.ID] = q
}

func (a *asked) Asked(_ context.Context, id string) (indicators.Asked, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, known := a.ids[id]
	return q, known, nil
}

func (*asked) DefinitionsAt(context.Context, time.Time) (indicators.Definitions, bool, error) {
	return indicators.Definitions{}, false, nil
}

func (*asked) Definitions(context.Context, string) (indicators.Definitions, bool, error) {
	return indicators.Definitions{}, false, nil
}

func TestAnIdOpensAsJSONAndAnUnknownOneIsAProblemWithASentence(t *testing.T) {
	w := warehousetest.Open(t)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	service := indicators.NewService(catalogue, w, indicators.Options{Zone: warehousetest.Zone(), Ledger: &asked{ids: map[string]indicators.Asked{}}})
	contract, _ := khue.DatasetOf("attendance")
	rows := warehouse.NewRows(contract, 1)
	rows.RecordID, rows.Scope, rows.Deleted = []string{"A1"}, []string{""}, []bool{false}
	for i, f := range contract.Fields {
		c := &rows.Columns[i]
		switch {
		case c.Integers != nil:
			c.Integers = append(c.Integers, 42)
		case c.Times != nil:
			c.Times = append(c.Times, time.Date(2025, 2, 28, 17, 30, 0, 0, time.UTC))
		case f.Name == "event":
			c.Strings = append(c.Strings, "E1")
		default:
			c.Strings = append(c.Strings, "")
		}
		if c.Null != nil {
			c.Null = append(c.Null, f.Name != "visitors")
		}
	}
	b, err := w.Begin(t.Context(), warehouse.Load{Source: "s", Dataset: "attendance"})
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), rows))
	_, err = b.Commit(t.Context(), "", 1)
	require.NoError(t, err)

	a, err := service.Ask(t.Context(), indicators.Question{Measures: []string{"visitors"}, By: []string{"month"}, Scope: khue.Public})
	require.NoError(t, err)
	id := a.CellID(0, 0)
	router := gin.New()
	api.New(api.Options{Service: service}).Register(router)
	get := func(address string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		return w
	}
	answer := get("/api/v1/evidence/" + id)
	require.Equal(t, 200, answer.Code, answer.Body)
	var e api.Evidence
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &e))
	require.Equal(t, 42.0, *e.Number.Value)
	require.Equal(t, map[string]string{"month": "2025-03"}, e.Number.Keys, "half past midnight in Hanoi")
	require.False(t, e.Number.Differs)
	require.EqualValues(t, 1, e.Number.Grounds[0].RecordsOf)
	require.Equal(t, 42.0, e.Number.Grounds[0].Records[0].Fields["visitors"])
	require.NotEmpty(t, e.SQL)
	require.Empty(t, e.Numbers)

	var whole api.Evidence
	require.NoError(t, json.Unmarshal(get("/api/v1/evidence/"+a.Evidence.ID+"?rows_from=0").Body.Bytes(), &whole))
	require.NotNil(t, whole.Number, "an answer of one number is that number")

	for address, status := range map[string]int{"/api/v1/evidence/K7F3Q9X2BC00.x": 404, "/api/v1/evidence/" + id + "?rows_from=-1": 400} {
		refused := get(address)
		require.Equal(t, status, refused.Code)
		require.Equal(t, "application/problem+json; charset=utf-8", refused.Header().Get("Content-Type"))
		var p struct {
			Status int    `json:"status"`
			Detail string `json:"detail"`
		}
		require.NoError(t, json.Unmarshal(refused.Body.Bytes(), &p))
		require.Equal(t, status, p.Status)
		require.NotEmpty(t, p.Detail)
	}
	require.Contains(t, get("/api/v1/evidence/K7F3Q9X2BC00.x?lang=vi").Body.String(), "không có con số nào mang mã")
}
