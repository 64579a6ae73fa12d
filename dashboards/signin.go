package dashboards

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// Fields of the forms on accounts.
const (
	loginField    = "login"
	passwordField = "password"
)

// loginView is the page on which somebody signs in.
type loginView struct {
	frameView
	Fault  string
	Login  string
	Back   string
	Link   string // address of the one-time link that waits for a click; "" when there is none
	Signed string // who is signed in already
	// Provider is where people of the office sign in; "" is nowhere. Only has them sign
	// in by nothing else.
	Provider string
	Only     bool
	AsksCode bool   // the code of an authenticator is asked for
	Half     string // that the password was right, sealed
	Onward   string // where somebody who has signed out here signs out at the provider
}

func (s *Site) loginView(c *gin.Context, lang khue.Lang, path string) loginView {
	view := loginView{frameView: s.frameView(s.reader(c.Request.Context()), lang, loginPage, path, nil, text("Đăng nhập", "Sign in").In(lang))}
	view.Sections, view.Bare, view.Token = nil, true, s.forms.token(c)
	view.Styles, view.Only = []string{reportsStyle, peopleStyle}, s.provider != nil && s.onlyProvider
	if s.provider != nil {
		view.Provider = providerPath
	}
	noStore(c)
	return view
}

func (s *Site) loginPage(c *gin.Context) {
	values, err := readQuery(c.Request.URL.RawQuery, backName)
	if err != nil {
		_ = c.Error(err)
		return
	}
	view := s.loginView(c, langOf(c), loginPath)
	view.Back = afterSignIn(values.Get(backName))
	query := url.Values{}
	if view.Back != overviewPath {
		query.Set(backName, view.Back)
		if view.Provider != "" {
			view.Provider = address(providerPath, query, "")
		}
	}
	view.Here = khue.Text{VI: address(loginPath, query, khue.Vietnamese), EN: address(loginPath, query, khue.English)}
	if who := callerOf(c); who.SignedIn() {
		view.Signed = who.Name
	}
	s.show(c, "login.html", view)
}

// afterSignIn is where somebody goes who has signed in: an address of this site alone.
func afterSignIn(back string) string {
	back = ownAddress(back)
	if back == "" || strings.HasPrefix(back, loginPath) || strings.HasPrefix(back, logoutPath) {
		return overviewPath
	}
	return back
}

func (s *Site) signIn(c *gin.Context) {
	lang, form := langOf(c), c.Request.PostForm
	secret, err := s.people.SignIn(c.Request.Context(), form.Get(loginField), form.Get(passwordField), s.visitOf(c))
	if err != nil {
		s.refuseSignIn(c, lang, err)
		return
	}
	s.cookies.Set(c.Writer, secret)
	c.Redirect(http.StatusSeeOther, afterSignIn(form.Get(backName)))
}

// refuseSignIn shows the form again and says why nobody was signed in.
func (s *Site) refuseSignIn(c *gin.Context, lang khue.Lang, err error) {
	kind := khue.KindOf(err)
	if kind != khue.Forbidden && kind != khue.Unavailable {
		_ = c.Error(err)
		return
	}
	status := statusOf[kind]
	if kind == khue.Unavailable {
		c.Header("Retry-After", retryAfter)
	}
	if waits := new(access.Waits); errors.As(err, &waits) {
		status = http.StatusTooManyRequests
	}
	needs := new(access.NeedsCode)
	asks := errors.As(err, &needs)
	if form := c.Request.PostForm; !asks && form.Get(codeField) != "" && (form.Get(halfField) != "" || c.Param("secret") != "") {
		asks, needs.Half = true, form.Get(halfField) // a wrong code: the next one may be typed
	}
	view := s.loginView(c, lang, loginPath)
	view.Fault, view.Login, view.Back = sentence(khue.MessageOf(err).In(lang)), short(c.Request.PostForm.Get(loginField)), afterSignIn(c.Request.PostForm.Get(backName))
	if asks {
		view.askCode(c, needs)
	}
	body, fault := s.draw("login.html", view)
	if fault != nil {
		_ = c.Error(fault)
		return
	}
	send(c, status, "text/html; charset=utf-8", body)
}

// linkPage signs in whoever opens a one-time link themselves. What another site or a
// look ahead opens does not use the link up: it gets a button.
func (s *Site) linkPage(c *gin.Context) {
	if c.Request.Method == http.MethodGet && openedByHand(c.Request) {
		s.followLink(c)
		return
	}
	view := s.loginView(c, langOf(c), c.Request.URL.Path)
	view.Link = c.Request.URL.Path
	s.show(c, "login.html", view)
}

// openedByHand tells that somebody typed the address or opened it from outside the
// browser, and that this is no look ahead.
func openedByHand(r *http.Request) bool {
	if r.Header.Get("Sec-Purpose") != "" || r.Header.Get("Purpose") != "" {
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "none"
}

func (s *Site) followLink(c *gin.Context) {
	noStore(c)
	c.Header("Referrer-Policy", "no-referrer")
	secret, err := s.people.FollowLink(c.Request.Context(), c.Param("secret"), s.visitOf(c))
	if err != nil {
		s.refuseSignIn(c, langOf(c), err)
		return
	}
	s.cookies.Set(c.Writer, secret)
	c.Redirect(http.StatusSeeOther, overviewPath)
}

func (s *Site) signOut(c *gin.Context) {
	onward := ""
	if who := callerOf(c); who.SignedIn() && who.Token == "" {
		hint, err := s.people.SignOut(c.Request.Context(), who, s.cookies.Read(c.Request))
		if err != nil {
			_ = c.Error(err)
			return
		}
		if s.provider != nil && hint != "" {
			onward = s.provider.LogoutAddress(hint, loginPath)
		}
	}
	s.cookies.Set(c.Writer, "")
	c.Header("Clear-Site-Data", `"cache"`)
	if onward != "" {
		// A form of ours may not lead to another site, by redirect neither: the page does.
		view := s.loginView(c, langOf(c), loginPath)
		view.Onward = onward
		s.show(c, "login.html", view)
		return
	}
	c.Redirect(http.StatusSeeOther, loginPath)
}
