package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"islet/app"
	"islet/app/knowledge"
	"islet/app/knowledge/extract"
	"islet/store"
)

// ingestCmd is `islet ingest DIR --dataset NAME`: every readable file of a folder becomes a document. While islet serves, its
// server does the work; otherwise this process does.
type ingestCmd struct {
	dataFlags
	logFlags
	Path    string `arg:"" help:"a folder, with all folders in it, or one file" type:"path"`
	Dataset string `required:"" help:"name of the dataset; made if there is none" placeholder:"NAME"`
	NoWait  bool   `help:"return when the documents are in the queue of a running server"`
}

// Run adds the files and waits until all are finished, with a progress line.
func (c *ingestCmd) Run(ctx context.Context, e *env) error {
	files, skipped, err := readableFiles(c.Path)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return app.Errorf(app.Invalid, "nothing_to_read", "there is no file in %[1]s that can be read (%[2]d of other kinds)", "%[1]s 中没有可读取的文件（其他类型的文件 %[2]d 个）", c.Path, skipped)
	}
	if err := mustHoldData(c.Data); err != nil {
		return err
	}
	w, err := c.open(ctx, e)
	if err != nil {
		return err
	}
	defer w.close()
	if skipped > 0 {
		e.say(app.Textf("%d files of other kinds were left out", "已跳过 %d 个其他类型的文件", skipped))
	}
	batch, dataset, err := w.add(e, files, c.Dataset)
	if err != nil || batch == "" {
		return err
	}
	if c.NoWait && !w.working {
		e.say(app.Textf("%d documents are in the queue of the running server", "%d 个文档已加入正在运行的服务器的队列", len(files)))
		return nil
	}
	return w.wait(e, dataset, batch)
}

// readableFiles are the files below a path that a parser knows, in the order of their names, and how many others there are.
func readableFiles(root string) (files []string, skipped int, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && path != root, strings.HasPrefix(d.Name(), "~$"): // hidden, or Office's lock file
			if d.IsDir() {
				return fs.SkipDir
			}
			skipped++
		case !d.Type().IsRegular():
		case extract.Supported(d.Name(), ""):
			files = append(files, path)
		default:
			skipped++
		}
		return nil
	})
	if err != nil {
		return nil, 0, app.Errorf(app.Invalid, "folder_unreadable", "cannot read %[1]s: %[2]v", "无法读取 %[1]s：%[2]v", root, plainCause(err)).Because(err)
	}
	return files, skipped, nil
}

// ingestion is a site that documents are added to: this process's own, or beside a server that is using it.
type ingestion struct {
	ctx     context.Context
	k       *knowledge.Knowledge
	db      *store.DB
	working bool // this process does the work
	close   func()
}

// open takes the data directory, or works beside the server that has it.
func (c *ingestCmd) open(ctx context.Context, e *env) (*ingestion, error) {
	w := &ingestion{}
	claim, err := store.Take(c.Data, version)
	switch {
	case err == nil:
		p, err := buildIn(context.WithoutCancel(ctx), claim, c.logger(e.Err), &world{headless: true, keeps: true})
		if err != nil {
			return nil, errors.Join(err, claim.Release())
		}
		p.knowledge.Start()
		w.k, w.db, w.working = p.knowledge, p.db, true
		w.close = func() { _ = errors.Join(p.close(ctx), claim.Release()) } // what is not on disk comes back from the queue
	case app.KindOf(err) == app.Conflict:
		db, err := store.Open(ctx, c.Data, store.Options{Beside: true})
		if err != nil {
			return nil, err
		}
		w.k, w.db = knowledge.New(knowledge.Options{DB: db, Dir: filepath.Join(c.Data, indexDir)}), db
		w.close = func() { _ = db.Close() } // every change is on disk
	default:
		return nil, err
	}
	w.ctx, err = asOwner(ctx, w.db)
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// asOwner is the context in which the person at the shell acts: as the site's owner.
func asOwner(ctx context.Context, db *store.DB) (context.Context, error) {
	scope := app.Scope{Role: app.Owner}
	err := db.View(ctx, func(s *store.Snapshot) error {
		ws, err := s.Workspace()
		if err == nil {
			scope.Workspace = ws.ID
		}
		return err
	})
	if err != nil {
		return nil, app.Errorf(app.Conflict, "not_set_up", "the site has no owner yet; start islet and open the link it prints", "站点尚未初始化；请先启动 islet 并打开其打印的链接")
	}
	ctx = app.WithScope(ctx, scope)
	return ctx, db.View(ctx, func(s *store.Snapshot) error {
		members, _, err := s.Members(1000, 0)
		for _, m := range members {
			if m.Role == app.Owner {
				scope.User = m.ID
			}
		}
		ctx = app.WithScope(ctx, scope)
		return err
	})
}

// dataset is the dataset of that name, made if there is none.
func (w *ingestion) dataset(name string) (*app.Dataset, error) {
	var d *app.Dataset
	err := w.db.View(w.ctx, func(s *store.Snapshot) (err error) { d, err = s.DatasetByName(name); return err })
	if err == nil || app.KindOf(err) != app.NotFound {
		return d, err
	}
	d = &app.Dataset{Name: name, Permission: app.AllMembers, BuiltIn: true, APIEnabled: true, Icon: "📚", IconColor: "#E0EAFF"}
	return d, w.k.Create(w.ctx, d)
}

// add puts the files into the queue, a hundred at a time. A file that cannot be stored is said and left out.
func (w *ingestion) add(e *env, files []string, name string) (batch string, dataset app.ID, err error) {
	d, err := w.dataset(name)
	if err != nil {
		return "", "", err
	}
	var adds []knowledge.Addition
	for i, path := range files {
		if err := w.ctx.Err(); err != nil {
			return "", "", app.Errorf(app.Canceled, "canceled", "stopped", "已停止")
		}
		f, err := w.upload(path)
		if err != nil {
			fmt.Fprintf(e.Err, "%s: %s\n", path, app.AsError(err).Text.In(e.Lang))
			continue
		}
		adds = append(adds, knowledge.Addition{File: f.ID, Name: f.Name, From: "cli"})
		fmt.Fprintf(e.Err, "\r%s %d/%d", app.Text{En: "stored", Zh: "已存储"}.In(e.Lang), i+1, len(files))
	}
	fmt.Fprintln(e.Err)
	if len(adds) == 0 {
		return "", "", app.Errorf(app.Invalid, "nothing_to_read", "none of the files could be stored", "没有任何文件可以存储")
	}
	batch, _, err = w.k.Add(w.ctx, d.ID, adds)
	return batch, d.ID, err
}

func (w *ingestion) upload(path string) (*app.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, app.Errorf(app.Invalid, "file_unreadable", "cannot read %[1]s: %[2]v", "无法读取 %[1]s：%[2]v", path, plainCause(err)).Because(err)
	}
	defer func() { _ = f.Close() }() // read only
	return w.k.Upload(w.ctx, filepath.Base(path), f)
}

const progressEvery = 300 * time.Millisecond

// wait shows how far the documents are until all are finished, then names those that failed.
func (w *ingestion) wait(e *env, dataset app.ID, batch string) error {
	for tick := time.NewTicker(progressEvery); ; {
		var docs []*app.Document
		err := w.db.View(w.ctx, func(s *store.Snapshot) (err error) {
			docs, _, err = s.Documents(dataset, store.DocumentFilter{Batch: batch, Limit: 1 << 30})
			return err
		})
		if err != nil {
			return err
		}
		finished, line := ingestLine(docs, e.Lang)
		fmt.Fprintf(e.Err, "\r\x1b[K%s", line)
		if finished {
			fmt.Fprintln(e.Err)
			return w.summary(e, docs)
		}
		select {
		case <-tick.C:
		case <-w.ctx.Done():
			fmt.Fprintln(e.Err)
			e.say(app.Text{En: "stopped; what is left goes on at the next start", Zh: "已停止；剩余部分将在下次启动时继续"})
			return nil
		}
	}
}

const barWidth = 30

// ingestLine is the progress line, and whether all documents are finished.
func ingestLine(docs []*app.Document, lang app.Lang) (finished bool, line string) {
	done, chunks := 0, 0
	var now string
	for _, d := range docs {
		if d.Stage.Unfinished() {
			if d.Stage != app.Waiting {
				now = d.Name
			}
			if d.Wait != nil {
				now = d.Name + ": " + d.Wait.In(lang)
			}
			continue
		}
		done++
		chunks += d.Chunks
	}
	full := barWidth * done / max(len(docs), 1)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	return done == len(docs), fmt.Sprintf("%s %d/%d  %s  %s", bar, done, len(docs), app.Textf("%d chunks", "%d 个分段", chunks).In(lang), now)
}

func (w *ingestion) summary(e *env, docs []*app.Document) error {
	failed, chunks := 0, 0
	for _, d := range docs {
		chunks += d.Chunks
		if d.Stage == app.Erred {
			failed++
			fmt.Fprintf(e.Err, "%s: %s\n", d.Name, d.Error.Text.In(e.Lang))
		}
	}
	e.say(app.Textf("%[1]d documents with %[2]d chunks can be found; %[3]d failed", "%[1]d 个文档（%[2]d 个分段）已可检索；%[3]d 个失败", len(docs)-failed, chunks, failed))
	if failed > 0 {
		return &exit{code: 1}
	}
	return nil
}

// reindexCmd is `islet reindex`: it builds the search indexes anew from the database.
type reindexCmd struct {
	dataFlags
	logFlags
	Dataset string `help:"name of one dataset; all otherwise" placeholder:"NAME"`
}

// Run needs the data directory for itself; a running server does the same from a dataset's settings.
func (c *reindexCmd) Run(ctx context.Context, e *env) error {
	if err := mustHoldData(c.Data); err != nil {
		return err
	}
	claim, err := store.Take(c.Data, version)
	if err != nil {
		return err
	}
	defer func() { _ = claim.Release() }() // dies with the process anyway
	p, err := buildIn(context.WithoutCancel(ctx), claim, c.logger(e.Err), &world{headless: true, keeps: true})
	if err != nil {
		return err
	}
	defer func() { _ = p.close(ctx) }() // the indexes are on disk
	owner, err := asOwner(ctx, p.db)
	if err != nil {
		return err
	}
	var sets []*app.Dataset
	if err := p.db.View(owner, func(s *store.Snapshot) (err error) {
		sets, _, err = s.Datasets(store.DatasetFilter{Limit: 1 << 30})
		return err
	}); err != nil {
		return err
	}
	for _, d := range sets {
		if d.External != nil || c.Dataset != "" && d.Name != c.Dataset {
			continue
		}
		begin := time.Now()
		if err := p.knowledge.Rebuild(owner, d.ID); err != nil {
			return err
		}
		g, err := p.knowledge.Progress(owner, d.ID)
		if err != nil {
			return err
		}
		e.say(app.Textf("%[1]s: %[2]d passages by words, %[3]d by meaning, %.1[4]f s", "%[1]s：全文 %[2]d 个片段，向量 %[3]d 个，用时 %.1[4]f 秒", d.Name, g.Words, g.Vectors, time.Since(begin).Seconds()))
	}
	return nil
}
