package alerts

import (
	"context"
	"time"

	"khue"
	"khue/post"
	"khue/state"
)

// How a mail server is talked to.
const (
	StartTLS = post.StartTLS
	TLS      = post.TLS
	Plain    = post.Plain
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
	letter := post.Letter{To: message.Recipient, ID: message.Mark, Date: m.now()}
	title, text := n.title(), n.text(m.zone)
	switch m.lang {
	case khue.Vietnamese, khue.English:
		letter.Subject = "[Khuê] " + title.In(m.lang)
		letter.Text = text.In(m.lang) + "\n"
	default:
		letter.Subject = "[Khuê] " + title.VI + " / " + title.EN
		letter.Text = text.VI + "\n\n--------\n\n" + text.EN + "\n"
	}
	office := post.Office{
		Host: m.Host, Port: m.Port, Security: m.Security, Username: m.Username, Password: m.Password, CAFile: m.CAFile, From: m.From,
	}
	return office.Send(ctx, sendingTime, letter, nil)
}
