package frame

import (
	"fmt"
	"time"

	"islet/app"
	"islet/app/value"
)

// workflowTeller tells the run of a workflow app: workflow_started, its nodes, text_chunk, and workflow_finished or workflow_paused.
type workflowTeller struct{ graph }

func (w *workflowTeller) tell(ev *app.Event) {
	switch ev.Kind {
	case app.EvDelta:
		w.chunk(ev)
	case app.EvRunFinished:
		w.ended(ev)
	default:
		w.event(ev)
	}
}

func (w *workflowTeller) fail(e *app.Error) {
	w.open("error")
	w.text("workflow_run_id", string(w.Run))
	w.error(e)
	w.close()
}

func (w *workflowTeller) chunk(ev *app.Event) {
	w.thought(ev.Exec)
	if ev.Delta == "" {
		return
	}
	w.begin("text_chunk")
	w.text("text", ev.Delta)
	w.texts("from_variable_selector", ev.Selector)
	w.done()
}

// graph tells what the streams of workflows and chatflows have in common: the run and its nodes.
type graph struct {
	stream
	nodes    map[app.ID]begun // that work, by execution
	count    int              // nodes that were told of
	thinking app.ID           // the execution whose thoughts are being told
	thinker  string           // its node
}

// begun is when and as the how many-th a node began.
type begun struct {
	index int
	at    time.Time
}

// event adds the frames of an event that is told in the same way in both modes.
func (g *graph) event(ev *app.Event) {
	switch ev.Kind {
	case app.EvRunStarted:
		g.started(ev)
	case app.EvNodeStarted:
		g.nodeStarted(ev)
	case app.EvNodeRetry:
		g.nodeEnded("node_retry", ev)
	case app.EvNodeFinished:
		g.thought(ev.Exec)
		if !container(ev.Type) {
			g.agentLog(ev)
			g.nodeEnded("node_finished", ev)
		}
		delete(g.nodes, ev.Exec)
	case app.EvContainerStarted, app.EvContainerRound, app.EvContainerFinished:
		g.container(ev)
	case app.EvReasoning:
		g.reasoning(ev)
	case app.EvThought:
		g.round(ev)
	case app.EvFormRequired:
		g.formRequired(ev.Form)
	case app.EvFormFilled:
		g.formFilled(ev)
	case app.EvFormExpired:
		g.begin("human_input_form_timeout")
		g.text("node_id", ev.Form.Node)
		g.text("node_title", ev.Form.Title)
		g.number("expiration_time", ev.Form.ExpiresAt.Unix())
		g.done()
	case app.EvRunPaused:
		g.paused(ev)
	}
}

// container tells whether a node is told by events of its own.
func container(typ string) bool { return typ == "iteration" || typ == "loop" }

// begin begins a frame about the run, up to its data.
func (g *graph) begin(event string) {
	g.open(event)
	g.text("workflow_run_id", string(g.Run))
	g.data()
}

// aside begins a frame that names the run only where it names nothing else.
func (g *graph) aside(event string) {
	g.open(event)
	if g.Message == "" {
		g.text("workflow_run_id", string(g.Run))
	}
	g.data()
}

func (g *graph) data() {
	g.key("data")
	g.buf = append(g.buf, '{')
}

// done ends a frame's data and the frame.
func (g *graph) done() {
	g.buf = append(g.buf, '}')
	g.close()
}

func (g *graph) started(ev *app.Event) {
	inputs := make(map[string]any, len(ev.Inputs))
	for k, v := range ev.Inputs {
		if k != "sys.conversation_id" { // as in Dify
			inputs[k] = v
		}
	}
	g.begin("workflow_started")
	g.text("id", string(g.Run))
	g.text("workflow_id", string(g.Workflow))
	g.value("inputs", inputs)
	g.number("created_at", g.Created.Unix())
	g.text("reason", ev.Reason)
	g.done()
}

// about writes which node an event is about. Dify knows the events of a container by the node's id.
func (g *graph) about(ev *app.Event) {
	id := string(ev.Exec)
	if container(ev.Type) {
		id = ev.Node
	}
	g.text("id", id)
	g.text("node_id", ev.Node)
	g.text("node_type", ev.Type)
	g.text("title", ev.Title)
}

func (g *graph) nodeStarted(ev *app.Event) {
	if g.nodes == nil {
		g.nodes = map[app.ID]begun{}
	}
	if container(ev.Type) {
		g.nodes[ev.Exec] = begun{at: ev.At}
		return
	}
	g.count++
	g.nodes[ev.Exec] = begun{g.count, ev.At}
	g.begin("node_started")
	g.about(ev)
	g.number("index", int64(g.count))
	g.bare("predecessor_node_id", "null")
	g.bare("inputs", "null")
	g.flag("inputs_truncated", false)
	g.number("created_at", ev.At.Unix())
	g.bare("extras", "{}")
	g.within(ev.Within)
	g.bare("agent_strategy", "null")
	g.done()
}

// within writes the container that a node is in.
func (g *graph) within(w *app.Within) {
	for _, typ := range []string{"iteration", "loop"} {
		if w != nil && w.Type == typ {
			g.text(typ+"_id", w.Node)
		} else {
			g.bare(typ+"_id", "null")
		}
	}
}

// since is when a node began; one whose beginning was not seen is as old as it says.
func (g *graph) since(ev *app.Event) begun {
	b, ok := g.nodes[ev.Exec]
	if !ok {
		b = begun{g.count, ev.At.Add(-time.Duration(ev.Elapsed * float64(time.Second)))}
	}
	return b
}

func (g *graph) nodeEnded(event string, ev *app.Event) {
	start := g.since(ev)
	g.begin(event)
	g.about(ev)
	g.number("index", int64(start.index))
	g.bare("predecessor_node_id", "null")
	g.given("inputs", ev.Inputs)
	g.given("process_data", ev.Process)
	g.given("outputs", ev.Outputs)
	g.text("status", StatusOf(ev.Status))
	if g.Simple {
		g.bare("error", "null")
	} else {
		g.failure(ev)
	}
	g.seconds("elapsed_time", ev.Elapsed)
	if g.Simple {
		g.bare("execution_metadata", "null")
	} else {
		g.value("execution_metadata", execution(ev))
	}
	g.number("created_at", start.at.Unix())
	g.number("finished_at", ev.At.Unix())
	var files []app.Attachment
	if !g.Simple {
		files = filesIn(ev.Outputs)
	}
	g.value("files", files)
	g.within(ev.Within)
	if event == "node_retry" {
		g.number("retry_index", int64(ev.Retry))
	}
	g.done()
}

// given writes what a node was given or made, cut to what a person reads, and whether it was cut.
func (g *graph) given(name string, m map[string]any) {
	if g.Simple {
		g.bare(name, "null")
		g.flag(name+"_truncated", false)
		return
	}
	g.shown(name, m)
}

func (g *graph) shown(name string, m map[string]any) {
	v, cut := shown(m)
	g.value(name, v)
	g.flag(name+"_truncated", cut)
}

// failure writes the sentence of an event's error.
func (g *graph) failure(ev *app.Event) {
	if ev.Error == nil {
		g.bare("error", "null")
		return
	}
	g.text("error", ev.Error.Text.In(g.Lang))
}

// StatusOf is a status in Dify's words. What the server's end cut short has failed there.
func StatusOf(s app.Status) string {
	if s == app.Interrupted {
		s = app.Failed
	}
	return string(s)
}

// execution is how a node ran.
func execution(ev *app.Event) *value.Object {
	o := &value.Object{}
	if ev.Usage != nil {
		o.Set("total_tokens", ev.Usage.TotalTokens)
		o.Set("total_price", 0)
		o.Set("currency", "USD")
	}
	for k, v := range value.Of(ev.Meta).All() {
		if k != "total_price" { // a number to Dify's clients
			o.Set(k, v)
		}
	}
	if w := ev.Within; w != nil && container(w.Type) {
		o.Set(w.Type+"_id", w.Node)
		o.Set(w.Type+"_index", w.Round)
	}
	return o
}

func (g *graph) container(ev *app.Event) {
	word := map[app.EventKind]string{app.EvContainerStarted: "_started", app.EvContainerRound: "_next", app.EvContainerFinished: "_completed"}[ev.Kind]
	start := g.since(ev)
	g.begin(ev.Type + word)
	g.about(ev)
	switch ev.Kind {
	case app.EvContainerStarted:
		g.number("created_at", ev.At.Unix())
		g.bare("extras", "{}")
		g.value("metadata", ev.Meta)
		g.shown("inputs", ev.Inputs)
	case app.EvContainerRound:
		g.number("index", int64(ev.Round))
		g.number("created_at", ev.At.Unix())
		g.bare("extras", "{}")
		if ev.Type == "loop" {
			v, _ := shown(ev.Outputs)
			g.value("pre_loop_output", v)
		}
	default:
		g.shown("outputs", ev.Outputs)
		g.number("created_at", start.at.Unix())
		g.bare("extras", "{}")
		g.shown("inputs", ev.Inputs)
		g.text("status", StatusOf(ev.Status))
		g.failure(ev)
		g.seconds("elapsed_time", ev.Elapsed)
		g.number("total_tokens", int64(tokens(ev.Usage)))
		g.value("execution_metadata", execution(ev))
		g.number("finished_at", ev.At.Unix())
		g.number("steps", int64(ev.Steps))
	}
	g.done()
}

func tokens(u *app.Usage) int {
	if u == nil {
		return 0
	}
	return u.TotalTokens
}

// reasoning tells a piece of a model's thinking.
func (g *graph) reasoning(ev *app.Event) {
	if g.thinking != ev.Exec {
		g.thought(g.thinking)
		g.thinking, g.thinker = ev.Exec, ev.Node
	}
	g.think(ev.Delta, false)
}

// thought tells that an execution has thought enough, if it did.
func (g *graph) thought(exec app.ID) {
	if g.thinking != "" && g.thinking == exec {
		g.think("", true)
		g.thinking = ""
	}
}

func (g *graph) think(text string, final bool) {
	g.aside("reasoning_chunk")
	if g.Message != "" {
		g.text("message_id", string(g.Message))
	}
	g.text("reasoning", text)
	g.text("node_id", g.thinker)
	g.flag("is_final", final)
	g.done()
}

// round tells that an agent node thinks; what came of it follows when the node is done, under the same id.
func (g *graph) round(ev *app.Event) {
	t := ev.Thought
	if g.Simple {
		return
	}
	g.aside("agent_log")
	g.text("node_execution_id", string(ev.Exec))
	g.text("id", string(t.ID))
	g.text("label", fmt.Sprintf("ROUND %d", t.Position))
	g.bare("parent_id", "null")
	g.bare("error", "null")
	g.text("status", "start")
	g.value("data", value.NewObject("thought", t.Thought, "answer", t.Answer, "observation", t.Observation))
	g.bare("metadata", "{}")
	g.text("node_id", ev.Node)
	g.done()
}

// agentLog tells what an agent node did, step by step.
func (g *graph) agentLog(ev *app.Event) {
	log, _ := value.List(ev.Meta["agent_log"])
	for _, e := range log {
		o, ok := value.Fields(e)
		if !ok || g.Simple {
			continue
		}
		g.aside("agent_log")
		g.text("node_execution_id", string(ev.Exec))
		for _, k := range []string{"id", "label", "parent_id", "error", "status", "data", "metadata"} {
			v, _ := o.Get(k)
			g.value(k, v)
		}
		g.text("node_id", ev.Node)
		g.done()
	}
}

func (g *graph) formRequired(f *app.Form) {
	g.begin("human_input_required")
	g.form(f)
	g.done()
}

// form writes a form with who may answer it and until when.
func (g *graph) form(f *app.Form) {
	g.text("form_id", string(f.ID))
	g.text("node_id", f.Node)
	g.text("node_title", f.Title)
	g.text("form_content", f.Content)
	g.json("inputs", NewFormInputs(f))
	g.json("actions", FormActions(f))
	g.flag("display_in_ui", true)
	g.text("form_token", f.Token)
	g.json("resolved_default_values", FormDefaults(f))
	g.number("expiration_time", f.ExpiresAt.Unix())
}

func (g *graph) formFilled(ev *app.Event) {
	f := ev.Form
	said := func(name string) string { s, _ := ev.Outputs[name].(string); return s }
	g.begin("human_input_form_filled")
	g.text("node_id", f.Node)
	g.text("node_title", f.Title)
	g.text("rendered_content", said("__rendered_content"))
	g.text("action_id", f.Action)
	g.text("action_text", said("__action_value"))
	g.value("submitted_data", f.Values)
	g.done()
}

func (g *graph) paused(ev *app.Event) {
	g.begin("workflow_paused")
	g.text("workflow_run_id", string(g.Run))
	g.waits(ev)
	g.bare("outputs", "{}")
	g.text("status", string(app.Paused))
	g.number("created_at", g.Created.Unix())
	g.spent(ev)
	g.done()
}

// waits writes for whom a run waits.
func (g *graph) waits(ev *app.Event) {
	nodes := []string{}
	for _, f := range ev.Forms {
		nodes = append(nodes, f.Node)
	}
	g.texts("paused_nodes", nodes)
	g.key("reasons")
	g.buf = append(g.buf, '[')
	for i, f := range ev.Forms {
		if i > 0 {
			g.buf = append(g.buf, ',')
		}
		g.buf = append(g.buf, '{')
		g.text("TYPE", "human_input_required")
		g.form(f)
		g.buf = append(g.buf, '}')
	}
	g.buf = append(g.buf, ']')
}

func (g *graph) spent(ev *app.Event) {
	g.seconds("elapsed_time", ev.Elapsed)
	g.number("total_tokens", int64(tokens(ev.Usage)))
	g.number("total_steps", int64(ev.Steps))
}

// outcome writes how a run ended.
func (g *graph) outcome(ev *app.Event) {
	g.text("id", string(g.Run))
	g.text("workflow_id", string(g.Workflow))
	g.text("status", StatusOf(ev.Status))
	outputs := ev.Outputs
	if outputs == nil {
		outputs = map[string]any{}
	}
	g.value("outputs", outputs)
	if why := Reason(ev.Status, ev.Error); why.En == "" {
		g.bare("error", "null")
	} else {
		g.text("error", why.In(g.Lang))
	}
	g.spent(ev)
}

func (g *graph) ended(ev *app.Event) {
	g.begin("workflow_finished")
	g.outcome(ev)
	g.key("created_by")
	g.buf = append(g.buf, '{')
	g.text("id", string(g.EndUser))
	g.text("user", g.User)
	g.buf = append(g.buf, '}')
	g.number("created_at", g.Created.Unix())
	g.number("finished_at", ev.At.Unix())
	g.number("exceptions_count", int64(ev.Exceptions))
	g.value("files", filesIn(ev.Outputs))
	g.done()
}

var (
	stoppedByUser = app.Text{En: "Stopped by user.", Zh: "已被用户停止。"}
	interrupted   = app.Text{En: "the server ended before the run was complete", Zh: "运行完成前服务器已退出"}
)

// Reason is why a run with that status did not come to its end by itself; empty where it did.
func Reason(s app.Status, f *app.Failure) app.Text {
	switch {
	case s.Good() || !s.Final():
		return app.Text{}
	case f != nil:
		return f.Text
	case s == app.Stopped:
		return stoppedByUser
	case s == app.Interrupted:
		return interrupted
	}
	return Failed(nil).Text
}
