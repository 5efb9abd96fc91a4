package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"islet/app"
	"islet/store"
)

// asOf makes a database as an older islet left it: the migrations up to a version, then rows.
func asOf(t *testing.T, path, dir string, version int64, rows ...string) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	p, err := goose.NewProvider(database.DialectSQLite3, pool, os.DirFS(dir), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	for _, q := range rows {
		if _, err := pool.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestMigrate_aChatOfTheFirstVersionIsReadAsItWas(t *testing.T) {
	dir := t.TempDir()
	asOf(t, filepath.Join(dir, store.MainFile), "migration/main", 1,
		`INSERT INTO workspaces VALUES ('w', 'site', 1)`,
		`INSERT INTO apps VALUES ('a', 'w', 'chat', 'app', '', '', '', '[]', '{}', 1, '', 'code', 1, '{}', 1, '', 1, 1)`,
		`INSERT INTO end_users VALUES ('u', 'w', 'a', 'api', 'somebody', 1)`,
		`INSERT INTO conversations VALUES ('c', 'w', 'a', 'u', 'api', 'talk', '{}', '', 0, 1, 2)`,
		`INSERT INTO messages (id, workspace_id, app_id, conversation_id, parent_id, run_id, end_user_id, source, inputs, query, answer, reasoning, status, files, usage, created_at, updated_at)
			VALUES ('m', 'w', 'a', 'c', '', 'r', 'u', 'api', '{}', 'q', 'answer', '', 'succeeded', '[]', '{}', 1, 2)`,
		`INSERT INTO runs VALUES ('r', 'w', 'a', 'v', 'm', 'u', 'api', 'failed', '{"code":"x"}', '{"total_tokens":5}', 3, 1000, 2000)`,
		`INSERT INTO runs VALUES ('left', 'w', 'a', 'v', '', 'u', 'api', 'running', NULL, '{}', 0, 3000, NULL)`)
	asOf(t, filepath.Join(dir, store.TraceFile), "migration/trace", 1,
		`INSERT INTO node_runs VALUES ('n', 'w', 'r', 'a', 'ask', 'llm', 'LLM', 1, 'succeeded', NULL, 'null', '{"prompts":[{"text":"p"}]}', '{"text":"answer"}', '{"total_tokens":5}', 0.5, 1000)`)
	db, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: "w", App: "a"})
	look(ctx, t, db, func(s *store.Snapshot) error {
		c, err1 := s.Conversation("c")
		m, err2 := s.Message("m")
		r, err3 := s.Run("r")
		for _, err := range []error{err1, err2, err3} {
			if err != nil {
				return err
			}
		}
		if c.Name != "talk" || m.Answer != "answer" || r.Status != app.Failed || r.Error.Code != "x" || r.Usage.TotalTokens != 5 || r.Steps != 3 ||
			r.Exceptions != 0 || r.Inputs != nil || r.Outputs != nil || r.StartedAt.UnixMilli() != 1000 || r.FinishedAt.UnixMilli() != 2000 {
			t.Errorf("read %+v, %+v, %+v", c, m, r)
		}
		left, err := s.RunsLeft()
		if err != nil || len(left) != 1 || left[0].Run.ID != "left" {
			t.Errorf("RunsLeft = %v, %v", left, err)
		}
		list, total, err := s.Runs(store.RunFilter{})
		if len(list) != 2 || total != 2 || list[1].Run.ID != "r" || list[1].EndUser != "somebody" {
			t.Errorf("Runs = %+v of %d", list, total)
		}
		return err
	})
	nodes, err := db.NodeRuns(ctx, "r")
	if err != nil || len(nodes) != 1 || nodes[0].Inputs != nil || nodes[0].Process["prompts"] == nil || nodes[0].Outputs["text"] != "answer" || nodes[0].Usage.TotalTokens != 5 ||
		nodes[0].Meta != nil || nodes[0].Within != nil || nodes[0].Retry != 0 {
		t.Errorf("NodeRuns = %+v, %v", nodes, err)
	}
}
