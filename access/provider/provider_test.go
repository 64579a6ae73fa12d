package provider_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/access/provider"
)

// forger is a provider that answers what no honest one would: honest ones are tried in
// cmd/khue, with a real provider.
type forger struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	claims map[string]any
	forge  func(claims map[string]any) string
}

func newForger(t *testing.T) *forger {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	f := &forger{t: t, key: key}
	f.forge = func(claims map[string]any) string { return f.signed(claims, f.key, "k") }
	mux := http.NewServeMux()
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	answer := func(w http.ResponseWriter, value any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(value)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/auth", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
			"userinfo_endpoint": f.URL + "/me", "id_token_signing_alg_values_supported": []string{"none", "RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": f.forge(f.claims)})
	})
	mux.HandleFunc("/me", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"sub": "somebody else"}) })
	return f
}

func (f *forger) signed(claims map[string]any, key any, id string) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	require.NoError(f.t, err)
	text, err := json.Marshal(claims)
	require.NoError(f.t, err)
	signature, err := signer.Sign(text)
	require.NoError(f.t, err)
	out, err := signature.CompactSerialize()
	require.NoError(f.t, err)
	return out
}

func unsigned(claims map[string]any) string {
	text, _ := json.Marshal(claims)
	to := base64.RawURLEncoding
	return to.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + to.EncodeToString(text) + "."
}

func TestATokenThatDoesNotHoldSignsNobodyIn(t *testing.T) {
	f := newForger(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p := provider.New(provider.Options{Issuer: f.URL, ClientID: "khue", Redirect: "http://127.0.0.1/back", Key: []byte("a key of the test that is long enough")})
	require.NoError(t, p.Run(t.Context()))
	used := func(context.Context, string, time.Time) error { return nil }
	try := func(change func(map[string]any), forge func(map[string]any) string) (provider.Claims, error) {
		at, sealed, err := p.Begin("/x")
		require.NoError(t, err)
		u, err := url.Parse(at)
		require.NoError(t, err)
		require.Equal(t, "S256", u.Query().Get("code_challenge_method"))
		f.claims = map[string]any{
			"iss": f.URL, "aud": "khue", "sub": "u", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": u.Query().Get("nonce"),
			"name": "Lan", "preferred_username": "lan", "groups": []string{"g"},
		}
		if change != nil {
			change(f.claims)
		}
		f.forge = forge
		return p.Finish(t.Context(), sealed, url.Values{"state": {u.Query().Get("state")}, "code": {"c"}}, used)
	}
	honest := func(c map[string]any) string { return f.signed(c, f.key, "k") }
	got, err := try(nil, honest)
	require.NoError(t, err)
	require.Equal(t, []string{"g"}, got.Groups)
	require.Equal(t, "/x", got.Back)
	for name, change := range map[string]func(map[string]any){
		"another nonce":       func(c map[string]any) { c["nonce"] = "of another sign-in" },
		"no nonce":            func(c map[string]any) { delete(c, "nonce") },
		"another audience":    func(c map[string]any) { c["aud"] = "another program" },
		"another party":       func(c map[string]any) { c["azp"] = "another program" },
		"several, no party":   func(c map[string]any) { c["aud"] = []string{"khue", "another program"} },
		"another issuer":      func(c map[string]any) { c["iss"] = "https://login.example.org" },
		"expired":             func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
		"no subject":          func(c map[string]any) { delete(c, "sub") },
		"groups of another's": func(c map[string]any) { delete(c, "groups") },
	} {
		_, err := try(change, honest)
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "%s: %v", name, err)
	}
	_, err = try(nil, unsigned)
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "alg none, though the provider offers it: %v", err)
	_, err = try(nil, func(c map[string]any) string { return f.signed(c, stranger, "k") })
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "another's key")
	_, err = try(nil, func(map[string]any) string { return "" })
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "no token at all")
}

func TestAProviderThatIsNotWhoItSaysOrSlowIsAskedAgainUntilItAnswers(t *testing.T) {
	tries, issuer := 0, ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tries++
		says := issuer
		if tries < 3 {
			says = "https://login.example.org"
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": says, "authorization_endpoint": issuer + "/a", "token_endpoint": issuer + "/t", "jwks_uri": issuer + "/k"})
	}))
	t.Cleanup(s.Close)
	issuer = s.URL
	p := provider.New(provider.Options{Issuer: issuer, ClientID: "khue", Key: []byte("k"), Again: time.Millisecond})
	require.False(t, p.Ready())
	_, _, err := p.Begin("/")
	require.Equal(t, khue.Unavailable, khue.KindOf(err))
	require.NoError(t, p.Run(t.Context()))
	require.True(t, p.Ready())
	require.Equal(t, 3, tries)
	require.Empty(t, p.LogoutAddress("hint", "/login"), "it knows no place to sign out")
}
