package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"islet/app"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/builtin"
	"islet/app/model/provider"
	"islet/app/sandbox"
	"islet/app/tool"
	"islet/app/tool/toolbox"
	"islet/app/workflow/node"
	"islet/store"
)

// modelsDir is the folder below the data directory where people put models that run in this process.
const modelsDir = "models"

// modelsOf opens the model servers that a store lists, and shelf as the one inside this process.
func modelsOf(db *store.DB, door *egress.Door, shelf *builtin.Shelf) (*model.Registry, *model.Keeper) {
	outside := provider.Opener(door, provider.Limits{})
	open := func(ep *app.Endpoint, learned func(app.Profile)) (model.Server, error) {
		if ep.Protocol == model.Builtin {
			return shelf.Open(ep), nil
		}
		return outside(ep, learned)
	}
	models := model.NewRegistry(model.Wire(db, model.Options{Open: open}))
	return models, &model.Keeper{DB: db, Registry: models, Protocols: slices.Sorted(maps.Keys(provider.Table))}
}

// lender is a site whose model servers another one uses.
type lender struct {
	db        *store.DB
	workspace app.ID
	models    *model.Registry
	endpoints *model.Keeper
	shelf     *builtin.Shelf
}

// lend opens the model servers of a data directory, also of one that a server is using.
func lend(ctx context.Context, dir string) (*lender, error) {
	if err := mustHoldData(dir); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, dir, store.Options{Beside: true})
	if err != nil {
		return nil, err
	}
	l := &lender{db: db, shelf: builtin.New(builtin.Options{Dir: filepath.Join(dir, modelsDir)})}
	l.models, l.endpoints = modelsOf(db, egress.New(egress.Options{}), l.shelf)
	err = db.View(ctx, func(s *store.Snapshot) error {
		w, err := s.Workspace()
		if err == nil {
			l.workspace = w.ID
		}
		return err
	})
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lender) close() {
	l.models.Close()
	l.shelf.Close()
	_ = l.db.Close() // nothing was written
}

// codeCache is where Python is kept compiled for this machine. A site that is thrown away keeps it with the person.
func (p *parts) codeCache(data string) string {
	if p.world.headless && !p.world.keeps {
		if dir, err := os.UserCacheDir(); err == nil {
			return filepath.Join(dir, "islet")
		}
	}
	dir := filepath.Join(data, "cache")
	if abs, err := filepath.Abs(dir); err == nil { // a worker's folder is another one
		return abs
	}
	return dir
}

// nodeDeps is what the nodes of a graph may ask for.
func (p *parts) nodeDeps() node.Deps {
	models, endpoints := p.models, p.endpoints
	if s := p.world.site; s != nil {
		models, endpoints = s.models, s.endpoints
	}
	return node.Deps{
		Chatter: func(ctx context.Context, ref app.ModelRef) (model.Chatter, error) {
			ref, err := endpoints.Resolve(ctx, ref)
			if err != nil {
				return nil, err
			}
			return models.Chatter(ctx, ref)
		},
		Model: func(ctx context.Context, ref app.ModelRef) (*app.Model, error) {
			ref, err := endpoints.Resolve(ctx, ref)
			if err != nil {
				return nil, err
			}
			return endpoints.Known(ctx, ref)
		},
		History: func(ctx context.Context, _, parent app.ID, limit int) (thread []*app.Message, err error) {
			err = p.db.View(ctx, func(s *store.Snapshot) error { thread, err = chat.History(s, parent, limit); return err })
			return thread, err
		},
		File:    p.file,
		Save:    p.save,
		Extract: p.extract,
		Code:    p.code,
		Client:  p.client(),
		Tools: func(ctx context.Context, ref tool.Ref) (*tool.Tool, error) {
			if isDataset(ref) {
				return p.datasetTool(ctx, app.ID(ref.Name))
			}
			return p.tools.Find(ctx, ref)
		},
		Retrieve: p.retrieve,
		Form: func(ctx context.Context, run app.ID, ask app.Form) (*app.Form, error) {
			return p.flow.Form(ctx, run, ask)
		},
	}
}

// toolsOf puts the tools of a site together. Whoever starts it lists the programs that may be MCP servers.
func (p *parts) toolsOf(dir string) (*toolbox.Box, error) {
	commands, err := toolbox.ReadCommands(filepath.Join(dir, toolbox.CommandsFile))
	if err != nil {
		return nil, err
	}
	return toolbox.New(toolbox.Options{
		DB: p.db, Door: p.door, Trust: p.trust(), Builtin: tool.Table(tool.Deps{Code: p.code, Save: p.save, Page: p.page, Search: p.searchTool}), Commands: commands, Log: p.log, Save: p.save,
		File: func(ctx context.Context, f app.Attachment) ([]byte, string, error) {
			if f.File != "" {
				return p.file(ctx, f.File)
			}
			return p.door.Fetch(ctx, node.HTTPPolicy(p.trust(), true), f.URL, linkedMax)
		},
		Apps: func(ctx context.Context) ([]tool.Entry, error) { return p.flow.Tools(ctx) }, // flow follows
		App:  func(ctx context.Context, ref tool.Ref) (*tool.Tool, error) { return p.flow.Tool(ctx, ref) },
	}), nil
}

// page is what is at an address as Markdown, read in a worker.
func (p *parts) page(ctx context.Context, address string) (title, markdown string, err error) {
	policy := node.HTTPPolicy(p.trust(), true)
	policy.Who = "web page tool"
	data, mime, err := p.door.Fetch(ctx, policy, address, linkedMax)
	if err != nil {
		return "", "", err
	}
	name := path.Base(address)
	if strings.HasPrefix(mime, "text/html") || strings.HasPrefix(mime, "application/xhtml") {
		name = "page.html"
	}
	d, err := p.readers.Document(ctx, name, mime, data)
	if err != nil {
		return "", "", err
	}
	return d.Title, d.Text, nil
}

// file reads an uploaded file for a model.
func (p *parts) file(ctx context.Context, id app.ID) ([]byte, string, error) {
	var f *app.File
	err := p.db.View(ctx, func(s *store.Snapshot) (err error) { f, err = s.File(id); return err })
	if err != nil {
		return nil, "", err
	}
	r, err := p.db.Files.Open(f.Hash)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = r.Close() }() // read only
	b, err := io.ReadAll(r)
	return b, f.MIME, err
}

// extract is the text of a document: one of ours, or one at an address.
func (p *parts) extract(ctx context.Context, f app.Attachment) (string, error) {
	var data []byte
	var mime string
	var err error
	if f.File != "" {
		data, mime, err = p.file(ctx, f.File)
	} else {
		data, mime, err = p.door.Fetch(ctx, node.HTTPPolicy(p.trust(), true), f.URL, linkedMax)
	}
	if err != nil {
		return "", err
	}
	return p.readers.Extract(ctx, f.Name, mime, data)
}

// linkedMax bounds a document that is fetched, in bytes.
const linkedMax = 50 << 20

// trust says whose word the addresses in graphs are: anybody's, but for islet run, where the person at the shell chose the file.
func (p *parts) trust() egress.Trust {
	if p.world.headless {
		return egress.Admin
	}
	return egress.User
}

// save stores what a node made as a file of its app.
func (p *parts) save(ctx context.Context, name, mime string, data []byte) (app.Attachment, error) {
	f, err := p.chat.Keep(ctx, name, mime, bytes.NewReader(data))
	if err != nil {
		return app.Attachment{}, err
	}
	return app.Attachment{ID: app.NewID(), Kind: chat.KindOf(f.MIME), Method: "tool_file", File: f.ID, URL: chat.FileURL(f.ID), Name: f.Name, Size: f.Size, MIME: f.MIME}, nil
}

// code runs a program in the child process.
func (p *parts) code(ctx context.Context, language, source string, inputs map[string]any) (any, error) {
	res, err := p.sandbox.Run(ctx, sandbox.Code{Language: language, Source: source, Inputs: inputs})
	return res.Value, err
}

// client makes the clients of http-request nodes, one that checks certificates and one that does not, when they are first used.
func (p *parts) client() func(verifyTLS bool) (*http.Client, error) {
	once := func(verify bool) func() (*http.Client, error) {
		return sync.OnceValues(func() (*http.Client, error) { return p.door.Client(node.HTTPPolicy(p.trust(), verify)) })
	}
	strict, lax := once(true), once(false)
	return func(verifyTLS bool) (*http.Client, error) {
		if verifyTLS {
			return strict()
		}
		return lax()
	}
}

// loadRules puts the site's rules for outgoing connections in force.
func (p *parts) loadRules(ctx context.Context) error {
	lines, err := p.db.Outgoing(ctx)
	if err != nil {
		return err
	}
	rules, err := egress.ParseRules(lines)
	if err != nil { // written by another version: nothing is open until somebody saves them again
		p.log.Error("the rules for outgoing connections cannot be read; apps reach public addresses only", "err", err)
		return nil
	}
	p.door.SetRules(rules)
	return nil
}
