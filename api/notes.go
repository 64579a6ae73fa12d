package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/notes"
)

// Notes are what the office wrote beside figures. *notes.Book is one.
type Notes interface {
	// AsOf are those that stood at a moment; those of now when it is zero.
	AsOf(ctx context.Context, at time.Time) ([]notes.Note, error)
	Revisions(ctx context.Context, id int64) ([]notes.Note, error)
}

// Note is a note as programs read it.
type Note struct {
	ID         int64     `json:"id"`
	Revision   int       `json:"revision"`
	Indicator  string    `json:"indicator,omitempty"`
	Event      string    `json:"event,omitempty"`
	EventTitle string    `json:"event_title,omitempty"`
	Period     string    `json:"period,omitempty"` // when its days have a name
	From       string    `json:"from"`             // first day
	To         string    `json:"to"`               // last day
	Text       khue.Text `json:"text"`
	Office     string    `json:"office"`
	WrittenAt  time.Time `json:"written_at"` // of this revision
	CreatedAt  time.Time `json:"created_at"`
	TakenDown  bool      `json:"taken_down,omitempty"`
}

// NotesOf writes notes for programs.
func NotesOf(all []notes.Note) []Note {
	out := []Note{}
	for _, n := range all {
		one := Note{
			ID: n.ID, Revision: n.Revision, Indicator: n.Indicator, Event: n.Event, EventTitle: n.EventTitle, From: day(n.From), To: day(n.To.AddDate(0, 0, -1)),
			Text: n.Text, Office: n.Office, WrittenAt: n.WrittenAt, CreatedAt: n.CreatedAt, TakenDown: n.TakenDown,
		}
		if p := notes.Period(n); !p.IsZero() {
			one.Period = p.String()
		}
		out = append(out, one)
	}
	return out
}

// NoteList are notes, the list of them.
type NoteList struct {
	Notes []Note `json:"notes"`
}

// NoteHistory is all that a note ever said, the newest first.
type NoteHistory struct {
	Revisions []Note `json:"revisions"`
}

func (a *API) noteRoutes() []route {
	if a.Notes == nil {
		return nil
	}
	return []route{
		{
			method: http.MethodGet, path: Prefix + "/notes", handler: a.listNotes, tag: "notes", name: "notes", gives: NoteList{},
			about: khue.Text{VI: "Ghi chú của cơ quan bên cạnh số liệu", EN: "What the office wrote beside figures"},
			takes: []parameter{
				{name: "indicator", about: khue.Text{VI: "Chỉ số hoặc chỉ tiêu.", EN: "A measure or an indicator."}},
				{name: "event", about: khue.Text{VI: "Mã sự kiện.", EN: "The id of an event."}},
				{name: "period", about: khue.Text{VI: "Kỳ mà ghi chú chạm tới.", EN: "A period that the note touches."}},
				{name: "as_of", about: khue.Text{VI: "Ghi chú có hiệu lực lúc đó.", EN: "Notes as they stood at that instant."}},
			},
		},
		{
			method: http.MethodGet, path: Prefix + "/notes/:id", handler: a.oneNote, tag: "notes", name: "note", gives: NoteHistory{},
			about: khue.Text{VI: "Mọi bản của một ghi chú", EN: "All that a note ever said"},
			takes: []parameter{{name: "id", inPath: true, about: khue.Text{VI: "Số của ghi chú.", EN: "Number of the note."}, example: "1"}},
		},
	}
}

func (a *API) listNotes(c *gin.Context) {
	choice, at, err := notesAsked(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	all, err := a.Notes.AsOf(c.Request.Context(), at)
	if err != nil {
		_ = c.Error(err)
		return
	}
	all = slices.DeleteFunc(slices.Clone(all), func(n notes.Note) bool { return !choice.Takes(n) })
	a.give(c, NoteList{NotesOf(all)})
}

// notesAsked reads what limits the list.
func notesAsked(c *gin.Context) (choice notes.Choice, at time.Time, err error) {
	choice.Indicator, choice.Event = c.Query("indicator"), c.Query("event")
	if text := c.Query("period"); text != "" {
		if choice.Period, err = khue.ParsePeriod(text); err != nil {
			return choice, at, coded(err, "bad_period", "period")
		}
	}
	if text := c.Query("as_of"); text != "" {
		if at, err = time.Parse(time.RFC3339, text); err != nil {
			return choice, at, khue.Errorf(khue.Invalid, "as_of phải là một thời điểm như 2026-11-23T06:15:00+07:00", "as_of must be a moment such as 2026-11-23T06:15:00+07:00").Coded("bad_moment", "as_of")
		}
	}
	return choice, at, nil
}

// oneNote is all that a note ever said, the newest first.
func (a *API) oneNote(c *gin.Context) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		_ = c.Error(khue.Errorf(khue.NotFound, "không có ghi chú này", "there is no such note"))
		return
	}
	all, err := a.Notes.Revisions(c.Request.Context(), id)
	if err != nil {
		_ = c.Error(err)
		return
	}
	a.give(c, NoteHistory{NotesOf(all)})
}
