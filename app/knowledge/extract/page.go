package extract

import "strings"

// page collects text up to maxText. What is more is dropped, and the text refused at the end; long loops look at full.
type page struct {
	b    strings.Builder
	full bool
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
	return strings.TrimRight(p.b.String(), "\n"), nil
}
