// Package node holds the kinds of node that a graph may have, one file each. Table lists them; table.go is the place to
// read first. What a node needs of the world comes in as functions (Deps), so the package knows no database.
//
// The "data" of every kind is Dify's, field for field, with one reading of our own: an llm node's model.provider is the id
// of the endpoint.
package node
