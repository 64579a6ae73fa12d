// Package post hands things to mail servers and webhooks: the wire alone. What is
// sent, to whom, and what is kept of it belongs to alerts and to reports/delivery.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// How a mail server is talked to.
const (
	StartTLS = "starttls" // in the clear first, then encrypted or not at all
	TLS      = "tls"      // encrypted from the start
	Plain    = "none"     // in the clear: for a server on the same machine
)

// Office is a mail server and who writes through it.
type Office struct {
	Host     string
	Port     int    // 587, 465 or 25 by Security when 0
	Security string // StartTLS when empty
	Username string // "" sends without logging in
	Password string
	CAFile   string // certificates to trust beside those of the system
	From     string
}

// Letter is a mail to one receiver.
type Letter struct {
	To          string
	ID          string // left part of the Message-ID: the same in every try
	Date        time.Time
	Subject     string
	Text        string
	Attachments []Attachment
}

// Attachment is a file that goes with a letter.
type Attachment struct {
	Name, MediaType string
	Content         []byte
}

var (
	// ErrRefused is why a try failed that would fail again: the server said no for good.
	ErrRefused = errors.New("refused for good")
	// ErrUncertain is why it is not known whether a letter or a call was taken: the
	// connection broke after it was handed over and before the answer.
	ErrUncertain = errors.New("no answer came after it was handed over")
)

// Send hands a letter to the server within the time that is left. beforeTheEnd, when
// set, is called when the whole letter was sent but for the sign of its end: until
// then the server cannot take it, and an error of it ends the try.
func (o Office) Send(ctx context.Context, timeout time.Duration, l Letter, beforeTheEnd func(context.Context) error) error {
	client, err := o.client(timeout)
	if err != nil {
		return fmt.Errorf("preparing the mail server %s: %w", o.Host, err)
	}
	content, err := o.write(l)
	if err != nil {
		return err
	}
	line, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("reaching the mail server %s: %w", o.Host, o.withoutPassword(err))
	}
	if err := line.UpdateDeadline(timeout); err != nil {
		return fmt.Errorf("reaching the mail server %s: %w", o.Host, err)
	}
	hangUp := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer hangUp()
	if err := o.hand(line, l.To, content, func() error {
		if beforeTheEnd != nil {
			if err := beforeTheEnd(ctx); err != nil {
				return err
			}
		}
		hangUp() // the answer is waited for: the line's own deadline bounds it
		return line.UpdateDeadline(timeout)
	}); err != nil {
		_ = line.Close()
		return fmt.Errorf("sending mail to %s through %s: %w", l.To, o.Host, err)
	}
	_ = client.CloseWithSMTPClient(line) // the letter was taken; how the line ends changes nothing
	return nil
}

// withoutPassword takes the password out of what went wrong: a server may repeat the line
// that it refuses, and what it says is told and kept.
func (o Office) withoutPassword(err error) error {
	said := err.Error()
	for _, secret := range []string{"\x00" + o.Username + "\x00" + o.Password, o.Password} {
		for _, guise := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if o.Password != "" {
				said = strings.ReplaceAll(said, guise, "(secret)")
			}
		}
	}
	if said == err.Error() {
		return err
	}
	return errors.New(said)
}

// hand is the conversation about one letter.
func (o Office) hand(line *smtp.Client, to string, content []byte, beforeTheEnd func() error) error {
	if err := line.Mail("<" + o.From + ">"); err != nil {
		return forGood(err)
	}
	if err := line.Rcpt("<" + to + ">"); err != nil {
		return forGood(err)
	}
	if chunks, _ := line.Extension("CHUNKING"); chunks {
		return handInChunks(line, content, beforeTheEnd)
	}
	body, err := line.Data()
	if err != nil {
		return forGood(err)
	}
	if _, err := body.Write(content); err != nil {
		return err
	}
	if err := line.Text.W.Flush(); err != nil {
		return err
	}
	if err := stillThere(line); err != nil {
		return err
	}
	if err := beforeTheEnd(); err != nil {
		return err
	}
	return answered(body.Close())
}

// handInChunks sends a letter by RFC 3030: the server says that it has the whole
// before it is told that this was all.
func handInChunks(line *smtp.Client, content []byte, beforeTheEnd func() error) error {
	chunk := func(content []byte, last string) error {
		if err := line.Text.PrintfLine("BDAT %d%s", len(content), last); err != nil {
			return err
		}
		if _, err := line.Text.W.Write(content); err != nil {
			return err
		}
		if err := line.Text.W.Flush(); err != nil {
			return err
		}
		_, _, err := line.Text.ReadResponse(250)
		return err
	}
	if err := chunk(content, ""); err != nil {
		return forGood(err)
	}
	if err := beforeTheEnd(); err != nil {
		return err
	}
	return answered(chunk(nil, " LAST"))
}

// quiet is how long a server that takes no chunks is listened to before the end of
// a letter is sent: one that hung up in the middle of it is found out by that.
const quiet = 300 * time.Millisecond

// stillThere tells that the server has neither hung up nor said anything yet.
func stillThere(line *smtp.Client) error {
	if err := line.UpdateDeadline(quiet); err != nil {
		return err
	}
	_, err := line.Text.R.Peek(1)
	var timeout net.Error
	switch {
	case err == nil: // an answer before the end can only be a no
		_, _, err = line.Text.ReadResponse(250)
		return forGood(err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil
	}
	return err
}

// answered is how a letter went that was handed over: without an answer of the
// server it is not known.
func answered(err error) error {
	var answer *textproto.Error
	if err != nil && !errors.As(err, &answer) {
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	return forGood(err)
}

// forGood marks answers of the server that will not be others later.
func forGood(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 && answer.Code <= 599 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

func (o Office) write(l Letter) ([]byte, error) {
	m := mail.NewMsg()
	if err := m.From(o.From); err != nil {
		return nil, fmt.Errorf("writing the sender %s: %w", o.From, err)
	}
	if err := m.To(l.To); err != nil {
		return nil, fmt.Errorf("writing the receiver %s: %w", l.To, err)
	}
	m.SetMessageIDWithValue(l.ID + "@khue")
	m.SetDateWithValue(l.Date)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.Subject(l.Subject)
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	for _, a := range l.Attachments {
		m.AttachReadSeeker(a.Name, bytes.NewReader(a.Content), mail.WithFileContentType(mail.ContentType(a.MediaType)))
	}
	var content bytes.Buffer
	if _, err := m.WriteTo(&content); err != nil {
		return nil, fmt.Errorf("writing a mail to %s: %w", l.To, err)
	}
	return content.Bytes(), nil
}

func (o Office) client(timeout time.Duration) (*mail.Client, error) {
	trusted := &tls.Config{ServerName: o.Host, MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", o.CAFile)
		}
		trusted.RootCAs = pool
	}
	port := o.Port
	options := []mail.Option{mail.WithTimeout(timeout), mail.WithTLSConfig(trusted)}
	switch o.Security {
	case TLS:
		options = append(options, mail.WithSSL())
		port = or(port, 465)
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
		port = or(port, 25)
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
		port = or(port, 587)
	}
	options = append(options, mail.WithPort(port))
	if o.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.Username), mail.WithPassword(o.Password))
	}
	return mail.NewClient(o.Host, options...)
}

func or(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}
