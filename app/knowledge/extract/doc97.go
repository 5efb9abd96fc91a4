package extract

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// readDOC reads what is called .doc: documents of Word 97 to 2003, and also RTF, HTML, plain text and renamed .docx.
func readDOC(b []byte, p *page) error {
	switch {
	case hasMagic(b, "PK"):
		return readDOCX(b, p)
	case hasMagic(b, "{\\rtf"):
		return whole(readRTF)(b, p)
	case hasMagic(b, string(oleMagic)):
		parts, err := streams(b, "WordDocument", "0Table", "1Table")
		if err != nil {
			return err
		}
		text, err := wordText(parts)
		p.add(text)
		return err
	}
	s, err := decode(b)
	if err != nil {
		return err
	}
	if looksHTML(s) {
		s, err = htmlMarkdown(s, p.rich)
	}
	p.exact = true
	p.add(s)
	return err
}

// Places in the head of a Word document, and bits of its flags.
const (
	fibFlags     = 0x0A
	fibBodyChars = 0x4C // characters of the body; those of footnotes follow
	fibNoteChars = 0x50
	fibClx       = 0x1A2 // where the table of pieces is, and how long
	fibSize      = 0x1AA

	flagEncrypted = 0x100
	flagTable1    = 0x200
)

// wordText is the text of a Word document: pieces of the main stream, which the table stream lists in order.
func wordText(parts map[string][]byte) (string, error) {
	main := parts["WordDocument"]
	if len(main) < fibSize || binary.LittleEndian.Uint16(main) != 0xA5EC {
		if len(main) > 2 && main[1] == 0xA5 {
			return "", older("Word", "DOCX")
		}
		return "", errors.New("no Word document inside")
	}
	flags := binary.LittleEndian.Uint16(main[fibFlags:])
	if flags&flagEncrypted != 0 {
		return "", encrypted()
	}
	table := parts["0Table"]
	if flags&flagTable1 != 0 {
		table = parts["1Table"]
	}
	at, size := uint64(binary.LittleEndian.Uint32(main[fibClx:])), uint64(binary.LittleEndian.Uint32(main[fibClx+4:]))
	if at+size > uint64(len(table)) {
		return "", errors.New("the table of pieces is cut off")
	}
	chars := int64(binary.LittleEndian.Uint32(main[fibBodyChars:])) + int64(binary.LittleEndian.Uint32(main[fibNoteChars:]))
	units, err := pieces(main, table[at:at+size], chars)
	if err != nil {
		return "", err
	}
	return plainWord(string(utf16.Decode(units))), nil
}

// pieces puts the text together, up to a number of characters.
func pieces(main, clx []byte, chars int64) ([]uint16, error) {
	for len(clx) >= 3 && clx[0] == 1 { // formatting
		n := 3 + int(binary.LittleEndian.Uint16(clx[1:]))
		clx = clx[min(n, len(clx)):]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return nil, errors.New("no table of pieces")
	}
	clx = clx[5:]
	n := (len(clx) - 4) / 12 // places of n+1 borders, then n descriptions of 8 bytes
	var units []uint16
	for i := range n {
		from, to := int64(binary.LittleEndian.Uint32(clx[4*i:])), int64(binary.LittleEndian.Uint32(clx[4*i+4:]))
		to = min(to, chars)
		if from >= to {
			continue
		}
		const narrow = 1 << 30
		where := binary.LittleEndian.Uint32(clx[4*(n+1)+8*i+2:])
		start, width := int64(where), int64(2)
		if where&narrow != 0 {
			start, width = int64(where&^narrow)/2, 1
		}
		end := start + (to-from)*width
		if end > int64(len(main)) {
			return nil, errors.New("a piece is cut off")
		}
		if len(units) > maxText {
			return nil, tooMuchText()
		}
		for raw := main[start:end]; int64(len(raw)) >= width; raw = raw[width:] {
			if width == 1 {
				units = append(units, uint16(charmap.Windows1252.DecodeByte(raw[0])))
				continue
			}
			units = append(units, binary.LittleEndian.Uint16(raw))
		}
	}
	return units, nil
}

// plainWord makes plain text of Word's marks. Cells of tables become columns between tabs.
func plainWord(s string) string {
	var b strings.Builder
	var fields []bool // of each open field, whether its instruction is over
	for _, r := range strings.ReplaceAll(s, "\a\a", "\r") {
		switch r {
		case 0x13:
			fields = append(fields, false)
			continue
		case 0x14:
			if n := len(fields); n > 0 {
				fields[n-1] = true
			}
			continue
		case 0x15:
			if n := len(fields); n > 0 {
				fields = fields[:n-1]
			}
			continue
		}
		if len(fields) > 0 && !fields[len(fields)-1] {
			continue
		}
		switch {
		case r == '\r' || r == '\v' || r == '\f':
			b.WriteByte('\n')
		case r == '\a' || r == '\t':
			b.WriteByte('\t')
		case r == 0x1E:
			b.WriteByte('-')
		case r >= ' ':
			b.WriteRune(r)
		}
	}
	var p page
	for line := range strings.Lines(b.String()) {
		p.line(line)
	}
	return strings.TrimSpace(p.b.String())
}
