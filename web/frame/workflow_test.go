package frame_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/web/frame"
)

var flowAbout = frame.Options{Task: "0198c0de-0000-7000-8000-00000000000a", Run: "0198c0de-0000-7000-8000-00000000000a",
	Workflow: "0198c0de-0000-7000-8000-00000000000d", Created: time.Unix(1700000000, 0), EndUser: "0198c0de-0000-7000-8000-00000000000e", User: "abc-123"}

func chatflowAbout() frame.Options {
	o := flowAbout
	o.Message, o.Conversation = about.Message, about.Conversation
	return o
}

var (
	picture = app.Attachment{ID: "0198c0de-0000-7000-8000-0000000000f1", Kind: "image", Method: "local_file", File: "0198c0de-0000-7000-8000-0000000000f2",
		URL: "/v1/files/0198c0de-0000-7000-8000-0000000000f2/preview", Name: "a.png", Size: 67, MIME: "image/png"}
	score    = 0.75
	passages = []app.Resource{
		{Position: 1, Dataset: "ds", DatasetName: "Facts", Document: "doc", DocumentName: "facts.md", Source: "upload_file", Segment: "seg", From: "api",
			Score: &score, Content: "water is wet", WordCount: 3, SegmentPosition: 2, IndexNodeHash: "hash", Summary: "water"},
		{Position: 1, Dataset: "ds", Document: "doc", Segment: "twice"},
		{Position: 2, Dataset: "ds", Document: "other", Segment: "seg2"},
	}
	form = &app.Form{ID: "0198c0de-0000-7000-8000-0000000000c1", Node: "ask", Title: "Approve", Token: "secrettoken", Content: "Is {{#$output.comment#}} right?",
		Fields: []app.FormField{{Kind: "paragraph", Name: "comment", Default: "fine"}, {Kind: "paragraph", Name: "note"},
			{Kind: "select", Name: "how", Options: []string{"fast", "slow"}}, {Kind: "file-list", Name: "papers", FileKinds: []string{"document"}, Limit: 3}},
		Actions: []app.FormAction{{ID: "yes", Title: "Yes", Style: "primary"}}, Status: app.FormWaiting, ExpiresAt: time.Unix(1700003600, 0)}
	filled = func() *app.Form {
		f := *form
		f.Status, f.Action, f.Values = app.FormSubmitted, "yes", map[string]any{"comment": "quite", "note": "", "how": "fast", "papers": []app.Attachment{}}
		return &f
	}()
	inItem  = &app.Within{Type: "iteration", Node: "each", Round: 2}
	inRound = &app.Within{Type: "loop", Node: "again", Round: 1}
	failure = &app.Failure{Code: "boom", Kind: app.Upstream, Text: app.Text{En: "it broke", Zh: "出错了"}}
	spent   = &app.Usage{PromptTokens: 10, CompletionTokens: 5, TotalTokens: 15, Latency: 1.5, FirstToken: 0.5}
	moment  = time.Unix(1700000005, 0)
)

// graphEvents are the events that workflows and chatflows tell in the same way, by their golden file.
var graphEvents = map[string]app.Event{
	"workflow_started": {Kind: app.EvRunStarted, Reason: "initial", Inputs: map[string]any{"n": int64(5), "x": 5.0, "pic": picture,
		"sys.user_id": "abc-123", "sys.conversation_id": "c"}},
	"node_started":       {Kind: app.EvNodeStarted, Node: "llm", Type: "llm", Title: "LLM", Exec: "e1"},
	"node_started_item":  {Kind: app.EvNodeStarted, Node: "llm", Type: "llm", Title: "LLM", Exec: "e1", Within: inItem},
	"node_started_round": {Kind: app.EvNodeStarted, Node: "llm", Type: "llm", Title: "LLM", Exec: "e1", Within: inRound},
	"node_finished": {Kind: app.EvNodeFinished, Node: "llm", Type: "llm", Title: "LLM", Exec: "e1", Status: app.Succeeded, Elapsed: 1.25, Usage: spent,
		Inputs: map[string]any{"q": value.NewObject("z", 1, "a", 2)}, Process: map[string]any{"model": "m"}, Outputs: map[string]any{"text": "hi", "pic": picture}},
	"node_finished_item": {Kind: app.EvNodeFinished, Node: "c", Type: "code", Title: "Code", Exec: "e2", Status: app.Exception, Error: failure, Within: inItem,
		Meta: map[string]any{"error_strategy": "fail-branch"}, Outputs: map[string]any{"error_message": "it broke", "error_type": "X"}},
	"node_finished_stopped": {Kind: app.EvNodeFinished, Node: "c", Type: "code", Exec: "e2", Status: app.Interrupted, Within: inRound},
	"node_retry":            {Kind: app.EvNodeRetry, Node: "h", Type: "http-request", Title: "Call", Exec: "e3", Status: app.Retried, Retry: 1, Error: failure, Elapsed: 0.5},
	"iteration_started": {Kind: app.EvContainerStarted, Node: "each", Type: "iteration", Title: "Each", Exec: "e4", Length: 3,
		Inputs: map[string]any{"iterator_selector": []any{"a", "b", int64(3)}}, Meta: map[string]any{"iteration_length": 3}},
	"iteration_next": {Kind: app.EvContainerRound, Node: "each", Type: "iteration", Title: "Each", Exec: "e4", Round: 2},
	"iteration_completed": {Kind: app.EvContainerFinished, Node: "each", Type: "iteration", Title: "Each", Exec: "e4", Status: app.Succeeded, Elapsed: 2, Steps: 3, Usage: spent,
		Inputs: map[string]any{"iterator_selector": []any{"a"}}, Outputs: map[string]any{"output": []any{"A"}},
		Meta: map[string]any{"total_tokens": 15, "total_price": "0", "currency": "USD", "iteration_duration_map": map[string]any{"0": 0.5}}},
	"loop_started": {Kind: app.EvContainerStarted, Node: "again", Type: "loop", Title: "Again", Exec: "e5", Length: 4,
		Inputs: map[string]any{"loop_count": 4, "n": int64(0)}, Meta: map[string]any{"loop_length": 4}},
	"loop_next":      {Kind: app.EvContainerRound, Node: "again", Type: "loop", Title: "Again", Exec: "e5", Round: 1, Outputs: map[string]any{"n": int64(1), "loop_round": int64(1)}},
	"loop_completed": {Kind: app.EvContainerFinished, Node: "again", Type: "loop", Title: "Again", Exec: "e5", Status: app.Failed, Error: failure, Elapsed: 1, Steps: 4, Usage: spent},
	"agent_log":      {Kind: app.EvThought, Node: "ag", Type: "agent", Title: "Agent", Exec: "e6", Thought: &app.Thought{ID: "t1", Position: 1, Thought: "hm"}},
	"agent_log_finished": {Kind: app.EvNodeFinished, Node: "ag", Type: "agent", Title: "Agent", Exec: "e6", Status: app.Succeeded, Outputs: map[string]any{"text": "done"},
		Meta: map[string]any{"agent_log": []any{value.NewObject("id", "t1", "parent_id", nil, "error", nil, "status", "success", "data", value.NewObject("thought", "hm"),
			"label", "ROUND 1", "metadata", value.NewObject("total_tokens", 3), "node_id", "ag")}}},
	"reasoning_chunk":          {Kind: app.EvReasoning, Node: "llm", Type: "llm", Exec: "e1", Delta: "let me see"},
	"human_input_required":     {Kind: app.EvFormRequired, Node: "ask", Type: "human-input", Exec: "e7", Form: form},
	"human_input_form_filled":  {Kind: app.EvFormFilled, Node: "ask", Exec: "e7", Form: filled, Outputs: map[string]any{"__rendered_content": "Is quite right?", "__action_value": "Yes"}},
	"human_input_form_timeout": {Kind: app.EvFormExpired, Node: "ask", Exec: "e7", Form: form},
	"workflow_paused":          {Kind: app.EvRunPaused, Status: app.Paused, Forms: []*app.Form{form}, Elapsed: 0.5, Steps: 2, Usage: spent, Outputs: map[string]any{"so": "far"}},
}

// TestWorkflow_golden has one file per event of Dify's that a workflow sends.
func TestWorkflow_golden(t *testing.T) {
	own := map[string]app.Event{
		"text_chunk": {Kind: app.EvDelta, Node: "llm", Exec: "e1", Delta: "hi", Selector: []string{"llm", "text"}},
		"workflow_finished": {Kind: app.EvRunFinished, Status: app.Succeeded, Elapsed: 2.5, Steps: 3, Usage: spent,
			Outputs: map[string]any{"n": int64(5), "x": 5.0, "pic": picture, "o": value.NewObject("z", 1, "a", []any{})}},
		"workflow_finished_partial":     {Kind: app.EvRunFinished, Status: app.Partial, Exceptions: 2},
		"workflow_finished_failed":      {Kind: app.EvRunFinished, Status: app.Failed, Error: failure, Exceptions: 1, Usage: spent},
		"workflow_finished_stopped":     {Kind: app.EvRunFinished, Status: app.Stopped},
		"workflow_finished_interrupted": {Kind: app.EvRunFinished, Status: app.Interrupted},
	}
	for _, set := range []map[string]app.Event{graphEvents, own} {
		for name, ev := range set {
			ev.At = moment
			golden(t, "workflow/"+name+".json", first(t, app.ModeWorkflow, flowAbout, &ev)...)
		}
	}
}

// TestChatflow_golden has one file per event of Dify's that a chatflow sends, and the last events of a run together.
func TestChatflow_golden(t *testing.T) {
	own := map[string]app.Event{
		"message":      {Kind: app.EvDelta, Node: "llm", Exec: "e1", Delta: "hi", Selector: []string{"llm", "text"}},
		"message_file": {Kind: app.EvFile, Node: "t", Exec: "e1", Files: []app.Attachment{picture}},
		"end_succeeded": {Kind: app.EvRunFinished, Status: app.Succeeded, Elapsed: 2.5, Steps: 3, Usage: spent,
			Outputs: map[string]any{"answer": "hi", "files": []app.Attachment{picture}}},
		"end_partial":     {Kind: app.EvRunFinished, Status: app.Partial, Exceptions: 1},
		"end_failed":      {Kind: app.EvRunFinished, Status: app.Failed, Error: failure, Usage: spent},
		"end_stopped":     {Kind: app.EvRunFinished, Status: app.Stopped},
		"end_interrupted": {Kind: app.EvRunFinished, Status: app.Interrupted},
	}
	for _, set := range []map[string]app.Event{graphEvents, own} {
		for name, ev := range set {
			ev.At = moment
			golden(t, "chatflow/"+name+".json", first(t, app.ModeAdvancedChat, chatflowAbout(), &ev)...)
		}
	}
}

// TestAgent_golden has one file per event of Dify's that an agent app sends.
func TestAgent_golden(t *testing.T) {
	call := app.Call{Tool: "current_time", Label: app.Text{En: "Current time", Zh: "当前时间"}, Input: map[string]any{"timezone": "UTC"}, Observation: "12:00"}
	for name, ev := range map[string]app.Event{
		"agent_thought": {Kind: app.EvThought, Thought: &app.Thought{ID: "t1", Position: 1}},
		"agent_thought_filled": {Kind: app.EvThought, Thought: &app.Thought{ID: "t1", Position: 1, Thought: "what time is it?", Calls: []app.Call{call, call},
			Files: []app.Attachment{picture}}},
		"agent_message": {Kind: app.EvDelta, Delta: "noon", Selector: []string{"agent", "text"}},
		"message_file":  {Kind: app.EvFile, Files: []app.Attachment{picture}},
		"message_end":   {Kind: app.EvRunFinished, Status: app.Succeeded, Usage: spent},
		"error":         {Kind: app.EvRunFinished, Status: app.Failed, Error: failure},
	} {
		golden(t, "agent/"+name+".json", first(t, app.ModeAgent, about, &ev)...)
	}
}

// TestSimple_golden is what strangers on a page are told.
func TestSimple_golden(t *testing.T) {
	o := chatflowAbout()
	o.Simple, o.NoResources = true, true
	for _, name := range []string{"node_started", "node_finished", "node_finished_item", "node_retry", "agent_log_finished"} {
		ev := graphEvents[name]
		ev.At = moment
		golden(t, "simple/"+name+".json", first(t, app.ModeAdvancedChat, o, &ev)...)
	}
	golden(t, "simple/end.json", first(t, app.ModeAdvancedChat, o, &app.Event{Kind: app.EvRunFinished, At: moment, Status: app.Succeeded, Usage: spent})...)
}

// plain are the events of a run that pauses in the middle, numbered as Follow does.
var plain = []app.Event{
	{Kind: app.EvRunStarted, Reason: "initial"},
	{Kind: app.EvNodeStarted, Node: "llm", Type: "llm", Exec: "e1"},
	{Kind: app.EvReasoning, Node: "llm", Exec: "e1", Delta: "hm"},
	{Kind: app.EvDelta, Node: "llm", Exec: "e1", Delta: "one"},
	{Kind: app.EvDelta, Node: "llm", Exec: "e1", Final: true},
	{Kind: app.EvResources, Node: "kb", Resources: passages},
	{Kind: app.EvNodeFinished, Node: "llm", Type: "llm", Exec: "e1", Status: app.Succeeded},
	{Kind: app.EvNodeStarted, Node: "each", Type: "iteration", Exec: "e2"},
	{Kind: app.EvContainerStarted, Node: "each", Type: "iteration", Exec: "e2"},
	{Kind: app.EvContainerFinished, Node: "each", Type: "iteration", Exec: "e2", Status: app.Succeeded},
	{Kind: app.EvNodeFinished, Node: "each", Type: "iteration", Exec: "e2", Status: app.Succeeded},
	{Kind: app.EvNodeStarted, Node: "ask", Type: "human-input", Exec: "e3"},
	{Kind: app.EvFormRequired, Node: "ask", Exec: "e3", Form: form},
	{Kind: app.EvRunStarted, Reason: "resumption"},
	{Kind: app.EvFormFilled, Node: "ask", Exec: "e3", Form: filled},
	{Kind: app.EvNodeFinished, Node: "ask", Type: "human-input", Exec: "e3", Status: app.Succeeded},
	{Kind: app.EvDelta, Node: "end", Exec: "e4", Delta: "two"},
	{Kind: app.EvRunFinished, Status: app.Succeeded},
}

func TestStream_orderAndWhatIsLeftOut(t *testing.T) {
	whole := "workflow_started node_started reasoning_chunk reasoning_chunk %s node_finished iteration_started iteration_completed node_started human_input_required " +
		"workflow_started human_input_form_filled node_finished %s"
	for name, c := range map[string]struct {
		mode     app.Mode
		after    uint64
		snapshot bool
		events   []app.Event
		want     string
	}{
		"workflow": {app.ModeWorkflow, 0, false, plain, strings.NewReplacer("%s node_finished iter", "text_chunk node_finished iter", "%s", "text_chunk workflow_finished").Replace(whole)},
		"chatflow": {app.ModeAdvancedChat, 0, false, plain, strings.NewReplacer("%s node_finished iter", "message node_finished iter", "%s", "message message_end workflow_finished").Replace(whole)},
		"agent":    {app.ModeAgent, 0, false, plain, "agent_message agent_message message_end"},
		"pause":    {app.ModeAdvancedChat, 11, false, append(plain[:13:13], app.Event{Kind: app.EvRunPaused, Forms: []*app.Form{form}}), "node_started human_input_required workflow_paused"},
		"taken up": {app.ModeAdvancedChat, 13, false, plain, "workflow_started human_input_form_filled node_finished message message_end workflow_finished"},
		"a snapshot": {app.ModeAdvancedChat, 13, true, plain, "workflow_started node_started node_finished iteration_started iteration_completed node_started human_input_required " +
			"message_replace workflow_started human_input_form_filled node_finished message message_end workflow_finished"},
	} {
		o := chatflowAbout()
		if c.mode == app.ModeWorkflow {
			o = flowAbout
		}
		o.After, o.Snapshot = c.after, c.snapshot
		if got := names(frame.ForMode(c.mode, o)(t.Context(), play(nil, c.events...))); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestStream_takenUpStillKnowsWhatItRestsOn(t *testing.T) {
	o := chatflowAbout()
	o.After = 13
	for f := range frame.ForMode(app.ModeAdvancedChat, o)(t.Context(), play(nil, plain...)) {
		if strings.Contains(string(f.Data), `"message_end"`) {
			golden(t, "chatflow/message_end_resources.json", f.Data)
			return
		}
	}
	t.Error("no message_end came")
}

func TestStream_aBatchLeavesInOneWrite(t *testing.T) {
	held := 0
	for f := range frame.ForMode(app.ModeAdvancedChat, chatflowAbout())(t.Context(), play(nil, plain[0], app.Event{Kind: app.EvVariable}, app.Event{Kind: app.EvRunFinished, Status: app.Failed})) {
		if f.More {
			held++
		}
	}
	if held != 1 { // workflow_finished waits for error
		t.Errorf("%d frames were held back", held)
	}
}

func TestBody_isWhatTheStreamSaid(t *testing.T) {
	paused := append(plain[:13:13], app.Event{Kind: app.EvRunPaused, At: moment, Status: app.Paused, Forms: []*app.Form{form}, Elapsed: 1, Steps: 3})
	done := app.Event{Kind: app.EvRunFinished, At: moment, Status: app.Succeeded, Usage: spent, Elapsed: 1.5, Steps: 2, Outputs: map[string]any{"x": 5.0, "n": int64(5)}}
	failed := app.Event{Kind: app.EvRunFinished, At: moment, Status: app.Failed, Error: failure}
	for name, c := range map[string]struct {
		mode   app.Mode
		o      frame.Options
		events []app.Event
		code   string
	}{
		"workflow": {app.ModeWorkflow, flowAbout, []app.Event{plain[3], done}, ""}, "workflow_failed": {app.ModeWorkflow, flowAbout, []app.Event{failed}, ""},
		"workflow_paused": {app.ModeWorkflow, flowAbout, paused, ""}, "chatflow": {app.ModeAdvancedChat, chatflowAbout(), []app.Event{plain[3], plain[5], done}, ""},
		"chatflow_paused": {app.ModeAdvancedChat, chatflowAbout(), paused, ""}, "chatflow_failed": {app.ModeAdvancedChat, chatflowAbout(), []app.Event{failed}, "invalid_param"},
		"completion": {app.ModeCompletion, frame.Options{Task: "t", Message: "m", Created: moment}, []app.Event{plain[3], done}, ""}, "nothing": {app.ModeChat, about, nil, "run_lost"},
		"chat_failed": {app.ModeChat, about, []app.Event{failed}, "boom"},
	} {
		body, err := frame.Body(c.mode, c.o, play(nil, c.events...))
		if c.code != "" {
			if err == nil || app.AsError(err).Code != c.code {
				t.Errorf("%s: %s, %v", name, body, err)
			}
			continue
		}
		if err != nil || !json.Valid(body) {
			t.Errorf("%s: %v in %s", name, err, body)
		}
		golden(t, "body/"+name+".json", body)
	}
}

func TestShown_isCutAndSaysSo(t *testing.T) {
	long, list := strings.Repeat("长", 100_001), make([]any, 1001)
	huge := map[string]any{}
	for _, k := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
		huge[k] = value.NewObject("x", strings.Repeat("x", 99_000))
	}
	type shown struct {
		Data struct {
			Inputs    map[string]any
			Truncated bool `json:"inputs_truncated"`
		}
	}
	read := func(in map[string]any) (s shown, n int) {
		f := first(t, app.ModeWorkflow, flowAbout, &app.Event{Kind: app.EvNodeFinished, Exec: "e", Type: "code", Inputs: in})[0]
		if err := json.Unmarshal(f, &s); err != nil {
			t.Fatal(err)
		}
		return s, len(f)
	}
	for name, c := range map[string]struct {
		in  map[string]any
		cut bool
		n   func(map[string]any) int
		len int
	}{
		"a text":     {map[string]any{"a": long[:300_000]}, false, func(m map[string]any) int { return len(m["a"].(string)) }, 300_000},
		"a long one": {map[string]any{"a": long}, true, func(m map[string]any) int { return len(m["a"].(string)) }, 300_003},
		"a list":     {map[string]any{"a": list[:1000]}, false, func(m map[string]any) int { return len(m["a"].([]any)) }, 1000},
		"a longer":   {map[string]any{"a": list, "b": "kept"}, true, func(m map[string]any) int { return len(m["a"].([]any)) + len(m["b"].(string)) }, 1004},
		"too much":   {huge, true, func(m map[string]any) int { return len(m) }, 12},
	} {
		s, n := read(c.in)
		if s.Data.Truncated != c.cut || c.n(s.Data.Inputs) != c.len || n > 1100<<10 {
			t.Errorf("%s: truncated %t, %d, %d bytes", name, s.Data.Truncated, c.n(s.Data.Inputs), n)
		}
	}
}

func BenchmarkForMode_text(b *testing.B) {
	ev := app.Event{Kind: app.EvDelta, Node: "llm", Exec: "e1", Delta: "a few words", Selector: []string{"llm", "text"}}
	b.ReportAllocs()
	n := 0
	for range frame.ForMode(app.ModeWorkflow, flowAbout)(context.Background(), func(yield func(app.Event, error) bool) {
		for range b.N {
			if !yield(ev, nil) {
				return
			}
		}
		yield(app.Event{Kind: app.EvRunFinished}, nil)
	}) {
		n++
	}
	if n != b.N+1 {
		b.Errorf("%d frames", n)
	}
}
