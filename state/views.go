package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"khue"
)

// SavedView is a view of the explore page that a person keeps under a name.
type SavedView struct {
	ID          int64
	Owner       string // login
	OwnerName   string // filled in when read
	Name        string
	Key         string // the name without regard to capitals; no two views of an owner have the same
	Description string
	Query       string               // the view's address behind its question mark
	Labels      map[string]khue.Text // what the names in it were called when it was kept
	Shared      bool                 // whoever is signed in may open it
	CreatedAt   time.Time
	ChangedAt   time.Time
}

const viewColumns = "v.id, v.owner, p.name, v.name, v.name_key, v.description, v.query, v.labels, v.shared, v.created_at, v.changed_at"

const viewTables = " FROM saved_views v JOIN people p ON p.login = v.owner "

// AddSavedView keeps a view, unless its owner has so many already or one of that name.
func (s *Store) AddSavedView(ctx context.Context, v SavedView, most int) (SavedView, error) {
	labels, err := json.Marshal(v.Labels)
	if err != nil {
		return SavedView{}, fmt.Errorf("keeping a view of %s: %w", v.Owner, err)
	}
	err = s.alone(ctx, func(tx *sql.Tx) error {
		var kept int
		if err := tx.QueryRowContext(ctx, s.in.sql("SELECT count(*) FROM saved_views WHERE owner = $1"), v.Owner).Scan(&kept); err != nil {
			return err
		}
		if kept >= most {
			return khue.Errorf(khue.Conflict, "mỗi người lưu nhiều nhất %d chế độ xem; hãy xóa bớt", "everybody keeps at most %d views; delete some", most).Coded("too_many_views", "name")
		}
		return tx.QueryRowContext(ctx, s.in.sql(`INSERT INTO saved_views (owner, name, name_key, description, query, labels, shared, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id`), v.Owner, v.Name, v.Key, v.Description, v.Query, string(labels), flag(v.Shared), s.in.at(v.CreatedAt)).Scan(&v.ID)
	})
	if twice(err) {
		return SavedView{}, viewNamedSo()
	}
	if err != nil {
		return SavedView{}, fmt.Errorf("keeping a view of %s: %w", v.Owner, err)
	}
	v.ChangedAt = v.CreatedAt
	return v, nil
}

func viewNamedSo() error {
	return khue.Errorf(khue.Conflict, "bạn đã có một chế độ xem tên như vậy", "you have a view of that name already").Coded("view_named_so", "name")
}

// ChangeSavedView keeps another name, description, question or sharing of a view, for
// its owner alone.
func (s *Store) ChangeSavedView(ctx context.Context, v SavedView) error {
	labels, err := json.Marshal(v.Labels)
	if err != nil {
		return fmt.Errorf("changing view %d: %w", v.ID, err)
	}
	n, err := s.exec(ctx, `UPDATE saved_views SET name = $1, name_key = $2, description = $3, query = $4, labels = $5, shared = $6, changed_at = $7 WHERE id = $8 AND owner = $9`,
		v.Name, v.Key, v.Description, v.Query, string(labels), flag(v.Shared), s.in.at(v.ChangedAt), v.ID, v.Owner)
	switch {
	case twice(err):
		return viewNamedSo()
	case err != nil:
		return fmt.Errorf("changing view %d: %w", v.ID, err)
	case n == 0:
		return noView(v.ID)
	}
	return nil
}

// DeleteSavedView takes a view away; owner "" is whoever's it is.
func (s *Store) DeleteSavedView(ctx context.Context, id int64, owner string) error {
	n, err := s.exec(ctx, "DELETE FROM saved_views WHERE id = $1 AND ("+s.in.text("$2")+" = '' OR owner = $2)", id, owner)
	if err != nil {
		return fmt.Errorf("deleting view %d: %w", id, err)
	}
	if n == 0 {
		return noView(id)
	}
	return nil
}

func noView(id int64) error {
	return khue.Errorf(khue.NotFound, "không có chế độ xem số %d", "there is no view %d", id)
}

// SavedView finds a view that a person may open: their own, or one that is shared.
func (s *Store) SavedView(ctx context.Context, id int64, reader string) (SavedView, error) {
	v, err := scanView(s.db.QueryRowContext(ctx, s.in.sql("SELECT "+viewColumns+viewTables+"WHERE v.id = $1 AND (v.owner = $2 OR v.shared = 1)"), id, reader))
	if errors.Is(err, sql.ErrNoRows) {
		return SavedView{}, noView(id)
	}
	if err != nil {
		return SavedView{}, fmt.Errorf("looking up view %d: %w", id, err)
	}
	return v, nil
}

// SavedViews lists the views that a person may open, in no order that readers know.
func (s *Store) SavedViews(ctx context.Context, reader string) ([]SavedView, error) {
	var out []SavedView
	err := s.each(ctx, func(row *sql.Rows) error {
		v, err := scanView(row)
		out = append(out, v)
		return err
	}, "SELECT "+viewColumns+viewTables+"WHERE v.owner = $1 OR v.shared = 1 ORDER BY v.id", reader)
	if err != nil {
		return nil, fmt.Errorf("listing the views of %s: %w", reader, err)
	}
	return out, nil
}

func scanView(row interface{ Scan(...any) error }) (SavedView, error) {
	var v SavedView
	var labels string
	var shared int
	if err := row.Scan(&v.ID, &v.Owner, &v.OwnerName, &v.Name, &v.Key, &v.Description, &v.Query, &labels, &shared, moment{&v.CreatedAt}, moment{&v.ChangedAt}); err != nil {
		return SavedView{}, err
	}
	v.Shared = shared != 0
	return v, json.Unmarshal([]byte(labels), &v.Labels)
}
