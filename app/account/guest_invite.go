package account

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// Codes asks for invitation codes of an app.
type Codes struct {
	Count int    `json:"count"` // how many codes; 0 is 1
	Uses  int    `json:"uses"`  // how many people each lets in; 0 is 1
	Days  int    `json:"days"`  // how long they can be used; 0 is 14
	Note  string `json:"note"`
}

// Code is an invitation as it is shown, once, to who made it: on the screen, as a link, or printed.
type Code struct {
	Link *app.GuestLink `json:"link"`
	Code string         `json:"code"` // like ABCD-EFGH-IJKL
}

// InviteGuests makes invitation codes for an app. Whoever has one chooses a login and a password.
func (a *Accounts) InviteGuests(ctx context.Context, appID app.ID, c Codes) ([]Code, error) {
	c.Count, c.Uses = max(c.Count, 1), max(c.Uses, 1)
	if c.Days <= 0 {
		c.Days = 14
	}
	if c.Count > maxCodes || c.Uses > maxUses || c.Days > maxDays {
		return nil, app.Errorf(app.Invalid, "invalid_param", "make at most %d codes at once, for at most %d people and %d days each", "一次最多生成 %d 个邀请码，每个最多 %d 人使用、有效期最长 %d 天", maxCodes, maxUses, maxDays)
	}
	if c.Note = strings.TrimSpace(c.Note); len([]rune(c.Note)) > maxNote {
		return nil, app.Errorf(app.Invalid, "too_long", "a note takes at most %d characters", "备注最多 %d 个字符", maxNote)
	}
	out := make([]Code, c.Count)
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		if err := editing(tx, appID); err != nil {
			return err
		}
		for i := range out {
			code := rand.Text()[:codeLength]
			hash := hashToken(code)
			l := &app.GuestLink{ID: app.NewID(), App: appID, Hint: code[:4], Note: c.Note, Uses: c.Uses, CreatedBy: tx.Scope().User, CreatedAt: tx.Now(),
				ExpiresAt: tx.Now().Add(time.Duration(c.Days) * 24 * time.Hour), TokenHash: hash[:]}
			if err := tx.InsertGuestLink(l); err != nil {
				return err
			}
			out[i] = Code{Link: l, Code: code[:4] + "-" + code[4:8] + "-" + code[8:]}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// WithdrawCode makes an invitation of an app useless. Who used it stays.
func (a *Accounts) WithdrawCode(ctx context.Context, appID, id app.ID) error {
	return a.db.Update(ctx, func(tx *store.Tx) error {
		if err := editing(tx, appID); err != nil {
			return err
		}
		return tx.DeleteGuestLink(appID, id)
	})
}

// typed brings a code as people copy it from paper into the form in which it was made. Its letters are those that cannot be
// taken for one another; what looks like one of them is read as it.
func typed(token string) string {
	if strings.HasPrefix(token, linkPrefix) {
		return token
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= '2' && r <= '7':
			return r
		case r == '0':
			return 'O'
		case r == '1':
			return 'I'
		case r == '8':
			return 'B'
		}
		return -1
	}, strings.ToUpper(fold(token)))
}

var errCode = app.Errorf(app.Invalid, "code_invalid", "this invitation is not valid any more, or was typed wrongly; check it, or ask for a new one", "邀请码无效、已过期或输入有误；请核对后重试，或索取新的邀请码")

// usableCode is the link of an app that a token opens, while it can be used.
func usableCode(s *store.Snapshot, appID app.ID, token string) (*app.GuestLink, error) {
	if len(token) > 128 || token == "" {
		return nil, errCode
	}
	hash := hashToken(token)
	l, err := s.GuestLinkByToken(appID, hash[:])
	if app.KindOf(err) == app.NotFound || err == nil && (l.Used >= l.Uses || !l.ExpiresAt.After(s.Now())) {
		return nil, errCode
	}
	return l, err
}

// Door is the web app at which a guest stands. The scope of every ctx below is its workspace.
type Door struct {
	App    app.ID
	Client Client
}

// OpenCode is what the holder of an invitation or of a link for a new password sees before using it; Guest is nil for an
// invitation. Guesses are counted per address.
func (a *Accounts) OpenCode(ctx context.Context, d Door, token string) (l *app.GuestLink, g *app.Guest, err error) {
	err = a.countGuesses(ctx, d, func() error {
		return a.db.View(ctx, func(s *store.Snapshot) error {
			if l, err = usableCode(s, d.App, typed(token)); err != nil || l.Guest == "" {
				return err
			}
			g, err = s.Guest(l.Guest)
			return err
		})
	})
	return l, g, err
}

// countGuesses runs look and counts it as a failure of the address where it is errCode.
func (a *Accounts) countGuesses(ctx context.Context, d Door, look func() error) error {
	address := addressBucket(d.Client)
	if err := a.admit(ctx, maxFailures, address); err != nil {
		return err
	}
	err := look()
	if err == errCode { //nolint:errorlint // the very value
		return err
	}
	return firstOf(err, a.db.Update(ctx, func(tx *store.Tx) error { return forgiveAddress(tx, address) }))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Join uses an invitation or a link for a new password, and signs the guest in. With a link, login and name of g do not count.
// An invitation with the login of an account that is there lets that guest in, if the password is right.
func (a *Accounts) Join(ctx context.Context, d Door, token string, g NewGuest) (*SignedGuest, error) {
	token = typed(token)
	link, old, err := a.OpenCode(ctx, d, token)
	if err != nil {
		return nil, err
	}
	if old != nil {
		return a.joinReset(ctx, d, token, old, g.Password)
	}
	if g.Password == "" {
		return nil, checkPassword("", "")
	}
	login, err := checkLogin(g.Login)
	if err != nil {
		return nil, err
	}
	var known *app.Guest
	err = a.db.View(ctx, func(s *store.Snapshot) error { known, err = s.GuestByLogin(login); return err })
	if err == nil {
		return a.joinKnown(ctx, d, token, link, known, g.Password)
	}
	if app.KindOf(err) != app.NotFound {
		return nil, err
	}
	fresh, err := a.draftGuest(ctx, g)
	if err != nil {
		return nil, err
	}
	var signed *SignedGuest
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := takeCode(tx, d.App, token); err != nil {
			return err
		}
		if err := tx.InsertGuest(fresh); err != nil {
			return err
		}
		if err := tx.Admit(d.App, fresh.ID); err != nil {
			return err
		}
		signed, err = a.openGuest(tx, d, fresh)
		return err
	})
	return signed, err
}

func takeCode(tx *store.Tx, appID app.ID, token string) error {
	l, err := usableCode(&tx.Snapshot, appID, token)
	if err != nil {
		return err
	}
	return tx.UseGuestLink(l.ID)
}

// joinKnown lets a guest who has an account in to one more app.
func (a *Accounts) joinKnown(ctx context.Context, d Door, token string, _ *app.GuestLink, g *app.Guest, password string) (*SignedGuest, error) {
	return a.proven(ctx, d, g.Login, password, func(tx *store.Tx, g *app.Guest) error {
		if in, err := tx.LetIn(d.App, g.ID); err != nil || in {
			return err // the invitation is for somebody else
		}
		if err := takeCode(tx, d.App, token); err != nil {
			return err
		}
		return tx.Admit(d.App, g.ID)
	})
}

func (a *Accounts) joinReset(ctx context.Context, d Door, token string, g *app.Guest, password string) (*SignedGuest, error) {
	if err := checkPassword(password, g.Login); err != nil {
		return nil, err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	var signed *SignedGuest
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := takeCode(tx, d.App, token); err != nil {
			return err
		}
		now, err := tx.Guest(g.ID)
		if err != nil {
			return err
		}
		if now.Disabled {
			return errCode
		}
		if err := setGuestPassword(tx, now, hash, ""); err != nil {
			return err
		}
		if err := tx.DeleteAttempt(guestBucket(tx.Scope().Workspace, now.Login)); err != nil {
			return err
		}
		signed, err = a.openGuest(tx, d, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.end(g.ID, allBut(""))
	return signed, nil
}
