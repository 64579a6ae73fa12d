package ingest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A source's address stands in the configuration. Wherever the source itself points to
// instead is not gone to, with a key or without.
func TestASourceLeadsNowhereElse(t *testing.T) {
	reached := serve(t, body(list("null", "stolen")))
	for _, there := range []string{
		reached.URL, reached.URL + "/latest/meta-data/", strings.Replace(reached.URL, "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "file:///etc/passwd", "gopher://127.0.0.1:1/x", "ftp://127.0.0.1/x", "//169.254.169.254/x",
	} {
		for _, extra := range []string{byCursor, "        paging: {kind: link}\n"} {
			asks := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asks++
				if strings.Contains(extra, "link") {
					w.Header().Set("Link", "<"+there+`>; rel="next"`)
					_, _ = fmt.Fprint(w, list("null", "a"))
					return
				}
				w.Header().Set("Location", there)
				w.WriteHeader(http.StatusTemporaryRedirect)
			})
			_, err := puller(t, restConfigWith(t, s.URL, extra, `bearer: "let me in"`, "header: X-Key, key: hush-hush"), newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
			require.ErrorContains(t, err, "points to another host", "%s by %s", there, extra)
			require.Equal(t, 1, asks, there)
		}
	}
	require.Empty(t, reached.asked)
}

// An entity of a workbook's XML that names a file or an address is not read.
func TestAWorkbookReadsNothingBesideItself(t *testing.T) {
	s := serve(t, body("fetched"))
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("stolen"), 0o600))
	for _, entity := range []string{`SYSTEM "file://` + secret + `"`, `SYSTEM "` + s.URL + `/x"`, `"` + strings.Repeat("laugh", 10) + `"`} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.xlsx")
		workbook(t, path, map[string][][]any{"S": {{"Địa bàn", "Lĩnh vực", "Lao động"}, {"001", "design", 1}, {"002", "entity-here", 2}}})
		changeParts(t, path, func(name, text string) string {
			if !strings.Contains(text, "entity-here") {
				return text
			}
			at := strings.Index(text, "<sst")
			if at < 0 {
				at = strings.Index(text, "<worksheet")
			}
			return text[:at] + `<!DOCTYPE x [<!ENTITY e ` + entity + `>]>` + strings.ReplaceAll(text[at:], "entity-here", "&e;")
		})
		m := newMemory(t)
		_, err := puller(t, statistics(t, dir, ""), m, at(noon)).Pull(t.Context(), "monthly", PullOptions{})
		require.Error(t, err, "a workbook of an office program has no entities")
		said := fmt.Sprint(err, values(m))
		require.NotContains(t, said, "stolen")
		require.NotContains(t, said, "laugh")
		require.NotContains(t, said, "fetched")
	}
	require.Empty(t, s.asked)
}

// changeParts changes the parts of a workbook.
func changeParts(t *testing.T, path string, change func(name, text string) string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range z.File {
		r, err := part.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		to, err := w.Create(part.Name)
		require.NoError(t, err)
		_, err = io.WriteString(to, change(part.Name, string(text)))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	write(t, filepath.Dir(path), filepath.Base(path), out.String(), noon.Add(time.Hour))
}
