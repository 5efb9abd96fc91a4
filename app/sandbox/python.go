package sandbox

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"strconv"

	"github.com/tetratelabs/wazero"
)

// pythonHarness is the program that every interpreter starts with.
//
//go:embed harness.py
var pythonHarness string

const pageSize = 64 << 10 // of WebAssembly

// python keeps an interpreter that has imported what programs use and waits for the next job.
type python struct {
	setup   setup
	runtime wazero.Runtime
	code    wazero.CompiledModule
	config  wazero.ModuleConfig
	now     *interpreter // nil after one that ended
}

// newPython compiles Python, or takes it from the cache, and starts the first interpreter. A cache that cannot be used costs
// time, nothing else.
func newPython(s setup) (*python, error) {
	ctx := context.Background()
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(uint32(s.Memory / pageSize)).WithDebugInfoEnabled(false)
	if s.CacheDir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(s.CacheDir); err == nil {
			config = config.WithCompilationCache(cache)
		}
	}
	module, err := pythonModule()
	if err != nil {
		return nil, err
	}
	p := &python{setup: s, runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	if err := system(ctx, p.runtime); err != nil {
		return nil, fmt.Errorf("instantiate wasi: %w", err)
	}
	if p.code, err = p.runtime.CompileModule(ctx, module); err != nil {
		return nil, fmt.Errorf("compile python: %w", err)
	}
	zones, err := zoneInfo()
	if err != nil {
		return nil, err
	}
	p.config = wazero.NewModuleConfig().WithName("").
		WithArgs("python", "-I", "-B", "-X", "utf8", "-c", pythonHarness, strconv.FormatInt(s.Memory, 10)).
		WithSysWalltime().WithNanotime(nanotime, 1).WithSysNanosleep().WithRandSource(rand.Reader).
		WithFSConfig(wazero.NewFSConfig().WithFSMount(zones, "/usr/share/zoneinfo"))
	return p, p.prepare()
}

// prepare waits until the interpreter has forgotten the last program, or starts another.
func (p *python) prepare() error {
	if p.now != nil && p.now.waitReady() == nil {
		return nil
	}
	p.now = p.start()
	return p.now.waitReady()
}

func (p *python) run(job []byte) answer {
	a, again := p.try(job)
	if again && p.prepare() == nil {
		a, _ = p.try(job)
	}
	return a
}

func (p *python) try(job []byte) (a answer, again bool) {
	i := p.now
	i.jobs <- job
	select {
	case a := <-i.answers:
		return a, false
	case err := <-i.done:
		p.now = nil
		return i.lastAnswer(err), i.spoiled(err)
	}
}
