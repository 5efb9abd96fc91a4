package split

import "strings"

// Sizes say in tokens how large the passages of one text become.
type sizes struct {
	goal      int
	most      int
	overlap   int
	sentences bool // the overlap is whole sentences or nothing
}

// An atom is a part of a text that is not cut any more.
type atom struct {
	span
	kind  kind
	stick bool // a heading, which goes with what follows
}

// atoms cuts a span into parts of at most the size: blocks of up to whole tokens, of the others sentences, rows and lines.
func (s *cutter) atoms(u span, whole int, size sizes) []atom {
	var out []atom
	for i := s.blockAt(u.start); i >= 0 && i < len(s.blocks) && s.blocks[i].start < u.end; i++ {
		b := &s.blocks[i]
		part := span{max(u.start, b.start), min(u.end, b.end)}
		limit := min(whole, size.most)
		if b.kind == code {
			limit = size.most
		}
		if s.cost(part) <= limit {
			out = append(out, atom{part, b.kind, b.kind == heading})
			continue
		}
		switch b.kind {
		case table, code:
			out = s.lines(out, i, part, size.most-s.wrapCost(i))
		default:
			out = s.sentences(out, b.kind, part, size.most-size.overlap)
		}
	}
	return out
}

// lines cuts a table or code. The head of a table stays with its first row, the opening line of code with the next.
func (s *cutter) lines(out []atom, block int, u span, limit int) []atom {
	b := &s.blocks[block]
	for u.start < u.end {
		end := pastLine(s.text, u.start, u.end)
		if u.start < b.body {
			end = pastLine(s.text, min(b.body, u.end), u.end)
			if s.tally.count(u.start, end) > limit {
				end = min(b.body, u.end)
			}
		}
		if rest := pastSpaces(s.text, end, u.end); rest == u.end || b.last > 0 && rest >= b.last {
			end = u.end // the closing line goes with the last one
		}
		if part := (span{u.start, end}); s.plainCost(part) > limit {
			out = s.hard(out, b.kind, part, limit)
		} else {
			out = append(out, atom{part, b.kind, false})
		}
		u.start = end
	}
	return out
}

func (s *cutter) sentences(out []atom, k kind, u span, limit int) []atom {
	for u.start < u.end {
		end := sentenceEnd(s.text, u.start, u.end)
		part := span{u.start, end}
		u.start = end
		if s.plainCost(part) <= limit {
			out = append(out, atom{part, k, false})
			continue
		}
		for part.start < part.end {
			line := span{part.start, pastLine(s.text, part.start, part.end)}
			part.start = line.end
			if s.plainCost(line) <= limit {
				out = append(out, atom{line, k, false})
				continue
			}
			out = s.hard(out, k, line, limit)
		}
	}
	return out
}

// hard cuts where it must: behind a clause, else a word, else a character.
func (s *cutter) hard(out []atom, k kind, u span, limit int) []atom {
	for u.start < u.end {
		end := s.fit(u, limit)
		out = append(out, atom{span{u.start, end}, k, false})
		u.start = end
	}
	return out
}

// fit is the end of the longest part from the start of u that costs no more than limit and ends well.
func (s *cutter) fit(u span, limit int) int {
	from := s.trim(u).start
	n, at, i := 0, from, s.tally.at(from)
	for at < u.end {
		e := run(s.text[:u.end], at)
		k := int(s.tally.run(i, at, e))
		if n+k > limit {
			break
		}
		n, at = n+k, e
		for i < len(s.tally.ends) && int(s.tally.ends[i]) <= e {
			i++
		}
	}
	if at == u.end {
		return at
	}
	least := from + (at-from)*2/3
	clause, word := 0, 0
	for k := at; k > least && clause == 0; {
		c := s.text[k-1]
		switch {
		case c == ' ' || c == '\n' || c == '\t':
			word = max(word, k)
			if k > from+1 && strings.IndexByte(",;:", s.text[k-2]) >= 0 {
				clause = k
			}
		case c >= 0x80:
			for _, mark := range []string{"，", "、", "：", "；"} {
				if strings.HasSuffix(s.text[from:k], mark) {
					clause = k
				}
			}
		}
		k--
	}
	for _, end := range []int{clause, word} {
		if end > 0 && s.plainCost(span{from, end}) <= limit {
			return end
		}
	}
	return s.character(from, at, u.end, limit, n < limit*3/4)
}

func (s *cutter) nextRune(i int) int {
	for i++; i < len(s.text) && s.text[i]&0xC0 == 0x80; {
		i++
	}
	return i
}

// maxCharacter is how many bytes of what a reader sees as one character are kept together; families with skin colours need 40.
const maxCharacter = 128

// character moves a cut to between two characters, back until that costs at most limit; far
// says that it may first go forward into the next run.
func (s *cutter) character(from, at, end, limit int, far bool) int {
	at = max(at, s.nextRune(from))
	for low, high := at, min(end, from+longestRun); far && low < high; { // inside the next run
		e := runeStart(s.text, (low+high+1)/2)
		if e <= low || Tokens(s.text[from:e]) > limit {
			high = (low+high+1)/2 - 1
			continue
		}
		low, at = e, e
	}
	for e := at; e > from && at-e < maxCharacter; e-- {
		if whole(s.text, e) && s.tally.count(from, e) <= limit {
			return e
		}
	}
	for e := runeStart(s.text, at); e > from; e = runeStart(s.text, e-1) {
		if s.tally.count(from, e) <= limit {
			return e
		}
	}
	return s.nextRune(from)
}

// pack puts atoms that follow each other together.
func (s *cutter) pack(atoms []atom, size sizes) []span {
	var out []span
	start := 0
	for i := 0; i < len(atoms); {
		if i == 0 || start > atoms[i].start {
			start = atoms[i].start
		}
		j := i + 1
		for have := s.cost(span{start, atoms[i].end}); j < len(atoms); j++ {
			sum := s.cost(span{start, atoms[j].end})
			if sum > size.most || sum > size.goal+size.goal/7 && have >= size.goal/2 && !atoms[j-1].stick {
				break
			}
			have = sum
		}
		if k := sticky(atoms[:j], i); j < len(atoms) && k > i {
			j = k
		}
		out = append(out, span{start, atoms[j-1].end})
		if j < len(atoms) {
			start = s.overlap(atoms[j-1], atoms[j], size)
		}
		i = j
	}
	return out
}

// sticky is where the headings at the end of atoms begin, i if all from i on are.
func sticky(atoms []atom, i int) int {
	k := len(atoms)
	for k > i && atoms[k-1].stick {
		k--
	}
	return k
}

// overlap is where the passage begins whose first new atom is next.
func (s *cutter) overlap(last, next atom, size sizes) int {
	cut := next.start
	if size.overlap == 0 || last.stick || !prose(last.kind) || !prose(next.kind) {
		return cut
	}
	most := min(size.overlap, size.most-s.cost(next.span)-2)
	b := &s.blocks[s.blockAt(last.start)]
	from := max(b.start, cut-16*size.overlap)
	fits := func(at int) bool {
		u := span{at, cut}
		return s.plainCost(u) <= most && s.cost(span{at, next.end}) <= size.most
	}
	steps := []func(string, int, int) int{sentenceEnd}
	if !size.sentences {
		steps = append(steps, pastClause, pastWord)
	}
	for _, step := range steps {
		at := from
		if at > b.start {
			at = step(s.text, runeStart(s.text, at), cut)
		}
		for ; at < cut; at = step(s.text, at, cut) {
			if fits(at) {
				return at
			}
		}
	}
	if !size.sentences {
		for at := max(from, cut-2*size.overlap); at < cut && at > from; at++ {
			if whole(s.text, at) && fits(at) {
				return at
			}
		}
	}
	return cut
}

func prose(k kind) bool { return k == paragraph || k == item }

func pastClause(text string, i, b int) int {
	k := strings.IndexAny(text[i:b], "，、：；,;:\n")
	if k < 0 {
		return b
	}
	return pastSpaces(text, past(text, i+k, b, "，、：；,;:"), b)
}

func pastWord(text string, i, b int) int {
	k := strings.IndexAny(text[i:b], spaces)
	if k < 0 {
		return b
	}
	return pastSpaces(text, i+k, b)
}

// plainCost is the number of tokens of a span without the spaces around it.
func (s *cutter) plainCost(u span) int {
	u = s.trim(u)
	if u.start >= u.end {
		return 0
	}
	return s.tally.count(u.start, u.end)
}

// cost is the number of tokens of the passage of a span, or a few more.
func (s *cutter) cost(u span) int {
	u = s.trim(u)
	if u.start >= u.end {
		return 0
	}
	n := s.tally.count(u.start, u.end)
	i, k := s.blockAt(u.start), s.blockAt(u.end-1)
	opened := s.opened(i, u.start)
	if opened {
		n += s.wrapCost(i)
	}
	if s.unclosed(k, u.end) && (k != i || !opened) {
		n += s.wrapCost(k)
	}
	return n
}
