package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	sheetName = "Biểu 1"
	headerRow = 5
)

var headings = []any{"Địa bàn", "Lĩnh vực", "Số cơ sở", "Lao động", "Lượt học viên"}

// folder keeps the monthly workbooks. A file's modification time is the moment
// it fell due, which is also how a file that a corrected one must replace is known.
type folder struct {
	dir   string
	model *model
	next  time.Time // nothing falls due before; zero when not looked yet
}

func workbookName(month time.Time) string { return "bao-cao-" + month.Format("2006-01") + ".xlsx" }

// begin is the update of a start: workbooks of another city, or of a time that
// the clock has gone back behind, are removed first.
func (f *folder) begin(ctx context.Context, now time.Time, progress func(done, total int64)) (written int, err error) {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return 0, fmt.Errorf("making the reports folder: %w", err)
	}
	mark := filepath.Join(f.dir, ".mo-phong")
	want := fmt.Sprintf("%d %d %s\n", simulationVersion, f.model.seed, f.model.zone)
	have, err := os.ReadFile(mark)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("reading what the workbooks were made from: %w", err)
	}
	current := date(f.model.today(now))
	_, ahead := os.Stat(filepath.Join(f.dir, workbookName(current)))
	if string(have) != want || ahead == nil {
		if err := f.clear(); err != nil {
			return 0, err
		}
		if err := os.WriteFile(mark, []byte(want), 0o644); err != nil {
			return 0, fmt.Errorf("noting what the workbooks are made from: %w", err)
		}
	}
	return f.update(ctx, now, progress)
}

// clear removes every workbook of ours, and nothing else.
func (f *folder) clear() error {
	files, err := filepath.Glob(filepath.Join(f.dir, "bao-cao-????-??.xlsx"))
	if err != nil {
		return fmt.Errorf("listing old workbooks: %w", err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("removing an old workbook: %w", err)
		}
	}
	return nil
}

// update writes the workbooks that are missing or whose correction fell due.
func (f *folder) update(ctx context.Context, now time.Time, progress func(done, total int64)) (written int, err error) {
	if now.Before(f.next) {
		return 0, nil
	}
	current := f.model.today(now)
	total := int64((date(current).Year()-2019)*12 + int(date(current).Month()) - 1)
	done := int64(0)
	for month := origin; dayOf(month.AddDate(0, 1, 0)) <= current; month = month.AddDate(0, 1, 0) {
		if err := ctx.Err(); err != nil {
			return written, fmt.Errorf("writing workbooks: %w", err)
		}
		due, corrected := f.model.dueOf(month)
		mended := corrected.valid && !corrected.value.After(now)
		if mended {
			due = corrected.value
		}
		fresh, err := f.stands(month, due)
		if err != nil {
			return written, err
		}
		if !fresh {
			if err := f.write(month, mended, due); err != nil {
				return written, fmt.Errorf("writing workbook of %s: %w", month.Format("2006-01"), err)
			}
			written++
		}
		done++
		progress(done, total)
	}
	f.next = f.model.nextWorkbook(now)
	return written, nil
}

// stands tells whether the file on disk is the version that fell due then.
func (f *folder) stands(month, due time.Time) (bool, error) {
	info, err := os.Stat(filepath.Join(f.dir, workbookName(month)))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking at a workbook: %w", err)
	}
	return info.ModTime().Truncate(time.Second).Equal(due), nil
}

// nextWorkbook is the next moment at which a workbook falls due.
func (m *model) nextWorkbook(now time.Time) time.Time {
	t := date(m.today(now))
	month := civil(t.Year(), t.Month(), 1)
	next, _ := m.dueOf(month)
	for range 4 { // corrections come within 60 days
		month = month.AddDate(0, -1, 0)
		if _, c := m.dueOf(month); c.valid && c.value.After(now) && c.value.Before(next) {
			next = c.value
		}
	}
	return next
}

// write makes a workbook beside its place and moves it there, so that nobody
// reads half a file.
func (f *folder) write(month time.Time, corrected bool, due time.Time) error {
	book, err := f.model.sheetOf(month, corrected).workbook(corrected)
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	file, err := os.CreateTemp(f.dir, ".bao-cao-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := errors.Join(book.Write(file), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(file.Name(), due, due); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(f.dir, workbookName(month)))
}

// workbook lays the sheet out the way the reporting staff do.
func (s sheet) workbook(corrected bool) (*excelize.File, error) {
	book := excelize.NewFile()
	if err := book.SetSheetName("Sheet1", sheetName); err != nil {
		return nil, err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	w, err := book.NewStreamWriter(sheetName)
	if err != nil {
		return nil, err
	}
	note := "Nguồn: thành phố mô phỏng; không phải số liệu thật"
	if corrected {
		note += " (bản đính chính)"
	}
	err = errors.Join(
		w.SetColWidth(1, 2, 28), w.SetColWidth(3, 5, 14),
		w.SetRow("A1", []any{fmt.Sprintf("BÁO CÁO THÁNG %s (DỮ LIỆU MÔ PHỎNG)", s.month.Format("01/2006"))}, excelize.RowOpts{StyleID: bold}),
		w.SetRow("A2", []any{"Cơ sở, lao động và lượt học viên theo địa bàn và lĩnh vực"}),
		w.SetRow("A3", []any{note}),
		w.SetRow(fmt.Sprintf("A%d", headerRow), headings, excelize.RowOpts{StyleID: bold}),
	)
	if err != nil {
		return nil, err
	}
	row := headerRow + 1
	for _, l := range s.lines {
		if err := w.SetRow(fmt.Sprintf("A%d", row), []any{l.area, l.field, cell(l.sites), cell(l.labour), cell(l.learners)}); err != nil {
			return nil, err
		}
		row++
	}
	total := []any{"Tổng cộng", nil, s.total[0], s.total[1], s.total[2]}
	if err := w.SetRow(fmt.Sprintf("A%d", row), total, excelize.RowOpts{StyleID: bold}); err != nil {
		return nil, err
	}
	return book, w.Flush()
}

func cell(n null[int64]) any {
	if !n.valid {
		return nil
	}
	return n.value
}
