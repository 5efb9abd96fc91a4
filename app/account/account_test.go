package account_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/store"
)

// site is a data directory with its register of people and a clock that a test moves.
type site struct {
	*account.Accounts
	db    *store.DB
	close func() error // once
	t     *testing.T
	mu    sync.Mutex
	clock time.Time
	codes []string // announced after a code was voided
}

const password = "correct horse"

var laptop = account.Client{Address: "10.0.0.7", Agent: "test"}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

func blank(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, clock: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)}
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	s.db, s.close = db, sync.OnceValue(db.Close)
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	s.Accounts = account.New(db, account.Options{NewSetupCode: func(c string) { s.codes = append(s.codes, c) }})
	return s
}

// begin sets the site up and returns its owner.
func begin(t *testing.T) (*site, *account.Signed) {
	t.Helper()
	s := blank(t)
	code, needed, err := s.SetupCode(t.Context())
	if err != nil || !needed {
		t.Fatalf("SetupCode = %v, %v", needed, err)
	}
	in, err := s.SetUp(t.Context(), setup(code), laptop)
	if err != nil {
		t.Fatal(err)
	}
	return s, in
}

func setup(code string) account.Setup {
	return account.Setup{Code: code, Name: "李雷", Email: "Owner@Local", Password: password, WorkspaceName: "一号站", Lang: app.Chinese}
}

// as is a context in which the person of a token acts.
func (s *site) as(token string) context.Context {
	s.t.Helper()
	l, err := s.Session(s.t.Context(), token)
	if err != nil {
		s.t.Fatal(err)
	}
	return app.WithScope(s.t.Context(), account.ScopeOf(l))
}

// join adds a member with that role and signs the person in.
func (s *site) join(email string, role app.Role) *account.Signed {
	s.t.Helper()
	ctx, err := s.Operator(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Add(ctx, email, "某人", password, role, app.English); err != nil {
		s.t.Fatal(err)
	}
	return s.signIn(email, password)
}

func (s *site) signIn(email, password string) *account.Signed {
	s.t.Helper()
	in, err := s.SignIn(s.t.Context(), email, password, laptop)
	if err != nil {
		s.t.Fatalf("SignIn(%s) = %v", email, err)
	}
	return in
}

// wantCode fails unless err is the error with that code in both languages; "" wants no error.
func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Errorf("%s = %v, want no error", what, err)
		}
		return
	}
	var e *app.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s = %v, want %s", what, err, code)
		return
	}
	if e.Text.En == "" || e.Text.Zh == "" {
		t.Errorf("%s: %s lacks a sentence: %+v", what, code, e.Text)
	}
}

func (s *site) wantEnded(what, token string) {
	s.t.Helper()
	_, err := s.Session(s.t.Context(), token)
	wantCode(s.t, what, err, "unauthorized")
}

func (s *site) wantLive(what, token string) {
	s.t.Helper()
	_, err := s.Session(s.t.Context(), token)
	wantCode(s.t, what, err, "")
}

func TestSetUp_ofFiftyAtOnceExactlyOneWins(t *testing.T) {
	s := blank(t)
	code, _, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	won, done := 0, 0
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, err := s.SetUp(t.Context(), setup(code), laptop)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, &app.Error{Code: "setup_done"}):
				done++
			default:
				t.Errorf("SetUp = %v", err)
			}
		})
	}
	wg.Wait()
	if won != 1 || done != 49 {
		t.Errorf("%d won and %d were told setup_done, want 1 and 49", won, done)
	}
	if _, err := os.Stat(filepath.Join(s.db.Dir, "setup-code")); err == nil {
		t.Error("the code's file is still there")
	}
	if _, needed, _ := s.SetupCode(t.Context()); needed {
		t.Error("a code is still needed")
	}
}

func TestSetupCode_staysTheSameOverRestartsAndIsPrivate(t *testing.T) {
	s := blank(t)
	first, _, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, needed, err := account.New(s.db, account.Options{}).SetupCode(t.Context())
	if again != first || !needed || err != nil {
		t.Errorf("SetupCode after a restart = %q, %v, %v, want %q", again, needed, err, first)
	}
	info, err := os.Stat(filepath.Join(s.db.Dir, "setup-code"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("setup-code: %v, %v, want mode 0600", info, err)
	}
	if err := os.WriteFile(filepath.Join(s.db.Dir, "setup-code"), []byte("PLANTED\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := s.SetupCode(t.Context()); got == "PLANTED" || got == first {
		t.Errorf("SetupCode = %q after the file was changed, want a new one", got)
	}
}

func TestSetUp_fifthWrongCodeVoidsTheCode(t *testing.T) {
	s := blank(t)
	code, _, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		_, err := s.SetUp(t.Context(), setup("WRONG"), laptop)
		wantCode(t, "wrong code", err, "setup_code_wrong")
	}
	_, err = s.SetUp(t.Context(), setup("WRONG"), laptop)
	wantCode(t, "fifth wrong code", err, "rate_limited")
	_, err = s.SetUp(t.Context(), setup(code), account.Client{Address: "10.9.9.9"})
	wantCode(t, "the old code", err, "setup_code_wrong")
	if len(s.codes) != 1 {
		t.Fatalf("%d codes announced, want 1", len(s.codes))
	}
	if _, err := s.SetUp(t.Context(), setup(" "+strings.ToLower(s.codes[0])), laptop); err != nil {
		t.Errorf("SetUp with the new code = %v", err)
	}
}

func TestSetUp_refusesWhatIsNotUsable(t *testing.T) {
	s := blank(t)
	code, _, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*account.Setup)
		want   string
	}{
		{"short password", func(in *account.Setup) { in.Password = "1234567" }, "password_weak"},
		{"long password", func(in *account.Setup) { in.Password = strings.Repeat("长城", 65) }, "password_weak"},
		{"e-mail as password", func(in *account.Setup) { in.Password = "owner@LOCAL" }, "password_weak"},
		{"one character", func(in *account.Setup) { in.Password = "密密密密密密密密" }, "password_weak"},
		{"no at", func(in *account.Setup) { in.Email = "owner" }, "email_invalid"},
		{"two ats", func(in *account.Setup) { in.Email = "a@b@c" }, "email_invalid"},
		{"blank in e-mail", func(in *account.Setup) { in.Email = "a b@c" }, "email_invalid"},
		{"line in name", func(in *account.Setup) { in.Name = "a\nb" }, "name_invalid"},
		{"empty name", func(in *account.Setup) { in.Name = " " }, "name_invalid"},
		{"empty workspace", func(in *account.Setup) { in.WorkspaceName = "" }, "name_invalid"},
		{"language", func(in *account.Setup) { in.Lang = "fr" }, "invalid_param"},
	}
	for _, tt := range tests {
		in := setup(code)
		tt.change(&in)
		_, err := s.SetUp(t.Context(), in, laptop)
		wantCode(t, tt.name, err, tt.want)
	}
	if site, err := s.Site(t.Context()); err != nil || site.Done {
		t.Errorf("Site = %+v, %v after refusals", site, err)
	}
}

func TestSignIn_findsTheAccountHoweverTheAddressIsTyped(t *testing.T) {
	s, owner := begin(t)
	if owner.User.Email != "owner@local" || owner.User.Role != app.Owner {
		t.Errorf("owner = %+v", owner.User)
	}
	for _, email := range []string{"owner@local", " OWNER@local ", "ｏｗｎｅｒ＠local"} {
		in := s.signIn(email, password)
		if in.Token == owner.Token {
			t.Error("the token was used before")
		}
		s.wantLive(email, in.Token)
	}
}

func TestSignIn_unknownAndWrongAreTheSame(t *testing.T) {
	s, _ := begin(t)
	_, wrong := s.SignIn(t.Context(), "owner@local", "wrong password", laptop)
	_, unknown := s.SignIn(t.Context(), "nobody@local", "wrong password", laptop)
	wantCode(t, "wrong password", wrong, "signin_failed")
	if wrong == nil || unknown == nil || wrong.Error() != unknown.Error() {
		t.Errorf("wrong password = %v, unknown account = %v; want the same", wrong, unknown)
	}
}

func TestSignIn_takesTheSameTimeForUnknownAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	s, _ := begin(t)
	measure := func(email string) time.Duration {
		best := time.Hour
		for range 7 {
			start := time.Now()
			_, _ = s.SignIn(t.Context(), email, "wrong password", account.Client{Address: "a"}) // fails; the time is what counts
			best = min(best, time.Since(start))
			s.pass(2 * time.Hour)
		}
		return best
	}
	var known, unknown time.Duration
	for range 5 { // a busy machine may spoil a round; an account that costs nothing to guess fails all of them
		known, unknown = measure("owner@local"), measure("nobody@local")
		if known >= 5*time.Millisecond && unknown >= known/2 && known >= unknown/2 {
			return
		}
	}
	t.Errorf("known %v, unknown %v: they must cost the same", known, unknown)
}

func TestSignIn_isLimitedPerAccount(t *testing.T) {
	s, _ := begin(t)
	from := func(i int) account.Client { return account.Client{Address: string(rune('a' + i))} }
	for i := range 10 {
		_, err := s.SignIn(t.Context(), "owner@local", "wrong password", from(i))
		wantCode(t, "wrong password", err, "signin_failed")
	}
	_, err := s.SignIn(t.Context(), "owner@local", password, from(11))
	wantCode(t, "right password after ten failures", err, "rate_limited")
	var e *app.Error
	if errors.As(err, &e) && e.Retry != 60 {
		t.Errorf("Retry = %d, want 60", e.Retry)
	}
	s.pass(61 * time.Second)
	_, err = s.SignIn(t.Context(), "owner@local", "wrong password", from(12))
	wantCode(t, "one more", err, "signin_failed")
	_, err = s.SignIn(t.Context(), "owner@local", password, from(13))
	if errors.As(err, &e) && e.Retry != 120 {
		t.Errorf("Retry = %d, want 120: it grows", e.Retry)
	}
	wantCode(t, "still locked", err, "rate_limited")
	s.pass(121 * time.Second)
	s.signIn("owner@local", password)
}

func TestSignIn_isLimitedPerAddressWhateverTheAccount(t *testing.T) {
	s, _ := begin(t)
	for i := range 10 {
		_, err := s.SignIn(t.Context(), string(rune('a'+i))+"@local", "wrong password", laptop)
		wantCode(t, "unknown account", err, "signin_failed")
	}
	_, err := s.SignIn(t.Context(), "owner@local", password, laptop)
	wantCode(t, "from the same address", err, "rate_limited")
	if _, err := s.SignIn(t.Context(), "owner@local", password, account.Client{Address: "10.0.0.8"}); err != nil {
		t.Errorf("from another address = %v", err)
	}
}

func TestSignIn_parallelGuessesCannotOutrunTheCount(t *testing.T) {
	s, _ := begin(t)
	var mu sync.Mutex
	codes := map[string]int{}
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_, err := s.SignIn(t.Context(), "owner@local", "wrong password", laptop)
			mu.Lock()
			defer mu.Unlock()
			codes[app.AsError(err).Code]++
		})
	}
	wg.Wait()
	if codes["signin_failed"] != 10 || codes["rate_limited"] != 30 {
		t.Errorf("outcomes = %v, want 10 signin_failed and 30 rate_limited", codes)
	}
}

func TestSignIn_countSurvivesARestart(t *testing.T) {
	s, _ := begin(t)
	for range 10 {
		_, _ = s.SignIn(t.Context(), "owner@local", "wrong password", laptop) // counted
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), s.db.Dir, store.Options{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, err = account.New(db, account.Options{}).SignIn(t.Context(), "owner@local", password, laptop)
	wantCode(t, "after a restart", err, "rate_limited")
}

func TestSession_endsWhenItShould(t *testing.T) {
	tests := []struct {
		name string
		do   func(*site, *account.Signed, *account.Signed) error // the owner, and the member whose session it is
	}{
		{"sign-out", func(s *site, _, m *account.Signed) error { return s.SignOut(s.t.Context(), m.Token) }},
		{"expiry", func(s *site, _, _ *account.Signed) error { s.pass(30*24*time.Hour + time.Second); return nil }},
		{"disabled", func(s *site, o, m *account.Signed) error {
			yes := true
			_, err := s.Save(s.as(o.Token), m.User.ID, account.Change{Disabled: &yes})
			return err
		}},
		{"role", func(s *site, o, m *account.Signed) error {
			role := app.Member
			_, err := s.Save(s.as(o.Token), m.User.ID, account.Change{Role: &role})
			return err
		}},
		{"removed", func(s *site, o, m *account.Signed) error { return s.Remove(s.as(o.Token), m.User.ID) }},
		{"password set by the operator", func(s *site, _, m *account.Signed) error {
			ctx, err := s.Operator(s.t.Context())
			if err != nil {
				return err
			}
			_, err = s.SetPassword(ctx, m.User.Email, "another password")
			return err
		}},
		{"reset link used", func(s *site, o, m *account.Signed) error {
			link, err := s.ResetLink(s.as(o.Token), m.User.ID)
			if err != nil {
				return err
			}
			_, err = s.Accept(s.t.Context(), link.Token, "", "another password", "", laptop)
			return err
		}},
		{"password changed elsewhere", func(s *site, _, m *account.Signed) error {
			other := s.signIn(m.User.Email, password)
			return s.ChangePassword(s.as(other.Token), other.Token, password, "another password", laptop)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, owner := begin(t)
			m := s.join("m@local", app.Editor)
			s.wantLive("before", m.Token) // and remembered
			l, err := s.Session(t.Context(), m.Token)
			if err != nil {
				t.Fatal(err)
			}
			bound, release, err := s.Bind(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			if err := tt.do(s, owner, m); err != nil {
				t.Fatal(err)
			}
			s.wantEnded("after", m.Token)
			if tt.name == "expiry" {
				return
			}
			if bound.Err() == nil {
				t.Error("a stream of the ended session goes on")
			}
			if _, _, err := s.Bind(t.Context(), l); err == nil {
				t.Error("Bind took an ended session")
			}
		})
	}
}

func TestSession_ofTheOneWhoChangesThePasswordGoesOn(t *testing.T) {
	s, owner := begin(t)
	other := s.signIn("owner@local", password)
	if err := s.ChangePassword(t.Context(), owner.Token, password, "another password", laptop); err != nil {
		t.Fatal(err)
	}
	s.wantLive("the one who changed it", owner.Token)
	s.wantEnded("the other browser", other.Token)
	_, err := s.SignIn(t.Context(), "owner@local", password, laptop)
	wantCode(t, "the old password", err, "signin_failed")
	s.signIn("owner@local", "another password")
	wantCode(t, "a wrong current password", s.ChangePassword(t.Context(), owner.Token, "guess guess", "third password", laptop), "password_wrong")
}

func TestSession_slidesWhileItIsUsed(t *testing.T) {
	s, owner := begin(t)
	for range 6 {
		s.pass(20 * 24 * time.Hour)
		s.wantLive("after twenty days", owner.Token)
	}
	s.pass(31 * 24 * time.Hour)
	s.wantEnded("after a month without use", owner.Token)
}

func TestSession_refusesWhatIsNoToken(t *testing.T) {
	s, owner := begin(t)
	for _, token := range []string{"", "null", "sess-", owner.Token + "x", owner.Token[:len(owner.Token)-1], strings.Repeat("sess-", 100),
		strings.TrimPrefix(owner.Token, "sess-"), "link-" + strings.TrimPrefix(owner.Token, "sess-")} {
		s.wantEnded(token, token)
	}
}

func TestRoles_whoMayDoWhatToWhom(t *testing.T) {
	s, owner := begin(t)
	admin, admin2 := s.join("admin@local", app.Admin), s.join("admin2@local", app.Admin)
	editor, member := s.join("editor@local", app.Editor), s.join("member@local", app.Member)
	set := func(r app.Role) account.Change { return account.Change{Role: &r} }
	yes := true
	off := account.Change{Disabled: &yes}
	tests := []struct {
		name   string
		by, to *account.Signed
		change account.Change
		want   string
	}{
		{"admin makes admin", admin, editor, set(app.Admin), "owner_only"},
		{"admin makes owner", admin, editor, set(app.Owner), "role_invalid"},
		{"admin demotes admin", admin, admin2, set(app.Member), "owner_only"},
		{"admin disables admin", admin, admin2, off, "owner_only"},
		{"admin raises himself", admin, admin, set(app.Owner), "own_account"},
		{"admin disables himself", admin, admin, off, "own_account"},
		{"admin demotes owner", admin, owner, set(app.Member), "owner_protected"},
		{"admin disables owner", admin, owner, off, "owner_protected"},
		{"owner demotes himself", owner, owner, set(app.Admin), "own_account"},
		{"owner makes second owner", owner, admin, set(app.Owner), "role_invalid"},
		{"editor raises himself", editor, editor, set(app.Admin), "forbidden"},
		{"editor raises member", editor, member, set(app.Editor), "forbidden"},
		{"member disables editor", member, editor, off, "forbidden"},
		{"unknown role", owner, editor, set("god"), "role_invalid"},
		{"admin changes nothing", admin, editor, account.Change{}, ""},
		{"owner makes admin", owner, member, set(app.Admin), ""},
		{"owner unmakes admin", owner, member, set(app.Member), ""},
		{"admin raises member", admin, member, set(app.Editor), ""},
		{"admin disables editor", admin, editor, off, ""},
	}
	for _, tt := range tests {
		ctx := s.as(tt.by.Token)
		_, err := s.Save(ctx, tt.to.User.ID, tt.change)
		wantCode(t, tt.name, err, tt.want)
	}
	wantCode(t, "admin removes owner", s.Remove(s.as(admin.Token), owner.User.ID), "owner_protected")
	wantCode(t, "admin removes admin", s.Remove(s.as(admin.Token), admin2.User.ID), "owner_only")
	_, err := s.ResetLink(s.as(admin.Token), owner.User.ID)
	wantCode(t, "admin resets owner", err, "owner_protected")
	_, err = s.ResetLink(s.as(admin.Token), admin2.User.ID)
	wantCode(t, "admin resets admin", err, "owner_only")
	_, err = s.Invite(s.as(admin.Token), "x@local", app.Admin)
	wantCode(t, "admin invites admin", err, "owner_only")
	_, err = s.Invite(s.as(owner.Token), "x@local", app.Owner)
	wantCode(t, "owner invites owner", err, "role_invalid")
	_, err = s.HandOver(s.as(admin.Token), admin2.User.ID)
	wantCode(t, "admin hands over", err, "owner_only")
	_, err = s.RenameWorkspace(s.as(admin.Token), "二号站")
	wantCode(t, "admin renames", err, "")
	op, err := s.Operator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "operator removes owner", s.Remove(op, owner.User.ID), "owner_protected")
	wantCode(t, "a key's scope", s.Remove(app.WithScope(t.Context(), app.Scope{Workspace: app.ScopeOf(op).Workspace, App: "x"}), admin.User.ID), "forbidden")
}

func TestHandOver_leavesOneOwnerWhoCannotBeTouched(t *testing.T) {
	s, owner := begin(t)
	admin := s.join("admin@local", app.Admin)
	u, err := s.HandOver(s.as(owner.Token), admin.User.ID)
	if err != nil || u.Role != app.Owner {
		t.Fatalf("HandOver = %+v, %v", u, err)
	}
	l, err := s.Session(t.Context(), owner.Token)
	if err != nil || l.User.Role != app.Admin {
		t.Errorf("the old owner is %v, %v, want a signed-in admin", l, err)
	}
	_, err = s.HandOver(s.as(owner.Token), owner.User.ID)
	wantCode(t, "handing it back to himself", err, "owner_only")
	var all []*app.User
	err = s.db.View(s.as(owner.Token), func(sn *store.Snapshot) (err error) { all, _, err = sn.Members(100, 0); return err })
	if err != nil {
		t.Fatal(err)
	}
	owners := 0
	for _, u := range all {
		if u.Role == app.Owner {
			owners++
		}
	}
	if owners != 1 || len(all) != 2 {
		t.Errorf("%d owners of %d, want 1 of 2", owners, len(all))
	}
}
