package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"islet/app"
)

// Claim is the right to use a data directory, held by one process at a time.
type Claim struct {
	Dir          string
	Fresh        bool   // the directory was empty: this is the first start
	Installation string // made at the first start; the same in the marker file and in islet.db

	lock *flock.Flock
}

// marker is what data/marker holds.
type marker struct {
	Installation string `json:"installation"`
	Version      string `json:"version"`         // of the islet that made the directory
	State        string `json:"state,omitempty"` // "new" until the database stands: a first start that was cut off starts over
}

const (
	lockFile   = "LOCK"
	markerFile = "marker"
)

// Take claims dir for this process, making it if its parent exists. It refuses, each with a sentence and the remedy and with
// nothing created: a directory that another process holds, that cannot be written, that belongs to something else, whose
// database is gone, or whose marker is gone. The lock is the operating system's and dies with the process.
func Take(dir, version string) (*Claim, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	c := &Claim{Dir: dir}
	if err := c.inspect(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	if err := c.hold(); err != nil {
		return nil, err
	}
	if err := c.mark(version); err != nil {
		return nil, errors.Join(err, c.Release())
	}
	return c, nil
}

// inspect decides, without writing, whether dir is ours, empty, or something to refuse.
func (c *Claim) inspect() error {
	entries, err := os.ReadDir(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		c.Fresh = true
		return nil
	}
	if err != nil {
		return app.Errorf(app.Conflict, "data_unreadable", "the data directory %s cannot be read; check that it is a folder and that this user may read it",
			"无法读取数据目录 %s；请确认它是文件夹并且当前用户有读取权限", c.Dir).Because(err)
	}
	var hasMarker, hasDB bool
	var foreign string
	for _, e := range entries {
		switch name := e.Name(); {
		case name == markerFile:
			hasMarker = true
			m, err := readMarker(c.Dir)
			if err != nil {
				return err
			}
			c.Installation = m.Installation
			c.Fresh = m.State == stateNew
		case name == MainFile:
			hasDB = true
		case name == lockFile, name == "lost+found", strings.HasPrefix(name, "."), strings.HasPrefix(name, "setup-code"):
		default:
			foreign = name
		}
	}
	switch {
	case c.Fresh:
		return nil
	case hasMarker && !hasDB:
		return app.Errorf(app.Conflict, "database_missing",
			"%s is an islet data directory, but its database %s is gone; put it back, or restore a backup into an empty folder with: islet restore FILE --data DIR",
			"%s 是 islet 的数据目录，但其中的数据库 %s 不见了；请放回该文件，或将备份恢复到空文件夹：islet restore 备份文件 --data 目录", c.Dir, MainFile)
	case hasDB && !hasMarker:
		return app.Errorf(app.Conflict, "marker_missing",
			"%s holds a database but no marker file, so it may be an unfinished copy; copy the whole directory again, or restore a backup into an empty folder with: islet restore FILE --data DIR",
			"%s 中有数据库但缺少 marker 文件，可能是未完成的拷贝；请重新完整拷贝，或将备份恢复到空文件夹：islet restore 备份文件 --data 目录", c.Dir)
	case !hasMarker && foreign != "":
		return app.Errorf(app.Conflict, "not_a_data_dir",
			"%s is not an islet data directory: it already holds %q; choose an empty folder with --data",
			"%s 不是 islet 的数据目录，其中已有 %q；请用 --data 指定一个空文件夹", c.Dir, foreign)
	}
	c.Fresh = !hasMarker
	return nil
}

// hold takes the lock and writes our process id into it, for the message that the next one prints.
func (c *Claim) hold() error {
	path := filepath.Join(c.Dir, lockFile)
	c.lock = flock.New(path, flock.SetPermissions(0o600))
	ok, err := c.lock.TryLock()
	if err != nil {
		return unwritable(c.Dir, err)
	}
	if !ok {
		pid, _ := os.ReadFile(path + ".pid") // best effort: only for the message
		who := strings.TrimSpace(string(pid))
		if who == "" {
			who = "?"
		}
		return app.Errorf(app.Conflict, "data_in_use", "the data directory %s is in use by another islet (process %s); stop that one, or choose another folder with --data",
			"数据目录 %s 正被另一个 islet（进程 %s）使用；请先停止它，或用 --data 指定其他目录", c.Dir, who)
	}
	// The number lies beside the lock, because Windows lets nobody read a locked file.
	if err := os.WriteFile(path+".pid", fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		return errors.Join(unwritable(c.Dir, err), c.lock.Unlock())
	}
	return nil
}

// mark writes the marker of a first start, before the database, in the state "new".
func (c *Claim) mark(version string) error {
	if !c.Fresh {
		return nil
	}
	c.Installation = string(app.NewID())
	return writeMarker(c.Dir, marker{Installation: c.Installation, Version: version, State: stateNew})
}

const stateNew = "new"

func readMarker(dir string) (m marker, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, markerFile))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Installation == "" {
		return m, app.Errorf(app.Conflict, "marker_invalid", "the marker file in %s is damaged; restore it from a copy or restore a backup", "%s 中的 marker 文件已损坏；请从拷贝中恢复该文件，或恢复备份", dir).Because(err)
	}
	return m, nil
}

// WriteMarker writes data/marker for an installation whose database stands. Restore uses it too.
func WriteMarker(dir, installation, version string) error {
	return writeMarker(dir, marker{Installation: installation, Version: version})
}

func writeMarker(dir string, m marker) error {
	err := writeAtomic(filepath.Join(dir, markerFile), 0o600, func(w io.Writer) error { return json.NewEncoder(w).Encode(m) })
	if err != nil {
		return unwritable(dir, err)
	}
	return nil
}

// Settle makes marker and database agree: a first start writes the installation's id into both, a later one refuses a
// database that belongs to another installation.
func (c *Claim) Settle(db *DB, version string) error {
	ctx := noCancel
	if c.Fresh {
		if err := db.Update(ctx, func(tx *Tx) error { return tx.SetMeta("installation", c.Installation) }); err != nil {
			return err
		}
		return WriteMarker(c.Dir, c.Installation, version)
	}
	var have string
	err := db.View(ctx, func(s *Snapshot) (err error) { have, err = s.Meta("installation"); return err })
	if err != nil {
		return err
	}
	if have != c.Installation {
		return app.Errorf(app.Conflict, "marker_mismatch", "the database in %s belongs to another installation than its marker file; copy the whole directory again, or restore a backup",
			"%s 中的数据库与 marker 文件不属于同一个安装；请重新完整拷贝目录，或恢复备份", c.Dir)
	}
	return nil
}

// Release lets the next process in.
func (c *Claim) Release() error {
	if c.lock == nil {
		return nil
	}
	_ = os.Remove(filepath.Join(c.Dir, lockFile+".pid")) // best effort
	return c.lock.Unlock()
}

func unwritable(dir string, err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return app.Errorf(app.Conflict, "data_unreadable", "%s is not a folder; choose another with --data", "%s 不是文件夹；请用 --data 指定其他目录", dir).Because(err)
	}
	return app.Errorf(app.Conflict, "data_read_only", "the data directory %s cannot be written; check that it is not mounted read-only and that this user owns it, or choose another with --data",
		"数据目录 %s 不可写；请确认它不是只读挂载且属于当前用户，或用 --data 指定其他目录", dir).Because(err)
}
