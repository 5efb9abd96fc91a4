package vector_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"encoding/gob"

	"islet/app"
	"islet/app/model"
	"islet/app/model/builtin"
	"islet/vector"
)

type set struct {
	name          string
	titles, texts []string
	ask           []string
	answers       []map[int]bool
}

func readmes() *set {
	s := &set{name: "readme"}
	list, _ := os.ReadFile("/tmp/h/readmes.txt")
	re := regexp.MustCompile("(?m)^#{2,4} +(.+)$")
	for _, f := range strings.Fields(string(list)) {
		raw, _ := os.ReadFile(f)
		t := string(raw)
		loc := re.FindAllStringSubmatchIndex(t, -1)
		for i, l := range loc {
			end := len(t)
			if i+1 < len(loc) {
				end = loc[i+1][0]
			}
			body := strings.TrimSpace(t[l[1]:end])
			head := t[l[2]:l[3]]
			if len(body) < 300 || len(strings.Fields(head)) < 2 || len(s.texts) >= 500 {
				continue
			}
			if len(body) > 1500 {
				body = body[:1500]
			}
			s.texts = append(s.texts, body)
			s.titles = append(s.titles, "")
			s.ask = append(s.ask, head)
			s.answers = append(s.answers, map[int]bool{len(s.texts) - 1: true})
		}
	}
	return s
}

func quality(lang string) *set {
	dir := "../app/knowledge/testdata/quality/" + lang
	s := &set{name: lang}
	at := map[string]int{}
	raw, err := os.ReadFile(filepath.Join(dir, "passages.tsv"))
	if err != nil {
		return nil
	}
	for _, l := range strings.Split(string(raw), "\n") {
		f := strings.Split(strings.TrimSpace(l), "\t")
		if len(f) < 3 || strings.HasPrefix(l, "#") {
			continue
		}
		at[f[0]] = len(s.texts)
		s.titles = append(s.titles, f[1])
		s.texts = append(s.texts, f[2])
	}
	raw, _ = os.ReadFile(filepath.Join(dir, "questions.tsv"))
	for _, l := range strings.Split(string(raw), "\n") {
		f := strings.Split(strings.TrimSpace(l), "\t")
		if len(f) < 2 || strings.HasPrefix(l, "#") {
			continue
		}
		m := map[int]bool{}
		for _, a := range f[1:] {
			for _, n := range strings.FieldsFunc(a, func(r rune) bool { return r == ',' || r == ' ' }) {
				m[at[n]] = true
			}
		}
		s.ask = append(s.ask, f[0])
		s.answers = append(s.answers, m)
	}
	return s
}

func hashed(t string) []float32 {
	v := make([]float32, 512)
	r := []rune(strings.ToLower(t))
	for i := 0; i+1 < len(r); i++ {
		h := fnv.New32a()
		h.Write([]byte(string(r[i : i+2])))
		v[h.Sum32()%512]++
	}
	return v
}

var lite model.Embedder

func use(texts []string) [][]float32 {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintln(h, t)
	}
	path := fmt.Sprintf("/tmp/h/emb-%x", h.Sum(nil)[:8])
	var out [][]float32
	if f, err := os.Open(path); err == nil {
		gob.NewDecoder(f).Decode(&out)
		f.Close()
		return out
	}
	if lite == nil {
		lite = builtin.New(builtin.Options{}).Open(&app.Endpoint{Name: "x"}).With("").(model.Embedder)
	}
	for i := 0; i < len(texts); i += 64 {
		v, err := lite.Embed(context.Background(), builtin.Lite, texts[i:min(i+64, len(texts))])
		if err != nil {
			panic(err)
		}
		out = append(out, v...)
	}
	f, _ := os.Create(path)
	gob.NewEncoder(f).Encode(out)
	f.Close()
	return out
}

func (s *set) vectors(kind string) (p, q [][]float32) {
	full := make([]string, len(s.texts))
	for i := range full {
		full[i] = s.titles[i] + "\n" + s.texts[i]
	}
	switch kind {
	case "use":
		return use(full), use(s.ask)
	case "hash":
		for _, t := range full {
			p = append(p, hashed(t))
		}
		for _, t := range s.ask {
			q = append(q, hashed(t))
		}
	default: // random passages; a question is its answer's with noise
		var noise float64
		fmt.Sscanf(kind, "noise%g", &noise)
		r := rand.New(rand.NewPCG(1, 1))
		rv := func(scale float64) []float32 {
			v := make([]float32, 64)
			for i := range v {
				v[i] = float32(r.NormFloat64()*scale)
			}
			return v
		}
		common := rv(2)
		for range full {
			v := rv(1)
			for i := range v {
				v[i] += common[i]
			}
			p = append(p, v)
		}
		for i := range s.ask {
			v := rv(noise)
			for a := range s.answers[i] {
				for j := range v {
					v[j] += p[a][j]
				}
				break
			}
			q = append(q, v)
		}
	}
	return p, q
}

type score struct{ mrr, r5 float64 }

func (s *score) count(list []vector.Key, want map[int]bool, n int) {
	for i, k := range list {
		if i >= 10 {
			break
		}
		if want[int(k)] {
			s.mrr += 1 / float64(i+1) / float64(n)
			if i < 5 {
				s.r5 += 1 / float64(n)
			}
			return
		}
	}
}

func TestEval(t *testing.T) {
	if os.Getenv("EVAL") == "" {
		t.Skip()
	}
	for _, s := range []*set{readmes(), quality("en"), quality("zh")} {
		if s == nil {
			continue
		}
		for _, kind := range []string{"use", "hash", "noise0.5", "noise1.5", "noise4", "noise20"} {
			if s.name == "zh" && kind == "use" && os.Getenv("EVAL") != "all" {
				continue
			}
			p, q := s.vectors(kind)
			x, err := vector.Open(vector.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			var put []vector.Entry
			for i := range p {
				put = append(put, vector.Entry{Key: vector.Key(i), Title: s.titles[i], Text: s.texts[i], Vector: p[i]})
			}
			if err := x.Apply(context.Background(), 1, put, nil); err != nil {
				t.Fatal(err)
			}
			names := []string{"words", "vector", "fuse", "rrf", "w.7/.3", "w.5/.5"}
			got := make([]score, len(names)+len(variants))
			n := len(s.ask)
			for i, text := range s.ask {
				wh, _ := x.Words(context.Background(), text, 50, nil)
				vh, _ := x.Near(context.Background(), q[i], 50, nil)
				rk := func(h []vector.Hit) (l []vector.Ranked) {
					for _, e := range h {
						l = append(l, vector.Ranked{Key: e.Key, Score: e.Score})
					}
					return
				}
				w, v := rk(wh), rk(vh)
				fk := func(f []vector.Fused) (l []vector.Key) {
					for _, e := range f {
						l = append(l, e.Key)
					}
					return
				}
				got[0].count(keys(wh), s.answers[i], n)
				got[1].count(keys(vh), s.answers[i], n)
				got[2].count(fk(vector.Fuse(v, w)), s.answers[i], n)
				got[3].count(fk(vector.RRF(v, w, 60)), s.answers[i], n)
				got[4].count(fk(vector.Weighted(v, w, .7, .3)), s.answers[i], n)
				got[5].count(fk(vector.Weighted(v, w, .5, .5)), s.answers[i], n)
				for j, f := range variants {
					got[6+j].count(f.do(v, w), s.answers[i], n)
				}
			}
			x.Close()
			line := fmt.Sprintf("%-7s %-8s p=%d q=%d", s.name, kind, len(p), n)
			for j := range got {
				name := ""
				if j < len(names) {
					name = names[j]
				} else {
					name = variants[j-len(names)].name
				}
				bad := ""
				if j > 1 && (got[j].mrr < max(got[0].mrr, got[1].mrr)-.02 || got[j].r5 < max(got[0].r5, got[1].r5)-.02) {
					bad = "!"
				}
				line += fmt.Sprintf(" | %s%s %.3f %.3f", name, bad, got[j].mrr, got[j].r5)
			}
			fmt.Println(line)
		}
	}
}

type variant struct {
	name string
	do   func(v, w []vector.Ranked) []vector.Key
}

var variants []variant

var _ = math.Pi
