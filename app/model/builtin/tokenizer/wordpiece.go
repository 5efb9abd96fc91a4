package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// wordPiece cuts a word into the longest pieces that the vocabulary has, from left to right.
type wordPiece struct {
	vocab  map[string]int32
	prefix string // of pieces inside a word
	most   int    // characters; longer words are unknown
	unk    int32
}

func parseWordPiece(raw json.RawMessage) (model, int, error) {
	f := struct {
		Vocab  map[string]int32 `json:"vocab"`
		Unk    string           `json:"unk_token"`
		Prefix string           `json:"continuing_subword_prefix"`
		Most   int              `json:"max_input_chars_per_word"`
	}{Unk: "[UNK]", Prefix: "##", Most: 100}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, 0, fmt.Errorf("its WordPiece model cannot be read: %w", err)
	}
	unk, ok := f.Vocab[f.Unk]
	if !ok {
		return nil, 0, fmt.Errorf("its vocabulary lacks the unknown token %q", f.Unk)
	}
	size := 0
	for piece, id := range f.Vocab {
		if id < 0 {
			return nil, 0, fmt.Errorf("its vocabulary gives %q the number %d", piece, id)
		}
		size = max(size, int(id)+1)
	}
	return &wordPiece{f.Vocab, f.Prefix, f.Most, unk}, size, nil
}

func (m *wordPiece) unknown() int32 { return m.unk }

func (m *wordPiece) tokens(word string, out []int32) []int32 {
	if utf8.RuneCountInString(word) > m.most {
		return append(out, m.unk)
	}
	begin := len(out)
	for at := 0; at < len(word); {
		id, n := m.longest(word[at:], at > 0)
		if n == 0 {
			return append(out[:begin], m.unk) // one part unknown makes the whole word unknown
		}
		out = append(out, id)
		at += n
	}
	return out
}

// longest is the longest piece that a text begins with, and its bytes; none is 0.
func (m *wordPiece) longest(text string, inside bool) (id int32, n int) {
	for end := len(text); end > 0; {
		piece := text[:end]
		if inside {
			piece = m.prefix + piece
		}
		if id, ok := m.vocab[piece]; ok {
			return id, end
		}
		_, w := utf8.DecodeLastRuneInString(text[:end])
		end -= w
	}
	return 0, 0
}
