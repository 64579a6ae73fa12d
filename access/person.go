package access

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/state"
)

// Person is somebody with an account.
type Person struct {
	Login       string
	Name        string
	Roles       []Role
	Areas       []string // area codes that a clerk is of
	Disabled    bool
	HasPassword bool
	Provider    bool // signs in at the office's provider, whose groups give the roles
	CreatedAt   time.Time
}

func personOf(p state.Person) Person {
	out := Person{Login: p.Login, Name: p.Name, Areas: p.Areas, Disabled: p.Disabled, HasPassword: p.Password != "", CreatedAt: p.CreatedAt}
	for _, r := range p.Roles {
		out.Roles = append(out.Roles, Role(r))
	}
	return out
}

// caller is the person as they ask.
func (p Person) caller(address string) Caller {
	return Caller{Login: p.Login, Name: p.Name, Roles: p.Roles, Rights: rightsOf(p.Roles), Areas: areasOf(p.Roles, p.Areas), Wards: p.Areas, Address: address}
}

var loginForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._@-]{0,58}[a-z0-9])?$`)

// Console is who acts on the command line.
const Console = "console"

// checkLogin reads a login as it is kept.
func checkLogin(s string) (string, error) {
	s = foldLogin(s)
	if !loginForm.MatchString(s) {
		return "", khue.Errorf(khue.Invalid, "tên đăng nhập %q không hợp lệ: chỉ dùng chữ a–z không dấu, số và . _ @ -, nhiều nhất 60 ký tự",
			"%q is no login: it has letters a–z, digits and . _ @ - only, at most 60", s)
	}
	if s == Console {
		return "", khue.Errorf(khue.Invalid, "tên đăng nhập %q đã dành riêng", "the login %q is taken by the program itself", s)
	}
	return s, nil
}

// foldLogin is a login as people type it, made alike.
func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// longestName is the longest that names are, in characters.
const longestName = 120

// line is a text on one line, NFC, without what cannot be seen.
func line(s string, what khue.Text) (string, error) {
	if !utf8.ValidString(s) {
		return "", khue.Errorf(khue.Invalid, "%[1]s có ký tự không đọc được", "%[2]s has characters that cannot be read", what.VI, what.EN)
	}
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	unseen := func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r == utf8.RuneError
	}
	switch {
	case s == "":
		return "", khue.Errorf(khue.Invalid, "thiếu %[1]s", "%[2]s is missing", what.VI, what.EN)
	case strings.ContainsFunc(s, unseen):
		return "", khue.Errorf(khue.Invalid, "%[1]s có ký tự điều khiển hoặc ký tự ẩn", "%[2]s has control characters or characters that cannot be seen", what.VI, what.EN)
	case utf8.RuneCountInString(s) > longestName:
		return "", khue.Errorf(khue.Invalid, "%[1]s dài hơn %[3]d ký tự", "%[2]s is longer than %[3]d characters", what.VI, what.EN, longestName)
	}
	return s, nil
}

// sameName tells that two names read alike.
func sameName(a, b string) bool {
	fold := cases.Fold()
	return norm.NFC.String(fold.String(a)) == norm.NFC.String(fold.String(b))
}

// checkRoles reads roles and the areas that go with them.
func checkRoles(roles, areas []string) (outRoles, outAreas []string, err error) {
	for _, code := range roles {
		r, err := ParseRole(code)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(outRoles, string(r)) {
			outRoles = append(outRoles, string(r))
		}
	}
	for _, code := range areas {
		if _, there := khue.AreaOf(code); !there {
			return nil, nil, khue.Errorf(khue.Invalid, "không có địa bàn %q", "there is no area %q", code)
		}
		if !slices.Contains(outAreas, code) {
			outAreas = append(outAreas, code)
		}
	}
	clerk := slices.Contains(outRoles, string(Clerk))
	switch {
	case len(outRoles) == 0:
		return nil, nil, khue.Errorf(khue.Invalid, "hãy chọn ít nhất một vai trò", "choose at least one role")
	case clerk && len(outAreas) == 0:
		return nil, nil, khue.Errorf(khue.Invalid, "cán bộ phường, xã cần ít nhất một địa bàn", "a ward clerk needs at least one area")
	case !clerk && len(outAreas) > 0:
		return nil, nil, khue.Errorf(khue.Invalid, "chỉ cán bộ phường, xã mới gắn với địa bàn", "only a ward clerk goes with areas")
	}
	slices.Sort(outRoles)
	slices.Sort(outAreas)
	return outRoles, outAreas, nil
}
