package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/state"
)

// People are those who may use the observatory. *access.Book is one.
type People interface {
	SignIn(ctx context.Context, login, password string, v access.Visit) (secret string, err error)
	FollowLink(ctx context.Context, link string, v access.Visit) (secret string, err error)
	// FinishSignIn and FollowLink take the code of an authenticator in the visit.
	FinishSignIn(ctx context.Context, half string, v access.Visit) (secret string, err error)
	SecondStep(ctx context.Context, login string) (access.Second, error)
	OfferAuthenticator(ctx context.Context, c access.Caller) (secret, address string, err error)
	Offered(ctx context.Context, c access.Caller) (secret, address string, err error)
	ConfirmAuthenticator(ctx context.Context, c access.Caller, code string) (recovery []string, err error)
	StopAuthenticator(ctx context.Context, c access.Caller, code string) error
	DropAuthenticator(ctx context.Context, by access.Actor, login string) error
	SignOut(ctx context.Context, c access.Caller, secret string) (hint string, err error)
	Enter(ctx context.Context, who access.Vouched, v access.Visit) (secret string, err error)
	FailedEntry(ctx context.Context, by access.Actor, why error) error
	UseState(ctx context.Context, hash string, ends time.Time) error
	ChangePassword(ctx context.Context, c access.Caller, secret, old, password string) error
	Sessions(ctx context.Context, c access.Caller) ([]access.Session, error)
	EndSession(ctx context.Context, c access.Caller, name string) error

	People(ctx context.Context) ([]access.Person, error)
	Person(ctx context.Context, login string) (access.Person, error)
	Add(ctx context.Context, by access.Actor, login, name string, roles, areas []string) (access.Person, error)
	SetRoles(ctx context.Context, by access.Actor, login string, roles, areas []string) error
	SetDisabled(ctx context.Context, by access.Actor, login string, disabled bool) error
	Link(ctx context.Context, by access.Actor, login string) (secret string, ends time.Time, err error)

	Tokens(ctx context.Context, login string) ([]access.Token, error)
	MakeToken(ctx context.Context, by access.Actor, login, name string, rights []string, holds time.Duration) (access.Token, string, error)
	RevokeToken(ctx context.Context, by access.Actor, id, login string) error

	Audit(ctx context.Context, f state.AuditFilter) ([]state.AuditEntry, error)
	LookAtAudit(ctx context.Context) (access.AuditLook, error)
}

// Addresses of the pages on accounts.
const (
	loginPath   = "/login"
	linkPath    = loginPath + "/link/"
	logoutPath  = "/logout"
	accountPath = "/account"
	peoplePath  = "/people"
	auditPath   = "/audit"
)

// The pages on accounts, by the names that the navigation knows them by.
const (
	loginPage   = "login"
	accountPage = "account"
)

const peopleStyle = "people.css"

// LinkAddress is where a one-time link leads, below the address of the site.
func LinkAddress(secret string) string { return linkPath + secret }

// LoginAddress is where somebody signs in who then wants to go to an address of the site.
func LoginAddress(back string) string {
	if back = ownAddress(back); back == "" || back == overviewPath {
		return loginPath
	}
	return loginPath + "?" + url.Values{backName: {back}}.Encode()
}

// registerPeople adds signing in and the pages on accounts, where the site has them.
func (s *Site) registerPeople(pages *gin.RouterGroup) {
	if s.people == nil {
		return
	}
	guest := s.form(func(*gin.Context) error { return nil }) // what it asks for says itself who may
	get(pages, loginPath, s.loginPage)
	pages.POST(loginPath, guest, s.signIn)
	get(pages, linkPath+":secret", s.linkPage)
	pages.POST(linkPath+":secret", guest, s.followLink)
	pages.POST(codePath, guest, s.giveCode)
	pages.POST(logoutPath, guest, s.signOut)
	get(pages, providerPath, s.toProvider)
	get(pages, returnPath, s.fromProvider)

	get(pages, accountPath, s.accountPage)
	pages.POST(accountPath+"/password", guest, s.changePassword)
	pages.POST(secondPath+"/offer", guest, s.offerSecond)
	pages.POST(secondPath+"/confirm", guest, s.confirmSecond)
	pages.POST(secondPath+"/stop", guest, s.stopSecond)
	pages.POST(accountPath+"/sessions/end", guest, s.endSession)
	pages.POST(accountPath+"/tokens", guest, s.makeToken)
	pages.POST(accountPath+"/tokens/revoke", guest, s.revokeToken)

	manage := s.order(DoorShut, access.ManagePeople)
	get(pages, peoplePath, s.peoplePage)
	pages.POST(peoplePath, manage, s.addPerson)
	get(pages, peoplePath+"/:login", s.personPage)
	for name, act := range map[string]gin.HandlerFunc{
		"roles": s.setRoles, "lock": s.lockPerson(true), "unlock": s.lockPerson(false), "link": s.linkPerson, "revoke": s.revokeOfPerson, "second": s.dropSecond,
	} {
		pages.POST(peoplePath+"/:login/"+name, manage, act)
	}
	get(pages, auditPath, s.auditPage)
	get(pages, auditPath+".csv", s.auditFile)
}

// visitOf is from where a browser comes.
func (s *Site) visitOf(c *gin.Context) access.Visit {
	browser := c.Request.UserAgent()
	if len(browser) > 200 {
		browser = browser[:200]
	}
	return access.Visit{Address: c.ClientIP(), Browser: browser, Former: s.cookies.Read(c.Request), Code: c.Request.PostForm.Get(codeField)}
}

// callerOf is who asks; the gate has let nobody unknown come this far.
func callerOf(c *gin.Context) access.Caller {
	who, _ := access.Of(c.Request.Context())
	return who
}

// noStore keeps a page with a secret out of every store.
func noStore(c *gin.Context) { c.Header("Cache-Control", "no-store") }

// Refuse answers for a caller who may not have what they ask for, in the look of the
// pages; engine groups that are not the site's use it.
func (s *Site) Refuse(c *gin.Context, right access.Right) {
	s.refused(c, lacking(callerOf(c), right))
}

// RefuseOrder answers for an order of whoever is not signed in any more: their form
// stays in the browser's history.
func (s *Site) RefuseOrder(c *gin.Context) {
	s.refused(c, withStatus(http.StatusUnauthorized, text("Hãy đăng nhập lại", "Sign in again"), khue.Errorf(khue.Forbidden,
		"Phiên đăng nhập đã kết thúc nên chưa làm gì. Hãy đăng nhập ở một thẻ khác, rồi quay lại trang trước và gửi lại.",
		"Your session has ended, so nothing was done. Sign in in another tab, go back and send it again.")))
}

// RefuseForeign answers for an order that another site had the browser send.
func (s *Site) RefuseForeign(c *gin.Context, cause error) {
	s.refused(c, withStatus(http.StatusForbidden, doorTitle, khue.Errorf(khue.Forbidden,
		"Lệnh này đến từ một trang khác.", "This order comes from another site.").Because(cause)))
}

// RefuseFault answers for a failure before any page was asked.
func (s *Site) RefuseFault(c *gin.Context, err error) { s.refused(c, err) }

func (s *Site) refused(c *gin.Context, err error) {
	secureHeaders(c)
	s.answerFault(c, err)
}
