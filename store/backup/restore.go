package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"islet/app"
	"islet/store"
)

// RestoreRequest says what to restore and where.
type RestoreRequest struct {
	File       string
	Data       string // the data directory to make: absent or empty
	Passphrase string
	Version    string // of this islet, for the marker
	DryRun     bool   // check everything, make nothing
}

// Restore makes a data directory of a backup file. Everything is unpacked and checked aside, synced, and only then renamed into
// place: a backup that is damaged, hostile or newer than this islet leaves nothing behind.
func Restore(ctx context.Context, r RestoreRequest) (m *Manifest, err error) {
	if r.DryRun {
		tmp, err := os.MkdirTemp("", "islet-dry-run-")
		if err != nil {
			return nil, err
		}
		m, err := extract(ctx, r.File, r.Passphrase, filepath.Join(tmp, "data"), trying)
		return m, errors.Join(err, os.RemoveAll(tmp))
	}
	data, err := filepath.Abs(r.Data)
	if err != nil {
		return nil, err
	}
	exists, err := emptyOrAbsent(data)
	if err != nil {
		return nil, err
	}
	tmp := filepath.Join(filepath.Dir(data), "."+filepath.Base(data)+"-restore-"+string(app.NewID()))
	if exists { // it may be a mount that cannot be renamed over
		tmp = filepath.Join(data, ".restore-"+string(app.NewID()))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := firstMissing(filepath.Dir(data))
	if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
		return nil, unwritable(filepath.Dir(data), err)
	}
	m, err = extract(ctx, r.File, r.Passphrase, tmp, restoring)
	if err != nil {
		_ = os.RemoveAll(tmp) // before its parents; the defer says why it did not work
		if made != "" {
			_ = os.RemoveAll(made) // ours, and empty
		}
		return nil, diskFull(filepath.Dir(tmp), err)
	}
	if err := os.MkdirAll(filepath.Join(tmp, filesDir), 0o700); err != nil {
		return nil, err
	}
	if err := store.WriteMarker(tmp, m.Installation, r.Version); err != nil {
		return nil, err
	}
	if err := syncTree(tmp); err != nil {
		return nil, err
	}
	if exists {
		return m, moveInto(tmp, data)
	}
	if err := os.Rename(tmp, data); err != nil {
		return nil, err
	}
	return m, syncPath(filepath.Dir(data))
}

// emptyOrAbsent refuses a target that holds anything, and tells whether it is there.
func emptyOrAbsent(dir string) (exists bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unwritable(dir, err)
	}
	for _, e := range entries {
		if e.Name() != "lost+found" { // every fresh file system has one
			return false, app.Errorf(app.Conflict, "data_not_empty", "%s is not empty (it holds %q); a backup is restored into a new or empty folder, name one with --data",
				"%s 不是空目录（其中有 %q）；备份只能恢复到新的或空的文件夹，请用 --data 指定", dir, e.Name())
		}
	}
	return true, nil
}

// firstMissing is the topmost folder that MkdirAll would make, empty where there is nothing to make.
func firstMissing(dir string) (made string) {
	for {
		if _, err := os.Lstat(dir); err == nil || dir == filepath.Dir(dir) {
			return made
		}
		made, dir = dir, filepath.Dir(dir)
	}
}

// moveInto renames what was restored into an existing directory, the marker last: without it no islet starts there.
func moveInto(tmp, data string) error {
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int {
		if (a.Name() == "marker") == (b.Name() == "marker") {
			return 0
		}
		if a.Name() == "marker" {
			return 1
		}
		return -1
	})
	for _, e := range entries {
		if err := os.Rename(filepath.Join(tmp, e.Name()), filepath.Join(data, e.Name())); err != nil {
			return err
		}
	}
	return syncPath(data)
}

// syncTree makes the names in all folders below dir durable; the files were synced as they were written.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncPath(path)
	})
}

// purpose is what extract is for.
type purpose int

const (
	restoring purpose = iota // everything is kept and synced
	drilling                 // everything is kept, for a moment
	trying                   // only the database is kept, for its checks
)

// extract unpacks a backup into a folder of its own and checks all of it.
func extract(ctx context.Context, file, passphrase, dir string, p purpose) (m *Manifest, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, app.Errorf(app.NotFound, "backup_unreadable", "%s cannot be read; check the name and the rights of the file", "无法读取 %s；请检查文件名与权限", file).Because(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	to := sink{
		begin: func(m *Manifest) error {
			if err := os.Mkdir(dir, 0o700); err != nil {
				return unwritable(filepath.Dir(dir), err)
			}
			need := m.Bytes()
			if p == trying {
				need = m.Members[0].Size
			}
			return roomFor(need, dir)
		},
		create: func(x Member) (io.WriteCloser, error) {
			if p == trying && x.Name != store.MainFile {
				return discard{}, nil
			}
			return create(filepath.Join(dir, filepath.FromSlash(x.Name)), p == restoring)
		},
	}
	if m, err = unpack(ctx, f, passphrase, to); err != nil {
		return nil, err
	}
	return m, checkDatabase(ctx, filepath.Join(dir, store.MainFile), m)
}

// create makes a file that, if asked for, is on the disk once it is closed.
func create(path string, sync bool) (io.WriteCloser, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if sync {
		return synced{f}, nil
	}
	return f, nil
}

type synced struct{ *os.File }

// Close syncs and closes.
func (s synced) Close() error { return errors.Join(s.File.Sync(), s.File.Close()) }

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func (discard) Close() error { return nil }

// checkDatabase holds an unpacked islet.db against the manifest.
func checkDatabase(ctx context.Context, path string, m *Manifest) error {
	bad := func(en, zh string, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return broken(store.MainFile, en, zh, err)
	}
	c, err := openCopy(ctx, path)
	if err != nil {
		return bad("is not a sound database of islet", "不是完好的 islet 数据库", err)
	}
	defer func() { _ = c.close() }() // read only
	if err := c.verify(ctx); err != nil {
		return bad("did not pass its check", "未通过检查", err)
	}
	have := &Manifest{}
	if err := c.about(ctx, have); err != nil {
		return bad("cannot be read", "无法读取", err)
	}
	hashes, err := c.hashes(ctx)
	if err != nil {
		return bad("cannot be read", "无法读取", err)
	}
	switch {
	case have.Schema != m.Schema:
		return bad("has another schema than the manifest says", "结构版本与清单不符", nil)
	case have.Installation != m.Installation:
		return bad("belongs to another installation than the manifest says", "与清单不属于同一个安装", nil)
	case !slices.Equal(have.Tables, m.Tables):
		return bad("holds other rows than the manifest says", "内容与清单不符", nil)
	}
	return checkFiles(hashes, m)
}

// checkFiles wants every file that a row names to be there, or known to be lost, and no other.
func checkFiles(hashes []string, m *Manifest) error {
	there := map[string]bool{}
	for _, x := range m.Members {
		if h, ok := strings.CutPrefix(x.Name, filesDir+"/"); ok {
			there[h[strings.IndexByte(h, '/')+1:]] = true
		}
	}
	for _, h := range hashes {
		if !there[h] && !slices.Contains(m.Lost, h) {
			return broken(filesDir+"/"+h, "is missing", "缺失", nil)
		}
		delete(there, h)
	}
	for h := range there {
		return broken(filesDir+"/"+h, "belongs to no row of the database", "不属于数据库中的任何记录", nil)
	}
	return nil
}
