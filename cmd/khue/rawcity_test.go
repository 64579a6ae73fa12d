package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/demo"
)

// standingCity is `khue demo-city --at` as a process of its own: a city that stands
// still, so that what is pulled and what is counted here are the same rows.
type standingCity struct {
	t         *testing.T
	home      *observatory // its data folder holds the sources
	scale     int
	addr      string // of the registry, the same at every start
	variables map[string]string
	cmd       *exec.Cmd
}

func newStandingCity(t *testing.T, scale int) *standingCity {
	t.Helper()
	c := &standingCity{t: t, home: newObservatory(t, nil, nil), scale: scale, addr: "127.0.0.1:0"}
	t.Cleanup(c.stop)
	return c
}

// stand starts the city as it was at a moment; one that stood earlier is extended.
func (c *standingCity) stand(at time.Time) {
	c.t.Helper()
	c.stop()
	cmd, _, errs := c.home.command(c.t.Context(), "demo-city", "--scale", fmt.Sprint(c.scale), "--at", at.Format(time.RFC3339), "--addr", c.addr)
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, cmd.Start())
	c.cmd, c.variables = cmd, map[string]string{}
	lines := bufio.NewScanner(out)
	for len(c.variables) < 5 && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		c.variables[name] = value
	}
	if len(c.variables) < 5 {
		c.stop() // only then is all that it said written
		c.t.Fatalf("the city does not say where it is served:\n%s", errs.String())
	}
	c.addr = strings.TrimPrefix(c.variables["KHUE_DEMO_REGISTRY_URL"], "http://")
}

func (c *standingCity) stop() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	_ = c.cmd.Wait()
	c.cmd = nil
}

// amount is a number that a source may have left empty.
type amount struct {
	n     int64
	known bool
}

// rawFact is a row of a source that a careful reader takes, in the words of the
// observatory. A field that its table does not have stays empty.
type rawFact struct {
	day                                    time.Time // calendar day in Hanoi, as midnight UTC; zero when it has none
	discipline, area                       string
	fields                                 []string // all disciplines, the first is the main one
	format, access, series, organiser      string
	member, kind, status, event            string
	visitors, online, tickets, revenue     amount
	participants, partners, funding        amount
	capacity, budget                       amount
	international                          amount
	applied, accepted, certified, left     time.Time
	began, planned, plannedTo, ended       time.Time
	commitment, measure, unit, name, owner string
	value                                  int64
	id                                     string
	over                                   time.Time // moment at which an event is over
}

// rawCity is everything that the sources of a city say, row by row.
type rawCity struct {
	attendance, events, activities, members, initiatives, statistics []rawFact
}

func readCity(t *testing.T, c *standingCity) *rawCity {
	t.Helper()
	raw := &rawCity{}
	raw.readDatabase(t, c.variables["KHUE_DEMO_EVENTS_DSN"])
	raw.readRegistry(t, c.variables["KHUE_DEMO_REGISTRY_URL"], c.variables["KHUE_DEMO_REGISTRY_TOKEN"])
	raw.readWorkbooks(t, c.variables["KHUE_DEMO_REPORTS_DIR"])
	for name, rows := range map[string][]rawFact{
		"attendance": raw.attendance, "events": raw.events, "activities": raw.activities, "members": raw.members,
		"initiatives": raw.initiatives, "statistics": raw.statistics,
	} {
		require.NotEmpty(t, rows, name)
	}
	return raw
}

// hanoi is seven hours ahead of UTC and knows no summer time.
var hanoi = time.FixedZone("", 7*60*60)

func moment(t *testing.T, written string) time.Time {
	at, err := time.Parse(time.RFC3339, written)
	require.NoError(t, err)
	return at
}

// localDay is the calendar day on which a written moment falls in Hanoi.
func localDay(t *testing.T, written string) time.Time {
	y, m, d := moment(t, written).In(hanoi).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// cells is a row of the event database by its columns.
type cells map[string]any

func (c cells) text(column string) string {
	if c[column] == nil {
		return ""
	}
	return fmt.Sprint(c[column])
}

func (c cells) number(column string) amount {
	n, ok := c[column].(int64)
	return amount{n, ok}
}

func everyRow(t *testing.T, db *sql.DB, table string, visit func(cells)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	row := cells{}
	for rows.Next() {
		require.NoError(t, rows.Scan(into...))
		for i, name := range columns {
			row[name] = values[i]
		}
		visit(row)
	}
	require.NoError(t, rows.Err())
}

// readDatabase takes the events and their visitors. A deleted row counts no more.
// Refused are events without a beginning or in a field nobody knows, and counts
// without a moment or below zero.
func (raw *rawCity) readDatabase(t *testing.T, dsn string) {
	db, err := sql.Open("sqlite", dsn)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	codes := demo.DisciplineShortCodes()
	held := map[int64]int{}
	everyRow(t, db, "su_kien", func(c cells) {
		if c["xoa"] != int64(0) || c.text("bat_dau") == "" {
			return
		}
		f := rawFact{
			name: c.text("ten"), area: c.text("ma_dia_ban"), series: c.text("chuoi"), organiser: c.text("don_vi_to_chuc"), day: localDay(t, c.text("bat_dau")),
			format: map[string]string{"truc_tiep": "onsite", "truc_tuyen": "online", "ket_hop": "hybrid"}[c.text("hinh_thuc")],
			access: map[string]string{"0": "free", "1": "ticketed"}[c.text("thu_ve")], capacity: c.number("suc_chua"), international: c.number("quoc_te"),
		}
		for _, short := range strings.Split(c.text("linh_vuc"), ";") {
			code, known := codes[short]
			if !known {
				return
			}
			f.fields = append(f.fields, code)
		}
		f.discipline = f.fields[0]
		f.id, f.over = c.text("id"), moment(t, c.text("bat_dau"))
		if c.text("ket_thuc") != "" {
			f.over = moment(t, c.text("ket_thuc"))
		}
		held[c["id"].(int64)] = len(raw.events)
		raw.events = append(raw.events, f)
	})
	everyRow(t, db, "luot_khach", func(c cells) {
		f := rawFact{
			event: c.text("su_kien_id"), visitors: c.number("truc_tiep"), online: c.number("truc_tuyen"),
			tickets: c.number("ve_ban"), revenue: c.number("doanh_thu"),
		}
		if c["xoa"] != int64(0) || c.text("thoi_diem") == "" || !f.visitors.known {
			return
		}
		for _, n := range []amount{f.visitors, f.online, f.tickets, f.revenue} {
			if n.n < 0 {
				return
			}
		}
		f.day = localDay(t, c.text("thoi_diem"))
		if i, ok := held[c["su_kien_id"].(int64)]; ok { // an event that is not there leaves field and area unknown
			e := raw.events[i]
			f.discipline, f.area, f.fields, f.format, f.series, f.organiser = e.discipline, e.area, e.fields, e.format, e.series, e.organiser
		}
		raw.attendance = append(raw.attendance, f)
	})
}

// said reads a record of the registry.
type said map[string]any

func (s said) text(name string) string { v, _ := s[name].(string); return v }

func (s said) day(t *testing.T, name string) time.Time {
	if s.text(name) == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s.text(name))
	require.NoError(t, err)
	return d
}

func (s said) number(name string) amount {
	n, ok := s[name].(float64)
	return amount{int64(n), ok}
}

// readRegistry takes members, activities and initiatives. Refused are activities
// without a first day, in a field nobody knows, or with a number below zero.
func (raw *rawCity) readRegistry(t *testing.T, url, token string) {
	known := map[string]bool{}
	for _, code := range demo.DisciplineShortCodes() {
		known[code] = true
	}
	for id, record := range fetchAll(t, url, token, "members") {
		m := said(record)
		f := rawFact{
			member: id, name: m.text("name"), kind: m.text("ownership"), status: m.text("status"), area: m.text("area_code"),
			applied: m.day(t, "applied_on"), accepted: m.day(t, "accepted_on"), certified: m.day(t, "certified_on"), left: m.day(t, "left_on"),
		}
		for _, field := range m["fields"].([]any) {
			f.fields = append(f.fields, field.(string))
		}
		f.discipline = f.fields[0]
		for _, d := range []time.Time{f.certified, f.applied, f.accepted} { // the last that is known wins
			if !d.IsZero() {
				f.day = d
			}
		}
		raw.members = append(raw.members, f)
	}
	for _, record := range fetchAll(t, url, token, "activities") {
		a := said(record)
		f := rawFact{
			member: a.text("member_id"), kind: a.text("type"), discipline: a.text("field"), fields: []string{a.text("field")}, area: a.text("area_code"),
			day: a.day(t, "start_date"), participants: a.number("participants"), partners: a.number("intl_partners"), funding: a.number("funding_vnd"),
		}
		if f.day.IsZero() || !known[f.discipline] || f.participants.n < 0 || f.partners.n < 0 || f.funding.n < 0 {
			continue
		}
		raw.activities = append(raw.activities, f)
	}
	for _, record := range fetchAll(t, url, token, "initiatives") {
		i := said(record)
		raw.initiatives = append(raw.initiatives, rawFact{
			commitment: i.text("commitment"), name: i.text("title"), owner: i.text("owner"), status: i.text("status"), budget: i.number("budget_vnd"),
			planned: i.day(t, "planned_start"), plannedTo: i.day(t, "planned_end"), began: i.day(t, "actual_start"), ended: i.day(t, "actual_end"),
			day: i.day(t, "planned_start"),
		})
	}
}

// plainly takes the marks off Vietnamese and writes out the short forms of prefixes.
func plainly(name string) string {
	bare, _, _ := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.Predicate(func(r rune) bool { return r >= 0x300 && r <= 0x36f }))), name)
	bare = strings.NewReplacer("đ", "d", "Đ", "D").Replace(bare)
	bare = strings.ToLower(strings.Join(strings.Fields(bare), " "))
	for short, long := range map[string]string{"q. ": "quan ", "h. ": "huyen ", "tx. ": "thi xa ", "p. ": "phuong ", "x. ": "xa "} {
		if rest, ok := strings.CutPrefix(bare, short); ok {
			return long + rest
		}
	}
	return bare
}

// readWorkbooks takes the cells of the monthly workbooks. The line of totals is
// none of its own; a line written twice counts once; refused are lines in a field
// that nobody knows, and single cells below zero. An empty cell is unknown.
func (raw *rawCity) readWorkbooks(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "bao-cao-*.xlsx"))
	require.NoError(t, err)
	fields := map[string]string{}
	for _, d := range khue.Disciplines() {
		fields[plainly(d.Name.VI)] = d.Code
	}
	for _, file := range files {
		month, err := time.Parse("bao-cao-2006-01.xlsx", filepath.Base(file))
		require.NoError(t, err)
		areas := map[string]string{}
		for _, a := range khue.Areas() {
			if a.ValidOn(month) {
				require.NotContains(t, areas, plainly(a.Name.VI), "two areas of one name need more than a name")
				areas[plainly(a.Name.VI)] = a.Code
			}
		}
		raw.readWorkbook(t, file, month, fields, areas)
	}
}

func (raw *rawCity) readWorkbook(t *testing.T, file string, month time.Time, fields, areas map[string]string) {
	book, err := excelize.OpenFile(file)
	require.NoError(t, err)
	defer func() { _ = book.Close() }()
	lines, err := book.GetRows("Biểu 1")
	require.NoError(t, err)
	seen := map[string]bool{}
	for i, line := range lines {
		if i < 5 || line[0] == "Tổng cộng" { // the head ends with the fifth row
			continue
		}
		area, ok := areas[plainly(line[0])]
		require.True(t, ok, "%s names the area %q", file, line[0])
		field, ok := fields[plainly(line[1])]
		if !ok {
			continue
		}
		for n, measure := range []string{"creative_establishments", "creative_workers", "trainees"} {
			if len(line) <= 2+n || line[2+n] == "" {
				continue
			}
			var value int64
			_, err := fmt.Sscan(line[2+n], &value)
			require.NoError(t, err, "%s row %d", file, i+1)
			key := measure + "|" + area + "|" + field
			if value < 0 || seen[key] {
				continue
			}
			seen[key] = true
			raw.statistics = append(raw.statistics, rawFact{
				day: month, measure: measure, unit: []string{"count", "persons", "persons"}[n], area: area, discipline: field, fields: []string{field}, value: value,
			})
		}
	}
}
