package locale

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestNumbersReadAsInTheLanguage(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Number(khue.Vietnamese, 1234.5, 1), "1.234,5"},
		{Number(khue.English, 1234.5, 1), "1,234.5"},
		{Number(khue.Vietnamese, -0.01, 1), "0,0"},
		{Number(khue.Vietnamese, -2318, 0), "−2.318"},
		{Compact(khue.Vietnamese, 1_264_000, 0), "1,26 triệu"},
		{Compact(khue.English, 1_264_000, 0), "1.26 million"},
		{Compact(khue.Vietnamese, 38_600_000_000, 0), "38,6 tỷ"},
		{Compact(khue.Vietnamese, 126_000_000, 0), "126 triệu"},
		{Compact(khue.Vietnamese, 2318, 0), "2.318"},
		{SignedPercent(khue.Vietnamese, 0.142, 1), "+14,2%"},
		{SignedPercent(khue.English, -0.024, 1), "−2.4%"},
		{SignedPercent(khue.English, 0.0001, 1), "0.0%"},
		{Date(khue.Vietnamese, time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)), "03/02/2026"},
		{PeriodName(khue.Vietnamese, khue.MustParsePeriod("2025-Q3")), "quý III năm 2025"},
		{PeriodName(khue.English, khue.MustParsePeriod("2025-03")), "March 2025"},
		{PeriodLabel(khue.Vietnamese, khue.MustParsePeriod("2025-03")), "Th 3/2025"},
		{PeriodLabel(khue.English, khue.MustParsePeriod("2025-03")), "Mar 2025"},
		{PeriodLabel(khue.Vietnamese, khue.MustParsePeriod("2025")), "2025"},
		{PeriodLabel(khue.English, khue.MustParsePeriod("2025")), "2025"},
		{PeriodLabel(khue.Vietnamese, khue.MustParsePeriod("2025-S2")), "6T2/2025"},
		{PeriodLabel(khue.English, khue.MustParsePeriod("2025-S2")), "H2 2025"},
		{PeriodLabel(khue.Vietnamese, khue.MustParsePeriod("2025-Q4")), "QIV/2025"},
		{PeriodLabel(khue.English, khue.MustParsePeriod("2025-Q4")), "Q4 2025"},
		{PeriodLabel(khue.Vietnamese, khue.MustParsePeriod("2025-W01")), "T1/2025"}, // begins in 2024
		{PeriodLabel(khue.English, khue.MustParsePeriod("2025-W01")), "W1 2025"},
		{PeriodLabel(khue.Vietnamese, khue.MustParsePeriod("2025-03-04")), "04/03/2025"},
		{PeriodLabel(khue.English, khue.MustParsePeriod("2025-03-04")), "4 Mar 2025"},
		{Fold("Quận Hoàn Kiếm, Đống Đa"), "quan hoan kiem, dong da"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestVietnameseWordsSortByVietnameseRules(t *testing.T) {
	words := []string{"Đống Đa", "Ba Đình", "Ứng Hòa", "Dương Nội", "Cầu Giấy"}
	Collator().SortStrings(words)
	want := []string{"Ba Đình", "Cầu Giấy", "Dương Nội", "Đống Đa", "Ứng Hòa"}
	for i := range want {
		if words[i] != want[i] {
			t.Fatalf("sorted %q, want %q", words, want)
		}
	}
}

func TestAShareIsNeverRoundedUpToTheWhole(t *testing.T) {
	for part, want := range map[float64]string{0: "0%", 0.0001: "<1%", 0.29: "29%", 0.999: "99%", 1: "100%"} {
		if got := WholeShare(khue.Vietnamese, part); got != want {
			t.Errorf("%v is written %q, not %q", part, got, want)
		}
	}
}

func TestNamesStandInTheOrderOfTheirCollationKeys(t *testing.T) {
	names := []string{"Đống Đa", "Ba Đình", "đông anh", "Ứng Hòa", "Dương Nội", "Ân Thi", "An Khánh", "Ăn Thi", "", "Ba Vì", "ba vì"}
	var keys CollationKeys
	collator := Collator()
	for _, a := range names {
		for _, b := range names {
			require.Equal(t, collator.CompareString(a, b), strings.Compare(keys.Of(a), keys.Of(b)), "%q and %q", a, b)
		}
	}
}
