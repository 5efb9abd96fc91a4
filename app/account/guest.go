package account

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

// Guests are people with an account for published web apps only: see app.Guest. Editors make, import, invite, reset and disable
// them; nothing needs a mail server. A guest's session belongs to one web app and opens no other; a new password, a disabled
// account and a lost app end it at once, streams included.

const (
	guestPrefix = "guest-"
	codeLength  = 12 // characters of an invitation code, 60 random bits: guesses are counted per address
	maxUses     = 1000
	maxCodes    = 200
	maxDays     = 365
	minLogin    = 2
	maxLogin    = 64
	maxNote     = 100

	// MaxGuestImport is how many guests one file may bring.
	MaxGuestImport = 500
)

// checkLogin brings the name for signing in into the form in which it is stored. Letters of any script will do: many sites
// number their people, others use names or addresses.
func checkLogin(login string) (string, error) {
	login = fold(login)
	n := utf8.RuneCountInString(login)
	bad := strings.ContainsFunc(login, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("._-@+", r)
	})
	if n < minLogin || n > maxLogin || bad {
		return "", app.Errorf(app.Invalid, "login_invalid", "a login has %d to %d letters, digits or . _ - @", "登录名需为 %d 至 %d 个字母、数字或 . _ - @", minLogin, maxLogin)
	}
	return login, nil
}

// editing is who acts, if he may manage the guests of an app that is there.
func editing(tx *store.Tx, appID app.ID) error {
	by, err := acting(tx)
	if err != nil {
		return err
	}
	if !by.role.AtLeast(app.Editor) {
		return errForbidden
	}
	_, err = tx.App(appID)
	return err
}

// managedGuest is a guest of an app whom the person who asks may manage.
func managedGuest(tx *store.Tx, appID, id app.ID) (*app.Guest, error) {
	if err := editing(tx, appID); err != nil {
		return nil, err
	}
	if in, err := tx.LetIn(appID, id); err != nil || !in {
		return nil, errors.Join(err, app.Missing("user", "用户"))
	}
	return tx.Guest(id)
}

// NewGuest is what an editor knows of a person to be let in.
type NewGuest struct {
	Login    string `json:"login"`
	Name     string `json:"name"`     // "" is the login
	Password string `json:"password"` // "" makes a link with which the guest chooses one
}

// MadeGuest is a guest who was let in, with the secret part of the link for choosing a password where one is needed.
type MadeGuest struct {
	Guest *app.Guest `json:"guest"`
	Known bool       `json:"known"` // had an account already, which stays as it is
	Link  string     `json:"token,omitempty"`
}

// AddGuest lets a person in to an app. Somebody who has an account keeps it, whatever name or password g says.
func (a *Accounts) AddGuest(ctx context.Context, appID app.ID, g NewGuest) (*MadeGuest, error) {
	guest, err := a.draftGuest(ctx, g)
	if err != nil {
		return nil, err
	}
	made := &MadeGuest{Guest: guest}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := editing(tx, appID); err != nil {
			return err
		}
		old, err := tx.GuestByLogin(guest.Login)
		switch {
		case err == nil:
			made.Guest, made.Known = old, true
		case app.KindOf(err) != app.NotFound:
			return err
		default:
			if err := tx.InsertGuest(guest); err != nil {
				return err
			}
		}
		if err := tx.Admit(appID, made.Guest.ID); err != nil {
			return err
		}
		if !made.Guest.Ready {
			made.Link, err = a.insertReset(tx, appID, made.Guest.ID)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// draftGuest checks what was entered and hashes the password.
func (a *Accounts) draftGuest(ctx context.Context, g NewGuest) (*app.Guest, error) {
	login, err := checkLogin(g.Login)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(g.Name) == "" {
		g.Name = login
	}
	name, err := checkName(g.Name, app.Textf("name", "姓名"))
	if err != nil {
		return nil, err
	}
	out := &app.Guest{ID: app.NewID(), Login: login, Name: name, CreatedAt: a.db.Now()}
	if g.Password == "" {
		return out, nil
	}
	if err := checkPassword(g.Password, login); err != nil {
		return nil, err
	}
	out.PasswordHash, err = a.hash(ctx, g.Password)
	out.Ready = err == nil
	return out, err
}

// ImportedGuest is what became of one row of a file.
type ImportedGuest struct {
	Row int `json:"row"`
	*MadeGuest
	Error *app.Failure `json:"error,omitempty"`
}

// ImportGuests lets many people in. A row that cannot be taken says why and keeps no other from being taken.
func (a *Accounts) ImportGuests(ctx context.Context, appID app.ID, rows []NewGuest) ([]ImportedGuest, error) {
	if len(rows) > MaxGuestImport {
		return nil, app.Errorf(app.TooLarge, "too_many_rows", "the file has %d people; import at most %d at once", "文件包含 %d 人；一次最多导入 %d 人", len(rows), MaxGuestImport)
	}
	out := make([]ImportedGuest, len(rows))
	for i, g := range rows {
		out[i].Row = i + 1
		made, err := a.AddGuest(ctx, appID, g)
		if e := app.AsError(err); e != nil {
			if e.Kind == app.Forbidden || e.Kind == app.NotFound || e.Kind == app.Internal {
				return nil, err // not about the row
			}
			out[i].Error = &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
			continue
		}
		out[i].MadeGuest = made
	}
	return out, nil
}

// GuestChange is what an editor may change of a guest; nil leaves a field alone.
type GuestChange struct {
	Name     *string `json:"name"`
	Disabled *bool   `json:"disabled"`
}

// EditGuest renames, disables or enables a guest. A disabled one is signed out everywhere at once.
func (a *Accounts) EditGuest(ctx context.Context, appID, id app.ID, c GuestChange) (g *app.Guest, err error) {
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if g, err = managedGuest(tx, appID, id); err != nil {
			return err
		}
		if c.Name != nil {
			if g.Name, err = checkName(*c.Name, app.Textf("name", "姓名")); err != nil {
				return err
			}
		}
		if c.Disabled != nil {
			g.Disabled = *c.Disabled
		}
		if err := tx.UpdateGuest(g); err != nil || !g.Disabled {
			return err
		}
		return errors.Join(tx.DeleteGuestSessions(id, ""), tx.DeleteGuestLinksOf(id))
	})
	if err != nil {
		return nil, err
	}
	if g.Disabled {
		a.end(id, allBut(""))
	}
	return g, nil
}

// TurnAway takes an app away from a guest. The conversations stay in the app's log; a guest without any app is deleted.
func (a *Accounts) TurnAway(ctx context.Context, appID, id app.ID) error {
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := managedGuest(tx, appID, id); err != nil {
			return err
		}
		return tx.TurnAway(appID, id)
	})
	if err == nil {
		a.end(id, allBut("")) // streams of the guest's other apps are taken up again by their pages
	}
	return err
}

// GuestReset makes a link with which a guest chooses a new password; older ones are withdrawn. The old password works until then.
func (a *Accounts) GuestReset(ctx context.Context, appID, id app.ID) (token string, g *app.Guest, err error) {
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if g, err = managedGuest(tx, appID, id); err != nil {
			return err
		}
		if g.Disabled {
			return app.Errorf(app.Conflict, "account_disabled", "%s is disabled; enable the account first", "%s 的账号已停用；请先启用", g.Name)
		}
		token, err = a.insertReset(tx, appID, id)
		return err
	})
	return token, g, err
}

func (a *Accounts) insertReset(tx *store.Tx, appID, guest app.ID) (string, error) {
	if err := tx.DeleteGuestLinksOf(guest); err != nil {
		return "", err
	}
	token := linkPrefix + a.o.Token()
	hash := hashToken(token)
	return token, tx.InsertGuestLink(&app.GuestLink{ID: app.NewID(), App: appID, Guest: guest, Uses: 1, CreatedBy: tx.Scope().User, CreatedAt: tx.Now(),
		ExpiresAt: tx.Now().Add(resetLife), TokenHash: hash[:]})
}

// resetLife is longer than for members: printed slips and imports reach people late.
const resetLife = 14 * 24 * time.Hour
