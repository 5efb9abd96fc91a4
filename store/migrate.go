package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"islet/app"
)

//go:embed migration
var migrations embed.FS

// migrate brings a database to the newest schema. It refuses one that a newer islet has migrated, before any change.
func migrate(ctx context.Context, pool *sql.DB, dir string) error {
	have, err := schemaVersion(ctx, pool)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	want, err := newest(dir)
	if err != nil {
		return err
	}
	switch {
	case have == want:
		return nil
	case have > want:
		return app.Errorf(app.Conflict, "data_too_new",
			"the data directory was written by a newer islet (schema %d, this one knows %d); start that version or a newer one",
			"数据目录由更新版本的 islet 写入（结构版本 %d，本程序只支持到 %d）；请使用该版本或更新版本启动", have, want)
	}
	sub, err := fs.Sub(migrations, dir)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(database.DialectSQLite3, pool, sub, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// settled refuses a database that would have to be migrated: somebody else may be using it.
func settled(ctx context.Context, path, dir string) error {
	pool, err := sql.Open("sqlite", dsn(path, nil, "query_only(ON)"))
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }() // read only
	have, err := schemaVersion(ctx, pool)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	want, err := newest(dir)
	if err == nil && have != want {
		err = app.Errorf(app.Conflict, "data_of_another_version", "the data directory is of another version of islet (schema %d, this one has %d); use that version, or start islet on it once", "数据目录属于其他版本的 islet（结构版本 %d，本程序为 %d）；请使用对应版本，或先用本版本启动一次", have, want)
	}
	return err
}

// schemaVersion is the last migration that ran, 0 for an empty database.
func schemaVersion(ctx context.Context, pool *sql.DB) (int64, error) {
	var n int64
	err := pool.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&n)
	if err != nil || n == 0 {
		return 0, err
	}
	err = pool.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&n)
	return n, err
}

// newest is the number of the last migration below dir.
func newest(dir string) (int64, error) {
	names, err := fs.Glob(migrations, dir+"/*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(err, errors.New("no migrations in "+dir))
	}
	last := names[len(names)-1]
	base := last[strings.LastIndexByte(last, '/')+1:]
	return strconv.ParseInt(base[:strings.IndexByte(base, '_')], 10, 64)
}
