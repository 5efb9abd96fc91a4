package provider

import (
	"net/http"
	"net/url"

	"islet/app"
	"islet/app/model"
)

// Field is one thing that the form for an endpoint asks for.
type Field struct {
	Name     string   `json:"name"` // base_url, key, or a JSON name of app.EndpointOptions
	Label    app.Text `json:"label"`
	Help     app.Text `json:"help"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret,omitempty"`
	Example  string   `json:"example,omitempty"`
}

// Protocol is one way of speaking to a model server.
type Protocol struct {
	Title  app.Text        `json:"title"`
	Kinds  []app.ModelKind `json:"kinds"`
	Fields []Field         `json:"fields"`

	// Base makes the address that paths are appended to from what a person typed.
	Base func(*url.URL) string `json:"-"`
	// Auth puts the key where the server looks for it. A nil Auth sends none.
	Auth func(h http.Header, key string) `json:"-"`
	// New is the protocol over a connection.
	New func(*conn) model.Lister `json:"-"`
}

var (
	chatOnly   = []app.ModelKind{app.ChatModel}
	chatEmbed  = []app.ModelKind{app.ChatModel, app.EmbedModel}
	allKinds   = []app.ModelKind{app.ChatModel, app.EmbedModel, app.RerankModel, app.SpeechModel, app.VoiceModel}
	embedRank  = []app.ModelKind{app.EmbedModel, app.RerankModel}
	keyField   = Field{Name: "key", Label: app.Text{En: "API key", Zh: "API 密钥"}, Secret: true, Help: app.Text{En: "leave empty if the server asks for none", Zh: "服务端不要求时可留空"}}
	mustKey    = Field{Name: "key", Label: app.Text{En: "API key", Zh: "API 密钥"}, Secret: true, Required: true}
	versionBox = Field{Name: "api_version", Label: app.Text{En: "API version", Zh: "API 版本"}, Example: "2024-10-21"}
)

func baseField(example string) Field {
	return Field{Name: "base_url", Label: app.Text{En: "Base URL", Zh: "基础地址"}, Required: true, Example: example,
		Help: app.Text{En: "as reached from the server that runs islet", Zh: "以运行 islet 的服务器能访问的地址为准"}}
}

// Table is every protocol there is.
var Table = map[string]Protocol{
	"openai": {
		Title: app.Text{En: "OpenAI compatible", Zh: "OpenAI 兼容"}, Kinds: allKinds,
		Fields: []Field{baseField("http://192.168.1.20:8000/v1"), keyField},
		Base:   openAIBase, Auth: bearer, New: newOpenAI,
	},
	"ollama": {
		Title: app.Text{En: "Ollama", Zh: "Ollama"}, Kinds: chatEmbed,
		Fields: []Field{baseField("http://192.168.1.20:11434"), keyField},
		Base:   ollamaBase, Auth: bearer, New: newOllama,
	},
	"anthropic": {
		Title: app.Text{En: "Anthropic", Zh: "Anthropic"}, Kinds: chatOnly,
		Fields: []Field{baseField("https://api.anthropic.com"), mustKey},
		Base:   anthropicBase, Auth: anthropicAuth, New: newAnthropic,
	},
	"gemini": {
		Title: app.Text{En: "Google Gemini", Zh: "Google Gemini"}, Kinds: chatEmbed,
		Fields: []Field{baseField("https://generativelanguage.googleapis.com/v1beta"), mustKey},
		Base:   geminiBase, Auth: geminiAuth, New: newGemini,
	},
	"azure": {
		Title: app.Text{En: "Azure OpenAI", Zh: "Azure OpenAI"}, Kinds: chatEmbed,
		Fields: []Field{baseField("https://NAME.openai.azure.com"), mustKey, versionBox},
		Base:   azureBase, Auth: azureAuth, New: newAzure,
	},
	"tei": {
		Title: app.Text{En: "Text Embeddings Inference", Zh: "TEI（文本向量推理）"}, Kinds: embedRank,
		Fields: []Field{baseField("http://192.168.1.20:8080"), keyField},
		Base:   teiBase, Auth: bearer, New: newTEI,
	},
	"jina": {
		Title: app.Text{En: "Jina and rerank servers alike", Zh: "Jina 及同类重排服务"}, Kinds: embedRank,
		Fields: []Field{baseField("http://192.168.1.20:9997/v1"), keyField},
		Base:   openAIBase, Auth: bearer, New: newJina,
	},
}
