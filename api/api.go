// Package api serves programs: the same answers as the pages give, as JSON.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
)

// Service answers. *indicators.Service is one.
type Service interface {
	Explain(ctx context.Context, id string, look indicators.Look) (indicators.Explained, error)
}

// API answers under /api/v1.
type API struct {
	service Service
	notes   Notes
	log     *slog.Logger
}

// New makes the API; a nil logger logs nothing.
func New(service Service, log *slog.Logger) *API {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &API{service: service, log: log}
}

// Prefix is where the API begins.
const Prefix = "/api/v1"

// Register adds the API to a router.
func (a *API) Register(r gin.IRouter) {
	v1 := r.Group(Prefix, a.funnel)
	v1.GET("/evidence/:id", a.evidence)
	a.registerNotes(v1)
}

// funnel answers for every handler that ended in an error.
func (a *API) funnel(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Next()
	last := c.Errors.Last()
	if last == nil || c.Writer.Written() {
		return
	}
	kind := khue.KindOf(last.Err)
	status, known := statusOf[kind]
	if !known {
		status = http.StatusInternalServerError
	}
	if status >= http.StatusInternalServerError {
		a.log.Error("an answer could not be given", "path", c.Request.URL.Path, "status", status, "error", last.Err)
	}
	lang := khue.English
	if l, err := khue.ParseLang(c.Query("lang")); err == nil {
		lang = l
	}
	body, err := json.Marshal(problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: khue.MessageOf(last.Err).In(lang), Instance: c.Request.URL.Path})
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(status, "application/problem+json; charset=utf-8", body)
}

// problem is an error as RFC 9457 has it.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
}

var statusOf = map[khue.Kind]int{
	khue.Invalid: http.StatusBadRequest, khue.NotFound: http.StatusNotFound, khue.Conflict: http.StatusConflict,
	khue.Forbidden: http.StatusForbidden, khue.Unavailable: http.StatusServiceUnavailable, khue.Internal: http.StatusInternalServerError,
}
