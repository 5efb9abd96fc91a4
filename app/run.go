package app

import "time"

// Run is one execution of one graph. It lives on when the request that started it goes away.
type Run struct {
	ID         ID             `json:"id"`
	App        ID             `json:"app_id"`
	Version    ID             `json:"version_id,omitempty"` // empty for a draft
	Message    ID             `json:"message_id,omitempty"`
	EndUser    ID             `json:"end_user_id,omitempty"`
	Source     Source         `json:"source"`
	Status     Status         `json:"status"`
	Error      *Failure       `json:"error,omitempty"`
	Usage      Usage          `json:"usage"`
	Steps      int            `json:"steps"`
	Exceptions int            `json:"exceptions"`
	Inputs     map[string]any `json:"inputs"`                 // of the start node; nil for a chat app's run, whose message has them
	Outputs    map[string]any `json:"outputs"`                // nil likewise
	From       string         `json:"from_node_id,omitempty"` // a try of a draft that went on from this node
	Only       string         `json:"only_node_id,omitempty"` // a try of this node alone
	StartedAt  time.Time      `json:"started_at"`
	FinishedAt *time.Time     `json:"finished_at"`
}

// EventKind names what happened in a run.
type EventKind string

// The events, in the order in which a plain run emits them.
const (
	EvRunStarted        EventKind = "run_started" // first; again, with the reason resumption, when a run goes on after a pause or a crash
	EvNodeStarted       EventKind = "node_started"
	EvContainerStarted  EventKind = "container_started"  // an iteration or loop begins: Type tells which
	EvContainerRound    EventKind = "container_round"    // it begins item or round Round
	EvContainerFinished EventKind = "container_finished" // it is over
	EvDelta             EventKind = "delta"              // Delta is a piece of the answer, in template order
	EvReplace           EventKind = "replace"            // Delta is the whole answer from now on, in place of what was said
	EvReasoning         EventKind = "reasoning"          // Delta is a piece of the model's thinking
	EvThought           EventKind = "thought"            // Thought is what an agent did in one step, so far
	EvFile              EventKind = "file"               // Files are what a tool made
	EvResources         EventKind = "resources"          // Resources are what an answer rests on
	EvVariable          EventKind = "variable"           // a node wrote the variable Selector of another one: Outputs["value"]
	EvNodeRetry         EventKind = "node_retry"         // an attempt failed and another will follow
	EvNodeFinished      EventKind = "node_finished"
	EvFormRequired      EventKind = "form_required" // a person has to fill in Form
	EvFormFilled        EventKind = "form_filled"
	EvFormExpired       EventKind = "form_expired"
	EvRunPaused         EventKind = "run_paused"   // last for now: the run waits for its Forms
	EvRunFinished       EventKind = "run_finished" // always last
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
	Within   *Within        `json:"within,omitempty"`   // the container that the node is in
	Selector []string       `json:"selector,omitempty"` // of a delta: where it came from; of a variable: which
	Delta    string         `json:"delta,omitempty"`
	Final    bool           `json:"final,omitempty"` // of a delta: the last of what one place in the template says
	Status   Status         `json:"status,omitempty"`
	Error    *Failure       `json:"error,omitempty"`
	Inputs   map[string]any `json:"inputs,omitempty"`
	Process  map[string]any `json:"process,omitempty"` // prompts, finish reason, model: for the prompt log
	Outputs  map[string]any `json:"outputs,omitempty"`
	Meta     map[string]any `json:"meta,omitempty"` // how it ran: total_tokens, error_strategy, durations of rounds
	Usage    *Usage         `json:"usage,omitempty"`
	Elapsed  float64        `json:"elapsed,omitempty"` // seconds
	Steps    int            `json:"steps,omitempty"`

	Reason     string       `json:"reason,omitempty"`     // of run_started: initial or resumption
	Retry      int          `json:"retry,omitempty"`      // of node_retry: 1 is the first repetition
	Exceptions int          `json:"exceptions,omitempty"` // of run_finished: attempts that failed, handled or not
	Round      int          `json:"round,omitempty"`      // of container_round: the item's index, or the number of the round
	Length     int          `json:"length,omitempty"`     // of container_started: how many items, or the most rounds
	Thought    *Thought     `json:"thought,omitempty"`
	Files      []Attachment `json:"files,omitempty"`
	Resources  []Resource   `json:"resources,omitempty"`
	Form       *Form        `json:"form,omitempty"`
	Forms      []*Form      `json:"forms,omitempty"` // of run_paused

	More bool `json:"-"` // the next event is there already: who writes to a network may wait for it
}

// Within places an event inside the innermost iteration or loop around its node.
type Within struct {
	Type  string `json:"type"` // iteration or loop
	Node  string `json:"node"` // its id
	Round int    `json:"round"`
}

// Thought is one step of an agent: what it thought, which tools it called with what, and what they said. It is sent again,
// with the same id, as it fills.
type Thought struct {
	ID          ID           `json:"id"`
	Position    int          `json:"position"` // 1, 2, 3 …
	Thought     string       `json:"thought"`
	Calls       []Call       `json:"calls"`
	Observation string       `json:"observation"` // of all calls; JSON by name where there are several
	Answer      string       `json:"answer"`
	Files       []Attachment `json:"files,omitempty"`
	Usage       Usage        `json:"usage"`
}

// Call is one call of a tool by an agent.
type Call struct {
	Tool        string         `json:"tool"`
	Label       Text           `json:"label"`
	Input       map[string]any `json:"input"`
	Observation string         `json:"observation"`
	Error       *Failure       `json:"error,omitempty"`
	Elapsed     float64        `json:"elapsed"`
}

// Resource is one passage that an answer rests on. Score is nil where the search gives none.
type Resource struct {
	Position        int            `json:"position"` // 1, 2, 3 … in the answer
	Dataset         ID             `json:"dataset_id"`
	DatasetName     string         `json:"dataset_name"`
	Document        ID             `json:"document_id"`
	DocumentName    string         `json:"document_name"`
	Source          string         `json:"data_source_type"`
	Segment         ID             `json:"segment_id"` // a chunk, in Dify's word
	From            string         `json:"retriever_from"`
	Score           *float64       `json:"score"`
	Content         string         `json:"content"`
	HitCount        int            `json:"hit_count"`
	WordCount       int            `json:"word_count"`
	SegmentPosition int            `json:"segment_position"`
	IndexNodeHash   string         `json:"index_node_hash"`
	Page            int            `json:"page,omitempty"`
	Metadata        map[string]any `json:"doc_metadata,omitempty"`
	Title           string         `json:"title,omitempty"`
	Summary         string         `json:"summary,omitempty"`
	Children        []ChildHit     `json:"-"` // by which it was found, for the output of a node
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
	Meta      map[string]any `json:"meta,omitempty"`
	Within    *Within        `json:"within,omitempty"`
	Retry     int            `json:"retry,omitempty"` // a failed attempt that another followed: which
	Elapsed   float64        `json:"elapsed"`
	StartedAt time.Time      `json:"started_at"`
}
