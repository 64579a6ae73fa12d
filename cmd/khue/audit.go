package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/access"
	"khue/state"
)

func newAudit(s *shared) *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "What people did, each entry sealed with the one before it"}
	c.AddCommand(newAuditList(s), newAuditVerify(s))
	return c
}

func newAuditList(s *shared) *cobra.Command {
	var f state.AuditFilter
	var since string
	c := &cobra.Command{
		Use: "list", Short: "List what was done, the newest first", Args: cobra.NoArgs,
		Example: "  khue audit list --actor lan --act report.\n  khue audit list --outcome failed --since 2026-11-01",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if since != "" {
					day, err := time.ParseInLocation(time.DateOnly, since, o.Zone)
					if err != nil {
						return khue.Errorf(khue.Invalid, "--since %q không phải ngày như 2026-11-30", "--since %q is no day such as 2026-11-30", since)
					}
					f.From = day
				}
				entries, err := o.People.Audit(ctx, f)
				if err != nil {
					return err
				}
				if s.json {
					return printJSON(cmd.OutOrStdout(), entries)
				}
				t := table.NewWriter()
				t.SetOutputMirror(cmd.OutOrStdout())
				t.AppendHeader(table.Row{"no", "when", "who", "what", "to what", "outcome", "from", "detail"})
				t.SetColumnConfigs([]table.ColumnConfig{wrapped(5, 40), wrapped(8, 40)})
				for _, e := range entries {
					t.AppendRow(table.Row{e.Seq, e.At.In(o.Zone).Format("2006-01-02 15:04:05"), e.Actor, access.ActText(e.Act).In(o.lang()), e.Object, e.Outcome, e.Address, e.Detail})
				}
				t.Render()
				return nil
			})
		},
	}
	c.Flags().StringVar(&f.Actor, "actor", "", "login of who did it")
	c.Flags().StringVar(&f.Act, "act", "", "what was done, as sign_in; a family of acts with a dot, as report.")
	c.Flags().StringVar(&f.Outcome, "outcome", "", "done, refused or failed")
	c.Flags().StringVar(&since, "since", "", "from that day on")
	c.Flags().IntVar(&f.Most, "limit", 100, "how many at most")
	return c
}

func newAuditVerify(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Work out every seal again; exit 1 and name the first entry that does not hold",
		Long: `Work out every seal again, from the first entry to the newest. What is printed
ends with the newest seal: kept outside of the machine, it also shows when the end
of the audit is cut off.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error { return checkAudit(ctx, cmd.OutOrStdout(), o.State) })
		},
	}
}

// checkAudit tells whether what people did was tampered with.
func checkAudit(ctx context.Context, out io.Writer, store *state.Store) error {
	proof, err := store.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	if proof.Broken > 0 {
		return khue.Errorf(khue.Conflict, "nhật ký kiểm toán đã bị sửa: dòng đầu tiên không khớp là dòng số %d", "the audit was tampered with: the first entry that does not hold is number %d", proof.Broken)
	}
	fmt.Fprintf(out, "audit          ok (%d entries, newest seal %s)\n", proof.Entries, proof.Head)
	return nil
}
