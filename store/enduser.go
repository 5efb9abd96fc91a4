package store

import "islet/app"

const endUserColumns = `id, app_id, source, name, created_at`

// called is what people call an end user u, with callers joined: guests and members by their login.
const (
	called  = `COALESCE(gu.login, mu.email, u.name)`
	callers = ` LEFT JOIN guests gu ON u.name LIKE 'guest:%' AND gu.id = substr(u.name, 7) LEFT JOIN users mu ON u.name LIKE 'member:%' AND mu.id = substr(u.name, 8)`
)

// EndUser is one end user; a scope that is bound to an app finds only those of that app.
func (s *Snapshot) EndUser(id app.ID) (*app.EndUser, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + endUserColumns + ` FROM end_users WHERE workspace_id = ? AND id = ? AND (? = '' OR app_id = ?)`
	u, err := one(s, scanEndUser, q, ws, id, s.scope.App, s.scope.App)
	return u, found(err, "end user", "终端用户")
}

// EndUserNamed is the end user of an app who is called name behind one door.
func (s *Snapshot) EndUserNamed(appID app.ID, source app.Source, name string) (*app.EndUser, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + endUserColumns + ` FROM end_users WHERE workspace_id = ? AND app_id = ? AND source = ? AND name = ?`
	u, err := one(s, scanEndUser, q, ws, appID, source, name)
	return u, found(err, "end user", "终端用户")
}

// InsertEndUser adds an end user. If one of that name came in between, it is end_user_exists (Conflict) and nothing changes.
func (tx *Tx) InsertEndUser(u *app.EndUser) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO end_users (id, workspace_id, app_id, source, name, created_at) VALUES (?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, u.ID, ws, u.App, u.Source, u.Name, ms(u.CreatedAt))
	if isUnique(err) {
		return app.Errorf(app.Conflict, "end_user_exists", "this end user exists already", "该终端用户已存在").Because(err)
	}
	return err
}

func scanEndUser(r row) (*app.EndUser, error) {
	var u app.EndUser
	var created int64
	err := r.Scan(&u.ID, &u.App, &u.Source, &u.Name, &created)
	u.CreatedAt = at(created)
	return &u, err
}
