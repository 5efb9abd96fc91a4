package run_test

import (
	"math"
	"testing"
	"time"

	"islet/app"
	"islet/app/run"
)

var ledgerStart = time.UnixMilli(1_000_000)

func ranFor(ms int) *app.Run {
	end := ledgerStart.Add(time.Duration(ms) * time.Millisecond)
	return &app.Run{StartedAt: ledgerStart, FinishedAt: &end}
}

func worked(kind string, from, to int, parts *app.Parts) app.NodeRun {
	n := app.NodeRun{Type: kind, StartedAt: ledgerStart.Add(time.Duration(from) * time.Millisecond), Elapsed: float64(to-from) / 1000}
	if parts != nil {
		n.Usage = &app.Usage{Latency: parts.Sum(), Parts: parts}
	}
	return n
}

func TestLedger_countsEachInstantOnce(t *testing.T) {
	asked := &app.Parts{Queue: .005, DNS: .01, Connect: .02, TLS: .015, Wait: .2, Tokens: .25}
	for name, c := range map[string]struct {
		took  int
		nodes []app.NodeRun
		want  map[string]float64
	}{
		"one after the other": {1000, []app.NodeRun{worked("start", 10, 11, nil), worked("knowledge-retrieval", 20, 120, nil), worked("llm", 130, 650, asked), worked("http-request", 660, 960, nil)},
			map[string]float64{"queue": .010 + .005, "dns": .01, "connect": .02, "tls": .015, "wait": .2, "tokens": .25, "tools": .4, "overhead": .001 + .009 + .01 + .02 + .01 + .04}},
		"side by side": {400, []app.NodeRun{worked("code", 0, 400, nil), worked("if-else", 0, 200, nil)}, map[string]float64{"tools": .3, "overhead": .1}},
		"a loop is what is in it": {300, []app.NodeRun{worked("loop", 0, 300, nil), worked("code", 0, 100, nil), worked("code", 150, 300, nil)},
			map[string]float64{"tools": .25, "overhead": .05}},
		"a person was waited for": {5000, []app.NodeRun{worked("start", 0, 100, nil), worked("human-input", 4900, 4950, nil)}, map[string]float64{"person": 4.8, "overhead": .2}},
		"a node outlasts its run": {100, []app.NodeRun{worked("code", 50, 500, nil)}, map[string]float64{"queue": .05, "tools": .05}},
		"an agent":                {1000, []app.NodeRun{worked("agent", 0, 1000, &app.Parts{Wait: .3, Tokens: .3})}, map[string]float64{"wait": .3, "tokens": .3, "tools": .4}},
	} {
		sum, got := 0.0, map[string]float64{}
		for _, s := range run.Ledger(ranFor(c.took), c.nodes) {
			got[s.What] = s.Seconds
			sum += s.Seconds
		}
		if math.Abs(sum-float64(c.took)/1000) > 1e-6 {
			t.Errorf("%s: the parts are %v s of %d ms", name, sum, c.took)
		}
		for what := range got {
			if _, ok := c.want[what]; !ok {
				t.Errorf("%s: %s is %v, want none", name, what, got[what])
			}
		}
		for what, want := range c.want {
			if math.Abs(got[what]-want) > 1e-6 {
				t.Errorf("%s: %s is %v, want %v", name, what, got[what], want)
			}
		}
	}
	if run.Ledger(&app.Run{StartedAt: ledgerStart}, nil) != nil {
		t.Error("a run that goes on has a ledger")
	}
}
