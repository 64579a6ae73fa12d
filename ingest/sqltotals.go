package ingest

import (
	"context"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"khue"
)

// Reconcile is what a source is asked to say of itself beside its rows.
type Reconcile struct {
	// OnMismatch is what becomes of a pull whose numbers are not the source's after a
	// second reading: fail (default) or warn.
	OnMismatch string `yaml:"on_mismatch"`

	Sum []string `yaml:"sum"` // sql: raw columns whose sums the source is asked for
}

// pass reads all rows of the pass and learns from the source how many it had to
// give. Where they fit in one page the source counts them in the page's own
// snapshot, else once all have been read. Then rows that came in between show as
// missing, as they should; if there are fewer than were read, some were changed or
// deleted meanwhile, and no count is held against the reading.
func (w *sqlWalk) pass(ctx context.Context) error {
	if w.request.Told == nil || w.untold {
		return w.pages(ctx, nil)
	}
	start, inSnapshot := w.pos, false
	var said Totals
	count := func() (err error) {
		said, err = w.count(ctx, start)
		return err
	}
	if err := w.retrying(ctx, func() error { return w.db.begin(ctx) }); err != nil {
		return fmt.Errorf("beginning a snapshot: %w", err)
	}
	given := w.given
	snapshot := w.db
	err := w.pages(ctx, func(last bool) error {
		if snapshot == nil || w.db != snapshot { // it went with its connection
			snapshot = nil
			return nil
		}
		snapshot = nil
		if last {
			if err := count(); err != nil {
				return err
			}
			inSnapshot = true
		}
		return w.db.end(ctx)
	})
	if err != nil {
		return err
	}
	if !inSnapshot {
		if err := w.retrying(ctx, count); err != nil {
			return err
		}
	}
	if given = w.given - given; said.Rows < given {
		w.log.Warn("rows were changed or deleted at the source while they were read; this reading is held to no count",
			"dataset", w.name, "read", given, "there", said.Rows)
		w.untold = true
		return nil
	}
	w.told.add(said)
	return nil
}

// count asks for the number and the sums of the rows of this pass after a position.
func (w *sqlWalk) count(ctx context.Context, after position) (Totals, error) {
	wanted := []string{"count(*)"}
	for _, c := range w.set.Reconcile.Sum {
		wanted = append(wanted, "sum("+w.db.quote(c)+")")
	}
	where, args := w.where(after)
	var t Totals
	err := w.db.query(ctx, "SELECT "+strings.Join(wanted, ", ")+" FROM "+w.relation()+where, args, func(row []Value) error {
		t.Rows = row[0].N
		for i, c := range w.set.Reconcile.Sum {
			if t.Sums == nil {
				t.Sums = make(map[string]decimal.Decimal)
			}
			sum, ok := exact(row[i+1])
			if !ok {
				return khue.Errorf(khue.Invalid, "cột %s không cộng được (reconcile.sum)", "the column %s cannot be added up (reconcile.sum)", c)
			}
			t.Sums[c] = sum
		}
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("counting the rows to read: %w", err)
	}
	return t, nil
}

// exact is a number as a decimal; nothing is 0.
func exact(v Value) (decimal.Decimal, bool) {
	f := &field{}
	if v.Kind == Null {
		return decimal.Zero, true
	}
	if why, _ := toDecimal(f, &mapping{page: &Page{}}, &v); why != content {
		return decimal.Zero, false
	}
	return v.Ref.(decimal.Decimal), true
}

func (t *Totals) add(o Totals) {
	t.Rows += o.Rows
	for c, sum := range o.Sums {
		if t.Sums == nil {
			t.Sums = make(map[string]decimal.Decimal)
		}
		t.Sums[c] = t.Sums[c].Add(sum)
	}
}
