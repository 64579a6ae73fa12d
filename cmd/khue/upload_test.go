package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

const gatesConfig = `
sources:
  gates:
    kind: files
    label: {vi: Sổ cửa bảo tàng, en: Museum gate books}
    folder: ${GATES_DIR}
    pattern: so-cua-*.xlsx
    settle: 1h
    schedule: "@every 1h"
    datasets:
      attendance:
        sheet: Biểu 1
        key: [Ngày, Sự kiện]
        scope: file
        replace: true
        fields:
          event: Sự kiện
          occurred_at: {from: Ngày, format: dd/mm/yyyy}
          visitors: Lượt khách
`

// workbook writes a sheet with a title above its header.
func workbook(t *testing.T, path string, rows ...[]any) {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	require.NoError(t, f.SetSheetName("Sheet1", "Biểu 1"))
	for i, row := range append([][]any{{"Sổ cửa tháng 3 năm 2025"}, {"Ngày", "Sự kiện", "Lượt khách"}}, rows...) {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		require.NoError(t, err)
		require.NoError(t, f.SetSheetRow("Biểu 1", cell, &row))
	}
	require.NoError(t, f.SaveAs(path))
}

// serving is `khue up` on a configuration of its own.
func serving(t *testing.T, o *observatory, more ...string) *running {
	t.Helper()
	r := start(t, o, more...)
	r.waitFor("/readyz", time.Minute, ok)
	return r
}

// chromium is a real browser that talks to this machine alone; what its console
// says against a page fails the test.
func chromium(t testing.TB) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	require.NotEmpty(t, path, "no Chromium on this machine: install chromium, the pages are tested in a real browser")
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("lang", "vi"))...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			t.Errorf("the browser complains: %s %s", e.Entry.Text, e.Entry.URL)
		}
	}))
	return ctx
}

func evaluate[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	require.NoError(t, err, script)
	return v
}

// shows waits until the page under an address (a prefix) has these words.
func shows(t *testing.T, ctx context.Context, prefix string, words ...string) string {
	t.Helper()
	var text string
	defer func() {
		if t.Failed() {
			t.Logf("the page says: %s", text)
		}
	}()
	require.Eventually(t, func() bool {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[location.href, document.readyState, document.body ? document.body.innerText : '']`))
		if err != nil {
			return false
		}
		text = at[2]
		if at[1] != "complete" || !strings.HasPrefix(at[0], prefix) {
			return false
		}
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}, 30*time.Second, 100*time.Millisecond, "%s shows %v", prefix, words)
	return text
}

// drop drags a file of this machine over the page and lets it go on the form.
func drop(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	at := evaluate[[]float64](t, ctx, `(() => { const r = document.querySelector('[data-drop]').getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] })()`)
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: []string{file}, DragOperationsMask: 1}
	for _, step := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		require.NoError(t, chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.DispatchDragEvent, input.DispatchDragEventParams{Type: step, X: at[0], Y: at[1], Data: data})
			return err
		})))
	}
}

// fits tells that nothing is to be scrolled sideways, and what stands out if it is.
func fits(t *testing.T, ctx context.Context) {
	t.Helper()
	wide := evaluate[[]string](t, ctx, `(() => { const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w) { return [] }
		return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1).map(e => e.tagName + '.' + (e.getAttribute('class') || '')) })()`)
	require.Empty(t, wide, "nothing to scroll sideways")
}

// picture keeps the page where KHUE_SCREENSHOTS says, if it does.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("KHUE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

func TestADroppedWorkbookIsPreviewedAcceptedAndCounted(t *testing.T) {
	folder, desk := t.TempDir(), t.TempDir()
	o := newObservatory(t, []byte(gatesConfig), map[string]string{"GATES_DIR": folder})
	o.raced = true
	r := serving(t, o)
	ctx := chromium(t)
	faulty := filepath.Join(desk, "so-cua-2025-03.xlsx")
	workbook(t, faulty,
		[]any{"01/03/2025", "Bảo tàng Mẫu", 240}, []any{"02/03/2025", "Bảo tàng Mẫu", -3},
		[]any{"03/03/2025", "", 90}, []any{"31/02/2025", "Bảo tàng Mẫu", 70}, []any{"05/03/2025", "Bảo tàng Mẫu", 110})

	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(r.link()), chromedp.Navigate(r.base+"/data/upload?lang=vi")))
	shows(t, ctx, r.base+"/data/upload", "Sổ cửa bảo tàng › Lượt khách")
	drop(t, ctx, faulty)
	page := shows(t, ctx, r.base+"/data/upload/", "2 bản ghi dùng được, 3 bản ghi có lỗi sẽ bị giữ lại")
	for _, words := range []string{"Biểu 1!C4", "-3", "Biểu 1!B5", "Biểu 1!A6", "31/02/2025"} {
		require.Contains(t, page, words)
	}
	require.Equal(t, 3, evaluate[int](t, ctx, `document.querySelectorAll('.bad-cell').length`), "every faulty cell is marked")
	picture(t, ctx, "preview-desktop-vi")
	require.Empty(t, o.ask("visitors", "year"), "nothing is loaded before somebody accepts")

	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2))))
	picture(t, ctx, "preview-phone-vi")
	fits(t, ctx)
	evaluate[bool](t, ctx, `(document.querySelector('form[action$="/accept"] button').click(), true)`)
	shows(t, ctx, r.base+"/data/runs/", "thêm 2, sửa 0, rút 0 bản ghi", "Xong, có lỗi")
	picture(t, ctx, "accepted-phone-vi")
	require.Equal(t, map[string]int64{"2025": 350}, o.ask("visitors", "year"))
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(r.base+"/data/quarantine")))
	shows(t, ctx, r.base, "3 dòng đang chờ sửa", "so-cua-2025-03.xlsx › Biểu 1!C4")
	picture(t, ctx, "quarantine-real-phone-vi")

	// Tried again by the same mapping, the same rows stay where they are.
	evaluate[bool](t, ctx, `(document.querySelector('form[action="/data/quarantine/retry"] button').click(), true)`)
	shows(t, ctx, r.base+"/data/", "")
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(r.base+"/data/quarantine")))
	shows(t, ctx, r.base, "3 dòng đang chờ sửa")

	// The same file again changes nothing, and the page says so; it is cancelled.
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(r.base+"/data/upload?lang=en")))
	shows(t, ctx, r.base+"/data/upload", "Museum gate books")
	drop(t, ctx, faulty)
	shows(t, ctx, r.base+"/data/upload/", "A file with the very same content was loaded before, named so-cua-2025-03.xlsx")
	evaluate[bool](t, ctx, `(document.querySelector('form[action$="/cancel"] button').click(), true)`)
	shows(t, ctx, r.base+"/data/upload", "Upload a spreadsheet and look before you accept")

	// Mended, by the plain field: its month is replaced, and the quarantine empties.
	mended := filepath.Join(t.TempDir(), "so-cua-2025-03.xlsx")
	workbook(t, mended, []any{"01/03/2025", "Bảo tàng Mẫu", 260}, []any{"02/03/2025", "Bảo tàng Mẫu", 30}, []any{"05/03/2025", "Bảo tàng Mẫu", 110})
	require.NoError(t, chromedp.Do(ctx, chromedp.SetUploadFiles(`input[name=file]`, []string{mended})))
	evaluate[bool](t, ctx, `(document.querySelector('form[data-upload] button').click(), true)`)
	shows(t, ctx, r.base+"/data/upload/", "All 3 records can be used, no cell is faulty", "has a file so-cua-2025-03.xlsx with other content")
	evaluate[bool](t, ctx, `(document.querySelector('form[action$="/accept"] button').click(), true)`)
	shows(t, ctx, r.base+"/data/runs/", "1 records added, 1 corrected, 0 retracted")
	require.Equal(t, map[string]int64{"2025": 400}, o.ask("visitors", "year"))

	for _, path := range []string{"/data/sources", "/data/runs", "/data/jobs", "/data/quarantine"} {
		for lang, words := range map[string]string{"vi": "Sổ cửa bảo tàng", "en": "Museum gate books"} {
			require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(r.base+path+"?lang="+lang)))
			shows(t, ctx, r.base+path, words)
			fits(t, ctx)
			picture(t, ctx, "real-"+filepath.Base(path)+"-"+lang)
		}
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(r.base+"/data/jobs?lang=en")))
	before := strings.Count(shows(t, ctx, r.base, "Pull: Museum gate books"), "Pause")
	require.Equal(t, 1, before)
	evaluate[bool](t, ctx, `(document.querySelector('form[action="/data/jobs/pause"] button').click(), true)`)
	shows(t, ctx, r.base+"/data/jobs", "1 paused", "Resume")
	evaluate[bool](t, ctx, `(document.querySelector('form[action="/data/jobs/resume"] button').click(), true)`)
	shows(t, ctx, r.base+"/data/jobs", "The only job is doing well\n", "Run now")
	evaluate[bool](t, ctx, `(document.querySelector('form[action="/data/jobs/run"] button').click(), true)`)
	require.Eventually(t, func() bool {
		last, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.ledger li')?.textContent || ''`))
		return err == nil && strings.Contains(last, "Done") && strings.Contains(last, "by hand")
	}, 20*time.Second, 200*time.Millisecond, "the run that was asked for is in the ledger")
	r.terminate()
}

func TestSettingsOfTheTimeBeforeAccountsAreRefusedWithWhatTookTheirPlace(t *testing.T) {
	for _, setting := range []string{"uploads: true", "actions: false", "confidential_reports: true"} {
		o := newObservatory(t, []byte("zone: Asia/Ho_Chi_Minh\n"+setting+"\n"), nil)
		_, said, code := o.khue("check")
		require.NotZero(t, code)
		require.Contains(t, said, "khue.yaml:2: "+strings.SplitN(setting, ":", 2)[0]+": this setting is gone")
		require.Contains(t, said, "khue user")
	}
}
