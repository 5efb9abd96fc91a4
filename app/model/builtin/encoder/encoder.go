package encoder

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"

	"islet/app"
)

// Info is what is known of a model without its weights in memory.
type Info struct {
	Kind   string // bert, xlm-roberta, … as config.json calls it; model2vec; use-lite
	Dims   int    // numbers of a vector
	Tokens int    // of a text; what is longer is cut
	Bytes  int64  // of the file with the weights
}

// Encoder is a model in memory. Safe for concurrent use until it is closed.
type Encoder struct {
	info   Info
	net    net
	prompt string // put before every text
	lower  bool
	unit   bool
	file   io.Closer
}

// net is the part that differs between kinds of model.
type net interface {
	// embed is the vector of one text, and how many tokens it had after cutting.
	embed(ctx context.Context, text string) (vector []float32, tokens int, err error)
}

// Check tells what a folder holds, or in a sentence which of its files is wrong. It reads all of them but the numbers of
// the weights.
func Check(dir string) (Info, error) {
	e, err := open(dir, true)
	if err != nil {
		return Info{}, err
	}
	return e.info, e.Close()
}

// Load reads a folder into memory. Its table of words stays in the file, which is open until Close.
func Load(dir string) (*Encoder, error) { return open(dir, false) }

func open(dir string, dry bool) (*Encoder, error) {
	f, err := readFolder(dir)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(dir, weightsFile))
	if err != nil {
		return nil, missing(weightsFile, err)
	}
	e, err := f.build(file, dry)
	if err != nil {
		_ = file.Close() // only read
		return nil, err
	}
	e.file = file
	return e, nil
}

func (f *folder) build(file *os.File, dry bool) (*Encoder, error) {
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	w, err := openWeights(file, stat.Size())
	if err != nil {
		return nil, err
	}
	e := &Encoder{info: Info{Kind: f.config.Kind, Bytes: stat.Size()}, prompt: f.prompt, lower: f.lower, unit: f.unit}
	if f.static() {
		e.net, e.info.Dims, e.info.Tokens, err = f.newStatic(w, dry)
	} else {
		e.net, e.info.Dims, e.info.Tokens, err = f.newBert(w, dry)
	}
	return e, err
}

// Info is what the model is.
func (e *Encoder) Info() Info { return e.info }

// Close lets go of the file. No call may be under way.
func (e *Encoder) Close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}

// bytesPerToken bounds how much of a long text is looked at at all: no token is longer on average.
const bytesPerToken = 128

// Embed is the vector of one text, and how many tokens it had. The text is cut at Info.Tokens tokens. When ctx ends, its
// error comes back.
func (e *Encoder) Embed(ctx context.Context, text string) ([]float32, int, error) {
	if e.info.Tokens > 0 && len(text) > e.info.Tokens*bytesPerToken {
		text = text[:e.info.Tokens*bytesPerToken]
	}
	text = e.prompt + text
	if e.lower {
		text = lowered(text)
	}
	v, n, err := e.net.embed(ctx, text)
	if err != nil {
		return nil, 0, err
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	if e.unit {
		unit(v)
	}
	for _, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, 0, app.Errorf(app.Upstream, "model_not_finite", "the model computes values that are no numbers; its weights are broken, copy the folder again",
				"模型的计算结果不是有效数值；权重可能已损坏，请重新复制模型文件夹")
		}
	}
	return v, n, nil
}
