package store_test

import (
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"islet/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSchema_goldenIsWhatTheMigrationsAddUpTo keeps store/schema.sql, the page to read, equal to the migrations.
func TestSchema_goldenIsWhatTheMigrationsAddUpTo(t *testing.T) {
	c, err := store.Take(filepath.Join(t.TempDir(), "data"), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), c.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	got := "-- What the migrations add up to. Written by `go test ./store -update`; read it, do not run it.\n\n-- islet.db\n\n" +
		schema(t, filepath.Join(c.Dir, store.MainFile)) + "\n-- trace.db\n\n" + schema(t, filepath.Join(c.Dir, store.TraceFile))
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil || string(want) != got {
		t.Errorf("schema.sql is stale (%v); run go test ./store -update and read the difference", err)
	}
}

func schema(t *testing.T, path string) string {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY tbl_name, type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var b strings.Builder
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		b.WriteString(s + ";\n")
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return b.String()
}

// age makes a database look as if a newer islet had migrated it.
func age(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
}
