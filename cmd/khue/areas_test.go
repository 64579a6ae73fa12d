package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestAreasAreFoundWithoutMarksAndByTheDayTheyWereInForce(t *testing.T) {
	codes := func(day, search string) []string {
		var on time.Time
		if day != "" {
			var err error
			on, err = time.Parse(time.DateOnly, day)
			require.NoError(t, err)
		}
		var out []string
		for _, a := range areasFound(on, search) {
			out = append(out, a.Code)
		}
		return out
	}
	require.Equal(t, []string{"001", "00004"}, codes("", "ba dinh"))
	require.Equal(t, []string{"001"}, codes("2025-06-30", "Ba Đình"))
	require.Equal(t, []string{"00004"}, codes("2025-07-01", "BA DINH"))
	require.Len(t, codes("2025-06-30", ""), 1+30)
	require.Len(t, codes("2025-07-01", ""), 1+126)
	require.Empty(t, codes("", "sai gon"))
}

func TestAreasAndCrosswalksAreListedInTheReadersLanguage(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	walk, err := catalogue.Crosswalk("uccn_field")
	require.NoError(t, err)
	for lang, want := range map[khue.Lang][]string{
		khue.Vietnamese: {"Quận Ba Đình", "đến hết 30/06/2025", "chưa khai báo quy đổi", "Lĩnh vực UCCN", "8 lĩnh vực", "từ 01/01/2025", "không có: Chưa có lĩnh vực Kiến trúc", "chưa rõ tỷ trọng: media_arts"},
		khue.English:    {"Ba Dinh District", "to 30 Jun 2025", "no correspondence configured", "UCCN field", "Eight fields", "from 1 Jan 2025", "none: There was no field", "shares unknown: media_arts"},
	} {
		var out bytes.Buffer
		require.NoError(t, writeAreas(&out, areasFound(time.Time{}, "ba dinh"), catalogue.Correspondences(), lang))
		require.NoError(t, listCrosswalks(&out, catalogue.Crosswalks(), lang))
		require.NoError(t, showCrosswalk(&out, walk, lang))
		for _, w := range want {
			require.Contains(t, out.String(), w)
		}
	}
}
