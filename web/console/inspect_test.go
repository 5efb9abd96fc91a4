package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"islet/app"
)

// shop counts the calls of http-request nodes and says back what it was asked.
type shop struct {
	*httptest.Server
	mu    sync.Mutex // guards calls
	calls map[string]int
	asked map[string]string // the last query by path
}

func newShop(t *testing.T) *shop {
	s := &shop{calls: map[string]int{}, asked: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls[r.URL.Path]++
		s.asked[r.URL.Path] = r.URL.Query().Get("q")
		if r.URL.Path == "/down" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = fmt.Fprintf(w, "%s said %s", r.URL.Path[1:], r.URL.Query().Get("q"))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) count(path string) (int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path], s.asked[path]
}

// vertex is one of a graph.
func vertex(id, typ string, data body) body {
	d := body{"type": typ, "title": "The " + id}
	for k, v := range data {
		d[k] = v
	}
	n := body{"id": id, "type": "custom", "position": body{"x": 0, "y": 0}, "data": d}
	if in, ok := data["in"].(string); ok {
		n["parentId"] = in
	}
	return n
}

func edge(from, handle, to string) body {
	return body{"id": from + handle + to, "source": from, "sourceHandle": handle, "target": to, "targetHandle": "target"}
}

func call(id, url string) body {
	return vertex(id, "http-request", body{"method": "get", "url": url, "authorization": body{"type": "no-auth"}, "headers": "", "params": "", "body": body{"type": "none", "data": []any{}}})
}

// order is a graph: what is asked goes to /first, a branch looks at the answer, one of two templates words it, and /second gets it.
func order(shop string) body {
	return body{
		"nodes": []any{
			vertex("begin", "start", body{"variables": []any{body{"variable": "what", "label": "What", "type": "text-input", "required": true}}}),
			call("first", shop+"/first?q={{#begin.what#}}"),
			vertex("gate", "if-else", body{"cases": []any{body{"case_id": "yes", "logical_operator": "and", "conditions": []any{
				body{"id": "c", "variable_selector": []any{"first", "body"}, "comparison_operator": "contains", "value": "tea", "varType": "string"}}}}}),
			vertex("warm", "template-transform", body{"template": "warm {{ x }}", "variables": []any{body{"variable": "x", "value_selector": []any{"first", "body"}}}}),
			vertex("cold", "template-transform", body{"template": "cold {{ x }} {{ k }}", "variables": []any{body{"variable": "x", "value_selector": []any{"first", "body"}}, body{"variable": "k", "value_selector": []any{"env", "key"}}}}),
			vertex("either", "variable-aggregator", body{"variables": []any{[]any{"warm", "output"}, []any{"cold", "output"}}, "output_type": "string"}),
			call("second", shop+"/second?q={{#either.output#}}"),
			vertex("finish", "end", body{"outputs": []any{body{"variable": "answer", "value_selector": []any{"second", "body"}}}}),
		},
		"edges": []any{edge("begin", "source", "first"), edge("first", "source", "gate"), edge("gate", "yes", "warm"), edge("gate", "false", "cold"),
			edge("warm", "source", "either"), edge("cold", "source", "either"), edge("either", "source", "second"), edge("second", "source", "finish")},
	}
}

// draftOf makes an app of a graph and returns its path.
func draftOf(t *testing.T, o *browser, mode string, graph body, more body) string {
	t.Helper()
	made := o.want(200, "", "POST", "/apps", body{"mode": mode, "name": "A"})
	at := "/apps/" + text(made, "id")
	set := body{"graph": graph, "variables": []any{}, "suggested": []any{}}
	for k, v := range more {
		set[k] = v
	}
	o.want(200, "", "PUT", at+"/draft", body{"rev": made["draft_rev"], "settings": set})
	return at
}

func envKey() body {
	return body{"environment": []any{body{"id": "e1", "name": "key", "value_type": "secret", "value": "sk-very-secret"}}}
}

// variable is one of the list that the inspector shows.
func variable(t *testing.T, o *browser, at, node, name string) map[string]any {
	t.Helper()
	for _, v := range items(o.want(200, "", "GET", at+"/variables", nil)) {
		if text(v, "node_id") == node && text(v, "name") == name {
			m, _ := v.(map[string]any)
			return m
		}
	}
	return nil
}

func TestRun_fromANodeRepeatsNothingBeforeItAndUsesWhatWasEdited(t *testing.T) {
	_, o, _ := newWorkshop(t)
	shop := newShop(t)
	at := draftOf(t, o, "workflow", order(shop.URL), envKey())
	o.want(409, "outcome_missing", "POST", at+"/run", body{"from": "second"})
	o.want(200, "", "POST", at+"/run", body{"inputs": body{"what": "milk"}})
	if n, q := shop.count("/second"); n != 1 || q != "cold first said milk sk-very-secret" {
		t.Fatalf("/second was called %d times, the last time with %q", n, q)
	}
	v := variable(t, o, at, "either", "output")
	if text(v, "value") != "cold first said milk ********************" || v["secret"] != true || v["edited"] != false {
		t.Errorf("a value with a secret is shown as %v", v)
	}
	o.want(409, "variable_secret", "PUT", at+"/variables/either/output", body{"value": "x"})
	if v := variable(t, o, at, "env", "key"); text(v, "value") != "********************" || v["secret"] != true {
		t.Errorf("the environment shows %v", v)
	}

	o.want(400, "variable_wrong_type", "PUT", at+"/variables/first/body", body{"value": 5})
	o.want(400, "variable_wrong_type", "PUT", at+"/variables/first/status_code", body{"value": "200"})
	o.want(404, "not_found", "PUT", at+"/variables/first/nothing", body{"value": 5})
	edited := o.want(200, "", "PUT", at+"/variables/first/body", body{"value": "iced tea"})
	if edited["edited"] != true || text(edited, "original") != "first said milk" || text(edited, "value") != "iced tea" {
		t.Errorf("edited = %v", edited)
	}

	// Behind the branch that was taken: its outcome stays, although the value says otherwise now.
	stream := text(o.want(200, "", "POST", at+"/run", body{"from": "cold"}), "raw")
	if _, q := shop.count("/second"); q != "cold iced tea sk-very-secret" {
		t.Errorf("from cold, /second is asked %q", q)
	}
	for _, gone := range []string{`"node":"first"`, `"node":"gate"`, `"node":"begin"`} {
		if strings.Contains(stream, gone) {
			t.Errorf("a run from cold tells of %s", gone)
		}
	}
	if v := variable(t, o, at, "begin", "env.key"); v != nil || !strings.Contains(stream, `"inputs":{"what":"milk"}`) {
		t.Errorf("the start node shows %v, the run %s", v, stream)
	}
	if !strings.Contains(stream, `"from_node_id":"cold"`) || !strings.Contains(stream, `"status":"succeeded"`) {
		t.Errorf("stream = %s", stream)
	}
	// From the branch itself: it decides anew.
	o.want(200, "", "POST", at+"/run", body{"from": "gate"})
	if n, q := shop.count("/second"); n != 3 || q != "warm iced tea" {
		t.Errorf("from gate, /second was called %d times, the last time with %q", n, q)
	}
	if n, _ := shop.count("/first"); n != 1 {
		t.Errorf("/first was called %d times", n)
	}
	// What was edited stays edited until its node runs again, and can be taken back.
	if v := o.want(200, "", "POST", at+"/variables/first/body/revert", nil); text(v, "value") != "first said milk" || v["edited"] != false {
		t.Errorf("reverted = %v", v)
	}
	o.want(200, "", "POST", at+"/run", body{"from": "gate"})
	if n, q := shop.count("/second"); n != 4 || !strings.HasPrefix(q, "cold") {
		t.Errorf("after the revert /second was called %d times, the last time with %q", n, q)
	}
	o.want(404, "node_not_found", "POST", at+"/run", body{"from": "nowhere"})
	if got := o.want(200, "", "GET", at+"/runs?debug=1", nil); got["total"] != 4.0 {
		t.Errorf("runs of the draft = %v", got["total"])
	}
	o.want(200, "", "DELETE", at+"/variables", nil)
	if v := variable(t, o, at, "first", "body"); v != nil {
		t.Errorf("after the reset there is %v", v)
	}
	o.want(409, "outcome_missing", "POST", at+"/run", body{"from": "gate"})
}

func TestNode_runsAloneWithWhatItIsGiven(t *testing.T) {
	p, o, _ := newWorkshop(t)
	_ = p
	shop := newShop(t)
	editor, _ := o.join("e@local", app.Editor)
	at := draftOf(t, o, "workflow", order(shop.URL), envKey())
	if got := o.want(200, "", "GET", at+"/nodes/first/last-run", nil); got["run"] != nil || len(got["executions"].([]any)) != 0 {
		t.Errorf("the last run of a node that never ran = %v", got)
	}
	in := items(o.want(200, "", "GET", at+"/nodes/first/inputs", nil))
	if len(in) != 1 || text(in[0], "node_id") != "begin" || text(in[0], "name") != "what" || in[0].(map[string]any)["known"] != false {
		t.Errorf("inputs of first = %v", in)
	}
	stream := text(o.want(200, "", "POST", at+"/nodes/first/run", body{"values": body{"begin.what": "tea"}}), "raw")
	if n, q := shop.count("/first"); n != 1 || q != "tea" || strings.Count(stream, "event: node") != 2 {
		t.Errorf("first alone called /first %d times with %q:\n%s", n, q, stream)
	}
	if n, _ := shop.count("/second"); n != 0 {
		t.Errorf("a node alone led to %d calls of another", n)
	}
	in = items(o.want(200, "", "GET", at+"/nodes/warm/inputs", nil))
	if len(in) != 1 || text(in[0], "value") != "first said tea" || in[0].(map[string]any)["known"] != true || text(in[0], "value_type") != "string" || text(in[0], "title") != "The first" {
		t.Errorf("inputs of warm = %v", in)
	}
	o.want(200, "", "POST", at+"/nodes/warm/run", body{})
	if v := variable(t, o, at, "warm", "output"); text(v, "value") != "warm first said tea" {
		t.Errorf("warm made %v", v)
	}
	last := o.want(200, "", "GET", at+"/nodes/first/last-run", nil)
	ex := last["executions"].([]any)
	if len(ex) != 1 || text(last, "run", "only_node_id") != "first" || text(ex[0], "outputs", "body") != "first said tea" || text(ex[0], "status") != "succeeded" {
		t.Errorf("last run = %v", last)
	}
	if got := o.want(200, "", "GET", at+"/runs?debug=1", nil); got["total"] != 0.0 {
		t.Errorf("the history has tries of single nodes: %v", got)
	}
	if v := variable(t, editor, at, "warm", "output"); v != nil {
		t.Errorf("another editor sees %v", v)
	}
	for _, id := range []string{"begin", "finish"} {
		o.want(400, "node_not_alone", "POST", at+"/nodes/"+id+"/run", body{})
	}
	o.want(404, "node_not_found", "POST", at+"/nodes/nowhere/run", body{})
	o.want(404, "node_not_found", "GET", at+"/nodes/nowhere/inputs", nil)
}

func TestNode_thatFailsHasALastRunAndNoVariables(t *testing.T) {
	_, o, _ := newWorkshop(t)
	shop := newShop(t)
	graph := body{"nodes": []any{vertex("begin", "start", body{"variables": []any{}}),
		func() body {
			n := call("bad", "nonsense://x")
			n["data"].(body)["retry_config"] = body{"retry_enabled": true, "max_retries": 2, "retry_interval": 1}
			return n
		}(),
		vertex("finish", "end", body{"outputs": []any{}})}, "edges": []any{edge("begin", "source", "bad"), edge("bad", "source", "finish")}}
	at := draftOf(t, o, "workflow", graph, nil)
	_ = shop
	o.want(200, "", "POST", at+"/run", body{"inputs": body{}})
	last := o.want(200, "", "GET", at+"/nodes/bad/last-run", nil)
	ex := last["executions"].([]any)
	if len(ex) != 3 || text(ex[2], "status") != "failed" || text(ex[0], "status") != "retry" || text(last, "run", "status") != "failed" {
		t.Errorf("last run = %v", last)
	}
	if v := variable(t, o, at, "bad", "body"); v != nil {
		t.Errorf("a node that failed left %v", v)
	}
	o.want(409, "outcome_missing", "POST", at+"/run", body{"from": "finish"})
}

func TestContainer_runsAloneAndSoDoesWhatIsInside(t *testing.T) {
	_, o, _ := newWorkshop(t)
	graph := body{"nodes": []any{
		vertex("begin", "start", body{"variables": []any{body{"variable": "x", "label": "x", "type": "text-input"}}}),
		vertex("each", "iteration", body{"start_node_id": "eachstart", "iterator_selector": []any{"begin", "list"}, "output_selector": []any{"word", "output"}, "output_type": "array[string]"}),
		vertex("eachstart", "iteration-start", body{"in": "each"}),
		vertex("word", "template-transform", body{"in": "each", "template": "{{ i }}!{{ x }}", "variables": []any{body{"variable": "i", "value_selector": []any{"each", "item"}}, body{"variable": "x", "value_selector": []any{"begin", "x"}}}}),
		vertex("finish", "end", body{"outputs": []any{body{"variable": "all", "value_selector": []any{"each", "output"}}}})},
		"edges": []any{edge("begin", "source", "each"), edge("eachstart", "source", "word"), edge("each", "source", "finish")}}
	at := draftOf(t, o, "workflow", graph, nil)
	var names []string
	for _, in := range items(o.want(200, "", "GET", at+"/nodes/each/inputs", nil)) {
		names = append(names, text(in, "node_id")+"."+text(in, "name"))
	}
	if strings.Join(names, " ") != "begin.list begin.x" {
		t.Errorf("inputs of each = %v", names)
	}
	o.want(200, "", "POST", at+"/nodes/each/run", body{"values": body{"begin.list": []any{"a", "b"}, "begin.x": "?"}})
	v := variable(t, o, at, "each", "output")
	if raw, _ := json.Marshal(v["value"]); string(raw) != `["a!?","b!?"]` {
		t.Errorf("each made %s", raw)
	}
	o.want(200, "", "POST", at+"/nodes/word/run", body{"values": body{"each.item": "c", "begin.x": "."}})
	if v := variable(t, o, at, "word", "output"); text(v, "value") != "c!." {
		t.Errorf("word made %v", v)
	}
	o.want(400, "node_inside_container", "POST", at+"/run", body{"from": "word"})
	if last := o.want(200, "", "GET", at+"/nodes/each/last-run", nil); len(last["executions"].([]any)) != 1 {
		t.Errorf("last run of each = %v", last)
	}
}

func TestChatflow_goesOnFromANodeAsAnotherAnswer(t *testing.T) {
	_, o, _ := newWorkshop(t)
	shop := newShop(t)
	graph := body{"nodes": []any{
		vertex("begin", "start", body{"variables": []any{}}),
		call("first", shop.URL+"/first?q={{#sys.query#}}"),
		vertex("hello", "answer", body{"answer": "Hello. ", "variables": []any{}}),
		vertex("count", "assigner", body{"version": "2", "items": []any{body{"variable_selector": []any{"conversation", "seen"}, "input_type": "constant", "operation": "+=", "value": 1}}}),
		vertex("say", "answer", body{"answer": "{{#first.body#}} ({{#conversation.seen#}})", "variables": []any{}})},
		"edges": []any{edge("begin", "source", "first"), edge("first", "source", "hello"), edge("hello", "source", "count"), edge("count", "source", "say")}}
	at := draftOf(t, o, "advanced-chat", graph, body{"conversation": []any{body{"id": "c1", "name": "seen", "value_type": "number", "value": 10}}})
	if v := variable(t, o, at, "conversation", "seen"); v["value"] != 10.0 {
		t.Errorf("before the first question: %v", v)
	}
	answer := func(stream string) string {
		_, last, _ := strings.Cut(stream, "event: finished\ndata: ")
		return field(last, "answer")
	}
	first := text(o.want(200, "", "POST", at+"/debug", body{"query": "tea", "inputs": body{}}), "raw")
	if got := answer(first); got != "Hello. first said tea (11)" {
		t.Fatalf("answer = %q", got)
	}
	if v := variable(t, o, at, "sys", "query"); text(v, "value") != "tea" {
		t.Errorf("sys.query = %v", v)
	}
	o.want(400, "variable_wrong_type", "PUT", at+"/variables/conversation/seen", body{"value": "many"})
	o.want(200, "", "PUT", at+"/variables/conversation/seen", body{"value": 40})
	o.want(200, "", "PUT", at+"/variables/first/body", body{"value": "edited"})
	again := text(o.want(200, "", "POST", at+"/run", body{"from": "count"}), "raw")
	if got := answer(again); got != "Hello. edited (41)" {
		t.Errorf("going on, the answer is %q", got)
	}
	if n, _ := shop.count("/first"); n != 1 {
		t.Errorf("/first was called %d times", n)
	}
	latest := text(items(o.want(200, "", "GET", at+"/runs?debug=1", nil))[0], "run", "id")
	if trace := o.want(200, "", "GET", at+"/runs/"+latest, nil); text(trace, "run", "outputs", "answer") != "Hello. edited (41)" || text(trace, "run", "from_node_id") != "count" {
		t.Errorf("the trace of the answer = %v", trace["run"])
	}
	_, state, _ := strings.Cut(first, "event: finished\ndata: ")
	var s struct {
		Conversation struct{ ID string }
		Message      struct{ ID string }
	}
	if err := json.Unmarshal([]byte(strings.SplitN(state, "\n", 2)[0]), &s); err != nil {
		t.Fatal(err)
	}
	thread := items(o.want(200, "", "GET", at+"/debug/"+s.Conversation.ID+"/messages", nil))
	if len(thread) != 2 || text(thread[0], "parent_id") != text(thread[1], "parent_id") {
		t.Errorf("messages = %v", thread)
	}
	// What was edited of the conversation is what its next turn begins with.
	o.want(200, "", "PUT", at+"/variables/conversation/seen", body{"value": 70})
	next := text(o.want(200, "", "POST", at+"/debug", body{"query": "milk", "inputs": body{}, "conversation_id": s.Conversation.ID}), "raw")
	if got := answer(next); got != "Hello. first said milk (71)" {
		t.Errorf("the next turn says %q", got)
	}
	o.want(200, "", "POST", at+"/nodes/count/run", body{})
	if v := variable(t, o, at, "conversation", "seen"); v["value"] != 72.0 {
		t.Errorf("an assigner alone leaves %v", v)
	}
}

func TestInspect_isForEditorsOfGraphs(t *testing.T) {
	_, o, _ := newWorkshop(t)
	member, _ := o.join("m@local", app.Member)
	at := draftOf(t, o, "workflow", order("http://127.0.0.1:1"), nil)
	for _, r := range [][2]string{{"GET", "/nodes/first/inputs"}, {"POST", "/nodes/first/run"}, {"GET", "/nodes/first/last-run"}, {"GET", "/variables"}, {"DELETE", "/variables"},
		{"GET", "/variables/first/body"}, {"PUT", "/variables/first/body"}, {"POST", "/variables/first/body/revert"}, {"GET", "/versions/draft/diff/draft"}} {
		member.want(403, "forbidden", r[0], at+r[1], nil)
	}
	chat := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "C"}), "id")
	o.want(400, "not_graph_app", "GET", chat+"/variables", nil)
	empty := draftOf(t, o, "workflow", body{"nodes": []any{}, "edges": []any{}}, nil)
	o.want(200, "", "GET", empty+"/variables", nil)
}

func TestDiff_tellsWhatChangedInNodesEdgesAndSettings(t *testing.T) {
	_, o, _ := newWorkshop(t)
	at := draftOf(t, o, "workflow", order("http://shop"), envKey())
	v1 := text(o.want(200, "", "POST", at+"/publish", body{"name": "one", "note": "first"}), "id")
	if d := o.want(200, "", "GET", at+"/versions/"+v1+"/diff/draft", nil); len(d["nodes"].([]any))+len(d["edges"].([]any))+len(d["settings"].([]any)) != 0 {
		t.Errorf("an unchanged draft differs: %v", d)
	}
	graph := order("http://shop")
	nodes := graph["nodes"].([]any)
	nodes[1].(body)["position"] = body{"x": 500, "y": 5}
	nodes[3].(body)["data"].(body)["template"] = "hot {{ x }}"
	graph["nodes"] = append(nodes[:4:4], nodes[5:]...)
	graph["edges"] = append(graph["edges"].([]any)[:3:3], graph["edges"].([]any)[4:]...)
	now := o.want(200, "", "GET", at, nil)
	more := envKey()
	more["environment"].([]any)[0].(body)["value"] = "sk-other"
	more["graph"], more["variables"], more["suggested"], more["opening"] = graph, []any{}, []any{}, "Hi"
	o.want(200, "", "PUT", at+"/draft", body{"rev": now["draft_rev"], "settings": more})
	d := o.want(200, "", "GET", at+"/versions/"+v1+"/diff/draft", nil)
	raw, _ := json.Marshal(d)
	for _, part := range []string{`{"changes":[{"kind":"changed","new":"hot {{ x }}","old":"warm {{ x }}","path":"template"}],"id":"warm","kind":"changed","title":"The warm","type":"template-transform"}`,
		`"id":"cold","kind":"removed"`, `{"from":"gate","handle":"false","kind":"removed","to":"cold"}`, `"path":"opening"`, `"path":"environment[key].value"`} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("no %s in %s", part, raw)
		}
	}
	if strings.Contains(string(raw), "sk-") || strings.Contains(string(raw), `"id":"first"`) {
		t.Errorf("a secret or a node that only moved is in %s", raw)
	}
	back := o.want(200, "", "GET", at+"/versions/draft/diff/"+v1, nil)
	if raw, _ := json.Marshal(back); !strings.Contains(string(raw), `"id":"cold","kind":"added"`) {
		t.Errorf("backwards: %s", raw)
	}
	o.want(404, "not_found", "GET", at+"/versions/"+v1+"/diff/nothing", nil)
}

func TestVersions_areFiltered(t *testing.T) {
	_, o, _ := newWorkshop(t)
	editor, _ := o.join("e@local", app.Editor)
	at := draftOf(t, o, "workflow", order("http://shop"), nil)
	o.want(200, "", "POST", at+"/publish", body{"name": "one", "note": "100% tea"})
	o.want(200, "", "POST", at+"/publish", body{"name": "", "note": ""})
	editor.want(200, "", "POST", at+"/publish", body{"name": "three", "note": ""})
	for query, want := range map[string]float64{"": 3, "?mine=true": 2, "?named=true": 2, "?mine=true&named=true": 1, "?q=thr": 1, "?q=100%25": 1, "?q=0%25x": 0} {
		if got := o.want(200, "", "GET", at+"/versions"+query, nil); got["total"] != want || float64(len(items(got))) != want {
			t.Errorf("versions%s = %v, want %v", query, got["total"], want)
		}
	}
}
