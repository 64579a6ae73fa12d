package provider

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"khue"
)

// FlowTime is how long somebody may take at the provider.
const FlowTime = 10 * time.Minute

// flow is what is remembered of somebody while they are at the provider. Their browser
// keeps it, sealed: nobody else's comes back with it, and guests fill no table of ours.
type flow struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	Back     string    `json:"back"`     // where they wanted to go
	Ends     time.Time `json:"ends"`
}

// Claims are what the provider says of somebody.
type Claims struct {
	Issuer, Subject string
	Login           string // what the provider calls them; a wish, no proof of anything
	Name            string
	Groups          []string
	Hint            string // for LogoutAddress
	Back            string // where they wanted to go
}

// Begin is the address at the provider where somebody signs in, and what their browser
// keeps meanwhile. back is where they want to go then.
func (p *Provider) Begin(back string) (address, sealed string, err error) {
	at, err := p.there()
	if err != nil {
		return "", "", err
	}
	f := flow{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Back: back, Ends: p.o.Now().Add(FlowTime)}
	if sealed, err = p.seal(f); err != nil {
		return "", "", err
	}
	return p.config(at).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), sealed, nil
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Used keeps that a way through the provider came back, and refuses one that did before.
type Used func(ctx context.Context, hash string, ends time.Time) error

// Finish reads with what the provider sent somebody back: sealed is what their browser
// kept, query what the address says. Whatever does not fit is Forbidden, in words that
// tell no secret; the cause is for the log.
func (p *Provider) Finish(ctx context.Context, sealed string, query url.Values, used Used) (Claims, error) {
	at, err := p.there()
	if err != nil {
		return Claims{}, err
	}
	f, err := p.open(sealed)
	if err != nil {
		return Claims{}, stale(err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(f.State), []byte(query.Get("state"))) != 1:
		return Claims{}, stale(errors.New("the state is another one"))
	case !p.o.Now().Before(f.Ends):
		return Claims{}, stale(errors.New("it took too long"))
	case query.Has("iss") && query.Get("iss") != p.o.Issuer, at.namesIss && !query.Has("iss"):
		return Claims{}, refused(fmt.Errorf("the answer is of the issuer %q", query.Get("iss")))
	}
	sum := sha256.Sum256([]byte(f.State))
	if err := used(ctx, hex.EncodeToString(sum[:]), f.Ends); err != nil {
		return Claims{}, err
	}
	if code := query.Get("error"); code != "" {
		return Claims{}, declined(code)
	}
	c, err := p.exchange(ctx, at, f, query.Get("code"))
	c.Back = f.Back
	return c, err
}

// exchange has the provider tell who came with a code.
func (p *Provider) exchange(ctx context.Context, at *endpoints, f flow, code string) (Claims, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(at).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		if answer := new(oauth2.RetrieveError); errors.As(err, &answer) { // not its body, which may repeat what was sent
			if status := answer.Response.StatusCode; status >= http.StatusInternalServerError {
				return Claims{}, away(fmt.Errorf("the code was not taken: status %d %s", status, answer.ErrorCode))
			}
			return Claims{}, refused(fmt.Errorf("the code was not taken: %s", answer.ErrorCode))
		}
		return Claims{}, away(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := at.verifier.Verify(ctx, raw)
	if err != nil {
		return Claims{}, refused(err)
	}
	var said map[string]any
	if err := id.Claims(&said); err != nil {
		return Claims{}, refused(err)
	}
	azp, named := said["azp"].(string)
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1:
		return Claims{}, refused(errors.New("the nonce is another one"))
	case named && azp != p.o.ClientID, len(id.Audience) > 1 && !named:
		return Claims{}, refused(errors.New("it was made for another program"))
	case id.Subject == "" || len(id.Subject) > 255:
		return Claims{}, refused(errors.New("it names no subject"))
	}
	if err := p.complete(ctx, at, token, said, id.Subject); err != nil {
		return Claims{}, err
	}
	c := Claims{Issuer: p.o.Issuer, Subject: id.Subject, Hint: raw, Name: text(said, p.o.NameClaim), Groups: list(said[p.o.GroupsClaim])}
	for _, name := range []string{"preferred_username", "email"} {
		if c.Login == "" {
			c.Login = text(said, name)
		}
	}
	return c, nil
}

// complete asks the provider for what the token does not say: many tell names and
// groups on asking only.
func (p *Provider) complete(ctx context.Context, at *endpoints, token *oauth2.Token, said map[string]any, subject string) error {
	missing := slices.ContainsFunc([]string{p.o.NameClaim, p.o.GroupsClaim, "preferred_username"}, func(name string) bool { return said[name] == nil })
	if !missing || at.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := at.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return away(fmt.Errorf("asking for names and groups: %w", err))
	}
	if info.Subject != subject {
		return refused(errors.New("names and groups are somebody else's"))
	}
	var more map[string]any
	if err := info.Claims(&more); err != nil {
		return refused(fmt.Errorf("reading names and groups: %w", err))
	}
	for name, value := range more {
		if said[name] == nil {
			said[name] = value
		}
	}
	return nil
}

func text(said map[string]any, name string) string {
	s, _ := said[name].(string)
	return s
}

// list reads a list of texts, or one alone.
func list(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func stale(cause error) error {
	return khue.Errorf(khue.Forbidden, "lần đăng nhập này không bắt đầu từ trình duyệt này hoặc đã quá lâu; hãy bắt đầu lại",
		"this sign-in did not begin in this browser, or too long ago; begin again").Because(cause)
}

func refused(cause error) error {
	return khue.Errorf(khue.Forbidden, "câu trả lời từ nơi đăng nhập của cơ quan không hợp lệ nên chưa đăng nhập",
		"the answer of the office's sign-in does not hold, so nobody was signed in").Because(cause)
}

func declined(code string) error {
	if code == "access_denied" {
		return khue.Errorf(khue.Forbidden, "việc đăng nhập đã được hủy ở nơi đăng nhập của cơ quan", "the sign-in was given up at the office's sign-in")
	}
	if len(code) > 60 {
		code = code[:60]
	}
	return khue.Errorf(khue.Forbidden, "nơi đăng nhập của cơ quan không cho đăng nhập", "the office's sign-in let nobody in").Because(fmt.Errorf("it says %q", code))
}

func (p *Provider) sealer() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, p.o.Key, nil, "khue sign-in at a provider", 32)
	if err != nil {
		return nil, fmt.Errorf("making the key of sign-ins: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making the key of sign-ins: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (p *Provider) seal(f flow) (string, error) {
	aead, err := p.sealer()
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("sealing a sign-in: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, plain, []byte(p.o.Issuer))), nil
}

func (p *Provider) open(sealed string) (flow, error) {
	aead, err := p.sealer()
	if err != nil {
		return flow{}, err
	}
	packed, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(packed) < aead.Overhead() {
		return flow{}, errors.New("the browser kept nothing of it")
	}
	plain, err := aead.Open(nil, nil, packed, []byte(p.o.Issuer))
	if err != nil {
		return flow{}, fmt.Errorf("opening what the browser kept: %w", err)
	}
	var f flow
	return f, json.Unmarshal(plain, &f)
}
