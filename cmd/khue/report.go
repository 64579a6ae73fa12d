package main

import (
	"github.com/spf13/cobra"
)

func newReport(s *shared) *cobra.Command {
	_ = s
	return &cobra.Command{Use: "report", Short: "List and make reports"}
}
