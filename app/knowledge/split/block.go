package split

import (
	"strings"
	"unicode/utf8"
)

type kind uint8

const (
	paragraph kind = iota
	heading
	item
	table
	code
)

// A block is a part of a Markdown text with the blank lines behind it. The blocks of a text follow each other without a gap.
type block struct {
	kind  kind
	level int // of a heading
	start int // with the blank lines before it, if it is the first
	line  int // where its first line begins
	body  int // behind the rows of a table's head, behind the opening line of code, behind the heading
	last  int // where the closing line of code begins, if there is one
	core  int // behind its last line, without the line's end
	end   int
}

// A reader reads blocks line by line.
type reader struct {
	text   string
	at     int
	blocks []block
	blank  bool // the line before was
}

func readBlocks(text string) []block {
	r := &reader{text: text}
	for r.at < len(text) {
		r.next()
	}
	if len(r.blocks) == 0 && text != "" { // only spaces
		r.add(block{}, 0, len(text))
	}
	if len(r.blocks) > 0 {
		r.blocks[0].start = 0
	}
	return r.blocks
}

// lineEnd is where the line ends that i lies in: at its \n or at the end of the text.
func lineEnd(text string, i int) int {
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}

func (r *reader) next() {
	from, to := r.at, lineEnd(r.text, r.at)
	line := r.text[from:to]
	bare := strings.TrimSpace(line)
	indent := strings.Index(line, bare)
	switch {
	case bare == "":
		r.blank = true
		r.at = min(to+1, len(r.text))
		if n := len(r.blocks); n > 0 {
			r.blocks[n-1].end = r.at
		}
		return
	case isFence(bare):
		r.fence(from, to, bare)
	case indent < 4 && headingLevel(bare) > 0:
		r.add(block{kind: heading, level: headingLevel(bare), body: to}, from, to)
	case strings.Contains(bare, "|") && r.underlined(to):
		r.table(from, to)
	case isItem(bare):
		r.add(block{kind: item}, from, to)
	default:
		r.prose(from, to, indent)
	}
	r.blank = false
}

func (r *reader) add(b block, from, to int) {
	b.start, b.line, b.core, b.end = from, from, to, min(to+1, len(r.text))
	r.blocks = append(r.blocks, b)
	r.at = b.end
}

func (r *reader) prose(from, to, indent int) {
	if n := len(r.blocks); n > 0 {
		b := &r.blocks[n-1]
		if b.kind == paragraph && !r.blank || b.kind == item && (!r.blank || indent >= 2) {
			b.core, b.end = to, min(to+1, len(r.text))
			r.at = b.end
			return
		}
	}
	r.add(block{kind: paragraph}, from, to)
}

// fence reads code to its closing line or the end of the text.
func (r *reader) fence(from, to int, bare string) {
	mark := bare[:len(bare)-len(strings.TrimLeft(bare, bare[:1]))]
	b := block{kind: code, body: min(to+1, len(r.text))}
	for at := b.body; at < len(r.text); {
		end := lineEnd(r.text, at)
		line := strings.TrimSpace(r.text[at:end])
		if strings.HasPrefix(line, mark) && strings.Trim(line, mark[:1]) == "" {
			b.last, to = at, end
			break
		}
		at, to = end+1, end
	}
	r.add(b, from, to)
}

func (r *reader) table(from, to int) {
	under := lineEnd(r.text, to+1)
	b := block{kind: table, body: min(under+1, len(r.text))}
	to = under
	for at := b.body; at < len(r.text); {
		end := lineEnd(r.text, at)
		if !strings.Contains(r.text[at:end], "|") {
			break
		}
		at, to = end+1, end
	}
	r.add(b, from, to)
}

// underlined tells whether the line after the one that ends at i is the second of a table: | --- | :-: |
func (r *reader) underlined(i int) bool {
	if i+1 >= len(r.text) {
		return false
	}
	line := strings.TrimSpace(r.text[i+1 : lineEnd(r.text, i+1)])
	return strings.Contains(line, "-") && strings.Contains(line, "|") && strings.Trim(line, "|-: \t") == ""
}

func isFence(bare string) bool {
	return strings.HasPrefix(bare, "```") && !strings.Contains(strings.TrimLeft(bare, "`"), "`") || strings.HasPrefix(bare, "~~~")
}

func headingLevel(bare string) int {
	n := len(bare) - len(strings.TrimLeft(bare, "#"))
	if n > 6 || n < len(bare) && bare[n] != ' ' && bare[n] != '\t' {
		return 0
	}
	return n
}

// isItem tells whether a line begins an item of a list: "- ", "* ", "+ ", "1. ", "1) ", "1、", "（1）", "一、", "（一）".
func isItem(bare string) bool {
	if len(bare) > 1 && strings.IndexByte("-*+", bare[0]) >= 0 {
		return bare[1] == ' ' || bare[1] == '\t'
	}
	rest, open := strings.CutPrefix(bare, "（")
	if !open {
		rest, open = strings.CutPrefix(bare, "(")
	}
	n := 0
	for n < len(rest) && n < 12 {
		r, size := utf8.DecodeRuneInString(rest[n:])
		if (r < '0' || r > '9') && !strings.ContainsRune("一二三四五六七八九十百", r) {
			break
		}
		n += size
	}
	if n == 0 {
		return false
	}
	rest = rest[n:]
	if open {
		return strings.HasPrefix(rest, "）") || strings.HasPrefix(rest, ")")
	}
	return strings.HasPrefix(rest, "、") || strings.HasPrefix(rest, "．") || strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, ") ")
}
