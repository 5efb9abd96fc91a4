package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"islet/app"
)

const lockName = "LOCK"

var errRunning = app.Errorf(app.Conflict, "backup_running", "a backup is running already; wait until it is done", "已有备份正在进行；请等待其完成").After(30)

// lockDir makes dir and takes it for this process. unlock gives it back and removes the lock file.
func lockDir(dir string) (unlock func() error, err error) {
	path := filepath.Join(dir, lockName)
	for range 10 {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, unwritable(dir, err)
		}
		l := flock.New(path, flock.SetPermissions(0o600))
		ok, err := l.TryLock()
		if errors.Is(err, os.ErrNotExist) {
			continue // the one before us has just removed the folder
		}
		if err != nil {
			return nil, unwritable(dir, err)
		}
		if !ok {
			return nil, errRunning
		}
		if sameFile(l, path) {
			return func() error {
				_ = os.Remove(path) // while it is ours; Windows cannot, and the file stays
				return l.Unlock()
			}, nil
		}
		if err := l.Unlock(); err != nil { // the one before us removed it after we had opened it
			return nil, err
		}
	}
	return nil, errRunning
}

// sameFile tells whether the lock that we hold is the file that others would open.
func sameFile(l *flock.Flock, path string) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}

// syncPath makes what happened to a directory's or a file's names durable. Windows cannot sync a directory, and need not.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, os.ErrPermission) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// diskFull gives a full disk a sentence.
func diskFull(dir string, err error) error {
	var known *app.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || strings.Contains(err.Error(), "SQLITE_FULL") || strings.Contains(err.Error(), "disk is full") {
		return app.Errorf(app.Unavailable, "disk_full", "the disk of %s is full; free some space and try again, nothing was lost", "%s 所在磁盘已满；请腾出空间后重试，已有数据没有丢失", dir).Because(err)
	}
	return err
}
