package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/access"
	"khue/locale"
	"khue/state"
)

// SavedView is a view that somebody keeps.
type SavedView = state.SavedView

// Views are those that people keep. *state.Store is one.
type Views interface {
	AddSavedView(ctx context.Context, v state.SavedView, most int) (state.SavedView, error)
	ChangeSavedView(ctx context.Context, v state.SavedView) error
	DeleteSavedView(ctx context.Context, id int64, owner string) error
	SavedView(ctx context.Context, id int64, reader string) (state.SavedView, error)
	SavedViews(ctx context.Context, reader string) ([]state.SavedView, error)
}

// What a kept view may take.
const (
	mostViews       = 200 // of one person
	longestViewName = 120 // characters
	longestAbout    = 1000
	longestKept     = 8000 // bytes of its address
)

// Fields of the form for keeping a view.
const (
	viewNameField  = "view"
	aboutField     = "about"
	sharedField    = "shared"
	pinField       = "pin"
	queryField     = "query"
	withQueryField = "with_query"
)

// tidied is a text as it is kept: NFC, one space between words where it is one line.
func tidied(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// keyOfName tells names apart as people do: without regard to capitals.
func keyOfName(name string) string { return strings.ToLower(name) }

// checkView reads a view from a form, with all that is wrong with it.
func checkView(form url.Values) (v SavedView, faults []error) {
	v.Name, v.Description = tidied(form.Get(viewNameField)), strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(form.Get(aboutField), "\r\n", "\n")))
	v.Key, v.Shared = keyOfName(v.Name), form.Get(sharedField) != ""
	wrong := func(field, vi, en string, args ...any) {
		faults = append(faults, khue.Errorf(khue.Invalid, vi, en, args...).Coded("bad_view", field))
	}
	control := func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || r == '\u202e' || r == '\u2066' || r == '\u2067'
	}
	switch n := utf8.RuneCountInString(v.Name); {
	case n == 0:
		wrong(viewNameField, "hãy đặt tên", "give it a name")
	case n > longestViewName:
		wrong(viewNameField, "tên dài %d ký tự; nhiều nhất %d", "the name has %d characters; at most %d", n, longestViewName)
	case !utf8.ValidString(v.Name) || strings.ContainsFunc(v.Name, control):
		wrong(viewNameField, "tên có ký tự không phải là chữ", "the name has characters that are no text")
	}
	if n := utf8.RuneCountInString(v.Description); n > longestAbout {
		wrong(aboutField, "mô tả dài %d ký tự; nhiều nhất %d", "the description has %d characters; at most %d", n, longestAbout)
	} else if !utf8.ValidString(v.Description) || strings.ContainsFunc(v.Description, control) {
		wrong(aboutField, "mô tả có ký tự không phải là chữ", "the description has characters that are no text")
	}
	return v, faults
}

func (s *Site) saveView(c *gin.Context) {
	form := c.Request.PostForm
	e, err := s.readKept(form.Get(queryField))
	if err != nil {
		_ = c.Error(err)
		return
	}
	v, faults := checkView(form)
	v.Owner, v.CreatedAt = callerOf(c).Login, s.now()
	if form.Get(pinField) != "" && e.asOf == "" && len(faults) == 0 {
		if e, err = s.pinnedView(c, e); err != nil {
			faults = append(faults, khue.Errorf(khue.Invalid, "không ghim được thời điểm này: %[1]s", "it cannot be pinned to this moment: %[2]s",
				khue.MessageOf(err).VI, khue.MessageOf(err).EN).Coded("not_pinned", pinField))
		}
	}
	v.Query, v.Labels = e.values().Encode(), s.namesNow(e)
	if len(faults) == 0 {
		v, err = s.explore.Views.AddSavedView(c.Request.Context(), v, mostViews)
		switch {
		case err == nil:
			e.saved = v.ID
			c.Redirect(http.StatusSeeOther, exploreAddress(explorePath, e.values()))
			return
		case khue.KindOf(err) != khue.Conflict:
			_ = c.Error(err)
			return
		}
		faults = append(faults, err)
	}
	back, err := s.readKept(form.Get(queryField))
	if err != nil {
		_ = c.Error(err)
		return
	}
	s.showExplore(c, back, s.saveFormAgain(c, form, faults))
}

// savedView is the list of kept views.
type savedView struct {
	frameView
	Finding      string
	Text         string
	Mine, Shared []savedLine
}

type savedLine struct {
	ID                 int64
	Name, About        string
	Address            string
	By, Sharing, When  string
	IsShared           bool
	Own, MayDelete     bool
	NameNow, AboutText string // of the form
	Token, Fault       string
	Changing           bool // its form is open, with the fault
}

func (s *Site) savedPage(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, textName)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if view, ok := s.savedViewOf(c, values.Get(textName)); ok {
		s.show(c, "exploresaved.html", view)
	}
}

func (s *Site) savedViewOf(c *gin.Context, sought string) (savedView, bool) {
	lang, who := langOf(c), callerOf(c)
	q := url.Values{}
	put(q, textName, sought)
	view := savedView{frameView: s.frameView(s.reader(c.Request.Context()), lang, exploreName, savedPath, q, text("Chế độ xem đã lưu", "Kept views").In(lang)), Text: sought}
	view.Styles, view.Data, view.Token = []string{exploreStyle}, true, s.forms.token(c)
	all, err := s.explore.Views.SavedViews(c.Request.Context(), who.Login)
	if err != nil {
		_ = c.Error(err)
		return view, false
	}
	collator := locale.Collator()
	slices.SortStableFunc(all, func(a, b SavedView) int { return collator.CompareString(a.Name, b.Name) })
	wanted := locale.Words(sought)
	for _, one := range all {
		if strings.TrimSpace(sought) != "" && !locale.Begin(locale.Words(one.Name+" "+one.Description+" "+one.OwnerName), wanted) {
			continue
		}
		line := savedLine{
			ID: one.ID, Name: one.Name, About: one.Description, Address: savedPath + "/" + itoa(one.ID), By: one.OwnerName, Sharing: sharingWords(lang, one.Shared), IsShared: one.Shared,
			When: s.moment(lang, one.ChangedAt), Own: one.Owner == who.Login, MayDelete: one.Owner == who.Login || who.May(access.ManagePeople), NameNow: one.Name, AboutText: one.Description, Token: view.Token,
		}
		if line.Own {
			view.Mine = append(view.Mine, line)
		} else {
			view.Shared = append(view.Shared, line)
		}
	}
	n := len(view.Mine) + len(view.Shared)
	switch {
	case n == 0 && sought != "":
		view.Finding = text("Không có chế độ xem nào như vậy", "There is no such view").In(lang)
	case n == 0:
		view.Finding = text("Chưa có chế độ xem nào được lưu", "No view is kept yet").In(lang)
	default:
		view.Finding = textf("%d chế độ xem đã lưu", "%d kept "+plural(n, "view", "views"), n).In(lang)
	}
	return view, true
}

func viewNumber(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, khue.Errorf(khue.NotFound, "không có chế độ xem %q", "there is no view %q", short(c.Param("id")))
	}
	return id, nil
}

// changeView keeps another name, description or sharing of a view of one's own, and the
// view that is shown when the form brings it.
func (s *Site) changeView(c *gin.Context) {
	id, err := viewNumber(c)
	var before SavedView
	if err == nil {
		before, err = s.explore.Views.SavedView(c.Request.Context(), id, callerOf(c).Login)
	}
	if err == nil && before.Owner != callerOf(c).Login {
		err = khue.Errorf(khue.Forbidden, "Chỉ người lưu mới sửa được chế độ xem này.", "Only who kept this view can change it.")
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	form, v, faults := c.Request.PostForm, before, []error(nil)
	if form.Get(withQueryField) != "" {
		e, err := s.readKept(form.Get(queryField))
		if err != nil {
			_ = c.Error(err)
			return
		}
		v.Query, v.Labels = e.values().Encode(), s.namesNow(e)
	} else {
		var named SavedView
		named, faults = checkView(form)
		v.Name, v.Key, v.Description, v.Shared = named.Name, named.Key, named.Description, named.Shared
	}
	v.ChangedAt = s.now()
	if len(faults) == 0 {
		err = s.explore.Views.ChangeSavedView(c.Request.Context(), v)
	} else {
		err = errors.Join(faults...)
	}
	s.viewDone(c, id, err, form)
}

// deleteView takes a view of one's own away; who manages accounts may take any.
func (s *Site) deleteView(c *gin.Context) {
	id, err := viewNumber(c)
	if err == nil {
		owner := callerOf(c).Login
		if callerOf(c).May(access.ManagePeople) {
			owner = ""
		}
		err = s.explore.Views.DeleteSavedView(c.Request.Context(), id, owner)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Redirect(http.StatusSeeOther, savedPath)
}

// viewDone answers after a change.
func (s *Site) viewDone(c *gin.Context, id int64, err error, form url.Values) {
	switch kind := khue.KindOf(err); {
	case err == nil && form.Get(withQueryField) != "":
		c.Redirect(http.StatusSeeOther, savedPath+"/"+itoa(id))
	case err == nil:
		c.Redirect(http.StatusSeeOther, savedPath)
	case kind != khue.Conflict && kind != khue.Invalid:
		_ = c.Error(err)
	default:
		view, ok := s.savedViewOf(c, "")
		if !ok {
			return
		}
		for i := range view.Mine {
			if view.Mine[i].ID == id {
				view.Mine[i].NameNow, view.Mine[i].AboutText, view.Mine[i].IsShared = form.Get(viewNameField), form.Get(aboutField), form.Get(sharedField) != ""
				view.Mine[i].Fault, view.Mine[i].Changing = said(langOf(c), err), true
			}
		}
		s.showFault(c, "exploresaved.html", view, err)
	}
}

// said puts one fault or several in sentences.
func said(lang khue.Lang, err error) string {
	var several interface{ Unwrap() []error }
	if !errors.As(err, &several) {
		return sentence(khue.MessageOf(err).In(lang))
	}
	var out []string
	for _, one := range several.Unwrap() {
		out = append(out, sentence(khue.MessageOf(one).In(lang)))
	}
	return strings.Join(out, " ")
}
