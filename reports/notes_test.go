package reports_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/notes"
	"khue/reports"
	"khue/reports/document"
	"khue/reports/pdf/pdftest"
)

// written are notes as they came to be known, each from its moment on.
type written []notes.Note

func (w written) AsOf(_ context.Context, at time.Time) ([]notes.Note, error) {
	var out []notes.Note
	for _, n := range w {
		if !n.WrittenAt.After(at) {
			out = append(out, n)
		}
	}
	return out, nil
}

func remark(id int64, figure, event string, period string, vi, en string, writtenAt time.Time) notes.Note {
	p := khue.MustParsePeriod(period)
	return notes.Note{ID: id, Revision: 1, Indicator: figure, Event: event, EventTitle: event, From: p.Start(), To: p.End(), Text: khue.Text{VI: vi, EN: en}, Office: "Phòng Quản lý văn hóa", WrittenAt: writtenAt}
}

// remarks are of every kind, with some that the report must leave out.
func remarks(aim string) written {
	then := time.Date(2026, 1, 12, 2, 0, 0, 0, time.UTC)
	return written{
		remark(1, "visitors", "", "2025-11", "Lễ hội dời sang tháng 12", "Festival moved to December", then),
		remark(2, "", "", "2025-Q2", "Ba phường nộp số muộn", "Three wards reported late", then),
		remark(3, "", "Lễ hội Thiết kế", "2025-12-05", "Khai mạc trong mưa", "", then),
		remark(4, "visitors", "", "2024", "Năm trước chưa tính khách trực tuyến", "Online visitors were not counted the year before", then),
		remark(5, aim, "", "2025", "Niên giám chưa phát hành", "The yearbook is not out yet", then),
		remark(6, "visitors", "", "2023", "Quá cũ", "Too old", then),
		remark(7, "discipline_statistics", "", "2025", "Không có trong báo cáo", "Not in this report", then),
		remark(8, "", "", "2024", "Kỳ khác", "Another period", then),
		remark(9, "visitors", "", "2025-11", "Viết sau khi báo cáo đã lập", "Written after the report was made", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)),
	}
}

func TestTheReportTellsTheNotesOnItsFigures(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	x.promise()
	require.NotEmpty(t, x.progress)
	r, err := reports.New(x, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}, Letters: pdftest.Letters(t), Notes: remarks(x.progress[0].Target.Indicator)})
	require.NoError(t, err)
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d := build(t, r, "2025", lang)
		text := outline(d)
		at := strings.LastIndex(text, khue.Text{VI: "# Ghi chú\n", EN: "# Notes\n"}.In(lang))
		require.Positive(t, at)
		section, _, _ := strings.Cut(text[at:], "\nE1 ")
		if i := strings.Index(section, "\n\nC"); i > 0 {
			section = section[:i]
		}
		golden(t, "notes_2025_"+string(lang)+".txt", section)
		for _, table := range d.Tables() {
			if table.ID == "months" || table.ID == "headlines" || table.ID == "targets" {
				require.Contains(t, table.Source, khue.Text{VI: "Xem ghi chú số ", EN: "See note "}.In(lang), table.ID)
			}
			if table.ID == "members" {
				require.NotContains(t, table.Source, khue.Text{VI: "Xem ghi chú", EN: "See note"}.In(lang))
			}
		}
		for _, format := range []string{reports.DOCX, reports.XLSX, reports.HTML} {
			require.Contains(t, read(t, r, d, format), khue.Text{VI: "Lễ hội dời sang tháng 12", EN: "Festival moved to December"}.In(lang), format)
		}
	}
}

// read is all that a written report says, whatever its format.
func read(t *testing.T, r *reports.Reporter, d document.Document, format string) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.Write(context.Background(), d, format, &b))
	if format == reports.HTML {
		return b.String()
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	all := ""
	for _, f := range z.File {
		in, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		all += string(text)
	}
	return all
}

func TestAReportWithoutNotesHasNoSectionForThem(t *testing.T) {
	r, _ := newReporter(t, moment(2026, 11, 23), false)
	require.NotContains(t, outline(build(t, r, "2025", khue.Vietnamese)), "# Ghi chú")
}
