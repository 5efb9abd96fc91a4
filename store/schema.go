package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

const mainMigrations = "migration/main"

// NewestSchema is the version of islet.db that this program writes.
func NewestSchema() (int64, error) { return newest(mainMigrations) }

// Schema is what a database file says of its own structure.
type Schema struct {
	Version int64
	Objects []string // type, name and SQL of every table, index, view and trigger of ours, sorted
}

// SchemaOf reads the structure of an islet.db that somebody has opened. It runs nothing that the file defines.
func SchemaOf(ctx context.Context, db *sql.DB) (*Schema, error) {
	v, err := schemaVersion(ctx, db)
	if err != nil {
		return nil, err
	}
	// The migration tool's own table may look different in each of its versions.
	const q = `SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master
		WHERE NOT (type = 'table' AND name = 'goose_db_version') AND NOT (type IN ('table', 'index') AND name LIKE 'sqlite\_%' ESCAPE '\') ORDER BY 1`
	rows, err := db.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	s := &Schema{Version: v}
	for rows.Next() {
		var o string
		if err := rows.Scan(&o); err != nil {
			return nil, err
		}
		s.Objects = append(s.Objects, o)
	}
	return s, rows.Err()
}

// SchemaAt is the structure that the migrations up to a version make.
func SchemaAt(ctx context.Context, version int64) (s *Schema, err error) {
	pool, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1) // each connection would be a database of its own
	defer func() { err = errors.Join(err, pool.Close()) }()
	sub, err := fs.Sub(migrations, mainMigrations)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(database.DialectSQLite3, pool, sub, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return nil, err
	}
	return SchemaOf(ctx, pool)
}
