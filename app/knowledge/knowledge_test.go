package knowledge_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
)

// handbook is a document with three sections.
const handbook = `# Travel

## Trains

Travel by train is booked in second class. First class needs the signature of the head of department.

## Flights

Flights over six hours may be booked in premium economy. The code of the form is TR-2041/B.

## Hotels

A night may cost at most 480 yuan in Shanghai and 350 yuan elsewhere.
`

// sections cuts by headings, so that each section is a chunk.
var sections = app.Chunking{Form: app.FormGeneral, Rules: []byte(`{"mode":"custom","rules":{"segmentation":{"separator":"\n## ","max_tokens":200,"chunk_overlap":0}}}`)}

func TestAdd_aTextIsFoundByWordsAndByMeaning(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	if _, _, err := r.k.Add(r.ctx, d.ID, []knowledge.Addition{{Name: "handbook.md", Text: handbook, Chunking: &sections}}); err != nil {
		t.Fatal(err)
	}
	r.until("all is finished", func() bool { return len(r.search(d, "hotel Shanghai", app.SearchSettings{}).Hits) > 0 })
	for _, m := range []app.SearchMethod{app.ByWords, app.ByMeaning, app.ByBoth, ""} {
		f := r.search(d, "how much may a hotel night in Shanghai cost", app.SearchSettings{Method: m})
		if len(f.Hits) == 0 || !strings.Contains(f.Hits[0].Chunk.Content, "480 yuan") {
			t.Errorf("%q finds %q, want the section about hotels first", m, contents(f))
		}
		h := &f.Hits[0]
		if h.Score <= 0 || h.Score > 1 {
			t.Errorf("%q: score %v, want one in (0, 1]", m, h.Score)
		}
		if words := h.Why.Words != nil; words != (m != app.ByMeaning) {
			t.Errorf("%q: explained by words = %v", m, words)
		}
		if meaning := h.Why.Vector != nil; meaning != (m != app.ByWords) {
			t.Errorf("%q: explained by meaning = %v", m, meaning)
		}
		if !slices.Contains(h.Why.Terms, "hotel") || !slices.Contains(h.Why.Missed, "how") && !slices.Contains(h.Why.Missed, "much") {
			t.Errorf("%q: terms %q, missed %q", m, h.Why.Terms, h.Why.Missed)
		}
	}
}

func TestSearch_withoutAModelGoesByWordsAndSaysSo(t *testing.T) {
	r := newRig(t)
	d := r.dataset(app.ModelRef{})
	r.add(d, handbook)
	f := r.search(d, "TR-2041/B", app.SearchSettings{})
	if len(f.Hits) == 0 || f.Method != app.ByWords || len(f.Notes) == 0 || !strings.Contains(f.Notes[0].En, "no embedding model") || f.Notes[0].Zh == "" {
		t.Errorf("found %q by %q with notes %v", contents(f), f.Method, f.Notes)
	}
	if r.embed.calls.Load() != 0 {
		t.Error("a model was asked")
	}
}

func TestSearch_whileTheModelServerIsDown(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.add(d, handbook)
	r.embed.fail.Store(app.Errorf(app.Upstream, "model_unreachable", "the server does not answer", "服务器无响应"))
	f := r.search(d, "hotel nights", app.SearchSettings{})
	if len(f.Hits) == 0 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0].En, "does not answer") {
		t.Errorf("by both: %q, notes %v; want hits by words and why", contents(f), f.Notes)
	}
	_, err := r.k.Search(r.ctx, knowledge.Query{Text: "another question", Datasets: []app.ID{d.ID}, Settings: &app.SearchSettings{Method: app.ByMeaning}})
	if app.KindOf(err) != app.Upstream {
		t.Errorf("by meaning: %v, want the failure of the model server", err)
	}
}

func TestIngest_aModelServerThatIsDownIsWaitedForWithAReason(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.embed.fail.Store(app.Errorf(app.Upstream, "model_unreachable", "the server does not answer", "服务器无响应"))
	_, docs, err := r.k.Add(r.ctx, d.ID, []knowledge.Addition{{Name: "a", Text: handbook}})
	if err != nil {
		t.Fatal(err)
	}
	var doc *app.Document
	r.until("it waits", func() bool { doc = r.document(d.ID, docs[0].ID); return doc.Wait != nil })
	if doc.Stage != app.Indexing || doc.TryAt == nil || !strings.Contains(doc.Wait.En, "does not answer") || !strings.Contains(doc.Wait.Zh, "重试") {
		t.Errorf("stage %s, wait %v, try at %v", doc.Stage, doc.Wait, doc.TryAt)
	}
	r.embed.fail.Store(nil)
	if err := r.k.Do(r.ctx, d.ID, []app.ID{doc.ID}, knowledge.Retry); err != nil {
		t.Fatal(err)
	}
	if doc = r.finished(d.ID, doc.ID); doc.Wait != nil || doc.Done != doc.Total {
		t.Errorf("after the retry: wait %v, %d of %d", doc.Wait, doc.Done, doc.Total)
	}
}

func TestIngest_aBrokenFileFailsAloneWithAReason(t *testing.T) {
	r := newRig(t)
	d := r.dataset(app.ModelRef{})
	f, err := r.k.Upload(r.ctx, "bad.docx", strings.NewReader("this is no document"))
	if err != nil {
		t.Fatal(err)
	}
	_, docs, err := r.k.Add(r.ctx, d.ID, []knowledge.Addition{{File: f.ID}, {Name: "good.md", Text: handbook}})
	if err != nil {
		t.Fatal(err)
	}
	r.finished(d.ID, docs[1].ID)
	r.until("the broken one failed", func() bool { return r.document(d.ID, docs[0].ID).Stage == app.Erred })
	doc := r.document(d.ID, docs[0].ID)
	if doc.Error == nil || doc.Error.Code != "document_unreadable" || doc.Display() != "error" {
		t.Errorf("error %+v, display %s", doc.Error, doc.Display())
	}
	if _, err := r.k.Upload(r.ctx, "film.mp4", strings.NewReader("x")); app.KindOf(err) != app.Unsupported {
		t.Errorf("a film: %v, want unsupported", err)
	}
}

func TestPause_standsStillAndGoesOn(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	release := r.embed.hold()
	defer release()
	_, docs, err := r.k.Add(r.ctx, d.ID, []knowledge.Addition{{Name: "a", Text: handbook}})
	if err != nil {
		t.Fatal(err)
	}
	r.until("it is being embedded", func() bool { return r.document(d.ID, docs[0].ID).Stage == app.Indexing })
	if err := r.k.Do(r.ctx, d.ID, []app.ID{docs[0].ID}, knowledge.Pause); err != nil {
		t.Fatal(err)
	}
	release()
	time.Sleep(100 * time.Millisecond)
	if doc := r.document(d.ID, docs[0].ID); doc.Display() != "paused" {
		t.Fatalf("display %s, want paused", doc.Display())
	}
	if err := r.k.Do(r.ctx, d.ID, []app.ID{docs[0].ID}, knowledge.Resume); err != nil {
		t.Fatal(err)
	}
	r.finished(d.ID, docs[0].ID)
	if err := r.k.Do(r.ctx, d.ID, []app.ID{docs[0].ID}, knowledge.Pause); app.KindOf(err) != app.Conflict {
		t.Errorf("pausing a finished document: %v, want a conflict", err)
	}
}

func TestIngest_goesOnWhereAProcessEnded(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	release := r.embed.hold()
	defer release()
	_, docs, err := r.k.Add(r.ctx, d.ID, []knowledge.Addition{{Name: "a", Text: strings.Repeat(handbook, 40)}})
	if err != nil {
		t.Fatal(err)
	}
	r.until("it is being embedded", func() bool { return r.document(d.ID, docs[0].ID).Stage == app.Indexing })
	r.restart(func(string) { release() })
	doc := r.finished(d.ID, docs[0].ID)
	seen := map[int]bool{}
	for _, c := range r.chunks(doc) {
		if seen[c.Position] {
			t.Errorf("position %d twice", c.Position)
		}
		seen[c.Position] = true
	}
	if len(seen) != doc.Chunks || doc.Chunks == 0 {
		t.Errorf("%d chunks stored, %d counted", len(seen), doc.Chunks)
	}
}

func TestRechunk_theOldAnswersUntilTheNewIsReady(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	doc := r.add(d, handbook)[0]
	before := doc.Chunks
	release := r.embed.hold()
	defer release()
	if _, err := r.k.Rechunk(r.ctx, d.ID, doc.ID, app.Chunking{Form: app.FormParent}); err != nil {
		t.Fatal(err)
	}
	r.until("the new chunks wait for their vectors", func() bool { return r.document(d.ID, doc.ID).Stage == app.Indexing })
	if f := r.search(d, "hotel", app.SearchSettings{Method: app.ByWords}); len(f.Hits) == 0 || len(f.Hits[0].Children) != 0 {
		t.Errorf("meanwhile found %q, want the old chunks", contents(f))
	}
	release()
	doc = r.finished(d.ID, doc.ID)
	if doc.Children == 0 || doc.Revision != 2 {
		t.Errorf("%d children in revision %d; before %d chunks", doc.Children, doc.Revision, before)
	}
	f := r.search(d, "hotel Shanghai", app.SearchSettings{})
	if len(f.Hits) == 0 || len(f.Hits[0].Children) == 0 || f.Hits[0].Children[0].Score <= 0 {
		t.Fatalf("found %q, want a parent with the child by which it was found", contents(f))
	}
	ids := map[app.ID]bool{}
	for i := range f.Hits {
		if ids[f.Hits[i].Chunk.ID] {
			t.Error("a parent came twice")
		}
		ids[f.Hits[i].Chunk.ID] = true
	}
}

func TestChunks_editsAreFoundAtOnce(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	doc := r.add(d, handbook)[0]
	found := func(q string) bool {
		t.Helper()
		for _, c := range contents(r.search(d, q, app.SearchSettings{Method: app.ByWords, TopK: 20})) {
			if strings.Contains(c, "zeppelin") {
				return true
			}
		}
		return false
	}
	added, err := r.k.AddChunks(r.ctx, d.ID, doc.ID, []knowledge.NewChunk{{Content: "A zeppelin needs a permit."}})
	if err != nil {
		t.Fatal(err)
	}
	if !found("zeppelin") {
		t.Fatal("a chunk that was just added is not found")
	}
	r.until("it has its vector", func() bool {
		f := r.search(d, "A zeppelin needs a permit", app.SearchSettings{Method: app.ByMeaning, TopK: 1})
		return len(f.Hits) == 1 && f.Hits[0].Chunk.ID == added[0].ID
	})
	off, on := false, true
	if _, err := r.k.SaveChunk(r.ctx, d.ID, doc.ID, added[0].ID, knowledge.Edit{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if found("zeppelin") {
		t.Error("a chunk that is switched off is found")
	}
	text := "A zeppelin needs two signatures."
	c, err := r.k.SaveChunk(r.ctx, d.ID, doc.ID, added[0].ID, knowledge.Edit{Enabled: &on, Content: &text})
	if err != nil || !c.Edited || c.Content != text {
		t.Fatalf("edited to %+v (%v)", c, err)
	}
	if !found("signatures") {
		t.Error("an edited chunk is not found by its new text")
	}
	if found("permit") {
		t.Error("an edited chunk is found by its old text")
	}
	for _, action := range []string{knowledge.Disable, knowledge.Archive} {
		undo := map[string]string{knowledge.Disable: knowledge.Enable, knowledge.Archive: knowledge.Unarchive}[action]
		if err := r.k.Do(r.ctx, d.ID, []app.ID{doc.ID}, action); err != nil {
			t.Fatal(err)
		}
		if found("zeppelin") {
			t.Errorf("found after %s of the document", action)
		}
		if err := r.k.Do(r.ctx, d.ID, []app.ID{doc.ID}, undo); err != nil {
			t.Fatal(err)
		}
		if !found("zeppelin") {
			t.Errorf("not found after %s", undo)
		}
	}
	if err := r.k.DeleteChunks(r.ctx, d.ID, doc.ID, []app.ID{added[0].ID}); err != nil {
		t.Fatal(err)
	}
	if found("zeppelin") {
		t.Error("a deleted chunk is found")
	}
	if err := r.k.Do(r.ctx, d.ID, []app.ID{doc.ID}, knowledge.Remove); err != nil {
		t.Fatal(err)
	}
	if f := r.search(d, "hotel", app.SearchSettings{Method: app.ByWords}); len(f.Hits) != 0 {
		t.Errorf("a deleted document is found: %q", contents(f))
	}
}

func TestUpdate_anotherModelIsMadeWhileTheOldAnswers(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.add(d, handbook, "Zeppelins are filled with helium.")
	space := d.Space
	release := r.embed.hold()
	defer release()
	d, err := r.k.Update(r.ctx, d.ID, func(d *app.Dataset) error { d.Embedding = large; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if d.Space != space || d.NextSpace == 0 {
		t.Fatalf("spaces %d and %d, want the old one to answer and a new one beside it", d.Space, d.NextSpace)
	}
	if f := r.search(d, "helium", app.SearchSettings{Method: app.ByWords}); len(f.Hits) == 0 {
		t.Error("nothing is found meanwhile")
	}
	release()
	r.until("the new space answers", func() bool {
		if err := r.db.View(r.ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(d.ID); return err }); err != nil {
			t.Fatal(err)
		}
		return d.NextSpace == 0
	})
	if d.Space == space {
		t.Error("the old space still answers")
	}
	if f := r.search(d, "Zeppelins are filled with helium.", app.SearchSettings{Method: app.ByMeaning, TopK: 1}); len(f.Hits) != 1 || !strings.Contains(f.Hits[0].Chunk.Content, "helium") {
		t.Errorf("by the new vectors found %q", contents(f))
	}
	if _, err := os.Stat(filepath.Join(r.opts.Dir, string(d.ID))); err != nil {
		t.Errorf("the index directory: %v", err)
	}
}

func TestIndex_comesBackByItself(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.add(d, handbook, "Zeppelins are filled with helium.")
	want := contents(r.search(d, "helium for zeppelins", app.SearchSettings{}))
	var files []string
	r.restart(func(dir string) {
		_ = filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				files = append(files, p)
			}
			return err
		})
	})
	if len(files) < 2 {
		t.Fatalf("the index has only the files %q", files)
	}
	check := func(what string) {
		t.Helper()
		var got []string
		r.until("the index is back after "+what, func() bool {
			got = contents(r.search(d, "helium for zeppelins", app.SearchSettings{}))
			return slices.Equal(got, want)
		})
	}
	r.restart(func(dir string) { _ = os.RemoveAll(dir) })
	check("deleting it all")
	for _, damage := range []struct {
		name string
		do   func(path string, b []byte) error
	}{
		{"cutting", func(p string, b []byte) error { return os.WriteFile(p, b[:len(b)/2], 0o600) }},
		{"flipping", func(p string, b []byte) error {
			if len(b) > 0 {
				b[len(b)/2] ^= 0xff
			}
			return os.WriteFile(p, b, 0o600)
		}},
		{"deleting", func(p string, _ []byte) error { return os.Remove(p) }},
	} {
		for _, f := range files {
			r.restart(func(string) {
				if b, err := os.ReadFile(f); err == nil {
					if err := damage.do(f, b); err != nil {
						t.Fatal(err)
					}
				}
			})
			check(damage.name + " " + filepath.Base(f))
		}
	}
}

func TestRebuild_isWhatTheRowsSay(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.add(d, handbook, "Zeppelins are filled with helium.")
	want := contents(r.search(d, "helium", app.SearchSettings{}))
	if err := r.k.Rebuild(r.ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	if got := contents(r.search(d, "helium", app.SearchSettings{})); !slices.Equal(got, want) {
		t.Errorf("after a rebuild found %q, before %q", got, want)
	}
	p, err := r.k.Progress(r.ctx, d.ID)
	if err != nil || p.Words != p.Units || p.Vectors != p.Units || p.Building || p.Embedding {
		t.Errorf("progress %+v (%v)", p, err)
	}
}

func TestSearch_rerankThresholdAndTopK(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.add(d, "Pumps of the long series PX are cleaned every month with water and a soft brush.", "Pumps are cleaned.", "Pumps are cleaned with water.")
	f := r.search(d, "how are pumps cleaned with water", app.SearchSettings{Rerank: true, RerankModel: order})
	if len(f.Hits) != 3 || f.Hits[0].Chunk.Content != "Pumps are cleaned." || f.Hits[0].Why.Rerank == nil || f.Hits[0].Why.Rerank.Rank != 1 {
		t.Errorf("reranked to %q", contents(f))
	}
	r.rank.fail.Store(app.Errorf(app.Timeout, "model_timeout", "the server took too long", "服务器超时"))
	if f := r.search(d, "how are pumps cleaned with water", app.SearchSettings{Rerank: true, RerankModel: order}); len(f.Hits) != 3 || len(f.Notes) != 1 {
		t.Errorf("with a rerank model that is down: %q, notes %v", contents(f), f.Notes)
	}
	all := r.search(d, "pumps cleaned water", app.SearchSettings{TopK: 3})
	if f := r.search(d, "pumps cleaned water", app.SearchSettings{TopK: 1}); len(f.Hits) != 1 || f.Seen != 3 {
		t.Errorf("top 1: %d hits of %d", len(f.Hits), f.Seen)
	}
	cut := (all.Hits[0].Score + all.Hits[1].Score) / 2
	if f := r.search(d, "pumps cleaned water", app.SearchSettings{TopK: 3, ThresholdEnabled: true, Threshold: cut}); len(f.Hits) != 1 {
		t.Errorf("threshold %v leaves %d hits of scores %v, %v, %v", cut, len(f.Hits), all.Hits[0].Score, all.Hits[1].Score, all.Hits[2].Score)
	}
}

func TestSearch_severalDatasetsAtOnce(t *testing.T) {
	r := newRig(t)
	a, b := r.dataset(small), r.dataset(app.ModelRef{})
	r.add(a, "The canteen opens at eleven.")
	r.add(b, "The canteen of the branch office opens at twelve.")
	f, err := r.k.Search(r.ctx, knowledge.Query{Text: "when does the canteen open", Datasets: []app.ID{a.ID, b.ID}})
	if err != nil || len(f.Hits) != 2 || f.Hits[0].Dataset == f.Hits[1].Dataset {
		t.Errorf("found %v (%v), want one passage of each", f, err)
	}
	if _, err := r.k.Search(r.ctx, knowledge.Query{Text: "x", Datasets: []app.ID{app.NewID()}}); app.KindOf(err) != app.NotFound {
		t.Errorf("a dataset of nobody: %v", err)
	}
}

func TestSearch_isRemembered(t *testing.T) {
	r := newRig(t)
	d := r.dataset(app.ModelRef{})
	doc := r.add(d, handbook)[0]
	if _, err := r.k.Search(r.ctx, knowledge.Query{Text: "hotel", Datasets: []app.ID{d.ID}, Source: "hit_testing"}); err != nil {
		t.Fatal(err)
	}
	var list []*app.Asked
	r.until("the search is written down", func() bool {
		if err := r.db.View(r.ctx, func(s *store.Snapshot) (err error) { list, _, err = s.Asked(d.ID, 10, 0); return err }); err != nil {
			t.Fatal(err)
		}
		return len(list) == 1
	})
	if a := list[0]; a.Query != "hotel" || a.Found == 0 || a.Best <= 0 || a.Source != "hit_testing" {
		t.Errorf("remembered %+v", a)
	}
	if r.document(d.ID, doc.ID).Hits == 0 {
		t.Error("the document's hits were not counted")
	}
}

func TestRights_documentsThatTheCallerMayNotSeeAreNotFound(t *testing.T) {
	var open []string
	r := newRig(t, func(o *knowledge.Options) {
		o.Rights = rightsOf(&open)
	})
	d := r.dataset(small)
	r.add(d, "The canteen opens at eleven.", "The canteen closes at two.")
	open = []string{"doc 2.md"}
	f := r.search(d, "canteen", app.SearchSettings{TopK: 10})
	if len(f.Hits) != 1 || f.Hits[0].Document.Name != "doc 2.md" {
		t.Errorf("found %q", contents(f))
	}
}

func TestDelete_leavesNothing(t *testing.T) {
	r := newRig(t)
	d := r.dataset(small)
	r.add(d, handbook)
	if err := r.k.Delete(r.ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(r.opts.Dir, string(d.ID))); !os.IsNotExist(err) {
		t.Errorf("the index directory is still there (%v)", err)
	}
	if _, err := r.k.Document(r.ctx, d.ID, app.NewID()); app.KindOf(err) != app.NotFound {
		t.Error("a document of a deleted dataset is found")
	}
}
