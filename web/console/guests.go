package console

import (
	"context"
	"io"
	"slices"
	"strings"

	"islet/app"
	"islet/app/account"
	"islet/store"
	"islet/web/route"
)

// guestRoutes are the rows about who may use a published web app. The secret part of an invitation or link is in one answer only.
func (a *API) guestRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /apps/{id}/guests", a.guests, editor)
	route.Handle(g, "POST /apps/{id}/guests", a.addGuest, editor)
	route.Handle(g, "POST /apps/{id}/guests/import", a.importGuests, editor, route.Limit(guestFileLimit))
	route.Handle(g, "PATCH /apps/{id}/guests/{gid}", a.editGuest, editor)
	route.Handle(g, "DELETE /apps/{id}/guests/{gid}", a.turnAway, editor)
	route.Handle(g, "POST /apps/{id}/guests/{gid}/reset-link", a.resetGuest, editor)
	route.Handle(g, "GET /apps/{id}/codes", a.codes, editor)
	route.Handle(g, "POST /apps/{id}/codes", a.makeCodes, editor)
	route.Handle(g, "DELETE /apps/{id}/codes/{cid}", a.withdrawCode, editor)
}

const guestFileLimit = 2 << 20

type guestsIn struct {
	ByID
	Text string `query:"q" json:"-"`
	Page
}

func (a *API) guests(ctx context.Context, in *guestsIn) (*List[*app.Guest], error) {
	offset, limit := in.bounds()
	out := &List[*app.Guest]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if _, err = s.App(in.ID); err != nil {
			return err
		}
		out.Data, out.Total, err = s.Guests(in.ID, strings.TrimSpace(in.Text), limit, offset)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type addGuestIn struct {
	ByID
	account.NewGuest
}

func (a *API) addGuest(ctx context.Context, in *addGuestIn) (*account.MadeGuest, error) {
	return a.Accounts.AddGuest(ctx, in.ID, in.NewGuest)
}

type importGuestsIn struct {
	ByID
	File *route.Upload `form:"file" json:"-"`
}

// importGuests takes a table with a column for logins and, if they are there, for names and passwords. Without a head that says
// which is which, they are the first, second and third column.
func (a *API) importGuests(ctx context.Context, in *importGuestsIn) (*List[account.ImportedGuest], error) {
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	rows, err := a.rows(ctx, in.File)
	if err != nil {
		return nil, err
	}
	people, skip := guestRows(rows)
	if len(people) == 0 {
		return nil, app.Errorf(app.Invalid, "table_empty", "the file has no rows with people", "文件中没有人员数据")
	}
	done, err := a.Accounts.ImportGuests(ctx, in.ID, people)
	for i := range done {
		done[i].Row += skip
	}
	return list(done, err)
}

// rows reads an uploaded table in the reader's process.
func (a *API) rows(ctx context.Context, up *route.Upload) ([][]string, error) {
	body, err := up.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // only read
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	return a.Rows(ctx, raw)
}

// The heads by which a column is known.
var (
	loginHeads    = []string{"login", "user", "username", "account", "email", "登录名", "用户名", "账号", "帐号", "工号", "学号", "邮箱"}
	nameHeads     = []string{"name", "full name", "姓名", "名字"}
	passwordHeads = []string{"password", "initial password", "密码", "初始密码"}
)

// guestRows are the people of a table, and how many rows stand above the first of them.
func guestRows(rows [][]string) (people []account.NewGuest, skip int) {
	if len(rows) == 0 {
		return nil, 0
	}
	column := func(heads []string) int {
		return slices.IndexFunc(rows[0], func(c string) bool { return slices.Contains(heads, strings.ToLower(strings.TrimSpace(c))) })
	}
	login, name, password := column(loginHeads), column(nameHeads), column(passwordHeads)
	if login >= 0 {
		rows, skip = rows[1:], 1
	} else {
		login, name, password = 0, 1, 2
	}
	cell := func(row []string, i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	for _, row := range rows {
		people = append(people, account.NewGuest{Login: cell(row, login), Name: cell(row, name), Password: cell(row, password)})
	}
	return people, skip
}

type guestIn struct {
	ByID
	Guest app.ID `path:"gid" json:"-"`
}

type editGuestIn struct {
	guestIn
	account.GuestChange
}

func (a *API) editGuest(ctx context.Context, in *editGuestIn) (*app.Guest, error) {
	return a.Accounts.EditGuest(ctx, in.ID, in.Guest, in.GuestChange)
}

func (a *API) turnAway(ctx context.Context, in *guestIn) (*None, error) {
	return nil, a.Accounts.TurnAway(ctx, in.ID, in.Guest)
}

// GuestToken is the secret part of a link with which a guest chooses a password.
type GuestToken struct {
	Guest *app.Guest `json:"guest"`
	Token string     `json:"token"`
}

func (a *API) resetGuest(ctx context.Context, in *guestIn) (*GuestToken, error) {
	token, g, err := a.Accounts.GuestReset(ctx, in.ID, in.Guest)
	if err != nil {
		return nil, err
	}
	return &GuestToken{Guest: g, Token: token}, nil
}

func (a *API) codes(ctx context.Context, in *ByID) (*List[*app.GuestLink], error) {
	var out []*app.GuestLink
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if _, err = s.App(in.ID); err != nil {
			return err
		}
		out, err = s.GuestLinks(in.ID)
		return err
	})
	return list(out, err)
}

type makeCodesIn struct {
	ByID
	account.Codes
}

func (a *API) makeCodes(ctx context.Context, in *makeCodesIn) (*List[account.Code], error) {
	return list(a.Accounts.InviteGuests(ctx, in.ID, in.Codes))
}

type withdrawCodeIn struct {
	ByID
	Code app.ID `path:"cid" json:"-"`
}

func (a *API) withdrawCode(ctx context.Context, in *withdrawCodeIn) (*None, error) {
	return nil, a.Accounts.WithdrawCode(ctx, in.ID, in.Code)
}
