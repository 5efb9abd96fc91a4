package store

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"time"

	"islet/app"
)

// Options tune a DB. The zero value works.
type Options struct {
	Readers int              // connections for View; 0 is twice the cores, at most 8
	Now     func() time.Time // nil is time.Now
	Beside  bool             // another process may be using the directory: refuse one that would have to be migrated
}

// DB is an open data directory. It is safe for concurrent use. Whoever opened it closes it.
type DB struct {
	Dir   string
	Files *Files

	now    func() time.Time
	main   *sqlFile
	trace  *sqlFile
	secret *secret
}

// Open opens or creates the databases below dir, which the caller has claimed with Claim, and migrates them.
// Data of a newer version is refused untouched (data_too_new).
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Readers <= 0 {
		o.Readers = min(2*runtime.GOMAXPROCS(0), 8)
	}
	if o.Beside {
		for file, migrations := range map[string]string{MainFile: "migration/main", TraceFile: "migration/trace"} {
			if err := settled(ctx, filepath.Join(dir, file), migrations); err != nil {
				return nil, err
			}
		}
	}
	main, err := openSQL(ctx, filepath.Join(dir, MainFile), "migration/main", mainPragmas, o.Readers)
	if err != nil {
		return nil, err
	}
	trace, err := openSQL(ctx, filepath.Join(dir, TraceFile), "migration/trace", tracePragmas, min(o.Readers, 2))
	if err != nil {
		return nil, errors.Join(err, main.close())
	}
	db := &DB{Dir: dir, now: o.Now, main: main, trace: trace}
	if db.secret, err = openSecret(filepath.Join(dir, "secret.key")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if db.Files, err = openFiles(filepath.Join(dir, "files")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// The files of a data directory that the store owns.
const (
	MainFile  = "islet.db"
	TraceFile = "trace.db"
)

// Close waits for queued changes to commit, moves the write-ahead logs into the databases and closes everything.
func (db *DB) Close() error {
	err := errors.Join(db.main.close(), db.trace.close())
	if db.Files != nil {
		err = errors.Join(err, db.Files.Close())
	}
	return err
}

// Now is the store's clock, cut to the millisecond that the columns keep.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Millisecond) }

// View runs fn on a consistent snapshot. fn must not call View or Update and must not keep the Snapshot;
// no request or stream may wait inside it, because an open snapshot keeps the write-ahead log from shrinking.
func (db *DB) View(ctx context.Context, fn func(*Snapshot) error) error {
	return db.main.view(ctx, func(q *conn) error {
		return fn(&Snapshot{q: q, scope: app.ScopeOf(ctx), now: db.Now()})
	})
}

// Update runs fn in the writer and returns when its changes are on disk, or with fn's error and nothing changed.
// Changes of several callers may share one commit; each is all or nothing by itself. fn must be quick, must not call View
// or Update, and runs to its end even when ctx is cancelled meanwhile.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	scope, now := app.ScopeOf(ctx), db.Now()
	return db.main.update(ctx, func(q *conn) error {
		return fn(&Tx{Snapshot{q: q, scope: scope, now: now}})
	})
}

// Snapshot is a consistent state of islet.db, seen by one caller.
type Snapshot struct {
	q     *conn
	scope app.Scope
	now   time.Time
}

// Tx is a Snapshot that can also write.
type Tx struct{ Snapshot }

// ws is the workspace that every query of a workspace table names.
func (s *Snapshot) ws() (app.ID, error) {
	if s.scope.Workspace == "" {
		return "", app.Errorf(app.Internal, "no_scope", "a query ran without a workspace", "查询缺少工作区").Because(errNoScope)
	}
	return s.scope.Workspace, nil
}

var errNoScope = errors.New("store: no app.Scope in the context")

// Now is the moment the transaction began.
func (s *Snapshot) Now() time.Time { return s.now }

// Scope is the scope of the caller.
func (s *Snapshot) Scope() app.Scope { return s.scope }
