package demo

import (
	"compress/gzip"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestEightyTwoMembersAreCertifiedOnTheDayOfTheLaunch(t *testing.T) {
	members, _ := pull(t, onMonday(t), "members", "limit=50")
	launch, laterOn, left, startups := 0, 0, 0, 0
	statuses, kinds := map[any]int{}, map[any]int{}
	for _, m := range distinct(members) {
		if m["deleted"] == true {
			continue
		}
		statuses[m["status"]]++
		kinds[m["ownership"]]++
		switch certified := m["certified_on"]; {
		case certified == "2025-12-10":
			launch++
		case certified != nil && certified.(string) > "2026":
			laterOn++
		case certified != nil:
			t.Fatalf("certified before the launch: %v", m)
		}
		if m["left_on"] != nil {
			require.Equal(t, "left", m["status"])
			left++
		}
		if m["is_startup"] == true {
			startups++
		}
		area, ok := khue.AreaOf(m["area_code"].(string))
		require.True(t, ok && area.ValidOn(khue.DistrictEra), "%v", m)
	}
	require.Equal(t, 82, launch)
	require.Positive(t, laterOn)
	require.Positive(t, left)
	require.Positive(t, startups)
	require.Len(t, kinds, 3)
	for _, status := range []string{"applied", "accepted", "certified", "left", "rejected"} {
		require.Positive(t, statuses[status], status)
	}
}

func TestMembersMoveFromDistrictToWardWhenTheDistrictsEnd(t *testing.T) {
	eve := time.Date(2025, 6, 30, 16, 59, 0, 0, time.UTC) // 23:59 in Hanoi
	areas := func(now time.Time) (districts, wards int) {
		for _, m := range registryAt(t, DefaultSeed, now)["members"] {
			if m["deleted"] == true {
				continue
			}
			if len(m["area_code"].(string)) == 3 {
				districts++
			} else {
				wards++
			}
		}
		return districts, wards
	}
	districts, wards := areas(eve)
	require.Equal(t, inventory, districts)
	require.Zero(t, wards)
	districts, wards = areas(eve.Add(24 * time.Hour))
	require.Zero(t, districts)
	require.Equal(t, inventory, wards)
	updated, _ := pull(t, onMonday(t), "members", "updated_since=2025-06-30T17:00:00Z")
	require.GreaterOrEqual(t, len(distinct(updated)), inventory)
}

func TestActivitiesFollowTheContract(t *testing.T) {
	registry := registryAt(t, DefaultSeed, time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC))
	records := registry["activities"]
	memberOf, initiativeOf := distinct(registry["members"]), distinct(registry["initiatives"])
	kinds, ok := must(khue.DatasetOf("activities")).Field("kind")
	require.True(t, ok)
	years, bad := map[string]int{}, 0
	for _, a := range distinct(records) {
		require.Contains(t, kinds.Codes, a["type"])
		require.Contains(t, memberOf, a["member_id"])
		if a["initiative_id"] != nil {
			require.Contains(t, initiativeOf, a["initiative_id"])
		}
		_, known := khue.DisciplineOf(a["field"].(string))
		people, counted := a["participants"].(float64)
		if !known || a["start_date"] == nil || counted && people < 0 {
			bad++
			continue
		}
		start, err := time.Parse(time.DateOnly, a["start_date"].(string))
		require.NoError(t, err)
		area, ok := khue.AreaOf(a["area_code"].(string))
		require.True(t, ok && area.ValidOn(start), "%v", a)
		years[a["start_date"].(string)[:4]]++
	}
	about(t, 4000, float64(years["2026"]), "activities of 2026")
	delete(years, "2027")
	total := 0
	for _, n := range years {
		total += n
	}
	about(t, 20000, float64(total), "activities to 2026")
	require.InDelta(t, 0.002, float64(bad)/float64(len(records)), 0.0015)
}

func must[T any](v T, ok bool) T {
	if !ok {
		panic("missing")
	}
	return v
}

func TestInitiativesCoverTheSixCommitmentsAndSomeAreLate(t *testing.T) {
	records, _ := pull(t, onMonday(t), "initiatives", "")
	commitments, statuses, late := map[any]int{}, map[any]int{}, 0
	allowed, _ := must(khue.DatasetOf("initiatives")).Field("status")
	for _, i := range distinct(records) {
		commitments[i["commitment"]]++
		statuses[i["status"]]++
		require.Contains(t, allowed.Codes, i["status"])
		require.Equal(t, "unesco-uccn", i["programme"])
		require.IsType(t, []any{}, i["evidence"])
		if i["actual_end"] != nil && i["actual_end"].(string) > i["planned_end"].(string) {
			late++
		}
	}
	require.Equal(t, map[any]int{"L1": 4, "L2": 4, "L3": 4, "I1": 4, "I2": 4, "I3": 4}, commitments)
	require.Positive(t, late)
	require.Positive(t, statuses["under_way"])
	require.Positive(t, statuses["done"])
}

func TestPagesTogetherHoldEveryRecordOnceOrAgain(t *testing.T) {
	c := onMonday(t)
	whole, _ := pull(t, c, "activities", "limit=1000")
	small, _ := pull(t, c, "activities", "limit=37")
	require.Equal(t, distinct(whole), distinct(small))
	require.Greater(t, len(small), len(distinct(small)), "some records are served twice")
	require.True(t, slices.IsSortedFunc(whole, func(a, b map[string]any) int {
		if c := strings.Compare(a["updated_at"].(string), b["updated_at"].(string)); c != 0 {
			return c
		}
		return strings.Compare(a["id"].(string), b["id"].(string))
	}))
	single, _ := pull(t, c, "members", "limit=1")
	require.Len(t, single, len(distinct(single)), "pages of one record move on")
}

func TestUpdatedSinceIsInclusive(t *testing.T) {
	c := onMonday(t)
	all, _ := pull(t, c, "activities", "limit=1000")
	from := all[len(all)-100]["updated_at"].(string)
	recent, _ := pull(t, c, "activities", "limit=1000&updated_since="+from)
	require.Contains(t, distinct(recent), all[len(all)-100]["id"])
	for _, r := range recent {
		require.GreaterOrEqual(t, r["updated_at"].(string), from)
	}
	offset := "updated_since=" + strings.NewReplacer("+", "%2B").Replace(monday.In(hanoi(t)).Add(time.Minute).Format(time.RFC3339))
	none := get(t, c, "/v1/activities?"+offset, c.Token())
	require.Equal(t, http.StatusOK, none.status)
	require.JSONEq(t, `{"data":[],"next_cursor":null}`, string(none.body))
}

// february is before there are records, which is soon built.
var february = time.Date(2019, 2, 10, 0, 0, 0, 0, time.UTC)

func TestTheRegistryRefusesStrangersAndBadParameters(t *testing.T) {
	c := start(t, Options{Token: "khoa", Faults: true, Now: at(february)})
	for _, token := range []string{"", "khac"} {
		a := get(t, c, "/v1/members", token)
		require.Equal(t, http.StatusUnauthorized, a.status)
		require.Equal(t, `Bearer realm="registry"`, a.header.Get("WWW-Authenticate"))
	}
	other := writeCursor("activities", entry{at: monday, id: "A"})
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "updated_since=2026", "cursor=%21", "cursor=" + other} {
		a := get(t, c, "/v1/members?"+query, "khoa")
		require.Equal(t, http.StatusBadRequest, a.status, query)
		var body struct {
			Error struct {
				Code    string
				Message khue.Text
			}
		}
		require.NoError(t, json.Unmarshal(a.body, &body))
		require.Equal(t, "invalid_parameter", body.Error.Code)
		require.NotEmpty(t, body.Error.Message.VI)
		require.NotEmpty(t, body.Error.Message.EN)
	}
	require.Equal(t, http.StatusNotFound, get(t, c, "/v2/members", "khoa").status)
}

func TestTheRegistryStumblesAboutOnceInFifteenAndNeverTwiceInARow(t *testing.T) {
	ask := func() (statuses []int) {
		c := start(t, Options{Faults: true, Now: at(february)})
		for range 600 {
			a := get(t, c, "/v1/members?limit=1", c.Token())
			statuses = append(statuses, a.status)
			if a.status == http.StatusTooManyRequests {
				require.Equal(t, "1", a.header.Get("Retry-After"))
			}
		}
		return statuses
	}
	statuses := ask()
	require.Equal(t, statuses, ask(), "the same requests fail after every start")
	failed := 0
	for i, s := range statuses {
		if s != http.StatusOK {
			failed++
			require.True(t, i == 0 || statuses[i-1] == http.StatusOK)
		}
	}
	require.InDelta(t, 40, failed, 16)
	require.Contains(t, statuses, http.StatusTooManyRequests)
	require.Contains(t, statuses, http.StatusInternalServerError)
	calm, stumbles := pull(t, onMonday(t), "activities", "limit=100")
	require.NotEmpty(t, calm)
	require.Zero(t, stumbles, "no faults unless they are asked for")
}

func TestAnswersAreZippedWhenAsked(t *testing.T) {
	c := onMonday(t)
	req, err := http.NewRequest(http.MethodGet, c.RegistryURL()+"/v1/members", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+c.Token())
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "gzip", resp.Header.Get("Content-Encoding"))
	zipped, err := gzip.NewReader(resp.Body)
	require.NoError(t, err)
	var a answer
	require.NoError(t, json.NewDecoder(zipped).Decode(&a))
	require.NotEmpty(t, a.Data)
}
