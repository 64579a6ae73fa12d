package dashboards

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"khue"
)

// languageName names both the parameter and the cookie.
const languageName = "lang"

var matcher = language.NewMatcher([]language.Tag{language.Vietnamese, language.English})

// languageOf is the language to answer in: that of the address, else the one
// chosen before, else what the browser prefers, else Vietnamese. A language in
// the address that we do not have is an error.
func languageOf(c *gin.Context) (khue.Lang, error) {
	if asked, ok := c.GetQuery(languageName); ok && asked != "" {
		lang, err := khue.ParseLang(short(asked))
		if err != nil {
			return preferred(c), err
		}
		return lang, nil
	}
	return preferred(c), nil
}

func preferred(c *gin.Context) khue.Lang {
	if kept, err := c.Cookie(languageName); err == nil {
		if lang, err := khue.ParseLang(kept); err == nil {
			return lang
		}
	}
	wanted := c.GetHeader("Accept-Language")
	if len(wanted) > 1000 || strings.TrimSpace(wanted) == "" {
		return khue.Vietnamese
	}
	tags, _, err := language.ParseAcceptLanguage(wanted)
	if err != nil || len(tags) == 0 {
		return khue.Vietnamese
	}
	if _, i, confidence := matcher.Match(tags...); i == 1 && confidence > language.No {
		return khue.English
	}
	return khue.Vietnamese
}

// speak settles the language before anything else runs and remembers a choice
// made in the address.
func (s *Site) speak(c *gin.Context) {
	lang, err := languageOf(c)
	c.Set(languageName, lang)
	c.Writer.Header().Add("Vary", "Accept-Language")
	c.Writer.Header().Add("Vary", "Cookie")
	if err != nil {
		_ = c.Error(err)
		c.Abort()
		return
	}
	if c.Query(languageName) != "" {
		http.SetCookie(c.Writer, &http.Cookie{
			Name: languageName, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 60 * 60,
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.TLS != nil,
		})
	}
	c.Next()
}

// langOf is the language that speak settled on.
func langOf(c *gin.Context) khue.Lang {
	if lang, ok := c.Get(languageName); ok && lang == khue.English {
		return khue.English
	}
	return khue.Vietnamese
}
