package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// eventBook is where single events are listed from. *warehouse.Warehouse is one.
type eventBook interface {
	Events(ctx context.Context, e warehouse.EventsWanted) ([]warehouse.Event, int64, error)
	EventCounts(ctx context.Context, e warehouse.Event, limit int) ([]warehouse.EventCount, error)
	Postings(ctx context.Context, dataset, source, id string) ([]warehouse.Posting, error)
}

var _ eventBook = (*warehouse.Warehouse)(nil)

func (s *Service) book() (eventBook, error) {
	if b, ok := s.facts.(eventBook); ok {
		return b, nil
	}
	return nil, khue.Errorf(khue.Unavailable, "kho này không liệt kê được từng sự kiện", "this warehouse does not list single events")
}

// EventSearch asks for single events as they are now, the latest first.
type EventSearch struct {
	Words    string              // all must stand in title, organiser or venue; marks and case do not matter
	Where    map[string][]string // dimensions of events: discipline, area, format, series, organiser …
	From, To time.Time           // first days of events, midnight UTC, To excluded; zero is open
	Offset   int
	Limit    int // most events; 0 is all
	Scope    khue.Scope
}

// Event is one event as its source tells of it; texts are composed (NFC).
type Event struct {
	Source, ID             string
	On                     time.Time // calendar day on which it begins, midnight UTC
	Title, Series, Edition string
	Organiser, Venue, Area string // the area by its code; all may be empty
	Disciplines            []string
	StartsAt, EndsAt       time.Time // EndsAt zero where the source does not say
	LastDay                time.Time // calendar day on which it ends; On where the source does not say
	Format, Access         string
	Capacity               *int64
	International          *bool
	Initiative             string
}

// EventList is a page of events and how many there are in all.
type EventList struct {
	Events []Event
	Total  int64
}

// Events lists single events within the caller's areas.
func (s *Service) Events(ctx context.Context, q EventSearch) (EventList, error) {
	book, err := s.book()
	if err != nil {
		return EventList{}, err
	}
	wanted := warehouse.EventsWanted{
		Words: strings.Fields(locale.Fold(q.Words)), From: q.From, To: q.To, Offset: q.Offset, Limit: q.Limit,
	}
	if wanted.Where, err = eventFilters(q.Where, q.Scope); err != nil {
		return EventList{}, err
	}
	found, total, err := book.Events(ctx, wanted)
	if err != nil {
		return EventList{}, fmt.Errorf("listing events: %w", err)
	}
	list := EventList{Total: total}
	for _, e := range found {
		list.Events = append(list.Events, s.eventOf(e))
	}
	return list, nil
}

// eventFilters writes filters for the warehouse, narrowed to the caller's areas.
func eventFilters(where map[string][]string, scope khue.Scope) ([]warehouse.Filter, error) {
	out := filters(where, nil)
	if scope.All {
		return out, nil
	}
	if len(scope.Areas) == 0 {
		return nil, khue.Errorf(khue.Forbidden, "tài khoản chưa được giao địa bàn nào", "this account has no area to see")
	}
	return append(out, warehouse.Filter{Dim: "area", Values: scope.Areas}), nil
}

func (s *Service) eventOf(e warehouse.Event) Event {
	out := Event{
		Source: e.Source, ID: e.ID, On: e.On.UTC(), Title: norm.NFC.String(e.Title), Series: e.Series, Edition: e.Edition,
		Organiser: norm.NFC.String(e.Organiser), Venue: norm.NFC.String(e.Venue), Area: e.Area, Disciplines: e.Disciplines,
		StartsAt: e.StartsAt, Format: e.Format, Access: e.Access, Capacity: e.Capacity, International: e.International, Initiative: e.Initiative,
	}
	out.LastDay = out.On
	if e.EndsAt != nil {
		out.EndsAt = *e.EndsAt
		if last := s.dayOf(out.EndsAt); last.After(out.On) {
			out.LastDay = last
		}
	}
	return out
}

// EventFile is all that is known of one event.
type EventFile struct {
	Event
	Counts   []EventCount // the earliest first
	Postings []Posting    // of the event's own record, the latest first
}

// EventCount is one count of visitors, at a gate or of a session.
type EventCount struct {
	ID       string
	At       time.Time
	Visitors int64
	Online   *int64 // nil where the source does not say
}

// Posting is a moment at which a record came in or was corrected, and the batch that did it.
type Posting struct {
	At    time.Time
	Batch string
}

// mostCounts bounds the counts of one event that are listed.
const mostCounts = 5000

// EventFiles opens the events with an id: one, or one of each source that uses
// the id. None is a NotFound.
func (s *Service) EventFiles(ctx context.Context, id string, scope khue.Scope) ([]EventFile, error) {
	book, err := s.book()
	if err != nil {
		return nil, err
	}
	where, err := eventFilters(nil, scope)
	if err != nil {
		return nil, err
	}
	var found []warehouse.Event
	if id != "" {
		if found, _, err = book.Events(ctx, warehouse.EventsWanted{ID: id, Where: where}); err != nil {
			return nil, fmt.Errorf("looking for event %s: %w", id, err)
		}
	}
	if len(found) == 0 {
		return nil, khue.Errorf(khue.NotFound, "không có sự kiện nào mang mã %q", "there is no event with the id %q", id)
	}
	var out []EventFile
	for _, e := range found {
		file := EventFile{Event: s.eventOf(e)}
		counts, err := book.EventCounts(ctx, e, mostCounts)
		if err != nil {
			return nil, fmt.Errorf("opening event %s: %w", id, err)
		}
		for _, c := range counts {
			file.Counts = append(file.Counts, EventCount(c))
		}
		posted, err := book.Postings(ctx, "events", e.Source, e.ID)
		if err != nil {
			return nil, fmt.Errorf("opening event %s: %w", id, err)
		}
		for _, p := range posted {
			file.Postings = append(file.Postings, Posting{p.At, p.Batch})
		}
		out = append(out, file)
	}
	return out, nil
}

// EventEdition is one edition of a series of events.
type EventEdition struct {
	Code     string
	From, To time.Time // first and last calendar day of its events, To included
	Events   []string  // their ids
	Sources  []string  // from which they come
}

// Days is how many calendar days lie between the opening and the last day, both included.
func (e EventEdition) Days() int { return int(e.To.Sub(e.From)/(24*time.Hour)) + 1 }

// Editions lists the editions of a series, the latest first. Events without an
// edition are under "". A series that no event bears is a NotFound.
func (s *Service) Editions(ctx context.Context, series string, scope khue.Scope) ([]EventEdition, error) {
	list := EventList{}
	var err error
	if series != "" {
		if list, err = s.Events(ctx, EventSearch{Where: map[string][]string{"series": {series}}, Scope: scope}); err != nil {
			return nil, err
		}
	}
	if len(list.Events) == 0 {
		return nil, khue.Errorf(khue.NotFound, "không có chuỗi sự kiện nào mang mã %q", "there is no series of events with the code %q", series)
	}
	var out []EventEdition
	for _, e := range list.Events {
		at := slices.IndexFunc(out, func(one EventEdition) bool { return one.Code == e.Edition })
		if at < 0 {
			out = append(out, EventEdition{Code: e.Edition, From: e.On, To: e.LastDay})
			at = len(out) - 1
		}
		one := &out[at]
		one.Events = append(one.Events, e.ID)
		if !slices.Contains(one.Sources, e.Source) {
			one.Sources = append(one.Sources, e.Source)
		}
		if e.On.Before(one.From) {
			one.From = e.On
		}
		if e.LastDay.After(one.To) {
			one.To = e.LastDay
		}
	}
	slices.SortStableFunc(out, func(a, b EventEdition) int { return b.From.Compare(a.From) })
	return out, nil
}
