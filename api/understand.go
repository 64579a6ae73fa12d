package api

import (
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
)

// Understand reads a question from the parameters of an address as /api/v1/query does,
// for pages that ask by them too. What is wrong with it is told all at once, each fault
// with its path.
func (a *API) Understand(values url.Values, scope khue.Scope) (indicators.Question, []error) {
	asked, faults := a.fromAddress(values)
	q, err := a.understand(asked, scope, faults)
	if err == nil {
		return q.Question, nil
	}
	var several faultList
	if errors.As(err, &several) {
		return indicators.Question{}, several
	}
	return indicators.Question{}, []error{err}
}

// Give answers a request with the answer to the question that parameters ask, in the
// form that they name, as /api/v1/query does: for downloads from pages, which stand at
// addresses of their own. What is wrong is left to the caller's own funnel.
func (a *API) Give(c *gin.Context, values url.Values) {
	asked, faults := a.fromAddress(values)
	a.reply(c, asked, faults)
}
