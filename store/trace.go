package store

import (
	"context"
	"database/sql"
	"time"

	"islet/app"
)

// RecordNodeRuns queues the traces of nodes for trace.db and returns at once. They are read by NodeRuns as soon as this
// has returned, and are on disk a little later. When too many wait it drops them and says busy: traces are not the truth.
// The values must not change afterwards.
func (db *DB) RecordNodeRuns(workspace app.ID, nodes []app.NodeRun) error {
	return db.trace.send(change{ack: make(chan error, 1), fn: func(q *conn) error {
		const insert = `INSERT INTO node_runs (id, workspace_id, run_id, app_id, node_id, type, title, idx, status, error, inputs, process, outputs, usage,
			meta, within, retry, elapsed, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
		for i := range nodes {
			n := &nodes[i]
			err := q.exec(insert, n.ID, workspace, n.Run, n.App, n.Node, n.Type, n.Title, n.Index, n.Status, textp(n.Error), vars(n.Inputs),
				vars(n.Process), vars(n.Outputs), textp(n.Usage), varsp(n.Meta), textp(n.Within), n.Retry, n.Elapsed, ms(n.StartedAt))
			if err != nil {
				return err
			}
		}
		return nil
	}})
}

// NodeRuns are the traces of a run's nodes in the order they finished, with all that RecordNodeRuns was given before. None
// is an empty list: old traces are pruned.
func (db *DB) NodeRuns(ctx context.Context, run app.ID) ([]app.NodeRun, error) {
	s := &Snapshot{scope: app.ScopeOf(ctx)}
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	if err := db.trace.update(ctx, func(*conn) error { return nil }); err != nil { // what was queued before is committed now
		return nil, err
	}
	var nodes []app.NodeRun
	err = db.trace.view(ctx, func(q *conn) (err error) {
		s.q = q
		const list = `SELECT id, run_id, app_id, node_id, type, title, idx, status, error, inputs, process, outputs, usage, meta, within, retry,
			elapsed, started_at FROM node_runs WHERE workspace_id = ? AND run_id = ? AND (? = '' OR app_id = ?) ORDER BY idx`
		nodes, err = many(s, scanNodeRun, list, ws, run, s.scope.App, s.scope.App)
		return err
	})
	return nodes, err
}

func scanNodeRun(r row) (n app.NodeRun, err error) {
	var inputs, process, outputs, failure, usage, meta, within sql.NullString
	var started int64
	err = r.Scan(&n.ID, &n.Run, &n.App, &n.Node, &n.Type, &n.Title, &n.Index, &n.Status, &failure, &inputs, &process, &outputs, &usage,
		&meta, &within, &n.Retry, &n.Elapsed, &started)
	if err != nil {
		return n, err
	}
	n.StartedAt = at(started)
	if n.Error, err = parsep[app.Failure](failure); err != nil {
		return n, err
	}
	if n.Usage, err = parsep[app.Usage](usage); err != nil {
		return n, err
	}
	if n.Within, err = parsep[app.Within](within); err != nil {
		return n, err
	}
	for _, f := range []struct {
		raw sql.NullString
		to  *map[string]any
	}{{inputs, &n.Inputs}, {process, &n.Process}, {outputs, &n.Outputs}, {meta, &n.Meta}} {
		if *f.to, err = parseVars(f.raw); err != nil {
			return n, err
		}
	}
	return n, nil
}

// pruneStep is how many traces one change deletes, so that writers do not wait long behind it.
const pruneStep = 1000

// PruneTraces deletes the traces of nodes that started before a time, and the oldest ones as long as all take more than
// size bytes. It returns how many it deleted. The freed space goes back to the disk.
func (db *DB) PruneTraces(ctx context.Context, before time.Time, size int64) (int64, error) {
	limit := ms(before)
	var total int64
	for ctx.Err() == nil {
		var n int64
		err := db.trace.update(ctx, func(q *conn) error {
			used, err := usedBytes(q)
			if err != nil {
				return err
			}
			if used > size {
				n, err = pruneOldest(q, used, size)
				return err
			}
			const old = `DELETE FROM node_runs WHERE id IN (SELECT id FROM node_runs WHERE started_at < ? ORDER BY started_at LIMIT ?)`
			n, err = q.affected(old, limit, pruneStep)
			return err
		})
		total += n
		if err != nil {
			return total, err
		}
		if n == 0 {
			return total, db.shrinkTraces(ctx)
		}
	}
	return total, context.Cause(ctx)
}

// shrinkTraces gives the free pages back to the disk.
func (db *DB) shrinkTraces(ctx context.Context) error {
	return db.trace.update(ctx, func(q *conn) error { return q.exec("PRAGMA incremental_vacuum") })
}

// ForgetRuns deletes the traces of runs whose conversation was deleted, with the prompts that they hold.
func (db *DB) ForgetRuns(ctx context.Context, runs []app.ID) error {
	const q = `DELETE FROM node_runs WHERE run_id = ?`
	return db.trace.update(ctx, func(c *conn) error {
		for _, id := range runs {
			if err := c.exec(q, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// pruneOldest deletes about as many of the oldest traces as bring used bytes down to size, pruneStep at most.
func pruneOldest(q *conn, used, size int64) (int64, error) {
	all, err := one(&Snapshot{q: q}, number, `SELECT COUNT(*) FROM node_runs`)
	if err != nil {
		return 0, err
	}
	share := float64(used-size) / float64(used)
	const oldest = `DELETE FROM node_runs WHERE id IN (SELECT id FROM node_runs ORDER BY started_at LIMIT ?)`
	return q.affected(oldest, min(int64(share*float64(all))+1, pruneStep))
}

// usedBytes is the size of a database without its free pages.
func usedBytes(q *conn) (int64, error) {
	s := &Snapshot{q: q}
	var n [3]int64
	for i, pragma := range []string{"PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size"} {
		var err error
		if n[i], err = one(s, number, pragma); err != nil {
			return 0, err
		}
	}
	return (n[0] - n[1]) * n[2], nil
}
