package dashboards_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
)

// writeNote fills in the form on the screen as a person would and sends it.
const writeNote = `(() => {
	for (const [name, value] of Object.entries({ period: '10/2026', text_vi: 'Tuần lễ thiết kế <dời> sang tháng 11', text_en: 'Design week moved to November', office: 'Phòng Quản lý văn hóa' })) {
		document.querySelector('[name=' + name + ']').value = value;
	}
	document.querySelector('.note-form').requestSubmit();
	return true })()`

// markedBy are the numbers that stand over a chart: in what it was drawn from and
// as letters in the drawing.
const markedBy = `(() => { const box = document.querySelector('#visitors [data-chart]');
	const marks = box.khueAnswer.option.series.flatMap(s => s.markPoint && s.markPoint.symbol === 'roundRect' ? s.markPoint.data.map(d => d.name) : []);
	const letters = [...box.querySelectorAll('svg text')].map(e => e.textContent);
	return marks.map(m => m + (letters.includes(m) ? ' drawn' : ' missing')) })()`

func TestANoteThatIsWrittenInABrowserStandsOnTheChart(t *testing.T) {
	service, _ := pulledCity(t)
	h, book := openNoted(t, service, dashboards.DoorLocal)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(server.URL+"/?lang=vi")))
	waitForCharts(t, ctx)
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('#visitors .ways a[href^="/notes/new"]').click(), true)`))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		open, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && !!document.querySelector('.note-form')`))
		return err == nil && open
	}, 15*1e9, 5e7)
	filled, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[document.querySelector('#indicator').value, document.querySelector('#period').value]`))
	require.NoError(t, err)
	require.Equal(t, []string{"visitors", "2026"}, filled)
	look(t, ctx, heard, "noteform-desktop", "đừng ghi tên, số điện thoại", false)
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](writeNote))
	require.NoError(t, err)
	arrive(t, ctx, server.URL+"/#visitors")
	for _, c := range []struct{ lang, words string }{{"vi", "Tuần lễ thiết kế <dời> sang tháng 11"}, {"en", "Design week moved to November"}} {
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/?lang="+c.lang)))
		waitForCharts(t, ctx)
		marks, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](markedBy))
		require.NoError(t, err)
		require.Equal(t, []string{"1 drawn"}, marks)
		told, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('#visitors .pinned').innerText.replace(/\s+/g, ' ')`))
		require.NoError(t, err)
		require.Contains(t, told, c.words)
		require.True(t, strings.HasPrefix(strings.TrimSpace(told), "1"), told)
	}
	all, err := book.Standing(t.Context())
	require.NoError(t, err)
	require.Len(t, all.Notes, 1)
	require.Empty(t, heard.all())
}

func TestNotesAreDrawnInARealBrowser(t *testing.T) {
	service, _ := pulledCity(t)
	h, book := openNoted(t, service, dashboards.DoorLocal)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	noteOn(t, book, "visitors", "", "2026-03", "Bảo tàng Hà Nội đóng cửa sửa chữa cả tháng", "Hanoi Museum was closed for repairs all month")
	noteOn(t, book, "visitors", "", "2026-10", "Tuần lễ thiết kế dời sang tháng 11", "Design week moved to November")
	noteOn(t, book, "visitors", "", "2026-11", "Tuần lễ thiết kế diễn ra trong tháng này thay cho tháng 10", "")
	noteOn(t, book, "", "", "2026-Q2", "Ba phường đổi phần mềm báo cáo nên nộp số muộn; các con số quý này có thể còn được bổ sung", "Three wards changed their software and report late; figures of the quarter may still grow")
	noteOn(t, book, "events", "", "2025", "Từ năm này tính cả sự kiện của các đơn vị ngoài nhà nước", "From this year on events of private organisers count")
	target := ""
	for _, p := range service.Catalogue().Programmes() {
		if p.ID == "nq09" {
			target = p.Targets[0].Indicator
		}
	}
	noteOn(t, book, target, "", "2024", "Thay đổi cách thống kê: tính thêm các ngành mới", "Counted in another way: new sectors are in it")
	noteOn(t, book, target, "", "2026", "Chưa có số chính thức vì Niên giám chưa phát hành", "")
	noteOn(t, book, "", "2935012", "2026-12", "Dời sang tháng 12", "Moved to December")
	changed := noteOn(t, book, "events", "", "2026-05", "Trùng kỳ nghỉ", "")
	changed.Text = khue.Text{VI: "Trùng kỳ nghỉ lễ, nhiều đơn vị không tổ chức", EN: "During the holidays many organisers held nothing"}
	_, err := book.Change(t.Context(), changed)
	require.NoError(t, err)
	for _, c := range []struct {
		name, address, words string
		width, height        int64
		charts               int
	}{
		{"notes-overview-desktop", "/?lang=vi", "Bảo tàng Hà Nội đóng cửa", 1440, 1000, 3},
		{"notes-overview-phone-en", "/?lang=en", "Hanoi Museum was closed", 390, 844, 3},
		{"notes-overview-long", "/?lang=vi&period=resolution", "Năm", 1440, 1000, 3},
		{"notes-resolution-desktop", "/resolution?lang=vi", "Niên giám chưa phát hành", 1440, 1000, -1},
		{"notes-resolution-phone-en", "/resolution?lang=en", "Counted in another way", 390, 844, -1},
		{"notes-events-desktop-en", "/events?lang=en", "During the holidays", 1440, 1000, 4},
		{"notes-events-phone", "/events?lang=vi", "Trùng kỳ nghỉ lễ", 390, 844, 4},
		{"notes-areas-desktop", "/areas?lang=vi", "đổi phần mềm báo cáo", 1440, 1000, 0},
		{"notes-event", "/events/2935012?lang=vi", "Dời sang tháng 12", 1440, 1000, 0},
		{"notes-list-desktop", "/notes?lang=vi", "9 ghi chú bên các số liệu", 1440, 1000, 0},
		{"notes-list-phone-en", "/notes?lang=en", "9 notes beside figures", 390, 844, 0},
		{"notes-one-desktop", "/notes/9?lang=vi", "Các bản trước", 1440, 1000, 0},
		{"notes-form-phone-en", "/notes/new?lang=en&event=2935012&period=2026-12", "Office or unit that notes it", 390, 844, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := browser(t)
			heard := listen(t, ctx)
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			if c.charts != 0 {
				requireDrawn(t, ctx, c.charts, 0.16)
			}
			look(t, ctx, heard, c.name, c.words, false)
		})
	}
}
