package text

import (
	"github.com/blevesearch/bleve/v2/analysis"
)

// everyDoc is a term that each document holds once: its postings are all documents with the length of their text.
const everyDoc = "\x00"

// analyzer gives Bleve the terms of a text.
type analyzer struct{ mark bool }

var _ analysis.Analyzer = analyzer{}

// Analyze cuts a text into terms. Bleve needs no offsets: hits are shown from the store.
func (a analyzer) Analyze(input []byte) analysis.TokenStream {
	tokens := scan(string(input))
	out := make(analysis.TokenStream, 0, len(tokens)+len(tokens)/4+1)
	add := func(term string, pos int) {
		out = append(out, &analysis.Token{Term: []byte(term), Position: pos + 2})
	}
	if a.mark {
		out = append(out, &analysis.Token{Term: []byte(everyDoc), Position: 1})
	}
	for _, t := range tokens {
		if t.term == "" {
			continue
		}
		add(t.term, t.pos)
		if t.kind == word {
			if s := stem(t.term); s != t.term {
				add(s+stemMark, t.pos)
			}
		}
	}
	return out
}

// Terms are the terms of a text as the index has them, in their order. A term with ~ behind it is the stem of the one before.
func Terms(text string) []string {
	var out []string
	for _, t := range (analyzer{}).Analyze([]byte(text)) {
		out = append(out, string(t.Term))
	}
	return out
}
