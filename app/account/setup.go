package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"islet/app"
	"islet/store"
)

// setupFile holds the set-up code in the data directory, readable by its owner only, until the site is set up.
const setupFile = "setup-code"

// setupMeta is where the store keeps the code's hash.
const setupMeta = "setup_code_hash"

// maxSetupFailures voids the code: a new one is made, and the address waits.
const maxSetupFailures = 5

// Setup is what the first person enters.
type Setup struct {
	Code          string
	Name          string
	Email         string
	Password      string
	WorkspaceName string
	Lang          app.Lang
}

// SetupCode returns the one-time code that lets the first person set the site up, and whether one is needed. It stays the
// same over restarts, until it was used or guessed wrong too often. Call it once at each start, before serving.
func (a *Accounts) SetupCode(ctx context.Context) (code string, needed bool, err error) {
	var want string
	done := false
	err = a.db.View(ctx, func(s *store.Snapshot) error {
		if done, err = setUp(s); err != nil {
			return err
		}
		want, err = s.Meta(setupMeta)
		return err
	})
	if err != nil {
		return "", false, err
	}
	path := filepath.Join(a.db.Dir, setupFile)
	if done {
		_ = os.Remove(path) // a crash after set-up may have left it; it opens nothing
		return "", false, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, err
	}
	code = string(bytes.TrimSpace(raw))
	if code != "" && hashCode(code) == want {
		return code, true, nil
	}
	code, err = a.newSetupCode(ctx)
	return code, true, err
}

// newSetupCode makes a code, writes its file, then its hash.
func (a *Accounts) newSetupCode(ctx context.Context) (string, error) {
	code := rand.Text()[:20] // 100 random bits
	path := filepath.Join(a.db.Dir, setupFile)
	_ = os.Remove(path) // so that the mode below holds
	if err := os.WriteFile(path, []byte(code+"\n"), 0o600); err != nil {
		return "", err
	}
	return code, a.db.Update(ctx, func(tx *store.Tx) error { return tx.SetMeta(setupMeta, hashCode(code)) })
}

// SetUp makes the workspace and its owner, once, for whoever knows the code, and signs the owner in. Of several at once one wins;
// the others are told setup_done.
func (a *Accounts) SetUp(ctx context.Context, in Setup, c Client) (*Signed, error) {
	if err := a.tryCode(ctx, in.Code, c); err != nil {
		return nil, err
	}
	u, err := a.newUser(ctx, in.Email, in.Name, in.Password, app.Owner, in.Lang)
	if err != nil {
		return nil, err
	}
	name, err := checkName(in.WorkspaceName, app.Textf("workspace name", "工作区名称"))
	if err != nil {
		return nil, err
	}
	ws := &app.Workspace{ID: app.NewID(), Name: name, CreatedAt: a.db.Now()}
	var signed *Signed
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws.ID, Role: app.Owner, Lang: u.Lang})
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := codeMatches(&tx.Snapshot, in.Code); err != nil {
			return err
		}
		if err := tx.InsertWorkspace(ws); err != nil {
			return err
		}
		if err := tx.InsertUser(u); err != nil {
			return err
		}
		if err := tx.SetMeta(setupMeta, ""); err != nil {
			return err
		}
		signed, err = a.open(tx, u, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	_ = os.Remove(filepath.Join(a.db.Dir, setupFile)) // it opens nothing any more; the next start tries again
	return signed, nil
}

// tryCode checks the code before anything costly. Wrong ones count, per address and all together; the fifth voids the code.
func (a *Accounts) tryCode(ctx context.Context, code string, c Client) error {
	check := func(s *store.Snapshot) error { return codeMatches(s, code) }
	err := a.db.View(ctx, check)
	if !errors.Is(err, errCodeWrong) {
		return err
	}
	if err := a.admit(ctx, maxSetupFailures, "setup:"+c.Address); err != nil {
		return err
	}
	spent := false
	if err := a.db.Update(ctx, func(tx *store.Tx) error { spent, err = countWrongCode(tx); return err }); err != nil {
		return err
	}
	if !spent {
		return errCodeWrong
	}
	fresh, err := a.newSetupCode(ctx)
	if err != nil {
		return err
	}
	if a.o.NewSetupCode != nil {
		a.o.NewSetupCode(fresh)
	}
	return tooMany(firstLock)
}

// countWrongCode tells whether this wrong code was one too many.
func countWrongCode(tx *store.Tx) (spent bool, err error) {
	const bucket = "setup"
	try, err := tx.Attempt(bucket)
	if err != nil {
		return false, err
	}
	if try.Failures == 0 {
		try.FirstAt = tx.Now()
	}
	if try.Failures++; try.Failures >= maxSetupFailures {
		return true, tx.DeleteAttempt(bucket)
	}
	return false, tx.SetAttempt(bucket, try)
}

var (
	errCodeWrong = app.Errorf(app.Forbidden, "setup_code_wrong",
		"the set-up code is wrong; it was printed when islet started and lies in the file setup-code in the data directory",
		"初始化代码不正确；该代码在 islet 启动时打印，也保存在数据目录的 setup-code 文件中")
	errSetupDone = app.Errorf(app.Conflict, "setup_done", "this site is set up already; please sign in", "本站点已完成初始化，请直接登录")
)

func codeMatches(s *store.Snapshot, code string) error {
	done, err := setUp(s)
	if err != nil {
		return err
	}
	if done {
		return errSetupDone
	}
	want, err := s.Meta(setupMeta)
	if err != nil {
		return err
	}
	if want == "" || subtle.ConstantTimeCompare([]byte(hashCode(code)), []byte(want)) != 1 {
		return errCodeWrong
	}
	return nil
}

func setUp(s *store.Snapshot) (bool, error) {
	_, err := s.Workspace()
	if app.KindOf(err) == app.NotFound {
		return false, nil
	}
	return err == nil, err
}

// hashCode reads a code as people retype it: case and blanks do not matter.
func hashCode(code string) string {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.Join(strings.Fields(code), ""))))
	return hex.EncodeToString(sum[:])
}

// Site is what anybody may know before signing in.
type Site struct {
	Done          bool
	WorkspaceName string
}

// Site tells whether the site is set up, and its name.
func (a *Accounts) Site(ctx context.Context) (Site, error) {
	var site Site
	err := a.db.View(ctx, func(s *store.Snapshot) error {
		ws, err := s.Workspace()
		if app.KindOf(err) == app.NotFound {
			return nil
		}
		if err == nil {
			site = Site{Done: true, WorkspaceName: ws.Name}
		}
		return err
	})
	return site, err
}
