package alerts_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"khue/alerts"
)

// letter is what a mail server took.
type letter struct {
	to, id, subject, text string
}

// postOffice is a real mail server that keeps what it takes.
type postOffice struct {
	t       *testing.T
	server  *smtp.Server
	addr    string
	caFile  string
	mu      sync.Mutex
	refuse  bool // answers 451 to every letter
	letters []letter
}

// openOffice listens with STARTTLS, or with TLS from the start.
func openOffice(t *testing.T, implicit bool) *postOffice {
	t.Helper()
	web := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	web.Close()
	p := &postOffice{t: t, caFile: filepath.Join(t.TempDir(), "ca.pem")}
	block := &pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}
	require.NoError(t, os.WriteFile(p.caFile, pem.EncodeToMemory(block), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.addr = l.Addr().String()
	certified := &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	if implicit {
		l = tls.NewListener(l, certified)
	}
	p.server = smtp.NewServer(p)
	p.server.TLSConfig, p.server.Domain = certified, "127.0.0.1"
	p.server.ReadTimeout, p.server.WriteTimeout = 10*time.Second, 10*time.Second
	p.server.ErrorLog = quietLog{}
	go func() { _ = p.server.Serve(l) }()
	t.Cleanup(func() { _ = p.server.Close() })
	return p
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

const password = "mật khẩu s3cret"

func (p *postOffice) email(security string) *alerts.Email {
	host, port, err := net.SplitHostPort(p.addr)
	require.NoError(p.t, err)
	n, err := net.LookupPort("tcp", port)
	require.NoError(p.t, err)
	return &alerts.Email{
		Host: host, Port: n, Security: security, Username: "khue", Password: password, CAFile: p.caFile,
		From: "khue@example.vn", To: []string{"truc-ban@example.vn"},
	}
}

func (p *postOffice) got() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letter(nil), p.letters...)
}

func (p *postOffice) setRefuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) { return &counter{p: p, c: c}, nil }

type counter struct {
	p      *postOffice
	c      *smtp.Conn
	to     string
	logged bool
}

func (s *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, given string) error {
		if _, encrypted := s.c.TLSConnectionState(); !encrypted || user != "khue" || given != password {
			return errors.New("wrong name or password")
		}
		s.logged = true
		return nil
	}), nil
}

func (s *counter) Mail(string, *smtp.MailOptions) error {
	if !s.logged {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *counter) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.p.refuse {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
	}
	s.p.letters = append(s.p.letters, letter{s.to, m.Header.Get("Message-ID"), subject, strings.ReplaceAll(string(body), "\r\n", "\n")})
	return nil
}

func (s *counter) Reset()        {}
func (s *counter) Logout() error { return nil }
