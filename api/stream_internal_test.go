package api

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
)

func TestAnAnswerThatBreaksOffOnItsWayIsNoWholeAnswer(t *testing.T) {
	gin.SetMode(gin.TestMode)
	a := New(Options{})
	for _, coding := range []string{"", "gzip", "zstd"} {
		var writings atomic.Int32
		line := make([]byte, 100) // that packs badly, so that some of it is sent
		r := gin.New()
		r.Use(a.funnel)
		r.GET("/long", func(c *gin.Context) {
			a.sendRows(c, rowsWritten{ctx: c.Request.Context(), kind: "text/csv", size: 100 * 100_000, write: func(w io.Writer) error {
				noise := rand.NewChaCha8([32]byte{})
				for i := range 100_000 {
					_, _ = noise.Read(line)
					if _, err := w.Write(line); err != nil {
						return err
					}
					if i == 60_000 && writings.Add(1) == 1 {
						return errors.New("the figures ran out")
					}
				}
				return nil
			}})
		})
		server := httptest.NewServer(r)
		get := func() (*http.Response, []byte, error) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/long", nil)
			require.NoError(t, err)
			request.Header.Set("Accept-Encoding", coding)
			response, err := server.Client().Do(request)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			return response, body, err
		}
		broken, body, err := get()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "coding %q: the reader is told", coding)
		require.Equal(t, coding, broken.Header.Get("Content-Encoding"))
		whole, all, err := get()
		require.NoError(t, err)
		require.Greater(t, len(all), len(body))
		require.Equal(t, broken.Header.Get("ETag"), whole.Header.Get("ETag"))
		server.Close()
	}
}

func TestOneLargeAnswerIsOnItsWayAtATime(t *testing.T) {
	a := New(Options{})
	asked := func(ctx context.Context) *gin.Context {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		return c
	}
	first, leave, err := a.turn(asked(t.Context()))
	require.NoError(t, err)
	until, bounded := first.Deadline()
	require.True(t, bounded)
	require.WithinDuration(t, time.Now().Add(largePatience), until, time.Minute)
	waiting, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, _, err = a.turn(asked(waiting))
	require.ErrorIs(t, err, context.DeadlineExceeded, "the second waits")
	leave()
	require.Error(t, first.Err())
	_, leave, err = a.turn(asked(t.Context()))
	require.NoError(t, err)
	leave()
}
