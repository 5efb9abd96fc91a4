package toolbox

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"islet/app"
	"islet/app/egress"
	"islet/app/tool"
	"islet/app/tool/openapi"
	"islet/app/value"
	"islet/store"
)

// The transports of MCP servers.
const (
	streamable = "http"
	sse        = "sse"
	stdio      = "stdio"
)

// Command is a program of the operator's that is an MCP server.
type Command struct {
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
	Dir     string            `json:"cwd"`
}

// CommandsFile is the file in the data directory that lists the programs which may be run as MCP servers.
const CommandsFile = "mcp.json"

// ReadCommands reads the operator's file: {"mcpServers": {"name": {"command": …, "args": […], "env": {…}}}}. No file is no
// commands.
func ReadCommands(file string) (map[string]Command, error) {
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // an empty map of a missing file
	}
	if err != nil {
		return nil, err
	}
	var w struct {
		Servers map[string]Command `json:"mcpServers"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, app.Errorf(app.Invalid, "mcp_file_invalid", "%s is not valid JSON: %s", "%s 不是有效的 JSON：%s", file, err.Error())
	}
	for name, c := range w.Servers {
		if c.Command == "" {
			return nil, app.Errorf(app.Invalid, "mcp_file_invalid", "%s: %q names no command", "%s：“%s”没有指定命令", file, name)
		}
	}
	return w.Servers, nil
}

// CommandNames are the names of the programs that may be run as MCP servers.
func (b *Box) CommandNames() []string {
	return append([]string{}, slices.Sorted(maps.Keys(b.Commands))...)
}

func (b *Box) checkMCP(p *app.ToolProvider) error {
	c := &p.Config
	switch c.Transport {
	case "":
		c.Transport = streamable
	case streamable, sse:
	case stdio:
		if _, ok := b.Commands[c.Command]; !ok {
			return app.Errorf(app.Invalid, "stdio_disabled", "programs are run as MCP servers only where the operator lists them in %s in the data directory; %q is not listed",
				"仅运行维护人员在数据目录 %s 中列出的程序；“%s”不在其中", CommandsFile, c.Command)
		}
		c.URL = ""
		return nil
	default:
		return app.Errorf(app.Invalid, "mcp_transport_invalid", "the transport %q is unknown", "未知的传输方式 %q", c.Transport)
	}
	c.URL, c.Command = strings.TrimSpace(c.URL), ""
	_, err := egress.ParseURL(c.URL)
	return err
}

// meet asks an MCP server for its tools and puts them into p. One that waits for a person's authorization has none yet.
func (b *Box) meet(ctx context.Context, p *app.ToolProvider) error {
	o, err := b.unpack(ctx, p)
	if err != nil {
		return err
	}
	defer o.client.CloseIdleConnections()
	if p.Config.Auth.Kind == app.OAuth && o.secrets.OAuth == nil {
		p.Tools = []app.OfferedTool{}
		return nil
	}
	s, err := b.connect(ctx, o)
	if err != nil {
		return err
	}
	defer s.end()
	return s.list(ctx, p)
}

// Refresh asks an MCP server for its tools again, or reads an OpenAPI document from its address anew.
func (b *Box) Refresh(ctx context.Context, id app.ID) (p *app.ToolProvider, err error) {
	if err := b.DB.View(ctx, func(s *store.Snapshot) error { p, err = s.ToolProvider(id); return err }); err != nil {
		return nil, err
	}
	switch {
	case p.Kind == app.ToolMCP:
		if p.Config.Auth.Kind == app.OAuth {
			if s, err := b.unseal(p); err == nil && s.OAuth == nil {
				return nil, unauthorized(p, nil)
			}
		}
		b.forget(id)
		err = b.meet(ctx, p)
	case p.Config.Source != "":
		if p.Document, err = b.Fetch(ctx, p.Config.Source); err == nil {
			_, err = openapi.Parse([]byte(p.Document), p.Config.Source)
		}
	default:
		return nil, app.Errorf(app.Invalid, "tool_no_source", "the document was pasted; paste its new version under Edit", "该文档是粘贴的；请在“编辑”中粘贴新版本")
	}
	if err != nil {
		return nil, err
	}
	err = b.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.ToolProvider(id)
		if err != nil {
			return err
		}
		when := tx.Now()
		now.Tools, now.Document, now.CheckedAt = p.Tools, p.Document, &when
		p = now
		return tx.UpdateToolProvider(now)
	})
	b.forget(id)
	return p, err
}

// session is a connection to an MCP server. Calls may share it.
type session struct {
	*mcp.ClientSession
	end   func()
	signs *signed // nil of stdio
	idle  *time.Timer
}

// The bounds of a session.
const (
	connectFor = 30 * time.Second
	idleFor    = 5 * time.Minute
	maxEvent   = 16 << 20
	mostTools  = 500
	mostSchema = 64 << 10
)

// connect opens a session with a provider's server.
func (b *Box) connect(ctx context.Context, o *opened) (*session, error) {
	p := o.provider
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &session{}
	transport, err := b.transport(life, o, s)
	if err != nil {
		cancel()
		return nil, err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "islet", Version: "1"}, &mcp.ClientOptions{Logger: b.Log, Capabilities: &mcp.ClientCapabilities{}})
	stop := context.AfterFunc(ctx, cancel)
	late := time.AfterFunc(connectFor, cancel)
	s.ClientSession, err = client.Connect(life, transport, nil)
	stop()
	if inTime := late.Stop(); err != nil || !inTime {
		cancel()
		if s.ClientSession != nil {
			_ = s.Close() // it came too late
		}
		return nil, s.failure(ctx, p, err, !inTime)
	}
	s.end = sync.OnceFunc(func() {
		cancel()
		_ = s.Close() // the server may be gone
	})
	return s, nil
}

func (b *Box) transport(life context.Context, o *opened, s *session) (mcp.Transport, error) {
	c := &o.provider.Config
	if c.Transport == stdio {
		cmd, ok := b.Commands[c.Command]
		if !ok {
			return nil, b.checkMCP(o.provider)
		}
		run := exec.CommandContext(life, cmd.Command, cmd.Args...) //nolint:gosec // the operator's own file says what is run
		run.Dir, run.Env = cmd.Dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
		for k, v := range cmd.Env {
			run.Env = append(run.Env, k+"="+v)
		}
		return &mcp.CommandTransport{Command: run, TerminateDuration: 2 * time.Second}, nil
	}
	u, err := egress.ParseURL(c.URL)
	if err != nil {
		return nil, err
	}
	s.signs = &signed{next: o.client.Transport, origin: u.Scheme + "://" + u.Host, auth: c.Auth, secrets: o.secrets, query: c.Auth.Kind == app.QueryAuth}
	client := *o.client
	client.Transport = s.signs
	if c.Auth.Kind == app.OAuth {
		s.signs.token = b.tokens(o)
	}
	if c.Transport == sse {
		return &mcp.SSEClientTransport{Endpoint: c.URL, HTTPClient: &client, MaxEventSize: maxEvent}, nil
	}
	return &mcp.StreamableClientTransport{Endpoint: c.URL, HTTPClient: &client, MaxEventSize: maxEvent, MaxRetries: 1, DisableStandaloneSSE: true}, nil
}

// signed adds the credentials of a provider to requests to its own server and to no other. It remembers what servers refused.
type signed struct {
	next    http.RoundTripper
	origin  string
	auth    app.ToolAuth
	secrets secrets
	query   bool
	token   func() (string, error)
	status  atomic.Int64 // of the last answer that refused
	cause   atomic.Pointer[error]
}

// RoundTrip sends a request.
func (s *signed) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme+"://"+req.URL.Host == s.origin {
		req = req.Clone(req.Context())
		if err := s.sign(req); err != nil {
			s.cause.Store(&err)
			return nil, err
		}
	}
	resp, err := s.next.RoundTrip(req)
	if err != nil {
		s.cause.Store(&err)
	} else if resp.StatusCode >= 400 {
		s.status.Store(int64(resp.StatusCode))
	}
	return resp, err
}

func (s *signed) sign(req *http.Request) error {
	for name, v := range s.secrets.Headers {
		if v != "" {
			req.Header.Set(name, v)
		}
	}
	switch s.auth.Kind {
	case app.HeaderAuth:
		req.Header.Set(s.auth.Name, s.secrets.Key)
	case app.BearerAuth:
		req.Header.Set("Authorization", "Bearer "+s.secrets.Key)
	case app.BasicAuth:
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.auth.User+":"+s.secrets.Key)))
	case app.QueryAuth:
		q := req.URL.Query()
		q.Set(s.auth.Name, s.secrets.Key)
		req.URL.RawQuery = q.Encode()
	case app.OAuth:
		if s.token == nil {
			return nil
		}
		t, err := s.token()
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+t)
	}
	return nil
}

// failure is why a server could not be talked to.
func (s *session) failure(ctx context.Context, p *app.ToolProvider, err error, late bool) error {
	var known *app.Error
	if s.signs != nil {
		if cause := s.signs.cause.Load(); cause != nil && errors.As(*cause, &known) {
			return known
		}
	}
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case late:
		return app.Errorf(app.Timeout, "tool_timeout", "%s did not answer within %d seconds", "%s 在 %d 秒内没有响应", placeOf(p), int(connectFor.Seconds())).Because(err)
	case s.signs != nil && (s.signs.status.Load() == http.StatusUnauthorized || s.signs.status.Load() == http.StatusForbidden):
		return unauthorized(p, err)
	case s.signs != nil && s.signs.status.Load() != 0:
		return app.Errorf(app.Upstream, "mcp_refused", "%s answered %d; check that the address is that of an MCP server (it often ends in /mcp or /sse) and that the transport is right",
			"%s 返回 %d；请确认地址是 MCP 服务地址（通常以 /mcp 或 /sse 结尾），且传输方式正确", placeOf(p), s.signs.status.Load()).Because(err)
	}
	return app.Errorf(app.Upstream, "tool_unreachable", "the MCP server %s cannot be reached; check that it runs and that its address is right", "无法连接 MCP 服务 %s；请确认服务正在运行且地址正确", placeOf(p)).Because(err)
}

func placeOf(p *app.ToolProvider) string {
	if p.Config.Transport == stdio {
		return p.Config.Command
	}
	return p.Config.URL
}

func unauthorized(p *app.ToolProvider, cause error) error {
	if p.Config.Auth.Kind == app.OAuth {
		return app.Errorf(app.Upstream, "tool_unauthorized", "%q has not been authorized yet, or no longer is; authorize it under Tools", "“%s”尚未授权或授权已失效；请在“工具”中完成授权", p.Name).Because(cause)
	}
	return app.Errorf(app.Upstream, "tool_unauthorized", "%s does not accept these credentials; enter others, or authorize by OAuth", "%s 拒绝了当前凭据；请更换凭据，或改用 OAuth 授权", placeOf(p)).Because(cause)
}

// list reads the tools of a server into p.
func (s *session) list(ctx context.Context, p *app.ToolProvider) error {
	ctx, cancel := context.WithTimeout(ctx, timeoutOf(p))
	defer cancel()
	tools := []app.OfferedTool{}
	for t, err := range s.Tools(ctx, nil) {
		if err != nil {
			return s.failure(ctx, p, err, false)
		}
		raw, err := json.Marshal(t.InputSchema)
		if err != nil || len(raw) > mostSchema {
			raw = []byte(`{"type":"object"}`)
		}
		o := app.OfferedTool{Name: t.Name, Title: clip(t.Title, 200), Description: clip(t.Description, 4000), Schema: raw}
		if a := t.Annotations; a != nil {
			o.ReadOnly = a.ReadOnlyHint
			if o.Title == "" {
				o.Title = clip(a.Title, 200)
			}
		}
		if tools = append(tools, o); len(tools) >= mostTools {
			break
		}
	}
	now := time.Now()
	p.Tools, p.CheckedAt = tools, &now
	return nil
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// session is the provider's open session, or a new one.
func (b *Box) session(ctx context.Context, o *opened) (s *session, reused bool, err error) {
	id := o.provider.ID
	b.mu.Lock()
	s = b.sessions[id]
	if s != nil {
		s.idle.Reset(idleFor)
	}
	b.mu.Unlock()
	if s != nil {
		return s, true, nil
	}
	if s, err = b.connect(ctx, o); err != nil {
		return nil, false, err
	}
	s.idle = time.AfterFunc(idleFor, func() { b.drop(id, s) })
	b.mu.Lock()
	other := b.sessions[id]
	if other == nil && b.open[id] == o {
		b.sessions[id] = s
	}
	b.mu.Unlock()
	return s, false, nil
}

// drop ends a session that is not to be used again.
func (b *Box) drop(id app.ID, s *session) {
	b.mu.Lock()
	if b.sessions[id] == s {
		delete(b.sessions, id)
	}
	b.mu.Unlock()
	s.idle.Stop()
	s.end()
}

// kept tells whether others may use a session.
func (b *Box) kept(id app.ID, s *session) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sessions[id] == s
}

// remote is a tool of an MCP server.
func (b *Box) remote(o *opened, offered *app.OfferedTool) *tool.Tool {
	title := offered.Title
	if title == "" {
		title = offered.Name
	}
	t := &tool.Tool{Name: offered.Name, Description: offered.Description, Label: app.Text{En: title, Zh: title}, Effects: !offered.ReadOnly, Params: openapi.FromSchema(offered.Schema)}
	t.Call = func(ctx context.Context, args map[string]any) (tool.Result, error) {
		return b.callRemote(ctx, o, offered.Name, args)
	}
	return t
}

// callRemote calls a tool once. It is called again only where the server surely has not seen the first call.
func (b *Box) callRemote(ctx context.Context, o *opened, name string, args map[string]any) (tool.Result, error) {
	p := o.provider
	within, cancel := context.WithTimeout(ctx, timeoutOf(p))
	defer cancel()
	given := map[string]any{}
	for k, v := range args {
		switch v.(type) {
		case app.Attachment, []app.Attachment: // the protocol has no files
		default:
			given[k] = v
		}
	}
	asked, _ := json.MarshalIndent(given, "", "  ") // values that came in as JSON
	res := tool.Result{Wire: &tool.Exchange{Method: "tools/call", URL: placeOf(p), Headers: [][2]string{}, Body: string(asked), Answered: [][2]string{}}}
	for again := false; ; again = true {
		s, reused, err := b.session(within, o)
		if err != nil {
			return res, err
		}
		out, err := s.CallTool(within, &mcp.CallToolParams{Name: name, Arguments: given})
		if !b.kept(p.ID, s) {
			defer s.end()
		}
		switch {
		case err == nil:
			return res, b.received(ctx, &res, out)
		case errors.Is(err, mcp.ErrSessionMissing) || errors.Is(err, mcp.ErrConnectionClosed):
			b.drop(p.ID, s)
			if reused && !again {
				continue
			}
		case errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil:
			return res, app.Errorf(app.Timeout, "tool_timeout", "%s did not answer within %d seconds", "%s 在 %d 秒内没有响应", placeOf(p), int(timeoutOf(p).Seconds())).Because(err)
		case ctx.Err() != nil:
			return res, ctx.Err()
		}
		if s.signs != nil && s.signs.cause.Load() != nil {
			b.drop(p.ID, s)
			return res, s.failure(ctx, p, err, false)
		}
		return res, app.Errorf(app.Upstream, "tool_failed", "the tool %q failed: %s", "工具“%s”执行失败：%s", name, clip(err.Error(), 500)).Because(err)
	}
}

// received reads what a tool said.
func (b *Box) received(ctx context.Context, res *tool.Result, out *mcp.CallToolResult) error {
	if raw, err := json.MarshalIndent(out, "", "  "); err == nil {
		res.Wire.Answer = clip(string(raw), 64<<10)
	}
	var texts []string
	for _, c := range out.Content {
		switch x := c.(type) {
		case *mcp.TextContent:
			texts = append(texts, x.Text)
		case *mcp.ImageContent:
			b.keep(ctx, res, "image", x.MIMEType, x.Data)
		case *mcp.AudioContent:
			b.keep(ctx, res, "audio", x.MIMEType, x.Data)
		case *mcp.ResourceLink:
			texts = append(texts, fmt.Sprintf("[%s](%s)", x.Name, x.URI))
		case *mcp.EmbeddedResource:
			if x.Resource != nil && len(x.Resource.Blob) > 0 {
				b.keep(ctx, res, path.Base(x.Resource.URI), x.Resource.MIMEType, x.Resource.Blob)
			} else if x.Resource != nil {
				texts = append(texts, x.Resource.Text)
			}
		}
	}
	res.Text = strings.Join(texts, "\n")
	if out.IsError {
		return app.Errorf(app.Upstream, "tool_failed", "%s", "%s", clip(res.Text, 2000))
	}
	if out.StructuredContent != nil {
		if raw, err := json.Marshal(out.StructuredContent); err == nil {
			if v, err := value.Decode(raw); err == nil {
				if o, ok := value.Fields(v); ok {
					res.JSON = []any{o}
				}
			}
		}
	}
	return nil
}

// extensions of what servers send as content without a name.
var extensions = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "audio/wav": ".wav", "audio/mpeg": ".mp3"}

func (b *Box) keep(ctx context.Context, res *tool.Result, name, mime string, data []byte) {
	if b.Save == nil || len(data) == 0 {
		return
	}
	if path.Ext(name) == "" {
		name += extensions[mime]
	}
	f, err := b.Save(ctx, name, mime, data)
	if err != nil {
		b.Log.Warn("a file of an MCP server cannot be kept", "err", err)
		return
	}
	res.Files = append(res.Files, f)
}
