package provider

import "islet/app/model"

// embedRerank narrows openAI to what such a server can do, so that nobody takes it for a Chatter.
type embedRerank struct {
	model.Lister
	model.Embedder
	model.Reranker
}

func newJina(c *conn) model.Lister {
	o := newOpenAI(c).(*openAI)
	return embedRerank{o, o, o}
}
