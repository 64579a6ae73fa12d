package alerts

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/wneessen/go-mail"

	"khue"
	"khue/state"
)

// How a mail server is talked to.
const (
	StartTLS = "starttls" // in the clear first, then encrypted or not at all
	TLS      = "tls"      // encrypted from the start
	Plain    = "none"     // in the clear: for a server on the same machine
)

// Email is the mail server and whom to write to.
type Email struct {
	Host     string
	Port     int    // 587, 465 or 25 by Security when 0
	Security string // StartTLS when empty
	Username string // "" sends without logging in
	Password string
	CAFile   string // certificates to trust beside those of the system
	From     string
	To       []string // who is told of what has no owner
}

type mailer struct {
	Email
	lang khue.Lang
	zone *time.Location
	now  func() time.Time
}

func (m mailer) send(ctx context.Context, message state.Message, n notice) error {
	client, err := m.client()
	if err != nil {
		return fmt.Errorf("preparing the mail server %s: %w", m.Host, err)
	}
	letter := mail.NewMsg()
	if err := letter.From(m.From); err != nil {
		return fmt.Errorf("writing the sender %s: %w", m.From, err)
	}
	if err := letter.To(message.Recipient); err != nil {
		return fmt.Errorf("writing the receiver %s: %w", message.Recipient, err)
	}
	letter.SetMessageIDWithValue(message.Mark + "@khue")
	letter.SetDateWithValue(m.now())
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	title, text := n.title(), n.text(m.zone)
	switch m.lang {
	case khue.Vietnamese, khue.English:
		letter.Subject("[Khuê] " + title.In(m.lang))
		letter.SetBodyString(mail.TypeTextPlain, text.In(m.lang)+"\n")
	default:
		letter.Subject("[Khuê] " + title.VI + " / " + title.EN)
		letter.SetBodyString(mail.TypeTextPlain, text.VI+"\n\n--------\n\n"+text.EN+"\n")
	}
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		return fmt.Errorf("sending mail through %s: %w", m.Host, err)
	}
	return nil
}

func (m mailer) client() (*mail.Client, error) {
	trusted := &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12}
	if m.CAFile != "" {
		pem, err := os.ReadFile(m.CAFile)
		if err != nil {
			return nil, err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", m.CAFile)
		}
		trusted.RootCAs = pool
	}
	port := m.Port
	options := []mail.Option{mail.WithTimeout(sendingTime), mail.WithTLSConfig(trusted)}
	switch m.Security {
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
	if m.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.Username), mail.WithPassword(m.Password))
	}
	return mail.NewClient(m.Host, options...)
}

func or(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}
