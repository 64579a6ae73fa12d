package access_test

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
)

// phone is what somebody makes codes with.
type phone struct {
	t      *testing.T
	secret string
}

func (p phone) code(at time.Time) string {
	p.t.Helper()
	code, err := totp.GenerateCode(p.secret, at)
	require.NoError(p.t, err)
	return code
}

// withPhone opens an office whose book has a key, and gives lan an authenticator.
func withPhone(t *testing.T, h *house) (p phone, recovery []string) {
	t.Helper()
	h.reopen()
	h.add("lan", "leader")
	c, _ := h.caller(h.in("lan"))
	secret, address, err := h.OfferAuthenticator(t.Context(), c)
	require.NoError(t, err)
	at, err := url.Parse(address)
	require.NoError(t, err)
	require.Equal(t, "totp", at.Host)
	require.Equal(t, "/Khuê:lan", at.Path)
	require.Equal(t, secret, at.Query().Get("secret"))
	again, same, err := h.Offered(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, secret, again)
	require.Equal(t, at.Query().Get("secret"), must(t, same).Query().Get("secret"))
	p = phone{t, secret}
	h.in("lan") // an authenticator that was never confirmed is not asked for
	_, err = h.ConfirmAuthenticator(t.Context(), c, "000000")
	require.Equal(t, khue.Invalid, khue.KindOf(err))
	recovery, err = h.ConfirmAuthenticator(t.Context(), c, p.code(h.now))
	require.NoError(t, err)
	require.Len(t, recovery, 10)
	_, err = h.ConfirmAuthenticator(t.Context(), c, p.code(h.now))
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	_, _, err = h.OfferAuthenticator(t.Context(), c)
	require.Equal(t, khue.Conflict, khue.KindOf(err), "another secret cannot take the place of one in use")
	h.now = h.now.Add(time.Minute)
	return p, recovery
}

func asWaits(err error, to **access.Waits) bool { return errors.As(err, to) }

func must(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}

// reopen has the book have a key of its own.
func (h *house) reopen() {
	h.t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	var err error
	h.Book, err = access.Open(access.Options{Store: h.store, Now: func() time.Time { return h.now }, Key: func() ([]byte, error) { return key, nil }})
	require.NoError(h.t, err)
}

// halfIn is a sign-in up to the code.
func (h *house) halfIn() string {
	h.t.Helper()
	secret, err := h.signIn("lan", password)
	require.Empty(h.t, secret)
	var needs *access.NeedsCode
	require.ErrorAs(h.t, err, &needs)
	require.NotEmpty(h.t, needs.Half)
	return needs.Half
}

func (h *house) finish(half, code string) (string, error) {
	return h.FinishSignIn(h.t.Context(), half, access.Visit{Address: "10.0.0.7", Code: code})
}

func TestWhoHasAnAuthenticatorSignsInWithACodeThatCountsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		p, recovery := withPhone(t, h)
		half := h.halfIn()
		code := p.code(h.now)
		_, err := h.finish(half, "")
		var needs *access.NeedsCode
		require.ErrorAs(t, err, &needs)
		require.Equal(t, half, needs.Half, "it can be tried on")
		secret, err := h.finish(half, " "+code[:3]+" "+code[3:])
		require.NoError(t, err)
		c, known := h.caller(secret)
		require.True(t, known)
		require.Equal(t, "lan", c.Login)

		_, err = h.finish(h.halfIn(), code)
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "a code that was seen over a shoulder")
		_, err = h.finish(half, p.code(h.now.Add(-30*time.Second)))
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "nor one before it")
		_, err = h.finish(half, p.code(h.now.Add(2*time.Minute)))
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "nor one of a clock far ahead")
		_, err = h.finish(half, p.code(h.now.Add(30*time.Second)))
		require.NoError(t, err, "the clock of a phone may be a little ahead")

		_, err = h.finish(h.halfIn(), strings.ToUpper(strings.ReplaceAll(recovery[3], "-", " ")))
		require.NoError(t, err, "a recovery code, however it is typed")
		_, err = h.finish(h.halfIn(), recovery[3])
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "it counts once")
		second, err := h.SecondStep(t.Context(), "lan")
		require.NoError(t, err)
		require.Equal(t, access.Second{On: true, Recovery: 9}, second)
		require.Contains(t, h.acts(), "lan authenticator.recover done")
	})
}

func TestTheFirstHalfOfASignInIsWorthNothingLaterOrChanged(t *testing.T) {
	h := onSQLite(t)
	p, _ := withPhone(t, h)
	half := h.halfIn()
	h.now = h.now.Add(5 * time.Minute)
	_, err := h.finish(half, p.code(h.now))
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "it was too long ago")
	half = h.halfIn()
	for name, wrong := range map[string]string{"changed": half[:len(half)-2] + "AA", "of another key": "AAAA" + half, "empty": "", "no base64": "!!"} {
		_, err = h.finish(wrong, p.code(h.now))
		require.Equal(t, khue.Forbidden, khue.KindOf(err), name)
	}
	h.add("admin", "administrator")
	require.NoError(t, h.SetDisabled(t.Context(), access.AtConsole, "lan", true))
	_, err = h.finish(half, p.code(h.now))
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "who was shut out meanwhile stays out")
}

func TestCodesAreGuessedAtThePaceOfPasswords(t *testing.T) {
	h := onSQLite(t)
	p, _ := withPhone(t, h)
	half := h.halfIn()
	var waits *access.Waits
	tries := 0
	for range 20 {
		_, err := h.finish(half, "123456")
		require.Error(t, err)
		if require.Equal(t, khue.Forbidden, khue.KindOf(err)); asWaits(err, &waits) {
			break
		}
		tries++
	}
	require.NotNil(t, waits, "guessing is slowed down")
	require.Less(t, tries, 6)
	_, err := h.finish(half, p.code(h.now))
	require.True(t, asWaits(err, &waits), "the right one has to wait, too")
	h.now = waits.Until.Add(time.Second)
	_, err = h.finish(half, p.code(h.now))
	require.NoError(t, err)
}

func TestALinkStandsInForThePasswordAndNotForTheCode(t *testing.T) {
	h := onSQLite(t)
	p, recovery := withPhone(t, h)
	link, _, err := h.Link(t.Context(), access.AtConsole, "lan")
	require.NoError(t, err)
	follow := func(code string) (string, error) {
		return h.FollowLink(t.Context(), link, access.Visit{Address: "10.0.0.7", Code: code})
	}
	_, err = follow("")
	var needs *access.NeedsCode
	require.ErrorAs(t, err, &needs)
	require.Empty(t, needs.Half)
	_, err = follow("000000")
	require.Equal(t, khue.Forbidden, khue.KindOf(err))
	secret, err := follow(p.code(h.now))
	require.NoError(t, err, "the link was not used up by a wrong code")
	_, err = follow(recovery[0])
	require.Equal(t, khue.Forbidden, khue.KindOf(err), "it is now")
	c, _ := h.caller(secret)
	require.Equal(t, "lan", c.Login)
}

func TestTheSecondStepIsTakenAwayByACodeOrByWhoManagesAccounts(t *testing.T) {
	h := onSQLite(t)
	_, recovery := withPhone(t, h)
	secret, err := h.finish(h.halfIn(), recovery[0])
	require.NoError(t, err)
	c, _ := h.caller(secret)
	require.Equal(t, khue.Forbidden, khue.KindOf(h.StopAuthenticator(t.Context(), c, "000000")))
	require.NoError(t, h.StopAuthenticator(t.Context(), c, recovery[1]))
	h.in("lan")
	require.Equal(t, khue.Conflict, khue.KindOf(h.StopAuthenticator(t.Context(), c, recovery[2])))

	_, _, err = h.OfferAuthenticator(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, h.DropAuthenticator(t.Context(), access.AtConsole, " LAN "))
	require.Equal(t, khue.Conflict, khue.KindOf(h.DropAuthenticator(t.Context(), access.AtConsole, "lan")))
	require.Equal(t, khue.NotFound, khue.KindOf(h.DropAuthenticator(t.Context(), access.AtConsole, "nobody")))
}

// What lies in the database alone makes no codes.
func TestSecretsOfAuthenticatorsAreSealedWithTheKeyOfTheDataFolder(t *testing.T) {
	h := onSQLite(t)
	p, _ := withPhone(t, h)
	kept, found, err := h.store.Authenticator(t.Context(), "lan")
	require.NoError(t, err)
	require.True(t, found)
	require.NotContains(t, kept.Secret, p.secret)
	h.reopen() // with another key
	half := h.halfIn()
	_, err = h.finish(half, p.code(h.now))
	require.Equal(t, khue.Unavailable, khue.KindOf(err))
}
