package dashboards

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// Fields and addresses of the second step of signing in.
const (
	codeField  = "code"
	halfField  = "half"
	codePath   = loginPath + "/code"
	secondPath = accountPath + "/second"
)

// secondView is the second step on the page of one's own account.
type secondView struct {
	Offers   bool // it can be turned on or off here
	On       bool
	Left     string   // how many recovery codes are left, in words
	Secret   string   // to be typed into the phone, in groups of four; "" when none was just made
	Picture  picture  // the same to be scanned
	Recovery []string // shown this once
}

// picture is a picture of squares, as the path of a drawing.
type picture struct {
	Path string
	Side int // in squares, with the margin that readers need
}

// giveCode finishes a sign-in with the code of an authenticator.
func (s *Site) giveCode(c *gin.Context) {
	form, visit := c.Request.PostForm, s.visitOf(c)
	secret, err := s.people.FinishSignIn(c.Request.Context(), form.Get(halfField), visit)
	if err != nil {
		s.refuseSignIn(c, langOf(c), err)
		return
	}
	s.cookies.Set(c.Writer, secret)
	c.Redirect(http.StatusSeeOther, afterSignIn(form.Get(backName)))
}

// second fills in how things stand with the caller's second step.
func (s *Site) second(c *gin.Context, view *accountView) error {
	who := callerOf(c)
	if who.ByProvider {
		return nil // the office's provider asks for what it wants
	}
	second, err := s.people.SecondStep(c.Request.Context(), who.Login)
	if err != nil {
		return err
	}
	view.Second = secondView{Offers: true, On: second.On, Left: textf("còn %d mã khôi phục", "%d recovery codes are left", second.Recovery).In(view.Lang)}
	return nil
}

func (s *Site) offerSecond(c *gin.Context) {
	secret, scanned, err := s.people.OfferAuthenticator(c.Request.Context(), callerOf(c))
	var shown picture
	if err == nil {
		shown, err = pictureOf(scanned)
	}
	s.accountAgain(c, err, func(view *accountView) { view.Second.Secret, view.Second.Picture = inFours(secret), shown })
}

func (s *Site) confirmSecond(c *gin.Context) {
	who := callerOf(c)
	recovery, err := s.people.ConfirmAuthenticator(c.Request.Context(), who, c.Request.PostForm.Get(codeField))
	if khue.KindOf(err) == khue.Invalid { // a wrong code: the same secret is shown again
		secret, scanned, fault := s.people.Offered(c.Request.Context(), who)
		if fault != nil {
			_ = c.Error(fault)
			return
		}
		shown, fault := pictureOf(scanned)
		if fault != nil {
			_ = c.Error(fault)
			return
		}
		view, ok := s.accountView(c)
		if !ok {
			return
		}
		view.Fault, view.Second.Secret, view.Second.Picture = sentence(khue.MessageOf(err).In(view.Lang)), inFours(secret), shown
		s.showFault(c, "account.html", view, err)
		return
	}
	s.accountAgain(c, err, func(view *accountView) {
		view.Second.Recovery = recovery
		view.Done = text("Xác thực hai bước đã bật.", "The second step is on.").In(view.Lang)
	})
}

func (s *Site) stopSecond(c *gin.Context) {
	err := s.people.StopAuthenticator(c.Request.Context(), callerOf(c), c.Request.PostForm.Get(codeField))
	s.accountAgain(c, err, func(view *accountView) {
		view.Done = text("Đã bỏ xác thực hai bước.", "The second step is off.").In(view.Lang)
	})
}

func (s *Site) dropSecond(c *gin.Context) {
	s.personDone(c, s.people.DropAuthenticator(c.Request.Context(), callerOf(c).Actor(), c.Param("login")))
}

// askCode has the sign-in page ask for a code, when that is what is missing.
func (view *loginView) askCode(c *gin.Context, needs *access.NeedsCode) {
	view.AsksCode, view.Half = true, needs.Half
	if needs.Half == "" && c.Param("secret") != "" { // after a link, which is followed again with the code
		view.Link = c.Request.URL.Path
	}
}

// margin is how many squares readers of such pictures need around them.
const margin = 4

func pictureOf(content string) (picture, error) {
	if content == "" {
		return picture{}, nil
	}
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return picture{}, fmt.Errorf("drawing the picture for an authenticator: %w", err)
	}
	side := code.Bounds().Dx()
	var path strings.Builder
	for y := range side {
		for x := range side {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+margin, y+margin)
			}
		}
	}
	return picture{path.String(), side + 2*margin}, nil
}

// inFours breaks a secret into groups that can be typed.
func inFours(secret string) string {
	var out []string
	for len(secret) > 4 {
		out, secret = append(out, secret[:4]), secret[4:]
	}
	return strings.Join(append(out, secret), " ")
}
