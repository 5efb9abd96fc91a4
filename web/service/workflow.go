package service

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"time"

	"islet/app"
	"islet/app/flow"
	"islet/app/studio"
	"islet/app/value"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

type runIn struct {
	Inputs json.RawMessage `json:"inputs"`
	Mode   string          `json:"response_mode"`
	User   string          `json:"user"`
	Files  []fileIn        `json:"files"`
}

type runVersionIn struct {
	Version string `path:"workflow_id" json:"-"`
	runIn
}

func (a *API) runWorkflow(g *route.Group) func(context.Context, http.ResponseWriter, *runIn) error {
	return func(ctx context.Context, w http.ResponseWriter, in *runIn) error {
		rel, err := a.only(ctx, notWorkflow, app.ModeWorkflow)
		if err != nil {
			return err
		}
		return a.runFor(ctx, g, w, rel, in)
	}
}

// runVersion runs a published version that need not be the latest.
func (a *API) runVersion(g *route.Group) func(context.Context, http.ResponseWriter, *runVersionIn) error {
	return func(ctx context.Context, w http.ResponseWriter, in *runVersionIn) error {
		rel, err := a.only(ctx, notWorkflow, app.ModeWorkflow)
		if err != nil {
			return err
		}
		if rel, err = a.version(ctx, rel, in.Version); err != nil {
			return err
		}
		return a.runFor(ctx, g, w, rel, &in.runIn)
	}
}

func (a *API) runFor(ctx context.Context, g *route.Group, w http.ResponseWriter, rel *studio.Release, in *runIn) error {
	if err := needUser(in.User); err != nil {
		return err
	}
	inputs, err := inputsOf(in.Inputs, rel.App.Mode)
	if err != nil {
		return err
	}
	if err := checkMode(in.Mode); err != nil {
		return err
	}
	if err := rel.Ready(); err != nil { // Dify has another code for it here than for chat apps
		return &app.Error{Kind: app.Invalid, Code: "invalid_param", Text: app.AsError(err).Text, Err: err}
	}
	files, err := a.files(ctx, rel, in)
	if err != nil {
		return err
	}
	started, err := a.Flow.Start(ctx, flow.Start{Release: rel, Source: app.FromAPI, User: in.User, Inputs: inputs, Files: files})
	if err != nil {
		return err
	}
	return a.deliver(ctx, g, w, rel.App.Mode, in.Mode, runOptions(ctx, started.Run, in.User))
}

// files are the attachments of a run, completed. An app that takes none does not look at them, as in Dify.
func (a *API) files(ctx context.Context, rel *studio.Release, in *runIn) ([]app.Attachment, error) {
	set := &rel.Settings.Files
	if !set.Enabled || len(in.Files) == 0 {
		return nil, nil
	}
	if most := limitOf(set); len(in.Files) > most {
		return nil, app.Errorf(app.Invalid, "files_too_many", "a run takes at most %d files", "每次运行最多附带 %d 个文件", most)
	}
	if _, err := attachments(in.Files); err != nil {
		return nil, err
	}
	list := make([]any, len(in.Files))
	for i, f := range in.Files {
		list[i] = value.NewObject("type", f.Type, "transfer_method", f.Method, "url", f.URL, "upload_file_id", f.File)
	}
	ctx, _, err := a.enterAs(ctx, rel, in.User)
	if err != nil {
		return nil, err
	}
	done, err := a.Chat.Inputs(ctx, map[string]any{"files": list})
	if err != nil {
		return nil, err
	}
	files, ok := done["files"].([]app.Attachment)
	if !ok {
		return nil, app.Errorf(app.Invalid, "invalid_param", "a file is {type, transfer_method: local_file or remote_url, upload_file_id or url}",
			"文件应为 {type, transfer_method: local_file 或 remote_url, upload_file_id 或 url}")
	}
	return files, nil
}

// runOptions say what the stream of a workflow's run is about.
func runOptions(ctx context.Context, r *app.Run, user string) frame.Options {
	return frame.Options{Task: r.ID, Run: r.ID, Workflow: workflowOf(r), Created: r.StartedAt, EndUser: r.EndUser, User: user, Lang: app.ScopeOf(ctx).Lang}
}

// workflowOf is what Dify calls the workflow of a run: our version, and of a draft the app.
func workflowOf(r *app.Run) app.ID {
	if r.Version == "" {
		return r.App
	}
	return r.Version
}

// stopWorkflow stops a run whoever began it, as in Dify.
func (a *API) stopWorkflow(ctx context.Context, in *stopIn) (*result, error) {
	if _, err := a.only(ctx, notWorkflow, app.ModeWorkflow); err != nil {
		return nil, err
	}
	if err := needUser(in.User); err != nil {
		return nil, err
	}
	return a.end(ctx, in.Task)
}

type workflowRunIn struct {
	ID app.ID `path:"workflow_run_id" json:"-"`
}

type workflowRunOut struct {
	ID       app.ID          `json:"id"`
	Workflow app.ID          `json:"workflow_id"`
	Status   string          `json:"status"`
	Inputs   *string         `json:"inputs"` // JSON in JSON, as in Dify
	Outputs  json.RawMessage `json:"outputs"`
	Error    *string         `json:"error"`
	Steps    int             `json:"total_steps"`
	Tokens   int             `json:"total_tokens"`
	Created  int64           `json:"created_at"`
	Finished *int64          `json:"finished_at"`
	Elapsed  *float64        `json:"elapsed_time"`
}

var noRun = app.Missing("run", "运行记录")

func (a *API) workflowRun(ctx context.Context, in *workflowRunIn) (*workflowRunOut, error) {
	if _, err := a.only(ctx, notWorkflow, graphs...); err != nil {
		return nil, err
	}
	r, m, err := a.run(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &workflowRunOut{ID: r.ID, Workflow: workflowOf(r), Status: frame.StatusOf(r.Status), Error: reason(ctx, r), Steps: r.Steps, Tokens: r.Usage.TotalTokens,
		Created: r.StartedAt.Unix(), Outputs: json.RawMessage("{}")}
	inputs, outputs := r.Inputs, r.Outputs
	if m != nil {
		inputs = map[string]any{"sys.query": m.Query, "sys.files": m.Files}
		for k, v := range m.Inputs {
			inputs[k] = v
		}
		if r.FinishedAt != nil {
			outputs = map[string]any{"answer": m.Answer}
		}
	}
	raw, err := value.Encode(inputs)
	if err != nil {
		return nil, err
	}
	text := string(raw)
	out.Inputs = &text
	if outputs != nil {
		if out.Outputs, err = value.Encode(outputs); err != nil {
			return nil, err
		}
	}
	if r.FinishedAt != nil {
		at, took := r.FinishedAt.Unix(), r.FinishedAt.Sub(r.StartedAt).Seconds()
		out.Finished, out.Elapsed = &at, &took
	}
	return out, nil
}

// run is a run of the scope with its message, if it has one. What people try in the studio is not there.
func (a *API) run(ctx context.Context, id app.ID) (r *app.Run, m *app.Message, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if r, err = s.Run(id); err != nil {
			return err
		}
		owner := app.ScopeOf(ctx).EndUser
		if r.Source == app.FromDebug || owner != "" && owner != r.EndUser {
			return noRun
		}
		if r.Message != "" {
			m, err = s.Message(r.Message)
		}
		return err
	})
	if err != nil {
		return nil, nil, missing(err, "Workflow run not found.", "未找到该运行记录。")
	}
	return r, m, nil
}

// reason is why a run ended badly; nil where it did not.
func reason(ctx context.Context, r *app.Run) *string {
	why := frame.Reason(r.Status, r.Error)
	if why.En == "" {
		return nil
	}
	text := why.In(app.ScopeOf(ctx).Lang)
	return &text
}

type workflowEventsIn struct {
	ID       app.ID `path:"workflow_run_id" json:"-"`
	User     string `query:"user" json:"-"`
	Snapshot bool   `query:"include_state_snapshot" json:"-"`
	Continue bool   `query:"continue_on_pause" json:"-"`
}

// workflowEvents takes up the stream of a run that goes on or waits. Of one that is over it tells only how it ended.
func (a *API) workflowEvents(g *route.Group) func(context.Context, http.ResponseWriter, *workflowEventsIn) error {
	return func(ctx context.Context, w http.ResponseWriter, in *workflowEventsIn) error {
		rel, err := a.only(ctx, notWorkflow, graphs...)
		if err == nil {
			err = needUser(in.User)
		}
		if err != nil {
			return err
		}
		lang := app.ScopeOf(ctx).Lang
		inner, _, err := a.enterAs(ctx, rel, in.User)
		if err != nil {
			return err
		}
		r, m, err := a.run(inner, in.ID)
		if err != nil {
			return err
		}
		o := runOptions(ctx, r, in.User)
		if m != nil {
			o = messageOptions(ctx, rel, m, in.User)
			o.Workflow = workflowOf(r)
		}
		o.Lang, o.Snapshot = lang, in.Snapshot
		if r.Status.Final() {
			g.WriteStream(ctx, w, once(frame.Finished(o, ending(r, m))))
			return nil
		}
		g.WriteStream(ctx, w, a.takeUp(inner, rel.App.Mode, o, r.Status == app.Paused && !in.Snapshot, in.Continue))
		return nil
	}
}

func once(f route.Frame) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) { yield(f, nil) }
}

// ending is the last event of a run, made from what is stored.
func ending(r *app.Run, m *app.Message) *app.Event {
	ev := &app.Event{Kind: app.EvRunFinished, At: r.StartedAt, Status: r.Status, Error: r.Error, Usage: &r.Usage, Steps: r.Steps, Exceptions: r.Exceptions, Outputs: r.Outputs}
	if m != nil {
		ev.Outputs = map[string]any{"answer": m.Answer}
	}
	if r.FinishedAt != nil {
		ev.At, ev.Elapsed = *r.FinishedAt, r.FinishedAt.Sub(r.StartedAt).Seconds()
	}
	return ev
}

// takeUp follows a run from where it last went on: after a pause at first, if it is asleep, and over pauses, if it is to go on.
func (a *API) takeUp(ctx context.Context, mode app.Mode, o frame.Options, asleep, on bool) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		expect, err := a.wentOn(ctx, o.Run)
		if err != nil {
			yield(route.Frame{}, err)
			return
		}
		if asleep {
			o.After = a.Runs.Since(ctx, o.Run)
		}
		for {
			if asleep {
				expect = true
				if !yield(route.Frame{Event: "ping"}, nil) { // the caller learns at once that it is heard
					return
				}
				if err := a.awaken(ctx, o.Run, o.After); err != nil {
					yield(route.Frame{}, err)
					return
				}
			}
			if o.After, err = a.since(ctx, o.Run, o.After, expect); err != nil {
				yield(route.Frame{}, err)
				return
			}
			asleep = false
			for f, err := range frame.ForMode(mode, o)(ctx, watched(a.Runs.Follow(ctx, o.Run, 0), &asleep)) {
				if !yield(f, err) || err != nil {
					return
				}
			}
			if !asleep || !on {
				return
			}
			o.Snapshot = false // it was told
		}
	}
}

// watched are events, with a note of whether the run pauses.
func watched(events iter.Seq2[app.Event, error], pauses *bool) iter.Seq2[app.Event, error] {
	return func(yield func(app.Event, error) bool) {
		for ev, err := range events {
			*pauses = ev.Kind == app.EvRunPaused
			if !yield(ev, err) {
				return
			}
		}
	}
}

const (
	lookEvery  = 500 * time.Millisecond // at a run that waits: a form is filled in by people
	catchUp    = 10 * time.Millisecond  // a run that goes on first repeats what it did, without doing it
	catchUpMax = 50
)

// awaken returns when a run that paused goes on, or has ended. Each of its lives begins with more events than the last one, by
// which one is known that was over between two looks.
func (a *API) awaken(ctx context.Context, run app.ID, last uint64) error {
	for {
		var r *app.Run
		err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { r, err = s.Run(run); return err })
		if err != nil || r.Status != app.Paused || a.Runs.Since(ctx, run) > last {
			return err
		}
		if err := sleep(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// wentOn tells whether a run has paused and gone on: then a form of it is closed.
func (a *API) wentOn(ctx context.Context, run app.ID) (bool, error) {
	var forms []*app.Form
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { forms, err = s.FormsOf(run); return err })
	return slices.ContainsFunc(forms, func(f *app.Form) bool { return f.Status != app.FormWaiting }), err
}

// since is the last event before a run went on. One that is expected to do so after the event last is given the moment that it
// needs to come to where it was.
func (a *API) since(ctx context.Context, run app.ID, last uint64, expect bool) (uint64, error) {
	for range catchUpMax {
		if n := a.Runs.Since(ctx, run); n > last || !expect {
			return n, nil
		}
		if err := sleep(ctx, catchUp); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
