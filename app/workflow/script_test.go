package workflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

var update = flag.Bool("update", false, "rewrite the events of testdata/*.txtar")

// TestScripts runs every graph of testdata and compares the events. A script is a txtar archive, named for what it claims:
//
//	-- graph --   one node a line, "id: type {data}", and edges, "a -> b -> c" or "a -handle-> b". What is inside a container
//	              is indented below it; there "-> a" is an edge from where it starts
//	-- inputs --  JSON: of the start node, and by "sys.name" and "conversation.name" the other variables (optional)
//	-- model --   one llm a line: id => "piece" 5ms ?thought "piece" … and at the end perhaps fail, panic, hang or deaf; behind a |
//	              comes what it does when it is tried again (optional)
//	-- limits --  steps 3 or time 5s (optional)
//	-- stop --    when the run is cancelled, as 7ms, or after which event the consumer leaves, as event 3 (optional)
//	-- lives --   what happens when the run is over, one life a line: "answer form=handle …" resumes it with the form filled
//	              in, "crash 3" as if the server had ended after the third entry of the journal, "stop" ends it at once (optional)
//	-- show --    what else to write of each event: time, exec, meta, usage (optional)
//	-- events --  what -update writes
//
// Time is fake: a piece takes a millisecond unless the script says otherwise, and every other node takes none.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := readScript(t, raw)
			var got string
			synctest.Test(t, func(t *testing.T) { got = s.run(t) })
			if *update {
				s.set("events", got)
				if err := os.WriteFile(file, s.bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := s.get("events"); got != want {
				t.Errorf("events:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// script is a txtar archive.
type script struct {
	comment  string
	sections []section
}

type section struct{ name, text string }

func readScript(t *testing.T, raw []byte) *script {
	t.Helper()
	s := &script{}
	to := &s.comment
	for line := range strings.Lines(string(raw)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			s.sections = append(s.sections, section{name: strings.TrimSuffix(name, " --")})
			to = &s.sections[len(s.sections)-1].text
			continue
		}
		*to += line
	}
	return s
}

func (s *script) get(name string) string {
	for i := range s.sections {
		if s.sections[i].name == name {
			return s.sections[i].text
		}
	}
	return ""
}

func (s *script) set(name, text string) {
	for i := range s.sections {
		if s.sections[i].name == name {
			s.sections[i].text = text
			return
		}
	}
	s.sections = append(s.sections, section{name, text})
}

func (s *script) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(s.comment)
	for _, x := range s.sections {
		fmt.Fprintf(&b, "-- %s --\n%s", x.name, x.text)
	}
	return b.Bytes()
}

// run runs the script's graph and writes its events down.
func (s *script) run(t *testing.T) string {
	var b strings.Builder
	world := &world{models: s.get("model"), answers: map[string]string{}}
	g, err := workflow.Parse(graphJSON(t, s.get("graph")), world.types())
	if err != nil {
		for _, p := range workflow.Problems(err) {
			fmt.Fprintf(&b, "problem %s %s: %s\n", p.Code, p.Node, p.Text.En)
		}
		return b.String()
	}
	ids := counter()
	in := s.input(t)
	in.NewID = ids
	var journal []workflow.Entry
	if s.get("lives") != "" {
		in.Record = func(e workflow.Entry) { journal = append(journal, e) }
		in.Sync = func(context.Context) error { return nil }
	}
	s.live(t, g, in, s.get("stop"), &b)
	for life := range strings.Lines(s.get("lives")) {
		fmt.Fprintf(&b, "--- %s", life)
		words := strings.Fields(life)
		stop := ""
		switch words[0] {
		case "answer":
			for _, w := range words[1:] {
				form, handle, _ := strings.Cut(w, "=")
				world.answers[form] = handle
			}
		case "crash":
			n, _ := strconv.Atoi(words[1])
			journal = journal[:min(n, len(journal))]
		case "stop":
			stop = "0s"
		}
		next := s.input(t)
		next.NewID, next.Record, next.Sync = ids, in.Record, in.Sync
		next.Replay, next.Resumed = viaJSON(t, journal), true
		s.live(t, g, next, stop, &b)
	}
	return b.String()
}

// live runs the graph once, from the beginning or on from where an earlier life of the run ended.
func (s *script) live(t *testing.T, g *workflow.Graph, in workflow.Input, stop string, b *strings.Builder) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	leave := 0
	if stop = strings.TrimSpace(stop); strings.HasPrefix(stop, "event ") {
		leave, _ = strconv.Atoi(stop[6:])
	} else if stop != "" && stop != "0s" {
		d, err := time.ParseDuration(stop)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(d, func() { cancel(errors.New("stopped by the script")) })
	}
	show := strings.Fields(s.get("show"))
	began := time.Now()
	for ev, cause := range g.Run(ctx, in) {
		if slices.Contains(show, "time") {
			fmt.Fprintf(b, "%v ", time.Since(began))
		}
		b.WriteString(describe(&ev, cause, show...))
		if leave--; leave == 0 {
			break
		}
		if stop == "0s" && ev.Kind == app.EvRunStarted && ev.Reason == workflow.Resumption {
			cancel(errors.New("stopped by the script"))
		}
	}
	synctest.Wait() // a node goroutine that is still there would be found by the bubble's end
}

// viaJSON are the entries as they come back from a store.
func viaJSON(t testing.TB, entries []workflow.Entry) []workflow.Entry {
	t.Helper()
	out := make([]workflow.Entry, len(entries))
	for i := range entries {
		raw, err := json.Marshal(entries[i])
		if err == nil {
			err = json.Unmarshal(raw, &out[i])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func (s *script) input(t *testing.T) workflow.Input {
	in := workflow.Input{Inputs: map[string]any{}, Vars: map[string]map[string]any{"sys": {}, "conversation": {}}}
	words := strings.Fields(s.get("limits"))
	for i := 0; i+1 < len(words); i += 2 {
		var err error
		switch words[i] {
		case "steps":
			in.Limits.Steps, err = strconv.Atoi(words[i+1])
		case "time":
			in.Limits.Time, err = time.ParseDuration(words[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if raw := s.get("inputs"); raw != "" {
		all, err := value.DecodeMap([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range all {
			if of, name, ok := strings.Cut(k, "."); ok {
				in.Vars[of][name] = v
			} else {
				in.Inputs[k] = v
			}
		}
	}
	return in
}

func counter() func() app.ID {
	n := 0
	return func() app.ID { n++; return app.ID(fmt.Sprint("e", n)) }
}

// describe writes one event as one line.
func describe(ev *app.Event, cause error, show ...string) string {
	parts := []string{strings.ReplaceAll(string(ev.Kind), "_", " ")}
	if ev.Node != "" {
		node := ev.Node
		if w := ev.Within; w != nil {
			node = fmt.Sprintf("%s:%d/%s", w.Node, w.Round, node)
		}
		parts = append(parts, node)
	}
	if ev.Exec != "" && slices.Contains(show, "exec") {
		parts = append(parts, string(ev.Exec))
	}
	switch ev.Kind {
	case app.EvRunStarted:
		if ev.Reason != workflow.Initial {
			parts = append(parts, ev.Reason)
		}
	case app.EvDelta:
		parts = append(parts, strconv.Quote(ev.Delta), "from "+strings.Join(ev.Selector, "."))
	case app.EvReasoning:
		parts = append(parts, strconv.Quote(ev.Delta))
	case app.EvContainerStarted:
		parts = append(parts, fmt.Sprintf("length=%d", ev.Length))
	case app.EvContainerRound:
		parts = append(parts, strconv.Itoa(ev.Round))
	case app.EvNodeRetry:
		parts = append(parts, fmt.Sprintf("again=%d", ev.Retry))
	case app.EvVariable:
		parts = append(parts, strings.Join(ev.Selector, "."))
	case app.EvRunPaused:
		for _, f := range ev.Forms {
			parts = append(parts, f.Path)
		}
	}
	if ev.Status != "" {
		parts = append(parts, string(ev.Status))
	}
	if ev.Error != nil {
		parts = append(parts, ev.Error.Code)
	}
	if ev.Outputs != nil {
		parts = append(parts, compact(ev.Outputs))
	}
	if ev.Meta != nil && slices.Contains(show, "meta") {
		parts = append(parts, "meta"+compact(ev.Meta))
	}
	if ev.Usage != nil && slices.Contains(show, "usage") && ev.Kind != app.EvRunFinished {
		parts = append(parts, fmt.Sprintf("tokens=%d", ev.Usage.TotalTokens))
	}
	if ev.Kind == app.EvContainerFinished && ev.Status == app.Succeeded {
		parts = append(parts, fmt.Sprintf("steps=%d", ev.Steps))
	}
	if ev.Kind == app.EvRunFinished || ev.Kind == app.EvRunPaused {
		parts = append(parts, fmt.Sprintf("steps=%d tokens=%d", ev.Steps, ev.Usage.TotalTokens))
		if ev.Exceptions > 0 {
			parts = append(parts, fmt.Sprintf("exceptions=%d", ev.Exceptions))
		}
	}
	if cause != nil {
		parts = append(parts, "cause: "+firstLine(cause.Error()))
	}
	return strings.Join(parts, " ") + "\n"
}

func compact(m map[string]any) string {
	var b strings.Builder
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b.WriteString(" ")
		}
		v, _ := value.Encode(m[k])
		fmt.Fprintf(&b, "%s=%s", k, v)
	}
	return "{" + b.String() + "}"
}

func firstLine(s string) string { return strings.SplitN(s, "\n", 2)[0] }

// graphJSON turns the readable form into Dify's.
func graphJSON(t testing.TB, text string) []byte {
	t.Helper()
	type object = map[string]any
	var nodes, edges []any
	var around []string // the containers of the line, by depth
	for line := range strings.Lines(text) {
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		parent := ""
		if depth > 0 {
			parent = around[depth-1]
		}
		if id, rest, ok := strings.Cut(line, ": "); ok && !strings.Contains(id, ">") {
			typ, raw, _ := strings.Cut(rest, " ")
			data := object{}
			if raw != "" {
				if err := json.Unmarshal([]byte(raw), &data); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
			}
			data["type"] = typ
			if data["title"] == nil {
				data["title"] = id
			}
			around = append(around[:depth], id)
			if typ == "iteration" || typ == "loop" {
				data["start_node_id"] = id + "_start"
				nodes = append(nodes, object{"id": id + "_start", "parentId": id, "data": object{"type": typ + "-start"}})
			}
			node := object{"id": id, "type": "custom", "data": data}
			if parent != "" {
				node["parentId"] = parent
			}
			nodes = append(nodes, node)
			continue
		}
		if strings.HasPrefix(line, "-") {
			line = parent + "_start " + line
		}
		words := strings.Fields(line)
		for i := 0; i+2 < len(words); i += 2 {
			handle := strings.TrimSuffix(strings.TrimPrefix(words[i+1], "-"), "->")
			if handle == ">" || handle == "" {
				handle = "source"
			}
			edges = append(edges, object{"source": words[i], "target": words[i+2], "sourceHandle": handle})
		}
	}
	raw, err := json.Marshal(object{"nodes": nodes, "edges": edges})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
