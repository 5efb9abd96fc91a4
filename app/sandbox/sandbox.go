// Package sandbox runs the programs that people write into code nodes.
//
// A program runs in a child process of the same binary: Python in CPython for WebAssembly, JavaScript in QuickJS. The child
// has no environment, no files but its three pipes, and on Linux no system calls but those that computing needs. The parent
// holds it to the Limits and kills it when it breaks them, so a program can end itself and nothing else. Python interpreters
// serve one program each and are separated by WebAssembly; JavaScript programs get a new engine each, and a process that has
// seen many of them is replaced.
//
// Python is put into the binary by `make build`, see python/pack. A build without it runs JavaScript only.
package sandbox

import (
	"context"
	"log/slog"
	"time"

	"islet/app"
)

// The languages of Code.
const (
	Python     = "python3"
	JavaScript = "javascript"
)

// Command is the subcommand under which the binary must call Worker.
const Command = "sandbox-worker"

const (
	defaultTime    = 10 * time.Second // Dify's sandbox waits 15, its workers give up earlier
	defaultMemory  = 128 << 20        // what a JSON of some MB and its objects need
	defaultOutput  = 4 << 20          // variables are kept with the run; more belongs in a file
	defaultWorkers = 2                // a machine of two cores stays usable
	defaultIdle    = 5 * time.Minute  // long enough for a person who edits and tries
)

// Options say how a Pool works. The zero value works.
type Options struct {
	Command   []string      // what starts a worker; nil is this binary with the subcommand sandbox-worker
	CacheDir  string        // where machine code for Python is kept from one start to the next; "" compiles anew each time
	Workers   int           // programs at the same time, and worker processes for each language; 0 is 2
	IdleAfter time.Duration // a worker that has nothing to do ends after this time; 0 is 5 minutes
	Limits    Limits
	Log       *slog.Logger // nil is silent
}

// Limits are what one program may use. Zero fields take the default.
type Limits struct {
	Time   time.Duration // of the wall clock; 10 s
	Memory int64         // bytes of the interpreter's own memory; 128 MB
	Output int           // bytes it may print, and bytes its result may have as JSON; 4 MB
}

// Code is a program with its inputs. Python's main is called with the inputs as keyword arguments and returns a dict;
// JavaScript's main is called with one object and returns an object or a promise of one.
type Code struct {
	Language string         // Python or JavaScript
	Source   string         // defines main
	Inputs   map[string]any // values of islet/app/value
}

// Result is what a program returned.
type Result struct {
	Value   any           // a *value.Object
	Stdout  string        // what it printed, kept apart from what it returned
	Elapsed time.Duration // from handing the program over to having its result
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	if o.IdleAfter <= 0 {
		o.IdleAfter = defaultIdle
	}
	if o.Limits.Time <= 0 {
		o.Limits.Time = defaultTime
	}
	if o.Limits.Memory <= 0 {
		o.Limits.Memory = defaultMemory
	}
	if o.Limits.Output <= 0 {
		o.Limits.Output = defaultOutput
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Run runs one program and returns its result. Every failure is an *app.Error: code_failed, code_timeout, code_memory,
// code_output_too_large, code_denied, code_no_main and code_result_invalid are the program's own; sandbox_unavailable,
// python_missing, language_unknown and canceled are not. The time limit begins when a worker is ready. Run may be called
// from any goroutine; when all workers are busy it waits until one is free or ctx ends.
func (p *Pool) Run(ctx context.Context, c Code) (Result, error) {
	if err := known(c.Language); err != nil {
		return Result{}, err
	}
	j, err := newJob(c)
	if err != nil {
		return Result{}, err
	}
	if err := p.take(ctx); err != nil {
		return Result{}, err
	}
	defer p.free()
	w, err := p.worker(ctx, c.Language)
	if err != nil {
		return Result{}, err
	}
	start := time.Now()
	a, err := w.run(ctx, j, p.options.Limits)
	elapsed := time.Since(start)
	if err != nil {
		if app.KindOf(err) == app.Unavailable {
			p.options.Log.Warn("a sandbox worker died", "language", c.Language, "error", err, "stderr", w.words())
		}
		return Result{}, err
	}
	p.giveBack(w)
	return a.result(elapsed)
}

// Warm has one Python worker ready, so that the next program starts at once. On the first start of a build it compiles
// Python for this machine, which takes seconds; call it in the background. It does nothing in a build without Python.
func (p *Pool) Warm(ctx context.Context) error {
	if !HasPython() {
		return nil
	}
	if err := p.take(ctx); err != nil {
		return err
	}
	defer p.free()
	w, err := p.worker(ctx, Python)
	if err != nil {
		return err
	}
	p.giveBack(w)
	return nil
}
