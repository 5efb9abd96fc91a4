package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"islet/app/model/modeltest"

	"database/sql"
	"net/http/httptest"

	_ "modernc.org/sqlite" // the checker opens the database by itself
)

// TestCrash kills islet again and again under load and checks, from outside, that nothing acknowledged was lost. The driver
// fsyncs each acknowledgement to its own log before it goes on, so that the evidence does not depend on the server.
// ISLET_CRASH is the number of kills; in `make test` it is 2, in `make crash` 20.
func TestCrash_acknowledgedWritesSurviveKills(t *testing.T) {
	kills := kills()
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	bin := ""
	if kills > 2 {
		bin = "../../islet"
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{PerToken: time.Millisecond}))
	defer model.Close()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d, %d kills", seed, kills)

	data := filepath.Join(t.TempDir(), "data")
	log := newAckLog(t)
	p := serve(t, bin, data)
	s := setUp(p, model.URL+"/v1", "test-model")
	for round := range kills {
		var wg sync.WaitGroup
		var stop atomic.Bool
		for w := range 8 {
			wg.Go(func() { s.writer(log, &stop, round, w) })
		}
		for r := range 2 {
			wg.Go(func() { s.reader(&stop, r) })
		}
		time.Sleep(time.Duration(50+rng.IntN(1200)) * time.Millisecond)
		p.kill()
		stop.Store(true)
		wg.Wait()
		checkDatabase(t, data, log)
		started := time.Now()
		p = serve(t, bin, data)
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("round %d: ready after %s, want at most 5 s", round, took)
		}
		old := s
		s = &runningSite{process: p, owner: p.client(), api: p.client(), app: old.app, code: old.code, endpoint: old.endpoint}
		s.api.key = old.api.key
		s.owner.must("POST", "/console/api/signin", map[string]any{"email": ownerEmail, "password": ownerPassword}, nil)
		s.checkAcks(t, log)
	}
	if err := p.stop(); err != nil {
		t.Errorf("the last stop: %v\n%s", err, p.out.String())
	}
	checkDatabase(t, data, log)
	checkNoneRunning(t, data)
	if kills > 2 && log.count("app") == 0 {
		t.Error("no app was ever acknowledged: the load is not what it should be")
	}
	t.Logf("%d kills, %d acknowledged chats, %d acknowledged apps: none lost", kills, log.count("message"), log.count("app"))
}

// kills is how often the tests below kill islet: 2, or what ISLET_CRASH says, which is taken out of the environment because
// islet refuses settings that it does not know.
var kills = sync.OnceValue(func() int {
	n, err := strconv.Atoi(os.Getenv("ISLET_CRASH"))
	_ = os.Unsetenv("ISLET_CRASH")
	if err != nil {
		return 2
	}
	return n
})

// ackLog remembers what the server has acknowledged, on disk before the writer goes on.
type ackLog struct {
	mu   sync.Mutex
	f    *os.File
	acks []ack
}

type ack struct{ Kind, ID, Conversation, Text, User string }

func newAckLog(t *testing.T) *ackLog {
	f, err := os.Create(filepath.Join(t.TempDir(), "acks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return &ackLog{f: f}
}

func (l *ackLog) add(a ack) {
	b, _ := json.Marshal(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.f.Write(append(b, '\n')); err != nil || l.f.Sync() != nil {
		panic("the driver's own log failed")
	}
	l.acks = append(l.acks, a)
}

func (l *ackLog) count(kind string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.acks {
		if a.Kind == kind {
			n++
		}
	}
	return n
}

// writer chats and makes apps until the server dies.
func (s *runningSite) writer(log *ackLog, stop *atomic.Bool, round, w int) {
	user := fmt.Sprintf("writer-%d", w)
	for i := 0; !stop.Load(); i++ {
		if i%4 == 3 {
			r, err := s.owner.try("POST", "/console/api/apps", map[string]any{"mode": "chat", "name": fmt.Sprintf("app %d-%d-%d", round, w, i), "description": "", "icon": "🤖", "icon_color": "#ffffff"})
			if err != nil || r.status != 200 {
				continue
			}
			var a struct{ ID string }
			if json.Unmarshal(r.body, &a) == nil {
				log.add(ack{Kind: "app", ID: a.ID})
			}
			continue
		}
		query := fmt.Sprintf("round %d writer %d question %d", round, w, i)
		answer, conv, _, err := s.chat(user, query, "")
		if err == nil {
			log.add(ack{Kind: "message", Conversation: conv, Text: answer, User: user, ID: query})
		}
	}
}

// reader keeps long answers streaming, so that kills hit runs in the middle.
func (s *runningSite) reader(stop *atomic.Bool, r int) {
	for !stop.Load() {
		_, _, _, _ = s.chat(fmt.Sprintf("reader-%d", r), "a long question with many words so that the echo takes its time and the kill hits it in the middle of its answer", "")
	}
}

// checkAcks asks the restarted server for everything it had acknowledged in the last round.
func (s *runningSite) checkAcks(t *testing.T, log *ackLog) {
	t.Helper()
	acks := log.acks
	if len(acks) > 60 {
		acks = acks[len(acks)-60:] // the rest is checked in the database
	}
	for _, a := range acks {
		if a.Kind == "app" {
			s.owner.must("GET", "/console/api/apps/"+a.ID, nil, nil)
			continue
		}
		var got struct {
			Data []struct{ Query, Answer, Status string }
		}
		s.api.must("GET", "/v1/messages?user="+a.User+"&conversation_id="+a.Conversation, nil, &got)
		if len(got.Data) != 1 || got.Data[0].Answer != a.Text || got.Data[0].Query != a.ID {
			t.Errorf("conversation %s after the restart: %+v, want %q answered with %q", a.Conversation, got.Data, a.ID, a.Text)
		}
	}
}

// checkDatabase looks at the files of a dead server: whole, consistent, and holding every acknowledgement.
func checkDatabase(t *testing.T, data string, log *ackLog) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "islet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity_check: %q, %v", verdict, err)
	}
	if rows, err := db.Query("PRAGMA foreign_key_check"); err != nil || rows.Next() {
		t.Fatalf("foreign_key_check found something (%v)", err)
	} else {
		_ = rows.Close()
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	for _, a := range log.acks {
		var n int
		q, arg := `SELECT count(*) FROM messages WHERE conversation_id = ? AND status = 'succeeded'`, a.Conversation
		if a.Kind == "app" {
			q, arg = `SELECT count(*) FROM apps WHERE id = ?`, a.ID
		}
		if err := db.QueryRow(q, arg).Scan(&n); err != nil || n != 1 {
			t.Errorf("acknowledged %+v: %d rows (%v)", a, n, err)
		}
	}
	// A conversation without its message, or a message without its run, is half a write.
	for _, q := range []string{
		`SELECT count(*) FROM conversations c WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id)`,
		`SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = m.run_id)`,
		`SELECT count(*) FROM messages m JOIN runs r ON r.id = m.run_id WHERE (m.status = 'running') != (r.status = 'running')`,
	} {
		var n int
		if err := db.QueryRow(q).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s = %d (%v)", q, n, err)
		}
	}
}

// checkNoneRunning looks that an ordered stop left no run in the middle.
func checkNoneRunning(t *testing.T, data string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "islet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var runs, messages int
	if err := db.QueryRow(`SELECT (SELECT count(*) FROM runs WHERE status = 'running'), (SELECT count(*) FROM messages WHERE status = 'running')`).Scan(&runs, &messages); err != nil || runs+messages != 0 {
		t.Errorf("%d runs and %d messages are still running after the stop (%v)", runs, messages, err)
	}
}
