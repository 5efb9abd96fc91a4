package model

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"strings"

	"islet/app"
)

// The roles of a message.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
	ToolRole  = "tool"
)

// PartKind says what a Part holds.
type PartKind string

// The kinds of part. The zero value is text.
const (
	TextPart  PartKind = ""
	ImagePart PartKind = "image"
	FilePart  PartKind = "file"
)

// Part is one piece of a message: text, or an image or file as bytes (Data, MIME) or as a link (URL).
// A link is passed on to the model server; islet does not fetch it. Where the protocol has no place for a part, the call
// fails with attachment_unsupported.
type Part struct {
	Kind   PartKind
	Text   string
	Data   []byte
	MIME   string
	URL    string
	Name   string
	Detail string // of an image: low, high or empty
}

// Message is one turn of a conversation. ToolCalls are what an assistant asked for; ToolCallID and Name tell which call
// a message of the role tool answers.
type Message struct {
	Role       string
	Parts      []Part
	ToolCalls  []ToolCall
	ToolCallID string
	Name       string
}

// Say is a message of one text.
func Say(role, text string) Message { return Message{Role: role, Parts: []Part{{Text: text}}} }

// Text is the text of a message, its parts joined by newlines; images and files are left out.
func (m *Message) Text() string {
	if len(m.Parts) == 1 && m.Parts[0].Kind == TextPart {
		return m.Parts[0].Text
	}
	var b strings.Builder
	for i := range m.Parts {
		if m.Parts[i].Kind != TextPart {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.Parts[i].Text)
	}
	return b.String()
}

// Tool is a function that the model may ask for. Parameters is a JSON schema of type object.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// ToolCall is a whole call. Arguments is the JSON text as the model wrote it: it may be broken, so check it.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// ToolCallDelta is a piece of the call at Index. ID and Name come once, in the first piece; Arguments pieces are appended.
type ToolCallDelta struct {
	Index     int
	ID        string
	Name      string
	Arguments string
}

// Schema asks for an answer in JSON that fits a JSON schema.
type Schema struct {
	Name   string
	JSON   json.RawMessage
	Strict bool
}

// Request is one question to a chat model. The zero value of every field but Messages is fine; Model is filled from the
// ModelRef. The request is not changed by a call and may be used again.
type Request struct {
	Model    string
	Messages []Message
	// Params: temperature, top_p, top_k, max_tokens, seed, stop, presence_penalty, frequency_penalty are translated to the
	// protocol's own words; any other name is passed on as it is.
	Params     map[string]any
	Tools      []Tool
	ToolChoice string // "", auto, none, required or the name of a tool
	Schema     *Schema
	JSON       bool // any JSON object
	Stop       []string
	User       string // names the end user to the server, where the protocol has a field for it
	// Passages are what was found for the question in the knowledge of the app, best first: nil where none is attached, empty
	// where nothing fitting was found. They are for models that quote (model/builtin); whoever asks a language model puts
	// the text into Messages, and the wire protocols leave this field out.
	Passages []app.Resource
	// Aside marks a call beside the conversation that only a language model can answer, such as one that names it. Models
	// that quote refuse it; for all others it changes nothing.
	Aside bool
}

// How an answer ended, as Chunk.Finish says it; other words of a server are passed on unchanged.
const (
	FinishStop      = "stop"
	FinishLength    = "length"
	FinishToolCalls = "tool_calls"
	FinishFilter    = "content_filter"
)

// Chunk is one piece of an answer. Any field may be empty. Finish is set at most once, Usage at most once, near the end.
type Chunk struct {
	Text      string
	Reasoning string
	ToolCalls []ToolCallDelta
	Usage     *app.Usage
	Finish    string
}

// Empty tells whether the chunk carries nothing.
func (c *Chunk) Empty() bool {
	return c.Text == "" && c.Reasoning == "" && len(c.ToolCalls) == 0 && c.Usage == nil && c.Finish == ""
}

// Chatter answers a request piece by piece. The sequence may be ranged over once. It ends by itself after a whole answer,
// or with one error (an *app.Error) as its last pair. Breaking out of the range or cancelling ctx closes the connection
// to the model server at once; a ctx that ends, by cancel or by deadline, is the error canceled.
type Chatter interface {
	Chat(ctx context.Context, req *Request) iter.Seq2[Chunk, error]
}

// Embedder turns texts into vectors, one per text in the same order, all of one length. It batches as the server needs.
type Embedder interface {
	Embed(ctx context.Context, model string, texts []string) ([][]float32, error)
}

// Reranker scores documents against a query, one score per document in the same order; higher is closer.
type Reranker interface {
	Rerank(ctx context.Context, model, query string, docs []string) ([]float64, error)
}

// Audio is speech in a file, whole.
type Audio struct {
	Name     string // with an extension, by which many servers go
	MIME     string
	Data     []byte
	Language string // that is spoken, ISO 639; empty lets the model find out
}

// Transcriber writes down what is said in a recording, in the language that is spoken.
type Transcriber interface {
	Transcribe(ctx context.Context, model string, a *Audio) (string, error)
}

// Sound is speech as it comes from a model server. Whoever asked for it reads and closes it; an error of Read is an *app.Error.
type Sound struct {
	MIME string // audio/mpeg unless the server chose otherwise
	io.ReadCloser
}

// NamedVoice is one that a speaking model has.
type NamedVoice struct {
	Name     string `json:"name"`     // as it is asked for
	Language string `json:"language"` // as the server names it; empty if it does not tell
}

// Speaker says a text in a voice that the server knows by name; an empty one leaves the choice to the server. Voices are those
// that the server tells of: many tell of none, and that is no error.
type Speaker interface {
	Speak(ctx context.Context, model, voice, text string) (*Sound, error)
	Voices(ctx context.Context, model string) ([]NamedVoice, error)
}

// Lister names the models that a server offers, as far as the server tells.
type Lister interface {
	Models(ctx context.Context) ([]app.Model, error)
}

// Answer is a whole answer, or what came of it before an error.
type Answer struct {
	Text      string
	Reasoning string
	ToolCalls []ToolCall
	Usage     app.Usage
	Finish    string
}

// Collect reads a sequence to its end. With an error it also returns what came before it.
func Collect(seq iter.Seq2[Chunk, error]) (*Answer, error) {
	var a Answer
	var text, reasoning strings.Builder
	var calls Calls
	var failed error
	for c, err := range seq {
		if err != nil {
			failed = err
			break
		}
		text.WriteString(c.Text)
		reasoning.WriteString(c.Reasoning)
		calls.Add(c.ToolCalls)
		if c.Usage != nil {
			a.Usage = *c.Usage
		}
		if c.Finish != "" {
			a.Finish = c.Finish
		}
	}
	a.Text, a.Reasoning, a.ToolCalls = text.String(), reasoning.String(), calls.List()
	return &a, failed
}

// Calls puts tool calls together from their pieces. The zero value is ready.
type Calls struct {
	list []ToolCall
	args [][]byte
}

// Add takes the pieces of one chunk.
func (c *Calls) Add(deltas []ToolCallDelta) {
	for i := range deltas {
		d := &deltas[i]
		for len(c.list) <= d.Index {
			c.list, c.args = append(c.list, ToolCall{}), append(c.args, nil)
		}
		if d.ID != "" {
			c.list[d.Index].ID = d.ID
		}
		if d.Name != "" {
			c.list[d.Index].Name = d.Name
		}
		c.args[d.Index] = append(c.args[d.Index], d.Arguments...)
	}
}

// List returns the calls as far as they have come, nil if there are none.
func (c *Calls) List() []ToolCall {
	for i := range c.list {
		c.list[i].Arguments = string(c.args[i])
	}
	return c.list
}
