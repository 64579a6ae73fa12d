package notes_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/notes"
	"khue/state"
)

// words is a vocabulary of two figures and one event.
type words struct{}

func (words) HasFigure(name string) bool { return name == "visitors" || name == "events" }

func (words) EventTitle(_ context.Context, id string) (string, bool, error) {
	if id == "broken" {
		return "", false, errors.New("no answer")
	}
	return "Lễ hội Thiết kế", id == "E1", nil
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// moved is a draft with nothing wrong in it.
func moved() notes.Draft {
	return notes.Draft{Indicator: "visitors", Period: "2026-12", TextVI: "Lễ hội dời sang tháng 12", TextEN: "Festival moved to December", Office: "Phòng Quản lý văn hóa"}
}

func TestADraftTellsAllThatIsWrongWithItAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*notes.Draft)
		faults []string // fields
		says   string
	}{
		"nothing":                     {func(*notes.Draft) {}, nil, ""},
		"no English":                  {func(d *notes.Draft) { d.TextEN = "" }, nil, ""},
		"no Vietnamese":               {func(d *notes.Draft) { d.TextVI = " \n\t" }, []string{"text_vi"}, "tiếng Việt"},
		"nothing filled in":           {func(d *notes.Draft) { *d = notes.Draft{} }, []string{"text_vi", "office", "period"}, ""},
		"10,000 characters":           {func(d *notes.Draft) { d.TextVI = strings.Repeat("ô", 10_000) }, []string{"text_vi"}, "dài 10000 ký tự; nhiều nhất 500"},
		"500 characters":              {func(d *notes.Draft) { d.TextVI = strings.Repeat("ô", 500) }, nil, ""},
		"500 letters taken apart":     {func(d *notes.Draft) { d.TextVI = strings.Repeat("o\u0302", 500) }, nil, ""},
		"a bell":                      {func(d *notes.Draft) { d.TextEN = "ring\a" }, []string{"text_en"}, "ký tự điều khiển"},
		"writing turned round":        {func(d *notes.Draft) { d.Office = "Phòng \u202Egpj.exe" }, []string{"office"}, "ký tự điều khiển"},
		"bytes that are no text":      {func(d *notes.Draft) { d.TextVI = "abc\xff" }, []string{"text_vi"}, "không đọc được"},
		"an unknown figure":           {func(d *notes.Draft) { d.Indicator = "khong-co" }, []string{"indicator"}, `không có chỉ số "khong-co"`},
		"a figure and an event":       {func(d *notes.Draft) { d.Event = "E1" }, []string{"event"}, "không cả hai"},
		"an unknown event":            {func(d *notes.Draft) { d.Indicator, d.Event = "", "E2" }, []string{"event"}, `"E2"`},
		"an event":                    {func(d *notes.Draft) { d.Indicator, d.Event = "", "E1" }, nil, ""},
		"all figures":                 {func(d *notes.Draft) { d.Indicator = "" }, nil, ""},
		"a week":                      {func(d *notes.Draft) { d.Period = "2026-W07" }, []string{"period"}, "2026-W07"},
		"a month that is none":        {func(d *notes.Draft) { d.Period = "13/2026" }, []string{"period"}, "13/2026"},
		"a day that is none":          {func(d *notes.Draft) { d.Period = "30/02/2026" }, []string{"period"}, "30/02/2026"},
		"other digits":                {func(d *notes.Draft) { d.Period = "２０２６" }, []string{"period"}, ""},
		"a period and days":           {func(d *notes.Draft) { d.From = "2026-11-01" }, []string{"period"}, "không cả hai"},
		"a first day alone":           {func(d *notes.Draft) { d.Period, d.From = "", "2026-11-01" }, []string{"to"}, "thiếu"},
		"days the wrong way round":    {func(d *notes.Draft) { d.Period, d.From, d.To = "", "2026-11-02", "2026-11-01" }, []string{"to"}, "trước ngày đầu"},
		"a month for a day":           {func(d *notes.Draft) { d.Period, d.From, d.To = "", "2026-11", "30/11/2026" }, []string{"from"}, "2026-11"},
		"more than a life of figures": {func(d *notes.Draft) { d.Period, d.From, d.To = "", "1971-01-01", "2026-01-01" }, []string{"to"}, "30 năm"},
		"everything wrong in one draft": {func(d *notes.Draft) {
			*d = notes.Draft{Indicator: "x", Period: "y", TextEN: "\x00", Office: strings.Repeat("z", 121)}
		}, []string{"office", "text_vi", "text_en", "indicator", "period"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := moved()
			c.change(&d)
			_, err := d.Check(t.Context(), words{})
			if c.faults == nil {
				require.NoError(t, err)
				return
			}
			var faults notes.Faults
			require.ErrorAs(t, err, &faults)
			require.Equal(t, khue.Invalid, khue.KindOf(err))
			var fields []string
			for _, f := range faults {
				fields = append(fields, f.Field)
				require.NotEmpty(t, f.Message.VI)
				require.NotEmpty(t, f.Message.EN)
				require.NotEmpty(t, notes.FieldName(f.Field).VI)
			}
			require.ElementsMatch(t, c.faults, fields)
			require.Contains(t, khue.MessageOf(err).VI, c.says)
			require.Less(t, len(khue.MessageOf(err).VI), 1000, "a message does not repeat what was too long")
		})
	}
	d := moved()
	d.Indicator, d.Event = "", "broken"
	_, err := d.Check(t.Context(), words{})
	require.Equal(t, khue.Internal, khue.KindOf(err), "an event that cannot be looked for is no fault of the writer")
}

func TestPeriodsAreReadAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string][2]time.Time{
		"2026": {day(2026, 1, 1), day(2027, 1, 1)}, "2026-S2": {day(2026, 7, 1), day(2027, 1, 1)}, "2026-Q4": {day(2026, 10, 1), day(2027, 1, 1)},
		"Q4/2026": {day(2026, 10, 1), day(2027, 1, 1)}, "quý 4/2026": {day(2026, 10, 1), day(2027, 1, 1)}, "12/2026": {day(2026, 12, 1), day(2027, 1, 1)},
		"tháng 12/2026": {day(2026, 12, 1), day(2027, 1, 1)}, " 2026-12 ": {day(2026, 12, 1), day(2027, 1, 1)},
		"1/12/2026": {day(2026, 12, 1), day(2026, 12, 2)}, "2026-12-01": {day(2026, 12, 1), day(2026, 12, 2)},
	} {
		d := moved()
		d.Period = written
		n, err := d.Check(t.Context(), words{})
		require.NoError(t, err, written)
		require.Equal(t, want, [2]time.Time{n.From, n.To}, written)
	}
	d := moved()
	d.Period, d.From, d.To = "", "15/11/2026", "2026-12-15"
	n, err := d.Check(t.Context(), words{})
	require.NoError(t, err)
	require.Equal(t, "15/11/2026 – 15/12/2026", notes.Days(khue.Vietnamese, n))
	again, err := notes.DraftOf(n).Check(t.Context(), words{})
	require.NoError(t, err)
	require.Equal(t, n, again, "the form shows what was written")
}

func TestANoteStandsBesideTheFiguresItIsAbout(t *testing.T) {
	figure := notes.Note{ID: 1, Indicator: "visitors", From: day(2026, 12, 1), To: day(2027, 1, 1)}
	all := notes.Note{ID: 2, From: day(2026, 1, 1), To: day(2027, 1, 1)}
	event := notes.Note{ID: 3, Event: "E1", From: day(2026, 12, 1), To: day(2026, 12, 2)}
	other := notes.Note{ID: 4, Indicator: "events", From: day(2026, 12, 1), To: day(2027, 1, 1)}
	given := []notes.Note{figure, all, event, other}
	ids := func(list []notes.Note) (out []int64) {
		for _, n := range list {
			out = append(out, n.ID)
		}
		return out
	}
	require.Equal(t, []int64{2, 1}, ids(notes.Beside(given, []string{"visitors"}, day(2026, 1, 1), day(2027, 1, 1))))
	require.Equal(t, []int64{2}, ids(notes.Beside(given, []string{"visitors"}, day(2026, 1, 1), day(2026, 12, 1))), "December is not in it")
	require.Empty(t, notes.Beside(given, []string{"visitors"}, day(2027, 1, 1), day(2028, 1, 1)))
	require.Equal(t, []int64{3}, ids(notes.OfEvent(given, "E1")))
	require.Empty(t, notes.OfEvent(given, ""))
	require.Equal(t, []string{"events"}, notes.Strangers(given, func(name string) bool { return name == "visitors" }))
}

func TestWhatIsInVietnameseAloneSaysSo(t *testing.T) {
	n := notes.Note{Text: khue.Text{VI: "Dời sang tháng 12"}}
	require.Equal(t, "Dời sang tháng 12", notes.Words(khue.Vietnamese, n))
	require.Equal(t, "Dời sang tháng 12 (tiếng Việt)", notes.Words(khue.English, n))
}

func TestABookSeesWhatAnotherProcessWrote(t *testing.T) {
	at := filepath.Join(t.TempDir(), "state.db")
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	book := func() *notes.Book {
		s, err := state.Open(t.Context(), at)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return notes.NewBook(s, func() time.Time { return now })
	}
	one, other := book(), book()
	first, err := one.Standing(t.Context())
	require.NoError(t, err)
	require.Empty(t, first.Notes)
	n, err := moved().Check(t.Context(), words{})
	require.NoError(t, err)
	added, err := other.Add(t.Context(), n)
	require.NoError(t, err)
	second, err := one.Standing(t.Context())
	require.NoError(t, err)
	require.Len(t, second.Notes, 1)
	require.NotEqual(t, first.Mark, second.Mark)
	now = now.Add(time.Hour)
	_, err = one.TakeDown(t.Context(), added)
	require.NoError(t, err)
	third, err := other.Standing(t.Context())
	require.NoError(t, err)
	require.Empty(t, third.Notes)
	then, err := other.AsOf(t.Context(), now.Add(-time.Minute))
	require.NoError(t, err)
	require.Len(t, then, 1)
	all, err := other.Revisions(t.Context(), added.ID)
	require.NoError(t, err)
	require.Len(t, all, 2)
}
