package tokenizer

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Lite is the tokenizer of the Universal Sentence Encoder lite. It is SentencePiece in the form that the encoder is
// published with, which differs from unigram in what an unknown character costs: nothing. Its vectors depend on that.
type Lite struct {
	ids    map[string]int32
	scores []float64
	units  []int // UTF-16 units of each piece
	most   int   // bytes of the longest piece
}

// liteReserved are the numbers below which there are no pieces.
const liteReserved = 6

// NewLite makes the tokenizer of a vocabulary: pieces and their scores, the number of a piece being its place.
func NewLite(pieces []string, scores []float64) *Lite {
	l := &Lite{ids: make(map[string]int32, len(pieces)), scores: scores, units: make([]int, len(pieces))}
	for i, p := range pieces {
		l.units[i] = len(utf16.Encode([]rune(p)))
		if i >= liteReserved {
			l.ids[p] = int32(i)
			l.most = max(l.most, len(p))
		}
	}
	return l
}

// Size is one more than the highest token number that Encode can return.
func (l *Lite) Size() int { return len(l.units) }

// Encode is the tokens of a text, at most limit of them. Runs of white space count as one space.
func (l *Lite) Encode(text string, limit int) []int32 {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\ufffd")), " ")
	text = norm.NFKC.String(text)
	if text == "" {
		return nil
	}
	runes := []rune(metaspace + strings.ReplaceAll(text, " ", metaspace))
	words := l.best(string(runes), len(runes))
	var back []int32
	for at, unknown := len(words)-1, false; at > 0; {
		id := words[at]
		if id != 0 || !unknown {
			back = append(back, id)
		}
		unknown = id == 0
		at -= l.units[id]
	}
	n := len(back)
	if limit > 0 {
		n = min(n, limit)
	}
	out := make([]int32, n)
	for i := range out {
		out[i] = back[len(back)-1-i]
	}
	return out
}

// best is, for every place between characters, the last piece of the best way to it. A score of 0 counts as "not reached
// yet", so a place that no piece ends at is as good as the beginning: what the encoder was published with does so.
func (l *Lite) best(text string, chars int) []int32 {
	words, score := make([]int32, chars+1), make([]float64, chars+1)
	at := 0
	for i := range chars {
		_, width := utf8.DecodeRuneInString(text[at:])
		matched := false
		try := func(j int, id int32, s float64) {
			if s += score[i]; score[j] == 0 || s >= score[j] {
				score[j], words[j] = s, id
			}
		}
		for j, end := i+1, at+width; end-at <= l.most; j++ {
			if id, ok := l.ids[text[at:end]]; ok {
				matched = true
				try(j, id, l.scores[id])
			}
			if end >= len(text) {
				break
			}
			_, w := utf8.DecodeRuneInString(text[end:])
			end += w
		}
		if !matched {
			try(i+1, 0, 0)
		}
		at += width
	}
	return words
}
