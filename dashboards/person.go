package dashboards

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// personName is the field of the name of who acts; the browser remembers it in a
// cookie. It is what the person at the keyboard says it is: there is no sign-in.
const (
	personName   = "person"
	personCookie = "khue_person"
)

// personOf is the name that the browser remembers; "" when there is none.
func (s *Site) personOf(c *gin.Context) string {
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

// rememberPerson has the browser keep a name; "" makes it forget.
func rememberPerson(c *gin.Context, person string) {
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
