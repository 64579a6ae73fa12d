package dashboards

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"khue/access"
	"khue/access/provider"
)

// Provider is where people of the office sign in. LogoutAddress takes back as an
// address of the site.
type Provider interface {
	Begin(back string) (address, sealed string, err error)
	Finish(ctx context.Context, sealed string, query url.Values, used provider.Used) (provider.Claims, error)
	LogoutAddress(hint, back string) string
}

// Where people go to the provider, and where it sends them back.
const (
	providerPath = loginPath + "/provider"
	returnPath   = providerPath + "/return"
)

// ProviderReturn is where a provider sends people back, below the address of the site.
const ProviderReturn = returnPath

// wayCookie keeps what is remembered of somebody who is at the provider.
func (s *Site) wayCookie(value string, seconds int) *http.Cookie {
	name := "khue_way"
	if s.cookies.Secure {
		name = "__Host-khue-way"
	}
	// Lax, since the provider's page is another site: Strict would not come back with it.
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: s.cookies.Secure, SameSite: http.SameSiteLaxMode}
}

// toProvider sends a browser to the provider.
func (s *Site) toProvider(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, backName)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if s.provider == nil {
		notFound(c)
		return
	}
	noStore(c)
	there, sealed, err := s.provider.Begin(afterSignIn(values.Get(backName)))
	if err != nil {
		s.refuseSignIn(c, langOf(c), err)
		return
	}
	http.SetCookie(c.Writer, s.wayCookie(sealed, int(provider.FlowTime.Seconds())))
	c.Redirect(http.StatusSeeOther, there)
}

// fromProvider takes a browser back from the provider.
func (s *Site) fromProvider(c *gin.Context) {
	if s.provider == nil {
		notFound(c)
		return
	}
	noStore(c)
	c.Header("Referrer-Policy", "no-referrer")
	sealed := ""
	if kept, err := c.Request.Cookie(s.wayCookie("", 0).Name); err == nil {
		sealed = kept.Value
	}
	http.SetCookie(c.Writer, s.wayCookie("", -1))
	visit := s.visitOf(c)
	who, err := s.provider.Finish(c.Request.Context(), sealed, c.Request.URL.Query(), s.people.UseState)
	if err != nil {
		s.log.Warn("nobody was signed in by the provider", "error", err)
		s.refuseSignIn(c, langOf(c), s.people.FailedEntry(c.Request.Context(), access.Actor{Address: visit.Address}, err))
		return
	}
	secret, err := s.people.Enter(c.Request.Context(), access.Vouched{
		Issuer: who.Issuer, Subject: who.Subject, Login: who.Login, Name: who.Name, Groups: who.Groups, Hint: who.Hint,
	}, visit)
	if err != nil {
		s.refuseSignIn(c, langOf(c), err)
		return
	}
	s.cookies.Set(c.Writer, secret)
	c.Redirect(http.StatusSeeOther, afterSignIn(who.Back))
}
