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
	"islet/app/workflow"
)

var update = flag.Bool("update", false, "rewrite the events of testdata/*.txtar")

// TestScripts runs every graph of testdata and compares the events. A script is a txtar archive:
//
//	-- graph --   one node a line, "id: type {data}", and edges, "a -> b -> c" or "a -handle-> b"
//	-- inputs --  JSON: of the start node, and by "sys.name" the system variables (optional)
//	-- model --   one llm a line: id => "piece" 5ms "piece" … and at the end perhaps fail, panic or hang (optional)
//	-- stop --    when the run is cancelled, as 7ms, or after which event the consumer leaves, as event 3 (optional)
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
	g, err := workflow.Parse(graphJSON(t, s.get("graph")), types(s.get("model")))
	if err != nil {
		for _, p := range workflow.Problems(err) {
			fmt.Fprintf(&b, "problem %s %s: %s\n", p.Code, p.Node, p.Text.En)
		}
		return b.String()
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	leave := 0
	if stop := strings.TrimSpace(s.get("stop")); strings.HasPrefix(stop, "event ") {
		leave, _ = strconv.Atoi(stop[6:])
	} else if stop != "" {
		d, err := time.ParseDuration(stop)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(d, func() { cancel(errors.New("stopped by the script")) })
	}
	for ev, cause := range g.Run(ctx, s.input(t)) {
		b.WriteString(describe(&ev, cause))
		if leave--; leave == 0 {
			break
		}
	}
	synctest.Wait() // a node goroutine that is still there would be found by the bubble's end
	return b.String()
}

func (s *script) input(t *testing.T) workflow.Input {
	in := workflow.Input{Inputs: map[string]any{}, Vars: map[string]map[string]any{"sys": {}}, NewID: counter()}
	if raw := s.get("inputs"); raw != "" {
		var all map[string]any
		if err := json.Unmarshal([]byte(raw), &all); err != nil {
			t.Fatal(err)
		}
		for k, v := range all {
			if name, ok := strings.CutPrefix(k, "sys."); ok {
				in.Vars["sys"][name] = v
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
func describe(ev *app.Event, cause error) string {
	parts := []string{strings.ReplaceAll(string(ev.Kind), "_", " ")}
	if ev.Node != "" {
		parts = append(parts, ev.Node)
	}
	switch ev.Kind {
	case app.EvDelta:
		parts = append(parts, strconv.Quote(ev.Delta), "from "+strings.Join(ev.Selector, "."))
	case app.EvReasoning:
		parts = append(parts, strconv.Quote(ev.Delta))
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
	if ev.Kind == app.EvRunFinished {
		parts = append(parts, fmt.Sprintf("steps=%d tokens=%d", ev.Steps, ev.Usage.TotalTokens))
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
		v, _ := json.Marshal(m[k])
		fmt.Fprintf(&b, "%s=%s", k, v)
	}
	return "{" + b.String() + "}"
}

func firstLine(s string) string { return strings.SplitN(s, "\n", 2)[0] }

// graphJSON turns the readable form into Dify's.
func graphJSON(t *testing.T, text string) []byte {
	t.Helper()
	type object = map[string]any
	var nodes, edges []any
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
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
			nodes = append(nodes, object{"id": id, "type": "custom", "data": data})
			continue
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
