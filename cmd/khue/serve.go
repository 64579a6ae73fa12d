package main

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func newServe(s *shared) *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server alone, for several replicas",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if addr == "" {
					addr = o.Config.Addr
				}
				listener, err := listen(ctx, addr)
				if err != nil {
					return err
				}
				defer func() { _ = listener.Close() }()
				if err := o.Ready(ctx); err != nil {
					return err
				}
				return o.run(ctx, listener, false)
			})
		},
	}
	c.Flags().StringVar(&addr, "addr", "", "address the server listens on (default 127.0.0.1:8080)")
	return c
}

func newWork(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "work",
		Short: "Run the scheduler alone; several replicas share one PostgreSQL state",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				if err := o.settle(ctx); err != nil {
					return err
				}
				if err := o.Ledger.noteInForce(ctx); err != nil {
					return err
				}
				group, ctx := errgroup.WithContext(ctx)
				if err := o.runJobs(ctx, group); err != nil {
					return err
				}
				return group.Wait()
			})
		},
	}
}

// readiness tells whether both stores answer.
func (o *Observatory) readiness(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 3*time.Second)
	defer cancel()
	stores := map[string]error{"warehouse": o.Warehouse.Ping(ctx), "state": o.State.Ping(ctx)}
	status, answer := http.StatusOK, gin.H{}
	for name, err := range stores {
		answer[name] = "ok"
		if err != nil {
			o.Log.Warn("store does not answer", "store", name, "cause", err)
			status, answer[name] = http.StatusServiceUnavailable, "down"
		}
	}
	c.JSON(status, answer)
}
