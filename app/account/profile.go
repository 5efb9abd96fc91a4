package account

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"islet/app"
	"islet/store"
)

// maxName is the longest name of a person or workspace, in characters.
const maxName = 64

// Profile is what a person may change of himself; nil leaves a field alone.
type Profile struct {
	Name  *string
	Lang  *app.Lang
	Theme *string
}

// Me is the person who asks, and the workspace.
func (a *Accounts) Me(ctx context.Context) (u *app.User, ws *app.Workspace, err error) {
	err = a.db.View(ctx, func(s *store.Snapshot) error {
		if u, err = s.Member(s.Scope().User); err != nil {
			return err
		}
		ws, err = s.Workspace()
		return err
	})
	return u, ws, err
}

// SaveProfile changes the person who asks.
func (a *Accounts) SaveProfile(ctx context.Context, p Profile) (u *app.User, err error) {
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if u, err = tx.Member(tx.Scope().User); err != nil {
			return err
		}
		if err := p.apply(u); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	if err != nil {
		return nil, err
	}
	a.changed(u.ID)
	return u, nil
}

func (p Profile) apply(u *app.User) (err error) {
	if p.Name != nil {
		if u.Name, err = checkName(*p.Name, app.Textf("name", "姓名")); err != nil {
			return err
		}
	}
	if p.Lang != nil {
		if u.Lang, err = checkLang(*p.Lang); err != nil {
			return err
		}
	}
	if p.Theme != nil {
		switch *p.Theme {
		case "light", "dark", "system":
			u.Theme = *p.Theme
		default:
			return app.Errorf(app.Invalid, "invalid_param", "the theme is light, dark or system", "主题只能是 light、dark 或 system")
		}
	}
	return nil
}

// ChangePassword gives the person who asks another password, if the current one is right. Every session but the one of token ends.
func (a *Accounts) ChangePassword(ctx context.Context, token, current, password string, c Client) error {
	l, err := a.Session(ctx, token)
	if err != nil {
		return err
	}
	account, address := accountBucket(l.User.Email), addressBucket(c)
	if err := a.admit(ctx, maxFailures, account, address); err != nil {
		return err
	}
	ok, err := a.matches(ctx, current, l.User.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return app.Errorf(app.Invalid, "password_wrong", "the current password is wrong", "当前密码不正确")
	}
	if err := checkPassword(password, l.User.Email); err != nil {
		return err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	err = a.db.Update(app.WithScope(ctx, ScopeOf(l)), func(tx *store.Tx) error {
		u, err := tx.Member(l.User.ID)
		if err != nil {
			return err
		}
		if u.PasswordHash != l.User.PasswordHash {
			return app.Errorf(app.Conflict, "password_changed", "the password was changed a moment ago; sign in with the new one", "密码刚刚已被修改；请用新密码登录")
		}
		if err := forgive(tx, account, address); err != nil {
			return err
		}
		return setPassword(tx, u, hash, l.Session.ID)
	})
	if err == nil {
		a.end(l.User.ID, allBut(l.Session.ID))
	}
	return err
}

// setPassword stores a new hash and ends what the old password had opened, but the session to keep.
func setPassword(tx *store.Tx, u *app.User, hash string, keep app.ID) error {
	u.PasswordHash = hash
	if err := tx.UpdateUser(u); err != nil {
		return err
	}
	if err := tx.DeleteSessions(u.ID, keep); err != nil {
		return err
	}
	return tx.DeleteLinksOf(u.ID)
}

// RenameWorkspace renames the site. It takes an administrator.
func (a *Accounts) RenameWorkspace(ctx context.Context, name string) (ws *app.Workspace, err error) {
	if name, err = checkName(name, app.Textf("workspace name", "工作区名称")); err != nil {
		return nil, err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		by, err := acting(tx)
		if err != nil {
			return err
		}
		if !by.role.AtLeast(app.Admin) {
			return errForbidden
		}
		if err := tx.RenameWorkspace(name); err != nil {
			return err
		}
		ws, err = tx.Workspace()
		return err
	})
	return ws, err
}

// newUser checks what a new person entered and hashes the password.
func (a *Accounts) newUser(ctx context.Context, email, name, password string, role app.Role, lang app.Lang) (*app.User, error) {
	email, err := checkEmail(email)
	if err != nil {
		return nil, err
	}
	if name, err = checkName(name, app.Textf("name", "姓名")); err != nil {
		return nil, err
	}
	if lang, err = checkLang(lang); err != nil {
		return nil, err
	}
	if err := checkPassword(password, email); err != nil {
		return nil, err
	}
	hash, err := a.hash(ctx, password)
	return &app.User{ID: app.NewID(), Email: email, Name: name, Role: role, Lang: lang, Theme: "system",
		CreatedAt: a.db.Now(), PasswordHash: hash}, err
}

// fold brings an e-mail address into the form in which it is stored: narrow characters (an input method may have typed wide
// ones), lower case, no blanks around.
func fold(email string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(clip(email, 1024))))
}

// checkEmail asks for something@something. Closed sites have addresses like admin@local, so it asks for no more.
func checkEmail(email string) (string, error) {
	email = fold(email)
	name, host, ok := strings.Cut(email, "@")
	bad := strings.ContainsFunc(email, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError })
	if !ok || name == "" || host == "" || strings.Contains(host, "@") || bad || len(email) > 254 {
		return "", app.Errorf(app.Invalid, "email_invalid", "enter an e-mail address such as name@company; it is only the name to sign in with", "请输入邮箱地址，例如 name@company；它仅用作登录名")
	}
	return email, nil
}

func checkName(name string, what app.Text) (string, error) {
	name = strings.TrimSpace(name)
	n := utf8.RuneCountInString(name)
	if n == 0 || n > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", app.Errorf(app.Invalid, "name_invalid", "the %[1]s needs 1 to %[3]d characters on one line", "%[2]s需为一行 1 至 %[3]d 个字符", what.En, what.Zh, maxName)
	}
	return name, nil
}

func checkLang(l app.Lang) (app.Lang, error) {
	switch l {
	case "":
		return app.Chinese, nil // most sites are
	case app.English, app.Chinese:
		return l, nil
	}
	return "", app.Errorf(app.Invalid, "invalid_param", "the language is zh-CN or en", "语言只能是 zh-CN 或 en")
}
