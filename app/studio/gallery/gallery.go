package gallery

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"islet/app"
)

//go:embed templates/*.yml
var files embed.FS

// order is the templates as they are offered.
var order = []string{"document-qa", "meeting-minutes", "translation", "weekly-report", "contract-review", "ticket-triage", "knowledge-assistant",
	"form-extraction", "approval", "data-cleaning", "code-review", "sql-explainer", "interview-questions", "date-assistant"}

// Categories are what templates are for, in the order in which they are offered.
var Categories = []string{"office", "knowledge", "writing", "data", "process", "development"}

// Needs that a template may have beside a chat model.
const (
	NeedsDataset  = "dataset"  // somebody attaches one to answer from
	NeedsDocument = "document" // people upload documents
	NeedsTools    = "tools"    // best with a model that calls tools; others are asked in words
	NeedsPerson   = "person"   // somebody answers a form while it runs
	NeedsSandbox  = "sandbox"  // a program runs
)

// Template is one template. It is shared and never changes.
type Template struct {
	ID          string    `yaml:"id"`
	Mode        app.Mode  `yaml:"mode"`
	Icon        string    `yaml:"icon"`
	Color       string    `yaml:"color"` // #RRGGBB behind the icon
	Category    string    `yaml:"category"`
	Name        app.Text  `yaml:"name"`
	Description app.Text  `yaml:"description"` // about two lines
	Tags        texts     `yaml:"tags"`
	Needs       []string  `yaml:"needs"`
	Example     yaml.Node `yaml:"example"`  // inputs, and query of an app that people talk to
	Settings    yaml.Node `yaml:"settings"` // app.Settings in JSON's names
	Graph       yaml.Node `yaml:"graph"`    // nodes and edges, of the modes that have one
}

// texts is a list in both languages.
type texts struct {
	En []string `yaml:"en"`
	Zh []string `yaml:"zh"`
}

// In is the list in one language.
func (t texts) In(lang app.Lang) []string {
	if lang == app.Chinese {
		return t.Zh
	}
	return t.En
}

var load = sync.OnceValue(func() []*Template {
	all := make([]*Template, len(order))
	for i, id := range order {
		raw, err := files.ReadFile(path.Join("templates", id+".yml"))
		if err != nil {
			panic(fmt.Sprintf("gallery: %v", err)) // a file of the binary itself
		}
		t := &Template{}
		d := yaml.NewDecoder(strings.NewReader(string(raw)))
		d.KnownFields(true)
		if err := d.Decode(t); err != nil || t.ID != id {
			panic(fmt.Sprintf("gallery: %s: id %q, %v", id, t.ID, err))
		}
		all[i] = t
	}
	return all
})

// All are the templates as they are offered.
func All() []*Template { return load() }

// Find is the template of an id. One that does not exist is NotFound.
func Find(id string) (*Template, error) {
	for _, t := range All() {
		if t.ID == id {
			return t, nil
		}
	}
	return nil, app.Missing("template", "模板")
}

// Example is what a template can be tried with.
type Example struct {
	Query  string         `json:"query"`
	Inputs map[string]any `json:"inputs"`
}

// ExampleIn is the example of a template in one language.
func (t *Template) ExampleIn(lang app.Lang) (Example, error) {
	e := Example{Inputs: map[string]any{}}
	return e, spoken(&t.Example, lang, &e)
}

// App is the app of a template in one language, with a model in every place that takes one. It has no id and no owner.
func (t *Template) App(lang app.Lang, model app.ModelRef) (*app.App, error) {
	a := &app.App{Mode: t.Mode, Name: t.Name.In(lang), Description: t.Description.In(lang), Icon: t.Icon, IconColor: t.Color, Tags: t.Tags.In(lang)}
	if err := spoken(&t.Settings, lang, &a.Draft); err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	if t.Graph.IsZero() {
		params := a.Draft.Model.Params
		a.Draft.Model = app.ModelRef{Endpoint: model.Endpoint, Name: model.Name, Params: params}
		return a, nil
	}
	var short shorthand
	if err := spoken(&t.Graph, lang, &short); err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	var err error
	if a.Draft.Graph, err = short.graph(model); err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	return a, nil
}
