package studio_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"islet/app"
	"islet/app/studio"
	"islet/app/workflow"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestCompile_golden(t *testing.T) {
	s := app.Settings{
		Model:  app.ModelRef{Endpoint: "0198c0de-0000-7000-8000-000000000001", Name: "qwen3", Params: map[string]any{"temperature": 0.2}},
		Prompt: "Greet {{name}} of {{公司}}, not {{nobody}} or {{#sys.query#}}.",
		Variables: []app.Variable{
			{Name: "name", Label: "Name", Kind: "text", Required: true}, {Name: "公司", Kind: "select", Options: []string{"甲", "乙"}},
			{Name: "v1", Kind: "number"}, {Name: "agree", Kind: "checkbox"}, {Name: "text", Kind: "paragraph", MaxLength: 1000},
		},
		Memory: app.Memory{Window: 6}, Files: app.FileInput{Enabled: true, Kinds: []string{"image"}, Detail: "low"},
	}
	raw, err := studio.Compile(app.ModeChat, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := workflow.Parse(raw, types); err != nil {
		t.Fatalf("the engine refuses it: %v", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/chat.graph.json"
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(b.Bytes(), want) {
		t.Errorf("Compile gave (%v):\n%s", err, b.Bytes())
	}
}

// TestCompile_promptSaysWhatItSays fills compiled prompts in with the engine's own templates.
func TestCompile_promptSaysWhatItSays(t *testing.T) {
	vars := []app.Variable{{Name: "name", Kind: "text"}, {Name: "姓名", Kind: "text"}, {Name: "a_name_that_is_longer_than_thirty_letters", Kind: "text"}}
	given := map[string]any{"name": "Li", "姓名": "李", "a_name_that_is_longer_than_thirty_letters": "long"}
	for _, c := range []struct{ prompt, name, want string }{
		{"Hi {{name}}!", "Li", "Hi Li!"},
		{"{{ name }} {{name }}", "Li", "Li Li"},
		{"你好{{姓名}}，{{a_name_that_is_longer_than_thirty_letters}}", "Li", "你好李，long"},
		{"{{nobody}} {{ }} {{}} {{1x}}", "Li", "{{nobody}} {{ }} {{}} {{1x}}"},
		{"{{{name}}} {{name}", "Li", "{Li} {{name}"},
		{"{{#sys.query#}} {{#start.name#}} {{#context#}} {{#", "Li", "{{#sys.query#}} {{#start.name#}} {{#context#}} {{#"},
		{"Hi {{name}}", "{{姓名}} {{#sys.query#}}", "Hi {{姓名}} {{#sys.query#}}"},
		{"", "Li", ""},
	} {
		raw, err := studio.Compile(app.ModeChat, app.Settings{Prompt: c.prompt, Variables: vars})
		if err != nil {
			t.Fatal(err)
		}
		if got := fill(t, raw, given, c.name); got != c.want {
			t.Errorf("prompt %q became %q, want %q", c.prompt, got, c.want)
		}
	}
}

// fill renders the system prompt of a compiled graph, with its start variables as the labels name them.
func fill(t *testing.T, raw []byte, given map[string]any, name string) string {
	t.Helper()
	var g struct {
		Nodes []struct {
			ID   string
			Data struct {
				Variables []struct {
					Variable, Label string
					Default         any
				}
				Prompt []struct{ Role, Text string } `json:"prompt_template"`
			}
		}
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	values, text := map[string]any{}, ""
	for _, n := range g.Nodes {
		for _, v := range n.Data.Variables {
			values[v.Variable] = v.Default
			if x, ok := given[v.Label]; ok {
				values[v.Variable] = x
			}
			if v.Label == "name" {
				values[v.Variable] = name
			}
		}
		for _, m := range n.Data.Prompt {
			if m.Role == "system" {
				text = m.Text
			}
		}
	}
	return workflow.ParseTemplate(text).Text(workflow.NewVars(map[string]map[string]any{studio.StartNode: values, "sys": {"query": "LEAK"}}))
}

func TestRender_neverRendersAValueAgain(t *testing.T) {
	in := map[string]any{"a": "{{b}}", "b": "B", "n": int64(3), "姓名": "李"}
	for text, want := range map[string]string{"{{a}} {{b}}": "{{b}} B", "{{n}} {{x}} {{": "3 {{x}} {{", "{{姓名}}好": "李好"} {
		if got := studio.Render(text, in); got != want {
			t.Errorf("Render(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestProblems_nameEachFault(t *testing.T) {
	with := func(change func(*app.Settings)) app.Settings {
		s := good
		change(&s)
		return s
	}
	variable := func(v app.Variable) app.Settings {
		return with(func(s *app.Settings) { s.Variables = []app.Variable{v} })
	}
	for _, c := range []struct {
		want string // field code
		s    app.Settings
	}{
		{"", good},
		{"model model_missing", with(func(s *app.Settings) { s.Model = app.ModelRef{} })},
		{"variables[0].name empty", variable(app.Variable{Kind: "text"})},
		{"variables[0].name invalid", variable(app.Variable{Name: "1a", Kind: "text"})},
		{"variables[0].name invalid", variable(app.Variable{Name: "a-b", Kind: "text"})},
		{"", variable(app.Variable{Name: "客户_1", Kind: "text"})},
		{"variables[1].name duplicate", with(func(s *app.Settings) {
			s.Variables = []app.Variable{{Name: "a", Kind: "text"}, {Name: "a", Kind: "text"}}
		})},
		{"variables[0].kind unknown", variable(app.Variable{Name: "a", Kind: "file"})},
		{"variables[0].options empty", variable(app.Variable{Name: "a", Kind: "select"})},
		{"variables[0].options[1] duplicate", variable(app.Variable{Name: "a", Kind: "select", Options: []string{"x", "x"}})},
		{"variables[0].options[0] empty", variable(app.Variable{Name: "a", Kind: "select", Options: []string{" "}})},
		{"variables[0].default invalid", variable(app.Variable{Name: "a", Kind: "select", Options: []string{"x"}, Default: "y"})},
		{"variables[0].default invalid", variable(app.Variable{Name: "a", Kind: "number", Default: "three"})},
		{"variables[0].default too_long", variable(app.Variable{Name: "a", Kind: "text", MaxLength: 2, Default: "abc"})},
		{"variables[0].max_length out_of_range", variable(app.Variable{Name: "a", Kind: "paragraph", MaxLength: -1})},
		{"suggested[0] empty", with(func(s *app.Settings) { s.Suggested = []string{" "} })},
		{"suggested too_many", with(func(s *app.Settings) { s.Suggested = strings.Split(strings.Repeat("q ", 11), " ")[:11] })},
		{"follow_up.prompt too_long", with(func(s *app.Settings) { s.FollowUp.Prompt = strings.Repeat("字", 1001) })},
		{"memory.window out_of_range", with(func(s *app.Settings) { s.Memory.Window = 501 })},
		{"files.kinds empty", with(func(s *app.Settings) { s.Files.Enabled = true })},
		{"files.kinds unknown", with(func(s *app.Settings) { s.Files = app.FileInput{Enabled: true, Kinds: []string{"program"}} })},
		{"files.methods unknown", with(func(s *app.Settings) {
			s.Files = app.FileInput{Enabled: true, Kinds: []string{"image"}, Methods: []string{"fax"}}
		})},
		{"files.max out_of_range", with(func(s *app.Settings) { s.Files = app.FileInput{Enabled: true, Kinds: []string{"image"}, Max: 11} })},
		{"files.detail unknown", with(func(s *app.Settings) {
			s.Files = app.FileInput{Enabled: true, Kinds: []string{"image"}, Detail: "sharp"}
		})},
	} {
		got := []string{}
		for _, p := range studio.Problems(c.s) {
			got = append(got, p.Field+" "+p.Code)
			if p.Text.En == "" || p.Text.Zh == "" {
				t.Errorf("%s %s lacks a language", p.Field, p.Code)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("Problems = %v, want %q", got, c.want)
		}
	}
}
