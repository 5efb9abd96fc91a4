package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"islet/app"
	"islet/store/backup"
)

// restoreCmd is `islet restore FILE`.
type restoreCmd struct {
	dataFlags
	passphraseFlag
	File   string `arg:"" help:"the backup file" type:"path"`
	DryRun bool   `help:"check the file and say what it holds; make nothing"`
}

// Run restores the file into an empty folder, or only says what it would restore. An encrypted file asks for its passphrase
// where there is a terminal to ask on.
func (c *restoreCmd) Run(ctx context.Context, e *env) error {
	pass, err := c.read()
	if err != nil {
		return err
	}
	m, err := c.restore(ctx, pass)
	if pass == "" && errors.Is(err, &app.Error{Code: "passphrase_needed"}) {
		if pass, err = e.askPassphrase(err); err != nil {
			return err
		}
		m, err = c.restore(ctx, pass)
	}
	if err != nil {
		return err
	}
	e.say(app.Textf("backup of %[1]q, taken %[2]s by islet %[3]s: %[4]d rows in %[5]d tables, %[6]d files, %.1[7]f MB",
		"备份来自「%[1]s」，由 islet %[3]s 于 %[2]s 生成：%[5]d 张表共 %[4]d 行，%[6]d 个文件，%.1[7]f MB",
		m.Workspace, m.CreatedAt.Local().Format("2006-01-02 15:04:05"), m.Version, m.Rows(), len(m.Tables), m.Files(), float64(m.Bytes())/(1<<20)))
	if c.DryRun {
		e.say(app.Text{En: "every check passed; nothing was written", Zh: "所有检查均已通过；未写入任何内容"})
		return nil
	}
	e.say(app.Textf("restored into %[1]s; start it with: islet --data %[1]s", "已恢复到 %[1]s；启动命令：islet --data %[1]s", c.Data))
	if !m.HasSecret() {
		e.say(app.Textf("the backup holds no secret.key: before the first start copy the old one into %[1]s, or enter the keys of the model servers again",
			"备份中不含 secret.key：请在首次启动前把原来的 secret.key 拷贝到 %[1]s，否则需重新输入模型服务的密钥", c.Data))
	}
	return nil
}

func (c *restoreCmd) restore(ctx context.Context, pass string) (*backup.Manifest, error) {
	return backup.Restore(ctx, backup.RestoreRequest{File: c.File, Data: c.Data, Passphrase: pass, Version: version, DryRun: c.DryRun})
}

// askPassphrase asks on the terminal; without one it returns why.
func (e *env) askPassphrase(why error) (string, error) {
	in, ok := e.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", why
	}
	fmt.Fprint(e.Err, app.Text{En: "passphrase: ", Zh: "口令："}.In(e.Lang))
	b, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(e.Err)
	return string(b), err
}
