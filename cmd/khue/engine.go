package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"khue/warehouse/engine"
)

// newEngine runs the embedded ClickHouse alone, as a server that other
// processes reach by clickhouse://: for tests against a separate server, and for
// looking at a data folder while nothing else runs on it.
func newEngine(s *shared) *cobra.Command {
	var dsnFile string
	c := &cobra.Command{
		Use: "engine", Hidden: true, Args: cobra.NoArgs,
		Short: "Run the embedded ClickHouse alone and write its DSN into a file",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.load()
			if err != nil {
				return err
			}
			e, err := engine.Start(cmd.Context(), engine.Options{
				Dir: filepath.Join(c.Data, "warehouse"), Library: c.Engine.Library, Logger: logger(c),
			})
			if err != nil {
				return err
			}
			defer func() { _ = e.Close() }()
			a, err := e.Address()
			if err != nil {
				return err
			}
			dsn := fmt.Sprintf("clickhouse://%s:%s@127.0.0.1:%d/khue", engine.ServiceUser, a.Service, a.TCP)
			if err := os.WriteFile(dsnFile, []byte(dsn+"\n"), 0o600); err != nil {
				return fmt.Errorf("writing the DSN: %w", err)
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "the engine is up; its DSN is in", dsnFile)
			<-cmd.Context().Done()
			return nil
		},
	}
	c.Flags().StringVar(&dsnFile, "dsn-file", "engine.dsn", "file that the DSN, with its password, is written to")
	return c
}
