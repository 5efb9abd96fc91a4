package frame

import "islet/app"

// Ask is the body with which our own UI asks a question.
type Ask struct {
	Query        string         `json:"query"`
	Inputs       map[string]any `json:"inputs"`
	Conversation app.ID         `json:"conversation_id"`
	Parent       *app.ID        `json:"parent_id"`
	Files        []FileRef      `json:"files"`
}

// FileRef is a file attached to a question: one that was uploaded, or a link.
type FileRef struct {
	Kind   string `json:"kind"`
	Method string `json:"method"`
	File   app.ID `json:"file_id,omitempty"`
	URL    string `json:"url,omitempty"`
}

// Attachments are the files of the question as the chat takes them.
func (a *Ask) Attachments() []app.Attachment {
	out := make([]app.Attachment, len(a.Files))
	for i, f := range a.Files {
		out[i] = app.Attachment{Kind: f.Kind, Method: f.Method, File: f.File, URL: f.URL}
	}
	return out
}

// State is the payload of started and finished.
type State struct {
	Message      *app.Message      `json:"message"`
	Conversation *app.Conversation `json:"conversation"`
}

// Piece is the payload of delta and reasoning.
type Piece struct {
	Text string `json:"text"`
}

// NodeState is the payload of node: one execution of one node has begun or ended.
type NodeState struct {
	ID      app.ID       `json:"id"` // of the execution
	Node    string       `json:"node"`
	Type    string       `json:"type"`
	Title   string       `json:"title"`
	Status  app.Status   `json:"status"`
	Elapsed float64      `json:"elapsed"`
	Error   *app.Failure `json:"error,omitempty"`
}

func appendPiece(b []byte, text string) []byte {
	b = append(b, `{"text":`...)
	return append(appendString(b, text), '}')
}

func nodeState(ev *app.Event) NodeState {
	n := NodeState{ID: ev.Exec, Node: ev.Node, Type: ev.Type, Title: ev.Title, Status: ev.Status, Elapsed: ev.Elapsed, Error: ev.Error}
	if ev.Kind == app.EvNodeStarted {
		n.Status = app.Running
	}
	return n
}
