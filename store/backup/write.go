package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// Request says which backup to write.
type Request struct {
	Data       string    // the data directory; a server may be using it
	To         string    // the folder for the file, made where it is missing
	Passphrase string    // empty: not encrypted, and without the secret key
	Version    string    // of this islet
	Now        time.Time // names the file
}

// Result is a backup that was written and proven.
type Result struct {
	Path      string
	Manifest  *Manifest
	Size      int64
	SHA256    string // of the file
	Took      time.Duration
	DrillTook time.Duration
}

// The names of backup files: nothing else in the folder is ever read, offered or deleted.
const (
	plainSuffix     = ".tar.zst"
	encryptedSuffix = ".tar.zst.age"
)

// Write makes one backup file, proves that it can be restored, and only then gives it its name. If it fails or ctx ends,
// nothing is left. One backup of a data directory runs at a time; another is backup_running.
func Write(ctx context.Context, r Request) (_ *Result, err error) {
	w, err := newWork(r.Data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := os.MkdirAll(r.To, 0o700); err != nil {
		return nil, unwritable(r.To, err)
	}
	start := time.Now()
	m, err := w.snapshot(ctx, r)
	if err != nil {
		return nil, err
	}
	sweepParts(r.To, m.Installation)
	if err := enoughSpace(r, m); err != nil {
		return nil, err
	}
	part := filepath.Join(r.To, partPrefix+m.Installation+"-"+string(app.NewID()))
	defer func() { _ = os.Remove(part) }() // after the rename it is not there
	size, sum, err := w.write(ctx, part, r.Passphrase, m)
	if err != nil {
		return nil, diskFull(r.To, err)
	}
	res := &Result{Manifest: m, Size: size, SHA256: sum, Took: time.Since(start)}
	start = time.Now()
	if err := w.drill(ctx, part, r.Passphrase, m); err != nil {
		return nil, diskFull(r.Data, unproven(err))
	}
	res.DrillTook = time.Since(start)
	res.Path, err = publish(part, r)
	return res, err
}

// work is the folder inside the data directory where plain copies lie while a backup runs.
type work struct {
	data, dir string
	unlock    func() error
}

const (
	workDir    = ".backup"
	partPrefix = ".islet-part-"
)

// newWork takes the folder, emptied of what a killed process has left.
func newWork(data string) (*work, error) {
	if _, err := os.Stat(filepath.Join(data, store.MainFile)); err != nil {
		return nil, app.Errorf(app.NotFound, "no_data", "there is no islet data in %s; name the data directory with --data", "%s 中没有 islet 数据；请用 --data 指定数据目录", data).Because(err)
	}
	dir := filepath.Join(data, workDir)
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	w := &work{data: data, dir: dir, unlock: unlock}
	if err := w.empty(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// empty removes everything but the lock.
func (w *work) empty() error {
	entries, err := os.ReadDir(w.dir)
	for _, e := range entries {
		if e.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(w.dir, e.Name())))
		}
	}
	return err
}

func (w *work) close() error {
	err := errors.Join(w.empty(), w.unlock())
	_ = os.Remove(w.dir) // another may have begun
	return err
}

// snapshots bounds how often the snapshot is taken again because a file it names was swept meanwhile.
const snapshots = 3

// snapshot copies the database and holds the files that it names, so that both are of one moment.
func (w *work) snapshot(ctx context.Context, r Request) (*Manifest, error) {
	var lost []string
	for range snapshots {
		if err := w.empty(); err != nil {
			return nil, err
		}
		m, hashes, err := w.copyTruth(ctx, r)
		if err != nil {
			return nil, err
		}
		gone, err := w.hold(ctx, m, hashes)
		if err != nil {
			return nil, err
		}
		if slices.Equal(gone, lost) { // none, or the same again: their rows are still there, so the disk lost them
			m.Lost = append([]string{}, gone...)
			return m, nil
		}
		lost = gone
	}
	return nil, app.Errorf(app.Unavailable, "busy", "uploaded files were deleted faster than they could be copied; try again in a moment", "上传的文件在复制期间不断被删除；请稍后再试").After(60)
}

// copyTruth copies the database and reads the manifest from the copy.
func (w *work) copyTruth(ctx context.Context, r Request) (*Manifest, []string, error) {
	path := filepath.Join(w.dir, store.MainFile)
	if err := copyDatabase(ctx, filepath.Join(w.data, store.MainFile), path); err != nil {
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		return nil, nil, diskFull(w.data, fmt.Errorf("copy the database: %w", err))
	}
	c, err := openCopy(ctx, path)
	if err != nil {
		return nil, nil, app.Errorf(app.Unavailable, "database_damaged", "the database did not pass its check, so no backup was made of it; keep the last verified backup and check the disk",
			"数据库未通过检查，因此没有生成备份；请保留最近一次已验证的备份并检查磁盘").Because(err)
	}
	m := &Manifest{Format: format, Version: r.Version, CreatedAt: r.Now.UTC().Truncate(time.Second), Lost: []string{}}
	hashes, err := c.hashes(ctx)
	if err := errors.Join(err, c.about(ctx, m), c.close()); err != nil {
		return nil, nil, err
	}
	truth, err := measure(ctx, path)
	truth.Name = store.MainFile
	m.Members = []Member{truth}
	if err != nil || r.Passphrase == "" {
		return m, hashes, err
	}
	raw, err := os.ReadFile(filepath.Join(w.data, secretName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, hashes, nil // lost: the server makes another, and the credentials are entered again
	}
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(raw)
	m.Members = append(m.Members, Member{Name: secretName, Size: int64(len(raw)), SHA256: hex.EncodeToString(sum[:])})
	return m, hashes, os.WriteFile(filepath.Join(w.dir, secretName), raw, 0o600)
}

// hold links the files into the work folder, so that a sweep cannot take them, and adds them to the manifest. It returns those
// that are gone. Where the file system has no links, the original is used: a sweep then fails the backup, and the next one works.
func (w *work) hold(ctx context.Context, m *Manifest, hashes []string) (gone []string, err error) {
	for _, h := range hashes {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		name := filesDir + "/" + h[:min(2, len(h))] + "/" + h
		if !fileName.MatchString(name) {
			gone = append(gone, h)
			continue
		}
		from := filepath.Join(w.data, filepath.FromSlash(name))
		info, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, h)
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := os.Link(from, filepath.Join(w.dir, h)); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, h)
			continue
		}
		m.Members = append(m.Members, Member{Name: name, Size: info.Size(), SHA256: h})
	}
	return gone, nil
}

// open returns the held bytes of a member.
func (w *work) open(x Member) (io.ReadCloser, error) {
	parts := fileName.FindStringSubmatch(x.Name)
	if parts == nil {
		return os.Open(filepath.Join(w.dir, x.Name))
	}
	f, err := os.Open(filepath.Join(w.dir, parts[2]))
	if errors.Is(err, fs.ErrNotExist) { // no links on this file system
		return os.Open(filepath.Join(w.data, filepath.FromSlash(x.Name)))
	}
	return f, err
}

// write makes the archive and puts it on the disk.
func (w *work) write(ctx context.Context, path, passphrase string, m *Manifest) (size int64, sum string, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, "", unwritable(filepath.Dir(path), err)
	}
	h := sha256.New()
	n := &counter{w: io.MultiWriter(f, h)}
	err = pack(ctx, n, passphrase, m, w.open)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, "", err
	}
	return n.n, hex.EncodeToString(h.Sum(nil)), nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// drill restores the file into a scratch folder and compares.
func (w *work) drill(ctx context.Context, path, passphrase string, want *Manifest) error {
	scratch := filepath.Join(w.dir, "drill")
	got, err := extract(ctx, path, passphrase, scratch, drilling)
	if err != nil {
		return err
	}
	if string(got.encode()) != string(want.encode()) {
		return broken(manifestName, "was read back differently than it was written", "读回的内容与写入的不一致", nil)
	}
	return os.RemoveAll(scratch)
}

// publish gives a proven file its name. An older file of the same second keeps its own.
func publish(part string, r Request) (string, error) {
	suffix := plainSuffix
	if r.Passphrase != "" {
		suffix = encryptedSuffix
	}
	stem := "islet-" + r.Now.Format("20060102-150405")
	for i := 1; ; i++ {
		name := stem + suffix
		if i > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, i, suffix)
		}
		path := filepath.Join(r.To, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := os.Rename(part, path); err != nil {
			return "", err
		}
		return path, syncPath(r.To)
	}
}

// sweepParts removes what killed backups of this installation left; others may be writing into the same folder.
func sweepParts(dir, installation string) {
	left, _ := filepath.Glob(filepath.Join(dir, partPrefix+installation+"-*")) // the pattern is right
	for _, p := range left {
		_ = os.Remove(p) // best effort: the next backup tries again
	}
}

// enoughSpace refuses early what would fill the disk: the archive, and its drill beside the data.
func enoughSpace(r Request, m *Manifest) error {
	need := m.Bytes()
	if within, err := filepath.Rel(r.Data, r.To); err == nil && filepath.IsLocal(within) {
		need += need / 2 // archive and drill share the disk
	}
	return errors.Join(roomFor(need, r.To), roomFor(need, r.Data))
}

// roomFor refuses with a sentence where a disk has not so many bytes free, and some for the server that goes on writing.
func roomFor(bytes int64, dir string) error {
	const reserve = 32 << 20
	free := store.FreeBytes(dir)
	if free < 0 || free >= bytes+reserve {
		return nil
	}
	return app.Errorf(app.Unavailable, "disk_full", "%[1]s needs %[2]d MB of free space and has %[3]d; free some, or choose another folder",
		"%[1]s 需要 %[2]d MB 可用空间，目前只有 %[3]d MB；请清理磁盘或选择其他目录", dir, (bytes+reserve)>>20, free>>20)
}

// measure sums a file.
func measure(ctx context.Context, path string) (m Member, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, err
	}
	h := sha256.New()
	m.Size, err = io.Copy(h, &patient{ctx: ctx, r: f})
	m.SHA256 = hex.EncodeToString(h.Sum(nil))
	return m, errors.Join(err, f.Close())
}

func unwritable(dir string, err error) error {
	return app.Errorf(app.Conflict, "target_read_only", "%s cannot be written; check that it exists and that this user may write there", "%s 不可写；请确认该目录存在且当前用户有写入权限", dir).Because(err)
}

// IsName tells whether a file name is one that Write gives.
func IsName(name string) bool {
	return strings.HasPrefix(name, "islet-") && filepath.Base(name) == name &&
		(strings.HasSuffix(name, plainSuffix) || strings.HasSuffix(name, encryptedSuffix))
}
