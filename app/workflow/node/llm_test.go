package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
	"islet/app/workflow/node"
)

// world is what an llm node finds: a model that plays chunks, a thread, files. It keeps the requests.
type world struct {
	chunks   []model.Chunk
	fail     error
	known    *app.Model
	past     []*app.Message
	files    map[app.ID]string
	requests []*model.Request
	limit    int
}

func (w *world) Chat(_ context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	w.requests = append(w.requests, req)
	return func(yield func(model.Chunk, error) bool) {
		for _, c := range w.chunks {
			if !yield(c, nil) {
				return
			}
		}
		if w.fail != nil {
			yield(model.Chunk{}, w.fail)
		}
	}
}

func (w *world) deps() node.Deps {
	return node.Deps{
		Chatter: func(_ context.Context, ref app.ModelRef) (model.Chatter, error) {
			if ref.Endpoint != "ep" || ref.Name != "qwen" {
				return nil, model.Fail(model.CodeNoEndpoint, "", nil)
			}
			return w, nil
		},
		Model: func(context.Context, app.ModelRef) (*app.Model, error) {
			if w.known == nil {
				return nil, app.Missing("model", "模型")
			}
			return w.known, nil
		},
		History: func(_ context.Context, conversation, parent app.ID, limit int) ([]*app.Message, error) {
			if conversation != "conv" || parent != "parent" {
				return nil, fmt.Errorf("history of %s after %s", conversation, parent)
			}
			w.limit = limit
			return w.past[max(len(w.past)-limit, 0):], nil
		},
		File: func(_ context.Context, id app.ID) ([]byte, string, error) {
			b, ok := w.files[id]
			if !ok {
				return nil, "", app.Missing("file", "文件")
			}
			return []byte(b), "image/png", nil
		},
	}
}

const llmModel = `"model":{"provider":"ep","name":"qwen","mode":"chat","completion_params":{}}`

// graph is start -> llm -> answer around the fields of an llm node.
func (w *world) graph(t *testing.T, fields string) (*workflow.Graph, error) {
	t.Helper()
	return workflow.Parse([]byte(`{"nodes":[
		{"id":"start","data":{"type":"start","variables":[{"variable":"name","type":"text-input"},{"variable":"ctx","type":"paragraph"}]}},
		{"id":"llm","data":{"type":"llm",`+fields+`}},
		{"id":"answer","data":{"type":"answer","answer":"{{#llm.text#}}"}}],
		"edges":[{"source":"start","target":"llm"},{"source":"llm","target":"answer"}]}`), node.Table(w.deps()))
}

// input is a second question in a conversation.
func input(sys map[string]any) workflow.Input {
	all := map[string]any{"query": "second?", "conversation_id": "conv", "parent_message_id": "parent", "files": []app.Attachment{}}
	for k, v := range sys {
		all[k] = v
	}
	return workflow.Input{Inputs: map[string]any{"name": "Ada", "ctx": "the facts"}, Vars: map[string]map[string]any{"sys": all}}
}

// outcome is what a run shows of its llm node.
type outcome struct {
	said, thought string
	node          app.Event // the llm's end
	end           app.Event
}

func (w *world) run(t *testing.T, fields string, in workflow.Input) outcome {
	t.Helper()
	g, err := w.graph(t, fields)
	if err != nil {
		t.Fatalf("%v: %v", err, workflow.Problems(err))
	}
	var o outcome
	for ev := range g.Run(t.Context(), in) {
		switch {
		case ev.Kind == app.EvDelta:
			o.said += ev.Delta
		case ev.Kind == app.EvReasoning:
			o.thought += ev.Delta
		case ev.Kind == app.EvNodeFinished && ev.Node == "llm":
			o.node = ev
		case ev.Kind == app.EvRunFinished:
			o.end = ev
		}
	}
	return o
}

func text(pieces ...string) (cs []model.Chunk) {
	for _, p := range pieces {
		cs = append(cs, model.Chunk{Text: p})
	}
	return cs
}

// sent writes a request's messages as one line.
func sent(req *model.Request) string {
	var parts []string
	for _, m := range req.Messages {
		var b strings.Builder
		for _, p := range m.Parts {
			if p.Kind == model.ImagePart {
				fmt.Fprintf(&b, "<%s%s %s %s>", p.Data, p.URL, p.MIME, p.Detail)
				continue
			}
			b.WriteString(p.Text)
		}
		parts = append(parts, m.Role+": "+b.String())
	}
	return strings.Join(parts, " | ")
}

func TestLLM_buildsThePrompt(t *testing.T) {
	thread := []*app.Message{{Query: "first?", Answer: "first!"}, {Query: "and?", Answer: "also!"}}
	image := app.Attachment{Kind: "image", Method: "local_file", File: "f1", Name: "cat.png"}
	remote := app.Attachment{Kind: "image", Method: "remote_url", URL: "https://x/y.png", MIME: "image/png"}
	doc := app.Attachment{Kind: "document", File: "f2", Name: "a.pdf"}
	gone := app.Attachment{Kind: "image", File: "f9"}
	sees := &app.Model{ContextSize: 8000, Abilities: app.Abilities{Vision: true}}
	for name, c := range map[string]struct {
		fields string
		sys    map[string]any
		known  *app.Model
		past   []*app.Message
		want   string
	}{
		"templates": {fields: `"prompt_template":[{"role":"system","text":"You help {{#start.name#}}."},{"role":"user","text":"{{#sys.query#}}"}]`,
			want: "system: You help Ada. | user: second?"},
		"empty messages are left out": {fields: `"prompt_template":[{"role":"system","text":""},{"role":"user","text":"hi"}]`,
			want: "user: hi"},
		"a value is not a template": {fields: `"prompt_template":[{"role":"user","text":"{{#sys.query#}}"}]`, sys: map[string]any{"query": "{{#start.name#}} {{#context#}}"},
			want: "user: {{#start.name#}} {{#context#}}"},
		"literal context": {fields: `"prompt_template":[{"role":"user","text":"Use {{#context#}}: {{#sys.query#}}"}],"context":{"enabled":true,"variable_selector":["start","ctx"]}`,
			want: "user: Use the facts: second?"},
		"context of passages": {fields: `"prompt_template":[{"role":"user","text":"{{#context#}}"}],"context":{"enabled":true,"variable_selector":["sys","found"]}`,
			sys:  map[string]any{"found": []any{map[string]any{"content": "one"}, map[string]any{"content": "two", "summary": "sum"}, "three"}},
			want: "user: one\nsum\ntwo\nthree"},
		"context that is not there": {fields: `"prompt_template":[{"role":"user","text":"[{{#context#}}]"}],"context":{"enabled":true,"variable_selector":["sys","found"]}`,
			want: "user: []"},
		"context that is off": {fields: `"prompt_template":[{"role":"user","text":"[{{#context#}}]"}],"context":{"enabled":false,"variable_selector":["start","ctx"]}`,
			want: "user: []"},
		"memory": {fields: `"prompt_template":[{"role":"system","text":"S"}],"memory":{"window":{"enabled":false}}`, past: thread,
			want: "system: S | user: first? | assistant: first! | user: and? | assistant: also! | user: second?"},
		"memory with a window": {fields: `"prompt_template":[],"memory":{"window":{"enabled":true,"size":1}}`, past: thread,
			want: "user: and? | assistant: also! | user: second?"},
		"memory with a template": {fields: `"memory":{"query_prompt_template":"{{#start.name#}} asks: {{#sys.query#}}"}`, past: thread[:1],
			want: "user: first? | assistant: first! | user: Ada asks: second?"},
		"no memory": {fields: `"prompt_template":[{"role":"user","text":"only"}],"memory":null`, past: thread,
			want: "user: only"},
		"a first message has no history": {fields: `"memory":{}`, sys: map[string]any{"parent_message_id": ""}, past: thread,
			want: "user: second?"},
		"the budget cuts the oldest messages": {fields: `"memory":{}`, known: &app.Model{ContextSize: 100},
			past: []*app.Message{{Query: strings.Repeat("字", 100), Answer: "A"}, {Query: "kept?", Answer: "kept!"}},
			want: "assistant: A | user: kept? | assistant: kept! | user: second?"},
		"the newest message is kept in any case": {fields: `"memory":{}`, known: &app.Model{ContextSize: 10},
			past: []*app.Message{{Query: strings.Repeat("字", 100), Answer: strings.Repeat("答", 50)}},
			want: "assistant: " + strings.Repeat("答", 50) + " | user: second?"},
		"an unknown context size takes 2,000 tokens": {fields: `"memory":{}`,
			past: []*app.Message{{Query: strings.Repeat("字", 1500), Answer: "A"}, {Query: strings.Repeat("问", 1500), Answer: "B"}},
			want: "assistant: A | user: " + strings.Repeat("问", 1500) + " | assistant: B | user: second?"},
		"images come before the question": {fields: `"memory":{},"vision":{"enabled":true,"configs":{"detail":"low"}}`, known: sees,
			sys: map[string]any{"files": []app.Attachment{image, remote, doc, gone}}, past: []*app.Message{{Query: "look", Answer: "ok", Files: []app.Attachment{image}}},
			want: "user: <BYTES image/png low>look | assistant: ok | user: <BYTES image/png low><https://x/y.png image/png low>second?"},
		"images alone": {fields: `"prompt_template":[{"role":"system","text":"S"}],"vision":{"enabled":true,"configs":null}`, known: sees, sys: map[string]any{"files": []app.Attachment{image}},
			want: "system: S | user: <BYTES image/png high>"},
		"a model that cannot see gets no images": {fields: `"memory":{},"vision":{"enabled":true}`, known: &app.Model{ContextSize: 8000}, sys: map[string]any{"files": []app.Attachment{image}},
			want: "user: second?"},
		"vision that is off": {fields: `"memory":{},"vision":{"enabled":false}`, known: sees, sys: map[string]any{"files": []app.Attachment{image}},
			want: "user: second?"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{chunks: text("ok"), known: c.known, past: c.past, files: map[app.ID]string{"f1": "BYTES"}}
			o := w.run(t, llmModel+","+c.fields, input(c.sys))
			if o.end.Status != app.Succeeded || len(w.requests) != 1 {
				t.Fatalf("%s: %+v", o.end.Status, o.node.Error)
			}
			if got := sent(w.requests[0]); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLLM_parameters(t *testing.T) {
	w := &world{chunks: text("ok"), known: &app.Model{ContextSize: 100}}
	o := w.run(t, `"model":{"provider":"ep","name":"qwen","completion_params":{"temperature":"{{#sys.t#}}","top_p":0.5,"user":"{{#start.name#}}","max_tokens":4000,"stop":["END"]}},
		"prompt_template":[{"role":"user","text":"hi"}]`, input(map[string]any{"t": "0.25"}))
	if o.end.Status != app.Succeeded {
		t.Fatalf("%+v", o.node.Error)
	}
	req := w.requests[0]
	want := map[string]any{"temperature": 0.25, "top_p": 0.5, "user": "Ada", "max_tokens": 92}
	if !reflect.DeepEqual(req.Params, want) || !reflect.DeepEqual(req.Stop, []string{"END"}) {
		t.Errorf("params %v, stop %v, want %v", req.Params, req.Stop, want)
	}
}

func TestLLM_records(t *testing.T) {
	usage := &app.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5, Latency: 2, FirstToken: 0.5}
	w := &world{chunks: append(text("Hel", "lo"), model.Chunk{Finish: "stop"}, model.Chunk{Usage: usage})}
	o := w.run(t, llmModel+`,"prompt_template":[{"role":"system","text":"S"}],"memory":{}`, input(map[string]any{"parent_message_id": ""}))
	if o.said != "Hello" || o.end.Usage.TotalTokens != 5 || o.end.Outputs["answer"] != "Hello" {
		t.Errorf("said %q, end %+v", o.said, o.end)
	}
	p, _ := json.Marshal(o.node.Process)
	const want = `{"finish_reason":"stop","model_mode":"chat","model_name":"qwen","model_provider":"ep",` +
		`"prompts":[{"role":"system","text":"S"},{"role":"user","text":"second?"}],` +
		`"usage":{"completion_price":"0","completion_price_unit":"0","completion_tokens":2,"completion_unit_price":"0","currency":"USD",` +
		`"latency":2,"prompt_price":"0","prompt_price_unit":"0","prompt_tokens":3,"prompt_unit_price":"0",` +
		`"time_to_first_token":0.5,"time_to_generate":1.5,"total_price":"0","total_tokens":5}}`
	if string(p) != want {
		t.Errorf("process %s\nwant %s", p, want)
	}
	if o.node.Outputs["text"] != "Hello" || o.node.Outputs["finish_reason"] != "stop" || o.node.Usage != usage {
		t.Errorf("outputs %v", o.node.Outputs)
	}
}

func TestLLM_reasoning(t *testing.T) {
	chunks := []model.Chunk{{Reasoning: "hm "}, {Reasoning: "so"}, {Text: "Yes"}, {Text: "."}}
	for name, c := range map[string]struct {
		format, said, thought, text, reasoning string
	}{
		"separated": {`,"reasoning_format":"separated"`, "Yes.", "hm so", "Yes.", "hm so"},
		"tagged":    {"", "<think>\nhm so\n</think>Yes.", "", "<think>\nhm so\n</think>Yes.", ""},
	} {
		w := &world{chunks: chunks}
		o := w.run(t, llmModel+`,"memory":{}`+c.format, input(nil))
		if o.said != c.said || o.thought != c.thought || o.node.Outputs["text"] != c.text || o.node.Outputs["reasoning_content"] != c.reasoning {
			t.Errorf("%s: said %q, thought %q, outputs %v", name, o.said, o.thought, o.node.Outputs)
		}
	}
}

func TestLLM_anAnswerThatEndsEarlyFailsAndIsKept(t *testing.T) {
	w := &world{chunks: append(text("half an"), model.Chunk{Usage: &app.Usage{TotalTokens: 4}}), fail: model.Fail(model.CodeCutOff, "box", nil)}
	o := w.run(t, llmModel+`,"memory":{}`, input(nil))
	if o.end.Status != app.Failed || o.end.Error.Code != model.CodeCutOff || o.said != "half an" || o.end.Usage.TotalTokens != 4 {
		t.Errorf("said %q, end %+v", o.said, o.end)
	}
	if o.node.Status != app.Failed || o.node.Outputs["text"] != "half an" || o.node.Process["prompts"] == nil {
		t.Errorf("node: %+v", o.node)
	}
}

func TestLLM_failures(t *testing.T) {
	for name, c := range map[string]struct{ fields, code string }{
		"a variable that is not there":     {llmModel + `,"prompt_template":[{"role":"user","text":"{{#start.nope#}}"}]`, "variable_missing"},
		"nothing to say":                   {llmModel + `,"prompt_template":[]`, "prompt_empty"},
		"an endpoint that is gone":         {`"model":{"provider":"other","name":"qwen"},"memory":{}`, model.CodeNoEndpoint},
		"a context of things without text": {llmModel + `,"prompt_template":[{"role":"user","text":"{{#context#}}"}],"context":{"enabled":true,"variable_selector":["sys","odd"]}`, "context_invalid"},
	} {
		w := &world{chunks: text("x")}
		o := w.run(t, c.fields, input(map[string]any{"odd": []any{1}}))
		if o.end.Status != app.Failed || o.end.Error.Code != c.code {
			t.Errorf("%s: %s %+v", name, o.end.Status, o.end.Error)
		}
		if o.end.Error != nil && (o.end.Error.Text.En == "" || o.end.Error.Text.Zh == "") {
			t.Errorf("%s: a sentence is missing: %+v", name, o.end.Error)
		}
	}
}

func TestLLM_refusesWhatItCannotHonour(t *testing.T) {
	for fields, code := range map[string]string{
		`"prompt_template":[]`:                                                                             "param_missing",
		`"model":{"provider":"","name":""}`:                                                                model.CodeNotChosen,
		`"model":{"provider":"ep","name":"qwen","mode":"rerank"}`:                                          "model_mode_unsupported",
		llmModel + `,"prompt_template":[{"role":"tool","text":"x"}]`:                                       "prompt_role_unknown",
		llmModel + `,"prompt_template":[{"edition_type":"jinja2","role":"user","jinja2_text":"{% if %}"}]`: "jinja_invalid",
	} {
		_, err := (&world{}).graph(t, fields)
		found := false
		for _, p := range workflow.Problems(err) {
			found = found || p.Code == code && p.Node == "llm" && p.Text.Zh != ""
		}
		if !found {
			t.Errorf("%s: %v, want %s", fields, err, code)
		}
	}
}
