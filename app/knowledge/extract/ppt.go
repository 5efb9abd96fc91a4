package extract

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// Records of PowerPoint 97 to 2003, by the numbers of [MS-PPT].
const (
	pptDocument       = 0x03E8
	pptSlide          = 0x03EE
	pptNotes          = 0x03F0
	pptSlidePersist   = 0x03F3
	pptTextHeader     = 0x0F9F
	pptTextChars      = 0x0FA0
	pptTextBytes      = 0x0FA8
	pptSlideList      = 0x0FF0
	pptUserEdit       = 0x0FF5
	pptPersist        = 0x1772
	pptCurrentUser    = 0x0FF6
	pptHeader         = 8
	pptDeep           = 30 // containers in each other
	pptTitleText      = 0  // kinds of text in a TextHeader
	pptCenterTitle    = 6
	pptSecretUser     = 0xF3D1C4DF // the token of an encrypted file
	pptMaxEdits       = 10_000
	pptMaxIdentifiers = 1 << 20
)

// ppt is a presentation of PowerPoint 97 that is being read.
type ppt struct {
	stream  []byte
	persist map[uint32]uint32 // where the object with an id begins
	slides  []pptPage
}

// pptPage is a slide: the texts of its placeholders, which the document lists, and its id.
type pptPage struct {
	id    uint32
	texts []pptText
}

type pptText struct {
	title bool
	s     string
}

// readPPT reads the slides in the order in which they are shown: title, text of the placeholders, then text boxes and tables.
func readPPT(b []byte, p *page) error {
	if hasMagic(b, "PK") {
		return readPPTX(b, p)
	}
	parts, err := streams(b, "PowerPoint Document", "Current User")
	if err != nil {
		return err
	}
	d := &ppt{stream: parts["PowerPoint Document"], persist: map[uint32]uint32{}}
	if len(d.stream) == 0 {
		return errors.New("no presentation inside")
	}
	if err := d.edits(parts["Current User"]); err != nil {
		return err
	}
	if err := d.document(); err != nil {
		return err
	}
	if len(d.slides) > maxPages {
		return tooLarge("more than %d slides", "超过 %d 张幻灯片", maxPages)
	}
	for i := range d.slides {
		d.slide(i, p)
		if p.full {
			break
		}
	}
	return nil
}

// record is one record: its kind, the instance, its data, and what follows it.
func pptRecord(b []byte) (kind, instance int, data, rest []byte, ok bool) {
	if len(b) < pptHeader {
		return 0, 0, nil, nil, false
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if uint64(n) > uint64(len(b)-pptHeader) {
		return 0, 0, nil, nil, false
	}
	end := pptHeader + int(n)
	return int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint16(b) >> 4), b[pptHeader:end], b[end:], true
}

// at is the record at a place of the stream.
func (d *ppt) at(place uint32) (kind int, data []byte, ok bool) {
	if uint64(place) >= uint64(len(d.stream)) {
		return 0, nil, false
	}
	kind, _, data, _, ok = pptRecord(d.stream[place:])
	return kind, data, ok
}

// edits reads where objects begin: the file is a chain of edits, the last one first.
func (d *ppt) edits(user []byte) error {
	kind, _, data, _, ok := pptRecord(user)
	if !ok || kind != pptCurrentUser || len(data) < 12 {
		return errors.New("no current user")
	}
	if binary.LittleEndian.Uint32(data[4:]) == pptSecretUser {
		return encrypted()
	}
	place := binary.LittleEndian.Uint32(data[8:])
	for range pptMaxEdits {
		kind, edit, ok := d.at(place)
		if !ok || kind != pptUserEdit || len(edit) < 16 {
			return errors.New("a broken chain of edits")
		}
		d.identifiers(binary.LittleEndian.Uint32(edit[12:]))
		if place = binary.LittleEndian.Uint32(edit[8:]); place == 0 {
			return nil
		}
	}
	return errors.New("an endless chain of edits")
}

// identifiers reads one table of objects; what a later edit said counts.
func (d *ppt) identifiers(place uint32) {
	kind, data, ok := d.at(place)
	if !ok || kind != pptPersist {
		return
	}
	for len(data) >= 4 {
		head := binary.LittleEndian.Uint32(data)
		id, n := head&0xFFFFF, int(head>>20)
		data = data[4:]
		for range n {
			if len(data) < 4 || len(d.persist) > pptMaxIdentifiers {
				return
			}
			if _, known := d.persist[id]; !known {
				d.persist[id] = binary.LittleEndian.Uint32(data)
			}
			data, id = data[4:], id+1
		}
	}
}

// document finds the list of slides.
func (d *ppt) document() error {
	for _, place := range d.persist {
		kind, data, ok := d.at(place)
		if !ok || kind != pptDocument {
			continue
		}
		for {
			kind, instance, inner, rest, ok := pptRecord(data)
			if !ok {
				return nil
			}
			if kind == pptSlideList && instance == 0 { // 1 are masters, 2 notes
				d.list(inner)
			}
			data = rest
		}
	}
	return errors.New("no document inside")
}

// list reads the slides with the texts of their placeholders.
func (d *ppt) list(data []byte) {
	title := false
	for {
		kind, _, inner, rest, ok := pptRecord(data)
		if !ok {
			return
		}
		switch n := len(d.slides); kind {
		case pptSlidePersist:
			if len(inner) >= 4 {
				d.slides = append(d.slides, pptPage{id: binary.LittleEndian.Uint32(inner)})
			}
		case pptTextHeader:
			title = isTitle(inner)
		case pptTextChars, pptTextBytes:
			if n > 0 {
				d.slides[n-1].texts = append(d.slides[n-1].texts, pptText{title, pptString(kind, inner)})
			}
			title = false
		}
		data = rest
	}
}

func isTitle(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	kind := binary.LittleEndian.Uint32(data)
	return kind == pptTitleText || kind == pptCenterTitle
}

// slide writes one slide.
func (d *ppt) slide(i int, p *page) {
	s := &d.slides[i]
	if kind, data, ok := d.at(d.persist[s.id]); ok && kind == pptSlide {
		s.texts = append(s.texts, d.boxes(data, pptDeep)...)
	}
	name := ""
	for _, t := range s.texts {
		if t.title && name == "" {
			name = t.s
		}
	}
	p.turn(i+1, name)
	for _, t := range s.texts {
		if t.title {
			p.heading(2, t.s)
			continue
		}
		for line := range strings.SplitSeq(t.s, "\n") {
			p.line(line)
		}
	}
	p.line("")
}

// boxes are the texts inside a slide itself.
func (d *ppt) boxes(data []byte, deep int) (texts []pptText) {
	title := false
	for {
		kind, _, inner, rest, ok := pptRecord(data)
		if !ok {
			return texts
		}
		switch {
		case kind == pptTextHeader:
			title = isTitle(inner)
		case kind == pptTextChars || kind == pptTextBytes:
			if s := pptString(kind, inner); strings.TrimSpace(s) != "" {
				texts = append(texts, pptText{title, s})
			}
			title = false
		case data[0]&0x0F == 0x0F && kind != pptNotes && deep > 0: // a container
			texts = append(texts, d.boxes(inner, deep-1)...)
		}
		data = rest
	}
}

// pptString is a text: paragraphs end with \r, lines in them with \v.
func pptString(kind int, data []byte) string {
	s := ""
	if kind == pptTextBytes {
		s, _ = charmap.ISO8859_1.NewDecoder().String(string(data)) // every byte is a character
	} else {
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
		s = string(utf16.Decode(units))
	}
	return strings.TrimSpace(strings.NewReplacer("\r", "\n", "\v", "\n", "\x00", "").Replace(s))
}
