package app

import "time"

// Endpoint is one model server that the site talks to: a wire protocol, a base URL and its credentials.
type Endpoint struct {
	ID        ID              `json:"id"`
	Name      string          `json:"name"`
	Vendor    string          `json:"vendor"`   // a row of the catalog, "custom" where none fits
	Protocol  string          `json:"protocol"` // a row of the provider table: openai, ollama, anthropic, gemini, azure, tei, jina
	BaseURL   string          `json:"base_url"`
	Options   EndpointOptions `json:"options"`
	Profile   *Profile        `json:"profile"` // nil until probed
	Disabled  bool            `json:"disabled"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

// EndpointOptions are what an operator may set by hand; zero values mean "as probed" or the default named beside.
type EndpointOptions struct {
	TimeoutSeconds int               `json:"timeout_seconds,omitempty"` // longest silence of the server; 120
	Retries        int               `json:"retries,omitempty"`         // on 429, 5xx and failed connects; 2; -1 is none
	CA             string            `json:"ca,omitempty"`              // PEM of a private authority
	SkipVerify     bool              `json:"skip_verify,omitempty"`     // accept any certificate
	HTTP1          bool              `json:"http1,omitempty"`           // never HTTP/2
	Headers        map[string]string `json:"headers,omitempty"`         // sent with every request; no secrets here
	APIVersion     string            `json:"api_version,omitempty"`     // Azure
}

// Profile is what the probe learnt about an endpoint. The model layer obeys it.
type Profile struct {
	ProbedAt time.Time `json:"probed_at"`
	HTTP1    bool      `json:"http1"` // HTTP/2 stalled or broke: stay on 1.1
	Findings []Finding `json:"findings"`
	Failed   int       `json:"failed"`
	Warned   int       `json:"warned"`

	NoStreamUsage bool   `json:"no_stream_usage"`           // refuses stream_options
	NoStream      bool   `json:"no_stream"`                 // answers a stream request with one JSON body
	MaxTokensName string `json:"max_tokens_name,omitempty"` // "max_completion_tokens" where the server wants that
	EmbedBatch    int    `json:"embed_batch,omitempty"`
	EmbedDims     int    `json:"embed_dims,omitempty"`
	RerankPath    string `json:"rerank_path,omitempty"`

	Voices      map[string]string `json:"voices,omitempty"`       // of speaking models that want one named, and nobody did
	SoundFormat string            `json:"sound_format,omitempty"` // wav where the server makes no MP3
}

// Finding is the outcome of one check of the probe, as one sentence.
type Finding struct {
	Check  string `json:"check"`  // stable name, for example stream_framing
	Status string `json:"status"` // ok, warn, fail, skip, info
	Text   Text   `json:"text"`
	Millis int64  `json:"ms"`
	Raw    string `json:"raw,omitempty"` // the bytes the finding rests on, escaped, at most 2 KiB
}

// Credential is one named secret of an endpoint. Several take turns (round robin); one that is refused or limited rests until CooldownUntil.
type Credential struct {
	ID            ID         `json:"id"`
	Endpoint      ID         `json:"endpoint_id"`
	Name          string     `json:"name"`
	Hint          string     `json:"hint"` // last four characters
	Disabled      bool       `json:"disabled"`
	CooldownUntil *time.Time `json:"cooldown_until"`
	CreatedAt     time.Time  `json:"created_at"`

	Sealed []byte `json:"-"` // by store.Seal
}

// ModelKind is what a model is for.
type ModelKind string

// The kinds of model.
const (
	ChatModel   ModelKind = "llm"
	EmbedModel  ModelKind = "embedding"
	RerankModel ModelKind = "rerank"
	SpeechModel ModelKind = "speech2text" // hears
	VoiceModel  ModelKind = "tts"         // speaks
)

// Model is one model that an endpoint serves.
type Model struct {
	ID          ID        `json:"id"`
	Endpoint    ID        `json:"endpoint_id"`
	Name        string    `json:"name"` // as the server calls it
	Kind        ModelKind `json:"kind"`
	Abilities   Abilities `json:"abilities"`
	ContextSize int       `json:"context_size"` // tokens; 0 is unknown
	MaxOutput   int       `json:"max_output"`   // tokens; 0 is unknown
	Disabled    bool      `json:"disabled"`
	Manual      bool      `json:"manual"` // added by hand: a refresh keeps it
	CreatedAt   time.Time `json:"created_at"`
}

// Abilities are the features of a chat model that the product asks about.
type Abilities struct {
	Vision     bool `json:"vision,omitempty"`
	Tools      bool `json:"tools,omitempty"`
	JSONSchema bool `json:"json_schema,omitempty"`
	Reasoning  bool `json:"reasoning,omitempty"`
}

// ModelRef points at a model from an app's settings: the endpoint's id and the server's name for the model.
type ModelRef struct {
	Endpoint ID             `json:"endpoint_id"`
	Name     string         `json:"name"`
	Params   map[string]any `json:"params,omitempty"` // temperature, top_p, max_tokens, stop, … as the protocol's own names
}

// Zero tells whether no model is chosen.
func (m ModelRef) Zero() bool { return m.Endpoint == "" && m.Name == "" }
