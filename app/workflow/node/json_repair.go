package node

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"islet/app/value"
)

// repairJSON reads JSON as people and models write it, into values as package value has them: prose and code fences around
// it, comments, single or typographic quotes, bare words, Python's True and None, missing or spare commas and brackets, raw
// line breaks and unescaped quotes within texts, an end that is missing. Several values one after the other become a list.
// It is an error if there is no value at all.
//
// Two libraries were tried on a set of 73 such texts against Python's json_repair, which Dify uses: one lost backslashes and
// Chinese commas within texts, the other refused prose and inner quotes.
func repairJSON(s string) (any, error) {
	v, err := value.Decode([]byte(s))
	if err == nil {
		return v, nil
	}
	p := &repair{s: afterThinking(s)}
	var all []any
	for p.seek() {
		v, err := p.value(nowhere, 0)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 || !empty(v) {
			all = append(all, v)
		}
	}
	switch len(all) {
	case 0:
		return nil, errNoJSON
	case 1:
		return all[0], nil
	}
	return all, nil
}

var (
	errNoJSON  = errors.New("there is no JSON in it")
	errTooDeep = errors.New("nested too deep")
)

// empty tells whether v is an object or list without anything in it.
func empty(v any) bool {
	if o, ok := v.(*value.Object); ok {
		return o.Len() == 0
	}
	list, ok := v.([]any)
	return ok && len(list) == 0
}

// afterThinking drops what a model thought aloud.
func afterThinking(s string) string {
	if i := strings.LastIndex(s, "</think>"); i >= 0 && strings.Contains(s[:i], "<think>") {
		return s[i+len("</think>"):]
	}
	return s
}

// repair is a parser that never gives up. around are the brackets that are open, the innermost last.
type repair struct {
	s      string
	i      int
	around []byte
}

// place is where a text stands; it decides what may follow it.
type place uint8

const (
	nowhere place = iota
	inKey
	inObject
	inList
)

// seek goes to the next bracket that opens a value.
func (p *repair) seek() bool {
	k := strings.IndexAny(p.s[p.i:], "{[")
	if k < 0 {
		return false
	}
	p.i += k
	return true
}

// peek is the next byte, 0 at the end.
func (p *repair) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *repair) done() bool { return p.i >= len(p.s) }

// space skips white space and comments.
func (p *repair) space() {
	for !p.done() {
		rest := p.s[p.i:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p.i++
		case strings.HasPrefix(rest, "\u00a0"), strings.HasPrefix(rest, "\ufeff"), strings.HasPrefix(rest, "\u3000"):
			_, n := utf8.DecodeRuneInString(rest)
			p.i += n
		case c == '#' || strings.HasPrefix(rest, "//"):
			p.until("\n")
		case strings.HasPrefix(rest, "/*"):
			p.until("*/")
		case strings.HasPrefix(rest, "```"):
			p.i += 3
		default:
			return
		}
	}
}

func (p *repair) until(end string) {
	k := strings.Index(p.s[p.i:], end)
	if k < 0 {
		p.i = len(p.s)
		return
	}
	p.i += k + len(end)
}

// value reads the value that begins here, after space.
func (p *repair) value(at place, depth int) (any, error) {
	if depth > value.MaxDepth {
		return nil, errTooDeep
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.list(depth)
	case p.quote() != "":
		return p.text(at), nil
	}
	return p.word(at), nil
}

func (p *repair) open(c byte) { p.i++; p.around = append(p.around, c) }
func (p *repair) shut()       { p.around = p.around[:len(p.around)-1] }

// outside tells whether a bracket of this kind is open around the innermost one.
func (p *repair) outside(c byte) bool {
	return len(p.around) > 1 && bytes.IndexByte(p.around[:len(p.around)-1], c) >= 0
}

// window is how far a look ahead goes, so that no text takes more than linear time.
const window = 1000

// look is a second parser that may run ahead from i.
func (p *repair) look(i int) *repair {
	return &repair{s: p.s[:min(len(p.s), i+window)], i: i, around: p.around}
}

func (p *repair) object(depth int) (any, error) {
	p.open('{')
	defer p.shut()
	o := value.NewObject()
	for {
		p.space()
		switch c := p.peek(); {
		case p.done():
			return o, nil
		case c == '}':
			p.i++
			if depth == 0 && p.moreMembers() {
				continue // it was one too many
			}
			return o, nil
		case c == ']' && p.outside('['):
			return o, nil // the bracket of the list around us: ours is missing
		case c == ',' || c == ';' || c == ']' || c == ':':
			p.i++
			continue
		}
		from := p.i
		key := p.key()
		v, err := p.member(depth)
		if err != nil {
			return nil, err
		}
		o.Set(key, v)
		if p.i == from {
			p.i++ // whatever it is, we cannot stay here
		}
	}
}

// moreMembers tells whether a comma and a key follow.
func (p *repair) moreMembers() bool {
	q := p.look(p.i)
	q.space()
	if q.peek() != ',' {
		return false
	}
	q.i++
	q.space()
	return q.quote() != "" && q.isKey()
}

// member reads what follows a key: the colon and the value, of which either may be missing.
func (p *repair) member(depth int) (any, error) {
	p.space()
	if c := p.peek(); c == ':' || c == '=' {
		p.i++
		if p.peek() == '>' {
			p.i++
		}
	} else if rest := p.s[p.i:]; strings.HasPrefix(rest, "：") {
		p.i += len("：")
	}
	p.space()
	if c := p.peek(); p.done() || c == ',' || c == '}' || c == ']' || c == ';' {
		return "", nil
	}
	return p.value(inObject, depth+1)
}

func (p *repair) key() string {
	if p.quote() != "" {
		return p.text(inKey)
	}
	from := p.i
	for !p.done() && strings.IndexByte(":=,}{]\n\"", p.s[p.i]) < 0 && !strings.HasPrefix(p.s[p.i:], "：") {
		p.i++
	}
	return strings.TrimSpace(p.s[from:p.i])
}

func (p *repair) list(depth int) (any, error) {
	p.open('[')
	defer p.shut()
	list := []any{}
	for {
		p.space()
		switch c := p.peek(); {
		case p.done():
			return list, nil
		case c == ']':
			p.i++
			return list, nil
		case c == '}' && p.outside('{'):
			if bytes.Count(p.around, []byte("{")) == 1 {
				p.i++
				if p.moreMembers() {
					return list, nil // it was meant to be ours
				}
				p.i--
			}
			return list, nil // the bracket of the object around us: ours is missing
		case c == ',' || c == ';' || c == '}' || c == ':':
			p.i++
			continue
		}
		v, err := p.value(inList, depth+1)
		if err != nil {
			return nil, err
		}
		if v != "..." { // what models write for "and so on"
			list = append(list, v)
		}
	}
}

// quotes are the marks that open a text, and those that close it.
var quotes = map[string]string{`"`: `"`, `'`: `'`, "“": "”", "‘": "’", "`": "`"}

// quote is the mark here that opens a text, "" if there is none.
func (p *repair) quote() string {
	r, n := utf8.DecodeRuneInString(p.s[p.i:])
	if strings.ContainsRune("\"'“‘`", r) {
		return p.s[p.i : p.i+n]
	}
	return ""
}

// text reads a quoted text up to the mark that closes it, or to the end.
func (p *repair) text(at place) string {
	open := p.quote()
	end := quotes[open]
	p.i += len(open)
	var b strings.Builder
	for !p.done() {
		rest := p.s[p.i:]
		switch {
		case rest[0] == '\\':
			p.escape(&b)
			continue
		case strings.HasPrefix(rest, end) && p.closes(p.i+len(end), at):
			p.i += len(end)
			return b.String()
		case end == "”" && rest[0] == '"' && p.closes(p.i+1, at):
			p.i++
			return b.String()
		case rest[0] == '"' && at == inObject && endsWithComma(b.String()) && p.look(p.i).isKey():
			return strings.TrimRight(b.String(), ", \t\r\n") // the closing mark is missing: here comes the next key
		}
		b.WriteByte(rest[0])
		p.i++
	}
	return p.cutOff(b.String())
}

func endsWithComma(s string) bool { return strings.HasSuffix(strings.TrimRight(s, " \t\r\n"), ",") }

// cutOff is a text whose closing mark never came, without the brackets behind it that are meant for those around us.
func (p *repair) cutOff(s string) string {
	const white = " \t\r\n`"
	s = strings.TrimRight(s, white)
	for i := len(p.around) - 1; i >= 0 && s != "" && s[len(s)-1] == p.around[i]+2; i-- { // in ASCII a bracket closes two after it opens
		s = strings.TrimRight(s[:len(s)-1], white)
	}
	return s
}

// escape reads what follows a backslash. One that means nothing in JSON stays, as in "C:\dir".
func (p *repair) escape(b *strings.Builder) {
	rest := p.s[p.i:]
	if len(rest) < 2 {
		p.i++
		return
	}
	if rest[1] == 'u' {
		if r, n, ok := unicodeEscape(rest); ok {
			b.WriteRune(r)
			p.i += n
			return
		}
	}
	p.i += 2
	switch c := rest[1]; c {
	case '"', '\\', '/', '\'':
		b.WriteByte(c)
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	default:
		b.WriteByte('\\')
		p.i-- // the rest of the character is read as usual
	}
}

func unicodeEscape(s string) (r rune, n int, ok bool) {
	if len(s) < 6 {
		return 0, 0, false
	}
	hi, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 0, false
	}
	if hi >= 0xD800 && hi < 0xDC00 && len(s) >= 12 && s[6:8] == `\u` {
		lo, err := strconv.ParseUint(s[8:12], 16, 16)
		if err == nil && lo >= 0xDC00 && lo < 0xE000 {
			return rune(0x10000 + (hi-0xD800)<<10 + (lo - 0xDC00)), 12, true
		}
	}
	return rune(hi), 6, true
}

// ahead is how far closes looks for the colon of the next key.
const ahead = 200

// closes tells whether the mark before i ends a text at this place: what follows must look like the rest of an object or list,
// and not like the rest of a sentence.
func (p *repair) closes(i int, at place) bool {
	q := p.look(i)
	q.space()
	c := q.peek()
	if q.done() {
		return true
	}
	switch at {
	case inKey:
		return c == ':' || c == '=' || c == ',' || c == '}' || strings.HasPrefix(q.s[q.i:], "：")
	case inObject:
		if c == ',' || c == ';' {
			q.i++
			q.space()
			return q.done() || q.peek() == '}' || q.peek() == ']' || q.peek() == ',' || q.peek() == '{' || q.isKey()
		}
		return c == '}' || c == ']' && (q.outside('[') || q.tail()) || q.i > i && q.quote() != "" && q.isKey()
	case inList:
		return c == ',' || c == ']' || c == '}' && q.outside('{') || q.i > i && (q.quote() != "" || c == '{' || c == '[')
	}
	return true
}

// tail tells whether only brackets are left.
func (p *repair) tail() bool { return strings.TrimLeft(p.s[p.i:], "]} \t\r\n") == "" }

// isKey tells whether a key and its colon begin here.
func (p *repair) isKey() bool {
	near := p.s[p.i:min(len(p.s), p.i+ahead)]
	open := p.quote()
	if open == "" {
		k := strings.IndexAny(near, ":=,}\n\" ")
		if k <= 0 {
			return false
		}
		rest := strings.TrimLeft(near[k:], " ")
		return strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "=")
	}
	inner := near[len(open):]
	k := strings.Index(inner, quotes[open])
	if k < 0 {
		return false
	}
	rest := strings.TrimLeft(inner[k+len(quotes[open]):], " \t\r\n")
	return strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "：")
}

// word reads a value without quotes: a number, a word that JSON or Python has, or else a text.
func (p *repair) word(at place) any {
	from := p.i
	for !p.done() && strings.IndexByte(",;}]\n", p.s[p.i]) < 0 && !strings.HasPrefix(p.s[p.i:], " //") {
		if at == inList && p.s[p.i] == ' ' && isNumber(p.s[from:p.i]) {
			break // [1 2 3]
		}
		if at == inObject && p.s[p.i] == ' ' && p.nextIsKey() {
			break // {"a": 1 "b": 2}
		}
		p.i++
	}
	w := strings.TrimSpace(p.s[from:p.i])
	if p.i == from {
		p.i++ // a stray bracket
	}
	switch strings.ToLower(w) {
	case "true":
		return true
	case "false":
		return false
	case "null", "none", "undefined", "nan":
		return nil
	}
	if n, ok := lenientNumber(w); ok {
		return n
	}
	return w
}

func (p *repair) nextIsKey() bool {
	q := p.look(p.i)
	q.space()
	return q.quote() != "" && q.isKey()
}

func isNumber(w string) bool {
	_, ok := lenientNumber(w)
	return ok
}

// lenientNumber reads 01, .5, 1. and +1 beside the numbers of JSON.
func lenientNumber(w string) (any, bool) {
	digits := strings.TrimLeft(w, "+-")
	if len(w)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789.eE+-") != "" {
		return nil, false
	}
	if _, err := strconv.ParseFloat(w, 64); err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, false
	}
	if !strings.ContainsAny(digits, ".eE") {
		digits = strings.TrimLeft(digits, "0")
		if digits == "" {
			return int64(0), true
		}
	}
	if w[0] == '-' {
		digits = "-" + digits
	}
	return value.Number(digits), true
}
