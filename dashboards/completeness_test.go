package dashboards_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/locale"
)

// reporterOf counts the events of an organiser in days that have reported.
func (c *city) reporterOf(organiser, from, to string) string {
	one := *cityOf(c, organiser)
	reported, expected := one.reportedBy(from, to)
	return fmt.Sprintf("%d/%d", reported, expected)
}

// cityOf keeps the events of one organiser.
func cityOf(c *city, organiser string) *city {
	out := &city{facts: map[string][]fact{}, now: c.now}
	for _, f := range c.facts["events"] {
		if f.dims["organiser"] == organiser {
			out.facts["events"] = append(out.facts["events"], f)
		}
	}
	return out
}

func TestThePageOnCompletenessAnswersAsAsked(t *testing.T) {
	h := openBooks(t, busy(morning), dashboards.DoorLocal)
	c := lively(morning)
	reported, expected := c.reportedBy("2026-01-01", "2027-01-01")
	share := float64(reported) / float64(expected)
	for _, one := range []struct {
		name, address string
		status        int
		has, hasNot   []string
	}{
		{
			"this year", "/data/completeness", 200,
			[]string{
				"Năm 2026: " + locale.WholeShare(khue.Vietnamese, share) + " sự kiện đã báo cáo", `aria-current="page"`, "Độ đầy đủ", "tv0", c.reporterOf("tv0", "2026-03-01", "2026-04-01"),
				"1 báo cáo ngoài danh sách", "E-la", fmt.Sprintf("%d báo cáo còn thiếu", expected-reported), "Sự kiện mẫu", "không phải gửi", "Số liệu đến ngày 22/11/2026",
			},
			[]string{"%!", "<nil>", "NaN"},
		},
		{"in English", "/data/completeness?lang=en", 200, []string{"2026: " + locale.WholeShare(khue.English, share) + " of events have reported", "none was due", "reports are missing", "Completeness"}, []string{"Nơi báo cáo", "%!"}},
		{"a list that nobody keeps", "/data/completeness?list=member_activities", 200, []string{"độ đầy đủ không xác định", "Thành viên không có hoạt động thì không gửi gì"}, []string{"<table"}},
		{"a list that is not in use", "/data/completeness?list=monthly_workbooks", 200, []string{"chưa có báo cáo nào đến hạn", "Khi có báo cáo đầu tiên"}, nil},
		{"one reporter", "/data/completeness?q=TV0", 200, []string{"tv0"}, []string{">tv1<", "Tất cả</th>"}},
		{"nobody of that name", "/data/completeness?q=zzz", 200, []string{"Không có nơi báo cáo nào như vậy"}, []string{"<table"}},
		{"an unknown list", "/data/completeness?list=x", 400, []string{"Không có danh sách báo cáo", "Về trang Độ đầy đủ"}, nil},
		{"a year to come", "/data/completeness?year=2027", 400, []string{"Không có năm"}, nil},
		{"a strange flag", "/data/completeness?missing=2", 400, []string{"chỉ nhận 1"}, nil},
		{"markup that is looked for", "/data/completeness?q=" + url.QueryEscape(`"><script>`), 200, []string{"&#34;&gt;&lt;script&gt;"}, []string{`"><script>`}},
	} {
		t.Run(one.name, func(t *testing.T) {
			w := get(h, one.address)
			require.Equal(t, one.status, w.Code)
			for _, words := range one.has {
				require.Contains(t, w.Body.String(), words)
			}
			for _, words := range one.hasNot {
				require.NotContains(t, w.Body.String(), words)
			}
			requireStrict(t, w)
		})
	}
}

func TestOnlyThoseWithReportsMissingAreShownWhenAsked(t *testing.T) {
	c := lively(morning)
	h := openBooks(t, busy(morning), dashboards.DoorLocal)
	all, lacking := get(h, "/data/completeness?year=2025").Body.String(), get(h, "/data/completeness?year=2025&missing=1").Body.String()
	shown := 0
	for n := range 40 {
		name := fmt.Sprint("tv", n)
		reported, expected := cityOf(c, name).reportedBy("2025-01-01", "2026-01-01")
		row := `<th scope="row">` + name + `</th>`
		require.Equal(t, expected > 0, strings.Contains(all, row), name)
		require.Equal(t, reported < expected, strings.Contains(lacking, row), name)
		if expected > 0 && reported == expected {
			shown++
		}
	}
	require.Positive(t, shown, "without somebody who has reported everything this proves little")
}
