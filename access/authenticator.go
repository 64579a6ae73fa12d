package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"khue"
	"khue/state"
)

// Codes change every half minute (RFC 6238). One of the step before or after counts,
// too: clocks differ, and typing takes time.
const (
	stepSeconds = 30
	stepsAround = 1
)

const (
	recoveryCodes = 10
	halfWayTime   = 5 * time.Minute
)

// NeedsCode is the answer to a password or link that holds, of somebody who has an
// authenticator and gave no code of it.
type NeedsCode struct {
	// Half is what FinishSignIn takes beside the code: that the password was right. ""
	// after a link, which is followed again with the code.
	Half string
}

func (*NeedsCode) Error() string { return "a code of the authenticator is needed" }

// Unwrap gives the words for whoever signs in.
func (*NeedsCode) Unwrap() error {
	return khue.Errorf(khue.Forbidden, "nhập mã 6 số trong ứng dụng xác thực", "type the code of six digits that your authenticator shows")
}

func wrongCode() error {
	return khue.Errorf(khue.Forbidden, "mã không đúng hoặc đã dùng; hãy chờ mã tiếp theo", "the code is wrong or was used; wait for the next one")
}

// halfWay is somebody whose password was right and who has yet to give a code. Their
// browser keeps it, sealed; without a code it is worth nothing.
type halfWay struct {
	Login string    `json:"login"`
	Ends  time.Time `json:"ends"`
}

// sealer seals with a key of the book's own for one purpose.
func (b *Book) sealer(purpose string) (cipher.AEAD, error) {
	if b.key == nil {
		return nil, errors.New("the book of people was opened without a key")
	}
	root, err := b.key()
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, root, nil, "khue "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("making the key for %s: %w", purpose, err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making the key for %s: %w", purpose, err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal keeps a text so that it is read with the same key, for the same purpose and
// person only.
func (b *Book) seal(purpose, login string, plain []byte) (string, error) {
	aead, err := b.sealer(purpose)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, plain, []byte(login))), nil
}

func (b *Book) unseal(purpose, login, sealed string) ([]byte, error) {
	aead, err := b.sealer(purpose)
	if err != nil {
		return nil, err
	}
	packed, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(packed) < aead.Overhead() {
		return nil, errors.New("it is not sealed")
	}
	return aead.Open(nil, nil, packed, []byte(login))
}

const (
	secretPurpose  = "authenticators"
	halfWayPurpose = "sign-in half way"
)

func (b *Book) half(login string) (string, error) {
	plain, err := json.Marshal(halfWay{login, b.now().Add(halfWayTime)})
	if err != nil {
		return "", fmt.Errorf("sealing a sign-in: %w", err)
	}
	return b.seal(halfWayPurpose, "", plain)
}

// FinishSignIn begins a session for somebody whose password was right, with the code
// of their authenticator in the visit.
func (b *Book) FinishSignIn(ctx context.Context, half string, v Visit) (secret string, err error) {
	if b.onlyProvider {
		return "", onlyThere()
	}
	over := khue.Errorf(khue.Forbidden, "đã quá lâu từ lúc nhập mật khẩu; hãy đăng nhập lại", "the password was typed too long ago; sign in again")
	plain, err := b.unseal(halfWayPurpose, "", half)
	if err != nil {
		return "", over.Because(err)
	}
	var h halfWay
	if err := json.Unmarshal(plain, &h); err != nil || !b.now().Before(h.Ends) {
		return "", over
	}
	p, err := b.store.Person(ctx, h.Login)
	if err != nil {
		return "", err
	}
	if p.Disabled {
		return "", errors.Join(b.failed(ctx, Actor{p.Login, v.Address}, "sign_in", ""), wrongSignIn())
	}
	if err := b.checkCode(ctx, p.Login, v); err != nil {
		if needs := new(NeedsCode); errors.As(err, &needs) {
			needs.Half = half
		}
		return "", err
	}
	secret, session := b.begin(p.Login, "password", v)
	return secret, b.store.AddSession(ctx, session, formerHash(v), b.done(Actor{p.Login, v.Address}, "sign_in", "password and code", ""))
}

// checkCode asks for a code where somebody has an authenticator that is in use. Codes
// are guessed at the pace of passwords.
func (b *Book) checkCode(ctx context.Context, login string, v Visit) error {
	a, found, err := b.store.Authenticator(ctx, login)
	if err != nil || !found || a.ConfirmedAt.IsZero() {
		return err
	}
	if strings.TrimSpace(v.Code) == "" {
		return &NeedsCode{}
	}
	return b.spend(ctx, a, Actor{login, v.Address}, "sign_in", v.Code)
}

// spend takes a code of an authenticator, or one that stands in for it, so that it
// counts once; act is what it is given for.
func (b *Book) spend(ctx context.Context, a state.Authenticator, by Actor, act, code string) error {
	until, err := b.store.BeginAttempt(ctx, b.now(), []state.AttemptSubject{
		{Kind: state.AttemptsOfAccount, Subject: a.Login}, {Kind: state.AttemptsOfAddress, Subject: by.Address},
	}, pauseAfter)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		return errors.Join(b.failed(ctx, by, act, "waits"), &Waits{Until: until})
	}
	step, fits, err := b.stepOf(a, code)
	if err != nil {
		return err
	}
	if fits {
		fits, err = b.store.TakeStep(ctx, a.Login, step)
	} else {
		fits, err = b.store.TakeRecovery(ctx, a.Login, hashOf(recoveryForm(code)), b.now(), b.done(by, "authenticator.recover", a.Login, ""))
	}
	if err != nil {
		return err
	}
	if !fits {
		return errors.Join(b.failed(ctx, by, act, "code"), wrongCode())
	}
	return nil
}

// stepOf is the step whose code this is, among those that count now.
func (b *Book) stepOf(a state.Authenticator, code string) (step int64, fits bool, err error) {
	secret, err := b.unseal(secretPurpose, a.Login, a.Secret)
	if err != nil {
		return 0, false, khue.Errorf(khue.Unavailable, "không đọc được khóa xác thực của tài khoản này; quản trị viên có thể bỏ xác thực hai bước cho bạn",
			"the secret of this account's authenticator cannot be read; an administrator can take the second step away").Because(err)
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := b.now().Unix() / stepSeconds
	for at := now - stepsAround; at <= now+stepsAround; at++ {
		right, err := hotp.GenerateCodeCustom(string(secret), uint64(at), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // after 1970
		if err != nil {
			return 0, false, fmt.Errorf("making the code of an authenticator: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 {
			step, fits = at, true
		}
	}
	return step, fits, nil
}

// Second tells of somebody's second step.
type Second struct {
	On       bool
	Recovery int // codes that are left
}

// SecondStep tells whether the person signs in with an authenticator, too.
func (b *Book) SecondStep(ctx context.Context, login string) (Second, error) {
	a, found, err := b.store.Authenticator(ctx, foldLogin(login))
	if err != nil || !found || a.ConfirmedAt.IsZero() {
		return Second{}, err
	}
	left, err := b.store.RecoveryLeft(ctx, a.Login)
	return Second{On: true, Recovery: left}, err
}

func inUse() error {
	return khue.Errorf(khue.Conflict, "xác thực hai bước đang bật rồi", "the second step is on already")
}

// OfferAuthenticator makes a secret for the caller's phone: as text, and as the address
// that phones read from a picture. It is not asked for until ConfirmAuthenticator.
func (b *Book) OfferAuthenticator(ctx context.Context, c Caller) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Khuê", AccountName: c.Login, Period: stepSeconds, SecretSize: 20, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", "", fmt.Errorf("making the secret of an authenticator: %w", err)
	}
	sealed, err := b.seal(secretPurpose, c.Login, []byte(key.Secret()))
	if err != nil {
		return "", "", err
	}
	kept, err := b.store.OfferAuthenticator(ctx, state.Authenticator{Login: c.Login, Secret: sealed, MadeAt: b.now()})
	if err != nil {
		return "", "", err
	}
	if !kept {
		return "", "", inUse()
	}
	return key.Secret(), key.URL(), nil
}

// Offered is the secret that was made for the caller and has not been confirmed.
func (b *Book) Offered(ctx context.Context, c Caller) (secret, address string, err error) {
	a, found, err := b.store.Authenticator(ctx, c.Login)
	if err != nil {
		return "", "", err
	}
	if !found || !a.ConfirmedAt.IsZero() {
		return "", "", nil
	}
	plain, err := b.unseal(secretPurpose, c.Login, a.Secret)
	if err != nil {
		return "", "", nil //nolint:nilerr // made with another key: another is made
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(plain))
	if err != nil {
		return "", "", fmt.Errorf("reading the secret of an authenticator: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Khuê", AccountName: c.Login, Period: stepSeconds, Secret: raw, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", "", fmt.Errorf("writing the address of an authenticator: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// ConfirmAuthenticator has the caller's authenticator asked for from now on, once they
// typed a code of it; it gives the recovery codes, which are shown this once.
func (b *Book) ConfirmAuthenticator(ctx context.Context, c Caller, code string) (recovery []string, err error) {
	a, found, err := b.store.Authenticator(ctx, c.Login)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, khue.Errorf(khue.Conflict, "chưa có khóa xác thực nào để bật; hãy bắt đầu lại", "there is no authenticator to confirm; begin again")
	case !a.ConfirmedAt.IsZero():
		return nil, inUse()
	}
	step, fits, err := b.stepOf(a, code)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, khue.Errorf(khue.Invalid, "mã không đúng; hãy xem lại giờ của điện thoại rồi nhập mã đang hiện", "the code is wrong; look at the clock of your phone and type the code that it shows")
	}
	hashes := make([]string, recoveryCodes)
	for i := range hashes {
		one := newRecovery()
		recovery, hashes[i] = append(recovery, one), hashOf(recoveryForm(one))
	}
	done, err := b.store.ConfirmAuthenticator(ctx, a, step, b.now(), hashes, b.done(c.Actor(), "authenticator.on", c.Login, ""))
	if err != nil {
		return nil, err
	}
	if !done {
		return nil, inUse()
	}
	return recovery, nil
}

// newRecovery is a code of 80 bits in letters that are told apart, "abcd-efgh-ijkl-mnop".
func newRecovery() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails
	text := strings.ToLower(base32.StdEncoding.EncodeToString(b))
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// recoveryForm is a recovery code as it is kept, however it was typed.
func recoveryForm(code string) string {
	return "recovery:" + strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(code)))
}

// StopAuthenticator has the caller sign in without one again; a code of it is asked for.
func (b *Book) StopAuthenticator(ctx context.Context, c Caller, code string) error {
	a, found, err := b.store.Authenticator(ctx, c.Login)
	if err != nil {
		return err
	}
	if !found || a.ConfirmedAt.IsZero() {
		return khue.Errorf(khue.Conflict, "xác thực hai bước không bật", "the second step is not on")
	}
	if err := b.spend(ctx, a, c.Actor(), "authenticator.off", code); err != nil {
		return err
	}
	_, err = b.store.DropAuthenticator(ctx, c.Login, b.done(c.Actor(), "authenticator.off", c.Login, ""))
	return err
}

// DropAuthenticator takes the second step away from somebody whose phone is lost.
func (b *Book) DropAuthenticator(ctx context.Context, by Actor, login string) error {
	p, err := b.store.Person(ctx, foldLogin(login))
	if err != nil {
		return err
	}
	dropped, err := b.store.DropAuthenticator(ctx, p.Login, b.done(by, "authenticator.off", p.Login, ""))
	if err == nil && !dropped {
		return khue.Errorf(khue.Conflict, "tài khoản %q không bật xác thực hai bước", "the account %q has no second step", p.Login)
	}
	return err
}
