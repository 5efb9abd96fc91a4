package dsl

import (
	"encoding/json"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// What an app gets whose file has no icon that islet can show.
const (
	defaultIcon  = "🤖"
	defaultColor = "#FFFFFF" // as in Dify
	maxIcon      = 16

	maxName        = 100 // longer texts are cut
	maxDescription = 400
)

// Settings is the app that a file describes, with its draft. The values of secret variables go through seal and are kept in no
// other form; without seal they are lost. The texts say what was not taken over. The error is that of Read, for what Read did
// not look at.
func Settings(f *File, seal func(plain string) []byte) (app.App, []app.Text, error) {
	if err := f.check(); err != nil {
		return app.App{}, nil, err
	}
	a := app.App{Mode: f.Mode}
	describe(f.App, &a)
	left := readSettings(f, &a.Draft, seal)
	kept, err := keep(f)
	if err != nil {
		return app.App{}, nil, err
	}
	a.Draft.Kept = kept
	if hasGraph(f.Mode) {
		if a.Draft.Graph, err = graphHere(f); err != nil {
			return app.App{}, nil, err
		}
	}
	return a, left, nil
}

// graphOf is the graph of a file; a draft may have none yet.
func graphOf(f *File) *value.Object {
	if f.Graph == nil {
		return value.NewObject("nodes", []any{}, "edges", []any{})
	}
	return f.Graph
}

// graphHere is the graph of a file as this site keeps it: without the ids that only the site of the file can read.
func graphHere(f *File) (json.RawMessage, error) {
	raw, err := value.Encode(graphOf(f))
	if err != nil || !slices.ContainsFunc(listOf(f.Graph, "nodes"), func(n any) bool { return len(sealedDatasets(n)) > 0 }) {
		return raw, err
	}
	v, err := readJSON(raw) // the file's tree stays what it is
	if err != nil {
		return nil, err
	}
	graph, _ := v.(*value.Object)
	for _, e := range listOf(graph, "nodes") {
		n, _ := e.(*value.Object)
		if sealed := sealedDatasets(n); len(sealed) > 0 {
			d := section(n, "data")
			d.Set("dataset_ids", slices.DeleteFunc(listOf(d, "dataset_ids"), func(id any) bool { return slices.Contains(sealed, text(id)) }))
		}
	}
	return value.Encode(graph)
}

// describe reads what an app is called and looks like.
func describe(o *value.Object, a *app.App) {
	a.Name, a.Description = cut(strings.TrimSpace(textOf(o, "name")), maxName), cut(textOf(o, "description"), maxDescription)
	a.Icon, a.IconColor = textOf(o, "icon"), textOf(o, "icon_background")
	if t := textOf(o, "icon_type"); t != "" && t != "emoji" || !isEmoji(a.Icon) {
		a.Icon = defaultIcon
	}
	if !isColor(a.IconColor) {
		a.IconColor = defaultColor
	}
}

func cut(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}

// isEmoji tells whether an icon can be shown as text: not a file's id, an address or one of the old names.
func isEmoji(s string) bool {
	if s == "" || len([]rune(s)) > maxIcon {
		return false
	}
	return strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

func isColor(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

// readSettings fills in all of a draft but its graph and what is kept.
func readSettings(f *File, s *app.Settings, seal func(string) []byte) (left []app.Text) {
	if hasGraph(f.Mode) {
		readFeatures(f.Features, s)
		if f.Mode == app.ModeWorkflow {
			s.Moderation = nil // there is nobody who asks
		}
		s.Environment = environment(f.Environment, seal)
		s.Conversation = conversation(f.Conversation)
		for _, e := range f.Conversation {
			if v := variableOf(e); v.typ == secretType && text(v.value) != "" {
				left = append(left, app.Textf("the conversation variable %q is a secret and its value was not taken over; make it an environment variable", "会话变量“%s”是密钥类型，其值未导入；请改用环境变量", clip(v.name)))
			}
		}
	} else {
		left = readModelConfig(f.Mode, f.Model, s, f.Here)
	}
	x := section(f.doc, extension)
	readSearchExtension(section(x, "search"), s.Knowledge)
	m := section(x, "memory")
	s.Memory = app.Memory{Off: boolOf(m, "off"), Window: intOf(m, "window")}
	return left
}

// extension is the section of a file for what islet has and Dify has not. Dify ignores it.
const extension = "islet"

// keep is the file without its graph and its secrets: what an export begins with.
func keep(f *File) (json.RawMessage, error) {
	doc, err := copyOf(f.doc, "graph")
	if err != nil {
		return nil, err
	}
	w := section(doc, "workflow")
	withoutSecrets(listOf(w, "environment_variables"))
	withoutSecrets(listOf(w, "conversation_variables"))
	return value.Encode(doc)
}

// copyOf is a deep copy of a file without one key of its workflow.
func copyOf(doc *value.Object, without string) (*value.Object, error) {
	slim := value.NewObject()
	for k, v := range doc.All() {
		if w, ok := v.(*value.Object); ok && k == "workflow" {
			rest := value.NewObject()
			for k, v := range w.All() {
				if k != without {
					rest.Set(k, v)
				}
			}
			v = rest
		}
		slim.Set(k, v)
	}
	raw, err := value.Encode(slim)
	if err != nil {
		return nil, err
	}
	v, err := readJSON(raw)
	if err != nil {
		return nil, err
	}
	return v.(*value.Object), nil
}
