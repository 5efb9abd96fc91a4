package extract_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"islet/app/knowledge/extract"
)

const sector = 512

// ole makes an OLE file of streams, names and contents in turn. A name with a slash is inside a storage.
func ole(parts ...string) []byte {
	type entry struct {
		name               string
		kind               byte
		left, child, start uint32
		size               int
		children           []int
		content            []byte
	}
	const none = 0xFFFFFFFF
	entries := []*entry{{name: "Root Entry", kind: 5, left: none, child: none, start: none - 1}}
	storages := map[string]int{"": 0}
	for i := 0; i < len(parts); i += 2 {
		dir, name, inside := strings.Cut(parts[i], "/")
		if !inside {
			dir, name = "", dir
		}
		if _, ok := storages[dir]; !ok {
			storages[dir] = len(entries)
			entries[0].children = append(entries[0].children, len(entries))
			entries = append(entries, &entry{name: dir, kind: 1, left: none, child: none})
		}
		parent := entries[storages[dir]]
		parent.children = append(parent.children, len(entries))
		data := []byte(parts[i+1])
		data = append(data, make([]byte, max(0, 4096-len(data)))...) // shorter ones would go into the stream of small ones
		entries = append(entries, &entry{name: name, kind: 2, left: none, child: none, size: len(data), content: data})
	}
	for len(entries)%4 != 0 {
		entries = append(entries, &entry{left: none, child: none})
	}
	for _, e := range entries { // a chain is a tree as well
		next := uint32(none)
		for _, c := range slices.Backward(e.children) {
			entries[c].left, next = next, uint32(c)
		}
		e.child = next
	}
	var body []byte
	var fat []uint32
	chain := func(data []byte) uint32 {
		first := uint32(len(fat))
		for len(data) > 0 {
			n := min(sector, len(data))
			body = append(append(body, data[:n]...), make([]byte, sector-n)...)
			data = data[n:]
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = none - 1
		return first
	}
	for _, e := range entries {
		if len(e.content) > 0 {
			e.start = chain(e.content)
		}
	}
	var dir bytes.Buffer
	for _, e := range entries {
		raw := make([]byte, 128)
		units := utf16.Encode([]rune(e.name))
		for i, u := range units {
			binary.LittleEndian.PutUint16(raw[2*i:], u)
		}
		if e.name != "" {
			binary.LittleEndian.PutUint16(raw[64:], uint16(2*len(units)+2))
		}
		raw[66], raw[67] = e.kind, 1
		binary.LittleEndian.PutUint32(raw[68:], none)
		binary.LittleEndian.PutUint32(raw[72:], e.left)
		binary.LittleEndian.PutUint32(raw[76:], e.child)
		binary.LittleEndian.PutUint32(raw[116:], e.start)
		binary.LittleEndian.PutUint32(raw[120:], uint32(e.size))
		dir.Write(raw)
	}
	dirStart := chain(dir.Bytes())
	fatSectors := (len(fat) + 128) / 128
	head := make([]byte, sector)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	for at, v := range map[int]uint16{24: 0x3E, 26: 3, 28: 0xFFFE, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(fatSectors), 48: dirStart, 56: 4096, 60: none - 1, 68: none - 1} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := range 109 {
		v := uint32(none)
		if i < fatSectors {
			v = uint32(len(fat) + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	for range fatSectors {
		fat = append(fat, none-2)
	}
	for len(fat)%128 != 0 {
		fat = append(fat, none)
	}
	for _, v := range fat {
		body = binary.LittleEndian.AppendUint32(body, v)
	}
	return append(head, body...)
}

// wide is a text in UTF-16.
func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func u16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
func f64(v float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
}
func biff(id int, parts ...string) string {
	s := strings.Join(parts, "")
	return u16(id) + u16(len(s)) + s
}

func sampleXLS() []byte { return ole("Workbook", sampleBook()) }

func bof() string { return biff(0x809, u16(0x600), u16(5), strings.Repeat("\x00", 12)) }

func sampleBook() string {
	bof := bof()
	globals := func(at1, at2 int) string {
		return bof + biff(0x42, u16(1200)) + biff(0x41E, u16(164), u16(8), "\x00", `0.0"days`[:8]) +
			biff(0xE0, u16(0), u16(0)) + biff(0xE0, u16(0), u16(14)) + biff(0xE0, u16(0), u16(10)) + biff(0xE0, u16(0), u16(164)) +
			biff(0x85, u32(at1), u16(0), "\x02\x01", wide("明细")) + biff(0x85, u32(at2), u16(0), "\x02\x00", "S2") +
			biff(0xFC, u32(3), u32(3), u16(2), "\x01", wide("名称"), u16(5), "\x00", "ap") + biff(0x3C, "\x00", "ple", u16(4), "\x09", u16(1), wide("很")) +
			biff(0x3C, "\x01", wide("长的x"), "\x01\x02\x03\x04") + biff(0x0A)
	}
	sheet1 := bof + biff(0xFD, u16(1), u16(0), u16(0), u32(0)) + biff(0x203, u16(1), u16(1), u16(1), f64(45966)) + biff(0x203, u16(1), u16(2), u16(2), f64(0.256)) +
		biff(0xFD, u16(2), u16(0), u16(0), u32(1)) + biff(0xBD, u16(2), u16(1), u16(0), u32(7<<2|2), u16(3), u32(1234<<2|3), u16(2)) +
		biff(0x06, u16(3), u16(0), u16(0), "\x00\x00\x00\x00\x00\x00\xFF\xFF", strings.Repeat("\x00", 8)) + biff(0x207, u16(2), "\x01", wide("公式")) +
		biff(0x205, u16(3), u16(1), u16(0), "\x01\x00") + biff(0xFD, u16(3), u16(2), u16(0), u32(2)) + biff(0x0A)
	n := len(globals(0, 0))
	return globals(n, n+len(sheet1)) + sheet1 + bof + biff(0x0A)
}

func TestXLS_ofExcel97(t *testing.T) {
	bof, book := bof(), sampleBook()
	table := "| 名称 | 2025-11-05 | 25.6% |\n| -- | ---------- | ----- |\n| apple | 7 | 12.34 |\n| 公式 | TRUE | 很长的x |"
	claim{"a.xls", ole("Workbook", book), table}.check(t)
	for _, x := range []struct {
		name string
		data []byte
		code string
	}{
		{"locked", ole("Workbook", bof+biff(0x2F, u16(1))+biff(0x0A)), "document_encrypted"},
		{"old", ole("Book", "x"), "format_unsupported"},
		{"other", ole("Other", "x"), "document_unreadable"},
		{"cut", ole("Workbook", book)[:600], "document_unreadable"},
		{"many strings", ole("Workbook", bof+biff(0xFC, u32(1), u32(1<<31-1), u16(65535), "\x01")+biff(0x0A)), ""},
		{"many rows", ole("Workbook", strings.Replace(book, u16(1)+u16(0)+u16(0)+u32(0), u16(65535)+u16(255)+u16(0)+u32(0), 1)), ""},
	} {
		if _, err := extract.Text("a.xls", "", x.data); code(err) != x.code {
			t.Errorf("%s: got %v, want %q", x.name, err, x.code)
		}
	}
}

func sampleDOC() []byte {
	main, table := wordStreams()
	return ole("WordDocument", main, "1Table", table)
}

func wordStreams() (string, string) {
	const text1, text2 = "劳动合同\r第一条 ", "plain\x13 HYPERLINK \"x\" \x14link\x15\rcell\a\xB2\a\arow\a\a\r"
	main := make([]byte, 0x400)
	binary.LittleEndian.PutUint16(main, 0xA5EC)
	binary.LittleEndian.PutUint16(main[0x0A:], 0x200)
	n1, n2 := len([]rune(text1)), len(text2)
	binary.LittleEndian.PutUint32(main[0x4C:], uint32(n1+n2))
	at1 := len(main)
	main = append(main, wide(text1)...)
	at2 := len(main)
	main = append(main, text2...)
	clx := "\x01" + u16(2) + "xx" + "\x02" + u32(28) + u32(0) + u32(n1) + u32(n1+n2) + u16(0) + u32(at1) + u16(0) + u16(0) + u32(at2*2|1<<30) + u16(0)
	binary.LittleEndian.PutUint32(main[0x1A2:], 10)
	binary.LittleEndian.PutUint32(main[0x1A6:], uint32(len(clx)))
	return string(main), strings.Repeat("t", 10) + clx
}

func TestDOC_ofWord97(t *testing.T) {
	main, table := wordStreams()
	claim{"a.doc", ole("WordDocument", main, "1Table", table), "劳动合同\n第一条 plainlink\ncell\t²\nrow"}.check(t)
	claim{"a.docx", ole("WordDocument", main, "1Table", table), "劳动合同\n第一条 plainlink\ncell\t²\nrow"}.check(t)
	locked := []byte(main)
	binary.LittleEndian.PutUint16(locked[0x0A:], 0x300)
	for _, x := range []struct {
		name string
		data []byte
		code string
	}{
		{"locked", ole("WordDocument", string(locked), "1Table", table), "document_encrypted"},
		{"no table", ole("WordDocument", main), "document_unreadable"},
		{"word 95", ole("WordDocument", "\xDC\xA5"), "format_unsupported"},
		{"other", ole("Workbook", "x"), "document_unreadable"},
		{"wild pieces", ole("WordDocument", main, "1Table", strings.Repeat("\xFF", 10)+strings.Repeat("\x02\xFF\xFF\xFF\x7F", 100)), "document_empty"},
	} {
		if _, err := extract.Text("a.doc", "", x.data); code(err) != x.code {
			t.Errorf("%s: got %v, want %q", x.name, err, x.code)
		}
	}
}

func TestMSG_isReadAsEML(t *testing.T) {
	const p = "__substg1.0_"
	data := ole(p+"0037001F", wide("关于合同"), p+"0C1A001E", string(encoded(t, simplifiedchinese.GBK, "李雷")), p+"0C1F001F", wide("li@example.com"), p+"0E04001F", wide("韩梅梅"),
		p+"1000001F", wide("您好，\r\n请看附件。"), "__attach_version1.0_#00000000/"+p+"3707001F", wide("合同.pdf"), "__recip_version1.0_#00000000/"+p+"0037001F", wide("other"))
	claim{"a.msg", data, "Subject: 关于合同\nFrom: 李雷 <li@example.com>\nTo: 韩梅梅\n\n您好，\n请看附件。\n\nAttachment: 合同.pdf"}.check(t)
	if _, err := extract.Text("a.msg", "", ole("x", "y")); code(err) != "document_unreadable" {
		t.Errorf("another OLE file: %v", err)
	}
}
