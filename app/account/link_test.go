package account_test

import (
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

func TestLink_worksOnceWithinThreeDays(t *testing.T) {
	s, owner := begin(t)
	link, err := s.Invite(s.as(owner.Token), "New@Local", app.Editor)
	if err != nil {
		t.Fatal(err)
	}
	open, err := s.Link(t.Context(), link.Token)
	if err != nil || open.Invite.Email != "new@local" || open.InvitedBy != "李雷" || open.WorkspaceName != "一号站" {
		t.Errorf("Link = %+v, %v", open, err)
	}
	_, err = s.Accept(t.Context(), link.Token, "新人", "short", app.Chinese, laptop)
	wantCode(t, "weak password", err, "password_weak") // and the link still works
	in, err := s.Accept(t.Context(), link.Token, "新人", password, app.Chinese, laptop)
	if err != nil || in.User.Role != app.Editor || in.User.Email != "new@local" {
		t.Fatalf("Accept = %+v, %v", in, err)
	}
	s.wantLive("the new person", in.Token)
	_, err = s.Accept(t.Context(), link.Token, "再来", password, app.Chinese, laptop)
	wantCode(t, "used link", err, "link_invalid")
	_, err = s.Invite(s.as(owner.Token), "new@local", app.Editor)
	wantCode(t, "inviting a member", err, "email_taken")

	old, err := s.Invite(s.as(owner.Token), "late@local", app.Editor)
	if err != nil {
		t.Fatal(err)
	}
	s.pass(72*time.Hour + time.Second)
	_, err = s.Link(t.Context(), old.Token)
	wantCode(t, "expired link", err, "link_invalid")
}

func TestLink_refusesWhatIsNoneOfItsKind(t *testing.T) {
	s, owner := begin(t)
	m := s.join("m@local", app.Editor)
	first, err := s.ResetLink(s.as(owner.Token), m.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ResetLink(s.as(owner.Token), m.User.ID); err != nil {
		t.Fatal(err)
	}
	withdrawn, err := s.Invite(s.as(owner.Token), "x@local", app.Member)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Withdraw(s.as(owner.Token), withdrawn.Invite.ID); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"null": "null", "empty": "", "prefix": "link-", "a session": m.Token,
		"replaced": first.Token, "withdrawn": withdrawn.Token, "long": "link-" + strings.Repeat("x", 4000)} {
		_, err := s.Accept(t.Context(), token, "n", password, "", laptop)
		wantCode(t, name, err, "link_invalid")
	}
}

func TestLink_diesWithTheRightsOfWhoMadeIt(t *testing.T) {
	s, owner := begin(t)
	admin := s.join("admin@local", app.Admin)
	link, err := s.Invite(s.as(admin.Token), "x@local", app.Editor)
	if err != nil {
		t.Fatal(err)
	}
	role := app.Member
	if _, err := s.Save(s.as(owner.Token), admin.User.ID, account.Change{Role: &role}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Accept(t.Context(), link.Token, "n", password, "", laptop)
	wantCode(t, "a link of a demoted admin", err, "link_invalid")
}

func TestLink_parallelUsesMakeOneAccount(t *testing.T) {
	s, owner := begin(t)
	link, err := s.Invite(s.as(owner.Token), "x@local", app.Editor)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 10 {
		wg.Go(func() {
			if _, err := s.Accept(t.Context(), link.Token, "n", password, "", laptop); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("the link worked %d times, want once", won)
	}
}

func TestProfile_changesOnlyWhatIsSaid(t *testing.T) {
	s, owner := begin(t)
	ctx := s.as(owner.Token)
	theme, lang := "dark", app.English
	u, err := s.SaveProfile(ctx, account.Profile{Theme: &theme, Lang: &lang})
	if err != nil || u.Theme != "dark" || u.Lang != app.English || u.Name != "李雷" {
		t.Errorf("SaveProfile = %+v, %v", u, err)
	}
	l, err := s.Session(t.Context(), owner.Token)
	if err != nil || account.ScopeOf(l).Lang != app.English {
		t.Errorf("the session still speaks %v, %v", l, err)
	}
	bad := "neon"
	_, err = s.SaveProfile(ctx, account.Profile{Theme: &bad})
	wantCode(t, "theme", err, "invalid_param")
	me, ws, err := s.Me(ctx)
	if err != nil || me.Theme != "dark" || ws.Name != "一号站" {
		t.Errorf("Me = %+v, %+v, %v", me, ws, err)
	}
}

func TestTokens_areKeptAsHashesOnly(t *testing.T) {
	s, owner := begin(t)
	link, err := s.Invite(s.as(owner.Token), "x@local", app.Editor)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(s.db.Dir, store.MainFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"session": owner.Token, "link": link.Token, "password": password} {
		if strings.Contains(string(raw), strings.TrimPrefix(strings.TrimPrefix(secret, "sess-"), "link-")) {
			t.Errorf("the database holds the %s itself", name)
		}
	}
	if !strings.Contains(string(raw), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("no argon2id hash in the database")
	}
}
