package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a query. What is longer is cut, not refused: people paste whole letters into a search.
const (
	maxQuery   = 8 << 10 // bytes that are read
	maxGroups  = 64      // groups that are scored: the rarest, which tell most
	maxPhrase  = 64      // places of a phrase
	maxPrefix  = 512     // terms that a single character stands for
	looseShare = 0.4     // weight of the words of well-known beside the whole
	pieceShare = 0.7     // worth of AX 2041 B where AX-2041/B was asked for
	pairShare  = 0.25    // weight of a pair with a function character in it
)

// group is one thing a query asks for. A document has it by any of its terms, by a term with the prefix, or by the phrase.
type group struct {
	terms      []string
	prefix     string
	phrase     []step
	weight     float64 // beside its rarity
	required   bool
	start, end int // bytes of the query as written
}

// step is one place of a phrase.
type step struct {
	offset int // from the first place
	terms  []string
	prefix string
}

// quotes are the pairs of signs that make a phrase.
var quotes = map[rune]rune{'"': '"', '“': '”', '「': '」', '『': '』', '«': '»', '＂': '＂'}

// parse reads a query. Without phrases, quotes mean nothing.
func parse(text string, phrases bool) []group {
	var out []group
	rest := []byte(text)
	if phrases {
		for _, q := range quoted(text) {
			g, ok := phraseOf(text[q[0]:q[1]])
			if !ok {
				continue
			}
			g.start, g.end = q[0], q[1]
			out = append(out, g)
			for i := q[0]; i < q[1]; i++ { // the words outside keep their places
				rest[i] = '"'
			}
		}
	}
	out = append(out, loose(string(rest))...)
	return distinct(out)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// quoted are the places of what stands in quotes.
func quoted(text string) [][2]int {
	var out [][2]int
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		end, ok := quotes[r]
		if !ok {
			continue
		}
		if j := strings.IndexRune(text[i:], end); j > 0 {
			out = append(out, [2]int{i, i + j})
			i += j + utf8.RuneLen(end)
		}
	}
	return out
}

// phraseOf makes a required group of what stands in quotes. One word is a phrase too: it is found as written only.
func phraseOf(text string) (group, bool) {
	steps := stepsOf(scan(text))
	if len(steps) == 0 || len(steps) > maxPhrase {
		return group{}, false
	}
	return group{phrase: steps, weight: min(1+0.5*float64(len(steps)-1), 3), required: true}, true
}

// stepsOf are the places of tokens. The last character of a run is in the pair before it, if there is one.
func stepsOf(tokens []token) []step {
	var out []step
	for i, t := range tokens {
		switch {
		case t.kind == code || t.term == "":
		case t.kind == tail && i > 0 && tokens[i-1].kind == pair && tokens[i-1].pos == t.pos-1:
		case t.kind == tail:
			out = append(out, step{offset: t.pos - tokens[0].pos, prefix: t.term})
		default:
			out = append(out, step{offset: t.pos - tokens[0].pos, terms: []string{t.term}})
		}
	}
	return out
}

// loose makes groups of the words outside of quotes. Function words only count where there are no others.
func loose(text string) []group {
	tokens := scan(text)
	var content, function []group
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		g := group{terms: []string{t.term}, weight: 1, start: t.start, end: t.end}
		switch t.kind {
		case code:
			pieces := tokens[i+1:]
			n := 0
			for n < len(pieces) && pieces[n].pos < t.pos+t.span {
				n++
			}
			g.phrase = stepsOf(pieces[:n])
			content = append(content, g)
			if plain(pieces[:n]) {
				for _, p := range pieces[:n] {
					if p.kind == word && !stopWords[p.term] {
						w := wordGroup(p)
						w.weight = looseShare
						content = append(content, w)
					}
				}
			}
			i += n
		case word:
			if g = wordGroup(t); stopWords[t.term] {
				function = append(function, g)
			} else {
				content = append(content, g)
			}
		case pair:
			near := i > 0 && isQuestion(tokens[i-1]) || i+1 < len(tokens) && isQuestion(tokens[i+1])
			content, function = addPair(g, near, content, function)
		case tail:
			if i > 0 && tokens[i-1].kind == pair && tokens[i-1].pos == t.pos-1 {
				continue
			}
			g.terms, g.prefix = nil, t.term
			if strings.Contains(functionChars, t.term) {
				function = append(function, g)
			} else {
				content = append(content, g)
			}
		default:
			content = append(content, g)
		}
	}
	if len(content) == 0 {
		return function
	}
	return content
}

// plain reports whether the pieces of a code are words, as in well-known.
func plain(pieces []token) bool {
	return !slices.ContainsFunc(pieces, func(t token) bool { return t.kind != word || len(t.term) < 2 })
}

func wordGroup(t token) group {
	s := stem(t.term)
	return group{terms: []string{s, s + stemMark}, weight: 1, start: t.start, end: t.end}
}

// isQuestion reports whether a pair makes a question.
func isQuestion(t token) bool { return t.kind == pair && strings.Contains(questionPairs, t.term) }

// addPair weighs a pair of characters: those of question words say nothing, those across a function character or next to a
// question word little.
func addPair(g group, near bool, content, function []group) (c, f []group) {
	first, n := utf8.DecodeRuneInString(g.terms[0])
	second, _ := utf8.DecodeRuneInString(g.terms[0][n:])
	a, b := strings.ContainsRune(functionChars, first), strings.ContainsRune(functionChars, second)
	switch {
	case a && b || strings.Contains(questionPairs, g.terms[0]):
		return content, append(function, g)
	case a || b || near:
		g.weight = pairShare
	}
	return append(content, g), function
}

// distinct drops what is asked for twice.
func distinct(groups []group) []group {
	seen := map[string]bool{}
	out := groups[:0]
	for _, g := range groups {
		key := strings.Join(g.terms, "\x01") + "\x02" + g.prefix
		if g.required {
			key += "\x03"
			for _, s := range g.phrase {
				key += strings.Join(s.terms, "\x01") + "\x02" + s.prefix
			}
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, g)
		}
	}
	return out
}

// stopWords are English words that say nothing about what a text is about.
var stopWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`a about after all also am an and any are as at be because been before being between both but
		by can could did do does doing don't dont for from had has have having he her here hers him his how i if in into is it its
		itself just me more most my no nor not of off on once only or other our out over own same she should so some such than that
		the their them then there these they this those through to too under until up very was we were what when where which while
		who whom why will with would you your please tell`) {
		m[strings.ReplaceAll(w, "'", "")] = true
	}
	return m
}()

// functionChars are characters that are mostly grammar.
const functionChars = "的了吗呢吧啊么是在和与或及等就都也还而但被把让使给对从到向于以之其这那哪您你我他她它们个请有要会能可应该则若如所并且些很什怎嘛呀哦之者"

// questionPairs are pairs that make a question, separated by spaces.
const questionPairs = "什么 怎么 怎样 如何 为何 为什 哪些 哪个 哪里 哪种 多少 几个 是否 请问 可以 能否 能不 应该 需要 一下 么样 么办 有没 没有 多久 多长 多大 几天 几次 告诉 知道 介绍"
