package alerts

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"khue"
	"khue/state"
)

// Webhook is an address that takes notices as JSON.
type Webhook struct {
	URL    string
	Secret string // signs each delivery; "" sends unsigned
}

// The headers of a delivery.
const (
	// SignatureHeader carries "t=<unix seconds>,v1=<hex>": the HMAC-SHA256, keyed
	// with the secret, of "<unix seconds>.<body>".
	SignatureHeader = "X-Khue-Signature"
	// DeliveryHeader is the same in every try of one notice.
	DeliveryHeader = "X-Khue-Delivery"
)

// Sign makes the value of SignatureHeader.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + "."))
	h.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(h.Sum(nil))
}

type hook struct {
	Webhook
	zone   *time.Location
	now    func() time.Time
	client *http.Client
}

func newHook(w Webhook, zone *time.Location, now func() time.Time) hook {
	return hook{Webhook: w, zone: zone, now: now, client: &http.Client{
		Timeout: sendingTime,
		// What is signed for one address is not handed on to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
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
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of the webhook is not valid")
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "khue")
	request.Header.Set(DeliveryHeader, m.Mark)
	if h.Secret != "" {
		request.Header.Set(SignatureHeader, Sign(h.Secret, h.now(), body))
	}
	response, err := h.client.Do(request)
	if err != nil {
		var withURL *url.Error // the address may hold a secret
		if errors.As(err, &withURL) {
			err = withURL.Err
		}
		return fmt.Errorf("calling the webhook: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("calling the webhook: it answered %s", response.Status)
	}
	return nil
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
