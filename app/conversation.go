package app

import "time"

// Conversation is a chain of messages between one end user and one app.
type Conversation struct {
	ID        ID             `json:"id"`
	App       ID             `json:"app_id"`
	EndUser   ID             `json:"end_user_id"`
	Source    Source         `json:"source"`
	Name      string         `json:"name"`
	Inputs    map[string]any `json:"inputs"`
	Opening   string         `json:"opening"` // the opening statement as it was shown
	Pinned    bool           `json:"pinned"`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
}

// Status is the state of a run and of the message it produces.
type Status string

// The states. Running and Paused are not final.
const (
	Running     Status = "running"
	Paused      Status = "paused" // it waits for a person, and nothing works on it meanwhile
	Succeeded   Status = "succeeded"
	Partial     Status = "partial-succeeded" // it came to its end, but attempts of nodes failed on the way
	Failed      Status = "failed"            // Error says why; what came before it is kept
	Stopped     Status = "stopped"           // by a person
	Interrupted Status = "interrupted"       // the server went away in the middle

	Exception Status = "exception" // of a node: it failed, and its error handling went on
	Retried   Status = "retry"     // of an attempt of a node: it failed, and another followed
)

// Good tells whether a run that ended with s came to its end by itself.
func (s Status) Good() bool { return s == Succeeded || s == Partial }

// Final tells whether s will not change any more.
func (s Status) Final() bool { return s != Running && s != Paused && s != "" }

// Message is one question and its answer.
type Message struct {
	ID           ID             `json:"id"`
	App          ID             `json:"app_id"`
	Conversation ID             `json:"conversation_id"`
	Parent       ID             `json:"parent_id,omitempty"` // the message before it in the thread; empty for the first
	Run          ID             `json:"run_id"`
	Source       Source         `json:"source"`
	EndUser      ID             `json:"end_user_id"`
	Inputs       map[string]any `json:"inputs"`
	Query        string         `json:"query"`
	Answer       string         `json:"answer"`
	Reasoning    string         `json:"reasoning"`
	Status       Status         `json:"status"`
	Error        *Failure       `json:"error,omitempty"`
	Usage        Usage          `json:"usage"`
	Files        []Attachment   `json:"files"`
	Extra        *MessageExtra  `json:"extra,omitempty"`
	Feedback     *Feedback      `json:"feedback,omitempty"` // of the end user
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
}

// MessageExtra is what an answer rests on and how it came about, where there is something to tell.
type MessageExtra struct {
	Thoughts  []Thought    `json:"thoughts,omitempty"` // of an agent
	Resources []Resource   `json:"resources,omitempty"`
	Files     []Attachment `json:"files,omitempty"` // that nodes or tools made

	Annotation *AnsweredBy `json:"annotation,omitempty"` // that gave the answer, in place of a model
}

// Failure is an Error as it is stored and sent: both sentences, no cause.
type Failure struct {
	Code string `json:"code"`
	Kind Kind   `json:"kind"`
	Text Text   `json:"text"`
}

// Usage counts one model call or the sum of several. Seconds are wall time.
type Usage struct {
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	TotalTokens      int     `json:"total_tokens"`
	Latency          float64 `json:"latency"`             // seconds, whole call
	FirstToken       float64 `json:"time_to_first_token"` // seconds; 0 if none came
	Estimated        bool    `json:"estimated,omitempty"` // the server told nothing; counted by us

	Parts *Parts `json:"parts,omitempty"` // where Latency went; nil: nobody looked
}

// Parts are where the time of model calls went, in seconds. Together they are the whole.
type Parts struct {
	Queue   float64 `json:"queue"` // before the call went out: preparing it, pauses between attempts
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	TLS     float64 `json:"tls"`
	Wait    float64 `json:"wait"`   // for the first token
	Tokens  float64 `json:"tokens"` // from the first to the last
}

// Sum is the whole time.
func (p *Parts) Sum() float64 { return p.Queue + p.DNS + p.Connect + p.TLS + p.Wait + p.Tokens }

// Plus adds up the parts of two calls; nil is none.
func (p *Parts) Plus(q *Parts) *Parts {
	switch {
	case q == nil:
		return p
	case p == nil:
		sum := *q
		return &sum
	}
	return &Parts{p.Queue + q.Queue, p.DNS + q.DNS, p.Connect + q.Connect, p.TLS + q.TLS, p.Wait + q.Wait, p.Tokens + q.Tokens}
}

// Spent is what part of a run's time went where: queue, dns, connect, tls, wait, tokens, tools, person or overhead.
type Spent struct {
	What    string  `json:"what"`
	Seconds float64 `json:"seconds"`
}

// Feedback is a thumb up or down, with a note.
type Feedback struct {
	ID        ID        `json:"id"`
	Message   ID        `json:"message_id"`
	Rating    string    `json:"rating"` // like or dislike
	Content   string    `json:"content"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Attachment is a file as part of a message: one of ours (File) or a link (URL).
type Attachment struct {
	ID     ID     `json:"id"`
	Kind   string `json:"kind"`   // image, document, audio, video
	Method string `json:"method"` // local_file or remote_url
	File   ID     `json:"file_id,omitempty"`
	URL    string `json:"url,omitempty"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	MIME   string `json:"mime"`
}

// File is an uploaded file. Its bytes lie under files/ by their SHA-256; equal bytes are stored once.
type File struct {
	ID        ID        `json:"id"`
	App       ID        `json:"app_id,omitempty"`
	EndUser   ID        `json:"end_user_id,omitempty"`
	User      ID        `json:"user_id,omitempty"`
	Name      string    `json:"name"`
	Ext       string    `json:"extension"` // lower case, without the dot
	MIME      string    `json:"mime"`
	Size      int64     `json:"size"`
	Hash      string    `json:"hash"` // SHA-256 in hex
	CreatedAt time.Time `json:"created_at"`
}
