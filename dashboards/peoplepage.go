package dashboards

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// peopleView is everybody who may use the observatory, and the form for one more.
type peopleView struct {
	frameView
	Finding     string
	Fault       string
	People      []personLine
	Login, Name string
	Roles       []choice
	Areas       []choiceGroup
}

type personLine struct {
	Address, Login, Name, Roles, Areas string
	Status                             status
}

var peopleTitle = text("Tài khoản và vai trò", "Accounts and roles")

func (s *Site) peoplePage(c *gin.Context) {
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	if view, ok := s.peopleView(c, nil, nil); ok {
		s.show(c, "people.html", view)
	}
}

func (s *Site) peopleView(c *gin.Context, roles, areas []string) (peopleView, bool) {
	lang := langOf(c)
	view := peopleView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, accountPage, peoplePath, nil, peopleTitle.In(lang)), Roles: roleChoices(lang, roles), Areas: clerkAreas(lang, areas),
	}
	view.Styles, view.Data, view.Token = []string{reportsStyle, peopleStyle}, true, s.forms.token(c)
	all, err := s.people.People(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return view, false
	}
	locked := 0
	for _, p := range all {
		if p.Disabled {
			locked++
		}
		view.People = append(view.People, personLineOf(lang, p))
	}
	view.Finding = textf("%d người có tài khoản", "%d "+plural(len(all), "person has", "people have")+" an account", len(all)).In(lang)
	if locked > 0 {
		view.Finding += textf(", %d đang bị khóa", ", %d locked out", locked).In(lang)
	}
	return view, true
}

func personLineOf(lang khue.Lang, p access.Person) personLine {
	l := personLine{
		Address: peoplePath + "/" + p.Login, Login: p.Login, Name: p.Name, Roles: capital(rolesWords(lang, p.Roles)), Areas: areasWords(lang, p.Areas),
		Status: status{"good", text("Đang dùng", "In use").In(lang)},
	}
	switch {
	case p.Disabled:
		l.Status = status{"bad", text("Đã khóa", "Locked").In(lang)}
	case p.Provider:
		l.Status.Word = text("Đăng nhập bằng tài khoản của cơ quan", "Signs in with the office's account").In(lang)
	case !p.HasPassword:
		l.Status = status{"attention", text("Chưa đặt mật khẩu", "No password yet").In(lang)}
	}
	return l
}

func roleChoices(lang khue.Lang, chosen []string) []choice {
	var out []choice
	for _, r := range access.Roles() {
		out = append(out, choice{string(r), capital(r.Text().In(lang)), slices.Contains(chosen, string(r))})
	}
	return out
}

// clerkAreas are the areas that a clerk can be of.
func clerkAreas(lang khue.Lang, chosen []string) []choiceGroup {
	groups := areaChoices(lang, filter{})[1:]
	for _, g := range groups {
		for i := range g.Choices {
			g.Choices[i].Chosen = slices.Contains(chosen, g.Choices[i].Value)
		}
	}
	return groups
}

// areasOfForm are the areas of a form; they go with the role of a clerk alone.
func areasOfForm(c *gin.Context) []string {
	if slices.Contains(c.Request.PostForm["roles"], string(access.Clerk)) {
		return c.Request.PostForm["areas"]
	}
	return nil
}

func (s *Site) addPerson(c *gin.Context) {
	form := c.Request.PostForm
	p, err := s.people.Add(c.Request.Context(), callerOf(c).Actor(), form.Get(loginField), form.Get("name"), form["roles"], areasOfForm(c))
	switch {
	case err == nil:
		c.Redirect(http.StatusSeeOther, peoplePath+"/"+p.Login)
	case khue.KindOf(err) == khue.Internal:
		_ = c.Error(err)
	default:
		view, ok := s.peopleView(c, form["roles"], form["areas"])
		if !ok {
			return
		}
		view.Fault, view.Login, view.Name = sentence(khue.MessageOf(err).In(langOf(c))), short(form.Get(loginField)), short(form.Get("name"))
		s.showFault(c, "people.html", view, err)
	}
}

// personView is one person, and what can be done about them.
type personView struct {
	frameView
	Finding  string
	Fault    string
	Self     string
	Line     personLine
	Disabled bool
	Own      bool // it is who looks
	Roles    []choice
	Areas    []choiceGroup
	Link     string // one-time address, shown this once
	Until    string
	Tokens   []tokenLine
	Revoke   string // where a token is revoked
	MayDo    string
	Second   bool // they sign in with an authenticator, too
}

func (s *Site) personPage(c *gin.Context) {
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	if view, ok := s.personView(c); ok {
		s.show(c, "person.html", view)
	}
}

func (s *Site) personView(c *gin.Context) (personView, bool) {
	lang := langOf(c)
	p, err := s.people.Person(c.Request.Context(), c.Param("login"))
	if err != nil {
		_ = c.Error(err)
		return personView{}, false
	}
	tokens, err := s.people.Tokens(c.Request.Context(), p.Login)
	if err != nil {
		_ = c.Error(err)
		return personView{}, false
	}
	var roles []string
	var rights []access.Right
	for _, r := range p.Roles {
		roles = append(roles, string(r))
		for _, one := range r.Rights() {
			if !slices.Contains(rights, one) {
				rights = append(rights, one)
			}
		}
	}
	line := personLineOf(lang, p)
	view := personView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, accountPage, line.Address, nil, p.Name), Finding: p.Name, Self: line.Address, Line: line, Disabled: p.Disabled, Revoke: line.Address + "/revoke",
		Own: p.Login == callerOf(c).Login, Roles: roleChoices(lang, roles), Areas: clerkAreas(lang, p.Areas), Tokens: s.tokenLines(lang, tokens), MayDo: rightsWords(lang, rights),
	}
	second, err := s.people.SecondStep(c.Request.Context(), p.Login)
	if err != nil {
		_ = c.Error(err)
		return personView{}, false
	}
	view.Second = second.On
	view.Styles, view.Data, view.Token = []string{reportsStyle, peopleStyle}, true, s.forms.token(c)
	noStore(c)
	return view, true
}

// personDone answers after an order on a person.
func (s *Site) personDone(c *gin.Context, err error) {
	switch {
	case err == nil:
		c.Redirect(http.StatusSeeOther, peoplePath+"/"+c.Param("login"))
	case khue.KindOf(err) == khue.Internal || khue.KindOf(err) == khue.NotFound:
		_ = c.Error(err)
	default:
		view, ok := s.personView(c)
		if !ok {
			return
		}
		view.Fault = sentence(khue.MessageOf(err).In(langOf(c)))
		s.showFault(c, "person.html", view, err)
	}
}

func (s *Site) setRoles(c *gin.Context) {
	s.personDone(c, s.people.SetRoles(c.Request.Context(), callerOf(c).Actor(), c.Param("login"), c.Request.PostForm["roles"], areasOfForm(c)))
}

func (s *Site) lockPerson(lock bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		s.personDone(c, s.people.SetDisabled(c.Request.Context(), callerOf(c).Actor(), c.Param("login"), lock))
	}
}

func (s *Site) revokeOfPerson(c *gin.Context) {
	s.personDone(c, s.people.RevokeToken(c.Request.Context(), callerOf(c).Actor(), c.Request.PostForm.Get("id"), c.Param("login")))
}

// linkPerson shows a one-time link that the administrator hands on.
func (s *Site) linkPerson(c *gin.Context) {
	secret, ends, err := s.people.Link(c.Request.Context(), callerOf(c).Actor(), c.Param("login"))
	if err != nil {
		s.personDone(c, err)
		return
	}
	view, ok := s.personView(c)
	if !ok {
		return
	}
	view.Link, view.Until = origin(c)+LinkAddress(secret), s.moment(view.Lang, ends)
	s.show(c, "person.html", view)
}
