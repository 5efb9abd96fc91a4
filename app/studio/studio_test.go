package studio_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"islet/app"
	"islet/app/studio"
	"islet/app/workflow"
	"islet/store"
)

// still is a node that does nothing: here graphs are only parsed.
type still struct{ template *workflow.Template }

func (still) Run(context.Context, *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{}, nil
}

func (s still) Template() *workflow.Template { return s.template }

func newStill(json.RawMessage) (workflow.Node, error) {
	return still{workflow.ParseTemplate("")}, nil
}

var types = workflow.Types{
	"start": {Class: workflow.Root, New: newStill}, "llm": {New: newStill}, "answer": {Class: workflow.Response, New: newStill},
}

type bench struct {
	t   *testing.T
	db  *store.DB
	s   *studio.Studio
	ctx context.Context
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: db, now: time.Now()}
	b.s = &studio.Studio{DB: db, Types: types, Now: func() time.Time { return b.now }}
	t.Cleanup(func() {
		b.s.Close()
		if err := errors.Join(db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	ws := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}
	b.ctx = app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: app.NewID(), Role: app.Editor})
	if err := db.Update(b.ctx, func(tx *store.Tx) error { return tx.InsertWorkspace(ws) }); err != nil {
		t.Fatal(err)
	}
	return b
}

var good = app.Settings{Model: app.ModelRef{Endpoint: "e", Name: "m"}, Prompt: "one"}

// app makes an app with a draft that can be published.
func (b *bench) app() *app.App {
	b.t.Helper()
	a := &app.App{Name: "A", Draft: good}
	if err := b.s.Create(b.ctx, a); err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bench) publish(a *app.App) *app.Version {
	b.t.Helper()
	v, err := b.s.Publish(b.ctx, a.ID, "v", "note")
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *bench) key(a *app.App) (*app.Key, string) {
	b.t.Helper()
	k, token, err := b.s.NewKey(b.ctx, a.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return k, token
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return app.AsError(err).Code
}

func TestCreate_fillsInWhatNobodySaid(t *testing.T) {
	b := newBench(t)
	b.s.DefaultModel = func(context.Context) (app.ModelRef, error) { return app.ModelRef{Endpoint: "d", Name: "default"}, nil }
	a := &app.App{Name: " 助手 "}
	if err := b.s.Create(b.ctx, a); err != nil {
		t.Fatal(err)
	}
	if a.Name != "助手" || a.Mode != app.ModeChat || a.Draft.Model.Name != "default" || a.Draft.Variables == nil || a.Tags == nil || len(a.Site.Code) != 20 || !a.APIEnabled || !a.Site.Enabled {
		t.Errorf("Create made %+v", a)
	}
	for name, bad := range map[string]*app.App{"name_missing": {}, "mode_unsupported": {Name: "x", Mode: "channel"}, "icon_color_invalid": {Name: "x", IconColor: "red"}, "too_long": {Name: string(make([]byte, 101))}} {
		if err := b.s.Create(b.ctx, bad); code(err) != name {
			t.Errorf("Create(%+v) = %v, want %s", bad, err, name)
		}
	}
}

func TestPublish_refusesADraftWithAProblem(t *testing.T) {
	b := newBench(t)
	a := &app.App{Name: "A"}
	if err := b.s.Create(b.ctx, a); err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.Publish(b.ctx, a.ID, "", ""); code(err) != "draft_incomplete" {
		t.Errorf("Publish = %v", err)
	}
	rev, problems, err := b.s.SaveDraft(b.ctx, a.ID, a.DraftRev, good)
	if err != nil || rev != 2 || len(problems) != 0 {
		t.Errorf("SaveDraft = %d, %v, %v", rev, problems, err)
	}
	if v := b.publish(a); v.Number != 1 || v.Settings.Prompt != "one" {
		t.Errorf("Publish made %+v", v)
	}
}

func TestVersions_publishedStaysUntilTheNextPublish(t *testing.T) {
	b := newBench(t)
	a := b.app()
	first := b.publish(a)
	_, token := b.key(a)
	prompt := func() string {
		t.Helper()
		r, err := b.s.ByToken(b.ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		return r.Settings.Prompt
	}
	two := good
	two.Prompt = "two"
	rev, _, err := b.s.SaveDraft(b.ctx, a.ID, 1, two)
	if err != nil {
		t.Fatal(err)
	}
	if got := prompt(); got != "one" {
		t.Errorf("a saved draft runs already: %q", got)
	}
	second := b.publish(a)
	if got := prompt(); got != "two" {
		t.Errorf("after publishing the key runs %q", got)
	}
	if err := b.s.DeleteVersion(b.ctx, a.ID, second.ID); code(err) != "version_published" {
		t.Errorf("DeleteVersion of the published one = %v", err)
	}
	got, err := b.s.Restore(b.ctx, a.ID, first.ID)
	if err != nil || got.Draft.Prompt != "one" || got.DraftRev != rev+1 || got.Published != second.ID {
		t.Errorf("Restore = %+v, %v", got, err)
	}
	if err := b.s.DeleteVersion(b.ctx, a.ID, first.ID); err != nil {
		t.Errorf("DeleteVersion = %v", err)
	}
	name := "named"
	v, err := b.s.EditVersion(b.ctx, a.ID, second.ID, &name, nil)
	if err != nil || v.Name != name || v.Note != "note" {
		t.Errorf("EditVersion = %+v, %v", v, err)
	}
}

func TestByToken_isCachedAndRevokedAtOnce(t *testing.T) {
	b := newBench(t)
	a := b.app()
	b.publish(a)
	k, token := b.key(a)
	if len(token) < 47 || token[:4] != "app-" || k.Hint != token[len(token)-4:] {
		t.Errorf("NewKey = %+v, %q", k, token)
	}
	one, err := b.s.ByToken(b.ctx, token)
	if err != nil || one.App.ID != a.ID || one.Graph == nil {
		t.Fatalf("ByToken = %+v, %v", one, err)
	}
	if again, _ := b.s.ByToken(b.ctx, token); again != one {
		t.Error("the second lookup read the database")
	}
	if err := b.s.DeleteKey(b.ctx, a.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{token, "", "app-x"} {
		if _, err := b.s.ByToken(b.ctx, bad); code(err) != "unauthorized" {
			t.Errorf("ByToken(%q) = %v", bad, err)
		}
	}
}

func TestByToken_noticesChangesMadeElsewhereWithinFiveSeconds(t *testing.T) {
	b := newBench(t)
	a := b.app()
	b.publish(a)
	k, token := b.key(a)
	if _, err := b.s.ByToken(b.ctx, token); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Update(b.ctx, func(tx *store.Tx) error { return tx.DeleteKey(a.ID, k.ID) }); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(5 * time.Second)
	if _, err := b.s.ByToken(b.ctx, token); code(err) != "unauthorized" {
		t.Errorf("ByToken = %v", err)
	}
}

func TestByToken_notesTheUseOnceAMinute(t *testing.T) {
	b := newBench(t)
	a := b.app()
	b.publish(a)
	_, token := b.key(a)
	used := func() time.Time {
		t.Helper()
		b.s.Close() // waits for the note
		var at time.Time
		err := b.db.View(b.ctx, func(s *store.Snapshot) error {
			keys, err := s.Keys(a.ID)
			if err == nil && keys[0].LastUsedAt != nil {
				at = *keys[0].LastUsedAt
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	use := func(after time.Duration) time.Time {
		t.Helper()
		b.now = b.now.Add(after)
		if _, err := b.s.ByToken(b.ctx, token); err != nil {
			t.Fatal(err)
		}
		return used()
	}
	first := use(0)
	if first.UnixMilli() != b.now.UnixMilli() {
		t.Errorf("last used at %v, want %v", first, b.now)
	}
	if got := use(59 * time.Second); !got.Equal(first) {
		t.Errorf("noted again after 59 s: %v", got)
	}
	if got := use(time.Second); got.Equal(first) {
		t.Error("not noted after a minute")
	}
}

func TestDoors_closedOnesSaySo(t *testing.T) {
	b := newBench(t)
	a := b.app()
	_, token := b.key(a)
	r, err := b.s.ByToken(b.ctx, token)
	if err != nil || code(r.Ready()) != "app_unavailable" {
		t.Errorf("of an unpublished app: %v, %v", err, r.Ready())
	}
	if _, err := b.s.BySite(b.ctx, a.Site.Code); code(err) != "site_off" {
		t.Errorf("BySite of an unpublished app = %v", err)
	}
	b.publish(a)
	if r, err := b.s.BySite(b.ctx, a.Site.Code); err != nil || r.Ready() != nil {
		t.Errorf("BySite = %v", err)
	}
	moved, err := b.s.NewSiteCode(b.ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.BySite(b.ctx, a.Site.Code); code(err) != "site_off" {
		t.Errorf("the old address still opens: %v", err)
	}
	off := false
	if _, err := b.s.UpdateSite(b.ctx, a.ID, studio.SiteChange{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.BySite(b.ctx, moved.Site.Code); code(err) != "site_off" {
		t.Errorf("BySite of a closed site = %v", err)
	}
	if _, err := b.s.Update(b.ctx, a.ID, studio.Change{APIEnabled: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.ByToken(b.ctx, token); code(err) != "forbidden" {
		t.Errorf("ByToken of a closed API = %v", err)
	}
}

func TestCopy_takesTheDraftAndNothingElse(t *testing.T) {
	b := newBench(t)
	a := b.app()
	b.publish(a)
	c, err := b.s.Copy(b.ctx, a.ID)
	if err != nil || c.ID == a.ID || c.Name != "A copy" || c.Published != "" || c.DraftRev != 1 || c.Draft.Prompt != "one" || c.Site.Code == a.Site.Code {
		t.Errorf("Copy = %+v, %v", c, err)
	}
}

func TestDelete_saysWhatIsLost(t *testing.T) {
	b := newBench(t)
	a := b.app()
	b.publish(a)
	_, token := b.key(a)
	if _, err := b.s.ByToken(b.ctx, token); err != nil {
		t.Fatal(err)
	}
	lost, err := b.s.Delete(b.ctx, a.ID)
	if err != nil || lost.Versions != 1 || lost.Keys != 1 {
		t.Errorf("Delete = %+v, %v", lost, err)
	}
	if _, err := b.s.ByToken(b.ctx, token); code(err) != "unauthorized" {
		t.Errorf("the key outlived its app: %v", err)
	}
	if _, err := b.s.Delete(b.ctx, a.ID); app.KindOf(err) != app.NotFound {
		t.Errorf("Delete again = %v", err)
	}
}

func TestDraft_isCompiledAtItsLatestRevision(t *testing.T) {
	b := newBench(t)
	a := b.app()
	one, err := b.s.Draft(b.ctx, a.ID)
	if err != nil || one.Version != "" || one.Ready() != nil {
		t.Fatalf("Draft = %+v, %v", one, err)
	}
	again, err := b.s.Draft(b.ctx, a.ID)
	if err != nil || again.Graph != one.Graph {
		t.Errorf("an unchanged draft was compiled again (%v)", err)
	}
	two := good
	two.Prompt = "two"
	if _, _, err := b.s.SaveDraft(b.ctx, a.ID, 1, two); err != nil {
		t.Fatal(err)
	}
	later, err := b.s.Draft(b.ctx, a.ID)
	if err != nil || later.Graph == one.Graph || later.Settings.Prompt != "two" {
		t.Errorf("Draft after a change = %+v, %v", later, err)
	}
	if _, _, err := b.s.SaveDraft(b.ctx, a.ID, 2, app.Settings{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.Draft(b.ctx, a.ID); code(err) != "draft_incomplete" {
		t.Errorf("Draft without a model = %v", err)
	}
}
