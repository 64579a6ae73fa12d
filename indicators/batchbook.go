package indicators

import (
	"context"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// batchBook looks up each batch once, and many of them together.
type batchBook struct {
	journal Journal
	zone    *time.Location
	refs    map[string]BatchRef
}

// read looks up the batches that are not known yet.
func (b *batchBook) read(ctx context.Context, ids []string) error {
	ids = slices.DeleteFunc(distinct(ids), func(id string) bool { _, known := b.refs[id]; return known })
	origins, err := b.journal.Origins(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		ref := BatchRef{ID: id}
		if o, known := origins[id]; known {
			ref.Dataset, ref.Cause, ref.RecordedAt, ref.Raw = o.Dataset, o.Cause, o.RecordedAt.In(b.zone), o.Raw
		}
		b.refs[id] = ref
	}
	return nil
}

// rows gives changed records with their batches, without the fields withheld.
func (b *batchBook) rows(ctx context.Context, dataset string, records []warehouse.ChangedRecord, withheld []string) ([]ChangedRow, error) {
	var ids []string
	for _, r := range records {
		ids = append(ids, r.Batches...)
	}
	if err := b.read(ctx, ids); err != nil {
		return nil, err
	}
	out := make([]ChangedRow, len(records))
	for i, r := range records {
		out[i] = b.row(dataset, r, withheld)
	}
	return out, nil
}

func (b *batchBook) row(dataset string, r warehouse.ChangedRecord, withheld []string) ChangedRow {
	out := ChangedRow{Dataset: dataset, Source: r.Source, RecordID: r.RecordID, Cause: r.Cause, RecordedAt: r.RecordedAt, Fields: recordChanges(r.Before, r.After)}
	out.Fields = slices.DeleteFunc(out.Fields, func(f FieldChange) bool { return slices.Contains(withheld, f.Field) })
	for i := range out.Fields {
		f := &out.Fields[i]
		f.Old, f.New = shownField(dataset, f.Field, f.Old, b.zone), shownField(dataset, f.Field, f.New, b.zone)
	}
	for _, id := range r.Batches {
		out.Batches = append(out.Batches, b.refs[id])
	}
	return out
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
