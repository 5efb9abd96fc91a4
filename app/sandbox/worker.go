package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// An engine runs programs of one language inside a worker, one after the other.
type engine interface {
	// run runs the program of one job frame. What it leaves behind is not seen by the next program.
	run(job []byte) answer

	// prepare makes ready for the next job, after the answer to the last is out.
	prepare() error
}

// Worker is the child process: it runs programs that come in on stdin until stdin ends, and returns the exit code. It
// gives up most rights of its process for good, so nothing else can be done in it afterwards.
func Worker(stdin io.Reader, stdout io.Writer) int {
	err := work(bufio.NewReader(stdin), bufio.NewWriter(stdout))
	if errors.Is(err, io.EOF) {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// work ends with io.EOF when there are no more jobs, and otherwise with what went wrong.
func work(in io.Reader, out *bufio.Writer) error {
	runtime.GOMAXPROCS(2) // the program, and whatever the runtime does beside it
	kind, raw, err := readFrame(in, frameSlack)
	if err != nil {
		return err
	}
	var s setup
	if err := json.Unmarshal(raw, &s); err != nil || kind != frameSetup {
		return fmt.Errorf("a worker is set up first, not %q: %w", kind, err)
	}
	e, err := newEngine(s)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // compiling took much
	harden()
	if err := send(out, answer{kind: frameReady}); err != nil {
		return err
	}
	for {
		kind, job, err := readFrame(in, 1<<30)
		if err != nil {
			return err
		}
		if kind != frameJob {
			return fmt.Errorf("a job was expected, not %q", kind)
		}
		if err := send(out, e.run(job)); err != nil {
			return err
		}
		if err := e.prepare(); err != nil {
			return err
		}
	}
}

func newEngine(s setup) (engine, error) {
	switch s.Language {
	case Python:
		return newPython(s)
	case JavaScript:
		return &javaScript{setup: s}, nil
	case documents, pdfs:
		return newReading(s)
	}
	return nil, known(s.Language)
}

func send(out *bufio.Writer, a answer) error {
	if a.printed != "" {
		if err := writeFrame(out, framePrint, []byte(a.printed)); err != nil {
			return err
		}
	}
	if err := writeFrame(out, a.kind, a.text); err != nil {
		return err
	}
	return out.Flush()
}

// tooLarge is thrown through an engine by whoever notices that the output limit is passed.
type tooLarge struct{ limit int }

func (t tooLarge) Error() string { return "output too large" }

func (t tooLarge) answer() answer {
	return answer{kind: frameLarge, text: []byte(strconv.Itoa(t.limit))}
}

// bounded keeps what a program writes, up to a limit; then it stops the program, which cannot catch it.
type bounded struct {
	buf   []byte
	limit int
}

// Write keeps p, or panics with tooLarge.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.buf)+len(p) > b.limit {
		panic(tooLarge{b.limit})
	}
	b.buf = append(b.buf, p...)
	return len(p), nil
}

func failed(kind byte, text string) answer {
	if len(text) > maxMessage {
		text = text[len(text)-maxMessage:]
	}
	return answer{kind: kind, text: []byte(text)}
}
