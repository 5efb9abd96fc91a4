package split

import (
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer/codec"
)

// longestRun is where a run of letters, signs or spaces is counted in two parts. Words are shorter; without the bound, a
// document of one endless word would be counted again for each of its passages. It adds less than one token in a hundred.
const longestRun = 256

// keptRuns is of how many runs a tally remembers the count before it begins anew.
const keptRuns = 1 << 16

var o200k = sync.OnceValue(codec.NewO200kBase) // 17 ms, only when somebody counts

// Tokens counts as the o200k vocabulary does. Models whose own vocabulary is made for Chinese need up to 30 % fewer, so that
// a text which fits by this count fits there too.
func Tokens(s string) int {
	n := 0
	for i := 0; i < len(s); {
		e := run(s, i)
		n += pairs(s[i:e])
		i = e
	}
	return n
}

// pairs is the number of tokens of one run.
func pairs(s string) int {
	n, err := o200k().Count(s)
	if err != nil { // the expression has no time limit, so there is nothing that could fail
		return len(s)
	}
	return n
}

// A tally knows the tokens between any two places of a text.
type tally struct {
	text string
	ends []uint32 // of each run
	sums []uint32 // tokens up to the end of each run
	kept map[string]uint32
}

func newTally(text string) *tally {
	t := &tally{text: text, kept: map[string]uint32{}}
	t.ends, t.sums = make([]uint32, 0, len(text)/5+1), make([]uint32, 0, len(text)/5+1)
	sum := uint32(0)
	for i := 0; i < len(text); {
		e := run(text, i)
		sum += t.pairs(text[i:e])
		t.ends, t.sums = append(t.ends, uint32(e)), append(t.sums, sum)
		i = e
	}
	return t
}

func (t *tally) pairs(s string) uint32 {
	if n, ok := t.kept[s]; ok {
		return n
	}
	n := uint32(pairs(s))
	if len(t.kept) == keptRuns {
		clear(t.kept)
	}
	t.kept[s] = n
	return n
}

// run is the number of tokens of the run from a to e; i is the run of the text that a lies in.
func (t *tally) run(i, a, e int) uint32 {
	if i < len(t.ends) && int(t.ends[i]) == e && t.endBefore(i) == a {
		return t.sums[i] - t.sumBefore(i)
	}
	return t.pairs(t.text[a:e])
}

// count is Tokens(text[a:b]), without reading more than the runs at both ends.
func (t *tally) count(a, b int) int {
	n, text := uint32(0), t.text[:b]
	i := t.at(a)
	for skipped := false; a < b; {
		if !skipped && a == t.endBefore(i) {
			skipped = true
			last, _ := slices.BinarySearch(t.ends[i:], uint32(b)+1)
			if last > 3 { // what the text's end may change lies in the last runs
				n += t.sums[i+last-4] - t.sumBefore(i)
				i += last - 3
				a = t.endBefore(i)
			}
		}
		e := run(text, a)
		n += t.run(i, a, e)
		for i < len(t.ends) && int(t.ends[i]) <= e {
			i++
		}
		a = e
	}
	return int(n)
}

// at is the number of the run that the byte a lies in.
func (t *tally) at(a int) int {
	i, _ := slices.BinarySearch(t.ends, uint32(a)+1)
	return i
}

func (t *tally) endBefore(i int) int {
	if i == 0 {
		return 0
	}
	return int(t.ends[i-1])
}

func (t *tally) sumBefore(i int) uint32 {
	if i == 0 {
		return 0
	}
	return t.sums[i-1]
}

// A class is what a rune is to the expression by which o200k cuts a text into runs.
type class uint8

const (
	sign  class = iota
	blank       // but not a line's end
	ending
	upper // only at the head of a word
	lower // only behind it
	letter
	accent // a letter that may also stand before a word
	digit
)

var ascii = func() (t [utf8.RuneSelf]class) {
	for r := range rune(utf8.RuneSelf) {
		t[r] = slowClass(r)
	}
	return t
}()

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return ascii[r]
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3:
		return letter
	}
	return slowClass(r)
}

func slowClass(r rune) class {
	switch {
	case r == '\r' || r == '\n':
		return ending
	case unicode.IsSpace(r):
		return blank
	case unicode.Is(unicode.Ll, r):
		return lower
	case unicode.In(r, unicode.Lu, unicode.Lt):
		return upper
	case unicode.IsLetter(r):
		return letter
	case unicode.IsMark(r):
		return accent
	case unicode.IsNumber(r):
		return digit
	}
	return sign
}

func classAt(s string, i int) (class, int) {
	if i >= len(s) {
		return ending, 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		return ascii[c], 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	return classOf(r), n
}

// run is the end of the run that begins at i: a word with the sign or space before it, up to three digits, signs, or spaces.
// It follows the alternatives of the expression of o200k in their order.
func run(s string, i int) int {
	if len(s)-i > longestRun {
		s = s[:runeStart(s, i+longestRun)]
	}
	c, n := classAt(s, i)
	if e := wordRun(s, i, c, n); e > 0 {
		return e
	}
	switch {
	case c == digit:
		for k := 0; k < 3 && c == digit; k++ {
			i += n
			c, n = classAt(s, i)
		}
		return i
	case c == sign || c == accent:
		return signRun(s, i)
	case s[i] == ' ':
		if after, _ := classAt(s, i+1); i+1 < len(s) && (after == sign || after == accent) {
			return signRun(s, i+1)
		}
	}
	return spaceRun(s, i)
}

func wordRun(s string, i int, c class, n int) int {
	before := c == sign || c == blank || c == accent
	for _, word := range [...]func(string, int) int{lowerWord, upperWord} {
		if before {
			if e := word(s, i+n); e > 0 {
				return e
			}
		}
		if c >= upper && c <= accent {
			if e := word(s, i); e > 0 {
				return e
			}
		}
	}
	return 0
}

// lowerWord is the end of a word that ends in something not upper case, 0 if there is none.
func lowerWord(s string, i int) int {
	last := 0
	for {
		c, n := classAt(s, i)
		switch {
		case c == upper && n > 0:
		case c == letter || c == accent:
			last = i + n
		case c == lower:
			for c == lower || c == letter || c == accent {
				i += n
				c, n = classAt(s, i)
			}
			return shortened(s, i)
		case last > 0:
			return shortened(s, last)
		default:
			return 0
		}
		i += n
	}
}

// upperWord is the end of a word in upper case, which lowerWord refused.
func upperWord(s string, i int) int {
	from := i
	for {
		c, n := classAt(s, i)
		if c != upper {
			break
		}
		i += n
	}
	if i == from {
		return 0
	}
	return shortened(s, i)
}

// shortened goes behind 's, 't, 're, 've, 'm, 'll and 'd.
func shortened(s string, i int) int {
	if i+1 >= len(s) || s[i] != '\'' {
		return i
	}
	switch s[i+1] | 0x20 {
	case 's', 't', 'm', 'd':
		return i + 2
	case 'r', 'v':
		if i+2 < len(s) && s[i+2]|0x20 == 'e' {
			return i + 3
		}
	case 'l':
		if i+2 < len(s) && s[i+2]|0x20 == 'l' {
			return i + 3
		}
	}
	if r, n := utf8.DecodeRuneInString(s[i+1:]); r == 'ſ' {
		return i + 1 + n
	}
	return i
}

func signRun(s string, i int) int {
	for {
		c, n := classAt(s, i)
		if n == 0 || c != sign && c != accent {
			break
		}
		i += n
	}
	for i < len(s) && (s[i] == '\n' || s[i] == '\r' || s[i] == '/') {
		i++
	}
	return i
}

func spaceRun(s string, i int) int {
	from, before, line := i, i, 0
	for {
		c, n := classAt(s, i)
		if n == 0 || c != blank && c != ending {
			break
		}
		before, i = i, i+n
		if c == ending {
			line = i
		}
	}
	switch {
	case line > 0:
		return line
	case i < len(s) && before > from:
		return before // the last space goes with the word
	}
	return i
}

// runeStart is the greatest place up to i where a rune begins.
func runeStart(s string, i int) int {
	if i >= len(s) {
		return len(s)
	}
	for k := i; k > 0 && k > i-utf8.UTFMax; k-- {
		if utf8.RuneStart(s[k]) {
			return k
		}
	}
	return i
}
