package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"islet/app"
	"islet/app/value"
)

// conn is one SQLite connection with the statements it has prepared. One goroutine uses it at a time.
type conn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

// noCancel is the context of every statement: the driver starts a goroutine for a context that can end, and a change that
// has begun is finished anyway.
var noCancel = context.Background()

func openConn(ctx context.Context, pool *sql.DB) (*conn, error) {
	c, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c: c, stmts: map[string]*sql.Stmt{}}, nil
}

// stmt prepares q once per connection. Queries are constants or grow by appended filters, so the map stays small.
func (c *conn) stmt(q string) (*sql.Stmt, error) {
	if s := c.stmts[q]; s != nil {
		return s, nil
	}
	s, err := c.c.PrepareContext(noCancel, q)
	if err == nil {
		c.stmts[q] = s
	}
	return s, err
}

func (c *conn) exec(q string, args ...any) error {
	_, err := c.affected(q, args...)
	return err
}

// affected runs q and returns how many rows it changed.
func (c *conn) affected(q string, args ...any) (int64, error) {
	s, err := c.stmt(q)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(noCancel, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		_ = s.Close() // the connection goes next
	}
	return c.c.Close()
}

// row is what a scan function reads from.
type row interface{ Scan(dest ...any) error }

// one returns the single row of q, or sql.ErrNoRows.
func one[T any](s *Snapshot, scan func(row) (T, error), q string, args ...any) (T, error) {
	var zero T
	st, err := s.q.stmt(q)
	if err != nil {
		return zero, err
	}
	return scan(st.QueryRowContext(noCancel, args...))
}

// many returns all rows of q; an empty result is an empty slice, never nil, so that JSON says [].
func many[T any](s *Snapshot, scan func(row) (T, error), q string, args ...any) ([]T, error) {
	st, err := s.q.stmt(q)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(noCancel, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below has the last word
	out := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// number scans one integer: counts, maxima, existence.
func number(r row) (int64, error) {
	var n sql.NullInt64
	err := r.Scan(&n)
	return n.Int64, err
}

// found turns sql.ErrNoRows into the NotFound error of one kind of thing.
func found(err error, en, zh string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return app.Missing(en, zh)
	}
	return err
}

// changed turns "no row matched" into the NotFound error of one kind of thing.
func changed(n int64, err error, en, zh string) error {
	if err == nil && n == 0 {
		return app.Missing(en, zh)
	}
	return err
}

// ms is a time as its column keeps it.
func ms(t time.Time) int64 { return t.UnixMilli() }

// msp is a time that may be absent.
func msp(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func atp(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	t := at(ms.Int64)
	return &t
}

// text is v as its JSON column keeps it. The types stored are ours and always marshal.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // guard turns it into the transaction's error
	}
	return string(b)
}

// textp is a pointer as its nullable JSON column keeps it.
func textp[T any](v *T) any {
	if v == nil {
		return nil
	}
	return text(v)
}

// parse fills v from a JSON column; an empty column leaves v alone.
func parse(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

// parsep returns what a nullable JSON column holds, nil for NULL.
func parsep[T any](s sql.NullString) (*T, error) {
	if !s.Valid || s.String == "" {
		return nil, nil //nolint:nilnil // absent is a value of this column
	}
	v := new(T)
	return v, json.Unmarshal([]byte(s.String), v)
}

// vars are variables as their JSON column keeps them: files, whole numbers and the order of keys survive. Nil is null.
func vars(m map[string]any) string {
	if m == nil {
		return "null"
	}
	return encode(m)
}

// varsp are variables as their nullable JSON column keeps them.
func varsp(m map[string]any) any {
	if m == nil {
		return nil
	}
	return encode(m)
}

// encode is one value of a variable as its JSON column keeps it.
func encode(v any) string {
	b, err := value.Encode(v)
	if err != nil {
		panic(err) // guard turns it into the transaction's error
	}
	return string(b)
}

// parseVars returns what vars or varsp wrote.
func parseVars(s sql.NullString) (map[string]any, error) {
	if !s.Valid || s.String == "null" {
		return nil, nil //nolint:nilnil // absent is a value of this column
	}
	return value.DecodeMap([]byte(s.String))
}
