package ingest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo/mariadbtest"
)

// cellsOf reads one row of a source database as it enters the mapping.
func cellsOf(t *testing.T, dsn string, columns ...string) map[string]Value {
	t.Helper()
	s := &sqlSource{name: "events", config: SourceConfig{DSN: Secret(dsn)}, set: DatasetConfig{Table: "x", ID: "id"}, zone: hanoi(t), log: discard}
	row := make(map[string]Value)
	_, err := s.Read(t.Context(), Request{Columns: append(columns, "id"), Until: noon}, func(p *Page) error {
		for i, c := range p.Columns {
			row[c] = keep(p.Row(0)[i])
		}
		return nil
	})
	require.NoError(t, err)
	return row
}

func TestTypesOfMariaDBKeepTheirValues(t *testing.T) {
	dsn := mariadbtest.Start(t)
	db := mariadbtest.Open(t, dsn)
	_, err := db.ExecContext(t.Context(), `SET sql_mode = '';
		CREATE TABLE x (id bigint unsigned PRIMARY KEY, so_luong tinyint(1), bit1 bit(1), bit12 bit(12), gia decimal(30,10), lon bigint unsigned, nho bigint,
			thuc float, doi double, ngay date, trong date, thieu date, luc datetime(6), khong datetime, dau timestamp(3) NULL, gio time, nam year,
			chu varchar(50) CHARACTER SET utf8mb4, cu varchar(50) CHARACTER SET latin1, js json, loai enum('công','tư'), bo set('a','b'), rong varchar(9));
		SET time_zone = '+07:00';
		INSERT INTO x VALUES (18446744073709551615, 1, b'1', b'100000000001', 12345678901234567890.0123456789, 18446744073709551615, -9223372036854775808,
			0.1, 0.1, '2026-03-01', '0000-00-00', '2026-00-00', '2026-01-01 06:30:00.123456', '0000-00-00 00:00:00', '2026-01-01 06:30:00.5', '26:10:00', 2026,
			'Phở 🍜', 'café', '{"a": [1, 2]}', 'tư', 'a,b', NULL)`)
	require.NoError(t, err)
	c := cellsOf(t, dsn, "so_luong", "bit1", "bit12", "gia", "lon", "nho", "thuc", "doi", "ngay", "trong", "thieu", "luc", "khong", "dau", "gio", "nam", "chu", "cu", "js", "loai", "bo", "rong")
	m := &mapping{}
	for column, want := range map[string]struct {
		kind Kind
		text string
	}{
		"so_luong": {Integer, "1"}, "bit1": {Integer, "1"}, "bit12": {Integer, "2049"}, "gia": {Exact, "12345678901234567890.0123456789"},
		"lon": {Exact, "18446744073709551615"}, "id": {Exact, "18446744073709551615"}, "nho": {Integer, "-9223372036854775808"},
		"thuc": {Float, "0.1"}, "doi": {Float, "0.1"}, "ngay": {Day, "2026-03-01"}, "trong": {Null, ""}, "thieu": {Text, "2026-00-00"},
		"luc": {Instant, "2025-12-31T23:30:00.123456Z"}, "khong": {Null, ""}, "dau": {Instant, "2025-12-31T23:30:00.5Z"}, "gio": {Text, "26:10:00"},
		"nam": {Integer, "2026"}, "chu": {Text, "Phở 🍜"}, "cu": {Text, "café"}, "js": {Text, `{"a": [1, 2]}`}, "loai": {Text, "tư"}, "bo": {Text, "a,b"}, "rong": {Null, ""},
	} {
		v := c[column]
		require.Equal(t, want.kind, v.Kind, column)
		require.Equal(t, want.text, m.textOf(&v), column)
	}
}

func TestACursorOfMariaDBIsComparedInItsOwnZone(t *testing.T) {
	for kind, zone := range map[string]*time.Location{"datetime(6)": hanoi(t), "timestamp(6)": time.UTC, "datetime": hanoi(t), "date": hanoi(t)} {
		t.Run(kind, func(t *testing.T) {
			e := openEvents(t, "mysql", mariadbtest.Start(t), `CREATE TABLE lượt (id bigint unsigned PRIMARY KEY, su_kien integer, luc datetime, khach decimal(20,2), doi `+kind+` NULL, xoa tinyint(1))`)
			put := func(id uint64, changed time.Time) {
				e.exec(fmt.Sprintf(`INSERT INTO lượt VALUES (%d, 7, '2026-01-01', 1, '%s', 0)`, id, changed.In(zone).Format("2006-01-02 15:04:05")))
			}
			for i := range 9 {
				put(1<<63+uint64(i), noon.AddDate(0, 0, i/2-9))
			}
			put(5, noon.AddDate(0, 0, 2))
			c := e.config("        cursor: doi\n        page_size: 2\n")
			rows, _, told, mark := readSQL(t, c, "", nil)
			require.EqualValues(t, 9, rows)
			require.EqualValues(t, 9, told[0].Rows)
			rows, _, _, _ = readSQL(t, c, mark, nil)
			require.Zero(t, rows)
			rows, _, told, _ = readSQL(t, e.config("        cursor: doi\n        page_size: 2\n        look_back: 145h\n"), mark, nil)
			require.NotZero(t, rows)
			require.Equal(t, rows, told[0].Rows)
		})
	}
}
