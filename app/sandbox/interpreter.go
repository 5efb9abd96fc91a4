package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// runsPerInterpreter is how many programs one interpreter runs. Each needs a copy of its stack, 200 kB, made ahead.
const runsPerInterpreter = 64

// An interpreter is one instance of Python. Starting one takes a few hundred milliseconds, mostly for imports, so it
// is started once: when the harness has imported everything and yields, the host takes a picture of the instance, which
// is its memory and its stack, and nothing else, as it has but one changing global variable, the stack pointer. After each
// program the instance is set back to the picture, in a few milliseconds: nothing of one program is left for the next.
//
// The harness reads its job from stdin, prints to stdout and reports on stderr, behind a mark that is new for each job, so
// that a program's last words are not taken for a report.
type interpreter struct {
	ready   chan struct{} // one item each time that it waits for a job
	jobs    chan []byte
	answers chan answer
	done    chan error // gets the error with which the instance ended

	limit   int
	picture *picture
	stacks  []experimental.Snapshot // each can be gone back to once
	mark    string
	stdin   io.Reader
	stdout  bounded
	report  bounded
}

type interpreterKey struct{}

func (p *python) start() *interpreter {
	i := &interpreter{ready: make(chan struct{}, 1), jobs: make(chan []byte), answers: make(chan answer), done: make(chan error, 1),
		limit: p.setup.Output, stdin: strings.NewReader("")}
	i.stdout.limit, i.report.limit = i.limit, i.limit+frameSlack
	config := p.config.WithStdin(i).WithStdout(&i.stdout).WithStderr(&i.report)
	go func() {
		ctx := experimental.WithMemoryAllocator(context.Background(), memory())
		ctx = experimental.WithSnapshotter(context.WithValue(ctx, interpreterKey{}, i))
		m, err := p.runtime.InstantiateModule(ctx, p.code, config)
		if m != nil {
			_ = m.Close(ctx) // frees its memory; an instance that has ended cannot fail to
		}
		i.done <- err
	}()
	return i
}

func (i *interpreter) waitReady() error {
	select {
	case <-i.ready:
		return nil
	case err := <-i.done:
		return fmt.Errorf("python does not start: %w: %s", err, i.report.buf)
	}
}

// yield is called when Python yields. The first time it takes the picture and waits for the first job. Later, when there is
// a report, it answers, goes back to the picture and waits for the next job. A program that yields gets nothing for it.
func (i *interpreter) yield(ctx context.Context, m api.Module) {
	if i.picture == nil {
		i.picture = take(contents(m))
		for range runsPerInterpreter - 1 {
			i.stacks = append(i.stacks, experimental.GetSnapshotter(ctx).Snapshot())
		}
		i.await()
		return
	}
	report, ok := i.reported()
	if !ok {
		return
	}
	i.answers <- i.answer(report)
	if len(i.stacks) == 0 {
		panic(errWorn)
	}
	i.picture.restore(contents(m))
	stack := i.stacks[0]
	i.stacks = i.stacks[1:]
	i.await()
	stack.Restore([]uint64{0})
}

var errWorn = errors.New("this interpreter has run enough programs")

func contents(m api.Module) []byte {
	b, _ := m.Memory().Read(0, m.Memory().Size()) // all of it is there
	return b
}

// await waits for a job and lays it ready for stdin.
func (i *interpreter) await() {
	i.ready <- struct{}{}
	job := <-i.jobs
	i.mark = newMark()
	i.stdin = io.MultiReader(strings.NewReader(fmt.Sprintf("%s%08x", i.mark, len(job))), bytes.NewReader(job))
	i.stdout.buf, i.report.buf = nil, nil
}

// Read is Python's stdin.
func (i *interpreter) Read(b []byte) (int, error) { return i.stdin.Read(b) }

// reported is the report of the harness: a kind and a text.
func (i *interpreter) reported() (string, bool) {
	_, report, found := strings.Cut(string(i.report.buf), i.mark)
	return report, found && report != ""
}

func (i *interpreter) answer(report string) answer {
	kind, text := report[0], report[1:]
	if kind != frameValue {
		return failed(kind, text)
	}
	if len(text) > i.limit {
		return tooLarge{i.limit}.answer()
	}
	return answer{kind: kind, text: []byte(text), printed: string(i.stdout.buf)}
}

// spoiled says that the harness found its pipes closed by an earlier program: files are the one thing that going back to the
// picture does not bring back.
func (i *interpreter) spoiled(err error) bool {
	var exit *sys.ExitError
	_, reported := i.reported()
	return errors.As(err, &exit) && exit.ExitCode() == exitSpoiled && !reported
}

const exitSpoiled = 86 // as in harness.py

// lastAnswer is the answer of an instance that ended without going back to its picture.
func (i *interpreter) lastAnswer(err error) answer {
	var large tooLarge
	if errors.As(err, &large) {
		return tooLarge{i.limit}.answer()
	}
	if report, ok := i.reported(); ok {
		return i.answer(report)
	}
	words := string(i.report.buf)
	var exit *sys.ExitError
	switch {
	case strings.Contains(words, "MemoryError") || strings.Contains(words, "memory allocation failed"):
		return failed(frameMemory, "")
	case errors.As(err, &exit):
		return failed(frameFailed, fmt.Sprintf("the program ended itself with exit code %d before main returned", exit.ExitCode()))
	}
	line, _, _ := strings.Cut(fmt.Sprint(err), "\n")
	return failed(frameFailed, "Python broke, as it does when functions call each other too deep: "+line)
}

// newMark is random, so that nothing a program prints by accident is taken for it.
func newMark() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
