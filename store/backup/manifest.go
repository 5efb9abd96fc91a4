package backup

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// format is the version of the file's form. A reader refuses newer ones.
const format = 1

// The fixed members.
const (
	manifestName = "manifest.json"
	endName      = "manifest-end.json"
	secretName   = "secret.key"
	filesDir     = "files"
)

// maxManifest bounds a manifest that is read: about half a million files.
const maxManifest = 96 << 20

// Manifest says what a backup holds.
type Manifest struct {
	Format       int       `json:"format"`
	Version      string    `json:"version"` // of the islet that wrote it
	Schema       int64     `json:"schema"`
	Installation string    `json:"installation"`
	Workspace    string    `json:"workspace"` // its name, for the person who restores
	CreatedAt    time.Time `json:"created_at"`
	Tables       []Table   `json:"tables"`
	Members      []Member  `json:"members"` // between the two manifests, in order
	Lost         []string  `json:"lost"`    // files that rows name but that were gone from the disk already
}

// Table is one table's content: equal tables have equal sums, whatever order the rows lie in.
type Table struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Member is one file in the archive.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Rows is the number of rows of all tables.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Bytes is what all members take when unpacked.
func (m *Manifest) Bytes() (n int64) {
	for _, x := range m.Members {
		n += x.Size
	}
	return n
}

// Files is the number of uploaded files.
func (m *Manifest) Files() (n int) {
	for _, x := range m.Members {
		if strings.HasPrefix(x.Name, filesDir+"/") {
			n++
		}
	}
	return n
}

// HasSecret tells whether the secret key is inside.
func (m *Manifest) HasSecret() bool {
	for _, x := range m.Members {
		if x.Name == secretName {
			return true
		}
	}
	return false
}

func (m *Manifest) encode() []byte {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		panic(err) // plain data always marshals
	}
	return append(b, '\n')
}

// parseManifest reads a manifest that may be hostile: when it returns one, all names in it are safe and all sizes plausible.
func parseManifest(raw []byte) (*Manifest, error) {
	var head struct {
		Format int   `json:"format"`
		Schema int64 `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, broken(manifestName, "is not readable", "无法读取", err)
	}
	newest, err := store.NewestSchema()
	if err != nil {
		return nil, err
	}
	if head.Format > format || head.Schema > newest {
		return nil, app.Errorf(app.Refused, "backup_invalid",
			"the backup was written by a newer islet (format %d, schema %d); restore it with that version or a newer one",
			"该备份由更新版本的 islet 生成（格式 %d，结构版本 %d）；请使用该版本或更新版本恢复", head.Format, head.Schema)
	}
	m := &Manifest{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, broken(manifestName, "is not readable", "无法读取", err)
	}
	return m, m.check()
}

var fileName = regexp.MustCompile(`^files/([0-9a-f]{2})/([0-9a-f]{64})$`)

// check refuses a manifest that no islet has written.
func (m *Manifest) check() error {
	if m.Format < 1 || m.Schema < 1 || len(m.Members) == 0 || m.Members[0].Name != store.MainFile {
		return broken(manifestName, "is incomplete", "不完整", nil)
	}
	if _, err := app.ParseID(m.Installation); err != nil {
		return broken(manifestName, "names no installation", "缺少安装标识", err)
	}
	seen := map[string]bool{}
	var total int64
	for i, x := range m.Members {
		parts := fileName.FindStringSubmatch(x.Name)
		isFile := parts != nil && strings.HasPrefix(parts[2], parts[1]) && parts[2] == x.SHA256
		known := i == 0 || i == 1 && x.Name == secretName || isFile
		sum, err := hex.DecodeString(x.SHA256)
		total += x.Size
		if !known || seen[x.Name] || err != nil || len(sum) != 32 || x.Size < 0 || total < 0 {
			return broken(x.Name, "does not belong into a backup", "不属于备份内容", err)
		}
		seen[x.Name] = true
	}
	return nil
}

// damage is what is wrong with a backup, and where.
type damage struct {
	member string
	text   app.Text
	cause  error
}

// Error is for the log.
func (d *damage) Error() string {
	if d.cause == nil {
		return d.member + " " + d.text.En
	}
	return d.member + " " + d.text.En + ": " + d.cause.Error()
}

// Unwrap returns the cause.
func (d *damage) Unwrap() error { return d.cause }

// broken is the error of a backup that must not be used, naming the member at fault.
func broken(member, en, zh string, cause error) error {
	if r := []rune(member); len(r) > 120 {
		member = string(r[:120]) + "…"
	}
	return app.Errorf(app.Refused, "backup_invalid", "the backup cannot be used: %[1]q %[2]s; take another backup file, nothing was changed",
		"该备份无法使用：%[1]q %[3]s；请换用其他备份文件，当前数据未被改动", member, en, zh).Because(&damage{member: member, text: app.Text{En: en, Zh: zh}, cause: cause})
}

// unproven is the error of a new backup that did not pass its drill.
func unproven(err error) error {
	var d *damage
	if !errors.As(err, &d) {
		return err
	}
	return app.Errorf(app.Unavailable, "drill_failed", "the new backup did not pass its drill and was thrown away: %[1]q %[2]s; check the disk, and keep the last verified backup",
		"新备份未通过恢复演练，已丢弃：%[1]q %[3]s；请检查磁盘，并保留最近一次已验证的备份", d.member, d.text.En, d.text.Zh).Because(err)
}
