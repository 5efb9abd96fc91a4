// Package builtin is the model server inside the process: models that need no other program and no network.
//
// A Shelf holds the Universal Sentence Encoder lite ("use-lite", English, in the binary), every good folder below
// data/models (embedding models: BERT, XLM-R, model2vec), and "quote", which answers with passages instead of words of
// its own. Weights are in memory only while somebody uses them.
package builtin
