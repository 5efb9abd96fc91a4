package studio

import (
	"context"
	"slices"
	"sync"
	"time"

	"islet/app"
	"islet/app/studio/dsl"
	"islet/app/workflow"
	"islet/store"
)

// ImportRequest asks for a Dify app file to become an app. What it says of name, description, icon and colour wins over the file.
type ImportRequest struct {
	YAML                               []byte
	Name, Description, Icon, IconColor string
	App                                app.ID // replace the draft of this app instead of making one; its mode must have a graph
	Rev                                int64  // of the draft that is replaced; 0 is whichever stands
}

// ImportResult is how an import went. App is empty while Report.Status is Pending: then ConfirmImport takes ID.
type ImportResult struct {
	ID     app.ID
	App    app.ID
	Mode   app.Mode // of the app; of the file while pending
	Rev    int64    // of the draft
	Report *dsl.Report
}

// The bounds of imports that wait for a person.
const (
	waitFor      = 10 * time.Minute // as in Dify
	maxWaiting   = 20               // the oldest goes
	maxWaitBytes = 2 * dsl.MaxBytes
)

// waiting holds imports until a person confirms them.
type waiting struct {
	mu   sync.Mutex // guards list
	list []waitingImport
}

type waitingImport struct {
	id              app.ID
	workspace, user app.ID
	until           time.Time
	request         ImportRequest
}

func (w *waiting) add(it waitingImport, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = slices.DeleteFunc(append(w.list, it), func(o waitingImport) bool { return !now.Before(o.until) })
	size := 0
	for i := len(w.list) - 1; i >= 0; i-- {
		if size += len(w.list[i].request.YAML); size > maxWaitBytes || len(w.list)-i > maxWaiting {
			w.list = slices.Clone(w.list[i+1:])
			return
		}
	}
}

// take removes and returns an import of the scope's person.
func (w *waiting) take(s app.Scope, id app.ID, now time.Time) (ImportRequest, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.list, func(it waitingImport) bool {
		return it.id == id && it.workspace == s.Workspace && it.user == s.User && now.Before(it.until)
	})
	if i < 0 {
		return ImportRequest{}, false
	}
	r := w.list[i].request
	w.list = slices.Delete(w.list, i, i+1)
	return r, true
}

// Import makes an app of a Dify app file, or replaces a draft with it. It starts nothing. A file that cannot be imported is
// dsl_invalid; one of another main version waits ten minutes for ConfirmImport.
func (s *Studio) Import(ctx context.Context, r ImportRequest) (*ImportResult, error) {
	f, err := dsl.Read(r.YAML)
	if err != nil {
		return nil, err
	}
	if r.App != "" {
		if err := s.DB.View(ctx, func(sn *store.Snapshot) error { _, err := replaceable(sn.App(r.App)); return err }); err != nil {
			return nil, err
		}
	}
	if f.Status != dsl.Pending {
		return s.bring(ctx, f, r)
	}
	res := &ImportResult{ID: app.NewID(), Mode: f.Mode, Report: dsl.Check(r.YAML, s.Types)}
	scope, now := app.ScopeOf(ctx), s.now()
	s.waiting.add(waitingImport{id: res.ID, workspace: scope.Workspace, user: scope.User, until: now.Add(waitFor), request: r}, now)
	return res, nil
}

// ConfirmImport goes on with an import that waits, whatever its version. Only who began it can.
func (s *Studio) ConfirmImport(ctx context.Context, id app.ID) (*ImportResult, error) {
	r, ok := s.waiting.take(app.ScopeOf(ctx), id, s.now())
	if !ok {
		return nil, app.Errorf(app.NotFound, "import_expired", "this import no longer waits; import the file again", "此导入已过期或不存在；请重新导入文件")
	}
	f, err := dsl.Read(r.YAML)
	if err != nil {
		return nil, err
	}
	f.Status, f.Warnings = dsl.Completed, nil // as in Dify: the person has seen them
	res, err := s.bring(ctx, f, r)
	if err != nil {
		return nil, err
	}
	res.ID = id
	return res, nil
}

// bring stores what a file describes.
func (s *Studio) bring(ctx context.Context, f *dsl.File, r ImportRequest) (*ImportResult, error) {
	f.Here = s.here(ctx)
	f.Warnings = append(f.Warnings, f.Rehome()...)
	a, _, err := dsl.Settings(f, func(plain string) []byte { return s.DB.Seal(SecretPurpose, plain) })
	if err != nil {
		return nil, err
	}
	normalize(&a.Draft)
	res := &ImportResult{ID: app.NewID(), Report: dsl.Examine(f, s.Types)}
	if r.App != "" {
		err = s.replace(ctx, &a, r)
	} else {
		err = s.insert(ctx, &a, r)
	}
	if err != nil {
		return nil, err
	}
	res.App, res.Mode, res.Rev = a.ID, a.Mode, a.DraftRev
	return res, nil
}

// here tells an import what the site has.
func (s *Studio) here(ctx context.Context) *dsl.Here {
	h := &dsl.Here{Dataset: func(id app.ID) bool {
		err := s.DB.View(ctx, func(sn *store.Snapshot) error { _, err := sn.Dataset(id); return err })
		return err == nil // another error than NotFound meets the import itself
	}}
	if s.Home != nil {
		h.Tool = func(kind, id, name string) (string, bool) { return s.Home(ctx, kind, id, name) }
	}
	if s.Rerank != nil {
		h.Rerank = func(provider, name string) (app.ModelRef, bool) {
			ref, err := s.Rerank(ctx, provider, name)
			return ref, err == nil
		}
	}
	return h
}

// insert makes a new app of what a file describes.
func (s *Studio) insert(ctx context.Context, a *app.App, r ImportRequest) error {
	for _, o := range []struct {
		dst *string
		say string
	}{{&a.Name, r.Name}, {&a.Description, r.Description}, {&a.Icon, r.Icon}, {&a.IconColor, r.IconColor}} {
		if o.say != "" {
			*o.dst = o.say
		}
	}
	if a.Name == "" {
		a.Name = app.Text{En: "Imported app", Zh: "导入的应用"}.In(app.ScopeOf(ctx).Lang)
	}
	if err := checkInfo(a); err != nil {
		return err
	}
	s.dress(ctx, a)
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.InsertApp(a) })
}

// replace puts the draft of a in the place of another app's. That app keeps its mode, its name, and the secrets that the file
// leaves empty.
func (s *Studio) replace(ctx context.Context, a *app.App, r ImportRequest) error {
	if !HasGraph(a.Mode) {
		return app.Errorf(app.Invalid, "dsl_invalid", "Missing workflow data for workflow/advanced chat app", "缺少 workflow 部分：只能用工作流或对话流的文件覆盖此应用")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		old, err := replaceable(tx.App(r.App))
		if err != nil {
			return err
		}
		rev := r.Rev
		if rev == 0 {
			rev = old.DraftRev
		}
		keepSecrets(a.Draft.Environment, old.Draft.Environment, false) // a file of others must not get at them by a common name
		if rev, err = tx.SaveDraft(r.App, rev, &a.Draft); err != nil {
			return err
		}
		a.ID, a.Mode, a.DraftRev = old.ID, old.Mode, rev
		return nil
	})
}

func replaceable(a *app.App, err error) (*app.App, error) {
	if err != nil {
		return nil, err
	}
	if !HasGraph(a.Mode) {
		return nil, app.Errorf(app.Invalid, "overwrite_unsupported", "Only workflow or advanced chat apps can be overwritten", "只能覆盖工作流或对话流应用")
	}
	return a, nil
}

// Export is an app's draft, or one of its versions, as a Dify app file, and the app's name. Secrets are left out unless asked for.
func (s *Studio) Export(ctx context.Context, id, version app.ID, secrets bool) (raw []byte, name string, err error) {
	var a *app.App
	err = s.DB.View(ctx, func(sn *store.Snapshot) (err error) {
		if a, err = sn.App(id); err != nil || version == "" {
			return err
		}
		v, err := sn.Version(id, version)
		if err == nil {
			a.Draft = v.Settings
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	raw, err = dsl.Write(a, dsl.WriteOptions{IncludeSecrets: secrets, Open: func(b []byte) (string, error) { return s.DB.Open(SecretPurpose, b) }})
	return raw, a.Name, err
}

// Check says of a file all that an import would say, without a store.
func Check(raw []byte, types workflow.Types) *dsl.Report { return dsl.Check(raw, types) }

// secretType is the type of environment variables that are never shown.
const secretType = "secret"

// hiddenValue stands for a secret that a client was not shown, as in Dify.
const hiddenValue = "[__HIDDEN__]"

// Shown is an app as clients see it: a secret of its draft is only said to be there.
func Shown(a *app.App, err error) (*app.App, error) {
	if err != nil || len(a.Draft.Environment) == 0 {
		return a, err
	}
	c := *a
	hide(&c.Draft)
	return &c, nil
}

// ShownVersion is a version as clients see it: see Shown.
func ShownVersion(v *app.Version, err error) (*app.Version, error) {
	if err != nil || len(v.Settings.Environment) == 0 {
		return v, err
	}
	c := *v
	hide(&c.Settings)
	return &c, nil
}

func hide(s *app.Settings) {
	s.Environment = slices.Clone(s.Environment)
	for i := range s.Environment {
		if v := &s.Environment[i]; v.Type == secretType {
			v.Value, v.Sealed = hiddenValue, nil
		}
	}
}

// sealed seals the secrets among the variables that a client sends. One without a value keeps what is stored.
func (s *Studio) sealed(now, stored []app.EnvVariable) []app.EnvVariable {
	now = slices.Clone(now)
	for i := range now {
		v := &now[i]
		if v.Type != secretType {
			v.Sealed = nil
			continue
		}
		if plain, _ := v.Value.(string); plain != "" && plain != hiddenValue {
			v.Sealed = s.DB.Seal(SecretPurpose, plain)
		}
		v.Value = ""
	}
	keepSecrets(now, stored, true)
	return now
}

// keepSecrets gives secrets without a value the stored one of the same id, or else, where that is wanted, of the same name.
func keepSecrets(now, stored []app.EnvVariable, byName bool) {
	for i := range now {
		v := &now[i]
		if v.Type != secretType || len(v.Sealed) > 0 {
			continue
		}
		same := func(o app.EnvVariable) bool { return o.Type == secretType && o.ID == v.ID }
		j := slices.IndexFunc(stored, same)
		if j < 0 && byName {
			j = slices.IndexFunc(stored, func(o app.EnvVariable) bool { return o.Type == secretType && o.Name == v.Name })
		}
		if j >= 0 {
			v.Sealed = stored[j].Sealed
		}
	}
}
