package knowledge_test

import (
	"fmt"
	"strings"
	"testing"

	"islet/app"
	"islet/app/knowledge"
)

// planted is a passage that was lost on purpose, and where.
type planted struct {
	ask  knowledge.WhyNot
	want app.LostAt
}

// planter makes lost passages, each kind in a dataset of its own.
type planter struct {
	*rig
	cases []planted
}

func (p *planter) plant(want app.LostAt, ask knowledge.WhyNot) {
	p.cases = append(p.cases, planted{ask, want})
}

// machine is passage i about machines: one sentence that is its own, and one that all have.
func machine(i int) string {
	parts := []string{"valve", "gasket", "bearing", "spindle", "coolant hose", "drive belt", "pressure sensor"}
	return fmt.Sprintf("The %s of machine M%03d is tightened to %d newton metres and checked after %d hours. Maintenance is noted in the log book.",
		parts[i%len(parts)], i, 20+3*i, 100+7*i)
}

func ask(d *app.Dataset, query, passage string, s app.SearchSettings) knowledge.WhyNot {
	return knowledge.WhyNot{Query: knowledge.Query{Text: query, Datasets: []app.ID{d.ID}, Settings: &s}, Passage: passage}
}

const each = 46 // cases of a kind

var words = app.SearchSettings{Method: app.ByWords}

// machines is a dataset of words with n passages, a document each.
func (p *planter) machines(n int) (*app.Dataset, []*app.Document) {
	p.t.Helper()
	d := p.dataset(app.ModelRef{})
	texts := make([]string, n)
	for i := range texts {
		texts[i] = machine(i)
	}
	return d, p.add(d, texts...)
}

func (p *planter) plain() {
	d, docs := p.machines(each)
	for i := range each {
		p.plant(app.LostNowhere, ask(d, fmt.Sprintf("machine M%03d tightened", i), machine(i), words))
		p.plant(app.LostParsing, ask(d, "oil", fmt.Sprintf("The oil of engine E%03d is changed every %d days by the night shift.", i, i+3), words))
		p.plant(app.LostToken, ask(d, "vacation allowance", machine(i), words))
	}
	all := p.search(d, "maintenance log book", app.SearchSettings{Method: app.ByWords, TopK: 100})
	for i := range all.Hits {
		if i >= 2 {
			p.plant(app.LostTopK, ask(d, "maintenance log book", all.Hits[i].Chunk.Content, app.SearchSettings{Method: app.ByWords, TopK: 2}))
		}
		if h := &all.Hits[i]; h.Score < 0.99 {
			p.plant(app.LostThreshold, ask(d, "maintenance log book of the vacation allowance", h.Chunk.Content,
				app.SearchSettings{Method: app.ByWords, TopK: 100, ThresholdEnabled: true, Threshold: 0.995}))
		}
	}
	_ = docs
}

func (p *planter) disabled() {
	d, docs := p.machines(each)
	off := false
	for i, doc := range docs {
		var err error
		switch i % 3 {
		case 0:
			_, err = p.k.SaveChunk(p.ctx, d.ID, doc.ID, p.chunks(doc)[0].ID, knowledge.Edit{Enabled: &off})
		case 1:
			err = p.k.Do(p.ctx, d.ID, []app.ID{doc.ID}, knowledge.Disable)
		default:
			err = p.k.Do(p.ctx, d.ID, []app.ID{doc.ID}, knowledge.Archive)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		p.plant(app.LostDisabled, ask(d, fmt.Sprintf("machine M%03d", i), machine(i), words))
	}
}

func (p *planter) filtered() {
	d, docs := p.machines(each)
	if _, err := p.k.AddField(p.ctx, d.ID, "site", app.MetaString); err != nil {
		p.t.Fatal(err)
	}
	var ids []app.ID
	for _, doc := range docs {
		ids = append(ids, doc.ID)
	}
	if err := p.k.Describe(p.ctx, d.ID, ids, map[string]any{"site": "north"}, false); err != nil {
		p.t.Fatal(err)
	}
	for i := range docs {
		a := ask(d, fmt.Sprintf("machine M%03d", i), machine(i), words)
		a.Filter = &app.Filter{Conditions: []app.Condition{{Name: "site", Operator: "is", Value: "south"}}}
		p.plant(app.LostFilter, a)
	}
}

// cut plants passages that a rule removed or cut in two.
func (p *planter) cut() {
	d := p.dataset(app.ModelRef{})
	clean := app.Chunking{Form: app.FormGeneral, Rules: []byte(`{"mode":"custom","rules":{"pre_processing_rules":[{"id":"remove_urls_emails","enabled":true}],"segmentation":{"separator":"\n\n","max_tokens":500}}}`)}
	short := app.Chunking{Form: app.FormGeneral, Rules: []byte(`{"mode":"custom","rules":{"segmentation":{"separator":"\n\n","max_tokens":60,"chunk_overlap":0}}}`)}
	var adds []knowledge.Addition
	for i := range each {
		adds = append(adds,
			knowledge.Addition{Name: fmt.Sprintf("mail %d.md", i), Chunking: &clean, Text: fmt.Sprintf("Spare parts of machine M%03d are ordered from parts%03d@example.com before noon.", i, i)},
			knowledge.Addition{Name: fmt.Sprintf("long %d.md", i), Chunking: &short, Text: machine(i) + "\n\n" + strings.Repeat(machine(i+100)+" ", 2) + "\n\n" + machine(i+200)})
	}
	_, docs, err := p.k.Add(p.ctx, d.ID, adds)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range docs {
		docs[i] = p.finished(d.ID, docs[i].ID)
	}
	for i := range each {
		p.plant(app.LostCleaning, ask(d, "spare parts", fmt.Sprintf("Spare parts of machine M%03d are ordered from parts%03d@example.com before noon.", i, i), words))
		p.plant(app.LostSplitting, ask(d, "machine", machine(i)+" "+strings.TrimSpace(strings.Repeat(machine(i+100)+" ", 2))+" "+machine(i+200), words))
	}
}

// unfinished plants passages in documents that are paused before they can be found.
func (p *planter) unfinished() {
	d := p.dataset(small)
	release := p.embed.hold()
	var adds []knowledge.Addition
	for i := range each {
		adds = append(adds, knowledge.Addition{Name: fmt.Sprintf("waiting %d.md", i), Text: machine(i)})
	}
	_, docs, err := p.k.Add(p.ctx, d.ID, adds)
	if err != nil {
		p.t.Fatal(err)
	}
	p.until("two documents are being embedded", func() bool {
		n := 0
		for _, doc := range docs {
			if p.document(d.ID, doc.ID).Stage == app.Indexing {
				n++
			}
		}
		return n >= 2
	})
	var ids []app.ID
	for _, doc := range docs {
		ids = append(ids, doc.ID)
	}
	if err := p.k.Do(p.ctx, d.ID, ids, knowledge.Pause); err != nil {
		p.t.Fatal(err)
	}
	release()
	for i := range each {
		p.plant(app.LostIndexing, ask(d, fmt.Sprintf("machine M%03d", i), machine(i), words))
	}
}

// buried plants chunks that rank too low to be looked at.
func (p *planter) buried() {
	d := p.dataset(app.ModelRef{})
	var texts []string
	for i := range 160 {
		// The word grows faster than the text, so that the order hangs on nothing else in the index.
		texts = append(texts, fmt.Sprintf("Cleaning plan %03d. ", i)+strings.Repeat("Clean it. ", 1+i))
	}
	p.add(d, texts...)
	var wide *app.Found // a busy machine builds the index for longer than a search waits for it
	p.until("every text can be found", func() bool {
		wide = p.search(d, "cleaning", app.SearchSettings{Method: app.ByWords, TopK: 100})
		return wide.Seen == len(texts)
	})
	for i := range wide.Hits {
		a := p.chunkOf(d, "cleaning", &wide.Hits[i])
		switch {
		case i >= 70: // a search for one passage looks at fewer
			a.Settings = &app.SearchSettings{Method: app.ByWords, TopK: 1}
			p.plant(app.LostCandidate, a)
		case i >= 10 && i < 10+each:
			a.Settings = &app.SearchSettings{Method: app.ByWords, TopK: 3}
			p.plant(app.LostTopK, a)
		}
	}
}

func (p *planter) chunkOf(d *app.Dataset, query string, h *app.Hit) knowledge.WhyNot {
	return knowledge.WhyNot{Query: knowledge.Query{Text: query, Datasets: []app.ID{d.ID}}, Document: h.Document.ID, Chunk: h.Chunk.ID}
}

// reranked plants long chunks that are near by their words and that a rerank model, which likes short ones, moves down.
func (p *planter) reranked() {
	d := p.dataset(app.ModelRef{})
	var texts []string
	for i := range 30 {
		texts = append(texts, fmt.Sprintf("Grease for the crane, the crane hook and the crane rope, type %03d, is kept in the crane store beside the long wall.", i), fmt.Sprintf("Crane %03d.", i))
	}
	p.add(d, texts...)
	s := app.SearchSettings{Method: app.ByWords, TopK: 20}
	near := p.search(d, "grease for the crane hook and rope", s)
	s.Rerank, s.RerankModel = true, order
	for i := range near.Hits {
		a := p.chunkOf(d, "grease for the crane hook and rope", &near.Hits[i])
		a.Settings = &s
		p.plant(app.LostRerank, a)
	}
}

// TestWhyNot_saysWhereAPassageWasLost plants passages that were lost at every stage, and wants at least 99 % of the diagnoses right.
func TestWhyNot_saysWhereAPassageWasLost(t *testing.T) {
	p := &planter{rig: newRig(t)}
	p.plain()
	p.disabled()
	p.filtered()
	p.cut()
	p.unfinished()
	p.buried()
	p.reranked()
	right, of, wrong := map[app.LostAt]int{}, map[app.LostAt]int{}, 0
	for _, c := range p.cases {
		d, err := p.k.WhyNot(p.ctx, c.ask)
		if err != nil {
			t.Fatalf("%s %q: %v", c.want, c.ask.Text, err)
		}
		of[c.want]++
		if d.Stage != c.want {
			if wrong++; wrong < 8 {
				t.Logf("%q for %q: %s (%s), want %s", c.ask.Text, c.ask.Passage[:min(60, len(c.ask.Passage))], d.Stage, d.Text.En, c.want)
			}
			continue
		}
		right[c.want]++
		if d.Text.En == "" || d.Text.Zh == "" || d.Fix.En == "" || d.Fix.Zh == "" {
			t.Errorf("%s has no sentence or no remedy: %+v", d.Stage, d)
		}
	}
	for stage, n := range of {
		t.Logf("%-14s %d of %d", stage, right[stage], n)
	}
	if len(p.cases) < 500 || float64(wrong) > 0.01*float64(len(p.cases)) {
		t.Errorf("%d of %d planted cases were diagnosed wrongly, want at most 1 %% of at least 500", wrong, len(p.cases))
	}
}

func TestWhyNot_theRemedyWorks(t *testing.T) {
	r := newRig(t)
	d := r.dataset(app.ModelRef{})
	r.add(d, machine(1), machine(2), machine(3), machine(4))
	all := r.search(d, "maintenance", app.SearchSettings{Method: app.ByWords, TopK: 10})
	last := all.Hits[len(all.Hits)-1].Chunk
	a := ask(d, "maintenance", last.Content, app.SearchSettings{Method: app.ByWords, TopK: 1})
	got, err := r.k.WhyNot(r.ctx, a)
	if err != nil || got.Stage != app.LostTopK || got.Rank != len(all.Hits) {
		t.Fatalf("diagnosis %+v (%v)", got, err)
	}
	a.Settings.TopK = got.Rank
	if got, err = r.k.WhyNot(r.ctx, a); err != nil || got.Stage != app.LostNowhere {
		t.Errorf("with top-k raised: %+v (%v), want found", got, err)
	}
}
