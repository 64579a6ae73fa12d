package dashboards

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
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
