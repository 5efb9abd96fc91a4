package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"islet/app"
)

// groupMax bounds how many queued changes share one commit, so that the first of them does not wait for an endless queue.
const groupMax = 50

// queueMax bounds the changes that wait for the writer; beyond it a caller is told to come back (503).
const queueMax = 4096

// idleCheckpoint is the quiet time after which the write-ahead log is moved into the database and cut to nothing.
const idleCheckpoint = 30 * time.Second

// mainPragmas and tracePragmas are what the two databases differ in. FULL, because NORMAL loses acknowledged commits at power
// loss; but nobody is told that a trace is stored, and NORMAL makes a busy site 10-20 % faster. Traces come and go, so
// their file gives space back.
var (
	mainPragmas  = []string{"synchronous(FULL)"}
	tracePragmas = []string{"synchronous(NORMAL)", "auto_vacuum(INCREMENTAL)"}
)

// pragmas of every connection; the reasons are in the failure table of the design: no mmap (a fault on a mapped page kills
// the process), a bound on the log that checkpoints leave behind.
var pragmas = []string{
	"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(ON)", "journal_size_limit(67108864)",
	"mmap_size(0)", "trusted_schema(OFF)", "cell_size_check(ON)", "temp_store(MEMORY)",
}

// sqlFile is one SQLite database with its writer and readers.
type sqlFile struct {
	path   string
	pool   *sql.DB       // readers
	wpool  *sql.DB       // the one writing connection
	slots  chan struct{} // one a reader that may work now
	idle   readerStack
	writer *conn
	queue  chan change
	done   chan struct{} // closed when the writer has ended

	mu     sync.RWMutex // guards closed, and that nothing is sent on queue after it is closed
	closed bool
	ended  chan struct{} // closed with closed
}

// change is one closure that waits for the writer.
type change struct {
	fn  func(*conn) error
	ack chan error
}

func dsn(path string, own []string, extra ...string) string {
	q := url.Values{"_defensive": {"1"}}
	for _, p := range slices.Concat(own, pragmas, extra) { // its own first: auto_vacuum counts before the file has pages
		q.Add("_pragma", p)
	}
	return "file:" + filepath.ToSlash(path) + "?" + q.Encode()
}

func openSQL(ctx context.Context, path, migrations string, own []string, readers int) (*sqlFile, error) {
	wpool, err := sql.Open("sqlite", dsn(path, own, "cache_size(-16000)"))
	if err != nil {
		return nil, err
	}
	wpool.SetMaxOpenConns(1)
	if err := migrate(ctx, wpool, migrations); err != nil {
		return nil, errors.Join(err, wpool.Close())
	}
	f := &sqlFile{path: path, wpool: wpool, slots: make(chan struct{}, readers), queue: make(chan change, queueMax),
		done: make(chan struct{}), ended: make(chan struct{})}
	if f.writer, err = openConn(ctx, wpool); err != nil {
		return nil, errors.Join(err, wpool.Close())
	}
	f.pool, err = sql.Open("sqlite", dsn(path, own, "query_only(ON)", "cache_size(-4000)"))
	if err != nil {
		return nil, errors.Join(err, wpool.Close())
	}
	f.pool.SetMaxOpenConns(readers)
	f.pool.SetMaxIdleConns(readers)
	go f.write()
	return f, nil
}

// readerStack keeps the readers that nobody uses. The one used last is on top: its pages and statements are warm, and a quiet
// site opens no more connections than it needs.
type readerStack struct {
	mu  sync.Mutex // guards all
	all []*conn
}

// pop returns the warmest reader, nil if there is none.
func (r *readerStack) pop() *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return nil
	}
	c := r.all[len(r.all)-1]
	r.all = r.all[:len(r.all)-1]
	return c
}

func (r *readerStack) push(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, c)
}

// view runs fn on a reader inside one deferred transaction, so that all of fn sees the same state.
func (f *sqlFile) view(ctx context.Context, fn func(*conn) error) (err error) {
	select {
	case <-f.ended:
		return errClosed
	default:
	}
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-f.ended:
		return errClosed
	}
	defer func() { <-f.slots }()
	c := f.idle.pop()
	if c == nil {
		if c, err = openConn(context.Background(), f.pool); err != nil {
			return err
		}
	}
	defer f.idle.push(c)
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.exec("ROLLBACK")) }()
	return guard(c, fn)
}

// update hands fn to the writer and waits for its commit.
func (f *sqlFile) update(ctx context.Context, fn func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	ch := change{fn: fn, ack: make(chan error, 1)}
	if err := f.send(ch); err != nil {
		return err
	}
	return <-ch.ack
}

// send queues a change without waiting.
func (f *sqlFile) send(ch change) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.closed {
		return errClosed
	}
	select {
	case f.queue <- ch:
		return nil
	default:
		return app.Errorf(app.Unavailable, "busy", "too many changes are waiting; try again in a moment", "等待写入的请求过多，请稍后再试").After(1)
	}
}

var errClosed = app.Errorf(app.Unavailable, "shutting_down", "islet is shutting down", "islet 正在关闭")

// write is the writer goroutine: it takes what has queued up, runs it in one transaction, commits, and answers everyone.
func (f *sqlFile) write() {
	defer close(f.done)
	idle := time.NewTimer(idleCheckpoint)
	dirty := false
	for {
		select {
		case first, open := <-f.queue:
			if !open {
				return
			}
			f.commit(first)
			dirty = true
			idle.Reset(idleCheckpoint)
		case <-idle.C:
			if dirty {
				_ = f.writer.exec("PRAGMA wal_checkpoint(TRUNCATE)") // best effort: readers may hold it back; the next quiet time comes
				dirty = false
			}
			idle.Reset(idleCheckpoint)
		}
	}
}

// commit runs first and whatever else has queued up by then. A change that fails is undone alone; if the commit itself
// fails, every change of the group failed.
func (f *sqlFile) commit(first change) {
	w := f.writer
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		first.ack <- explain(err)
		return
	}
	passed := make([]chan error, 0, 8)
	for n, ch := 1, first; ; n++ {
		if err := f.try(ch, len(passed) == 0); err != nil {
			ch.ack <- explain(err)
		} else {
			passed = append(passed, ch.ack)
		}
		if n == groupMax {
			break
		}
		var more bool
		select {
		case ch, more = <-f.queue:
		default:
		}
		if !more {
			break
		}
	}
	err := w.exec("COMMIT")
	if err != nil {
		err = errors.Join(explain(err), w.exec("ROLLBACK"))
	}
	for _, ack := range passed {
		ack <- err
	}
}

// try runs one change so that its failure leaves the changes before it alone. The first of a group needs no savepoint:
// if it fails, the whole transaction, so far empty, starts again.
func (f *sqlFile) try(ch change, alone bool) error {
	if alone {
		err := guard(f.writer, ch.fn)
		if err != nil {
			return errors.Join(err, f.writer.exec("ROLLBACK"), f.writer.exec("BEGIN IMMEDIATE"))
		}
		return nil
	}
	if err := f.writer.exec("SAVEPOINT one"); err != nil {
		return err
	}
	if err := guard(f.writer, ch.fn); err != nil {
		return errors.Join(err, f.writer.exec("ROLLBACK TO one"), f.writer.exec("RELEASE one"))
	}
	return f.writer.exec("RELEASE one")
}

// guard turns a panic of fn into an error: a defect in one change must not end the writer.
func guard(c *conn, fn func(*conn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: panic in a transaction: %v", p)
		}
	}()
	return fn(c)
}

// explain gives the failures of the medium a sentence that says what to do.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return app.Errorf(app.Unavailable, "disk_full", "the disk is full; free some space and try again, nothing was lost", "磁盘已满；请腾出空间后重试，已有数据没有丢失").Because(err)
	case sqlite3.SQLITE_READONLY:
		return app.Errorf(app.Unavailable, "read_only", "the data directory cannot be written; check the mount and its rights", "数据目录不可写；请检查挂载方式与权限").Because(err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT:
		return app.Errorf(app.Unavailable, "disk_error", "the disk reported an error; check it, and restore the last verified backup if the error stays", "磁盘报告错误；请检查磁盘，若错误持续请恢复最近一次已验证的备份").Because(err)
	}
	return err
}

// close commits what has queued up and closes all connections; the last one moves the log into the database.
func (f *sqlFile) close() error {
	f.mu.Lock()
	f.closed = true
	close(f.queue)
	close(f.ended)
	f.mu.Unlock()
	<-f.done
	var errs []error
	for range cap(f.slots) {
		f.slots <- struct{}{} // waits for the readers at work; none follows
	}
	for c := f.idle.pop(); c != nil; c = f.idle.pop() {
		errs = append(errs, c.close())
	}
	errs = append(errs, f.pool.Close())
	_ = f.writer.exec("PRAGMA wal_checkpoint(TRUNCATE)") // best effort: closing the last connection does it too
	return errors.Join(append(errs, f.writer.close(), f.wpool.Close())...)
}

// isUnique tells whether err is a broken UNIQUE or PRIMARY KEY rule.
func isUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) ||
		err != nil && strings.Contains(err.Error(), "UNIQUE constraint")
}
