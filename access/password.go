package access

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"khue"
)

// The bounds of passwords, in characters. Length is what makes them hard to guess
// (NIST SP 800-63B); no kinds of characters are asked for.
const (
	shortestPassword = 12
	longestPassword  = 256
)

// passwordCost is that of new hashes: 19 MiB, two rounds, as OWASP advises at least. It
// is kept with each hash, so that a later change leaves old ones valid.
var passwordCost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords works out hashes, few at a time: each takes memory that guests could
// otherwise have us spend.
type passwords struct {
	turns chan struct{}
	decoy string // hash that nothing matches, for logins that nobody has
}

func newPasswords() (*passwords, error) {
	decoy, err := argon2id.CreateHash(newSecret(), passwordCost)
	if err != nil {
		return nil, fmt.Errorf("making a hash that nothing matches: %w", err)
	}
	return &passwords{turns: make(chan struct{}, 4), decoy: decoy}, nil
}

func (p *passwords) turn(ctx context.Context, work func() error) error {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return work()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hash is what is kept of a password.
func (p *passwords) hash(ctx context.Context, password string) (hash string, err error) {
	err = p.turn(ctx, func() error {
		hash, err = argon2id.CreateHash(norm.NFC.String(password), passwordCost)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return hash, nil
}

// match tells whether a password has this hash. "" is the hash of somebody without a
// password, or of nobody: the same work is done and nothing matches.
func (p *passwords) match(ctx context.Context, password, hash string) (match bool, err error) {
	nobody := hash == ""
	if nobody {
		hash = p.decoy
	}
	err = p.turn(ctx, func() error {
		match, err = argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return match && !nobody, nil
}

// checkPassword says what is wrong with a new password.
func checkPassword(password, login, name string) error {
	n := utf8.RuneCountInString(norm.NFC.String(password))
	switch {
	case !utf8.ValidString(password):
		return khue.Errorf(khue.Invalid, "mật khẩu có ký tự không đọc được", "the password has characters that cannot be read")
	case n < shortestPassword:
		return khue.Errorf(khue.Invalid, "mật khẩu cần ít nhất %d ký tự; một câu dễ nhớ là tốt nhất", "a password has at least %d characters; a sentence you remember is best", shortestPassword)
	case n > longestPassword:
		return khue.Errorf(khue.Invalid, "mật khẩu dài nhất %d ký tự", "a password has at most %d characters", longestPassword)
	case strings.Contains(strings.ToLower(password), login), strings.EqualFold(strings.TrimSpace(password), name):
		return khue.Errorf(khue.Invalid, "mật khẩu không được chứa tên đăng nhập hoặc là họ tên", "a password holds neither the login nor is it the name")
	case few(password):
		return khue.Errorf(khue.Invalid, "mật khẩu lặp lại quá ít ký tự", "the password repeats too few characters")
	}
	return nil
}

// few tells that a password is made of fewer than five different characters.
func few(password string) bool {
	seen := map[rune]bool{}
	for _, r := range password {
		seen[r] = true
	}
	return len(seen) < 5
}
