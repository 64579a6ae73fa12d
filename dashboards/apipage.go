package dashboards

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// The page on which the API can be tried. Its library is large and loaded there alone.
const (
	apiPage    = "api"
	apiPath    = "/api"
	apiLibrary = "swagger-ui-bundle.js"
	apiLooks   = "swagger-ui.css"
)

// apiView is the page on the API.
type apiView struct {
	frameView
	Document string // address of the description, in the reader's language
}

var apiTitle = text("API số liệu", "The API")

// registerAPI adds the page where there is an API to try.
func (s *Site) registerAPI(pages gin.IRouter) {
	if s.document == "" {
		return
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		pages.Handle(method, apiPath, s.apiPage)
	}
}

func (s *Site) apiPage(c *gin.Context) {
	lang := langOf(c)
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	view := apiView{frameView: s.frameView(s.reader(c.Request.Context()), lang, apiPage, apiPath, nil, apiTitle.In(lang)), Document: address(s.document, nil, lang)}
	view.Styles = []string{apiLooks, "api.css"}
	s.show(c, "api.html", view)
}
