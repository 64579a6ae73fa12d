package main

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
	"khue/api"
	"khue/dashboards"
	"khue/state"
)

// gate stands before everything the server answers: it finds out who asks, holds that
// against the table of routes, and keeps in the audit what the table says is kept.
type gate struct {
	o       *Observatory
	cookies access.Cookies
	origin  *http.CrossOriginProtection
	site    *dashboards.Site // draws refusals; there before the first request
}

func (o *Observatory) gate() *gate {
	return &gate{o: o, cookies: o.Config.cookies(), origin: http.NewCrossOriginProtection()}
}

// pass lets a request through, or answers it.
func (g *gate) pass(c *gin.Context) {
	row, known := routeOf(c.Request.Method, c.FullPath())
	if known && row.needs == nobody {
		return
	}
	who, err := g.caller(c)
	if err != nil {
		g.fault(c, err)
		return
	}
	c.Request = c.Request.WithContext(access.With(c.Request.Context(), who))
	if !known {
		g.o.Log.Error("a route is not in the table of rights and was refused", "method", c.Request.Method, "route", c.FullPath())
		g.refuse(c, who, row)
		return
	}
	switch said := row.verdict(who); {
	case said == signInFirst:
		g.sendToSignIn(c)
	case said == lacking:
		g.refuse(c, who, row)
	case said == beyondWards, said == withinWards && !slices.Contains(who.Areas, c.Query("area")):
		g.refuseClerk(c, who, row)
	default:
		if err := g.ours(c, who); err != nil {
			g.foreign(c, err)
			return
		}
		// A file that is cut off on its way ends its handler by a panic; it was taken all the
		// same.
		defer g.record(c, who, row)
		c.Next()
	}
}

// caller finds out who asks: by a token, by a browser's session, or nobody known.
func (g *gate) caller(c *gin.Context) (access.Caller, error) {
	ctx, address := c.Request.Context(), c.ClientIP()
	header := c.GetHeader("Authorization")
	if secret := clickHouseToken(c); secret != "" {
		header = "Bearer " + secret
	}
	if header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if strings.EqualFold(scheme, "Bearer") {
			who, known, err := g.o.People.OfToken(ctx, strings.TrimSpace(secret), address)
			if err != nil || known {
				return who, err
			}
		}
		return access.GuestCaller(false, address), nil // who shows a wrong key is not let in as a guest
	}
	if secret := g.cookies.Read(c.Request); secret != "" {
		who, known, err := g.o.People.OfSession(ctx, secret, address)
		if err != nil || known {
			return who, err
		}
	}
	return access.GuestCaller(g.o.Config.Public, address), nil
}

// ours refuses orders that another site had a browser send. Programs with a token
// send none by themselves.
func (g *gate) ours(c *gin.Context, who access.Caller) error {
	if who.Token != "" {
		return nil
	}
	return g.origin.Check(c.Request)
}

func isAPI(c *gin.Context) bool {
	return strings.HasPrefix(c.Request.URL.Path, "/api/") || strings.HasPrefix(c.Request.URL.Path, api.ClickHousePath)
}

// clickHouseToken is what a tool that speaks ClickHouse sends as its password: our token.
func clickHouseToken(c *gin.Context) string {
	if !strings.HasPrefix(c.Request.URL.Path, api.ClickHousePath) {
		return ""
	}
	return api.ClickHouseToken(c.Request)
}

// forProgram tells that what was asked for is read by a program or a page's script,
// not by a person.
func forProgram(c *gin.Context) bool {
	dest := c.GetHeader("Sec-Fetch-Dest")
	return isAPI(c) || c.GetHeader("Authorization") != "" || dest != "" && dest != "document" && dest != "iframe"
}

func (g *gate) sendToSignIn(c *gin.Context) {
	switch {
	case forProgram(c):
		c.Header("WWW-Authenticate", `Bearer realm="khue"`)
		api.Refuse(c, http.StatusUnauthorized, "not_signed_in", khue.Text{
			VI: "Cần đăng nhập, hoặc một khóa API còn hạn ở dòng Authorization: Bearer.", EN: "Sign in, or send an API token that holds as Authorization: Bearer.",
		})
	case c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead:
		c.Header("Cache-Control", "no-store")
		c.Redirect(http.StatusSeeOther, dashboards.LoginAddress(c.Request.URL.RequestURI()))
		c.Abort()
	default:
		g.site.RefuseOrder(c)
		c.Abort()
	}
}

// refuse answers somebody known who may not, and keeps that they tried.
func (g *gate) refuse(c *gin.Context, who access.Caller, row route) {
	right := access.Right(row.needs)
	if who.Token != "" && row.needs == signedIn {
		api.Refuse(c, http.StatusForbidden, "people_only", khue.Text{VI: "Trang này dành cho người dùng trình duyệt, không nhận khóa API.", EN: "This page is for people at a browser; it takes no API token."})
		return
	}
	if forProgram(c) {
		api.Refuse(c, http.StatusForbidden, "right_missing", khue.Text{VI: "Không có quyền: " + right.Text().VI + ".", EN: "This takes the right to " + right.Text().EN + "."})
	} else {
		g.site.Refuse(c, right)
	}
	c.Abort()
	g.keep(c, who, row.actOr("look"), state.AuditRefused)
}

// refuseClerk answers a clerk who asks for more than their wards.
func (g *gate) refuseClerk(c *gin.Context, who access.Caller, row route) {
	if row.ward && !forProgram(c) && c.Request.Method == http.MethodGet {
		query := c.Request.URL.Query()
		query.Set("area", who.Areas[0])
		c.Redirect(http.StatusSeeOther, c.Request.URL.Path+"?"+query.Encode())
		c.Abort()
		return
	}
	said := khue.Errorf(khue.Forbidden, "Tài khoản của bạn chỉ xem được địa bàn của mình.", "Your account sees its own areas only.")
	if forProgram(c) {
		api.Refuse(c, http.StatusForbidden, "area_not_yours", said.Message)
	} else {
		g.site.RefuseFault(c, said)
	}
	c.Abort()
	g.keep(c, who, row.actOr("look"), state.AuditRefused)
}

func (g *gate) foreign(c *gin.Context, err error) {
	if isAPI(c) {
		api.Refuse(c, http.StatusForbidden, "other_site", khue.Text{VI: "Lệnh này đến từ một trang khác.", EN: "This order comes from another site."})
	} else {
		g.site.RefuseForeign(c, err)
	}
	c.Abort()
}

func (g *gate) fault(c *gin.Context, err error) {
	err = khue.Errorf(khue.Unavailable, "Sổ tài khoản tạm thời chưa trả lời.", "The book of accounts does not answer now.").Because(err)
	if isAPI(c) {
		g.o.Log.Error("who asks could not be found out", "error", err)
		api.Refuse(c, http.StatusServiceUnavailable, "accounts_unavailable", khue.MessageOf(err))
	} else {
		g.site.RefuseFault(c, err)
	}
	c.Abort()
}

// record keeps what was done, where the table says so.
func (g *gate) record(c *gin.Context, who access.Caller, row route) {
	if row.act == "" || row.files && !isFile(c.Request.URL.Path) {
		return
	}
	if c.Request.Method == http.MethodHead || row.files && c.Writer.Status() == http.StatusNotModified {
		return
	}
	if row.taken && (c.Writer.Header().Get("Content-Disposition") == "" || c.Writer.Status() != http.StatusOK) {
		return
	}
	outcome := state.AuditDone
	switch status := c.Writer.Status(); {
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		outcome = state.AuditRefused
	case status >= http.StatusBadRequest || len(c.Errors) > 0:
		outcome = state.AuditFailed
	}
	g.keep(c, who, row.act, outcome)
}

// isFile tells that an address is that of a file to take along.
func isFile(address string) bool {
	return slices.Contains([]string{".csv", ".xlsx", ".svg", ".png", ".ics"}, path.Ext(address))
}

func (g *gate) keep(c *gin.Context, who access.Caller, act, outcome string) {
	object := c.Request.URL.Path
	if c.Request.URL.RawQuery != "" {
		object += "?" + c.Request.URL.RawQuery
	}
	detail := ""
	for _, name := range []string{"definition", "period", "job", "remark", "target", "view"} {
		if v := c.Request.PostForm.Get(name); v != "" {
			detail += name + "=" + v + " "
		}
	}
	if said := c.GetString(dashboards.DoneDetail); said != "" {
		detail += said + " "
	}
	if id := c.Writer.Header().Get("Khue-Evidence"); id != "" {
		detail += "evidence=" + id
	}
	// Whoever went away meanwhile did it all the same.
	if err := g.o.People.Record(context.WithoutCancel(c.Request.Context()), who, access.Done{Act: act, Object: object, Outcome: outcome, Detail: strings.TrimSpace(detail)}); err != nil {
		g.o.Log.Error("what was done could not be kept in the audit", "act", act, "actor", who.Login, "error", err)
	}
}

// verdict is what the table of rights says of a caller and a route.
type verdict int

const (
	welcome     verdict = iota
	withinWards         // a clerk, who sees one of their wards at a time
	signInFirst         // it is not known who asks
	lacking             // it is, and they may not
	beyondWards         // a clerk, and what is there cannot be narrowed to a ward
)

// verdict is asked for each request, and by pages before they lead somebody anywhere.
func (r route) verdict(who access.Caller) verdict {
	may := false
	switch r.needs {
	case nobody, anyone:
		return welcome
	case someone:
		may = len(who.Rights) > 0
	case signedIn:
		may = who.SignedIn() && who.Token == ""
	default:
		may = r.grants(who)
	}
	narrowed := may && len(who.Areas) > 0 && r.needs != signedIn && r.needs != someone && !r.owns(who)
	switch {
	case !may && !who.SignedIn():
		return signInFirst
	case !may:
		return lacking
	case narrowed && r.ward:
		return withinWards
	case narrowed:
		return beyondWards
	}
	return welcome
}

// opens tells whether somebody may open a path of the pages, so that no page leads them
// to one that is shut. What a clerk sees is narrowed to their wards on the way.
func opens(ctx context.Context, path string) bool {
	who, _ := access.Of(ctx)
	row, known := routes["GET "+path]
	return known && row.verdict(who) <= withinWards
}

func (r route) actOr(act string) string {
	if r.act != "" {
		return r.act
	}
	return act
}
