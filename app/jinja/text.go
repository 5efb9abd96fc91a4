package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isSpace is Python's str.isspace for one character.
func isSpace(c rune) bool {
	return c >= 0x1c && c <= 0x1f || unicode.IsSpace(c)
}

// isAlnum is Python's str.isalnum for one character.
func isAlnum(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }

// isWord is \w of Python's regular expressions.
func isWord(c rune) bool { return c == '_' || isAlnum(c) }

func trimLeft(s string) string { return strings.TrimLeftFunc(s, isSpace) }

func trimRight(s string) string { return strings.TrimRightFunc(s, isSpace) }

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// lineBreak is how many bytes of a line end s starts with, by the rules of str.splitlines.
func lineBreak(s string) int {
	if strings.HasPrefix(s, "\r\n") {
		return 2
	}
	switch c, n := utf8.DecodeRuneInString(s); c {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return n
	}
	return 0
}

func splitLines(s string, keep bool) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); {
		n := lineBreak(s[i:])
		if n == 0 {
			_, w := utf8.DecodeRuneInString(s[i:])
			i += w
			continue
		}
		end := i
		if keep {
			end += n
		}
		out = append(out, s[start:end])
		i += n
		start = i
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// split is str.split without a separator: at runs of whitespace.
func split(s string, limit int) []string {
	var out []string
	for {
		s = trimLeft(s)
		if s == "" {
			return out
		}
		i := strings.IndexFunc(s, isSpace)
		if limit >= 0 && len(out) == limit {
			return append(out, s)
		}
		if i < 0 {
			return append(out, s)
		}
		out = append(out, s[:i])
		s = s[i:]
	}
}

func splitRight(s string, limit int) []string {
	var out []string
	for {
		s = trimRight(s)
		if s == "" {
			break
		}
		if limit >= 0 && len(out) == limit {
			out = append(out, s)
			break
		}
		i := strings.LastIndexFunc(s, isSpace)
		if i < 0 {
			out = append(out, s)
			break
		}
		_, w := utf8.DecodeRuneInString(s[i:])
		out = append(out, s[i+w:])
		s = s[:i]
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

var sharpS = strings.NewReplacer("ß", "SS", "ŉ", "ʼN", "ﬁ", "FI", "ﬂ", "FL")

func upper(s string) string { return strings.ToUpper(sharpS.Replace(s)) }

// lower knows that a sigma at the end of a word has a form of its own.
func lower(s string) string {
	if !strings.ContainsRune(s, 'Σ') {
		return strings.ToLower(s)
	}
	var b strings.Builder
	c := []rune(s)
	for i := range c {
		b.WriteRune(lowerAt(c, i))
	}
	return b.String()
}

func lowerAt(c []rune, i int) rune {
	if c[i] != 'Σ' {
		return unicode.ToLower(c[i])
	}
	before, after := i-1, i+1
	for before >= 0 && caseless(c[before]) {
		before--
	}
	for after < len(c) && caseless(c[after]) {
		after++
	}
	if before >= 0 && cased(c[before]) && (after == len(c) || !cased(c[after])) {
		return 'ς'
	}
	return 'σ'
}

// caseless are the characters that do not end a word for the sigma: marks, apostrophes and the like.
func caseless(c rune) bool {
	return strings.ContainsRune("'.:·’", c) || unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}

func titleRune(c rune) string {
	if c == 'ß' {
		return "Ss"
	}
	return string(unicode.ToTitle(c))
}

func capitalize(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	lowered := lower(s) // all of it: a sigma looks back
	_, first := utf8.DecodeRuneInString(lowered)
	return titleRune(c) + lowered[first:]
}

func cased(c rune) bool { return unicode.IsUpper(c) || unicode.IsLower(c) || unicode.IsTitle(c) }

// title is str.title: a letter after anything but a letter is a capital.
func title(s string) string {
	var b strings.Builder
	inside := false
	all := []rune(s)
	for i, c := range all {
		if inside {
			b.WriteRune(lowerAt(all, i))
		} else {
			b.WriteString(titleRune(c))
		}
		inside = cased(c)
	}
	return b.String()
}

func isTitle(s string) bool {
	inside, any := false, false
	for _, c := range s {
		switch {
		case unicode.IsUpper(c) || unicode.IsTitle(c):
			if inside {
				return false
			}
			inside, any = true, true
		case unicode.IsLower(c):
			if !inside {
				return false
			}
			any = true
		default:
			inside = false
		}
	}
	return any
}

func swapCase(s string) string {
	var b strings.Builder
	all := []rune(s)
	for i, c := range all {
		switch {
		case unicode.IsUpper(c):
			b.WriteRune(lowerAt(all, i))
		case unicode.IsTitle(c):
			b.WriteRune(c)
		default:
			b.WriteString(upper(string(c)))
		}
	}
	return b.String()
}

// every says whether s has characters, all of that kind.
func every(s string, kind func(rune) bool) bool {
	for _, c := range s {
		if !kind(c) {
			return false
		}
	}
	return s != ""
}

func isUpper(s string) bool { return caseIs(s, unicode.IsUpper, unicode.IsLower) }

func isLower(s string) bool { return caseIs(s, unicode.IsLower, unicode.IsUpper) }

func caseIs(s string, want, other func(rune) bool) bool {
	found := false
	for _, c := range s {
		if other(c) || unicode.IsTitle(c) {
			return false
		}
		found = found || want(c)
	}
	return found
}

func isDigit(c rune) bool {
	return unicode.Is(unicode.Nd, c) || strings.ContainsRune("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉①②③④⑤⑥⑦⑧⑨⑴⑵⑶⑷⑸⑹⑺⑻⑼⒈⒉⒊⒋⒌⒍⒎⒏⒐⓪❶❷❸❹❺❻❼❽❾", c)
}

func isNumeric(c rune) bool {
	return unicode.IsNumber(c) || strings.ContainsRune("一二三四五六七八九十百千万億亿兆零〇壹贰叁肆伍陆柒捌玖拾佰仟萬两兩廿卅弌弍弎", c)
}

func isIdentifier(s string) bool {
	for i, c := range s {
		if c != '_' && !unicode.IsLetter(c) && !unicode.Is(unicode.Nl, c) && (i == 0 || !unicode.IsDigit(c) && !unicode.IsMark(c)) {
			return false
		}
	}
	return s != ""
}

// pad fills a text up to a width counted in characters; left and right share out the filling.
func (r *render) pad(s string, width int, fill string, share func(missing int) (left, right int)) string {
	missing := width - runes(s)
	if missing <= 0 {
		return s
	}
	left, right := share(missing)
	if missing > maxText {
		r.grow(maxText + 1)
	}
	return r.repeat(fill, int64(left)) + s + r.repeat(fill, int64(right))
}

func atRight(n int) (left, right int) { return 0, n }

func atLeft(n int) (left, right int) { return n, 0 }

// around is how str.center shares: where the number is odd, the width decides.
func around(width int) func(int) (int, int) {
	return func(n int) (left, right int) {
		left = n/2 + n&width&1
		return left, n - left
	}
}
