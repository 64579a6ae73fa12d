package warehouse

import (
	"bufio"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"khue"
)

//go:embed migrations/*.sql
var migrations embed.FS

// step is one statement of a migration; ClickHouse has no transactions over
// DDL, so each is recorded by itself and is safe to run twice.
type step struct {
	name      string // "0002_journal.sql#3"
	statement string
}

func migrationSteps() ([]step, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing migrations: %w", err)
	}
	sort.Strings(names)
	var steps []step
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		for i, statement := range statements(string(text)) {
			steps = append(steps, step{fmt.Sprintf("%s#%d", strings.TrimPrefix(name, "migrations/"), i+1), statement})
		}
	}
	return steps, nil
}

// statements splits a migration at lines that end in a semicolon.
func statements(text string) []string {
	var out []string
	var b strings.Builder
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		b.WriteString(line + "\n")
		if strings.HasSuffix(strings.TrimSpace(line), ";") && !strings.HasPrefix(strings.TrimSpace(line), "--") {
			out = append(out, strings.TrimSuffix(strings.TrimSpace(b.String()), ";"))
			b.Reset()
		}
	}
	return out
}

const migrationBook = `CREATE TABLE IF NOT EXISTS schema_steps (name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY name`

// Migrate brings the schema up to this program's and tells how many steps it took.
func (w *Warehouse) Migrate(ctx context.Context) (int, error) {
	if err := w.conn.Exec(ctx, migrationBook); err != nil {
		return 0, fmt.Errorf("creating the book of schema steps: %w", err)
	}
	missing, err := w.missingSteps(ctx)
	if err != nil {
		return 0, err
	}
	for i, s := range missing {
		if err := w.conn.Exec(ctx, s.statement); err != nil {
			return i, fmt.Errorf("taking schema step %s: %w", s.name, err)
		}
		if err := w.conn.Exec(ctx, "INSERT INTO schema_steps (name) VALUES ($1)", s.name); err != nil {
			return i, fmt.Errorf("recording schema step %s: %w", s.name, err)
		}
	}
	return len(missing), w.bindZone(ctx)
}

// SchemaCurrent refuses a schema that is older than this program.
func (w *Warehouse) SchemaCurrent(ctx context.Context) error {
	missing, err := w.missingSteps(ctx)
	if isCode(err, codeUnknownTable) {
		missing, err = migrationSteps()
	}
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return khue.Errorf(khue.Conflict,
			"lược đồ kho dữ liệu thiếu %d bước (bước đầu: %s); hãy chạy `khue migrate`",
			"the warehouse schema lacks %d steps (first: %s); run `khue migrate`", len(missing), missing[0].name)
	}
	return w.bindZone(ctx)
}

func (w *Warehouse) missingSteps(ctx context.Context) ([]step, error) {
	steps, err := migrationSteps()
	if err != nil {
		return nil, err
	}
	rows, err := w.conn.Query(ctx, "SELECT name FROM schema_steps")
	if err != nil {
		return nil, fmt.Errorf("reading the book of schema steps: %w", err)
	}
	defer func() { _ = rows.Close() }()
	taken := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("reading the book of schema steps: %w", err)
		}
		taken[name] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the book of schema steps: %w", err)
	}
	var missing []step
	for _, s := range steps {
		if !taken[s.name] {
			missing = append(missing, s)
		}
	}
	return missing, nil
}

// bindZone ties the warehouse to the zone its days were worked out in: read in
// another zone, facts of the first hours of a day would belong to the wrong one.
func (w *Warehouse) bindZone(ctx context.Context) error {
	const prefix = "zone:"
	var bound string
	row := w.conn.QueryRow(ctx, "SELECT any(name) FROM schema_steps WHERE startsWith(name, $1)", prefix)
	if err := row.Scan(&bound); err != nil {
		return fmt.Errorf("reading the warehouse's time zone: %w", err)
	}
	switch bound {
	case prefix + w.zone.String():
		return nil
	case "":
		if err := w.conn.Exec(ctx, "INSERT INTO schema_steps (name) VALUES ($1)", prefix+w.zone.String()); err != nil {
			return fmt.Errorf("recording the warehouse's time zone: %w", err)
		}
		return nil
	}
	return khue.Errorf(khue.Conflict,
		"kho dữ liệu này được lập theo múi giờ %s, cấu hình lại ghi %s",
		"this warehouse was made in time zone %s, the configuration says %s",
		strings.TrimPrefix(bound, prefix), w.zone)
}
