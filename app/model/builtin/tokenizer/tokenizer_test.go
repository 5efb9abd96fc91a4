package tokenizer_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"islet/app/model/builtin/tokenizer"
)

func parse(t *testing.T, change func(map[string]any)) *tokenizer.Tokenizer {
	t.Helper()
	m := map[string]any{
		"added_tokens": []any{},
		"model":        map[string]any{"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 8, "vocab": map[string]any{"?": 0, "a": 1, "##a": 2, "b": 3, "##b": 4, "ab": 5, "!": 6, "中": 7, "<s>": 8, "</s>": 9}},
	}
	if change != nil {
		change(m)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestEncode_wordPieces(t *testing.T) {
	tok := parse(t, func(m map[string]any) {
		m["normalizer"] = map[string]any{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": true}
		m["pre_tokenizer"] = map[string]any{"type": "BertPreTokenizer"}
	})
	for text, want := range map[string][]int32{
		"":            nil,
		"   ":         nil,
		"ab":          {5},
		"aba":         {5, 2},
		"AB\tÁ":       {5, 1},
		"ab!ab":       {5, 6, 5},
		"abc":         {0},
		"ababababab":  {0}, // longer than a word may be
		"a中b":         {1, 7, 3},
		"a\x00b":      {5},
		"a\xffb":      {5}, // broken bytes count as replacement characters, which BERT leaves out
		"a\u00a0b":    {1, 3},
		"\u200da":     {1},
		"ab ab ab ab": {5, 5, 5, 5},
	} {
		if got := tok.Encode(text, 0); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
			t.Errorf("Encode(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestEncode_limitKeepsTheSpecialTokens(t *testing.T) {
	tok := parse(t, func(m map[string]any) {
		m["pre_tokenizer"] = map[string]any{"type": "WhitespaceSplit"}
		m["post_processor"] = map[string]any{"type": "RobertaProcessing", "cls": []any{"<s>", 8}, "sep": []any{"</s>", 9}}
	})
	for limit, want := range map[int][]int32{0: {8, 5, 5, 5, 9}, 5: {8, 5, 5, 5, 9}, 4: {8, 5, 5, 9}, 3: {8, 5, 9}, 2: {8, 9}} {
		if got := tok.Encode("ab ab ab", limit); !reflect.DeepEqual(got, want) {
			t.Errorf("Encode with limit %d = %v, want %v", limit, got, want)
		}
	}
	if tok.Special() != 2 {
		t.Errorf("Special = %d, want 2", tok.Special())
	}
}

func TestEncode_addedTokens(t *testing.T) {
	tok := parse(t, func(m map[string]any) {
		m["pre_tokenizer"] = map[string]any{"type": "WhitespaceSplit"}
		m["added_tokens"] = []any{map[string]any{"id": 8, "content": "<s>"}, map[string]any{"id": 20, "content": "<s><s>"}}
	})
	if got, want := tok.Encode("ab<s>a <s><s>b", 0), []int32{5, 8, 1, 20, 3}; !reflect.DeepEqual(got, want) {
		t.Errorf("Encode = %v, want %v", got, want)
	}
	if tok.Size() != 21 {
		t.Errorf("Size = %d, want 21", tok.Size())
	}
}

func TestEncode_unigram(t *testing.T) {
	unigram := func(fallback bool) *tokenizer.Tokenizer {
		return parse(t, func(m map[string]any) {
			vocab := []any{[]any{"<unk>", 0}, []any{"▁", -3}, []any{"▁a", -2}, []any{"b", -2}, []any{"ab", -1.5}, []any{"▁ab", -4.5}, []any{"中", -2}}
			if fallback {
				for b := range 256 {
					vocab = append(vocab, []any{"<0x" + strings.ToUpper(string("0123456789abcdef"[b>>4])+string("0123456789abcdef"[b&15])) + ">", 0})
				}
			}
			m["model"] = map[string]any{"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": fallback}
			m["pre_tokenizer"] = map[string]any{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}
		})
	}
	plain := unigram(false)
	for text, want := range map[string][]int32{
		"ab":    {2, 3}, // ▁a b is -4, ▁ ab and ▁ab are -4.5
		"ab ab": {2, 3, 2, 3},
		"中":     {1, 6},
		"xyz":   {1, 0}, // unknown characters in a row are one
		"x中y":   {1, 0, 6, 0},
		"a  b":  {2, 1, 1, 3},
	} {
		if got := plain.Encode(text, 0); !reflect.DeepEqual(got, want) {
			t.Errorf("Encode(%q) = %v, want %v", text, got, want)
		}
	}
	if got, want := unigram(true).Encode("aé", 0), []int32{2, 7 + 0xc3, 7 + 0xa9}; !reflect.DeepEqual(got, want) {
		t.Errorf("with bytes: Encode = %v, want %v", got, want)
	}
}

func TestParse_saysWhatItCannotRead(t *testing.T) {
	vocab := `"vocab":{"?":0}`
	for raw, want := range map[string]string{
		`[]`:                                  "not the JSON of a tokenizer",
		`{}`:                                  "no model with a vocabulary",
		`{"model":{"type":"BPE","vocab":{}}}`: `of the kind "BPE"`,
		`{"model":{"type":"WordPiece","unk_token":"u",` + vocab + `}}`:                                                                       `lacks the unknown token "u"`,
		`{"model":{"type":"Unigram","vocab":[["a",1]]}}`:                                                                                     "no unknown token",
		`{"model":{"type":"Unigram","unk_id":0,"vocab":[["a"]]}}`:                                                                            "needs a text and a score",
		`{"model":{"type":"WordPiece","unk_token":"?",` + vocab + `},"normalizer":{"type":"Magic"}}`:                                         `normalizer is of the kind "Magic"`,
		`{"model":{"type":"WordPiece","unk_token":"?",` + vocab + `},"pre_tokenizer":{"type":"ByteLevel"}}`:                                  `pre_tokenizer is of the kind "ByteLevel"`,
		`{"model":{"type":"WordPiece","unk_token":"?",` + vocab + `},"post_processor":{"type":"ByteLevel"}}`:                                 `post_processor is of the kind "ByteLevel"`,
		`{"model":{"type":"WordPiece","unk_token":"?",` + vocab + `},"normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA/w=="}}`: "cut off",
	} {
		if _, err := tokenizer.Parse([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s) = %v, want %q in it", raw, err, want)
		}
	}
}

// FuzzParse: any bytes are an error or a tokenizer that takes any text.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"tiny-bert", "tiny-xlmr"} {
		raw, err := os.ReadFile("../encoder/testdata/" + name + "/tokenizer.json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, "Hello, 世界 \xff")
	}
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		tok, err := tokenizer.Parse(raw)
		if err != nil {
			return
		}
		for _, id := range tok.Encode(text, 16) {
			_ = id
		}
	})
}
