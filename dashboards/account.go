package dashboards

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// accountView is what somebody has of their own.
type accountView struct {
	frameView
	Finding           string
	Who               access.Caller
	Roles, MayDo      string
	Areas             string
	Fault, Done       string
	AsksOld           bool // the present password is asked for
	People, Audit     bool // pages that the person may open
	Sessions          []sessionLine
	Tokens            []tokenLine
	Revoke            string // where a token is revoked
	Secret            string // of a token just made, shown this once
	TokenRights       []choice
	TokenName         string
	Days              []choice
	MayTokens         bool
	PasswordLeastSays string
	Second            secondView
}

type sessionLine struct {
	Name, Began, Seen, Address, Browser string
	Here                                bool
}

type tokenLine struct {
	ID, Name, Rights, Made, Ends, Used string
	Status                             status
	Over                               bool
}

// tokenDays are the times that a token can hold, in days.
var tokenDays = []int{7, 30, 90, 365}

func (s *Site) accountPage(c *gin.Context) {
	if _, err := readQuery(c.Request.URL.RawQuery); err != nil {
		_ = c.Error(err)
		return
	}
	if view, ok := s.accountView(c); ok {
		s.show(c, "account.html", view)
	}
}

func (s *Site) accountView(c *gin.Context) (accountView, bool) {
	lang, who := langOf(c), callerOf(c)
	view := accountView{
		frameView: s.frameView(s.reader(c.Request.Context()), lang, accountPage, accountPath, nil, text("Tài khoản", "Account").In(lang)), Finding: who.Name, Who: who,
		Roles: rolesWords(lang, who.Roles), MayDo: rightsWords(lang, who.Rights), Areas: areasWords(lang, who.Areas),
		Revoke: accountPath + "/tokens/revoke", AsksOld: !who.ByLink, People: who.May(access.ManagePeople), Audit: who.May(access.ReadAudit),
		PasswordLeastSays: text("Ít nhất 12 ký tự; một câu dễ nhớ là tốt nhất.", "At least 12 characters; a sentence you remember is best.").In(lang),
	}
	view.Styles, view.Data, view.Token = []string{reportsStyle, peopleStyle}, true, s.forms.token(c)
	noStore(c)
	sessions, err := s.people.Sessions(c.Request.Context(), who)
	if err != nil {
		_ = c.Error(err)
		return view, false
	}
	for _, one := range sessions {
		view.Sessions = append(view.Sessions, sessionLine{one.Name, s.moment(lang, one.BeganAt), s.moment(lang, one.SeenAt), one.Address, one.Browser, one.Here})
	}
	if err := s.second(c, &view); err != nil {
		_ = c.Error(err)
		return view, false
	}
	tokens, err := s.people.Tokens(c.Request.Context(), who.Login)
	if err != nil {
		_ = c.Error(err)
		return view, false
	}
	view.Tokens = s.tokenLines(lang, tokens)
	for _, r := range access.TokenRights() {
		if who.May(r) {
			view.TokenRights = append(view.TokenRights, choice{string(r), r.Text().In(lang), r == access.AskAPI})
		}
	}
	view.MayTokens = who.May(access.AskAPI)
	for _, d := range tokenDays {
		view.Days = append(view.Days, choice{strconv.Itoa(d), textf("%d ngày", "%d days", d).In(lang), d == 90})
	}
	return view, true
}

func (s *Site) tokenLines(lang khue.Lang, tokens []access.Token) []tokenLine {
	var out []tokenLine
	for _, t := range tokens {
		l := tokenLine{
			ID: t.ID, Name: t.Name, Rights: rightsWords(lang, t.Rights), Made: s.moment(lang, t.CreatedAt), Ends: s.moment(lang, t.EndsAt), Used: s.moment(lang, t.UsedAt), Over: t.Over,
			Status: status{"good", text("Còn hạn", "Holds").In(lang)},
		}
		switch {
		case t.Revoked:
			l.Status = status{"unknown", text("Đã thu hồi", "Revoked").In(lang)}
		case t.Over:
			l.Status = status{"unknown", text("Hết hạn", "Over").In(lang)}
		}
		out = append(out, l)
	}
	return out
}

func rolesWords(lang khue.Lang, roles []access.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = r.Text().In(lang)
	}
	return strings.Join(out, ", ")
}

func rightsWords(lang khue.Lang, rights []access.Right) string {
	out := make([]string, len(rights))
	for i, r := range rights {
		out[i] = r.Text().In(lang)
	}
	return strings.Join(out, "; ")
}

func areasWords(lang khue.Lang, areas []string) string {
	out := slices.Clone(areas)
	for i, code := range out {
		if a, known := khue.AreaOf(code); known {
			out[i] = a.Name.In(lang)
		}
	}
	return strings.Join(out, ", ")
}

// accountAgain shows the page after an order that was refused or has an answer of its own.
func (s *Site) accountAgain(c *gin.Context, err error, done func(*accountView)) {
	if err != nil && khue.KindOf(err) == khue.Internal {
		_ = c.Error(err)
		return
	}
	view, ok := s.accountView(c)
	if !ok {
		return
	}
	if err != nil {
		view.Fault, view.TokenName = sentence(khue.MessageOf(err).In(langOf(c))), short(c.Request.PostForm.Get("name"))
		s.showFault(c, "account.html", view, err)
		return
	}
	done(&view)
	s.show(c, "account.html", view)
}

func (s *Site) changePassword(c *gin.Context) {
	form := c.Request.PostForm
	err := error(khue.Errorf(khue.Invalid, "hai lần gõ mật khẩu mới không giống nhau", "the new password was not typed the same twice"))
	if form.Get("again") == form.Get(passwordField) {
		err = s.people.ChangePassword(c.Request.Context(), callerOf(c), s.cookies.Read(c.Request), form.Get("old"), form.Get(passwordField))
	}
	s.accountAgain(c, err, func(view *accountView) {
		view.Done = text("Đã đổi mật khẩu; các phiên khác đã kết thúc.", "The password was changed; other sessions have ended.").In(view.Lang)
	})
}

func (s *Site) endSession(c *gin.Context) {
	if err := s.people.EndSession(c.Request.Context(), callerOf(c), c.Request.PostForm.Get("session")); err != nil && khue.KindOf(err) != khue.NotFound {
		_ = c.Error(err)
		return
	}
	c.Redirect(http.StatusSeeOther, accountPath)
}

func (s *Site) makeToken(c *gin.Context) {
	who, form := callerOf(c), c.Request.PostForm
	if err := lacking(who, access.AskAPI); err != nil {
		_ = c.Error(err)
		return
	}
	days, _ := strconv.Atoi(form.Get("days")) // 0 is refused below
	_, secret, err := s.people.MakeToken(c.Request.Context(), who.Actor(), who.Login, form.Get("name"), form["rights"], time.Duration(min(max(days, 0), 1000))*24*time.Hour)
	s.accountAgain(c, err, func(view *accountView) { view.Secret = secret })
}

func (s *Site) revokeToken(c *gin.Context) {
	who := callerOf(c)
	err := s.people.RevokeToken(c.Request.Context(), who.Actor(), c.Request.PostForm.Get("id"), who.Login)
	if err != nil && khue.KindOf(err) != khue.NotFound {
		_ = c.Error(err)
		return
	}
	c.Redirect(http.StatusSeeOther, accountPath)
}
