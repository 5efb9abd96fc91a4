package jinja

import (
	"strings"
	"unicode"
)

func filterWordwrap(r *render, a []any) any {
	defined(a[0])
	s, ok := textOf(a[0])
	if !ok {
		fail("AttributeError", "'%s' object has no attribute 'splitlines'", "类型 '%s' 不是字符串", typeName(a[0]))
	}
	width := count(a[1])
	if width <= 0 {
		valueError("invalid width %d (must be > 0)", width)
	}
	r.grow(8 * len(s))
	sep := "\n"
	if a[3] != nil {
		sep = textArg("wrapstring", a[3])
	}
	w := wrapper{width: width, long: r.truth(a[2]), hyphens: r.truth(a[4])}
	var lines []string
	for _, line := range splitLines(s, false) {
		lines = append(lines, strings.Join(w.wrap([]rune(line)), sep))
	}
	r.grow(len(lines) * len(sep))
	return strings.Join(lines, sep)
}

// wrapper wraps as Python's textwrap does.
type wrapper struct {
	width         int
	long, hyphens bool // whether long words and words at hyphens may be cut
}

func asciiSpace(c rune) bool { return strings.ContainsRune(" \t\n\v\f\r", c) }

func letter(c rune) bool { return isWord(c) && !unicode.Is(unicode.Nd, c) }

func wordPunct(c rune) bool { return isWord(c) || strings.ContainsRune(`!"'&.,?`, c) }

// chunks cuts a line into pieces that stay whole, spaces being pieces too.
func (w wrapper) chunks(t []rune) [][]rune {
	var out [][]rune
	for i := 0; i < len(t); {
		j := w.chunkEnd(t, i)
		out = append(out, t[i:j])
		i = j
	}
	return out
}

func (w wrapper) chunkEnd(t []rune, i int) int {
	j := i
	if asciiSpace(t[i]) {
		for j < len(t) && asciiSpace(t[j]) {
			j++
		}
		return j
	}
	if w.hyphens && i > 0 && wordPunct(t[i-1]) {
		if n := dash(t, i); n > 0 {
			return i + n
		}
	}
	for j = i + 1; j < len(t) && !asciiSpace(t[j]); j++ {
		if !w.hyphens {
			continue
		}
		if hyphenated(t, j) {
			return j + 1
		}
		if wordPunct(t[j-1]) && dash(t, j) > 0 {
			return j
		}
	}
	return j
}

// dash is the length of a dash of two or more hyphens at i, with a word behind it.
func dash(t []rune, i int) int {
	n := 0
	for i+n < len(t) && t[i+n] == '-' {
		n++
	}
	if n >= 2 && i+n < len(t) && isWord(t[i+n]) {
		return n
	}
	return 0
}

// hyphenated says whether a line may break behind the hyphen at j: letters stand on both sides.
func hyphenated(t []rune, j int) bool {
	is := func(i int) bool { return i >= 0 && i < len(t) && letter(t[i]) }
	if t[j] != '-' || !is(j+1) {
		return false
	}
	before := is(j-1) && (is(j-2) || j >= 2 && t[j-2] == '-' && is(j-3))
	after := is(j+2) || j+2 < len(t) && t[j+2] == '-' && is(j+3)
	return before && after
}

func blank(c []rune) bool { return trimLeft(string(c)) == "" }

func (w wrapper) wrap(t []rune) []string {
	chunks := w.chunks(t)
	var lines []string
	for len(chunks) > 0 {
		var line [][]rune
		n := 0
		if len(lines) > 0 && blank(chunks[0]) {
			chunks = chunks[1:]
		}
		for len(chunks) > 0 && n+len(chunks[0]) <= w.width {
			line, n = append(line, chunks[0]), n+len(chunks[0])
			chunks = chunks[1:]
		}
		if len(chunks) > 0 && len(chunks[0]) > w.width {
			line, chunks = w.cut(line, chunks, n)
		}
		if len(line) > 0 && blank(line[len(line)-1]) {
			line = line[:len(line)-1]
		}
		if len(line) > 0 {
			var b strings.Builder
			for _, c := range line {
				b.WriteString(string(c))
			}
			lines = append(lines, b.String())
		}
	}
	return lines
}

// cut deals with a piece that is longer than any line.
func (w wrapper) cut(line, chunks [][]rune, n int) (l, rest [][]rune) {
	first := chunks[0]
	if !w.long {
		if len(line) == 0 {
			return append(line, first), chunks[1:]
		}
		return line, chunks
	}
	room := w.width - n
	end := room
	if w.hyphens {
		for i := min(room, len(first)) - 1; i > 0; i-- {
			if first[i] == '-' {
				if strings.Trim(string(first[:i]), "-") != "" {
					end = i + 1
				}
				break
			}
		}
	}
	chunks = append([][]rune{first[end:]}, chunks[1:]...)
	return append(line, first[:end]), chunks
}
