package dashboards_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	cdbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
)

// sheetAsJSON stands for the writer of workbooks, so that a test sees what it is given.
func sheetAsJSON(w io.Writer, s dashboards.Sheet) error { return json.NewEncoder(w).Encode(s) }

func sheetOf(t *testing.T, h http.Handler, address string) dashboards.Sheet {
	t.Helper()
	w := get(h, address)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Contains(t, w.Header().Get("Content-Disposition"), ".xlsx")
	var s dashboards.Sheet
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &s))
	return s
}

func TestAWorkbookHoldsTheFiguresOfTheTableAsNumbersAndSaysWhatTheyAre(t *testing.T) {
	h := openPulled(t)
	records := chartTable(t, h, "/charts/disciplines.csv?lang=vi&period=2025")
	s := sheetOf(t, h, "/charts/disciplines.xlsx?lang=vi&period=2025")
	require.Equal(t, records[0], s.Head)
	require.Len(t, s.Rows, len(records)-1)
	for i, row := range s.Rows {
		require.Len(t, row, len(s.Head))
		for j, c := range row {
			if c.Figure {
				plain, err := strconv.ParseFloat(records[i+1][j], 64)
				require.NoError(t, err)
				require.InDelta(t, plain, c.Number, 1e-9)
			}
		}
		require.True(t, row[1].Figure && !row[1].Percent && row[1].Decimals == 0, "events are counted in ones")
		require.True(t, row[2].Percent && row[2].Number <= 1, "a share is a ratio shown as a percentage")
	}
	about := map[string]string{}
	for _, f := range s.About {
		about[f.Name] = f.Value
	}
	require.Equal(t, "Năm 2025", about["Kỳ"])
	require.Equal(t, "http://example.com/?period=2025#disciplines", about["Địa chỉ để xem lại"])
	require.Equal(t, "06:15 ngày 23/11/2026", about["Số liệu biết đến"])
	for _, name := range []string{"Nguồn", "Độ đầy đủ", "Phiên bản định nghĩa", "Số đo và đơn vị", "Biểu đồ cho thấy"} {
		require.NotEmpty(t, about[name], name)
	}
	require.Contains(t, s.Simulated, "Dữ liệu mô phỏng")
}

func TestAFileNamesItsFiltersInWords(t *testing.T) {
	h := openPulled(t)
	for address, want := range map[string]map[string]string{
		"/charts/event-months.xlsx?lang=vi&format=online":                                         {"Hình thức": "trực tuyến"},
		"/charts/network-growth.xlsx?lang=en&kind=community":                                      {"Kind": "community"},
		"/charts/discipline-shares.xlsx?lang=vi&grain=quarter&counting=fractional":                {"Theo": "quý", "Cách tính": "chia đều"},
		"/charts/area-map.xlsx?lang=en&per=km2&measure=events&view=as_now&area=00070&period=2026": {"Shown as": "per km²", "Measure": "events", "Boundaries": "as they are now"},
	} {
		about := map[string]string{}
		for _, f := range sheetOf(t, h, address).About {
			about[f.Name] = f.Value
		}
		for name, value := range want {
			require.Equal(t, value, strings.ToLower(about[name]), "%s says %v", address, about)
		}
	}
}

func TestADrawingHasItsTitleUnitAndSourceInIt(t *testing.T) {
	h := openPulled(t)
	for lang, words := range map[string][]string{
		"vi": {"Lượt khách", "Nguồn: ", "Kỳ: ", "Dữ liệu mô phỏng", "số liệu biết đến 06:15 ngày 23/11/2026"},
		"en": {"visitors", "Source: ", "Period: ", "Simulated data", "as known at 06:15 on 23 Nov 2026"},
	} {
		w := get(h, "/charts/visitors.svg?lang="+lang)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		require.Equal(t, "image/svg+xml; charset=utf-8", w.Header().Get("Content-Type"))
		require.Equal(t, `attachment; filename="khue_visitors_2026_2026-11-23.svg"`, w.Header().Get("Content-Disposition"))
		said := textOf(t, w.Body.String())
		for _, one := range words {
			require.True(t, strings.Contains(said, one), one)
		}
		require.Equal(t, w.Body.String(), get(h, "/charts/visitors.svg?lang="+lang).Body.String(), "drawn once and kept")
		keepFile(t, "visitors-"+lang+".svg", w.Body.Bytes())
		keepFile(t, "disciplines-"+lang+".svg", get(h, "/charts/disciplines.svg?lang="+lang).Body.Bytes())
	}
}

func TestAMapIsTakenAlongAsADrawingInTheColoursOfThePage(t *testing.T) {
	h := openPulled(t)
	for _, address := range []string{"/charts/area-map.svg?lang=vi&measure=events&area=00070", "/charts/areas.svg?lang=en"} {
		w := get(h, address)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		drawing := w.Body.String()
		require.GreaterOrEqual(t, strings.Count(drawing, "<path "), 126, "every ward and commune")
		require.Contains(t, textOf(t, drawing), map[bool]string{true: "chưa có số liệu", false: "no figures"}[strings.Contains(address, "lang=vi")], "the legend")
		keepFile(t, "map.svg", w.Body.Bytes())
	}
	style, err := os.ReadFile("static/app.css")
	require.NoError(t, err)
	for _, used := range regexp.MustCompile(`<path d="[^"]+" fill="(#[0-9a-f]+)"`).FindAllStringSubmatch(get(h, "/charts/areas.svg").Body.String(), -1) {
		require.Regexp(t, `\n\.tile-\w+ \{ fill: `+used[1]+`; \}`, string(style))
	}
	require.Equal(t, http.StatusNotFound, get(h, "/charts/area-map.svg?period=2024").Code, "districts without boundaries have no map")
	require.Contains(t, get(h, "/areas?lang=en").Body.String(), `data-of="/charts/area-map.svg?`)
}

func TestTheTimelineIsTakenAlongAsADrawingWithEveryActionAndItsDays(t *testing.T) {
	h := openPulled(t)
	page := get(h, "/unesco?lang=vi").Body.String()
	require.Contains(t, page, `data-of="/charts/timeline.svg?`)
	w := get(h, "/charts/timeline.svg?lang=vi")
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	keepFile(t, "timeline.svg", w.Body.Bytes())
	_, rows := csvOf(t, h, "/charts/timeline.csv?lang=vi")
	require.NotEmpty(t, rows)
	said := strings.Join(strings.Fields(textOf(t, w.Body.String())), " ")
	for _, row := range rows {
		require.Contains(t, said, row[1], "an action of the table") // its title
	}
	const key = 3 // stretches in the key
	require.Equal(t, strings.Count(page, `y="18" height="10"`), strings.Count(w.Body.String(), `height="10" fill=`)-key, "what happened on the page is in the picture")
}

func keepFile(t *testing.T, name string, content []byte) {
	t.Helper()
	if dir := os.Getenv(screenshotsVariable); dir != "" {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
}

// textOf is the text of an XML document, which must be well-formed.
func textOf(t *testing.T, document string) string {
	t.Helper()
	var said strings.Builder
	decoder := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return said.String()
		}
		require.NoError(t, err)
		if words, ok := token.(xml.CharData); ok {
			said.Write(words)
			said.WriteByte('\n')
		}
	}
}

func TestFilesThatCannotBeSayWhy(t *testing.T) {
	h := openPulled(t)
	for _, c := range []struct {
		address string
		status  int
		words   string
	}{
		{"/charts/visitors.pdf", 404, "Không có biểu đồ"},
		{"/charts/visitors.svg.exe", 404, "Không có biểu đồ"},
		{"/charts/..svg", 404, "Không có biểu đồ"},
		{"/charts/nothing.svg", 404, "Không có biểu đồ"},
		{"/charts/report.svg", 404, "Phần này không có biểu đồ"},
		{"/charts/visitors.xlsx?period=2019-01&discipline=x", 400, "Không có lĩnh vực"},
		{"/charts/visitors.svg?period=" + strings.Repeat("9", 3000), 400, "Địa chỉ quá dài"},
	} {
		w := get(h, c.address)
		require.Equal(t, c.status, w.Code, c.address)
		require.Contains(t, w.Body.String(), c.words, c.address)
	}
}

func TestEveryChartOffersItsFilesAndAnAddressThatLasts(t *testing.T) {
	page := get(openPulled(t), "/?lang=en&discipline=design").Body.String()
	for _, id := range []string{"visitors", "disciplines", "members"} {
		for _, ending := range []string{"svg", "xlsx", "csv"} {
			require.Contains(t, page, fmt.Sprintf(`href="/charts/%s.%s?discipline=design&amp;lang=en" download`, id, ending))
		}
		require.Contains(t, page, fmt.Sprintf(`data-png="khue_%s_2026_2026-11-23.png"`, id))
		require.Contains(t, page, fmt.Sprintf(`href="/?discipline=design&amp;period=2026#%s"`, id), "the year is written out, so that the address means the same next year")
	}
	require.Contains(t, page, `href="/charts/areas.xlsx?discipline=design&amp;lang=en" download`)
	require.Contains(t, page, `data-png="khue_areas_2026_2026-11-23.png" data-of="/charts/areas.svg?discipline=design&amp;lang=en"`, "the map is drawn in the page itself; its picture is made of the drawing")
}

func TestAPictureIsDrawnInTheBrowserWithTitleAndSource(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	folder := t.TempDir()
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000),
		chromedp.Navigate(server.URL+"/?lang=vi")))
	_, err := chromedp.CallBrowser(ctx, cdbrowser.SetDownloadBehavior, cdbrowser.SetDownloadBehaviorParams{
		Behavior: cdbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder,
	})
	require.NoError(t, err)
	waitForCharts(t, ctx)
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('#disciplines .take').open = true, document.querySelector('#disciplines [data-png]').click(), true)`))
	require.NoError(t, err)
	keepPicture(t, ctx, "ways-open")
	var name string
	require.Eventually(t, func() bool {
		found, _ := filepath.Glob(filepath.Join(folder, "*.png"))
		if len(found) == 1 {
			name = found[0]
		}
		return name != ""
	}, 10*time.Second, 50*time.Millisecond, "the picture is kept as a file")
	require.Equal(t, "khue_disciplines_2026_2026-11-23.png", filepath.Base(name))
	time.Sleep(300 * time.Millisecond)
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	keepFile(t, "download.png", content)
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	picture, err := png.Decode(f)
	require.NoError(t, err)
	require.Equal(t, 2*(900+56), picture.Bounds().Dx(), "sharp enough for a projector")
	inked := func(from, to int) bool { // rows that hold something dark
		rows := slices.Collect(func(yield func(int) bool) {
			for y := from; y < to && yield(y); y++ {
			}
		})
		return slices.ContainsFunc(rows, func(y int) bool {
			for x := range picture.Bounds().Dx() {
				if r, g, b, _ := picture.At(x, y).RGBA(); r+g+b < 3*0x7000 {
					return true
				}
			}
			return false
		})
	}
	height := picture.Bounds().Dy()
	r, g, b, _ := picture.At(2, 2).RGBA()
	require.Equal(t, [3]uint32{0xFFFF, 0xFFFF, 0xFFFF}, [3]uint32{r, g, b}, "on white")
	require.True(t, inked(56, 110), "the title stands above")
	require.True(t, inked(height/2, height/2+200), "the chart is in the middle")
	require.True(t, inked(height-110, height-40), "the source stands below")
	require.Empty(t, heard.all(), "and no rule of the page is broken")
}
