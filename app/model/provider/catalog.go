package provider

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"islet/app"
)

//go:embed catalog/*.yaml
var catalogFiles embed.FS

// Vendor is a row of the catalog: somebody whose servers speak one of our protocols.
type Vendor struct {
	ID       string   `json:"id" yaml:"id"`
	Name     app.Text `json:"name" yaml:"name"`
	Protocol string   `json:"protocol" yaml:"protocol"`
	BaseURL  string   `json:"base_url" yaml:"base_url"` // an example where Local
	Local    bool     `json:"local" yaml:"local"`       // runs on the site's own machines
	NeedsKey bool     `json:"needs_key" yaml:"needs_key"`
	Hint     app.Text `json:"hint" yaml:"hint"` // what to enter, where to find it
	Models   []Offer  `json:"models" yaml:"models"`
}

// Offer is a model that a vendor is known for. It completes what the server's own list does not tell.
type Offer struct {
	Name        string        `json:"name" yaml:"name"` // may end in * to stand for all names that begin so
	Kind        app.ModelKind `json:"kind" yaml:"kind"`
	ContextSize int           `json:"context_size" yaml:"context"`
	MaxOutput   int           `json:"max_output" yaml:"output"`
	Abilities   []string      `json:"abilities" yaml:"abilities"` // vision, tools, json_schema, reasoning
}

// Catalog returns all vendors, local ones first, in the order of the files. It is read once; do not change it.
var Catalog = sync.OnceValue(func() []Vendor {
	vs, err := readCatalog()
	if err != nil {
		panic(err) // embedded, and a test reads it
	}
	return vs
})

func readCatalog() ([]Vendor, error) {
	files, err := catalogFiles.ReadDir("catalog")
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	var all []Vendor
	for _, f := range files {
		b, err := catalogFiles.ReadFile(path.Join("catalog", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("catalog: %w", err)
		}
		var vs []Vendor
		d := yaml.NewDecoder(strings.NewReader(string(b)))
		d.KnownFields(true)
		if err := d.Decode(&vs); err != nil {
			return nil, fmt.Errorf("catalog %s: %w", f.Name(), err)
		}
		all = append(all, vs...)
	}
	return all, nil
}

// VendorOf is the row of that id; ok is false if there is none.
func VendorOf(id string) (v Vendor, ok bool) {
	for _, v := range Catalog() {
		if v.ID == id {
			return v, true
		}
	}
	return Vendor{}, false
}

// describe completes a listed model from the catalog and, where that says nothing, guesses from its name.
func (s *Server) describe(m app.Model) app.Model {
	v, _ := VendorOf(s.endpoint.Vendor)
	return Describe(v, m)
}

// Describe completes a model by name: kind, abilities and context, as far as they are not known already.
func Describe(v Vendor, m app.Model) app.Model {
	var o *Offer
	for i := range v.Models {
		if v.Models[i].covers(m.Name) {
			o = &v.Models[i]
			break
		}
	}
	if o == nil {
		o = &Offer{}
	}
	if m.Kind == "" {
		m.Kind = o.Kind
	}
	if m.Kind == "" {
		m.Kind = guessKind(m.Name)
	}
	if m.ContextSize == 0 {
		m.ContextSize = o.ContextSize
	}
	if m.MaxOutput == 0 {
		m.MaxOutput = o.MaxOutput
	}
	if m.Kind != app.ChatModel {
		return m
	}
	for _, a := range o.Abilities {
		switch a {
		case "vision":
			m.Abilities.Vision = true
		case "tools":
			m.Abilities.Tools = true
		case "json_schema":
			m.Abilities.JSONSchema = true
		case "reasoning":
			m.Abilities.Reasoning = true
		}
	}
	return guessAbilities(m, o.Name != "")
}

func (o *Offer) covers(name string) bool {
	if stem, ok := strings.CutSuffix(o.Name, "*"); ok {
		return strings.HasPrefix(strings.ToLower(name), strings.ToLower(stem))
	}
	return strings.EqualFold(o.Name, name)
}

// guessKind goes by the words that model makers put into names.
func guessKind(name string) app.ModelKind {
	low := strings.ToLower(name)
	switch {
	case hasAny(low, []string{"whisper", "sensevoice", "paraformer", "-asr", "asr-", "funasr", "transcribe", "telespeech", "firered"}):
		return app.SpeechModel
	case hasAny(low, []string{"tts", "cosyvoice", "kokoro", "fish-speech", "chattts", "melotts", "indextts", "megatts", "piper"}):
		return app.VoiceModel
	case strings.Contains(low, "rerank"):
		return app.RerankModel
	case hasAny(low, []string{"embed", "bge-", "bge_", "gte-", "/e5-", "e5-", "m3e", "text2vec", "bce-", "minilm", "conan-"}):
		return app.EmbedModel
	}
	return app.ChatModel
}

// guessAbilities goes by the name too, unless the catalog knows the model.
func guessAbilities(m app.Model, known bool) app.Model {
	if known {
		return m
	}
	low := strings.ToLower(m.Name)
	m.Abilities.Vision = m.Abilities.Vision || hasAny(low, []string{"-vl", "vision", "llava", "minicpm-v", "4o", "gemma-3", "gemma3", "internvl", "pixtral", "glm-4v", "omni"})
	m.Abilities.Reasoning = m.Abilities.Reasoning || hasAny(low, []string{"r1", "qwq", "qwen3", "thinking", "reason", "o1", "o3", "o4", "gpt-5", "gpt-oss"})
	m.Abilities.Tools = m.Abilities.Tools || hasAny(low, []string{"qwen", "gpt", "glm-4", "deepseek", "llama-3", "llama3", "mistral", "hermes", "command-r", "kimi", "granite"})
	return m
}
