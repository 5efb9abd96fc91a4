package studio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/studio"
	"islet/app/studio/dsl"
	"islet/store"
)

func file(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("dsl/testdata", name+".yml"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// stored is an app as the database has it.
func (b *bench) stored(id app.ID) (a *app.App) {
	b.t.Helper()
	err := b.db.View(b.ctx, func(s *store.Snapshot) (err error) { a, err = s.App(id); return err })
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bench) count() (n int) {
	b.t.Helper()
	err := b.db.View(b.ctx, func(s *store.Snapshot) (err error) { _, n, err = s.Apps(store.AppFilter{}); return err })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) bring(r studio.ImportRequest) *studio.ImportResult {
	b.t.Helper()
	res, err := b.s.Import(b.ctx, r)
	if err != nil {
		b.t.Fatal(err)
	}
	return res
}

// asJSON is a value as JSON with sorted keys, numbers as numbers.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var sorted any
	if err := json.Unmarshal(raw, &sorted); err != nil {
		t.Fatal(err)
	}
	raw, err = json.Marshal(sorted)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestCreate_everyModeBeginsWithItsOwn(t *testing.T) {
	b := newBench(t)
	b.s.DefaultModel = func(context.Context) (app.ModelRef, error) { return app.ModelRef{Endpoint: "d", Name: "default"}, nil }
	for _, mode := range []app.Mode{app.ModeChat, app.ModeAgent, app.ModeCompletion, app.ModeAdvancedChat, app.ModeWorkflow} {
		a := &app.App{Name: "x", Mode: mode}
		if err := b.s.Create(b.ctx, a); err != nil {
			t.Fatal(err)
		}
		d := b.stored(a.ID).Draft
		graph := mode == app.ModeAdvancedChat || mode == app.ModeWorkflow
		if (d.Model.Name == "default") == graph || (d.Agent != nil) != (mode == app.ModeAgent) || (len(d.Graph) > 0) != graph || (d.Prompt == "{{query}}") != (mode == app.ModeCompletion) {
			t.Errorf("%s begins with %+v", mode, d)
		}
		if p := studio.ProblemsOf(mode, d); len(p) > 0 {
			t.Errorf("a new %s app has the problem %v", mode, p[0])
		}
		if mode == app.ModeAdvancedChat && !strings.Contains(string(d.Graph), `"default"`) {
			t.Errorf("the graph has no model: %s", d.Graph)
		}
		raw, name, err := b.s.Export(b.ctx, a.ID, "", false)
		if err != nil || name != "x" {
			t.Fatal(err)
		}
		again := b.stored(b.bring(studio.ImportRequest{YAML: raw}).App)
		again.Draft.Kept = nil
		if got, want := asJSON(t, again.Draft), asJSON(t, d); got != want || again.Mode != mode {
			t.Errorf("%s came back as\n%s, was\n%s", mode, got, want)
		}
	}
}

func TestImport_makesAnAppAndStartsNothing(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"chat", "completion", "advanced", "agent", "workflow", "chatflow"} {
		res := b.bring(studio.ImportRequest{YAML: file(t, name)})
		a := b.stored(res.App)
		if a.Mode != res.Mode || a.Published != "" || len(a.Draft.Kept) == 0 || len(a.Site.Code) != 20 || res.Rev != 1 {
			t.Errorf("%s became %+v", name, a)
		}
		if strings.Contains(asJSON(t, a), "CANARY_SECRET") {
			t.Errorf("%s: the secret is stored in the clear", name)
		}
	}
	res := b.bring(studio.ImportRequest{YAML: file(t, "chat"), Name: "Mine", Icon: "🐟", Description: "d", IconColor: "#000000"})
	if a := b.stored(res.App); a.Name != "Mine" || a.Icon != "🐟" || a.Description != "d" || a.IconColor != "#000000" {
		t.Errorf("the request did not win: %+v", a)
	}
	before := b.count()
	for raw, want := range map[string]string{"- a": "dsl_invalid", "app: {mode: chat}": "dsl_invalid"} {
		if _, err := b.s.Import(b.ctx, studio.ImportRequest{YAML: []byte(raw)}); code(err) != want || app.KindOf(err) != app.Invalid {
			t.Errorf("Import(%q) = %v", raw, err)
		}
	}
	if b.count() != before {
		t.Error("a refused file left an app")
	}
}

func TestImport_replacesOnlyTheDraftOfAGraph(t *testing.T) {
	b := newBench(t)
	first := b.bring(studio.ImportRequest{YAML: file(t, "workflow")})
	a := b.stored(first.App)
	bare, _, err := b.s.Export(b.ctx, a.ID, "", false)
	if err != nil || strings.Contains(string(bare), "CANARY_SECRET") {
		t.Fatalf("the export: %v\n%s", err, bare)
	}

	res := b.bring(studio.ImportRequest{YAML: bare, App: a.ID, Rev: a.DraftRev, Name: "ignored"})
	again := b.stored(a.ID)
	if res.App != a.ID || res.Rev != 2 || again.DraftRev != 2 || again.Name != a.Name || b.count() != 1 {
		t.Errorf("Import = %+v, %+v", res, again)
	}
	full, _, err := b.s.Export(b.ctx, a.ID, "", true)
	if err != nil || !strings.Contains(string(full), "CANARY_SECRET") {
		t.Errorf("the secret is lost: %v\n%s", err, full)
	}
	if _, err := b.s.Import(b.ctx, studio.ImportRequest{YAML: bare, App: a.ID, Rev: 1}); code(err) != "draft_conflict" {
		t.Errorf("an old revision: %v", err)
	}
	if _, err := b.s.Import(b.ctx, studio.ImportRequest{YAML: file(t, "chat"), App: a.ID}); code(err) != "dsl_invalid" {
		t.Errorf("a chat app's file on a workflow: %v", err)
	}
	mode := b.bring(studio.ImportRequest{YAML: file(t, "chatflow"), App: a.ID})
	if got := b.stored(a.ID); mode.Mode != app.ModeWorkflow || got.Mode != app.ModeWorkflow || len(got.Draft.Conversation) != 2 {
		t.Errorf("a chatflow's file on a workflow: %+v", got)
	}
	chat := b.app()
	if _, err := b.s.Import(b.ctx, studio.ImportRequest{YAML: bare, App: chat.ID}); code(err) != "overwrite_unsupported" {
		t.Errorf("on a chat app: %v", err)
	}
	if _, err := b.s.Import(b.ctx, studio.ImportRequest{YAML: bare, App: app.NewID()}); app.KindOf(err) != app.NotFound {
		t.Errorf("on nothing: %v", err)
	}
}

func newer(text []byte) []byte {
	return []byte(strings.Replace(string(text), "version: 0.5.0", "version: 1.2.0", 1))
}

func TestImport_anotherMainVersionWaitsForAPerson(t *testing.T) {
	b := newBench(t)
	req := studio.ImportRequest{YAML: newer(file(t, "chat")), Name: "Later"}
	res := b.bring(req)
	if res.Report.Status != dsl.Pending || res.App != "" || res.Mode != app.ModeChat || b.count() != 0 {
		t.Fatalf("Import = %+v", res)
	}
	stranger := app.ScopeOf(b.ctx)
	stranger.User = app.NewID()
	if _, err := b.s.ConfirmImport(app.WithScope(b.ctx, stranger), res.ID); code(err) != "import_expired" {
		t.Errorf("somebody else confirmed: %v", err)
	}
	done, err := b.s.ConfirmImport(b.ctx, res.ID)
	if err != nil || done.ID != res.ID || done.Report.Status != dsl.Completed || b.stored(done.App).Name != "Later" {
		t.Errorf("ConfirmImport = %+v, %v", done, err)
	}
	if _, err := b.s.ConfirmImport(b.ctx, res.ID); code(err) != "import_expired" {
		t.Errorf("twice: %v", err)
	}
	res = b.bring(req)
	b.now = b.now.Add(10 * time.Minute)
	if _, err := b.s.ConfirmImport(b.ctx, res.ID); code(err) != "import_expired" {
		t.Errorf("after ten minutes: %v", err)
	}
	first := b.bring(req)
	for range 20 {
		res = b.bring(req)
	}
	if _, err := b.s.ConfirmImport(b.ctx, first.ID); code(err) != "import_expired" {
		t.Errorf("the oldest of 21 still waits: %v", err)
	}
	if _, err := b.s.ConfirmImport(b.ctx, res.ID); err != nil {
		t.Errorf("the newest does not wait: %v", err)
	}
	bad := b.bring(studio.ImportRequest{YAML: []byte("app: {mode: channel}\nversion: 9.0.0")})
	if _, err := b.s.ConfirmImport(b.ctx, bad.ID); code(err) != "dsl_invalid" {
		t.Errorf("a bad file was confirmed: %v", err)
	}
}

func TestExport_ofAVersion(t *testing.T) {
	b := newBench(t)
	a := b.app()
	v := b.publish(a)
	two := good
	two.Prompt = "two"
	if _, _, err := b.s.SaveDraft(b.ctx, a.ID, 1, two); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[app.ID]string{"": "pre_prompt: two", v.ID: "pre_prompt: one"} {
		if raw, _, err := b.s.Export(b.ctx, a.ID, version, false); err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("Export of %q: %v\n%s", version, err, raw)
		}
	}
	if _, _, err := b.s.Export(b.ctx, a.ID, app.NewID(), false); app.KindOf(err) != app.NotFound {
		t.Errorf("Export of no version: %v", err)
	}
}

func TestSaveDraft_sealsSecretsAndKeepsWhatAnImportKept(t *testing.T) {
	b := newBench(t)
	a := b.stored(b.bring(studio.ImportRequest{YAML: file(t, "workflow")}).App)
	kept, set := string(a.Draft.Kept), a.Draft
	set.Kept = nil
	set.Environment = append([]app.EnvVariable{}, set.Environment...)
	set.Environment[0].Sealed = nil // a client that was not shown it
	set.Environment = append(set.Environment, app.EnvVariable{ID: "n", Name: "n", Type: "secret", Value: "CANARY_NEW"}, app.EnvVariable{ID: "h", Name: "h", Type: "secret", Value: "[__HIDDEN__]"})
	rev, problems, err := b.s.SaveDraft(b.ctx, a.ID, a.DraftRev, set)
	if err != nil || rev != 2 || len(problems) != 1 || problems[0].Code != "start_with_trigger" { // the sample holds every kind of node
		t.Fatalf("SaveDraft = %d, %v, %v", rev, problems, err)
	}
	got := b.stored(a.ID)
	if string(got.Draft.Kept) != kept || strings.Contains(asJSON(t, got), "CANARY_SECRET") || strings.Contains(asJSON(t, got), "CANARY_NEW") {
		t.Errorf("stored %s", asJSON(t, got.Draft.Environment))
	}
	var values []string
	for _, v := range got.Draft.Environment {
		plain := ""
		if len(v.Sealed) > 0 {
			if plain, err = b.db.Open(studio.SecretPurpose, v.Sealed); err != nil {
				t.Fatal(err)
			}
		}
		values = append(values, fmt.Sprintf("%s=%s%v", v.Name, plain, v.Value))
	}
	if want := "key=CANARY_SECRET limit=5 ratio=5.0 list=[a 1] n=CANARY_NEW h="; strings.Join(values, " ") != want {
		t.Errorf("environment %s, want %s", values, want)
	}
}

func TestProblemsOf_graphs(t *testing.T) {
	set := app.Settings{Files: app.FileInput{Enabled: true, Kinds: []string{"audio"}}, Environment: []app.EnvVariable{{Name: "a"}, {Name: "a"}, {}}, Conversation: []app.ConvVariable{{Name: "a"}}}
	var got []string
	for _, p := range studio.ProblemsOf(app.ModeWorkflow, set) {
		got = append(got, p.Field+" "+p.Code)
	}
	if want := "environment[1].name duplicate, environment[2].name empty"; strings.Join(got, ", ") != want {
		t.Errorf("problems %q, want %q", got, want)
	}
	agent := good
	agent.Agent = &app.Agent{MaxIterations: 100}
	if p := studio.ProblemsOf(app.ModeAgent, agent); len(p) != 1 || p[0].Field != "agent.max_iterations" {
		t.Errorf("problems of an agent %v", p)
	}
	empty := good
	empty.Prompt = " "
	if p := studio.ProblemsOf(app.ModeCompletion, empty); len(p) != 1 || p[0].Code != "prompt_missing" {
		t.Errorf("problems of a completion app %v", p)
	}
}
