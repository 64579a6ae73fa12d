package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/locale"
	"khue/notes"
)

const notesStyle = "notes.css"

// Fields of the forms beside those of a note.
const (
	backName      = "back"     // where the writer came from
	revisionField = "revision" // that the writer saw
)

var draftFields = []string{
	notes.FieldIndicator, notes.FieldEvent, notes.FieldPeriod, notes.FieldFrom, notes.FieldTo, notes.FieldTextVI, notes.FieldTextEN, notes.FieldOffice,
}

// registerNotes adds the pages on notes, where the site has any.
func (s *Site) registerNotes(pages *gin.RouterGroup) {
	if s.notes == nil {
		return
	}
	get(pages, notesPath, s.notesPage)
	get(pages, newNotePath, s.newNotePage)
	get(pages, notesPath+"/:id", s.notePage)
	door := s.order(s.actionDoor, access.Write)
	pages.POST(newNotePath, door, s.addNote)
	pages.POST(notesPath+"/:id/change", door, s.changeNote)
	pages.POST(notesPath+"/:id/down", door, s.takeDownNote)
}

func noteAddress(id int64) string { return notesPath + "/" + strconv.FormatInt(id, 10) }

// pinnable is what notes can be pinned to, for checking drafts.
type pinnable struct{ service Service }

// HasFigure implements notes.Vocabulary.
func (p pinnable) HasFigure(name string) bool { return p.service.Catalogue().HasFigure(name) }

// EventTitle implements notes.Vocabulary.
func (p pinnable) EventTitle(ctx context.Context, id string) (string, bool, error) {
	files, err := p.service.EventFiles(ctx, id, reach())
	if khue.KindOf(err) == khue.NotFound {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return briefly(files[0].Title).Shown, true, nil
}

// noteFormView is the form of a new note, or one note with its form.
type noteFormView struct {
	frameView
	Finding string
	Shut    string // why no notes are taken here; "" when they are
	Action  string // where the form goes
	Back    string
	Draft   notes.Draft
	Faults  []noteFault
	Wrong   map[string]string // by field
	Choices []choiceGroup
	Longest int

	Note      *noteLine // nil for a new one
	Number    int64
	Revision  int
	TakenDown string // when and by whom; "" while it stands
	Other     string // the text in the other language; "" when there is none
	OtherLang string
	Same      string // address of the notes of the same period; "" for a stretch without a name
	Past      []noteLine
}

// noteFault is what is wrong with a field, for the list over the form.
type noteFault struct{ Field, Name, Message string }

// noteForm is what the pages with a form have in common.
func (s *Site) noteForm(c *gin.Context, lang khue.Lang, path string, query url.Values, d notes.Draft, title khue.Text) noteFormView {
	view := noteFormView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, notesPage, path, query, title.In(lang)), Finding: title.In(lang), Draft: d, Longest: notes.LongestText,
		Choices: s.figureChoices(lang, d.Indicator, text("Mọi số liệu trong kỳ", "All figures of the period").In(lang)), Wrong: map[string]string{},
	}
	view.Styles = []string{notesStyle}
	if err := s.actionDoor.shut(c, access.Write); err != nil {
		view.Shut = sentence(khue.MessageOf(err).In(lang))
	} else {
		view.Token = s.forms.token(c)
		if view.Draft.Office == "" {
			view.Draft.Office = writerIn(c, "")
		}
	}
	return view
}

// tell puts what is wrong with a draft over the form and at its fields.
func (view *noteFormView) tell(lang khue.Lang, faults notes.Faults) {
	for _, f := range faults {
		view.Faults = append(view.Faults, noteFault{f.Field, notes.FieldName(f.Field).In(lang), sentence(f.Message.In(lang))})
		view.Wrong[f.Field] = sentence(f.Message.In(lang))
	}
}

func draftOf(values url.Values) notes.Draft {
	return notes.Draft{
		Indicator: values.Get(notes.FieldIndicator), Event: values.Get(notes.FieldEvent), Period: values.Get(notes.FieldPeriod),
		From: values.Get(notes.FieldFrom), To: values.Get(notes.FieldTo), TextVI: values.Get(notes.FieldTextVI), TextEN: values.Get(notes.FieldTextEN),
		Office: values.Get(notes.FieldOffice),
	}
}

// ownAddress is an address of this site; anything else is none, so that no link leads
// a writer elsewhere.
func ownAddress(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n") || len(back) > longestQuery {
		return ""
	}
	return back
}

var newNoteTitle = text("Thêm ghi chú", "Add a note")

func (s *Site) newNotePage(c *gin.Context) {
	lang := langOf(c)
	values, err := readQuery(c.Request.URL.RawQuery, append([]string{backName}, draftFields...)...)
	if err != nil {
		_ = c.Error(err)
		return
	}
	view := s.noteForm(c, lang, newNotePath, keep(values, append([]string{backName}, draftFields...)...), draftOf(values), newNoteTitle)
	view.Action, view.Back = newNotePath, ownAddress(values.Get(backName))
	s.show(c, "noteform.html", view)
}

// checked reads the note that a form brings. When something is wrong with it the
// form is shown again and the answer is given.
func (s *Site) checked(c *gin.Context, again func(notes.Draft) noteFormView) (notes.Note, bool) {
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	d := draftOf(c.Request.PostForm)
	n, err := d.Check(ctx, pinnable{s.service})
	var faults notes.Faults
	switch {
	case err == nil:
		return n, true
	case !errors.As(err, &faults):
		_ = c.Error(slow(err))
		return n, false
	}
	view := again(d)
	view.tell(langOf(c), faults)
	body, err := s.draw("noteform.html", view)
	if err != nil {
		_ = c.Error(err)
		return n, false
	}
	send(c, http.StatusUnprocessableEntity, "text/html; charset=utf-8", body)
	return n, false
}

func (s *Site) addNote(c *gin.Context) {
	lang, back := langOf(c), ownAddress(c.Request.PostForm.Get(backName))
	n, ok := s.checked(c, func(d notes.Draft) noteFormView {
		view := s.noteForm(c, lang, newNotePath, nil, d, newNoteTitle)
		view.Action, view.Back = newNotePath, back
		return view
	})
	if !ok {
		return
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	kept, err := s.notes.Add(ctx, n)
	s.noted(c, "added", kept, err, back)
}

// noted answers after an order on a note: on its page, or where its writer came from.
func (s *Site) noted(c *gin.Context, what string, n notes.Note, err error, back string) {
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	s.log.Info("a note was written on the page", "order", what, "note", n.ID, "revision", n.Revision)
	if back == "" {
		back = noteAddress(n.ID)
	}
	c.Redirect(http.StatusSeeOther, back)
}

// noteOf finds the note that an address names, with all that it ever said.
func (s *Site) noteOf(c *gin.Context) ([]notes.Note, bool) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		_ = c.Error(khue.Errorf(khue.NotFound, "Không có ghi chú %q.", "There is no note %q.", short(c.Param("id"))))
		return nil, false
	}
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	all, err := s.notes.Revisions(ctx, id)
	if err != nil {
		_ = c.Error(slow(err))
		return nil, false
	}
	return all, true
}

func (s *Site) notePage(c *gin.Context) {
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	all, ok := s.noteOf(c)
	if !ok {
		return
	}
	s.show(c, "noteform.html", s.noteView(c, all, notes.DraftOf(all[0])))
}

// noteView is one note: what it says, what it said, and the form that changes it.
func (s *Site) noteView(c *gin.Context, all []notes.Note, d notes.Draft) noteFormView {
	lang, n := langOf(c), all[0]
	line := s.noteLineOf(lang, n)
	view := s.noteForm(c, lang, noteAddress(n.ID), nil, d, khue.Text{
		VI: "Ghi chú: " + s.headOf(khue.Vietnamese, n), EN: "Note: " + s.headOf(khue.English, n),
	})
	view.Note, view.Number, view.Revision, view.Action = &line, n.ID, n.Revision, noteAddress(n.ID)+"/change"
	if lang == khue.English && n.Text.EN != "" {
		view.Other, view.OtherLang = n.Text.VI, string(khue.Vietnamese)
	} else if lang == khue.Vietnamese {
		view.Other, view.OtherLang = n.Text.EN, string(khue.English)
	}
	if p := notes.Period(n); !p.IsZero() {
		view.Same = address(notesPath, url.Values{notes.FieldPeriod: {p.String()}}, "")
	}
	if n.TakenDown {
		view.TakenDown = textf("Ghi chú này đã được gỡ lúc %[1]s.", "This note was taken down at %[2]s.",
			locale.Moment(khue.Vietnamese, n.WrittenAt.In(s.zone)), locale.Moment(khue.English, n.WrittenAt.In(s.zone))).In(lang)
		view.Token = ""
	}
	for _, past := range all[1:] {
		view.Past = append(view.Past, s.noteLineOf(lang, past))
	}
	return view
}

// headOf is what a note is about and of which days.
func (s *Site) headOf(lang khue.Lang, n notes.Note) string {
	subject, _ := s.subjectOf(lang, n)
	return subject + ", " + notes.Days(lang, n)
}

// revised is the newest revision of a note as its form saw it.
func (s *Site) revised(c *gin.Context) (all []notes.Note, revision int, ok bool) {
	if all, ok = s.noteOf(c); !ok {
		return nil, 0, false
	}
	revision, err := strconv.Atoi(c.Request.PostForm.Get(revisionField))
	if err != nil {
		_ = c.Error(staleForm())
		return nil, 0, false
	}
	return all, revision, true
}

func (s *Site) changeNote(c *gin.Context) {
	all, revision, ok := s.revised(c)
	if !ok {
		return
	}
	n, ok := s.checked(c, func(d notes.Draft) noteFormView {
		view := s.noteView(c, all, d)
		view.Revision = revision
		return view
	})
	if !ok {
		return
	}
	n.ID, n.Revision = all[0].ID, revision
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	kept, err := s.notes.Change(ctx, n)
	s.noted(c, "changed", kept, err, "")
}

func (s *Site) takeDownNote(c *gin.Context) {
	all, revision, ok := s.revised(c)
	if !ok {
		return
	}
	n := all[0]
	n.Revision = revision
	ctx, cancel := contextWithin(c, s.patience)
	defer cancel()
	kept, err := s.notes.TakeDown(ctx, n)
	s.noted(c, "taken down", kept, err, "")
}
