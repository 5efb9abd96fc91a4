package split

import "strings"

// byDelimiter cuts at each delimiter. A delimiter of spaces or ends of sentences stays with the passage before it, any other
// with the passage after it; a passage of nothing but delimiters or headings goes with the next. Blank delimiters do not cut
// inside tables and fenced code. What is then too long is cut along its structure.
func (s *cutter) byDelimiter(u span, seg Segmentation) []span {
	s.limit(seg.MaxTokens)
	size := sizes{goal: seg.MaxTokens, most: seg.MaxTokens, overlap: seg.Overlap}
	var out []span
	for _, piece := range s.pieces(u, seg.Separator, seg.MaxTokens) {
		if s.cost(piece) <= seg.MaxTokens {
			out = append(out, piece)
			continue
		}
		out = append(out, s.pack(s.atoms(piece, max(seg.MaxTokens-seg.Overlap, 1), size), size)...)
	}
	return out
}

func (s *cutter) pieces(u span, delimiter string, most int) []span {
	blank := strings.TrimSpace(delimiter) == ""
	trailing := blank || strings.Trim(delimiter, finals+".…，,、"+spaces) == ""
	var out []span
	p := span{u.start, u.start}
	hollow := true // nothing but delimiters and headings so far
	put := func(end int) {
		own := span{p.end, end}
		p.end = end
		if p.start == own.start && pastSpaces(s.text, own.start, end) == end {
			p.start = end
			return
		}
		if hollow = hollow && s.hollow(own, delimiter); hollow && end-p.start < most { // in bytes, which are no fewer than tokens
			return
		}
		out = append(out, p)
		p, hollow = span{end, end}, true
	}
	for at := u.start; ; {
		i := strings.Index(s.text[at:u.end], delimiter)
		if i < 0 {
			break
		}
		i += at
		at = i + len(delimiter)
		if blank {
			if b := s.blocks[s.blockAt(i)]; (b.kind == table || b.kind == code) && i < b.core {
				at = max(at, min(b.core, u.end))
				continue
			}
		}
		switch {
		case trailing:
			put(at)
		case i > p.end:
			put(i)
		}
	}
	if p.start < u.end {
		if p.end = u.end; hollow && len(out) > 0 && s.hollow(p, delimiter) && s.cost(span{out[len(out)-1].start, u.end}) <= most {
			out[len(out)-1].end = u.end
			return out
		}
		out = append(out, p)
	}
	return out
}

// hollow tells whether a span holds nothing but spaces, delimiters and headings.
func (s *cutter) hollow(u span, delimiter string) bool {
	u = s.trim(u)
	if u.start >= u.end {
		return true
	}
	if b := s.blocks[s.blockAt(u.start)]; b.kind == heading && u.end <= b.core {
		return true
	}
	if u.end-u.start > 4*len(delimiter) || strings.TrimSpace(delimiter) == "" {
		return false
	}
	return strings.TrimSpace(strings.ReplaceAll(s.text[u.start:u.end], strings.TrimSpace(delimiter), "")) == ""
}
