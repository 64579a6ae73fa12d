package access

import (
	"context"
	"errors"
	"time"

	"khue"
	"khue/state"
)

// Visit is from where somebody comes.
type Visit struct {
	Address string
	Browser string // as it names itself
	Former  string // secret of the session that the browser had; "" is none
	Code    string // of an authenticator, where the account has one; "" is none yet
}

// linkTime is how long a one-time link holds.
const linkTime = 15 * time.Minute

// seeEvery is how exactly the last use of sessions and tokens is kept.
const seeEvery = time.Minute

// wrongSignIn is the answer to every pair that does not fit, whatever is wrong with it.
func wrongSignIn() error {
	return khue.Errorf(khue.Forbidden, "tên đăng nhập hoặc mật khẩu không đúng", "the login or the password is wrong")
}

// pauseAfter is how long the next attempt has to wait: doubling from half a minute to
// a quarter of an hour, from the fifth in a row on an account and the twentieth from
// an address, behind which a whole office may sit.
func pauseAfter(kind string, attempts int) time.Duration {
	free := 5
	if kind == state.AttemptsOfAddress {
		free = 20
	}
	if attempts < free {
		return 0
	}
	return min(30*time.Second<<min(attempts-free, 10), 15*time.Minute)
}

// SignIn begins a session with a login and a password, and gives its secret.
func (b *Book) SignIn(ctx context.Context, login, password string, v Visit) (secret string, err error) {
	if b.onlyProvider {
		return "", onlyThere()
	}
	login = foldLogin(login)
	if len(login) > 200 || len(password) > 4*longestPassword {
		return "", wrongSignIn()
	}
	by := Actor{login, v.Address}
	until, err := b.store.BeginAttempt(ctx, b.now(), []state.AttemptSubject{
		{Kind: state.AttemptsOfAccount, Subject: login}, {Kind: state.AttemptsOfAddress, Subject: v.Address},
	}, pauseAfter)
	if err != nil {
		return "", err
	}
	if !until.IsZero() {
		return "", errors.Join(b.failed(ctx, by, "sign_in", "waits"), &Waits{Until: until})
	}
	p, err := b.store.Person(ctx, login)
	if err != nil && khue.KindOf(err) != khue.NotFound {
		return "", err
	}
	match, err := b.passwords.match(ctx, password, p.Password)
	if err != nil {
		return "", err
	}
	if !match || p.Disabled {
		return "", errors.Join(b.failed(ctx, by, "sign_in", ""), wrongSignIn())
	}
	if err := b.checkCode(ctx, p.Login, v); err != nil {
		needs := new(NeedsCode)
		if !errors.As(err, &needs) {
			return "", err
		}
		if needs.Half, err = b.half(p.Login); err != nil {
			return "", err
		}
		return "", needs
	}
	secret, session := b.begin(p.Login, "password", v)
	return secret, b.store.AddSession(ctx, session, formerHash(v), b.done(by, "sign_in", "password", ""))
}

// onlyThere is the answer where people sign in at the provider alone.
func onlyThere() error {
	return khue.Errorf(khue.Forbidden, "ở đây chỉ đăng nhập bằng tài khoản của cơ quan; khue user link tạo liên kết khi cần",
		"people sign in by the office's accounts alone here; khue user link makes a link when one is needed")
}

// Waits is the answer to attempts that come too soon.
type Waits struct{ Until time.Time }

func (w *Waits) Error() string { return "too many attempts to sign in" }

// Unwrap gives the words for whoever waits.
func (w *Waits) Unwrap() error {
	return khue.Errorf(khue.Forbidden, "đã thử đăng nhập quá nhiều lần; hãy chờ ít phút rồi thử lại", "there were too many attempts to sign in; wait some minutes and try again")
}

func (b *Book) failed(ctx context.Context, by Actor, act, detail string) error {
	e := b.done(by, act, "", detail)
	e.Outcome = state.AuditFailed
	return b.store.AddAudit(ctx, e)
}

func formerHash(v Visit) string {
	if v.Former == "" {
		return ""
	}
	return hashOf(v.Former)
}

func (b *Book) begin(login, way string, v Visit) (secret string, s state.Session) {
	secret, now := newSecret(), b.now()
	return secret, state.Session{
		Hash: hashOf(secret), Login: login, Way: way, BeganAt: now, SeenAt: now, EndsAt: now.Add(b.longest), Address: v.Address, Browser: v.Browser,
	}
}

// Link makes a one-time link that signs a person in; it gives the link's secret, and
// until when it holds.
func (b *Book) Link(ctx context.Context, by Actor, login string) (secret string, ends time.Time, err error) {
	if b.onlyProvider && by != AtConsole {
		return "", time.Time{}, onlyThere()
	}
	p, err := b.store.Person(ctx, foldLogin(login))
	if err != nil {
		return "", time.Time{}, err
	}
	if p.Disabled {
		return "", time.Time{}, khue.Errorf(khue.Conflict, "tài khoản %q đang bị khóa", "the account %q is disabled", p.Login)
	}
	secret, ends = newSecret(), b.now().Add(linkTime)
	return secret, ends, b.store.AddLink(ctx, hashOf(secret), p.Login, ends, b.done(by, "person.link", p.Login, ""))
}

// FollowLink begins a session with a one-time link, and gives its secret.
func (b *Book) FollowLink(ctx context.Context, link string, v Visit) (secret string, err error) {
	if !secretForm.MatchString(link) {
		link = ""
	}
	if err := b.checkLinked(ctx, link, v); err != nil {
		return "", err
	}
	err = b.store.UseLink(ctx, hashOf(link), b.now(), formerHash(v), func(p state.Person) (state.Session, state.AuditEntry, error) {
		if p.Disabled {
			return state.Session{}, state.AuditEntry{}, khue.Errorf(khue.Forbidden, "tài khoản này đang bị khóa", "this account is disabled")
		}
		var s state.Session
		secret, s = b.begin(p.Login, "link", v)
		return s, b.done(Actor{p.Login, v.Address}, "sign_in", "link", ""), nil
	})
	if khue.KindOf(err) == khue.Forbidden {
		return "", errors.Join(b.failed(ctx, Actor{Address: v.Address}, "sign_in", "link"), err)
	}
	return secret, err
}

// checkLinked asks whoever follows a link for a code, where they have an authenticator:
// links pass through hands and mail, and stand in for a password only. The link is not
// used up by a code that is missing or wrong.
func (b *Book) checkLinked(ctx context.Context, link string, v Visit) error {
	login, err := b.store.LinkOf(ctx, hashOf(link), b.now())
	if err != nil || login == "" {
		return err
	}
	return b.checkCode(ctx, login, v)
}

// OfSession is who has the session of a secret; known is false when it has ended or
// never was.
func (b *Book) OfSession(ctx context.Context, secret, address string) (c Caller, known bool, err error) {
	if !secretForm.MatchString(secret) {
		return Caller{}, false, nil
	}
	s, found, err := b.store.Session(ctx, hashOf(secret))
	now := b.now()
	if err != nil || !found || !now.Before(s.EndsAt) || now.Sub(s.SeenAt) >= b.idle {
		return Caller{}, false, err
	}
	p, err := b.store.Person(ctx, s.Login)
	if err != nil || p.Disabled {
		return Caller{}, false, err
	}
	if now.Sub(s.SeenAt) >= seeEvery {
		if err := b.store.SeeSession(ctx, s.Hash, now); err != nil {
			return Caller{}, false, err
		}
	}
	c = personOf(p).caller(address)
	c.ByProvider = s.Way == "provider"
	c.Session, c.ByLink = sessionName(s.Hash), s.Way == "link" && (p.Password == "" || now.Sub(s.BeganAt) < linkTime)
	return c, true, nil
}

// SignOut ends the session of a secret. It gives what the provider is shown to sign the
// person out there, too; "" for sessions that did not begin there.
func (b *Book) SignOut(ctx context.Context, c Caller, secret string) (hint string, err error) {
	s, _, err := b.store.Session(ctx, hashOf(secret))
	if err != nil {
		return "", err
	}
	err = b.store.EndSession(ctx, c.Login, hashOf(secret), b.done(c.Actor(), "sign_out", "", ""))
	if khue.KindOf(err) == khue.NotFound {
		return "", nil // it has ended already
	}
	return s.Hint, err
}

// ChangePassword gives the caller another password; their other sessions end. The old
// one is asked for, but of whoever came by a link: that is how a lost one is replaced.
func (b *Book) ChangePassword(ctx context.Context, c Caller, secret, old, password string) error {
	p, err := b.store.Person(ctx, c.Login)
	if err != nil {
		return err
	}
	if !c.ByLink {
		until, err := b.store.BeginAttempt(ctx, b.now(), []state.AttemptSubject{{Kind: state.AttemptsOfAccount, Subject: c.Login}}, pauseAfter)
		if err != nil {
			return err
		}
		if !until.IsZero() {
			return &Waits{Until: until}
		}
		match, err := b.passwords.match(ctx, old, p.Password)
		if err != nil {
			return err
		}
		if !match {
			return errors.Join(b.failed(ctx, c.Actor(), "person.password", ""), khue.Errorf(khue.Invalid, "mật khẩu hiện nay không đúng", "the present password is wrong"))
		}
	}
	return b.setPassword(ctx, c.Actor(), c.Login, hashOf(secret), password)
}

// Session is a browser that somebody is signed in with.
type Session struct {
	Name            string // for forms; no secret
	BeganAt, SeenAt time.Time
	Address         string
	Browser         string
	Here            bool // it is the caller's own
}

// Sessions lists the caller's sessions that go on.
func (b *Book) Sessions(ctx context.Context, c Caller) ([]Session, error) {
	all, err := b.store.SessionsOf(ctx, c.Login)
	var out []Session
	now := b.now()
	for _, s := range all {
		if !now.Before(s.EndsAt) || now.Sub(s.SeenAt) >= b.idle {
			continue
		}
		name := sessionName(s.Hash)
		out = append(out, Session{Name: name, BeganAt: s.BeganAt, SeenAt: s.SeenAt, Address: s.Address, Browser: s.Browser, Here: name == c.Session})
	}
	return out, err
}

// EndSession ends one of the caller's sessions by its name.
func (b *Book) EndSession(ctx context.Context, c Caller, name string) error {
	all, err := b.store.SessionsOf(ctx, c.Login)
	if err != nil {
		return err
	}
	for _, s := range all {
		if sessionName(s.Hash) == name {
			return b.store.EndSession(ctx, c.Login, s.Hash, b.done(c.Actor(), "session.end", name, ""))
		}
	}
	return khue.Errorf(khue.NotFound, "lần đăng nhập này đã kết thúc", "this sign-in has ended")
}
