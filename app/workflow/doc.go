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
// What a reader sees of the answer is in the order of the answer's template, whatever order the nodes finish in:
// see response.go.
package workflow
