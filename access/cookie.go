package access

import "net/http"

// Cookies are how browsers stay signed in. SameSite is Lax, so that a link in a mail
// opens signed in; orders are guarded by their origin and their form's token.
type Cookies struct {
	// Secure is for readers who come by TLS: the cookie goes over nothing else, and its
	// name (__Host-) has browsers refuse one that another host under the domain planted.
	Secure bool
}

func (k Cookies) name() string {
	if k.Secure {
		return "__Host-khue"
	}
	return "khue_session"
}

// Read is the session's secret that a browser brings; "" when it brings none.
func (k Cookies) Read(r *http.Request) string {
	c, err := r.Cookie(k.name())
	if err != nil || !secretForm.MatchString(c.Value) {
		return ""
	}
	return c.Value
}

// Set has the browser keep a session's secret until it is closed; "" makes it forget.
func (k Cookies) Set(w http.ResponseWriter, secret string) {
	c := &http.Cookie{Name: k.name(), Value: secret, Path: "/", HttpOnly: true, Secure: k.Secure, SameSite: http.SameSiteLaxMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
