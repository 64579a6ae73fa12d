package indicators

import (
	"context"
	"time"

	"khue"
	"khue/warehouse"
)

// Facts is where answers come from. *warehouse.Warehouse is one; tests that
// need no engine keep theirs in memory.
type Facts interface {
	// Select aggregates the facts of one dataset.
	Select(ctx context.Context, s warehouse.Select) ([]warehouse.Row, warehouse.Trace, error)
	// States tells how far the facts of each dataset reach.
	States(ctx context.Context) ([]warehouse.DatasetState, error)
	// Until is the latest day, not after today, of which a dataset holds a fact.
	Until(ctx context.Context, dataset string, asOf, today time.Time) (time.Time, error)
	// EventReports counts the events that should have reported attendance, and those that did.
	EventReports(ctx context.Context, e warehouse.Expecting) ([]warehouse.Reports, warehouse.Trace, error)
	// MissingReports lists events that have not reported, StrayReports those that did unknown.
	MissingReports(ctx context.Context, e warehouse.Expecting, limit int) ([]warehouse.EventReport, error)
	StrayReports(ctx context.Context, e warehouse.Expecting, limit int) ([]warehouse.EventReport, error)
	// MemberCohorts counts active members by the quarter in which they came.
	MemberCohorts(ctx context.Context, m warehouse.Membership) ([]warehouse.CohortActivity, warehouse.Trace, error)
	// Records lists single records as known at a moment; a zero asOf is now.
	Records(ctx context.Context, dataset string, where []warehouse.Filter, asOf time.Time, limit int) ([]warehouse.Record, error)
	// FindNames lists members or events by the beginnings of the words of their names.
	FindNames(ctx context.Context, n warehouse.NameSearch) ([]warehouse.Named, error)
}

// DefaultLimit is the most rows an answer holds unless the question says otherwise.
const DefaultLimit = 10_000

// Options are what a Service needs beside definitions and facts.
type Options struct {
	Now   func() time.Time // the clock; nil is the real one
	Zone  *time.Location   // in which days begin; nil is khue.DefaultZone
	Limit int              // most rows of an answer whose question names no limit; 0 is DefaultLimit
	// Ledger remembers questions and definitions; nil remembers nothing, and no
	// evidence can be opened.
	Ledger Ledger
}

// Service answers questions. Dashboards, reports and the API share one; it is
// safe for use by several goroutines.
type Service struct {
	catalogue *Catalogue
	facts     Facts
	now       func() time.Time
	zone      *time.Location
	limit     int
	ledger    Ledger
	noted     *noted // ids this process has handed to the ledger
	kept      *publications
}

// NewService answers by the definitions of a catalogue from the facts given.
func NewService(c *Catalogue, facts Facts, o Options) *Service {
	s := &Service{catalogue: c, facts: facts, now: o.Now, zone: o.Zone, limit: o.Limit, ledger: o.Ledger, noted: &noted{}, kept: newPublications()}
	if s.now == nil {
		s.now = time.Now
	}
	if s.zone == nil {
		s.zone = defaultZone()
	}
	if s.limit <= 0 {
		s.limit = DefaultLimit
	}
	return s
}

// defaultZone is Viet Nam's; its offset has not changed since 1975, so it can
// stand in where the machine has no zone data.
func defaultZone() *time.Location {
	zone, err := time.LoadLocation(khue.DefaultZone)
	if err != nil {
		return time.FixedZone(khue.DefaultZone, 7*60*60)
	}
	return zone
}

// Catalogue gives the definitions that the service answers by.
func (s *Service) Catalogue() *Catalogue { return s.catalogue }

// Today is the calendar day, midnight UTC, in the observatory's zone.
func (s *Service) Today() time.Time { return s.dayOf(s.now()) }

func (s *Service) dayOf(t time.Time) time.Time {
	y, m, d := t.In(s.zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
