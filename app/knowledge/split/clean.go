package split

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean is the text as it is cut. Control characters and invalid bytes never survive; what else goes, the rules say. Spaces
// stay as they are in fenced code and before the items of lists. Of a link its text stays, and images stay whole, because
// they are shown with a passage.
func Clean(text string, r Rules) string { return clean(text, &r).text }

// A cleaned text knows where it comes from.
type cleaned struct {
	text   string
	stages [][]mark // of the last way of cleaning first
}

// A mark says that what begins at out began at in before, and goes on alike for size bytes.
type mark struct{ out, in, size int }

// An edit replaces a part of a text.
type edit struct {
	from, to int
	with     string
}

func clean(text string, r *Rules) *cleaned {
	c := &cleaned{text: text}
	c.apply(controls(c.text))
	if r.cleans(Addresses) {
		c.apply(addresses(c.text))
	}
	if r.cleans(ExtraSpaces) {
		c.apply(extraSpaces(c.text, readBlocks(c.text)))
	}
	return c
}

func (c *cleaned) apply(edits []edit) {
	if len(edits) == 0 {
		return
	}
	var b strings.Builder
	b.Grow(len(c.text))
	marks, at := make([]mark, 0, 2*len(edits)+1), 0
	for _, e := range edits {
		marks = append(marks, mark{b.Len(), at, e.from - at})
		b.WriteString(c.text[at:e.from])
		marks = append(marks, mark{b.Len(), e.from, e.to - e.from})
		b.WriteString(e.with)
		at = e.to
	}
	marks = append(marks, mark{b.Len(), at, len(c.text) - at})
	b.WriteString(c.text[at:])
	c.text, c.stages = b.String(), append([][]mark{marks}, c.stages...)
}

// source is where the byte i of the cleaned text was before.
func (c *cleaned) source(i int) int {
	for _, marks := range c.stages {
		k, _ := slices.BinarySearchFunc(marks, i+1, func(m mark, i int) int { return m.out - i })
		m := marks[k-1]
		i = m.in + min(i-m.out, max(0, m.size-1))
	}
	return i
}

// controls finds what no text should hold: NUL and its like, invalid bytes, marks of byte order, the line ends of other systems.
func controls(text string) []edit {
	var edits []edit
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c < 0x7F || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				n = 2
			}
			edits = append(edits, edit{i, i + n, "\n"})
		case r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			edits = append(edits, edit{i, i + n, "\n"})
		case r == utf8.RuneError && n == 1:
			edits = append(edits, edit{i, i + n, "\uFFFD"})
		case unicode.IsControl(r), r == '\uFEFF', r&0xFFFE == 0xFFFE:
			edits = append(edits, edit{i, i + n, ""})
		}
		i += n
	}
	return edits
}

// maxOpen is how many brackets of one line are kept in mind.
const maxOpen = 32

// addresses finds URLs and e-mail addresses, and what makes a link of its text.
func addresses(text string) []edit {
	var edits []edit
	cut := func(from, to int) {
		for len(edits) > 0 && edits[len(edits)-1].from >= from { // an address before its @
			edits = edits[:len(edits)-1]
		}
		edits = append(edits, edit{from: from, to: to})
	}
	var open []int
	sorted := true
	for i, done := 0, 0; i < len(text); {
		switch c := text[i]; {
		case c == '\n' || len(open) == maxOpen:
			open = open[:0]
			i++
		case c == '[':
			open = append(open, i)
			i++
		case c == ']':
			end := target(text, i+1)
			if n := len(open); n > 0 {
				from := open[n-1]
				open = open[:n-1]
				if end > 0 && from > 0 && text[from-1] == '!' {
					i, done = end, end
					continue
				}
				if end > 0 {
					edits = append(edits, edit{from: from, to: from + 1}, edit{from: i, to: end})
					sorted, i, done = false, end, end
					continue
				}
			}
			i++
		case c == '@':
			from, to := mailbox(text, done, i)
			if to == 0 {
				i++
				continue
			}
			cut(from, to)
			i, done = to, to
		case c == 'h' || c == 'H' || c == 'w' || c == 'W' || c == 'f' || c == 'F' || c == 'm' || c == '<':
			if to := url(text, i); to > 0 && (i == 0 || !alnum(text[i-1])) {
				cut(i, to)
				i, done = to, to
				continue
			}
			i++
		default:
			i++
		}
	}
	if !sorted {
		slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	}
	return edits
}

// target is the end of the (address) of a link at i, 0 if there is none.
func target(text string, i int) int {
	if i >= len(text) || text[i] != '(' {
		return 0
	}
	for k, depth := i, 0; k < min(len(text), i+4000); k++ {
		switch text[k] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return k + 1
			}
		case '\n':
			return 0
		}
	}
	return 0
}

// url is the end of the address that begins at i, 0 if none does.
func url(text string, i int) int {
	from := i
	if text[i] == '<' {
		i++
	}
	head := text[i:min(len(text), i+8)]
	known := false
	for _, scheme := range []string{"https://", "http://", "ftp://", "mailto:", "www."} {
		if len(head) >= len(scheme) && strings.EqualFold(head[:len(scheme)], scheme) {
			known, i = true, i+len(scheme)
			break
		}
	}
	if !known {
		return 0
	}
	k, depth := i, 0
	for ; k < len(text) && text[k] > ' ' && text[k] < 0x7F && strings.IndexByte("<>\"`{}|\\^[]", text[k]) < 0; k++ {
		switch text[k] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			break
		}
	}
	for k > i && strings.IndexByte(".,;:!?'*_", text[k-1]) >= 0 {
		k--
	}
	if k == i {
		return 0
	}
	if text[from] == '<' {
		if k == len(text) || text[k] != '>' {
			return 0
		}
		k++
	}
	return k
}

// mailbox are the bounds of the e-mail address whose @ is at i; the end is 0 if it is none. It begins at done or later.
func mailbox(text string, done, i int) (from, to int) {
	from, to = i, i+1
	for from > done && (alnum(text[from-1]) || strings.IndexByte(".+-_%", text[from-1]) >= 0) {
		from--
	}
	for to < len(text) && (alnum(text[to]) || text[to] == '.' || text[to] == '-') {
		to++
	}
	for to > i && (text[to-1] == '.' || text[to-1] == '-') {
		to--
	}
	if from == i || to <= i+1 || !strings.Contains(text[i:to], ".") {
		return 0, 0
	}
	if from > done && text[from-1] == '<' && to < len(text) && text[to] == '>' {
		from, to = from-1, to+1
	}
	return from, to
}

// extraSpaces finds runs of blanks, more than one blank line, and blanks at both ends of a line.
func extraSpaces(text string, blocks []block) []edit {
	var edits []edit
	at := 0
	for i := range blocks {
		b := &blocks[i]
		to := b.end
		if b.kind == code {
			edits = squeeze(text, at, b.line, blocks[:i], edits)
			at = b.core
			continue
		}
		edits = squeeze(text, at, to, blocks[:i+1], edits)
		at = to
	}
	return edits
}

func squeeze(text string, a, b int, before []block, edits []edit) []edit {
	for i := a; i < b; {
		c := text[i]
		if c > ' ' && c < utf8.RuneSelf {
			i++
			continue
		}
		end := pastSpaces(text, i, b)
		if end == i {
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		}
		if s := squeezed(text, i, end, before); s != text[i:end] {
			edits = append(edits, least(text, edit{i, end, s}))
		}
		i = end
	}
	return edits
}

// least leaves out of an edit what stays the same, so that it keeps its place.
func least(text string, e edit) edit {
	for e.with != "" && e.from < e.to && e.with[len(e.with)-1] == text[e.to-1] {
		e.to, e.with = e.to-1, e.with[:len(e.with)-1]
	}
	for e.with != "" && e.from < e.to && e.with[0] == text[e.from] {
		e.from, e.with = e.from+1, e.with[1:]
	}
	return e
}

// squeezed is what stays of the spaces from i to end.
func squeezed(text string, i, end int, before []block) string {
	spaces := text[i:end]
	lines := strings.Count(spaces, "\n")
	head := i == 0 || text[i-1] == '\n'
	if lines == 0 && !head {
		if end == len(text) {
			return ""
		}
		if utf8.RuneCountInString(spaces) > 1 {
			return " "
		}
		return spaces
	}
	indent := ""
	if n := len(before); n > 0 && before[n-1].kind == item {
		indent = spaces[strings.LastIndexByte(spaces, '\n')+1:]
	}
	if i == 0 {
		lines = 0
	}
	return strings.Repeat("\n", min(lines, 2)) + indent
}
