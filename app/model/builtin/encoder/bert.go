package encoder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"islet/app/model/builtin/tokenizer"
)

// bert is a transformer that normalises after each step, with learnt positions: BERT, RoBERTa, XLM-R and their kin.
type bert struct {
	tokens *tokenizer.Tokenizer
	limit  int
	width  int
	heads  int
	pool   pooling

	words     *rows
	positions []float32 // those that texts use, with the token type added
	first     norm
	layers    []block
	act       activation
}

// block is one layer of a transformer. In bert the norms follow what they normalise, in lite they come before it.
type block struct {
	norm1, norm2           norm
	qkv, out, grow, shrink linear
}

// The kinds of config.json that are computed here. Those of RoBERTa count their positions from behind the padding token.
var kinds = map[string]bool{"bert": false, "roberta": true, "xlm-roberta": true, "camembert": true}

// The limits of a configuration, so that a broken one is not taken for an order to fill the memory.
const (
	hiddenMost = 1 << 13
	layersMost = 1 << 7
	innerMost  = 1 << 16
	tokensMost = 1 << 13 // of a text: attention takes the square of it
	memoryMost = 6 << 30 // bytes of the layers in memory
)

func (c *config) check() error {
	if _, ok := kinds[c.Kind]; !ok {
		return fault(configFile, "models of the kind %q cannot be computed here; bert, roberta, xlm-roberta, camembert and model2vec can", "不支持类型 %q 的模型；支持 bert、roberta、xlm-roberta、camembert 和 model2vec", c.Kind)
	}
	if c.PositionsAs != "" && c.PositionsAs != "absolute" || c.Decoder {
		return fault(configFile, "it asks for positions %q or a decoder; only encoders with absolute positions can be computed", "要求的位置编码为 %q 或为解码器；只支持绝对位置编码的编码器", c.PositionsAs)
	}
	if activations[c.Activation] == nil {
		return fault(configFile, "the activation %q is not known here", "不支持激活函数 %q", c.Activation)
	}
	in := func(n, most int) bool { return n > 0 && n <= most }
	if !in(c.Hidden, hiddenMost) || !in(c.Layers, layersMost) || !in(c.Inner, innerMost) || !in(c.Heads, c.Hidden) || c.Hidden%max(c.Heads, 1) != 0 {
		return fault(configFile, "hidden_size %d, num_hidden_layers %d, num_attention_heads %d and intermediate_size %d do not make a model",
			"hidden_size %d、num_hidden_layers %d、num_attention_heads %d、intermediate_size %d 的组合无效", c.Hidden, c.Layers, c.Heads, c.Inner)
	}
	if bytes := int64(c.Layers) * 4 * int64(c.Hidden) * int64(4*c.Hidden+2*c.Inner); bytes > memoryMost {
		return fault(configFile, "its layers would take %d MB of memory; at most %d MB are allowed", "各层将占用 %d MB 内存；最多允许 %d MB", bytes>>20, memoryMost>>20)
	}
	return nil
}

// loader reads tensors and keeps the first error. A dry one only checks that they are there.
type loader struct {
	w      *weights
	dry    bool
	prefix string
	err    error
}

func (l *loader) tensor(name string, shape ...int) []float32 {
	if l.err != nil {
		return nil
	}
	t, err := l.w.find(l.prefix+name, shape...)
	if l.err = err; err != nil || l.dry {
		return nil
	}
	var out []float32
	out, l.err = l.w.load(l.prefix+name, t)
	return out
}

func (l *loader) linear(name string, in, out int) linear {
	return linear{in, out, l.tensor(name+".weight", out, in), l.tensor(name+".bias", out)}
}

// norm reads a layer normalisation, whose numbers have older names in some files.
func (l *loader) norm(name string, width int, eps float64) norm {
	scale, shift := name+".weight", name+".bias"
	if _, ok := l.w.tensors[l.prefix+name+".gamma"]; ok {
		scale, shift = name+".gamma", name+".beta"
	}
	return norm{l.tensor(scale, width), l.tensor(shift, width), eps}
}

const wordTable = "embeddings.word_embeddings.weight"

// newBert reads the weights of a transformer; dims and limit are what its vectors and texts may be.
func (f *folder) newBert(w *weights, dry bool) (n net, dims, limit int, err error) {
	c := f.config
	if err := c.check(); err != nil {
		return nil, 0, 0, err
	}
	l := &loader{w: w, dry: dry}
	for name := range w.tensors { // some files put the name of the model before every tensor
		if p, ok := strings.CutSuffix(name, wordTable); ok {
			l.prefix = p
		}
	}
	words, err := w.find(l.prefix+wordTable, -1, c.Hidden)
	if err != nil {
		return nil, 0, 0, err
	}
	if words.Shape[0] < f.tokens.Size() {
		return nil, 0, 0, fault(tokenizerFile, "it has %d tokens, the weights only %d; the two files do not belong together", "词表有 %d 个词元，而权重只有 %d 个；两个文件不匹配", f.tokens.Size(), words.Shape[0])
	}
	b := &bert{tokens: f.tokens, width: c.Hidden, heads: c.Heads, pool: f.pool, act: activations[c.Activation]}
	if b.words, err = w.rows(l.prefix+wordTable, words); err != nil {
		return nil, 0, 0, err
	}
	if err := b.place(l, f); err != nil {
		return nil, 0, 0, err
	}
	b.first = l.norm("embeddings.LayerNorm", c.Hidden, c.Epsilon)
	for i := range c.Layers {
		b.layers = append(b.layers, readLayer(l, fmt.Sprintf("encoder.layer.%d.", i), &c))
	}
	return b, c.Hidden, b.limit, l.err
}

// readLayer reads one layer: the three parts of its attention become one matrix.
func readLayer(l *loader, at string, c *config) block {
	q := l.linear(at+"attention.self.query", c.Hidden, c.Hidden)
	k := l.linear(at+"attention.self.key", c.Hidden, c.Hidden)
	v := l.linear(at+"attention.self.value", c.Hidden, c.Hidden)
	return block{
		qkv:    linear{c.Hidden, 3 * c.Hidden, slices.Concat(q.w, k.w, v.w), slices.Concat(q.b, k.b, v.b)},
		out:    l.linear(at+"attention.output.dense", c.Hidden, c.Hidden),
		norm1:  l.norm(at+"attention.output.LayerNorm", c.Hidden, c.Epsilon),
		grow:   l.linear(at+"intermediate.dense", c.Hidden, c.Inner),
		shrink: l.linear(at+"output.dense", c.Inner, c.Hidden),
		norm2:  l.norm(at+"output.LayerNorm", c.Hidden, c.Epsilon),
	}
}

// place reads the table of positions and settles how long a text may be.
func (b *bert) place(l *loader, f *folder) error {
	c := &f.config
	start := 0
	if kinds[c.Kind] {
		start = c.Pad + 1
	}
	table := l.tensor("embeddings.position_embeddings.weight", c.Positions, c.Hidden)
	if l.err != nil {
		return l.err
	}
	b.limit = min(c.Positions-start, tokensMost)
	for _, n := range []int{f.most, f.tokens.Cut()} {
		if n > 0 {
			b.limit = min(b.limit, n)
		}
	}
	if start < 0 || b.limit <= f.tokens.Special() {
		return fault(configFile, "it leaves room for %d tokens, which is none for text", "仅允许 %d 个词元，容不下文本", b.limit)
	}
	var kind []float32
	if c.Types > 0 {
		kind = l.tensor("embeddings.token_type_embeddings.weight", c.Types, c.Hidden)
	}
	if l.err != nil || l.dry {
		return l.err
	}
	b.positions = table[start*c.Hidden : (start+b.limit)*c.Hidden]
	for i := range b.positions {
		if kind != nil {
			b.positions[i] += kind[i%c.Hidden]
		}
	}
	return nil
}

// embed computes one text.
func (b *bert) embed(ctx context.Context, text string) ([]float32, int, error) {
	ids := b.tokens.Encode(text, b.limit)
	n := len(ids)
	if n == 0 { // a tokenizer without special tokens, and a text without any of its own
		return make([]float32, b.width), 0, nil
	}
	r := newRoom(n, b.width, b.layers[0].grow.out)
	defer r.free()
	for i, id := range ids {
		row := r.x[i*b.width : (i+1)*b.width]
		if err := b.words.read(row, id, r.raw); err != nil {
			return nil, 0, err
		}
		for j := range row {
			row[j] += b.positions[i*b.width+j]
		}
	}
	b.first.apply(r.x, r.x, n)
	for i := range b.layers {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		b.layers[i].after(ctx, r, n, b.width, b.heads, b.act)
	}
	return b.pooled(r.x, n), n, nil
}

// after is one layer with the norms behind the sums.
func (l *block) after(ctx context.Context, r *room, n, width, heads int, act activation) {
	l.qkv.apply(ctx, r.qkv, r.x, n)
	attention(ctx, r.y, r.qkv, r.scores, r.turned, n, width, heads)
	l.out.apply(ctx, r.z, r.y, n)
	sum(r.x, r.z, n*width)
	l.norm1.apply(r.x, r.x, n)
	l.grow.apply(ctx, r.inner, r.x, n)
	if ctx.Err() != nil {
		return
	}
	act(r.inner[:n*l.grow.out])
	l.shrink.apply(ctx, r.z, r.inner, n)
	sum(r.x, r.z, n*width)
	l.norm2.apply(r.x, r.x, n)
}

// pooled makes one vector of the tokens'.
func (b *bert) pooled(x []float32, n int) []float32 {
	v := slices.Clone(x[:b.width])
	if b.pool == clsPooling {
		return v
	}
	for t := 1; t < n; t++ {
		for i, y := range x[t*b.width : (t+1)*b.width] {
			if b.pool == maxPooling {
				v[i] = max(v[i], y)
			} else {
				v[i] += y
			}
		}
	}
	if b.pool == meanPooling {
		for i := range v {
			v[i] /= float32(n)
		}
	}
	return v
}
