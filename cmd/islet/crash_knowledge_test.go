package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

// crashSections is how many chunks each document of the crash test has.
const crashSections = 40

// TestCrash_noChunkIsLostOrDoubled kills islet while it ingests. Every document that was acknowledged must in the end have each of
// its chunks once, with a vector, and be found.
func TestCrash_noChunkIsLostOrDoubled(t *testing.T) {
	kills := kills()
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	bin := ""
	if kills > 2 {
		bin = "../../islet"
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{}))
	defer model.Close()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 2))
	t.Logf("seed %d, %d kills", seed, kills)
	data := filepath.Join(t.TempDir(), "data")
	log := newAckLog(t)
	p := serve(t, bin, data)
	s := setUp(p, model.URL+"/v1", "test-model")
	key, dataset := s.embeddedDataset()
	for round := range kills {
		var stop atomic.Bool
		var wg sync.WaitGroup
		for w := range 3 {
			wg.Go(func() { ingestUntil(p, key, dataset, log, &stop, round*10+w) })
		}
		time.Sleep(time.Duration(100+rng.IntN(1500)) * time.Millisecond)
		p.kill()
		stop.Store(true)
		wg.Wait()
		p = serve(t, bin, data)
	}
	api := p.client()
	api.key = key
	waitIngested(t, api, dataset)
	docs := checkChunks(t, data, log)
	for i, a := range log.acks {
		if i%7 == 0 {
			checkFound(t, api, dataset, a.Text)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if docs == 0 {
		t.Error("no document was ever acknowledged: the load is not what it should be")
	}
	t.Logf("%d kills, %d acknowledged documents with %d chunks: none lost, none doubled", kills, docs, docs*crashSections)
}

// embeddedDataset makes a dataset whose vectors come from the model server, and a key for it.
func (s *runningSite) embeddedDataset() (key, dataset string) {
	s.t.Helper()
	s.owner.must("POST", "/console/api/models", map[string]any{"endpoint_id": s.endpoint, "name": "embed", "kind": "embedding"}, nil)
	var d struct{ ID string }
	s.owner.must("POST", "/console/api/datasets", map[string]any{"name": "crash", "permission": "all_team_members",
		"embedding": map[string]any{"endpoint_id": s.endpoint, "name": "embed"}}, &d)
	var k struct{ Token string }
	s.owner.must("POST", "/console/api/dataset-keys", nil, &k)
	return k.Token, d.ID
}

// ingestUntil adds documents until the server dies. Each has crashSections parts and a code that is nowhere else.
func ingestUntil(p *process, key, dataset string, log *ackLog, stop *atomic.Bool, worker int) {
	api := p.client()
	api.key = key
	for i := 0; !stop.Load(); i++ {
		code := fmt.Sprintf("QX-%04d-%04d", worker, i)
		var b strings.Builder
		for n := range crashSections {
			fmt.Fprintf(&b, "Part %d of %s says that pump %d is oiled on day %d of the month.###", n, code, n*7, n%28)
		}
		r, err := api.try("POST", "/v1/datasets/"+dataset+"/document/create-by-text", map[string]any{"name": code, "text": b.String(), "doc_form": "text_model",
			"process_rule": map[string]any{"mode": "custom", "rules": map[string]any{"segmentation": map[string]any{"separator": "###", "max_tokens": 200}}}})
		if err != nil || r.status != 200 {
			continue
		}
		var got struct{ Document struct{ ID string } }
		if json.Unmarshal(r.body, &got) == nil {
			log.add(ack{Kind: "document", ID: got.Document.ID, Text: code})
		}
	}
}

// waitIngested waits until no document is unfinished; one that failed fails the test.
func waitIngested(t *testing.T, api *client, dataset string) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		left := 0
		for _, status := range []string{"queuing", "indexing", "error"} {
			var got struct{ Total int }
			api.must("GET", "/v1/datasets/"+dataset+"/documents?limit=1&status="+status, nil, &got)
			if status == "error" && got.Total > 0 {
				t.Fatalf("%d documents failed", got.Total)
			}
			left += got.Total
		}
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d documents are still not finished", left)
		}
	}
}

// checkChunks counts in the database what each acknowledged document has.
func checkChunks(t *testing.T, data string, log *ackLog) (docs int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "islet.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const q = `SELECT COUNT(*), COUNT(DISTINCT c.position), COUNT(DISTINCT c.content), COUNT(u.ord), COUNT(v.ord), MIN(d.revision = c.revision)
		FROM chunks c JOIN documents d ON d.id = c.document_id JOIN datasets s ON s.id = d.dataset_id LEFT JOIN units u ON u.chunk_id = c.id
		LEFT JOIN vectors v ON v.number = u.number AND v.ord = u.ord AND v.space = s.space WHERE c.document_id = ?`
	for _, a := range log.acks {
		docs++
		var n, positions, texts, units, vectors int
		var current sql.NullInt64
		if err := db.QueryRow(q, a.ID).Scan(&n, &positions, &texts, &units, &vectors, &current); err != nil {
			t.Fatal(err)
		}
		if n != crashSections || positions != n || texts != n || units != n || vectors != n || current.Int64 != 1 {
			t.Errorf("document %s: %d chunks at %d positions with %d texts, %d units, %d vectors, want %d of each", a.Text, n, positions, texts, units, vectors, crashSections)
		}
	}
	return docs
}

// checkFound searches a document's code by words.
func checkFound(t *testing.T, api *client, dataset, code string) {
	t.Helper()
	var got struct {
		Records []struct{ Segment struct{ Content string } }
	}
	api.must("POST", "/v1/datasets/"+dataset+"/retrieve", map[string]any{"query": code, "retrieval_model": map[string]any{
		"search_method": "full_text_search", "reranking_enable": false, "top_k": 50, "score_threshold_enabled": false}}, &got)
	n := 0
	for _, r := range got.Records {
		if strings.Contains(r.Segment.Content, code) {
			n++
		}
	}
	if n != crashSections {
		t.Errorf("searching %s finds %d of its %d chunks", code, n, crashSections)
	}
}
