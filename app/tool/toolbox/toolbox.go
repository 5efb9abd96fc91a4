// Package toolbox finds every tool that graphs and agents of a site can call, and owns where people bring tools from: OpenAPI
// documents and MCP servers, with their credentials.
package toolbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/tool"
	"islet/app/tool/openapi"
	"islet/store"
)

// Options wire a Box. DB and Door are required.
type Options struct {
	DB      *store.DB
	Door    *egress.Door
	Trust   egress.Trust // whose word the addresses of providers are
	Builtin map[string]*tool.Tool
	Save    func(ctx context.Context, name, mime string, data []byte) (app.Attachment, error)
	File    func(ctx context.Context, f app.Attachment) (data []byte, mime string, err error)
	// Apps lists the published apps of the workspace as tools, App finds one. Nil: there are none.
	Apps func(ctx context.Context) ([]tool.Entry, error)
	App  func(ctx context.Context, ref tool.Ref) (*tool.Tool, error)
	// Commands are the programs that may be run as MCP servers, by the word of whoever starts the process.
	Commands map[string]Command
	Log      *slog.Logger // nil is slog.Default
}

// Box is safe for concurrent use. Whoever made it calls Close.
type Box struct {
	Options

	mu       sync.Mutex // guards all below
	open     map[app.ID]*opened
	sessions map[app.ID]*session
	asking   map[string]*asking // authorizations that wait for a person, by state
}

// opened is a provider with what is expensive to make of it.
type opened struct {
	workspace app.ID
	provider  *app.ToolProvider
	secrets   secrets
	client    *http.Client
	doc       *openapi.Outline
}

// New makes a Box. It connects to nothing yet.
func New(o Options) *Box {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Box{Options: o, open: map[app.ID]*opened{}, sessions: map[app.ID]*session{}, asking: map[string]*asking{}}
}

// Close ends the connections to providers.
func (b *Box) Close() {
	b.mu.Lock()
	ids := make([]app.ID, 0, len(b.sessions)+len(b.open))
	for id := range b.sessions {
		ids = append(ids, id)
	}
	for id := range b.open {
		ids = append(ids, id)
	}
	b.mu.Unlock()
	for _, id := range ids {
		b.forget(id)
	}
}

// List is every tool that can be called now, built-in ones first.
func (b *Box) List(ctx context.Context) ([]tool.Entry, error) {
	all := tool.Entries(b.Builtin)
	var providers []*app.ToolProvider
	err := b.DB.View(ctx, func(s *store.Snapshot) (err error) { providers, err = s.ToolProviders(""); return err })
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{app.ToolAPI, app.ToolMCP} {
		for _, p := range providers {
			if p.Kind != kind {
				continue
			}
			tools, err := b.toolsOf(ctx, p)
			if err != nil {
				b.Log.Warn("the tools of a provider cannot be listed", "provider", p.Name, "err", err)
				continue
			}
			for _, t := range tools {
				if !slices.Contains(p.Off, t.Name) {
					all = append(all, entry(p, t))
				}
			}
		}
	}
	if b.Apps != nil {
		apps, err := b.Apps(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, apps...)
	}
	return all, nil
}

func entry(p *app.ToolProvider, t *tool.Tool) tool.Entry {
	return tool.Entry{Ref: tool.Ref{Type: p.Kind, Provider: string(p.ID), Name: t.Name}, ProviderLabel: app.Text{En: p.Name, Zh: p.Name}, Icon: p.Icon, IconColor: p.IconColor, Tool: t}
}

// Find is the tool of a reference: as tool nodes and agents hold it, with the provider's id, or its name in files that came from
// elsewhere. One that is not there is NotFound or tool_missing; one that is switched off is tool_off.
func (b *Box) Find(ctx context.Context, ref tool.Ref) (*tool.Tool, error) {
	switch ref.Type {
	case app.ToolWorkflow, app.ToolApp:
		if b.App == nil {
			return nil, app.Missing("tool", "工具")
		}
		return b.App(ctx, ref)
	case app.ToolAPI, app.ToolMCP:
		return b.provided(ctx, ref)
	}
	return tool.Find(b.Builtin, ref)
}

// provided is a tool of an OpenAPI document or an MCP server.
func (b *Box) provided(ctx context.Context, ref tool.Ref) (*tool.Tool, error) {
	ctx = inWorkspace(ctx)
	p, err := b.named(ctx, ref.Type, ref.Provider)
	if err != nil {
		return nil, err
	}
	if slices.Contains(p.Off, ref.Name) {
		return nil, app.Errorf(app.Refused, "tool_off", "the tool %q of %q is switched off under Tools", "“%[2]s”的工具“%[1]s”已在“工具”中停用", ref.Name, p.Name)
	}
	tools, err := b.toolsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(tools, func(t *tool.Tool) bool { return t.Name == ref.Name })
	if i < 0 {
		return nil, app.Missing("tool", "工具")
	}
	return tools[i], nil
}

// named is the provider with that id or name.
func (b *Box) named(ctx context.Context, kind, provider string) (p *app.ToolProvider, err error) {
	err = b.DB.View(ctx, func(s *store.Snapshot) error {
		if id, bad := app.ParseID(provider); bad == nil {
			if p, err = s.ToolProvider(id); err == nil && p.Kind != kind {
				err = app.Missing("tool provider", "工具来源")
			}
			return err
		}
		p, err = s.ToolProviderNamed(kind, provider)
		return err
	})
	return p, err
}

// Home is the id of where tools come from on this site, by the kind, id and name that a file has for it. The id counts first.
func (b *Box) Home(ctx context.Context, kind, id, name string) (here string, ok bool) {
	if kind == app.ToolAPI || kind == app.ToolMCP {
		for _, key := range []string{id, name} {
			if key == "" {
				continue
			}
			if p, err := b.named(ctx, kind, key); err == nil {
				return string(p.ID), true
			}
		}
		return "", false
	}
	if b.Apps == nil {
		return "", false
	}
	apps, err := b.Apps(ctx)
	if err != nil {
		return "", false
	}
	for _, same := range []func(e *tool.Entry) bool{
		func(e *tool.Entry) bool { return e.Provider == id },
		func(e *tool.Entry) bool { return name != "" && (e.ProviderLabel.En == name || e.Name == name) },
	} {
		for i := range apps {
			if apps[i].Type == kind && same(&apps[i]) {
				return apps[i].Provider, true
			}
		}
	}
	return "", false
}

// inWorkspace is a context that may see the providers of the workspace; what an app may see stands in the scope of ctx.
func inWorkspace(ctx context.Context) context.Context {
	s := app.ScopeOf(ctx)
	return app.WithScope(ctx, app.Scope{Workspace: s.Workspace, User: s.User, Role: s.Role, Lang: s.Lang})
}

// toolsOf are all tools of a provider, those that are switched off too.
func (b *Box) toolsOf(ctx context.Context, p *app.ToolProvider) ([]*tool.Tool, error) {
	o, err := b.opened(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []*tool.Tool
	switch p.Kind {
	case app.ToolAPI:
		site := b.site(o)
		for _, op := range o.doc.Operations {
			all = append(all, op.Tool(site))
		}
	case app.ToolMCP:
		for i := range p.Tools {
			all = append(all, b.remote(o, &p.Tools[i]))
		}
	}
	return all, nil
}

// opened is a provider as it is stored now.
func (b *Box) opened(ctx context.Context, p *app.ToolProvider) (*opened, error) {
	b.mu.Lock()
	o := b.open[p.ID]
	b.mu.Unlock()
	if o != nil && o.provider.UpdatedAt.Equal(p.UpdatedAt) {
		return o, nil
	}
	o, err := b.unpack(ctx, p)
	if err != nil {
		return nil, err
	}
	b.forget(p.ID)
	b.mu.Lock()
	b.open[p.ID] = o
	b.mu.Unlock()
	return o, nil
}

// unpack makes what a provider's calls need.
func (b *Box) unpack(ctx context.Context, p *app.ToolProvider) (o *opened, err error) {
	o = &opened{workspace: app.ScopeOf(ctx).Workspace, provider: p}
	if o.secrets, err = b.unseal(p); err != nil {
		return nil, err
	}
	if o.client, err = b.Door.Client(b.policy(p)); err != nil {
		return nil, err
	}
	if p.Kind == app.ToolAPI {
		o.doc, err = openapi.Parse([]byte(p.Document), p.Config.Source)
	}
	return o, err
}

func (b *Box) policy(p *app.ToolProvider) egress.Policy {
	return egress.Policy{Who: "tool: " + p.Name, Trust: b.Trust, CA: p.Config.CA, SkipVerify: p.Config.SkipVerify, HeaderTimeout: timeoutOf(p)}
}

// defaultTimeout is how long a call may take where the provider does not say; maxTimeout the most it can say.
const (
	defaultTimeout = 60 * time.Second
	maxTimeout     = 10 * time.Minute
)

func timeoutOf(p *app.ToolProvider) time.Duration {
	if p.Config.Timeout <= 0 {
		return defaultTimeout
	}
	return min(time.Duration(p.Config.Timeout)*time.Second, maxTimeout)
}

// forget drops what was made of a provider.
func (b *Box) forget(id app.ID) {
	b.mu.Lock()
	o, s := b.open[id], b.sessions[id]
	delete(b.open, id)
	delete(b.sessions, id)
	b.mu.Unlock()
	if s != nil {
		s.end()
	}
	if o != nil {
		o.client.CloseIdleConnections()
	}
}

// site is where the operations of a provider are called.
func (b *Box) site(o *opened) *openapi.Site {
	p := o.provider
	s := &openapi.Site{Client: o.client, URL: p.Config.URL, Auth: p.Config.Auth, Secret: o.secrets.Key, Timeout: timeoutOf(p), Save: b.Save, File: b.File}
	for _, name := range p.Config.Headers {
		s.Headers = append(s.Headers, [2]string{name, o.secrets.Headers[name]})
	}
	return s
}

// Fetch reads an OpenAPI document at an address, under the rules for addresses that people write.
func (b *Box) Fetch(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	raw, _, err := b.Door.Fetch(ctx, egress.Policy{Who: "OpenAPI document", Trust: b.Trust}, strings.TrimSpace(address), openapi.MaxBytes)
	if err != nil && !errors.Is(err, &app.Error{Kind: app.Refused}) && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", app.Errorf(app.Timeout, "tool_timeout", "%s did not answer within %d seconds", "%s 在 %d 秒内没有响应", address, 30).Because(err)
	}
	return string(raw), err
}
