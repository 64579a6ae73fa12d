package ingest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// capped gives a list of n records, never more than most at a time; past answers
// where nothing is left.
func capped(n, most int, past http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from, _ := strconv.Atoi(q.Get("from"))
		if page, err := strconv.Atoi(q.Get("page")); err == nil {
			from = (page - 1) * most
		}
		if from >= n {
			past(w, r)
			return
		}
		var ids []string
		for i := from; i < min(n, from+most); i++ {
			ids = append(ids, fmt.Sprintf("r%02d", i))
		}
		_, _ = fmt.Fprint(w, list("null", ids...))
	}
}

const (
	pagesOfTen   = "        paging: {kind: page, parameter: page, size_parameter: per, size: 10}\n"
	offsetsOfTen = "        paging: {kind: offset, parameter: from, size_parameter: n, size: 10}\n"
)

func TestASourceThatGivesFewerRecordsAtATimeThanItIsAskedForIsReadWhole(t *testing.T) {
	for name, past := range map[string]http.HandlerFunc{"an empty page": body(list("null")), "not found": status(404), "no list": body(`{"message": "no more"}`)} {
		for kind, paging := range map[string]string{"page": pagesOfTen, "offset": offsetsOfTen} {
			for n, asks := range map[int]int{1: 2, 3: 2, 4: 3, 6: 3, 7: 3} { // three at a time
				t.Run(fmt.Sprintf("%d records by %s, then %s", n, kind, name), func(t *testing.T) {
					s := serve(t, capped(n, 3, past))
					m := newMemory(t)
					results, err := puller(t, restConfig(t, s.URL, paging), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
					if n == 6 && name == "no list" { // a page that is full is no sign of the end
						require.ErrorContains(t, err, "no list")
						return
					}
					require.NoError(t, err)
					require.Len(t, m.ids("initiatives"), n)
					require.EqualValues(t, n, results[0].Read, "none came twice")
					require.LessOrEqual(t, len(s.asked), asks+1)
				})
			}
		}
	}
}

func TestAShortListIsNotAskedForFurtherWhereTheSourceTellsItsLength(t *testing.T) {
	s := serve(t, body(`{"data": {"items": [`+record("a")+`], "total": 1}}`))
	paging := strings.Replace(pagesOfTen, "size: 10", "size: 10, total: data.total", 1)
	_, err := puller(t, restConfig(t, s.URL, paging), newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.Len(t, s.asked, 1)
}

func TestASourceThatKnowsNoPagesGivesItsListOnce(t *testing.T) {
	s := serve(t, body(list("null", "a", "b")))
	m := newMemory(t)
	results, err := puller(t, restConfig(t, s.URL, pagesOfTen), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, m.ids("initiatives"))
	require.EqualValues(t, 2, results[0].Read)
}

func TestASourceThatBreaksWhereItIsAskedForMoreFailsThePull(t *testing.T) {
	s := serve(t, body(list("null", "a", "b")), status(500))
	m := newMemory(t)
	_, err := puller(t, restConfig(t, s.URL, pagesOfTen), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "initiatives page 2")
	require.Empty(t, m.watermarks)
}

func TestASourceThatGoesNoDeeperIntoALongListFailsThePull(t *testing.T) {
	deep := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if from, _ := strconv.Atoi(r.URL.Query().Get("from")); from >= 20 {
			status(400)(w, r)
			return
		}
		capped(40, 10, nil)(w, r)
	})
	m := newMemory(t)
	_, err := puller(t, restConfig(t, deep.URL, offsetsOfTen), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "400")
	require.Empty(t, m.watermarks)
}
