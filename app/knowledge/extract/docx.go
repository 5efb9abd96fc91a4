package extract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// docx is a Word document that is being read. The order of the text is that of the body; text boxes follow the paragraph
// that they hang on, footnotes the body. What was deleted with changes tracked is left out.
type docx struct {
	x       *xmlReader
	numbers *numbering
	cells   budget
	boxes   []string // of the paragraph that is being read
}

func readDOCX(b []byte, p *page) error {
	switch {
	case hasMagic(b, "{\\rtf"):
		return whole(readRTF)(b, p)
	case hasMagic(b, string(oleMagic)) && !strings.Contains(string(b), string(utf16le("EncryptedPackage"))):
		return readDOC(b, p)
	}
	a, err := openArchive(b)
	if err != nil {
		return err
	}
	main, err := a.mainPart("word/document.xml")
	if err != nil {
		return err
	}
	targets, kinds, err := a.relations(main)
	if err != nil {
		return err
	}
	d := &docx{}
	if d.numbers, err = a.numbering(targets, kinds); err != nil {
		return err
	}
	if err := d.part(a, main, p); err != nil {
		return err
	}
	for _, notes := range []string{"footnotes", "endnotes"} {
		for id, kind := range kinds {
			if kind == notes && a.members[targets[id]] != nil {
				if err := d.part(a, targets[id], p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func hasMagic(b []byte, magic string) bool {
	return strings.HasPrefix(string(b[:min(len(b), 8)]), magic)
}

func (d *docx) part(a *archive, name string, p *page) error {
	x, err := a.xml(name)
	if err != nil {
		return err
	}
	d.x = x
	return x.each(func(e element) error {
		if !slices.Contains([]string{"document", "footnotes", "endnotes"}, e.Name.Local) {
			return fmt.Errorf("%s is <%s>", name, e.Name.Local)
		}
		return d.blocks(p)
	}, nil)
}

// blocks reads paragraphs and tables.
func (d *docx) blocks(p *page) error {
	return d.x.each(func(e element) error {
		switch e.Name.Local {
		case "p":
			return d.paragraph(p)
		case "tbl":
			return d.table(p)
		case "footnote", "endnote":
			if e.attr("type") != "" { // a separator
				return nil
			}
			return d.blocks(p)
		case "body", "sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag":
			return d.blocks(p)
		}
		return nil
	}, nil)
}

func (d *docx) paragraph(p *page) error {
	var b strings.Builder
	outer := d.boxes
	d.boxes = nil
	mark := ""
	var style, num, level, outline string
	err := d.x.each(func(e element) error {
		if e.Name.Local == "pPr" {
			err := d.x.each(func(e element) error {
				switch e.Name.Local {
				case "pStyle":
					style = e.attr("val")
				case "outlineLvl":
					outline = e.attr("val")
				case "numPr":
					return readNumPr(d.x, &num, &level)
				}
				return nil
			}, nil)
			mark = d.numbers.next(style, num, level)
			return err
		}
		return d.inline(e, &b)
	}, nil)
	switch s := b.String(); {
	case strings.TrimSpace(s) == "":
		p.line("")
	case d.numbers.heading(style, outline) > 0:
		p.heading(d.numbers.heading(style, outline), mark+s)
	default:
		p.line(mark + s)
	}
	for _, box := range d.boxes {
		p.line(box)
	}
	d.boxes = outer
	return err
}

// inline reads what stands in a line.
func (d *docx) inline(e element, b *strings.Builder) error {
	inside := func() error { return d.x.each(func(e element) error { return d.inline(e, b) }, nil) }
	switch e.Name.Local {
	case "t":
		return d.x.each(func(element) error { return nil }, func(s string) { b.WriteString(s) })
	case "tab", "ptab":
		b.WriteByte('\t')
	case "br", "cr":
		b.WriteByte('\n')
	case "noBreakHyphen":
		b.WriteByte('-')
	case "sym":
		b.WriteString(symbol(e.attr("char")))
	case "AlternateContent":
		done := false
		return d.x.each(func(e element) error { // the same twice, for new readers and for old
			if done {
				return nil
			}
			done = true
			return d.inline(e, b)
		}, nil)
	case "txbxContent":
		var box page
		err := d.blocks(&box)
		d.boxes = append(d.boxes, strings.TrimRight(box.b.String(), "\n"))
		return err
	case "del", "moveFrom", "rPr", "pPr", "sdtPr", "sdtEndPr", "instrText", "delText", "rt", "annotation":
		return nil // rt is the small text above characters that says how they sound
	default:
		return inside()
	}
	return nil
}

// symbol is a character of a symbol font; those of the private area mean nothing outside the font, but most are bullets.
func symbol(hex string) string {
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || n >= 0xE000 && n < 0xF900 {
		return "•"
	}
	return string(rune(n))
}

func (d *docx) table(p *page) error {
	var g grid
	var row func(element) error
	var cells []string
	row = func(e element) error {
		switch e.Name.Local {
		case "tc":
			span := 1
			var text page
			err := d.x.each(func(e element) error {
				switch e.Name.Local {
				case "tcPr":
					return d.x.each(func(e element) error {
						if e.Name.Local == "gridSpan" {
							span = number(e.attr("val"), 1, 100)
						}
						return nil
					}, nil)
				case "p":
					return d.paragraph(&text)
				case "tbl":
					return d.table(&text)
				case "sdt", "sdtContent", "ins", "customXml":
					return d.blocks(&text)
				}
				return nil
			}, nil)
			cells = append(cells, strings.TrimSpace(text.b.String()))
			cells = append(cells, make([]string, span-1)...)
			return err
		case "sdt", "sdtContent", "customXml", "ins":
			return d.x.each(row, nil)
		}
		return nil
	}
	var rows func(element) error
	rows = func(e element) error {
		switch e.Name.Local {
		case "tr":
			cells = nil
			if err := d.x.each(row, nil); err != nil {
				return err
			}
			g = append(g, cells)
			return d.cells.take(len(cells) + 1)
		case "sdt", "sdtContent", "customXml", "ins":
			return d.x.each(rows, nil)
		}
		return nil
	}
	err := d.x.each(rows, nil)
	g.markdown(p)
	return err
}

// number reads a number of a document, held between two bounds.
func number(s string, low, high int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return low
	}
	return max(low, min(n, high))
}
