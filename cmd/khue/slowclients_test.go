package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// besieged is an office served as `khue serve` and `khue up` serve it, with less patience.
type besieged struct {
	*office
	at string
}

func besiege(t *testing.T) besieged {
	t.Helper()
	f := openOffice(t, nil)
	f.o.bounds = bounds{header: 400 * time.Millisecond, request: 800 * time.Millisecond, answer: 1200 * time.Millisecond, idle: 500 * time.Millisecond, headerBytes: 8 << 10, connections: 20}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.o.run(ctx, listener, false) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	f.http.Close()
	f.http.URL = "http://" + listener.Addr().String()
	return besieged{f, listener.Addr().String()}
}

func (f besieged) dial() net.Conn {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.at)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(f.t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// trickle sends a letter now and then until the connection is cut, and tells how long
// that took.
func (f besieged) trickle(conn net.Conn, begin, letter string) time.Duration {
	f.t.Helper()
	began, cut := time.Now(), make(chan struct{})
	go func() {
		defer close(cut)
		_, _ = io.Copy(io.Discard, conn)
	}()
	_, err := io.WriteString(conn, begin)
	require.NoError(f.t, err)
	for {
		select {
		case <-cut:
			return time.Since(began)
		case <-time.After(20 * time.Millisecond):
			_, _ = io.WriteString(conn, letter)
		}
	}
}

func TestAClientThatTakesItsTimeIsCutOff(t *testing.T) {
	f := besiege(t)
	b := f.o.bounds
	const slack = 5 * time.Second // the machine of the tests has other work
	t.Run("with the head of a request", func(t *testing.T) {
		took := f.trickle(f.dial(), "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", "a")
		require.Greater(t, took, b.header-50*time.Millisecond)
		require.Less(t, took, b.header+slack)
	})
	t.Run("before it says anything", func(t *testing.T) {
		began := time.Now()
		_, err := io.Copy(io.Discard, f.dial())
		require.NoError(t, err)
		require.Less(t, time.Since(began), b.header+slack)
	})
	t.Run("with the body of a form", func(t *testing.T) {
		took := f.trickle(f.dial(), "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nlogin=", "a")
		require.Less(t, took, b.request+b.answer+slack)
	})
	t.Run("with a body without end", func(t *testing.T) {
		took := f.trickle(f.dial(), "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n")
		require.Less(t, took, b.request+b.answer+slack)
	})
	t.Run("between two requests", func(t *testing.T) {
		conn := f.dial()
		_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		began := time.Now()
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(string(got), "ok\n"))
		require.Less(t, time.Since(began), b.idle+slack)
	})
	t.Run("with reading the answer", func(t *testing.T) {
		conn := f.dial()
		require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4<<10))
		const name = "/static/echarts.min.js"
		for range 30 { // more than the buffers between us hold
			_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", name)
			require.NoError(t, err)
		}
		// Nothing is read; what is sent to a connection that the other side has closed fails.
		began := time.Now()
		var err error
		for err == nil && time.Since(began) < b.answer+4*slack {
			time.Sleep(20 * time.Millisecond)
			_, err = io.WriteString(conn, "G")
		}
		require.Error(t, err, "the server ends it")
		require.Greater(t, time.Since(began), b.answer/2, "an answer may take its time")
	})
	t.Run("many at once, and nobody is shut out", f.manyAtOnce)
	t.Run("a flood of headers is refused", f.flood)
}

// manyAtOnce has connections wait for one another.
func (f besieged) manyAtOnce(t *testing.T) {
	for range 3 * f.o.bounds.connections { // they say nothing
		f.dial()
	}
	conn, began := f.dial(), time.Now()
	_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Greater(t, time.Since(began), f.o.bounds.header/2, "it waited until some of the silent ones were cut off")
}

func (f besieged) flood(t *testing.T) {
	for name, head := range map[string]string{
		"one long":        "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 64<<10),
		"many":            "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 2000),
		"a long address":  "GET /?q=" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x",
		"a heap of cakes": "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("khue_session=a; ", 5000),
	} {
		conn := f.dial()
		go func() { _, _ = io.WriteString(conn, head+"\r\n\r\n") }()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode, name)
	}
}
