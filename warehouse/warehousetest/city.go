package warehousetest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"khue/warehouse"
)

// BenchRowsVariable lists the sizes to measure at, in rows of attendance, such as
// "10000000,100000000".
const BenchRowsVariable = "KHUE_BENCH_ROWS"

// BenchSizes reads them; without the variable it is ten million rows.
func BenchSizes(b *testing.B) []int {
	b.Helper()
	text := os.Getenv(BenchRowsVariable)
	if text == "" {
		return []int{10_000_000}
	}
	var out []int
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			b.Fatalf("%s is %q; expected numbers of rows with commas between them", BenchRowsVariable, text)
		}
		out = append(out, n)
	}
	return out
}

// FillCity writes the facts of eight years into the journals; views fill the
// rollups. 60,000 events of three days stay 60,000 events however many rows
// count their visitors (by gate, hour, sex, age). The current state of
// attendance is left out: no question reads it.
func FillCity(b *testing.B, w *warehouse.Warehouse, rows int) {
	perEvent := rows / 60_000
	const disciplines = `['design','crafts','visual_arts','music','performing_arts','architecture','film','publishing','fashion','cuisine','software_games','advertising'][event % 12 + 1]`
	const area = `if(day < '2025-07-01', leftPad(toString(event % 9 + 1), 3, '0'), leftPad(toString(intDiv(event, 7) % 26 * 3 + 4), 5, '0'))`
	statements := []string{"DETACH TABLE attendance_to_current"}
	// A statement is answered within the client's time: no more than so many events at once.
	slice := max(1, 10_000_000/perEvent)
	for from := 0; from < 60_000; from += slice {
		statements = append(statements, `INSERT INTO attendance_journal (source, record_id, happened_on, event, occurred_at, visitors, online_visitors, paid_tickets, revenue_vnd, sex, age_band,
    discipline, area, format, series, organiser, row_hash, sign, recorded_at, batch_id)
SELECT 'load', toString(number), day, concat('E', toString(event)), toDateTime(day, 'UTC') + 10000, number % 30, if(number % 3 = 0, number % 20, NULL), number % 7, (number % 30) * 50000,
    ['female', 'male', ''][number % 3 + 1], ['0-17', '18-34', '35-59', '60+'][number % 4 + 1],
    `+disciplines+`, `+area+`, ['onsite','online','hybrid'][event % 3 + 1], if(event % 20 = 0, concat('S', toString(event % 40)), ''), concat('M-', toString(event % 500)),
    number, 1, toDateTime64(day + 1, 3, 'UTC') + INTERVAL 13 HOUR, 'bench'
FROM (SELECT number, intDiv(number, `+fmt.Sprint(perEvent)+`) AS event, toDate('2019-01-01') + intDiv(event * 2870, 60000) + number % 3 AS day FROM numbers(`+fmt.Sprint(from*perEvent, ", ", min(slice, 60_000-from)*perEvent)+`))`)
	}
	for _, sql := range append(statements,
		`INSERT INTO events_journal (source, record_id, happened_on, title, disciplines, discipline, area, starts_at, format, series, organiser, row_hash, sign, recorded_at, batch_id)
SELECT 'load', concat('E', toString(event)), day, 'Sự kiện', [`+disciplines+`], `+disciplines+`, `+area+`, toDateTime64(day, 3, 'UTC'), ['onsite','online','hybrid'][event % 3 + 1],
    '', concat('M-', toString(event % 500)), event, 1, toDateTime64(day - 30, 3, 'UTC'), 'bench'
FROM (SELECT number AS event, toDate('2019-01-01') + intDiv(event * 2870, 60000) AS day FROM numbers(60000))`,
		`INSERT INTO activities_journal (source, record_id, happened_on, member, kind, discipline, area, starts_on, participants, row_hash, sign, recorded_at, batch_id)
SELECT 'load', toString(event), day, concat('M-', toString(event % 487)), 'talk', `+disciplines+`, `+area+`, day, 10, event, 1, toDateTime64(day + 1, 3, 'UTC'), 'bench'
FROM (SELECT number AS event, toDate('2019-01-01') + intDiv(event * 2870, 40000) AS day FROM numbers(40000))`,
		`INSERT INTO members_journal (source, record_id, happened_on, name, kind, disciplines, discipline, area, accepted_on, certified_on, status, row_hash, sign, recorded_at, batch_id)
SELECT 'load', concat('M-', toString(number)), toDate('2024-06-01') + number, 'Không gian', 'private', ['design'], 'design', '00004', toDate('2024-06-01') + number, toDate('2025-12-10'), 'certified', number, 1, toDateTime64('2024-01-01 00:00:00', 3, 'UTC'), 'bench'
FROM numbers(500)`,
		`INSERT INTO batches (batch_id, source, dataset, state, recorded_at, updated_at, added)
SELECT concat('b', toString(toYYYYMM(recorded_at))), 'load', 'attendance', 'complete', max(recorded_at), max(recorded_at), count() FROM attendance_journal GROUP BY toYYYYMM(recorded_at)`,
	) {
		if err := w.Conn().Exec(b.Context(), sql); err != nil {
			b.Fatalf("filling a city of %d rows: %v", rows, err)
		}
	}
	for _, name := range []string{"attendance_monthly", "attendance_daily", "events_monthly", "activities_monthly", "members_monthly"} {
		if err := w.Conn().Exec(b.Context(), "OPTIMIZE TABLE "+name+" FINAL"); err != nil {
			b.Fatalf("merging %s: %v", name, err)
		}
	}
}
