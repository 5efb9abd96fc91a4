package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"strings"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/studio"
	"islet/app/studio/dsl"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// runCmd is `islet run APP.yml`: one run of a Dify app file without a server, for cron jobs and tests. It works in a folder of
// its own that is gone afterwards. The last line it prints is a result; the exit code is 0 if the run succeeded, 1 if not, 2 if
// the file or a flag is wrong.
type runCmd struct {
	File         string        `arg:"" help:"a Dify app file (.yml)"`
	Inputs       string        `help:"the start node's inputs, a JSON object" placeholder:"JSON" default:"{}"`
	Query        string        `help:"the question, of an app that people talk to"`
	Conversation string        `help:"values of conversation variables, a JSON object" placeholder:"JSON" default:"{}"`
	Mock         string        `help:"a JSON file that says what nodes make instead of working" placeholder:"FILE"`
	Events       bool          `help:"print every event of the Service API, one JSON object a line"`
	Timeout      time.Duration `help:"stop the run after this time" default:"60s"`
	Data         string        `help:"use the model servers and knowledge of this data directory" placeholder:"DIR"`
}

// runResult is the last line.
type runResult struct {
	Status  app.Status      `json:"status"`
	Outputs json.RawMessage `json:"outputs"`
	Answer  string          `json:"answer"`
	Error   string          `json:"error"`
	Steps   int             `json:"steps"`
	Tokens  int             `json:"tokens"`
	Elapsed int64           `json:"elapsed_ms"`
}

// Run runs the app and prints what came of it.
func (c *runCmd) Run(ctx context.Context, e *env) error {
	res, err := c.run(ctx, e)
	if err != nil {
		res = &runResult{Status: app.Failed, Error: app.AsError(err).Text.In(e.Lang)}
		if app.KindOf(err) == app.Internal {
			res.Error = err.Error()
		}
	}
	if res.Outputs == nil {
		res.Outputs = json.RawMessage("{}")
	}
	if err := e.line(res); err != nil {
		return err
	}
	switch {
	case err != nil:
		return &exit{2, err}
	case !res.Status.Good():
		return &exit{code: 1}
	}
	return nil
}

// line prints a value as one line of JSON.
func (e *env) line(v any) error {
	out := json.NewEncoder(e.Out)
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// run is Run up to the result. Its error is about the file or the flags.
func (c *runCmd) run(ctx context.Context, e *env) (*runResult, error) {
	r := &rehearsal{cmd: c, lang: e.Lang}
	if err := r.read(); err != nil {
		return nil, err
	}
	if err := r.open(ctx, e.Err); err != nil {
		return nil, err
	}
	defer r.close()
	ctx = app.WithScope(ctx, app.Scope{Workspace: r.workspace, Role: app.Owner, Lang: e.Lang})
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	followed, frames, err := r.start(ctx)
	if err != nil {
		var known *app.Error
		if !errors.As(err, &known) {
			return nil, err
		}
		return &runResult{Status: app.Failed, Error: known.Text.In(e.Lang), Elapsed: time.Since(begun).Milliseconds()}, nil
	}
	res, err := r.watch(ctx, e, followed, frames)
	if err == nil {
		res.Elapsed = time.Since(begun).Milliseconds()
	}
	return res, err
}

// rehearsal is one app in a site of its own.
type rehearsal struct {
	cmd   *runCmd
	lang  app.Lang
	app   app.App
	mocks *mocks

	inputs, conversation map[string]any

	dir       string
	workspace app.ID
	parts     *parts
	claim     *store.Claim
	release   *studio.Release
	site      *lender
}

// read reads the file and the flags.
func (r *rehearsal) read() error {
	raw, err := readSome(r.cmd.File, dsl.MaxBytes+1)
	if err != nil {
		return app.Errorf(app.Invalid, "file_unreadable", "cannot read %[1]s: %[2]v", "无法读取 %[1]s：%[2]v", r.cmd.File, plainCause(err)).Because(err)
	}
	f, err := dsl.Read(raw)
	if err != nil {
		return err
	}
	if r.app, _, err = dsl.Settings(f, func(plain string) []byte { return []byte(plain) }); err != nil {
		return err
	}
	for i := range r.app.Draft.Environment { // nothing is stored, so nothing is sealed
		if v := &r.app.Draft.Environment[i]; len(v.Sealed) > 0 {
			v.Value, v.Sealed = string(v.Sealed), nil
		}
	}
	if r.inputs, err = object("--inputs", r.cmd.Inputs); err != nil {
		return err
	}
	if r.conversation, err = object("--conversation", r.cmd.Conversation); err != nil {
		return err
	}
	for i := range r.app.Draft.Conversation {
		if v, ok := r.conversation[r.app.Draft.Conversation[i].Name]; ok {
			r.app.Draft.Conversation[i].Value = v
		}
	}
	r.mocks, err = readMocks(r.cmd.Mock)
	return err
}

// object reads the value of a flag.
func object(flag, text string) (map[string]any, error) {
	m, err := value.DecodeMap([]byte(text))
	if err != nil {
		return nil, app.Errorf(app.Invalid, "bad_flag", `%s must be a JSON object, such as {"name":"value"} (%v)`, `%s 必须是 JSON 对象，例如 {"name":"value"}（%v）`, flag, err).Because(err)
	}
	return m, nil
}

// open makes the site and puts the app into it.
func (r *rehearsal) open(ctx context.Context, logs io.Writer) (err error) {
	if r.dir, err = os.MkdirTemp("", "islet-run-"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.claim, err = store.Take(r.dir, version); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelError}))
	world := &world{headless: true}
	if r.cmd.Data != "" {
		if r.site, err = lend(ctx, r.cmd.Data); err != nil {
			return err
		}
		world.site = r.site
	}
	if r.parts, err = buildIn(ctx, r.claim, log, world); err != nil {
		return err
	}
	r.workspace = app.NewID()
	if r.site != nil {
		r.workspace = r.site.workspace
	}
	it := &r.app
	it.ID, it.CreatedAt, it.UpdatedAt, it.DraftRev = app.NewID(), time.Now(), time.Now(), 1
	it.Site.Code = strings.ToLower(string(it.ID))
	ctx = app.WithScope(ctx, app.Scope{Workspace: r.workspace, Role: app.Owner})
	err = r.parts.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertWorkspace(&app.Workspace{ID: r.workspace, Name: "islet run"}); err != nil {
			return err
		}
		return tx.InsertApp(it)
	})
	if err != nil {
		return err
	}
	r.release, err = r.parts.studio.Trial(r.workspace, it, workflow.Replacing(r.mocks.replace))
	return err
}

// close takes the site down and removes it.
func (r *rehearsal) close() {
	if r.parts != nil {
		_ = r.parts.close(context.Background()) // everything in it is thrown away
	}
	if r.site != nil {
		r.site.close()
	}
	if r.claim != nil {
		_ = r.claim.Release() // likewise
	}
	_ = os.RemoveAll(r.dir) // the system's folder for such things is swept anyway
}

// followed is a run under way, with the scope in which it can be followed.
type followed struct {
	run   app.ID
	scope app.Scope
}

// cliUser is the end user's name in a run from the command line.
const cliUser = "cli"

// start starts the run. The frames are those of the Service API.
func (r *rehearsal) start(ctx context.Context) (followed, frames, error) {
	o := frame.Options{Workflow: r.app.ID, User: cliUser, Lang: r.lang}
	if r.app.Mode == app.ModeWorkflow {
		s, err := r.parts.flow.Start(ctx, flow.Start{Release: r.release, Source: app.FromCLI, User: cliUser, Inputs: r.inputs})
		if err != nil {
			return followed{}, nil, err
		}
		o.Task, o.Run, o.Created = s.Run.ID, s.Run.ID, s.Run.StartedAt
		return followed{s.Run.ID, s.Scope}, frame.ForMode(r.app.Mode, o), nil
	}
	inner, _, err := r.parts.chat.Enter(ctx, r.release, app.FromCLI, cliUser)
	if err != nil {
		return followed{}, nil, err
	}
	s, err := r.parts.chat.Send(ctx, chat.Turn{Release: r.release, Source: app.FromCLI, User: cliUser, Query: r.cmd.Query, Inputs: r.inputs})
	if err != nil {
		return followed{}, nil, err
	}
	scope := app.ScopeOf(inner)
	scope.EndUser = s.Message.EndUser
	o.Task, o.Run, o.Message, o.Conversation, o.Created = s.Run, s.Run, s.Message.ID, s.Conversation.ID, s.Message.CreatedAt
	return followed{s.Run, scope}, frame.ForMode(r.app.Mode, o), nil
}

// frames turns the events of a run into what the Service API says of them.
type frames = func(context.Context, iter.Seq2[app.Event, error]) iter.Seq2[route.Frame, error]

// watch follows the run to its end. When the time is over, or the person gives up, the run is stopped and still ends well.
func (r *rehearsal) watch(ctx context.Context, e *env, f followed, translate frames) (*runResult, error) {
	calm := app.WithScope(context.WithoutCancel(ctx), f.scope)
	stop := context.AfterFunc(ctx, func() { _ = r.parts.runs.Stop(calm, f.run) }) // a run that is over needs no stopping
	defer stop()
	var answer strings.Builder
	var last app.Event
	tap := func(yield func(app.Event, error) bool) {
		for ev, err := range r.parts.runs.Follow(calm, f.run, 0) {
			if err == nil {
				if last = ev; ev.Kind == app.EvDelta {
					answer.WriteString(ev.Delta)
				}
			}
			if !yield(ev, err) {
				return
			}
		}
	}
	if r.cmd.Events {
		for fr, err := range translate(calm, tap) {
			if err != nil {
				return nil, err
			}
			if len(fr.Data) > 0 {
				fmt.Fprintf(e.Out, "%s\n", fr.Data)
			}
		}
	} else {
		for _, err := range tap {
			if err != nil {
				return nil, err
			}
		}
	}
	return r.result(&last, answer.String())
}

// result is the last line for how the run ended.
func (r *rehearsal) result(last *app.Event, answer string) (*runResult, error) {
	res := &runResult{Status: last.Status, Answer: answer, Steps: last.Steps}
	if last.Usage != nil {
		res.Tokens = last.Usage.TotalTokens
	}
	if last.Error != nil {
		res.Error = last.Error.Text.In(r.lang)
	}
	if last.Status == app.Interrupted {
		res.Status = app.Failed
	}
	if last.Status == app.Stopped && res.Error == "" {
		res.Error = app.Text{En: "stopped: the time was over or somebody gave up", Zh: "已停止：超时或被中断"}.In(r.lang)
	}
	if r.app.Mode == app.ModeWorkflow {
		res.Answer, _ = last.Outputs["answer"].(string)
	}
	var err error
	res.Outputs, err = value.Encode(last.Outputs)
	return res, err
}
