package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/state"
)

// longestToken is the longest that a token can hold.
const longestToken = 366 * 24 * time.Hour

// mostTokens is how many tokens one person can have that hold.
const mostTokens = 50

// tokenRights are what a token can be for. Accounts are managed by people only.
var tokenRights = []Right{AskAPI, RunSQL, Look, Download, Inspect, ReadReports, Confidential}

// TokenRights lists what a token can be for, in the order in which they are shown.
func TokenRights() []Right { return slices.Clone(tokenRights) }

// Token is a secret by which a program asks in a person's name.
type Token struct {
	ID, Login, Name   string
	Rights            []Right
	CreatedAt, EndsAt time.Time
	UsedAt            time.Time // zero while it was not
	Revoked           bool
	Over              bool // revoked or past its end
}

// MakeToken makes a token and gives its secret, which is shown this once. rights is
// what it may at most; whatever the person may not, it may not either.
func (b *Book) MakeToken(ctx context.Context, by Actor, login, name string, rights []string, holds time.Duration) (Token, string, error) {
	name, err := line(name, khue.Text{VI: "tên khóa", EN: "the name of the token"})
	if err != nil {
		return Token{}, "", err
	}
	if holds <= 0 || holds > longestToken {
		return Token{}, "", khue.Errorf(khue.Invalid, "khóa có hạn từ 1 đến 366 ngày", "a token holds from 1 to 366 days")
	}
	p, err := b.Person(ctx, login)
	if err != nil {
		return Token{}, "", err
	}
	var asked []string
	for _, code := range rights {
		r := Right(code)
		if !slices.Contains(tokenRights, r) {
			return Token{}, "", khue.Errorf(khue.Invalid, "khóa không nhận quyền %q; có: %s", "a token cannot have the right %q; there are: %s", code, codes(tokenRights))
		}
		if !slices.Contains(rightsOf(p.Roles), r) {
			return Token{}, "", khue.Errorf(khue.Forbidden, "tài khoản không có quyền %s", "the account may not: %[2]s", r.Text().VI, r.Text().EN)
		}
		if !slices.Contains(asked, code) {
			asked = append(asked, code)
		}
	}
	if len(asked) == 0 {
		return Token{}, "", khue.Errorf(khue.Invalid, "hãy chọn ít nhất một quyền", "choose at least one right")
	}
	all, err := b.Tokens(ctx, p.Login)
	if err != nil {
		return Token{}, "", err
	}
	if len(slices.DeleteFunc(all, func(t Token) bool { return t.Over })) >= mostTokens {
		return Token{}, "", khue.Errorf(khue.Conflict, "đã có %d khóa còn hạn, là nhiều nhất có thể", "there are %d tokens that hold, which is the most there can be", mostTokens)
	}
	secret, now := tokenPrefix+newSecret(), b.now()
	t := state.Token{ID: hashOf(newSecret())[:12], Hash: hashOf(secret), Login: p.Login, Name: name, Rights: asked, CreatedAt: now, EndsAt: now.Add(holds)}
	err = b.store.AddToken(ctx, t, b.done(by, "token.create", t.ID, p.Login+": "+name+" ("+strings.Join(asked, " ")+")"))
	return b.tokenOf(t), secret, err
}

func (b *Book) tokenOf(t state.Token) Token {
	out := Token{
		ID: t.ID, Login: t.Login, Name: t.Name, CreatedAt: t.CreatedAt, EndsAt: t.EndsAt, UsedAt: t.UsedAt, Revoked: !t.RevokedAt.IsZero(),
		Over: !t.RevokedAt.IsZero() || !b.now().Before(t.EndsAt),
	}
	for _, r := range t.Rights {
		out.Rights = append(out.Rights, Right(r))
	}
	return out
}

// Tokens lists the tokens of a person; those of everybody when login is "".
func (b *Book) Tokens(ctx context.Context, login string) ([]Token, error) {
	all, err := b.store.Tokens(ctx, foldLogin(login))
	out := make([]Token, len(all))
	for i, t := range all {
		out[i] = b.tokenOf(t)
	}
	return out, err
}

// RevokeToken ends a token at once. It is looked for among those of a person; among
// all when login is "".
func (b *Book) RevokeToken(ctx context.Context, by Actor, id, login string) error {
	return b.store.RevokeToken(ctx, id, foldLogin(login), b.now(), b.done(by, "token.revoke", id, ""))
}

// OfToken is in whose name a program asks; known is false when the token holds no
// more or never was.
func (b *Book) OfToken(ctx context.Context, secret, address string) (c Caller, known bool, err error) {
	bare, ours := strings.CutPrefix(secret, tokenPrefix)
	if !ours || !secretForm.MatchString(bare) {
		return Caller{}, false, nil
	}
	use, found, err := b.store.TokenUse(ctx, hashOf(secret), address)
	if err != nil || !found {
		return Caller{}, false, err
	}
	t := b.tokenOf(use.Token)
	now := b.now().Truncate(seeEvery)
	if t.Over { // told once for each address: a program may go on asking for ever
		e := b.done(Actor{t.Login, address}, "token.use", t.ID, "it holds no more")
		e.Outcome = state.AuditRefused
		return Caller{}, false, b.store.UseToken(ctx, t.ID, "over: "+address, now, e)
	}
	if use.Person.Disabled {
		return Caller{}, false, nil
	}
	if now.After(use.Token.UsedAt) { // most uses change nothing
		if err := b.store.UseToken(ctx, t.ID, address, now, b.done(Actor{t.Login, address}, "token.use", t.ID, "from a new address")); err != nil {
			return Caller{}, false, err
		}
	}
	c = personOf(use.Person).caller(address)
	c.Token = t.ID
	c.Rights = slices.DeleteFunc(c.Rights, func(r Right) bool { return !slices.Contains(t.Rights, r) })
	return c, true, nil
}
