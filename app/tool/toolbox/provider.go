package toolbox

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"islet/app"
	"islet/app/egress"
	"islet/app/tool"
	"islet/app/tool/openapi"
	"islet/store"
)

// sealedFor binds the secrets of providers to their use: see store.DB.Seal.
const sealedFor = "tool provider"

// secrets are what a provider is told and nobody else.
type secrets struct {
	Key     string            `json:"key,omitempty"`     // API key, token or password
	Headers map[string]string `json:"headers,omitempty"` // by their names
	Client  string            `json:"client,omitempty"`  // secret of an OAuth client of one's own
	OAuth   *grant            `json:"oauth,omitempty"`
}

func (b *Box) unseal(p *app.ToolProvider) (s secrets, err error) {
	if len(p.Sealed) == 0 {
		return s, nil
	}
	plain, err := b.DB.Open(sealedFor, p.Sealed)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(plain), &s)
}

// seal stores secrets in a provider, with hints of them.
func (b *Box) seal(p *app.ToolProvider, s secrets) {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts only
	}
	p.Sealed, p.Hints = b.DB.Seal(sealedFor, string(raw)), map[string]string{}
	if s.Key != "" {
		p.Hints["key"] = hint(s.Key)
	}
	if s.Client != "" {
		p.Hints["client"] = hint(s.Client)
	}
	if s.OAuth != nil {
		p.Hints["oauth"] = ""
	}
	for name, v := range s.Headers {
		p.Hints["header:"+name] = hint(v)
	}
}

func hint(secret string) string {
	if r := []rune(secret); len(r) > 8 {
		return string(r[len(r)-4:])
	}
	return ""
}

// ToolHeader is a further header of a provider's requests. An empty value keeps the one that is stored.
type ToolHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Change is what a person says of a provider. A nil field keeps what is there.
type Change struct {
	Name        *string         `json:"name"`
	Description *string         `json:"description"`
	Icon        *string         `json:"icon"`
	IconColor   *string         `json:"icon_color"`
	Config      *app.ToolConfig `json:"config"`
	Document    *string         `json:"document"` // of ToolAPI
	Off         *[]string       `json:"off"`
	Headers     *[]ToolHeader   `json:"headers"`
	Key         *string         `json:"key"`           // "" keeps the one that is stored
	Client      *string         `json:"client_secret"` // likewise
}

// Create adds a provider of a kind. An MCP server is asked for its tools first, and one that does not answer is an error; one
// that wants to be authorized by a person is stored without tools.
func (b *Box) Create(ctx context.Context, kind string, c Change) (*app.ToolProvider, error) {
	if kind != app.ToolAPI && kind != app.ToolMCP {
		return nil, app.Errorf(app.Invalid, "tool_kind_invalid", "tools of the kind %q cannot be added", "不能添加类型为“%s”的工具", kind)
	}
	p := &app.ToolProvider{ID: app.NewID(), Kind: kind, Off: []string{}, Tools: []app.OfferedTool{}, Hints: map[string]string{}, Sealed: []byte{}}
	s, err := b.apply(p, secrets{}, &c)
	if err != nil {
		return nil, err
	}
	b.seal(p, s)
	if kind == app.ToolMCP {
		if err := b.meet(ctx, p); err != nil {
			return nil, err
		}
	}
	return p, b.DB.Update(ctx, func(tx *store.Tx) error {
		p.CreatedAt, p.UpdatedAt, p.CreatedBy = tx.Now(), tx.Now(), tx.Scope().User
		return tx.InsertToolProvider(p)
	})
}

// Update changes a provider. Credentials that are not given anew stay, but not when its address leads to another host: then they
// must be entered again, so that nobody sends to themselves what others entered.
func (b *Box) Update(ctx context.Context, id app.ID, c Change) (p *app.ToolProvider, err error) {
	if err := b.DB.View(ctx, func(s *store.Snapshot) error { p, err = s.ToolProvider(id); return err }); err != nil {
		return nil, err
	}
	old, err := b.unseal(p)
	if err != nil {
		old = secrets{} // sealed with a key that is gone: what is entered now replaces them
	}
	was := *p
	s, err := b.apply(p, old, &c)
	if err != nil {
		return nil, err
	}
	if hostOf(was.Config.URL) != hostOf(p.Config.URL) && carried(&old, &s) {
		return nil, app.Errorf(app.Invalid, "credentials_needed", "the address leads to another host now; enter its credentials again", "地址已指向其他主机；请重新填写凭据")
	}
	b.seal(p, s)
	if p.Kind == app.ToolMCP && (was.Config.URL != p.Config.URL || was.Config.Command != p.Config.Command || was.Config.Transport != p.Config.Transport) {
		if err := b.meet(ctx, p); err != nil {
			return nil, err
		}
	}
	err = b.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.ToolProvider(id)
		if err != nil {
			return err
		}
		if !now.UpdatedAt.Equal(was.UpdatedAt) {
			return app.Errorf(app.Conflict, "tool_changed", "somebody else changed these tools in the meantime; reload the page", "其他人刚刚修改了这些工具；请刷新页面")
		}
		return tx.UpdateToolProvider(p)
	})
	b.forget(id)
	return p, err
}

// carried tells whether a secret that was there before is still used.
func carried(old, now *secrets) bool {
	if old.Key != "" && now.Key == old.Key || old.OAuth != nil && now.OAuth == old.OAuth || old.Client != "" && now.Client == old.Client {
		return true
	}
	for name, v := range now.Headers {
		if v != "" && old.Headers[name] == v {
			return true
		}
	}
	return false
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// Delete removes a provider. Apps that use its tools say so when they run.
func (b *Box) Delete(ctx context.Context, id app.ID) error {
	err := b.DB.Update(ctx, func(tx *store.Tx) error { return tx.DeleteToolProvider(id) })
	b.forget(id)
	return err
}

const (
	maxName    = 100
	maxAbout   = 1000
	maxHeaders = 20
)

// apply puts a change into p and returns its secrets.
func (b *Box) apply(p *app.ToolProvider, s secrets, c *Change) (secrets, error) {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&p.Name, c.Name}, {&p.Description, c.Description}, {&p.Icon, c.Icon}, {&p.IconColor, c.IconColor}} {
		if f.from != nil {
			*f.to = strings.TrimSpace(*f.from)
		}
	}
	if p.Name == "" || utf8.RuneCountInString(p.Name) > maxName {
		return s, app.Errorf(app.Invalid, "name_required", "give the tools a name of at most %d characters", "请为工具填写名称（最多 %d 个字符）", maxName)
	}
	if utf8.RuneCountInString(p.Description) > maxAbout {
		return s, app.Errorf(app.Invalid, "description_too_long", "the description takes at most %d characters", "描述最多 %d 个字符", maxAbout)
	}
	if c.Off != nil {
		p.Off = slices.Compact(slices.Sorted(slices.Values(*c.Off)))
	}
	if c.Config != nil {
		was := p.Config.Auth
		p.Config = *c.Config
		if p.Config.Auth.Kind == "" {
			p.Config.Auth.Kind = app.NoAuth
		}
		if was.Kind != "" && (was.Kind != p.Config.Auth.Kind || was.Client != p.Config.Auth.Client) {
			s.Key, s.Client, s.OAuth = "", "", nil
		}
	}
	if c.Document != nil && p.Kind == app.ToolAPI {
		p.Document = *c.Document
	}
	if c.Headers != nil {
		if err := applyHeaders(p, &s, *c.Headers); err != nil {
			return s, err
		}
	}
	if c.Key != nil && *c.Key != "" {
		s.Key = *c.Key
	}
	if c.Client != nil && *c.Client != "" {
		s.Client = *c.Client
	}
	return s, b.check(p, s)
}

func applyHeaders(p *app.ToolProvider, s *secrets, list []ToolHeader) error {
	if len(list) > maxHeaders {
		return app.Errorf(app.Invalid, "headers_too_many", "at most %d headers are possible", "最多 %d 个请求头", maxHeaders)
	}
	kept := map[string]string{}
	p.Config.Headers = []string{}
	for _, h := range list {
		name := strings.TrimSpace(h.Name)
		if name == "" {
			continue
		}
		value := h.Value
		if value == "" {
			value = s.Headers[name]
		}
		kept[name] = value
		p.Config.Headers = append(p.Config.Headers, name)
	}
	s.Headers = kept
	return nil
}

// refusedHeaders belong to the connection.
var refusedHeaders = []string{"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "mcp-session-id"}

// check says what of a provider cannot work.
func (b *Box) check(p *app.ToolProvider, s secrets) error {
	for _, name := range p.Config.Headers {
		if !httpguts.ValidHeaderFieldName(name) || slices.Contains(refusedHeaders, strings.ToLower(name)) || !httpguts.ValidHeaderFieldValue(s.Headers[name]) {
			return app.Errorf(app.Refused, "invalid_header", "the header %q cannot be sent; check its name and value", "请求头 %q 无法发送；请检查名称和值", name)
		}
	}
	a := &p.Config.Auth
	switch a.Kind {
	case app.NoAuth, app.BearerAuth, app.BasicAuth:
	case app.HeaderAuth, app.QueryAuth:
		if a.Name = strings.TrimSpace(a.Name); a.Name == "" || a.Kind == app.HeaderAuth && (!httpguts.ValidHeaderFieldName(a.Name) || slices.Contains(refusedHeaders, strings.ToLower(a.Name))) {
			return app.Errorf(app.Refused, "invalid_header", "the name of the API key, %q, cannot be sent", "API 密钥的名称 %q 无法发送", a.Name)
		}
	case app.OAuth:
		if p.Kind != app.ToolMCP || p.Config.Transport == stdio {
			return app.Errorf(app.Invalid, "auth_invalid", "only MCP servers with an address can be authorized by OAuth", "只有通过地址连接的 MCP 服务支持 OAuth 授权")
		}
	default:
		return app.Errorf(app.Invalid, "auth_invalid", "the way %q of signing in is unknown", "未知的认证方式 %q", a.Kind)
	}
	if !httpguts.ValidHeaderFieldValue(s.Key) {
		return app.Errorf(app.Refused, "invalid_header", "the key holds characters that cannot be sent", "密钥包含无法发送的字符")
	}
	if p.Kind == app.ToolMCP {
		return b.checkMCP(p)
	}
	doc, err := openapi.Parse([]byte(p.Document), p.Config.Source)
	if err != nil {
		return err
	}
	p.Config.URL = strings.TrimRight(strings.TrimSpace(p.Config.URL), "/")
	if p.Config.URL == "" && len(doc.Servers) > 0 {
		p.Config.URL = doc.Servers[0]
	}
	_, err = egress.ParseURL(p.Config.URL)
	return err
}

// Provider is one provider with all its tools.
func (b *Box) Provider(ctx context.Context, id app.ID) (p *app.ToolProvider, tools []*tool.Tool, err error) {
	if err := b.DB.View(ctx, func(s *store.Snapshot) error { p, err = s.ToolProvider(id); return err }); err != nil {
		return nil, nil, err
	}
	tools, err = b.toolsOf(ctx, p)
	return p, tools, err
}

// AppTool is how a published app looks as a tool.
type AppTool struct {
	ToolName    string             `json:"tool_name"`   // as a model calls it; "" is made of the app's name
	Description string             `json:"description"` // for the model; "" is the app's
	Params      []app.ToolParamSet `json:"params"`
	Hidden      bool               `json:"hidden"` // it is no tool
}

var callableName = regexp.MustCompile(`^[A-Za-z0-9_-]{0,60}$`)

// SetApp says how an app looks as a tool.
func (b *Box) SetApp(ctx context.Context, id app.ID, t AppTool) (p *app.ToolProvider, err error) {
	if !callableName.MatchString(t.ToolName) {
		return nil, app.Errorf(app.Invalid, "tool_name_invalid", "a tool's name has at most 60 letters, digits, _ and -", "工具名称最多 60 个字符，只能包含英文字母、数字、_ 和 -")
	}
	if utf8.RuneCountInString(t.Description) > maxAbout {
		return nil, app.Errorf(app.Invalid, "description_too_long", "the description takes at most %d characters", "描述最多 %d 个字符", maxAbout)
	}
	err = b.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.App(id)
		if err != nil {
			return err
		}
		p, err = tx.ToolProviderOf(id)
		fresh := app.KindOf(err) == app.NotFound
		if err != nil && !fresh {
			return err
		}
		if fresh {
			p = &app.ToolProvider{ID: app.NewID(), Kind: app.ToolApp, Name: string(id), App: id, Hints: map[string]string{}, Sealed: []byte{}, Tools: []app.OfferedTool{},
				CreatedAt: tx.Now(), UpdatedAt: tx.Now(), CreatedBy: tx.Scope().User}
			if a.Mode == app.ModeWorkflow {
				p.Kind = app.ToolWorkflow
			}
		}
		p.Description, p.Off = strings.TrimSpace(t.Description), []string{}
		p.Config = app.ToolConfig{ToolName: t.ToolName, Params: t.Params, Auth: app.ToolAuth{Kind: app.NoAuth}}
		if t.Hidden {
			p.Off = []string{"*"}
		}
		if fresh {
			return tx.InsertToolProvider(p)
		}
		return tx.UpdateToolProvider(p)
	})
	return p, err
}

// AppTool is what has been said of an app as a tool.
func (b *Box) AppTool(ctx context.Context, id app.ID) (*AppTool, error) {
	t := &AppTool{Params: []app.ToolParamSet{}}
	err := b.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.App(id); err != nil {
			return err
		}
		p, err := s.ToolProviderOf(id)
		if app.KindOf(err) == app.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		t.ToolName, t.Description, t.Hidden = p.Config.ToolName, p.Description, slices.Contains(p.Off, "*")
		if p.Config.Params != nil {
			t.Params = p.Config.Params
		}
		return nil
	})
	return t, err
}

// Providers are the providers of the workspace.
func (b *Box) Providers(ctx context.Context) (list []*app.ToolProvider, err error) {
	err = b.DB.View(ctx, func(s *store.Snapshot) error { list, err = s.ToolProviders(""); return err })
	return list, err
}
