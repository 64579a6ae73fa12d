package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/singleflight"

	"khue"
	"khue/access"
	"khue/api"
	"khue/dashboards"
	"khue/dashboards/pending"
)

// pages adds the dashboards to the router of a server until ctx ends. Its streams end when the site is closed.
func (o *Observatory) pages(ctx context.Context, r *gin.Engine) (*dashboards.Site, error) {
	simulated, err := o.simulated(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := pending.Open(filepath.Join(o.Config.Data, "pending"), pending.Options{Now: o.Now})
	if err != nil {
		return nil, err
	}
	if err := o.cutOffHandIns(ctx, waiting); err != nil {
		return nil, err
	}
	key, err := o.Config.formKey()
	if err != nil {
		return nil, err
	}
	residents, err := o.Config.residents()
	if err != nil {
		return nil, err
	}
	boundaries, err := o.Config.boundaries()
	if err != nil {
		return nil, err
	}
	library, err := o.reportPages()
	if err != nil {
		return nil, err
	}
	provider := o.provider(ctx, key)
	door := o.newSQLDoor()
	programs := o.api(simulated, library, door)
	files := uploads{o, ctx, new(singleflight.Group)}
	site, err := dashboards.New(dashboards.Options{
		Service: o.Service, Now: o.Now, Zone: o.Zone, Simulated: simulated, Logger: o.Log, Version: programVersion(), Key: key, Spreadsheet: pageSheet,
		Data: dataPages{o}, Retry: dataPages{o}.retry(ctx), Uploads: files, HandIns: files, Waiting: waiting,
		Boundaries: boundaries, Residents: residents,
		Jobs: jobPages{o.State, o, ctx}, Notes: o.Notes, Texts: o.Texts,
		Explore: o.explorer(programs), Opens: opens,
		Reports: library, API: api.DocumentPath, SQL: door, People: o.People, Cookies: o.Config.cookies(), Provider: provider, OnlyProvider: o.Config.OIDC.Only,
	})
	if err != nil {
		return nil, err
	}
	site.Register(r)
	programs.Register(r)
	nowhere := append([]gin.HandlerFunc{programs.NotFound}, site.NotFound()...)
	r.NoRoute(nowhere...)
	r.NoMethod(nowhere...)
	return site, nil
}

// api serves programs what the pages serve people.
func (o *Observatory) api(simulated bool, library reportPages, sql *sqlDoor) *api.API {
	return api.New(api.Options{
		Service: o.answers(), Presume: o.Warehouse.Presume, Notes: o.Notes, Data: dataPages{o}, Reports: library, SQL: sql, ConfidentialReports: seesConfidentialReports, Scope: reachOf, Caller: nameOf,
		Zone: o.Zone, Now: o.Now, Simulated: simulated, Site: strings.TrimRight(o.Config.PublicURL, "/"), Version: programVersion(), Logger: o.Log,
		Limit: o.Config.API.allowance(), LargeRows: o.Config.API.LargeRows,
	})
}

// reachOf is what answers to a program may hold: the areas of whoever asks. What would
// give away a single contributor is withheld from programs whoever sends them; pages and
// the command line show it to those who may see it.
func reachOf(c *gin.Context) khue.Scope {
	caller, _ := access.Of(c.Request.Context())
	scope := caller.Scope()
	scope.Confidential, scope.Moments = false, false
	return scope
}

func seesConfidentialReports(c *gin.Context) bool {
	caller, _ := access.Of(c.Request.Context())
	return caller.May(access.Confidential)
}

// nameOf is whose allowance of requests is used: that of a person, through whatever
// browser or token, or of the address of a guest.
func nameOf(c *gin.Context) string {
	caller, _ := access.Of(c.Request.Context())
	if caller.SignedIn() {
		return "person " + caller.Login
	}
	return caller.Address
}

// boundaries are the outlines for maps; nil when no file is configured.
func (c Config) boundaries() (*dashboards.Boundaries, error) {
	if c.Map.Boundaries == "" {
		return nil, nil //nolint:nilnil // no file is no fault
	}
	return dashboards.ReadBoundaries(c.Map.Boundaries)
}

// residents are those of areas; nil when no file is configured.
func (c Config) residents() (*dashboards.Residents, error) {
	if c.Map.Residents == "" {
		return nil, nil //nolint:nilnil // no file is no fault
	}
	return dashboards.ReadResidents(c.Map.Residents)
}
