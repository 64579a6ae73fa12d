package demo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// moment is a local wall clock as the SQLite tables write it.
func moment(t testing.TB, local string) string {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04:05", local, hanoi(t))
	require.NoError(t, err)
	return momentText(m)
}

// about requires n to be within a fifth of the target.
func about(t testing.TB, target, n float64, what string) {
	t.Helper()
	require.InDelta(t, target, n, target/5, what)
}

func TestTheCityHasTheVolumesItIsMeantToHave(t *testing.T) {
	db := open(t, onMonday(t))
	from, to := moment(t, "2026-01-01 00:00:00"), moment(t, "2026-11-01 00:00:00")
	about(t, 2300, number(t, db, `SELECT count(*) FROM su_kien WHERE xoa = 0 AND bat_dau >= ? AND bat_dau < ?`, from, to), "events of 2026 to October")
	about(t, 1.2e6, number(t, db, `SELECT sum(truc_tiep) FROM luot_khach WHERE xoa = 0 AND truc_tiep >= 0 AND thoi_diem >= ? AND thoi_diem < ?`, from, to), "visitors of 2026 to October")
	about(t, 40e9, number(t, db, `SELECT sum(doanh_thu) FROM luot_khach WHERE xoa = 0 AND truc_tiep >= 0 AND thoi_diem >= ? AND thoi_diem < ?`, from, to), "VND of 2026 to October")
	events, counts := number(t, db, `SELECT count(*) FROM su_kien`), number(t, db, `SELECT count(*) FROM luot_khach`)
	require.True(t, events > 12000*0.8 && events < 15000*1.2, "%v events", events)
	require.True(t, counts > 60000*0.8 && counts < 120000*1.2, "%v counts", counts)
}

func TestScaleMultipliesTheCountsAndMildlyTheEvents(t *testing.T) {
	now := at(time.Date(2019, 7, 15, 0, 0, 0, 0, time.UTC))
	one, twelve := open(t, start(t, Options{Now: now})), open(t, start(t, Options{Now: now, Scale: 12}))
	rows := `SELECT count(*) FROM luot_khach`
	require.InDelta(t, 12, number(t, twelve, rows)/number(t, one, rows), 2.4)
	events := `SELECT count(*) FROM su_kien`
	require.InDelta(t, 1.9, number(t, twelve, events)/number(t, one, events), 0.3)
	mean := `SELECT avg(truc_tiep) FROM luot_khach WHERE truc_tiep >= 0`
	require.InDelta(t, 1, number(t, twelve, mean)/number(t, one, mean), 0.25, "a count is no larger at a larger scale")
}

func TestAreasAreDistrictsUntilJune2025AndWardsAfter(t *testing.T) {
	db := open(t, onMonday(t))
	turn := moment(t, "2025-07-01 00:00:00")
	for _, line := range cells(t, db, `SELECT DISTINCT ma_dia_ban, bat_dau >= ? FROM su_kien WHERE bat_dau IS NOT NULL`, turn) {
		area, ok := khue.AreaOf(line[0])
		require.True(t, ok, line[0])
		day := khue.DistrictEra
		if line[1] == "0" {
			day = day.AddDate(0, 0, -1)
		}
		require.True(t, area.ValidOn(day) && area.Kind != khue.City, "area %s in an event after the turn: %s", line[0], line[1])
	}
	require.Greater(t, number(t, db, `SELECT count(DISTINCT ma_dia_ban) FROM su_kien WHERE bat_dau >= ?`, turn), 100.0)
	require.Equal(t, 30.0, number(t, db, `SELECT count(DISTINCT ma_dia_ban) FROM su_kien WHERE bat_dau < ?`, turn))
}

func TestEveryCodeOfAnEventIsKnownButForTheBadRows(t *testing.T) {
	db := open(t, onMonday(t))
	codes := DisciplineShortCodes()
	require.Len(t, codes, len(khue.Disciplines()))
	for _, d := range khue.Disciplines() {
		require.Contains(t, shortOf, d.Code)
	}
	bad := 0
	for _, line := range cells(t, db, `SELECT linh_vuc FROM su_kien`) {
		for _, short := range strings.Split(line[0], ";") {
			if _, ok := codes[short]; !ok {
				require.Equal(t, unknownTrade, short)
				bad++
			}
		}
	}
	missing := number(t, db, `SELECT count(*) FROM su_kien WHERE bat_dau IS NULL`)
	share := (float64(bad) + missing) / number(t, db, `SELECT count(*) FROM su_kien`)
	require.InDelta(t, 0.002, share, 0.0015, "%d unknown fields, %v without a start", bad, missing)
	share = number(t, db, `SELECT avg(truc_tiep < 0 OR thoi_diem IS NULL) FROM luot_khach`)
	require.InDelta(t, 0.002, share, 0.001)
	require.Zero(t, number(t, db, `SELECT count(*) FROM luot_khach v JOIN su_kien e ON e.id = v.su_kien_id WHERE e.bat_dau IS NULL OR e.linh_vuc = 'XX' OR e.xoa = 1`), "nobody is counted at junk or cancelled events")
	require.Zero(t, number(t, db, `SELECT count(*) FROM luot_khach WHERE su_kien_id NOT IN (SELECT id FROM su_kien)`))
}

func TestNumbersAreEmptyWhereTheyDoNotApply(t *testing.T) {
	db := open(t, onMonday(t))
	for _, none := range []string{
		`SELECT count(*) FROM luot_khach v JOIN su_kien e ON e.id = v.su_kien_id WHERE (e.thu_ve = 1) <> (v.ve_ban IS NOT NULL AND v.doanh_thu IS NOT NULL)`,
		`SELECT count(*) FROM luot_khach v JOIN su_kien e ON e.id = v.su_kien_id WHERE (e.hinh_thuc = 'truc_tiep') <> (v.truc_tuyen IS NULL)`,
		`SELECT count(*) FROM luot_khach v JOIN su_kien e ON e.id = v.su_kien_id WHERE e.hinh_thuc = 'truc_tuyen' AND v.truc_tiep > 0`,
		`SELECT count(*) FROM su_kien WHERE (hinh_thuc = 'truc_tuyen') <> (suc_chua IS NULL)`,
		`SELECT count(*) FROM luot_khach WHERE ve_ban > truc_tiep AND truc_tiep > 0`,
	} {
		require.Zero(t, number(t, db, none), none)
	}
}

func TestPeopleComeBetweenMidnightAndSeven(t *testing.T) {
	db := open(t, onMonday(t))
	// 17:00 to 23:59 UTC is 00:00 to 06:59 in Hanoi.
	require.Greater(t, number(t, db, `SELECT count(*) FROM luot_khach WHERE substr(thoi_diem, 12, 2) >= '17'`), 1000.0)
	for _, midnight := range []string{"2020-01-01", "2023-01-01", "2025-07-01", "2026-01-01", "2026-02-01", "2026-11-01"} {
		exact := moment(t, midnight+" 00:00:00")
		require.Positive(t, number(t, db, `SELECT count(*) FROM luot_khach WHERE thoi_diem = ?`, exact), "at midnight of %s", midnight)
		require.Positive(t, number(t, db, `SELECT count(*) FROM luot_khach WHERE thoi_diem > ? AND thoi_diem < ?`, exact, moment(t, midnight+" 07:00:00")), "after midnight of %s", midnight)
		before := moment(t, midnight+" 00:00:00")
		require.Positive(t, number(t, db, `SELECT count(*) FROM luot_khach WHERE thoi_diem < ? AND thoi_diem >= strftime('%Y-%m-%dT%H:%M:%fZ', ?, '-1 seconds')`, before, before), "a second before %s", midnight)
	}
}

func TestClosuresAndTetAreVisible(t *testing.T) {
	db := open(t, onMonday(t))
	events := func(from, to string) float64 {
		return number(t, db, `SELECT count(*) FROM su_kien WHERE xoa = 0 AND bat_dau >= ? AND bat_dau < ?`, moment(t, from+" 00:00:00"), moment(t, to+" 00:00:00"))
	}
	require.Less(t, events("2020-04-01", "2020-05-01"), events("2019-04-01", "2019-05-01")/8)
	require.Less(t, events("2021-05-01", "2021-10-01"), events("2022-05-01", "2022-10-01")/8)
	require.Positive(t, events("2021-05-01", "2021-10-01"))
	online := `SELECT avg(hinh_thuc = 'truc_tuyen') FROM su_kien WHERE bat_dau >= ? AND bat_dau < ?`
	require.Greater(t, number(t, db, online, moment(t, "2021-05-01 00:00:00"), moment(t, "2021-10-01 00:00:00")), 0.8)
	require.Less(t, number(t, db, online, moment(t, "2024-05-01 00:00:00"), moment(t, "2024-10-01 00:00:00")), 0.15)
	require.Less(t, events("2026-02-14", "2026-02-22"), events("2026-02-01", "2026-02-09")/3)
	require.Greater(t, events("2026-02-22", "2026-03-08"), events("2026-02-14", "2026-02-22")*3)
}

func TestTheFestivalHasItsEditions(t *testing.T) {
	db := open(t, onMonday(t))
	var years []string
	for _, line := range cells(t, db, `SELECT ky, count(*) FROM su_kien WHERE chuoi = 'festival-design' AND xoa = 0 GROUP BY ky ORDER BY ky`) {
		years = append(years, line[0])
	}
	require.Equal(t, []string{"2021", "2022", "2023", "2024", "2026"}, years)
	in := func(month string) float64 {
		return number(t, db, `SELECT count(*) FROM su_kien WHERE chuoi = 'festival-design' AND substr(bat_dau, 1, 7) = ?`, month)
	}
	require.Greater(t, in("2026-11"), 5*in("2026-06"))
	require.Zero(t, in("2025-11"))
}

func TestRecordsAreCorrectedMovedAndDeletedLater(t *testing.T) {
	before, after := start(t, Options{Now: at(firstYear.AddDate(0, 0, -45))}), start(t, Options{})
	old, recent := open(t, before), open(t, after)
	changed := func(columns, table string) int {
		was := make(map[string]string)
		for _, line := range cells(t, old, "SELECT id, "+columns+" FROM "+table) {
			was[line[0]] = strings.Join(line[1:], "|")
		}
		n := 0
		for _, line := range cells(t, recent, "SELECT id, "+columns+" FROM "+table) {
			if text, known := was[line[0]]; known && text != strings.Join(line[1:], "|") {
				n++
			}
		}
		return n
	}
	require.Positive(t, changed("truc_tiep", "luot_khach"))
	require.Positive(t, changed("xoa", "luot_khach"))
	require.Positive(t, changed("linh_vuc", "su_kien"))
	require.Positive(t, changed("ma_dia_ban", "su_kien"))
	require.Positive(t, changed("xoa", "su_kien"))
	require.Zero(t, number(t, recent, `SELECT count(*) FROM su_kien WHERE cap_nhat > ?`, momentText(firstYear)), "nothing is visible before its time")
}

func TestEveryMomentHasTheSameWidthSoThatTextSortsAsTime(t *testing.T) {
	db := open(t, start(t, Options{Now: at(time.Date(2019, 6, 1, 0, 0, 0, 0, time.UTC))}))
	for _, column := range []string{"su_kien.cap_nhat", "su_kien.bat_dau", "su_kien.ket_thuc", "luot_khach.cap_nhat", "luot_khach.thoi_diem"} {
		table, name, _ := strings.Cut(column, ".")
		require.Zero(t, number(t, db, fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s IS NOT NULL AND %s NOT GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].000Z'`, table, name, name)), column)
	}
}

func TestNamesAreClearlySimulated(t *testing.T) {
	db := open(t, onMonday(t))
	require.Zero(t, number(t, db, `SELECT count(*) FROM su_kien WHERE ten NOT LIKE '%(mô phỏng)%' OR don_vi_to_chuc NOT LIKE 'Không gian mô phỏng %'`))
	require.Zero(t, number(t, db, `SELECT count(*) FROM su_kien WHERE dia_diem NOT LIKE '%mô phỏng%' AND dia_diem <> 'Trực tuyến'`))
}

func TestDesignAndCraftsLead(t *testing.T) {
	db := open(t, onMonday(t))
	var order []string
	for _, line := range cells(t, db, `SELECT substr(linh_vuc, 1, 2), count(*) FROM su_kien WHERE bat_dau IS NOT NULL GROUP BY 1 ORDER BY 2 DESC`) {
		order = append(order, line[0])
	}
	require.ElementsMatch(t, []string{"TK", "TC"}, order[:2])
	require.True(t, slices.Contains(order, "TH"))
}

func TestNoEventOutlastsItsEditionOfTheFestival(t *testing.T) {
	db := open(t, onMonday(t))
	for _, e := range editions {
		last := momentText(onMonday(t).model.at(e.to+1, 12*3600)) // a night may run past midnight
		require.Zero(t, number(t, db, `SELECT count(*) FROM su_kien WHERE chuoi = 'festival-design' AND ky = ? AND bat_dau BETWEEN ? AND ? AND ket_thuc > ?`,
			e.year, momentText(onMonday(t).model.at(e.from, 0)), momentText(onMonday(t).model.at(e.to+1, 0)), last), e.year)
	}
}
