package text

import (
	"slices"
	"strings"
)

// Compare tells which words of a query a text holds, and which not, as written in the query. It sees terms as the index does,
// but not where they stand: a phrase is held where its words are.
func Compare(query, body string) (held, missed []string) {
	query = clip(query, maxQuery)
	groups := parse(query, false)
	have := map[string]bool{}
	for _, t := range Terms(body) {
		have[t] = true
	}
	holds := make([]bool, len(groups))
	for i, g := range groups {
		holds[i] = slices.ContainsFunc(g.terms, func(t string) bool { return have[t] }) || holdsPhrase(g, have)
		if g.prefix != "" {
			for t := range have {
				holds[i] = holds[i] || strings.HasPrefix(t, g.prefix)
			}
		}
	}
	has := func(i int) bool { return holds[i] }
	return spans(groups, query, has, false), spans(groups, query, has, true)
}

// holdsPhrase reports whether a text has all steps of a phrase.
func holdsPhrase(g group, have map[string]bool) bool {
	for _, s := range g.phrase {
		if !slices.ContainsFunc(s.terms, func(t string) bool { return have[t] }) {
			return false
		}
	}
	return len(g.phrase) > 0
}

// Matched tells which of the terms of a query (see Terms) a text holds. A stem counts as the word before it, and is not told.
func Matched(terms []string, body string) (held, missed []string) {
	have := map[string]bool{}
	for _, t := range Terms(body) {
		have[t] = true
	}
	for i, t := range terms {
		if strings.HasSuffix(t, stemMark) || slices.Contains(terms[:i], t) {
			continue
		}
		s := stem(t)
		if have[t] || have[s] || have[s+stemMark] {
			held = append(held, t)
		} else {
			missed = append(missed, t)
		}
	}
	return held, missed
}
