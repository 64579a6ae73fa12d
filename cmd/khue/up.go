package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"khue"
	"khue/demo"
)

func newUp(s *shared) *cobra.Command {
	var addr string
	var withDemo bool
	d := &demoFlags{addr: "127.0.0.1:0"}
	c := &cobra.Command{
		Use:   "up",
		Short: "Run everything: warehouse, scheduler and server; with --demo also the simulated city",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return up(cmd.Context(), s, addr, withDemo, *d)
		},
	}
	c.Flags().StringVar(&addr, "addr", "", "address the server listens on (default 127.0.0.1:8080)")
	c.Flags().BoolVar(&withDemo, "demo", false, "pull from a simulated city that runs beside it")
	d.register(c)
	return c
}

func up(ctx context.Context, s *shared, addr string, withDemo bool, d demoFlags) (err error) {
	c, err := s.load()
	if err != nil {
		return err
	}
	if addr != "" {
		c.Addr = addr
	}
	if err := c.Validate(); err != nil {
		return err
	}
	log := logger(c)
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if withDemo {
		city, err := startDemo(ctx, &c, d, log)
		if err != nil {
			return err
		}
		defer func() { _ = city.Close() }()
	}
	o, err := Open(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if err := o.Prepare(ctx); err != nil {
		return err
	}
	return o.run(ctx, listener, true)
}

// run serves pages and, when asked to, runs jobs, until ctx ends.
func (o *Observatory) run(ctx context.Context, listener net.Listener, withJobs bool) error {
	if err := o.Ledger.noteInForce(ctx); err != nil {
		return err
	}
	server, err := o.server(ctx)
	if err != nil {
		return err
	}
	if err := o.inviteFirst(ctx, listener.Addr()); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	if err := o.servePrivately(ctx, group); err != nil { // first: its address may be taken
		return err
	}
	if withJobs {
		if err := o.runJobs(ctx, group); err != nil {
			return err
		}
	} else {
		// Who only serves pages looks as well: it tells when no scheduler runs any more.
		group.Go(func() error { return o.Alerts.Run(ctx) })
	}
	group.Go(func() error {
		if err := o.Service.Prepare(ctx); err != nil && ctx.Err() == nil { // the first question then judges itself
			o.Log.Warn("what may be shown of confidential measures was not judged ahead", "cause", err)
		}
		return nil
	})
	group.Go(func() error { return o.People.WatchAudit(ctx, o.Log) })
	group.Go(func() error { return serveUntil(ctx, server, netutil.LimitListener(listener, o.bounds.connections)) })
	o.Log.Info("Khuê is ready", "address", "http://"+listener.Addr().String(), "simulated", o.Config.Simulated())
	return group.Wait()
}

// runJobs runs the scheduler, the alerts and the deliveries.
func (o *Observatory) runJobs(ctx context.Context, group *errgroup.Group) error {
	jobs, err := o.scheduler()
	if err != nil {
		return err
	}
	group.Go(func() error { return jobs.Run(ctx) })
	group.Go(func() error { return o.keepFigures(ctx) })
	group.Go(func() error { return o.Alerts.Run(ctx) })
	group.Go(func() error { return o.deliverer(o.Reports).Run(ctx) })
	return nil
}

// listen takes the address first of all: a port in use is told before anything long begins.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, khue.Errorf(khue.Conflict,
			"không mở được địa chỉ %s; có thể cổng đang được dùng, hãy chọn --addr khác",
			"the address %s cannot be opened; the port may be in use, choose another --addr", addr).Because(err)
	}
	return l, nil
}

// startDemo runs the simulated city and points the demo's configuration at it.
func startDemo(ctx context.Context, c *Config, d demoFlags, log *slog.Logger) (*demo.City, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, err
	}
	city, err := startCity(ctx, d, time.Now, c.Data, zone, log)
	if err != nil {
		return nil, err
	}
	variables := city.Variables()
	lookup := func(name string) (string, bool) {
		if v, ok := variables[name]; ok {
			return v, true
		}
		return os.LookupEnv(name)
	}
	withSources, err := parseConfig(*c, "demo/khue.yaml", demo.Configuration(), lookup)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the demo's configuration: %w", err), city.Close())
	}
	*c = withSources
	return city, nil
}
