package node_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// The fixtures are Dify's own test files, and what its tests say of them: see ../shared/dify/fixtures/EXPECTED.md, whose rows
// follow here in order. They are not part of islet; testdata/*.txtar of package workflow has graphs of our own for the rules.
const fixtures = "../../../../shared/dify/fixtures"

// mock stands for a node that would need the world: a model, a tool, code.
type mock struct {
	pieces  []string      // streamed as "text"
	wait    time.Duration // before it works
	waits   func(workflow.Vars) time.Duration
	outputs map[string]any // beside text
	makes   func(workflow.Vars) map[string]any
	err     error
}

type (
	mocks  map[string]mock
	object = map[string]any
	vars   = map[string]map[string]any
)

// said streams a text as Dify's mocks do: a word at a time.
func said(text string) mock {
	pieces := strings.SplitAfter(text, " ")
	for i := len(pieces) - 1; i > 0; i-- { // the spaces lead
		pieces[i-1] = strings.TrimSuffix(pieces[i-1], " ")
		pieces[i] = " " + pieces[i]
	}
	return mock{pieces: pieces}
}

func gives(outputs object) mock { return mock{outputs: outputs} }

func (m mock) after(d time.Duration) mock { m.wait = d; return m }

func (m mock) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	if m.waits != nil {
		m.wait = m.waits(s.Vars)
	}
	select {
	case <-time.After(m.wait):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	out := object{}
	for k, v := range m.outputs {
		out[k] = v
	}
	for _, p := range m.pieces {
		s.Text(p)
	}
	if m.pieces != nil {
		out["text"] = strings.Join(m.pieces, "")
	}
	if m.makes != nil {
		out = m.makes(s.Vars)
	}
	return &workflow.Result{Outputs: out}, m.err
}

// row is one row of EXPECTED.md.
type row struct {
	file, name string
	query      string
	inputs     string // JSON, of the start node
	mocks      mocks
	edit       func(graph object) // what Dify's test changes before it runs the graph

	outputs string // JSON, of the run; "" is not looked at
	answer  string // the run's output answer
	read    string // what streamed, joined; "" is not looked at
	trace   string // all events: see record
	check   func(t *testing.T, r *record)
	fails   string // how the error's text begins
	problem string // the node that Parse finds fault with, which does not keep the rest from running
	open    string // why islet does not do this yet, or not like that
}

const nowhere = "-" // a problem of no single node

func TestFixtures(t *testing.T) {
	if _, err := os.Stat(fixtures); err != nil {
		t.Skip("skipped: ../shared is absent")
	}
	var table strings.Builder
	for i := range rows {
		w := &rows[i]
		name := strings.TrimSuffix(strings.TrimPrefix(w.file, "workflow/"), ".yml")
		if w.name != "" {
			name += "/" + w.name
		}
		said := "ok"
		if w.open != "" {
			said = "open: " + w.open
		} else if !t.Run(name, func(t *testing.T) { synctest.Test(t, w.run) }) {
			said = "FAILED"
		}
		fmt.Fprintf(&table, "%-90s %s\n", name, said)
	}
	t.Logf("%d rows\n%s", len(rows), table.String())
}

// TestFixtures_areAllLookedAt keeps the rows complete.
func TestFixtures_areAllLookedAt(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "workflow", "*.yml"))
	more, err2 := filepath.Glob(filepath.Join(fixtures, "*.yml"))
	if err != nil || err2 != nil || len(files) == 0 {
		t.Skip("skipped: ../shared is absent")
	}
	for _, f := range append(files, more...) {
		f, _ = filepath.Rel(fixtures, f)
		if !slices.ContainsFunc(rows, func(w row) bool { return w.file == filepath.ToSlash(f) }) {
			t.Errorf("no row for %s", f)
		}
	}
}

// passthrough are the texts that go through a workflow unchanged.
func passthrough() []row {
	texts := map[string]string{
		"plain": "hello", "long": strings.Repeat("x", 5000), "emoji": "🎉 你好 🌍", "controls": "a\n\t\rb", "json": `{"key": "value", "n": [1, 2]}`,
		"html": "<b>&amp;</b><script>alert(1)</script>", "path": "../../etc/passwd C:\\x", "braces": "{{#sys.query#}} {{ x }}", "empty": "",
	}
	var all []row
	for name, text := range texts {
		raw, _ := value.Encode(object{"query": text})
		w := row{file: "workflow/simple_passthrough_workflow.yml", name: name, query: text, inputs: string(raw), outputs: string(raw)}
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b row) int { return strings.Compare(a.name, b.name) })
	return all
}

// hello are the questions that a condition tells apart.
func hello() []row {
	var all []row
	for _, q := range []string{"hello world", "say hello to everyone", "hello", "hellohello", "hello123", "hello!@#", " hello "} {
		all = append(all, branch(q, "true"))
	}
	for _, q := range []string{"goodbye world", "hi there", "", "test message", "Hello world", "HELLO", "helllo", "helo", "42"} {
		all = append(all, branch(q, "false"))
	}
	return all
}

func branch(query, output string) row {
	in, _ := value.Encode(object{"query": query})
	out, _ := value.Encode(object{output: query})
	return row{file: "workflow/conditional_hello_branching_workflow.yml", name: query, query: query, inputs: string(in), outputs: string(out)}
}

func switches() []row {
	var all []row
	for i := range 4 {
		one, two := i>>1, i&1
		word := []string{"off", "on"}
		all = append(all, row{file: "workflow/dual_switch_variable_aggregator_workflow.yml", name: fmt.Sprint(one, two),
			inputs:  fmt.Sprintf(`{"switch1":%d,"switch2":%d}`, one, two),
			outputs: fmt.Sprintf(`{"group1":"switch 1 %s","group2":"switch 2 %s"}`, word[one], word[two]),
			check: func(t *testing.T, r *record) {
				if n := strings.Count(strings.Join(r.trace, " "), "S(variable-aggregator)"); n != 1 {
					t.Errorf("the join ran %d times", n)
				}
			}})
	}
	return all
}

// pairs is the code inside the iterations with lists.
var pairs = mock{makes: func(v workflow.Vars) map[string]any {
	i, _ := value.Int(v.Lookup("iteration_node", "item"))
	return object{"result": []any{i, i * 2}}
}}

var oneTwoThree = []any{int64(1), int64(2), int64(3)}

const (
	english = "1754339718571"
	chinese = "1754339725656"
)

// languages are two models that one answer reads, and which of them is faster must not matter.
func languages(name string, first, second time.Duration) row {
	return row{file: "workflow/multilingual_parallel_llm_streaming_workflow.yml", name: name, query: "Tell me about yourself",
		mocks: mocks{
			english: mock{pieces: []string{"Hello", ", ", "I", " ", "am", " ", "an", " ", "AI", " ", "assistant", "."}}.after(first),
			chinese: mock{pieces: []string{"你好", "，", "我", "是", "AI", "助手", "。"}}.after(second),
		},
		answer: "你好，我是AI助手。Hello, I am an AI assistant.", read: "你好，我是AI助手。Hello, I am an AI assistant.",
		check: func(t *testing.T, r *record) {
			a, b := r.heard(chinese), r.heard(english)
			if len(a) != 7 || len(b) != 12 {
				t.Fatalf("%d and %d chunks, want 7 and 12", len(a), len(b))
			}
			if a[6] > b[0] || b[11] > r.started("answer") {
				t.Errorf("the chunks are not in the answer's order, and before it: %v %v, answer at %d", a, b, r.started("answer"))
			}
		}}
}

const (
	branchModel = "1755502777322"
	branchIf    = "1755502773326"
)

func complexBranch(query, text, answer, read string) row {
	return row{file: "workflow/test_complex_branch.yml", name: query, query: query, mocks: mocks{branchModel: said(text).after(time.Millisecond)}, answer: answer, read: read,
		check: func(t *testing.T, r *record) {
			if r.started(branchIf) < 0 || r.started(branchModel) < 0 {
				t.Error("both the branch and the model run")
			}
			if heard := r.heard(branchModel); len(heard) == 0 || heard[0] < r.started(branchModel) {
				t.Errorf("chunks at %v, the model starts at %d", heard, r.started(branchModel))
			}
		}}
}

// conditional is the workflow that answers with a template's text or streams a model's.
const conditional = "workflow/conditional_streaming_vs_template_workflow.yml"

func attributed(t *testing.T, ev *app.Event, id string, exec app.ID, text string) {
	t.Helper()
	if ev.Node != id || ev.Exec != exec || ev.Delta != text {
		t.Errorf("chunk %q of %s %s, want %q of %s %s", ev.Delta, ev.Node, ev.Exec, text, id, exec)
	}
}

var rows = slices.Concat(passthrough(), []row{
	{file: "workflow/end_node_without_value_type_field_workflow.yml", inputs: `{"query":"test query"}`, query: "test query", outputs: `{"query":"test query"}`,
		// In the filter of Dify ≥ 0.5, and here, the chunk is there before its node starts: inputs are variables from the beginning.
		trace: `GRS C"test␣query" S(start) ✓(start) S(end) ✓(end) GRS✓`},
	{file: "workflow/answer_end_with_text.yml", query: "Hello, AI!", answer: "prefixHello, AI!suffix", read: "prefixHello, AI!suffix",
		trace: `GRS C"prefix" C"Hello,␣AI!" C"suffix" S(start) ✓(start) S(answer) ✓(answer) GRS✓`},
	{file: "workflow/basic_chatflow.yml", query: "any", mocks: mocks{"llm": said("mocked llm response")}, answer: "mocked llm response",
		trace: `GRS S(start) ✓(start) S(llm) C"mocked" C"␣llm" C"␣response" C"" ✓(llm) S(answer) ✓(answer) GRS✓`},
	{file: "workflow/basic_chatflow.yml", name: "object", query: "any", mocks: mocks{"llm": gives(object{"text": "x", "structured_output": value.NewObject("type", "greeting")})},
		edit: func(g object) {
			for _, n := range g["nodes"].([]any) {
				if data := n.(object)["data"].(object); data["type"] == "answer" {
					data["answer"] = "{{#llm.structured_output#}}"
				}
			}
		},
		answer: "{\n  \"type\": \"greeting\"\n}", read: "{\n  \"type\": \"greeting\"\n}"},
	{file: "workflow/basic_llm_chat_workflow.yml", inputs: `{"query":"Hello, how are you?"}`, mocks: mocks{"llm_node": said("This is a test response from mocked LLM")},
		outputs: `{"answer":"This is a test response from mocked LLM"}`},
	{file: "workflow/basic_llm_chat_workflow.yml", name: "outputs", inputs: `{"query":"Test query"}`,
		mocks:   mocks{"llm_node": gives(object{"text": "Custom response for this specific node", "usage": value.NewObject("total_tokens", int64(30))})},
		outputs: `{"answer":"Custom response for this specific node"}`},
	{file: "workflow/basic_llm_chat_workflow.yml", name: "error", inputs: `{"query":"any"}`,
		mocks: mocks{"llm_node": {err: app.Errorf(app.Upstream, "mocked", "Simulated LLM API error", "模拟的错误")}}, fails: "Simulated LLM API error"},
}, hello(), []row{
	{file: conditional, name: "blocking", inputs: `{"query":"Hello, how are you?","blocking":1}`, query: "Hello, how are you?", read: "Hello, how are you?\nThis is a mocked response",
		check: func(t *testing.T, r *record) {
			if len(r.deltas) != 3 {
				t.Fatalf("%d chunks, want 3: %v", len(r.deltas), r.trace)
			}
			attributed(t, &r.deltas[0], "1754239042599", r.exec("1754239042599"), "Hello, how are you?")
			if r.deltas[1].Node != "1754239058707" || r.deltas[1].Delta != "\n" {
				t.Errorf("the second chunk is %q of %s", r.deltas[1].Delta, r.deltas[1].Node)
			}
			attributed(t, &r.deltas[2], "1754296914925", r.exec("1754296914925"), "This is a mocked response")
			firstBefore(t, r, "1754239044238")
			oneEnd(t, r)
		}},
	{file: conditional, name: "streaming", inputs: `{"query":"Hello, how are you?","blocking":2}`, query: "Hello, how are you?", read: "Hello, how are you?\nThis is a mocked response",
		check: func(t *testing.T, r *record) {
			if len(r.deltas) < 3 || r.deltas[0].Delta != "Hello, how are you?" || r.deltas[1].Delta != "\n" {
				t.Fatalf("chunks: %v", r.trace)
			}
			for i := range r.deltas[2:] {
				if ev := &r.deltas[2+i]; ev.Node != "17542969329740" || ev.Exec != r.exec("17542969329740") {
					t.Errorf("chunk %q of %s", ev.Delta, ev.Node)
				}
			}
			firstBefore(t, r, "17542969329740")
			oneEnd(t, r)
		}},
}, switches(), []row{
	languages("first faster", time.Millisecond, time.Second),
	languages("second faster", time.Second, time.Millisecond),
	{file: "workflow/response_stream_filter_issue_170_workflow.yml", query: "1",
		mocks:  mocks{"llm": said("Quiet Night Thought"), "dufu": said("Spring View").after(time.Second)},
		answer: "# Du Fu\n\nSpring View\n\n# Li Bai\n\nQuiet Night Thought", read: "# Du Fu\n\nSpring View\n\n# Li Bai\n\nQuiet Night Thought",
		check: func(t *testing.T, r *record) {
			if last := r.deltas[len(r.deltas)-1]; !last.Final {
				t.Errorf("the last chunk %q is not final", last.Delta)
			}
		}},
	{file: "workflow/test-answer-order.yml", mocks: mocks{"1759052580454": said("mocked llm text")},
		answer: "--- answer 1 ---\n\nfoo\n--- answer 2 ---\n\nmocked llm text\n", read: "--- answer 1 ---\n\nfoo\n--- answer 2 ---\n\nmocked llm text\n",
		check: func(t *testing.T, r *record) {
			one, two := r.heard("1759052466526"), r.heard("1759052469368")
			if len(one) == 0 || one[0] > r.finished("1759052580454") {
				t.Errorf("answer 1 is heard at %v, after the model", one)
			}
			if len(two) == 0 || two[0] < r.started("1759052466526") {
				t.Errorf("answer 2 is heard at %v, before answer 1 ran", two)
			}
		}},
	complexBranch("hello world", "X", "contains 'hello'X", "Xcontains 'hello'"),
	complexBranch("say hello to everyone", "Mocked response for greeting", "contains 'hello'Mocked response for greeting", "Mocked response for greetingcontains 'hello'"),
	complexBranch("goodbye world", "Y and Z", "Y and Z", "Y and Z"),
	complexBranch("test message", "Y", "Y", "Y"),
	{file: "workflow/test_streaming_conversation_variables.yml", query: "Hello, this is my test query", answer: "Hello, this is my test query",
		trace: `GRS S(start) ✓(start) S(assigner) V C"Hello,␣this␣is␣my␣test␣query" ✓(assigner) S(answer) ✓(answer) GRS✓`},
	{file: "workflow/test_streaming_conversation_variables_v1_overwrite.yml", query: "overwrite-value", answer: "Current Value Of `conv_var` is:overwrite-value",
		read: "Current Value Of `conv_var` is:overwrite-value",
		check: func(t *testing.T, r *record) {
			n := 0
			for _, ev := range r.deltas {
				if slices.Equal(ev.Selector, []string{"conversation", "conv_var"}) {
					if n++; ev.Delta != "overwrite-value" {
						t.Errorf("chunk %q of the variable", ev.Delta)
					}
				}
			}
			if n == 0 {
				t.Error("no chunk of the variable")
			}
		}},
	{file: "workflow/update-conversation-variable-in-iteration.yml", query: "ensure conversation variable syncs",
		mocks:  mocks{"1759032363865": gives(object{"result": []any{int64(1)}}), "1759032476318": gives(object{"result": ""})},
		answer: "ensure conversation variable syncs", read: "ensure conversation variable syncs"},
	{file: "workflow/array_iteration_formatting_workflow.yml", mocks: mocks{"1754683442688": gives(object{"result": oneTwoThree})},
		outputs: `{"output":["output: 1","output: 2","output: 3"]}`},
	{file: "workflow/iteration_flatten_output_enabled_workflow.yml", mocks: mocks{"code_node": gives(object{"result": oneTwoThree}), "code_inner_node": pairs},
		outputs: `{"output":[1,2,2,4,3,6]}`},
	{file: "workflow/iteration_flatten_output_disabled_workflow.yml", mocks: mocks{"code_node": gives(object{"result": oneTwoThree}), "code_inner_node": pairs},
		outputs: `{"output":[[1,2],[2,4],[3,6]]}`},
	{file: "workflow/increment_loop_with_break_condition_workflow.yml", outputs: `{"num":5}`,
		check: func(t *testing.T, r *record) {
			if n := strings.Count(strings.Join(r.trace, " "), "S(assigner)"); n != 4 {
				t.Errorf("%d rounds, want 4", n)
			}
		}},
	{file: "workflow/loop_contains_answer.yml", query: "1", answer: "1\n2\n1 + 2", read: "1\n2\n1 + 2",
		trace: `GRS S(start) ✓(start) S(loop) LS S(assigner) V C"1" C"\n" ✓(assigner) S(answer) ✓(answer)
			LN S(assigner) V C"2" C"\n" ✓(assigner) S(answer) ✓(answer) L✓ C"1" C"␣+␣" C"2" ✓(loop) S(answer) ✓(answer) GRS✓`},
	{file: "workflow/search_dify_from_2023_to_2025.yml", query: "any", mocks: mocks{"1754979561786": gives(object{"text": "mocked search result"})},
		answer: "- mocked search result\n- mocked search result",
		trace: `GRS S(start) ✓(start) S(loop) LS S(tool) ✓(tool) S(assigner) V V ✓(assigner) LN S(tool) ✓(tool) S(assigner) V V ✓(assigner) L✓
			C"-␣mocked␣search␣result\n-␣mocked␣search␣result" ✓(loop) S(answer) ✓(answer) GRS✓`},
	{file: "workflow/chatflow_time_tool_static_output_workflow.yml", query: "1", mocks: mocks{"1754336729904": gives(object{"text": "2025-01-01"})},
		answer: "hello, dify!",
		check: func(t *testing.T, r *record) {
			if len(r.deltas) != 1 || r.deltas[0].Delta != "hello, dify!" {
				t.Errorf("chunks: %v", r.trace)
			}
		}},
	{file: "workflow/http_request_with_json_tool_workflow.yml", inputs: `{"url":"https://api.example.com/data"}`,
		mocks: mocks{
			"http_node": gives(object{"status_code": int64(200), "body": `{"key": "value", "number": 42}`, "headers": value.NewObject()}),
			"tool_node": gives(object{"result": value.NewObject("key", "value", "number", int64(42))}),
		},
		outputs: `{"parsed_data":{"key":"value","number":42},"status_code":200}`},
	{file: "workflow/conditional_parallel_code_execution_workflow.yml", name: "1", inputs: `{"switch":1}`, mocks: codes, outputs: `{"1":"Code 1","2":"Code 2","3":null}`},
	{file: "workflow/conditional_parallel_code_execution_workflow.yml", name: "0", inputs: `{"switch":0}`, mocks: codes, outputs: `{"1":null,"2":"Code 2","3":"Code 3"}`},

	// Fork network and unreleased.
	{file: "workflow/iteration_contains_answer.yml", query: "hi", read: "apple\nbanana\ndone",
		check: func(t *testing.T, r *record) {
			in := ""
			for _, ev := range r.deltas {
				if ev.Within != nil && ev.Within.Node == "iteration_node" && ev.Within.Type == "iteration" {
					in += ev.Delta
				}
			}
			if in != "apple\nbanana\n" {
				t.Errorf("inside the iteration: %q", in)
			}
		}},
	{file: "workflow/loop_contains_answer.yml", name: "hi", query: "hi", answer: "1\n2\nhi + 2", read: "1\n2\nhi + 2"},
	{file: "workflow/parallel_iteration_formatting_workflow.yml", mocks: mocks{"1754683442688": gives(object{"result": oneTwoThree})},
		outputs: `{"output":["output: 1","output: 2","output: 3"]}`},
	{file: "workflow/parallel_iteration_formatting_workflow.yml", name: "slow first", mocks: mocks{"1754683442688": gives(object{"result": oneTwoThree}), "1754683458843": backwards},
		outputs: `{"output":["output: 1","output: 2","output: 3"]}`},
	{file: "workflow/knowledge_retrieval_v2_workflow.yml", inputs: `{"query":"x"}`, problem: "retrieval-v2", fails: `node "Knowledge Retrieval v2": `},
	{file: "workflow/minimal_non_uuid_conversation_variable.yml", query: "hello", read: "- produced",
		check: func(t *testing.T, r *record) {
			if r.started("producer") < 0 {
				t.Error("the producer did not run")
			}
		}},
	{file: "workflow/minimal_non_uuid_conversation_variable.yml", name: "false", query: "bye", answer: "- producer.output", read: "- ",
		check: func(t *testing.T, r *record) {
			if r.started("producer") >= 0 {
				t.Error("the producer ran")
			}
		}},
	{file: "workflow/minimal_not_an_app.yml", problem: nowhere},
	{file: "file output schema.yml", query: "hi", mocks: mocks{"llm": gives(object{"text": "{}", "structured_output": value.NewObject("image", "/a/b.png")})}, read: "/a/b.png", answer: "/a/b.png"},
	{file: "pav-test-extraction.yml", query: "hi", problem: "1767773709491",
		fails: `node "GoogleSearch": the parameter "query" is not well formed: the kind "mention" is unknown`},
})

var codes = mocks{"1754230738434": gives(object{"result": "Code 1"}), "17542307611100": gives(object{"result": "Code 2"}), "17542307643480": gives(object{"result": "Code 3"})}

// backwards is the formatting of an item, which takes longer for the earlier ones.
var backwards = mock{
	waits: func(v workflow.Vars) time.Duration {
		i, _ := value.Int(v.Lookup("1754683430480", "index"))
		return time.Duration(10-i) * time.Second
	},
	makes: func(v workflow.Vars) map[string]any {
		return object{"output": "output: " + value.Text(v.Lookup("1754683430480", "item"))}
	},
}

func firstBefore(t *testing.T, r *record, id string) {
	t.Helper()
	if first := r.at(func(ev *app.Event) bool { return ev.Kind == app.EvDelta }); first < 0 || first > r.finished(id) {
		t.Errorf("the first chunk is event %d, the model is done with event %d", first, r.finished(id))
	}
}

func oneEnd(t *testing.T, r *record) {
	t.Helper()
	if n := strings.Count(strings.Join(r.trace, " "), "S(end)"); n != 1 {
		t.Errorf("%d ends ran", n)
	}
}
