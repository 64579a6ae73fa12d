package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"khue/dashboards"
)

// bounds are what the server bears of one connection, and how many it keeps open. What
// takes longer by its nature, as streams, uploads and SQL, sets times of its own.
type bounds struct {
	header, request, answer, idle time.Duration // until it is all there; idle is between requests
	headerBytes                   int
	connections                   int // those beyond wait until one closes
}

var ordinaryBounds = bounds{
	header: 5 * time.Second, request: 30 * time.Second, answer: 60 * time.Second, idle: 2 * time.Minute, headerBytes: 64 << 10, connections: 4096,
}

// server puts the pages, the API and the operator's end points behind one handler,
// and the gate before all of them.
func (o *Observatory) server(ctx context.Context) (*http.Server, error) {
	r, site, err := o.router(ctx)
	if err != nil {
		return nil, err
	}
	b := o.bounds
	server := &http.Server{
		Handler: guarded(r, o.Config.cookies().Secure), ReadHeaderTimeout: b.header, ReadTimeout: b.request,
		WriteTimeout: b.answer, IdleTimeout: b.idle, MaxHeaderBytes: b.headerBytes,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(site.Close)
	return server, nil
}

func (o *Observatory) router(ctx context.Context) (*gin.Engine, *dashboards.Site, error) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	if err := r.SetTrustedProxies(o.Config.TrustedProxies); err != nil {
		return nil, nil, fmt.Errorf("reading trusted_proxies: %w", err)
	}
	g := o.gate()
	r.Use(g.pass)
	r.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	r.GET("/readyz", o.readiness)
	site, err := o.pages(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	g.site = site
	return r, site, nil
}

// guarded gives every answer the headers that keep browsers from doing more with it
// than they should, those included that nothing of ours writes: redirects of the
// router, refusals at the gate. Pages widen the policy to what they load.
func guarded(next http.Handler, overTLS bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dashboards.Guard(w.Header())
		if overTLS {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// serveUntil serves until ctx ends, and lets answers that are under way be ended.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("stopping the server: %w", err)
	}
	return nil
}
