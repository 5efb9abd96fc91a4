package tokenizer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// metaspace is what SentencePiece writes for a space.
const metaspace = "▁"

// splitter appends the words of a text to out. first tells that the text is the very beginning.
type splitter func(out []string, text string, first bool) []string

type splitterFile struct {
	Type        string            `json:"type"`
	Splitters   []json.RawMessage `json:"pretokenizers"`
	Replacement string            `json:"replacement"`
	Prefix      *bool             `json:"add_prefix_space"`
	Scheme      string            `json:"prepend_scheme"`
	Split       *bool             `json:"split"`
	Behaviour   string            `json:"behavior"`
	Single      bool              `json:"individual_digits"`
}

func parseSplitter(raw json.RawMessage) ([]splitter, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var f splitterFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("its pre_tokenizer cannot be read: %w", err)
	}
	switch f.Type {
	case "Sequence":
		var all []splitter
		for _, one := range f.Splitters {
			ss, err := parseSplitter(one)
			if err != nil {
				return nil, err
			}
			all = append(all, ss...)
		}
		return all, nil
	case "BertPreTokenizer":
		return []splitter{splitSpace, alone(punctuation)}, nil
	case "WhitespaceSplit":
		return []splitter{splitSpace}, nil
	case "Whitespace":
		return []splitter{splitSpace, splitClasses}, nil
	case "Punctuation":
		if f.Behaviour == "" || strings.EqualFold(f.Behaviour, "isolated") {
			return []splitter{alone(punctuation)}, nil
		}
	case "Digits":
		if f.Single {
			return []splitter{alone(unicode.IsNumber)}, nil
		}
		return []splitter{splitNumbers}, nil
	case "Metaspace":
		return []splitter{f.metaspace()}, nil
	}
	return nil, fmt.Errorf("its pre_tokenizer is of the kind %q (%s), which is not known here", f.Type, f.Behaviour)
}

func splitSpace(out []string, text string, _ bool) []string {
	return append(out, strings.Fields(text)...)
}

// punctuation is what BERT takes for it: every ASCII sign that is no letter or digit, and what Unicode calls punctuation.
func punctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r < 0x7f && !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}
	return unicode.IsPunct(r)
}

// alone makes every character of a class a word of its own.
func alone(class func(rune) bool) splitter {
	return func(out []string, text string, _ bool) []string {
		begin := 0
		for i, r := range text {
			if !class(r) {
				continue
			}
			end := i + utf8.RuneLen(r)
			out = append(out, text[begin:i], text[i:end])
			begin = end
		}
		return append(out, text[begin:])
	}
}

// splitClasses parts letters, digits and underscores from the other signs.
func splitClasses(out []string, text string, _ bool) []string {
	return runs(out, text, func(r rune) bool {
		return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.Is(unicode.Pc, r)
	})
}

// splitNumbers parts numbers from what is none.
func splitNumbers(out []string, text string, _ bool) []string {
	return runs(out, text, unicode.IsNumber)
}

// runs parts a text where it enters and leaves a class.
func runs(out []string, text string, class func(rune) bool) []string {
	begin, in := 0, false
	for i, r := range text {
		if c := class(r); c != in || i == 0 {
			out = append(out, text[begin:i])
			begin, in = i, c
		}
	}
	return append(out, text[begin:])
}

// metaspace writes spaces as ▁, puts one before the text where the file says so, and begins a word at each.
func (f *splitterFile) metaspace() splitter {
	sign := f.Replacement
	if sign == "" {
		sign = metaspace
	}
	scheme := f.Scheme
	if scheme == "" {
		scheme = "always"
	}
	if f.Prefix != nil && !*f.Prefix {
		scheme = "never"
	}
	whole := f.Split != nil && !*f.Split
	return func(out []string, text string, first bool) []string {
		text = strings.ReplaceAll(text, " ", sign)
		if (scheme == "always" || scheme == "first" && first) && !strings.HasPrefix(text, sign) {
			text = sign + text
		}
		if whole {
			return append(out, text)
		}
		begin := 0
		for i := range text {
			if i > 0 && strings.HasPrefix(text[i:], sign) {
				out, begin = append(out, text[begin:i]), i
			}
		}
		return append(out, text[begin:])
	}
}
