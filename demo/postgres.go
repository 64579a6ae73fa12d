package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"khue"
)

var postgresTables = []string{
	`CREATE TABLE su_kien (
  id bigint PRIMARY KEY, ma text NOT NULL, ten text NOT NULL, chuoi text, ky text, don_vi_to_chuc text, dia_diem text,
  ma_dia_ban text, linh_vuc text, bat_dau timestamptz, ket_thuc timestamptz, hinh_thuc text, thu_ve boolean, suc_chua bigint,
  quoc_te boolean, sang_kien text, cap_nhat timestamptz NOT NULL, xoa boolean NOT NULL)`,
	`CREATE TABLE luot_khach (
  id bigint PRIMARY KEY, su_kien_id bigint NOT NULL, thoi_diem timestamptz, truc_tiep bigint, truc_tuyen bigint,
  ve_ban bigint, doanh_thu bigint, cap_nhat timestamptz NOT NULL, xoa boolean NOT NULL)`,
	`CREATE TABLE mo_phong (phien_ban integer, hat_giong text, quy_mo integer, mui_gio text, den text)`,
}

// postgresStore keeps the event database on a PostgreSQL server.
type postgresStore struct{ db *sql.DB }

func openPostgres(ctx context.Context, dsn string) (*postgresStore, error) {
	unreachable := func(err error) error {
		return khue.Errorf(khue.Unavailable,
			"không kết nối được PostgreSQL cho thành phố mô phỏng; hãy kiểm tra địa chỉ, tài khoản và cơ sở dữ liệu",
			"the simulated city cannot connect to PostgreSQL; check the address, the account and the database").Because(err)
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, unreachable(err)
	}
	ping, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if err := db.PingContext(ping); err != nil {
		return nil, errors.Join(unreachable(err), db.Close())
	}
	return &postgresStore{db}, nil
}

// Close ends the connections.
func (s *postgresStore) Close() error { return s.db.Close() }

func (s *postgresStore) origins(ctx context.Context) (origins, error) {
	var ours, theirs bool
	err := s.db.QueryRowContext(ctx, `SELECT to_regclass('mo_phong') IS NOT NULL, to_regclass('su_kien') IS NOT NULL OR to_regclass('luot_khach') IS NOT NULL`).Scan(&ours, &theirs)
	switch {
	case err != nil:
		return origins{}, fmt.Errorf("looking for the tables: %w", err)
	case theirs && !ours:
		return origins{}, foreign("su_kien")
	case !ours:
		return origins{}, nil
	}
	o, err := readOrigins(ctx, s.db, `SELECT phien_ban, hat_giong, quy_mo, mui_gio, den FROM mo_phong`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return origins{}, foreign("mo_phong")
	}
	return o, nil
}

// rebuild drops and fills the tables in one transaction: readers see the old
// content until the new one is whole.
func (s *postgresStore) rebuild(ctx context.Context, o origins, feed func(rows) error) error {
	return s.write(ctx, o, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DROP TABLE IF EXISTS su_kien, luot_khach, mo_phong`); err != nil {
			return fmt.Errorf("dropping the old tables: %w", err)
		}
		for _, table := range postgresTables {
			if _, err := tx.Exec(ctx, table); err != nil {
				return fmt.Errorf("making tables: %w", err)
			}
		}
		if err := copyRows(ctx, tx, "su_kien", "luot_khach", feed); err != nil {
			return err
		}
		for _, index := range strings.Split(strings.TrimSpace(indexes), "\n") {
			if _, err := tx.Exec(ctx, index); err != nil {
				return fmt.Errorf("making indexes: %w", err)
			}
		}
		return nil
	})
}

// extend copies the changed rows beside the tables and merges them in.
func (s *postgresStore) extend(ctx context.Context, o origins, feed func(rows) error) error {
	return s.write(ctx, o, func(tx pgx.Tx) error {
		tables := map[string][]string{"su_kien": eventColumns, "luot_khach": visitColumns}
		for table := range tables {
			if _, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE moi_%s (LIKE %s) ON COMMIT DROP`, table, table)); err != nil {
				return fmt.Errorf("making room for changes: %w", err)
			}
		}
		if err := copyRows(ctx, tx, "moi_su_kien", "moi_luot_khach", feed); err != nil {
			return err
		}
		for table, columns := range tables {
			set := make([]string, len(columns)-1)
			for i, c := range columns[1:] {
				set[i] = c + " = excluded." + c
			}
			merge := fmt.Sprintf(`INSERT INTO %s SELECT * FROM moi_%s ON CONFLICT (id) DO UPDATE SET %s`, table, table, strings.Join(set, ", "))
			if _, err := tx.Exec(ctx, merge); err != nil {
				return fmt.Errorf("merging changes into %s: %w", table, err)
			}
		}
		return nil
	})
}

// write runs do and records the origins in one transaction.
func (s *postgresStore) write(ctx context.Context, o origins, do func(pgx.Tx) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(driver any) error {
		return pgx.BeginFunc(ctx, driver.(*stdlib.Conn).Conn(), func(tx pgx.Tx) error {
			if err := do(tx); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM mo_phong`); err != nil {
				return fmt.Errorf("writing origins: %w", err)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO mo_phong VALUES ($1, $2, $3, $4, $5)`, o.values()...); err != nil {
				return fmt.Errorf("writing origins: %w", err)
			}
			return nil
		})
	})
}

// copyRows streams the counts with COPY as they come and then the events, which
// are few enough to wait in memory: a connection copies into one table at a time.
func copyRows(ctx context.Context, tx pgx.Tx, events, visits string, feed func(rows) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &postgresRows{ctx: ctx, visits: make(chan [][]any, 4)}
	go func() {
		defer close(w.visits)
		if w.fault = feed(w); w.fault == nil {
			w.fault = w.send()
		}
	}()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{visits}, visitColumns, &chunks{from: w.visits})
	if err != nil {
		cancel() // feed must not wait for a reader that is gone
	}
	for range w.visits {
	}
	if err := errors.Join(err, w.fault); err != nil {
		return fmt.Errorf("copying into %s: %w", visits, err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{events}, eventColumns, pgx.CopyFromRows(w.events)); err != nil {
		return fmt.Errorf("copying into %s: %w", events, err)
	}
	return nil
}

// postgresRows gathers events and sends counts on in chunks.
type postgresRows struct {
	ctx    context.Context
	events [][]any
	chunk  [][]any
	visits chan [][]any
	fault  error // set before visits is closed
}

func (w *postgresRows) event(e *event) error {
	w.events = append(w.events, []any{
		e.id, e.code, e.title, cellOf(e.series), cellOf(e.edition), e.organiser, e.venue, e.area, e.trades,
		cellOf(e.start), e.end, e.format, e.ticketed, cellOf(e.capacity), e.international, cellOf(e.initiative), e.updated, e.deleted,
	})
	return nil
}

func (w *postgresRows) visit(v *visit) error {
	w.chunk = append(w.chunk, []any{v.id, v.event, cellOf(v.occurred), v.onsite, cellOf(v.online), cellOf(v.paid), cellOf(v.revenue), v.updated, v.deleted})
	if len(w.chunk) < 1000 {
		return nil
	}
	return w.send()
}

func (w *postgresRows) send() error {
	select {
	case w.visits <- w.chunk:
		w.chunk = make([][]any, 0, 1000)
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

// chunks hands rows to COPY one by one.
type chunks struct {
	from <-chan [][]any
	rows [][]any
	row  []any
}

// Next moves to the next row, waiting for the next chunk where needed.
func (c *chunks) Next() bool {
	for len(c.rows) == 0 {
		rows, open := <-c.from
		if !open {
			return false
		}
		c.rows = rows
	}
	c.row, c.rows = c.rows[0], c.rows[1:]
	return true
}

// Values are the cells of the row.
func (c *chunks) Values() ([]any, error) { return c.row, nil }

// Err is never set: what goes wrong while feeding is reported by the feeder.
func (c *chunks) Err() error { return nil }
