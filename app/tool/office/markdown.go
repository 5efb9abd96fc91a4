// Package office writes documents of Markdown: Word files with an OOXML writer of its own, Excel workbooks of its tables, CSV.
package office

import (
	"regexp"
	"strings"
)

// block is a part of a document.
type block struct {
	kind  string // heading, paragraph, item, code, quote, table, rule
	level int    // of a heading from 1, of an item from 0
	order int    // of an item: its number; 0 is a bullet
	text  string
	rows  [][]string
}

var (
	headingLine = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*$`)
	itemLine    = regexp.MustCompile(`^(\s*)(?:[-*+•]|(\d{1,9})[.)、])\s+(.*)$`)
	ruleLine    = regexp.MustCompile(`^\s*(?:-\s*){3,}$|^\s*(?:\*\s*){3,}$|^\s*(?:_\s*){3,}$`)
	dividerLine = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$`)
)

// parse reads Markdown as far as documents need it: headings, paragraphs, lists, quotes, code, tables, rules.
func parse(src string) []block {
	lines := strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")
	var out []block
	var open []string // of the paragraph being read
	flush := func() {
		if len(open) > 0 {
			out = append(out, block{kind: "paragraph", text: strings.Join(open, "\n")})
			open = nil
		}
	}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
			flush()
		case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
			flush()
			fence := trimmed[:3]
			var code []string
			for i++; i < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[i]), fence); i++ {
				code = append(code, lines[i])
			}
			out = append(out, block{kind: "code", text: strings.Join(code, "\n")})
		case headingLine.MatchString(trimmed):
			flush()
			m := headingLine.FindStringSubmatch(trimmed)
			out = append(out, block{kind: "heading", level: len(m[1]), text: m[2]})
		case strings.Contains(line, "|") && i+1 < len(lines) && strings.Contains(lines[i+1], "-") && strings.Contains(lines[i+1], "|") && dividerLine.MatchString(lines[i+1]):
			flush()
			rows := [][]string{cells(line)}
			for i += 2; i < len(lines) && strings.Contains(lines[i], "|") && strings.TrimSpace(lines[i]) != ""; i++ {
				rows = append(rows, cells(lines[i]))
			}
			i--
			out = append(out, block{kind: "table", rows: even(rows)})
		case ruleLine.MatchString(line):
			flush()
			out = append(out, block{kind: "rule"})
		case itemLine.MatchString(line):
			flush()
			out = append(out, item(line))
		case strings.HasPrefix(trimmed, ">"):
			flush()
			out = append(out, block{kind: "quote", text: strings.TrimSpace(strings.TrimLeft(trimmed, "> "))})
		case strings.HasPrefix(line, "  ") && len(open) == 0 && len(out) > 0 && out[len(out)-1].kind == "item":
			out[len(out)-1].text += " " + trimmed // goes on with the item
		default:
			open = append(open, trimmed)
		}
	}
	flush()
	return out
}

func item(line string) block {
	m := itemLine.FindStringSubmatch(line)
	b := block{kind: "item", level: min(len(strings.ReplaceAll(m[1], "\t", "    "))/2, 8), text: m[3]}
	for _, d := range m[2] {
		b.order = b.order*10 + int(d-'0')
	}
	if m[2] != "" && b.order == 0 {
		b.order = 1
	}
	return b
}

// cells are the cells of a line of a table. A bar behind a backslash is text.
func cells(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	if strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`) {
		line = line[:len(line)-1]
	}
	const bar = "\x00"
	var out []string
	for c := range strings.SplitSeq(strings.ReplaceAll(line, `\|`, bar), "|") {
		out = append(out, strings.TrimSpace(strings.ReplaceAll(c, bar, "|")))
	}
	return out
}

// even gives all rows the same length.
func even(rows [][]string) [][]string {
	most := 0
	for _, r := range rows {
		most = max(most, len(r))
	}
	for i := range rows {
		for len(rows[i]) < most {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

// run is a piece of text in one look.
type run struct {
	text               string
	bold, italic, code bool
	link               string
}

var inline = regexp.MustCompile("(`+)(.+?)(`+)|\\*\\*\\*(.+?)\\*\\*\\*|\\*\\*(.+?)\\*\\*|__(.+?)__|\\*([^*\\s][^*]*?)\\*|!?\\[([^\\]]*)\\]\\(([^)\\s]+)[^)]*\\)|<br\\s*/?>")

// runs divides a text by its marks.
func runs(s string) []run {
	var out []run
	put := func(r run) {
		if r.text != "" {
			r.text = unescape(r.text, r.code)
			out = append(out, r)
		}
	}
	at := 0
	for _, m := range inline.FindAllStringSubmatchIndex(s, -1) {
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		if m[0] > 0 && s[m[0]-1] == '\\' {
			continue
		}
		put(run{text: s[at:m[0]]})
		at = m[1]
		switch {
		case m[4] >= 0:
			put(run{text: part(2), code: true})
		case m[8] >= 0:
			put(run{text: part(4), bold: true, italic: true})
		case m[10] >= 0:
			put(run{text: part(5), bold: true})
		case m[12] >= 0:
			put(run{text: part(6), bold: true})
		case m[14] >= 0:
			put(run{text: part(7), italic: true})
		case m[18] >= 0:
			label := part(8)
			if label == "" {
				label = part(9)
			}
			put(run{text: label, link: part(9)})
		default:
			put(run{text: "\n"})
		}
	}
	put(run{text: s[at:]})
	return out
}

var escaped = regexp.MustCompile("\\\\([\\\\`*_{}\\[\\]()#+.!|<>-])")

func unescape(s string, code bool) string {
	if code {
		return s
	}
	return escaped.ReplaceAllString(s, "$1")
}

// plain is a text without its marks.
func plain(s string) string {
	var b strings.Builder
	for _, r := range runs(s) {
		b.WriteString(r.text)
	}
	return b.String()
}
