package site

import (
	"encoding/json"
	"slices"

	"islet/app"
	"islet/app/studio"
	"islet/app/value"
)

// Field is one input field of a graph's start node, as Dify's files write it.
type Field struct {
	Name       string   `json:"variable"`
	Label      string   `json:"label"`
	Type       string   `json:"type"` // text-input, paragraph, select, number, checkbox, file, file-list, json_object
	Required   bool     `json:"required"`
	Default    any      `json:"default"`
	MaxLength  int      `json:"max_length"` // characters, or files
	Options    []string `json:"options"`
	Hide       bool     `json:"hide"`
	Hint       string   `json:"hint"`
	Kinds      []string `json:"allowed_file_types"`
	Extensions []string `json:"allowed_file_extensions"`
	Methods    []string `json:"allowed_file_upload_methods"`
}

// startFields are the fields that a person fills in before the run or the first message. One that cannot be read is left out:
// the run will say what is wrong with it.
func startFields(rel *studio.Release) []Field {
	out := []Field{}
	if !studio.HasGraph(rel.App.Mode) {
		return out
	}
	for _, o := range studio.StartFields(rel.Settings.Graph) {
		raw, err := value.Encode(o)
		if err != nil {
			continue
		}
		var f Field
		if json.Unmarshal(raw, &f) == nil {
			out = append(out, f)
		}
	}
	return out
}

// takesFiles tells whether a visitor has any use for an upload: with a message, in a field of the start, or in a form.
func takesFiles(rel *studio.Release) bool {
	if rel.Settings.Files.Enabled {
		return true
	}
	isFile := func(kind string) bool { return kind == "file" || kind == "file-list" }
	if slices.ContainsFunc(startFields(rel), func(f Field) bool { return isFile(f.Type) }) {
		return true
	}
	return slices.ContainsFunc(humanInputs(rel), func(n humanInput) bool {
		return slices.ContainsFunc(n.Data.Inputs, func(f app.FormField) bool { return isFile(f.Kind) })
	})
}

// humanInput is what matters here of a human-input node.
type humanInput struct {
	ID   string `json:"id"`
	Data struct {
		Type     string          `json:"type"`
		Inputs   []app.FormField `json:"inputs"`
		Delivery []struct {
			Type    string `json:"type"` // webapp, email
			Enabled *bool  `json:"enabled"`
		} `json:"delivery_methods"`
	} `json:"data"`
}

func humanInputs(rel *studio.Release) []humanInput {
	var g struct {
		Nodes []json.RawMessage `json:"nodes"`
	}
	if !studio.HasGraph(rel.App.Mode) || json.Unmarshal(rel.Settings.Graph, &g) != nil {
		return nil
	}
	var out []humanInput
	for _, raw := range g.Nodes {
		var n humanInput
		if json.Unmarshal(raw, &n) == nil && n.Data.Type == "human-input" {
			out = append(out, n)
		}
	}
	return out
}

// shown is what a visitor may see of a form. One that its node sends to somebody else, by e-mail say, is only named: whoever
// knows its token may answer it.
func shown(rel *studio.Release) func(*app.Form) *app.Form {
	var nodes []humanInput
	return func(f *app.Form) *app.Form {
		if nodes == nil {
			nodes = humanInputs(rel)
		}
		i := slices.IndexFunc(nodes, func(n humanInput) bool { return n.ID == f.Node })
		if i >= 0 && nodes[i].forVisitor() {
			return f
		}
		return &app.Form{ID: f.ID, Run: f.Run, App: f.App, Node: f.Node, Title: f.Title, Status: f.Status, ExpiresAt: f.ExpiresAt, CreatedAt: f.CreatedAt,
			DoneAt: f.DoneAt, Fields: []app.FormField{}, Actions: []app.FormAction{}}
	}
}

// forVisitor tells whether the person who runs the app is the one who is asked.
func (n *humanInput) forVisitor() bool {
	for _, d := range n.Data.Delivery {
		if d.Type == "webapp" && (d.Enabled == nil || *d.Enabled) {
			return true
		}
	}
	return len(n.Data.Delivery) == 0
}
