package builtin

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/app/model/builtin/encoder"
)

// The models that every site has.
const (
	Lite  = "use-lite"
	Quote = "quote"
)

// idleFor is how long weights stay in memory after their last use.
const idleFor = 10 * time.Minute

// foldersMost bounds how many folders are looked at; more in data/models are no models.
const foldersMost = 200

// Options of a Shelf. The zero value has the models of the binary only.
type Options struct {
	Dir     string        // data/models; "" or a folder that does not exist: none
	Workers int           // texts that are computed at once, over all calls; 0 is one per core
	Idle    time.Duration // 0 is ten minutes
}

// Shelf keeps the models of this process. Safe for concurrent use.
type Shelf struct {
	o     Options
	slots chan struct{} // one a text that is computed

	mu     sync.Mutex // guards all below
	seen   map[string]seen
	loaded map[string]*loaded
	closed bool
	calls  sync.WaitGroup // calls under way and weights being dropped
}

// seen is what was found in a folder when it looked so.
type seen struct {
	stamp string
	info  encoder.Info
	err   error
}

// New makes a Shelf that has loaded nothing yet.
func New(o Options) *Shelf {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Idle <= 0 {
		o.Idle = idleFor
	}
	return &Shelf{o: o, slots: make(chan struct{}, o.Workers), seen: map[string]seen{}, loaded: map[string]*loaded{}}
}

// Folder is one folder of data/models. Err says what is wrong with it; it is nil for a model that can be used.
type Folder struct {
	Name string
	Info encoder.Info
	Err  error
}

// Folders reads data/models anew, by name. Folders that look as they did before are not read again.
func (s *Shelf) Folders() ([]Folder, error) {
	if s.o.Dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(s.o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, app.Errorf(app.Internal, "models_unreadable", "the folder models in the data directory cannot be read; check its rights", "无法读取数据目录中的 models 文件夹；请检查权限").Because(err)
	}
	var out []Folder
	for _, e := range entries {
		if !isName(e.Name()) || len(out) == foldersMost {
			continue
		}
		if stat, err := os.Stat(filepath.Join(s.o.Dir, e.Name())); err != nil || !stat.IsDir() { // a link may lead to a folder
			continue
		}
		out = append(out, s.look(e.Name()))
	}
	return out, nil
}

// isName tells whether a folder of that name is a model and not something hidden or half copied.
func isName(name string) bool {
	return name != "" && name[0] != '.' && filepath.IsLocal(name) && !strings.ContainsAny(name, `/\`)
}

// look checks one folder, from memory if it has not changed.
func (s *Shelf) look(name string) Folder {
	if name == Lite || name == Quote {
		return Folder{Name: name, Err: app.Errorf(app.Conflict, "name_taken", "the name %[1]q belongs to a built-in model; rename the folder", "名称“%[1]s”属于内置模型；请重命名该文件夹", name)}
	}
	dir := filepath.Join(s.o.Dir, name)
	now := stamp(dir)
	s.mu.Lock()
	known := s.seen[name]
	s.mu.Unlock()
	if known.stamp != now {
		known = seen{stamp: now}
		known.info, known.err = encoder.Check(dir)
		s.mu.Lock()
		s.seen[name] = known
		s.mu.Unlock()
	}
	return Folder{name, known.info, known.err}
}

// stamp changes when a file of the folder, or of a folder in it, does.
func stamp(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // what cannot be read is told by who reads it
		if err != nil || b.Len() > 1<<16 {
			return fs.SkipAll
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // it went away meanwhile
		}
		b.WriteString(path + info.ModTime().Format(time.RFC3339Nano))
		if !d.IsDir() {
			b.WriteString(info.Mode().String() + " " + time.Duration(info.Size()).String())
		}
		b.WriteByte('\n')
		return nil
	})
	return b.String()
}

// Models are those that can be used now: quote, use-lite where this build has its weights, and the good folders.
func (s *Shelf) Models(context.Context) ([]app.Model, error) {
	out := []app.Model{{Name: Quote, Kind: app.ChatModel}}
	if HasLite() {
		out = append(out, app.Model{Name: Lite, Kind: app.EmbedModel, ContextSize: liteTokens})
	}
	folders, err := s.Folders()
	for _, f := range folders {
		if f.Err == nil {
			out = append(out, app.Model{Name: f.Name, Kind: app.EmbedModel, ContextSize: f.Info.Tokens})
		}
	}
	return out, err
}

// Findings are one sentence for each model that is there or should be, as the probe of a server has them.
func (s *Shelf) Findings(context.Context) []app.Finding {
	ok := func(check, en, zh string, args ...any) app.Finding {
		return app.Finding{Check: check, Status: "ok", Text: app.Textf(en, zh, args...)}
	}
	out := []app.Finding{ok(Quote, "quote answers with passages from the knowledge of an app; it is no language model", "quote 以知识库原文作答；它不是语言模型")}
	if HasLite() {
		out = append(out, ok(Lite, "use-lite makes vectors of 512 numbers from English texts of up to 128 tokens", "use-lite 为英文文本（最多 128 个词元）生成 512 维向量"))
	} else {
		out = append(out, app.Finding{Check: Lite, Status: "warn", Text: errLiteMissing.Text})
	}
	folders, err := s.Folders()
	if err != nil {
		return append(out, app.Finding{Check: "models", Status: "fail", Text: app.AsError(err).Text})
	}
	for _, f := range folders {
		if f.Err != nil {
			t := app.AsError(f.Err).Text
			out = append(out, app.Finding{Check: f.Name, Status: "fail", Text: app.Textf("the folder %[1]s cannot be used: %[2]s", "文件夹 %[1]s 无法使用：%[3]s", f.Name, t.En, t.Zh)})
			continue
		}
		out = append(out, ok(f.Name, "%[1]s (%[2]s) makes vectors of %[3]d numbers from texts of up to %[4]d tokens", "%[1]s（%[2]s）为文本（最多 %[4]d 个词元）生成 %[3]d 维向量", f.Name, f.Info.Kind, f.Info.Dims, f.Info.Tokens))
	}
	return out
}

// Open is the Shelf as the server of an endpoint: what model.Options.Open wants for the protocol model.Builtin.
func (s *Shelf) Open(ep *app.Endpoint) model.Server { return &server{shelf: s, name: ep.Name} }

// Close drops all weights when the calls under way have ended. Later calls fail.
func (s *Shelf) Close() {
	s.mu.Lock()
	s.closed = true
	for name, l := range s.loaded {
		s.drop(name, l)
	}
	s.mu.Unlock()
	s.calls.Wait()
}
