package indicators

import (
	"context"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// batchBook looks up each batch once.
type batchBook struct {
	journal Journal
	zone    *time.Location
	refs    map[string]BatchRef
}

func (b *batchBook) row(ctx context.Context, dataset string, r warehouse.ChangedRecord, withheld []string) (ChangedRow, error) {
	out := ChangedRow{Dataset: dataset, Source: r.Source, RecordID: r.RecordID, Cause: r.Cause, RecordedAt: r.RecordedAt, Fields: recordChanges(r.Before, r.After)}
	out.Fields = slices.DeleteFunc(out.Fields, func(f FieldChange) bool { return slices.Contains(withheld, f.Field) })
	for i := range out.Fields {
		f := &out.Fields[i]
		f.Old, f.New = shownField(dataset, f.Field, f.Old, b.zone), shownField(dataset, f.Field, f.New, b.zone)
	}
	for _, id := range r.Batches {
		ref, err := b.ref(ctx, id)
		if err != nil {
			return ChangedRow{}, err
		}
		out.Batches = append(out.Batches, ref)
	}
	return out, nil
}

func (b *batchBook) ref(ctx context.Context, id string) (BatchRef, error) {
	if ref, known := b.refs[id]; known {
		return ref, nil
	}
	ref := BatchRef{ID: id}
	runs, err := b.journal.Runs(ctx, warehouse.RunFilter{Batch: id, Limit: 1})
	if err != nil {
		return ref, err
	}
	if len(runs) > 0 {
		ref.Dataset, ref.Cause, ref.RecordedAt = runs[0].Dataset, runs[0].Cause, runs[0].RecordedAt.In(b.zone)
	}
	if ref.Raw, err = b.journal.RawObjects(ctx, id); err != nil {
		return ref, err
	}
	b.refs[id] = ref
	return ref, nil
}

// shownField gives days as texts and moments in the observatory's zone.
func shownField(dataset, field string, v any, zone *time.Location) any {
	at, isTime := v.(time.Time)
	if !isTime {
		return v
	}
	if contract, ok := khue.DatasetOf(dataset); ok {
		if f, ok := contract.Field(field); ok && f.Type == khue.DateField {
			return at.Format(time.DateOnly)
		}
	}
	return at.In(zone)
}

// recordChanges lists the fields of a record that differ.
func recordChanges(before, after warehouse.Record) []FieldChange {
	return slices.DeleteFunc(fieldChanges("", before, after), func(f FieldChange) bool { return f.Field == "source" || f.Field == "record_id" })
}
