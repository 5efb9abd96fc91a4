package split

import "strings"

// maxHead is how many tokens the head of a table may have to be repeated.
const maxHead = 200

// wrap is what stands before and behind the part of a table or of fenced code that a passage holds.
func (s *cutter) wrap(u span) (before, after string) {
	if i := s.blockAt(u.start); s.opened(i, u.start) && s.wrapCost(i) > 0 {
		before = strings.TrimRight(s.text[s.blocks[i].line:s.blocks[i].body], "\n") + "\n"
	}
	if k := s.blockAt(u.end - 1); s.unclosed(k, u.end) && s.wrapCost(k) > 0 {
		after = "\n" + s.fence(k)
	}
	return before, after
}

// fence is the line that closes the code of a block.
func (s *cutter) fence(i int) string {
	line := strings.TrimSpace(s.text[s.blocks[i].line:s.blocks[i].body])
	return line[:len(line)-len(strings.TrimLeft(line, line[:1]))]
}

// wrapCost is the number of tokens that the wrap of a part of block i has, or a few more; 0 if it would be too long.
func (s *cutter) wrapCost(i int) int {
	n, ok := s.wraps[i]
	if !ok {
		b := &s.blocks[i]
		n = s.tally.count(b.line, b.body) + 3
		if b.kind == code {
			n += Tokens(s.fence(i))
		}
		s.wraps[i] = n
	}
	if n > s.head {
		return 0
	}
	return n
}

// opened tells whether the block i began before, so that its head is to be repeated.
func (s *cutter) opened(i, at int) bool {
	b := &s.blocks[i]
	return (b.kind == table || b.kind == code) && at >= b.body && at < b.core && (b.last == 0 || at < b.last)
}

// unclosed tells whether the code of block i goes on behind at.
func (s *cutter) unclosed(i, at int) bool {
	b := &s.blocks[i]
	return b.kind == code && at > b.line && at < b.core && (b.last == 0 || at < b.last)
}
