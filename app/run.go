package app

import "time"

// Run is one execution of one graph. It lives on when the request that started it goes away.
type Run struct {
	ID         ID         `json:"id"`
	App        ID         `json:"app_id"`
	Version    ID         `json:"version_id,omitempty"` // empty for a draft
	Message    ID         `json:"message_id,omitempty"`
	EndUser    ID         `json:"end_user_id,omitempty"`
	Source     Source     `json:"source"`
	Status     Status     `json:"status"`
	Error      *Failure   `json:"error,omitempty"`
	Usage      Usage      `json:"usage"`
	Steps      int        `json:"steps"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// EventKind names what happened in a run.
type EventKind string

// The events, in the order in which a plain run emits them.
const (
	EvRunStarted   EventKind = "run_started"
	EvNodeStarted  EventKind = "node_started"
	EvDelta        EventKind = "delta"     // Delta is a piece of the answer, in template order
	EvReasoning    EventKind = "reasoning" // Delta is a piece of the model's thinking
	EvNodeRetry    EventKind = "node_retry"
	EvNodeFinished EventKind = "node_finished"
	EvRunFinished  EventKind = "run_finished" // always last
)

// Event is one line of a run's log. Seq starts at 1 and has no gaps.
type Event struct {
	Seq      uint64         `json:"seq"`
	At       time.Time      `json:"at"`
	Kind     EventKind      `json:"kind"`
	Node     string         `json:"node,omitempty"` // the node's id in the graph
	Type     string         `json:"type,omitempty"`
	Title    string         `json:"title,omitempty"`
	Exec     ID             `json:"exec,omitempty"`     // this execution of the node
	Selector []string       `json:"selector,omitempty"` // of a delta: where it came from
	Delta    string         `json:"delta,omitempty"`
	Status   Status         `json:"status,omitempty"`
	Error    *Failure       `json:"error,omitempty"`
	Inputs   map[string]any `json:"inputs,omitempty"`
	Process  map[string]any `json:"process,omitempty"` // prompts, finish reason, model: for the prompt log
	Outputs  map[string]any `json:"outputs,omitempty"`
	Usage    *Usage         `json:"usage,omitempty"`
	Elapsed  float64        `json:"elapsed,omitempty"` // seconds
	Steps    int            `json:"steps,omitempty"`

	More bool `json:"-"` // the next event is there already: who writes to a network may wait for it
}

// NodeRun is the trace of one node in one run, kept in trace.db.
type NodeRun struct {
	ID        ID             `json:"id"`
	Run       ID             `json:"run_id"`
	App       ID             `json:"app_id"`
	Node      string         `json:"node_id"`
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Index     int            `json:"index"`
	Status    Status         `json:"status"`
	Error     *Failure       `json:"error,omitempty"`
	Inputs    map[string]any `json:"inputs"`
	Process   map[string]any `json:"process"`
	Outputs   map[string]any `json:"outputs"`
	Usage     *Usage         `json:"usage,omitempty"`
	Elapsed   float64        `json:"elapsed"`
	StartedAt time.Time      `json:"started_at"`
}
