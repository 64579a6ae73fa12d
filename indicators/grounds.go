package indicators

import (
	"context"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// grounds lists the records and batches that a number stands on.
func (s *Service) grounds(ctx context.Context, cell *ExplainedCell, narrow Question, look Look) error {
	journal, err := s.journal()
	if err != nil {
		return err
	}
	asked, err := s.understand(narrow)
	if err != nil {
		return err
	}
	if err := asked.limitToScope(narrow.Scope); err != nil {
		return err
	}
	book := &batchBook{journal: journal, zone: s.zone, refs: make(map[string]BatchRef)}
	for _, p := range asked.plan() {
		g := Grounds{Dataset: p.ask.Dataset}
		if d, ok := khue.DatasetOf(p.ask.Dataset); ok {
			g.Label = d.Label
		}
		p.ask.By, p.ask.Limit = nil, 0
		records, all, err := journal.Grounds(ctx, p.ask, max(look.Rows, 1), look.RowsFrom)
		if err != nil {
			return err
		}
		withheld := s.catalogue.FieldsWithheld(p.ask.Dataset, narrow.Scope)
		for _, r := range records {
			if look.Rows > 0 {
				g.Records = append(g.Records, groundRecord(p.ask.Dataset, r, withheld, s.zone))
			}
		}
		shares, batches, of, err := journal.GroundBatches(ctx, p.ask, max(look.Batches, 1), look.BatchesFrom)
		if err != nil {
			return err
		}
		g.RecordsOf, g.BatchesOf = max(all, of), batches
		shares = shares[:min(len(shares), max(look.Batches, 0))]
		ids := make([]string, len(shares))
		for i, share := range shares {
			ids[i] = share.BatchID
		}
		if err := book.read(ctx, ids); err != nil {
			return err
		}
		for _, share := range shares {
			g.Batches = append(g.Batches, GroundBatch{
				BatchRef: book.refs[share.BatchID], Source: share.Source, Records: share.Records,
				Read: share.Read, Added: share.Added, Corrected: share.Corrected, Retracted: share.Retracted,
			})
		}
		cell.Grounds = append(cell.Grounds, g)
	}
	return nil
}

// groundRecord gives the fields of a record in the order of its contract, but for
// those withheld.
func groundRecord(dataset string, g warehouse.Ground, withheld []string, zone *time.Location) GroundRecord {
	out := GroundRecord{Source: textOf(g.Record, "source"), RecordID: textOf(g.Record, "record_id"), Batch: g.Batch, RecordedAt: g.RecordedAt.In(zone)}
	contract, _ := khue.DatasetOf(dataset)
	for _, f := range contract.Fields {
		if v := g.Record[f.Name]; !empty(v) && !slices.Contains(withheld, f.Name) {
			out.Fields = append(out.Fields, FieldValue{f.Name, shownField(dataset, f.Name, v, zone)})
		}
	}
	return out
}
