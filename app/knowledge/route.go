package knowledge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/store"
)

// Choose lets a model choose the dataset that fits a question: by a call of one of the tools that stand for the datasets, or by
// its name in the answer. "" is none. One dataset is not asked about.
func (k *Knowledge) Choose(ctx context.Context, m model.Chatter, query string, ids []app.ID) (app.ID, error) {
	if len(ids) == 1 {
		return ids[0], nil
	}
	sets, err := k.named(ctx, ids)
	if err != nil {
		return "", err
	}
	req := &model.Request{Aside: true, ToolChoice: "auto", Params: map[string]any{"temperature": 0.0}, Messages: []model.Message{
		model.Say(model.System, "Choose the one knowledge base that can answer the question by calling its tool. If no tool can be called, answer with its name alone, or with none."),
		model.Say(model.User, query)}}
	for _, d := range sets {
		what := d.Description
		if what == "" {
			what = "useful for when you want to answer queries about " + d.Name
		}
		req.Tools = append(req.Tools, model.Tool{Name: toolName(d.ID), Description: d.Name + ": " + what,
			Parameters: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"}}}`)})
		req.Messages[0].Parts[0].Text += fmt.Sprintf("\n- %s: %s", d.Name, what)
	}
	a, err := model.Collect(m.Chat(ctx, req))
	if app.KindOf(err) == app.Invalid { // a server that knows no tools refuses them; the name alone will do
		req.Tools, req.ToolChoice = nil, ""
		a, err = model.Collect(m.Chat(ctx, req))
	}
	if err != nil {
		return "", err
	}
	return chosenIn(a, sets), nil
}

// chosenIn is the dataset that an answer calls, or names: of several names that stand in it, the longest.
func chosenIn(a *model.Answer, sets []*app.Dataset) (id app.ID) {
	named := 0
	for _, d := range sets {
		if slices.ContainsFunc(a.ToolCalls, func(c model.ToolCall) bool { return c.Name == toolName(d.ID) }) {
			return d.ID
		}
		if len(a.ToolCalls) == 0 && len(d.Name) > named && strings.Contains(strings.ToLower(a.Text), strings.ToLower(d.Name)) {
			id, named = d.ID, len(d.Name)
		}
	}
	return id
}

func toolName(id app.ID) string { return "dataset_" + strings.ReplaceAll(string(id), "-", "_") }

func (k *Knowledge) named(ctx context.Context, ids []app.ID) (sets []*app.Dataset, err error) {
	err = k.db.View(ctx, func(s *store.Snapshot) error {
		for _, id := range ids {
			d, err := s.Dataset(id)
			if err != nil {
				return err
			}
			sets = append(sets, d)
		}
		return nil
	})
	return sets, err
}

// Propose lets a model write the conditions of a metadata filter for a question, over the fields that all the datasets have.
// What is no field or no comparison is dropped; nil is no filter. That a model fails or writes something else is no error: the
// search then goes without a filter, and why says so.
func (k *Knowledge) Propose(ctx context.Context, m model.Chatter, query string, ids []app.ID) (f *app.Filter, why error, err error) {
	fields, err := k.common(ctx, ids)
	if err != nil || len(fields) == 0 {
		return nil, nil, err //nolint:nilnil // no fields, no filter
	}
	var b strings.Builder
	for _, fd := range fields {
		fmt.Fprintf(&b, "- %s (%s): %s\n", fd.Name, fd.Type, strings.Join(operators[fd.Type], ", "))
	}
	a, why := model.Collect(m.Chat(ctx, &model.Request{Aside: true, Params: map[string]any{"temperature": 0.0}, Messages: []model.Message{
		model.Say(model.System, "Documents carry these fields, each with the comparisons that it allows:\n"+b.String()+
			`Write the conditions that the question itself states about them, as JSON and nothing else: [{"name":"…","comparison_operator":"…","value":"…"}]. Write [] where it states none. Dates as 2006-01-02.`),
		model.Say(model.User, query)}}))
	if why != nil {
		return nil, why, nil
	}
	return readConditions(a.Text, fields), nil, nil
}

// readConditions reads the JSON list in a text; what is wrong in it is dropped.
func readConditions(text string, fields []app.MetadataField) *app.Filter {
	from, to := strings.IndexByte(text, '['), strings.LastIndexByte(text, ']')
	if from < 0 || to < from {
		return nil
	}
	var list []app.Condition
	if json.Unmarshal([]byte(text[from:to+1]), &list) != nil {
		return nil
	}
	f := &app.Filter{Logic: "and"}
	for _, c := range list {
		i := slices.IndexFunc(fields, func(fd app.MetadataField) bool { return fd.Name == c.Name })
		if i >= 0 && slices.Contains(operators[fields[i].Type], c.Operator) {
			f.Conditions = append(f.Conditions, c)
		}
	}
	if len(f.Conditions) == 0 {
		return nil
	}
	return f
}

// common are the fields that all of some datasets have under the same name and type, and the built-in ones where all show them.
func (k *Knowledge) common(ctx context.Context, ids []app.ID) (fields []app.MetadataField, err error) {
	err = k.db.View(ctx, func(s *store.Snapshot) error {
		for i, id := range ids {
			d, err := s.Dataset(id)
			if err != nil {
				return err
			}
			own, err := s.MetadataFields(id)
			if err != nil {
				return err
			}
			var here []app.MetadataField
			for _, f := range own {
				here = append(here, *f)
			}
			if d.BuiltIn {
				here = append(here, app.BuiltInFields...)
			}
			if i == 0 {
				fields = here
				continue
			}
			fields = slices.DeleteFunc(fields, func(f app.MetadataField) bool {
				return !slices.ContainsFunc(here, func(o app.MetadataField) bool { return o.Name == f.Name && o.Type == f.Type })
			})
		}
		return nil
	})
	return fields, err
}
