package modeltest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
)

// quiet drops what net/http would print about connections that we break on purpose.
var quiet = log.New(io.Discard, "", 0)

// hang waits until the client leaves.
func (s *Server) hang(r *http.Request) {
	<-r.Context().Done()
	s.gone()
}

// raw takes the connection over from net/http. Over HTTP/2 there is none to take: the stream is aborted instead.
func raw(w http.ResponseWriter) net.Conn {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

type netConner interface{ NetConn() net.Conn }

// reset closes so that the client sees "connection reset by peer"; of TLS, without its closing notice.
func reset(conn net.Conn) {
	if t, ok := conn.(netConner); ok {
		conn = t.NetConn()
	}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = conn.Close()
}

// drop closes the TCP connection in order; of TLS, without its closing notice.
func drop(conn net.Conn) {
	if t, ok := conn.(netConner); ok {
		conn = t.NetConn()
	}
	_ = conn.Close()
}

func refuse(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
	reset(raw(w))
	return true
}

func blackHole(s *Server, _ http.ResponseWriter, r *http.Request) bool {
	s.hang(r)
	return true
}

func emptyBody(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return true
}

func notHTTP(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
	conn := raw(w)
	defer conn.Close()
	_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n")
	return true
}

func manyHeaders(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
	conn := raw(w)
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
	line := []byte(strings.Repeat("X-Filler: "+strings.Repeat("f", 40)+"\r\n", 100))
	for range 1000 {
		if _, err := conn.Write(line); err != nil {
			return true // the client had enough
		}
	}
	return true
}

func redirect(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Location", "/elsewhere/v1")
	w.WriteHeader(http.StatusFound)
	return true
}

// zeros is a megabyte of them, compressed: one member of a gzip stream, which may have many.
var zeros = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bytes.Repeat([]byte("0"), 1<<20)) // into memory
	_ = z.Close()
	return b.Bytes()
})

func gzipBomb(_ *Server, w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = io.WriteString(z, "data: ")
	_ = z.Close()
	for range 1024 {
		if _, err := w.Write(zeros()); err != nil || r.Context().Err() != nil {
			return true // the client had enough
		}
	}
	return true
}

// rejects answers 400 while the body names a field; it works on the raw text, as a strict server would notice it too.
func rejects(field, message string) func(*Server, http.ResponseWriter, *http.Request) bool {
	return func(_ *Server, w http.ResponseWriter, r *http.Request) bool {
		body, _ := r.Context().Value(bodyKey{}).([]byte)
		if !bytes.Contains(body, []byte(`"`+field+`"`)) {
			return false
		}
		fail(w, http.StatusBadRequest, message, "unsupported_parameter")
		return true
	}
}

type bodyKey struct{}

// jsonInstead forces the answer into one body, under the content type given.
func jsonInstead(contentType string) func(*Server, http.ResponseWriter, *http.Request) bool {
	return func(_ *Server, _ http.ResponseWriter, r *http.Request) bool {
		if t, ok := r.Context().Value(turnKey{}).(*turn); ok {
			t.stream, t.bodyType = false, contentType
		}
		return false
	}
}

type turnKey struct{}

// early lets the quirk of a turn answer instead of the protocol.
func (s *Server) early(w http.ResponseWriter, r *http.Request, t *turn, body []byte) bool {
	if t.quirk == nil || t.quirk.early == nil {
		return false
	}
	ctx := context.WithValue(context.WithValue(r.Context(), bodyKey{}, body), turnKey{}, t)
	return t.quirk.early(s, w, r.WithContext(ctx))
}

// writeHTTP10 is the whole answer over a connection that ends it by closing.
func writeHTTP10(w http.ResponseWriter, contentType string, body []byte) {
	conn := raw(w)
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\nContent-Type: %s\r\n\r\n%s", contentType, body)
}
