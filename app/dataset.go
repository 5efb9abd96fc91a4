package app

import (
	"encoding/json"
	"time"
)

// Dataset is a set of documents that is searched as one. Its words can always be found; its meaning once an embedding model
// is chosen and has done its work (Space).
type Dataset struct {
	ID          ID                `json:"id"`
	Name        string            `json:"name"` // unique in the workspace
	Description string            `json:"description"`
	Icon        string            `json:"icon"`       // an emoji
	IconColor   string            `json:"icon_color"` // #RRGGBB behind it
	Permission  DatasetPermission `json:"permission"`
	Members     []ID              `json:"members"`            // who may see it besides its maker, where the permission is SomeMembers
	Embedding   ModelRef          `json:"embedding"`          // zero: words only
	Search      SearchSettings    `json:"search"`             // used where a caller brings none of its own
	Chunking    Chunking          `json:"chunking"`           // of new documents
	External    *ExternalDataset  `json:"external,omitempty"` // its passages live in another system
	BuiltIn     bool              `json:"built_in_fields"`    // filters may use the built-in metadata fields
	APIEnabled  bool              `json:"api_enabled"`        // the Service API may use it
	CreatedBy   ID                `json:"created_by"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedBy   ID                `json:"updated_by"`
	UpdatedAt   time.Time         `json:"updated_at"`

	Space     int64 `json:"space"`                // the vectors that answer; 0: none, words only
	NextSpace int64 `json:"next_space,omitempty"` // the vectors that are being made; 0: none
}

// DatasetPermission says who in the studio sees a dataset. Apps that it is attached to use it in any case.
type DatasetPermission string

// The permissions, in Dify's words.
const (
	OnlyMe      DatasetPermission = "only_me"
	AllMembers  DatasetPermission = "all_team_members"
	SomeMembers DatasetPermission = "partial_members"
)

// ExternalDataset points at a dataset of another system, which is asked by Dify's external knowledge protocol.
type ExternalDataset struct {
	API       ID             `json:"api_id"`
	Knowledge string         `json:"knowledge_id"` // as that system calls it
	Settings  ExternalSearch `json:"settings"`
}

// ExternalSearch is how many passages an external dataset is asked for.
type ExternalSearch struct {
	TopK             int     `json:"top_k"` // 0 is DefaultTopK
	Threshold        float64 `json:"score_threshold"`
	ThresholdEnabled bool    `json:"score_threshold_enabled"`
}

// ExternalAPI is another system that answers searches: POST {endpoint}/retrieval with a bearer key.
type ExternalAPI struct {
	ID          ID        `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Endpoint    string    `json:"endpoint"`
	Hint        string    `json:"hint"` // last four characters of the key
	CreatedBy   ID        `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`

	Sealed []byte `json:"-"` // the key, by store.Seal
}

// Space is one set of vectors of a dataset: all made by one model. A dataset gets a new one when its model changes, and the
// old one answers until the new one is complete.
type Space struct {
	Dataset   ID        `json:"dataset_id"`
	Number    int64     `json:"number"` // 1, 2, 3 … of the site
	Model     ModelRef  `json:"model"`
	Dims      int       `json:"dims"` // 0 until the first vector
	CreatedAt time.Time `json:"created_at"`
}

// Chunking says how documents are cut. Rules are Dify's process_rule, as package split reads them.
type Chunking struct {
	Form  string          `json:"form"`            // FormGeneral, FormParent or FormQA
	Rules json.RawMessage `json:"rules,omitempty"` // empty: the structure-aware default
	Model ModelRef        `json:"model"`           // that writes questions and answers, of FormQA; zero: the default chat model
	Lang  string          `json:"language"`        // in which it writes them; Dify's doc_language
}

// The forms of chunks, in Dify's words.
const (
	FormGeneral = "text_model"
	FormParent  = "hierarchical_model"
	FormQA      = "qa_model"
)

// SearchMethod is how a dataset is searched, in Dify's words.
type SearchMethod string

// The methods. Keyword search is Dify's economical one; here it is full text.
const (
	ByMeaning  SearchMethod = "semantic_search"
	ByWords    SearchMethod = "full_text_search"
	ByBoth     SearchMethod = "hybrid_search"
	ByKeywords SearchMethod = "keyword_search"
)

// SearchSettings are how a search is done. The zero value works: both ways where there are vectors, DefaultTopK, no threshold.
type SearchSettings struct {
	Method           SearchMethod `json:"method"`         // "" is ByBoth with vectors, ByWords without
	TopK             int          `json:"top_k"`          // 0 is DefaultTopK; MaxTopK at most
	Threshold        float64      `json:"threshold"`      // of the final score, 0 to 1
	ThresholdEnabled bool         `json:"use_threshold"`  //
	Fusion           string       `json:"fusion"`         // of ByBoth: FusionWeights, FusionRRF; "" is the default of islet
	VectorWeight     float64      `json:"vector_weight"`  // of FusionWeights
	KeywordWeight    float64      `json:"keyword_weight"` //
	Rerank           bool         `json:"rerank"`
	RerankModel      ModelRef     `json:"rerank_model"`
}

// The fusions of the two lists of a hybrid search.
const (
	FusionWeights = "weights"
	FusionRRF     = "rrf"
)

// How many passages a search gives.
const (
	DefaultTopK = 4
	MaxTopK     = 100
)

// MetadataField is a field that the documents of a dataset may carry. Its type never changes.
type MetadataField struct {
	ID        ID        `json:"id"`
	Dataset   ID        `json:"dataset_id"`
	Name      string    `json:"name"` // a-z, 0-9 and _
	Type      string    `json:"type"` // string, number, time
	Count     int       `json:"count"`
	CreatedAt time.Time `json:"created_at"`
}

// The types of metadata.
const (
	MetaString = "string"
	MetaNumber = "number"
	MetaTime   = "time" // seconds since 1970
)

// BuiltInFields are the metadata that every document has, in Dify's words.
var BuiltInFields = []MetadataField{
	{Name: "document_name", Type: MetaString}, {Name: "uploader", Type: MetaString}, {Name: "upload_date", Type: MetaTime},
	{Name: "last_update_date", Type: MetaTime}, {Name: "source", Type: MetaString},
}

// Filter narrows a search by metadata. A condition whose Value is nil is skipped, but for empty and not empty.
type Filter struct {
	Logic      string      `json:"logical_operator"` // and, or; "" is and
	Conditions []Condition `json:"conditions"`
}

// Condition compares one metadata field. Operators are Dify's: contains, not contains, start with, end with, is, is not,
// empty, not empty, in, not in, =, ≠, >, <, ≥, ≤, before, after.
type Condition struct {
	Name     string `json:"name"`
	Operator string `json:"comparison_operator"`
	Value    any    `json:"value"`
}

// Tag is a word by which people find datasets.
type Tag struct {
	ID    ID     `json:"id"`
	Name  string `json:"name"`
	Count int    `json:"count"` // datasets that carry it
	Apps  int    `json:"apps"`  // apps that do
}

// DatasetKey is a key for the datasets of the Service API ("dataset-…"). The text is shown once; the store keeps its SHA-256.
type DatasetKey struct {
	ID         ID         `json:"id"`
	Hint       string     `json:"hint"`
	CreatedBy  ID         `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`

	TokenHash []byte `json:"-"`
}

// Asked is one search that was done, for the history of a dataset.
type Asked struct {
	ID      ID        `json:"id"`
	Dataset ID        `json:"dataset_id"`
	Query   string    `json:"query"`
	Source  string    `json:"source"` // hit_testing, app, api
	App     ID        `json:"app_id,omitempty"`
	AppName string    `json:"app_name,omitempty"`
	Found   int       `json:"found"`
	Best    float64   `json:"best"` // the highest score; 0 where nothing was found
	Millis  float64   `json:"ms"`
	User    ID        `json:"user_id,omitempty"`
	At      time.Time `json:"created_at"`
}
