package api

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

// parsing is an API that reads questions and answers none.
func parsing(t testing.TB) *API {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	now := time.Date(2026, 2, 20, 3, 0, 0, 0, time.UTC)
	return New(Options{Service: indicators.NewService(catalogue, nil, indicators.Options{Now: func() time.Time { return now }}), Now: func() time.Time { return now }})
}

// requireTold holds that what is wrong with a question is a fault of the asker's, with
// a name and sentences, and never one of ours.
func requireTold(t *testing.T, err error) {
	var several faultList
	if err == nil || !errors.As(err, &several) {
		if err != nil {
			require.NotEqual(t, khue.Internal, khue.KindOf(err), "%v", err)
		}
		return
	}
	require.NotEmpty(t, several)
	for _, one := range several {
		code, _ := khue.CodeOf(one)
		require.NotEmpty(t, code)
		require.NotEqual(t, khue.Internal, khue.KindOf(one), "%v", one)
		said := khue.MessageOf(one)
		require.NotEmpty(t, said.VI)
		require.NotEmpty(t, said.EN)
	}
}

func FuzzQuestionParameters(f *testing.F) {
	for _, seed := range []string{
		"measure=visitors&by=month,discipline&from=2025-01&to=2025-12", "measure=visitors&where=discipline=design,crafts&top=5:discipline:visitors&by=discipline",
		"measure=visitors&as_of=2026-01-01&derive=share&edition=uccn_field=2004&area_view=as_now&counting=each", "measure=&by=&limit=1&page_size=2&cursor=eyJxIjoiIn0",
		"measure=visitors&discipline=&area=01&format=csv&lang=vi", "measure=%00&by=%ff&where==&edition==&from=2025-W53", "measure=visitors&top=-1:area&by=area,area,area", "a=b&c",
	} {
		f.Add(seed)
	}
	a := parsing(f)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q, faults := a.fromAddress(values)
		_, err = a.understand(q, khue.Public, faults)
		requireTold(t, err)
	})
}

func FuzzQuestionJSON(f *testing.F) {
	for _, seed := range []string{
		`{"measure":["visitors"],"by":["month","discipline"],"from":"2025-01","to":"2025-12"}`, `{"measure":["visitors"],"where":{"discipline":["design",""]},"edition":{"uccn_field":"2004"},"limit":3}`,
		`{"measure":["visitors"],"page_size":5,"cursor":"eyJxIjoieCIsImEiOiJ4IiwibyI6MX0","format":"sdmx-json"}`, `{"measure":[null],"limit":1e400}`, `[]`, `{`, `{"measure":["\ud800"]}`, `{"top":"9:area","by":["area"],"derive":["share:area","cumulative"]}`,
	} {
		f.Add([]byte(seed))
	}
	a := parsing(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		q, faults, err := questionOf(body)
		if err == nil {
			_, err = a.understand(q, khue.Public, faults)
		}
		requireTold(t, err)
	})
}
