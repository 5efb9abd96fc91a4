package annotation

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"islet/app"
	"islet/store"
	"islet/vector/text"
)

// shelf is what is searched of one app. It does not change.
type shelf struct {
	reply app.AnnotationReply
	items []item
	same  map[string]int // by normal
	held  map[string]int // words, by how many annotations hold them
}

type item struct {
	*app.Annotation
	vector []float32 // of length one; nil: it has none yet
	words  map[string]bool
	weight float64 // the length of words as a vector
}

// fill puts annotations on the shelf, and tells whether any lacks its vector.
func (s *shelf) fill(list []store.AnnotationVector) (missing bool) {
	s.items, s.same, s.held = make([]item, len(list)), make(map[string]int, len(list)), map[string]int{}
	byWords := s.reply.Embedding.Zero()
	for i, v := range list {
		it := item{Annotation: v.Annotation}
		if len(v.Vector) > 0 {
			it.vector = unpack(v.Vector)
		}
		if byWords {
			it.words = wordsOf(v.Question)
			for w := range it.words {
				s.held[w]++
			}
		}
		missing = missing || !byWords && it.vector == nil
		s.items[i] = it
		s.same[normal(v.Question)] = i // of several the newest
	}
	for i := range s.items {
		s.items[i].weight = s.length(s.items[i].words)
	}
	return missing
}

func wordsOf(question string) map[string]bool {
	words := map[string]bool{}
	for _, t := range text.Terms(question) {
		words[t] = true
	}
	return words
}

// worth is how much a word tells: the more, the fewer annotations hold it.
func (s *shelf) worth(word string) float64 {
	return math.Log(1 + float64(len(s.items)+1)/float64(s.held[word]+1))
}

func (s *shelf) length(words map[string]bool) float64 {
	sum := 0.0
	for w := range words {
		sum += s.worth(w) * s.worth(w)
	}
	return math.Sqrt(sum)
}

// byWords is the annotation whose question has most in common with another, and how much that is.
func (s *shelf) byWords(question string) (best int, score float64) {
	best = -1
	words := wordsOf(question)
	length := s.length(words)
	if length == 0 {
		return best, 0
	}
	for i := range s.items {
		it := &s.items[i]
		sum := 0.0
		for w := range words {
			if it.words[w] {
				sum += s.worth(w) * s.worth(w)
			}
		}
		if sum == 0 {
			continue
		}
		if c := sum / (length * it.weight); c > score {
			best, score = i, c
		}
	}
	return best, min(score, 1)
}

// byMeaning is the annotation whose vector is nearest.
func (s *shelf) byMeaning(v []float32) (best int, score float64) {
	best = -1
	for i := range s.items {
		w := s.items[i].vector
		if len(w) != len(v) {
			continue
		}
		var a, b, c, d float32
		j := 0
		for ; j+4 <= len(v); j += 4 {
			a += v[j] * w[j]
			b += v[j+1] * w[j+1]
			c += v[j+2] * w[j+2]
			d += v[j+3] * w[j+3]
		}
		for ; j < len(v); j++ {
			a += v[j] * w[j]
		}
		if dot := float64(a + b + c + d); best < 0 || dot > score {
			best, score = i, dot
		}
	}
	return best, max(min(score, 1), 0)
}

// normal is a question without what does not matter: case, width, spaces, punctuation.
func normal(question string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(question))
}
