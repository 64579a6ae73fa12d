package dashboards_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/locale"
)

// reportedBy counts the events of some days of the test's city and those that reported.
func (c *city) reportedBy(from, to string) (reported, expected int) {
	for _, f := range c.facts["events"] {
		day := f.day.Format("2006-01-02")
		onSite := f.dims["format"] == "onsite" || f.dims["format"] == "hybrid"
		if day < from || day >= to || f.dims["event"] == "" || !onSite || f.day.After(c.now) {
			continue
		}
		expected++
		if f.dims["silent"] == "" {
			reported++
		}
	}
	return reported, expected
}

func TestEveryHeadlineSaysHowMuchOfItHasBeenReported(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	reported, expected := c.reportedBy("2026-01-01", "2026-11-01")
	require.Less(t, reported, expected)
	share := float64(reported) / float64(expected)
	page := get(h, "/").Body.String()
	require.Equal(t, 3, strings.Count(page, locale.WholeShare(khue.Vietnamese, share)+" sự kiện đã báo cáo"), "on its card, under the chart and under the map")
	require.Contains(t, page, "độ đầy đủ không xác định")
	require.Contains(t, page, "Không có danh sách những sự kiện lẽ ra phải được công bố.")
	require.Contains(t, page, "Số liệu đến ngày 22/11/2026")
	require.NotContains(t, page, `class="complete low"`)

	english := get(h, "/?lang=en").Body.String()
	require.Equal(t, 3, strings.Count(english, locale.WholeShare(khue.English, share)+" of events have reported"))
	require.Contains(t, english, "completeness not determined")
	require.Contains(t, english, "Data until 22 Nov 2026")

	records := chartTable(t, h, "/charts/visitors.csv?lang=en&period=2025")
	require.Equal(t, "Complete", records[0][5])
	for month := 1; month <= 12; month++ {
		reported, expected := c.reportedBy(fmt.Sprintf("2025-%02d-01", month), fmt.Sprintf("2025-%02d-32", month))
		require.Equal(t, fmt.Sprintf("%.4f", float64(reported)/float64(expected)), records[month][5], "month %d", month)
	}
}

func TestAFigureBelowTheFloorIsShownWithAWarningInWords(t *testing.T) {
	c := lively(morning)
	c.facts["events"] = slices.Clone(c.facts["events"])
	for i := range c.facts["events"] {
		if f := &c.facts["events"][i]; i%3 == 0 {
			f.dims = maps.Clone(f.dims)
			f.dims["silent"] = "1"
		}
	}
	page := get(open(t, c), "/").Body.String()
	reported, expected := c.reportedBy("2026-01-01", "2026-11-01")
	words := "Chưa đủ: " + locale.WholeShare(khue.Vietnamese, float64(reported)/float64(expected)) + " sự kiện đã báo cáo"
	require.Contains(t, page, `<span class="complete low" title="Dưới mức 80% mà định nghĩa đòi hỏi.">`+words+`</span>`)
	require.Contains(t, get(open(t, c), "/?lang=en").Body.String(), "Too few: ")
	require.Contains(t, chartTable(t, open(t, c), "/charts/visitors.csv?period=2025")[1][6], "Chưa đủ: ", "a month below the floor says so in the file too")
}
