package dashboards

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/access"
)

// Door says from where a site takes orders when it was put together without accounts:
// when nobody has asked who the caller is. Where somebody has, the caller's rights
// decide and the door says nothing.
type Door int

// The doors. Behind DoorLocal orders come from browsers on this machine alone,
// and never through a proxy: a proxy on the same machine would bring in everybody.
const (
	DoorShut Door = iota
	DoorLocal
	DoorOpen
)

// tokenName is the form's field.
const tokenName = "token"

// forms tells forms of ours from those that other sites would have a browser send.
type forms struct {
	key    []byte
	secure bool // readers come by TLS
	origin *http.CrossOriginProtection
}

func newForms(key []byte, secure bool) *forms {
	if len(key) == 0 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails
	}
	return &forms{key: key, secure: secure, origin: http.NewCrossOriginProtection()}
}

var visitorForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// cookie is the name under which a browser keeps its secret. Over TLS it is one that no
// other host under the domain can plant.
func (f *forms) cookie() string {
	if f.secure {
		return "__Host-khue_form"
	}
	return "khue_form"
}

// visitor is the browser's own secret; "" when it has none yet.
func (f *forms) visitor(c *gin.Context) string {
	v, err := c.Cookie(f.cookie())
	if err != nil || !visitorForm.MatchString(v) {
		return ""
	}
	return v
}

// owner names a browser and who is signed in with it, without telling the browser's
// secret: whoever comes to the same desk after somebody does not find their files.
func (f *forms) owner(c *gin.Context) string {
	v := f.visitor(c)
	if v == "" {
		return ""
	}
	who, _ := access.Of(c.Request.Context())
	return base64.RawURLEncoding.EncodeToString(f.sign("owner:" + v + "\n" + who.Login))
}

// token is what a form of this browser must bring. It is masked afresh each time,
// so that packed pages do not give it away letter by letter.
func (f *forms) token(c *gin.Context) string {
	v := f.visitor(c)
	if v == "" {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret)
		v = base64.RawURLEncoding.EncodeToString(secret)
		http.SetCookie(c.Writer, &http.Cookie{
			Name: f.cookie(), Value: v, Path: "/", MaxAge: 24 * 60 * 60,
			HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: f.secure || c.Request.TLS != nil,
		})
	}
	signed := f.sign(formOf(c, v))
	out := make([]byte, 2*len(signed))
	_, _ = rand.Read(out[:len(signed)])
	subtle.XORBytes(out[len(signed):], signed, out[:len(signed)])
	return base64.RawURLEncoding.EncodeToString(out)
}

func (f *forms) sign(what string) []byte {
	h := hmac.New(sha256.New, f.key)
	_, _ = h.Write([]byte(what)) // never fails
	return h.Sum(nil)
}

// holds tells whether a token was made for this browser.
func (f *forms) holds(c *gin.Context, token string) bool {
	v := f.visitor(c)
	sent, err := base64.RawURLEncoding.DecodeString(token)
	if v == "" || err != nil || len(sent) != 2*sha256.Size {
		return false
	}
	signed := make([]byte, sha256.Size)
	subtle.XORBytes(signed, sent[:sha256.Size], sent[sha256.Size:])
	return hmac.Equal(signed, f.sign(formOf(c, v)))
}

// formOf is what the forms of a browser are signed for: the browser and who is signed
// in with it, so that a form drawn for one person is of no use to another.
func formOf(c *gin.Context, visitor string) string {
	who, _ := access.Of(c.Request.Context())
	return "form:" + visitor + "\n" + who.Login
}

var doorTitle = text("Trang này không nhận lệnh từ đây", "This page takes no orders from here")

// shut says why an order is not taken; nil when it is. It needs the right, or, where
// nobody has asked who the caller is, an open door.
func (d Door) shut(c *gin.Context, right access.Right) error {
	if who, known := access.Of(c.Request.Context()); known {
		return lacking(who, right)
	}
	switch {
	case d == DoorOpen, d == DoorLocal && direct(c.Request):
		return nil
	case d == DoorLocal:
		return withStatus(http.StatusForbidden, doorTitle, khue.Errorf(khue.Forbidden,
			"Trang này không có tài khoản, nên chỉ nhận lệnh từ chính máy chủ và không qua máy trung gian.",
			"This site has no accounts, so orders are taken on the server's own machine alone and not through a proxy."))
	}
	return withStatus(http.StatusForbidden, doorTitle, khue.Errorf(khue.Forbidden,
		"Trang này không có tài khoản, nên không nhận lệnh từ mạng.",
		"This site has no accounts, so it takes no orders from the network."))
}

// lacking says that a caller does not have a right; nil when they have it.
func lacking(who access.Caller, right access.Right) error {
	if who.May(right) {
		return nil
	}
	return withStatus(http.StatusForbidden, text("Bạn không có quyền này", "You may not do this"), khue.Errorf(khue.Forbidden,
		"Tài khoản của bạn không có quyền %[1]s. Quản trị viên có thể cấp quyền.",
		"Your account may not %[2]s. An administrator can change that.", right.Text().VI, right.Text().EN))
}

// direct tells that a request names this machine and came through no proxy.
func direct(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// ours refuses what another site had the browser send.
func (s *Site) ours(c *gin.Context) error {
	if err := s.forms.origin.Check(c.Request); err != nil {
		return withStatus(http.StatusForbidden, doorTitle, khue.Errorf(khue.Forbidden,
			"Lệnh này đến từ một trang khác.", "This order comes from another site.").Because(err))
	}
	return nil
}

func staleForm() error {
	return withStatus(http.StatusForbidden, text("Biểu mẫu đã cũ", "This form is out of date"), khue.Errorf(khue.Forbidden,
		"Biểu mẫu này đã cũ hoặc trình duyệt chặn cookie. Hãy mở lại trang và làm lại.",
		"This form is out of date, or the browser blocks cookies. Open the page again and repeat."))
}

// mostForm bounds the body of a form without files, in bytes. It leaves room for
// words that are too long, so that their writer is told which.
const mostForm = 256 << 10

func longForm() error {
	return withStatus(http.StatusRequestEntityTooLarge, text("Biểu mẫu quá dài", "This form is too long"), khue.Errorf(khue.Invalid,
		"Biểu mẫu dài hơn %d kB. Hãy viết ngắn lại.", "The form is longer than %d kB. Write less.", mostForm>>10))
}

// order lets a form through when the door is open to it and it is one of ours.
func (s *Site) order(door Door, right access.Right) gin.HandlerFunc {
	return s.form(func(c *gin.Context) error { return door.shut(c, right) })
}

// form lets a form through when may has nothing against it and it is one of ours.
func (s *Site) form(may func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := may(c)
		if err == nil {
			err = s.ours(c)
		}
		if err == nil {
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostForm)
			parsed := c.Request.ParseForm()
			if over := new(http.MaxBytesError); errors.As(parsed, &over) {
				err = longForm()
			} else if parsed != nil || !s.forms.holds(c, c.Request.PostForm.Get(tokenName)) {
				err = staleForm()
			}
		}
		if err != nil {
			_ = c.Error(err)
			c.Abort()
			return
		}
		c.Next()
	}
}
