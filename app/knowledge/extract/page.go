package extract

import "strings"

// page collects text up to maxText. What is more is dropped, and the text refused at the end; long loops look at full.
type page struct {
	b    strings.Builder
	full bool

	exact bool   // the text keeps the new lines at its end
	rich  bool   // headings are marked, and pages kept: of a Document
	pages []Page // that began so far
}

// turn says that a page begins.
func (p *page) turn(number int, name string) {
	if !p.rich {
		return
	}
	if p.b.Len() > 0 {
		p.line("")
	}
	p.pages = append(p.pages, Page{Number: number, Start: p.b.Len(), Name: strings.Join(strings.Fields(name), " ")})
}

const maxLevel = 6 // of headings, in Markdown

// heading adds a heading: in a Document with its marks, else as a line.
func (p *page) heading(level int, s string) {
	s = strings.TrimSpace(s)
	if !p.rich || s == "" {
		p.line(s)
		return
	}
	p.line("")
	p.line(strings.Repeat("#", min(max(level, 1), maxLevel)) + " " + strings.Join(strings.Fields(s), " "))
	p.line("")
}

func (p *page) add(parts ...string) {
	for _, s := range parts {
		if p.full = p.full || p.b.Len()+len(s) > maxText; p.full {
			return
		}
		p.b.WriteString(s)
	}
}

// line adds a line; a blank one only between others.
func (p *page) line(s string) {
	s = strings.TrimRight(s, " \t\r\n")
	if s == "" && (p.b.Len() == 0 || strings.HasSuffix(p.b.String(), "\n\n")) {
		return
	}
	p.add(s, "\n")
}

// Write is add, with an error when full.
func (p *page) Write(b []byte) (int, error) {
	if p.add(string(b)); p.full {
		return 0, tooMuchText()
	}
	return len(b), nil
}

func (p *page) text() (string, error) {
	if p.full {
		return "", tooMuchText()
	}
	if p.exact {
		return p.b.String(), nil
	}
	return strings.TrimRight(p.b.String(), "\n"), nil
}
