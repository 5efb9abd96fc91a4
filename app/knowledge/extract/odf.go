package extract

import (
	"bytes"
	"strings"
)

// odf is an OpenDocument file that is being read: texts, spreadsheets and presentations have the same elements.
type odf struct {
	x      *xmlReader
	cells  budget
	repeat int // text that a document repeats by attribute may not fill the memory
	names  []string
	tables []grid // of a spreadsheet
	calc   bool
	pages  int
}

func readODF(b []byte, p *page) error {
	a, err := openArchive(b)
	if err != nil {
		return err
	}
	if manifest, err := a.member("META-INF/manifest.xml"); err == nil && bytes.Contains(manifest, []byte("encryption-data")) {
		return encrypted()
	}
	d := &odf{}
	if d.x, err = a.xml("content.xml"); err != nil {
		return err
	}
	err = d.x.find("body", func(element) error {
		return d.x.each(func(e element) error {
			d.calc = e.Name.Local == "spreadsheet"
			return d.blocks(p, "")
		}, nil)
	})
	if err != nil {
		return err
	}
	if d.calc {
		return sheets(d.names, d.tables, p)
	}
	return nil
}

// blocks reads what stands below each other. mark stands before the first line.
func (d *odf) blocks(p *page, mark string) error {
	return d.x.each(func(e element) error {
		if p.full {
			return tooMuchText()
		}
		switch e.Name.Local {
		case "p", "h":
			var b strings.Builder
			if err := d.inline(&b, p); err != nil {
				return err
			}
			switch s := b.String(); {
			case strings.TrimSpace(s) == "":
				p.line("")
			case e.Name.Local == "h" && mark == "":
				p.heading(number(e.attr("outline-level"), 1, maxLevel), s)
			default:
				p.line(mark + s)
			}
			mark = strings.Repeat(" ", len(mark))
		case "list":
			return d.list(p, mark)
		case "table":
			return d.table(e, p)
		case "page":
			if d.pages++; d.pages > maxPages {
				return tooLarge("more than %d slides", "超过 %d 张幻灯片", maxPages)
			}
			p.line("")
			p.turn(d.pages, e.attr("name"))
			return d.blocks(p, "")
		case "tracked-changes", "annotation", "forms", "sequence-decls", "table-of-content-source", "index-title-template", "desc", "title", "shapes",
			"header", "footer", "date-time", "named-expressions", "database-ranges":
			return nil
		default:
			return d.blocks(p, mark)
		}
		return nil
	}, nil)
}

func (d *odf) list(p *page, mark string) error {
	inner := strings.Repeat(" ", len(mark))
	return d.x.each(func(e element) error {
		switch e.Name.Local {
		case "list-item":
			return d.blocks(p, inner+"- ")
		case "list-header":
			return d.blocks(p, inner)
		}
		return nil
	}, nil)
}

const maxRepeat = 10_000 // spaces in a row, and cells that are said to come again

// inline reads what stands in a line. Frames inside it, which hold blocks, go to p.
func (d *odf) inline(b *strings.Builder, p *page) error {
	return d.x.each(func(e element) error {
		switch e.Name.Local {
		case "s":
			n := number(e.attr("c"), 1, maxRepeat)
			if d.repeat += n; d.repeat > maxText {
				return tooMuchText()
			}
			b.WriteString(strings.Repeat(" ", n))
		case "tab":
			b.WriteByte('\t')
		case "line-break":
			b.WriteByte('\n')
		case "annotation", "ruby-text", "tracked-changes":
			return nil
		case "note":
			return d.x.find("note-body", func(element) error {
				var note page
				err := d.blocks(&note, "")
				b.WriteString(" (" + strings.TrimSpace(note.b.String()) + ")")
				return err
			})
		case "text-box", "object":
			return d.blocks(p, "")
		case "image", "desc", "title":
			return nil
		default:
			return d.inline(b, p)
		}
		return nil
	}, func(s string) { b.WriteString(collapse(s, b.String())) })
}

// collapse makes one space of white space, as in HTML.
func collapse(s, before string) string {
	if !strings.ContainsAny(s, "\n\t") && !strings.Contains(s, "  ") {
		return s
	}
	words := strings.Fields(s)
	out := strings.Join(words, " ")
	if s != "" && strings.ContainsAny(s[:1], " \n\t\r") && !strings.HasSuffix(before, " ") {
		out = " " + out
	}
	if len(words) > 0 && strings.ContainsAny(s[len(s)-1:], " \n\t\r") {
		out += " "
	}
	return out
}

func (d *odf) table(e element, p *page) error {
	var g grid
	name := e.attr("name")
	if err := d.rows(&g); err != nil {
		return err
	}
	if !d.calc {
		g.markdown(p)
		return nil
	}
	for len(g) > 0 && len(g[len(g)-1]) == 0 {
		g = g[:len(g)-1]
	}
	if len(g) > 0 {
		d.names, d.tables = append(d.names, name), append(d.tables, g)
	}
	return nil
}

func (d *odf) rows(g *grid) error {
	return d.x.each(func(e element) error {
		switch e.Name.Local {
		case "table-row":
			times := number(e.attr("number-rows-repeated"), 1, maxRepeat)
			row, err := d.row()
			if err != nil || len(row) == 0 {
				return err
			}
			for range times {
				size := 0
				for _, c := range row {
					size += len(c)
				}
				if d.repeat += size; d.repeat > maxText {
					return tooMuchText()
				}
				if err := d.cells.take(len(row) + 1); err != nil {
					return err
				}
				*g = append(*g, row)
			}
			return nil
		case "table-header-rows", "table-rows", "table-row-group":
			return d.rows(g)
		}
		return nil
	}, nil)
}

// row reads a row without the blank cells at its end, which are often a million.
func (d *odf) row() ([]string, error) {
	var row []string
	blank := 0
	err := d.x.each(func(e element) error {
		if e.Name.Local != "table-cell" && e.Name.Local != "covered-table-cell" {
			return nil
		}
		times := number(e.attr("number-columns-repeated"), 1, maxRepeat)
		var text page
		if err := d.blocks(&text, ""); err != nil {
			return err
		}
		s := strings.TrimSpace(text.b.String())
		if s == "" {
			blank += times
			return nil
		}
		if d.repeat += (times - 1) * len(s); d.repeat > maxText {
			return tooMuchText()
		}
		if err := d.cells.take(blank + times); err != nil {
			return err
		}
		row = append(row, make([]string, blank)...)
		blank = 0
		for range times {
			row = append(row, s)
		}
		return nil
	}, nil)
	return row, err
}
