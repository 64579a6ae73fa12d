package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"khue"
	"khue/demo"
)

// demoFlags are the flags of the simulated city, on `up --demo` and `demo-city`.
type demoFlags struct {
	seed     uint64
	scale    int
	postgres string
	addr     string
	faults   bool
	at       string
}

func (d *demoFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.Uint64Var(&d.seed, "seed", demo.DefaultSeed, "seed of the simulated city; the same seed gives the same city")
	f.IntVar(&d.scale, "scale", 1, "multiplies the volume of attendance, for load tests")
	f.StringVar(&d.postgres, "postgres", "", "PostgreSQL DSN for the simulated events database; SQLite when empty")
	f.BoolVar(&d.faults, "faults", true, "let the simulated registry answer 429 and 500 now and then")
}

func newDemoCity(s *shared) *cobra.Command {
	d := &demoFlags{}
	c := &cobra.Command{
		Use:   "demo-city",
		Short: "Serve the simulated city's source systems alone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.load()
			if err != nil {
				return err
			}
			zone, err := time.LoadLocation(c.Zone)
			if err != nil {
				return err
			}
			now, err := d.clock()
			if err != nil {
				return err
			}
			city, err := startCity(cmd.Context(), *d, now, c.Data, zone, logger(c))
			if err != nil {
				return err
			}
			defer func() { _ = city.Close() }()
			out := cmd.OutOrStdout()
			variables := city.Variables()
			for _, name := range sortedKeys(variables) {
				fmt.Fprintf(out, "%s=%s\n", name, variables[name])
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	d.register(c)
	c.Flags().StringVar(&d.addr, "addr", "127.0.0.1:0", "address the simulated registry listens on")
	c.Flags().StringVar(&d.at, "at", "", "let the city stand still as it was then: 2026-03-01 or 2026-03-01T08:00:00+07:00")
	return c
}

// clock is the city's: the real one, or one that stands still so that what is
// pulled today can be pulled again and shown again tomorrow.
func (d *demoFlags) clock() (func() time.Time, error) {
	if d.at == "" {
		return time.Now, nil
	}
	at, err := parseMoment(d.at)
	if err != nil {
		return nil, khue.Errorf(khue.Invalid,
			"--at phải là ngày 2026-03-01 hoặc thời điểm 2026-03-01T08:00:00+07:00, không phải %q",
			"--at must be a day 2026-03-01 or a moment 2026-03-01T08:00:00+07:00, not %q", d.at)
	}
	return func() time.Time { return at }, nil
}

// startCity builds the simulated city beside the data folder, with progress.
func startCity(ctx context.Context, d demoFlags, now func() time.Time, data string, zone *time.Location, log *slog.Logger) (*demo.City, error) {
	p := newProgress(log)
	defer p.end()
	return demo.Start(ctx, demo.Options{
		Seed: d.seed, Scale: d.scale, Dir: filepath.Join(data, "demo-city"), Addr: d.addr, PostgresDSN: d.postgres,
		Faults: d.faults, Now: now, Zone: zone, Progress: p.step, Logger: log,
	})
}

// progress shows long work: a bar on a terminal, a line now and then elsewhere.
type progress struct {
	log   *slog.Logger
	bar   *progressbar.ProgressBar
	stage string
	said  time.Time
}

func newProgress(log *slog.Logger) *progress { return &progress{log: log} }

func (p *progress) step(stage string, done, total int64) {
	if !onTerminal() {
		if stage != p.stage || time.Since(p.said) > 5*time.Second {
			p.log.Info(stage, "done", done, "of", total)
			p.stage, p.said = stage, time.Now()
		}
		return
	}
	if stage != p.stage {
		p.end()
		p.stage = stage
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetDescription(stage),
			progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(), progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(os.Stderr) }))
	}
	_ = p.bar.Set64(done)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}
