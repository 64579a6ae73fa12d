package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newMigrate(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the warehouse schema up to date",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				steps, err := o.Warehouse.Migrate(ctx)
				if err != nil {
					return err
				}
				if err := o.publish(ctx); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d schema steps taken\n", steps)
				return nil
			})
		},
	}
}
