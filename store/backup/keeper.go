package backup

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"islet/app"
	"islet/store"
)

// JobKind is the kind of the nightly job; Keeper.Job is its handler.
const JobKind = "backup"

// Options tune a Keeper. The zero value works.
type Options struct {
	Version  string                              // of this islet
	Dir      string                              // of the backup files; empty is backups/ in the data directory
	Schedule func(*store.Tx, app.Schedule) error // writes the nightly schedule: job.Worker.SetSchedule
	Location *time.Location                      // of the times in file names; nil is the machine's
	Log      *slog.Logger                        // nil is slog.Default
}

// Keeper keeps the backups of one site: it takes them, remembers them, prunes them. It is safe for concurrent use.
type Keeper struct {
	db *store.DB
	o  Options

	running sync.WaitGroup
	ctx     context.Context // of the backups: ended by Close
	cancel  context.CancelCauseFunc

	mu      sync.Mutex // guards below
	current app.ID     // the backup that runs
	closed  bool
}

// New makes a keeper; Start readies it.
func New(db *store.DB, o Options) *Keeper {
	if o.Dir == "" {
		o.Dir = filepath.Join(db.Dir, "backups")
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	k := &Keeper{db: db, o: o}
	k.ctx, k.cancel = context.WithCancelCause(context.Background())
	return k
}

// Start clears away what a crash left and writes the nightly schedule where there is none. Close ends what Begin began.
func (k *Keeper) Start(ctx context.Context) error {
	if w, err := newWork(k.db.Dir); err == nil {
		k.sweep(ctx)
		if err := w.close(); err != nil {
			k.o.Log.Warn("what a broken-off backup left could not be removed", "err", err)
		}
	}
	return k.db.Update(ctx, func(tx *store.Tx) error {
		if err := interrupted(tx); err != nil {
			return err
		}
		_, err := tx.Schedule(JobKind)
		if app.KindOf(err) != app.NotFound {
			return err
		}
		return k.schedule(tx, defaults)
	})
}

// sweep removes half-written files.
func (k *Keeper) sweep(ctx context.Context) {
	var installation string
	err := k.db.View(ctx, func(s *store.Snapshot) (err error) { installation, err = s.Meta("installation"); return err })
	if err == nil && installation != "" {
		sweepParts(k.o.Dir, installation)
	}
}

// interrupted marks backups that a crash, or the restore of a backup, left running.
func interrupted(tx *store.Tx) error {
	all, err := tx.Backups()
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Status != store.BackupRunning {
			continue
		}
		now := tx.Now()
		b.Status, b.FinishedAt = store.BackupFailed, &now
		b.Error = &app.Failure{Code: "interrupted", Kind: app.Unavailable, Text: app.Textf("islet ended while the backup ran; take another", "备份进行时 islet 退出；请重新备份")}
		if err := tx.SetBackup(b); err != nil {
			return err
		}
	}
	return nil
}

// Close interrupts the backup that runs, which leaves nothing, and waits for it.
func (k *Keeper) Close(context.Context) error {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.cancel(errClosing)
	k.running.Wait()
	return nil
}

var errClosing = app.Errorf(app.Unavailable, "interrupted", "islet ended while the backup ran; take another", "备份进行时 islet 退出；请重新备份")

// Begin starts a backup and returns its row at once; Backup tells how it goes. While one runs it is backup_running.
func (k *Keeper) Begin(ctx context.Context, trigger string) (*app.Backup, error) {
	b, run, err := k.prepare(ctx, trigger)
	if err != nil {
		return nil, err
	}
	first := *b
	k.running.Go(func() { _ = run(k.ctx) }) // its row and the log say how it ended
	return &first, nil
}

// Job is the handler of the nightly job: it takes a backup and prunes the old ones. A failure is on the row and in the log;
// only a backup that runs already makes the job come again.
func (k *Keeper) Job(ctx context.Context, _ []byte) error {
	set, ctx, err := k.settings(ctx)
	if app.KindOf(err) == app.NotFound { // not set up yet: there is nothing to keep
		return nil
	}
	if err != nil {
		return err
	}
	if !set.Enabled {
		return nil
	}
	_, run, err := k.prepare(ctx, "nightly")
	if errors.Is(err, errRunning) {
		return err
	}
	if err != nil { // the passphrase cannot be read: the list must show it
		b := &app.Backup{ID: app.NewID(), Trigger: "nightly", CreatedAt: k.db.Now()}
		k.failed(b, err)
		return k.save(ctx, b)
	}
	if err := run(ctx); err != nil {
		if ctx.Err() != nil {
			return err // shutting down: the job is queued again
		}
		return nil //nolint:nilerr // said on the row and in the log; tomorrow is another night
	}
	return k.prune(ctx, set.Keep)
}

// prepare makes the row of a new backup and returns what does the work.
func (k *Keeper) prepare(ctx context.Context, trigger string) (*app.Backup, func(context.Context) error, error) {
	pass, err := k.passphrase(ctx)
	if err != nil {
		return nil, nil, err
	}
	b := &app.Backup{ID: app.NewID(), Trigger: trigger, Status: store.BackupRunning, Encrypted: pass != "", CreatedAt: k.db.Now()}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, nil, errClosing
	}
	if k.current != "" {
		return nil, nil, errRunning
	}
	if err := k.save(ctx, b); err != nil {
		return nil, nil, err
	}
	k.current = b.ID
	return b, func(ctx context.Context) error { return k.run(ctx, b, pass) }, nil
}

func (k *Keeper) save(ctx context.Context, b *app.Backup) error {
	return k.db.Update(ctx, func(tx *store.Tx) error { return tx.SetBackup(b) })
}

// run takes the backup of a row and writes how it ended.
func (k *Keeper) run(ctx context.Context, b *app.Backup, pass string) error {
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.current = ""
	}()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(k.ctx, func() { stop(context.Cause(k.ctx)) })()
	res, err := Write(ctx, Request{Data: k.db.Dir, To: k.o.Dir, Passphrase: pass, Version: k.o.Version, Now: b.CreatedAt.In(k.o.Location)})
	if err != nil {
		k.failed(b, err)
		return errors.Join(err, k.save(context.WithoutCancel(ctx), b))
	}
	now := k.db.Now()
	b.FinishedAt = &now
	fill(b, res)
	k.o.Log.Info("a backup was taken and restored to prove it", "file", b.Name, "bytes", b.Size, "seconds", b.Seconds, "drill_seconds", b.DrillSecs)
	if len(res.Manifest.Lost) > 0 {
		k.o.Log.Warn("uploaded files were gone from the disk before the backup", "files", res.Manifest.Lost)
	}
	return k.save(context.WithoutCancel(ctx), b)
}

// failed writes into a row, and the log, why there is no file.
func (k *Keeper) failed(b *app.Backup, err error) {
	e, now := app.AsError(err), k.db.Now()
	b.Status, b.FinishedAt, b.Error = store.BackupFailed, &now, &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
	k.o.Log.Error("a backup failed", "backup", b.ID, "trigger", b.Trigger, "err", err)
}

// fill writes into a row what is known of a proven backup.
func fill(b *app.Backup, res *Result) {
	b.Status, b.Name = store.BackupVerified, filepath.Base(res.Path)
	b.Size, b.SHA256 = res.Size, res.SHA256
	b.Members, b.Rows = len(res.Manifest.Members), res.Manifest.Rows()
	b.Seconds, b.DrillSecs = res.Took.Seconds(), res.DrillTook.Seconds()
}

// Record puts a backup that another process has written into the list of a data directory, for the command line: whether a
// server uses the directory does not matter.
func Record(ctx context.Context, data string, res *Result, encrypted bool) error {
	now := time.Now().UTC()
	b := &app.Backup{ID: app.NewID(), Trigger: "cli", Encrypted: encrypted, CreatedAt: res.Manifest.CreatedAt, FinishedAt: &now}
	fill(b, res)
	return store.RecordBackup(ctx, data, b)
}

// Backups are all backups, the newest first. Missing marks those whose file is gone.
func (k *Keeper) Backups(ctx context.Context) (all []*app.Backup, err error) {
	err = k.db.View(ctx, func(s *store.Snapshot) error { all, err = s.Backups(); return err })
	for _, b := range all {
		k.look(b)
	}
	return all, err
}

// Backup is one backup.
func (k *Keeper) Backup(ctx context.Context, id app.ID) (b *app.Backup, err error) {
	err = k.db.View(ctx, func(s *store.Snapshot) error { b, err = s.Backup(id); return err })
	if err != nil {
		return nil, err
	}
	k.look(b)
	return b, nil
}

// look notes whether the file of a finished backup is there.
func (k *Keeper) look(b *app.Backup) {
	if b.Status != store.BackupVerified {
		return
	}
	path, err := k.path(b)
	if err == nil {
		_, err = os.Stat(path)
	}
	b.Missing = err != nil
}

// path is where a backup's file lies. A row may come from a restored database, so its name is not trusted.
func (k *Keeper) path(b *app.Backup) (string, error) {
	if !IsName(b.Name) {
		return "", app.Missing("backup file", "备份文件")
	}
	return filepath.Join(k.o.Dir, b.Name), nil
}

// Open opens the file of a backup for reading. The caller closes it.
func (k *Keeper) Open(ctx context.Context, id app.ID) (*os.File, *app.Backup, error) {
	b, err := k.Backup(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	path, err := k.path(b)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, app.Missing("backup file", "备份文件")
	}
	return f, b, err
}

// Delete removes a backup with its file. The one that runs is refused.
func (k *Keeper) Delete(ctx context.Context, id app.ID) error {
	b, err := k.Backup(ctx, id)
	if err != nil {
		return err
	}
	if b.Status == store.BackupRunning {
		return errRunning
	}
	if path, err := k.path(b); err == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return unwritable(k.o.Dir, err)
		}
	}
	return k.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteBackup(id) })
}

// Dir is the folder of the backup files.
func (k *Keeper) Dir() string { return k.o.Dir }
