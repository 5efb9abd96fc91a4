package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

const (
	startWithin = time.Minute            // compiling Python takes 3 s, on a loaded small machine ten times that
	watchEvery  = 100 * time.Millisecond // how often a running worker is weighed
	wornAfter   = 256                    // programs; so that what a broken engine may have left behind does not stay for ever
)

// process is a worker as its parent sees it. One goroutine at a time uses it.
type process struct {
	language string
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	stderr   *tail
	done     chan struct{} // closed when the process is gone and forgotten

	rest   *time.Timer // ends it when it idles; nil before the first rest
	served int
	weight int64 // of its memory when it was ready
}

// newProcess starts a worker without environment and with no files but its pipes.
func newProcess(command []string, language string) (*process, error) {
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		command = []string{self, Command}
	}
	w := &process{language: language, cmd: exec.Command(command[0], command[1:]...), stderr: &tail{}, done: make(chan struct{})}
	w.cmd.Env = []string{}
	w.cmd.Dir = filepath.VolumeName(command[0]) + string(filepath.Separator)
	w.cmd.Stderr = w.stderr
	w.cmd.SysProcAttr = attributes()
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewReader(out)
	return w, w.cmd.Start()
}

// setUp tells the worker what it is for and waits until it is ready.
func (w *process) setUp(ctx context.Context, s setup) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, w.stop)
	defer stop()
	if err := writeFrame(w.in, frameSetup, raw); err != nil {
		return err
	}
	kind, _, err := readFrame(w.out, frameSlack)
	if err != nil {
		return err
	}
	if kind != frameReady {
		return fmt.Errorf("the worker says %q instead of being ready", kind)
	}
	w.weight = resident(w.cmd.Process.Pid)
	return nil
}

// run has one job done within the limits. A worker that broke them is gone when run returns.
func (w *process) run(ctx context.Context, job []byte, l Limits) (answer, error) {
	type outcome struct {
		answer
		err error
	}
	got := make(chan outcome, 1) // the goroutine ends with the process at the latest
	go func() {
		var o outcome
		if o.err = writeFrame(w.in, frameJob, job); o.err == nil {
			o.answer, o.err = readAnswer(w.out, l.Output+frameSlack)
		}
		got <- o
	}()
	w.served++
	limit := time.NewTimer(l.Time)
	defer limit.Stop()
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	for {
		select {
		case o := <-got:
			if o.err == nil {
				return o.answer, nil
			}
			w.end()
			return answer{}, died(w.words(), o.err)
		case <-limit.C:
			w.end()
			return answer{}, timedOut(l.Time)
		case <-ctx.Done():
			w.end()
			return answer{}, canceled(ctx)
		case <-watch.C:
			if resident(w.cmd.Process.Pid) > w.weight+2*l.Memory+int64(8*l.Output)+spare {
				w.end()
				return answer{}, memoryFull()
			}
		}
	}
}

// spare is what a worker may weigh above its interpreter's limit before it is taken for broken: garbage and copies.
const spare = 64 << 20

func (w *process) worn() bool { return w.served >= wornAfter }

// stop kills the process; its reaper does the rest. It may be called from any goroutine and more than once.
func (w *process) stop() { _ = w.cmd.Process.Kill() } // it fails if the process is gone, which is what is wanted

// end kills the process and waits until it is gone.
func (w *process) end() {
	w.stop()
	<-w.done
}

// wait is the reaper's: it returns when the process has ended.
func (w *process) wait() {
	var exit *exec.ExitError
	if err := w.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		w.stderr.add("wait: " + err.Error())
	}
}

// words are the last that the process said on stderr.
func (w *process) words() string { return w.stderr.String() }

// tail keeps the start and the end of what is written: a crash of Go says what happened at the start, anything else at
// the end.
type tail struct {
	mu  sync.Mutex // guards buf
	buf []byte
}

const tailSize = 4 << 10

// Write keeps p, as far as it is not in the middle.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > 2*tailSize {
		t.buf = append(t.buf[:tailSize], t.buf[len(t.buf)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) add(s string) { _, _ = t.Write([]byte(s)) } // never fails

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
