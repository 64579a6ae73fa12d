package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/state"
)

// Options are what the book of people is opened with.
type Options struct {
	Store *state.Store
	Now   func() time.Time // the clock; nil is the real one
	// Idle and Longest bound sessions: without use, and whatever the person does.
	// Zero is 4 and 16 hours: a break does not end one, a night does.
	Idle, Longest time.Duration
	// Groups are what groups of the office's provider of sign-in are here.
	Groups Groups
	// OnlyProvider has people sign in at the provider alone: no password is taken, and
	// one-time links are made on the command line only.
	OnlyProvider bool
	// Key seals the secrets of authenticators; without one nobody can have any.
	Key func() ([]byte, error)
}

// Book is who may use the observatory.
type Book struct {
	store         *state.Store
	now           func() time.Time
	idle, longest time.Duration
	passwords     *passwords
	groups        Groups
	onlyProvider  bool
	key           func() ([]byte, error)
	audit         auditMemory
}

// Open opens the book of people.
func Open(o Options) (*Book, error) {
	p, err := newPasswords()
	if err != nil {
		return nil, err
	}
	b := &Book{store: o.Store, now: o.Now, idle: o.Idle, longest: o.Longest, passwords: p, groups: o.Groups, onlyProvider: o.OnlyProvider, key: o.Key}
	if b.now == nil {
		b.now = time.Now
	}
	if b.idle <= 0 {
		b.idle = 4 * time.Hour
	}
	if b.longest <= 0 {
		b.longest = 16 * time.Hour
	}
	return b, nil
}

// Actor is who does something to accounts, and from where.
type Actor struct{ Login, Address string }

// AtConsole is the operator of the machine.
var AtConsole = Actor{Login: Console}

// Actor is the caller as the audit names them.
func (c Caller) Actor() Actor { return Actor{c.Login, c.Address} }

func (b *Book) done(by Actor, act, object, detail string) state.AuditEntry {
	return state.AuditEntry{At: b.now(), Actor: by.Login, Act: act, Object: object, Outcome: state.AuditDone, Address: by.Address, Detail: detail}
}

// People lists everybody.
func (b *Book) People(ctx context.Context) ([]Person, error) {
	all, err := b.store.People(ctx)
	if err != nil {
		return nil, err
	}
	bound, err := b.store.Identities(ctx, "")
	out := make([]Person, len(all))
	for i, p := range all {
		out[i] = personOf(p)
		out[i].Provider = slices.ContainsFunc(bound, func(id state.Identity) bool { return id.Login == p.Login })
	}
	return out, err
}

// Person finds somebody.
func (b *Book) Person(ctx context.Context, login string) (Person, error) {
	p, err := b.store.Person(ctx, foldLogin(login))
	if err != nil {
		return Person{}, err
	}
	bound, err := b.store.Identities(ctx, p.Login)
	out := personOf(p)
	out.Provider = len(bound) > 0
	return out, err
}

// Add adds a person, who gets in by a link first.
func (b *Book) Add(ctx context.Context, by Actor, login, name string, roles, areas []string) (Person, error) {
	login, err := checkLogin(login)
	if err != nil {
		return Person{}, err
	}
	if name, err = line(name, khue.Text{VI: "họ tên", EN: "the name"}); err != nil {
		return Person{}, err
	}
	if roles, areas, err = checkRoles(roles, areas); err != nil {
		return Person{}, err
	}
	p := state.Person{Login: login, Name: name, Roles: roles, Areas: areas, CreatedAt: b.now()}
	return personOf(p), b.store.AddPerson(ctx, p, func(all []state.Person) error { return alone(name, all) }, b.done(by, "person.add", login, rolesLine(roles, areas)))
}

// alone refuses a name that somebody has already: reports keep names, and by their
// names those who drafted one are told from those who may approve it.
func alone(name string, all []state.Person) error {
	for _, p := range all {
		if sameName(p.Name, name) {
			return khue.Errorf(khue.Conflict, "đã có người tên %q (tài khoản %s); hãy ghi thêm đơn vị để phân biệt",
				"there is somebody named %q already (account %s); add the unit to tell them apart", name, p.Login)
		}
	}
	return nil
}

func rolesLine(roles, areas []string) string {
	out := strings.Join(roles, " ")
	if len(areas) > 0 {
		out += " @ " + strings.Join(areas, " ")
	}
	return out
}

// SetRoles gives a person other roles; their sessions end.
func (b *Book) SetRoles(ctx context.Context, by Actor, login string, roles, areas []string) error {
	login = foldLogin(login)
	roles, areas, err := checkRoles(roles, areas)
	if err != nil {
		return err
	}
	return b.store.ChangePerson(ctx, login, "", func(p *state.Person, all []state.Person) error {
		p.Roles, p.Areas = roles, areas
		return keepsAdministrator(*p, all)
	}, b.done(by, "person.roles", login, rolesLine(roles, areas)))
}

// SetDisabled shuts a person out, or lets them in again; their sessions end, and
// their tokens ask in vain.
func (b *Book) SetDisabled(ctx context.Context, by Actor, login string, disabled bool) error {
	login = foldLogin(login)
	act := "person.enable"
	if disabled {
		act = "person.disable"
	}
	return b.store.ChangePerson(ctx, login, "", func(p *state.Person, all []state.Person) error {
		p.Disabled = disabled
		return keepsAdministrator(*p, all)
	}, b.done(by, act, login, ""))
}

// keepsAdministrator refuses a change after which nobody could manage accounts.
func keepsAdministrator(changed state.Person, all []state.Person) error {
	for _, p := range all {
		if p.Login == changed.Login {
			p = changed
		}
		if !p.Disabled && slices.Contains(p.Roles, string(Administrator)) {
			return nil
		}
	}
	return khue.Errorf(khue.Conflict, "cần ít nhất một quản trị viên; hãy thêm người khác trước", "there has to be an administrator; make somebody else one first")
}

// SetPassword gives a person a password; all their sessions end.
func (b *Book) SetPassword(ctx context.Context, by Actor, login, password string) error {
	return b.setPassword(ctx, by, foldLogin(login), "", password)
}

func (b *Book) setPassword(ctx context.Context, by Actor, login, keep, password string) error {
	person, err := b.store.Person(ctx, login)
	if err != nil {
		return err
	}
	if err := checkPassword(password, person.Login, person.Name); err != nil {
		return err
	}
	hash, err := b.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return b.store.ChangePerson(ctx, login, keep, func(p *state.Person, _ []state.Person) error {
		p.Password, p.PasswordAt = hash, b.now()
		return nil
	}, b.done(by, "person.password", login, ""))
}

// NeedsFirst tells that no administrator has ever set a password, so that nobody can
// sign in but by a link.
func (b *Book) NeedsFirst(ctx context.Context) (bool, error) {
	all, err := b.People(ctx)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(all, func(p Person) bool {
		return (p.HasPassword && !b.onlyProvider || p.Provider) && !p.Disabled && slices.Contains(p.Roles, Administrator)
	}), nil
}

// FirstLogin is the login of the first account, which is made when there is none. It
// has every role that belongs to no ward: whoever tries the observatory out sees all
// of it, and gives roles to others from there.
const FirstLogin = "admin"

// First makes the first administrator where there is no account, and gives a link for
// whoever is the administrator without a password.
func (b *Book) First(ctx context.Context) (login, secret string, err error) {
	all, err := b.People(ctx)
	if err != nil {
		return "", "", err
	}
	if len(all) == 0 {
		_, err := b.Add(ctx, AtConsole, FirstLogin, "Quản trị viên", []string{string(Administrator), string(Leader), string(Staff), string(Analyst)}, nil)
		if err != nil && khue.KindOf(err) != khue.Conflict { // another replica was first
			return "", "", err
		}
		login = FirstLogin
	}
	for _, p := range all {
		if !p.Disabled && slices.Contains(p.Roles, Administrator) {
			login = p.Login
			break
		}
	}
	if login == "" {
		return "", "", khue.Errorf(khue.NotFound, "không có quản trị viên nào đang hoạt động; hãy dùng khue user roles", "there is no administrator who may sign in; use khue user roles")
	}
	secret, _, err = b.Link(ctx, AtConsole, login)
	return login, secret, err
}
