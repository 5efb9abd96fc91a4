package jinja_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"islet/app"
	"islet/app/jinja"
	"islet/app/value"
)

var update = flag.Bool("update", false, "let Python's Jinja2 fill in the goldens again")

// golden is a case of testdata: a template, its variables, and what Jinja2 makes of them. To add one, write t and v and run
// go test ./app/jinja -update.
type golden struct {
	T       string          `json:"t"`
	V       json.RawMessage `json:"v"`
	Differs string          `json:"differs"` // why our outcome is another one
	Want    string          `json:"want"`
	Error   string          `json:"error"`
	Line    int             `json:"line"`
}

func TestRender_isWhatJinja2Makes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	if *update {
		refresh(t, files)
	}
	total := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var cases []golden
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatal(name, err)
		}
		total += len(cases)
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			for _, c := range cases {
				checkGolden(t, c)
			}
		})
	}
	if total < 150 {
		t.Errorf("%d goldens, want 150 at least", total)
	}
}

func refresh(t *testing.T, files []string) {
	if err := exec.Command("python3", "-c", "import jinja2").Run(); err != nil {
		t.Log("python3 with jinja2 is not here; the goldens stay as they are")
		return
	}
	args := append([]string{"-W", "ignore", "testdata/render.py"}, files...)
	if out, err := exec.Command("python3", args...).CombinedOutput(); err != nil {
		t.Fatalf("render.py: %v\n%s", err, out)
	}
}

func checkGolden(t *testing.T, c golden) {
	t.Helper()
	got, err := renderJSON(c.T, c.V)
	if c.Differs != "" {
		return
	}
	_, sentence, _ := strings.Cut(c.Error, ": ")
	switch {
	case c.Error == "" && err != nil:
		t.Errorf("%q fails: %v; want %q", c.T, err, c.Want)
	case c.Error == "" && got != c.Want:
		t.Errorf("%q\n got %q\nwant %q", c.T, got, c.Want)
	case c.Error != "" && err == nil:
		t.Errorf("%q gives %q, want the error %s", c.T, got, c.Error)
	case c.Error != "" && !strings.Contains(err.Error(), sentence):
		t.Errorf("%q\n got error %v\nwant error %s", c.T, err, c.Error)
	case c.Line > 1 && !strings.Contains(err.Error(), "line "+itoa(c.Line)+" "):
		t.Errorf("%q: error %q, want line %d", c.T, err, c.Line)
	}
}

func itoa(n int) string { return value.Str(n) }

func renderJSON(template string, vars json.RawMessage) (string, error) {
	v := map[string]any{}
	if len(vars) > 0 {
		var err error
		if v, err = value.DecodeMap(vars); err != nil {
			return "", err
		}
	}
	return render(template, v)
}

func render(template string, vars map[string]any) (string, error) {
	t, err := jinja.Parse(template)
	if err != nil {
		return "", err
	}
	return t.Render(context.Background(), vars)
}

func TestRender_takesTheValuesOfIslet(t *testing.T) {
	file := app.Attachment{ID: "f1", Kind: "image", Name: "猫.png", MIME: "image/png", Size: 12, URL: "http://x/1"}
	vars := map[string]any{
		"int": 1, "int64": int64(2), "float": 1.0, "nil": nil, "yes": true, "text": "文",
		"object": value.NewObject("b", 1, "a", []any{1.0, nil}), "map": map[string]any{"b": 1, "a": 2},
		"strings": []string{"a", "b"}, "file": file, "files": []app.Attachment{file}, "number": json.Number("12345678901234567890123"),
		"gone": (*value.Object)(nil),
	}
	for template, want := range map[string]string{
		"{{ int }} {{ int64 }} {{ float }} {{ nil }} {{ yes }} {{ text }} {{ gone }}": "1 2 1.0 None True 文 None",
		"{{ object }} {{ map }} {{ strings }}":                                        "{'b': 1, 'a': [1.0, None]} {'a': 2, 'b': 1} ['a', 'b']",
		"{{ file.filename }} {{ file.mime_type }} {{ file['size'] }}":                 "猫.png image/png 12",
		"{{ files[0].url }} {{ files|length }} {{ file is mapping }}":                 "http://x/1 1 True",
		"{{ number + 1 }}": "12345678901234567890124",
		"{{ file.Name }}|": "|",
	} {
		if got, err := render(template, vars); err != nil || got != want {
			t.Errorf("%q = %q, %v, want %q", template, got, err, want)
		}
	}
}

func TestRender_leavesTheValuesAlone(t *testing.T) {
	list := []any{int64(1)}
	object := value.NewObject("a", list)
	got, err := render("{% set _ = o.a.append(2) %}{% set _ = o.update(b=3) %}{% set _ = l.clear() %}{{ o }}{{ l }}", map[string]any{"o": object, "l": list})
	if want := "{'a': [1, 2], 'b': 3}[]"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if len(list) != 1 || object.Len() != 1 {
		t.Errorf("the variables became %v and %v", list, object.Keys())
	}
}

func TestParse_saysWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ template, en, zh string }{
		{"a\n{{ b c }}", "line 2 of the template: expected token 'end of print statement', got 'c'", "模板第 2 行：此处应为"},
		{"{% if x %}", "Unexpected end of template", "模板意外结束"},
		{"{% include 'a' %}", "cannot load another", "不支持 {% include %}"},
		{"\n\n{% import 'a' as b %}", "line 3", "模板第 3 行"},
		{"{% from 'a' import b %}", "{% from %} is not available", "不支持"},
		{"{% extends '/etc/passwd' %}", "{% extends %} is not available", "不支持"},
		{"{{ x|nosuch }}", "No filter named 'nosuch'", "没有名为 'nosuch' 的过滤器"},
		{"{% wrong %}", "Encountered unknown tag 'wrong'", "未知的标签 'wrong'"},
		{"{{ '中' ? }}", "unexpected char '?' at 7", "意外的字符"},
	} {
		_, err := jinja.Parse(c.template)
		e := app.AsError(err)
		if e == nil || e.Kind != app.Invalid || e.Code != "template_invalid" || !strings.Contains(e.Text.En, c.en) || !strings.Contains(e.Text.Zh, c.zh) {
			t.Errorf("Parse(%q) = %+v, want %q and %q", c.template, e, c.en, c.zh)
		}
	}
}

func TestRender_saysWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ template, en, zh string }{
		{"a\nb {{ user.name }}", "line 2 of the template: 'user' is undefined", "模板第 2 行：变量 'user' 未定义"},
		{"{{ {}.a.b }}", "'dict object' has no attribute 'a'", "没有属性 'a'"},
		{"{{ 1 + 'a' }}", "unsupported operand type(s) for +: 'int' and 'str'", "运算 + 不能用于类型 'int' 和 'str'"},
		{"{% for i in 3 %}{% endfor %}", "'int' object is not iterable", "类型 'int' 不能用于循环"},
		{"{% macro m() %}\n{{ x.y }}{% endmacro %}\n\n{{ m() }}", "line 2 of the template", "模板第 2 行"},
	} {
		_, err := render(c.template, nil)
		e := app.AsError(err)
		if e == nil || e.Kind != app.Invalid || e.Code != "template_failed" || !strings.Contains(e.Text.En, c.en) || !strings.Contains(e.Text.Zh, c.zh) {
			t.Errorf("%q fails with %+v, want %q and %q", c.template, e, c.en, c.zh)
		}
	}
}
