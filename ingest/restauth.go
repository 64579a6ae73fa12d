package ingest

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"khue"
)

// headerLine is what a request shows.
type headerLine struct{ name, value string }

// credential makes what a request shows. refused is the value that the source has
// just turned down; "" when none was.
type credential interface {
	header(ctx context.Context, refused string) (headerLine, error)
}

// credential is the one way that the configuration names; nil for none.
func (a Auth) credential(client *http.Client) credential {
	switch {
	case a.Bearer != "" || a.BearerFile != "":
		return shown(func() (headerLine, error) {
			token, err := a.Bearer.reveal(a.BearerFile)
			return headerLine{"Authorization", "Bearer " + token}, err
		})
	case a.Username != "":
		return shown(func() (headerLine, error) {
			password, err := a.Password.reveal(a.PasswordFile)
			return headerLine{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(a.Username+":"+password))}, err
		})
	case a.Header != "":
		return shown(func() (headerLine, error) {
			key, err := a.Key.reveal(a.KeyFile)
			return headerLine{a.Header, key}, err
		})
	case a.OAuth2.TokenURL != "":
		return &tokens{auth: a.OAuth2, client: client}
	}
	return nil
}

// shown is a secret that stands in the configuration or in a file, which is read
// for each request: one that was changed while a pull runs is found.
type shown func() (headerLine, error)

func (s shown) header(context.Context, string) (headerLine, error) { return s() }

// OAuth2 is how a token is got with the credentials of a client (RFC 6749, 4.4).
type OAuth2 struct {
	TokenURL         string            `yaml:"token_url"`
	ClientID         string            `yaml:"client_id"`
	ClientSecret     Secret            `yaml:"client_secret"`
	ClientSecretFile string            `yaml:"client_secret_file"`
	Scopes           []string          `yaml:"scopes"`
	Parameters       map[string]string `yaml:"parameters"` // sent along, as audience
	Style            string            `yaml:"style"`      // how the secret is sent: header or body; tried out when empty
}

var oauth2Styles = map[string]oauth2.AuthStyle{"": oauth2.AuthStyleAutoDetect, "header": oauth2.AuthStyleInHeader, "body": oauth2.AuthStyleInParams}

// tokens gets a token and keeps it until shortly before it ends, for all readings
// of a source. One that the source turns down earlier is thrown away.
type tokens struct {
	auth   OAuth2
	client *http.Client

	mu   sync.Mutex
	held *oauth2.Token
}

// tokenMargin is how long before its end a token is no longer used.
const tokenMargin = 10 * time.Second

func (t *tokens) header(ctx context.Context, refused string) (headerLine, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const name, kind = "Authorization", "Bearer "
	if t.held != nil && kind+t.held.AccessToken == refused {
		t.held = nil
	}
	if t.held == nil || !t.held.Expiry.IsZero() && time.Until(t.held.Expiry) < tokenMargin {
		token, err := t.get(ctx)
		if err != nil {
			return headerLine{}, err
		}
		t.held = token
	}
	return headerLine{name, kind + t.held.AccessToken}, nil
}

func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	secret, err := t.auth.ClientSecret.reveal(t.auth.ClientSecretFile)
	if err != nil {
		return nil, &permanentError{err}
	}
	c := clientcredentials.Config{
		ClientID: t.auth.ClientID, ClientSecret: secret, TokenURL: t.auth.TokenURL, Scopes: t.auth.Scopes,
		AuthStyle: oauth2Styles[t.auth.Style], EndpointParams: make(url.Values),
	}
	for k, v := range t.auth.Parameters {
		c.EndpointParams.Set(k, v)
	}
	token, err := c.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
	if err == nil {
		return token, nil
	}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return nil, khue.Errorf(khue.Unavailable, "không lấy được token ở %s", "no token can be had at %s", hostOf(t.auth.TokenURL)).Because(err)
	}
	// Its body is not repeated: some services send back what they were sent.
	said := refused.ErrorCode
	if said == "" {
		said = http.StatusText(refused.Response.StatusCode)
	}
	fault := khue.Errorf(khue.Forbidden, "dịch vụ cấp token %s từ chối (mã %d, %s); hãy kiểm tra auth.oauth2",
		"the token service %s refuses (status %d, %s); check auth.oauth2", hostOf(t.auth.TokenURL), refused.Response.StatusCode, said)
	if refused.Response.StatusCode >= 500 || refused.Response.StatusCode == http.StatusTooManyRequests {
		fault.Kind = khue.Unavailable
		return nil, fault
	}
	return nil, &permanentError{fault}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Host
}
