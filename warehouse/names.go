package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// NameSearch looks for records of a dataset by their name: every word begins a
// word of the name, whatever the case and the marks.
type NameSearch struct {
	Dataset string   // members or events
	Words   []string // folded as locale.Words does
	Limit   int      // most records
}

// Named is a record found by its name.
type Named struct {
	Source, ID, Name string
	Area, Discipline string
	Status           string    // of a member
	Day              time.Time // on which an event begins, or a member came
}

// longestNameSearch bounds the time a search may take on the server.
const longestNameSearch = 2 * time.Second

// namesOf says where a dataset keeps its names and who may be found by them.
var namesOf = map[string]struct{ name, status, who, order string }{
	"members": {"name", "toString(status)", "status IN ('accepted', 'certified', 'left')", "written"},
	"events":  {"title", "''", "1", "happened_on DESC, written"},
}

// FindNames lists the records found, first those whose name begins with the
// first word; of these members by name, events the latest first.
func (w *Warehouse) FindNames(ctx context.Context, n NameSearch) ([]Named, error) {
	l, err := layoutOf(n.Dataset)
	if err != nil {
		return nil, err
	}
	in, ok := namesOf[n.Dataset]
	if !ok {
		return nil, khue.Errorf(khue.Invalid, "không tìm theo tên trong bộ dữ liệu %s", "dataset %s is not searched by name", n.Dataset)
	}
	if len(n.Words) == 0 || n.Limit <= 0 {
		return nil, nil
	}
	parameters := clickhouse.Parameters{}
	var where []string
	for i, word := range n.Words {
		name := fmt.Sprintf("w%d", i)
		parameters[name] = escaped(" " + word)
		where = append(where, fmt.Sprintf("position(written, {%s:String}) > 0", name))
	}
	sql := fmt.Sprintf(`SELECT source, record_id, name, area, discipline, status, happened_on
FROM (
    SELECT source, record_id, %[1]s AS name, toString(area) AS area, toString(discipline) AS discipline, %[2]s AS status, happened_on,
        concat(' ', replaceRegexpAll(%[3]s, '[^\\p{L}\\p{N}]+', ' ')) AS written
    FROM %[4]s FINAL WHERE %[5]s
)
WHERE %[6]s
ORDER BY startsWith(trimLeft(written), trimLeft({w0:String})) DESC, %[7]s, source, record_id
LIMIT %[8]d
SETTINGS max_execution_time = %[9]d`,
		in.name, in.status, folded(in.name), l.current(), in.who, strings.Join(where, " AND "), in.order, n.Limit, int(longestNameSearch.Seconds()))
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), sql)
	if err != nil {
		return nil, fmt.Errorf("finding names in %s: %w", n.Dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Named
	for rows.Next() {
		var r Named
		if err := rows.Scan(&r.Source, &r.ID, &r.Name, &r.Area, &r.Discipline, &r.Status, &r.Day); err != nil {
			return nil, fmt.Errorf("finding names in %s: %w", n.Dataset, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
