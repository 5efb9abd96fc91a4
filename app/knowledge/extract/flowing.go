package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The shape of lines in a PDF, by which paragraphs are told from lists and tables.
const (
	fullLine   = 0.75 // share of the longest lines that a line reaches which goes on in the next one
	repeatedOn = 0.6  // share of pages on which a line at the edge is a running head
	edgeLines  = 2    // lines at the top and the bottom of a page that may be running heads
	fewPages   = 3    // with fewer pages nothing is said to repeat
)

// flowing joins the lines of a PDF's paragraphs, Chinese without a space and others with one, and leaves out running heads and
// page numbers. Pages begin where they began.
func flowing(text string, pages []Page) (string, []Page) {
	parts := make([][]string, len(pages))
	for i, pg := range pages {
		end := len(text)
		if i+1 < len(pages) {
			end = min(pages[i+1].Start, len(text))
		}
		parts[i] = strings.Split(strings.TrimRight(text[min(pg.Start, end):end], "\n"), "\n")
	}
	heads := running(parts)
	var b strings.Builder
	out := make([]Page, len(pages))
	for i, lines := range parts {
		out[i] = pages[i]
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
			b.WriteString("\n\n")
		}
		out[i].Start = b.Len()
		b.WriteString(joined(without(lines, heads)))
	}
	return strings.TrimRight(b.String(), "\n"), out
}

// running are the lines at the edges of pages that stand on most of them, with digits made equal.
func running(parts [][]string) map[string]bool {
	heads := map[string]bool{}
	if len(parts) < fewPages {
		return heads
	}
	count := map[string]int{}
	for _, lines := range parts {
		seen := map[string]bool{}
		for _, l := range edges(lines) {
			if k := shapeOf(l); k != "" && !seen[k] {
				seen[k] = true
				count[k]++
			}
		}
	}
	for k, n := range count {
		if float64(n) >= repeatedOn*float64(len(parts)) {
			heads[k] = true
		}
	}
	return heads
}

func edges(lines []string) []string {
	if len(lines) <= 2*edgeLines {
		return lines
	}
	return append(append([]string{}, lines[:edgeLines]...), lines[len(lines)-edgeLines:]...)
}

// shapeOf is a line with its digits made equal, so that page numbers are.
func shapeOf(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '0'
		case unicode.IsSpace(r):
			return -1
		}
		return r
	}, line)
}

func without(lines []string, heads map[string]bool) []string {
	var out []string
	for i, l := range lines {
		if edge := i < edgeLines || i >= len(lines)-edgeLines; edge && heads[shapeOf(l)] {
			continue
		}
		out = append(out, l)
	}
	return out
}

// joined makes paragraphs of lines. A line goes on in the next one if it is nearly as long as the page is wide and does not end
// a sentence there, or if the next one begins in the middle of a word.
func joined(lines []string) string {
	width := 0
	for _, l := range lines {
		width = max(width, columns(l))
	}
	var b strings.Builder
	for i, l := range lines {
		l = strings.TrimRightFunc(l, unicode.IsSpace)
		b.WriteString(l)
		if i+1 == len(lines) {
			break
		}
		switch next := strings.TrimLeftFunc(lines[i+1], unicode.IsSpace); {
		case !goesOn(l, next, width):
			b.WriteByte('\n')
		case wide(last(l)) || wide(first(next)):
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func goesOn(line, next string, width int) bool {
	if line == "" || next == "" || isItem(next) || strings.HasPrefix(line, "#") {
		return false
	}
	if float64(columns(line)) < fullLine*float64(width) {
		return false
	}
	return !strings.ContainsRune("。！？!?：:", last(line)) && last(line) != '.' || unicode.IsLower(first(next))
}

// isItem tells whether a line begins an entry of a list.
func isItem(s string) bool {
	r := first(s)
	if strings.ContainsRune("•·●○■□◆▪–—-*", r) {
		return true
	}
	digits := strings.TrimLeft(s, "0123456789")
	return digits != s && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ")") || strings.HasPrefix(digits, "、") || strings.HasPrefix(digits, "）"))
}

// columns is the width of a line: wide characters count two.
func columns(s string) (n int) {
	for _, r := range s {
		if n++; wide(r) {
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFFE0
}

func first(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func last(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }
