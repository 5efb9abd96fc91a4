package gallery_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"islet/app"
	"islet/app/studio/gallery"
)

var model = app.ModelRef{Endpoint: "e", Name: "m"}

func TestAll_areWholeInBothLanguages(t *testing.T) {
	if n := len(gallery.All()); n < 12 {
		t.Errorf("%d templates", n)
	}
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	for _, tpl := range gallery.All() {
		if !slices.Contains(gallery.Categories, tpl.Category) || tpl.Icon == "" || len(tpl.Tags.En) != len(tpl.Tags.Zh) || len(tpl.Tags.En) == 0 {
			t.Errorf("%s: category %q, icon %q, tags %v", tpl.ID, tpl.Category, tpl.Icon, tpl.Tags)
		}
		for _, say := range []app.Text{tpl.Name, tpl.Description} {
			if say.En == "" || han(say.En) || !han(say.Zh) {
				t.Errorf("%s says %+v", tpl.ID, say)
			}
		}
		if n := len([]rune(tpl.Description.En)); n < 80 || n > 200 {
			t.Errorf("%s: the description has %d characters; two lines are wanted", tpl.ID, n)
		}
		var shape [2]string
		for i, lang := range []app.Lang{app.English, app.Chinese} {
			a, err := tpl.App(lang, model)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			if lang == app.English && strings.Contains(string(raw), `"zh"`) || regexp.MustCompile(`"en":"`).Match(raw) {
				t.Errorf("%s in %s has a text that is no text: %s", tpl.ID, lang, raw)
			}
			words := string(raw)
			if lang == app.English {
				words = strings.NewReplacer("一二三四五六七八九十百零〇", "", "第三条", "", "第", "", "条", "", "章", "", "、", "").Replace(words) // what a contract is split by
			}
			if han(words) != (lang == app.Chinese) {
				t.Errorf("%s in %s holds the other language", tpl.ID, lang)
			}
			if _, err := tpl.ExampleIn(lang); err != nil {
				t.Errorf("%s: example in %s: %v", tpl.ID, lang, err)
			}
			shape[i] = shapeOf(t, a)
		}
		if shape[0] != shape[1] {
			t.Errorf("%s is two apps:\n%s\n%s", tpl.ID, shape[0], shape[1])
		}
	}
}

// shapeOf is what an app is without its words: nodes, edges, variables.
func shapeOf(t *testing.T, a *app.App) string {
	t.Helper()
	var g struct {
		Nodes []struct{ ID, Type, ParentID string }
		Edges []struct{ Source, SourceHandle, Target string }
	}
	if len(a.Draft.Graph) > 0 {
		if err := json.Unmarshal(a.Draft.Graph, &g); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{}
	for _, v := range a.Draft.Variables {
		names = append(names, v.Name+" "+v.Kind)
	}
	placeholders := regexp.MustCompile(`\{\{\w+\}\}`).FindAllString(a.Draft.Prompt, -1)
	slices.Sort(placeholders)
	raw, err := json.Marshal([]any{g, names, slices.Compact(placeholders)})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestGraph_nodesDoNotOverlap(t *testing.T) {
	type box struct {
		ID, ParentID  string
		Position      struct{ X, Y int }
		Width, Height int
	}
	for _, tpl := range gallery.All() {
		a, err := tpl.App(app.English, model)
		if err != nil || len(a.Draft.Graph) == 0 {
			continue
		}
		var g struct{ Nodes []box }
		if err := json.Unmarshal(a.Draft.Graph, &g); err != nil {
			t.Fatal(err)
		}
		for i, n := range g.Nodes {
			for _, o := range g.Nodes[i+1:] {
				if n.ParentID == o.ParentID && n.Position.X < o.Position.X+o.Width && o.Position.X < n.Position.X+n.Width && n.Position.Y < o.Position.Y+o.Height && o.Position.Y < n.Position.Y+n.Height {
					t.Errorf("%s: %s lies on %s", tpl.ID, n.ID, o.ID)
				}
			}
			for _, o := range g.Nodes {
				if o.ID == n.ParentID && (n.Position.X+n.Width > o.Width || n.Position.Y+n.Height > o.Height) {
					t.Errorf("%s: %s does not fit into %s", tpl.ID, n.ID, o.ID)
				}
			}
		}
	}
}

func TestFind_saysWhatIsNotThere(t *testing.T) {
	if _, err := gallery.Find("nothing"); app.KindOf(err) != app.NotFound {
		t.Errorf("Find = %v", err)
	}
	if tpl, err := gallery.Find("approval"); err != nil || tpl.Mode != app.ModeWorkflow {
		t.Errorf("Find = %+v, %v", tpl, err)
	}
}
