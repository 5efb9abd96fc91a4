package console

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"islet/app"
	"islet/app/egress"
	"islet/app/studio"
	"islet/app/studio/dsl"
)

type importIn struct {
	Content     string `json:"yaml_content"`
	URL         string `json:"yaml_url"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Icon        string `json:"icon"`
	IconColor   string `json:"icon_color"`
	App         app.ID `json:"app_id"` // replace the draft of this app
	Rev         int64  `json:"rev"`    // of that draft; 0 is whichever stands
}

// ImportView is how an import went, in the caller's language.
type ImportView struct {
	ID       app.ID         `json:"id"`
	Status   dsl.Status     `json:"status"`
	App      app.ID         `json:"app_id"` // empty while pending
	Mode     app.Mode       `json:"app_mode"`
	Rev      int64          `json:"draft_rev"`
	Current  string         `json:"current_dsl_version"`
	Version  string         `json:"imported_dsl_version"`
	Error    string         `json:"error"`
	Nodes    []dsl.NodeView `json:"nodes"`
	Warnings []string       `json:"warnings"`
}

func (a *API) importApp(ctx context.Context, in *importIn) (*ImportView, error) {
	if in.App != "" {
		if _, err := app.ParseID(string(in.App)); err != nil {
			return nil, err
		}
	}
	raw, err := a.appFile(ctx, in)
	if err != nil {
		return nil, err
	}
	return importView(ctx)(a.Studio.Import(ctx, studio.ImportRequest{YAML: raw, Name: in.Name, Description: in.Description, Icon: in.Icon, IconColor: in.IconColor,
		App: in.App, Rev: in.Rev}))
}

func (a *API) confirmImport(ctx context.Context, in *ByID) (*ImportView, error) {
	return importView(ctx)(a.Studio.ConfirmImport(ctx, in.ID))
}

func importView(ctx context.Context) func(*studio.ImportResult, error) (*ImportView, error) {
	return func(r *studio.ImportResult, err error) (*ImportView, error) {
		if err != nil {
			return nil, err
		}
		v := r.Report.In(app.ScopeOf(ctx).Lang)
		return &ImportView{ID: r.ID, Status: v.Status, App: r.App, Mode: r.Mode, Rev: r.Rev, Current: dsl.Version, Version: v.Version,
			Error: v.Error, Nodes: v.Nodes, Warnings: v.Warnings}, nil
	}
}

// fetchFor is how long a link to a file may take.
const fetchFor = 10 * time.Second

// appFile is the text to import: given, or behind a link.
func (a *API) appFile(ctx context.Context, in *importIn) ([]byte, error) {
	if in.URL == "" {
		if in.Content == "" {
			return nil, app.Errorf(app.Invalid, "file_missing", "send the file as yaml_content, or a link to it as yaml_url", "请在 yaml_content 中提供文件内容，或在 yaml_url 中提供链接")
		}
		return []byte(in.Content), nil
	}
	if in.Content != "" {
		return nil, app.Errorf(app.Invalid, "file_twice", "send either yaml_content or yaml_url", "yaml_content 和 yaml_url 只能提供一个")
	}
	if a.Door == nil {
		return nil, app.Errorf(app.Refused, "egress_denied", "this site follows no links; send the file itself", "此站点不访问链接；请直接上传文件")
	}
	ctx, cancel := context.WithTimeout(ctx, fetchFor)
	defer cancel()
	raw, _, err := a.Door.Fetch(ctx, egress.Policy{Who: "app file", ConnectTimeout: fetchFor, HeaderTimeout: fetchFor}, rawLink(in.URL), dsl.MaxBytes)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, app.Errorf(app.Timeout, "fetch_timeout", "the link did not answer within %d seconds", "链接在 %d 秒内没有响应", int(fetchFor.Seconds())).Because(err)
	}
	return raw, err
}

// rawLink turns the page of a file on GitHub into the address of its text.
func rawLink(link string) string {
	rest, ok := strings.CutPrefix(link, "https://github.com/")
	if !ok || !strings.HasSuffix(link, ".yml") && !strings.HasSuffix(link, ".yaml") {
		return link
	}
	repo, file, ok := strings.Cut(rest, "/blob/")
	if !ok {
		return link
	}
	return "https://raw.githubusercontent.com/" + repo + "/" + file
}

type exportIn struct {
	ID      app.ID `path:"id" json:"-"`
	Version app.ID `query:"version_id" json:"-"`
	Secrets bool   `query:"include_secret" json:"-"`
}

// exportApp sends an app as a file that Dify and islet read.
func (a *API) exportApp(ctx context.Context, w http.ResponseWriter, in *exportIn) error {
	if in.Secrets && !app.ScopeOf(ctx).Role.AtLeast(app.Admin) {
		return app.Errorf(app.Forbidden, "forbidden", "only an administrator exports secrets; export without them", "只有管理员可以导出密钥；请不含密钥导出")
	}
	raw, name, err := a.Studio.Export(ctx, in.ID, in.Version, in.Secrets)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/yaml; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name) + ".yml"}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(raw) // an error means that the client left
	return nil
}

// fileName is a name without what file systems or shells could take for something else.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|`, r):
			return '-'
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name)
	safe = strings.TrimLeft(strings.TrimSpace(safe), ".-")
	if r := []rune(safe); len(r) > 80 {
		safe = string(r[:80])
	}
	if safe = strings.TrimRight(safe, ". "); safe == "" {
		return "app"
	}
	return safe
}
