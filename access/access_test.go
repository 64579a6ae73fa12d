package access_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"khue"
	"khue/access"
	"khue/demo/postgrestest"
	"khue/state"
)

// house is an office with a clock of its own.
type house struct {
	*access.Book
	t     *testing.T
	store *state.Store
	where string
	now   time.Time
}

func onBoth(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	for name, where := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "state.db") },
		"postgres": func(t *testing.T) string { return postgrestest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t, where(t))) })
	}
}

func open(t *testing.T, where string) *house {
	t.Helper()
	h := &house{t: t, where: where, now: time.Date(2026, 11, 29, 0, 30, 0, 0, time.FixedZone("+07", 7*60*60))}
	var err error
	h.store, err = state.Open(t.Context(), where)
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.store.Close() })
	h.Book, err = access.Open(access.Options{Store: h.store, Now: func() time.Time { return h.now }})
	require.NoError(t, err)
	return h
}

func onSQLite(t *testing.T) *house {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "state.db"))
}

const password = "mùa thu Hà Nội năm ấy"

// add adds a person with a password.
func (h *house) add(login string, roles ...string) {
	h.t.Helper()
	_, err := h.Add(h.t.Context(), access.AtConsole, login, "Nguyễn Thị "+login, roles, nil)
	require.NoError(h.t, err)
	require.NoError(h.t, h.SetPassword(h.t.Context(), access.AtConsole, login, password))
}

func (h *house) signIn(login, password string) (string, error) {
	return h.SignIn(h.t.Context(), login, password, access.Visit{Address: "10.0.0.7", Browser: "Firefox"})
}

func (h *house) in(login string) string {
	h.t.Helper()
	secret, err := h.signIn(login, password)
	require.NoError(h.t, err)
	return secret
}

func (h *house) caller(secret string) (access.Caller, bool) {
	h.t.Helper()
	c, known, err := h.OfSession(h.t.Context(), secret, "10.0.0.7")
	require.NoError(h.t, err)
	return c, known
}

// acts are what the audit has, the oldest first.
func (h *house) acts() []string {
	h.t.Helper()
	all, err := h.Audit(h.t.Context(), state.AuditFilter{Most: 1000})
	require.NoError(h.t, err)
	var out []string
	for _, e := range all {
		out = append([]string{e.Actor + " " + e.Act + " " + e.Outcome}, out...)
	}
	return out
}

func TestAPersonSignsInAndOutAndAllOfItIsInTheAudit(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.add("lan", "leader", "analyst")
		_, err := h.signIn("lan", "sai mật khẩu rồi")
		require.Equal(t, khue.Forbidden, khue.KindOf(err))
		secret, err := h.signIn(" LAN ", "mu\u0300a thu Ha\u0300 No\u0302\u0323i na\u0306m a\u0302\u0301y")
		require.NoError(t, err, "however its letters are composed")
		c, known := h.caller(secret)
		require.True(t, known)
		require.Equal(t, "Nguyễn Thị lan", c.Name)
		require.True(t, c.May(access.Approve))
		require.False(t, c.May(access.ManagePeople))
		require.Equal(t, khue.Scope{All: true, Confidential: true, Moments: true}, c.Scope())
		_, err = h.SignOut(t.Context(), c, secret)
		require.NoError(t, err)
		_, known = h.caller(secret)
		require.False(t, known)
		require.Equal(t, []string{
			"console person.add done", "console person.password done", "lan sign_in failed", "lan sign_in done", "lan sign_out done",
		}, h.acts())
	})
}

func TestASessionEndsWhenIdleAndInAnyCaseAfterADay(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	idle := h.in("lan")
	h.now = h.now.Add(3 * time.Hour)
	_, known := h.caller(idle)
	require.True(t, known)
	h.now = h.now.Add(4 * time.Hour)
	_, known = h.caller(idle)
	require.False(t, known, "nobody used it for four hours")
	busy := h.in("lan")
	for range 15 {
		h.now = h.now.Add(time.Hour)
		_, known = h.caller(busy)
		require.True(t, known)
	}
	h.now = h.now.Add(time.Hour)
	_, known = h.caller(busy)
	require.False(t, known, "sixteen hours are over")
}

func TestSigningInTakesAnotherSessionThanTheBrowserCame(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	first := h.in("lan")
	second, err := h.SignIn(t.Context(), "lan", password, access.Visit{Address: "10.0.0.7", Former: first})
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	_, known := h.caller(first)
	require.False(t, known, "what somebody planted or read is of no use")
	_, known = h.caller(strings.Repeat("A", 43))
	require.False(t, known)
}

func TestOtherRolesAPasswordAndALockEndSessions(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	h.add("quan", "administrator")
	ctx, by := t.Context(), access.Actor{Login: "quan"}
	for name, change := range map[string]func() error{
		"roles":    func() error { return h.SetRoles(ctx, by, "lan", []string{"staff"}, nil) },
		"password": func() error { return h.SetPassword(ctx, by, "lan", password) },
		"lock":     func() error { return h.SetDisabled(ctx, by, "lan", true) },
	} {
		require.NoError(t, h.SetDisabled(ctx, by, "lan", false))
		secret := h.in("lan")
		require.NoError(t, change())
		_, known := h.caller(secret)
		require.False(t, known, name)
	}
	require.Equal(t, khue.Conflict, khue.KindOf(h.SetDisabled(ctx, by, "quan", true)), "nobody could manage accounts")
	require.Equal(t, khue.Conflict, khue.KindOf(h.SetRoles(ctx, by, "quan", []string{"leader"}, nil)))
}

func TestWhoChangesTheirPasswordStaysAndTheirOtherBrowsersDoNot(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	here, there := h.in("lan"), h.in("lan")
	c, _ := h.caller(here)
	const next = "một câu khác còn dài hơn"
	require.Equal(t, khue.Invalid, khue.KindOf(h.ChangePassword(t.Context(), c, here, "sai", next)))
	require.NoError(t, h.ChangePassword(t.Context(), c, here, password, next))
	_, known := h.caller(here)
	require.True(t, known)
	_, known = h.caller(there)
	require.False(t, known)
	_, err := h.signIn("lan", password)
	require.Error(t, err)
	_, err = h.signIn("lan", next)
	require.NoError(t, err)
}

func TestALinkWorksOnceForAWhileAndNotForWhomIsLockedOut(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		_, err := h.Add(ctx, access.AtConsole, "lan", "Lan", []string{"staff"}, nil)
		require.NoError(t, err)
		link, _, err := h.Link(ctx, access.AtConsole, "lan")
		require.NoError(t, err)
		secret, err := h.FollowLink(ctx, link, access.Visit{})
		require.NoError(t, err)
		c, known := h.caller(secret)
		require.True(t, known)
		require.True(t, c.ByLink)
		_, err = h.FollowLink(ctx, link, access.Visit{})
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "it was used")
		require.NoError(t, h.ChangePassword(ctx, c, secret, "", password), "that is how a lost password is replaced")
		h.now = h.now.Add(20 * time.Minute)
		c, _ = h.caller(secret)
		require.Equal(t, khue.Invalid, khue.KindOf(h.ChangePassword(ctx, c, secret, "", "một câu khác còn dài hơn")), "not by whoever finds the browser later")

		late, _, err := h.Link(ctx, access.AtConsole, "lan")
		require.NoError(t, err)
		h.now = h.now.Add(15 * time.Minute)
		_, err = h.FollowLink(ctx, late, access.Visit{})
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "it is over")
		first, _, err := h.Link(ctx, access.AtConsole, "lan")
		require.NoError(t, err)
		_, _, err = h.Link(ctx, access.AtConsole, "lan")
		require.NoError(t, err)
		_, err = h.FollowLink(ctx, first, access.Visit{})
		require.Error(t, err, "a newer one took its place")
		_, err = h.FollowLink(ctx, "", access.Visit{})
		require.Equal(t, khue.Forbidden, khue.KindOf(err))
	})
}

func TestTheFirstAdministratorComesByALinkUntilOneHasAPassword(t *testing.T) {
	h := onSQLite(t)
	ctx := t.Context()
	needs, err := h.NeedsFirst(ctx)
	require.NoError(t, err)
	require.True(t, needs)
	login, one, err := h.First(ctx)
	require.NoError(t, err)
	require.Equal(t, "admin", login)
	_, two, err := h.First(ctx)
	require.NoError(t, err)
	require.NotEqual(t, one, two)
	people, err := h.People(ctx)
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.False(t, people[0].HasPassword, "there is no default password")
	require.NoError(t, h.SetPassword(ctx, access.AtConsole, "admin", password))
	needs, err = h.NeedsFirst(ctx)
	require.NoError(t, err)
	require.False(t, needs)
}

func TestNamesAndPasswordsAreTakenOnlyAsTheyCanBeKept(t *testing.T) {
	h := onSQLite(t)
	ctx := t.Context()
	add := func(login, name string, roles, areas []string) error {
		_, err := h.Add(ctx, access.AtConsole, login, name, roles, areas)
		return err
	}
	staff := []string{"staff"}
	for _, login := range []string{"", "a b", "lan\r\nSet-Cookie: x=1", "lan\x00", "console", "lần", "<b>", "../lan", ".lan", strings.Repeat("a", 61)} {
		require.Equal(t, khue.Invalid, khue.KindOf(add(login, "Lan", staff, nil)), "%q", login)
	}
	for _, name := range []string{"", " ", "a\u202eb", "a\x00b", "\xff", strings.Repeat("ệ", 121)} {
		require.Equal(t, khue.Invalid, khue.KindOf(add("lan", name, staff, nil)), "%q", name)
	}
	require.Equal(t, khue.Invalid, khue.KindOf(add("lan", "Lan", nil, nil)), "no role")
	require.Equal(t, khue.Invalid, khue.KindOf(add("lan", "Lan", []string{"root"}, nil)))
	require.Equal(t, khue.Invalid, khue.KindOf(add("lan", "Lan", []string{"clerk"}, nil)), "a clerk of nowhere")
	require.Equal(t, khue.Invalid, khue.KindOf(add("lan", "Lan", []string{"clerk"}, []string{"99999"})))
	require.Equal(t, khue.Invalid, khue.KindOf(add("lan", "Lan", staff, []string{"00070"})))
	require.NoError(t, add("lan", "Lan", []string{"clerk"}, []string{"00070"}))
	require.Equal(t, khue.Conflict, khue.KindOf(add("LAN", "Lan", staff, nil)))
	require.Equal(t, khue.Conflict, khue.KindOf(add("lan2", "LAN", staff, nil)), "by their names people are told apart on reports")
	for _, bad := range []string{"", "ngắn quá", strings.Repeat("ab", 20), "xin chào lan nhé", strings.Repeat("dài quá ", 40), "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4"} {
		require.Equal(t, khue.Invalid, khue.KindOf(h.SetPassword(ctx, access.AtConsole, "lan", bad)), "%q", bad)
	}
}

func TestAClerkReachesTheirWardsUnlessAnotherRoleOpensMore(t *testing.T) {
	h := onSQLite(t)
	for roles, want := range map[string]khue.Scope{
		"clerk":       {Areas: []string{"00070"}},
		"clerk staff": {All: true, Confidential: true, Moments: true},
	} {
		login := strings.ReplaceAll(roles, " ", ".")
		_, err := h.Add(t.Context(), access.AtConsole, login, "Lan "+roles, strings.Fields(roles), []string{"00070"})
		require.NoError(t, err)
		link, _, err := h.Link(t.Context(), access.AtConsole, login)
		require.NoError(t, err)
		secret, err := h.FollowLink(t.Context(), link, access.Visit{})
		require.NoError(t, err)
		c, _ := h.caller(secret)
		require.Equal(t, want, c.Scope(), roles)
	}
	require.Equal(t, khue.Scope{}, access.GuestCaller(false, "").Scope(), "a guest reaches nothing")
	require.Equal(t, khue.Public, access.GuestCaller(true, "").Scope())
}

func TestTooManyAttemptsHaveToWaitAndUnknownLoginsAreToldNoBetter(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	for _, login := range []string{"lan", "nobody"} {
		var answers []string
		for range 6 {
			_, err := h.signIn(login, "sai mật khẩu rồi")
			answers = append(answers, khue.MessageOf(err).EN)
		}
		wrong := "the login or the password is wrong"
		require.Equal(t, []string{wrong, wrong, wrong, wrong, wrong, "there were too many attempts to sign in; wait some minutes and try again"}, answers, login)
	}
	_, err := h.signIn("lan", password)
	var waits *access.Waits
	require.ErrorAs(t, err, &waits, "the right password waits too")
	h.now = h.now.Add(31 * time.Second)
	_, err = h.signIn("lan", "sai nữa rồi nhé")
	require.NotErrorAs(t, err, &waits)
	_, err = h.signIn("lan", password)
	require.ErrorAs(t, err, &waits, "the pause has doubled")
	require.Equal(t, time.Minute, waits.Until.Sub(h.now).Round(time.Second))
	h.now = h.now.Add(61 * time.Second)
	h.in("lan")
	_, err = h.signIn("lan", "sai mật khẩu rồi")
	require.NotErrorAs(t, err, &waits, "a good end begins the count anew")
}

func TestAnAddressThatTriesManyLoginsHasToWait(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	var waits *access.Waits
	for i := range 20 {
		_, err := h.signIn("nobody"+string(rune('a'+i)), "sai mật khẩu rồi")
		require.NotErrorAs(t, err, &waits)
	}
	_, err := h.signIn("lan", password)
	require.ErrorAs(t, err, &waits)
	_, err = h.SignIn(t.Context(), "lan", password, access.Visit{Address: "10.0.0.8"})
	require.NoError(t, err, "others do not wait for them")
}

func TestAnUnknownLoginCostsTheSameWorkAsAKnownOne(t *testing.T) {
	h := onSQLite(t)
	h.add("lan", "leader")
	least := func(login string) time.Duration {
		best := time.Hour
		for range 4 {
			began := time.Now()
			_, err := h.signIn(login, "sai mật khẩu rồi")
			require.Error(t, err)
			best = min(best, time.Since(began))
		}
		return best
	}
	known, unknown := least("lan"), least("nobody")
	require.Greater(t, unknown, known/3, "known %s, unknown %s", known, unknown)
	require.Less(t, unknown, known*3, "known %s, unknown %s", known, unknown)
}

func TestATokenHasNoMoreThanItsRightsAndItsPersonsAndEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.add("minh", "analyst")
		_, _, err := h.MakeToken(ctx, access.AtConsole, "minh", "R", []string{"confidential"}, time.Hour)
		require.Equal(t, khue.Forbidden, khue.KindOf(err), "an analyst has no such right")
		_, _, err = h.MakeToken(ctx, access.AtConsole, "minh", "R", []string{"people"}, time.Hour)
		require.Equal(t, khue.Invalid, khue.KindOf(err), "accounts are managed by people")
		_, _, err = h.MakeToken(ctx, access.AtConsole, "minh", "R", []string{"api"}, 400*24*time.Hour)
		require.Equal(t, khue.Invalid, khue.KindOf(err), "none holds for ever")
		token, secret, err := h.MakeToken(ctx, access.AtConsole, "minh", "R", []string{"api"}, 24*time.Hour)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(secret, "khue_"))
		ask := func(address string) (access.Caller, bool) {
			c, known, err := h.OfToken(ctx, secret, address)
			require.NoError(t, err)
			return c, known
		}
		c, known := ask("10.0.0.7")
		require.True(t, known)
		require.Equal(t, []access.Right{access.AskAPI}, c.Rights)
		h.now = h.now.Add(time.Minute)
		ask("10.0.0.7")
		ask("10.0.0.9")
		all, err := h.Tokens(ctx, "minh")
		require.NoError(t, err)
		require.Equal(t, h.now.UTC().Truncate(time.Minute), all[0].UsedAt)
		h.now = h.now.Add(24 * time.Hour)
		for range 3 {
			_, known = ask("10.0.0.7")
			require.False(t, known, "it is over")
		}
		uses := 0
		for _, act := range h.acts() {
			if strings.HasPrefix(act, "minh token.use") {
				uses++
			}
		}
		require.Equal(t, 3, uses, "two new addresses, and one that asked in vain: %v", h.acts())
		require.NoError(t, h.RevokeToken(ctx, access.AtConsole, token.ID, ""))
		require.Equal(t, khue.NotFound, khue.KindOf(h.RevokeToken(ctx, access.AtConsole, token.ID, "")))
	})
}

func TestAStolenTokenIsOfNoUseOnceItIsRevokedOrItsPersonLockedOut(t *testing.T) {
	h := onSQLite(t)
	ctx := t.Context()
	h.add("minh", "analyst")
	h.add("hoa", "analyst")
	h.add("quan", "administrator")
	token, secret, err := h.MakeToken(ctx, access.AtConsole, "minh", "R", []string{"api", "look"}, time.Hour)
	require.NoError(t, err)
	require.Equal(t, khue.NotFound, khue.KindOf(h.RevokeToken(ctx, access.Actor{Login: "hoa"}, token.ID, "hoa")), "it is another's")
	require.NoError(t, h.SetRoles(ctx, access.AtConsole, "minh", []string{"administrator"}, nil))
	c, known, err := h.OfToken(ctx, secret, "")
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, []access.Right{access.Look}, c.Rights, "what the person lost, the token lost")
	require.NoError(t, h.SetDisabled(ctx, access.AtConsole, "minh", true))
	_, known, err = h.OfToken(ctx, secret, "")
	require.NoError(t, err)
	require.False(t, known)
	require.NoError(t, h.SetDisabled(ctx, access.AtConsole, "minh", false))
	require.NoError(t, h.RevokeToken(ctx, access.Actor{Login: "minh"}, token.ID, "minh"))
	_, known, err = h.OfToken(ctx, secret, "")
	require.NoError(t, err)
	require.False(t, known)
}

func TestNoSecretIsInTheStore(t *testing.T) {
	h := onSQLite(t)
	ctx := t.Context()
	h.add("minh", "analyst")
	session := h.in("minh")
	_, token, err := h.MakeToken(ctx, access.AtConsole, "minh", "R", []string{"api"}, time.Hour)
	require.NoError(t, err)
	link, _, err := h.Link(ctx, access.AtConsole, "minh")
	require.NoError(t, err)
	db, err := sql.Open("sqlite", "file:"+h.where)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	for _, table := range []string{"people", "sessions", "signin_links", "tokens", "audit"} {
		cells := cellsOf(t, db, table)
		require.NotEmpty(t, cells, table)
		for _, cell := range cells {
			for _, secret := range []string{session, token, link, password} {
				require.NotContains(t, cell, secret, table)
			}
		}
	}
}

// cellsOf are all values of a table, as text.
func cellsOf(t *testing.T, db *sql.DB, table string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(sql.NullString)
		}
		require.NoError(t, rows.Scan(cells...))
		for _, cell := range cells {
			out = append(out, cell.(*sql.NullString).String)
		}
	}
	require.NoError(t, rows.Err())
	return out
}

func TestTheAuditCannotBeChangedAndWhatIsForgedIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.add("lan", "leader")
		for range 5 {
			h.in("lan")
		}
		proof, err := h.VerifyAudit(ctx)
		require.NoError(t, err)
		require.Equal(t, int64(7), proof.Entries)
		require.Zero(t, proof.Broken)
		driver, where, drop := "sqlite", "file:"+h.where, []string{"DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted"}
		if strings.HasPrefix(h.where, "postgres") {
			driver, where, drop = "pgx", h.where, []string{"DROP TRIGGER audit_is_not_changed ON audit"}
		}
		db, err := sql.Open(driver, where)
		require.NoError(t, err)
		defer func() { _ = db.Close() }()
		run := func(statement string) error {
			_, err := db.ExecContext(ctx, statement)
			return err
		}
		require.ErrorContains(t, run("UPDATE audit SET actor = 'minh' WHERE seq = 4"), "only ever added to")
		require.ErrorContains(t, run("DELETE FROM audit WHERE seq = 4"), "only ever added to")
		for _, statement := range drop { // as the owner of the database could
			require.NoError(t, run(statement))
		}
		require.NoError(t, run("UPDATE audit SET actor = 'minh' WHERE seq = 4"))
		found, err := h.VerifyAudit(ctx)
		require.NoError(t, err)
		require.Equal(t, int64(4), found.Broken)
		require.NoError(t, run("UPDATE audit SET actor = 'lan' WHERE seq = 4"))
		require.NoError(t, run("DELETE FROM audit WHERE seq = 6"))
		found, err = h.VerifyAudit(ctx)
		require.NoError(t, err)
		require.Equal(t, int64(6), found.Broken)
		require.NoError(t, run("DELETE FROM audit WHERE seq = 7"))
		found, err = h.VerifyAudit(ctx)
		require.NoError(t, err)
		require.Zero(t, found.Broken)
		require.NotEqual(t, proof.Head, found.Head, "an end that was cut off shows by the head that somebody kept")
	})
}
