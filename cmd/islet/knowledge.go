package main

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"

	"islet/app/egress"
	"islet/app/knowledge"
	"islet/app/workflow/node"
)

// indexDir is the folder of the search indexes below the data directory. It may be deleted while nothing runs.
const indexDir = "index"

// pageMax bounds a page or file that is fetched for a dataset, in bytes.
const pageMax = knowledge.MaxFile

// knowledgeOf puts the datasets of a site together.
func (p *parts) knowledgeOf(dir string) *knowledge.Knowledge {
	return knowledge.New(knowledge.Options{
		DB: p.db, Dir: filepath.Join(dir, indexDir), Cache: p.kv, Log: p.log,
		Embedder: p.models.Embedder,
		Reranker: p.models.Reranker,
		Chatter:  p.chatter,
		Read:     p.readers.Document,
		Fetch: func(ctx context.Context, url string) ([]byte, string, error) {
			return p.door.Fetch(ctx, node.HTTPPolicy(p.trust(), true), url, pageMax)
		},
		Client: sync.OnceValues(func() (*http.Client, error) { return p.door.Client(node.HTTPPolicy(egress.User, true)) }),
	})
}
