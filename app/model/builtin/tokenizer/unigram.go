package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// unkPenalty is how far an unknown character lies below the rarest piece, as SentencePiece has it.
const unkPenalty = 10

// unigram cuts a text so that the sum of the pieces' scores is highest.
type unigram struct {
	ids     map[string]int32
	scores  []float64
	unk     int32
	penalty float64 // score of an unknown character
	most    int     // bytes of the longest piece
	bytes   []int32 // pieces for single bytes, nil where the model has none
}

func parseUnigram(raw json.RawMessage) (model, int, error) {
	var f struct {
		Vocab []scored `json:"vocab"`
		UnkID *int     `json:"unk_id"`
		Bytes bool     `json:"byte_fallback"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, 0, fmt.Errorf("its Unigram model cannot be read: %w", err)
	}
	if f.UnkID == nil || *f.UnkID < 0 || *f.UnkID >= len(f.Vocab) {
		return nil, 0, fmt.Errorf("its vocabulary has no unknown token (unk_id)")
	}
	m := &unigram{ids: make(map[string]int32, len(f.Vocab)), scores: make([]float64, len(f.Vocab)), unk: int32(*f.UnkID)}
	least := math.Inf(1)
	for i, p := range f.Vocab {
		m.ids[p.piece] = int32(i)
		m.scores[i] = p.score
		m.most = max(m.most, len(p.piece))
		least = min(least, p.score)
	}
	m.penalty = least - unkPenalty
	if f.Bytes {
		for b := range 256 {
			id, ok := m.ids[fmt.Sprintf("<0x%02X>", b)]
			if !ok {
				return nil, 0, fmt.Errorf("it falls back to bytes and lacks the piece for byte %#02x", b)
			}
			m.bytes = append(m.bytes, id)
		}
	}
	return m, len(f.Vocab), nil
}

// scored is a piece with its score, in JSON an array of the two.
type scored struct {
	piece string
	score float64
}

// UnmarshalJSON reads ["piece", -1.5].
func (s *scored) UnmarshalJSON(b []byte) error {
	pair := []any{&s.piece, &s.score}
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a piece needs a text and a score, not %d values", len(pair))
	}
	return nil
}

// step is the best way to cut the text up to one place.
type step struct {
	score float64
	from  int // where its last piece begins; -1 for a place that nothing reaches
	id    int32
}

func (m *unigram) unknown() int32 { return m.unk }

func (m *unigram) tokens(text string, out []int32) []int32 {
	best := make([]step, len(text)+1)
	for i := 1; i < len(best); i++ {
		best[i].from = -1
	}
	for at := 0; at < len(text); {
		_, width := utf8.DecodeRuneInString(text[at:])
		if best[at].from >= 0 || at == 0 {
			m.extend(best, text, at, width)
		}
		at += width
	}
	return m.backtrack(best, text, out)
}

// extend tries every piece that begins at a place which is reached.
func (m *unigram) extend(best []step, text string, at, width int) {
	single := false
	try := func(end int, score float64, id int32) {
		if s := best[at].score + score; best[end].from < 0 || s > best[end].score {
			best[end] = step{s, at, id}
		}
	}
	for end := at + width; end <= len(text) && end-at <= m.most; {
		if id, ok := m.ids[text[at:end]]; ok {
			try(end, m.scores[id], id)
			single = single || end == at+width
		}
		if end == len(text) {
			break
		}
		_, w := utf8.DecodeRuneInString(text[end:])
		end += w
	}
	if !single {
		try(at+width, m.penalty, m.unk)
	}
}

// backtrack appends the pieces of the best way; unknown characters in a row are one unknown token, or their bytes.
func (m *unigram) backtrack(best []step, text string, out []int32) []int32 {
	var back []int32
	for at := len(text); at > 0; at = best[at].from {
		s := best[at]
		switch {
		case s.id != m.unk:
			back = append(back, s.id)
		case m.bytes != nil:
			for i := at - 1; i >= s.from; i-- {
				back = append(back, m.bytes[text[i]])
			}
		case len(back) == 0 || back[len(back)-1] != m.unk:
			back = append(back, m.unk)
		}
	}
	for i := len(back) - 1; i >= 0; i-- {
		out = append(out, back[i])
	}
	return out
}
