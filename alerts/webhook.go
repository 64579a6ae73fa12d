package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"khue"
	"khue/post"
	"khue/state"
)

// Webhook is an address that takes notices as JSON.
type Webhook struct {
	URL    string
	Secret string // signs each delivery; "" sends unsigned
}

// The headers of a delivery.
const (
	SignatureHeader = post.SignatureHeader
	DeliveryHeader  = post.DeliveryHeader
)

// Sign makes the value of SignatureHeader.
func Sign(secret string, at time.Time, body []byte) string { return post.Sign(secret, at, body) }

type hook struct {
	Webhook
	zone *time.Location
	now  func() time.Time
}

// delivery is what a receiver gets.
type delivery struct {
	ID          string     `json:"id"`
	Event       string     `json:"event"`
	Kind        string     `json:"kind"`
	Job         string     `json:"job"`
	Name        khue.Text  `json:"name"`
	At          time.Time  `json:"at"`
	Since       *time.Time `json:"since,omitempty"`
	LastSuccess *time.Time `json:"last_success,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	Cause       khue.Text  `json:"cause"`
	Title       khue.Text  `json:"title"`
	Text        khue.Text  `json:"text"`
}

func (h hook) send(ctx context.Context, m state.Message, n notice) error {
	body, err := json.Marshal(delivery{
		ID: m.Mark, Event: n.Event, Kind: n.Kind, Job: n.Job, Name: n.Name, At: n.At, Since: known(n.Since), LastSuccess: known(n.LastSuccess),
		Reason: n.Reason, Cause: n.Cause, Title: n.title(), Text: n.text(h.zone),
	})
	if err != nil {
		return fmt.Errorf("writing a notice: %w", err)
	}
	return post.Hook(h.Webhook).Call(ctx, sendingTime, m.Mark, h.now(), body)
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
