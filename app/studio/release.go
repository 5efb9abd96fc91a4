package studio

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
)

// Release is what runs when somebody talks to an app: one version, or the draft, with its compiled graph. Releases are shared
// and never change.
type Release struct {
	Workspace app.ID
	App       *app.App
	Version   app.ID // empty for a draft
	Settings  *app.Settings
	Refusal   *workflow.Graph   // answers a question that the app does not take: see app.Moderation; nil without one
	Graph     *workflow.Graph   // nil where nothing is published yet: see Ready
	Said      *workflow.Graph   // says SaidInput and nothing else: for answers that no model gives
	Names     map[string]string // variables whose name in the graph is another one
	Env       map[string]any    // environment variables, secrets in the clear; nil in apps without a graph of their own
	Secrets   []string          // those of them that nobody may see: see workflow.Input
}

// Ready is nil if the release can run; app_unavailable where the app was never published.
func (r *Release) Ready() error {
	if r.Graph == nil {
		return app.Errorf(app.Invalid, "app_unavailable", "the app is not published yet; publish it in the studio first", "应用尚未发布；请先在编排页面发布")
	}
	return nil
}

// Scope is the scope in which the app's own people act: nothing outside the app is reachable.
func (r *Release) Scope(lang app.Lang) app.Scope {
	return app.Scope{Workspace: r.Workspace, App: r.App.ID, Lang: lang}
}

// GraphInputs are checked inputs under the names that the graph has for them.
func (r *Release) GraphInputs(inputs map[string]any) map[string]any {
	if len(r.Names) == 0 {
		return inputs
	}
	out := make(map[string]any, len(inputs))
	for name, v := range inputs {
		if n, ok := r.Names[name]; ok {
			name = n
		}
		out[name] = v
	}
	return out
}

// checkEvery is how old an answer of the cache may be. Changes made through this Studio show at once; this bounds those that
// came another way (a restored backup, another tool on the database).
const checkEvery = 5 * time.Second

// touchEvery is how often the use of a key is noted.
const touchEvery = time.Minute

const graphsMax = 1000 // compiled graphs kept

// cache holds what keys and site codes lead to, and compiled graphs.
type cache struct {
	mu      sync.RWMutex // guards all below
	epoch   int          // grows with every forget
	doors   map[string]*door
	graphs  map[graphKey]*compiled
	touched map[app.ID]time.Time

	saidOnce sync.Once
	said     *workflow.Graph
	saidErr  error
}

// door is the answer for one key or site code.
type door struct {
	release *Release
	key     app.ID // of a key
	until   time.Time
}

// graphKey names a compiled graph: a version, or a revision of a draft.
type graphKey struct {
	id  app.ID
	rev int64
}

type compiled struct {
	graph *workflow.Graph

	refusal *workflow.Graph
	names   map[string]string
	env     map[string]any

	secrets []string
}

func (c *cache) door(name string, now time.Time) (d *door, epoch int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if d = c.doors[name]; d != nil && now.Before(d.until) {
		return d, c.epoch
	}
	return nil, c.epoch
}

// keep remembers d unless something changed since epoch.
func (c *cache) keep(name string, d *door, epoch int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.doors == nil {
		c.doors = map[string]*door{}
	}
	if epoch == c.epoch {
		c.doors[name] = d
	}
}

func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.doors)
}

// ByToken is what a key of the Service API opens. An unknown or revoked key is unauthorized, a closed API forbidden.
func (s *Studio) ByToken(ctx context.Context, token string) (*Release, error) {
	hash := hashToken(token)
	d, err := s.open(string(hash), func() (*door, error) { return s.openKey(ctx, hash) })
	if err != nil {
		return nil, err
	}
	if !d.release.App.APIEnabled {
		return nil, app.Errorf(app.Forbidden, "forbidden", "the API of this app is switched off; switch it on in the studio", "此应用的 API 已关闭；请在编排页面开启")
	}
	s.touch(d)
	return d.release, nil
}

func (s *Studio) open(name string, load func() (*door, error)) (*door, error) {
	now := s.now()
	d, epoch := s.cache.door(name, now)
	if d != nil {
		return d, nil
	}
	d, err := load()
	if err != nil {
		return nil, err
	}
	d.until = now.Add(checkEvery)
	s.cache.keep(name, d, epoch)
	return d, nil
}

func (s *Studio) openKey(ctx context.Context, hash []byte) (*door, error) {
	var ws app.ID
	var k *app.Key
	err := s.DB.View(ctx, func(sn *store.Snapshot) (err error) { ws, k, err = sn.KeyByToken(hash); return err })
	if app.KindOf(err) == app.NotFound {
		return nil, app.Errorf(app.Unauthorized, "unauthorized", "the API key is missing, wrong or revoked; send it as Authorization: Bearer app-…", "API 密钥缺失、错误或已被撤销；请以 Authorization: Bearer app-… 发送").Because(err)
	}
	if err != nil {
		return nil, err
	}
	r, err := s.published(ctx, ws, k.App)
	if err != nil {
		return nil, err
	}
	return &door{release: r, key: k.ID}, nil
}

// touch notes that a key is in use, at most once a minute and without making the caller wait.
func (s *Studio) touch(d *door) {
	now := s.now()
	c := &s.cache
	c.mu.RLock()
	fresh := now.Sub(c.touched[d.key]) < touchEvery
	c.mu.RUnlock()
	if fresh {
		return
	}
	c.mu.Lock()
	if c.touched == nil {
		c.touched = map[app.ID]time.Time{}
	}
	again := now.Sub(c.touched[d.key]) < touchEvery
	c.touched[d.key] = now
	c.mu.Unlock()
	if again {
		return
	}
	s.work.Go(func() {
		ctx := app.WithScope(context.Background(), app.Scope{Workspace: d.release.Workspace})
		_ = s.DB.Update(ctx, func(tx *store.Tx) error { return tx.TouchKey(d.key, now) }) // only a hint for people: the next use writes it again
	})
}

// BySite is what a web app's address opens; site_off where it is closed, unpublished or never existed.
func (s *Studio) BySite(ctx context.Context, code string) (*Release, error) {
	d, err := s.open("site "+code, func() (*door, error) {
		var ws app.ID
		var a *app.App
		err := s.DB.View(ctx, func(sn *store.Snapshot) (err error) { ws, a, err = sn.AppBySite(code); return err })
		if err != nil {
			return nil, err
		}
		r, err := s.published(ctx, ws, a.ID)
		return &door{release: r}, err
	})
	if err != nil && app.KindOf(err) != app.NotFound {
		return nil, err
	}
	if err != nil || d.release.App.Site.Code != code || !d.release.App.Site.Enabled || d.release.Graph == nil {
		return nil, app.Errorf(app.NotFound, "site_off", "there is no open web app at this address; ask whoever gave you the link", "此地址没有开放的应用；请联系提供链接的人").Because(err)
	}
	return d.release, nil
}

// published reads the released state of an app; Graph stays nil where there is none.
func (s *Studio) published(ctx context.Context, ws, id app.ID) (*Release, error) {
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws, App: id})
	r := &Release{Workspace: ws}
	err := s.DB.View(ctx, func(sn *store.Snapshot) (err error) {
		if r.App, err = sn.App(id); err != nil {
			return err
		}
		r.Settings = &r.App.Draft
		if r.App.Published == "" {
			return nil
		}
		v, err := sn.Version(id, r.App.Published)
		if err == nil {
			r.Version, r.Settings = v.ID, &v.Settings
		}
		return err
	})
	if err != nil || r.Version == "" {
		return r, err
	}
	return r, s.compileInto(r, graphKey{id: r.Version})
}

// Draft is what the debug chat runs: the draft as it is now. A draft with a problem is draft_incomplete; where only its graph
// cannot run, the release without one comes with the error.
func (s *Studio) Draft(ctx context.Context, id app.ID) (*Release, error) {
	r := &Release{Workspace: app.ScopeOf(ctx).Workspace}
	err := s.DB.View(ctx, func(sn *store.Snapshot) (err error) { r.App, err = sn.App(id); return err })
	if err != nil {
		return nil, err
	}
	r.Settings = &r.App.Draft
	if p := Problems(*r.Settings); len(p) > 0 && !HasGraph(r.App.Mode) { // a graph is tried out while it grows
		return r, &app.Error{Kind: app.Invalid, Code: "draft_incomplete", Text: p[0].Text}
	}
	return r, s.compileInto(r, graphKey{r.App.ID, r.App.DraftRev})
}

// DraftWith is Draft with another model in the place of the app's, to be tried beside it. An app with a graph names its models in
// its nodes, so that there is none to replace: model_fixed.
func (s *Studio) DraftWith(ctx context.Context, id app.ID, model app.ModelRef) (*Release, error) {
	r := &Release{Workspace: app.ScopeOf(ctx).Workspace}
	err := s.DB.View(ctx, func(sn *store.Snapshot) (err error) { r.App, err = sn.App(id); return err })
	if err != nil {
		return nil, err
	}
	if HasGraph(r.App.Mode) {
		return nil, app.Errorf(app.Invalid, "model_fixed", "the nodes of this app name their models; change them there", "此应用的模型由各节点指定；请在节点中修改")
	}
	set := r.App.Draft
	set.Model = model
	if p := ProblemsOf(r.App.Mode, set); len(p) > 0 {
		return nil, &app.Error{Kind: app.Invalid, Code: "draft_incomplete", Text: p[0].Text}
	}
	c, err := s.compile(r.App.Mode, &set)
	if err != nil {
		return nil, err
	}
	r.Settings, r.Graph, r.Names, r.Refusal = &set, c.graph, c.names, c.refusal
	return r, nil
}

// compileInto gives r its graph, from the cache where it is known.
func (s *Studio) compileInto(r *Release, k graphKey) error {
	c := &s.cache
	c.mu.RLock()
	known := c.graphs[k]
	c.mu.RUnlock()
	if known == nil {
		var err error
		if known, err = s.compile(r.App.Mode, r.Settings); err != nil {
			return err
		}
		c.mu.Lock()
		if len(c.graphs) >= graphsMax || c.graphs == nil {
			c.graphs = map[graphKey]*compiled{}
		}
		c.graphs[k] = known
		c.mu.Unlock()
	}
	r.Graph, r.Names, r.Env, r.Secrets, r.Refusal = known.graph, known.names, known.env, known.secrets, known.refusal
	var err error
	r.Said, err = s.said()
	return err
}

// SaidInput is the input of Release.Said that is the answer.
const SaidInput = "islet_said"

// said is the graph of an answer that is there already.
func (s *Studio) said() (*workflow.Graph, error) {
	c := &s.cache
	c.saidOnce.Do(func() {
		raw, err := json.Marshal(object{
			"nodes": []any{
				node(StartNode, object{"type": "start", "title": "Start", "variables": []any{
					object{"variable": SaidInput, "label": SaidInput, "type": "paragraph", "required": false}}}),
				node(AnswerNode, object{"type": "answer", "title": "Answer", "answer": "{{#" + StartNode + "." + SaidInput + "#}}"}),
			},
			"edges": []any{edge(StartNode, "start", AnswerNode, "answer")},
		})
		if err == nil {
			c.said, err = workflow.Parse(raw, s.Types)
		}
		c.saidErr = err
	})
	return c.said, c.saidErr
}

// compile makes what runs of settings. Nodes of a graph that cannot work do not keep the others from it.
func (s *Studio) compile(mode app.Mode, set *app.Settings, options ...workflow.Option) (*compiled, error) {
	g, err := s.parse(mode, set, options...)
	if err != nil && (g == nil || !HasGraph(mode)) {
		return nil, err
	}
	c := &compiled{graph: g, names: aliases(set)}
	if m := set.Moderation; m != nil && m.Input {
		if c.refusal, err = s.refusal(m.InputReply); err != nil {
			return nil, err
		}
	}
	if HasGraph(mode) {
		c.env, err = s.environment(set)
		for i := range set.Environment {
			if v := &set.Environment[i]; v.Type == secretType {
				plain, _ := c.env[v.Name].(string)
				c.secrets = append(c.secrets, plain)
			}
		}
		return c, err
	}
	return c, nil
}

// SecretPurpose binds sealed environment variables to their use: see store.DB.Seal.
const SecretPurpose = "environment variable"

// environment is {{#env.…#}} of a run.
func (s *Studio) environment(set *app.Settings) (map[string]any, error) {
	env := make(map[string]any, len(set.Environment))
	for i := range set.Environment {
		v := &set.Environment[i]
		env[v.Name] = v.Value
		if len(v.Sealed) == 0 {
			continue
		}
		plain, err := s.DB.Open(SecretPurpose, v.Sealed)
		if err != nil {
			return nil, err
		}
		env[v.Name] = plain
	}
	return env, nil
}

func (s *Studio) parse(mode app.Mode, set *app.Settings, options ...workflow.Option) (*workflow.Graph, error) {
	raw, err := Compile(mode, *set)
	if err != nil {
		return nil, err
	}
	return workflow.Parse(raw, s.Types, options...)
}

// Latest is the published state of an app of the workspace; Graph is nil where there is none.
func (s *Studio) Latest(ctx context.Context, id app.ID) (*Release, error) {
	return s.published(ctx, app.ScopeOf(ctx).Workspace, id)
}

// Trial is an app that is stored nowhere as it would run: see workflow.Option. It is for islet run.
func (s *Studio) Trial(workspace app.ID, a *app.App, options ...workflow.Option) (*Release, error) {
	c, err := s.compile(a.Mode, &a.Draft, options...)
	if err != nil {
		return nil, err
	}
	return &Release{Workspace: workspace, App: a, Settings: &a.Draft, Graph: c.graph, Refusal: c.refusal, Names: c.names, Env: c.env, Secrets: c.secrets}, nil
}

// Version is a published version of an app as it runs, also one that is not the latest.
func (s *Studio) Version(ctx context.Context, id, version app.ID) (*Release, error) {
	r := &Release{Workspace: app.ScopeOf(ctx).Workspace}
	err := s.DB.View(ctx, func(sn *store.Snapshot) (err error) {
		if r.App, err = sn.App(id); err != nil {
			return err
		}
		v, err := sn.Version(id, version)
		if err == nil {
			r.Version, r.Settings = v.ID, &v.Settings
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, s.compileInto(r, graphKey{id: r.Version})
}
