package demo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo/postgrestest"
)

func TestPostgreSQLHoldsTheSameContentAsSQLite(t *testing.T) {
	now := firstYear
	clock := now.AddDate(0, -3, 0)
	onServer := start(t, Options{PostgresDSN: postgrestest.Start(t), Now: func() time.Time { return clock }})
	require.Equal(t, "postgres", onServer.DatabaseDriver())
	clock = now.Add(-time.Hour) // first a long extension, then changes from the agenda
	require.NoError(t, onServer.Advance(t.Context()))
	for clock.Before(now) {
		clock = clock.Add(12 * time.Minute)
		require.NoError(t, onServer.Advance(t.Context()))
	}
	inFile := open(t, start(t, Options{Now: at(now)}))
	server := open(t, onServer)
	for _, columns := range []string{
		"id, ma, ten, chuoi, ky, don_vi_to_chuc, dia_diem, ma_dia_ban, linh_vuc, bat_dau, ket_thuc, hinh_thuc, %thu_ve, suc_chua, %quoc_te, sang_kien, cap_nhat, %xoa FROM su_kien",
		"id, su_kien_id, thoi_diem, truc_tiep, truc_tuyen, ve_ban, doanh_thu, cap_nhat, %xoa FROM luot_khach",
	} {
		want := cells(t, inFile, "SELECT "+replacePercent(columns, "")+" ORDER BY id")
		got := cells(t, server, "SELECT "+replacePercent(columns, "::int")+" ORDER BY id")
		require.NotEmpty(t, want)
		require.Equal(t, len(want), len(got))
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	}
}

// replacePercent turns %name into name with a cast after it.
func replacePercent(s, cast string) string {
	out, name := "", false
	for _, r := range s {
		if name && (r == ',' || r == ' ') {
			out, name = out+cast, false
		}
		if r == '%' {
			name = true
			continue
		}
		out += string(r)
	}
	return out
}

func TestTablesOfOthersAreLeftAlone(t *testing.T) {
	dsn := postgrestest.Start(t)
	s, err := openPostgres(t.Context(), dsn)
	require.NoError(t, err)
	defer s.Close()
	_, err = s.db.Exec(`CREATE TABLE su_kien (id int); INSERT INTO su_kien VALUES (1)`)
	require.NoError(t, err)
	city, err := Start(t.Context(), Options{Dir: t.TempDir(), PostgresDSN: dsn, Now: at(time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC))})
	require.Nil(t, city)
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.Equal(t, 1.0, number(t, s.db, `SELECT count(*) FROM su_kien`))
}
