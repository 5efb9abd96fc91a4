// Package vector is the hybrid index of one dataset: entries that are found by their words, by their vectors, or by both, in
// one directory.
//
// The words half is package text, the vectors half a graph (package hnsw, or github.com/coder/hnsw for comparison). Both follow
// a sequence of changes that the caller numbers. The words are on disk when Apply returns; the graph is, when Flush does. Seq is
// what both have on disk: after a crash the caller applies the changes behind it again, which changes nothing where they had
// been applied.
//
// The index is derived from the caller's own store and can be lost at any moment. Open says ErrDamaged for what cannot be
// trusted; the caller then fills a new index in another directory. A damaged index is not written to and not deleted.
//
// # Files
//
//	words/         the full-text index
//	graph-N        a snapshot of the graph at change N
//	graph.json     which snapshot is the one, with its checksum; written last
package vector
