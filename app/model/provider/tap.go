package provider

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"unicode/utf8"
)

// Tap keeps what a server really sent, for the probe: the head and the first bytes of the body of the last call made
// with it in the context. Safe for concurrent use.
type Tap struct {
	mu     sync.Mutex // guards all below
	status int
	proto  string
	header http.Header
	body   []byte
}

const tapBytes = 64 << 10

type tapKey struct{}

// WithTap returns a context whose calls are listened to.
func WithTap(ctx context.Context, t *Tap) context.Context { return context.WithValue(ctx, tapKey{}, t) }

func tapOf(ctx context.Context) *Tap {
	t, _ := ctx.Value(tapKey{}).(*Tap)
	return t
}

func (t *Tap) start(r *http.Response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status, t.proto, t.header, t.body = r.StatusCode, r.Proto, r.Header.Clone(), nil
}

func (t *Tap) add(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.body = append(t.body, b[:min(len(b), tapBytes-len(t.body))]...)
}

// Head is the status (0 if no answer came), the protocol version and the header of the answer.
func (t *Tap) Head() (status int, proto string, h http.Header) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status, t.proto, t.header
}

// Body is the first 64 KiB of the answer, unpacked.
func (t *Tap) Body() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.body...)
}

// Raw is the body as one line of text with escapes, at most 2 KiB.
func (t *Tap) Raw() string {
	const most = 2 << 10
	b := t.Body()
	if len(b) > most {
		b = b[:most]
	}
	for {
		s := strconv.Quote(string(b))
		s = s[1 : len(s)-1]
		if len(s) <= most {
			return s
		}
		b = b[:len(b)*9/10]
		for len(b) > 0 && !utf8.RuneStart(b[len(b)-1]) {
			b = b[:len(b)-1]
		}
	}
}
