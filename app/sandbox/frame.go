package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"islet/app"
	"islet/app/value"
)

// The parent and its worker speak in frames: a kind, a length, a payload. The parent sends setup once and then jobs; the
// worker says ready once and answers each job with what was printed and one frame that ends the answer.
const (
	frameSetup  byte = 'S'
	frameJob    byte = 'J'
	frameReady  byte = 'R'
	framePrint  byte = 'P'
	frameValue  byte = 'V' // the result as JSON
	frameFailed byte = 'F' // the program raised this error
	frameDenied byte = 'D' // as F, where the error comes from asking for what a program must not have
	frameMemory byte = 'M'
	frameLarge  byte = 'L'
	frameNoMain byte = 'N'
	frameResult byte = 'I' // what is wrong with the result
)

const (
	maxMessage = 8 << 10 // of an error's text on its way to the parent
	frameSlack = 64 << 10
)

// setup is what a worker is told first. It cannot be told anything else later: it hardens itself for this.
type setup struct {
	Language string
	CacheDir string
	Memory   int64
	Output   int
}

// job is a program as it travels, and as the harness of each language reads it.
type job struct {
	Source string          `json:"source"`
	Inputs json.RawMessage `json:"inputs"`
}

func newJob(c Code) ([]byte, error) {
	inputs := []byte("{}")
	if c.Inputs != nil {
		raw, err := value.Encode(c.Inputs)
		if err != nil {
			return nil, app.Errorf(app.Invalid, "code_failed", "the inputs cannot be written as JSON: %v", "输入无法写成 JSON：%v", err)
		}
		inputs = raw
	}
	raw, err := json.Marshal(job{Source: c.Source, Inputs: inputs})
	if err != nil {
		return nil, app.Errorf(app.Invalid, "code_failed", "the inputs cannot be written as JSON: %v", "输入无法写成 JSON：%v", err)
	}
	return raw, nil
}

// answer is what came of one job.
type answer struct {
	kind    byte
	text    []byte
	printed string
}

func writeFrame(w io.Writer, kind byte, payload []byte) error {
	head := [5]byte{kind}
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// readFrame refuses a payload above limit: the other side may have been taken over by a program.
func readFrame(r io.Reader, limit int) (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint32(head[1:]))
	if n > limit {
		return 0, nil, fmt.Errorf("a frame %q of %d bytes", head[0], n)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(r, payload)
	return head[0], payload, err
}

func readAnswer(r io.Reader, limit int) (answer, error) {
	var a answer
	for {
		kind, payload, err := readFrame(r, limit)
		if err != nil {
			return a, err
		}
		if kind != framePrint {
			a.kind, a.text = kind, payload
			return a, nil
		}
		a.printed = string(payload)
	}
}

// result turns an answer into what the caller gets.
func (a answer) result(elapsed time.Duration) (Result, error) {
	if a.kind != frameValue {
		return Result{}, a.failure()
	}
	v, err := value.Decode(a.text)
	if err != nil {
		return Result{}, resultInvalid(err.Error())
	}
	return Result{Value: v, Stdout: a.printed, Elapsed: elapsed}, nil
}
