package main

import (
	"context"

	"github.com/gin-gonic/gin"

	"khue/dashboards"
)

// pages adds the dashboards to the router.
func (o *Observatory) pages(ctx context.Context, r *gin.Engine) error {
	simulated, err := o.simulated(ctx)
	if err != nil {
		return err
	}
	site, err := dashboards.New(dashboards.Options{
		Service: o.Service, Now: o.Now, Zone: o.Zone, Simulated: simulated, Logger: o.Log, Version: programVersion(),
	})
	if err != nil {
		return err
	}
	site.Register(r)
	r.NoRoute(site.NotFound()...)
	return nil
}
