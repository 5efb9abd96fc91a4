package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"islet/app"
	"islet/store/backup"
)

// trial restores a mangled backup and wants a refusal that names a place and leaves nothing.
type trial struct {
	t      *testing.T
	parent string
	pass   string
	count  int
}

func (r *trial) refuses(what string, raw []byte, codes ...string) {
	r.t.Helper()
	file := filepath.Join(r.t.TempDir(), "b")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.count++
	dry := r.count%4 != 0 // the same checks without the disk's syncs
	_, err := backup.Restore(context.Background(), backup.RestoreRequest{File: file, Data: filepath.Join(r.parent, "data"), Passphrase: r.pass, DryRun: dry})
	var e *app.Error
	if !errors.As(err, &e) {
		r.t.Fatalf("%s: Restore = %v, want a refusal", what, err)
	}
	ok := e.Code == "backup_invalid"
	for _, c := range codes {
		ok = ok || e.Code == c
	}
	if !ok {
		r.t.Errorf("%s: Restore = %v, want backup_invalid", what, err)
	}
	if left, err := os.ReadDir(r.parent); err != nil || len(left) != 0 {
		r.t.Fatalf("%s left %v behind (%v)", what, left, err)
	}
}

// raw is a backup's bytes.
func (s *site) raw(pass string) []byte {
	s.t.Helper()
	r := s.request()
	r.Passphrase = pass
	b, err := os.ReadFile(s.write(r).Path)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func TestRestore_refusesEveryTruncationFlipAndSwap(t *testing.T) {
	s := newSite(t)
	for _, pass := range []string{"", "open sesame"} {
		raw := s.raw(pass)
		n := 100
		if pass != "" {
			n = 10 // each costs a key derivation
		}
		rng := rand.New(rand.NewPCG(1, 2))
		r := &trial{t: t, parent: t.TempDir(), pass: pass}
		for i := range n {
			cut := rng.IntN(len(raw))
			if i < 5 {
				cut = i // the very beginning
			} else if i < 50 {
				cut = len(raw) - (i - 4) // the very end
			}
			r.refuses(fmt.Sprintf("cut to %d of %d bytes", cut, len(raw)), raw[:cut])
		}
		for range n {
			bad, at := bytes.Clone(raw), rng.IntN(len(raw))
			bad[at] ^= 1 << rng.IntN(8)
			r.refuses(fmt.Sprintf("bit flipped in byte %d", at), bad, "passphrase_wrong")
		}
		for range max(n/10, 3) {
			bad := bytes.Clone(raw)
			size := 64
			a, b := rng.IntN(len(raw)/2-size), len(raw)/2+rng.IntN(len(raw)/2-size)
			copy(bad[a:a+size], raw[b:b+size])
			copy(bad[b:b+size], raw[a:a+size])
			r.refuses(fmt.Sprintf("blocks at %d and %d swapped", a, b), bad, "passphrase_wrong")
		}
		r.refuses("a byte more", append(bytes.Clone(raw), 0))
	}
}

// take apart reads a good backup into its members.
func takeApart(t *testing.T, raw []byte) []backup.Entry {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(raw)) // as anybody's zstd would
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var all []backup.Entry
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, backup.Entry{Header: tar.Header{Name: h.Name, Mode: h.Mode}, Body: body})
	}
}

// forge puts members together, with manifests that fit unless the change spoils that.
func forge(t *testing.T, entries []backup.Entry, change func(*backup.Manifest)) []byte {
	t.Helper()
	m := &backup.Manifest{}
	if err := json.Unmarshal(entries[0].Body, m); err != nil {
		t.Fatal(err)
	}
	m.Members = nil
	for _, e := range entries[1 : len(entries)-1] {
		sum := sha256.Sum256(e.Body)
		m.Members = append(m.Members, backup.Member{Name: e.Header.Name, Size: int64(len(e.Body)), SHA256: hex.EncodeToString(sum[:])})
	}
	change(m)
	all := append([]backup.Entry{}, entries...)
	all[0].Body = m.Encode()
	all[len(all)-1].Body = m.Encode()
	var b bytes.Buffer
	if err := backup.Forge(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func nothing(*backup.Manifest) {}

func TestRestore_refusesForgeries(t *testing.T) {
	s := newSite(t)
	good := takeApart(t, s.raw(""))
	r := &trial{t: t, parent: t.TempDir()}

	// The forger's own good copy is accepted, so that the refusals below mean something.
	file := filepath.Join(t.TempDir(), "good")
	if err := os.WriteFile(file, forge(t, good, nothing), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), backup.RestoreRequest{File: file, DryRun: true}); err != nil {
		t.Fatalf("a good copy: %v", err)
	}

	rename := func(i int, name string) []backup.Entry {
		all := append([]backup.Entry{}, good...)
		all[i].Header.Name = name
		return all
	}
	with := func(i int, e backup.Entry) []byte {
		all := append(append(append([]backup.Entry{}, good[:i]...), e), good[i:]...)
		return forgeAsIs(t, all)
	}
	last := len(good) - 1
	r.refuses("nothing", nil)
	r.refuses("something else", []byte(strings.Repeat("hello ", 100)))
	for _, name := range []string{"../../etc/passwd", "/etc/passwd", `C:\x`, `..\x`, "files/../islet.db", "files/ab/../../x", "files/aa/" + strings.Repeat("b", 64), "marker", "kv/x", "secret.key/x"} {
		r.refuses("a member called "+name, forge(t, rename(2, name), nothing))
		r.refuses("a member called "+name+" in the tar only", forgeAsIs(t, rename(2, name)))
	}
	r.refuses("a member twice", with(3, good[2]))
	r.refuses("a member twice in the manifest too", forge(t, append(append(append([]backup.Entry{}, good[:3]...), good[2]), good[3:]...), nothing))
	r.refuses("a member too many", with(2, backup.Entry{Header: tar.Header{Name: "x"}, Body: []byte("x")}))
	r.refuses("a member after the end", forgeAsIs(t, append(append([]backup.Entry{}, good...), good[2])))
	r.refuses("a link", with(2, backup.Entry{Header: tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}))
	for i := range good {
		r.refuses("without "+good[i].Header.Name, forgeAsIs(t, append(append([]backup.Entry{}, good[:i]...), good[i+1:]...)))
	}
	r.refuses("another order", forgeAsIs(t, append([]backup.Entry{good[0], good[2], good[1]}, good[3:]...)))
	r.refuses("no file in the tar that rows name", forge(t, append(append([]backup.Entry{}, good[:2]...), good[3:]...), nothing))
	extra := sha256.Sum256([]byte("extra"))
	hash := hex.EncodeToString(extra[:])
	r.refuses("a file that no row names", forge(t, append(append(append([]backup.Entry{}, good[:last]...),
		backup.Entry{Header: tar.Header{Name: "files/" + hash[:2] + "/" + hash}, Body: []byte("extra")}), good[last]), nothing))

	for name, change := range map[string]func(*backup.Manifest){
		"newer format":             func(m *backup.Manifest) { m.Format = 2 },
		"newer schema":             func(m *backup.Manifest) { m.Schema = 9999 },
		"no format":                func(m *backup.Manifest) { m.Format = 0 },
		"smaller size":             func(m *backup.Manifest) { m.Members[1].Size-- },
		"larger size":              func(m *backup.Manifest) { m.Members[0].Size++ },
		"negative size":            func(m *backup.Manifest) { m.Members[0].Size = -1 },
		"sizes that overflow":      func(m *backup.Manifest) { m.Members[0].Size, m.Members[1].Size = 1<<62, 1<<62 },
		"more than any disk holds": func(m *backup.Manifest) { m.Members[0].Size = 1 << 60 },
		"wrong sum":                func(m *backup.Manifest) { m.Members[0].SHA256 = strings.Repeat("0", 64) },
		"foreign installation":     func(m *backup.Manifest) { m.Installation = string(app.NewID()) },
		"no installation":          func(m *backup.Manifest) { m.Installation = "../x" },
		"fewer rows":               func(m *backup.Manifest) { m.Tables[0].Rows++ },
		"no members":               func(m *backup.Manifest) { m.Members = nil },
		"another table":            func(m *backup.Manifest) { m.Tables = m.Tables[1:] },
	} {
		r.refuses(name, forge(t, good, change), "disk_full")
	}
	r.refuses("a manifest that is no JSON", forgeAsIs(t, append([]backup.Entry{{Header: good[0].Header, Body: []byte("{")}}, good[1:]...)))
	differs := append([]backup.Entry{}, good...)
	differs[last].Body = append(bytes.Clone(good[last].Body), ' ')
	r.refuses("two manifests", forgeAsIs(t, differs))
}

func forgeAsIs(t *testing.T, entries []backup.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := backup.Forge(&b, entries); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRestore_refusesHostileDatabases(t *testing.T) {
	s := newSite(t)
	good := takeApart(t, s.raw(""))
	r := &trial{t: t, parent: t.TempDir()}
	with := func(db []byte) []byte {
		all := append([]backup.Entry{}, good...)
		all[1].Body = db
		return forge(t, all, nothing)
	}
	for name, sqls := range map[string]string{
		"a trigger":              `CREATE TRIGGER t AFTER INSERT ON messages BEGIN DELETE FROM users; END`,
		"a view":                 `CREATE VIEW v AS SELECT * FROM users`,
		"a view named as ours":   `ALTER TABLE meta RENAME TO meta2; CREATE VIEW meta AS SELECT * FROM meta2`,
		"a foreign table":        `CREATE TABLE x (y)`,
		"a missing index":        `DROP INDEX messages_thread`,
		"an index on a function": `CREATE INDEX i ON users (lower(email))`,
		"a row that dangles":     `PRAGMA foreign_keys = OFF; DELETE FROM conversations`,
		"another row":            `INSERT INTO meta VALUES ('x', 'y')`,
		"a newer schema":         `UPDATE goose_db_version SET version_id = 9999 WHERE version_id = 1`,
		"another installation":   `UPDATE meta SET value = '0191e5a0-0000-7000-8000-000000000000' WHERE key = 'installation'`,
		"a hash that climbs":     `UPDATE files SET hash = '../../../x'`,
		"no tables":              `PRAGMA writable_schema = ON; DELETE FROM sqlite_master`,
	} {
		r.refuses(name, with(alter(t, good[1].Body, sqls)))
	}
	r.refuses("no database at all", with([]byte("not a database")))
	r.refuses("an empty database", with(nil))
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 30 {
		bad := bytes.Clone(good[1].Body)
		page := rng.IntN(len(bad)/4096) * 4096
		for j := range 64 { // a page's header and first cells
			bad[page+j] = byte(rng.Uint32())
		}
		r.refuses(fmt.Sprintf("page %d spoilt (%d)", page/4096, i), with(bad))
	}
}

// alter runs SQL on a database as its owner could.
func alter(t *testing.T, db []byte, sqls string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, db, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	c.SetMaxOpenConns(1)
	_, err = c.Exec(sqls)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatalf("%s: %v", sqls, err)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBackup_opensWithStandardTools(t *testing.T) {
	s := newSite(t)
	r := s.request()
	r.Passphrase = "open sesame"
	f, err := os.Open(s.write(r).Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	id, err := age.NewScryptIdentity(r.Passphrase)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(f, id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range takeApart(t, raw) {
		names = append(names, e.Header.Name)
	}
	if names[0] != "manifest.json" || names[1] != "islet.db" || names[2] != "secret.key" || names[len(names)-1] != "manifest-end.json" || len(names) != 7 {
		t.Errorf("members = %v", names)
	}
}
