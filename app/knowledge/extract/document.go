package extract

import "strings"

// Document is the readable content of a file as Markdown: ATX headings where the format has headings, GFM tables, lists.
type Document struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Pages []Page `json:"pages"` // in order; empty where the format has none
}

// Page is where a page, slide, sheet or chapter begins.
type Page struct {
	Number int    `json:"number"` // from 1
	Start  int    `json:"start"`  // byte of Text
	Name   string `json:"name,omitempty"`
}

// richer are readers that keep more for a Document than for a text, for which Dify's users want the tags as they are.
var richer = map[string]func([]byte, *page) error{
	"html": readHTML, "htm": readHTML, "xhtml": readHTML,
}

func readHTML(b []byte, p *page) error {
	text, err := htmlMarkdown(decodeAny(b), true)
	if err == nil {
		p.add(text)
	}
	return err
}

// Document reads a document with its headings, tables and pages. Errors are those of Text.
func (r *Reader) Document(name, mime string, data []byte) (*Document, error) {
	p := &page{rich: true}
	text, err := r.read(name, mime, data, p)
	if err != nil {
		return nil, err
	}
	d := &Document{Text: text, Pages: p.pages}
	if Format(name, mime) == PDF {
		d.Text, d.Pages = flowing(text, p.pages)
	}
	for i := range d.Pages {
		d.Pages[i].Start = min(d.Pages[i].Start, len(d.Text))
	}
	d.Title = firstHeading(d.Text)
	if d.Title == "" && richer[Format(name, mime)] != nil {
		d.Title = htmlTitle(decodeAny(data))
	}
	return d, nil
}

// htmlTitle is the title of a page of the web.
func htmlTitle(s string) string {
	lower := strings.ToLower(s)
	i := strings.Index(lower, "<title")
	if i < 0 {
		return ""
	}
	from := strings.IndexByte(s[i:], '>')
	to := strings.Index(lower[i:], "</title")
	if from < 0 || to < from {
		return ""
	}
	text, err := htmlText(s[i+from+1 : i+to])
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(text), " ")
}
