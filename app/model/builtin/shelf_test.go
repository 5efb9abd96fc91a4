package builtin_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/app/model/builtin"
	"islet/app/model/builtin/encoder"
)

const tiny = "encoder/testdata"

// shelf is a Shelf over a folder with these models in it.
func shelf(t *testing.T, o builtin.Options, names ...string) (*builtin.Shelf, string) {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "models")
	for _, n := range names {
		add(t, o.Dir, n, n)
	}
	s := builtin.New(o)
	t.Cleanup(s.Close)
	return s, o.Dir
}

func add(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(tiny, from))); err != nil {
		t.Fatal(err)
	}
}

func server(s *builtin.Shelf) model.Lister {
	return s.Open(&app.Endpoint{Name: "islet built-in", Protocol: model.Builtin}).With("")
}

func embed(t *testing.T, s *builtin.Shelf, name string, texts ...string) ([][]float32, error) {
	t.Helper()
	return server(s).(model.Embedder).Embed(t.Context(), name, texts)
}

// folders are the names of the listed models but for those of the binary.
func folders(t *testing.T, s *builtin.Shelf) []string {
	t.Helper()
	ms, err := server(s).Models(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, m := range ms {
		if m.Name != builtin.Lite && m.Name != builtin.Quote {
			names = append(names, m.Name)
		}
	}
	return names
}

func TestModels_foldersComeAndGoWithoutARestart(t *testing.T) {
	s, dir := shelf(t, builtin.Options{})
	if got := folders(t, s); len(got) != 0 {
		t.Errorf("without data/models: %v", got)
	}
	add(t, dir, "tiny-bert", "mine")
	add(t, dir, "tiny-potion", ".half-copied")
	add(t, dir, "tiny-potion", builtin.Lite)
	if got := folders(t, s); !reflect.DeepEqual(got, []string{"mine"}) {
		t.Errorf("after a folder was copied: %v", got)
	}
	if err := os.Rename(filepath.Join(dir, "mine", "config.json"), filepath.Join(dir, "config.json")); err != nil {
		t.Fatal(err)
	}
	add(t, dir, "tiny-xlmr", "other")
	if got := folders(t, s); !reflect.DeepEqual(got, []string{"other"}) {
		t.Errorf("with one folder broken: %v", got)
	}
	if err := os.Rename(filepath.Join(dir, "config.json"), filepath.Join(dir, "mine", "config.json")); err != nil {
		t.Fatal(err)
	}
	if got := folders(t, s); !reflect.DeepEqual(got, []string{"mine", "other"}) {
		t.Errorf("after it was mended: %v", got)
	}
}

func TestModels_quoteIsAChatModelAndFoldersAreNot(t *testing.T) {
	s, _ := shelf(t, builtin.Options{}, "tiny-bert")
	ms, err := s.Models(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		want := app.EmbedModel
		if m.Name == builtin.Quote {
			want = app.ChatModel
		}
		if m.Kind != want {
			t.Errorf("%s is of kind %s, want %s", m.Name, m.Kind, want)
		}
		if m.Name == "tiny-bert" && m.ContextSize != 20 {
			t.Errorf("tiny-bert takes %d tokens, want 20", m.ContextSize)
		}
	}
}

func TestFindings_nameTheBrokenFile(t *testing.T) {
	s, dir := shelf(t, builtin.Options{}, "tiny-bert", "tiny-xlmr")
	if err := os.Truncate(filepath.Join(dir, "tiny-xlmr", "model.safetensors"), 9000); err != nil {
		t.Fatal(err)
	}
	said := map[string]app.Finding{}
	for _, f := range s.Findings(t.Context()) {
		said[f.Check] = f
	}
	if f := said["tiny-bert"]; f.Status != "ok" || !strings.Contains(f.Text.En, "vectors of 16 numbers from texts of up to 20 tokens") {
		t.Errorf("tiny-bert: %+v", f)
	}
	if f := said["tiny-xlmr"]; f.Status != "fail" || !strings.Contains(f.Text.En, "model.safetensors: the file is cut off") || !strings.Contains(f.Text.Zh, "文件不完整") {
		t.Errorf("tiny-xlmr: %+v", f)
	}
	if _, err := embed(t, s, "tiny-bert", "hello"); err != nil {
		t.Errorf("the good folder beside a broken one: %v", err)
	}
	if _, err := embed(t, s, "tiny-xlmr", "hello"); !errors.Is(err, &app.Error{Code: encoder.CodeFolder}) {
		t.Errorf("the broken folder: %v, want %s", err, encoder.CodeFolder)
	}
	if got := s.Held(); !reflect.DeepEqual(got, []string{"tiny-bert"}) {
		t.Errorf("in memory: %v", got)
	}
}

func TestEmbed_oneVectorPerTextInOrder(t *testing.T) {
	s, dir := shelf(t, builtin.Options{Workers: 2}, "tiny-bert")
	one, err := encoder.Load(filepath.Join(dir, "tiny-bert"))
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	var texts []string
	for i := range 100 {
		texts = append(texts, strings.Repeat("the cat ", i%7)+"mat")
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			got, err := embed(t, s, "tiny-bert", texts...)
			if err != nil || len(got) != len(texts) {
				t.Errorf("Embed: %d vectors, %v", len(got), err)
				return
			}
			for i := range texts {
				want, _, err := one.Embed(context.Background(), texts[i])
				if err != nil || !reflect.DeepEqual(got[i], want) {
					t.Errorf("vector %d is not that of %q (%v)", i, texts[i], err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestEmbed_refusesWhatIsNoModelOfItsKind(t *testing.T) {
	s, _ := shelf(t, builtin.Options{}, "tiny-bert")
	for name, code := range map[string]string{
		builtin.Quote: model.CodeUnsupported, "absent": model.CodeNotFound, "../tiny-bert": model.CodeNotFound, "": model.CodeNotFound, ".": model.CodeNotFound,
	} {
		if _, err := embed(t, s, name, "x"); !errors.Is(err, &app.Error{Code: code}) {
			t.Errorf("Embed(%q) = %v, want %s", name, err, code)
		}
	}
	_, err := model.Collect(server(s).(model.Chatter).Chat(t.Context(), &model.Request{Model: "tiny-bert"}))
	if !errors.Is(err, &app.Error{Code: model.CodeUnsupported}) {
		t.Errorf("Chat with an embedding model: %v", err)
	}
}

func TestEmbed_useLite(t *testing.T) {
	s, _ := shelf(t, builtin.Options{})
	got, err := embed(t, s, builtin.Lite, "How do I reset my password?", "I forgot my password, what now?", "The weather is fine")
	if !builtin.HasLite() {
		if !errors.Is(err, &app.Error{Code: "model_missing"}) {
			t.Errorf("without weights: %v, want model_missing", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	near, far := dot(got[0], got[1]), dot(got[0], got[2])
	if len(got[0]) != 512 || near < far+0.2 {
		t.Errorf("%d numbers; two questions about a password: %.2f, a question and the weather: %.2f", len(got[0]), near, far)
	}
}

func TestEmbed_endsWithItsContext(t *testing.T) {
	s, _ := shelf(t, builtin.Options{}, "tiny-bert")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := server(s).(model.Embedder).Embed(ctx, "tiny-bert", make([]string, 1000))
	if !errors.Is(err, &app.Error{Code: model.CodeCanceled}) {
		t.Errorf("Embed = %v, want canceled", err)
	}
	s.Close()
	if _, err := embed(t, s, "tiny-bert", "x"); !errors.Is(err, &app.Error{Code: model.CodeCanceled}) {
		t.Errorf("after Close: %v, want canceled", err)
	}
}

func TestEmbed_changedFolderIsLoadedAnew(t *testing.T) {
	s, dir := shelf(t, builtin.Options{})
	add(t, dir, "tiny-bert", "m")
	before, err := embed(t, s, "m", "hello world")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "m")); err != nil {
		t.Fatal(err)
	}
	add(t, dir, "tiny-plain", "m")
	after, err := embed(t, s, "m", "hello world")
	if err != nil || reflect.DeepEqual(before, after) {
		t.Errorf("the vectors of the old folder came back (%v)", err)
	}
}

func TestShelf_weightsAreDroppedWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := builtin.New(builtin.Options{Dir: tiny, Idle: time.Minute})
		defer s.Close()
		use := func() {
			if _, err := embed(t, s, "tiny-bert", "hello"); err != nil {
				t.Fatal(err)
			}
		}
		use()
		time.Sleep(50 * time.Second)
		use()
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if got := s.Held(); len(got) != 1 {
			t.Errorf("50 s after the last use: %v in memory, want one", got)
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if got := s.Held(); len(got) != 0 {
			t.Errorf("61 s after the last use: %v in memory", got)
		}
		use()
	})
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
