package warehouse

import (
	"context"
	"fmt"
	"strings"

	"khue"
	"khue/warehouse/engine"
)

// PublicView is one view of the schema that analysts may read.
type PublicView struct {
	Name    string
	About   khue.Text
	Columns []PublicColumn
	query   string // over the warehouse's tables; {zone} is the observatory's
	// filtered tells that the view leaves rows out. What a reader asks of such a view
	// must be worked out after they were left out: see barrier.
	filtered bool
}

// PublicColumn is a column of a view.
type PublicColumn struct {
	Name, Type string // {zone} in a type is the observatory's
	About      khue.Text
}

// PublicName is a code with its names and what else a list of codes tells.
type PublicName struct {
	Code         string
	Name, Unit   khue.Text
	Confidential bool
}

// barrier ends the query of a view that leaves rows out. The engine would otherwise
// test a reader's conditions before the view's own, and an error in one of them (a text
// that is no number) would tell of rows that the view does not show. Nothing is moved
// past a LIMIT.
const barrier = "LIMIT 18446744073709551615"

// PublicSchema is the database that holds the views: pub for a warehouse called khue,
// and beside any other one of its own.
func (w *Warehouse) PublicSchema() string {
	if w.name == "khue" {
		return engine.PublicSchema
	}
	return w.name + "_" + engine.PublicSchema
}

// comment is what is kept beside a view or column: Vietnamese, a bar, English.
func comment(t khue.Text) string { return t.VI + " | " + t.EN }

// literal writes a text into a statement that takes no parameters.
func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// Publish makes the views that analysts read, and takes away those that are no more.
// Doing it twice changes nothing. measures are what figures are published of.
func (w *Warehouse) Publish(ctx context.Context, measures []PublicName) error {
	schema := quoted(w.PublicSchema())
	if err := w.conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+schema); err != nil {
		return fmt.Errorf("creating the schema for analysts: %w", err)
	}
	views := PublicViews(measures)
	known := map[string]bool{}
	for _, v := range views {
		known[v.Name] = true
		if err := w.conn.Exec(ctx, w.statementOf(v)); err != nil {
			return fmt.Errorf("creating the view %s for analysts: %w", v.Name, err)
		}
	}
	there, err := queryStrings(ctx, w.conn, "SELECT name FROM system.tables WHERE database = $1", w.PublicSchema())
	if err != nil {
		return fmt.Errorf("listing the views for analysts: %w", err)
	}
	for _, name := range there {
		if known[name] {
			continue
		}
		if err := w.conn.Exec(ctx, "DROP VIEW IF EXISTS "+schema+"."+quoted(name)); err != nil {
			return fmt.Errorf("dropping the view %s: %w", name, err)
		}
	}
	return nil
}

// Published tells whether the schema for analysts is there.
func (w *Warehouse) Published(ctx context.Context) (bool, error) {
	there, err := queryStrings(ctx, w.conn, "SELECT name FROM system.databases WHERE name = $1", w.PublicSchema())
	if err != nil {
		return false, fmt.Errorf("looking for the schema for analysts: %w", err)
	}
	return len(there) > 0, nil
}

// DescribeViews lists the views as readers meet them.
func (w *Warehouse) DescribeViews() []PublicView {
	views := PublicViews(nil)
	for i := range views {
		for j, c := range views[i].Columns {
			views[i].Columns[j].Type = strings.ReplaceAll(c.Type, "{zone}", w.zone.String())
		}
	}
	return views
}

// statementOf is the statement that makes a view. It reads with the rights of the user
// that makes it, so that readers need none on the tables behind it.
func (w *Warehouse) statementOf(v PublicView) string {
	zoned := strings.NewReplacer("{zone}", w.zone.String(), "{db}", quoted(w.name))
	columns := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		columns[i] = fmt.Sprintf("    %s %s COMMENT %s", c.Name, zoned.Replace(c.Type), literal(comment(c.About)))
	}
	query := zoned.Replace(v.query)
	if v.filtered {
		query = "SELECT * FROM (\n" + query + "\n" + barrier + "\n)"
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s.%s\n(\n%s\n)\nDEFINER = CURRENT_USER SQL SECURITY DEFINER AS\n%s\nCOMMENT %s",
		quoted(w.PublicSchema()), v.Name, strings.Join(columns, ",\n"), query, literal(comment(v.About)))
}
