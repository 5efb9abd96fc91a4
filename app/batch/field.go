package batch

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/studio"
	"islet/app/value"
)

// field is one input of an app, of whatever kind of app.
type field struct {
	name, label, kind string // kind in the words of a start node
	required          bool
	options           []string
	first             any      // the default
	files             []string // kinds of files, of a file or a list of them
}

// fields are the inputs that a row can have, those that people see.
func fields(rel *studio.Release) []field {
	var out []field
	if !studio.HasGraph(rel.App.Mode) {
		for i := range rel.Settings.Variables {
			v := &rel.Settings.Variables[i]
			kind := map[string]string{"paragraph": "paragraph", "select": "select", "number": "number", "checkbox": "checkbox"}[v.Kind]
			out = append(out, field{name: v.Name, label: studio.LabelOf(v), kind: kind, required: v.Required && v.Default == nil, options: v.Options, first: v.Default})
		}
		return out
	}
	for _, o := range studio.StartFields(rel.Settings.Graph) {
		raw, err := value.Encode(o)
		var f struct {
			Name     string   `json:"variable"`
			Label    string   `json:"label"`
			Type     string   `json:"type"`
			Required bool     `json:"required"`
			Options  []string `json:"options"`
			Default  any      `json:"default"`
			Kinds    []string `json:"allowed_file_types"`
		}
		if err != nil || json.Unmarshal(raw, &f) != nil || f.Name == "" {
			continue // the run will say what is wrong with it
		}
		if f.Label == "" {
			f.Label = f.Name
		}
		out = append(out, field{name: f.Name, label: f.Label, kind: f.Type, required: f.Required && f.Default == nil, options: f.Options, first: f.Default, files: f.Kinds})
	}
	return out
}

// find is the field that the head of a column names, by its label or its name.
func find(list []field, head string) int {
	head = strings.ToLower(strings.TrimSpace(head))
	for _, by := range []func(field) string{func(f field) string { return f.label }, func(f field) string { return f.name }} {
		if i := slices.IndexFunc(list, func(f field) bool { return strings.ToLower(strings.TrimSpace(by(f))) == head }); i >= 0 {
			return i
		}
	}
	return -1
}

// yes and no are what people write into a column of boxes.
var (
	yes = []string{"true", "1", "yes", "y", "on", "x", "✓", "√", "是", "对", "真"}
	no  = []string{"", "false", "0", "no", "n", "off", "否", "不", "假"}
)

// read makes the value of a field of a cell; nil leaves the field to its default. What does not fit stays text, and the check of the
// app's inputs says so in its own words.
func (f *field) read(cell string) any {
	text := strings.TrimSpace(cell)
	switch f.kind {
	case "number":
		plain := strings.ReplaceAll(text, ",", "")
		if n, err := strconv.ParseInt(plain, 10, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseFloat(plain, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n
		}
	case "checkbox":
		if slices.Contains(yes, strings.ToLower(text)) {
			return true
		}
		if slices.Contains(no, strings.ToLower(text)) && text != "" {
			return false
		}
	case "json_object":
		if v, err := value.Decode([]byte(text)); err == nil && text != "" {
			return v
		}
	case "file":
		if text != "" {
			return f.link(text)
		}
	case "file-list":
		var list []any
		for _, u := range strings.Fields(text) {
			list = append(list, f.link(u))
		}
		if len(list) > 0 {
			return list
		}
	default:
		if text != "" {
			return cell
		}
	}
	if text == "" {
		return nil
	}
	return text
}

// link is a file behind an address, as inputs name one.
func (f *field) link(url string) map[string]any {
	kind := "document"
	if len(f.files) > 0 && f.files[0] != "custom" {
		kind = f.files[0]
	}
	return map[string]any{"type": kind, "transfer_method": "remote_url", "url": url}
}

// example is what stands in the first row of a template.
func (f *field) example(l app.Lang) string {
	say := func(en, zh string) string { return app.Text{En: en, Zh: zh}.In(l) }
	switch {
	case len(f.options) > 0:
		return f.options[0]
	case f.kind == "number":
		return "1"
	case f.kind == "checkbox":
		return say("yes", "是")
	case f.kind == "json_object":
		return "{}"
	case f.kind == "file", f.kind == "file-list":
		return say("http:// address of the file", "文件的 http:// 地址")
	}
	return ""
}
