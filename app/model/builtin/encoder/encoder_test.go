package encoder_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/model/builtin/encoder"
)

// TestEmbed_equalsNumpy holds the vectors of the small folders to those that tiny.py computed in double precision, with
// tokens from the tokenizers that such models are used with elsewhere.
func TestEmbed_equalsNumpy(t *testing.T) {
	var golden []struct {
		Folder, Text string
		Tokens       int
		Vector       []float64
	}
	readGolden(t, "tiny.json", &golden)
	models := map[string]*encoder.Encoder{}
	for _, name := range []string{"tiny-bert", "tiny-plain", "tiny-xlmr", "tiny-potion"} {
		m, err := encoder.Load(filepath.Join("testdata", name))
		if err != nil {
			t.Fatalf("Load(%s): %v", name, err)
		}
		defer m.Close()
		models[name] = m
	}
	for _, g := range golden {
		v, n, err := models[g.Folder].Embed(t.Context(), g.Text)
		if err != nil {
			t.Fatalf("%s %q: %v", g.Folder, g.Text, err)
		}
		if n != g.Tokens {
			t.Errorf("%s %q: %d tokens, want %d", g.Folder, g.Text, n, g.Tokens)
		}
		if d := distance(v, g.Vector); d > 1e-5 {
			t.Errorf("%s %q: differs by %.2g: got %v, want %v", g.Folder, g.Text, d, v, g.Vector)
		}
	}
	if len(golden) < 50 {
		t.Errorf("only %d vectors were compared", len(golden))
	}
}

func TestCheck_tellsWhatAFolderHolds(t *testing.T) {
	for name, want := range map[string]encoder.Info{
		"tiny-bert":   {Kind: "bert", Dims: 16, Tokens: 20},
		"tiny-plain":  {Kind: "bert", Dims: 16, Tokens: 32},
		"tiny-xlmr":   {Kind: "xlm-roberta", Dims: 16, Tokens: 24},
		"tiny-potion": {Kind: "model2vec", Dims: 12, Tokens: 512},
	} {
		got, err := encoder.Check(filepath.Join("testdata", name))
		if err != nil || got.Bytes == 0 {
			t.Errorf("Check(%s) = %+v, %v", name, got, err)
		}
		if got.Bytes = 0; got != want {
			t.Errorf("Check(%s) = %+v, want %+v", name, got, want)
		}
	}
}

func TestCheck_brokenFolders(t *testing.T) {
	replace := func(file, old, with string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			b, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || !strings.Contains(string(b), old) {
				t.Fatalf("%s does not contain %q (%v)", file, old, err)
			}
			write(t, filepath.Join(dir, file), strings.Replace(string(b), old, with, 1))
		}
	}
	put := func(file, content string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { write(t, filepath.Join(dir, file), content) }
	}
	remove := func(file string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	shorten := func(file string, to int64) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, file), to); err != nil {
				t.Fatal(err)
			}
		}
	}
	const config, tokens, weights = "config.json", "tokenizer.json", "model.safetensors"
	for name, c := range map[string]struct {
		from  string
		spoil func(*testing.T, string)
		want  string
	}{
		"no config":         {"tiny-bert", remove(config), "config.json: the file is missing"},
		"no tokenizer":      {"tiny-bert", remove(tokens), "tokenizer.json: the file is missing"},
		"no weights":        {"tiny-bert", remove(weights), "model.safetensors: the file is missing"},
		"no pooling":        {"tiny-bert", remove("1_Pooling/config.json"), "1_Pooling/config.json: the file is missing"},
		"config no JSON":    {"tiny-bert", put(config, "{"), "config.json: it is not the JSON"},
		"tokenizer no JSON": {"tiny-bert", put(tokens, "<html>"), "tokenizer.json: it is not the JSON"},
		"empty weights":     {"tiny-bert", shorten(weights, 0), "model.safetensors: it is cut off"},
		"cut header":        {"tiny-bert", shorten(weights, 100), "model.safetensors: it is cut off"},
		"cut numbers":       {"tiny-bert", shorten(weights, 20000), "lies behind its end"},
		"pointer file":      {"tiny-bert", put(weights, "version https://git-lfs.github.com/spec/v1\n"), "model.safetensors: it is cut off, or it is not a safetensors file"},
		"other kind":        {"tiny-bert", replace(config, `"bert"`, `"gpt2"`), `models of the kind "gpt2" cannot be computed here`},
		"other activation":  {"tiny-bert", replace(config, `"gelu"`, `"swish"`), `the activation "swish" is not known`},
		"relative":          {"tiny-bert", replace(config, `"absolute"`, `"relative_key"`), `"relative_key"`},
		"more layers":       {"tiny-bert", replace(config, `"num_hidden_layers": 2`, `"num_hidden_layers": 3`), "tensor encoder.layer.2.attention.self.query.weight is missing"},
		"other width":       {"tiny-bert", replace(config, `"hidden_size": 16`, `"hidden_size": 32`), "has the size [115 16] where config.json asks for [any 32]"},
		"huge":              {"tiny-bert", replace(config, `"num_hidden_layers": 2`, `"num_hidden_layers": 200000`), "do not make a model"},
		"heads":             {"tiny-bert", replace(config, `"num_attention_heads": 4`, `"num_attention_heads": 3`), "do not make a model"},
		"BPE":               {"tiny-bert", replace(tokens, `"type": "WordPiece", "unk`, `"type": "BPE", "unk`), `its model is of the kind "BPE"`},
		"byte level":        {"tiny-bert", replace(tokens, `"BertPreTokenizer"`, `"ByteLevel"`), `its pre_tokenizer is of the kind "ByteLevel"`},
		"other vocabulary":  {"tiny-potion", replace(tokens, `"world": `, `"world": 9`), "tokens"},
		"dense":             {"tiny-xlmr", replace("modules.json", "models.Normalize", "models.Dense"), "modules.json: it asks for the module Dense"},
		"pooling twice":     {"tiny-xlmr", replace("1_Pooling/config.json", "false", "true"), "two ways of pooling"},
		"pooling outside":   {"tiny-xlmr", replace("modules.json", `"1_Pooling"`, `"../../x"`), "leads out of the folder"},
		"last token":        {"tiny-xlmr", put("1_Pooling/config.json", `{"pooling_mode_lasttoken": true}`), `the pooling "lasttoken"`},
		"charsmap":          {"tiny-xlmr", replace(tokens, `"precompiled_charsmap": "`, `"precompiled_charsmap": "!`), "precompiled_charsmap is not base64"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", c.from))); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, dir)
			_, err := encoder.Check(dir)
			var e *app.Error
			if !errors.As(err, &e) || e.Kind != app.Invalid || e.Code != encoder.CodeFolder {
				t.Fatalf("Check = %v, want an %s", err, encoder.CodeFolder)
			}
			if !strings.Contains(e.Text.En, c.want) {
				t.Errorf("Check says %q, want %q in it", e.Text.En, c.want)
			}
			if e.Text.Zh == e.Text.En || strings.Contains(e.Text.Zh+e.Text.En, "%!") {
				t.Errorf("Chinese sentence %q", e.Text.Zh)
			}
		})
	}
}

// TestLoad_garbageIsAnError reads folders whose weights were damaged in every byte of the header: an error or a model,
// never a panic or a lot of memory.
func TestLoad_garbageIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/tiny-potion")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "model.safetensors")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header := 8 + int(good[0]) + int(good[1])<<8
	failed := 0
	for i := range header {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x15
		write(t, path, string(bad))
		m, err := encoder.Load(dir)
		if err != nil {
			failed++
			continue
		}
		_, _, _ = m.Embed(t.Context(), "hello world") // any outcome but a panic
		m.Close()
	}
	if failed < header/2 {
		t.Errorf("only %d of %d damaged files were refused", failed, header)
	}
}

func TestEmbed_brokenNumbersAreAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/tiny-plain")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "model.safetensors")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8 + int(b[0]) + int(b[1])<<8; i < len(b); i++ {
		b[i] = 0xff // BF16: not a number
	}
	write(t, path, string(b))
	m, err := encoder.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, _, err := m.Embed(t.Context(), "hello"); !errors.Is(err, &app.Error{Code: "model_not_finite"}) {
		t.Errorf("Embed = %v, want model_not_finite", err)
	}
}

func TestEmbed_endsWithItsContext(t *testing.T) {
	for _, name := range []string{"tiny-bert", "tiny-potion"} {
		m, err := encoder.Load(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := m.Embed(ctx, "hello world"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Embed = %v, want canceled", name, err)
		}
	}
}

func TestEmbed_sameFromManyGoroutines(t *testing.T) {
	m, err := encoder.Load("testdata/tiny-xlmr")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	texts := []string{"hello world", "the cat sat on the mat", "你好，世界", strings.Repeat("one two ", 40)}
	var want [][]float32
	for _, s := range texts {
		v, _, err := m.Embed(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, v)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 40 {
				v, _, err := m.Embed(context.Background(), texts[i%len(texts)])
				if err != nil || !same(v, want[i%len(texts)]) {
					t.Errorf("Embed(%q) differs from another goroutine's (%v)", texts[i%len(texts)], err)
				}
			}
		})
	}
	wg.Wait()
}

// TestEmbed_longTextIsCut: a text of a megabyte costs what its first tokens cost.
func TestEmbed_longTextIsCut(t *testing.T) {
	m, err := encoder.Load("testdata/tiny-bert")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	long := strings.Repeat("the cat sat on the mat ", 50000)
	start := time.Now()
	v, n, err := m.Embed(t.Context(), long)
	if err != nil || n != 20 {
		t.Fatalf("Embed of a long text: %d tokens, %v; want 20", n, err)
	}
	short, _, err := m.Embed(t.Context(), long[:200])
	if err != nil || !same(v, short) {
		t.Errorf("the end of a long text changed its vector (%v)", err)
	}
	t.Log("1 MB took", time.Since(start))
}

func distance(v []float32, want []float64) float64 {
	if len(v) != len(want) {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range v {
		worst = max(worst, math.Abs(float64(v[i])-want[i]))
	}
	return worst
}

func same(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func readGolden(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := fs.ReadFile(os.DirFS("testdata"), name)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
