package frame

import (
	"encoding/json"
	"time"

	"islet/app"
	"islet/app/value"
)

// Metadata is what Dify tells beside an answer.
type Metadata struct {
	Usage     *Usage     `json:"usage,omitempty"`
	Resources []Resource `json:"retriever_resources"`

	Annotation *Annotation `json:"annotation_reply,omitempty"`
}

// Annotation is the annotation that gave an answer, in Dify's shape.
type Annotation struct {
	ID      app.ID  `json:"id"`
	Account Account `json:"account"`
}

// Account is who wrote it.
type Account struct {
	ID   app.ID `json:"id"`
	Name string `json:"name"`
}

// AnnotationOf is the annotation that gave a message's answer; nil where none did.
func AnnotationOf(m *app.Message) *Annotation {
	if m.Extra == nil || m.Extra.Annotation == nil {
		return nil
	}
	by := m.Extra.Annotation
	return &Annotation{ID: by.ID, Account: Account{ID: by.Author, Name: by.AuthorName}}
}

// Usage is app.Usage in Dify's shape. islet knows no prices: they are "0".
type Usage struct {
	PromptTokens        int     `json:"prompt_tokens"`
	PromptUnitPrice     string  `json:"prompt_unit_price"`
	PromptPriceUnit     string  `json:"prompt_price_unit"`
	PromptPrice         string  `json:"prompt_price"`
	CompletionTokens    int     `json:"completion_tokens"`
	CompletionUnitPrice string  `json:"completion_unit_price"`
	CompletionPriceUnit string  `json:"completion_price_unit"`
	CompletionPrice     string  `json:"completion_price"`
	TotalTokens         int     `json:"total_tokens"`
	TotalPrice          string  `json:"total_price"`
	Currency            string  `json:"currency"`
	Latency             float64 `json:"latency"`
	FirstToken          float64 `json:"time_to_first_token"`
	Generate            float64 `json:"time_to_generate"`
}

// NewMetadata is the metadata of an answer; u may be nil.
func NewMetadata(u *app.Usage, resources []Resource) Metadata {
	if u == nil {
		u = &app.Usage{}
	}
	return Metadata{Resources: resources, Usage: &Usage{
		PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens, TotalTokens: u.TotalTokens,
		PromptUnitPrice: "0", PromptPriceUnit: "0.001", PromptPrice: "0",
		CompletionUnitPrice: "0", CompletionPriceUnit: "0.001", CompletionPrice: "0",
		TotalPrice: "0", Currency: "USD",
		Latency: u.Latency, FirstToken: u.FirstToken, Generate: max(u.Latency-u.FirstToken, 0),
	}}
}

// Resource is a passage that an answer rests on, in Dify's shape.
type Resource struct {
	ID      app.ID `json:"id"`
	Message app.ID `json:"message_id"`
	app.Resource
	Summary   *string `json:"summary"` // null where there is none
	CreatedAt int64   `json:"created_at"`
}

// NewResources are the passages of a message; never nil.
func NewResources(list []app.Resource, message app.ID, created time.Time) []Resource {
	out := make([]Resource, len(list))
	for i := range list {
		out[i] = Resource{ID: list[i].Segment, Message: message, Resource: list[i], CreatedAt: created.Unix()}
		if list[i].Summary != "" {
			out[i].Summary = &list[i].Summary
		}
	}
	return out
}

// endFile is a file of an answer in Dify's message_end.
type endFile struct {
	Related   app.ID `json:"related_id"`
	Type      string `json:"type"`
	Name      string `json:"filename"`
	Extension string `json:"extension"`
	MIME      string `json:"mime_type"`
	Size      int64  `json:"size"`
	Method    string `json:"transfer_method"`
	URL       string `json:"url"`
	File      app.ID `json:"upload_file_id"`
	Remote    string `json:"remote_url"`
}

func endFiles(list []app.Attachment) []endFile {
	out := make([]endFile, len(list))
	for i := range list {
		f := &list[i]
		out[i] = endFile{Related: f.ID, Type: f.Kind, Name: f.Name, Extension: value.Extension(f.Name), MIME: f.MIME, Size: f.Size, Method: f.Method,
			URL: FileURL(f), File: f.File}
		if f.File == "" {
			out[i].Remote = f.URL
		}
	}
	return out
}

// FileURL is where a file is: its link, or a path of ours, because islet does not know under which name the caller reaches it.
func FileURL(f *app.Attachment) string {
	if f.URL == "" && f.File != "" {
		return PreviewURL(f.File)
	}
	return f.URL
}

// PreviewURL is the path of an uploaded file's bytes.
func PreviewURL(id app.ID) string { return "/v1/files/" + string(id) + "/preview" }

// filesIn are the files among outputs.
func filesIn(outputs map[string]any) []app.Attachment {
	var all []app.Attachment
	for _, v := range value.Of(outputs).All() {
		switch x := v.(type) {
		case app.Attachment:
			all = append(all, x)
		case []app.Attachment:
			all = append(all, x...)
		}
	}
	return all
}

// appendJSON appends v, which must marshal.
func appendJSON(b []byte, v any) []byte {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(b, j...)
}
