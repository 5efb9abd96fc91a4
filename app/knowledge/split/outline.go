package split

import (
	"slices"
	"strings"
)

// maxTitle is how many bytes of a heading stand in a path.
const maxTitle = 300

// An outline knows the path of headings above any place.
type outline struct {
	lines []int // where headings begin
	ends  []int
	paths [][]string
}

func newOutline(text string, blocks []block) outline {
	var o outline
	var path []string
	var levels []int
	for _, b := range blocks {
		if b.kind != heading {
			continue
		}
		n := len(levels)
		for n > 0 && levels[n-1] >= b.level {
			n--
		}
		levels = append(levels[:n], b.level)
		path = append(slices.Clone(path[:n]), title(text[b.line:b.core]))
		o.lines, o.ends, o.paths = append(o.lines, b.line), append(o.ends, b.end), append(o.paths, path)
	}
	return o
}

func title(line string) string {
	line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "#"))
	if bare := strings.TrimRight(line, "#"); strings.HasSuffix(bare, " ") || bare == "" {
		line = strings.TrimSpace(bare)
	}
	return strings.TrimSpace(line[:runeStart(line, min(len(line), maxTitle))])
}

// path is what the headings above the text from a to b have in common. A heading that the span begins with counts as above it.
func (o *outline) path(a, b int) []string {
	var path []string
	i, found := slices.BinarySearch(o.lines, a)
	if i > 0 {
		path = o.paths[i-1]
	}
	for found && i < len(o.lines) && o.lines[i] <= a && o.lines[i] < b {
		path, a = o.paths[i], o.ends[i]
		i++
	}
	for ; i < len(o.lines) && o.lines[i] < b && len(path) > 0; i++ {
		n := 0
		for n < min(len(path), len(o.paths[i])) && path[n] == o.paths[i][n] {
			n++
		}
		path = path[:n]
	}
	return path
}

// A section is a heading with everything below it, up to the next of its level.
type section struct {
	start, body, end int // body is where the first section inside begins
	level            int
	inside           []*section
}

func sections(text string, blocks []block) *section {
	root := &section{body: len(text), end: len(text)}
	open := []*section{root}
	for _, b := range blocks {
		if b.kind != heading {
			continue
		}
		for len(open) > 1 && open[len(open)-1].level >= b.level {
			open[len(open)-1].close(b.start)
			open = open[:len(open)-1]
		}
		up := open[len(open)-1]
		if len(up.inside) == 0 {
			up.body = b.start
		}
		s := &section{start: b.start, body: len(text), end: len(text), level: b.level}
		up.inside = append(up.inside, s)
		open = append(open, s)
	}
	return root
}

func (s *section) close(end int) {
	s.end = end
	if len(s.inside) == 0 {
		s.body = end
	}
}
