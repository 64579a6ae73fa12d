package dashboards

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"khue/access"
)

// personName is the field of the name of who acts. Whoever is signed in acts under the
// name of their account and is not asked. On a site without accounts it is what the
// person at the keyboard says it is, and the browser remembers it in a cookie.
const (
	personName   = "person"
	personCookie = "khue_person"
)

// personOf is the name of who is signed in, or the one that the browser remembers; ""
// when there is none.
func (s *Site) personOf(c *gin.Context) string {
	if who, known := access.Of(c.Request.Context()); known {
		return who.Name
	}
	kept, err := c.Cookie(personCookie)
	if err != nil {
		return ""
	}
	name, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return ""
	}
	person, err := s.reports.Person(string(name))
	if err != nil {
		return ""
	}
	return person
}

// personIn is who acts: whoever is signed in, whatever the form says.
func (s *Site) personIn(c *gin.Context, typed string) (string, error) {
	return s.reports.Person(writerIn(c, typed))
}

// writerIn is the name under which something is written.
func writerIn(c *gin.Context, typed string) string {
	if who, known := access.Of(c.Request.Context()); known {
		return who.Name
	}
	return typed
}

// known tells that it is known who the caller is, so that no form asks.
func known(c *gin.Context) bool {
	_, is := access.Of(c.Request.Context())
	return is
}

// rememberPerson has the browser keep a name; "" makes it forget.
func rememberPerson(c *gin.Context, person string) {
	if known(c) {
		return
	}
	age := 365 * 24 * 60 * 60
	if person == "" {
		age = -1
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name: personCookie, Value: base64.RawURLEncoding.EncodeToString([]byte(person)), Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.Request.TLS != nil,
	})
}

// namePerson keeps the name under which files are taken along.
func (s *Site) namePerson(c *gin.Context) {
	person := strings.TrimSpace(c.Request.PostForm.Get(personName))
	if person != "" {
		var err error
		if person, err = s.reports.Person(person); err != nil {
			_ = c.Error(err)
			return
		}
	}
	rememberPerson(c, person)
	back := ownAddress(c.Request.PostForm.Get(backName))
	if u, err := url.Parse(back); back == "" || err != nil || !strings.HasPrefix(u.Path, reportsPath) {
		back = reportsPath
	}
	c.Redirect(http.StatusSeeOther, back)
}
