package dashboards

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestFieldsOfARecordAreToldInTheReadersWords(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	s := &Site{service: indicators.NewService(catalogue, nil, indicators.Options{})}
	for _, c := range []struct {
		field  string
		value  any
		vi, en string
	}{
		{"discipline", "crafts", "Thủ công mỹ nghệ", "Crafts"},
		{"disciplines", []string{"design", "music"}, "Thiết kế, Âm nhạc", "Design, Music"},
		{"area", "00070", "Phường Hoàn Kiếm", "Hoan Kiem Ward"},
		{"kind", "residency", "Lưu trú sáng tác", "Residency"},
		{"starts_on", "2026-07-05", "05/07/2026", "5 Jul 2026"},
		{"international", true, "có", "yes"},
		{"participants", int64(1200), "1.200", "1,200"},
		{"funding_vnd", nil, "–", "–"},
		{"member", "M-0001", "M-0001", "M-0001"},
	} {
		require.Equal(t, c.vi, s.fieldValue(khue.Vietnamese, c.field, c.value), c.field)
		require.Equal(t, c.en, s.fieldValue(khue.English, c.field, c.value), c.field)
	}
}
