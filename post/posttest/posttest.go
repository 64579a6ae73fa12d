// Package posttest runs a real mail server on loopback for tests, which keeps what
// it takes and has the faults that it is told to have.
package posttest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"khue/post"
)

// Letter is what the server took.
type Letter struct {
	To, ID, Subject, Text string
	Files                 map[string][]byte
}

// Server is a mail server in the clear.
type Server struct {
	Address string
	// Faults, asked at the receiver's address and at the end of a letter: an error is
	// the answer. AfterTaking is called when a letter was taken, before that is said.
	OnReceiver, OnLetter func(to string) error
	AfterTaking          func(to string)

	mu      sync.Mutex
	letters []Letter
}

// Start runs a server as long as the test lasts. Its faults are set before the first letter.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, func(l net.Listener) net.Listener { return l })
}

// StartOld runs a server that takes letters only in one piece, as older ones do.
func StartOld(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, func(l net.Listener) net.Listener { return oldListener{l} })
}

// oldListener has a server not offer chunks.
type oldListener struct{ net.Listener }

func (l oldListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return oldConn{c}, err
}

type oldConn struct{ net.Conn }

func (c oldConn) Write(b []byte) (int, error) {
	return c.Conn.Write(bytes.ReplaceAll(b, []byte("CHUNKING"), []byte("XNOTHING"))) // of the same length
}

func start(tb testing.TB, through func(net.Listener) net.Listener) *Server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listening: %v", err)
	}
	s := &Server{Address: l.Addr().String()}
	server := smtp.NewServer(s)
	server.Domain, server.ReadTimeout, server.WriteTimeout = "127.0.0.1", 30*time.Second, 30*time.Second
	server.ErrorLog = quiet{}
	go func() { _ = server.Serve(through(l)) }()
	tb.Cleanup(func() { _ = server.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Office is how the server is reached, through another address when one is given.
func (s *Server) Office(through ...string) post.Office {
	at := append([]string{s.Address}, through...)
	host, port, _ := net.SplitHostPort(at[len(at)-1])
	n, _ := net.LookupPort("tcp", port)
	return post.Office{Host: host, Port: n, Security: post.Plain, From: "khue@example.vn"}
}

// Letters are those that were taken until now.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// NewSession begins a conversation.
func (s *Server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }

type session struct {
	s  *Server
	to string
}

func (*session) Mail(string, *smtp.MailOptions) error { return nil }

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	if c.s.OnReceiver != nil {
		return c.s.OnReceiver(to)
	}
	return nil
}

func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l, err := read(raw)
	if err != nil {
		return err
	}
	l.To = c.to
	if c.s.OnLetter != nil {
		if err := c.s.OnLetter(c.to); err != nil {
			return err
		}
	}
	c.s.mu.Lock()
	c.s.letters = append(c.s.letters, l)
	c.s.mu.Unlock()
	if c.s.AfterTaking != nil {
		c.s.AfterTaking(c.to)
	}
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// read takes a letter apart.
func read(raw []byte) (Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Letter{}, err
	}
	l := Letter{ID: m.Header.Get("Message-ID"), Files: map[string][]byte{}}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, err
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	if !strings.HasPrefix(kind, "multipart/") { // a letter without files
		content, err := decoded(m.Header.Get("Content-Transfer-Encoding"), m.Body)
		l.Text = string(content)
		return l, err
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		content, err := decoded(p.Header.Get("Content-Transfer-Encoding"), p)
		if err != nil {
			return l, err
		}
		if name := p.FileName(); name != "" {
			l.Files[name] = content
		} else {
			l.Text = string(content)
		}
	}
}

// decoded reads a body out of the form in which mail carries it.
func decoded(encoding string, body io.Reader) ([]byte, error) {
	if encoding == "base64" {
		return io.ReadAll(base64.NewDecoder(base64.StdEncoding, body))
	}
	return io.ReadAll(quotedprintable.NewReader(body))
}
