package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"khue"
)

const sqliteTables = `
CREATE TABLE su_kien (
  id INTEGER PRIMARY KEY, ma TEXT NOT NULL, ten TEXT NOT NULL, chuoi TEXT, ky TEXT, don_vi_to_chuc TEXT, dia_diem TEXT,
  ma_dia_ban TEXT, linh_vuc TEXT, bat_dau TEXT, ket_thuc TEXT, hinh_thuc TEXT, thu_ve INTEGER, suc_chua INTEGER,
  quoc_te INTEGER, sang_kien TEXT, cap_nhat TEXT NOT NULL, xoa INTEGER NOT NULL);
CREATE TABLE luot_khach (
  id INTEGER PRIMARY KEY, su_kien_id INTEGER NOT NULL, thoi_diem TEXT, truc_tiep INTEGER, truc_tuyen INTEGER,
  ve_ban INTEGER, doanh_thu INTEGER, cap_nhat TEXT NOT NULL, xoa INTEGER NOT NULL);
CREATE TABLE mo_phong (phien_ban INTEGER, hat_giong TEXT, quy_mo INTEGER, mui_gio TEXT, den TEXT);`

// Loaders page by (cap_nhat, id), so that is the only index beside the key.
const indexes = `
CREATE INDEX su_kien_cap_nhat ON su_kien (cap_nhat, id);
CREATE INDEX luot_khach_cap_nhat ON luot_khach (cap_nhat, id);`

// The columns of both tables, in the order in which rows are written.
var (
	eventColumns = []string{"id", "ma", "ten", "chuoi", "ky", "don_vi_to_chuc", "dia_diem", "ma_dia_ban", "linh_vuc", "bat_dau", "ket_thuc", "hinh_thuc", "thu_ve", "suc_chua", "quoc_te", "sang_kien", "cap_nhat", "xoa"}
	visitColumns = []string{"id", "su_kien_id", "thoi_diem", "truc_tiep", "truc_tuyen", "ve_ban", "doanh_thu", "cap_nhat", "xoa"}
)

// sqliteStore keeps the event database in a file.
type sqliteStore struct {
	path string
	db   *sql.DB
}

// sqliteDSN is how readers and we open the file.
func sqliteDSN(path string, pragmas ...string) string {
	q := url.Values{}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Path: path}).String() + "?" + q.Encode()
}

var livePragmas = []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)"}

func openSQLite(ctx context.Context, path string) (*sqliteStore, error) {
	s := &sqliteStore{path: path}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *sqliteStore) open(ctx context.Context) error {
	db, err := sql.Open("sqlite", sqliteDSN(s.path, livePragmas...))
	if err != nil {
		return fmt.Errorf("opening %s: %w", s.path, err)
	}
	s.db = db
	// The first connection turns the write-ahead log on for every reader.
	if err := db.PingContext(ctx); err != nil {
		return s.unreadable(err)
	}
	return nil
}

func (s *sqliteStore) unreadable(err error) error {
	return khue.Errorf(khue.Conflict, "%s không phải là cơ sở dữ liệu SQLite đọc được", "%s is not a SQLite database that can be read", s.path).Because(err)
}

// Close lets go of the file.
func (s *sqliteStore) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

func (s *sqliteStore) origins(ctx context.Context) (origins, error) {
	if s.db == nil {
		return origins{}, nil
	}
	var tables int
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('su_kien','luot_khach')`).Scan(&tables); err != nil {
		return origins{}, s.unreadable(err)
	}
	o, err := readOrigins(ctx, s.db, `SELECT phien_ban, hat_giong, quy_mo, mui_gio, den FROM mo_phong`)
	if err != nil && tables > 0 {
		return origins{}, foreign("su_kien")
	}
	return o, nil
}

// readOrigins reads the one row that says what the tables were made from.
func readOrigins(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string,
) (origins, error) {
	var o origins
	var seed, until string
	if err := db.QueryRowContext(ctx, query).Scan(&o.version, &seed, &o.scale, &o.zone, &until); err != nil {
		return origins{}, err
	}
	if _, err := fmt.Sscan(seed, &o.seed); err != nil {
		return origins{}, err
	}
	var err error
	o.until, err = time.Parse(time.RFC3339Nano, until)
	return o, err
}

// values are the cells of the row in mo_phong.
func (o origins) values() []any {
	return []any{o.version, fmt.Sprint(o.seed), o.scale, o.zone, o.until.UTC().Format(time.RFC3339Nano)}
}

// rebuild fills a new file without a journal and puts it in the old one's place
// when it is whole: a crash on the way leaves the old file or none.
func (s *sqliteStore) rebuild(ctx context.Context, o origins, feed func(rows) error) error {
	if err := s.Close(); err != nil {
		return fmt.Errorf("closing the old database: %w", err)
	}
	s.db = nil
	part := s.path + ".part"
	if err := removeAll(part, part+"-journal", part+"-wal", part+"-shm"); err != nil {
		return err
	}
	if err := fillSQLite(ctx, part, o, feed); err != nil {
		return errors.Join(err, removeAll(part))
	}
	if err := removeAll(s.path, s.path+"-wal", s.path+"-shm"); err != nil {
		return err
	}
	if err := os.Rename(part, s.path); err != nil {
		return fmt.Errorf("putting the new database in place: %w", err)
	}
	return s.open(ctx)
}

func removeAll(paths ...string) error {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an old file: %w", err)
		}
	}
	return nil
}

func fillSQLite(ctx context.Context, path string, o origins, feed func(rows) error) (err error) {
	db, err := sql.Open("sqlite", sqliteDSN(path, "journal_mode(OFF)", "synchronous(OFF)", "locking_mode(EXCLUSIVE)", "cache_size(-65536)"))
	if err != nil {
		return fmt.Errorf("making %s: %w", filepath.Base(path), err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, sqliteTables); err != nil {
		return fmt.Errorf("making tables: %w", err)
	}
	if err := writeSQLite(ctx, db, o, feed); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, indexes); err != nil {
		return fmt.Errorf("making indexes: %w", err)
	}
	return nil
}

func (s *sqliteStore) extend(ctx context.Context, o origins, feed func(rows) error) error {
	return writeSQLite(ctx, s.db, o, feed)
}

// writeSQLite writes rows and origins in one transaction.
func writeSQLite(ctx context.Context, db *sql.DB, o origins, feed func(rows) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("starting to write: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	w := &sqliteRows{events: newBatch(ctx, tx, "su_kien", eventColumns), visits: newBatch(ctx, tx, "luot_khach", visitColumns)}
	if err := feed(w); err != nil {
		return err
	}
	if err := errors.Join(w.events.flush(), w.visits.flush()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM mo_phong`); err != nil {
		return fmt.Errorf("writing origins: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO mo_phong VALUES (?, ?, ?, ?, ?)`, o.values()...); err != nil {
		return fmt.Errorf("writing origins: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing rows: %w", err)
	}
	return nil
}

// sqliteRows turns rows into cells: moments are fixed-width UTC text, so that
// their order as text is their order in time.
type sqliteRows struct{ events, visits *batch }

func (w *sqliteRows) event(e *event) error {
	return w.events.add(e.id, e.code, e.title, cellOf(e.series), cellOf(e.edition), e.organiser, e.venue, e.area, e.trades,
		momentCell(e.start), momentText(e.end), e.format, e.ticketed, cellOf(e.capacity), e.international, cellOf(e.initiative), momentText(e.updated), e.deleted)
}

func (w *sqliteRows) visit(v *visit) error {
	return w.visits.add(v.id, v.event, momentCell(v.occurred), v.onsite, cellOf(v.online), cellOf(v.paid), cellOf(v.revenue), momentText(v.updated), v.deleted)
}

func cellOf[T any](n null[T]) any {
	if !n.valid {
		return nil
	}
	return n.value
}

func momentText(t time.Time) string { return t.UTC().Format(stampForm) }

func momentCell(t null[time.Time]) any {
	if !t.valid {
		return nil
	}
	return momentText(t.value)
}

// batchRows is how many rows one statement writes; more is not faster.
const batchRows = 100

// batch gathers rows into statements of many rows; a row whose id is there
// already is replaced.
type batch struct {
	ctx     context.Context
	tx      *sql.Tx
	table   string
	columns []string
	args    []any
	full    *sql.Stmt
}

func newBatch(ctx context.Context, tx *sql.Tx, table string, columns []string) *batch {
	return &batch{ctx: ctx, tx: tx, table: table, columns: columns, args: make([]any, 0, batchRows*len(columns))}
}

func (b *batch) statement(rows int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(b.columns)), ",") + ")"
	return "INSERT OR REPLACE INTO " + b.table + " (" + strings.Join(b.columns, ",") + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(one+",", rows), ",")
}

func (b *batch) add(cells ...any) error {
	b.args = append(b.args, cells...)
	if len(b.args) < batchRows*len(b.columns) {
		return nil
	}
	if b.full == nil {
		stmt, err := b.tx.PrepareContext(b.ctx, b.statement(batchRows))
		if err != nil {
			return fmt.Errorf("preparing to write %s: %w", b.table, err)
		}
		b.full = stmt
	}
	_, err := b.full.ExecContext(b.ctx, b.args...)
	b.args = b.args[:0]
	if err != nil {
		return fmt.Errorf("writing %s: %w", b.table, err)
	}
	return nil
}

// flush writes what is left.
func (b *batch) flush() error {
	if len(b.args) == 0 {
		return nil
	}
	_, err := b.tx.ExecContext(b.ctx, b.statement(len(b.args)/len(b.columns)), b.args...)
	b.args = b.args[:0]
	if err != nil {
		return fmt.Errorf("writing %s: %w", b.table, err)
	}
	return nil
}
