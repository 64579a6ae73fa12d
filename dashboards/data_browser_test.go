package dashboards_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
)

func TestThePagesOnDataAreDrawnInARealBrowser(t *testing.T) {
	b := busy(morning)
	server := httptest.NewServer(openBooks(t, b, dashboards.DoorLocal))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, page := range []struct {
		name, address string
		words         map[string]string // what must be on the screen
	}{
		{"sources", "/data/sources", map[string]string{"vi": "Cửa soát vé", "en": "Ticket gates"}},
		{"runs", "/data/runs", map[string]string{"vi": "120 lần chạy", "en": "120 runs"}},
		{"run", "/data/runs/" + b.runs[7].Batch, map[string]string{"vi": "thêm 5, sửa 3, rút 0 bản ghi", "en": "5 records added, 3 corrected, 0 retracted"}},
		{"quarantine", "/data/quarantine", map[string]string{"vi": "60 dòng đang chờ sửa", "en": "60 rows wait to be mended"}},
		{"jobs", "/data/jobs", map[string]string{"vi": "1 trên 4 công việc hỏng ở lần chạy cuối; 1 đang tạm dừng", "en": "1 of 4 jobs failed at their last run; 1 paused"}},
		{"upload", "/data/upload", map[string]string{"vi": "kéo tệp thả vào đây", "en": "drop one here"}},
		{"data-fault", "/data/runs?outcome=x", map[string]string{"vi": "Về trang Lần chạy", "en": "Back to Runs"}},
	} {
		for _, lang := range []string{"vi", "en"} {
			for name, width := range map[string]int64{"desktop": 1440, "tablet": 820, "phone": 390} {
				t.Run(page.name+"-"+name+"-"+lang, func(t *testing.T) {
					separator := "?"
					if page.name == "data-fault" {
						separator = "&"
					}
					require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...),
						chromedp.Navigate(server.URL+page.address+separator+"lang="+lang)))
					look(t, ctx, heard, page.name+"-"+name+"-"+lang, page.words[lang], page.name == "data-fault")
				})
			}
		}
	}
}
