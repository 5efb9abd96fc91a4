package split

// A Document is what is cut: Markdown with the places where its pages begin.
type Document struct {
	Title string
	Text  string
	Pages []Page // by Start
}

// A Page begins at a byte of the text.
type Page struct {
	Number int // 1, 2, 3 …
	Start  int
	Name   string
}
