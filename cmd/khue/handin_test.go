package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
	"khue/indicators"
	"khue/ingest"
	"khue/state"
	"khue/warehouse"
)

const wardsConfig = `
aliases:
  areas: {Hàng Bạc: ["00070"]}
sources:
  books:
    kind: files
    label: {vi: Sổ của phường, en: Books of the wards}
    folder: ${BOOKS_DIR}
    pattern: "*.csv"
    datasets:
      events:
        pattern: su-kien-*.csv
        id: ma
        deleted: xoa
        fields: {title: ten, area: dia_ban, disciplines: linh_vuc, starts_at: luc, format: {constant: onsite}, capacity: suc_chua}
      attendance:
        pattern: luot-khach-*.csv
        id: ma
        fields: {event: su_kien, occurred_at: luc, visitors: khach}
      discipline_statistics:
        pattern: bieu-*.csv
        key: [measure, discipline, area, period]
        scope: file
        replace: true
        fields: {measure: {constant: creative_workers}, unit: {constant: persons}, discipline: linh_vuc, area: dia_ban, period: ky, value: so}
`

// wardOffice is an office with a folder of files, and two clerks of other wards beside
// the clerk of Hoàn Kiếm.
type wardOffice struct {
	*office
	folder string
}

func openWardOffice(t *testing.T) *wardOffice {
	t.Helper()
	w := &wardOffice{folder: t.TempDir()}
	w.office = openOffice(t, func(c *Config) {
		read, err := parseConfig(defaults(), "khue.yaml", []byte(wardsConfig), func(string) (string, bool) { return w.folder, true })
		require.NoError(t, err)
		c.sources, c.aliases = read.sources, read.aliases
	})
	for login, areas := range map[string][]string{"mai": {"00004"}, "hoa": {"00070"}} {
		_, err := w.o.People.Add(t.Context(), access.AtConsole, login, "Họ tên "+login, []string{"clerk"}, areas)
		require.NoError(t, err)
		require.NoError(t, w.o.People.SetPassword(t.Context(), access.AtConsole, login, officePassword))
	}
	return w
}

// upload hands a file in and gives the address it leads to, or the refusal.
func (f *office) upload(b *http.Client, target, name, content string) answer {
	f.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	require.NoError(f.t, w.WriteField("token", f.form(b, "/data/upload").Get("token")))
	require.NoError(f.t, w.WriteField("target", target))
	part, err := w.CreateFormFile("file", name)
	require.NoError(f.t, err)
	_, err = io.WriteString(part, content)
	require.NoError(f.t, err)
	require.NoError(f.t, w.Close())
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.http.URL+"/data/upload", &body)
	require.NoError(f.t, err)
	request.Header.Set("Content-Type", w.FormDataContentType())
	response, err := b.Do(request)
	require.NoError(f.t, err)
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	return answer{response.StatusCode, response.Header, string(said)}
}

// waits hands a file in that waits for a word, and gives its address.
func (f *office) waits(b *http.Client, target, name, content string) string {
	f.t.Helper()
	got := f.upload(b, target, name, content)
	require.Equal(f.t, http.StatusSeeOther, got.status, got.body)
	return got.header.Get("Location")
}

func (f *office) accept(b *http.Client, at string) answer {
	f.t.Helper()
	return f.do(b, http.MethodPost, at+"/accept", f.form(b, at))
}

// accepted hands a file in and accepts it, and gives the page it leads to.
func (f *office) accepted(b *http.Client, target, name, content string) string {
	f.t.Helper()
	f.now = f.now.Add(time.Second)
	got := f.accept(b, f.waits(b, target, name, content))
	require.Equal(f.t, http.StatusSeeOther, got.status, got.body)
	page := f.do(b, http.MethodGet, got.header.Get("Location"), nil)
	require.Equal(f.t, http.StatusOK, page.status, "whoever hands in is led to a page that they may see")
	return page.body
}

// raw is everything that the warehouse holds: the journal, the open quarantine.
func (f *office) raw() []string {
	f.t.Helper()
	var out []string
	for _, query := range []string{
		"SELECT toString(tuple(*)) AS r FROM events_journal", "SELECT toString(tuple(*)) AS r FROM attendance_journal",
		"SELECT toString(tuple(*)) AS r FROM discipline_statistics_journal", "SELECT toString(tuple(*)) AS r FROM quarantine FINAL WHERE closed = 0",
	} {
		var rows []string
		require.NoError(f.t, f.o.Warehouse.Conn().QueryRow(f.t.Context(), "SELECT groupArray(r) FROM (SELECT r FROM ("+query+") ORDER BY r)").Scan(&rows))
		out = append(out, rows...)
	}
	return out
}

// current lists what holds now, as columns of a dataset.
func (f *office) current(dataset, columns string) string {
	f.t.Helper()
	var rows []string
	require.NoError(f.t, f.o.Warehouse.Conn().QueryRow(f.t.Context(), "SELECT arraySort(groupArray(concatWithSeparator(' ', "+columns+"))) FROM "+dataset+"_current FINAL").Scan(&rows))
	return strings.Join(rows, "\n")
}

const (
	eventFiles     = "books/events"
	countFiles     = "books/attendance"
	statisticFiles = "books/discipline_statistics"
	eventsHead     = "ma,ten,dia_ban,linh_vuc,luc,suc_chua,xoa\n"
	countsHead     = "ma,su_kien,luc,khach\n"
	tableHead      = "dia_ban,linh_vuc,ky,so\n"
)

func TestAClerkHandsInAFileOfTheirWardAndNothingOfAnyOther(t *testing.T) {
	f := openWardOffice(t)
	staff, clerk := f.in("staff"), f.in("clerk")
	f.accepted(staff, eventFiles, "su-kien-1.csv", eventsHead+
		"E1,Hội sách,Phường Ba Đình,publishing,2026-03-01T08:00:00,100,\nE2,Triển lãm,Phường Hoàn Kiếm,design,2026-03-02T08:00:00,50,\nE9,Hội thảo,,design,2026-03-02T08:00:00,50,\n")
	f.accepted(staff, countFiles, "luot-khach-1.csv", countsHead+"K1,E1,2026-03-01T09:00:00,10\nK7,E7,2026-03-01T09:00:00,70\n")

	page := f.do(clerk, http.MethodGet, "/data/upload", nil)
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.body, "Phường Hoàn Kiếm")
	require.Contains(t, page.body, "Chưa có tệp nào.")

	t.Run("a file of their own ward changes its figures", func(t *testing.T) {
		loaded := f.accepted(clerk, eventFiles, "su-kien-hk.csv", eventsHead+
			"E2,Triển lãm lớn,00070,design,2026-03-02T08:00:00,60,\nE3,Chợ phiên,Hàng Bạc,crafts,2026-04-02T08:00:00,20,\n")
		require.Contains(t, loaded, "thêm 1, sửa 1, rút 0 bản ghi")
		loaded = f.accepted(clerk, countFiles, "luot-khach-hk.csv", countsHead+"K2,E2,2026-03-02T09:00:00,30\nK3,E3,2026-04-02T09:00:00,5\nK4,E3,2026-04-02T10:00:00,-4\n")
		require.Contains(t, loaded, "Đã nạp, 1 dòng chờ sửa")
		require.Contains(t, loaded, `<th scope="row">D4</th>`)
		require.Equal(t, "E1 00004 Hội sách\nE2 00070 Triển lãm lớn\nE3 00070 Chợ phiên\nE9  Hội thảo", f.current("events", "record_id, area, title"))
		answer, err := f.o.Service.Ask(t.Context(), indicators.Question{Measures: []string{"visitors"}, By: []string{"area"}, Scope: f.scopeOf("clerk")})
		require.NoError(t, err)
		require.InDelta(t, 35, answer.Rows[0].Values[0].Number, 0, "%+v", answer.Rows)
		list := f.do(clerk, http.MethodGet, "/data/upload", nil).body
		require.Contains(t, list, "su-kien-hk.csv")
		require.Contains(t, list, "Đã nạp, 1 dòng chờ sửa")
		kept, err := os.ReadDir(f.folder)
		require.NoError(t, err)
		require.Len(t, kept, 2, "the folder of the source holds what staff put there, and nothing of the clerk's")
	})

	before := f.raw()
	for name, c := range map[string]struct {
		target, name, content string
		says                  []string
	}{
		"a row of another ward":                        {eventFiles, "su-kien-x.csv", eventsHead + "E4,Hội chợ,Phường Hoàn Kiếm,design,2026-05-01T08:00:00,1,\nE5,Hội chợ,Phường Ba Đình,design,2026-05-01T08:00:00,1,\n", []string{"C3", "Phường Ba Đình", "dòng này thuộc địa bàn khác", "1 bản ghi không thuộc"}},
		"a row without an area":                        {eventFiles, "su-kien-x.csv", eventsHead + "E4,Hội chợ,,design,2026-05-01T08:00:00,1,\n", []string{"C2", "dòng này không có địa bàn"}},
		"an area that nobody knows":                    {eventFiles, "su-kien-x.csv", eventsHead + "E4,Hội chợ,Phường Không Đâu,design,2026-05-01T08:00:00,1,\nE6,Hội chợ,00070,design,2026-05-01T08:00:00,1,\n", []string{"C2", "không rõ địa bàn"}},
		"a district, before it was split":              {eventFiles, "su-kien-x.csv", eventsHead + "E4,Hội chợ,Hoàn Kiếm,design,2025-06-30T08:00:00,1,\n", []string{"C2", "đã chia cho nhiều phường, xã"}},
		"the id of a record of another ward":           {eventFiles, "su-kien-x.csv", eventsHead + "E1,Hội sách,Phường Hoàn Kiếm,publishing,2026-03-01T08:00:00,100,\n", []string{"A2", "thuộc địa bàn khác"}},
		"that id with a fault beside it":               {eventFiles, "su-kien-x.csv", eventsHead + "E1,Hội sách,Phường Hoàn Kiếm,publishing,2026-03-01T08:00:00,-5,\nE6,Hội chợ,00070,design,2026-05-01T08:00:00,1,\n", []string{"A2", "thuộc địa bàn khác"}},
		"the id of a record without an area":           {eventFiles, "su-kien-x.csv", eventsHead + "E9,Hội thảo,Phường Hoàn Kiếm,design,2026-03-02T08:00:00,50,\n", []string{"A2"}},
		"a record of another ward that is to go":       {eventFiles, "su-kien-x.csv", eventsHead + "E1,,,,,,1\nE6,Hội chợ,00070,design,2026-05-01T08:00:00,1,\n", []string{"A2", "thuộc địa bàn khác"}},
		"counts of an event of another ward":           {countFiles, "luot-khach-x.csv", countsHead + "K9,E1,2026-03-01T09:00:00,10\n", []string{"B2", "E1", "dòng này thuộc địa bàn khác"}},
		"counts of an event that nobody knows":         {countFiles, "luot-khach-x.csv", countsHead + "K9,E99,2026-03-01T09:00:00,10\n", []string{"B2", "chưa có sự kiện mang mã này"}},
		"the id of another ward's count":               {countFiles, "luot-khach-x.csv", countsHead + "K1,E2,2026-03-01T09:00:00,10\n", []string{"A2"}},
		"a ward that follows a district's name by day": {eventFiles, "su-kien-x.csv", eventsHead + "E4,Hội chợ,Ba Đình,design,2026-05-01T08:00:00,1,\n", []string{"C2", "thuộc địa bàn khác"}},
	} {
		t.Run(name+" is refused with its cell, and nothing changes", func(t *testing.T) {
			at := f.waits(clerk, c.target, c.name, c.content)
			page := f.do(clerk, http.MethodGet, at, nil).body
			for _, words := range c.says {
				require.Contains(t, page, words)
			}
			require.NotContains(t, page, at+"/accept", "there is nothing to accept")
			form := f.form(clerk, "/data/upload")
			forced := f.do(clerk, http.MethodPost, at+"/accept", form)
			require.Equal(t, http.StatusForbidden, forced.status)
			require.Contains(t, forced.body, "Chưa có gì được nạp")
			require.Equal(t, before, f.raw())
		})
	}

	t.Run("what follows from a row is held against the ward, too", func(t *testing.T) {
		at := f.waits(clerk, eventFiles, "su-kien-x.csv", eventsHead+"E7,Hội chợ,Phường Hoàn Kiếm,design,2026-05-01T08:00:00,1,\n")
		refused := f.accept(clerk, at)
		require.Equal(t, http.StatusForbidden, refused.status, "counts that belong to nobody yet would become the ward's")
		require.Contains(t, refused.body, "Lượt khách: K7")
		require.Equal(t, before, f.raw())
	})

	t.Run("staff are not bound to any ward", func(t *testing.T) {
		f.accepted(staff, eventFiles, "su-kien-2.csv", eventsHead+"E1,Hội sách mới,Phường Ba Đình,publishing,2026-03-01T08:00:00,100,\nE2,Triển lãm,Phường Hoàn Kiếm,design,2026-03-02T08:00:00,50,\n")
		require.Contains(t, f.current("events", "record_id, title"), "E1 Hội sách mới\nE2 Triển lãm\n")
	})
	require.Contains(t, f.acts(), "clerk upload.accept done")
	require.Contains(t, f.acts(), "clerk upload.accept refused")
	audit, err := f.o.People.Audit(t.Context(), state.AuditFilter{Actor: "clerk", Act: "upload.accept", Outcome: state.AuditDone, Most: 10})
	require.NoError(t, err)
	require.Contains(t, audit[0].Detail, "file=luot-khach-hk.csv target=books/attendance sha256=")
	require.Contains(t, audit[0].Detail, " wards=00070")
}

func TestAWardsFileTakesThePlaceOfItsOwnEarlierOneAndOfNoOthers(t *testing.T) {
	f := openWardOffice(t)
	staff, clerk, mai := f.in("staff"), f.in("clerk"), f.in("mai")
	const name = "bieu-2026-03.csv"
	f.accepted(staff, statisticFiles, name, tableHead+"00070,design,2026-03,1\n00004,design,2026-03,2\n00070,music,2026-03,3\nKhông Đâu,music,2026-03,9\n")
	f.accepted(mai, statisticFiles, name, tableHead+"00004,crafts,2026-03,4\n")
	loaded := f.accepted(clerk, statisticFiles, name, tableHead+"00070,design,2026-03,10\n00070,film,2026-03,11\n00070,fashion,2026-03,-\n")
	require.Contains(t, loaded, "thêm 1, sửa 1, rút 0 bản ghi", "rows of staff's file of that name stay, and so do the other ward's")
	require.Equal(t, strings.Join([]string{
		"00004 crafts 4 00004/" + name, "00004 design 2 " + name, "00070 design 10 00070/" + name, "00070 film 11 00070/" + name, "00070 music 3 " + name,
	}, "\n"), f.current("discipline_statistics", "area, discipline, toString(toInt64(value)), scope"))
	held, err := f.o.Warehouse.QuarantineCount(t.Context(), quarantineOf("books"))
	require.NoError(t, err)
	require.EqualValues(t, 2, held, "staff's row at the same cell of a file of the same name still waits beside the clerk's")

	at := f.waits(clerk, statisticFiles, name, tableHead+"00070,design,2026-03,12\n")
	require.Contains(t, f.do(clerk, http.MethodGet, at, nil).body, "Tệp này sẽ thay nó")
	require.Equal(t, http.StatusSeeOther, f.accept(clerk, at).status)
	require.Equal(t, strings.Join([]string{
		"00004 crafts 4 00004/" + name, "00004 design 2 " + name, "00070 design 12 00070/" + name, "00070 music 3 " + name,
	}, "\n"), f.current("discipline_statistics", "area, discipline, toString(toInt64(value)), scope"))
	held, err = f.o.Warehouse.QuarantineCount(t.Context(), quarantineOf("books"))
	require.NoError(t, err)
	require.EqualValues(t, 1, held, "the clerk's row is mended; staff's is not the clerk's to close")

	// Rows of the same id and fault, in files of the same name, wait side by side; each
	// file closes its own.
	const events = "su-kien-3.csv"
	waiting := func() (out []string) {
		rows, err := f.o.Warehouse.Quarantine(t.Context(), warehouse.QuarantineFilter{Source: "books", Dataset: "events"})
		require.NoError(t, err)
		for _, r := range rows {
			out = append(out, r.Part)
		}
		slices.Sort(out)
		return out
	}
	good := "E6,Hội chợ,%s,design,2026-05-01T08:00:00,1,\n"
	faulty := "E5,Hội chợ,%s,design,2026-05-01T08:00:00,-1,\n"
	of := func(row, area string) string { return strings.Replace(row, "%s", area, 1) }
	f.accepted(staff, eventFiles, events, eventsHead+of(good, "00070")+of(faulty, "00004"))
	f.accepted(clerk, eventFiles, events, eventsHead+of(good, "00070")+of(faulty, "00070"))
	require.Equal(t, []string{"00070/" + events, events}, waiting())
	f.accepted(staff, eventFiles, events, eventsHead+of(good, "00070"))
	require.Equal(t, []string{"00070/" + events}, waiting())
	f.accepted(staff, eventFiles, events, eventsHead+of(good, "00070")+of(faulty, "00004"))
	f.accepted(clerk, eventFiles, events, eventsHead+of(good, "00070"))
	require.Equal(t, []string{events}, waiting())

	// The files of wards are in the archive: an empty warehouse is made of them again.
	before := f.current("discipline_statistics", "area, discipline, toString(toInt64(value)), scope, toString(row_hash)")
	again := openOffice(t, nil)
	puller, err := f.o.pullerInto(again.o.Warehouse)
	require.NoError(t, err)
	rebuilt, err := puller.Rebuild(t.Context(), ingest.RebuildOptions{})
	require.NoError(t, err)
	require.Positive(t, rebuilt.Batches)
	require.Equal(t, before, again.current("discipline_statistics", "area, discipline, toString(toInt64(value)), scope, toString(row_hash)"))
}

func TestAFileIsHeldAgainstTheWardsOfTheMomentItIsAccepted(t *testing.T) {
	f := openWardOffice(t)
	clerk := f.in("clerk")
	at := f.waits(clerk, eventFiles, "su-kien-hk.csv", eventsHead+"E3,Chợ phiên,Phường Hoàn Kiếm,crafts,2026-04-02T08:00:00,20,\n")
	require.Contains(t, f.do(clerk, http.MethodGet, at, nil).body, at+"/accept")
	require.NoError(t, f.o.People.SetRoles(t.Context(), access.AtConsole, "clerk", []string{"clerk"}, []string{"00004"}))
	require.Equal(t, http.StatusUnauthorized, f.do(clerk, http.MethodPost, at+"/accept", url.Values{}).status, "who was signed in is not any more")
	f.keep(clerk, f.session("clerk"))
	refused := f.do(clerk, http.MethodPost, at+"/accept", f.form(clerk, "/data/upload"))
	require.Equal(t, http.StatusForbidden, refused.status)
	require.Contains(t, refused.body, "Phường Ba Đình (00004); dòng này thuộc địa bàn khác")
	require.Empty(t, f.raw())

	// The content that was looked at is the one that is loaded.
	good := f.waits(clerk, eventFiles, "su-kien-bd.csv", eventsHead+"E3,Chợ phiên,Phường Ba Đình,crafts,2026-04-02T08:00:00,20,\n")
	form := f.form(clerk, good)
	path := filepath.Join(f.o.Config.Data, "pending", strings.TrimPrefix(good, "/data/upload/"), "su-kien-bd.csv")
	require.NoError(t, os.WriteFile(path, []byte(eventsHead+"E3,Chợ phiên,Phường Ba Đình,crafts,2026-04-02T08:00:00,99,\n"), 0o600))
	require.Equal(t, http.StatusBadRequest, f.do(clerk, http.MethodPost, good+"/accept", form).status)
	require.Empty(t, f.raw())
}

func TestAFileIsNobodyElses(t *testing.T) {
	f := openWardOffice(t)
	clerk, hoa, staff := f.in("clerk"), f.in("hoa"), f.in("staff")
	const content = eventsHead + "E3,Chợ phiên,Phường Hoàn Kiếm,crafts,2026-04-02T08:00:00,20,\n"
	at := f.waits(clerk, eventFiles, "su-kien-hk.csv", content)
	for _, other := range []*http.Client{hoa, staff} {
		form := f.form(other, "/data/upload")
		for _, address := range []string{at, at + "/faults.csv", at + "/loaded"} {
			require.Equal(t, http.StatusNotFound, f.do(other, http.MethodGet, address, nil).status, address)
		}
		require.Equal(t, http.StatusNotFound, f.do(other, http.MethodPost, at+"/accept", form).status)
		require.Equal(t, http.StatusNotFound, f.do(other, http.MethodPost, at+"/cancel", form).status)
	}
	// The next clerk at the same desk.
	f.keep(clerk, f.session("hoa"))
	require.Equal(t, http.StatusNotFound, f.do(clerk, http.MethodGet, at, nil).status)
	f.keep(clerk, f.session("clerk"))
	require.Equal(t, http.StatusSeeOther, f.accept(clerk, at).status)
	require.Equal(t, http.StatusOK, f.do(clerk, http.MethodGet, at+"/loaded", nil).status)
	require.Equal(t, http.StatusNotFound, f.do(hoa, http.MethodGet, at+"/loaded", nil).status, "what became of it is not theirs to see either")
	require.NotContains(t, f.do(hoa, http.MethodGet, "/data/upload", nil).body, "su-kien-hk.csv")

	// A clerk who is a leader, too, sees the whole city and hands in for the ward alone.
	require.NoError(t, f.o.People.SetRoles(t.Context(), access.AtConsole, "hoa", []string{"clerk", "leader"}, []string{"00070"}))
	f.keep(hoa, f.session("hoa"))
	foreign := f.waits(hoa, eventFiles, "su-kien-y.csv", eventsHead+"E8,Chợ phiên,Phường Ba Đình,crafts,2026-04-02T08:00:00,20,\n")
	require.Contains(t, f.do(hoa, http.MethodGet, foreign, nil).body, "dòng này thuộc địa bàn khác")
	require.Equal(t, http.StatusForbidden, f.do(hoa, http.MethodPost, foreign+"/accept", f.form(hoa, "/data/upload")).status)
}

func (f *office) scopeOf(login string) khue.Scope {
	f.t.Helper()
	p, err := f.o.People.Person(f.t.Context(), login)
	require.NoError(f.t, err)
	return khue.Scope{Areas: p.Areas}
}

func quarantineOf(source string) warehouse.QuarantineFilter {
	return warehouse.QuarantineFilter{Source: source}
}

func TestADistrictIsAWardsOwnWhereItWentWhollyIntoIt(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "areas.yaml"), []byte(`correspondences:
  - id: office-2025
    title: {vi: Văn phòng chia, en: As the office splits them}
    valid_on: 2025-07-01
    basis: {vi: cư dân, en: residents}
    citation: Công văn 1
    mark: assumed
    entries:
      - {from: "002", to: "00070", weight: 1}
      - {from: "001", to: "00004", weight: 0.6}
      - {from: "001", to: "00008", weight: 0.4}
`), 0o600))
	catalogue, err := indicators.Load(folder)
	require.NoError(t, err)
	f := openWardOffice(t)
	f.o.Catalogue = catalogue
	o := f.o
	require.Equal(t, []string{"00070", "002"}, o.withFormer([]string{"00070"}))
	require.Equal(t, []string{"00004"}, o.withFormer([]string{"00004"}), "one that was split belongs to none of its wards")
	require.Equal(t, []string{"00004", "00008", "001"}, o.withFormer([]string{"00004", "00008"}), "unless all of them are theirs")
	clerk := f.in("clerk")
	f.accepted(clerk, eventFiles, "su-kien-cu.csv", eventsHead+"E4,Hội chợ,Quận Hoàn Kiếm,design,2025-06-30T08:00:00,1,\n")
	require.Equal(t, "E4 002", f.current("events", "record_id, area"), "it is counted where it was then")
	split := f.waits(clerk, eventFiles, "su-kien-cu.csv", eventsHead+"E5,Hội chợ,Quận Ba Đình,design,2025-06-30T08:00:00,1,\n")
	require.Contains(t, f.do(clerk, http.MethodGet, split, nil).body, "Quận Ba Đình đã chia cho nhiều phường, xã")
}
