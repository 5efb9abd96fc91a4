package console

import (
	"context"
	"iter"

	"islet/app"
	"islet/app/model"
	"islet/app/model/probe"
	"islet/app/model/provider"
	"islet/web/route"
)

// ProbeDone ends the probe of an address that is not saved yet.
type ProbeDone struct {
	Profile  *app.Profile `json:"profile"`
	Protocol string       `json:"protocol"` // what speaks there, if that became clear; else what was asked for
	Models   []app.Model  `json:"models"`
}

var probeEvents = map[string]any{"finding": app.Finding{}, "done": ProbeDone{}, "saved": EndpointView{}, "error": route.Envelope{}}

type probeIn struct {
	Vendor   string              `json:"vendor"`
	Protocol string              `json:"protocol"`
	BaseURL  string              `json:"base_url"`
	Key      string              `json:"key"`
	Options  app.EndpointOptions `json:"options"`
}

// probeURL examines an address before it is saved.
func (a *API) probeURL(ctx context.Context, in *probeIn) (iter.Seq2[route.Frame, error], error) {
	if in.Protocol == "" {
		in.Protocol = "openai"
	}
	e := &app.Endpoint{Name: in.BaseURL, Vendor: in.Vendor, Protocol: in.Protocol, BaseURL: in.BaseURL, Options: in.Options}
	return a.examine(ctx, probe.Target{Endpoint: e, Key: in.Key}, func(p *app.Profile, ms []app.Model) (route.Frame, error) {
		return route.JSON(0, "done", ProbeDone{Profile: p, Protocol: in.Protocol, Models: described(in.Vendor, ms)}), nil
	}), nil
}

// probeEndpoint examines a saved endpoint and stores what was found.
func (a *API) probeEndpoint(ctx context.Context, in *ByID) (iter.Seq2[route.Frame, error], error) {
	v, err := a.endpointByID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if v.Endpoint.Protocol == model.Builtin {
		return a.examineInside(ctx, v.Endpoint), nil
	}
	key, err := a.Endpoints.Key(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	t := probe.Target{Endpoint: v.Endpoint, Key: key}
	return a.examine(ctx, t, func(p *app.Profile, ms []app.Model) (route.Frame, error) {
		if err := a.Endpoints.SaveProbe(ctx, in.ID, p, described(v.Endpoint.Vendor, ms)); err != nil {
			return route.Frame{}, err
		}
		saved, err := a.endpointByID(ctx, in.ID)
		if err != nil {
			return route.Frame{}, err
		}
		return route.JSON(0, "saved", saved), nil
	}), nil
}

// examineInside tells what runs in this process; there is no server to call.
func (a *API) examineInside(ctx context.Context, e *app.Endpoint) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		p := a.Endpoints.Examine(ctx)
		for _, f := range p.Findings {
			if !yield(route.JSON(0, "finding", f), nil) {
				return
			}
		}
		err := a.Endpoints.SaveProbe(ctx, e.ID, p, nil)
		var saved *EndpointView
		if err == nil {
			saved, err = a.endpointByID(ctx, e.ID)
		}
		yield(route.JSON(0, "saved", saved), err)
	}
}

// examine runs a probe and turns it into frames; the last one is done's.
func (a *API) examine(ctx context.Context, t probe.Target, done func(*app.Profile, []app.Model) (route.Frame, error)) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		left := false
		p, ms, err := probe.Run(ctx, a.Door, t, probe.Options{}, func(f app.Finding) {
			if !left && !yield(route.JSON(0, "finding", f), nil) {
				left = true
				cancel()
			}
		})
		if left {
			return
		}
		var last route.Frame
		if err == nil {
			last, err = done(p, ms)
		}
		yield(last, err)
	}
}

// described completes the models that a server lists from the catalog; the result is never nil.
func described(vendor string, ms []app.Model) []app.Model {
	v, _ := provider.VendorOf(vendor)
	out := make([]app.Model, 0, len(ms))
	for _, m := range ms {
		out = append(out, provider.Describe(v, m))
	}
	return out
}
