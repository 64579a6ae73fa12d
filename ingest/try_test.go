package ingest

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"khue"
)

func TestATrialShowsRowsRawMappedAndRejectedAndLoadsNothing(t *testing.T) {
	dir := t.TempDir()
	workbook(t, filepath.Join(dir, "thang-3.xlsx"), map[string][][]any{"Biểu 1": {
		{"BÁO CÁO THÁNG 3"},
		{"Ghi chú", "Địa bàn", "Lĩnh vực", "Lao động"},
		{"x", "Quận Ba Đình", "Thiết kế", 1234},
		{"", "Quận Không Có", "Không rõ", "nhiều"},
		{"", "TỔNG CỘNG", "", 99},
		{"", "Quận Tây Hồ", "Âm nhạc", 5},
	}})
	m := newMemory(t)
	p := puller(t, statistics(t, dir, ""), m, at(noon))
	trial, err := p.Try(t.Context(), "monthly", TryOptions{})
	require.NoError(t, err)
	require.Zero(t, m.batches)
	require.Equal(t, []int64{3, 2, 1, 1}, []int64{trial.Read, trial.Accepted, trial.Rejected, trial.Skipped})
	require.Equal(t, []Part{{File: "thang-3.xlsx", Sheet: "Biểu 1", Header: 2, Unused: []string{"Ghi chú"}}}, trial.Parts)
	require.Equal(t, []string{"measure", "discipline", "area", "period", "value", "unit"}, trial.Fields)

	good := trial.Rows[0]
	require.Equal(t, map[string]string{"Địa bàn": "Quận Ba Đình", "Lĩnh vực": "Thiết kế", "Lao động": "1234"}, good.Raw)
	require.Equal(t, khue.Text{VI: "1.234", EN: "1,234"}, good.Mapped["value"])
	require.Equal(t, khue.Text{VI: "Quận Ba Đình", EN: "Ba Dinh District"}, good.Mapped["area"])
	require.Equal(t, "tháng 3 năm 2025", good.Mapped["period"].VI)
	require.Empty(t, good.Faults)

	bad := trial.Rows[1]
	require.Equal(t, "thang-3.xlsx › Biểu 1!row 4", bad.Place)
	require.Len(t, bad.Faults, 3, "all faults of a row at once")
	for i, want := range [][4]string{{"discipline", "Lĩnh vực", "C4", "Không rõ"}, {"area", "Địa bàn", "B4", "Quận Không Có"}, {"value", "Lao động", "D4", "nhiều"}} {
		f := bad.Faults[i]
		require.Equal(t, want, [4]string{f.Field, f.Column, f.Cell, f.Value})
		require.Equal(t, "thang-3.xlsx › Biểu 1!"+f.Cell, f.Place)
		require.NotEmpty(t, f.Expected.VI)
		require.NotEqual(t, f.Expected.VI, f.Expected.EN)
		require.Contains(t, Reasons(), f.Reason)
	}
}

func TestATrialOfAnUploadedFileReadsThatFileAndNoMoreRowsThanAsked(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, dir, "a.csv", header+"001,design,1\n", noon)
	write(t, elsewhere, "b.csv", header+"001,design,-1\n002,design,2\n003,design,3\n", noon)
	config := statistics(t, dir, ", min: 0")
	p := puller(t, config, nil, at(noon))
	trial, err := p.Try(t.Context(), "monthly", TryOptions{File: filepath.Join(elsewhere, "b.csv"), Rows: 2})
	require.NoError(t, err)
	require.True(t, trial.More)
	require.Len(t, trial.Rows, 2)
	require.Equal(t, "b.csv › C2", trial.Rows[0].Faults[0].Place)

	write(t, elsewhere, "c.csv", "Địa bàn,Lĩnh vực\n001,design\n", noon)
	trial, err = p.Try(t.Context(), "monthly", TryOptions{File: filepath.Join(elsewhere, "c.csv")})
	require.ErrorContains(t, err, "these columns are missing")
	require.Equal(t, []string{"Lao động"}, trial.Parts[0].Missing)

	_, err = p.Try(t.Context(), "monthly", TryOptions{Dataset: "events"})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	_, err = p.Try(t.Context(), "nobody", TryOptions{})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}
