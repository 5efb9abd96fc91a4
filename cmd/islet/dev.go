package main

import (
	"context"
	"io"
	"time"

	"islet/app/model/modeltest"
)

// devCmd holds what developers and curious people use; it is hidden from --help.
type devCmd struct {
	Model devModelCmd `cmd:"" help:"serve a scripted model that speaks OpenAI, Ollama, Anthropic, Gemini and TEI"`
	Dump  dumpCmd     `cmd:"" help:"print a canonical dump of a data directory"`
}

// devModelCmd is `islet dev model`: a model server for people who have none.
type devModelCmd struct {
	Addr       string        `help:"address to listen on" default:"localhost:9099"`
	FirstToken time.Duration `help:"delay before the first piece of an answer"`
	PerToken   time.Duration `help:"delay before each further piece"`
	Quirk      string        `help:"misbehave in one of the ways that modeltest.Quirks names"`
	Quiet      bool          `help:"print nothing and remember no requests"`
}

// Run serves until the context ends.
func (c *devModelCmd) Run(ctx context.Context, e *env) error {
	out := e.Out
	if c.Quiet {
		out = io.Discard
	}
	return modeltest.Serve(ctx, c.Addr, modeltest.Options{FirstToken: c.FirstToken, PerToken: c.PerToken, Quirk: c.Quirk, NoRecord: c.Quiet}, out)
}
