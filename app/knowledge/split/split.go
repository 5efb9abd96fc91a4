package split

import (
	"slices"
	"sort"
	"strings"

	"islet/app"
	"islet/app/knowledge/extract"
)

// A Passage is a part of a document that can be found. Text is a part of the cleaned text without the spaces around it; a
// passage that begins inside a table begins with the head of the table, and a part of fenced code is fenced again.
type Passage struct {
	Text     string   `json:"text"`
	Answer   string   `json:"answer,omitempty"` // where Text is a question
	Heading  []string `json:"heading,omitempty"`
	Page     int      `json:"page,omitempty"` // where it begins; 0 unknown
	Tokens   int      `json:"tokens"`         // of Text
	Start    int      `json:"start"`          // byte of the text of the document before cleaning; -1 unknown
	End      int      `json:"end"`
	Children []Child  `json:"children,omitempty"`
}

// A Child is a part of a passage that is searched in its place. Its fields are as those of Passage.
type Child struct {
	Text   string `json:"text"`
	Tokens int    `json:"tokens"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
}

// maxLength is far more than a document may hold; places are 32 bits wide.
const maxLength = 1 << 30

// Split cuts a document. Of the form QA, a document whose tables have the columns question and answer gives them; any other
// gives passages without an answer, as of the form General, for which a model shall write both (QAPrompt, ParseQA).
func Split(doc extract.Document, form Form, r Rules) ([]Passage, error) {
	if err := r.Check(form); err != nil {
		return nil, err
	}
	if len(doc.Text) > maxLength {
		return nil, app.Errorf(app.TooLarge, "document_too_large", "the text of the document is larger than 1 GB; split the document", "文档文本超过 1 GB，请拆分后再上传")
	}
	if form == QA {
		if found, err := tablesOfQA(doc); err != nil || len(found) > 0 {
			return found, err
		}
	}
	s := newCutter(doc, &r)
	rule := r.filled()
	var out []Passage
	var spans []span
	for _, u := range s.parents(form, r.Mode, rule) {
		if p, ok := s.passage(u); ok {
			out, spans = append(out, p), append(spans, u)
		}
	}
	if form == Parent {
		for i, u := range spans {
			out[i].Children = s.children(u, r.Mode, rule)
		}
	}
	return out, nil
}

// A cutter cuts one text.
type cutter struct {
	doc     extract.Document
	clean   *cleaned
	text    string // the cleaned one
	blocks  []block
	outline outline
	tally   *tally
	wraps   map[int]int // tokens that a part of a block costs more
	head    int         // how many that may be
}

func newCutter(doc extract.Document, r *Rules) *cutter {
	s := &cutter{doc: doc, clean: clean(doc.Text, r), wraps: map[int]int{}}
	s.text = s.clean.text
	s.blocks = readBlocks(s.text)
	s.outline = newOutline(s.text, s.blocks)
	s.tally = newTally(s.text)
	return s
}

// A span is a part of the cleaned text.
type span struct{ start, end int }

func (s *cutter) parents(form Form, mode string, rule Rule) []span {
	switch {
	case mode == "" || mode == Automatic:
		return s.bySection()
	case form == Parent && rule.ParentMode == FullDoc:
		return []span{{0, len(s.text)}}
	}
	return s.byDelimiter(span{0, len(s.text)}, rule.Segmentation)
}

func (s *cutter) children(u span, mode string, rule Rule) []Child {
	var spans []span
	if mode == "" || mode == Automatic {
		s.limit(autoChildMax)
		size := sizes{goal: autoChild, most: autoChildMax}
		spans = s.pack(s.atoms(u, size.goal, size), size)
	} else {
		spans = s.byDelimiter(u, rule.Subchunk)
	}
	var out []Child
	for _, u := range spans {
		if p, ok := s.passage(u); ok {
			out = append(out, Child{Text: p.Text, Tokens: p.Tokens, Start: p.Start, End: p.End})
		}
	}
	return out
}

// passage makes the passage of a span; false if only spaces are there.
func (s *cutter) passage(u span) (Passage, bool) {
	u = s.trim(u)
	if u.start >= u.end {
		return Passage{}, false
	}
	p := Passage{Text: s.text[u.start:u.end], Heading: s.outline.path(u.start, u.end), Start: s.clean.source(u.start), End: s.clean.source(u.end-1) + 1}
	if before, after := s.wrap(u); before != "" || after != "" {
		p.Text = before + p.Text + after
		p.Tokens = Tokens(p.Text)
	} else {
		p.Text = strings.Clone(p.Text) // so that a passage does not hold the whole text
		p.Tokens = s.tally.count(u.start, u.end)
	}
	p.Heading = slices.Clone(p.Heading)
	p.Page = s.page(p.Start)
	return p, true
}

// page is the number of the page that a place of the document lies on, 0 if nobody knows.
func (s *cutter) page(at int) int {
	i := sort.Search(len(s.doc.Pages), func(i int) bool { return s.doc.Pages[i].Start > at })
	if i == 0 {
		return 0
	}
	return s.doc.Pages[i-1].Number
}

// trim leaves the spaces around a span out, but for those that indent the first line of code or of an item.
func (s *cutter) trim(u span) span {
	from := pastSpaces(s.text, u.start, u.end)
	u.end = from + len(strings.TrimRight(s.text[from:u.end], spaces))
	if from < u.end {
		if b := s.blocks[s.blockAt(from)]; b.kind == code || b.kind == item {
			if line := strings.LastIndexByte(s.text[u.start:from], '\n') + 1; line > 0 || u.start == 0 || s.text[u.start-1] == '\n' {
				from = u.start + line
			}
		}
	}
	u.start = from
	return u
}

const spaces = "\t\n\v\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// blockAt is the number of the block that the byte i lies in.
func (s *cutter) blockAt(i int) int {
	return sort.Search(len(s.blocks), func(k int) bool { return s.blocks[k].start > i }) - 1
}

// bySection keeps small sections whole and together with their neighbours below the same heading, and cuts large ones.
func (s *cutter) bySection() []span {
	s.limit(autoMax)
	return s.cutSection(sections(s.text, s.blocks))
}

// limit fixes how long the head of a table may be to be repeated in passages of so many tokens.
func (s *cutter) limit(most int) { s.head = min(maxHead, most/2) }

func (s *cutter) cutSection(x *section) []span {
	if s.tally.count(x.start, x.end) <= autoTarget {
		return []span{{x.start, x.end}}
	}
	out, open := s.cutBody(span{x.start, x.body})
	for _, in := range x.inside {
		next := s.cutSection(in)
		if last := len(out) - 1; last >= 0 && s.together(out[last], next, open) {
			next[0].start = out[last].start
			out = out[:last]
		}
		open = len(next) == 1
		out = append(out, next...)
	}
	return out
}

// cutBody cuts what stands in a section before the sections in it. It tells whether that is one small piece.
func (s *cutter) cutBody(u span) (out []span, open bool) {
	total := s.tally.count(u.start, u.end)
	if total == 0 {
		return nil, false
	}
	pieces := (total + autoTarget - 1) / autoTarget
	size := sizes{goal: total / pieces, most: autoMax, overlap: autoOverlap, sentences: true}
	out = s.pack(s.atoms(u, autoTarget, size), size)
	return out, len(out) == 1
}

// together tells whether the last span goes with the first of the next section: if both are small, or one is tiny.
func (s *cutter) together(last span, next []span, open bool) bool {
	sum := s.cost(span{last.start, next[0].end})
	if sum <= autoTarget {
		return open && len(next) == 1
	}
	tiny := open && s.cost(last) <= autoTiny || len(next) == 1 && s.cost(next[0]) <= autoTiny
	return tiny && sum <= autoMax
}
