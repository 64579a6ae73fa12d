package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// LateAfterDays is how many days after the end of its month a record may come
// without being late, unless the definitions give its dataset longer: what is
// counted on the last evening of a month is written down in the days after.
const LateAfterDays = 7

// Corrections is what the batches recorded in one month did to one dataset, in records.
type Corrections struct {
	Month   khue.Period // of recording
	Dataset string
	Label   khue.Text
	// Loaded came with the first day of a source or with a backfill, Timely and Late
	// with later pulls; Late ones more than LateAfterDays after their month.
	Loaded, Timely, Late, Corrected, Retracted int64
}

// changeBook is where it is told what batches changed. *warehouse.Warehouse is one.
type changeBook interface {
	Corrections(ctx context.Context, from, to time.Time, lateAfter map[string]int) ([]warehouse.Corrections, error)
}

var _ changeBook = (*warehouse.Warehouse)(nil)

// Corrections tells by month of recording and dataset what came late, was corrected
// and was retracted, from a first day until a day that is not included. Months and
// datasets in which nothing changed are left out. Registers are kept up at any
// time: their records are never late.
func (s *Service) Corrections(ctx context.Context, from, to time.Time) ([]Corrections, error) {
	if from.IsZero() || !from.Before(to) {
		return nil, khue.Errorf(khue.Invalid, "cần ngày đầu và ngày cuối, ngày đầu phải trước", "a first day and a later end are needed")
	}
	book, ok := s.facts.(changeBook)
	if !ok {
		return nil, khue.Errorf(khue.Unavailable, "nơi giữ số liệu này không có sổ ghi thay đổi", "these facts are kept without a journal of changes")
	}
	found, err := book.Corrections(ctx, from, to, s.lateAfter())
	if err != nil {
		return nil, fmt.Errorf("reading what was corrected: %w", err)
	}
	out := make([]Corrections, 0, len(found))
	for _, c := range found {
		one := Corrections{
			Month: khue.PeriodOf(c.Month, khue.Month), Dataset: c.Dataset, Loaded: c.Loaded, Timely: c.Added - c.Late, Late: c.Late, Corrected: c.Corrected, Retracted: c.Retracted,
		}
		if d, ok := khue.DatasetOf(c.Dataset); ok {
			one.Label = d.Label
		}
		if one.Loaded != 0 || one.Timely != 0 || one.Late != 0 || one.Corrected != 0 || one.Retracted != 0 {
			out = append(out, one)
		}
	}
	return out, nil
}

// lateAfter is how many days each dataset that is no register has.
func (s *Service) lateAfter() map[string]int {
	days := map[string]int{}
	for _, d := range khue.Datasets() {
		if !slices.Contains(registers, d.Name) {
			days[d.Name] = LateAfterDays
		}
	}
	for _, x := range s.catalogue.expectations {
		if was, flows := days[x.Dataset]; flows && x.DueDays > was {
			days[x.Dataset] = x.DueDays
		}
	}
	return days
}
