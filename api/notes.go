package api

import (
	"context"
	"maps"
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

// WithNotes adds the notes to what the API answers.
func (a *API) WithNotes(n Notes) *API {
	a.notes = n
	return a
}

func (a *API) registerNotes(v1 gin.IRouter) {
	if a.notes == nil {
		return
	}
	v1.GET("/notes", a.listNotes)
	v1.GET("/notes/:id", a.oneNote)
}

func (a *API) listNotes(c *gin.Context) {
	choice, at, err := notesAsked(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	all, err := a.notes.AsOf(c.Request.Context(), at)
	if err != nil {
		_ = c.Error(err)
		return
	}
	all = slices.DeleteFunc(slices.Clone(all), func(n notes.Note) bool { return !choice.Takes(n) })
	c.JSON(http.StatusOK, map[string]any{"notes": NotesOf(all)})
}

// notesAsked reads what limits the list; a name that limits nothing is an error.
func notesAsked(c *gin.Context) (choice notes.Choice, at time.Time, err error) {
	asked := c.Request.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		value := asked.Get(name)
		switch name {
		case "indicator":
			choice.Indicator = value
		case "event":
			choice.Event = value
		case "period":
			if choice.Period, err = khue.ParsePeriod(value); err != nil {
				return choice, at, err
			}
		case "as_of":
			if at, err = time.Parse(time.RFC3339, value); err != nil {
				return choice, at, khue.Errorf(khue.Invalid, "as_of phải là một thời điểm như 2026-11-23T06:15:00+07:00", "as_of must be a moment such as 2026-11-23T06:15:00+07:00")
			}
		case "lang":
		default:
			return choice, at, khue.Errorf(khue.Invalid, "chỉ lọc được theo indicator, event, period và as_of", "the list is limited by indicator, event, period and as_of only")
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
	all, err := a.notes.Revisions(c.Request.Context(), id)
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, map[string]any{"revisions": NotesOf(all)})
}
