package tokenizer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normaliser rewrites a text before it is cut.
type normaliser func(string) string

type normaliserFile struct {
	Type        string            `json:"type"`
	Normalisers []json.RawMessage `json:"normalizers"`
	// BertNormalizer
	CleanText    bool  `json:"clean_text"`
	ChineseChars bool  `json:"handle_chinese_chars"`
	StripAccents *bool `json:"strip_accents"`
	Lowercase    bool  `json:"lowercase"`
	// Strip
	Left  bool `json:"strip_left"`
	Right bool `json:"strip_right"`
	// Replace, Prepend, Precompiled
	Pattern  pattern `json:"pattern"`
	Content  string  `json:"content"`
	Prepend  string  `json:"prepend"`
	Charsmap string  `json:"precompiled_charsmap"`
}

// pattern is a text or a regular expression.
type pattern struct {
	String string `json:"String"`
	Regex  string `json:"Regex"`
}

func (p pattern) compile() (*regexp.Regexp, error) {
	source := p.Regex
	if source == "" {
		source = regexp.QuoteMeta(p.String)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("its pattern %q is not known here: %w", source, err)
	}
	return re, nil
}

func parseNormaliser(raw json.RawMessage) ([]normaliser, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var f normaliserFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("its normalizer cannot be read: %w", err)
	}
	switch f.Type {
	case "Sequence":
		var all []normaliser
		for _, one := range f.Normalisers {
			ns, err := parseNormaliser(one)
			if err != nil {
				return nil, err
			}
			all = append(all, ns...)
		}
		return all, nil
	case "BertNormalizer":
		return f.bert(), nil
	case "NFC":
		return []normaliser{norm.NFC.String}, nil
	case "NFD":
		return []normaliser{norm.NFD.String}, nil
	case "NFKC":
		return []normaliser{norm.NFKC.String}, nil
	case "NFKD":
		return []normaliser{norm.NFKD.String}, nil
	case "Lowercase":
		return []normaliser{strings.ToLower}, nil
	case "StripAccents":
		return []normaliser{dropMarks}, nil
	case "Nmt":
		return []normaliser{cleanNmt}, nil
	case "Strip":
		return []normaliser{f.strip}, nil
	case "Prepend":
		return []normaliser{func(s string) string {
			if s == "" {
				return s
			}
			return f.Prepend + s
		}}, nil
	case "Replace":
		re, err := f.Pattern.compile()
		if err != nil {
			return nil, err
		}
		return []normaliser{func(s string) string { return re.ReplaceAllLiteralString(s, f.Content) }}, nil
	case "Precompiled":
		m, err := parseCharsmap(f.Charsmap)
		if err != nil {
			return nil, err
		}
		return []normaliser{m.normalise}, nil
	}
	return nil, fmt.Errorf("its normalizer is of the kind %q, which is not known here", f.Type)
}

func (f *normaliserFile) strip(s string) string {
	if f.Left {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
	}
	if f.Right {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
	}
	return s
}

// bert are the steps of BertNormalizer in their order. Accents go where the file says so, or else with the capitals.
func (f *normaliserFile) bert() (steps []normaliser) {
	if f.CleanText {
		steps = append(steps, cleanBert)
	}
	if f.ChineseChars {
		steps = append(steps, spaceIdeographs)
	}
	accents := f.Lowercase
	if f.StripAccents != nil {
		accents = *f.StripAccents
	}
	if accents {
		steps = append(steps, func(s string) string { return dropMarks(norm.NFD.String(s)) })
	}
	if f.Lowercase {
		steps = append(steps, strings.ToLower)
	}
	return steps
}

// dropMarks leaves out non-spacing marks.
func dropMarks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s)
}

// cleanBert leaves out control characters and makes every white space a space.
func cleanBert(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || unicode.IsSpace(r):
			return ' '
		case r == 0 || r == 0xfffd || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, s)
}

// cleanNmt is the cleaning that translation models of SentencePiece were trained with.
func cleanNmt(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\f' || r == '\r' || r == 0x1680 || r >= 0x200b && r <= 0x200f || r == 0x2028 || r == 0x2029 ||
			r == 0x2581 || r == 0xfeff || r == 0xfffd:
			return ' '
		case r >= 1 && r <= 8 || r == 0x0b || r >= 0x0e && r <= 0x1f || r == 0x7f || r == 0x8f || r == 0x9f:
			return -1
		}
		return r
	}, s)
}

// spaceIdeographs puts a space before and after every Chinese character.
func spaceIdeographs(s string) string {
	var b strings.Builder
	for _, r := range s {
		if !ideograph(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteByte(' ')
		b.WriteRune(r)
		b.WriteByte(' ')
	}
	return b.String()
}

// ideograph tells whether BERT takes a character for Chinese.
func ideograph(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4dbf, r >= 0x4e00 && r <= 0x9fff, r >= 0xf900 && r <= 0xfaff:
		return true
	}
	return r >= 0x20000 && r <= 0x2a6df || r >= 0x2a700 && r <= 0x2ceaf || r >= 0x2f800 && r <= 0x2fa1f
}
