// Package api serves programs: the same answers as the pages give, in the forms of
// package format, and the catalogue that questions are made from.
package api

import (
	"context"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
)

// Service answers. *indicators.Service is one.
type Service interface {
	Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error)
	// Faults lists what is wrong with a question, as far as its parts tell.
	Faults(q indicators.Question) []error
	InWords(q indicators.Question) khue.Text
	Catalogue() *indicators.Catalogue
	Explain(ctx context.Context, id string, look indicators.Look) (indicators.Explained, error)
}

// Options are what the API is made with. Only Service must be there; what is nil
// leaves its part out.
type Options struct {
	Service Service
	Notes   Notes
	Data    Data
	Reports Reports
	SQL     SQL
	// ConfidentialReports tells of whoever asks whether reports for the office's own use are
	// theirs to see; nil is nobody.
	ConfidentialReports func(*gin.Context) bool

	Zone      *time.Location // of moments; nil is khue.DefaultZone
	Now       func() time.Time
	Simulated bool   // the figures are those of a simulated city, and every answer says so
	Site      string // where the site is reached; "" leaves addresses relative
	Version   string // of the program
	Logger    *slog.Logger

	// Presume does what puts an answer together and writes it, perhaps twice, while it is
	// made sure that no facts came in between; see warehouse.Presume. nil does it once.
	Presume func(ctx context.Context, do func(context.Context) error) error
	// Scope is the reach of a caller; nil is khue.Public for everybody.
	Scope func(*gin.Context) khue.Scope
	// Caller names who asks, for the limit of requests; nil takes the address that the
	// request came from.
	Caller func(*gin.Context) string
	Limit  Allowance
	// LargeRows is the most rows of an answer in a form that is written row by row; 0 is
	// two million, below 0 no more than in the other forms.
	LargeRows int
}

// API answers under /api/v1.
type API struct {
	Options
	allowed *allowances
	routes  []route
	large   chan struct{} // holds the large answer that is on its way
}

// Prefix is where the API begins.
const Prefix = "/api/v1"

// New makes the API.
func New(o Options) *API {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone(khue.DefaultZone, 7*60*60)
	}
	if o.LargeRows == 0 {
		o.LargeRows = usualLarge
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Scope == nil {
		o.Scope = func(*gin.Context) khue.Scope { return khue.Public }
	}
	if o.ConfidentialReports == nil {
		o.ConfidentialReports = func(*gin.Context) bool { return false }
	}
	if o.Presume == nil {
		o.Presume = func(ctx context.Context, do func(context.Context) error) error { return do(ctx) }
	}
	if o.Caller == nil {
		o.Caller = func(c *gin.Context) string { return c.RemoteIP() }
	}
	a := &API{Options: o, allowed: newAllowances(o.Limit, o.Now), large: make(chan struct{}, 1)}
	a.routes = a.table()
	return a
}

// Register adds the API to a router.
func (a *API) Register(r gin.IRouter) {
	for _, one := range a.routes {
		handlers := []gin.HandlerFunc{a.funnel, a.limited, one.known, one.handler}
		r.Handle(one.method, one.path, handlers...)
	}
	a.registerClickHouse(r)
}

// NotFound answers for addresses below /api/ that nothing else does, and for methods that
// they do not take, and hands the others on: engine.NoRoute(api.NotFound, …), and the
// same for engine.NoMethod.
func (a *API) NotFound(c *gin.Context) {
	if !underAPI(c.Request.URL.Path) {
		c.Next()
		return
	}
	a.funnel(c)
	c.Abort()
}
