package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/access"
	"khue/indicators"
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

// saveForm is the form for keeping a view.
type saveForm struct {
	Token, Query, Name, About string
	Shared, Pin               bool
	CanPin                    bool // the view moves with the facts; else it has its moment
	Wrong                     map[string]string
	Faults                    []exploreFault
}

// keptView is a kept view that is looked at.
type keptView struct {
	ID              int64
	Name, About, By string
	Sharing         string
	Own             bool
	Changed         bool   // what is shown is not as it was kept
	Query           string // of what is shown
	Token           string
	Gone            []string
	Left            string // address of the view without what is gone; "" when it is answered so
	Answered        bool   // the figures below are without what is gone
}

func (s *Site) saveFormOf(lang khue.Lang, x explored) *saveForm {
	name := []rune(capital(s.explore.InWords(x.q).In(lang)))
	return &saveForm{Query: x.e.kept().values().Encode(), Name: string(name[:min(len(name), longestViewName)]), CanPin: x.e.asOf == "", Wrong: map[string]string{}}
}

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

// namesNow are what the names in a view are called now, so that it can be said later
// what is gone.
func (s *Site) namesNow(e exploration) map[string]khue.Text {
	out := map[string]khue.Text{}
	catalogue := s.service.Catalogue()
	for _, name := range e.measures {
		out[name] = khue.Text{VI: figureLabel(khue.Vietnamese, catalogue, name), EN: figureLabel(khue.English, catalogue, name)}
	}
	dims := slices.Clone(e.by)
	for dim := range e.where {
		dims = append(dims, dim)
	}
	for _, name := range dims {
		if d, err := catalogue.Dimension(name); err == nil {
			out["by "+name] = d.Label
		}
	}
	return out
}

// readKept reads the address that a form wants kept, without what is of one look.
func (s *Site) readKept(query string) (exploration, error) {
	e, err := readExploration(query, s.isDimension)
	if err != nil {
		return e, err
	}
	e = e.kept()
	if n := len(e.values().Encode()); n > longestKept {
		return e, khue.Errorf(khue.Invalid, "Chế độ xem dài %d ký tự, nhiều nhất %d; hãy chọn ít giá trị hơn.", "The view has %d characters, at most %d; choose fewer values.", n, longestKept)
	}
	return e, nil
}

// pinned fixes a view at the moment of its facts, and sees that it can be answered so.
func (s *Site) pinnedView(c *gin.Context, e exploration) (exploration, error) {
	v := s.visit(c.Request.Context(), defaultFilter)
	x := s.explored(c, v, e, nil)
	if len(x.faults) > 0 {
		return e, x.faults[0]
	}
	if x.err != nil {
		return e, x.err
	}
	if e.period != "" { // the days stay what they are, too
		moved := x.asked
		e.period, e.from, e.to = "", moved.Get(fromName), moved.Get(toName)
	}
	e.asOf = s.now().In(s.zone).Truncate(time.Second).Format(time.RFC3339)
	x = s.explored(c, v, e, nil)
	if len(x.faults) > 0 {
		return e, x.faults[0]
	}
	return e, x.err
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

func (s *Site) saveFormAgain(c *gin.Context, form url.Values, faults []error) *saveForm {
	f := &saveForm{
		Token: s.forms.token(c), Query: form.Get(queryField), Name: form.Get(viewNameField), About: form.Get(aboutField), Shared: form.Get(sharedField) != "", Pin: form.Get(pinField) != "",
		CanPin: true, Wrong: map[string]string{},
	}
	for _, err := range faults {
		_, field := khue.CodeOf(err)
		if field == "name" {
			field = viewNameField
		}
		f.Wrong[field] = sentence(khue.MessageOf(err).In(langOf(c)))
		f.Faults = append(f.Faults, exploreFault{field, f.Wrong[field]})
	}
	return f
}

// keptOf finds the kept view that an address names; nil is none.
func (s *Site) keptOf(c *gin.Context, e exploration) (*SavedView, error) {
	if e.saved == 0 || s.explore.Views == nil || !callerOf(c).SignedIn() {
		return nil, nil //nolint:nilnil // nothing was named
	}
	v, err := s.explore.Views.SavedView(c.Request.Context(), e.saved, callerOf(c).Login)
	if khue.KindOf(err) == khue.NotFound {
		return nil, nil //nolint:nilnil // it was deleted or is not the reader's; the address still has the whole view
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func (s *Site) keptView(c *gin.Context, lang khue.Lang, kept SavedView, x explored) *keptView {
	v := &keptView{ID: kept.ID, Name: kept.Name, About: kept.Description, By: kept.OwnerName, Own: kept.Owner == callerOf(c).Login, Gone: x.gone, Answered: x.ready}
	v.Sharing = sharingWords(lang, kept.Shared)
	v.Query = x.e.kept().values().Encode()
	v.Changed = v.Query != kept.Query
	if v.Own {
		v.Token = s.forms.token(c)
	}
	if len(x.gone) > 0 && !x.ready {
		v.Left = exploreAddress(explorePath, x.left.kept().values())
	}
	return v
}

func sharingWords(lang khue.Lang, shared bool) string {
	if shared {
		return text("chia sẻ trong cơ quan", "shared in the office").In(lang)
	}
	return text("chỉ mình bạn thấy", "seen by you alone").In(lang)
}

// leaveGone says which names of a kept view are defined no more. Measures that are gone
// are left out and the others answered; without a dimension figures would mean something
// else, so that what is left is offered and not shown by itself.
func (s *Site) leaveGone(c *gin.Context, v *visit, x *explored, kept SavedView) {
	catalogue := s.service.Catalogue()
	lang := langOf(c)
	called := func(key, name string) string {
		if label, known := kept.Labels[key]; known && label.In(lang) != name {
			return "“" + label.In(lang) + "” (" + name + ")"
		}
		return "“" + short(name) + "”"
	}
	left := x.e
	left.measures = slices.DeleteFunc(slices.Clone(x.e.measures), func(name string) bool {
		if catalogue.HasFigure(name) {
			return false
		}
		x.gone = append(x.gone, text("Chỉ số ", "The measure ").In(lang)+called(name, name))
		return true
	})
	measuresOnly := true
	left.where = map[string][]string{}
	told := map[string]bool{}
	dimension := func(name string) bool {
		if s.isDimension(name) {
			return true
		}
		measuresOnly = false
		if !told[name] {
			told[name] = true
			x.gone = append(x.gone, text("Chiều ", "The dimension ").In(lang)+called("by "+name, name))
		}
		return false
	}
	left.by = slices.DeleteFunc(slices.Clone(x.e.by), func(name string) bool { return !dimension(name) })
	for name, values := range x.e.where {
		if dimension(name) {
			left.where[name] = values
		}
	}
	left.unknown = url.Values{}
	for name, values := range x.e.unknown { // a dimension was a parameter by its own name
		if _, was := kept.Labels["by "+name]; was {
			dimension(name)
		} else {
			left.unknown[name] = values
		}
	}
	if !slices.Contains(left.by, left.pivot) {
		left.pivot = ""
	}
	if t, err := indicators.ParseTop(left.top); err == nil && t != nil && (!slices.Contains(left.by, t.Dim) || t.By != "" && !slices.Contains(left.measures, t.By)) {
		left.top = ""
	}
	if len(x.gone) == 0 {
		return
	}
	slices.Sort(x.gone)
	x.left = left
	if measuresOnly && len(left.measures) > 0 {
		x.understand(s, exploreScope(c), v.frame.today, left)
	}
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
	view := savedView{frameView: s.frameView(lang, exploreName, savedPath, q, text("Chế độ xem đã lưu", "Kept views").In(lang)), Text: sought}
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

// openSaved leads to a kept view.
func (s *Site) openSaved(c *gin.Context) {
	id, err := viewNumber(c)
	var v SavedView
	if err == nil {
		v, err = s.explore.Views.SavedView(c.Request.Context(), id, callerOf(c).Login)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	q, err := url.ParseQuery(v.Query)
	if err != nil {
		_ = c.Error(khue.Errorf(khue.Internal, "Không đọc được chế độ xem này.", "This view cannot be read.").Because(err))
		return
	}
	q.Set(savedName, itoa(v.ID))
	put(q, languageName, c.Query(languageName))
	c.Redirect(http.StatusSeeOther, exploreAddress(explorePath, q))
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
