package api_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"khue/api"
	"khue/api/format"
	"khue/indicators"
)

func answerIn(t *testing.T, body []byte) format.Answer {
	t.Helper()
	var a format.Answer
	require.NoError(t, json.Unmarshal(body, &a), "%s", body)
	return a
}

func problemIn(t *testing.T, body []byte) api.Problem {
	t.Helper()
	var p api.Problem
	require.NoError(t, json.Unmarshal(body, &p), "%s", body)
	return p
}

func TestAQuestionInAnAddressAndTheSameInJSONHaveTheSameAnswer(t *testing.T) {
	c := newCity(t)
	got := c.get("/api/v1/query?measure=visitors&by=month,discipline&from=2025-12&to=2026-02&discipline=design,music")
	require.Equal(t, 200, got.Code, got.Body)
	require.Equal(t, "application/json; charset=utf-8", got.Header().Get("Content-Type"))
	same := c.send(`{"measure":["visitors"],"by":["month","discipline"],"from":"2025-12","to":"2026-02","where":{"discipline":["design","music"]}}`)
	require.Equal(t, 200, same.Code, same.Body)
	require.Equal(t, got.Body.String(), same.Body.String())

	a := answerIn(t, got.Body.Bytes())
	want := c.ask(indicators.Question{
		Measures: []string{"visitors"}, By: []string{"month", "discipline"}, Where: map[string][]string{"discipline": {"design", "music"}},
		From: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	})
	require.Len(t, a.Rows, len(want.Rows))
	require.Len(t, a.Rows, 6, "a series is whole")
	for i, r := range want.Rows {
		require.Equal(t, r.Keys[0].Period.String(), a.Rows[i].Keys["month"])
		require.Equal(t, r.Keys[1].Code, a.Rows[i].Keys["discipline"])
		require.Equal(t, r.Partial, a.Rows[i].Partial)
		if v := a.Rows[i].Values["visitors"]; r.Values[0].Known {
			require.Equal(t, r.Values[0].Number, *v)
		} else {
			require.Nil(t, v)
		}
	}
	require.Equal(t, want.Evidence.ID, a.Evidence.ID)
	require.Equal(t, want.Evidence.ID, got.Header().Get("Khue-Evidence"))
	require.Equal(t, "2026-02-11", got.Header().Get("Khue-Data-Until"))
	require.NotEmpty(t, got.Header().Get("Last-Modified"))
	require.Equal(t, 200, c.get(a.Evidence.Link).Code, "the link opens")
}

func TestTheSameAnswerIsNotSentTwiceAndAnotherOneIs(t *testing.T) {
	c := newCity(t)
	const address = "/api/v1/query?measure=visitors&by=month"
	first := c.get(address)
	tag := first.Header().Get("ETag")
	require.Regexp(t, `^"[\w-]+"$`, tag)
	again := c.get(address, "If-None-Match", `"other", `+tag)
	require.Equal(t, 304, again.Code)
	require.Empty(t, again.Body.Bytes())
	require.Equal(t, tag, again.Header().Get("ETag"))
	c.now = c.now.Add(time.Minute)
	require.Equal(t, 304, c.get(address, "If-None-Match", tag).Code, "the time of asking is not in the answer")
	for _, other := range []string{address + "&lang=vi", address + "&format=csv", "/api/v1/query?measure=visitors&by=discipline"} {
		require.NotEqual(t, tag, c.get(other).Header().Get("ETag"), other)
	}
	more := newRows(t, "attendance")
	more.add("more", map[string]any{"event": "E4", "occurred_at": time.Date(2026, 2, 12, 3, 0, 0, 0, time.UTC), "visitors": int64(9)})
	c.post("attendance", more)
	require.Equal(t, 200, c.get(address, "If-None-Match", tag).Code, "the facts have changed")
}

func TestPagesFitTogetherAlthoughFactsComeInBetween(t *testing.T) {
	c := newCity(t)
	const address = "/api/v1/query?measure=visitors&by=month,discipline&from=2025-12&to=2026-02"
	whole := answerIn(t, c.get(address).Body.Bytes())
	require.Len(t, whole.Rows, 9)
	var rows []format.Row
	next := ""
	for page := 0; ; page++ {
		got := c.get(address + "&page_size=4&cursor=" + next)
		require.Equal(t, 200, got.Code, got.Body)
		a := answerIn(t, got.Body.Bytes())
		require.Equal(t, 9, a.RowsOf)
		require.Equal(t, whole.Evidence.ID, a.Evidence.ID)
		rows = append(rows, a.Rows...)
		next = a.Next
		require.Equal(t, next, got.Header().Get("Khue-Next-Cursor"))
		if next == "" {
			require.Equal(t, 2, page)
			break
		}
		require.Contains(t, strings.Join(got.Header().Values("Link"), " "), `rel="next"`)
		if page == 0 {
			correction := newRows(t, "attendance")
			correction.add("VE0", map[string]any{"event": "E0", "occurred_at": time.Date(2026, 2, 14, 3, 0, 0, 0, time.UTC), "visitors": int64(999)})
			c.now = c.now.Add(time.Minute)
			c.post("attendance", correction)
		}
	}
	require.Equal(t, whole.Rows, rows)
	require.NotEqual(t, whole.Rows, answerIn(t, c.get(address).Body.Bytes()).Rows, "the facts had changed")

	first := answerIn(t, c.get(address+"&page_size=4").Body.Bytes())
	other := c.get("/api/v1/query?measure=visitors&by=month&page_size=4&cursor=" + first.Next)
	require.Equal(t, 400, other.Code)
	require.Equal(t, "cursor_of_another_question", problemIn(t, other.Body.Bytes()).Code)
}

func TestMoreRowsThanAskedForAreAnErrorAndNeverCut(t *testing.T) {
	c := newCity(t)
	got := c.get("/api/v1/query?measure=visitors&by=month,discipline&limit=3")
	require.Equal(t, 400, got.Code)
	p := problemIn(t, got.Body.Bytes())
	require.Equal(t, "too_many_rows", p.Code)
	require.Equal(t, "limit", p.Errors[0].Path)
}

func TestLongAnswersArePackedAsTheCallerLikes(t *testing.T) {
	c := newCity(t)
	const address = "/api/v1/measures"
	plain := c.get(address).Body.String()
	require.Greater(t, len(plain), 1400)
	for header, coding := range map[string]string{"gzip": "gzip", "gzip, zstd": "zstd", "zstd;q=0.1, gzip;q=0.9": "gzip", "zstd;q=0": "", "br": "", "": ""} {
		got := c.get(address, "Accept-Encoding", header)
		require.Equal(t, coding, got.Header().Get("Content-Encoding"), header)
		var body []byte
		var err error
		switch coding {
		case "gzip":
			r, fault := gzip.NewReader(got.Body)
			require.NoError(t, fault)
			body, err = io.ReadAll(r)
		case "zstd":
			r, fault := zstd.NewReader(got.Body)
			require.NoError(t, fault)
			body, err = io.ReadAll(r)
		default:
			body = got.Body.Bytes()
		}
		require.NoError(t, err)
		require.Equal(t, plain, string(body), header)
		require.Equal(t, 304, c.get(address, "Accept-Encoding", header, "If-None-Match", got.Header().Get("ETag")).Code)
	}
}

func TestACallerWhoAsksTooMuchIsToldHowLongToWaitAndOthersAreNotHeldUp(t *testing.T) {
	c := newCity(t, func(o *api.Options) { o.Limit = api.Allowance{PerSecond: 0.5, Burst: 3} })
	for left := 2; left >= 0; left-- {
		got := c.get("/api/v1/disciplines")
		require.Equal(t, 200, got.Code)
		require.Equal(t, `"api";q=3;w=6`, got.Header().Get("RateLimit-Policy"))
		require.True(t, strings.HasPrefix(got.Header().Get("RateLimit"), `"api";r=`+strconv.Itoa(left)+";t="), got.Header().Get("RateLimit"))
	}
	refused := c.get("/api/v1/disciplines?lang=vi")
	require.Equal(t, 429, refused.Code)
	require.Equal(t, "2", refused.Header().Get("Retry-After"))
	p := problemIn(t, refused.Body.Bytes())
	require.Equal(t, "too_many_requests", p.Code)
	require.Contains(t, p.Detail, "hãy đợi 2 giây")
	other := newRequest("GET", "/api/v1/disciplines")
	other.RemoteAddr = "192.0.2.99:1234"
	require.Equal(t, 200, serve(c.router, other).Code)
	forged := newRequest("GET", "/api/v1/disciplines")
	forged.Header.Set("X-Forwarded-For", "198.51.100.7")
	require.Equal(t, 429, serve(c.router, forged).Code, "a header does not make another caller")
	c.now = c.now.Add(2 * time.Second)
	require.Equal(t, 200, c.get("/api/v1/disciplines").Code)
}

func TestListsOfTheCatalogueComeInPagesThatFitTogether(t *testing.T) {
	c := newCity(t)
	for _, name := range []string{"measures", "dimensions", "indicators", "programmes", "areas", "disciplines"} {
		var whole api.Page[map[string]any]
		require.NoError(t, json.Unmarshal(c.get("/api/v1/"+name+"?limit=1000").Body.Bytes(), &whole))
		require.NotEmpty(t, whole.Items, name)
		require.EqualValues(t, len(whole.Items), whole.Total, name)
		var items []map[string]any
		for next := ""; ; {
			var page api.Page[map[string]any]
			require.NoError(t, json.Unmarshal(c.get("/api/v1/"+name+"?limit=7&cursor="+next).Body.Bytes(), &page))
			items = append(items, page.Items...)
			if next = page.Next; next == "" {
				break
			}
			stray := c.get("/api/v1/evidence/K7F3Q9X2BC00?cursor=" + url.QueryEscape(next))
			require.Equal(t, 400, stray.Code, "an end point without pages has no cursor")
		}
		require.Equal(t, whole.Items, items, name)
	}
}
