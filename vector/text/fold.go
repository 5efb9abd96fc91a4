package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// class is what a character is to the tokenizer.
type class uint8

const (
	other class = iota
	letter
	digit
	joiner // may stand inside a code
	pairs  // of a script without spaces: cut into pairs
)

// cell is one character of a text as people see it, folded.
type cell struct {
	folded     string
	class      class
	start, end int // bytes of the text as written
}

// unspaced are the scripts whose words are not set apart.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao,
	unicode.Khmer, unicode.Myanmar}

// next reads the character at the begin of s[at:].
func next(s string, at int) cell {
	if b := s[at]; b < utf8.RuneSelf {
		if end := at + 1; end == len(s) || s[end] < utf8.RuneSelf {
			return cell{folded: lowerASCII[b : b+1], class: classOf(rune(b)), start: at, end: end}
		}
	}
	r, n := utf8.DecodeRuneInString(s[at:])
	end := at + n
	for end < len(s) { // marks belong to the character before them
		m, n := utf8.DecodeRuneInString(s[end:])
		if !unicode.Is(unicode.Mn, m) && m != 'ﾞ' && m != 'ﾟ' {
			break
		}
		end += n
	}
	c := cell{start: at, end: end}
	if end == at+n && unicode.Is(unicode.Han, r) && r < 0xF900 {
		c.folded, c.class = s[at:end], pairs
		return c
	}
	c.folded, c.class = fold(s[at:end])
	return c
}

// lowerASCII maps each ASCII byte to itself in lower case.
var lowerASCII = func() string {
	b := make([]byte, utf8.RuneSelf)
	for i := range b {
		b[i] = byte(unicode.ToLower(rune(i)))
	}
	return string(b)
}()

// fold takes width, case, accents and compatibility forms from a character.
func fold(s string) (string, class) {
	r, _ := utf8.DecodeRuneInString(s)
	switch r {
	case '‐', '‑', '‒', '–', '−', '－', '﹣':
		return "-", joiner
	case '’', '＇', 'ʼ':
		return "'", joiner
	}
	// Marks that make another letter stay with scripts where they do, and go where they are accents.
	f := norm.NFKC.String(s)
	r, _ = utf8.DecodeRuneInString(f)
	if classOf(r) != pairs {
		f = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFKD.String(f))
	}
	f = strings.ToLower(f)
	if utf8.RuneCountInString(f) == 1 {
		r, _ = utf8.DecodeRuneInString(f)
		return f, classOf(r)
	}
	// One character for several, as ㎏, ① or ㈱: what is a letter or a digit of it.
	f = strings.Map(func(r rune) rune {
		if c := classOf(r); c == other || c == joiner {
			if !unicode.Is(unicode.Mn, r) {
				return -1
			}
		}
		return r
	}, f)
	if f == "" {
		return "", other
	}
	r, _ = utf8.DecodeRuneInString(f)
	return f, classOf(r)
}

func classOf(r rune) class {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return letter
	case '0' <= r && r <= '9':
		return digit
	case r < utf8.RuneSelf:
		if strings.ContainsRune(`-_/.@:+&\,'#`, r) {
			return joiner
		}
		return other
	case r == '·':
		return joiner
	case r == 'ー' || unicode.In(r, unspaced...):
		return pairs
	case unicode.IsLetter(r):
		return letter
	case unicode.IsDigit(r):
		return digit
	}
	return other
}
