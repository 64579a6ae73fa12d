package ingest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
)

// bucket is an S3 server with one bucket, and what goes wrong with it.
type bucket struct {
	t        *testing.T
	url      string
	client   *minio.Client
	fail     atomic.Int32 // answers of 503 still to give
	stall    atomic.Bool  // bodies stop half way
	gets     atomic.Int32
	onGet    atomic.Pointer[func()]
	requests atomic.Int32
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir()) // where objects are kept while they are read
	b := &bucket{t: t}
	inner := gofakes3.New(s3mem.New(), gofakes3.WithoutVersioning()).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.requests.Add(1)
		if b.fail.Add(-1) >= 0 {
			http.Error(w, "try later", http.StatusServiceUnavailable)
			return
		}
		if r.Method == http.MethodGet && !strings.Contains(r.URL.RawQuery, "list-type") && strings.Count(r.URL.Path, "/") > 2 {
			b.gets.Add(1)
			if f := b.onGet.Load(); f != nil {
				(*f)()
			}
			if b.stall.Load() {
				w.Header().Set("Content-Length", "1000")
				w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
				_, _ = w.Write([]byte("Địa bàn"))
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return
			}
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	var err error
	b.client, err = minio.New(strings.TrimPrefix(server.URL, "http://"), &minio.Options{Creds: credentials.NewStaticV4("khue", "very-secret", ""), BucketLookup: minio.BucketLookupPath, Region: "us-east-1"})
	require.NoError(t, err)
	require.NoError(t, b.client.MakeBucket(t.Context(), "reports", minio.MakeBucketOptions{}))
	return b
}

func (b *bucket) put(key, content string) {
	b.t.Helper()
	_, err := b.client.PutObject(context.Background(), "reports", key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	require.NoError(b.t, err)
}

func (b *bucket) config(more string) Config {
	b.t.Helper()
	return configure(b.t, `
sources:
  monthly:
    kind: files
    folder: s3://reports/2025
    pattern: "*.csv"
    s3: {endpoint: "`+b.url+`", region: us-east-1, access_key: khue, secret_key: very-secret}
    retry: {max: 4}`+more+`
    datasets:
      discipline_statistics:
        key: [measure, discipline, area]
        scope: file
        replace: true
        fields:
          measure: {constant: workers}
          unit: {constant: persons}
          discipline: Lĩnh vực
          area: Địa bàn
          period: {constant: 2025-03}
          value: Lao động
`, nil)
}

func TestFilesOfABucketAreReadWhenTheyChange(t *testing.T) {
	b := newBucket(t)
	b.put("2025/a.csv", header+"001,design,1\n002,design,2\n")
	b.put("2025/b.csv", header+"003,design,3\n")
	b.put("2025/note.pdf", "x")
	b.put("2025/old/c.csv", "deeper")
	b.put("2024/d.csv", "elsewhere")
	m := newMemory(t)
	p := puller(t, b.config(""), m, at(noon))
	pullAll(t, p)
	require.Equal(t, map[string]any{"workers|design|001": "1", "workers|design|002": "2", "workers|design|003": "3"}, values(m))
	require.EqualValues(t, 2, b.gets.Load())
	require.Zero(t, pullAll(t, p)[0].Read)
	require.EqualValues(t, 2, b.gets.Load(), "what has not changed is not fetched")

	b.put("2025/a.csv", header+"001,design,7\n")
	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{1, 1, 1}, []int64{r.Read, r.Corrected, r.Retracted})
	require.Empty(t, leftovers(t))
}

func leftovers(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "khue-s3-*"))
	require.NoError(t, err)
	return found
}

func TestABucketThatStumblesIsAskedAgainAndOneThatIsDownIsTold(t *testing.T) {
	b := newBucket(t)
	b.put("2025/a.csv", header+"001,design,1\n")
	m := newMemory(t)
	b.fail.Store(2)
	pullAll(t, puller(t, b.config(""), m, at(noon)))
	require.Len(t, values(m), 1)

	b.fail.Store(1 << 30)
	before := b.requests.Load()
	_, err := puller(t, b.config(""), m, at(noon)).Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "the bucket reports/2025/ cannot be listed")
	require.NotContains(t, err.Error(), "very-secret")
	require.Equal(t, before+5, b.requests.Load(), "once and four times more")
	require.Len(t, values(m), 1)
}

func TestADownloadThatStallsIsGivenUpAndLeavesEarlierDataWhole(t *testing.T) {
	b := newBucket(t)
	b.put("2025/a.csv", header+"001,design,1\n")
	m := newMemory(t)
	p := puller(t, b.config("\n    timeout: 300ms"), m, at(noon))
	pullAll(t, p)
	b.put("2025/a.csv", header+"001,design,2\n")
	b.stall.Store(true)
	started := time.Now()
	_, err := p.Pull(t.Context(), "monthly", PullOptions{})
	require.Error(t, err)
	require.ErrorContains(t, err, "reading a.csv: the bucket reports cannot be read")
	require.Less(t, time.Since(started), 20*time.Second)
	require.Equal(t, map[string]any{"workers|design|001": "1"}, values(m))
	b.stall.Store(false)
	pullAll(t, p)
	require.Equal(t, map[string]any{"workers|design|001": "2"}, values(m))
}

func TestAnObjectThatChangesOrVanishesWhileItIsReadIsReadByTheNextPull(t *testing.T) {
	b := newBucket(t)
	b.put("2025/a.csv", header+"001,design,1\n")
	b.put("2025/b.csv", header+"002,design,2\n")
	m := newMemory(t)
	p := puller(t, b.config(""), m, at(noon))
	once := func() {
		b.onGet.Store(nil)
		b.put("2025/a.csv", header+"001,design,10\n001,music,5\n")
	}
	b.onGet.Store(&once)
	_, err := p.Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "reading a.csv: the file changed while it was being read")
	require.Equal(t, map[string]any{"workers|design|002": "2"}, values(m))
	pullAll(t, p)
	require.Len(t, values(m), 3)

	gone := func() {
		b.onGet.Store(nil)
		require.NoError(t, b.client.RemoveObject(context.Background(), "reports", "2025/b.csv", minio.RemoveObjectOptions{}))
	}
	b.put("2025/b.csv", header+"002,design,3\n")
	b.onGet.Store(&gone)
	_, err = p.Pull(t.Context(), "monthly", PullOptions{})
	require.ErrorContains(t, err, "reading b.csv")
	require.Equal(t, "2", values(m)["workers|design|002"])
	require.Empty(t, leftovers(t))
}

func TestFaultsOfABucketsConfigurationAreTold(t *testing.T) {
	for yaml, says := range map[string]string{
		"folder: s3://\n    s3: {endpoint: 'https://s3.example'}": "a folder in a bucket is named s3://bucket/prefix",
		"folder: s3://b/p": "a bucket needs s3/endpoint",
		"folder: s3://b/p\n    s3: {endpoint: 'https://s3.example', access_key: a}":          "access_key and secret_key go together",
		"folder: /srv\n    s3: {endpoint: 'https://s3.example'}":                             "s3 is for folders named s3://bucket/prefix",
		"folder: s3://b/p\n    s3: {endpoint: 'ftp://s3.example'}":                           "a bucket needs s3/endpoint",
		"folder: s3://b/p\n    max_file: -1\n    s3: {endpoint: 'https://s3.example'}":       "max_file is a number of bytes",
		"folder: s3://b/p\n    s3: {endpoint: 'https://s3.example', colour: red}":            "there is no key \"colour\"",
		"file: s3://b/p/a.csv\n    folder: s3://b/p\n    s3: {endpoint: https://s3.example}": "needs either folder or file",
	} {
		_, faults := Parse("khue.yaml", []byte("sources:\n  f:\n    kind: files\n    "+yaml+"\n    datasets: {}\n"), lookup(nil))
		require.ErrorContains(t, faults.Err(), says, yaml)
	}
}
