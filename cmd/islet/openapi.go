package main

import (
	"encoding/json"
	"log/slog"

	"islet/web"
	"islet/web/console"
	"islet/web/route"
	"islet/web/site"
)

// openAPICmd is `islet openapi`: the document from which the UI's types are made.
type openAPICmd struct{}

// Run prints the document. The handlers are never called, so the API needs no parts.
func (c *openAPICmd) Run(e *env) error {
	b, err := openAPI()
	if err != nil {
		return err
	}
	_, err = e.Out.Write(b)
	return err
}

func openAPI() ([]byte, error) {
	_, r := web.New(web.Options{Log: slog.New(slog.DiscardHandler), Routes: []func(*route.Router){new(console.API).Routes, new(site.API).Routes}})
	b, err := json.MarshalIndent(r.OpenAPI("islet console and web app API", "1", "/console/api", "/api"), "", "  ")
	return append(b, '\n'), err
}
