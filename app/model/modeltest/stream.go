package modeltest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// framing is how events become bytes.
type framing struct {
	prefix, eol string
	head, tail  string
	before      string // lines in front of every event
	between     string // an event between the others
	done        string
	contentType string
	single      bool // one newline between events
	multi       bool // several data lines an event
	unended     bool // nothing after the last event
	err         string
	errEvent    bool
}

// frames are the events of one answer, one after the other in buf; ends are where each one ends.
type frames struct {
	framing
	buf     []byte
	ends    []int
	scratch []byte // the event being written
}

var framesPool = sync.Pool{New: func() any { return new(frames) }}

func newFrames(q *Quirk, f framing) *frames {
	fr := framesPool.Get().(*frames)
	fr.buf, fr.ends, fr.framing = fr.buf[:0], fr.ends[:0], f
	if q != nil && q.frame != nil {
		q.frame(&fr.framing)
	}
	fr.buf = append(fr.buf, fr.head...)
	return fr
}

func (f *frames) free() { framesPool.Put(f) }

// event adds what the caller has put into scratch.
func (f *frames) event(name string) {
	if f.between != "" && len(f.ends) > 0 {
		f.lines(f.between)
		f.buf = append(f.buf, f.eol...)
	}
	if f.before != "" {
		f.lines(f.before)
	}
	if name != "" {
		f.lines("event: " + name)
	}
	if f.multi {
		var b bytes.Buffer
		if json.Indent(&b, f.scratch, "", " ") != nil { // [DONE]
			b.Write(f.scratch)
		}
		for part := range bytes.SplitSeq(b.Bytes(), []byte("\n")) {
			f.line(part)
		}
	} else {
		f.line(f.scratch)
	}
	if !f.single {
		f.buf = append(f.buf, f.eol...)
	}
	f.ends = append(f.ends, len(f.buf))
	f.scratch = f.scratch[:0]
}

func (f *frames) line(b []byte) {
	f.buf = append(f.buf, f.prefix...)
	f.buf = append(f.buf, b...)
	f.buf = append(f.buf, f.eol...)
}

func (f *frames) lines(s string) {
	for l := range strings.SplitSeq(s, "\n") {
		f.buf = append(f.buf, l...)
		f.buf = append(f.buf, f.eol...)
	}
}

func (f *frames) end() {
	if f.done != "" {
		f.scratch = append(f.scratch[:0], f.done...)
		f.event("")
	}
	if f.unended {
		f.buf = bytes.TrimRight(f.buf, "\r\n")
		f.ends[len(f.ends)-1] = len(f.buf)
	}
	if f.tail != "" {
		f.buf = append(f.buf, f.tail...)
		f.ends[len(f.ends)-1] = len(f.buf)
	}
}

func (f *frames) at(i int) []byte {
	if i == 0 {
		return f.buf[:f.ends[0]]
	}
	return f.buf[f.ends[i-1]:f.ends[i]]
}

// send writes the frames with the script's delays and the quirk's fault.
func (s *Server) send(w http.ResponseWriter, r *http.Request, q *Quirk, f *frames) {
	defer f.free()
	fault := noFault
	if q != nil {
		fault = q.fault
	}
	h := w.Header()
	if f.contentType == "-" {
		h["Content-Type"] = nil
	} else {
		h.Set("Content-Type", f.contentType)
	}
	if fault == noFault && s.o.FirstToken == 0 && s.o.PerToken == 0 {
		_, _ = w.Write(f.buf) // the client may have left
		return
	}
	if s.sendWhole(w, r, fault, f) {
		return
	}
	flush := http.NewResponseController(w).Flush
	middle := max(len(f.ends)/2, 1)
	for i := range f.ends {
		if fault == faultPause && i == len(f.ends)-1 {
			time.Sleep(400 * time.Millisecond) // longer than a client's grace, shorter than its patience
		}
		if i == middle && s.misbehave(w, r, fault, f, i, flush) {
			return
		}
		if !s.wait(r, i) {
			s.gone()
			return
		}
		if _, err := w.Write(f.at(i)); err != nil || r.Context().Err() != nil {
			s.gone()
			return
		}
		if flush() != nil {
			return
		}
	}
	switch fault {
	case faultOpen:
		s.hang(r)
	case faultCutEnd:
		drop(raw(w))
	}
}

func (s *Server) wait(r *http.Request, i int) bool {
	d := s.o.PerToken
	if i == 0 {
		d = s.o.FirstToken
	}
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-t.C:
		return true
	}
}

// sendWhole handles the faults that treat the answer as one piece.
func (s *Server) sendWhole(w http.ResponseWriter, r *http.Request, fault fault, f *frames) bool {
	flush := http.NewResponseController(w).Flush
	switch fault {
	case faultNoBody:
		w.WriteHeader(http.StatusOK)
		_ = flush()
		s.hang(r)
	case faultBytes, faultDrip:
		for i := range f.buf {
			if fault == faultDrip {
				time.Sleep(s.o.Drip)
			}
			if _, err := w.Write(f.buf[i : i+1]); err != nil || flush() != nil {
				s.gone()
				return true
			}
		}
	case faultShort:
		w.Header().Set("Content-Length", strconv.Itoa(len(f.buf)))
		_, _ = w.Write(f.buf[:len(f.buf)/2])
	case faultHTTP10:
		writeHTTP10(w, f.contentType, f.buf)
	case faultGzip:
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for i := range f.ends {
			_, _ = z.Write(f.at(i))
			_ = z.Flush()
			_ = flush()
		}
		_ = z.Close()
	default:
		return false
	}
	return true
}

// misbehave does in the middle of a stream what the fault says; true means that the answer is over.
func (s *Server) misbehave(w http.ResponseWriter, r *http.Request, fault fault, f *frames, i int, flush func() error) bool {
	switch fault {
	case faultReset:
		reset(raw(w))
	case faultCut, faultTLSClose:
		drop(raw(w))
	case faultEOF:
	case faultHalf:
		b := f.at(i)
		_, _ = w.Write(b[:len(b)/2])
	case faultSilence:
		s.hang(r)
	case faultBroken:
		f.scratch = append(f.scratch[:0], `{"choices":[{"delta":{"content":nope}}]}`...)
		s.extra(w, f, "")
		_ = flush()
		return false
	case faultError:
		name := ""
		if f.errEvent {
			name = "error"
		}
		f.scratch = append(f.scratch[:0], f.err...)
		s.extra(w, f, name)
	case faultLong:
		f.scratch = append(f.scratch[:0], `{"padding":"`...)
		f.scratch = append(f.scratch, bytes.Repeat([]byte("x"), 10<<20)...)
		f.scratch = append(f.scratch, `","choices":[]}`...)
		s.extra(w, f, "")
		return false
	case faultEndless, faultComments:
		b := f.at(i - 1)
		if fault == faultComments {
			b = []byte(": still here\n\n")
		} else {
			b = bytes.Repeat(b, 100) // a flood
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(b); err != nil || flush() != nil {
				break
			}
			if fault == faultComments {
				time.Sleep(5 * time.Millisecond)
			}
		}
		s.gone()
	default:
		return false
	}
	return true
}

// extra writes one more event than the answer has.
func (s *Server) extra(w http.ResponseWriter, f *frames, name string) {
	n := len(f.buf)
	f.event(name)
	_, _ = w.Write(f.buf[n:])
	f.buf, f.ends = f.buf[:n], f.ends[:len(f.ends)-1]
}
