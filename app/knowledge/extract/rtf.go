package extract

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// rtf is a rich text that is being read: groups in braces, words that begin with a backslash, bytes in the character set of
// the font.
type rtf struct {
	in    string
	at    int
	state rtfState
	outer []rtfState
	fonts map[int]int // character set by font

	p    page
	raw  []byte   // bytes that wait for their neighbours: characters of some sets have two
	rows grid     // of the table that is being read
	row  []string // of the row
	cell page     // while in a table
}

type rtfState struct {
	skip   bool // this group is no text
	page   int  // code page
	uc     int  // how many bytes stand for a \u
	table  bool
	fonts  bool // in the table of fonts
	font   int
	hidden bool
}

const maxGroups = 1000

func readRTF(b []byte) (string, error) {
	if !hasMagic(b, "{\\rtf") {
		return "", errors.New("no {\\rtf at the start")
	}
	r := &rtf{in: string(b), state: rtfState{page: 1252, uc: 1}, fonts: map[int]int{}}
	if err := r.read(); err != nil {
		return "", err
	}
	r.flush()
	r.endTable()
	if r.p.full {
		return "", tooMuchText()
	}
	return strings.TrimSpace(r.p.b.String()), nil
}

func (r *rtf) read() error {
	for r.at < len(r.in) {
		c := r.in[r.at]
		r.at++
		switch c {
		case '{':
			r.flush()
			if len(r.outer) == maxGroups {
				return tooDeep()
			}
			r.outer = append(r.outer, r.state)
		case '}':
			r.flush()
			if len(r.outer) == 0 {
				return nil // what follows the document is nothing
			}
			r.state, r.outer = r.outer[len(r.outer)-1], r.outer[:len(r.outer)-1]
		case '\\':
			r.control()
		case '\r', '\n':
		default:
			r.byte(c)
		}
	}
	if len(r.outer) > 0 {
		return errors.New("unexpected end")
	}
	return nil
}

// control reads what follows a backslash.
func (r *rtf) control() {
	if r.at >= len(r.in) {
		return
	}
	start := r.at
	for r.at < len(r.in) && letter(r.in[r.at]) {
		r.at++
	}
	if r.at == start {
		r.at++
		r.symbol(r.in[start])
		return
	}
	word := r.in[start:r.at]
	start = r.at
	if r.at < len(r.in) && r.in[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.in) && r.in[r.at] >= '0' && r.in[r.at] <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(r.in[start:r.at])
	if r.at < len(r.in) && r.in[r.at] == ' ' {
		r.at++
	}
	r.word(word, n, err == nil)
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (r *rtf) symbol(c byte) {
	switch c {
	case '\'':
		if r.at+2 <= len(r.in) {
			if n, err := strconv.ParseUint(r.in[r.at:r.at+2], 16, 8); err == nil {
				r.byte(byte(n))
			}
			r.at += 2
		}
	case '*':
		r.state.skip = true
	case '~':
		r.write("\u00a0")
	case '_':
		r.write("-")
	case '\\', '{', '}':
		r.byte(c)
	case '\n', '\r':
		r.write("\n")
	}
}

func (r *rtf) word(word string, n int, given bool) {
	switch word {
	case "par", "line", "sect", "page":
		r.write("\n")
	case "tab":
		r.write("\t")
	case "emdash":
		r.write("—")
	case "endash":
		r.write("–")
	case "lquote":
		r.write("‘")
	case "rquote":
		r.write("’")
	case "ldblquote":
		r.write("“")
	case "rdblquote":
		r.write("”")
	case "bullet":
		r.write("•")
	case "u":
		if n < 0 {
			n += 1 << 16
		}
		r.unicode(rune(n))
	case "uc":
		r.state.uc = max(0, min(n, 10))
	case "ansicpg":
		r.state.page = n
	case "bin":
		r.at = min(len(r.in), r.at+max(n, 0))
	case "v":
		r.flush()
		r.state.hidden = !given || n != 0
	case "f":
		r.flush()
		r.state.font = n
	case "fcharset":
		if r.state.fonts {
			r.fonts[r.state.font] = n
		}
	case "fonttbl":
		r.state.skip, r.state.fonts = true, true
	case "colortbl", "stylesheet", "info", "pict", "object", "header", "headerf", "headerl", "headerr", "footer", "footerf", "footerl", "footerr",
		"fldinst", "listtable", "listoverridetable", "xmlnstbl", "generator", "themedata", "datastore", "latentstyles", "rsidtbl":
		r.state.skip = true
	case "intbl":
		r.state.table = true
	case "pard":
		r.flush()
		r.state.table = false
	case "cell":
		r.flush()
		r.row = append(r.row, strings.TrimSpace(r.cell.b.String()))
		r.cell = page{}
	case "row":
		r.flush()
		r.rows, r.row = append(r.rows, r.row), nil
	}
}

// unicode writes a character of \u, whose two halves may be apart, and passes over what stands for it.
func (r *rtf) unicode(c rune) {
	if c >= 0xD800 && c < 0xDC00 {
		if rest := r.in[r.at:]; len(rest) > 2 {
			if i := strings.Index(rest[:min(len(rest), 12)], `\u`); i >= 0 {
				end := i + 2
				for end < len(rest) && (rest[end] == '-' || rest[end] >= '0' && rest[end] <= '9') {
					end++
				}
				if low, err := strconv.Atoi(rest[i+2 : end]); err == nil {
					r.at += end
					c = (c-0xD800)<<10 + rune(uint16(low)) - 0xDC00 + 0x10000
					if r.at < len(r.in) && r.in[r.at] == ' ' {
						r.at++
					}
				}
			}
		}
	}
	r.write(string(c))
	for range r.state.uc {
		switch rest := r.in[r.at:]; {
		case strings.HasPrefix(rest, `\'`):
			r.at = min(len(r.in), r.at+4)
		case rest != "" && !strings.ContainsAny(rest[:1], `\{}`):
			r.at++
		}
	}
}

func (r *rtf) byte(c byte) {
	if r.state.skip || r.state.hidden {
		return
	}
	r.raw = append(r.raw, c)
}

// write adds text.
func (r *rtf) write(s string) {
	r.flush()
	if r.state.skip || r.state.hidden {
		return
	}
	r.put(s)
}

func (r *rtf) put(s string) {
	if r.state.table {
		r.cell.add(s)
		return
	}
	r.endTable()
	r.p.add(s)
}

// flush reads the bytes that wait in the character set of their font.
func (r *rtf) flush() {
	if len(r.raw) == 0 {
		return
	}
	s := decodeAs(r.charset(), r.raw)
	r.raw = r.raw[:0]
	r.put(s)
}

func (r *rtf) charset() encoding.Encoding {
	cp := r.state.page
	if p := map[int]int{128: 932, 129: 949, 134: 936, 136: 950, 204: 1251, 161: 1253, 162: 1254, 177: 1255, 178: 1256, 186: 1257, 238: 1250, 222: 874}[r.fonts[r.state.font]]; p != 0 {
		cp = p
	}
	return codePage(cp)
}

// codePage is the encoding of a number of Windows.
func codePage(n int) encoding.Encoding {
	name := map[int]string{932: "shift_jis", 949: "euc-kr", 950: "big5", 874: "windows-874", 65001: "utf-8", 10000: "macintosh", 1200: "utf-16le"}[n]
	switch {
	case n == 936 || n == 54936:
		return simplifiedchinese.GB18030
	case name == "" && n >= 1250 && n <= 1258:
		name = "windows-" + strconv.Itoa(n)
	case name == "":
		name = "windows-1252"
	}
	return charset(name)
}

// endTable writes the table that was read, if there is one.
func (r *rtf) endTable() {
	if len(r.row) > 0 {
		r.rows, r.row = append(r.rows, r.row), nil
	}
	if len(r.rows) == 0 {
		return
	}
	if !strings.HasSuffix(r.p.b.String(), "\n") {
		r.p.add("\n")
	}
	r.rows.markdown(&r.p)
	r.rows = nil
}
