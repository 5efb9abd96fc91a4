package studio_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"islet/app"
	"islet/app/studio"
	"islet/app/studio/dsl"
	"islet/app/studio/gallery"
)

// throughEditor opens a file as the editor does: imported, read as JSON, saved unchanged, exported. What comes out must be what went in.
// Of our samples, which hold credentials and odd spellings on purpose, only that the editor changes nothing is wanted here.
func (b *bench) throughEditor(t *testing.T, raw []byte, whole bool) {
	t.Helper()
	res, err := b.s.Import(b.ctx, studio.ImportRequest{YAML: raw})
	if err == nil && res.App == "" {
		res, err = b.s.ConfirmImport(b.ctx, res.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := b.s.Export(b.ctx, res.App, "", false)
	if err != nil {
		t.Fatal(err)
	}
	sent := b.draftAsJSON(t, res.App)
	var set app.Settings
	if err := json.Unmarshal(sent, &set); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.s.SaveDraft(b.ctx, res.App, res.Rev, set); err != nil {
		t.Fatal(err)
	}
	again := b.draftAsJSON(t, res.App)
	if string(sent) != string(again) {
		t.Errorf("saving what was read changed it:\n%s\n%s", sent, again)
	}
	second, _, err := b.s.Export(b.ctx, res.App, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Errorf("the export changed after saving")
	}
	if !whole {
		return
	}
	if want, got := plainYAML(t, raw), plainYAML(t, second); want != got {
		t.Errorf("the file came out differently:\n%s\n---\n%s", want, got)
	}
}

// draftAsJSON is a draft as the console sends it to the editor.
func (b *bench) draftAsJSON(t *testing.T, id app.ID) []byte {
	t.Helper()
	a, err := studio.Shown(b.stored(id), nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(a.Draft)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// plainYAML is a file as another reader of YAML sees it. The version is ours after an export, and empty dependencies say nothing.
func plainYAML(t *testing.T, raw []byte) string {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	delete(v, "version")
	delete(v, "kind")
	if d, _ := v["dependencies"].([]any); len(d) == 0 {
		delete(v, "dependencies")
	}
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEditor_communityAppsComeBackWhole(t *testing.T) {
	files, err := filepath.Glob("../../../shared/dify/community/*.yml")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: ../shared is absent")
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			newBench(t).throughEditor(t, raw, true)
		})
	}
}

func TestEditor_templatesAndSamplesComeBackWhole(t *testing.T) {
	samples, err := filepath.Glob("dsl/testdata/*.yml")
	if err != nil || len(samples) == 0 {
		t.Fatal(samples, err)
	}
	for _, f := range samples {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(f), func(t *testing.T) { newBench(t).throughEditor(t, raw, false) })
	}
	for _, tpl := range gallery.All() {
		t.Run(tpl.ID, func(t *testing.T) {
			a, err := tpl.App(app.Chinese, app.ModelRef{Endpoint: "e", Name: "m"})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := dsl.Write(a, dsl.WriteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			newBench(t).throughEditor(t, raw, true)
		})
	}
}
