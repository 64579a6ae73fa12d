package indicators

import (
	"time"

	"khue"
)

// Question is what dashboards, reports and analysts ask. It speaks of measures
// and dimensions of the catalogue, never of tables.
type Question struct {
	Measures []string            // names of measures and of indicators, at least one; a name that both have is the measure's
	By       []string            // dimensions; at most one of them a grain of time ("month")
	Where    map[string][]string // dimension -> values it may take; an absent dimension is not limited
	From, To time.Time           // calendar days, midnight UTC; From included, To not; both zero means all of time
	AsOf     time.Time           // what was known at that moment; zero means now
	Limit    int                 // most rows wanted; 0 means the product's own limit; more rows is an error, never a silent cut
	Scope    khue.Scope          // reach of the caller
	Top      *Top                // keeps the largest values of one dimension and puts the others in one row
	Derive   []Derivation        // figures worked out of each measure, in columns after it

	// AreaView is where facts of areas that ended are shown; empty is AreasAsWere.
	AreaView AreaView
	// Counting is how a fact with several disciplines counts; empty is CountMain.
	Counting Counting
	// Editions names, by dimension, the edition of a classification to read all
	// facts by; without it the day of a fact decides.
	Editions map[string]string

	// FromJournal asks the journal even where a rollup would answer sooner. The same
	// question of the same moment is then answered by the same statement, whatever is
	// recorded later: what must be re-created to the byte asks so. It changes no number.
	FromJournal bool `json:"-"`
	// CiteJournal reads where it is quickest and gives as evidence the statements of
	// the journal, which give the same numbers at any later time.
	CiteJournal bool `json:"-"`

	again *again // set when the service itself asks, to answer another question
}

// Answer is a table: one Row for each combination of the dimensions, in the
// order of By (time rising, then names by the catalogue's order). A time series
// lists every period between From and To, also those without facts.
type Answer struct {
	Question Question
	Columns  []Column
	Rows     []Row
	// Completeness is that of the whole question, for each measure.
	Completeness []Completeness
	Evidence     Evidence
	// Notes say what a reader must know to read the numbers rightly.
	Notes []khue.Text
}

// Column describes one dimension, measure or derived figure of an answer.
type Column struct {
	Name     string // of a derived figure: its measure's and its own, "visitors_change_year"
	Measure  bool
	Label    khue.Text
	Unit     khue.Text // of a measure, e.g. "lượt khách" / "visits"
	Decimals int
	Derived  Derivation // how it was worked out; empty for what was asked for itself
	Of       string     // the measure or indicator that a derived figure stands after
}

// Row is one line of an answer.
type Row struct {
	Keys   []Key   // as many as the question's By
	Values []Value // one for each column that is not a dimension
	// Partial marks a row whose period is not over at the question's moment, or
	// whose facts do not reach its end; it is never compared with a whole period.
	Partial bool
	// Completeness is how many of those who should have reported this row's facts
	// did: one for each of Values, since measures come from different datasets.
	Completeness []Completeness
}

// Key is the value of a dimension: the code that filters take and the name
// that people read. An unknown code ("") has a name that says so.
type Key struct {
	Code   string
	Name   khue.Text
	Period khue.Period // of a grain of time, else zero
	// Tree is, for an area, the division of the city that it belongs to; else empty.
	Tree khue.AreaTree
}

// Value is a number or the absence of one. Known is false where nothing was
// reported: that is not a zero.
type Value struct {
	Number float64
	Known  bool
	// Suppressed tells that there is a number but that the caller may not see it:
	// it would give away what one contributor reported. Known is then false.
	Suppressed bool
	Reason     khue.Text // why a ratio or a derived figure is not known; else empty
}

// Reach is the calendar day to which the facts of a dataset reach: its latest fact
// that is not in the future, by what was known at the question's moment. It is the
// time of the data, not of a pull or a question. Zero when there are no facts.
type Reach struct {
	Dataset string
	Until   time.Time
}

// Withheld tells that the answer keeps some number back, which whoever shows it
// must explain.
func (a Answer) Withheld() bool {
	for _, row := range a.Rows {
		for _, v := range row.Values {
			if v.Suppressed {
				return true
			}
		}
	}
	return false
}

// Evidence says where an answer comes from, so that it can be defended later.
type Evidence struct {
	// ID names the answer wherever it is printed, and opens it again: see
	// Service.Explain. "" when it was given while a batch was coming in.
	ID                string
	Knowledge         time.Time      // moment that ID brings back: AsOf, or the newest batch that the answer holds
	DefinitionVersion string         // hash of the definitions in force
	SQL               string         // as sent
	Parameters        map[string]any // bound to it
	From              string         // "rollup attendance_monthly" or "journal attendance"
	AsOf              time.Time      // moment of knowledge the answer holds for
	DataUntil         time.Time      // calendar day to which the facts of all datasets used reach, as known at AsOf
	Reach             []Reach        // the same, for each dataset
	LastBatch         string         // newest batch that the answer can hold
	Elapsed           time.Duration
	RowsRead          uint64
}
