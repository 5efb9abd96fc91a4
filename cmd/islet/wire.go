package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/app/annotation"
	"islet/app/batch"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/flow"
	"islet/app/job"
	"islet/app/knowledge"
	"islet/app/model"
	"islet/app/model/builtin"
	"islet/app/run"
	"islet/app/sandbox"
	"islet/app/speech"
	"islet/app/studio"
	"islet/app/tool/toolbox"
	"islet/app/workflow/node"
	"islet/assets"
	"islet/store"
	"islet/store/backup"
	"islet/store/kv"
	"islet/web"
	"islet/web/console"
	"islet/web/hook"
	"islet/web/route"
	"islet/web/service"
	"islet/web/site"
)

// parts is everything that runs in the server, put together in one place.
type parts struct {
	log         *slog.Logger
	world       *world
	door        *egress.Door
	db          *store.DB
	kv          *kv.Store
	accounts    *account.Accounts
	models      *model.Registry
	endpoints   *model.Keeper
	shelf       *builtin.Shelf // the models inside this process
	sandbox     *sandbox.Pool  // runs code nodes
	readers     *sandbox.Pool  // read documents, so that a long one keeps no program waiting
	studio      *studio.Studio
	runs        *run.Manager
	chat        *chat.Chat
	annotations *annotation.Book
	flow        *flow.Flow
	batches     *batch.Batches
	speech      *speech.Speech
	knowledge   *knowledge.Knowledge
	tools       *toolbox.Box
	backups     *backup.Keeper
	jobs        *job.Worker
	handler     http.Handler
	router      *route.Router // lists the rows of handler
	setupCode   string        // "" once the site is set up

	ready   atomic.Bool
	work    sync.WaitGroup // keeping connections warm, tidying up
	endWork context.CancelFunc
}

// world is what a site stands in when it is not a server of its own.
type world struct {
	headless bool     // islet run: nothing listens, and the person at the shell says where it may connect
	keeps    bool     // headless, but on a data directory that stays: its code cache is there
	site     *lender  // whose model servers are used; nil: the site's own
	loopback []uint16 // ports of this machine that apps may call, by the operator's word
}

// build opens the stores and wires every part to those that it needs. Nothing runs yet but the stores.
func build(ctx context.Context, claim *store.Claim, log *slog.Logger) (*parts, error) {
	return buildIn(ctx, claim, log, &world{})
}

func buildIn(ctx context.Context, claim *store.Claim, log *slog.Logger, w *world) (*parts, error) {
	db, err := store.Open(ctx, claim.Dir, store.Options{})
	if err != nil {
		return nil, err
	}
	p := &parts{log: log, db: db, world: w, door: egress.New(egress.Options{Loopback: w.loopback})}
	if err := claim.Settle(db, version); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := p.loadRules(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p.shelf = builtin.New(builtin.Options{Dir: filepath.Join(claim.Dir, modelsDir)})
	p.models, p.endpoints = modelsOf(db, p.door, p.shelf)
	if !w.headless {
		p.endpoints.Inside = model.Inside{Models: p.shelf.Models, Findings: p.shelf.Findings}
	}
	p.kv = kv.Open(filepath.Join(claim.Dir, "kv"), kv.Options{Logger: log})
	p.sandbox = sandbox.New(sandbox.Options{CacheDir: p.codeCache(claim.Dir), Limits: sandbox.Limits{Time: codeTime}, Log: log})
	p.readers = sandbox.New(sandbox.Options{CacheDir: p.codeCache(claim.Dir), Workers: 1, Log: log})
	p.knowledge = p.knowledgeOf(claim.Dir)
	if p.tools, err = p.toolsOf(claim.Dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p.runs = run.New(run.Options{DB: db, Log: p.kv, Logger: log, PerApp: runsPerApp,
		Rebuild: func(ctx context.Context, r *app.Run, s run.State) (run.Spec, error) { return p.flow.Rebuild(ctx, r, s) }}) // flow follows
	p.studio = &studio.Studio{DB: db, Types: node.Table(p.nodeDeps()), DefaultModel: p.endpoints.Preferred,
		Chatter: p.models.Chatter, Calls: p.endpoints.Calls,
		Home: p.tools.Home,
		Rerank: func(ctx context.Context, provider, name string) (app.ModelRef, error) {
			return p.endpoints.Find(ctx, app.RerankModel, provider, name)
		}}
	p.annotations = annotation.New(annotation.Options{DB: db, Embedder: p.models.Embedder, Log: log})
	p.chat = chat.New(chat.Options{DB: db, Runs: p.runs, Models: p.models, Log: log, Sees: p.endpoints.Sees, Annotations: p.annotations})
	p.speech = speech.New(speech.Options{Defaults: p.endpoints.Defaults, Models: p.models})
	p.flow = flow.New(flow.Options{DB: db, Runs: p.runs, Studio: p.studio, Chat: p.chat, Log: log})
	p.batches = batch.New(batch.Options{DB: db, Studio: p.studio, Chat: p.chat, Flow: p.flow, Runs: p.runs, Rows: p.readers.Rows, Log: log})
	p.studio.OnPublish = p.flow.Publish
	if w.headless {
		return p, nil
	}
	if err := p.buildServer(ctx, claim); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return p, nil
}

// buildServer adds what only a server needs.
func (p *parts) buildServer(ctx context.Context, claim *store.Claim) error {
	db, log := p.db, p.log
	p.accounts = account.New(db, account.Options{
		NewSetupCode: func(code string) { log.Warn("wrong set-up codes voided the last one", "new_code", code) },
		Log:          func(err error) { log.Warn("accounts", "err", err) },
	})
	code, needed, err := p.accounts.SetupCode(ctx)
	if err != nil {
		return err
	}
	if needed {
		p.setupCode = code
	}
	p.backups = backup.New(db, backup.Options{Version: version, Log: log,
		Schedule: func(tx *store.Tx, s app.Schedule) error { return p.jobs.SetSchedule(tx, s) }}) // jobs follows
	p.jobs = job.New(db, map[string]job.Handler{backup.JobKind: p.backups.Job}, job.Options{Log: log})

	cons := &console.API{DB: db, Accounts: p.accounts, Studio: p.studio, Chat: p.chat, Flow: p.flow, Runs: p.runs, Batches: p.batches, Models: p.models, Endpoints: p.endpoints, Knowledge: p.knowledge, Annotations: p.annotations, Speech: p.speech,
		Door: p.door, Catalog: console.NewCatalog(), Backups: p.backups, System: console.System{Version: version, Commit: commit, Go: runtime.Version(),
			OS: runtime.GOOS, Arch: runtime.GOARCH, DataDir: claim.Dir, Started: db.Now()},
		Tools: p.tools, Rows: p.readers.Rows}
	svc := &service.API{DB: db, Studio: p.studio, Chat: p.chat, Flow: p.flow, Runs: p.runs, Knowledge: p.knowledge, Annotations: p.annotations, Endpoints: p.endpoints, Speech: p.speech}
	apps := &site.API{DB: db, Accounts: p.accounts, Studio: p.studio, Chat: p.chat, Flow: p.flow, Runs: p.runs, Batches: p.batches, Speech: p.speech}
	p.handler, p.router = web.New(web.Options{Log: log, Ready: p.isReady, UI: web.NewUI(assets.UI()), Embed: p.studio.Embeds,
		Routes: []func(*route.Router){cons.Routes, svc.Routes, apps.Routes, (&hook.API{Flow: p.flow}).Routes}})
	return nil
}

// runsPerApp leaves room for others when everybody runs one app.
const runsPerApp = 250

// codeTime is how long a code node may work, as in Dify.
const codeTime = 60 * time.Second

// tracesFor is how long traces are kept.
const tracesFor = 30 * 24 * time.Hour

// tracesMax bounds what traces take on disk, in bytes.
const tracesMax = 1 << 30

// start closes what a crash left open, then begins the background work.
func (p *parts) start() {
	ctx, cancel := context.WithCancel(context.Background())
	p.endWork = cancel
	if resumed, interrupted, err := p.runs.Recover(ctx); err != nil {
		p.log.Error("runs of the last process could not be taken up", "err", err)
	} else if resumed+interrupted > 0 {
		p.log.Info("the last process left runs open", "going_on", resumed, "marked_interrupted", interrupted)
	}
	if err := p.batches.Start(ctx); err != nil {
		p.log.Error("batches of the last process could not be taken up", "err", err)
	}
	p.ready.Store(true)
	p.flow.Watch()
	p.knowledge.Start()
	p.work.Go(func() {
		if err := p.db.Rehearse(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the rehearsal of a chat failed", "err", err)
		}
	})
	p.work.Go(func() {
		if err := p.endpoints.Refresh(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the built-in models cannot be listed", "err", err)
		}
		p.models.Warm(ctx)
	})
	p.work.Go(func() {
		if err := p.sandbox.Warm(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the sandbox of code nodes is not ready", "err", err)
		}
		if err := p.readers.WarmPDF(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the reader of PDF files is not ready", "err", err)
		}
	})
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
	p.batches.Close()
	p.chat.Close()
	p.annotations.Close()
	p.flow.Close()
	errs := []error{p.runs.Close(ctx), p.knowledge.Close(), p.sandbox.Close(), p.readers.Close()}
	p.tools.Close()
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainRequests)
	defer cancel()
	if p.jobs != nil {
		errs = append(errs, p.jobs.Close(short), p.backups.Close(short))
	}
	if p.endWork != nil {
		p.endWork()
	}
	p.work.Wait()
	p.studio.Close()
	p.models.Close()
	p.shelf.Close()
	return errors.Join(append(errs, p.kv.Close(), p.db.Close())...)
}
