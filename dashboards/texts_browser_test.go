package dashboards_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/reports/narrative"
)

const overviewVI = `[data-section=overview][data-language=vi]`

// typed brings letters in as an input method hands them over, composed.
func typed(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// toldBy evaluates a text on the page.
func toldBy(t *testing.T, ctx context.Context, script string) string {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	require.NoError(t, err)
	return got
}

func requireTold(t *testing.T, ctx context.Context, script, want string) {
	t.Helper()
	got := ""
	require.Eventually(t, func() bool {
		var err error
		got, err = chromedp.Run(ctx, chromedp.Evaluate[string](script))
		return err == nil && got == want
	}, 20*time.Second, 50*time.Millisecond, "%s gives %q", script, want)
}

// openEditor opens the page on which a report is written, as a writer who gave a name.
func openEditor(t *testing.T, ctx context.Context, address, writer string) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(address)))
	requireTold(t, ctx, `(document.querySelector('[data-texts]') || {dataset: {}}).dataset.ready || ''`, "yes")
	toldBy(t, ctx, `(() => { const p = document.querySelector('[data-person]'); p.value = `+strconv.Quote(writer)+`; p.dispatchEvent(new Event('input')); document.querySelector('`+overviewVI+` .ProseMirror').focus(); return '' })()`)
}

const stateOfOverview = `document.querySelector('` + overviewVI + `').dataset.state || ''`

const wordsOfOverview = `document.querySelector('` + overviewVI + ` .ProseMirror').innerText.replace(/\s+/g, ' ').trim()`

func overviewKept(t *testing.T, book *narrative.Book) []narrative.Written {
	t.Helper()
	all, err := book.History(t.Context(), narrative.Of{Definition: "city-story", Period: "2026", Parameters: "{}"}, "overview", "vi")
	require.NoError(t, err)
	return all
}

func TestWhatIsTypedIsSavedByItselfAndReadBackAfterAReload(t *testing.T) {
	h, book, _ := openTold(t, serviceOf(t, lively(morning)), dashboards.DoorLocal)
	var down atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() && r.Method == http.MethodPost {
			panic(http.ErrAbortHandler) // the connection is lost
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000)))
	openEditor(t, ctx, server.URL+storyPage+"&lang=vi", "Nguyễn Thị Lan")
	require.NoError(t, chromedp.Do(ctx, typed("Hà Nội là thành phố "), chromedp.KeyEvent("b", chromedp.KeyModifiers(chromedp.ModifierCtrl)), typed("sáng tạo"), chromedp.KeyEvent("b", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Enter), typed("Đoạn thứ hai có nghĩa.")))
	requireTold(t, ctx, stateOfOverview, "saved")
	require.Contains(t, toldBy(t, ctx, `document.querySelector('`+overviewVI+` [data-state]').textContent`), "Nguyễn Thị Lan")
	require.Equal(t, "12 từ", toldBy(t, ctx, `document.querySelector('`+overviewVI+` [data-count]').textContent`))
	look(t, ctx, heard, "texts-desktop", "Điều gì đã thay đổi", false)
	kept := overviewKept(t, book)
	require.Equal(t, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hà Nội là thành phố "},{"type":"text","text":"sáng tạo","marks":[{"type":"bold"}]}]},`+
		`{"type":"paragraph","content":[{"type":"text","text":"Đoạn thứ hai có nghĩa."}]}]}`, kept[0].Text.JSON())

	openEditor(t, ctx, server.URL+storyPage+"&lang=vi", "Nguyễn Thị Lan")
	require.Equal(t, "Hà Nội là thành phố sáng tạo Đoạn thứ hai có nghĩa.", toldBy(t, ctx, wordsOfOverview))
	require.Empty(t, heard.all())

	down.Store(true)
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)), typed(" Mất mạng vẫn gõ.")))
	requireTold(t, ctx, stateOfOverview, "offline")
	openEditor(t, ctx, server.URL+storyPage+"&lang=vi", "Nguyễn Thị Lan")
	require.Contains(t, toldBy(t, ctx, wordsOfOverview), "Mất mạng vẫn gõ.", "what was not saved is kept on the machine")
	down.Store(false)
	requireTold(t, ctx, stateOfOverview, "saved")
	require.Contains(t, overviewKept(t, book)[0].Text.Plain(), "Mất mạng vẫn gõ.")
}

func TestTwoWindowsOnOneTextShowEachOtherWhatWasWritten(t *testing.T) {
	h, book, _ := openTold(t, serviceOf(t, lively(morning)), dashboards.DoorLocal)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	lan, minh := browser(t), browser(t)
	for _, ctx := range []context.Context{lan, minh} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000)))
	}
	openEditor(t, lan, server.URL+storyPage+"&lang=vi", "Nguyễn Thị Lan")
	openEditor(t, minh, server.URL+storyPage+"&lang=vi", "Trần Minh")
	require.NoError(t, chromedp.Do(lan, typed("Lan viết năm từ này trước.")))
	requireTold(t, lan, stateOfOverview, "saved")
	require.NoError(t, chromedp.Do(minh, typed("Minh viết năm từ này sau.")))
	requireTold(t, minh, stateOfOverview, "conflict")
	require.Contains(t, toldBy(t, minh, `document.querySelector('`+overviewVI+` .text-conflict').innerText`), "Nguyễn Thị Lan")
	require.Equal(t, "Lan viết năm từ này trước.", toldBy(t, minh, `document.querySelector('`+overviewVI+` [data-other]').innerText.trim()`))
	require.Equal(t, "Minh viết năm từ này sau.", toldBy(t, minh, wordsOfOverview), "nothing of one's own is lost")
	keepPicture(t, minh, "texts-conflict")
	toldBy(t, minh, `(document.querySelector('[data-theirs]').click(), '')`)
	requireTold(t, minh, wordsOfOverview, "Lan viết năm từ này trước.")
	requireTold(t, minh, stateOfOverview, "saved")
	all := overviewKept(t, book)
	require.Len(t, all, 3)
	require.Equal(t, []string{"Lan viết năm từ này trước.", "Minh viết năm từ này sau.", "Lan viết năm từ này trước."}, []string{all[0].Text.Plain(), all[1].Text.Plain(), all[2].Text.Plain()})
	require.NoError(t, chromedp.Do(lan, typed(" Lan thêm.")))
	requireTold(t, lan, stateOfOverview, "conflict")
	toldBy(t, lan, `(document.querySelector('[data-mine]').click(), '')`)
	requireTold(t, lan, stateOfOverview, "saved")
	require.Equal(t, "Lan viết năm từ này trước. Lan thêm.", overviewKept(t, book)[0].Text.Plain())
}

// fromWord is what Word puts on the clipboard, shortened.
const fromWord = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body><!--StartFragment-->` +
	`<h1 style="color:red">Tiêu đề</h1><p class=MsoNormal style='margin:0cm'><b style="mso-bidi-font-weight:normal">Đậm</b> và <span style='font-style:italic'>nghiêng</span><o:p></o:p></p>` +
	`<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>Mục một<o:p></o:p></p>` +
	`<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>2.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>Mục hai</p>` +
	`<table border=1><tr><td style='width:1cm'>Ô bảng</td></tr></table><p><a href="javascript:alert(1)">xấu</a> <a href="https://sovhtt.hanoi.gov.vn/">tốt</a><img src="file:///c:/x.png" onerror="alert(2)"></p><!--EndFragment--></body></html>`

func TestWhatIsPastedFromWordComesOutAsWhatReportsCanPrint(t *testing.T) {
	h, book, _ := openTold(t, serviceOf(t, lively(morning)), dashboards.DoorLocal)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000)))
	openEditor(t, ctx, server.URL+storyPage+"&lang=vi", "Nguyễn Thị Lan")
	toldBy(t, ctx, `(() => { const data = new DataTransfer(); data.setData('text/html', `+strconv.Quote(fromWord)+`); data.setData('text/plain', 'x');
		document.querySelector('`+overviewVI+` .ProseMirror').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); return '' })()`)
	requireTold(t, ctx, stateOfOverview, "saved")
	require.Equal(t, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Tiêu đề"}]},`+
		`{"type":"paragraph","content":[{"type":"text","text":"Đậm","marks":[{"type":"bold"}]},{"type":"text","text":" và "},{"type":"text","text":"nghiêng","marks":[{"type":"italic"}]}]},`+
		`{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Mục một"}]}]},{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"Mục hai"}]}]}]},`+
		`{"type":"paragraph","content":[{"type":"text","text":"Ô bảng"}]},`+
		`{"type":"paragraph","content":[{"type":"text","text":"xấu "},{"type":"text","text":"tốt","marks":[{"type":"link","attrs":{"href":"https://sovhtt.hanoi.gov.vn/"}}]}]}]}`, overviewKept(t, book)[0].Text.JSON())
	require.Empty(t, heard.all(), "the console is silent, also on styles that pages may not hold")
}

func TestTheTextsAreDrawnInARealBrowser(t *testing.T) {
	h, book, turn := openTold(t, serviceOf(t, lively(morning)), dashboards.DoorLocal)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	outline, err := book.Outline(narrative.Choice{Definition: "city-story", Period: "2026"})
	require.NoError(t, err)
	for i, words := range []string{"Năm 2026 thành phố đón nhiều khách hơn.", "Năm 2026 thành phố đón nhiều khách hơn mọi năm trước, nhờ lễ hội thiết kế và không gian mới ven sông."} {
		turn(time.Hour)
		_, err = book.Save(t.Context(), outline, narrative.Draft{Section: "overview", Language: "vi", Seen: i, Person: []string{"Nguyễn Thị Lan", "Trần Minh"}[i], Text: paragraphs(words, "Đoạn thứ hai.")})
		require.NoError(t, err)
	}
	for _, c := range []struct {
		name, address, words string
		width, height        int64
	}{
		{"texts-page-desktop-en", storyPage + "&lang=en", "What changed in the year", 1440, 1000},
		{"texts-page-phone", storyPage + "&lang=vi", "Điều gì đã thay đổi", 390, 844},
		{"texts-choice-desktop", "/reports/texts?lang=vi", "2 đoạn cần viết", 1440, 1000},
		{"texts-choice-phone-en", "/reports/texts?lang=en", "2 texts to write", 390, 844},
		{"texts-history-desktop", "/reports/texts/history?definition=city-story&period=2026&section=overview&language=vi&lang=vi", "Trần Minh", 1440, 1000},
		{"texts-history-phone-en", "/reports/texts/history?definition=city-story&period=2026&section=overview&language=vi&lang=en", "Restore this one", 390, 844},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := browser(t)
			heard := listen(t, ctx)
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			require.NoError(t, chromedp.Do(ctx, chromedp.Sleep(300*time.Millisecond)))
			look(t, ctx, heard, c.name, c.words, false)
		})
	}
}
