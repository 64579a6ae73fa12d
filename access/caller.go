package access

import (
	"context"
	"slices"
	"strings"

	"khue"
)

// Caller is who asks: a person at a browser, a program with a person's token, or a
// guest. The zero Caller may nothing.
type Caller struct {
	Login  string // "" of a guest
	Name   string // as reports and notes print it
	Roles  []Role
	Rights []Right
	// Areas are those that a clerk is of, when that is all the person is. Figures of
	// other areas are not theirs to see.
	Areas []string
	// Wards are the areas that the person is clerk of, whatever else they are.
	Wards []string

	Session    string // names the browser's session, without telling its secret; "" of programs
	ByLink     bool   // the session has just begun with a one-time link, or nobody has set a password yet
	ByProvider bool   // the session began at the office's provider of sign-in
	Token      string // id of the program's token
	Address    string // from where
}

// May tells whether the caller has a right.
func (c Caller) May(r Right) bool { return slices.Contains(c.Rights, r) }

// SignedIn tells that it is known who asks.
func (c Caller) SignedIn() bool { return c.Login != "" }

// Scope is what answers to the caller may hold.
func (c Caller) Scope() khue.Scope {
	if !c.May(Look) && !c.May(AskAPI) {
		return khue.Scope{}
	}
	secret := c.May(Confidential)
	return khue.Scope{All: len(c.Areas) == 0, Areas: c.Areas, Confidential: secret, Moments: secret}
}

type callerKey struct{}

// With puts the caller into a request's context.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Of is the caller of a request; known is false where nobody has asked who it is.
func Of(ctx context.Context) (c Caller, known bool) {
	c, known = ctx.Value(callerKey{}).(Caller)
	return c, known
}

// GuestCaller is whoever has not signed in.
func GuestCaller(public bool, address string) Caller {
	c := Caller{Address: address}
	if public {
		c.Roles, c.Rights = []Role{Guest}, Guest.Rights()
	}
	return c
}

// rightsOf are what roles may together, in the order in which rights are shown.
func rightsOf(roles []Role) []Right {
	var out []Right
	for _, r := range Rights() {
		if slices.ContainsFunc(roles, func(role Role) bool { return slices.Contains(role.Rights(), r) }) {
			out = append(out, r)
		}
	}
	return out
}

// areasOf are the areas that bound a person: a clerk's, unless another role opens more.
func areasOf(roles []Role, areas []string) []string {
	for _, r := range roles {
		if r == Leader || r == Staff || r == Analyst {
			return nil
		}
	}
	if slices.Contains(roles, Clerk) {
		return areas
	}
	return nil
}

func codes[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = string(one)
	}
	return strings.Join(out, ", ")
}
