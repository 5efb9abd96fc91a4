package workflow

import (
	"context"
	"encoding/json"
	"errors"

	"islet/app"
)

// Graph is a parsed graph, ready to run any number of times at once. It never changes.
type Graph struct {
	top   *plan
	nodes []NodeInfo // in file order
}

// NodeInfo is what a graph tells of one of its nodes.
type NodeInfo struct {
	ID, Type, Title string
	Class           Class
	Parent          string // the container that it is in; empty at the top
}

// plan is one level of a graph: its top, or the inside of a container. Edges do not leave it.
type plan struct {
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
	body           *plan    // of a container
	in, out        []int    // edges
	streams        []stream // its outputs that some answer reads
	reasoned       []int    // responders that read its text or reasoning
	handling
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
	Plain     Class = iota
	Root            // where a run may start
	Response        // speaks to the person: its outputs are the run's outputs
	Branch          // takes only the out-edges whose handle its Result names
	Container       // runs the nodes inside it, again and again: *Iteration or *Loop
	Entrance        // where the inside of a container starts; nobody sees it
	Exit            // ends the loop that it is in
)

// Type describes one kind of node. New makes a node from its "data" object; the error it returns may join several.
type Type struct {
	Title  app.Text
	Class  Class
	Params []Param
	New    func(data json.RawMessage) (Node, error) // nil is a node that does nothing

	Retries bool // honours retry_config
	// Absent says why nodes of this type cannot work here, and what to use instead. Empty: they can.
	Absent app.Text
	// Effects says that the node may change the world outside. That it begins is recorded first, and after a crash it is
	// never repeated in silence: see Entry.
	Effects bool
}

// Types are the kinds of node that Parse knows, by their "type".
type Types map[string]Type

// Param describes one field of a node's data. Parse checks presence and JSON kind by it; the UI draws a form from it.
type Param struct {
	Name     string    `json:"name"`
	Label    app.Text  `json:"label"`
	Kind     ParamKind `json:"kind"`
	Required bool      `json:"required,omitempty"`
	Help     app.Text  `json:"help,omitzero"`     // one line under the field
	Options  []Choice  `json:"options,omitempty"` // of a string: all that it may be
	Default  any       `json:"default,omitempty"` // what a missing value means
	Range    *Range    `json:"range,omitempty"`   // of a number
	Takes    []string  `json:"takes,omitempty"`   // of a selector: the types of variable that fit; empty: all
	When     *When     `json:"when,omitempty"`    // the field counts only then
}

// Choice is one value of a Param that is one of a few.
type Choice struct {
	Value string   `json:"value"`
	Label app.Text `json:"label"`
	Help  app.Text `json:"help,omitzero"`
}

// Range bounds a number, both ends included.
type Range struct {
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
	Unit string  `json:"unit,omitempty"` // s, ms
}

// When says on which values of another field a Param counts.
type When struct {
	Name string `json:"name"`
	In   []any  `json:"in"`
}

// ParamKind says how a Param is written in JSON and drawn in a form.
type ParamKind string

// The kinds of Param.
const (
	StringParam   ParamKind = "string"
	TemplateParam ParamKind = "template" // a string with {{#node.name#}} in it
	BoolParam     ParamKind = "bool"
	NumberParam   ParamKind = "number"   // or a string that holds one, as Dify's editor writes some
	SelectorParam ParamKind = "selector" // [node, name, …]
	ListParam     ParamKind = "list"
	ObjectParam   ParamKind = "object"
	AnyParam      ParamKind = "any"
)

// ParamKinds are all of them.
var ParamKinds = []ParamKind{StringParam, TemplateParam, BoolParam, NumberParam, SelectorParam, ListParam, ObjectParam, AnyParam}

// Node is the behaviour of one node of a graph. Run is called from many runs at once and keeps nothing between calls.
//
// It returns soon after ctx ends, because the run waits for it. When it fails it may return a Result as well: what is in it
// (inputs, process data, outputs so far, usage) is recorded with the failure. Without an error the Result is never nil.
type Node interface {
	Run(ctx context.Context, s *Step) (*Result, error)
}

// Reader is a Node that names the variables it reads, so that Parse can tell which of them nothing provides.
type Reader interface{ Reads() []Selector }

// Writer is a Node that names the variables of others that it writes: an answer that reads one of them waits for it.
type Writer interface{ Writes() []Selector }

// Responder is a Node of the class Response: its template is what a person reads, and in which order.
type Responder interface{ Template() *Template }

// Checker is a Node of the class Root that checks what the caller gave before a run begins.
type Checker interface {
	// Check returns the inputs as the run will see them, or an Invalid error that names the variable.
	Check(inputs map[string]any) (map[string]any, error)
}

// Result is what a node made.
type Result struct {
	Outputs map[string]any // its variables, as package value has them
	Inputs  map[string]any // what it read, for the trace
	Process map[string]any // how it worked (prompts, model, finish reason), for the trace
	Meta    map[string]any // further facts for the trace and for clients: tool_info, agent_log
	Usage   *app.Usage
	Handle  string    // of a Branch: the out-edges to take
	Updates []Update  // variables of others that it writes; applied in order when it is done
	Pause   *app.Form // the node waits for a person; the run pauses and the node runs again when it goes on
}

// Update is a variable that a node writes although it belongs to another: conversation.name, or a loop's variable.
type Update struct {
	Selector Selector // two elements
	Value    any
}

// Typed gives an error the name that Dify has for its kind, such as OutputValidationError; handlers of errors in a graph
// read it as {{#node.error_type#}}. Without one it is WorkflowNodeError.
func Typed(name string, err error) error {
	if err == nil {
		return nil
	}
	return &typed{name, err}
}

type typed struct {
	name string
	err  error
}

func (e *typed) Error() string { return e.name + ": " + e.err.Error() }
func (e *typed) Unwrap() error { return e.err }

// TypeName is Dify's name for the kind of an error.
func TypeName(err error) string {
	var t *typed
	if errors.As(err, &t) {
		return t.name
	}
	return "WorkflowNodeError"
}

// Check validates inputs for the graph before anything is stored: see Checker. A root that checks nothing accepts all.
func (g *Graph) Check(inputs map[string]any) (map[string]any, error) {
	if e, ok := g.top.vertices[g.top.root].node.(Checker); ok {
		return e.Check(inputs)
	}
	return inputs, nil
}

// Nodes lists the nodes in file order, notes left out.
func (g *Graph) Nodes() []NodeInfo { return g.nodes }

// Root is the id of the node at which a run starts; the caller's inputs are the variables {{#root.name#}}.
func (g *Graph) Root() string { return g.top.vertices[g.top.root].id }

// Step is one execution of a node, as the node sees it.
type Step struct {
	Node  string // its id in the graph
	Title string
	Exec  app.ID // of this execution
	Run   app.ID
	Lang  app.Lang // in which the run's person reads
	Vars  Vars     // the variables as they were when it started

	// Path names this execution within its run, and does so again when the run goes on after a pause or a crash: the
	// node's id, behind those of the containers around it with their rounds, "loop:2/ask". Retries share it.
	Path    string
	Attempt int // 0, then 1 for the first retry

	place   place
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
	if piece == "" {
		return
	}
	for i := range s.streams {
		if s.streams[i].output == output {
			s.post(message{place: s.place, kind: pieceOfText, stream: int32(i), piece: piece})
			return
		}
	}
}

// Reason streams a piece of the model's thinking.
func (s *Step) Reason(piece string) {
	if s.reasons && piece != "" {
		s.post(message{place: s.place, kind: pieceOfReasoning, piece: piece})
	}
}

// Emit tells the run's followers something beside text: a thought, a file, resources, a form that was filled. The engine adds
// the node and its execution. When the run ends the event is dropped.
func (s *Step) Emit(ev app.Event) { s.post(message{place: s.place, kind: anEvent, event: &ev}) }

func (s *Step) post(m message) {
	select {
	case s.inbox <- m:
	case <-s.done:
	}
}
