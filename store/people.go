package store

import (
	"database/sql"
	"errors"
	"time"

	"islet/app"
)

const userColumns = `u.id, u.email, u.name, u.password_hash, m.role, u.language, u.theme, u.disabled, u.created_at, u.last_seen_at`

// Members are the people of the workspace, the oldest first, and how many there are.
func (s *Snapshot) Members(limit, offset int) ([]*app.User, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	total, err := one(s, number, `SELECT count(*) FROM members WHERE workspace_id = ?`, ws)
	if err != nil {
		return nil, 0, err
	}
	const q = `SELECT ` + userColumns + ` FROM members m JOIN users u ON u.id = m.user_id
		WHERE m.workspace_id = ? ORDER BY u.created_at, u.id LIMIT ? OFFSET ?`
	us, err := many(s, scanUser, q, ws, limit, offset)
	return us, int(total), err
}

// Member is one person of the workspace.
func (s *Snapshot) Member(id app.ID) (*app.User, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + userColumns + ` FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ? AND u.id = ?`
	u, err := one(s, scanUser, q, ws, id)
	return u, found(err, "member", "成员")
}

// UserByEmail is the person with that e-mail address, for signing in: it asks for no scope.
func (s *Snapshot) UserByEmail(email string) (*app.User, error) {
	const q = `SELECT ` + userColumns + ` FROM users u JOIN members m ON m.user_id = u.id WHERE u.email = ?`
	u, err := one(s, scanUser, q, email)
	return u, found(err, "account", "账号")
}

// InsertUser adds a person as a member of the workspace, with u.Role. An e-mail address that is taken is email_taken.
func (tx *Tx) InsertUser(u *app.User) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const users = `INSERT INTO users (id, email, name, password_hash, language, theme, disabled, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(users, u.ID, u.Email, u.Name, u.PasswordHash, u.Lang, u.Theme, u.Disabled, ms(u.CreatedAt), msp(u.LastSeenAt))
	if isUnique(err) {
		return app.Errorf(app.Conflict, "email_taken", "%s already has an account; choose another e-mail address", "%s 已有账号；请使用其他邮箱", u.Email)
	}
	if err != nil {
		return err
	}
	const members = `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?, ?, ?, ?)`
	return tx.q.exec(members, ws, u.ID, u.Role, ms(tx.now))
}

// UpdateUser writes what a person's row holds: name, language, theme, disabled and the password's hash.
func (tx *Tx) UpdateUser(u *app.User) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE users SET name = ?, language = ?, theme = ?, disabled = ?, password_hash = ?
		WHERE id = ? AND id IN (SELECT user_id FROM members WHERE workspace_id = ?)`
	n, err := tx.q.affected(q, u.Name, u.Lang, u.Theme, u.Disabled, u.PasswordHash, u.ID, ws)
	return changed(n, err, "member", "成员")
}

// SetRole gives a member another role. A second owner breaks a rule of the schema.
func (tx *Tx) SetRole(id app.ID, role app.Role) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE members SET role = ? WHERE workspace_id = ? AND user_id = ?`
	n, err := tx.q.affected(q, role, ws, id)
	return changed(n, err, "member", "成员")
}

// DeleteUser removes a member with the person's sessions and reset links. What the person made stays.
func (tx *Tx) DeleteUser(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `DELETE FROM users WHERE id = ? AND id IN (SELECT user_id FROM members WHERE workspace_id = ?)`
	n, err := tx.q.affected(q, id, ws)
	return changed(n, err, "member", "成员")
}

// Login is a session with its person and the person's workspace, as a cookie finds them.
type Login struct {
	Session   app.Session
	User      app.User
	Workspace app.ID
}

// Login is the session whose token has that hash, for authentication: it asks for no scope. Expired sessions are found too.
func (s *Snapshot) Login(tokenHash []byte) (*Login, error) {
	const q = `SELECT s.id, s.user_id, s.token_hash, s.address, s.agent, s.created_at, s.expires_at, m.workspace_id, ` + userColumns + `
		FROM sessions s JOIN users u ON u.id = s.user_id JOIN members m ON m.user_id = u.id WHERE s.token_hash = ?`
	l, err := one(s, scanLogin, q, tokenHash)
	return l, found(err, "session", "会话")
}

// InsertSession adds a signed-in browser and takes the expired sessions of all people away.
func (tx *Tx) InsertSession(s *app.Session) error {
	if err := tx.q.exec(`DELETE FROM sessions WHERE expires_at <= ?`, ms(tx.now)); err != nil {
		return err
	}
	const q = `INSERT INTO sessions (id, token_hash, user_id, address, agent, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, s.ID, s.TokenHash, s.User, s.Address, s.Agent, ms(s.CreatedAt), ms(s.ExpiresAt))
}

// TouchSession notes that a session was used now: it lives until expires, and its person was seen.
func (tx *Tx) TouchSession(s *app.Session, expires time.Time) error {
	const q = `UPDATE sessions SET expires_at = ? WHERE id = ?`
	n, err := tx.q.affected(q, ms(expires), s.ID)
	if err := changed(n, err, "session", "会话"); err != nil {
		return err
	}
	return tx.q.exec(`UPDATE users SET last_seen_at = ? WHERE id = ?`, ms(tx.now), s.User)
}

// DeleteSession ends one session; an unknown one is no error.
func (tx *Tx) DeleteSession(id app.ID) error {
	return tx.q.exec(`DELETE FROM sessions WHERE id = ?`, id)
}

// DeleteSessions ends all sessions of a person but the one named, which may be empty.
func (tx *Tx) DeleteSessions(user, except app.ID) error {
	return tx.q.exec(`DELETE FROM sessions WHERE user_id = ? AND id <> ?`, user, except)
}

const inviteColumns = `id, token_hash, purpose, email, role, user_id, created_by, created_at, expires_at, used_at`

// Invites are the workspace's open invitations, the newest first, and how many there are.
func (s *Snapshot) Invites(limit, offset int) ([]*app.Invite, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	const where = ` FROM invites WHERE workspace_id = ? AND purpose = 'invite' AND used_at IS NULL AND expires_at > ?`
	total, err := one(s, number, `SELECT count(*)`+where, ws, ms(s.now))
	if err != nil {
		return nil, 0, err
	}
	const q = `SELECT ` + inviteColumns + where + ` ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`
	is, err := many(s, scanInvite, q, ws, ms(s.now), limit, offset)
	return is, int(total), err
}

// Invite is one invitation or reset link of the workspace.
func (s *Snapshot) Invite(id app.ID) (*app.Invite, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + inviteColumns + ` FROM invites WHERE workspace_id = ? AND id = ?`
	i, err := one(s, scanInvite, q, ws, id)
	return i, found(err, "invitation", "邀请")
}

// InviteByToken is the link whose token has that hash, and its workspace; it asks for no scope.
func (s *Snapshot) InviteByToken(tokenHash []byte) (*app.Invite, app.ID, error) {
	const q = `SELECT ` + inviteColumns + ` FROM invites WHERE token_hash = ?`
	i, err := one(s, scanInvite, q, tokenHash)
	if err != nil {
		return nil, "", found(err, "link", "链接")
	}
	ws, err := one(s, scanText, `SELECT workspace_id FROM invites WHERE id = ?`, i.ID)
	return i, app.ID(ws), err
}

// InsertInvite adds a link.
func (tx *Tx) InsertInvite(i *app.Invite) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO invites (id, workspace_id, token_hash, purpose, email, role, user_id, created_by, created_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, i.ID, ws, i.TokenHash, i.Purpose, i.Email, i.Role, nullable(i.User), i.CreatedBy, ms(i.CreatedAt), ms(i.ExpiresAt), msp(i.UsedAt))
}

// UseInvite marks a link as used. One that was used already is a Conflict.
func (tx *Tx) UseInvite(id app.ID) error {
	n, err := tx.q.affected(`UPDATE invites SET used_at = ? WHERE id = ? AND used_at IS NULL`, ms(tx.now), id)
	if err == nil && n == 0 {
		return app.Errorf(app.Conflict, "link_used", "this link was used already; ask for a new one", "此链接已被使用；请索取新的链接")
	}
	return err
}

// DeleteInvite withdraws a link.
func (tx *Tx) DeleteInvite(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM invites WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "invitation", "邀请")
}

// DeleteInvitesFor withdraws all open invitations for an e-mail address.
func (tx *Tx) DeleteInvitesFor(email string) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	return tx.q.exec(`DELETE FROM invites WHERE workspace_id = ? AND purpose = 'invite' AND email = ? AND used_at IS NULL`, ws, email)
}

// DeleteLinksOf withdraws the reset links of a person.
func (tx *Tx) DeleteLinksOf(user app.ID) error {
	return tx.q.exec(`DELETE FROM invites WHERE user_id = ? AND used_at IS NULL`, user)
}

// DeleteLinksBy withdraws the open links that a person has made.
func (tx *Tx) DeleteLinksBy(user app.ID) error {
	return tx.q.exec(`DELETE FROM invites WHERE created_by = ? AND used_at IS NULL`, user)
}

// Attempt counts the failures of one account or address.
type Attempt struct {
	Failures    int
	FirstAt     time.Time
	LockedUntil time.Time
}

// Attempt is what is known of one bucket; the zero Attempt where nothing failed lately.
func (s *Snapshot) Attempt(bucket string) (Attempt, error) {
	const q = `SELECT failures, first_at, locked_until FROM attempts WHERE bucket = ?`
	a, err := one(s, scanAttempt, q, bucket)
	if errors.Is(err, sql.ErrNoRows) {
		return Attempt{}, nil
	}
	return a, err
}

// SetAttempt writes one bucket.
func (tx *Tx) SetAttempt(bucket string, a Attempt) error {
	const q = `INSERT INTO attempts (bucket, failures, first_at, locked_until) VALUES (?, ?, ?, ?)
		ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at, locked_until = excluded.locked_until`
	return tx.q.exec(q, bucket, a.Failures, ms(a.FirstAt), ms(a.LockedUntil))
}

// DeleteAttempt forgets one bucket.
func (tx *Tx) DeleteAttempt(bucket string) error {
	return tx.q.exec(`DELETE FROM attempts WHERE bucket = ?`, bucket)
}

// PruneAttempts forgets the buckets that began, and whose lock ended, before the moment given.
func (tx *Tx) PruneAttempts(before time.Time) error {
	return tx.q.exec(`DELETE FROM attempts WHERE first_at < ? AND locked_until < ?`, ms(before), ms(before))
}

func nullable(id app.ID) any {
	if id == "" {
		return nil
	}
	return id
}

// userDest are the destinations of userColumns and the function that finishes u after the scan.
func userDest(u *app.User) ([]any, func()) {
	var created int64
	var seen sql.NullInt64
	dest := []any{&u.ID, &u.Email, &u.Name, &u.PasswordHash, &u.Role, &u.Lang, &u.Theme, &u.Disabled, &created, &seen}
	return dest, func() { u.CreatedAt, u.LastSeenAt = at(created), atp(seen) }
}

func scanUser(r row) (*app.User, error) {
	var u app.User
	dest, finish := userDest(&u)
	err := r.Scan(dest...)
	finish()
	return &u, err
}

func scanLogin(r row) (*Login, error) {
	var l Login
	var created, expires int64
	user, finish := userDest(&l.User)
	s := &l.Session
	err := r.Scan(append([]any{&s.ID, &s.User, &s.TokenHash, &s.Address, &s.Agent, &created, &expires, &l.Workspace}, user...)...)
	s.CreatedAt, s.ExpiresAt = at(created), at(expires)
	finish()
	return &l, err
}

func scanInvite(r row) (*app.Invite, error) {
	var i app.Invite
	var user sql.NullString
	var created, expires int64
	var used sql.NullInt64
	err := r.Scan(&i.ID, &i.TokenHash, &i.Purpose, &i.Email, &i.Role, &user, &i.CreatedBy, &created, &expires, &used)
	i.User = app.ID(user.String)
	i.CreatedAt, i.ExpiresAt, i.UsedAt = at(created), at(expires), atp(used)
	return &i, err
}

func scanAttempt(r row) (Attempt, error) {
	var a Attempt
	var first, until int64
	err := r.Scan(&a.Failures, &first, &until)
	a.FirstAt, a.LockedUntil = at(first), at(until)
	return a, err
}
