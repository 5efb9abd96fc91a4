package extract

import (
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlText is the text of HTML as a browser would show it: lists with marks, tables of data as Markdown, those that only
// place things on the page as text. It reads tags, not a tree, so that no nesting can hurt.
func htmlText(s string) (string, error) { return htmlMarkdown(s, false) }

// htmlMarkdown is htmlText, with marks before headings where they are asked for; then menus and the like are left out too.
func htmlMarkdown(s string, rich bool) (string, error) {
	z := html.NewTokenizer(strings.NewReader(s))
	h := &htmlReader{out: &flow{}, rich: rich}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return "", err
			}
			for len(h.tables) > 0 {
				h.endTable()
			}
			var p page
			p.add(h.out.b.String())
			return p.text()
		case html.TextToken:
			if h.skipped == "" {
				h.out.text(string(z.Text()), h.pre > 0)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			h.start(t.DataAtom, t.Type == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			h.end(atom.Lookup(name))
		}
		if h.out.b.Len() > maxText {
			return "", tooMuchText()
		}
	}
}

type htmlReader struct {
	rich    bool
	out     *flow
	skipped string // the element whose content is left out until it ends
	pre     int
	lists   []int // the numbers of ordered lists, -1 for others
	tables  []*htmlTable
}

type htmlTable struct {
	outer  *flow
	rows   grid
	cell   *flow
	nested bool
	cells  int
}

const maxNesting = 30 // tables and lists; deeper ones are read as text

func (h *htmlReader) start(a atom.Atom, closed bool) {
	if h.skipped != "" {
		return
	}
	switch a {
	case atom.Script, atom.Style, atom.Head, atom.Template, atom.Svg, atom.Math, atom.Noscript, atom.Object, atom.Select, atom.Rt:
		if !closed {
			h.skipped = a.String()
		}
	case atom.Nav, atom.Footer, atom.Aside, atom.Button:
		if h.rich && !closed {
			h.skipped = a.String()
			return
		}
		h.out.lines(gap(a))
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		h.out.lines(2)
		if h.rich && len(h.tables) == 0 && len(h.lists) == 0 {
			h.out.mark(strings.Repeat("#", int(a.String()[1]-'0')) + " ")
		}
	case atom.Br:
		h.out.lines(1)
	case atom.Pre, atom.Textarea:
		h.pre++
		h.out.lines(1)
	case atom.Ul, atom.Ol, atom.Menu:
		h.out.lines(1)
		if len(h.lists) < maxNesting {
			n := -1
			if a == atom.Ol {
				n = 0
			}
			h.lists = append(h.lists, n)
		}
	case atom.Li:
		h.item()
	case atom.Table:
		h.startTable()
	case atom.Tr:
		if t := h.table(); t != nil {
			h.endCell()
			t.rows = append(t.rows, nil)
		}
	case atom.Td, atom.Th:
		h.startCell()
	default:
		h.out.lines(gap(a))
	}
}

func (h *htmlReader) end(a atom.Atom) {
	if h.skipped != "" {
		if a.String() == h.skipped || a == atom.Body {
			h.skipped = ""
		}
		return
	}
	switch a {
	case atom.Pre, atom.Textarea:
		h.pre = max(0, h.pre-1)
		h.out.lines(1)
	case atom.Ul, atom.Ol, atom.Menu:
		if n := len(h.lists); n > 0 {
			h.lists = h.lists[:n-1]
		}
		h.out.lines(1)
	case atom.Table:
		h.endTable()
	case atom.Tr, atom.Td, atom.Th:
		h.endCell()
	default:
		h.out.lines(gap(a))
	}
}

// gap is how many new lines an element wants around it.
func gap(a atom.Atom) int {
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Hr:
		return 2
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Address, atom.Figure, atom.Figcaption,
		atom.Dl, atom.Dt, atom.Dd, atom.Li, atom.Fieldset, atom.Form, atom.Details, atom.Summary, atom.Body, atom.Caption, atom.Option:
		return 1
	}
	return 0
}

func (h *htmlReader) item() {
	h.out.lines(1)
	n := len(h.lists)
	if n == 0 {
		h.out.mark("- ")
		return
	}
	mark := "- "
	if h.lists[n-1] >= 0 {
		h.lists[n-1]++
		mark = ordinal("", h.lists[n-1]) + ". "
	}
	h.out.mark(strings.Repeat("  ", n-1) + mark)
}

func (h *htmlReader) table() *htmlTable {
	if len(h.tables) == 0 {
		return nil
	}
	return h.tables[len(h.tables)-1]
}

func (h *htmlReader) startTable() {
	if len(h.tables) == maxNesting {
		return
	}
	if t := h.table(); t != nil {
		t.nested = true
	}
	h.tables = append(h.tables, &htmlTable{outer: h.out})
	h.out = &flow{} // a caption, or what stands where it should not
}

func (h *htmlReader) startCell() {
	t := h.table()
	if t == nil {
		h.out.lines(1)
		return
	}
	h.endCell()
	if len(t.rows) == 0 {
		t.rows = append(t.rows, nil)
	}
	t.cell = &flow{}
	t.outer, h.out = outerOf(t, h.out), t.cell
}

// outerOf keeps what was written between the cells, by putting it before the table.
func outerOf(t *htmlTable, between *flow) *flow {
	if s := between.b.String(); s != "" && between != t.outer {
		t.outer.lines(1)
		t.outer.text(s, true)
	}
	return t.outer
}

func (h *htmlReader) endCell() {
	t := h.table()
	if t == nil || t.cell == nil {
		return
	}
	last := len(t.rows) - 1
	t.rows[last] = append(t.rows[last], strings.TrimSpace(t.cell.b.String()))
	t.cell, h.out = nil, &flow{}
	t.cells++
}

func (h *htmlReader) endTable() {
	t := h.table()
	if t == nil {
		return
	}
	h.endCell()
	h.out, h.tables = outerOf(t, h.out), h.tables[:len(h.tables)-1]
	width := 0
	for _, row := range t.rows {
		width = max(width, len(row))
	}
	if data := !t.nested && width > 1 && len(t.rows) > 1 && t.cells <= maxCells && width*len(t.rows) <= maxCells; data {
		var p page
		t.rows.markdown(&p)
		h.out.lines(2)
		h.out.text(p.b.String(), true)
		h.out.lines(2)
		return
	}
	for _, row := range t.rows {
		for _, cell := range row {
			if cell != "" {
				h.out.lines(1)
				h.out.text(cell, true)
			}
		}
	}
	h.out.lines(1)
}

// A flow is text whose white space is of HTML: spaces are one, and lines are asked for.
type flow struct {
	b     strings.Builder
	lead  int  // new lines wanted before the next text
	space bool // one wanted before the next text
}

func (f *flow) lines(n int) {
	if n == 0 {
		return // an element within a line: the space before it stays
	}
	if f.b.Len() > 0 {
		f.lead = max(f.lead, n)
	}
	f.space = false
}

func (f *flow) begin() {
	if f.lead > 0 {
		f.b.WriteString(strings.Repeat("\n", f.lead))
	} else if f.space && f.b.Len() > 0 && !strings.HasSuffix(f.b.String(), " ") {
		f.b.WriteByte(' ')
	}
	f.lead, f.space = 0, false
}

func (f *flow) mark(s string) {
	f.begin()
	f.b.WriteString(s)
}

func (f *flow) text(s string, exact bool) {
	if exact {
		s = strings.Trim(s, "\r\n")
		if s != "" {
			f.begin()
			f.b.WriteString(s)
		}
		return
	}
	words := strings.FieldsFunc(s, htmlSpace)
	if len(words) == 0 {
		f.space = f.space || s != ""
		return
	}
	if htmlSpace(rune(s[0])) {
		f.space = true
	}
	for i, w := range words {
		f.space = f.space || i > 0
		f.begin()
		f.b.WriteString(w)
	}
	f.space = htmlSpace(rune(s[len(s)-1]))
}

func htmlSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' }
