package console

import (
	"context"
	"time"

	"islet/app"
	"islet/app/flow"
	"islet/store"
)

// Webhook is a webhook of an app. Its addresses are paths: only who opens the page knows the site's name.
type Webhook struct {
	Node      string `json:"node_id"`
	Title     string `json:"title"`
	Method    string `json:"method"`
	Path      string `json:"path"`       // starts what is published
	DebugPath string `json:"debug_path"` // starts the draft
	Draft     bool   `json:"draft"`      // its node is in the draft
	Published bool   `json:"published"`  // its node is in the published version: path works
}

// TriggerSchedule is a schedule of an app.
type TriggerSchedule struct {
	Node      string      `json:"node_id"`
	Title     string      `json:"title"`
	Cron      string      `json:"cron"`
	Zone      string      `json:"timezone"`
	Next      []time.Time `json:"next"` // the next five times that its line names
	Off       bool        `json:"off"`
	Draft     bool        `json:"draft"`
	Published bool        `json:"published"` // it is in force
	Problem   string      `json:"problem"`   // why the draft cannot be published with it
}

// Triggers is what starts an app without a person.
type Triggers struct {
	Webhooks  []Webhook         `json:"webhooks"`
	Schedules []TriggerSchedule `json:"schedules"`
}

func (a *API) triggers(ctx context.Context, in *ByID) (*Triggers, error) {
	if err := a.DB.View(ctx, func(s *store.Snapshot) error { _, err := s.App(in.ID); return err }); err != nil {
		return nil, err
	}
	hooks, err := a.Flow.Webhooks(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	schedules, err := a.Flow.Schedules(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &Triggers{Webhooks: []Webhook{}, Schedules: []TriggerSchedule{}}
	for _, h := range hooks {
		out.Webhooks = append(out.Webhooks, Webhook{Node: h.Node, Title: h.Title, Method: h.Method, Path: "/triggers/webhook/" + h.Token,
			DebugPath: "/triggers/webhook-debug/" + h.Debug, Draft: h.Draft, Published: h.Live})
	}
	for i := range schedules {
		out.Schedules = append(out.Schedules, *scheduleView(ctx, &schedules[i]))
	}
	return out, nil
}

func scheduleView(ctx context.Context, s *flow.Schedule) *TriggerSchedule {
	v := &TriggerSchedule{Node: s.Node, Title: s.Title, Cron: s.Cron, Zone: s.Zone, Next: s.Next, Off: s.Off, Draft: s.Draft, Published: s.Live}
	if s.Wrong != nil {
		v.Problem = app.AsError(s.Wrong).Text.In(app.ScopeOf(ctx).Lang)
	}
	return v
}

type switchScheduleIn struct {
	ByID
	Node string `path:"node" json:"-"`
	Off  bool   `json:"off"`
}

func (a *API) switchSchedule(ctx context.Context, in *switchScheduleIn) (*TriggerSchedule, error) {
	if err := a.DB.View(ctx, func(s *store.Snapshot) error { _, err := s.App(in.ID); return err }); err != nil {
		return nil, err
	}
	s, err := a.Flow.SwitchSchedule(ctx, in.ID, in.Node, in.Off)
	if err != nil {
		return nil, err
	}
	return scheduleView(ctx, s), nil
}
