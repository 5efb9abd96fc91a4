package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// kind is what a token stands for.
type kind uint8

const (
	word kind = iota // letters
	item             // digits, or letters with digits
	pair             // two characters of a script without spaces
	tail             // the last character of a run of such a script
	code             // several pieces as one
)

// token is a term at its place.
type token struct {
	term       string
	kind       kind
	pos        int // counts words, or characters of scripts without spaces
	span       int // of a code: its pieces
	start, end int // bytes of the text as written
}

const (
	maxTerm   = 64 // bytes of a term; what is longer is cut
	maxJoined = 3  // joiners between two pieces of a code
)

// scanner cuts a text into tokens.
type scanner struct {
	text string
	at   int
	pos  int
	out  []token
	join int // index in out of a code or word in capitals that ends here and may be joined to a number: GB/T 19001; -1: none
}

// scan cuts a text into tokens, in order of their places; a code stands before its pieces.
func scan(text string) []token {
	s := scanner{text: text, join: -1, out: make([]token, 0, len(text)/4)}
	for s.at < len(text) {
		switch c := next(text, s.at); c.class {
		case pairs:
			s.run()
		case letter, digit:
			s.compound()
		default:
			if c.folded != " " {
				s.join = -1
			}
			s.at = c.end
		}
	}
	return s.out
}

// run reads characters of a script without spaces.
func (s *scanner) run() {
	s.join = -1
	var last cell
	for s.at < len(s.text) {
		c := next(s.text, s.at)
		if c.class != pairs {
			break
		}
		if last.folded != "" {
			s.add(token{term: last.folded + c.folded, kind: pair, start: last.start, end: c.end})
			s.pos++
		}
		last, s.at = c, c.end
	}
	s.add(token{term: last.folded, kind: tail, start: last.start, end: last.end})
	s.pos += 2 // pairs across a break are no neighbours
}

func (s *scanner) add(t token) {
	if len(t.term) > maxTerm {
		cut := maxTerm
		for !utf8.RuneStart(t.term[cut]) {
			cut--
		}
		t.term = t.term[:cut]
	}
	t.pos = s.pos
	s.out = append(s.out, t)
}

// compound reads a word, a number, or a code of several pieces with joiners between them.
func (s *scanner) compound() {
	first, whole := len(s.out), code
	s.add(token{kind: whole, start: s.at}) // filled in below
	var joined []byte
	for {
		piece := s.piece()
		joined = append(joined, piece.term...)
		s.add(piece)
		s.pos++
		sep := s.joiners(piece.kind)
		if sep == "" {
			break
		}
		joined = append(joined, sep...)
	}
	pieces := s.out[first+1:]
	end := pieces[len(pieces)-1].end
	if len(pieces) == 1 {
		s.out = append(s.out[:first], pieces[0])
		s.capitals(first, end)
		return
	}
	t := &s.out[first]
	t.term, t.span, t.end = cut(squeeze(string(joined))), len(pieces), end
	if allDigits(t.term) && strings.Trim(string(joined), "0123456789,") == "" { // 1,000,000 is a number
		*t = token{term: t.term, kind: item, pos: t.pos, start: t.start, end: end}
		s.out, s.pos = s.out[:first+1], t.pos+1
	}
	s.capitals(first, end)
}

// cut shortens a term that is too long.
func cut(term string) string {
	if len(term) <= maxTerm {
		return term
	}
	n := maxTerm
	for !utf8.RuneStart(term[n]) {
		n--
	}
	return term[:n]
}

// capitals joins a short name in capitals with the number behind the one space after it (GB/T 19001-2016, ISO 9001) to one code.
func (s *scanner) capitals(at, end int) {
	t, name := s.out[at], s.join
	s.join = -1
	if c := t.term[0]; name >= 0 && '0' <= c && c <= '9' && t.start == s.out[name].end+1 {
		n := s.out[name]
		both := token{term: cut(squeeze(n.term + "-" + t.term)), kind: code, pos: n.pos, span: s.pos - n.pos, start: n.start, end: end}
		s.out = append(s.out[:name+1], s.out[name:]...)
		s.out[name] = both
		return
	}
	if written := s.text[t.start:end]; len(written) <= 6 && isCapitals(written) {
		s.join = at
	}
}

func isCapitals(s string) bool {
	for _, r := range s {
		if !unicode.IsUpper(r) && r != '/' && r != '-' {
			return false
		}
	}
	return true
}

// piece reads letters and digits.
func (s *scanner) piece() token {
	t := token{kind: word, start: s.at}
	var b strings.Builder
	for s.at < len(s.text) {
		c := next(s.text, s.at)
		if c.class != letter && c.class != digit {
			if c.folded != "'" || !s.letterAt(c.end) || t.kind != word {
				break
			}
			if c2 := next(s.text, c.end); c2.folded == "s" && !s.letterAt(c2.end) { // the company's
				s.at, t.end = c2.end, c.start
				break
			}
			s.at = c.end // don't
			continue
		}
		if c.class == digit {
			t.kind = item
		}
		b.WriteString(c.folded)
		s.at, t.end = c.end, c.end
	}
	t.term = b.String()
	if t.kind == word && len(t.term) <= 2 { // C++, C#, F#
		s.signs(&t)
	}
	return t
}

// signs takes the signs that are part of a short name.
func (s *scanner) signs(t *token) {
	rest := s.text[s.at:]
	for _, sign := range []string{"++", "#"} {
		if after, ok := strings.CutPrefix(rest, sign); ok && (after == "" || next(after, 0).class == other || next(after, 0).class == pairs) {
			t.term += sign
			s.at += len(sign)
			t.end, t.kind = s.at, item
		}
	}
}

func (s *scanner) letterAt(at int) bool {
	return at < len(s.text) && next(s.text, at).class == letter
}

// joiners reads what joins the piece before to the one behind; "" if nothing does.
func (s *scanner) joiners(before kind) string {
	at, sep := s.at, ""
	for at < len(s.text) && len(sep) <= maxJoined {
		c := next(s.text, at)
		if c.class == letter || c.class == digit {
			break
		}
		if c.class != joiner {
			return ""
		}
		sep += c.folded
		at = c.end
	}
	if sep == "" || len(sep) > maxJoined || at >= len(s.text) {
		return ""
	}
	numbers := before == item && next(s.text, at).class == digit
	switch {
	case strings.Contains(sep, "'"):
		return ""
	case strings.Contains(sep, ",") && (!numbers || sep != "," || !s.thousands(at)):
		return ""
	case sep == ":" && !numbers:
		return ""
	}
	s.at = at
	return sep
}

// thousands reports whether three digits, and no more, stand at a place.
func (s *scanner) thousands(at int) bool {
	n := 0
	for at < len(s.text) && n < 4 {
		c := next(s.text, at)
		if c.class != digit {
			break
		}
		n, at = n+1, c.end
	}
	return n == 3
}

// squeeze makes one term of the ways to write a code: AX-2041/B, AX2041B and ax_2041_b are the same. Points stay, as 2.31 and
// 23.1 differ; a code of digits stays as it is, but for the commas between thousands.
func squeeze(s string) string {
	if strings.Trim(s, "0123456789,") == "" {
		return strings.ReplaceAll(s, ",", "")
	}
	if !strings.ContainsFunc(s, unicode.IsLetter) {
		return s
	}
	drop := "-"
	if strings.ContainsFunc(s, unicode.IsDigit) && !strings.Contains(s, "@") {
		drop = `-_/\·#:&+,`
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(drop, r) {
			return -1
		}
		return r
	}, s)
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// stem is the stem of an English word in lower case. Other words are their own stem.
func stem(w string) string {
	if len(w) < 3 {
		return w
	}
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return w
		}
	}
	env := snowballstem.NewEnv(w)
	english.Stem(env)
	return env.Current()
}

// stemMark stands behind a term that is the stem of an inflected word, which is a term too. A word that is its own stem is one
// term only, so that a phrase can tell shoe from shoes.
const stemMark = "~"
