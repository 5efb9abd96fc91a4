package encoder

import (
	"context"
	"encoding/binary"
	"slices"

	"islet/app/model/builtin/tokenizer"
)

// static is a table of one vector per token, whose mean is the vector of a text (model2vec).
type static struct {
	tokens *tokenizer.Tokenizer
	table  *rows
	weight []float32 // per token; nil where all weigh the same
	row    []int32   // the row of a token; nil where it is its number
}

// staticTokens is where model2vec cuts a text.
const staticTokens = 512

func (f *folder) newStatic(w *weights, dry bool) (n net, dims, limit int, err error) {
	name := "embeddings"
	if _, ok := w.tensors[name]; !ok {
		name = "embedding.weight" // as sentence-transformers writes it
	}
	t, err := w.find(name, -1, -1)
	if err != nil {
		return nil, 0, 0, err
	}
	if t.Shape[1] == 0 || t.Shape[1] > hiddenMost {
		return nil, 0, 0, fault(weightsFile, "tensor %s has the size %v", "张量 %s 的大小为 %v", name, t.Shape)
	}
	s := &static{tokens: f.tokens}
	l := &loader{w: w, dry: dry}
	size := f.tokens.Size()
	if m, ok := w.tensors["mapping"]; ok {
		if s.row, err = w.mapping(m, size); err != nil {
			return nil, 0, 0, err
		}
	} else if t.Shape[0] < size {
		return nil, 0, 0, fault(tokenizerFile, "it has %d tokens, the weights only %d; the two files do not belong together", "词表有 %d 个词元，而权重只有 %d 个；两个文件不匹配", size, t.Shape[0])
	}
	if ws, ok := w.tensors["weights"]; ok {
		if len(ws.Shape) != 1 || ws.Shape[0] < size {
			return nil, 0, 0, fault(weightsFile, "tensor weights has the size %v for %d tokens", "张量 weights 的大小为 %v，而词元有 %d 个", ws.Shape, size)
		}
		if s.weight = l.tensor("weights", -1); l.err != nil {
			return nil, 0, 0, l.err
		}
	}
	s.table, err = w.rows(name, t)
	return s, t.Shape[1], staticTokens, err
}

// embed is the weighted mean of the known tokens' vectors, zeros if there are none.
func (s *static) embed(ctx context.Context, text string) ([]float32, int, error) {
	unk := s.tokens.Unknown()
	ids := slices.DeleteFunc(s.tokens.Plain(nil, text), func(id int32) bool { return id == unk })
	ids = ids[:min(len(ids), staticTokens)]
	v, row := make([]float32, s.table.width), make([]float32, s.table.width)
	raw := make([]byte, 4*s.table.width)
	for i, id := range ids {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		at, weight := id, float32(1)
		if s.row != nil {
			at = s.row[id]
		}
		if s.weight != nil {
			weight = s.weight[id]
		}
		if err := s.table.read(row, at, raw); err != nil {
			return nil, 0, err
		}
		for j, x := range row {
			v[j] += weight * x
		}
	}
	if len(ids) > 0 {
		for j := range v {
			v[j] /= float32(len(ids))
		}
	}
	return v, len(ids), nil
}

// mapping reads the tensor that says which row of the table belongs to a token.
func (w *weights) mapping(t tensor, size int) ([]int32, error) {
	width := map[string]int{"I64": 8, "I32": 4}[t.Type]
	if width == 0 || len(t.Shape) != 1 || t.Shape[0] < size || t.Offsets[1]-t.Offsets[0] != int64(t.Shape[0]*width) {
		return nil, fault(weightsFile, "tensor mapping is %s %v for %d tokens", "张量 mapping 为 %s %v，而词元有 %d 个", t.Type, t.Shape, size)
	}
	raw := make([]byte, t.Shape[0]*width)
	if _, err := w.r.ReadAt(raw, w.base+t.Offsets[0]); err != nil {
		return nil, fault(weightsFile, "tensor %s cannot be read", "无法读取张量 %s", "mapping").Because(err)
	}
	out := make([]int32, t.Shape[0])
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint32(raw[i*width:])) // the upper half of a small number is empty
	}
	return out, nil
}
