package dsl_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"islet/app"
	"islet/app/studio/dsl"
	"islet/app/workflow"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	return read(t, filepath.Join("testdata", name+".yml"))
}

// asDify replaces what version 1.2 of YAML, which the comparison reads with, takes for something else than Dify does.
var asDify = strings.NewReplacer("yes, 0.50", "true, 0.5", "0x10", "16", "[null, ~, '~', 0o17, 017, 1_000, 1e5, 'true', =, 2024-01-02]",
	`[null, null, '~', "0o17", 15, 1000, "1e5", 'true', "=", "2024-01-02"]`)

func TestFile_everyModeComesBackWhole(t *testing.T) {
	for _, name := range []string{"chat", "completion", "advanced", "chatflow"} {
		t.Run(name, func(t *testing.T) {
			raw := sample(t, name)
			a := load(t, raw)
			out := write(t, a)
			if want, got := document(t, []byte(asDify.Replace(string(raw)))), document(t, out); want != got {
				t.Fatalf("the export differs: %s", differ(want, got))
			}
			roundTrip(t, out)
		})
	}
}

func TestFile_exportLeavesBehindWhatBelongsToOneSite(t *testing.T) {
	raw := asDify.Replace(string(sample(t, "workflow")))
	gone := strings.NewReplacer("value: CANARY_SECRET", "value: ''", "https://x/CANARY_HOOK", "''", "CANARY_SUB", "''", ", credential_id: CANARY_CRED", "",
		"config: {mode: cron}", "config: {mode: visual, frequency: daily, timezone: UTC, visual_config: {time: 12:00 AM, on_minute: 0, weekdays: [sun], monthly_days: [1]}}")
	a := load(t, []byte(raw))
	out := write(t, a)
	if want, got := document(t, []byte(gone.Replace(raw))), document(t, out); want != got {
		t.Fatalf("the export differs: %s", differ(want, got))
	}
	roundTrip(t, out)

	if settings := canonical(t, a); strings.Contains(settings, "CANARY_SECRET") {
		t.Error("the secret is in the settings")
	}
	if strings.Contains(string(out), "CANARY") {
		t.Errorf("the export holds a secret:\n%s", out)
	}
	full, err := dsl.Write(a, dsl.WriteOptions{IncludeSecrets: true, Open: open})
	if err != nil || !strings.Contains(string(full), "CANARY_SECRET") || !strings.Contains(string(full), "CANARY_CRED") {
		t.Errorf("with secrets: %v\n%s", err, full)
	}
	agent := write(t, load(t, sample(t, "agent")))
	if strings.Contains(string(agent), "credential_id") {
		t.Errorf("a credential of an agent's tool is exported:\n%s", agent)
	}
}

func TestSettings_ofAChatApp(t *testing.T) {
	a := load(t, sample(t, "chat"))
	d := a.Draft
	if a.Mode != app.ModeChat || a.Name != "助手" || a.Icon != "🦉" || a.IconColor != "#FFEEDD" {
		t.Errorf("app %+v", a)
	}
	if d.Model.Endpoint != "langgenius/openai/openai" || d.Model.Name != "gpt-4o" || d.Model.Params["temperature"] != 0.7 || d.Model.Params["max_tokens"] != 512.0 {
		t.Errorf("model %+v", d.Model)
	}
	if d.Prompt != "You are {{name}}.\n\n  Be brief: no lists.\n" || d.Opening != "你好，{{name}}" || len(d.Suggested) != 2 {
		t.Errorf("texts %+v", d)
	}
	if !d.FollowUp.Enabled || d.FollowUp.Prompt != "three more" || d.FollowUp.Model.Name != "small" {
		t.Errorf("follow-up %+v", d.FollowUp)
	}
	if f := d.Files; !f.Enabled || f.Max != 5 || fmt.Sprint(f.Kinds, f.Methods) != "[image] [local_file]" || f.Detail != "high" {
		t.Errorf("files %+v", f)
	}
	if len(d.Variables) != 5 {
		t.Fatalf("variables %+v", d.Variables)
	}
	for i, want := range []string{"name text true", "pick select false", "n number false", "p paragraph false", "c checkbox false"} {
		v := d.Variables[i]
		if got := fmt.Sprint(v.Name, " ", v.Kind, " ", v.Required); got != want {
			t.Errorf("variable %d = %s, want %s", i, got, want)
		}
	}
	if v := d.Variables[1]; !v.Hidden || v.Help != "which" || fmt.Sprint(v.Options) != "[a no]" || v.Default != "a" {
		t.Errorf("select %+v", v)
	}
}

func TestSettings_ofOlderFiles(t *testing.T) {
	a := load(t, sample(t, "advanced"))
	if a.Draft.Prompt != "Be {{mood}}." || a.Icon != "🤖" || a.IconColor != "#FFFFFF" {
		t.Errorf("app %+v", a)
	}
	if f := a.Draft.Files; !f.Enabled || f.Max != 0 || fmt.Sprint(f.Kinds, f.Methods) != "[image] [remote_url local_file]" || f.Detail != "low" {
		t.Errorf("files %+v", f)
	}
	b := load(t, sample(t, "agent"))
	g := b.Draft.Agent
	if g == nil || g.Strategy != "react" || g.MaxIterations != 7 || len(g.Tools) != 3 || g.Tools[0].Params["timezone"] != "Asia/Shanghai" || g.Tools[1].Enabled {
		t.Errorf("agent %+v", g)
	}
	if c := load(t, sample(t, "completion")); c.Draft.Prompt != "Write about {{topic}}" || c.Draft.Variables[0].Kind != "paragraph" {
		t.Errorf("completion %+v", c.Draft)
	}
}

func TestSettings_ofGraphs(t *testing.T) {
	a := load(t, sample(t, "workflow"))
	env := a.Draft.Environment
	if len(env) != 4 || env[0].Value != "" || string(env[0].Sealed) != string(seal("CANARY_SECRET")) || fmt.Sprint(env[1].Value) != "5" {
		t.Errorf("environment %+v", env)
	}
	if f := a.Draft.Files; !f.Enabled || f.Max != 2 || fmt.Sprint(f.Kinds) != "[document]" {
		t.Errorf("files %+v", f)
	}
	if !strings.HasPrefix(string(a.Draft.Graph), `{"nodes":[{"id":"start","type":"custom"`) {
		t.Errorf("the graph lost its order: %s", a.Draft.Graph[:60])
	}
	c := load(t, sample(t, "chatflow")).Draft.Conversation
	again := load(t, sample(t, "chatflow")).Draft.Conversation
	if _, err := app.ParseID(c[0].ID); err != nil || c[0].ID != again[0].ID || c[1].ID != "5a3c7a52-7f54-4d8c-9e0e-111111111111" {
		t.Errorf("conversation %+v", c)
	}
}

func TestWrite_whatChangedSinceWins(t *testing.T) {
	a := load(t, sample(t, "chat"))
	d := &a.Draft
	a.Name, d.Prompt, d.Opening, d.Suggested = "新", "other\nprompt", "", []string{"x"}
	d.Model = app.ModelRef{Endpoint: "mine", Name: "qwen", Params: map[string]any{"temperature": 1.0}}
	d.Variables = append(d.Variables[1:2:2], app.Variable{Name: "new", Kind: "text", Label: "New", MaxLength: 9}, d.Variables[0])
	d.Variables[2].Label = "Renamed"
	d.Files.Max, d.FollowUp.Model, d.Memory = 7, app.ModelRef{}, app.Memory{Off: true, Window: 4}
	out := write(t, a)
	b := load(t, out)
	a.Draft.Kept, b.Draft.Kept = nil, nil
	if x, y := canonical(t, a), canonical(t, b); x != y {
		t.Fatalf("not read back: %s", differ(x, y))
	}
	for _, kept := range []string{"unknown_at_top", "unknown_of_app: kept", "unknown_of_model", "unknown_of_field: 1", "external_data_tool", "prompt: three more", "allowed_file_extensions"} {
		if !strings.Contains(string(out), kept) {
			t.Errorf("the export lost %q:\n%s", kept, out)
		}
	}

	g := load(t, sample(t, "agent"))
	if p := g.Draft.Agent.Tools[0].Params; len(p) != 1 || p["timezone"] != "Asia/Shanghai" {
		t.Errorf("what the file leaves empty is the model's to fill in, but %v is fixed", p)
	}
	g.Draft.Agent.Tools = append(g.Draft.Agent.Tools[:1:1], app.AgentTool{Enabled: true, Type: "api", Provider: "p", Name: "t", Params: map[string]any{}})
	g.Draft.Agent.Tools[0].Label, g.Draft.Agent.MaxIterations = "Clock", 3
	out = write(t, g)
	h := load(t, out)
	if x, y := canonical(t, g.Draft.Agent), canonical(t, h.Draft.Agent); x != y || !strings.Contains(string(out), "notAuthor: true") || !strings.Contains(string(out), "dataset:") {
		t.Errorf("agent: %s\n%s", differ(x, y), out)
	}

	w := load(t, sample(t, "workflow"))
	w.Draft.Environment[1].Value, w.Draft.Environment[2].Name = 6.0, "quota"
	w.Draft.Environment = append(w.Draft.Environment[1:3:3], app.EnvVariable{ID: "n", Name: "new", Type: "secret", Sealed: seal("CANARY_NEW")})
	w.Draft.NoCitations, w.Draft.Speech = true, &app.Speech{Listen: true, Speak: true, Voice: "alloy", Language: "zh-Hans", AutoPlay: true, ListenLanguage: "yue"}
	w.Draft.Graph = []byte(`{"nodes":[{"id":"only","data":{"type":"start"}}],"edges":[]}`)
	out = write(t, w)
	v := load(t, out)
	if s := v.Draft.Speech; s == nil || *s != *w.Draft.Speech || load(t, sample(t, "workflow")).Draft.Speech != nil {
		t.Errorf("speech %+v", s)
	}
	if !v.Draft.NoCitations || load(t, sample(t, "workflow")).Draft.NoCitations {
		t.Error("whether answers name their sources got lost")
	}
	if len(v.Draft.Environment) != 3 || fmt.Sprint(v.Draft.Environment[0].Value) != "6" || v.Draft.Environment[1].Name != "quota" || !strings.Contains(string(v.Draft.Graph), "only") ||
		strings.Contains(string(out), "CANARY") || !strings.Contains(string(out), "fileUploadConfig") || !strings.Contains(string(out), "value: 5.0") || !strings.Contains(string(out), "value: 6\n") {
		t.Errorf("workflow:\n%s", out)
	}
}

// documented are the keys that every export has (1.5 and 1.6 of the specification).
var documented = map[bool][]string{
	true: {"conversation_variables", "environment_variables", "features", "graph", "rag_pipeline_variables"},
	false: {"model", "prompt_type", "pre_prompt", "chat_prompt_config", "completion_prompt_config", "user_input_form", "dataset_query_variable", "dataset_configs",
		"agent_mode", "opening_statement", "suggested_questions", "suggested_questions_after_answer", "speech_to_text", "text_to_speech", "sensitive_word_avoidance",
		"file_upload", "retriever_resource", "annotation_reply", "more_like_this", "external_data_tools"},
}

func TestWrite_anAppMadeHereIsAFile(t *testing.T) {
	common := app.Settings{
		Opening: "hi", Suggested: []string{"a", "b: c"}, FollowUp: app.FollowUp{Enabled: true, Prompt: "p"},
		Files: app.FileInput{Enabled: true, Kinds: []string{"image", "document"}, Methods: []string{"local_file"}, Max: 4, Detail: "low"},
	}
	chat := common
	chat.Model = app.ModelRef{Endpoint: "0190a0a0-0000-7000-8000-000000000001", Name: "qwen", Params: map[string]any{"temperature": 0.5, "stop": []any{"x"}}}
	chat.Prompt, chat.Memory = "Be {{mood}}\n", app.Memory{Window: 5}
	chat.Variables = []app.Variable{{Name: "mood", Label: "Mood", Kind: "select", Options: []string{"yes", "no"}, Default: "yes", Required: true, Help: "h", Hidden: true},
		{Name: "n", Kind: "number", Default: 2.0}, {Name: "t", Kind: "text", MaxLength: 10}, {Name: "c", Kind: "checkbox", Default: true}}
	agent := chat
	agent.Agent = &app.Agent{Strategy: "react", MaxIterations: 5, Tools: []app.AgentTool{{Enabled: true, Type: "builtin", Provider: "time", Name: "current_time", Label: "Now", Params: map[string]any{"tz": "UTC"}}}}
	graph := common
	graph.Graph = json.RawMessage(`{"nodes":[{"id":"start","type":"custom","data":{"type":"start","title":"开始","variables":[]}}],"edges":[],"viewport":{"x":0,"y":0.5,"zoom":1}}`)
	graph.Environment = []app.EnvVariable{{ID: "e", Name: "n", Type: "number", Value: 1.5}, {ID: "s", Name: "s", Type: "secret", Value: "", Sealed: nil}}
	graph.Conversation = []app.ConvVariable{{ID: "0190a0a0-0000-7000-8000-000000000002", Name: "c", Type: "array[object]", Value: []any{map[string]any{"a": 1.0}}}}
	for _, a := range []*app.App{
		{Mode: app.ModeChat, Draft: chat}, {Mode: app.ModeCompletion, Draft: chat}, {Mode: app.ModeAgent, Draft: agent},
		{Mode: app.ModeWorkflow, Draft: graph}, {Mode: app.ModeAdvancedChat, Draft: graph},
		{Mode: app.ModeChat}, {Mode: app.ModeAdvancedChat, Draft: app.Settings{Graph: graph.Graph}},
		{Mode: app.ModeAgent, Draft: app.Settings{Agent: &app.Agent{Strategy: "function_call", Tools: []app.AgentTool{}}}},
	} {
		a.Name, a.Description, a.Icon, a.IconColor = "名: 'a'", "d # e", "🦉", "#E4EFFF"
		a = stored(t, a)
		out := write(t, a)
		var doc map[string]map[string]any
		var any map[string]any
		if err := yaml.Unmarshal(out, &any); err != nil {
			t.Fatal(err)
		}
		_ = yaml.Unmarshal(out, &doc) // the scalars at the top do not fit
		graphs := a.Mode == app.ModeWorkflow || a.Mode == app.ModeAdvancedChat
		part := map[bool]string{true: "workflow", false: "model_config"}[graphs]
		for _, k := range documented[graphs] {
			if _, ok := doc[part][k]; !ok {
				t.Errorf("%s: the export lacks %s.%s", a.Mode, part, k)
			}
		}
		f, err := dsl.Read(out)
		if err != nil || f.Status != dsl.Completed || any["version"] != "0.6.0" || any["kind"] != "app" {
			t.Fatalf("%s: %v, %+v\n%s", a.Mode, err, f, out)
		}
		b := load(t, out)
		b.Draft.Kept = nil
		if a.Draft.Suggested == nil { // a list that is absent comes back empty
			b.Draft.Suggested = nil
		}
		b.Draft.Files.Kinds, a.Draft.Files.Kinds = append([]string{}, b.Draft.Files.Kinds...), append([]string{}, a.Draft.Files.Kinds...)
		b.Draft.Files.Methods, a.Draft.Files.Methods = append([]string{}, b.Draft.Files.Methods...), append([]string{}, a.Draft.Files.Methods...)
		if a.Draft.Agent == nil {
			b.Draft.Agent = nil
		}
		if x, y := canonical(t, a), canonical(t, b); x != y {
			t.Errorf("%s: not read back: %s\n%s", a.Mode, differ(x, y), out)
		}
	}
}

func TestRead_versions(t *testing.T) {
	for version, want := range map[string]dsl.Status{
		"": dsl.Warned, "version: 0.1.0": dsl.Warned, "version: 0.1.5": dsl.Warned, "version: 0.2.0": dsl.Warned, "version: '0.3'": dsl.Warned, "version: 0.3.1": dsl.Warned,
		"version: 0.4.0": dsl.Warned, "version: 0.5.0": dsl.Warned, "version: 0.6.0": dsl.Completed, "version: '0.6'": dsl.Completed, "version: 0.6.0rc1": dsl.Completed,
		"version: 0.6.1": dsl.Pending, "version: 0.7.0": dsl.Pending, "version: 1.0.0": dsl.Pending, "version: 99.0.0": dsl.Pending, "version: null": dsl.Warned, "version: 0": dsl.Warned, "version: ''": dsl.Warned,
		"version: 0.6.0.post1": dsl.Pending, "version: v0.6.0": dsl.Completed,
	} {
		f, err := dsl.Read([]byte("app: {mode: chat}\nmodel_config: {model: {}}\n" + version))
		if err != nil || f.Status != want {
			t.Errorf("%q: %v, %v, want %s", version, f, err, want)
		}
	}
	for version, want := range map[string]string{
		"version: 0.3":      "Invalid version type, expected str, got <class 'float'>",
		"version: 1":        "Invalid version type, expected str, got <class 'int'>",
		"version: [a]":      "Invalid version type, expected str, got <class 'list'>",
		"version: true":     "Invalid version type, expected str, got <class 'bool'>",
		"version: latest":   `the version "latest" cannot be read`,
		"version: 0.x":      `the version "0.x" cannot be read`,
		"version: '0.6.0 '": "",
	} {
		_, err := dsl.Read([]byte("app: {mode: chat}\nmodel_config: {model: {}}\n" + version))
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", version, err)
			}
			continue
		}
		wantInvalid(t, version, err, want)
	}
}

func wantInvalid(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || app.KindOf(err) != app.Invalid || app.AsError(err).Code != "dsl_invalid" || !strings.HasPrefix(app.AsError(err).Text.En, want) || app.AsError(err).Text.Zh == "" {
		t.Errorf("%s: %v, want dsl_invalid %q", clipped(name), err, want)
	}
}

func clipped(s string) string { return s[:min(len(s), 60)] }

func TestRead_refuses(t *testing.T) {
	flow := "app: {mode: workflow}\nworkflow:\n  graph: {}\n"
	conv := strings.Replace(flow, "workflow}", "advanced-chat}", 1)
	for raw, want := range map[string]string{
		"":                          "Invalid YAML format: content must be a mapping",
		"- a":                       "Invalid YAML format: content must be a mapping",
		"just text":                 "Invalid YAML format: content must be a mapping",
		"a: b\n c: [":               "the file is not valid YAML: ",
		"\xff\xfe":                  "the file is not UTF-8 text",
		"kind: app":                 "Missing app data in YAML content",
		"app: {}":                   "Missing app data in YAML content",
		"app: text":                 "Missing app data in YAML content",
		"app: {name: x}":            "loss app mode",
		"app: {mode: channel}":      "Invalid app mode",
		"app: {mode: rag-pipeline}": "Invalid app mode",
		"app: {mode: [chat]}":       "Invalid app mode",
		"app: {mode: workflow}":     "Missing workflow data for workflow/advanced chat app",
		"app: {mode: advanced-chat}\nworkflow: x":                                                                                      "Missing workflow data for workflow/advanced chat app",
		"app: {mode: chat}":                                                                                                            "Missing model_config for chat/agent-chat/completion app",
		"app: {mode: agent-chat}\nmodel_config: {}":                                                                                    "Missing model_config for chat/agent-chat/completion app",
		"app: {mode: completion}\nworkflow: {graph: {}}":                                                                               "Missing model_config for chat/agent-chat/completion app",
		"app: {mode: workflow}\nworkflow: {graph: x}":                                                                                  "the graph is not a mapping",
		"app: {mode: workflow}\nworkflow: {graph: {nodes: x}}":                                                                         "the nodes of the graph are not a list",
		"app: {mode: workflow}\nworkflow: {graph: {edges: [x]}}":                                                                       "entry 1 of the graph's edges is not a mapping",
		flow + "  environment_variables: [{id: a, value: x, value_type: string}]":                                                      `environment variable 1 (""): missing name`,
		flow + "  environment_variables: [{name: a, value: x, value_type: string}]":                                                    `environment variable 1 ("a"): environment variable require a unique id`,
		flow + "  environment_variables: [{id: a, name: a, value: x}]":                                                                 `environment variable 1 ("a"): missing value type`,
		flow + "  environment_variables: [{id: a, name: a, value_type: string}]":                                                       `environment variable 1 ("a"): missing value`,
		flow + "  environment_variables: [{id: a, name: a, value: x, value_type: number}]":                                             `environment variable 1 ("a"): invalid number value`,
		flow + "  environment_variables: [{id: a, name: a, value: x, value_type: file}]":                                               `environment variable 1 ("a"): not supported value type file`,
		conv + "  conversation_variables: [{name: a, value: [1], value_type: 'array[string]'}]":                                        `conversation variable 1 ("a"): invalid array[string] value`,
		conv + "  conversation_variables: [{name: a, value: '" + strings.Repeat("x", 210_000) + "', value_type: string}]":              `conversation variable 1 ("a"): the value is larger than 200 KiB`,
		conv + "  conversation_variables: [{name: a, description: '" + strings.Repeat("字", 256) + "', value: '', value_type: string}]": `conversation variable 1 ("a"): the description has more than 255`,
	} {
		_, err := dsl.Read([]byte(raw))
		wantInvalid(t, raw, err, want)
		if r := dsl.Check([]byte(raw), nil).In(app.English); r.Status != dsl.Failed || !strings.HasPrefix(r.Error, want) {
			t.Errorf("Check(%s) = %+v", clipped(raw), r)
		}
	}
}

func TestRead_pendingIsLookedAtLater(t *testing.T) {
	f, err := dsl.Read([]byte("app: {mode: channel}\nversion: 2.0.0"))
	if err != nil || f.Status != dsl.Pending {
		t.Fatalf("Read = %v, %v", f, err)
	}
	_, _, err = dsl.Settings(f, nil)
	wantInvalid(t, "channel", err, "Invalid app mode")
}

// TestRead_bombs: what is built to eat memory or time is refused within a second and little memory.
func TestRead_bombs(t *testing.T) {
	head := "app: {mode: chat}\nmodel_config: {model: {}}\n"
	var laughs strings.Builder
	laughs.WriteString(head + "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	node := "{id: n, data: {type: start}},"
	for name, raw := range map[string]string{
		"billion laughs":  laughs.String(),
		"long text again": head + "a: &a '" + strings.Repeat("x", 9<<20) + "'\nb: [" + strings.Repeat("*a,", 1000) + "*a]",
		"flow depth":      head + "a: " + strings.Repeat("[", 100_000),
		"map depth":       head + "a: " + strings.Repeat("{a: ", 100_000),
		"closed depth":    head + "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"block depth":     head + strings.Repeat("- ", 100_000),
		"100 MB":          strings.Repeat("x", 100<<20),
		"duplicate":       head + "a: 1\na: 2",
		"duplicate 2":     head + "a: {b: 1, 'b': 2}",
		"cycle":           head + "a: &a [*a]",
		"cycle of maps":   head + "a: &a {b: {c: *a}}",
		"merge":           head + "a: &a {b: 1}\nc: {<<: *a}",
		"many values":     head + "a: [" + strings.Repeat("1,", 4_000_000) + "1]",
		"many keys":       head + "a: {" + strings.Repeat("a,", 4_000_000) + "}",
		"many lines":      head + strings.Repeat("- 1\n", 2_000_000),
		"many nodes":      "app: {mode: workflow}\nworkflow:\n  graph:\n    nodes: [" + strings.Repeat(node, 10_000) + "]",
		"python":          head + "a: !!python/object/apply:os.system ['id']",
		"tag":             head + "a: !x 1",
		"binary":          head + "a: !!binary aGk=",
		"set":             head + "a: !!set {a, b}",
		"key list":        head + "? [a]\n: b",
		"two documents":   head + "---\na: b",
		"infinity":        head + "a: .inf",
	} {
		t.Run(name, func(t *testing.T) {
			file := []byte(raw)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := dsl.Read(file)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			wantInvalid(t, name, err, "")
			if took > time.Second {
				t.Errorf("took %s", took)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 100 { // of all that ever lived; what lives at once is less
				t.Errorf("allocated %d MB", mb)
			} else {
				t.Logf("%s, %d MB", took, mb)
			}
		})
	}
}

func TestRead_aliasesOfHonestFiles(t *testing.T) {
	f, err := dsl.Read([]byte("app: {mode: chat}\nmodel_config:\n  model: {name: m, provider: p}\n  a: &id001 {x: [1, 2]}\n  b: *id001\n  c: *id001\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := dsl.Settings(f, nil)
	if err != nil || !strings.Contains(string(a.Draft.Kept), `"b":{"x":[1,2]},"c":{"x":[1,2]}`) {
		t.Errorf("kept %s, %v", a.Draft.Kept, err)
	}
}

// TestPrint_everyTextComesBack writes texts that YAML has its own ideas about and reads them with our reader and another.
func TestPrint_everyTextComesBack(t *testing.T) {
	texts := []string{"", " ", "a ", " a", "a\n", "\na", "a\n\n", "a\n b", "a \nb", "\ta\nb", "a\r\nb", "yes", "No", "on", "~", "null", "true", "=", "<<", "1", "1.0", "1e5", "1_000", "0o17", "017", "0x1F", "1:30",
		"2024-01-02", "2024-01-02 03:04:05", ".5", "-1", "+1", ".inf", "-", "- a", "? a", ": a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "{a}", "[a]", "'", "\"", "it's", "a\\b",
		"中文", "中: 文", "🤖", "\u2028", "\u0085", "\ufeff", "\x00", "\x7f", "\x1b[0m", "a\u00a0b", "---", "...", "--- a", "{{#a.b#}}", "y", "n", "0.6.0", "1755203854938", strings.Repeat("long ", 100),
		"def main():\n    return {\"a\": 1}\n", "# c\na: b\n", "x:\n  - y\n", "\"quoted\"\nline", "tab\there\nline"}
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab \n\t:-#'\"{}[],&*!|>%@`\\0.1é中🤖\u2028\u0085\r=~?_/")
	for range 3000 {
		r := make([]rune, rng.IntN(12))
		for i := range r {
			r[i] = alphabet[rng.IntN(len(alphabet))]
		}
		texts = append(texts, string(r))
	}
	object := map[string]any{}
	for _, s := range texts {
		object[s] = []any{s, map[string]any{"k": s}, []any{s}}
	}
	raw, err := json.Marshal(map[string]any{"app": map[string]any{"mode": "chat"}, "model_config": map[string]any{"model": map[string]any{}, "texts": object,
		"numbers": []any{0.3, 1e-5, 1e22, 1.5e300, 100, 12345678901234567, json.RawMessage("1.0"), json.RawMessage("123456789012345678901234567890")}}})
	if err != nil {
		t.Fatal(err)
	}
	out := write(t, &app.App{Mode: app.ModeChat, Icon: "🤖", IconColor: "#FFFFFF", Draft: app.Settings{Kept: raw}})
	var other struct {
		Config struct {
			Texts map[string]any `yaml:"texts"`
		} `yaml:"model_config"`
	}
	if err := yaml.Unmarshal(out, &other); err != nil {
		t.Fatal(err)
	}
	if x, y := canonical(t, object), canonical(t, other.Config.Texts); x != y {
		t.Errorf("another reader: %s", differ(x, y))
	}
	f, err := dsl.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := dsl.Settings(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ours, was struct {
		Config struct {
			Texts   map[string]any `json:"texts"`
			Numbers []any          `json:"numbers"`
		} `json:"model_config"`
	}
	if err := json.Unmarshal(a.Draft.Kept, &ours); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &was); err != nil {
		t.Fatal(err)
	}
	if x, y := canonical(t, was.Config), canonical(t, ours.Config); x != y {
		t.Errorf("our reader: %s", differ(x, y))
	}
}

// types are two kinds of node that do nothing: here graphs are only parsed.
func newStill(json.RawMessage) (workflow.Node, error) { return still{}, nil }

type still struct{ workflow.Node }

func TestCheck_saysWhatIsMissing(t *testing.T) {
	types := workflow.Types{"start": {Class: workflow.Root, New: newStill}, "llm": {New: newStill}, "tool": {New: newStill}, "agent": {New: newStill}}
	r := dsl.Check(sample(t, "workflow"), types)
	v := r.In(app.English)
	if v.Status != dsl.Completed || v.Mode != app.ModeWorkflow || v.Version != "0.6.0" || v.Error != "" {
		t.Errorf("report %+v", v)
	}
	want := map[string]string{
		"start": "", "llm": "", "hook": "no such trigger", "plan": "no such trigger", "event": "marketplace plug-in", "tool": "http-request node", "agent": "function calling or ReAct",
		"two": "defined on the Dify server", "v2": "use a knowledge-retrieval node", "src": "knowledge pipelines",
	}
	if len(v.Nodes) != len(want) {
		t.Errorf("nodes %+v", v.Nodes)
	}
	zh := r.In(app.Chinese)
	for i, n := range v.Nodes {
		if say, ok := want[n.ID]; !ok || n.OK != (say == "") || !strings.Contains(n.Problem, say) || !n.OK && zh.Nodes[i].Problem == n.Problem {
			t.Errorf("node %+v, want %q", n, say)
		}
	}
	warnings := strings.Join(v.Warnings, "\n")
	for _, say := range []string{
		"needs the plug-in langgenius/jina_tool: web tools that need the internet cannot exist offline; the nodes Read are kept as placeholders",
		`the app uses the models qwen-max of "langgenius/tongyi/tongyi"`,
	} {
		if !strings.Contains(warnings, say) {
			t.Errorf("the warnings lack %q:\n%s", say, warnings)
		}
	}
	agent := strings.Join(dsl.Check(sample(t, "agent"), types).In(app.English).Warnings, "\n")
	for _, say := range []string{"needs the plug-in acme/weather: plug-ins cannot be installed offline; the nodes forecast, storms", "needs the plug-in acme/unused", `the tool "storms" needs the marketplace plug-in`} {
		if !strings.Contains(agent, say) {
			t.Errorf("the warnings lack %q:\n%s", say, agent)
		}
	}
}

// TestFile_junkInAnyPlaceIsHarmless puts nonsense into every sample, one place at a time: reading, changing and writing it may
// be refused and must not crash.
func TestFile_junkInAnyPlaceIsHarmless(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	junk := []any{nil, true, 7, -1.5, "x", "", []any{}, []any{nil, 1, []any{}}, map[string]any{}, map[string]any{"enabled": 1, "provider": []any{}, "type": nil}}
	refused, written := 0, 0
	for _, name := range []string{"chat", "completion", "advanced", "agent", "workflow", "chatflow"} {
		var whole any
		if err := yaml.Unmarshal([]byte(asDify.Replace(string(sample(t, name)))), &whole); err != nil {
			t.Fatal(err)
		}
		base, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		for range 150 {
			var doc any
			if err := json.Unmarshal(base, &doc); err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(spoil(rng, doc, junk))
			if err != nil {
				t.Fatal(err)
			}
			dsl.Check(raw, workflow.Types{}).In(app.Chinese)
			f, err := dsl.Read(raw)
			if err != nil {
				refused++
				continue
			}
			a, _, err := dsl.Settings(f, seal)
			if err != nil {
				refused++
				continue
			}
			b := stored(t, &a)
			b.Draft.Prompt, b.Draft.Opening, b.Draft.FollowUp.Enabled, b.Draft.Files.Max = "p", "o", !b.Draft.FollowUp.Enabled, 9
			b.Draft.Model.Name, b.Draft.FollowUp.Model.Name = "n", "n"
			for i := range b.Draft.Variables {
				b.Draft.Variables[i].Label += "!"
			}
			for i := range b.Draft.Environment {
				b.Draft.Environment[i].Description += "!"
			}
			if b.Draft.Agent != nil {
				b.Draft.Agent.Tools = append(b.Draft.Agent.Tools, app.AgentTool{Name: "t"})
			}
			out, err := dsl.Write(b, dsl.WriteOptions{})
			if err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			if _, err := dsl.Read(out); err != nil {
				t.Fatalf("what was written is refused: %v\n%s\n%s", err, raw, out)
			}
			written++
		}
	}
	t.Logf("%d refused, %d written", refused, written)
}

// spoil replaces one value somewhere in v.
func spoil(rng *rand.Rand, v any, junk []any) any {
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 || rng.IntN(6) == 0 {
			break
		}
		keys := slices.Sorted(maps.Keys(x))
		k := keys[rng.IntN(len(keys))]
		x[k] = spoil(rng, x[k], junk)
		return x
	case []any:
		if len(x) == 0 || rng.IntN(6) == 0 {
			break
		}
		i := rng.IntN(len(x))
		x[i] = spoil(rng, x[i], junk)
		return x
	}
	return junk[rng.IntN(len(junk))]
}
