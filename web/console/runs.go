package console

import (
	"context"
	"iter"
	"strings"
	"time"

	"islet/app"
	"islet/app/flow"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/studio/dsl"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

type runIn struct {
	ByID
	Inputs map[string]any  `json:"inputs"`
	Files  []frame.FileRef `json:"files"`
	From   string          `json:"from,omitempty"` // a node: the run goes on from there with what the caller's last tries left
}

// run starts the draft of a workflow app as it is saved. From a node on it also starts that of a chatflow, as another answer to
// the question asked last; the stream then is that of an answer.
func (a *API) run(ctx context.Context, in *runIn) (frames, error) {
	rel, err := a.Studio.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.From != "" && rel.App.Mode == app.ModeAdvancedChat {
		sent, err := a.Chat.GoOn(ctx, rel, debugger(ctx), in.From)
		if err != nil {
			return nil, err
		}
		return a.stream(within(ctx, in.ID), rel.App.Mode, sent.Message, sent.Conversation, 0)
	}
	files, err := a.attached(ctx, in.Files)
	if err != nil {
		return nil, err
	}
	started, err := a.Flow.Start(ctx, flow.Start{Release: rel, Source: app.FromDebug, User: debugger(ctx), Inputs: in.Inputs, Files: files, From: in.From})
	if err != nil {
		return nil, err
	}
	return a.runStream(within(ctx, in.ID), started.Run, 0)
}

// attached completes the files of a run as those among its inputs are completed: from their rows or links.
func (a *API) attached(ctx context.Context, refs []frame.FileRef) ([]app.Attachment, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	given := make([]any, len(refs))
	for i, f := range refs {
		given[i] = app.Attachment{Kind: f.Kind, Method: f.Method, File: f.File, URL: f.URL}
	}
	done, err := a.Chat.Inputs(ctx, map[string]any{"files": given})
	files, _ := done["files"].([]app.Attachment)
	return files, err
}

// runStream tells what a workflow's run does, with all that its nodes are given and make.
func (a *API) runStream(ctx context.Context, r *app.Run, after uint64) (frames, error) {
	return a.whileHere(ctx, &frame.Flow{Began: frame.RunState{Run: r}, Steps: frame.WholeSteps, Follow: a.follow(r.ID), Since: a.since(r.ID),
		Stored: func(ctx context.Context) (any, app.Status, error) {
			r, err := a.storedRun(ctx, r.ID)
			if err != nil {
				return nil, "", err
			}
			return frame.RunState{Run: r}, r.Status, nil
		}}, after)
}

func (a *API) since(run app.ID) func(context.Context) uint64 {
	return func(ctx context.Context) uint64 { return a.Runs.Since(ctx, run) }
}

func (a *API) follow(run app.ID) func(context.Context, uint64) iter.Seq2[app.Event, error] {
	return func(ctx context.Context, after uint64) iter.Seq2[app.Event, error] {
		return a.Runs.Follow(ctx, run, after)
	}
}

func (a *API) storedRun(ctx context.Context, id app.ID) (r *app.Run, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error { r, err = s.Run(id); return err })
	return r, err
}

// whileHere streams for as long as the caller stays signed in.
func (a *API) whileHere(ctx context.Context, f *frame.Flow, after uint64) (frames, error) {
	ctx, release, err := a.whileSignedIn(ctx)
	if err != nil {
		return nil, err
	}
	events := f.Frames(ctx, after)
	return func(yield func(route.Frame, error) bool) {
		defer release()
		events(yield)
	}, nil
}

// ByRun is a request that names a run of an app in its path.
type ByRun struct {
	ID  app.ID `path:"id" json:"-"`
	Run app.ID `path:"run" json:"-"`
}

type followRunIn struct {
	ByRun
	After uint64 `query:"after" json:"-"`
}

// followRun takes a cut stream up again, or follows a run that somebody else started.
func (a *API) followRun(ctx context.Context, in *followRunIn) (frames, error) {
	ctx = within(ctx, in.ID)
	r, err := a.storedRun(ctx, in.Run)
	if err != nil {
		return nil, err
	}
	return a.runStream(ctx, r, in.After)
}

func (a *API) stopRun(ctx context.Context, in *ByRun) (*None, error) {
	return nil, a.Runs.Stop(within(ctx, in.ID), in.Run)
}

type runsIn struct {
	ByID
	Text   string     `query:"q" json:"-"`
	Status string     `query:"status" json:"-"` // one or several, with commas between
	Source app.Source `query:"source" json:"-"`
	Debug  bool       `query:"debug" json:"-"`    // the caller's own runs of the draft, and no others
	All    bool       `query:"everyone" json:"-"` // with debug: those of all members
	After  string     `query:"after" json:"-"`    // RFC 3339
	Before string     `query:"before" json:"-"`
	Sort   string     `query:"sort" json:"-"` // started_at is the oldest first
	Page
}

// runs is the log of a workflow app: what came in through the web app, the Service API, triggers and other apps; or with debug
// what the caller has tried out.
func (a *API) runs(ctx context.Context, in *runsIn) (*List[store.RunEntry], error) {
	f, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	out := &List[store.RunEntry]{}
	err = a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		out.Data, out.Total, err = s.Runs(f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (in *runsIn) filter(ctx context.Context) (store.RunFilter, error) {
	offset, limit := in.bounds()
	f := store.RunFilter{Text: strings.TrimSpace(in.Text), Source: in.Source, NoDebug: true, Limit: limit, Offset: offset}
	if in.Debug {
		f.NoDebug, f.Source, f.EndUser, f.Whole = false, app.FromDebug, debugger(ctx), true
		if in.All {
			f.EndUser = ""
		}
	}
	for s := range strings.SplitSeq(in.Status, ",") {
		if s != "" {
			f.Status = append(f.Status, app.Status(s))
		}
	}
	var err error
	f.Ascending = in.Sort == "started_at"
	if f.After, err = instant("after", in.After); err != nil {
		return f, err
	}
	if f.Before, err = instant("before", in.Before); err != nil {
		return f, err
	}
	return f, nil
}

// instant reads a time of a query; the zero time where there is none.
func instant(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, app.Errorf(app.Invalid, "invalid_param", "%q must be a time such as 2026-01-31T08:00:00Z", "参数 %q 必须是时间，例如 2026-01-31T08:00:00Z", name).Because(err)
	}
	return t, nil
}

// RunTrace is a run with what its nodes did, and the forms that it asked people to fill in.
type RunTrace struct {
	Run   *app.Run      `json:"run"`
	Nodes []app.NodeRun `json:"nodes"`
	Forms []*app.Form   `json:"forms"`

	Ledger []app.Spent `json:"ledger"` // where the time went; null while it goes on
}

func (a *API) runTrace(ctx context.Context, in *ByRun) (*RunTrace, error) {
	ctx = within(ctx, in.ID)
	out := &RunTrace{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if out.Run, err = s.Run(in.Run); err != nil {
			return err
		}
		if out.Run.Message != "" && out.Run.Outputs == nil { // it came to an answer
			answer, _, err := s.RunAnswer(in.Run)
			if err != nil {
				return err
			}
			out.Run.Outputs = map[string]any{"answer": answer}
		}
		out.Forms, err = s.FormsOf(in.Run)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Nodes, err = a.DB.NodeRuns(ctx, in.Run)
	out.Ledger = run.Ledger(out.Run, out.Nodes)
	return out, err
}

// check says of the draft's graph what an import of it would say: which nodes run here, and what the others need.
func (a *API) check(ctx context.Context, in *ByID) (*dsl.View, error) {
	raw, _, err := a.Studio.Export(ctx, in.ID, "", false)
	if err != nil {
		return nil, err
	}
	v := studio.Check(raw, a.Studio.Types).In(app.ScopeOf(ctx).Lang)
	return &v, nil
}
