package vector_test

import (
	"math"
	"testing"

	"islet/vector"
)

// list makes a ranked list of scores; keys count on from first.
func list(first int, scores ...float64) (out []vector.Ranked) {
	for i, s := range scores {
		out = append(out, vector.Ranked{Key: vector.Key(first + i), Score: s})
	}
	return out
}

// slope is a list that falls evenly: cosines that tell nothing.
func slope(first, n int, from, to float64) (out []vector.Ranked) {
	for i := range n {
		out = append(out, vector.Ranked{Key: vector.Key(first + i), Score: from - (from-to)*float64(i)/float64(n-1)})
	}
	return out
}

func TestFuse_weakVectorsMoveNothing(t *testing.T) {
	words := list(100, 0.7, 0.45, 0.3)
	fused := vector.Fuse(slope(1, 50, 0.71, 0.62), words)
	for i, w := range words {
		if fused[i].Key != w.Key || fused[i].Words.Rank != i+1 || fused[i].Vector != nil {
			t.Errorf("place %d is %+v, want %d", i+1, fused[i], w.Key)
		}
	}
}

func TestFuse_aClearVectorWins(t *testing.T) {
	vectors := append(list(1, 0.9), slope(2, 49, 0.6, 0.55)...)
	fused := vector.Fuse(vectors, list(100, 0.6, 0.5))
	if u := fused[0]; u.Key != 1 || u.Vector.Rank != 1 || u.Vector.Score != 0.9 || u.Words != nil || math.Abs(u.Vector.Part-u.Score) > 1e-9 {
		t.Errorf("first is %+v, want 1 by its vector", u)
	}
}

func TestFuse_whatBothFindIsBetter(t *testing.T) {
	vectors := append(list(1, 0.8, 0.8), slope(3, 48, 0.6, 0.55)...)
	fused := vector.Fuse(vectors, list(2, 0.5))
	if u := fused[0]; u.Key != 2 || u.Score <= u.Words.Score || math.Abs(u.Words.Part+u.Vector.Part-u.Score) > 1e-9 {
		t.Errorf("first is %+v, want 2 with parts that add up", u)
	}
}

// TestFusions_keepWhatTheyPromise: scores are 0 to 1 and fall, each key is there once, one list alone keeps its order.
func TestFusions_keepWhatTheyPromise(t *testing.T) {
	fusions := map[string]func(v, w []vector.Ranked) []vector.Fused{
		"islet":    vector.Fuse,
		"weighted": func(v, w []vector.Ranked) []vector.Fused { return vector.Weighted(v, w, 0.7, 0.3) },
		"unset":    func(v, w []vector.Ranked) []vector.Fused { return vector.Weighted(v, w, 0, 0) },
		"rrf":      func(v, w []vector.Ranked) []vector.Fused { return vector.RRF(v, w, 0) },
	}
	lists := map[string][]vector.Ranked{
		"none": nil, "one": list(5, 0.4), "few": list(3, 0.9, 0.8, 0.1), "many": slope(1, 60, 0.99, 0.2),
		"same": slope(10, 40, 0.5, 0.5), "odd": list(7, 1, 1, math.NaN(), -1), "twice": append(list(1, 0.5), list(1, 0.4, 0.3)...),
	}
	for name, fuse := range fusions {
		for vn, v := range lists {
			for wn, w := range lists {
				seen := map[vector.Key]bool{}
				last := 1.0
				for _, u := range fuse(v, w) {
					if seen[u.Key] || u.Vector == nil && u.Words == nil {
						t.Errorf("%s of %s and %s: %+v comes twice or from nowhere", name, vn, wn, u)
					}
					if !(u.Score >= 0 && u.Score <= last) {
						t.Errorf("%s of %s and %s: score %v after %v", name, vn, wn, u.Score, last)
					}
					seen[u.Key], last = true, u.Score
				}
			}
		}
		for i, u := range fuse(nil, lists["few"]) {
			if u.Key != lists["few"][i].Key {
				t.Errorf("%s of words alone: place %d is %d", name, i+1, u.Key)
			}
		}
	}
}

func TestWeighted_isTheMeanThatDifyUses(t *testing.T) {
	fused := vector.Weighted(list(1, 0.8), list(1, 0.4), 7, 3)
	if got := fused[0].Score; math.Abs(got-(0.7*0.8+0.3*0.4)) > 1e-9 {
		t.Errorf("Score = %v, want 0.68", got)
	}
}

func TestRRF_firstInBothIsOne(t *testing.T) {
	fused := vector.RRF(list(1, 0.2, 0.1), list(1, 0.9), 0)
	if fused[0].Score != 1 || math.Abs(fused[1].Score-0.5*61/62) > 1e-9 {
		t.Errorf("scores = %v, %v, want 1 and half of 61/62", fused[0].Score, fused[1].Score)
	}
}
