package store

import (
	"database/sql"
	"strings"
	"time"

	"islet/app"
)

const guestColumns = `g.id, g.login, g.name, g.password_hash, g.disabled, g.created_at, g.last_seen_at`

// Guest is one guest of the workspace.
func (s *Snapshot) Guest(id app.ID) (*app.Guest, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	g, err := one(s, scanGuest, `SELECT `+guestColumns+` FROM guests g WHERE g.workspace_id = ? AND g.id = ?`, ws, id)
	return g, found(err, "user", "用户")
}

// GuestByLogin is the guest of the workspace with that name for signing in.
func (s *Snapshot) GuestByLogin(login string) (*app.Guest, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	g, err := one(s, scanGuest, `SELECT `+guestColumns+` FROM guests g WHERE g.workspace_id = ? AND g.login = ?`, ws, login)
	return g, found(err, "user", "用户")
}

// LetIn tells whether a guest may use an app.
func (s *Snapshot) LetIn(appID, guest app.ID) (bool, error) {
	n, err := one(s, number, `SELECT COUNT(*) FROM guest_apps WHERE app_id = ? AND guest_id = ?`, appID, guest)
	return n > 0, err
}

// Guests lists who was let in to an app, by login, and counts all that match.
func (s *Snapshot) Guests(appID app.ID, text string, limit, offset int) ([]*app.Guest, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	where, args := []string{"g.workspace_id = ?", "a.app_id = ?"}, []any{ws, appID}
	if text != "" {
		where, args = append(where, `(g.login LIKE ? ESCAPE '\' OR g.name LIKE ? ESCAPE '\')`), append(args, contains(text), contains(text))
	}
	from := ` FROM guests g JOIN guest_apps a ON a.guest_id = g.id WHERE ` + strings.Join(where, " AND ")
	total, err := one(s, number, `SELECT COUNT(*)`+from, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanGuest, `SELECT `+guestColumns+from+` ORDER BY g.login LIMIT ? OFFSET ?`, append(args, page(limit), offset)...)
	return list, int(total), err
}

// InsertGuest adds a guest. A login that is taken is login_taken.
func (tx *Tx) InsertGuest(g *app.Guest) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO guests (id, workspace_id, login, name, password_hash, disabled, created_by, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, g.ID, ws, g.Login, g.Name, g.PasswordHash, g.Disabled, tx.scope.User, ms(g.CreatedAt), msp(g.LastSeenAt))
	if isUnique(err) {
		return app.Errorf(app.Conflict, "login_taken", "%s is taken; choose another login", "登录名“%s”已被使用；请换一个", g.Login)
	}
	return err
}

// UpdateGuest writes a guest's name, password and whether the account is open.
func (tx *Tx) UpdateGuest(g *app.Guest) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`UPDATE guests SET name = ?, password_hash = ?, disabled = ? WHERE workspace_id = ? AND id = ?`, g.Name, g.PasswordHash, g.Disabled, ws, g.ID)
	return changed(n, err, "user", "用户")
}

// Admit lets a guest in to an app; twice is once.
func (tx *Tx) Admit(appID, guest app.ID) error {
	return tx.q.exec(`INSERT INTO guest_apps (app_id, guest_id, created_at) VALUES (?, ?, ?) ON CONFLICT (app_id, guest_id) DO NOTHING`, appID, guest, ms(tx.now))
}

// TurnAway takes an app away from a guest and ends the guest's sessions there. A guest with no app left is deleted.
func (tx *Tx) TurnAway(appID, guest app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM guest_apps WHERE app_id = ? AND guest_id IN (SELECT id FROM guests WHERE workspace_id = ? AND id = ?)`, appID, ws, guest)
	if err := changed(n, err, "user", "用户"); err != nil {
		return err
	}
	if err := tx.q.exec(`DELETE FROM guest_sessions WHERE app_id = ? AND guest_id = ?`, appID, guest); err != nil {
		return err
	}
	return tx.q.exec(`DELETE FROM guests WHERE id = ? AND NOT EXISTS (SELECT 1 FROM guest_apps WHERE guest_id = guests.id)`, guest)
}

// GuestLogin is a session with its guest.
type GuestLogin struct {
	Session app.GuestSession
	Guest   app.Guest
}

// GuestLogin is the session whose token has that hash, if its guest still may use the session's app; it asks for no scope.
func (s *Snapshot) GuestLogin(tokenHash []byte) (*GuestLogin, error) {
	const q = `SELECT s.id, s.app_id, s.guest_id, s.token_hash, s.address, s.agent, s.created_at, s.expires_at, ` + guestColumns + ` FROM guest_sessions s
		JOIN guests g ON g.id = s.guest_id JOIN guest_apps a ON a.guest_id = s.guest_id AND a.app_id = s.app_id WHERE s.token_hash = ?`
	l, err := one(s, scanGuestLogin, q, tokenHash)
	return l, found(err, "session", "会话")
}

// InsertGuestSession adds a session and drops those that have expired.
func (tx *Tx) InsertGuestSession(s *app.GuestSession) error {
	if err := tx.q.exec(`DELETE FROM guest_sessions WHERE expires_at < ?`, ms(tx.now)); err != nil {
		return err
	}
	const q = `INSERT INTO guest_sessions (id, token_hash, app_id, guest_id, address, agent, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, s.ID, s.TokenHash, s.App, s.Guest, s.Address, s.Agent, ms(s.CreatedAt), ms(s.ExpiresAt))
}

// TouchGuestSession notes that a guest was here.
func (tx *Tx) TouchGuestSession(s *app.GuestSession, expires time.Time) error {
	if err := tx.q.exec(`UPDATE guest_sessions SET expires_at = ? WHERE id = ?`, ms(expires), s.ID); err != nil {
		return err
	}
	return tx.q.exec(`UPDATE guests SET last_seen_at = ? WHERE id = ?`, ms(tx.now), s.Guest)
}

// DeleteGuestSession ends one session.
func (tx *Tx) DeleteGuestSession(id app.ID) error {
	return tx.q.exec(`DELETE FROM guest_sessions WHERE id = ?`, id)
}

// DeleteGuestSessions ends all sessions of a guest but one.
func (tx *Tx) DeleteGuestSessions(guest, keep app.ID) error {
	return tx.q.exec(`DELETE FROM guest_sessions WHERE guest_id = ? AND id <> ?`, guest, keep)
}

const guestLinkColumns = `id, app_id, guest_id, token_hash, hint, note, uses, used, created_by, created_at, expires_at`

// GuestLinks lists the open invitations of an app, the newest first.
func (s *Snapshot) GuestLinks(appID app.ID) ([]*app.GuestLink, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + guestLinkColumns + ` FROM guest_links WHERE workspace_id = ? AND app_id = ? AND guest_id IS NULL AND used < uses AND expires_at > ? ORDER BY created_at DESC, id DESC`
	return many(s, scanGuestLink, q, ws, appID, ms(s.now))
}

// GuestLinkByToken is the link of an app whose token has that hash, used or not.
func (s *Snapshot) GuestLinkByToken(appID app.ID, tokenHash []byte) (*app.GuestLink, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	l, err := one(s, scanGuestLink, `SELECT `+guestLinkColumns+` FROM guest_links WHERE workspace_id = ? AND app_id = ? AND token_hash = ?`, ws, appID, tokenHash)
	return l, found(err, "link", "链接")
}

// InsertGuestLink adds a link.
func (tx *Tx) InsertGuestLink(l *app.GuestLink) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO guest_links (id, workspace_id, app_id, guest_id, token_hash, hint, note, uses, used, created_by, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`
	return tx.q.exec(q, l.ID, ws, l.App, nullable(l.Guest), l.TokenHash, l.Hint, l.Note, l.Uses, l.CreatedBy, ms(l.CreatedAt), ms(l.ExpiresAt))
}

// UseGuestLink counts one use. A link that is used up is a Conflict.
func (tx *Tx) UseGuestLink(id app.ID) error {
	n, err := tx.q.affected(`UPDATE guest_links SET used = used + 1 WHERE id = ? AND used < uses`, id)
	if err == nil && n == 0 {
		return app.Errorf(app.Conflict, "link_used", "this link was used already; ask for a new one", "此链接已被使用；请索取新的链接")
	}
	return err
}

// DeleteGuestLink withdraws a link of an app.
func (tx *Tx) DeleteGuestLink(appID, id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM guest_links WHERE workspace_id = ? AND app_id = ? AND id = ?`, ws, appID, id)
	return changed(n, err, "invitation", "邀请")
}

// DeleteGuestLinksOf withdraws the links that set a guest's password.
func (tx *Tx) DeleteGuestLinksOf(guest app.ID) error {
	return tx.q.exec(`DELETE FROM guest_links WHERE guest_id = ?`, guest)
}

func guestDest(g *app.Guest) ([]any, func()) {
	var created int64
	var seen sql.NullInt64
	dest := []any{&g.ID, &g.Login, &g.Name, &g.PasswordHash, &g.Disabled, &created, &seen}
	return dest, func() { g.CreatedAt, g.LastSeenAt, g.Ready = at(created), atp(seen), g.PasswordHash != "" }
}

func scanGuest(r row) (*app.Guest, error) {
	var g app.Guest
	dest, finish := guestDest(&g)
	err := r.Scan(dest...)
	finish()
	return &g, err
}

func scanGuestLogin(r row) (*GuestLogin, error) {
	var l GuestLogin
	var created, expires int64
	dest, finish := guestDest(&l.Guest)
	s := &l.Session
	err := r.Scan(append([]any{&s.ID, &s.App, &s.Guest, &s.TokenHash, &s.Address, &s.Agent, &created, &expires}, dest...)...)
	s.CreatedAt, s.ExpiresAt = at(created), at(expires)
	finish()
	return &l, err
}

func scanGuestLink(r row) (*app.GuestLink, error) {
	var l app.GuestLink
	var guest sql.NullString
	var created, expires int64
	err := r.Scan(&l.ID, &l.App, &guest, &l.TokenHash, &l.Hint, &l.Note, &l.Uses, &l.Used, &l.CreatedBy, &created, &expires)
	l.Guest, l.CreatedAt, l.ExpiresAt = app.ID(guest.String), at(created), at(expires)
	return &l, err
}
