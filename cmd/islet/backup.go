package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"islet/app"
	"islet/store"
	"islet/store/backup"
)

// backupCmd is `islet backup`. It reads the data directory beside a server that is using it: SQLite keeps the two apart.
type backupCmd struct {
	dataFlags
	passphraseFlag
	To string `help:"folder for the file; backups in the data directory otherwise" type:"path" placeholder:"DIR"`
}

// passphraseFlag is how a passphrase comes in: never as an argument, which everybody on the machine could read.
type passphraseFlag struct {
	PassphraseFile string `help:"file whose first line is the passphrase; or the variable ISLET_PASSPHRASE" type:"path" placeholder:"FILE"`
}

// read is the passphrase given, empty where none was.
func (f passphraseFlag) read() (string, error) {
	if f.PassphraseFile == "" {
		return os.Getenv("ISLET_PASSPHRASE"), nil
	}
	r, err := os.Open(f.PassphraseFile)
	if err != nil {
		return "", app.Errorf(app.Invalid, "passphrase_unreadable", "the passphrase file %s cannot be read", "无法读取口令文件 %s", f.PassphraseFile).Because(err)
	}
	line, err := firstLine(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	if line == "" {
		return "", app.Errorf(app.Invalid, "passphrase_unreadable", "the passphrase file %s is empty", "口令文件 %s 是空的", f.PassphraseFile)
	}
	return line, nil
}

// Run writes the file, proves it, and puts it on the list of the site if it lies in the site's own folder.
func (c *backupCmd) Run(ctx context.Context, e *env) error {
	if err := mustHoldData(c.Data); err != nil {
		return err
	}
	pass, err := c.read()
	if err != nil {
		return err
	}
	if pass != "" {
		if err := backup.CheckPassphrase(pass); err != nil {
			return err
		}
	}
	own := filepath.Join(c.Data, "backups")
	to := c.To
	if to == "" {
		to = own
	}
	res, err := backup.Write(ctx, backup.Request{Data: c.Data, To: to, Passphrase: pass, Version: version, Now: time.Now()})
	if err != nil {
		return err
	}
	m := res.Manifest
	e.say(app.Textf("wrote %[1]s: %[2]d rows, %[3]d files, %.1[4]f MB in %.1[5]f s; restored it to prove it in %.1[6]f s",
		"已写入 %[1]s：%[2]d 行数据，%[3]d 个文件，%.1[4]f MB，用时 %.1[5]f 秒；恢复演练通过，用时 %.1[6]f 秒",
		res.Path, m.Rows(), m.Files(), float64(res.Size)/(1<<20), res.Took.Seconds(), res.DrillTook.Seconds()))
	e.sayBackupLimits(m)
	if filepath.Clean(to) != own {
		return nil
	}
	if err := backup.Record(ctx, c.Data, res, pass != ""); err != nil {
		return app.Errorf(app.Unavailable, "backup_unlisted", "the backup file is good, but it could not be put on the list of backups", "备份文件完好，但未能登记到备份列表").Because(err)
	}
	return nil
}

// sayBackupLimits tells what the file does not hold.
func (e *env) sayBackupLimits(m *backup.Manifest) {
	if !m.HasSecret() {
		e.say(app.Text{
			En: "secret.key is not inside: after a restore, copy it by hand or enter the model servers' keys again; with a passphrase it is inside",
			Zh: "备份中不含 secret.key：恢复后需手动拷贝该文件，或重新输入模型服务的密钥；设置口令后会包含在内"})
	}
	if len(m.Lost) > 0 {
		e.say(app.Textf("%d uploaded files were gone from the disk already: %s", "%d 个上传文件在备份前就已从磁盘丢失：%s", len(m.Lost), strings.Join(m.Lost, " ")))
	}
}

// mustHoldData refuses a directory without a database, so that no command makes one by a typing error.
func mustHoldData(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, store.MainFile)); err != nil {
		return app.Errorf(app.NotFound, "no_data", "there is no islet data in %s; name the data directory with --data", "%s 中没有 islet 数据；请用 --data 指定数据目录", dir).Because(err)
	}
	return nil
}
