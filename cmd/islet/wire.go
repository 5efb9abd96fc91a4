package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/job"
	"islet/app/model"
	"islet/app/model/provider"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/workflow/node"
	"islet/assets"
	"islet/store"
	"islet/store/backup"
	"islet/store/kv"
	"islet/web"
	"islet/web/console"
	"islet/web/route"
	"islet/web/service"
	"islet/web/site"
)

// parts is everything that runs in the server, put together in one place.
type parts struct {
	log       *slog.Logger
	db        *store.DB
	kv        *kv.Store
	accounts  *account.Accounts
	models    *model.Registry
	studio    *studio.Studio
	runs      *run.Manager
	chat      *chat.Chat
	backups   *backup.Keeper
	jobs      *job.Worker
	handler   http.Handler
	router    *route.Router // lists the rows of handler
	setupCode string        // "" once the site is set up

	ready   atomic.Bool
	work    sync.WaitGroup // keeping connections warm, tidying up
	endWork context.CancelFunc
}

// build opens the stores and wires every part to those that it needs. Nothing runs yet but the stores.
func build(ctx context.Context, claim *store.Claim, log *slog.Logger) (*parts, error) {
	db, err := store.Open(ctx, claim.Dir, store.Options{})
	if err != nil {
		return nil, err
	}
	p := &parts{log: log, db: db}
	if err := claim.Settle(db, version); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p.accounts = account.New(db, account.Options{
		NewSetupCode: func(code string) { log.Warn("wrong set-up codes voided the last one", "new_code", code) },
		Log:          func(err error) { log.Warn("accounts", "err", err) },
	})
	code, needed, err := p.accounts.SetupCode(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if needed {
		p.setupCode = code
	}

	door := egress.New(egress.Options{})
	p.models = model.NewRegistry(model.Wire(db, model.Options{Open: provider.Opener(door, provider.Limits{})}))
	endpoints := &model.Keeper{DB: db, Registry: p.models, Protocols: slices.Sorted(maps.Keys(provider.Table))}
	p.kv = kv.Open(filepath.Join(claim.Dir, "kv"), kv.Options{Logger: log})
	p.runs = run.New(run.Options{DB: db, Log: p.kv, Logger: log})
	p.studio = &studio.Studio{DB: db, Types: node.Table(p.nodeDeps(endpoints)), DefaultModel: endpoints.Preferred}
	p.chat = chat.New(chat.Options{DB: db, Runs: p.runs, Models: p.models, Log: log, Sees: endpoints.Sees})
	p.backups = backup.New(db, backup.Options{Version: version, Log: log,
		Schedule: func(tx *store.Tx, s app.Schedule) error { return p.jobs.SetSchedule(tx, s) }}) // jobs follows
	p.jobs = job.New(db, map[string]job.Handler{backup.JobKind: p.backups.Job}, job.Options{Log: log})

	cons := &console.API{DB: db, Accounts: p.accounts, Studio: p.studio, Chat: p.chat, Runs: p.runs, Models: p.models, Endpoints: endpoints,
		Door: door, Catalog: console.NewCatalog(), Backups: p.backups, System: console.System{Version: version, Commit: commit, Go: runtime.Version(),
			OS: runtime.GOOS, Arch: runtime.GOARCH, DataDir: claim.Dir, Started: db.Now()}}
	svc := &service.API{DB: db, Studio: p.studio, Chat: p.chat, Runs: p.runs}
	apps := &site.API{DB: db, Studio: p.studio, Chat: p.chat, Runs: p.runs}
	p.handler, p.router = web.New(web.Options{Log: log, Ready: p.isReady, UI: web.NewUI(assets.UI()),
		Routes: []func(*route.Router){cons.Routes, svc.Routes, apps.Routes}})
	return p, nil
}

// nodeDeps is what the nodes of a graph may ask for.
func (p *parts) nodeDeps(endpoints *model.Keeper) node.Deps {
	return node.Deps{
		Chatter: p.models.Chatter,
		Model:   endpoints.Known,
		History: func(ctx context.Context, _, parent app.ID, limit int) (thread []*app.Message, err error) {
			err = p.db.View(ctx, func(s *store.Snapshot) error { thread, err = chat.History(s, parent, limit); return err })
			return thread, err
		},
		File: p.file,
	}
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

// tracesFor is how long traces are kept.
const tracesFor = 30 * 24 * time.Hour

// tracesMax bounds what traces take on disk, in bytes.
const tracesMax = 1 << 30

// start closes what a crash left open, then begins the background work.
func (p *parts) start() {
	ctx, cancel := context.WithCancel(context.Background())
	p.endWork = cancel
	if n, err := p.runs.Recover(ctx); err != nil {
		p.log.Error("runs of the last process could not be closed", "err", err)
	} else if n > 0 {
		p.log.Info("runs of the last process were cut off and are marked so", "runs", n)
	}
	p.ready.Store(true)
	p.work.Go(func() {
		if err := p.db.Rehearse(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the rehearsal of a chat failed", "err", err)
		}
	})
	p.work.Go(func() { p.models.Warm(ctx) })
	p.work.Go(func() { p.tidy(ctx) })
	p.work.Go(func() {
		if err := errors.Join(p.backups.Start(ctx), p.jobs.Start(ctx)); err != nil && ctx.Err() == nil {
			p.log.Error("background jobs do not run", "err", err)
		}
	})
}

const (
	firstTidy = 10 * time.Minute // after the start, when people have stopped waiting
	tidyEvery = 24 * time.Hour
	sweepAge  = time.Hour // of bytes that no row names
)

// tidy drops old traces, and the bytes of deleted files, once a day.
func (p *parts) tidy(ctx context.Context) {
	for t := time.NewTimer(firstTidy); ; t.Reset(tidyEvery) {
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if _, err := p.db.PruneTraces(ctx, p.db.Now().Add(-tracesFor), tracesMax); err != nil {
			p.log.Warn("old traces could not be removed", "err", err)
		}
		if _, err := p.db.SweepFiles(ctx, sweepAge); err != nil {
			p.log.Warn("the bytes of deleted files could not be removed", "err", err)
		}
	}
}

var errNotReady = errors.New("starting or shutting down")

func (p *parts) isReady() error {
	if !p.ready.Load() {
		return errNotReady
	}
	return nil
}

// close ends the parts in the order that loses nothing. ctx bounds how long the runs may go on.
func (p *parts) close(ctx context.Context) error {
	p.chat.Close()
	errs := []error{p.runs.Close(ctx)}
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainRequests)
	defer cancel()
	errs = append(errs, p.jobs.Close(short), p.backups.Close(short))
	if p.endWork != nil {
		p.endWork()
	}
	p.work.Wait()
	p.studio.Close()
	p.models.Close()
	return errors.Join(append(errs, p.kv.Close(), p.db.Close())...)
}
