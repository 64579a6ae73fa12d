package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/access"
)

// letters is a body without end of one letter.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// Whatever takes a body, asked by somebody who may, with more than it takes: said ahead,
// and found out while it comes.
func TestABodyThatIsTooLongIsRefusedWhereverOneIsTaken(t *testing.T) {
	f := openSQLOffice(t, nil)
	people := map[access.Role]*http.Client{}
	for _, role := range access.Roles() {
		people[role] = f.in(string(role))
	}
	const file = 1 << 30 // more than any file that is taken
	tried := 0
	for key, row := range routes {
		method, pattern, _ := strings.Cut(key, " ")
		if method != http.MethodPost {
			continue
		}
		by := people[access.Staff]
		for _, role := range access.Roles() {
			if slices.Contains(role.Rights(), access.Right(row.needs)) {
				by = people[role]
			}
		}
		kind, most, begin := "application/x-www-form-urlencoded", int64(1<<20), "token="
		switch {
		case strings.HasPrefix(pattern, "/api/"):
			kind, begin = "application/json", `{"statement": "`
		case strings.HasPrefix(pattern, "/clickhouse"):
			kind, begin = "text/plain", "SELECT "
		case pattern == "/data/upload", strings.HasSuffix(pattern, "/edited"):
			kind, most, begin = "multipart/form-data; boundary=b", file, "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n"
		}
		for _, said := range []bool{true, false} {
			if most == file && !said {
				continue // see TestAnEditedWordFileIsTakenOnlyAsItShouldBe and TestAFileIsTakenFromOurOwnFormAlone
			}
			request, err := http.NewRequestWithContext(t.Context(), method, f.http.URL+exampleOf(pattern), io.LimitReader(io.MultiReader(strings.NewReader(begin), letters{}), most))
			require.NoError(t, err)
			request.Header.Set("Content-Type", kind)
			if said {
				request.ContentLength = most
			}
			response, err := by.Do(request)
			require.NoError(t, err, key)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, "%s (said ahead: %v): %s", key, said, body[:min(len(body), 400)])
			tried++
		}
	}
	require.Greater(t, tried, 60)
}

// A packed body could be small and become large: none is unpacked.
func TestAPackedBodyIsNotUnpacked(t *testing.T) {
	f := openSQLOffice(t, nil)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.Copy(w, io.LimitReader(letters{}, 64<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Less(t, packed.Len(), 100<<10)
	b := f.in("staff")
	for address, kind := range map[string]string{"/api/v1/query": "application/json", "/api/v1/sql": "application/json", "/clickhouse/": "text/plain", "/logout": "application/x-www-form-urlencoded"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.http.URL+address, bytes.NewReader(packed.Bytes()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", kind)
		request.Header.Set("Content-Encoding", "gzip")
		response, err := b.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Contains(t, []int{http.StatusBadRequest, http.StatusForbidden, http.StatusUnsupportedMediaType}, response.StatusCode, address)
	}
}
