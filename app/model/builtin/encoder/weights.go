package encoder

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

const weightsFile = "model.safetensors"

const (
	headerMost = 64 << 20 // of a safetensors file, in bytes; the largest models have less than 1 MB
	readBlock  = 1 << 20  // bytes that are converted at a time
)

// weights is an opened safetensors file: its header is read, its numbers are not.
type weights struct {
	r       io.ReaderAt
	base    int64 // where the numbers begin
	tensors map[string]tensor
	meta    map[string]string
}

type tensor struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// widths are the bytes of one number of each type that can be read.
var widths = map[string]int64{"F32": 4, "F16": 2, "BF16": 2, "I8": 1}

func (t *tensor) count() int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= int64(d)
	}
	return n
}

// openWeights reads the header of a safetensors file of so many bytes and checks it against them.
func openWeights(r io.ReaderAt, size int64) (*weights, error) {
	var head [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, fault(weightsFile, "it is cut off: the file has only %d bytes", "文件不完整：只有 %d 字节", size)
	}
	n := binary.LittleEndian.Uint64(head[:])
	if n > headerMost || int64(n)+8 > size {
		return nil, fault(weightsFile, "it is cut off, or it is not a safetensors file", "文件不完整，或不是 safetensors 格式")
	}
	raw := make([]byte, n)
	if _, err := r.ReadAt(raw, 8); err != nil {
		return nil, fault(weightsFile, "it cannot be read", "无法读取").Because(err)
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, fault(weightsFile, "it is not a safetensors file", "不是 safetensors 格式").Because(err)
	}
	w := &weights{r: r, base: int64(n) + 8, tensors: map[string]tensor{}}
	for name, e := range entries {
		if name == "__metadata__" {
			_ = json.Unmarshal(e, &w.meta) // nobody needs it in a folder; our own file is checked where it is read
			continue
		}
		var t tensor
		if err := json.Unmarshal(e, &t); err != nil {
			return nil, fault(weightsFile, "the entry of tensor %s is broken", "张量 %s 的条目已损坏", name).Because(err)
		}
		if err := t.check(name, size-w.base); err != nil {
			return nil, err
		}
		w.tensors[name] = t
	}
	return w, nil
}

// check compares an entry with the bytes that there are. Types that are not known are refused when they are needed.
func (t *tensor) check(name string, size int64) error {
	count := int64(1)
	for _, d := range t.Shape {
		if d < 0 || int64(d) > size || count > size { // more numbers than bytes
			return fault(weightsFile, "tensor %s claims the size %v", "张量 %s 的大小 %v 不可信", name, t.Shape)
		}
		count *= int64(d)
	}
	width := widths[t.Type]
	if t.Offsets[0] < 0 || t.Offsets[1] < t.Offsets[0] || width > 0 && t.Offsets[1]-t.Offsets[0] != count*width {
		return fault(weightsFile, "tensor %s has another size than it says", "张量 %s 的实际大小与声明不符", name)
	}
	if t.Offsets[1] > size {
		return fault(weightsFile, "the file is cut off: tensor %s lies behind its end", "文件不完整：张量 %s 超出文件末尾", name)
	}
	return nil
}

// find is a tensor with its shape checked; a wanted dimension below 0 may be anything.
func (w *weights) find(name string, shape ...int) (tensor, error) {
	t, ok := w.tensors[name]
	if !ok {
		return t, fault(weightsFile, "tensor %s is missing", "缺少张量 %s", name)
	}
	if _, ok := widths[t.Type]; !ok {
		return t, fault(weightsFile, "tensor %s is of the type %s; F32, F16 and BF16 can be read", "张量 %s 的类型为 %s；只支持 F32、F16 和 BF16", name, t.Type)
	}
	fits := len(t.Shape) == len(shape)
	for i := range shape {
		fits = fits && (shape[i] < 0 || t.Shape[i] == shape[i])
	}
	if !fits {
		return t, fault(weightsFile, "tensor %s has the size %v where config.json asks for %v", "张量 %s 的大小为 %v，而 config.json 要求 %v", name, t.Shape, strings.ReplaceAll(fmt.Sprint(shape), "-1", "any"))
	}
	return t, nil
}

// load reads a tensor into memory as float32.
func (w *weights) load(name string, t tensor) ([]float32, error) {
	out := make([]float32, t.count())
	width := widths[t.Type]
	buf := make([]byte, min(readBlock, int64(len(out))*width))
	for done := int64(0); done < int64(len(out)); {
		n := min(int64(len(buf))/width, int64(len(out))-done)
		if _, err := w.r.ReadAt(buf[:n*width], w.base+t.Offsets[0]+done*width); err != nil {
			return nil, fault(weightsFile, "tensor %s cannot be read", "无法读取张量 %s", name).Because(err)
		}
		convert(out[done:done+n], buf, t.Type)
		done += n
	}
	if t.Type == "I8" {
		return out, w.scale(name, t, out)
	}
	return out, nil
}

// scale multiplies the rows of a tensor of bytes with what stands for 1 in each.
func (w *weights) scale(name string, t tensor, out []float32) error {
	s, err := w.find(name+scaleSuffix, t.Shape[0])
	if err != nil {
		return err
	}
	scales, err := w.load(name+scaleSuffix, s)
	if err != nil {
		return err
	}
	width := len(out) / t.Shape[0]
	for i := range out {
		out[i] *= scales[i/width]
	}
	return nil
}

// scaleSuffix names the tensor with the scales of a tensor of bytes.
const scaleSuffix = ".scale"

// convert reads little-endian numbers of a type.
func convert(dst []float32, src []byte, kind string) {
	switch kind {
	case "F32":
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case "F16":
		for i := range dst {
			dst[i] = half(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case "BF16":
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	case "I8":
		for i := range dst {
			dst[i] = float32(int8(src[i]))
		}
	}
}

// half is a number of IEEE 754 with 16 bits.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exp {
	case 0:
		f := float32(frac) / (1 << 24) // also subnormal
		if sign != 0 {
			f = -f
		}
		return f
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// rows is a table that stays in its file; a row is read when it is needed.
type rows struct {
	w      *weights
	t      tensor
	width  int
	scales []float32
}

func (w *weights) rows(name string, t tensor) (*rows, error) {
	r := &rows{w: w, t: t, width: t.Shape[1]}
	if t.Type != "I8" {
		return r, nil
	}
	s, err := w.find(name+scaleSuffix, t.Shape[0])
	if err == nil {
		r.scales, err = w.load(name+scaleSuffix, s)
	}
	return r, err
}

// read puts row i into dst, which has the width of the table.
func (r *rows) read(dst []float32, i int32, buf []byte) error {
	if i < 0 || int(i) >= r.t.Shape[0] {
		return fault(weightsFile, "the tokenizer has the token %d, the table of vectors only %d", "词表中有编号 %d，而向量表只有 %d 行", i, r.t.Shape[0])
	}
	n := int64(r.width) * widths[r.t.Type]
	buf = slices.Grow(buf[:0], int(n))[:n]
	if _, err := r.w.r.ReadAt(buf, r.w.base+r.t.Offsets[0]+int64(i)*n); err != nil {
		return fault(weightsFile, "it cannot be read any more; was it changed?", "无法继续读取，文件是否已被更改？").Because(fmt.Errorf("row %d: %w", i, err))
	}
	convert(dst, buf, r.t.Type)
	if r.scales != nil {
		for j := range dst {
			dst[j] *= r.scales[i]
		}
	}
	return nil
}
