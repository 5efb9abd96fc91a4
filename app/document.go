package app

import "time"

// Document is one file or text of a dataset. Its row is also its place in the queue: what Stage says is what a worker does
// next, so a crash loses nothing.
type Document struct {
	ID       ID             `json:"id"`
	Dataset  ID             `json:"dataset_id"`
	Number   uint32         `json:"number"` // of the site; the upper half of its index keys
	Name     string         `json:"name"`
	Source   DocumentSource `json:"source"`
	File     ID             `json:"file_id,omitempty"`
	URL      string         `json:"url,omitempty"`
	Batch    string         `json:"batch"`
	Position int            `json:"position"` // in the dataset: 1, 2, 3 …
	Chunking Chunking       `json:"chunking"`
	Metadata map[string]any `json:"metadata"` // by field name

	Stage     Stage    `json:"stage"`
	Paused    bool     `json:"paused"`
	Error     *Failure `json:"error,omitempty"`
	Wait      *Text    `json:"wait,omitempty"` // why a document that is not finished stands still
	Attempts  int      `json:"attempts"`
	Total     int      `json:"total"` // chunks that the indexing stage has to do
	Done      int      `json:"done"`  // of them, done
	Enabled   bool     `json:"enabled"`
	Archived  bool     `json:"archived"`
	Chunks    int      `json:"chunks"`
	Children  int      `json:"children"`
	WordCount int      `json:"word_count"` // characters, as Dify counts
	Tokens    int      `json:"tokens"`
	Pages     int      `json:"pages"`
	Hits      int      `json:"hit_count"`
	Size      int64    `json:"size"` // bytes of the file or text

	CreatedBy   ID         `json:"created_by"`
	CreatedFrom string     `json:"created_from"` // web, api, cli
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	StartedAt   *time.Time `json:"started_at"`
	ParsedAt    *time.Time `json:"parsed_at"`
	SplitAt     *time.Time `json:"split_at"`
	CompletedAt *time.Time `json:"completed_at"`
	DisabledAt  *time.Time `json:"disabled_at"`
	DisabledBy  ID         `json:"disabled_by,omitempty"`
	TryAt       *time.Time `json:"try_at"` // a failed stage is tried again then

	Revision int    `json:"revision"` // of the chunks that can be found; 0: none yet
	FirstOrd uint32 `json:"-"`        // ordinals of its units: from FirstOrd to below NextOrd
	NextOrd  uint32 `json:"-"`
}

// DocumentSource says where a document came from.
type DocumentSource string

// The sources: the first in Dify's word.
const (
	FromFile DocumentSource = "upload_file"
	FromText DocumentSource = "text"
	FromURL  DocumentSource = "website_crawl"
)

// Stage is how far a document has come, in Dify's words.
type Stage string

// The stages in their order. Waiting documents are taken in the order in which they came.
const (
	Waiting   Stage = "waiting"
	Parsing   Stage = "parsing"
	Splitting Stage = "splitting"
	Indexing  Stage = "indexing"
	Completed Stage = "completed"
	Erred     Stage = "error"
)

// Unfinished tells whether a worker still has something to do.
func (s Stage) Unfinished() bool { return s != Completed && s != Erred }

// Display is Dify's display_status: queuing, indexing, paused, error, available, disabled, archived.
func (d *Document) Display() string {
	switch {
	case d.Stage == Erred:
		return "error"
	case d.Stage.Unfinished() && d.Paused:
		return "paused"
	case d.Stage == Waiting:
		return "queuing"
	case d.Stage.Unfinished():
		return "indexing"
	case d.Archived:
		return "archived"
	case !d.Enabled:
		return "disabled"
	}
	return "available"
}

// Chunk is a passage of a document that can be found. Dify's API says segment.
type Chunk struct {
	ID         ID         `json:"id"`
	Dataset    ID         `json:"dataset_id"`
	Document   ID         `json:"document_id"`
	Position   int        `json:"position"` // in the document: 1, 2, 3 …
	Content    string     `json:"content"`  // of a question and answer: the question
	Answer     string     `json:"answer,omitempty"`
	Heading    []string   `json:"heading"` // the path of headings above it
	Page       int        `json:"page,omitempty"`
	WordCount  int        `json:"word_count"`
	Tokens     int        `json:"tokens"`
	Keywords   []string   `json:"keywords"`
	Enabled    bool       `json:"enabled"`
	DisabledAt *time.Time `json:"disabled_at"`
	DisabledBy ID         `json:"disabled_by,omitempty"`
	Hits       int        `json:"hit_count"`
	Edited     bool       `json:"edited"`
	Hash       string     `json:"hash"` // SHA-256 of what is indexed, in hex
	CreatedBy  ID         `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	Children   []Child    `json:"children,omitempty"`

	Number   uint32 `json:"-"` // of its document
	Ord      uint32 `json:"-"` // of its unit; meaningless where it has children
	Revision int    `json:"-"`
}

// Child is a piece of a chunk that is searched in its place; the chunk is what a search gives.
type Child struct {
	ID        ID        `json:"id"`
	Chunk     ID        `json:"chunk_id"`
	Position  int       `json:"position"`
	Content   string    `json:"content"`
	WordCount int       `json:"word_count"`
	Edited    bool      `json:"edited"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`

	Ord uint32 `json:"-"`
}
