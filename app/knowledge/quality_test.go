package knowledge_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"islet/app"
	"islet/app/knowledge"
)

// quality is how good answers are over a set of questions: MRR@10 and recall@5.
type quality struct{ mrr, recall float64 }

func (q quality) String() string { return fmt.Sprintf("MRR@10 %.3f  recall@5 %.3f", q.mrr, q.recall) }

// questions are a set of passages with questions whose answers are known: testdata/quality/README.md.
type questions struct {
	names, texts []string
	ask          []string
	answers      [][]string // names of passages
}

func readQuestions(t *testing.T, lang string) *questions {
	t.Helper()
	q := &questions{}
	dir := filepath.Join("testdata", "quality", lang)
	for _, f := range lines(t, filepath.Join(dir, "passages.tsv")) {
		q.names = append(q.names, f[0])
		q.texts = append(q.texts, "# "+f[1]+"\n\n"+f[2])
	}
	for _, f := range lines(t, filepath.Join(dir, "questions.tsv")) {
		q.ask = append(q.ask, f[0])
		var names []string
		for _, n := range f[1:] {
			names = append(names, strings.FieldsFunc(n, func(r rune) bool { return r == ',' || r == ' ' })...)
		}
		q.answers = append(q.answers, names)
	}
	return q
}

func lines(t *testing.T, file string) (rows [][]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if line := strings.TrimSpace(s.Text()); line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}

// measure asks all questions of a set one way.
func (r *rig) measure(d *app.Dataset, q *questions, s app.SearchSettings) (m quality) {
	r.t.Helper()
	s.TopK = 10
	for i, text := range q.ask {
		f, err := r.k.Search(context.WithoutCancel(r.ctx), knowledge.Query{Text: text, Datasets: []app.ID{d.ID}, Settings: &s})
		if err != nil {
			r.t.Fatal(err)
		}
		var names []string
		for j := range f.Hits {
			if n := f.Hits[j].Document.Name; !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		for rank, n := range names {
			if slices.Contains(q.answers[i], n) {
				m.mrr += 1 / float64(rank+1)
				if rank < 5 {
					m.recall++
				}
				break
			}
		}
	}
	m.mrr /= float64(len(q.ask))
	m.recall /= float64(len(q.ask))
	return m
}

// load puts the passages of a set into a dataset, a document each.
func (r *rig) load(ref app.ModelRef, q *questions) *app.Dataset {
	r.t.Helper()
	d := r.dataset(ref)
	var adds []knowledge.Addition
	for i := range q.names {
		adds = append(adds, knowledge.Addition{Name: q.names[i], Text: q.texts[i]})
	}
	_, docs, err := r.k.Add(r.ctx, d.ID, adds)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, doc := range docs {
		r.finished(d.ID, doc.ID)
	}
	return d
}

// worse is by how much a hybrid search may fall behind the better of the two ways.
const worse = 0.02

// TestQuality_hybridIsAsGoodAsTheBetterWay measures retrieval on two sets of questions. The vectors are those of the rig's
// embedder (hashed pairs of letters), which stands in for a model of any language; cmd/islet measures the built-in one.
func TestQuality_hybridIsAsGoodAsTheBetterWay(t *testing.T) {
	if testing.Short() {
		t.Skip("asks thousands of questions")
	}
	for _, lang := range []string{"en", "zh"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			compareWays(t, lang)
		})
	}
}

func compareWays(t *testing.T, lang string) {
	q := readQuestions(t, lang)
	if len(q.ask) < 200 {
		t.Errorf("%d questions, want at least 200", len(q.ask))
	}
	r := newRig(t)
	d := r.load(large, q)
	byWords := r.measure(d, q, app.SearchSettings{Method: app.ByWords})
	byMeaning := r.measure(d, q, app.SearchSettings{Method: app.ByMeaning})
	byBoth := r.measure(d, q, app.SearchSettings{Method: app.ByBoth})
	rrf := r.measure(d, q, app.SearchSettings{Method: app.ByBoth, Fusion: app.FusionRRF})
	t.Logf("%d passages, %d questions\n  full text %v\n  vector    %v\n  hybrid    %v\n  (rrf)     %v", len(q.names), len(q.ask), byWords, byMeaning, byBoth, rrf)
	if byBoth.mrr < max(byWords.mrr, byMeaning.mrr)-worse || byBoth.recall < max(byWords.recall, byMeaning.recall)-worse {
		t.Errorf("hybrid %v is worse than the better of %v and %v by more than %.2f", byBoth, byWords, byMeaning, worse)
	}
}
