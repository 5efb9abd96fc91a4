package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

const (
	benchDocuments = 100
	benchChunks    = 100 // of each document
)

// TestBench_ingest prints how fast 10,000 chunks become findable: by words only, with vectors of a model server that answers at
// once, and with those of the built-in model; and the most memory that the server took.
func TestBench_ingest(t *testing.T) {
	if os.Getenv("ISLET_BENCH_INGEST") == "" {
		t.Skip("run it with make bench")
	}
	_ = os.Unsetenv("ISLET_BENCH_INGEST") // islet refuses settings that it does not know
	_ = os.Unsetenv("ISLET_BENCH")
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{}))
	defer model.Close()
	fmt.Printf("ingest of %d chunks (%d documents), one fresh server each\n", benchDocuments*benchChunks, benchDocuments)
	fmt.Printf("%-34s %10s %10s %12s\n", "", "seconds", "chunks/s", "peak memory")
	for _, c := range []struct {
		name string
		ref  func(s *runningSite) map[string]any
	}{
		{"words only", func(*runningSite) map[string]any { return map[string]any{"endpoint_id": "", "name": ""} }},
		{"with a model server", func(s *runningSite) map[string]any {
			s.owner.must("POST", "/console/api/models", map[string]any{"endpoint_id": s.endpoint, "name": "embed", "kind": "embedding"}, nil)
			return map[string]any{"endpoint_id": s.endpoint, "name": "embed"}
		}},
		{"with the built-in model", builtInEmbedding},
	} {
		p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
		s := setUp(p, model.URL+"/v1", "test-model")
		seconds := benchIngest(t, s, c.ref(s))
		fmt.Printf("%-34s %10.1f %10.0f %9.0f MB\n", c.name, seconds, float64(benchDocuments*benchChunks)/seconds, mb(peak(t, p.cmd.Process.Pid)))
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	}
}

// builtInEmbedding is the model that is in the binary.
func builtInEmbedding(s *runningSite) map[string]any {
	var list struct {
		Data []struct {
			Model struct {
				Name     string
				Endpoint string `json:"endpoint_id"`
			}
			EndpointName string `json:"endpoint_name"`
		}
	}
	s.owner.must("GET", "/console/api/models?kind=embedding", nil, &list)
	for _, m := range list.Data {
		if strings.Contains(m.Model.Name, "use-lite") {
			return map[string]any{"endpoint_id": m.Model.Endpoint, "name": m.Model.Name}
		}
	}
	s.t.Fatalf("the built-in embedding model is not listed: %+v", list)
	return nil
}

func benchIngest(t *testing.T, s *runningSite, ref map[string]any) float64 {
	t.Helper()
	var d struct{ ID string }
	s.owner.must("POST", "/console/api/datasets", map[string]any{"name": "bench", "permission": "all_team_members", "embedding": ref}, &d)
	var k struct{ Token string }
	s.owner.must("POST", "/console/api/dataset-keys", nil, &k)
	api := s.client()
	api.key = k.Token
	begin := time.Now()
	for i := range benchDocuments {
		var b strings.Builder
		for n := range benchChunks {
			fmt.Fprintf(&b, "Step %d of procedure %d: the operator checks pump %d, notes a pressure of %d bar, cleans filter %d and signs the sheet of the day before the shift ends.###", n, i, n*i, n%9, n*7)
		}
		api.must("POST", "/v1/datasets/"+d.ID+"/document/create-by-text", map[string]any{"name": fmt.Sprintf("procedure %d", i), "text": b.String(),
			"process_rule": map[string]any{"mode": "custom", "rules": map[string]any{"segmentation": map[string]any{"separator": "###", "max_tokens": 200}}}}, nil)
	}
	for {
		var got struct{ Total int }
		api.must("GET", "/v1/datasets/"+d.ID+"/documents?limit=1&status=available", nil, &got)
		if got.Total == benchDocuments {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	var found struct{ Records []any }
	api.must("POST", "/v1/datasets/"+d.ID+"/retrieve", map[string]any{"query": "procedure 99 pump pressure"}, &found) // waits for the index
	if len(found.Records) == 0 {
		t.Error("nothing is found after the ingest")
	}
	return time.Since(begin).Seconds()
}

// peak is the most memory that a process had, in bytes.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
