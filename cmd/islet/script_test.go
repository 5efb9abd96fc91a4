package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the command-line scripts in testdata/script against the whole program. ADDR is a free address.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ADDR", freeAddr(t))
			e.Setenv("ADDR2", freeAddr(t))
			e.Setenv("LANG", "C")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": scriptReady,
			"newer": scriptNewer,
		},
	})
}

// ready ADDR waits until the islet that listens there can serve.
func scriptReady(ts *testscript.TestScript, _ bool, args []string) {
	for range 500 {
		if r, err := http.Get("http://" + args[0] + "/readyz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("nothing is ready on %s", args[0])
}

// newer DIR makes a data directory look as if a newer islet had written it.
func scriptNewer(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(ts.MkAbs(args[0]), "islet.db"))
	ts.Check(err)
	_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	ts.Check(err)
	ts.Check(db.Close())
}
