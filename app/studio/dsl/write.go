package dsl

import (
	"islet/app"
	"islet/app/value"
)

// WriteOptions says what an export may hold.
type WriteOptions struct {
	IncludeSecrets bool
	Open           func(sealed []byte) (string, error) // opens what Settings sealed; required with IncludeSecrets
}

// Write is the draft of an app as a file of Version. What its own file said and islet has no field for is in it; what was
// changed since wins. Credentials, addresses of webhooks and the times of schedules stay behind.
func Write(a *app.App, o WriteOptions) ([]byte, error) {
	doc := keptDoc(a)
	was := &File{doc: doc, Mode: a.Mode, App: section(doc, "app")}
	was.sections()
	var before app.App
	describe(was.App, &before)
	readSettings(was, &before.Draft, nil)

	writeInfo(was.App, &before, a)
	now := &a.Draft
	if hasGraph(a.Mode) {
		if err := writeWorkflow(section(doc, "workflow"), was, &before.Draft, now, o); err != nil {
			return nil, err
		}
	} else {
		writeModelConfig(was.Model, a.Mode, &before.Draft, now)
		for _, e := range listOf(section(was.Model, "agent_mode"), "tools") {
			if t, ok := e.(*value.Object); ok {
				drop(t, "credential_id")
			}
		}
	}
	writeExtension(doc, now)
	doc.Set("kind", "app")
	doc.Set("version", Version)
	return printYAML(doc), nil
}

// keptDoc is the file that the app came from, or a blank one. The sections of its mode are there.
func keptDoc(a *app.App) *value.Object {
	fresh := blankDoc(a.Mode)
	if len(a.Draft.Kept) == 0 {
		return fresh
	}
	v, err := readJSON(a.Draft.Kept)
	doc, ok := v.(*value.Object)
	if err != nil || !ok {
		return fresh
	}
	part := "model_config"
	if hasGraph(a.Mode) {
		part = "workflow"
	}
	for _, k := range []string{"app", part} {
		if section(doc, k) == nil {
			doc.Set(k, section(fresh, k))
		}
	}
	section(doc, "app").Set("mode", string(a.Mode))
	if _, ok := doc.Get("dependencies"); !ok {
		doc.Set("dependencies", []any{})
	}
	return doc
}

func writeInfo(o *value.Object, was, now *app.App) {
	if was.Name != now.Name {
		o.Set("name", now.Name)
	}
	if was.Description != now.Description {
		o.Set("description", now.Description)
	}
	if was.Icon != now.Icon {
		o.Set("icon", now.Icon)
		o.Set("icon_type", "emoji")
	}
	if was.IconColor != now.IconColor {
		o.Set("icon_background", now.IconColor)
	}
}

func writeWorkflow(o *value.Object, f *File, was, now *app.Settings, opt WriteOptions) error {
	graph := blankGraph()
	if len(now.Graph) > 0 {
		v, err := readJSON(now.Graph)
		if err != nil {
			return app.Errorf(app.Invalid, "graph_invalid", "the graph is not valid JSON", "图不是有效的 JSON").Because(err)
		}
		if g, ok := v.(*value.Object); ok {
			graph = g
		}
	}
	scrub(graph, opt.IncludeSecrets)
	o.Set("graph", graph)
	writeFeatures(child(o, "features"), was, now)

	env := writeVariables("env", f.Environment, ofEnvironment(was.Environment), ofEnvironment(now.Environment))
	for i := range now.Environment {
		v := &now.Environment[i]
		if v.Type != secretType {
			continue
		}
		e, plain := env[i].(*value.Object), ""
		if opt.IncludeSecrets && len(v.Sealed) > 0 && opt.Open != nil {
			var err error
			if plain, err = opt.Open(v.Sealed); err != nil {
				return err
			}
		}
		e.Set("value", plain)
	}
	put(o, "environment_variables", env)
	put(o, "conversation_variables", writeVariables("conversation", f.Conversation, ofConversation(was.Conversation), ofConversation(now.Conversation)))
	return nil
}

// put sets a list, unless it is empty and the file never had it.
func put(o *value.Object, key string, list []any) {
	if _, had := o.Get(key); had || len(list) > 0 {
		o.Set(key, list)
	}
}

func writeExtension(doc *value.Object, s *app.Settings) {
	x := child(doc, extension)
	for _, key := range []string{"memory", "search"} {
		drop(x, key)
	}
	if s.Memory != (app.Memory{}) {
		x.Set("memory", value.NewObject("off", s.Memory.Off, "window", int64(s.Memory.Window)))
	}
	if o := searchExtension(s.Knowledge); o != nil {
		x.Set("search", o)
	}
	if x.Len() == 0 {
		drop(doc, extension)
	}
}

// scrub takes out of a graph what belongs to one site only.
func scrub(graph *value.Object, secrets bool) {
	for _, e := range listOf(graph, "nodes") {
		n, _ := e.(*value.Object)
		d := section(n, "data")
		if d == nil {
			continue
		}
		switch textOf(d, "type") {
		case "tool":
			if !secrets {
				drop(d, "credential_id")
			}
		case "agent":
			if !secrets {
				scrubTools(listOf(section(section(d, "agent_parameters"), "tools"), "value"))
			}
		case "trigger-schedule":
			d.Set("config", defaultSchedule())
		case "trigger-webhook":
			d.Set("webhook_url", "")
			d.Set("webhook_debug_url", "")
		case "trigger-plugin":
			d.Set("subscription_id", "")
		}
	}
}

func scrubTools(tools []any) {
	for _, e := range tools {
		if t, ok := e.(*value.Object); ok {
			drop(t, "credential_id")
		}
	}
}

// defaultSchedule is what Dify writes for the configuration of a schedule.
func defaultSchedule() *value.Object {
	return value.NewObject("frequency", "daily", "mode", "visual", "timezone", "UTC",
		"visual_config", value.NewObject("monthly_days", []any{int64(1)}, "on_minute", int64(0), "time", "12:00 AM", "weekdays", []any{"sun"}))
}
