package tokenizer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Tokenizer is one tokenizer.json. Safe for concurrent use.
type Tokenizer struct {
	added     []added // longest first
	normalise []normaliser
	split     []splitter
	words     model
	before    []int32 // special tokens that stand before and after every text
	after     []int32
	cut       int // tokens that the file itself allows, special ones included; 0 where it says nothing
	size      int
}

// added is a token that is looked for in the raw text before anything else.
type added struct {
	Content string `json:"content"`
	ID      int32  `json:"id"`
	Left    bool   `json:"lstrip"`
	Right   bool   `json:"rstrip"`
}

// model cuts one word, or one stretch of text, into tokens.
type model interface {
	tokens(word string, out []int32) []int32
	unknown() int32
}

type file struct {
	Truncation *struct {
		MaxLength int `json:"max_length"`
	} `json:"truncation"`
	Added         []added         `json:"added_tokens"`
	Normaliser    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         json.RawMessage `json:"model"`
}

// Parse reads the content of a tokenizer.json. Its error names the part that is wrong or not known here.
func Parse(data []byte) (*Tokenizer, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("it is not the JSON of a tokenizer: %w", err)
	}
	t := &Tokenizer{}
	var err error
	if t.words, t.size, err = parseModel(f.Model); err != nil {
		return nil, err
	}
	if t.normalise, err = parseNormaliser(f.Normaliser); err != nil {
		return nil, err
	}
	if t.split, err = parseSplitter(f.PreTokenizer); err != nil {
		return nil, err
	}
	if t.before, t.after, err = parseTemplate(f.PostProcessor); err != nil {
		return nil, err
	}
	for _, a := range f.Added {
		if a.ID < 0 {
			return nil, fmt.Errorf("its added token %q has the number %d", a.Content, a.ID)
		}
		t.size = max(t.size, int(a.ID)+1)
		if a.Content != "" {
			t.added = append(t.added, a)
		}
	}
	slices.SortStableFunc(t.added, func(a, b added) int { return cmp.Compare(len(b.Content), len(a.Content)) })
	if f.Truncation != nil {
		t.cut = f.Truncation.MaxLength
	}
	return t, nil
}

// Size is one more than the highest token number that Encode can return.
func (t *Tokenizer) Size() int { return t.size }

// Cut is how many tokens the file itself allows for a text, special ones included; 0 where it says nothing.
func (t *Tokenizer) Cut() int { return t.cut }

// Unknown is the number of the token for what the vocabulary lacks.
func (t *Tokenizer) Unknown() int32 { return t.words.unknown() }

// Special is how many special tokens Encode puts around every text.
func (t *Tokenizer) Special() int { return len(t.before) + len(t.after) }

// Encode is the tokens of a text between the special tokens that the model expects, at most limit tokens in all (0 for no
// limit): the end of a longer text is left out. Broken UTF-8 is read as replacement characters.
func (t *Tokenizer) Encode(text string, limit int) []int32 {
	ids := slices.Clone(t.before)
	most := 0
	if limit > 0 {
		most = max(limit-len(t.after), len(ids))
	}
	ids = t.Plain(ids, text)
	if most > 0 && len(ids) > most {
		ids = ids[:most]
	}
	return append(ids, t.after...)
}

// Plain appends the tokens of a text without special ones around it.
func (t *Tokenizer) Plain(ids []int32, text string) []int32 {
	text = strings.ToValidUTF8(text, "\ufffd")
	for first := true; text != ""; first = false {
		at, a := t.nextAdded(text)
		if at < 0 {
			return t.stretch(ids, text, first)
		}
		before, rest := text[:at], text[at+len(a.Content):]
		if a.Left {
			before = strings.TrimRight(before, " \t\r\n")
		}
		if a.Right {
			rest = strings.TrimLeft(rest, " \t\r\n")
		}
		ids = append(t.stretch(ids, before, first), a.ID)
		text = rest
	}
	return ids
}

// nextAdded finds the first added token in a text, the longest where several begin.
func (t *Tokenizer) nextAdded(text string) (at int, found *added) {
	at = -1
	for i := range t.added {
		if n := strings.Index(text, t.added[i].Content); n >= 0 && (at < 0 || n < at) {
			at, found = n, &t.added[i]
		}
	}
	return at, found
}

// stretch cuts a text that holds no added tokens. first tells that nothing stands before it.
func (t *Tokenizer) stretch(ids []int32, text string, first bool) []int32 {
	for _, n := range t.normalise {
		text = n(text)
	}
	if text == "" {
		return ids
	}
	words := []string{text}
	for i, s := range t.split {
		var next []string
		for j, w := range words {
			next = s(next, w, first && i == 0 && j == 0)
		}
		words = next
	}
	for _, w := range words {
		if w != "" {
			ids = t.words.tokens(w, ids)
		}
	}
	return ids
}

// parseModel reads the vocabulary; size is one more than its highest number.
func parseModel(raw json.RawMessage) (m model, size int, err error) {
	var kind struct {
		Type  string          `json:"type"`
		UnkID *int            `json:"unk_id"`
		Vocab json.RawMessage `json:"vocab"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &kind) != nil {
		return nil, 0, fmt.Errorf("it has no model with a vocabulary")
	}
	if kind.Type == "" && len(kind.Vocab) > 0 { // files of older versions do not name it
		kind.Type = map[byte]string{'[': "Unigram", '{': "WordPiece"}[kind.Vocab[0]]
	}
	switch kind.Type {
	case "WordPiece":
		return parseWordPiece(raw)
	case "Unigram":
		return parseUnigram(raw)
	}
	return nil, 0, fmt.Errorf("its model is of the kind %q; WordPiece and Unigram can be read", kind.Type)
}

type template struct {
	Type       string            `json:"type"`
	Processors []json.RawMessage `json:"processors"`
	Single     []struct {
		Special *struct {
			ID string `json:"id"`
		} `json:"SpecialToken"`
		Sequence *struct{} `json:"Sequence"`
	} `json:"single"`
	Specials map[string]struct {
		IDs []int32 `json:"ids"`
	} `json:"special_tokens"`
	CLS []any `json:"cls"`
	SEP []any `json:"sep"`
}

// parseTemplate reads which special tokens stand around a text.
func parseTemplate(raw json.RawMessage) (before, after []int32, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil, nil
	}
	var p template
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, nil, fmt.Errorf("its post_processor cannot be read: %w", err)
	}
	switch p.Type {
	case "Sequence":
		for _, one := range p.Processors {
			if b, a, err := parseTemplate(one); err != nil || len(b)+len(a) > 0 {
				return b, a, err
			}
		}
		return nil, nil, nil
	case "BertProcessing", "RobertaProcessing":
		cls, ok := secondNumber(p.CLS)
		sep, fine := secondNumber(p.SEP)
		if !ok || !fine {
			return nil, nil, fmt.Errorf("its post_processor names no cls and sep")
		}
		return []int32{cls}, []int32{sep}, nil
	case "TemplateProcessing":
		return p.around()
	}
	return nil, nil, fmt.Errorf("its post_processor is of the kind %q, which is not known here", p.Type)
}

// around are the special tokens before and after the text in a template.
func (p *template) around() (before, after []int32, err error) {
	seen := false
	for _, part := range p.Single {
		if part.Special == nil {
			seen = seen || part.Sequence != nil
			continue
		}
		s, ok := p.Specials[part.Special.ID]
		if !ok {
			return nil, nil, fmt.Errorf("its post_processor uses the token %q without a number", part.Special.ID)
		}
		if seen {
			after = append(after, s.IDs...)
		} else {
			before = append(before, s.IDs...)
		}
	}
	return before, after, nil
}

// secondNumber reads ["[CLS]", 101].
func secondNumber(pair []any) (int32, bool) {
	if len(pair) != 2 {
		return 0, false
	}
	n, ok := pair[1].(float64)
	return int32(n), ok
}
