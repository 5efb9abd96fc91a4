package app

import "time"

// Annotation is an answer that people wrote for a question: whoever asks it, or nearly it, gets that answer and no model is asked.
type Annotation struct {
	ID        ID        `json:"id"`
	App       ID        `json:"app_id"`
	Message   ID        `json:"message_id,omitempty"` // that it was made from; empty for one made by hand
	Question  string    `json:"question"`
	Answer    string    `json:"answer"`
	Hits      int       `json:"hit_count"`
	CreatedBy ID        `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// How an annotation was found.
const (
	AnsweredSame    = "same"    // the same question, but for case, width, spaces and punctuation
	AnsweredMeaning = "meaning" // by an embedding model
	AnsweredWords   = "words"   // by the words that both hold
)

// AnnotationHit is one question that an annotation answered.
type AnnotationHit struct {
	ID         ID        `json:"id"`
	Annotation ID        `json:"annotation_id"`
	Message    ID        `json:"message_id"`
	Source     Source    `json:"source"`
	Question   string    `json:"question"` // as it was asked
	Score      float64   `json:"score"`    // 0 to 1
	Way        string    `json:"way"`
	CreatedAt  time.Time `json:"created_at"`
}

// AnnotationReply is whether and how an app answers from its annotations. It is not part of a version: it holds at once.
type AnnotationReply struct {
	Enabled   bool          `json:"enabled"`
	Threshold float64       `json:"threshold"` // the least score that answers
	Embedding ModelRef      `json:"embedding"` // zero: questions are compared by their words
	Job       AnnotationJob `json:"job"`
}

// AnnotationJob is a change of an AnnotationReply. It is at work until every annotation has its vector.
type AnnotationJob struct {
	ID     ID       `json:"id,omitempty"`
	Action string   `json:"action,omitempty"` // enable or disable
	Done   bool     `json:"done"`
	Error  *Failure `json:"error,omitempty"`
}

// AnsweredBy is the annotation that gave an answer, as a message keeps it.
type AnsweredBy struct {
	ID         ID      `json:"id"`
	Question   string  `json:"question"`
	Score      float64 `json:"score"`
	Way        string  `json:"way"`
	Author     ID      `json:"author_id,omitempty"`
	AuthorName string  `json:"author_name,omitempty"`
}

// AdminRating is what a member of the workspace thinks of an answer to somebody else.
type AdminRating struct {
	ID           ID        `json:"id"`
	Message      ID        `json:"message_id"`
	Conversation ID        `json:"conversation_id"`
	Rating       string    `json:"rating"` // like or dislike
	Note         string    `json:"note"`
	User         ID        `json:"user_id"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// ModelUse is what one model did in one run.
type ModelUse struct {
	Model            string `json:"model"`
	Calls            int    `json:"calls"`
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
}
