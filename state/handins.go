package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"khue"
)

// HandIn is a file that a clerk handed in for their wards.
type HandIn struct {
	ID              string
	Person          string // login
	Source, Dataset string
	Name            string // of the file
	SHA256          string
	Areas           []string // that the person was clerk of then
	At              time.Time
	EndedAt         time.Time // zero while it is being loaded
	Batch           string    // begun for it; "" when none was. The batch book knows what became of it
	Failure         khue.Text // why it was not loaded, as far as whoever loaded it knew
}

const handInColumns = "id, person, source, dataset, name, sha256, areas, at, ended_at, batch, failure_vi, failure_en"

// BeginHandIn notes that a file is being loaded; one that is tried again begins anew.
func (s *Store) BeginHandIn(ctx context.Context, h HandIn) error {
	areas, err := json.Marshal(h.Areas)
	if err == nil {
		_, err = s.exec(ctx, `INSERT INTO hand_ins (`+handInColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, '', '', '')
ON CONFLICT (id) DO UPDATE SET areas = excluded.areas, at = excluded.at, ended_at = NULL, batch = '', failure_vi = '', failure_en = ''`,
			h.ID, h.Person, h.Source, h.Dataset, h.Name, h.SHA256, string(areas), s.in.at(h.At))
	}
	if err != nil {
		return fmt.Errorf("noting the file %s of %s: %w", h.Name, h.Person, err)
	}
	return nil
}

// HandInBegun notes the batch that a file is loaded by, before any row of it is posted.
func (s *Store) HandInBegun(ctx context.Context, id, batch string) error {
	if _, err := s.exec(ctx, "UPDATE hand_ins SET batch = $1 WHERE id = $2", batch, id); err != nil {
		return fmt.Errorf("noting the batch of the file %s: %w", id, err)
	}
	return nil
}

// EndHandIn notes what became of a file: failure is empty when it was loaded.
func (s *Store) EndHandIn(ctx context.Context, id string, failure khue.Text, at time.Time) error {
	return s.endHandIn(ctx, "id = $4", id, failure, at)
}

// CutOffHandIn notes that whoever was loading a file ended before a batch was begun; of
// one that has ended or has a batch it says nothing.
func (s *Store) CutOffHandIn(ctx context.Context, id string, failure khue.Text, at time.Time) error {
	return s.endHandIn(ctx, "id = $4 AND ended_at IS NULL AND batch = ''", id, failure, at)
}

func (s *Store) endHandIn(ctx context.Context, which, id string, failure khue.Text, at time.Time) error {
	if _, err := s.exec(ctx, "UPDATE hand_ins SET ended_at = $1, failure_vi = $2, failure_en = $3 WHERE "+which,
		s.in.at(at), storable(failure.VI), storable(failure.EN), id); err != nil {
		return fmt.Errorf("noting what became of the file %s: %w", id, err)
	}
	return nil
}

// HandIns lists what a person handed in, the newest first; id "" is all of it.
func (s *Store) HandIns(ctx context.Context, person, id string, most int) ([]HandIn, error) {
	var out []HandIn
	err := s.each(ctx, func(row *sql.Rows) error {
		var h HandIn
		var areas string
		if err := row.Scan(&h.ID, &h.Person, &h.Source, &h.Dataset, &h.Name, &h.SHA256, &areas, moment{&h.At}, moment{&h.EndedAt}, &h.Batch, &h.Failure.VI, &h.Failure.EN); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(areas), &h.Areas); err != nil {
			return err
		}
		out = append(out, h)
		return nil
	}, "SELECT "+handInColumns+" FROM hand_ins WHERE person = $1 AND ("+s.in.text("$2")+" = '' OR id = $2) ORDER BY at DESC, id LIMIT $3", person, id, most)
	if err != nil {
		return nil, fmt.Errorf("listing the files of %s: %w", person, err)
	}
	return out, nil
}
