package jinja

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of source. Its kind is the operator itself, or one of the words below.
type token struct {
	kind string
	text string // of a name, a string or data
	val  any    // of a number
	err  *failure
	line int
}

const (
	tokName     = "name"
	tokString   = "string"
	tokInteger  = "integer"
	tokFloat    = "float"
	tokData     = "template data / text"
	tokVarBegin = "begin of print statement"
	tokVarEnd   = "end of print statement"
	tokTagBegin = "begin of statement block"
	tokTagEnd   = "end of statement block"
	tokEOF      = "end of template"
	tokError    = "error"
)

var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
	"=", ".", ":", "|", ",", ";"}

var brackets = map[string]string{"(": ")", "[": "]", "{": "}"}

type lexer struct {
	src    string
	pos    int
	line   *int
	tokens []token
}

// lex cuts the source into tokens. What it cannot read becomes an error token, for what stands before may be wrong too.
func lex(source string) (tokens []token) {
	line := 1
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(source, "\uFFFD"))
	l := &lexer{src: strings.TrimSuffix(source, "\n"), line: &line}
	defer func() {
		if x := recover(); x != nil {
			tokens = append(l.tokens, token{kind: tokError, err: asFailure(x, line), line: line})
		}
	}()
	for l.pos < len(l.src) {
		l.root()
	}
	l.add(token{kind: tokEOF})
	return l.tokens
}

func (l *lexer) add(t token) {
	if len(l.tokens) > maxTokens {
		fail("limit", "the template has more than %d parts", "模板的组成部分超过 %d 个", maxTokens)
	}
	t.line = *l.line
	l.tokens = append(l.tokens, t)
}

// take moves over n bytes.
func (l *lexer) take(n int) {
	s := l.src[l.pos : l.pos+n]
	l.pos += n
	*l.line += strings.Count(s, "\n")
}

func (l *lexer) rest() string { return l.src[l.pos:] }

func (l *lexer) skipSpace() {
	rest := l.rest()
	l.take(len(rest) - len(trimLeft(rest)))
}

// root reads text up to and including the next tag.
func (l *lexer) root() {
	rest, i := l.rest(), 0
	for ; i < len(rest); i++ {
		if rest[i] == '{' && i+1 < len(rest) && strings.IndexByte("{%#", rest[i+1]) >= 0 {
			break
		}
	}
	text := rest[:i]
	if i == len(rest) {
		l.data(text, text)
		return
	}
	open, sign := rest[i:i+2], ""
	if i+2 < len(rest) && (rest[i+2] == '-' || rest[i+2] == '+') {
		sign = rest[i+2 : i+3]
	}
	if sign == "-" {
		l.data(text, trimRight(text))
	} else {
		l.data(text, text)
	}
	switch {
	case open == "{#":
		l.take(2 + len(sign))
		l.comment()
	case open == "{{":
		l.add(token{kind: tokVarBegin})
		l.take(2 + len(sign))
		l.inside("}}", tokVarEnd)
	case !l.raw(sign):
		l.add(token{kind: tokTagBegin})
		l.take(2 + len(sign))
		l.inside("%}", tokTagEnd)
	}
}

// data takes all of the source text, and keeps what whitespace control leaves of it.
func (l *lexer) data(all, kept string) {
	if kept != "" {
		l.add(token{kind: tokData, text: kept})
	}
	l.take(len(all))
}

func (l *lexer) comment() {
	i := strings.Index(l.rest(), "#}")
	if i < 0 {
		fail("syntax", "Missing end of comment tag", "注释缺少结尾 #}")
	}
	strip := i > 0 && l.rest()[i-1] == '-'
	l.take(i + 2)
	if strip {
		l.skipSpace()
	}
}

// raw reads {% raw %} … {% endraw %} if that is what comes.
func (l *lexer) raw(sign string) bool {
	start := l.rest()
	s, ok := strings.CutPrefix(trimLeft(start[2+len(sign):]), "raw")
	if !ok {
		return false
	}
	s = trimLeft(s)
	switch {
	case strings.HasPrefix(s, "-%}"):
		s = trimLeft(s[3:])
	case strings.HasPrefix(s, "%}"):
		s = s[2:]
	default:
		return false
	}
	l.take(len(start) - len(s))
	for from := 0; ; {
		i := strings.Index(s[from:], "{%")
		if i < 0 {
			fail("syntax", "Missing end of raw directive", "raw 标签缺少结尾 endraw")
		}
		i += from
		from = i + 2
		strip := strings.HasPrefix(s[from:], "-")
		tail := s[from:]
		if strip || strings.HasPrefix(tail, "+") {
			tail = tail[1:]
		}
		tail, ok := strings.CutPrefix(trimLeft(tail), "endraw")
		if !ok {
			continue
		}
		tail = trimLeft(tail)
		switch {
		case strings.HasPrefix(tail, "-%}"):
			tail = trimLeft(tail[3:])
		case strings.HasPrefix(tail, "+%}"):
			tail = tail[3:]
		case strings.HasPrefix(tail, "%}"):
			tail = tail[2:]
		default:
			continue
		}
		kept := s[:i]
		if strip {
			kept = trimRight(kept)
		}
		l.data(s[:i], kept)
		l.take(len(s) - i - len(tail))
		return true
	}
}

// inside reads the tokens of one tag up to its end.
func (l *lexer) inside(end, kind string) {
	var open []string
	for {
		rest := l.rest()
		if rest == "" {
			return
		}
		if len(open) == 0 {
			if strings.HasPrefix(rest, "-"+end) {
				l.add(token{kind: kind})
				l.take(3)
				l.skipSpace()
				return
			}
			if n := len(end); strings.HasPrefix(rest, end) || kind == tokTagEnd && strings.HasPrefix(rest, "+"+end) {
				l.add(token{kind: kind})
				if rest[0] == '+' {
					n++
				}
				l.take(n)
				return
			}
		}
		r, _ := utf8.DecodeRuneInString(rest)
		switch {
		case isSpace(r):
			l.skipSpace()
		case r >= '0' && r <= '9':
			l.number()
		case isWord(r):
			l.name()
		case r == '\'' || r == '"':
			l.str(byte(r))
		default:
			open = l.operator(open)
		}
	}
}

func (l *lexer) unexpected() {
	r, _ := utf8.DecodeRuneInString(l.rest())
	fail("syntax", "unexpected char %s at %d", "意外的字符 %s（位置 %d）", reprText(string(r)), utf8.RuneCountInString(l.src[:l.pos]))
}

func (l *lexer) operator(open []string) []string {
	for _, op := range operators {
		if !strings.HasPrefix(l.rest(), op) {
			continue
		}
		if closing := brackets[op]; closing != "" {
			open = append(open, closing)
		}
		if op == ")" || op == "]" || op == "}" {
			if len(open) == 0 {
				fail("syntax", "unexpected '%s'", "多余的 '%s'", op)
			}
			want := open[len(open)-1]
			if open = open[:len(open)-1]; want != op {
				fail("syntax", "unexpected '%s', expected '%s'", "此处是 '%s'，应为 '%s'", op, want)
			}
		}
		l.add(token{kind: op})
		l.take(len(op))
		return open
	}
	l.unexpected()
	return nil
}

func (l *lexer) name() {
	rest := l.rest()
	n := strings.IndexFunc(rest, func(r rune) bool { return !isWord(r) && !unicode.IsMark(r) })
	if n < 0 {
		n = len(rest)
	}
	if first, _ := utf8.DecodeRuneInString(rest); unicode.IsNumber(first) && !unicode.Is(unicode.Nl, first) {
		fail("syntax", "Invalid character in identifier", "变量名中有无效字符")
	}
	l.add(token{kind: tokName, text: rest[:n]})
	l.take(n)
}

// digits counts a run of digits with single underscores between them.
func digits(s, set string) int {
	n := 0
	for n < len(s) {
		i := n
		if s[i] == '_' && n > 0 {
			i++
		}
		if i >= len(s) || strings.IndexByte(set, lowerByte(s[i])) < 0 {
			break
		}
		n = i + 1
	}
	return n
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

const decimal = "0123456789"

func (l *lexer) number() {
	rest := l.rest()
	n := digits(rest, decimal)
	isFloat := false
	if l.pos == 0 || l.src[l.pos-1] != '.' {
		if n < len(rest) && rest[n] == '.' {
			if m := digits(rest[n+1:], decimal); m > 0 {
				n, isFloat = n+1+m, true
			}
		}
		if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
			i := n + 1
			if i < len(rest) && (rest[i] == '+' || rest[i] == '-') {
				i++
			}
			if m := digits(rest[i:], decimal); m > 0 {
				n, isFloat = i+m, true
			}
		}
	}
	if isFloat {
		f, err := strconv.ParseFloat(strings.ReplaceAll(rest[:n], "_", ""), 64)
		_ = err // out of range gives infinity, as in Python
		l.add(token{kind: tokFloat, val: f})
		l.take(n)
		return
	}
	if rest[0] == '0' {
		n = digits(rest, "0")
		for prefix, set := range map[string]string{"0b": "01", "0o": "01234567", "0x": "0123456789abcdef"} {
			if len(rest) < 3 || !strings.EqualFold(rest[:2], prefix) {
				continue
			}
			tail := strings.TrimPrefix(rest[2:], "_")
			if m := digits(tail, set); m > 0 {
				n = len(rest) - len(tail) + m
			}
		}
	}
	if n > maxDigits {
		fail("syntax", "a number has more than %d digits", "数字超过 %d 位", maxDigits)
	}
	text := strings.ReplaceAll(rest[:n], "_", "")
	b, ok := new(big.Int).SetString(text, 0)
	if !ok {
		b, _ = new(big.Int).SetString("0", 10) // 00 is zero
	}
	l.add(token{kind: tokInteger, val: whole(b)})
	l.take(n)
}

func (l *lexer) str(quote byte) {
	rest := l.rest()
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case quote:
			l.add(token{kind: tokString, text: unescape(rest[1:i])})
			l.take(i + 1)
			return
		}
	}
	l.unexpected()
}

var escapes = map[byte]string{'\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '\n': ""}

// unescape reads the escapes of a Python string; one it does not know stays as it is.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		c := s[i]
		if text, ok := escapes[c]; ok {
			b.WriteString(text)
			continue
		}
		width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		switch {
		case width > 0:
			code := hexCode(s[i+1:], width, c)
			i += width
			if code >= 0xD800 && code < 0xDC00 && strings.HasPrefix(s[i+1:], `\u`) && len(s) >= i+7 {
				if low := hexCode(s[i+3:], 4, 'u'); low >= 0xDC00 && low < 0xE000 {
					code = (code-0xD800)<<10 + low - 0xDC00 + 0x10000
					i += 6
				}
			}
			b.WriteRune(rune(code))
		case c >= '0' && c <= '7':
			n := 1
			for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' {
				n++
			}
			code, _ := strconv.ParseUint(s[i:i+n], 8, 32)
			b.WriteRune(rune(code))
			i += n - 1
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hexCode(s string, width int, letter byte) int64 {
	if len(s) >= width {
		if code, err := strconv.ParseUint(s[:width], 16, 32); err == nil && code <= unicode.MaxRune {
			return int64(code)
		}
	}
	fail("syntax", `truncated \%c%s escape`, `不完整的转义 \%c%s`, letter, strings.Repeat("X", width))
	return 0
}
