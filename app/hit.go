package app

import "strings"

// Hit is a chunk that a search found, with how it was found.
type Hit struct {
	Chunk    *Chunk      `json:"chunk"`
	Document *Document   `json:"document"`
	Dataset  ID          `json:"dataset_id"`
	Name     string      `json:"dataset_name"`
	Score    float64     `json:"score"` // 0 to 1, of the last step that ordered the hits
	Children []ChildHit  `json:"children"`
	Why      Explanation `json:"why"`
}

// ChildHit is a child by which its chunk was found.
type ChildHit struct {
	Child
	Score float64 `json:"score"`
}

// Explanation tells how a hit came about. Ranks begin with 1; nil means that this step did not see the hit.
type Explanation struct {
	Terms  []string `json:"terms"` // words of the question that the chunk holds
	Missed []string `json:"missed"`
	Vector *Place   `json:"vector"`
	Words  *Place   `json:"words"`
	Fused  *Place   `json:"fused"`  // of a hybrid search
	Rerank *Place   `json:"rerank"` // of a rerank model
	Filter []string `json:"filter"` // conditions that the document met, as text
}

// Place is a rank with its score. Part is what the score adds to a fused one.
type Place struct {
	Rank  int     `json:"rank"`
	Score float64 `json:"score"`
	Part  float64 `json:"part,omitempty"`
}

// Found is the outcome of a search.
type Found struct {
	Hits   []Hit        `json:"hits"`
	Method SearchMethod `json:"method"` // that was used
	Fusion string       `json:"fusion"` // that was used, of a hybrid search
	Notes  []Text       `json:"notes"`  // what the reader should know: no embedding model, an index that is being rebuilt
	Seen   int          `json:"seen"`   // candidates before threshold and top-k
	Millis float64      `json:"ms"`
}

// Resources are the hits of a search as an answer rests on them. Their title is the path of headings, where there is one.
func (f *Found) Resources() []Resource {
	list := make([]Resource, len(f.Hits))
	for i := range f.Hits {
		h := &f.Hits[i]
		score, content, source := h.Score, h.Chunk.Content, h.Document.Source
		if h.Chunk.Answer != "" {
			content = "question:" + content + " answer:" + h.Chunk.Answer
		}
		if source == FromText {
			source = FromFile
		}
		list[i] = Resource{Position: i + 1, Dataset: h.Dataset, DatasetName: h.Name, Document: h.Document.ID, DocumentName: h.Document.Name, Source: string(source),
			Segment: h.Chunk.ID, From: "workflow", Score: &score, Content: content, HitCount: h.Chunk.Hits, WordCount: h.Chunk.WordCount, SegmentPosition: h.Chunk.Position,
			IndexNodeHash: h.Chunk.Hash, Page: h.Chunk.Page, Metadata: h.Document.Metadata, Title: strings.Join(h.Chunk.Heading, " > "), Children: h.Children}
	}
	return list
}

// Diagnosis tells at which stage a passage that should have been found was lost, and what would have found it.
type Diagnosis struct {
	Stage    LostAt       `json:"stage"`
	Text     Text         `json:"text"`
	Fix      Text         `json:"fix"`
	Rank     int          `json:"rank,omitempty"`  // that the chunk has among all candidates; 0: none
	Score    float64      `json:"score,omitempty"` // its score there
	Document *Document    `json:"document,omitempty"`
	Chunks   []*Chunk     `json:"chunks,omitempty"` // that hold the passage, or parts of it
	Why      *Explanation `json:"why,omitempty"`
}

// LostAt is a stage at which a passage gets lost on its way from the file to the answer.
type LostAt string

// The stages, in the order in which they are looked at.
const (
	LostNowhere   LostAt = "found"         // it was found
	LostParsing   LostAt = "not_parsed"    // no document of the dataset holds the text
	LostIndexing  LostAt = "not_indexed"   // its document is not finished, or failed
	LostCleaning  LostAt = "cleaned"       // a cleaning rule removed it
	LostSplitting LostAt = "split"         // it lies across several chunks
	LostDisabled  LostAt = "disabled"      // the chunk or its document is switched off
	LostFilter    LostAt = "filter"        // the metadata filter leaves its document out
	LostToken     LostAt = "token"         // no word of the question is in it
	LostCandidate LostAt = "not_candidate" // too far down to be looked at
	LostThreshold LostAt = "threshold"     // its score is below the threshold
	LostRerank    LostAt = "rerank"        // the rerank model put it too far down
	LostTopK      LostAt = "top_k"         // others were better
)
