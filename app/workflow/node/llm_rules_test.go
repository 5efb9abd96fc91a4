package node_test

import (
	"context"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/value"
	"islet/app/workflow"
)

// passages is what a knowledge-retrieval node gives.
func passages() []any {
	score := 0.75
	return []any{
		value.NewObject("metadata", value.NewObject("_source", "knowledge", "dataset_id", "d1", "dataset_name", "制度", "document_id", "doc1",
			"document_name", "请假.md", "data_source_type", "upload_file", "segment_id", "s1", "retriever_from", "workflow", "score", score,
			"segment_hit_count", int64(3), "segment_word_count", int64(12), "segment_position", int64(2), "segment_index_node_hash", "h", "position", int64(1),
			"doc_metadata", value.NewObject("year", int64(2026))),
			"title", "请假.md", "content", "请假须提前三天", "files", []app.Attachment{{Kind: "image", URL: "http://x/p.png", Name: "p.png"}}),
		value.NewObject("metadata", value.NewObject("_source", "web"), "content", "no citation"),
	}
}

func TestLLM_aContextOfPassagesIsCited(t *testing.T) {
	w := &world{chunks: text("ok"), known: &app.Model{Abilities: app.Abilities{Vision: true}}}
	data := `{"type":"llm",` + llmModel + `,"prompt_template":[{"role":"user","text":"{{#context#}}"}],"vision":{"enabled":true},
		"context":{"enabled":true,"variable_selector":["sys","found"]}}`
	p := play(t, w.deps(), around(data), input(map[string]any{"found": passages()}))
	if p.end.Status != app.Succeeded {
		t.Fatal(p.cause)
	}
	if got, want := sent(w.requests[0]), "user: <http://x/p.png  high>请假须提前三天\nno citation"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if len(p.resources) != 1 {
		t.Fatalf("resources %+v", p.resources)
	}
	r := p.resources[0]
	if r.Dataset != "d1" || r.DatasetName != "制度" || r.Document != "doc1" || r.Segment != "s1" || *r.Score != 0.75 || r.Position != 1 ||
		r.Content != "请假须提前三天" || r.HitCount != 3 || r.WordCount != 12 || r.SegmentPosition != 2 || r.IndexNodeHash != "h" || r.Metadata["year"] != int64(2026) {
		t.Errorf("resource %+v", r)
	}
	p = play(t, w.deps(), around(strings.ReplaceAll(data, `"sys","found"`, `"start","ctx"`)), input(nil))
	if p.end.Status != app.Succeeded || p.resources != nil {
		t.Errorf("a context that is a text: %s, cites %v", p.end.Status, p.resources)
	}
}

func TestLLM_promptRules(t *testing.T) {
	image := app.Attachment{Kind: "image", Method: "local_file", File: "f1", Name: "猫.png"}
	sound := app.Attachment{Kind: "audio", File: "f1", Name: "a.mp3"}
	odd := app.Attachment{Kind: "custom", File: "f1", Name: "a.bin"}
	sees := &app.Model{ContextSize: 8000, Abilities: app.Abilities{Vision: true}}
	thread := []*app.Message{{Query: "first?", Answer: "first!", Files: []app.Attachment{image}}}
	for name, c := range map[string]struct {
		fields string
		sys    map[string]any
		known  *app.Model
		past   []*app.Message
		want   string
	}{
		"a file in a message follows in one of its own": {fields: `"prompt_template":[{"role":"system","text":"S"},{"role":"user","text":"Look at {{#sys.pic#}} and {{#sys.many#}}!"}]`,
			known: sees, sys: map[string]any{"pic": image, "many": []app.Attachment{image, sound, odd}},
			want: "system: S | user: Look at  and ! | user: <BYTES image/png high><BYTES image/png high>"},
		"a message of nothing but a file": {fields: `"prompt_template":[{"role":"user","text":"{{#sys.pic#}}"}]`, known: sees, sys: map[string]any{"pic": image},
			want: "user: <BYTES image/png high>"},
		"a model that cannot see gets no file of a message": {fields: `"prompt_template":[{"role":"user","text":"a{{#sys.pic#}}"}]`, known: &app.Model{}, sys: map[string]any{"pic": image},
			want: "user: a"},
		"vision takes a single file": {fields: `"prompt_template":[{"role":"user","text":"q"}],"vision":{"enabled":true,"configs":{"variable_selector":["sys","pic"],"detail":"low"}}`,
			known: sees, sys: map[string]any{"pic": image}, want: "user: <BYTES image/png low>q"},
		"vision of a file nobody knows names it": {fields: `"prompt_template":[{"role":"user","text":"q"}],"vision":{"enabled":true,"configs":{"variable_selector":["sys","pic"]}}`,
			known: sees, sys: map[string]any{"pic": odd}, want: "user: [Unsupported file type: a.bin]\n\nq"},
		"documents as their text": {fields: `"prompt_template":[{"role":"user","text":"q"}],"vision":{"enabled":true,"configs":{"variable_selector":["sys","docs"]}}`,
			known: &app.Model{}, sys: map[string]any{"docs": []app.Attachment{{Kind: "document", File: "f1", Name: "a.txt", MIME: "text/plain"}, {Kind: "document", File: "f1", Name: "制度.pdf", MIME: "application/pdf"}, {Kind: "document", File: "f1", Name: "a.xyz"}}},
			want: "user: # a.txt\n\nBYTES\n\n# 制度.pdf\n\ntext of 制度.pdf\n\nq"},
		"vision of a variable that is not there": {fields: `"prompt_template":[{"role":"user","text":"q"}],"vision":{"enabled":true,"configs":{"variable_selector":["sys","nope"]}}`,
			known: sees, want: "user: q"},
		"Jinja2": {fields: `"prompt_template":[{"role":"user","edition_type":"jinja2","text":"unused","jinja2_text":"{% for x in list %}{{ loop.index }}.{{ x.n }} {% endfor %}{{ who }}{{ undeclared }}"}],
			"prompt_config":{"jinja2_variables":[{"variable":"list","value_selector":["sys","list"]},{"variable":"who","value_selector":["start","name"]}]}`,
			sys: map[string]any{"list": []any{value.NewObject("n", "甲"), value.NewObject("n", "乙")}}, want: "user: 1.甲 2.乙 Ada"},
		"null is there": {fields: `"prompt_template":[{"role":"user","text":"[{{#sys.null#}}]"}]`, sys: map[string]any{"null": nil}, want: "user: []"},
		"what a context says is no template": {fields: `"prompt_template":[{"role":"user","text":"{{#context#}}"}],"context":{"enabled":true,"variable_selector":["sys","evil"]}`,
			sys: map[string]any{"evil": "{{#sys.query#}}"}, want: "user: {{#sys.query#}}"},
		"a completion model gets one text": {fields: `"prompt_template":{"text":"Write about {{#start.name#}}."}`, want: "user: Write about Ada."},
		"a completion model in Jinja2": {fields: `"prompt_template":{"edition_type":"jinja2","jinja2_text":"{{ who|upper }}"},"prompt_config":{"jinja2_variables":[{"variable":"who","value_selector":["start","name"]}]}`,
			want: "user: ADA"},
		"the history in its place": {fields: `"prompt_template":{"text":"Talk:\n{{#histories#}}\nNow: #sys.query#"},"memory":{"role_prefix":{"user":"用户","assistant":"助手"}}`, past: thread,
			want: "user: Talk:\n{{用户: first?\n助手: first!}}\nNow: second?"},
		"the history in front where it has no place": {fields: `"prompt_template":{"text":"Q: #sys.query#"},"memory":{"role_prefix":{"user":"","assistant":""}}`, past: thread,
			want: "user: Human: first?\nAssistant: first!\nQ: second?"},
		"a picture in the history is named": {fields: `"prompt_template":{"text":"Q"},"memory":{"role_prefix":{"user":"U","assistant":"A"}},"vision":{"enabled":true}`, past: thread, known: sees,
			want: "user: U: [image]\nfirst?\nA: first!\nQ"},
		"memory without a question": {fields: `"prompt_template":[{"role":"user","text":"q"}],"memory":{}`, sys: map[string]any{"query": ""}, want: "user: q"},
		"memory outside of a conversation": {fields: `"prompt_template":[{"role":"system","text":"S"}],"memory":{"query_prompt_template":"about {{#start.name#}}"}`,
			sys: map[string]any{"conversation_id": ""}, past: thread, want: "system: S | user: about Ada"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{chunks: text("ok"), known: c.known, past: c.past, files: map[app.ID]string{"f1": "BYTES"}}
			d := w.deps()
			d.Extract = func(_ context.Context, f app.Attachment) (string, error) {
				if strings.HasSuffix(f.Name, ".xyz") {
					return "", app.Errorf(app.Unsupported, "x", "x", "x")
				}
				return "text of " + f.Name, nil
			}
			p := play(t, d, around(`{"type":"llm",`+llmModel+`,`+c.fields+`}`), input(c.sys))
			if p.end.Status != app.Succeeded || len(w.requests) != 1 {
				t.Fatalf("%s: %v", p.end.Status, p.cause)
			}
			if got := sent(w.requests[0]); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLLM_namesItsFailuresAsDifyDoes(t *testing.T) {
	for name, c := range map[string]struct {
		fields, typ, code string
		fail              error
	}{
		"variable":           {llmModel + `,"prompt_template":[{"role":"user","text":"{{#start.nope#}}"}]`, "VariableNotFoundError", "variable_missing", nil},
		"variable of memory": {llmModel + `,"memory":{"query_prompt_template":"{{#start.nope#}}"}`, "VariableNotFoundError", "variable_missing", nil},
		"variable of Jinja2": {llmModel + `,"prompt_template":[{"role":"user","text":"q"}],"prompt_config":{"jinja2_variables":[{"variable":"a","value_selector":["start","nope"]}]}`,
			"VariableNotFoundError", "variable_missing", nil},
		"context": {llmModel + `,"prompt_template":[{"role":"user","text":"q"}],"context":{"enabled":true,"variable_selector":["sys","odd"]}`, "InvalidContextStructureError", "context_invalid", nil},
		"prompt":  {llmModel + `,"prompt_template":[{"role":"user","text":""}]`, "NoPromptFoundError", "prompt_empty", nil},
		"model":   {`"model":{"provider":"langgenius/openai/openai","name":"gpt-4o","mode":"chat"},"prompt_template":[{"role":"user","text":"q"}]`, "ModelNotExistError", model.CodeNoEndpoint, nil},
		"prefix":  {llmModel + `,"prompt_template":{"text":"q"},"memory":{}`, "MemoryRolePrefixRequiredError", "role_prefix_missing", nil},
		"vision":  {llmModel + `,"prompt_template":[{"role":"user","text":"q"}],"vision":{"enabled":true,"configs":{"variable_selector":["start","name"]}}`, "InvalidVariableTypeError", "vision_not_files", nil},
		"server":  {llmModel + `,"memory":{}`, "InvokeServerUnavailableError", model.CodeServer, model.Fail(model.CodeServer, "box", nil)},
		"limit":   {llmModel + `,"memory":{}`, "InvokeRateLimitError", model.CodeRateLimited, model.Fail(model.CodeRateLimited, "box", nil)},
		"key":     {llmModel + `,"memory":{}`, "InvokeAuthorizationError", model.CodeAuth, model.Fail(model.CodeAuth, "box", nil)},
	} {
		w := &world{fail: c.fail}
		p := play(t, w.deps(), around(`{"type":"llm",`+c.fields+`}`), input(map[string]any{"odd": []any{value.NewObject("text", "x")}}))
		if p.end.Status != app.Failed || !isCode(p.cause, c.code) || workflow.TypeName(p.cause) != c.typ {
			t.Errorf("%s: %s %s %v, want %s %s", name, p.end.Status, workflow.TypeName(p.cause), p.cause, c.typ, c.code)
		}
	}
}

func TestLLM_separatedTextIsTidy(t *testing.T) {
	for name, c := range map[string]struct {
		chunks                          []model.Chunk
		said, reasoned, text, reasoning string
	}{
		"tags in the text, cut anywhere": {text("<th", "ink a=\"1\">\nhm", "</thi", "nk>\n\n", "Yes", ".\n\n\n \n", "So"), "Yes.\n\n\n \nSo", "\nhm", "Yes.\n\nSo", "hm"},
		"several blocks":                 {text("<think>a</think>x", "<think>b </think>y"), "xy", "ab ", "xy", "a\nb"},
		"a block that never ends":        {text("x", "<THINK>b"), "x", "b", "x", "b"},
		"blanks in front":                {text("\n ", "\n", "x\n"), "x\n", "", "x", ""},
		"a field of its own":             {[]model.Chunk{{Reasoning: "思考"}, {Text: "答案"}}, "答案", "思考", "答案", "思考"},
	} {
		w := &world{chunks: c.chunks}
		p := play(t, w.deps(), around(`{"type":"llm",`+llmModel+`,"memory":{},"reasoning_format":"separated"}`), input(nil))
		if p.said != c.said || p.reasoned != c.reasoned || p.node.Outputs["text"] != c.text || p.node.Outputs["reasoning_content"] != c.reasoning {
			t.Errorf("%s: said %q, reasoned %q, outputs %q", name, p.said, p.reasoned, p.node.Outputs)
		}
		if p.node.Outputs["finish_reason"] != nil {
			t.Errorf("%s: finish_reason %v", name, p.node.Outputs["finish_reason"])
		}
	}
}

const personSchema = `{"type":"object","properties":{"name":{"type":"string"},"ages":{"type":"array","items":{"type":"object","properties":{"年龄":{"type":"integer","minimum":0}},"required":["年龄"]}}},"required":["name"],"additionalProperties":false}`

func TestLLM_structuredOutput(t *testing.T) {
	for name, c := range map[string]struct {
		schema, said string
		known        *app.Model
		want, code   string
		sentence     []string // parts of the failure
	}{
		"plain":                 {schema: personSchema, said: `{"name":"张三","ages":[{"年龄":3}]}`, want: `{"name":"张三","ages":[{"年龄":3}]}`},
		"enforced by server":    {schema: personSchema, said: `{"name":"a"}`, known: &app.Model{Abilities: app.Abilities{JSONSchema: true}}, want: `{"name":"a"}`},
		"in a fence and words":  {schema: personSchema, said: "Here:\n```json\n{\"name\": \"a\"}\n```\nDone.", want: `{"name":"a"}`},
		"behind thinking":       {schema: personSchema, said: `<think>{"name": 1}</think>{"name":"a"}`, want: `{"name":"a"}`},
		"badly written":         {schema: personSchema, said: `{'name': 'a', "ages": [{"年龄": 3,}],}`, want: `{"name":"a","ages":[{"年龄":3}]}`},
		"cut off":               {schema: personSchema, said: `{"name": "a", "ages": [{"年龄": 3`, want: `{"name":"a","ages":[{"年龄":3}]}`},
		"a schema as text":      {schema: `"{\"type\":\"object\"}"`, said: `{"a":1}`, want: `{"a":1}`},
		"a wrong place":         {schema: personSchema, said: `{"name":"a","ages":[{"年龄":1},{"年龄":-2}]}`, code: "structured_output_result", sentence: []string{"stage=result", "path=$.ages[1].年龄"}},
		"a missing key":         {schema: personSchema, said: `{}`, code: "structured_output_result", sentence: []string{"path=$", "name"}},
		"a refusal":             {schema: personSchema, said: "I am sorry, I cannot do that.", code: "structured_output_result", sentence: []string{"stage=result", "no JSON"}},
		"no schema":             {schema: `{"type":"nonsense"}`, said: `{}`, code: "structured_output_schema", sentence: []string{"stage=schema"}},
		"no object":             {schema: `{"type":"array"}`, said: `[]`, code: "structured_output_schema"},
		"a schema of elsewhere": {schema: `{"type":"object","properties":{"a":{"$ref":"http://127.0.0.1:1/x.json"}}}`, said: `{}`, code: "structured_output_schema"},
		"a schema in a file":    {schema: `{"type":"object","properties":{"a":{"$ref":"file:///etc/passwd"}}}`, said: `{}`, code: "structured_output_schema"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{chunks: text(c.said), known: c.known}
			p := play(t, w.deps(), around(`{"type":"llm",`+llmModel+`,"prompt_template":[{"role":"system","text":"S"},{"role":"user","text":"q"}],
				"structured_output_enabled":true,"structured_output":{"schema":`+c.schema+`}}`), input(nil))
			if c.code != "" {
				if p.end.Status != app.Failed || !isCode(p.cause, c.code) || workflow.TypeName(p.cause) != "OutputParserError" {
					t.Errorf("%s %v, want %s", p.end.Status, p.cause, c.code)
				}
				for _, part := range c.sentence {
					if !strings.Contains(p.cause.Error(), part) {
						t.Errorf("%v does not say %q", p.cause, part)
					}
				}
				return
			}
			if p.end.Status != app.Succeeded {
				t.Fatal(p.cause)
			}
			if got := asJSON(t, p.node.Outputs["structured_output"]); got != c.want {
				t.Errorf("structured_output = %s, want %s", got, c.want)
			}
			req := w.requests[0]
			if native := c.known != nil; native != (req.Schema != nil) || native == strings.Contains(req.Messages[0].Text(), "JSON schema") {
				t.Errorf("schema %+v, system %q", req.Schema, req.Messages[0].Text())
			}
		})
	}
}

func TestLLM_structuredOutputIsOffWithoutSchemaOrSwitch(t *testing.T) {
	for _, fields := range []string{`"structured_output_enabled":true`, `"structured_output":{"schema":{}}`, `"structured_output_switch_on":true,"structured_output":null`} {
		w := &world{chunks: text("words")}
		p := play(t, w.deps(), around(`{"type":"llm",`+llmModel+`,"memory":{},`+fields+`}`), input(nil))
		if _, there := p.node.Outputs["structured_output"]; there || p.end.Status != app.Succeeded {
			t.Errorf("%s: %s %v", fields, p.end.Status, p.node.Outputs)
		}
	}
}

func llmOverWire(name, fields string) string {
	return around(`{"type":"llm","model":{"provider":"ep","name":"` + name + `","mode":"chat","completion_params":{}},` + fields + `}`)
}

func TestLLM_overTheWire(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	const ask = `"prompt_template":[{"role":"user","text":"{{#sys.query#}}"}]`
	for _, c := range []struct{ model, query, format, said, reasoned, code, typ string }{
		{model: "echo", query: "say: 你好，世界", said: "你好，世界"},
		{model: "echo@split_runes", query: "say: 多字节字符", said: "多字节字符"},
		{model: "echo@think_tags", query: "say: 答案", said: "<think>\nlet me think about it\n</think>答案"},
		{model: "echo@think_tags", query: "say: 答案", format: `,"reasoning_format":"separated"`, said: "答案", reasoned: "let me think about it"},
		{model: "echo@reasoning_content", query: "say: 答案", format: `,"reasoning_format":"separated"`, said: "答案", reasoned: "let me think about it"},
		{model: "echo@filtered", query: "say: x", code: model.CodeFiltered, typ: "InvokeBadRequestError"},
		{model: "echo@400", query: "say: x", code: model.CodeRejected, typ: "InvokeBadRequestError"},
		{model: "echo@html_502", query: "say: x", code: model.CodeServer, typ: "InvokeServerUnavailableError"},
		{model: "echo@context_too_long", query: "say: x", code: model.CodeContext, typ: "InvokeBadRequestError"},
	} {
		p := play(t, w.deps, llmOverWire(c.model, ask+c.format), input(map[string]any{"query": c.query}))
		if c.code != "" {
			if p.end.Status != app.Failed || !isCode(p.cause, c.code) || workflow.TypeName(p.cause) != c.typ {
				t.Errorf("%s: %s %v", c.model, p.end.Status, p.cause)
			}
			continue
		}
		if p.end.Status != app.Succeeded || p.said != c.said || strings.TrimSpace(p.reasoned) != c.reasoned || p.node.Outputs["text"] != c.said {
			t.Errorf("%s: %s %v said %q, reasoned %q", c.model, p.end.Status, p.cause, p.said, p.reasoned)
		}
		if p.end.Usage.TotalTokens == 0 || p.node.Outputs["usage"].(map[string]any)["currency"] != "USD" || p.node.Outputs["finish_reason"] != "stop" {
			t.Errorf("%s: usage %+v, outputs %v", c.model, p.end.Usage, p.node.Outputs)
		}
	}
}

func TestLLM_aStreamThatIsCutOffFailsAndKeepsItsText(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	for _, quirk := range []string{"chunked_cut", "reset_mid", "early_end", "half_event", "short_length", "broken_json", "error_mid"} {
		p := play(t, w.deps, llmOverWire("echo@"+quirk, `"prompt_template":[{"role":"user","text":"count to 40"}]`), input(nil))
		text, _ := p.node.Outputs["text"].(string)
		if p.end.Status != app.Failed || !strings.HasPrefix(text, "1 2 3") || strings.Contains(text, "40") || !strings.HasPrefix(p.said, "1 2 3") {
			t.Errorf("%s: %s %v, text %q", quirk, p.end.Status, p.cause, text)
		}
	}
}

func TestLLM_structuredOutputOverTheWire(t *testing.T) {
	w := newWire(t, modeltest.Options{Script: []modeltest.Reply{{Match: "person", Text: `<think>{</think>Sure! {"name": "李四"`}}})
	const fields = `"prompt_template":[{"role":"user","text":"{{#sys.query#}}"}],"structured_output_enabled":true,"structured_output":{"schema":` + personSchema + `}`
	w.known = &app.Model{Abilities: app.Abilities{JSONSchema: true}}
	p := play(t, w.deps, llmOverWire("echo", fields), input(map[string]any{"query": "anyone"}))
	if got := asJSON(t, p.node.Outputs["structured_output"]); p.end.Status != app.Succeeded || !strings.Contains(got, `"name":"text"`) {
		t.Errorf("enforced: %s %v %s", p.end.Status, p.cause, got)
	}
	w.known = nil
	p = play(t, w.deps, llmOverWire("echo", fields), input(map[string]any{"query": "a person"}))
	if got := asJSON(t, p.node.Outputs["structured_output"]); p.end.Status != app.Succeeded || got != `{"name":"李四"}` {
		t.Errorf("in words: %s %v %s", p.end.Status, p.cause, got)
	}
	asked := w.asked(t)
	if asked[0].Response == nil || asked[0].Response.Type != "json_schema" || asked[1].Response != nil {
		t.Errorf("response formats: %+v, %+v", asked[0].Response, asked[1].Response)
	}
}
