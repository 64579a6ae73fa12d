package dashboards_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
)

// plainMember is a record of the register as the warehouse gives it, with its days.
type plainMember struct {
	id, name, kind, discipline, area, org string
	joined, certified, left               time.Time
}

// plainRegister reads the register and the activities row by row.
func plainRegister(t testing.TB, w *warehouse.Warehouse) (members []plainMember, activities map[string][]time.Time) {
	t.Helper()
	records, err := w.Records(t.Context(), "members", nil, time.Time{}, 0)
	require.NoError(t, err)
	day := func(r warehouse.Record, name string) time.Time { d, _ := r[name].(time.Time); return d }
	for _, r := range records {
		m := plainMember{
			id: r["record_id"].(string), name: r["name"].(string), kind: r["kind"].(string), discipline: r["discipline"].(string), area: r["area"].(string),
			org: r["organisation_type"].(string), joined: day(r, "accepted_on"), certified: day(r, "certified_on"), left: day(r, "left_on"),
		}
		if m.joined.IsZero() {
			m.joined = m.certified
		}
		members = append(members, m)
	}
	did, err := w.Records(t.Context(), "activities", nil, time.Time{}, 200_000)
	require.NoError(t, err)
	activities = map[string][]time.Time{}
	for _, r := range did {
		activities[r["member"].(string)] = append(activities[r["member"].(string)], day(r, "starts_on"))
	}
	return members, activities
}

// in tells whether somebody was a member when a day began.
func (m plainMember) in(day time.Time) bool {
	return !m.joined.IsZero() && m.joined.Before(day) && (m.left.IsZero() || !m.left.Before(day))
}

// active counts a member's activities in some days, as a member.
func (m plainMember) active(days []time.Time, from, to time.Time) (n int) {
	for _, d := range days {
		if !d.Before(from) && d.Before(to) && !d.Before(m.joined) && (m.left.IsZero() || d.Before(m.left)) {
			n++
		}
	}
	return n
}

func TestTheMembersPageCountsAsPlainLoopsDo(t *testing.T) {
	_, w := pulledCity(t)
	h := openPulled(t)
	members, activities := plainRegister(t, w)
	for _, filtered := range []string{"", "&kind=private", "&discipline=design"} {
		passes := func(m plainMember) bool {
			return (filtered != "&kind=private" || m.kind == "private") && (filtered != "&discipline=design" || m.discipline == "design")
		}
		for _, row := range shownTable(t, h, "/charts/network-growth?lang=en"+filtered) {
			p := khue.PeriodOf(parseMonth(t, row[0]), khue.Month)
			var came, certified, left, stock, held int
			for _, m := range members {
				if !passes(m) || m.joined.IsZero() {
					continue
				}
				for _, c := range []struct {
					day time.Time
					n   *int
				}{{m.joined, &came}, {m.certified, &certified}, {m.left, &left}} {
					if !c.day.IsZero() && p.Contains(c.day) {
						*c.n++
					}
				}
				if m.in(p.End()) {
					stock++
				}
				if m.in(p.End()) && !m.certified.IsZero() && m.certified.Before(p.End()) {
					held++
				}
			}
			require.Equal(t, []string{fmt.Sprint(came), fmt.Sprint(certified), fmt.Sprint(left), fmt.Sprint(stock), fmt.Sprint(held)}, row[1:], "%s%s", row[0], filtered)
		}
		requireActivity(t, h, filtered, passes, members, activities)
		requireCohorts(t, h, filtered, passes, members, activities)
	}
}

func requireActivity(t *testing.T, h http.Handler, filtered string, passes func(plainMember) bool, members []plainMember, activities map[string][]time.Time) {
	t.Helper()
	rows := shownTable(t, h, "/charts/network-activity?lang=en"+filtered)
	require.Len(t, rows, 11)
	for _, row := range rows {
		p := khue.PeriodOf(parseMonth(t, row[0]), khue.Month)
		var stock, active, did int
		for _, m := range members {
			if passes(m) && m.in(p.End()) {
				stock++
				if n := m.active(activities[m.id], p.Start(), p.End()); n > 0 {
					active, did = active+1, did+n
				}
			}
		}
		require.Equal(t, []string{fmt.Sprint(stock), fmt.Sprint(active), fmt.Sprintf("%.1f%%", 100*float64(active)/float64(stock)), fmt.Sprint(did)}, row[1:5], "%s%s", row[0], filtered)
	}
}

func requireCohorts(t *testing.T, h http.Handler, filtered string, passes func(plainMember) bool, members []plainMember, activities map[string][]time.Time) {
	t.Helper()
	rows := shownTable(t, h, "/charts/network-retention?lang=en"+filtered)
	require.Greater(t, len(rows), 5)
	partial := khue.MustParsePeriod("2026-Q4")
	for _, row := range rows[:len(rows)-1] {
		var quarter khue.Period
		for _, q := range khue.Periods(khue.Quarter, civil(2025, 1, 1), civil(2027, 1, 1)) {
			if row[0] == fmt.Sprintf("Q%d %d", (int(q.Start().Month())+2)/3, q.Start().Year()) {
				quarter = q
			}
		}
		size := 0
		for _, m := range members {
			if passes(m) && !m.joined.IsZero() && quarter.Contains(m.joined) {
				size++
			}
		}
		require.Equal(t, fmt.Sprint(size), row[1], row[0])
		for since, shown := range row[2:] {
			q := quarter.Shift(since)
			if q.Start().After(partial.Start()) {
				require.Equal(t, "–", shown, "a quarter to come has no share")
				continue
			}
			active := 0
			for _, m := range members {
				if passes(m) && !m.joined.IsZero() && quarter.Contains(m.joined) && m.active(activities[m.id], q.Start(), q.End()) > 0 {
					active++
				}
			}
			want := fmt.Sprintf("%.1f%%", 100*float64(active)/float64(size))
			if size < 5 {
				want = fmt.Sprintf("%d/%d", active, size)
			}
			if q == partial {
				want += "*"
			}
			require.Equal(t, want, shown, "%s after %d%s", row[0], since, filtered)
		}
	}
}

// shownTable is the table behind a chart as a reader sees it.
func shownTable(t testing.TB, h http.Handler, address string) [][]string {
	t.Helper()
	var chart struct {
		Table struct{ Rows [][]string } `json:"table"`
	}
	r := get(h, address)
	require.Equal(t, http.StatusOK, r.Code, address)
	require.NoError(t, json.Unmarshal(r.Body.Bytes(), &chart))
	return chart.Table.Rows
}

func parseMonth(t testing.TB, label string) time.Time {
	t.Helper()
	d, err := time.Parse("Jan 2006", label)
	require.NoError(t, err)
	return d
}

var rowsOfList = regexp.MustCompile(`<th scope="row"><a href="(/members/[^"]+)">([^<]+)</a></th>`)

func TestTheListFindsMembersWithoutMarksAndLeadsToEachOfThem(t *testing.T) {
	_, w := pulledCity(t)
	h := openPulled(t)
	members, _ := plainRegister(t, w)
	listed := map[string]bool{}
	for page := 1; ; page++ {
		body := get(h, fmt.Sprintf("/members?lang=vi&sort=-activities&page=%d", page)).Body.String()
		rows := rowsOfList.FindAllStringSubmatch(body, -1)
		for _, row := range rows {
			listed[row[1]] = true
		}
		if len(rows) == 0 {
			require.Contains(t, body, "Không có thành viên nào như vậy")
			break
		}
		require.LessOrEqual(t, len(rows), 25)
	}
	for _, m := range members {
		require.Equal(t, !m.joined.IsZero(), listed["/members/"+m.id], "%s: members are listed, and nobody who only applied", m.id)
		code := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[!m.joined.IsZero()]
		one := get(h, "/members/"+m.id+"?lang=vi")
		require.Equal(t, code, one.Code, m.id)
		if code == http.StatusOK {
			require.Contains(t, one.Body.String(), m.name)
			if !m.left.IsZero() {
				require.Contains(t, one.Body.String(), "đã rời Mạng lưới từ ngày "+m.left.Format("02/01/2006"))
			}
		}
	}
	for _, q := range []string{"gom%20khong%20gian", "GỐM%20xưởng", "gốm"} {
		body := get(h, "/members?lang=vi&q="+q).Body.String()
		found := rowsOfList.FindAllStringSubmatch(body, -1)
		require.NotEmpty(t, found, q)
		for _, row := range found {
			require.Contains(t, row[2], "Gốm", q)
		}
	}
}

func TestTheMembersPageShowsNothingConfidential(t *testing.T) {
	_, w := pulledCity(t)
	h := openPulled(t)
	records, err := w.Records(t.Context(), "activities", []warehouse.Filter{{Dim: "member", Values: []string{"M-0001"}}}, time.Time{}, 0)
	require.NoError(t, err)
	for _, address := range []string{"/members/M-0001?lang=vi", "/member-charts/M-0001?lang=vi", "/member-charts/M-0001.csv?lang=vi"} {
		body := get(h, address).Body.String()
		for _, r := range records {
			if funding, ok := r["funding_vnd"].(int64); ok && funding > 0 {
				require.NotContains(t, body, fmt.Sprint(funding))
			}
		}
	}
}

func TestTheMembersPageRefusesWhatItDoesNotUnderstand(t *testing.T) {
	h := openPulled(t)
	for _, c := range []struct {
		address string
		code    int
		words   string
	}{
		{"/members?kind=state", 400, "There is no kind of member"},
		{"/members?kind=private&kind=public", 400, "more than once"},
		{"/members?sort=size", 400, "cannot be ordered by"},
		{"/members?page=0", 400, "There is no page number"},
		{"/members?page=%D9%A3", 400, "There is no page number"},
		{"/members?q=" + strings.Repeat("a", 101), 400, "too long"},
		{"/members?q=" + strings.Repeat("a", 10_000), 400, "too long"},
		{"/members?q=%00%FF", 400, "not text"},
		{"/members?q=%3Cscript%3E", 200, "There is no such member"},
		{"/members?page=2000", 200, "There is no such member"},
		{"/members?period=2019", 200, "The register holds no member"},
		{"/members?member=M-0001", 400, "There is no filter"},
		{"/members/", 404, "There is no"},
		{"/members/NOBODY", 404, "there is no member"},
		{"/members/M-0001?kind=private", 400, "This page has no filters"},
		{"/members/" + strings.Repeat("x", 3000), 404, "there is no member"},
		{"/?kind=private", 400, "There is no filter"},
	} {
		join := "?"
		if strings.Contains(c.address, "?") {
			join = "&"
		}
		r := get(h, c.address+join+"lang=en")
		require.Equal(t, c.code, r.Code, c.address)
		require.Contains(t, strings.ToLower(r.Body.String()), strings.ToLower(c.words), c.address)
	}
}

func TestChartsOfMembersHoldWhatTheirTablesSay(t *testing.T) {
	h := openPulled(t)
	var chart struct {
		Option struct {
			Series []struct {
				Data []struct {
					Value []float64 `json:"value"`
					Label struct{ Formatter string }
				} `json:"data"`
			} `json:"series"`
		} `json:"option"`
		Table struct{ Rows [][]string } `json:"table"`
	}
	require.NoError(t, json.Unmarshal(get(h, "/charts/network-retention?lang=en").Body.Bytes(), &chart))
	require.NotEmpty(t, chart.Option.Series[0].Data)
	for _, cell := range chart.Option.Series[0].Data {
		said := strings.TrimSuffix(chart.Table.Rows[int(cell.Value[1])][int(cell.Value[0])+2], "*")
		if !strings.Contains(said, "/") {
			require.InDelta(t, cell.Value[2], percentOf(t, said), 0.0006, said)
		}
	}
}

func percentOf(t testing.TB, said string) float64 {
	t.Helper()
	var v float64
	_, err := fmt.Sscanf(said, "%f%%", &v)
	require.NoError(t, err, said)
	return v / 100
}

func TestTheMembersPagesAreDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width         int64
		charts        int
		words         string
	}{
		{"members-desktop", "/members?lang=vi", 1440, 8, "Danh sách thành viên"},
		{"members-phone", "/members?lang=vi", 390, 8, "Danh sách thành viên"},
		{"members-desktop-en", "/members?lang=en&period=uccn&kind=private&sort=-activities", 1440, 8, "List of members"},
		{"members-phone-en", "/members?lang=en&q=gom", 390, 8, "found"},
		{"member-desktop", "/members/M-0058?lang=vi", 1440, 1, "đã rời Mạng lưới từ ngày 05/03/2026"},
		{"member-phone", "/members/M-0058?lang=vi", 390, 1, "đã rời Mạng lưới từ ngày 05/03/2026"},
		{"member-desktop-en", "/members/M-0013?lang=en", 1440, 1, "no day yet"},
		{"member-phone-en", "/members/M-0001?lang=en", 390, 1, "Certified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 1000, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			requireDrawn(t, ctx, c.charts, 0.14)
			look(t, ctx, heard, c.name, c.words, false)
		})
	}
}
