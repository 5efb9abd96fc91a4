package frame_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"islet/app"
	"islet/web/frame"
)

// cut is a sound that breaks off after a while.
type cut struct {
	io.Reader
	err error
}

func (c *cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = c.err
	}
	return n, err
}

func (c *cut) Close() error { return nil }

func TestSound_isWholeOrBroken(t *testing.T) {
	broke := app.Errorf(app.Upstream, "stream_cut_off", "it broke", "中断了")
	for name, c := range map[string]struct {
		body   string
		end    error
		status int
		whole  bool
		code   string
	}{
		"a sound":          {"mp3 mp3", io.EOF, 200, true, ""},
		"broken off":       {"mp3", broke, 200, false, ""},
		"broken at once":   {"", broke, 502, true, "stream_cut_off"},
		"nothing at all":   {"", io.EOF, 502, true, "empty_answer"},
		"longer than once": {strings.Repeat("x", 100_000), io.EOF, 200, true, ""},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if err := frame.Sound(w, "audio/mpeg", &cut{strings.NewReader(c.body), c.end}); err != nil {
				http.Error(w, app.AsError(err).Code, http.StatusBadGateway)
			}
		}))
		res, err := http.Get(srv.URL) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		_ = res.Body.Close() // read, or broken
		srv.Close()
		if res.StatusCode != c.status || (err == nil) != c.whole {
			t.Errorf("%s: %d, %v", name, res.StatusCode, err)
		}
		if got := strings.TrimSpace(string(b)); c.code != "" && got != c.code || c.code == "" && string(b) != c.body {
			t.Errorf("%s: %.40q", name, got)
		}
		if c.code == "" && res.Header.Get("Content-Type") != "audio/mpeg" {
			t.Errorf("%s: %s", name, res.Header.Get("Content-Type"))
		}
	}
}
