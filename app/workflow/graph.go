package workflow

import (
	"context"
	"encoding/json"

	"islet/app"
)

// Graph is a parsed graph, ready to run any number of times at once. It never changes.
type Graph struct {
	vertices   []vertex // in file order
	edges      []edge   // in file order
	root       int
	responders []responder // ascending by node id
	slots      []slot
	dead       []int   // vertices that no path from the root reaches: they are skipped from the start
	initial    []state // of the edges before a run: those of dead vertices are skipped
}

// vertex is a node of the graph with what the coordinator needs to know of it.
type vertex struct {
	id, typ, title string
	class          Class
	node           Node
	in, out        []int    // edges
	streams        []stream // its outputs that some answer reads
	reasoned       []int    // responders that read its text or reasoning
}

type edge struct {
	from, to int
	handle   string
}

// stream says that pieces of an output go to a slot.
type stream struct {
	output string
	slot   int
}

// Class is how the engine treats a node of some type.
type Class uint8

// The classes. Most types are Plain.
const (
	Plain    Class = iota
	Root           // where a run may start
	Response       // speaks to the person: its outputs are the run's outputs
	Branch         // takes only the out-edges whose handle its Result names
)

// Type describes one kind of node. New makes a node from its "data" object; the error it returns may join several.
type Type struct {
	Title  app.Text
	Class  Class
	Params []Param
	New    func(data json.RawMessage) (Node, error)
}

// Types are the kinds of node that Parse knows, by their "type".
type Types map[string]Type

// Param describes one field of a node's data. Parse checks presence and JSON kind by it; the UI draws a form from it.
type Param struct {
	Name     string    `json:"name"`
	Label    app.Text  `json:"label"`
	Kind     ParamKind `json:"kind"`
	Required bool      `json:"required,omitempty"`
}

// ParamKind says how a Param is written in JSON and drawn in a form.
type ParamKind string

// The kinds of Param.
const (
	StringParam   ParamKind = "string"
	TemplateParam ParamKind = "template" // a string with {{#node.name#}} in it
	BoolParam     ParamKind = "bool"
	ListParam     ParamKind = "list"
	ObjectParam   ParamKind = "object"
	AnyParam      ParamKind = "any"
)

// Node is the behaviour of one node of a graph. Run is called from many runs at once and keeps nothing between calls.
//
// It returns soon after ctx ends, because the run waits for it. When it fails it may return a Result as well: what is in it
// (inputs, process data, outputs so far, usage) is recorded with the failure. Without an error the Result is never nil.
type Node interface {
	Run(ctx context.Context, s *Step) (*Result, error)
}

// Reader is a Node that names the variables it reads, so that Parse can tell which of them nothing provides.
type Reader interface{ Reads() []Selector }

// Responder is a Node of the class Response: its template is what a person reads, and in which order.
type Responder interface{ Template() *Template }

// Entry is a Node of the class Root that checks what the caller gave before a run begins.
type Entry interface {
	// Check returns the inputs as the run will see them, or an Invalid error that names the variable.
	Check(inputs map[string]any) (map[string]any, error)
}

// Result is what a node made.
type Result struct {
	Outputs map[string]any // its variables; values are of the kinds that Vars names
	Inputs  map[string]any // what it read, for the trace
	Process map[string]any // how it worked (prompts, model, finish reason), for the trace
	Usage   *app.Usage
	Handle  string // of a Branch: the out-edges to take
}

// Check validates inputs for the graph before anything is stored: see Entry. A root that checks nothing accepts all.
func (g *Graph) Check(inputs map[string]any) (map[string]any, error) {
	if e, ok := g.vertices[g.root].node.(Entry); ok {
		return e.Check(inputs)
	}
	return inputs, nil
}

// Root is the id of the node at which a run starts; the caller's inputs are the variables {{#root.name#}}.
func (g *Graph) Root() string { return g.vertices[g.root].id }

// Step is one execution of a node, as the node sees it.
type Step struct {
	Node  string // its id in the graph
	Title string
	Exec  app.ID // of this execution
	Vars  Vars   // the variables as they were when it started

	index   int
	streams []stream
	reasons bool
	inbox   chan<- message
	done    <-chan struct{}
}

// Text streams a piece of the node's output "text".
func (s *Step) Text(piece string) { s.Stream("text", piece) }

// Stream streams a piece of one of the node's outputs; Outputs must hold the whole text at the end. It waits for the
// coordinator; when the run ends it drops the piece, and ctx tells the node.
func (s *Step) Stream(output, piece string) {
	for i := range s.streams {
		if s.streams[i].output == output {
			s.send(message{node: s.index, kind: pieceOfText, slot: int32(s.streams[i].slot), piece: piece})
			return
		}
	}
}

// Reason streams a piece of the model's thinking.
func (s *Step) Reason(piece string) {
	if s.reasons {
		s.send(message{node: s.index, kind: pieceOfReasoning, piece: piece})
	}
}

func (s *Step) send(m message) {
	if m.piece == "" {
		return
	}
	select {
	case s.inbox <- m:
	case <-s.done:
	}
}
