// Package provider has people sign in at a provider of the office's own by OpenID
// Connect: the authorization code flow with PKCE, state and nonce. It finds out who
// somebody is and which groups they are in; who may then do what is package access's.
package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"khue"
)

// Options are what a provider is known by.
type Options struct {
	Issuer       string // as the provider writes it, to the letter
	ClientID     string
	ClientSecret string
	Scopes       []string // openid is asked for in any case
	GroupsClaim  string   // where the groups stand; "" is groups
	NameClaim    string   // where the name stands; "" is name
	Redirect     string   // address of ours to which the provider sends people back
	Site         string   // address of ours, without a slash at its end
	Key          []byte   // seals what a browser keeps while somebody is at the provider
	Now          func() time.Time
	Logger       *slog.Logger
	HTTP         http.RoundTripper // nil is the usual one
	Again        time.Duration     // first pause before another try to reach the provider; 0 is 1 s
}

// Provider is where people sign in. It is made without a network: Run finds it.
type Provider struct {
	o      Options
	client *http.Client
	found  atomic.Pointer[endpoints]
}

// endpoints are what a provider says of itself.
type endpoints struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	logout   string // end_session_endpoint; "" when it has none
	namesIss bool   // it tells who it is when it sends people back (RFC 9207)
}

const (
	answerWithin = 10 * time.Second // longest that one answer of the provider may take
	mostAnswer   = 1 << 20          // longest answer that is read, in bytes
	longestPause = 5 * time.Minute  // between tries to reach a provider that is away
)

// New knows a provider.
func New(o Options) *Provider {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.GroupsClaim == "" {
		o.GroupsClaim = "groups"
	}
	if o.NameClaim == "" {
		o.NameClaim = "name"
	}
	if o.Again <= 0 {
		o.Again = time.Second
	}
	if o.HTTP == nil {
		o.HTTP = http.DefaultTransport
	}
	if !slices.Contains(o.Scopes, oidc.ScopeOpenID) {
		o.Scopes = append([]string{oidc.ScopeOpenID}, o.Scopes...)
	}
	return &Provider{o: o, client: &http.Client{
		Timeout: answerWithin, Transport: bounded{o.HTTP},
		// What the provider is asked goes to the addresses that it names, nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Issuer is who vouches for people.
func (p *Provider) Issuer() string { return p.o.Issuer }

// Run looks for the provider until it is found, with longer and longer pauses.
func (p *Provider) Run(ctx context.Context) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = p.o.Again, longestPause
	for {
		err := p.find(ctx)
		if err == nil {
			p.o.Logger.Info("people can sign in at the provider", "issuer", p.o.Issuer)
			return nil
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the program ends
		}
		pause := pauses.NextBackOff()
		p.o.Logger.Warn("the provider of sign-in does not answer and is asked again", "issuer", p.o.Issuer, "pause", pause.Round(time.Millisecond), "cause", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (p *Provider) find(ctx context.Context) error {
	// The provider keeps the client of this context for its keys, beyond the call.
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.o.Issuer)
	if err != nil {
		return fmt.Errorf("asking %s what it is: %w", p.o.Issuer, err)
	}
	var says struct {
		Logout   string `json:"end_session_endpoint"`
		NamesIss bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return fmt.Errorf("reading what %s says of itself: %w", p.o.Issuer, err)
	}
	for _, one := range []string{found.Endpoint().AuthURL, found.Endpoint().TokenURL} {
		if !isWeb(one) {
			return fmt.Errorf("reading what %s says of itself: %q is no address", p.o.Issuer, one)
		}
	}
	if !isWeb(says.Logout) {
		says.Logout = ""
	}
	p.found.Store(&endpoints{
		provider: found, verifier: found.Verifier(&oidc.Config{ClientID: p.o.ClientID, Now: p.o.Now}), logout: says.Logout, namesIss: says.NamesIss,
	})
	return nil
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// Ready tells that the provider was found.
func (p *Provider) Ready() bool { return p.found.Load() != nil }

func (p *Provider) there() (*endpoints, error) {
	if at := p.found.Load(); at != nil {
		return at, nil
	}
	return nil, away(errors.New("it was not found yet"))
}

// away is the answer while the provider does not answer us.
func away(cause error) error {
	return khue.Errorf(khue.Unavailable, "Nơi đăng nhập của cơ quan tạm thời chưa trả lời; hãy thử lại sau ít phút.",
		"The office's sign-in does not answer now; try again in a few minutes.").Because(cause)
}

func (p *Provider) config(at *endpoints) *oauth2.Config {
	return &oauth2.Config{ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: at.provider.Endpoint(), RedirectURL: p.o.Redirect, Scopes: p.o.Scopes}
}

// LogoutAddress is where a person signs out at the provider, too, and is then sent
// back to a path of ours; "" when the provider knows no such place. hint is what
// the provider gave when the person signed in.
func (p *Provider) LogoutAddress(hint, back string) string {
	at := p.found.Load()
	if at == nil || at.logout == "" {
		return ""
	}
	u, err := url.Parse(at.logout)
	if err != nil {
		return ""
	}
	query := u.Query()
	query.Set("client_id", p.o.ClientID)
	query.Set("post_logout_redirect_uri", p.o.Site+back)
	if hint != "" {
		query.Set("id_token_hint", hint)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// bounded reads no answer beyond mostAnswer.
type bounded struct{ http.RoundTripper }

// RoundTrip asks, and cuts the answer.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostAnswer), answer.Body}
	}
	return answer, err
}
