package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/warehouse"
)

func newCheck(s *shared) *cobra.Command {
	var deep bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, definitions and the books; exit 1 and list every fault",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return check(cmd.Context(), cmd.OutOrStdout(), s, deep)
		},
	}
	c.Flags().BoolVar(&deep, "deep", false, "hash everything in the archive of raw data again")
	return c
}

// check goes as far as it can: faults of the configuration do not hide those of
// the definitions. A warehouse that was never made has no books to check.
func check(ctx context.Context, out io.Writer, s *shared, deep bool) error {
	c, configErr := s.load()
	catalogue, definitionsErr := indicators.Load(c.Definitions)
	var reportsErr error
	if catalogue != nil {
		_, reportsErr = reports.Load(c.Definitions, catalogue)
	}
	_, boundariesErr := c.boundaries()
	_, residentsErr := c.residents()
	if err := errors.Join(configErr, definitionsErr, reportsErr, boundariesErr, residentsErr); err != nil {
		return err
	}
	fmt.Fprintf(out, "configuration  ok (%s; %d sources)\ndefinitions    ok\n", c.origin(), len(c.sources))
	if c.Map.Boundaries != "" {
		fmt.Fprintf(out, "boundaries     ok (%s)\n", c.Map.Boundaries)
	}
	if c.Map.Residents != "" {
		fmt.Fprintf(out, "residents      ok (%s)\n", c.Map.Residents)
	}
	tellConfidential(out, catalogue)
	if dir, ok := strings.CutPrefix(c.WarehouseDSN(), "embedded://"); ok {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(out, "books          none yet (%s)\n", dir)
			return nil
		}
	}
	return s.opened(ctx, func(ctx context.Context, o *Observatory) error {
		if err := o.Ready(ctx); err != nil {
			return err
		}
		if o.Warehouse.Owner() {
			if err := o.Warehouse.Recover(ctx); err != nil {
				return err
			}
		}
		if err := tellNotes(ctx, out, o); err != nil {
			return err
		}
		if err := checkAudit(ctx, out, o.State); err != nil {
			return err
		}
		if err := checkSQL(ctx, out, o); err != nil {
			return err
		}
		found, err := o.Warehouse.Check(ctx)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return imbalanced(found)
		}
		fmt.Fprintln(out, "books          ok (journal = current = rollups)")
		return checkArchive(ctx, out, o, deep)
	})
}

// tellConfidential lists the measures whose figures may be withheld, by which rule.
func tellConfidential(out io.Writer, catalogue *indicators.Catalogue) {
	for _, m := range catalogue.Measures() {
		if c := m.Confidential; c != nil {
			fmt.Fprintf(out, "confidential   %s by %s: %s\n", m.Name, c.Contributor, c.Rule)
		}
	}
}

// checkSQL tries what the user for analysts can do, where there is one.
func checkSQL(ctx context.Context, out io.Writer, o *Observatory) error {
	door := o.newSQLDoor()
	if door.off != nil {
		fmt.Fprintf(out, "sql            off (%s)\n", khue.MessageOf(door.off).In(o.lang()))
		return nil //nolint:nilerr // off is a setting, no fault
	}
	there, err := o.Warehouse.Published(ctx)
	if err != nil {
		return err
	}
	if !there {
		fmt.Fprintln(out, khue.Text{VI: "sql            chưa có bảng nhìn nào cho phân tích (khue migrate tạo chúng)", EN: "sql            not there yet (khue migrate makes the views)"}.In(o.lang()))
		return nil
	}
	found, err := door.analyst.Liberties(ctx)
	if err != nil {
		return khue.Errorf(khue.Unavailable, "người dùng phân tích không đọc được các bảng nhìn; hãy chạy `khue migrate` và xem docs/sql.md: %s",
			"the analyst's user cannot read the views; run `khue migrate` and see docs/sql.md: %s", khue.MessageOf(err).In(o.lang())).Because(err)
	}
	if len(found) == 0 {
		fmt.Fprintln(out, "sql            ok (analysts read the views and nothing else)")
		return nil
	}
	var vi, en strings.Builder
	for _, one := range found {
		fmt.Fprintf(&vi, "\n  %s: %s", one.About.VI, one.Statement)
		fmt.Fprintf(&en, "\n  %s: %s", one.About.EN, one.Statement)
	}
	return khue.Errorf(khue.Conflict, "người dùng phân tích làm được những việc không nên:%[1]s", "the analyst's user can do what it should not:%[2]s", vi.String(), en.String())
}

func imbalanced(found []warehouse.Imbalance) error {
	lines := make([]string, len(found))
	for i, f := range found {
		lines[i] = f.Dataset + ": " + f.Message
	}
	list := strings.Join(lines, "\n")
	return khue.Errorf(khue.Conflict, "sổ sách không khớp:\n%s", "the books do not balance:\n%s", list)
}
