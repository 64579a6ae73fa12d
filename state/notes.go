package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"khue"
)

// Note is what the office writes beside figures, as one of its revisions has it.
// It is about an indicator, an event or, with neither, all figures of its days.
type Note struct {
	ID         int64
	Revision   int       // from 1 on; the highest is what holds now
	Indicator  string    // name of an indicator or a measure; "" when it is about something else
	Event      string    // id of an event; "" when it is about something else
	EventTitle string    // as it was known when this was written
	From, To   time.Time // calendar days, midnight UTC; To is not included
	Text       khue.Text // EN is empty when nobody has written it
	Office     string    // who wrote it: an office or a unit
	WrittenAt  time.Time // of this revision
	CreatedAt  time.Time // of the first
	TakenDown  bool      // it stands no more from WrittenAt on
}

// mostNotes bounds the notes that are kept: they are all looked through for every page.
const mostNotes = 5000

const noteColumns = `r.note_id, r.revision, r.indicator, r.event_id, r.event_title, r.from_day, r.to_day, r.text_vi, r.text_en, r.office, r.written_at, n.created_at, r.taken_down`

// AddNote keeps a new note; one that stands already in the same words is a Conflict.
func (s *Store) AddNote(ctx context.Context, n Note, now time.Time) (Note, error) {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		var same, all int64
		err := tx.QueryRowContext(ctx, s.in.sql(`SELECT
	coalesce(sum(CASE WHEN r.indicator = $1 AND r.event_id = $2 AND r.from_day = $3 AND r.to_day = $4 AND r.text_vi = $5 AND r.office = $6 THEN 1 ELSE 0 END), 0), count(*)
FROM note_revisions r WHERE r.taken_down = 0 AND r.revision = (SELECT max(l.revision) FROM note_revisions l WHERE l.note_id = r.note_id)`),
			n.Indicator, n.Event, dayText(n.From), dayText(n.To), n.Text.VI, n.Office).Scan(&same, &all)
		if err != nil {
			return err
		}
		switch {
		case same > 0:
			return khue.Errorf(khue.Conflict, "ghi chú này đã có rồi", "this note is there already")
		case all >= mostNotes:
			return khue.Errorf(khue.Conflict, "đã có %d ghi chú, là nhiều nhất có thể; hãy gỡ bớt ghi chú cũ",
				"there are %d notes, which is the most there can be; take down old ones", mostNotes)
		}
		n.CreatedAt, n.WrittenAt, n.Revision, n.TakenDown = toMillisecond(now), toMillisecond(now), 1, false
		if err := tx.QueryRowContext(ctx, s.in.sql("INSERT INTO notes (created_at) VALUES ($1) RETURNING id"), s.in.at(n.CreatedAt)).Scan(&n.ID); err != nil {
			return err
		}
		return s.keepRevision(ctx, tx, n)
	})
	if err != nil {
		return Note{}, fmt.Errorf("adding a note: %w", err)
	}
	return n, nil
}

// ReviseNote keeps a note's next revision, which may take it down. The note names
// the revision it was made from: when another has come since, it is a Conflict.
func (s *Store) ReviseNote(ctx context.Context, n Note, now time.Time) (Note, error) {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		newest, err := scanNote(tx.QueryRowContext(ctx, s.in.sql("SELECT "+noteColumns+` FROM note_revisions r JOIN notes n ON n.id = r.note_id
WHERE r.note_id = $1 ORDER BY r.revision DESC LIMIT 1`), n.ID))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noNote(n.ID)
		case err != nil:
			return err
		case newest.TakenDown:
			return khue.Errorf(khue.Conflict, "ghi chú này đã được gỡ", "this note has been taken down")
		case newest.Revision != n.Revision:
			return khue.Errorf(khue.Conflict, "ghi chú này vừa được sửa; hãy mở lại rồi sửa tiếp",
				"this note has just been changed; open it again before you change it")
		}
		n.Revision, n.CreatedAt, n.WrittenAt = newest.Revision+1, newest.CreatedAt, toMillisecond(now)
		if !n.WrittenAt.After(newest.WrittenAt) {
			n.WrittenAt = newest.WrittenAt.Add(time.Millisecond) // a clock set back does not reorder what happened
		}
		return s.keepRevision(ctx, tx, n)
	})
	if err != nil {
		return Note{}, fmt.Errorf("changing the note %d: %w", n.ID, err)
	}
	return n, nil
}

func noNote(id int64) error {
	return khue.Errorf(khue.NotFound, "không có ghi chú số %d", "there is no note %d", id)
}

func (s *Store) keepRevision(ctx context.Context, tx *sql.Tx, n Note) error {
	down := 0
	if n.TakenDown {
		down = 1
	}
	_, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO note_revisions (note_id, revision, indicator, event_id, event_title, from_day, to_day, text_vi, text_en, office, written_at, taken_down)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`), n.ID, n.Revision, n.Indicator, n.Event, n.EventTitle, dayText(n.From), dayText(n.To),
		n.Text.VI, n.Text.EN, n.Office, s.in.at(n.WrittenAt), down)
	return err
}

// Notes are the notes that stood at a moment, as they read then, the newest
// first; those of now when the moment is zero.
func (s *Store) Notes(ctx context.Context, at time.Time) ([]Note, error) {
	upTo, args := "", []any(nil)
	if !at.IsZero() {
		upTo, args = " AND l.written_at <= "+s.in.moment("$1"), []any{s.in.at(at)}
	}
	return s.listNotes(ctx, "SELECT "+noteColumns+` FROM note_revisions r JOIN notes n ON n.id = r.note_id
WHERE r.taken_down = 0 AND r.revision = (SELECT max(l.revision) FROM note_revisions l WHERE l.note_id = r.note_id`+upTo+`)
ORDER BY r.written_at DESC, r.note_id DESC`, args...)
}

// NoteRevisions is all that a note ever said, the newest first; a note that never
// was is a NotFound.
func (s *Store) NoteRevisions(ctx context.Context, id int64) ([]Note, error) {
	all, err := s.listNotes(ctx, "SELECT "+noteColumns+` FROM note_revisions r JOIN notes n ON n.id = r.note_id
WHERE r.note_id = $1 ORDER BY r.revision DESC`, id)
	if err == nil && len(all) == 0 {
		err = noNote(id)
	}
	return all, err
}

// NotesMark changes whenever a note does. Revisions are only ever added, so it is
// their number: what two processes write at once is in it when both are done.
func (s *Store) NotesMark(ctx context.Context) (int64, error) {
	var n int64
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM note_revisions").Scan(&n); err != nil {
		return 0, fmt.Errorf("looking whether notes have changed: %w", err)
	}
	return n, nil
}

func (s *Store) listNotes(ctx context.Context, query string, args ...any) ([]Note, error) {
	var out []Note
	err := s.each(ctx, func(row *sql.Rows) error {
		n, err := scanNote(row)
		out = append(out, n)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing notes: %w", err)
	}
	return out, nil
}

func scanNote(row interface{ Scan(...any) error }) (Note, error) {
	var n Note
	var from, to string
	var down int
	err := row.Scan(&n.ID, &n.Revision, &n.Indicator, &n.Event, &n.EventTitle, &from, &to, &n.Text.VI, &n.Text.EN, &n.Office,
		moment{&n.WrittenAt}, moment{&n.CreatedAt}, &down)
	if err != nil {
		return Note{}, err
	}
	n.TakenDown = down != 0
	if n.From, err = time.Parse(time.DateOnly, from); err != nil {
		return Note{}, err
	}
	n.To, err = time.Parse(time.DateOnly, to)
	return n, err
}

func dayText(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// toMillisecond is a moment as both databases keep it.
func toMillisecond(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
