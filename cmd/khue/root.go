package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

// shared are the flags that every command takes.
type shared struct {
	config string
	data   string
	dsn    string
	lang   string
	json   bool
}

func newRoot() *cobra.Command {
	s := &shared{}
	root := &cobra.Command{
		Use:           "khue",
		Short:         "Khuê, a city's culture observatory · Đài quan trắc văn hóa của thành phố",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	f := root.PersistentFlags()
	f.StringVar(&s.config, "config", "", "configuration file (default khue.yaml when it is there)")
	f.StringVar(&s.data, "data", "", "data folder (default ./data)")
	f.StringVar(&s.dsn, "dsn", "", "warehouse: embedded://FOLDER or clickhouse://user:password@host:9000/database")
	f.StringVar(&s.lang, "lang", "", "language of answers, messages and reports: vi or en (default vi)")
	f.BoolVar(&s.json, "json", false, "log as JSON lines")
	root.AddCommand(
		newUp(s), newServe(s), newWork(s), newMigrate(s), newPull(s), newQuery(s), newDiff(s), newEvidence(s),
		newReport(s), newJobs(s), newSource(s), newQuarantine(s), newClaims(s), newCompleteness(s), newIndicators(s), newTargets(s), newCheck(s), newRuns(s), newRebuild(s), newSweep(s), newDemoCity(s), newVersion(), newEngine(s),
	)
	root.AddCommand(newAreas(s), newCrosswalk(s), newNotes(s), newUser(s), newToken(s), newAudit(s))
	return root
}

// load reads the configuration with the flags over it.
func (s *shared) load() (Config, error) {
	c, err := LoadConfig(s.config, os.LookupEnv)
	if err != nil {
		return Config{}, err
	}
	if s.data != "" {
		c.Data = s.data
	}
	if s.dsn != "" {
		c.DSN = Secret(s.dsn)
	}
	if s.lang != "" {
		c.Language = s.lang
	}
	s.lang = c.Language // what goes wrong is told in it too
	if s.json {
		c.Log.Format = "json"
	}
	return c, c.Validate()
}

// logger writes to standard error, as lines for people or as JSON.
func logger(c Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Log.Level)) // Validate has read it
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

func onTerminal() bool { return isatty.IsTerminal(os.Stderr.Fd()) }

// opened runs a command's work with the observatory open.
func (s *shared) opened(ctx context.Context, work func(ctx context.Context, o *Observatory) error) error {
	c, err := s.load()
	if err != nil {
		return err
	}
	o, err := Open(ctx, c, logger(c))
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, o), o.Close())
}
