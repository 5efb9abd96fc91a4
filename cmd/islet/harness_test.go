package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"islet/app/sandbox"
)

// asIslet makes the test binary be islet: processes that a test starts need no build of their own.
const asIslet = "TEST_AS_ISLET"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Command { // a worker comes with an empty environment
		os.Exit(sandbox.Worker(os.Stdin, os.Stdout))
	}
	if os.Getenv(asIslet) == "1" {
		os.Exit(start(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){"islet": main})
}

// process is a running islet.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	url  string
	data string
	out  lockedBuffer
	code string // of the set-up link, at a first start
	done chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// command is islet with arguments: the built binary where one is named, this test binary otherwise.
func command(bin string, args ...string) *exec.Cmd {
	if bin == "" {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), asIslet+"=1", "LANG=C")
		return cmd
	}
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "LANG=C")
	return cmd
}

// freeAddr is an address on loopback that nobody listens on.
func freeAddr(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// serve starts islet and waits until it answers.
func serve(t testing.TB, bin, data string, flags ...string) *process {
	t.Helper()
	p := spawn(t, bin, data, flags...)
	if err := p.wait(15 * time.Second); err != nil {
		t.Fatalf("islet did not come up: %v\n%s", err, p.out.String())
	}
	for end := time.Now().Add(5 * time.Second); !strings.Contains(p.out.String(), "http://") && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // what it printed is still on its way through the pipe
	}
	if m := regexp.MustCompile(`/setup\?code=(\S+)`).FindStringSubmatch(p.out.String()); m != nil {
		p.code = m[1]
	}
	return p
}

// spawn starts islet without waiting.
func spawn(t testing.TB, bin, data string, flags ...string) *process {
	t.Helper()
	addr := freeAddr(t)
	p := &process{t: t, cmd: command(bin, append([]string{"serve", "--addr", addr, "--data", data}, flags...)...), url: "http://" + addr, data: data, done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// wait polls until the server answers 200.
func (p *process) wait(limit time.Duration) error {
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		r, err := c.Get(p.url + "/readyz")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-p.done:
			p.done <- err
			return fmt.Errorf("it ended: %v", err)
		default:
		}
	}
	return fmt.Errorf("no answer within %s", limit)
}

// stop asks islet to end and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.done:
		return err
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		return fmt.Errorf("still running 30 s after SIGTERM\n%s", p.out.String())
	}
}

// kill ends islet as a power cut would end the process.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// client talks to the console as one signed-in person, or to the Service API with a key.
type client struct {
	t    testing.TB
	http *http.Client
	base string
	key  string
}

func (p *process) client() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	tr := &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: 256}
	p.t.Cleanup(tr.CloseIdleConnections)
	return &client{t: p.t, http: &http.Client{Jar: jar, Transport: tr}, base: p.url}
}

// reply is one answer.
type reply struct {
	status int
	body   []byte
}

// try sends v as JSON and returns the answer or a transport error.
func (c *client) try(method, path string, v any) (*reply, error) {
	var body io.Reader
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if v != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return &reply{res.StatusCode, b}, err
}

// must sends v, wants a 2xx and fills out.
func (c *client) must(method, path string, v, out any) {
	c.t.Helper()
	r, err := c.try(method, path, v)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if r.status/100 != 2 {
		c.t.Fatalf("%s %s: status %d: %s", method, path, r.status, r.body)
	}
	if out != nil {
		if err := json.Unmarshal(r.body, out); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, r.body)
		}
	}
}

// events reads a stream and hands each data line to fn until it returns false or the stream ends.
func (c *client) events(method, path string, v any, fn func(event, data string) bool) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.base+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		return fmt.Errorf("status %d: %s", res.StatusCode, b)
	}
	event := ""
	s := bufio.NewScanner(res.Body)
	s.Buffer(make([]byte, 64<<10), 4<<20)
	for s.Scan() {
		line := s.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			event = line[7:]
		case strings.HasPrefix(line, "data: "):
			if !fn(event, line[6:]) {
				return nil
			}
			event = ""
		}
	}
	return s.Err()
}

// runningSite is a set-up islet with a model, a published chat app and a key for it.
type runningSite struct {
	*process
	owner    *client
	api      *client
	app      string
	code     string // of the web app
	endpoint string
}

const (
	ownerEmail    = "owner@site.local"
	ownerPassword = "correct-horse-9"
)

// setUp does what a person does on the first day, by the API.
func setUp(p *process, modelURL, modelName string) *runningSite {
	t := p.t
	t.Helper()
	s := &runningSite{process: p, owner: p.client()}
	s.owner.must("POST", "/console/api/setup", map[string]any{"code": p.code, "name": "李明", "email": ownerEmail, "password": ownerPassword, "workspace_name": "测试站", "language": "zh-CN"}, nil)
	var ep struct {
		Endpoint struct {
			ID string `json:"id"`
		} `json:"endpoint"`
	}
	s.owner.must("POST", "/console/api/endpoints", map[string]any{"name": "test", "vendor": "custom", "protocol": "openai", "base_url": modelURL, "key": "sk-test-key-123456",
		"models": []map[string]any{{"name": modelName, "kind": "llm"}}}, &ep)
	s.endpoint = ep.Endpoint.ID
	var a struct {
		ID       string `json:"id"`
		DraftRev int64  `json:"draft_rev"`
		Site     struct {
			Code string `json:"code"`
		} `json:"site"`
	}
	s.owner.must("POST", "/console/api/apps", map[string]any{"mode": "chat", "name": "助手", "description": "", "icon": "🤖", "icon_color": "#dbeafe"}, &a)
	s.app, s.code = a.ID, a.Site.Code
	s.owner.must("PUT", "/console/api/apps/"+a.ID+"/draft", map[string]any{"rev": a.DraftRev, "settings": map[string]any{
		"model": map[string]any{"endpoint_id": s.endpoint, "name": modelName}, "prompt": "You are helpful.", "variables": []any{}, "suggested": []any{}}}, nil)
	s.owner.must("POST", "/console/api/apps/"+a.ID+"/publish", map[string]any{"name": "v1", "note": ""}, nil)
	var k struct {
		Token string `json:"token"`
	}
	s.owner.must("POST", "/console/api/apps/"+a.ID+"/keys", map[string]any{}, &k)
	s.api = p.client()
	s.api.key = k.Token
	return s
}

// flowApp makes and publishes a workflow app with a graph in short form, and returns a client with its key. A node is its data
// with the id under "id"; edges lead from each to the next.
func (s *runningSite) flowApp(name string, nodes ...map[string]any) (api *client, appID string) {
	s.t.Helper()
	var list, edges []any
	for i, data := range nodes {
		id := data["id"].(string)
		delete(data, "id")
		list = append(list, map[string]any{"id": id, "type": "custom", "data": data})
		if i > 0 {
			edges = append(edges, map[string]any{"source": list[i-1].(map[string]any)["id"], "target": id, "sourceHandle": "source"})
		}
	}
	var a struct {
		ID       string `json:"id"`
		DraftRev int64  `json:"draft_rev"`
	}
	s.owner.must("POST", "/console/api/apps", map[string]any{"mode": "workflow", "name": name, "description": "", "icon": "🤖", "icon_color": "#dbeafe"}, &a)
	s.owner.must("PUT", "/console/api/apps/"+a.ID+"/draft", map[string]any{"rev": a.DraftRev, "settings": map[string]any{
		"graph": map[string]any{"nodes": list, "edges": edges}, "variables": []any{}, "suggested": []any{}}}, nil)
	s.owner.must("POST", "/console/api/apps/"+a.ID+"/publish", map[string]any{"name": "v1", "note": ""}, nil)
	var k struct {
		Token string `json:"token"`
	}
	s.owner.must("POST", "/console/api/apps/"+a.ID+"/keys", map[string]any{}, &k)
	api = s.client()
	api.key = k.Token
	return api, a.ID
}

// chat asks one question through the Service API and returns the answer, the conversation's id and how long the first piece took.
func (s *runningSite) chat(user, query, conversation string) (answer, conv string, first time.Duration, err error) {
	start := time.Now()
	failed := ""
	var b strings.Builder
	ended := false
	err = s.api.events("POST", "/v1/chat-messages", map[string]any{"query": query, "inputs": map[string]any{}, "user": user, "response_mode": "streaming", "conversation_id": conversation},
		func(_, data string) bool {
			var ev struct {
				Event, Answer, Message string
				Conversation           string `json:"conversation_id"`
			}
			if json.Unmarshal([]byte(data), &ev) != nil {
				failed = "not JSON: " + data
				return false
			}
			conv = ev.Conversation
			switch ev.Event {
			case "message":
				if first == 0 {
					first = time.Since(start)
				}
				b.WriteString(ev.Answer)
			case "message_end":
				ended = true
			case "error":
				failed = ev.Message
			}
			return true
		})
	if err == nil && failed != "" {
		err = fmt.Errorf("stream said: %s", failed)
	}
	if err == nil && !ended {
		err = fmt.Errorf("stream ended without message_end")
	}
	return b.String(), conv, first, err
}
