package run

import (
	"slices"
	"time"

	"islet/app"
)

// Where the time of a run goes: the names of app.Spent, in the order in which they are told.
var ledgerOrder = []string{"queue", "dns", "connect", "tls", "wait", "tokens", "tools", "person", "overhead"}

// outside are the kinds of node whose time is that of something outside the engine: tools, searches, programs.
var outside = map[string]bool{"tool": true, "http-request": true, "knowledge-retrieval": true, "document-extractor": true, "code": true, "agent": true,
	"template-transform": true, "datasource": true}

// containers are the kinds of node whose time is that of the nodes inside.
var containers = map[string]bool{"iteration": true, "loop": true}

// Ledger says where the time of a run that is over went: each instant is counted once, so the parts add up to the time from its
// start to its end. What nodes do side by side is shared among them. Nil: the run goes on, or its traces are gone.
func Ledger(r *app.Run, nodes []app.NodeRun) []app.Spent {
	if r == nil || r.FinishedAt == nil || len(nodes) == 0 {
		return nil
	}
	stays := stays(r, nodes)
	sum := map[string]time.Duration{}
	at := r.StartedAt
	for _, edge := range edges(stays, *r.FinishedAt) {
		span := edge.Sub(at)
		if span <= 0 {
			continue
		}
		var busy []*stay
		for i := range stays {
			if !stays[i].from.After(at) && stays[i].to.After(at) {
				busy = append(busy, &stays[i])
			}
		}
		left := span
		for _, s := range busy {
			s.share += span / time.Duration(len(busy))
			left -= span / time.Duration(len(busy))
		}
		if len(busy) == 0 {
			sum[gap(stays, edge)] += left
		} else {
			busy[0].share += left // what does not divide
		}
		at = edge
	}
	for i := range stays {
		stays[i].book(sum)
	}
	out := []app.Spent{}
	for _, what := range ledgerOrder {
		if d := sum[what]; d > 0 {
			out = append(out, app.Spent{What: what, Seconds: d.Seconds()})
		}
	}
	return out
}

// stay is the time in which a node worked, within that of the run.
type stay struct {
	from, to time.Time
	node     *app.NodeRun
	share    time.Duration
}

func stays(r *app.Run, nodes []app.NodeRun) []stay {
	var out []stay
	for i := range nodes {
		n := &nodes[i]
		if containers[n.Type] {
			continue
		}
		s := stay{from: n.StartedAt, to: n.StartedAt.Add(time.Duration(n.Elapsed * float64(time.Second))), node: n}
		if s.from.Before(r.StartedAt) {
			s.from = r.StartedAt
		}
		if s.to.After(*r.FinishedAt) {
			s.to = *r.FinishedAt
		}
		if s.to.Before(s.from) {
			s.to = s.from
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b stay) int { return a.from.Compare(b.from) })
	return out
}

// edges are the moments at which a node begins or ends, and the end.
func edges(stays []stay, end time.Time) []time.Time {
	out := []time.Time{end}
	for _, s := range stays {
		out = append(out, s.from, s.to)
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// gap names the time between nodes: before the first the run waited to begin, before an answer of a person for that.
func gap(stays []stay, to time.Time) string {
	if len(stays) == 0 || !stays[0].from.Before(to) {
		return "queue"
	}
	next, found := slices.BinarySearchFunc(stays, to, func(s stay, t time.Time) int { return s.from.Compare(t) })
	for ; found && next < len(stays) && stays[next].from.Equal(to); next++ {
		if stays[next].node.Type == "human-input" {
			return "person"
		}
	}
	return "overhead"
}

// book divides a node's share as its own time was divided.
func (s *stay) book(sum map[string]time.Duration) {
	if s.share <= 0 {
		return
	}
	rest := "overhead"
	if outside[s.node.Type] {
		rest = "tools"
	}
	left := s.share
	if u := s.node.Usage; u != nil && u.Parts != nil && u.Parts.Sum() > 0 {
		p := u.Parts
		whole := max(s.node.Elapsed, p.Sum())
		for _, c := range []struct {
			what string
			part float64
		}{{"queue", p.Queue}, {"dns", p.DNS}, {"connect", p.Connect}, {"tls", p.TLS}, {"wait", p.Wait}, {"tokens", p.Tokens}} {
			d := min(time.Duration(float64(s.share)*c.part/whole), left)
			sum[c.what] += d
			left -= d
		}
	}
	sum[rest] += left
}

// modelUses are the models that a run asked, from its log. What is inside a container is counted where it was done.
func modelUses(l *live) []app.ModelUse {
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	var out []app.ModelUse
	for i := range log {
		ev := log[i].head
		if ev.Kind != app.EvNodeFinished || ev.Usage == nil || containers[ev.Type] {
			continue
		}
		name, _ := ev.Process["model_name"].(string)
		if name == "" {
			continue
		}
		at := slices.IndexFunc(out, func(u app.ModelUse) bool { return u.Model == name })
		if at < 0 {
			at = len(out)
			out = append(out, app.ModelUse{Model: name})
		}
		u := &out[at]
		u.Calls++
		u.PromptTokens += ev.Usage.PromptTokens
		u.CompletionTokens += ev.Usage.CompletionTokens
	}
	return out
}
