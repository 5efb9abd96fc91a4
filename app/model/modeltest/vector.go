package modeltest

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"sort"
	"strings"
	"unicode"
)

// Dims is the length of the scripted embeddings.
const Dims = 64

// Vector is the scripted embedding of a text: its words (Chinese: its characters and their pairs) hashed into 64 signed
// dimensions, normalised. Equal texts are equal, texts that share words are close.
func Vector(text string) []float32 {
	v := make([]float32, Dims)
	for _, w := range words(text) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(w)) // never fails
		sum := h.Sum32()
		sign := float32(1)
		if sum&(1<<20) != 0 {
			sign = -1
		}
		v[sum%Dims] += sign
	}
	var n float64
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	if n == 0 {
		v[0], n = 1, 1
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(n))
	}
	return v
}

func words(text string) []string {
	var out []string
	var last rune
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		word := ""
		for _, r := range w {
			if !unicode.Is(unicode.Han, r) {
				word += string(r)
				last = 0
				continue
			}
			if word != "" {
				out, word = append(out, word), ""
			}
			out = append(out, string(r))
			if last != 0 {
				out = append(out, string([]rune{last, r}))
			}
			last = r
		}
		last = 0
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}

func vectors(texts []string) [][]float32 {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = Vector(t)
	}
	return out
}

// inputs reads a field that is a string or a list of strings.
func inputs(body []byte, field string) ([]string, bool) {
	var in map[string]json.RawMessage
	if json.Unmarshal(body, &in) != nil || in[field] == nil {
		return nil, false
	}
	var many []string
	if json.Unmarshal(in[field], &many) == nil {
		return many, true
	}
	var one string
	err := json.Unmarshal(in[field], &one)
	return []string{one}, err == nil
}

func (s *Server) openaiEmbed(w http.ResponseWriter, body []byte) {
	texts, ok := inputs(body, "input")
	if !ok || len(texts) == 0 {
		fail(w, http.StatusBadRequest, "no input", "")
		return
	}
	if len(texts) > maxBatch {
		fail(w, http.StatusBadRequest, "batch size is limited to 64", "")
		return
	}
	data := make([]any, len(texts))
	for i, v := range vectors(texts) {
		data[len(texts)-1-i] = map[string]any{"object": "embedding", "index": i, "embedding": v} // out of order, as some do
	}
	answer(w, map[string]any{"object": "list", "data": data, "model": "embed", "usage": map[string]int{"prompt_tokens": len(body) / 4, "total_tokens": len(body) / 4}})
}

const maxBatch = 64

func (s *Server) teiEmbed(w http.ResponseWriter, body []byte) {
	texts, ok := inputs(body, "inputs")
	if !ok || len(texts) > 32 {
		w.WriteHeader(http.StatusUnprocessableEntity)
		answer(w, map[string]any{"error": "batch size 33 > maximum allowed batch size 32", "error_type": "Validation"})
		return
	}
	answer(w, vectors(texts))
}

// rerank scores by the share of the query's words that a document has. TEI sends texts, everybody else documents.
func (s *Server) rerank(w http.ResponseWriter, body []byte) {
	var in struct {
		Query     string
		Documents []json.RawMessage
		Texts     []string
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Query == "" {
		fail(w, http.StatusBadRequest, "query and documents are required", "")
		return
	}
	docs := in.Texts
	for _, d := range in.Documents {
		var o struct{ Text string }
		if json.Unmarshal(d, &o.Text) != nil {
			_ = json.Unmarshal(d, &o) // an object with text
		}
		docs = append(docs, o.Text)
	}
	scores := make([]float64, len(docs))
	order := make([]int, len(docs))
	for i, d := range docs {
		order[i], scores[i] = i, overlap(in.Query, d)
	}
	sort.SliceStable(order, func(a, b int) bool { return scores[order[a]] > scores[order[b]] })
	var list []any
	for _, i := range order {
		if in.Texts != nil {
			list = append(list, map[string]any{"index": i, "score": scores[i]})
			continue
		}
		list = append(list, map[string]any{"index": i, "relevance_score": scores[i]})
	}
	if in.Texts != nil {
		answer(w, list)
		return
	}
	answer(w, map[string]any{"model": "rerank", "results": list})
}

func overlap(query, doc string) float64 {
	has := map[string]bool{}
	for _, w := range words(doc) {
		has[w] = true
	}
	q := words(query)
	n := 0
	for _, w := range q {
		if has[w] {
			n++
		}
	}
	return float64(n) / float64(max(len(q), 1))
}
