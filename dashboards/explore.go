package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/indicators"
	"khue/locale"
)

// Explore is what the explore page needs beside the service.
type Explore struct {
	// Understand reads a question from the parameters of an address, with all that is
	// wrong with it, each fault with its path.
	Understand func(values url.Values, scope khue.Scope) (indicators.Question, []error)
	// InWords says in a phrase what a question asks.
	InWords func(q indicators.Question) khue.Text
	// Give answers a request with the answer to such parameters as a file, in the form
	// that the parameter "format" names.
	Give    func(c *gin.Context, values url.Values)
	Formats []ExploreFormat
	// Query is where programs ask the same, and Site where the site is reached; "" is
	// as the reader reached it.
	Query, Site string
	// Views are those that people keep; nil keeps none.
	Views Views
	// SQL writes the statement over the published views that answers a question; ok is
	// false where none does, for the reason given. Nil leaves it out of the page.
	SQL func(q indicators.Question, lang khue.Lang) (statement string, ok bool, reason khue.Text)
}

// ExploreFormat is a form in which an answer can be taken along.
type ExploreFormat struct {
	Name  string
	Label khue.Text
}

// Where the explore page is.
const (
	explorePath    = "/explore"
	exploreName    = "explore"
	savedPath      = explorePath + "/saved"
	valuesPath     = explorePath + "/values"
	explorePicture = explorePath + "/chart/"
	exploreStyle   = "explore.css"
)

var exploreTitle = text("Khám phá số liệu", "Explore the figures")

func (s *Site) registerExplore(pages *gin.RouterGroup) {
	if s.explore == nil {
		return
	}
	get(pages, explorePath, s.explorePage)
	get(pages, valuesPath, s.exploreValues)
	get(pages, explorePicture+":id", s.exploreChart)
	get(pages, explorePath+"/file/:format", s.exploreFile)
	if s.explore.Views == nil || s.people == nil {
		return
	}
	looking := s.form(func(c *gin.Context) error { return lacking(callerOf(c), access.Look) })
	get(pages, savedPath, s.savedPage)
	get(pages, savedPath+"/:id", s.openSaved)
	pages.POST(savedPath, looking, s.saveView)
	pages.POST(savedPath+"/:id/change", looking, s.changeView)
	pages.POST(savedPath+"/:id/delete", looking, s.deleteView)
}

// exploreScope is the reach of whoever looks; what would give away a contributor is
// withheld, as it is from programs, so that page and API say the same.
func exploreScope(c *gin.Context) khue.Scope {
	who, known := access.Of(c.Request.Context())
	if !known {
		return reach()
	}
	scope := who.Scope()
	scope.Confidential, scope.Moments = false, false
	return scope
}

// exploreView is what the template draws.
type exploreView struct {
	frameView
	Finding string
	Form    exploreForm
	Faults  []exploreFault
	Wrong   map[string]string // what is said beside a field
	Fault   *boxFault         // the figures could not be had
	Advice  string            // what to do about an answer that is too large
	Nothing bool              // nothing is asked yet
	Starts  []navLink
	Drawn   []exploreChartView
	NoChart string // why there is no chart
	Table   *exploreTable
	Card    *card // around the table
	Files   []navLink
	Copies  []copyBlock
	NoSQL   string // why there is no statement
	Token   bool
	Kept    *keptView
	Save    *saveForm
	Saved   string // address of the kept views; "" where none are kept
	Rows    string // how many there are, for those who listen
}

// exploreFault is one thing wrong with the view, and the field that it lies in.
type exploreFault struct{ Field, Message string }

// explored is a view that was read and, where it could be, answered.
type explored struct {
	e      exploration
	q      indicators.Question
	asked  url.Values // as the API is asked
	faults []error
	answer indicators.Answer
	err    error
	ready  bool
	gone   []string // what the view names and the definitions do not know any more
	left   exploration
}

func (s *Site) isDimension(name string) bool {
	_, err := s.service.Catalogue().Dimension(name)
	return err == nil
}

func (s *Site) explorePage(c *gin.Context) {
	e, err := readExploration(c.Request.URL.RawQuery, s.isDimension)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if c.Query(formName) != "" {
		values := e.values()
		put(values, languageName, c.Query(languageName))
		c.Redirect(http.StatusSeeOther, exploreAddress(explorePath, values))
		return
	}
	s.showExplore(c, e, nil)
}

// showExplore draws a view; save is the form for keeping it when something was wrong
// with what it brought.
func (s *Site) showExplore(c *gin.Context, e exploration, save *saveForm) {
	lang := langOf(c)
	kept, err := s.keptOf(c, e)
	if err != nil {
		_ = c.Error(err)
		return
	}
	v := s.visit(c.Request.Context(), defaultFilter)
	v.path = explorePath
	x := s.explored(c, v, e, kept)
	view := s.exploreView(c, v, lang, x)
	if kept != nil {
		view.Kept = s.keptView(c, lang, *kept, x)
	}
	status := http.StatusOK
	switch {
	case save != nil:
		view.Save, status = save, http.StatusUnprocessableEntity
	case len(x.faults) > 0:
		status = http.StatusBadRequest
	case x.err != nil && khue.KindOf(x.err) != khue.NotFound:
		status = statusOf[khue.KindOf(x.err)]
	}
	if view.Save != nil && save == nil {
		view.Save.Token = view.frameView.Token
	}
	body, err := s.draw("explore.html", view)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if status == http.StatusOK {
		keptPageOf(body).send(c)
		return
	}
	c.Header("Cache-Control", "no-store")
	send(c, status, "text/html; charset=utf-8", body)
}

// explored reads the question of a view and answers it. Of a kept view, measures that
// are defined no more are left out, and what is left is answered.
func (s *Site) explored(c *gin.Context, v *visit, e exploration, kept *SavedView) explored {
	x := explored{e: e, left: e}
	x.understand(s, exploreScope(c), v.frame.today, e)
	if kept != nil && len(x.faults) > 0 {
		s.leaveGone(c, v, &x, *kept)
	}
	if len(x.faults) > 0 || len(x.q.Measures) == 0 {
		return x
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), 4*s.patience)
	defer cancel()
	x.answer, x.err = v.ask(ctx, x.q)
	x.err = slow(x.err)
	x.ready = x.err == nil
	return x
}

func (x *explored) understand(s *Site, scope khue.Scope, today time.Time, e exploration) {
	x.asked = e.question(today)
	x.faults = slices.Clone(e.faults)
	_, placed := x.asked[areaName] // a clerk's page begins with their ward
	if len(e.measures) == 0 && (len(x.asked) == 0 || len(x.asked) == 1 && placed) && len(e.unknown) == 0 && e.period == "" && e.pivot == "" {
		return
	}
	whole := url.Values{}
	for name, values := range x.asked {
		whole[name] = values
	}
	for name, values := range e.unknown {
		whole[name] = append(slices.Clone(whole[name]), values...)
	}
	q, faults := s.explore.Understand(whole, scope)
	q.Limit = mostExplored
	x.q, x.faults = q, append(append(x.faults, faults...), e.check(s.service.Catalogue(), q, len(faults) == 0)...)
}

// mostExplored is the most rows of an answer on the page; the API gives more.
const mostExplored = 10_000

func (s *Site) exploreView(c *gin.Context, v *visit, lang khue.Lang, x explored) exploreView {
	view := exploreView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, exploreName, explorePath, nil, exploreTitle.In(lang)), Finding: exploreTitle.In(lang), Wrong: map[string]string{},
		Nothing: len(x.e.measures) == 0 && len(x.faults) == 0,
	}
	whole := x.e.values()
	view.Here = khue.Text{VI: withLang(whole, khue.Vietnamese), EN: withLang(whole, khue.English)}
	view.Styles, view.Charts, view.Data = []string{exploreStyle}, true, true
	view.Live, view.Known = v.tag(), v.knownUntil(lang)
	if s.explore.Views != nil && callerOf(c).SignedIn() {
		view.Saved = savedPath
		view.frameView.Token = s.forms.token(c)
	}
	view.tell(lang, x.faults)
	view.Form = s.exploreForm(c, v, lang, x)
	for i, one := range view.Form.Limits {
		view.Form.Limits[i].Wrong = view.Wrong["where-"+one.Dim]
	}
	if view.Nothing {
		view.Starts = s.exploreStarts(lang)
	}
	if len(x.faults) > 0 || len(x.e.measures) == 0 {
		return view
	}
	view.Finding = capital(s.explore.InWords(x.q).In(lang))
	view.frameView.Title = view.Finding + " · Khuê"
	if view.Saved != "" {
		view.Save = s.saveFormOf(lang, x)
	}
	view.Copies, view.NoSQL = s.copies(c, lang, x)
	if x.err != nil {
		view.tellFailure(lang, x.err)
		return view
	}
	s.fillAnswer(c, v, lang, x, &view)
	return view
}

// fillAnswer draws an answer: its charts, its table and the ways to take it along.
func (s *Site) fillAnswer(c *gin.Context, v *visit, lang khue.Lang, x explored, view *exploreView) {
	drawing := planChart(s.service.Catalogue(), x.e, x.answer)
	view.NoChart = drawing.reason.In(lang)
	for i := range drawing.columns {
		view.Drawn = append(view.Drawn, s.exploreCard(v, lang, x, drawing, i))
	}
	t, err := s.exploreTable(c, v, lang, x)
	if err != nil {
		view.tellFailure(lang, err)
		return
	}
	view.Table, view.Card = t, s.tableCard(v, lang, x, t)
	view.Rows = textf("%s dòng", "%s "+plural(len(x.answer.Rows), "row", "rows"), locale.Number(lang, float64(len(x.answer.Rows)), 0)).In(lang)
	if who, known := access.Of(c.Request.Context()); !known || who.May(access.Download) {
		for _, f := range s.explore.Formats {
			q := cloned(x.asked)
			q.Set(languageName, string(lang))
			view.Files = append(view.Files, navLink{Address: exploreAddress(explorePath+"/file/"+f.Name, q), Label: f.Label.In(lang)})
		}
	}
}

func cloned(v url.Values) url.Values {
	out := url.Values{}
	for name, values := range v {
		out[name] = slices.Clone(values)
	}
	return out
}

func withLang(v url.Values, lang khue.Lang) string {
	q := cloned(v)
	q.Set(languageName, string(lang))
	return exploreAddress(explorePath, q)
}

// tell puts what is wrong over the form and at its fields.
func (view *exploreView) tell(lang khue.Lang, faults []error) {
	for _, err := range faults {
		_, path := khue.CodeOf(err)
		f := exploreFault{fieldOf(path), sentence(khue.MessageOf(err).In(lang))}
		view.Faults = append(view.Faults, f)
		if before := view.Wrong[f.Field]; before != "" {
			f.Message = before + " " + f.Message
		}
		view.Wrong[f.Field] = f.Message
	}
}

// fieldOf is the field of the form that a fault lies in; "" is none of them.
func fieldOf(path string) string {
	name, rest, _ := strings.Cut(path, "/")
	switch name {
	case whereName:
		dim, _, _ := strings.Cut(rest, "/")
		return "where-" + dim
	case measureFilter, byName, deriveName, fromName, toName, asOfName, topName, areaViewName, countingName, chartName, pivotName, periodName, editionParam:
		return name
	}
	return ""
}

// tellFailure says why there is no answer.
func (view *exploreView) tellFailure(lang khue.Lang, err error) {
	kind := khue.KindOf(err)
	if code, path := khue.CodeOf(err); kind != khue.Internal && kind != khue.Unavailable {
		view.Faults = append(view.Faults, exploreFault{fieldOf(path), sentence(khue.MessageOf(err).In(lang))})
		if field := fieldOf(path); field != "" {
			view.Wrong[field] = sentence(khue.MessageOf(err).In(lang))
		}
		if code == "too_many_rows" {
			view.Advice = text("Hãy chọn ít giá trị hơn, chia theo kỳ dài hơn, hoặc giữ vài giá trị lớn nhất. API trả lời được đến 100.000 dòng, chia thành trang.",
				"Choose fewer values, split by longer periods, or keep the largest few. The API answers up to 100,000 rows, in pages.").In(lang)
		}
		return
	}
	view.Fault = &boxFault{Message: sentence(khue.MessageOf(err).In(lang))}
}
