package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// registry is the content of the REST source: its three collections as they
// stand at the moment they were last brought to.
type registry struct {
	model *model

	mu          sync.RWMutex
	collections map[string]*collection
	month       time.Time // activities are laid out up to this month
}

// collection is one resource of the registry.
type collection struct {
	records [][]entry // the versions of every record, in the order of their moments
	visible []entry   // the current version of each, by (updated_at, id)
	next    time.Time // nothing changes before
}

// entry is one version of a record, ready to be sent.
type entry struct {
	at   time.Time
	id   string
	body json.RawMessage
}

func (e entry) compare(at time.Time, id string) int {
	if c := e.at.Compare(at); c != 0 {
		return c
	}
	return strings.Compare(e.id, id)
}

func newRegistry(m *model) (*registry, error) {
	r := &registry{model: m, collections: map[string]*collection{"members": {}, "activities": {}, "initiatives": {}}}
	for i := range m.spaces {
		s := &m.spaces[i]
		for _, versions := range [][]member{m.memberVersions(s), m.doubleVersions(s)} {
			if err := add(r.collections["members"], versions, func(v member) (time.Time, string) { return time.Time(v.Updated), v.ID }); err != nil {
				return nil, err
			}
		}
	}
	for i := range promises {
		err := add(r.collections["initiatives"], m.initiativeVersions(i), func(v initiative) (time.Time, string) { return time.Time(v.Updated), v.ID })
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// add appends a record with its versions already written as JSON.
func add[T any](c *collection, versions []T, key func(T) (time.Time, string)) error {
	if len(versions) == 0 {
		return nil
	}
	record := make([]entry, len(versions))
	for i, v := range versions {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("writing a record of the registry: %w", err)
		}
		at, id := key(v)
		record[i] = entry{at, id, bytes.TrimSpace(b.Bytes())}
	}
	c.records = append(c.records, record)
	c.next = time.Time{}
	return nil
}

// advance brings the collections to a moment.
func (r *registry) advance(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.layOut(now); err != nil {
		return err
	}
	for _, c := range r.collections {
		c.advance(now)
	}
	return nil
}

// layOut makes the activities of the months that have begun since the last call.
func (r *registry) layOut(now time.Time) error {
	if r.month.IsZero() {
		r.month = origin.AddDate(0, -1, 0)
	}
	activities := r.collections["activities"]
	var fault error
	for next := r.month.AddDate(0, 1, 0); dayOf(next) <= r.model.today(now); next = next.AddDate(0, 1, 0) {
		for i := range r.model.spaces {
			r.model.activityVersions(&r.model.spaces[i], next, func(v []activity) {
				if err := add(activities, v, func(a activity) (time.Time, string) { return time.Time(a.Updated), a.ID }); err != nil {
					fault = err
				}
			})
		}
		r.month = next
	}
	return fault
}

func (c *collection) advance(now time.Time) {
	if now.Before(c.next) {
		return
	}
	c.next = now.Add(24 * time.Hour)
	visible := make([]entry, 0, len(c.records))
	for _, versions := range c.records {
		i := latest(len(versions), func(i int) time.Time { return versions[i].at }, now)
		if i >= 0 {
			visible = append(visible, versions[i])
		}
		if i+1 < len(versions) && versions[i+1].at.Before(c.next) {
			c.next = versions[i+1].at
		}
	}
	slices.SortFunc(visible, func(a, b entry) int { return a.compare(b.at, b.id) })
	c.visible = visible
}

// page is a stretch of a collection from a place on: entries updated after it,
// or at it with a greater id. An empty id with a moment includes that moment.
func (r *registry) page(resource string, at time.Time, id string, limit int) (entries []entry, more bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := r.collections[resource].visible
	from, found := slices.BinarySearchFunc(all, at, func(e entry, at time.Time) int { return e.compare(at, id) })
	if found {
		from++
	}
	to := min(from+limit, len(all))
	return all[from:to], to < len(all)
}

// entryAt finds the entry that a cursor points at, if it still stands there.
func (r *registry) entryAt(resource string, at time.Time, id string) (entry, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := r.collections[resource].visible
	i, found := slices.BinarySearchFunc(all, at, func(e entry, at time.Time) int { return e.compare(at, id) })
	if !found {
		return entry{}, false
	}
	return all[i], true
}
