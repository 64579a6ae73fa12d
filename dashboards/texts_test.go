package dashboards_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/indicators"
	papers "khue/reports"
	"khue/reports/narrative"
	"khue/state"
)

const toldReport = `report:
  id: city-story
  title: {vi: Chuyện của thành phố, en: Story of the city}
  about: {vi: "Chuyện {period}", en: "Story, {period}"}
  periods: [year]
  opening: {vi: Mở đầu., en: Opening.}
  sections:
    - section: headlines
    - section: narrative
      id: overview
      title: {vi: Tổng quan, en: Overview}
      about: {vi: "Điều gì đã thay đổi trong năm, và vì sao?", en: "What changed in the year, and why?"}
      words: {least: 5, most: 40}
      needed: true
    - {section: narrative, id: thanks, title: {vi: Lời cảm ơn, en: Thanks}}
`

// openTold serves pages on which a report is written, in a state of their own.
func openTold(t testing.TB, service dashboards.Service, door dashboards.Door) (http.Handler, *narrative.Book, func(time.Duration)) {
	t.Helper()
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	meaning, err := indicators.Load("")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "story.yaml"), []byte(toldReport), 0o600))
	definitions, err := papers.Load(dir, meaning)
	require.NoError(t, err)
	clock := morning
	now := func() time.Time { return clock }
	book, err := narrative.NewBook(narrative.Options{Keeper: store, Outlines: papers.Outlines{Definitions: definitions, Meaning: meaning}, Now: now})
	require.NoError(t, err)
	h := openSite(t, dashboards.Options{Service: service, Now: now, Patience: time.Minute, Spreadsheet: sheetAsJSON, Texts: book, ActionDoor: door})
	return h, book, func(d time.Duration) { clock = clock.Add(d) }
}

const storyPage = "/reports/texts?definition=city-story&period=2026"

// story is a saving with nothing wrong in it.
func story(words string) url.Values {
	return url.Values{
		"definition": {"city-story"}, "period": {"2026"}, "area": {""}, "edition": {""}, "section": {"overview"}, "language": {"vi"}, "seen": {"0"}, "person": {"Nguyễn Thị Lan"},
		"text": {paragraphs(words)}, "attempt": {"a1"},
	}
}

// paragraphs are texts as the editor sends them.
func paragraphs(words ...string) string {
	var nodes []string
	for _, w := range words {
		text, _ := json.Marshal(w)
		nodes = append(nodes, `{"type":"paragraph","content":[{"type":"text","text":`+string(text)+`}]}`)
	}
	return `{"type":"doc","content":[` + strings.Join(nodes, ",") + `]}`
}

func TestATextIsTakenOnlyAsItShouldBe(t *testing.T) {
	service := serviceOf(t, lively(morning))
	set := func(name, value string) func(*http.Request, url.Values) {
		return func(_ *http.Request, v url.Values) { v.Set(name, value) }
	}
	for _, c := range []struct {
		name   string
		door   dashboards.Door
		change func(*http.Request, url.Values)
		status int
		has    string
		kept   int
	}{
		{"a good one", dashboards.DoorOpen, nil, 200, `"saved":"Đã lưu `, 1},
		{"an empty one", dashboards.DoorOpen, set("text", `{"type":"doc"}`), 200, "chưa có nội dung", 1},
		{"too few words are kept and told", dashboards.DoorOpen, set("text", paragraphs("Hai từ")), 200, "có 2 từ, ít nhất 5", 1},
		{"the door is shut", dashboards.DoorShut, nil, 403, "không nhận lệnh từ mạng", 0},
		{"no token", dashboards.DoorOpen, func(_ *http.Request, v url.Values) { v.Del("token") }, 403, "Biểu mẫu này đã cũ", 0},
		{"from another site", dashboards.DoorOpen, func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "đến từ một trang khác", 0},
		{"without a name", dashboards.DoorOpen, set("person", " "), 422, "Hãy ghi tên người viết", 0},
		{"a table", dashboards.DoorOpen, set("text", `{"type":"doc","content":[{"type":"table"}]}`), 422, `\"table\", thứ mà báo cáo không in được`, 0},
		{"a script in a link", dashboards.DoorOpen, set("text", `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":"javascript:alert(1)"}}]}]}]}`), 422, "chỉ nhận địa chỉ http", 0},
		{"no JSON", dashboards.DoorOpen, set("text", "<p>Hà Nội</p>"), 422, "Không đọc được lời văn", 0},
		{"a text that is not there", dashboards.DoorOpen, set("section", "none"), 422, "Báo cáo này không có lời văn", 0},
		{"a report that is not there", dashboards.DoorOpen, set("definition", "none"), 422, "Không có báo cáo", 0},
		{"a period that the report is not made for", dashboards.DoorOpen, set("period", "2026-10"), 422, "báo cáo này lập theo năm", 0},
		{"a language of others", dashboards.DoorOpen, set("language", "fr"), 422, "", 0},
		{"a text without end", dashboards.DoorOpen, set("text", paragraphs(strings.Repeat("a", 300_000))), 413, "dài hơn 256 kB", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, book, _ := openTold(t, service, c.door)
			answer := noteForm(t, h, storyPage, "/reports/texts/save", story("Hà Nội sáng tạo hơn mỗi năm"), c.change)
			require.Equal(t, c.status, answer.Code, answer.Body.String())
			require.Contains(t, strings.ToLower(answer.Body.String()), strings.ToLower(c.has))
			kept, err := book.Texts(t.Context(), narrative.Of{Definition: "city-story", Period: "2026", Parameters: "{}"})
			require.NoError(t, err)
			require.Len(t, kept, c.kept)
		})
	}
}

func TestASecondWriterOnThePageSeesWhatTheFirstWroteAndLosesNothing(t *testing.T) {
	h, book, turn := openTold(t, serviceOf(t, lively(morning)), dashboards.DoorOpen)
	require.Equal(t, 200, noteForm(t, h, storyPage, "/reports/texts/save", story("Bản của Lan có đủ năm từ"), nil).Code)
	turn(time.Hour)
	second := story("Bản của Minh cũng có đủ từ")
	second.Set("person", "Trần Minh")
	second.Set("attempt", "b1")
	answer := noteForm(t, h, storyPage, "/reports/texts/save", second, nil)
	require.Equal(t, http.StatusConflict, answer.Code)
	var other struct {
		Revision               int
		Person, Attempt, Saved string
		Text                   json.RawMessage
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &other))
	require.Equal(t, 1, other.Revision)
	require.Equal(t, "Nguyễn Thị Lan", other.Person)
	require.Equal(t, "a1", other.Attempt)
	require.Contains(t, string(other.Text), "Bản của Lan")
	second.Set("seen", "1")
	require.Equal(t, 200, noteForm(t, h, storyPage, "/reports/texts/save", second, nil).Code)

	history := "/reports/texts/history?definition=city-story&period=2026&section=overview&language=vi"
	page := get(h, history).Body.String()
	require.Less(t, strings.Index(page, "Bản của Minh"), strings.Index(page, "Bản của Lan"), "the newest first")
	back := story("Bản của Lan có đủ năm từ")
	back.Set("seen", "2")
	require.Equal(t, http.StatusSeeOther, noteForm(t, h, history, "/reports/texts/restore", back, nil).Code)
	all, err := book.History(t.Context(), narrative.Of{Definition: "city-story", Period: "2026", Parameters: "{}"}, "overview", "vi")
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, all[2].Text, all[0].Text, "an older text is a new revision")
	back.Set("text", paragraphs("Quá muộn"))
	stale := noteForm(t, h, history, "/reports/texts/restore", back, nil)
	require.Equal(t, http.StatusConflict, stale.Code)
	require.Contains(t, stale.Body.String(), "Nguyễn Thị Lan")
}

func TestTheTextsAreReadInBothLanguagesWithoutAScript(t *testing.T) {
	h, _, _ := openTold(t, serviceOf(t, lively(morning)), dashboards.DoorOpen)
	rich := story("")
	rich.Set("text", `{"type":"doc","content":[{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Điểm <một>","marks":[{"type":"bold"}]}]}]}]}]}`)
	require.Equal(t, 200, noteForm(t, h, storyPage, "/reports/texts/save", rich, nil).Code)
	for _, c := range []struct {
		address string
		has     []string
	}{
		{storyPage + "&lang=vi", []string{"Chuyện của thành phố, năm 2026", "Điều gì đã thay đổi", "<ol><li><strong>Điểm &lt;một&gt;</strong></li></ol>", "5–40 từ", "bắt buộc", "có 2 từ, ít nhất 5", "Nguyễn Thị Lan", "Còn 2 đoạn chưa xong"}},
		{storyPage + "&lang=en", []string{"Story of the city, 2026", "What changed in the year", "5–40 words", "has 2 words, at least 5", "Saved ", " by Nguyễn Thị Lan"}},
		{"/reports/texts?lang=vi", []string{"Chuyện của thành phố", "2 đoạn cần viết", `value="2026"`}},
		{"/reports/texts?lang=en", []string{"Story of the city", "2 texts to write"}},
		{"/reports/texts/history?lang=en&definition=city-story&period=2026&section=thanks&language=en", []string{"Nobody has written this text yet"}},
	} {
		answer := get(h, c.address)
		require.Equal(t, 200, answer.Code, c.address)
		for _, want := range c.has {
			require.Contains(t, answer.Body.String(), want, c.address)
		}
	}
	for address, status := range map[string]int{
		"/reports/texts?definition=none&period=2026": 404, "/reports/texts?definition=city-story&period=x": 400, "/reports/texts?definition=city-story&period=2026-10": 400,
		"/reports/texts?definition=city-story&period=2026&area=00004": 400, "/reports/texts?x=1": 400,
		"/reports/texts/history?definition=city-story&period=2026&section=none&language=vi": 404,
	} {
		require.Equal(t, status, get(h, address).Code, address)
	}
}
