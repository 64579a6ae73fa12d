package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Hook is an address that takes JSON.
type Hook struct {
	URL    string
	Secret string // signs each delivery; "" sends unsigned
}

// The headers of a delivery.
const (
	// SignatureHeader carries "t=<unix seconds>,v1=<hex>": the HMAC-SHA256, keyed
	// with the secret, of "<unix seconds>.<body>".
	SignatureHeader = "X-Khue-Signature"
	// DeliveryHeader is the same in every try of one delivery.
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

// Call posts a body to the hook; id is the same in every try of it.
func (h Hook) Call(ctx context.Context, timeout time.Duration, id string, at time.Time, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of the webhook is not valid")
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "khue")
	request.Header.Set(DeliveryHeader, id)
	if h.Secret != "" {
		request.Header.Set(SignatureHeader, Sign(h.Secret, at, body))
	}
	client := http.Client{
		Timeout: timeout,
		// What is signed for one address is not handed on to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
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
		return fmt.Errorf("calling the webhook: it answered %d %s", response.StatusCode, http.StatusText(response.StatusCode)) // not its own words, which may repeat what it was sent
	}
	return nil
}
