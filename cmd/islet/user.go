package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"islet/app"
	"islet/app/account"
	"islet/store"
)

// userCmd is `islet user`: the rescue of those who cannot sign in. It works while the server is stopped, because the server
// keeps what it knows of sessions in memory.
type userCmd struct {
	List  userListCmd  `cmd:"" help:"list the accounts"`
	Add   userAddCmd   `cmd:"" help:"add an account; prints a password unless one is given"`
	Reset userResetCmd `cmd:"" name:"reset-password" help:"give an account another password, end its sessions and enable it"`
}

// passwordFlag lets a script give the password.
type passwordFlag struct {
	Stdin bool `name:"password-stdin" help:"read the password from the first line of standard input"`
}

// read is the password given, or a new one that must be shown.
func (f passwordFlag) read(in io.Reader) (password string, made bool, err error) {
	if !f.Stdin {
		return strings.ToLower(rand.Text()[:16]), true, nil // 80 random bits, easy to type
	}
	line, err := firstLine(in)
	return line, false, err
}

// firstLine is the first line of a stream, without its end.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type userListCmd struct{ dataFlags }

// Run prints a table.
func (c *userListCmd) Run(ctx context.Context, e *env) error {
	return withAccounts(ctx, c.Data, func(ctx context.Context, db *store.DB, _ *account.Accounts) error {
		var all []*app.User
		err := db.View(ctx, func(s *store.Snapshot) (err error) { all, _, err = s.Members(100_000, 0); return err })
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.Out, 0, 0, 2, ' ', 0)
		for _, u := range all {
			state := ""
			if u.Disabled {
				state = app.Text{En: "disabled", Zh: "已停用"}.In(e.Lang)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Email, u.Role, u.Name, state)
		}
		return w.Flush()
	})
}

type userAddCmd struct {
	dataFlags
	passwordFlag
	Email string `arg:"" help:"the name to sign in with"`
	Name  string `help:"the person's name; the part before @ otherwise"`
	Role  string `help:"admin, editor or member" default:"editor" enum:"admin,editor,member"`
}

// Run adds the account and prints the password that it made.
func (c *userAddCmd) Run(ctx context.Context, e *env) error {
	name := c.Name
	if name == "" {
		name, _, _ = strings.Cut(c.Email, "@")
	}
	password, made, err := c.read(e.In)
	if err != nil {
		return err
	}
	return withAccounts(ctx, c.Data, func(ctx context.Context, _ *store.DB, a *account.Accounts) error {
		u, err := a.Add(ctx, c.Email, name, password, app.Role(c.Role), e.Lang)
		if err != nil {
			return err
		}
		e.say(app.Textf("added %s as %s", "已添加 %s，角色 %s", u.Email, u.Role))
		e.sayPassword(password, made)
		return nil
	})
}

type userResetCmd struct {
	dataFlags
	passwordFlag
	Email string `arg:"" help:"whose password"`
}

// Run sets the password and prints it if it made it.
func (c *userResetCmd) Run(ctx context.Context, e *env) error {
	password, made, err := c.read(e.In)
	if err != nil {
		return err
	}
	return withAccounts(ctx, c.Data, func(ctx context.Context, _ *store.DB, a *account.Accounts) error {
		u, err := a.SetPassword(ctx, c.Email, password)
		if err != nil {
			return err
		}
		e.say(app.Textf("%s has a new password; all its sessions have ended", "%s 的密码已重置，其所有会话均已结束", u.Email))
		e.sayPassword(password, made)
		return nil
	})
}

func (e *env) sayPassword(password string, made bool) {
	if made {
		e.say(app.Textf("password: %s", "密码：%s", password))
	}
}

// withAccounts runs fn on a stopped site with the rights of its operator.
func withAccounts(ctx context.Context, data string, fn func(context.Context, *store.DB, *account.Accounts) error) (err error) {
	if err := mustHoldData(data); err != nil {
		return err
	}
	claim, err := store.Take(data, version)
	if errors.Is(err, &app.Error{Code: "data_in_use"}) {
		return app.Errorf(app.Conflict, "data_in_use", "islet is running on %s; stop it first, or manage people on its page under System, Members", "islet 正在使用 %s；请先停止它，或在网页的「系统 - 成员」中管理", data).Because(err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claim.Release()) }()
	db, err := store.Open(ctx, claim.Dir, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := claim.Settle(db, version); err != nil {
		return err
	}
	accounts := account.New(db, account.Options{})
	ctx, err = accounts.Operator(ctx)
	if app.KindOf(err) == app.NotFound {
		return app.Errorf(app.Conflict, "not_set_up", "%s is not set up yet; start islet and open the link that it prints", "%s 尚未初始化；请启动 islet 并打开它打印的链接", data)
	}
	if err != nil {
		return err
	}
	return fn(ctx, db, accounts)
}
