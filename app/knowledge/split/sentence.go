package split

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// abbreviations end in a full stop that ends no sentence.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "jr": true, "sr": true, "vs": true, "cf": true,
	"al": true, "fig": true, "figs": true, "eq": true, "sec": true, "ch": true, "vol": true, "pp": true, "ed": true, "eds": true,
	"dept": true, "approx": true, "inc": true, "ltd": true, "corp": true, "gen": true, "col": true, "capt": true, "sgt": true,
	"rev": true, "hon": true, "jan": true, "feb": true, "mar": true, "apr": true, "jun": true, "jul": true, "aug": true,
	"sep": true, "sept": true, "oct": true, "nov": true, "dec": true, "viz": true, "resp": true, "no": true, "nos": true,
}

const (
	closers = "”’\"'」』）)】]》〉"
	finals  = "。！？；｡!?"
)

// sentenceEnd is where the sentence ends that i lies in, with the spaces behind it; b at the latest.
func sentenceEnd(text string, i, b int) int {
	from := i
	for i < b {
		switch c := text[i]; {
		case c == '.':
			if fullStop(text, from, i, b) {
				return pastSpaces(text, past(text, i+1, b, closers), b)
			}
			i++
		case c == '!' || c == '?':
			end := past(text, i+1, b, finals+closers)
			if end == b || isSpace(text, end) {
				return pastSpaces(text, end, b)
			}
			i = end
		case c == '\n':
			end := pastSpaces(text, i, b)
			if strings.IndexByte(text[i+1:end], '\n') >= 0 {
				return end
			}
			i = end
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			i += n
			if r != '…' && !strings.ContainsRune(finals, r) {
				continue
			}
			end := past(text, i, b, finals+"…"+closers)
			if r != '…' || endsThought(text, end, b) {
				return pastSpaces(text, end, b)
			}
			i = end
		}
	}
	return b
}

// endsThought tells whether an ellipsis before i ends a sentence.
func endsThought(text string, i, b int) bool {
	r, _ := utf8.DecodeRuneInString(text[pastSpaces(text, i, b):b])
	return !unicode.IsLower(r) && !strings.ContainsRune("，、：,;:", r)
}

// fullStop tells whether the point at i ends a sentence.
func fullStop(text string, from, i, b int) bool {
	end := past(text, i+1, b, closers)
	if end < b && !isSpace(text, end) {
		return false // 3.14, example.com, …
	}
	next, _ := utf8.DecodeRuneInString(text[pastSpaces(text, end, b):b])
	if unicode.IsLower(next) {
		return false
	}
	k := i
	for k > from && k > i-16 && (text[k-1] == '.' || alnum(text[k-1])) {
		k--
	}
	word := text[k:i]
	if word == "" || end > i+1 {
		return true
	}
	if strings.Trim(word, "0123456789") == "" {
		return !(k == 0 || text[k-1] == '\n' || k == from) // 1. at the head of a line
	}
	if len(word) == 1 {
		return false // J. Smith
	}
	if strings.Contains(word, ".") {
		return strings.ContainsAny(word, "0123456789") || strings.HasSuffix(word, "..") // v1.2 does, e.g does not
	}
	word = strings.ToLower(word)
	if word == "no" || word == "nos" {
		return !unicode.IsDigit(next)
	}
	return !abbreviations[word]
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// past is the first place from i where none of the runes stands.
func past(text string, i, b int, runes string) int {
	for i < b {
		r, n := utf8.DecodeRuneInString(text[i:b])
		if !strings.ContainsRune(runes, r) || r == utf8.RuneError {
			break
		}
		i += n
	}
	return i
}

func isSpace(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[i:])
	return unicode.IsSpace(r)
}

func pastSpaces(text string, i, b int) int {
	for i < b {
		r, n := utf8.DecodeRuneInString(text[i:b])
		if !unicode.IsSpace(r) {
			break
		}
		i += n
	}
	return i
}

// pastLine is behind the end of the line that i lies in; b at the latest.
func pastLine(text string, i, b int) int { return min(lineEnd(text[:b], i)+1, b) }

// whole tells whether a reader sees one character end and another begin at i.
func whole(text string, i int) bool {
	if i <= 0 || i >= len(text) {
		return true
	}
	if !utf8.RuneStart(text[i]) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	before, n := utf8.DecodeLastRuneInString(text[:i])
	switch {
	case r < 0x300:
		return r != '\n' || before != '\r'
	case unicode.IsMark(r), r == '\u200c', r == '\u200d', r >= 0x1F3FB && r <= 0x1F3FF, r >= 0xE0020 && r <= 0xE007F:
		return false // joins what is before it: accents, skin, flags
	case before == '\u200d':
		return false
	case r >= 0x1160 && r <= 0x11FF, r >= 0xD7B0 && r <= 0xD7FB:
		return before < 0x1100 || before > 0x11FF && before < 0xAC00 || before > 0xD7FB // jamo of one syllable
	case regional(r) && regional(before):
		flags := 0
		for k := i; k > 0 && regional(before) && flags < 64; flags++ {
			k -= n
			before, n = utf8.DecodeLastRuneInString(text[:k])
		}
		return flags%2 == 0
	}
	return true
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
