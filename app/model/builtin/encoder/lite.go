package encoder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"

	"islet/app"
	"islet/app/model/builtin/tokenizer"
)

// lite is the Universal Sentence Encoder lite: a transformer of two layers that normalises before each step, with
// positions from sine and cosine.
type lite struct {
	tokens   *tokenizer.Lite
	words    *rows
	residual linear // widens the words for what the first layer adds to
	layers   [liteLayers]block
	dense    linear
}

// The sizes of the encoder as it was published.
const (
	liteKind   = "use-lite"
	liteLayers = 2
	liteWords  = 256 // numbers of a word's vector
	liteWidth  = 512
	liteInner  = 1536
	liteHeads  = 4
	liteTokens = 128
	liteEps    = 1e-6
)

// Vocabulary is how the pieces of the encoder and their scores stand in the metadata of its weights.
const Vocabulary = "vocabulary"

// LoadLite reads the Universal Sentence Encoder lite as pack writes it: a safetensors file with the vocabulary in its
// metadata. It keeps the bytes.
func LoadLite(file []byte) (*Encoder, error) {
	w, err := openWeights(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	var vocab []struct {
		Piece string
		Score float64
	}
	if err := json.Unmarshal([]byte(w.meta[Vocabulary]), &vocab); err != nil {
		return nil, app.Errorf(app.Internal, "weights_invalid", "the built-in weights carry no vocabulary; build islet again", "内置权重缺少词表；请重新构建 islet").Because(err)
	}
	pieces, scores := make([]string, len(vocab)), make([]float64, len(vocab))
	for i, p := range vocab {
		pieces[i], scores[i] = p.Piece, p.Score
	}
	m := &lite{tokens: tokenizer.NewLite(pieces, scores)}
	l := &loader{w: w}
	words, err := w.find("embeddings", -1, liteWords)
	if err == nil {
		m.words, err = w.rows("embeddings", words)
	}
	if err != nil {
		return nil, err
	}
	m.residual = l.linear("layer.0.residual", liteWords, liteWidth)
	for i, width := range [liteLayers]int{liteWords, liteWidth} {
		at := fmt.Sprintf("layer.%d.", i)
		m.layers[i] = block{
			norm1:  l.norm(at+"norm1", width, liteEps),
			qkv:    l.linear(at+"qkv", width, 3*width),
			out:    l.linear(at+"out", width, liteWidth),
			norm2:  l.norm(at+"norm2", liteWidth, liteEps),
			grow:   l.linear(at+"grow", liteWidth, liteInner),
			shrink: l.linear(at+"shrink", liteInner, liteWidth),
		}
	}
	m.dense = l.linear("dense", liteWidth, liteWidth)
	return &Encoder{info: Info{Kind: liteKind, Dims: liteWidth, Tokens: liteTokens, Bytes: int64(len(file))}, net: m, unit: true}, l.err
}

// embed computes one text.
func (m *lite) embed(ctx context.Context, text string) ([]float32, int, error) {
	ids := m.tokens.Encode(text, liteTokens)
	n := len(ids)
	v := make([]float32, liteWidth)
	if n > 0 {
		r := newRoom(n, liteWidth, liteInner)
		defer r.free()
		if err := m.run(ctx, r, ids); err != nil {
			return nil, 0, err
		}
		for t := range n {
			for i, x := range r.x[t*liteWidth : (t+1)*liteWidth] {
				v[i] += x
			}
		}
		for i := range v {
			v[i] /= float32(n)
		}
	}
	out := make([]float32, liteWidth)
	m.dense.apply(ctx, out, v, 1)
	for i, x := range out {
		out[i] = float32(math.Tanh(float64(x)))
	}
	return out, n, nil
}

// run leaves the vectors of the tokens in r.x.
func (m *lite) run(ctx context.Context, r *room, ids []int32) error {
	n := len(ids)
	for i, id := range ids {
		row := r.z[i*liteWords : (i+1)*liteWords]
		if err := m.words.read(row, id, r.raw); err != nil {
			return err
		}
		position(row, i)
	}
	m.residual.apply(ctx, r.x, r.z, n)
	for i, width := range [liteLayers]int{liteWords, liteWidth} {
		if i > 0 {
			copy(r.z, r.x)
		}
		m.layers[i].before(ctx, r, n, width)
	}
	return nil
}

// position doubles a word's vector and adds the waves of its place: the encoder adds the words twice.
func position(row []float32, place int) {
	const half = liteWords / 2
	for j := range half {
		wave := math.Pow(1e4, -float64(j)/(half-1)) * float64(place)
		row[j] = 2*row[j] + float32(math.Sin(wave))
		row[half+j] = 2*row[half+j] + float32(math.Cos(wave))
	}
}

// before is one layer with the norms before the steps. It reads r.z, which has width numbers a token, and adds to r.x.
func (l *block) before(ctx context.Context, r *room, n, width int) {
	l.norm1.apply(r.z, r.z, n)
	l.qkv.apply(ctx, r.qkv, r.z, n)
	attention(ctx, r.y, r.qkv, r.scores, r.turned, n, width, liteHeads)
	l.out.apply(ctx, r.z, r.y, n)
	sum(r.x, r.z, n*liteWidth)
	l.norm2.apply(r.z, r.x, n)
	l.grow.apply(ctx, r.inner, r.z, n)
	relu(r.inner[:n*liteInner])
	l.shrink.apply(ctx, r.z, r.inner, n)
	sum(r.x, r.z, n*liteWidth)
}
