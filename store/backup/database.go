package backup

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver; package store configures the live one

	"islet/store"
)

// openFile opens a SQLite file to be read. A live database is opened as SQLite wants it among several processes; a still one,
// which may be hostile, immutable, so that nothing beside it is read or made.
func openFile(path string, live bool) (*sql.DB, error) {
	q := url.Values{"_defensive": {"1"}, "mode": {"rw"}}
	pragmas := []string{"busy_timeout(10000)", "trusted_schema(OFF)", "cell_size_check(ON)", "mmap_size(0)"}
	if !live {
		q.Set("mode", "ro")
		q.Set("immutable", "1")
		pragmas = append(pragmas, "query_only(ON)")
	}
	q["_pragma"] = pragmas
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+q.Encode())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// copyDatabase writes one read snapshot of a live database into a new file.
func copyDatabase(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil {
		return err // opening would say less
	}
	db, err := openFile(from, true)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return errors.Join(err, db.Close())
}

// copied is an opened copy of islet.db whose schema was found to be ours.
type copied struct {
	db     *sql.DB
	schema int64
}

// openCopy opens a still database and checks that it is a whole islet.db: structure first, then that its schema is exactly the
// one that the migrations make, so that no trigger, view or expression of a stranger ever runs.
func openCopy(ctx context.Context, path string) (*copied, error) {
	db, err := openFile(path, false)
	if err != nil {
		return nil, err
	}
	c := &copied{db: db}
	if err := c.inspect(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}

func (c *copied) inspect(ctx context.Context) error {
	if err := c.pragmaSaysOK(ctx, "quick_check"); err != nil {
		return err
	}
	have, err := store.SchemaOf(ctx, c.db)
	if err != nil {
		return err
	}
	if have.Version < 1 {
		return errors.New("it holds no tables of islet")
	}
	want, err := store.SchemaAt(ctx, have.Version)
	if err != nil {
		return err
	}
	if !slices.Equal(have.Objects, want.Objects) {
		return fmt.Errorf("its schema is not the one of version %d", have.Version)
	}
	c.schema = have.Version
	return nil
}

// verify runs the long checks.
func (c *copied) verify(ctx context.Context) error {
	if err := c.pragmaSaysOK(ctx, "integrity_check"); err != nil {
		return err
	}
	rows, err := c.db.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	if rows.Next() {
		return errors.New("foreign_key_check: a row refers to one that is not there")
	}
	return rows.Err()
}

func (c *copied) pragmaSaysOK(ctx context.Context, pragma string) error {
	var said string
	if err := c.db.QueryRowContext(ctx, `PRAGMA `+pragma).Scan(&said); err != nil {
		return fmt.Errorf("%s: %w", pragma, err)
	}
	if said != "ok" {
		return fmt.Errorf("%s: %s", pragma, said)
	}
	return nil
}

func (c *copied) close() error { return c.db.Close() }

// about fills the manifest with what the database knows of itself.
func (c *copied) about(ctx context.Context, m *Manifest) (err error) {
	m.Schema = c.schema
	err = c.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'installation'`).Scan(&m.Installation)
	if err != nil {
		return fmt.Errorf("read the installation: %w", err)
	}
	err = c.db.QueryRowContext(ctx, `SELECT name FROM workspaces ORDER BY created_at LIMIT 1`).Scan(&m.Workspace)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	m.Tables, err = c.tables(ctx)
	return err
}

// hashes are the uploaded files that the rows name.
func (c *copied) hashes(ctx context.Context) ([]string, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT DISTINCT hash FROM files ORDER BY hash`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	var all []string
	for rows.Next() {
		var h string
		if err := rows.Scan(&h); err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, rows.Err()
}

// tables sums every table.
func (c *copied) tables(ctx context.Context) ([]Table, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var all []Table
	for _, n := range names {
		t, err := c.table(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", n, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// table sums one table: its rows in the order of their key, each value with its type. The name comes from a schema that was
// found to be ours, and a name cannot be a parameter.
func (c *copied) table(ctx context.Context, name string) (Table, error) {
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	order, err := c.order(ctx, quoted)
	if err != nil {
		return Table{}, err
	}
	rows, err := c.db.QueryContext(ctx, `SELECT * FROM `+quoted+` ORDER BY `+order)
	if err != nil {
		return Table{}, err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	cols, err := rows.Columns()
	if err != nil {
		return Table{}, err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, cols)
	vals, dest := make([]any, len(cols)), make([]any, len(cols))
	for i := range vals {
		dest[i] = &vals[i]
	}
	t := Table{Name: name}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return Table{}, err
		}
		sumRow(sum, vals)
		t.Rows++
	}
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return t, rows.Err()
}

// sumRow writes a row so that no two different rows look the same.
func sumRow(sum hash.Hash, vals []any) {
	for _, v := range vals {
		switch v := v.(type) {
		case []byte:
			fmt.Fprintf(sum, "blob %d ", len(v))
			sum.Write(v)
		case string:
			fmt.Fprintf(sum, "text %d %s", len(v), v)
		default: // nil, int64, float64, bool, time.Time
			fmt.Fprintf(sum, "%T %v", v, v)
		}
		sum.Write([]byte{'\n'})
	}
}

// order names the columns of a table's primary key, or all of them where it has none.
func (c *copied) order(ctx context.Context, quoted string) (string, error) {
	rows, err := c.db.QueryContext(ctx, `PRAGMA table_info(`+quoted+`)`)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	var all []string
	key := map[int]string{}
	for rows.Next() {
		var id, pk int
		var name, typ string
		var notNull int
		var def sql.NullString
		if err := rows.Scan(&id, &name, &typ, &notNull, &def, &pk); err != nil {
			return "", err
		}
		name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		all = append(all, name)
		if pk > 0 {
			key[pk] = name
		}
	}
	if len(key) > 0 {
		all = all[:0]
		for i := 1; i <= len(key); i++ {
			all = append(all, key[i])
		}
	}
	return strings.Join(all, ", "), rows.Err()
}
