// Package workflow is the engine: it parses a graph in Dify's JSON and runs it, yielding events.
//
// A run is owned by one goroutine, the coordinator: the one that ranges over Graph.Run. It alone holds the states of edges
// and nodes, the variables, the ready queue and what may be streamed. Nodes run in goroutines of their own, each with a
// snapshot of the variables, and talk to the coordinator through one inbox. There are no locks.
//
// A node starts when each of its in-edges is decided and at least one was taken. When it is done, its out-edges are taken
// in file order; those of a branch that it did not choose are skipped, and a node all of whose in-edges are skipped is
// skipped with everything that only it leads to.
//
// One pass through one level of a graph is a frame: the run itself, an item of an iteration, a round of a loop. Frames have
// their own states and their own answers; what they share of the variables is their scope. Iterations and loops are driven
// by the coordinator (container.go), so a node inside one runs, streams, fails and is repeated like any other.
//
// What a reader sees of the answer is in the order of the answer's template, whatever order the nodes finish in:
// see response.go. A node's failure is repeated, handled or ends its frame: see handling.go.
//
// A run that must survive a crash, or waits for a person, is not kept as a snapshot of all that but as a journal of what its
// nodes came to: see Entry. The coordinator decides by nothing else, so replaying the journal brings back the same state,
// with less to keep and nothing to keep in step.
package workflow
