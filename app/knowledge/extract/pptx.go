package extract

import (
	"fmt"
	"slices"
	"strings"
)

// pptx is a presentation that is being read: its slides in the order in which they are shown, each with its notes.
type pptx struct {
	x     *xmlReader
	cells budget
}

func readPPTX(b []byte, p *page) error {
	a, err := openArchive(b)
	if err != nil {
		return err
	}
	main, err := a.mainPart("ppt/presentation.xml")
	if err != nil {
		return err
	}
	targets, _, err := a.relations(main)
	if err != nil {
		return err
	}
	x, err := a.xml(main)
	if err != nil {
		return err
	}
	var slides []string
	err = x.each(func(e element) error {
		if e.Name.Local != "presentation" {
			return fmt.Errorf("%s is <%s>", main, e.Name.Local)
		}
		return x.find("sldId", func(e element) error {
			for _, at := range e.Attr { // there are two ids, one with a namespace
				if at.Name.Local == "id" && at.Name.Space != "" && targets[at.Value] != "" {
					slides = append(slides, targets[at.Value])
				}
			}
			return nil
		})
	}, nil)
	if err != nil {
		return err
	}
	if len(slides) > maxPages {
		return tooLarge("more than %d slides", "超过 %d 张幻灯片", maxPages)
	}
	d := pptx{}
	for i, slide := range slides {
		p.turn(i+1, "")
		if err := d.slide(a, slide, p); err != nil {
			return err
		}
		if p.full {
			break
		}
	}
	return nil
}

func (d *pptx) slide(a *archive, name string, p *page) error {
	if err := d.part(a, name, p); err != nil {
		return err
	}
	targets, kinds, err := a.relations(name)
	if err != nil {
		return err
	}
	for id, kind := range kinds {
		if kind == "notesSlide" && a.members[targets[id]] != nil {
			p.line("")
			if err := d.part(a, targets[id], p); err != nil {
				return err
			}
		}
	}
	p.line("")
	return nil
}

func (d *pptx) part(a *archive, name string, p *page) error {
	x, err := a.xml(name)
	if err != nil {
		return err
	}
	d.x = x
	return d.shapes(p)
}

// shapes reads the text of shapes and of tables. Numbers, dates and the like that stand on every slide are left out.
func (d *pptx) shapes(p *page) error {
	return d.x.each(func(e element) error {
		switch e.Name.Local {
		case "sp":
			return d.shape(p)
		case "tbl":
			return d.table(p)
		case "AlternateContent":
			done := false
			return d.x.each(func(element) error {
				if done {
					return nil
				}
				done = true
				return d.shapes(p)
			}, nil)
		}
		return d.shapes(p)
	}, nil)
}

func (d *pptx) shape(p *page) error {
	furniture, title := false, false
	return d.x.each(func(e element) error {
		switch e.Name.Local {
		case "nvSpPr":
			return d.x.find("ph", func(e element) error {
				furniture = slices.Contains([]string{"sldNum", "dt", "ftr", "hdr", "sldImg"}, e.attr("type"))
				title = e.attr("type") == "title" || e.attr("type") == "ctrTitle"
				return nil
			})
		case "txBody":
			if furniture {
				return nil
			}
			if !title || !p.rich {
				return d.paragraphs(p)
			}
			var text page
			err := d.paragraphs(&text)
			if n := len(p.pages); n > 0 && p.pages[n-1].Name == "" {
				p.pages[n-1].Name = strings.Join(strings.Fields(text.b.String()), " ")
			}
			p.heading(2, text.b.String())
			return err
		}
		return nil
	}, nil)
}

func (d *pptx) paragraphs(p *page) error {
	return d.x.each(func(e element) error {
		if e.Name.Local != "p" {
			return nil
		}
		var b strings.Builder
		err := d.x.each(func(e element) error { return d.inline(e, &b) }, nil)
		if s := b.String(); strings.TrimSpace(s) != "" {
			p.line(s)
		}
		return err
	}, nil)
}

func (d *pptx) inline(e element, b *strings.Builder) error {
	switch e.Name.Local {
	case "t":
		return d.x.each(func(element) error { return nil }, func(s string) { b.WriteString(s) })
	case "br":
		b.WriteByte('\n')
		return nil
	case "rPr", "pPr", "endParaRPr":
		return nil
	}
	return d.x.each(func(e element) error { return d.inline(e, b) }, nil)
}

func (d *pptx) table(p *page) error {
	var g grid
	err := d.x.each(func(e element) error {
		if e.Name.Local != "tr" {
			return nil
		}
		var row []string
		err := d.x.each(func(e element) error {
			if e.Name.Local != "tc" {
				return nil
			}
			var text page
			err := d.x.each(func(e element) error {
				if e.Name.Local == "txBody" {
					return d.paragraphs(&text)
				}
				return nil
			}, nil)
			row = append(row, strings.TrimSpace(text.b.String()))
			return err
		}, nil)
		if err != nil {
			return err
		}
		g = append(g, row)
		return d.cells.take(len(row) + 1)
	}, nil)
	g.markdown(p)
	return err
}
