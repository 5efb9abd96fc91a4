package console

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"islet/app"
	"islet/app/flow"
	"islet/app/workflow"
	"islet/app/workflow/node"
	"islet/web/route"
)

// nodeRoutes are what the canvas asks of kinds of node rather than of an app.
func (a *API) nodeRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	classes := make([]string, 0, len(classNames))
	for _, c := range slices.Sorted(maps.Keys(classNames)) {
		classes = append(classes, string(classNames[c]))
	}
	kinds := make([]string, len(workflow.ParamKinds))
	for i, k := range workflow.ParamKinds {
		kinds[i] = string(k)
	}
	if g.Router.Enums == nil {
		g.Router.Enums = map[reflect.Type][]string{}
	}
	g.Router.Enums[reflect.TypeFor[node.TypeName]()] = node.TypeNames()
	g.Router.Enums[reflect.TypeFor[NodeClass]()] = classes
	g.Router.Enums[reflect.TypeFor[workflow.ParamKind]()] = kinds

	route.Handle(g, "GET /node-types", a.nodeTypes, editor)
	route.Handle(g, "POST /schedule/preview", a.previewSchedule, editor)
}

// NodeClass is workflow.Class by its name.
type NodeClass string

var classNames = map[workflow.Class]NodeClass{workflow.Plain: "plain", workflow.Root: "root", workflow.Response: "response", workflow.Branch: "branch",
	workflow.Container: "container", workflow.Entrance: "entrance", workflow.Exit: "exit"}

// NodeTypeView is a kind of node: what its panel is made from.
type NodeTypeView struct {
	Type    node.TypeName    `json:"type"`
	Title   app.Text         `json:"title"`
	Class   NodeClass        `json:"class"`
	Params  []workflow.Param `json:"params"`
	Retries bool             `json:"retries"`         // it can be tried again when it fails
	Effects bool             `json:"effects"`         // it may change the world outside
	Absent  app.Text         `json:"absent,omitzero"` // why it cannot work here, and what to use instead
}

// nodeTypes lists every kind of node by its type.
func (a *API) nodeTypes(context.Context, *None) (*List[NodeTypeView], error) {
	all := []NodeTypeView{}
	for name, t := range node.Table(node.Deps{}) {
		v := NodeTypeView{Type: node.TypeName(name), Title: t.Title, Class: classNames[t.Class], Params: t.Params, Retries: t.Retries, Effects: t.Effects, Absent: t.Absent}
		if v.Params == nil {
			v.Params = []workflow.Param{}
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y NodeTypeView) int { return cmp.Compare(x.Type, y.Type) })
	return list(all, nil)
}

type schedulePreviewIn struct {
	Data json.RawMessage `json:"data"` // of a trigger-schedule node
}

// SchedulePreview is when a schedule would start its app.
type SchedulePreview struct {
	Cron string      `json:"cron"`
	Zone string      `json:"timezone"`
	Next []time.Time `json:"next"` // five at most
}

// previewSchedule tells what the settings of a schedule node mean, whether or not they are saved.
func (a *API) previewSchedule(_ context.Context, in *schedulePreviewIn) (*SchedulePreview, error) {
	cron, zone, next, err := flow.Preview(in.Data, a.DB.Now())
	if err != nil {
		return nil, err
	}
	return &SchedulePreview{Cron: cron, Zone: zone, Next: next}, nil
}
