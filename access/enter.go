package access

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/state"
)

// Vouched is somebody whom the office's provider of sign-in vouches for.
type Vouched struct {
	Issuer, Subject string
	Login, Name     string   // what the provider calls them: wishes, for a first sign-in
	Groups          []string // of the provider
	Hint            string   // what the provider is shown when they sign out there
}

// Groups say what groups of the provider are here: roles, and wards of clerks.
type Groups struct {
	Roles map[string]Role
	Wards map[string]string // codes of areas
}

// rolesOf are the roles and areas of somebody in these groups. A clerk without a ward
// is none.
func (g Groups) rolesOf(groups []string) (roles, areas []string) {
	for _, one := range groups {
		if r, known := g.Roles[one]; known && !slices.Contains(roles, string(r)) {
			roles = append(roles, string(r))
		}
		if a, known := g.Wards[one]; known && !slices.Contains(areas, a) {
			areas = append(areas, a)
		}
	}
	clerk := func(r string) bool { return r == string(Clerk) }
	if len(areas) == 0 {
		roles = slices.DeleteFunc(roles, clerk)
	}
	if !slices.ContainsFunc(roles, clerk) {
		areas = nil
	}
	slices.Sort(roles)
	slices.Sort(areas)
	return roles, areas
}

// Enter begins a session for somebody whom the provider vouches for, and gives its
// secret. The account is the one bound to issuer and subject; the first time it is
// made. Roles follow the groups each time: who has lost them all is not let in, and
// what went on in their name ends.
func (b *Book) Enter(ctx context.Context, who Vouched, v Visit) (secret string, err error) {
	roles, areas := b.groups.rolesOf(who.Groups)
	var refusal error
	by := Actor{Address: v.Address}
	err = b.store.Enter(ctx, who.Issuer, who.Subject, b.now(), func(bound *state.Person, all []state.Person) (state.Entrance, error) {
		var p state.Person
		var e state.Entrance
		switch {
		case bound != nil:
			p, by.Login = *bound, bound.Login
			if !slices.Equal(p.Roles, roles) || !slices.Equal(p.Areas, areas) {
				p.Roles, p.Areas = roles, areas
				e.Audit = append(e.Audit, b.done(by, "person.roles", p.Login, rolesLine(roles, areas)+" (groups of the provider)"))
			}
		case len(roles) == 0:
			return e, noRole()
		default:
			if p, err = b.newcomer(who, all); err != nil {
				return e, err
			}
			p.Roles, p.Areas, by.Login = roles, areas, p.Login
			e.Audit = append(e.Audit, b.done(by, "person.add", p.Login, rolesLine(roles, areas)+" (provider)"))
		}
		e.Person = p
		switch {
		case p.Disabled:
			refusal = khue.Errorf(khue.Forbidden, "tài khoản này đang bị khóa", "this account is disabled")
		case len(roles) == 0:
			refusal = noRole()
		default:
			var s state.Session
			secret, s = b.begin(p.Login, "provider", v)
			s.Hint, e.Session, e.Former = who.Hint, &s, formerHash(v)
			e.Audit = append(e.Audit, b.done(by, "sign_in", "provider", ""))
		}
		return e, nil
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return "", b.FailedEntry(ctx, by, err)
	}
	return secret, nil
}

// FailedEntry keeps that somebody did not come in by the provider, and gives why back.
func (b *Book) FailedEntry(ctx context.Context, by Actor, why error) error {
	if khue.KindOf(why) != khue.Forbidden {
		return why
	}
	e := b.done(by, "sign_in", "provider", khue.MessageOf(why).EN)
	e.Outcome = state.AuditFailed
	if err := b.store.AddAudit(ctx, e); err != nil {
		return err
	}
	return why
}

func noRole() error {
	return khue.Errorf(khue.Forbidden, "không nhóm nào của bạn ở nơi đăng nhập của cơ quan có vai trò ở đây; hãy hỏi quản trị viên",
		"none of your groups at the office's sign-in has a role here; ask an administrator")
}

var notOfLogin = regexp.MustCompile(`[^a-z0-9._@-]+`)

// newcomer is the account of somebody who comes the first time. Login and name are as
// the provider says where nobody has them; what is taken is told apart by a number and
// by the login. No account of before is ever theirs because it is called alike.
func (b *Book) newcomer(who Vouched, all []state.Person) (state.Person, error) {
	login := strings.Trim(notOfLogin.ReplaceAllString(strings.ToLower(plain(who.Login)), "-"), "._@-")
	if len(login) > 50 {
		login = strings.Trim(login[:50], "._@-")
	}
	if login == "" || login == Console {
		login = "user"
	}
	taken := func(l string) bool {
		return slices.ContainsFunc(all, func(p state.Person) bool { return p.Login == l })
	}
	free := login
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s-%d", login, n)
	}
	free, err := checkLogin(free)
	if err != nil {
		return state.Person{}, err
	}
	name, err := line(who.Name, khue.Text{VI: "họ tên", EN: "the name"})
	if err != nil {
		name = free
	}
	if alone(name, all) != nil {
		if name, err = line(name+" ("+free+")", khue.Text{VI: "họ tên", EN: "the name"}); err == nil {
			err = alone(name, all)
		}
		if err != nil {
			return state.Person{}, err
		}
	}
	return state.Person{Login: free, Name: name, CreatedAt: b.now()}, nil
}

// plain is a text without marks over its letters.
func plain(s string) string {
	s = strings.NewReplacer("đ", "d", "Đ", "D").Replace(s)
	var out strings.Builder
	for _, r := range norm.NFD.String(s) {
		if r < 0x80 {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Bind has an account of before be entered by whom an issuer knows as a subject.
func (b *Book) Bind(ctx context.Context, by Actor, login, issuer, subject string) error {
	login = foldLogin(login)
	if issuer == "" || subject == "" || len(subject) > 255 {
		return khue.Errorf(khue.Invalid, "cần nơi cấp (issuer) và mã người dùng (subject)", "an issuer and a subject are needed")
	}
	return b.store.Bind(ctx, state.Identity{Issuer: issuer, Subject: subject, Login: login}, b.now(), b.done(by, "person.bind", login, issuer+" "+subject))
}

// UseState keeps that a way through the provider came back.
func (b *Book) UseState(ctx context.Context, hash string, ends time.Time) error {
	return b.store.UseState(ctx, hash, b.now(), ends)
}
