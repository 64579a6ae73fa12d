package ingest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlacesAreToldInBothLanguages(t *testing.T) {
	for place, vi := range map[string]string{
		"activities page 7 record 521":         "activities trang 7, bản ghi 521",
		"a.xlsx › Biểu 1!row 7":                "a.xlsx › Biểu 1!dòng 7",
		"a.csv › row 7":                        "a.csv › dòng 7",
		"a.parquet › row 7, column Số lượt":    "a.parquet › dòng 7, cột Số lượt",
		"a.jsonl › line 7":                     "a.jsonl › dòng 7",
		"a.csv, row 7 of batch 01a2":           "a.csv, dòng 7 của lô 01a2",
		"row 7 of batch 01a2":                  "dòng 7 của lô 01a2",
		"thang-3.xlsx › Biểu 1!C7":             "thang-3.xlsx › Biểu 1!C7",
		"lượt id=1":                            "lượt id=1",
		"the first page 2 record.csv › B4":     "the first page 2 record.csv › B4",
		"row 9 page 1 record 2.csv › trang!A1": "row 9 page 1 record 2.csv › trang!A1",
	} {
		told := PlaceText(place)
		require.Equal(t, vi, told.VI)
		require.Equal(t, place, told.EN, "what is kept is the English")
	}
}
