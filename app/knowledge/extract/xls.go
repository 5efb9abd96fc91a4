package extract

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// readXLS reads what is called .xls: workbooks of Excel 97 to 2003, and also what old programs write under this name, HTML
// or plain tables, and renamed .xlsx.
func readXLS(b []byte, p *page) error {
	switch {
	case hasMagic(b, "PK"):
		return readXLSX(b, p)
	case hasMagic(b, string(oleMagic)):
		parts, err := streams(b, "Workbook", "Book")
		if err != nil {
			return err
		}
		if parts["Workbook"] == nil && parts["Book"] != nil {
			return older("Excel", "XLSX")
		}
		return workbook(parts["Workbook"], p)
	}
	s, err := decode(b)
	if err != nil {
		return err
	}
	if looksHTML(s) {
		s, err = htmlMarkdown(s, p.rich)
		p.add(s)
		return err
	}
	return whole(readCSV)([]byte(s), p)
}

// looksHTML tells whether a text is a page or a piece of one.
func looksHTML(s string) bool {
	start := strings.ToLower(s[:min(len(s), 1000)])
	return strings.Contains(start, "<html") || strings.Contains(start, "<table")
}

// The records of a workbook that hold what is shown.
const (
	recordFormula  = 0x06
	recordEOF      = 0x0A
	recordDateMode = 0x22
	recordFilePass = 0x2F
	recordContinue = 0x3C
	recordSheet    = 0x85
	recordMulRK    = 0xBD
	recordRString  = 0xD6
	recordXF       = 0xE0
	recordStrings  = 0xFC
	recordLabelSST = 0xFD
	recordNumber   = 0x203
	recordLabel    = 0x204
	recordBoolErr  = 0x205
	recordString   = 0x207
	recordRK       = 0x27E
	recordFormat   = 0x41E
	recordBOF      = 0x809
)

// xls is a workbook in the binary format of Excel 97 (BIFF8): records of a number, a length and bytes.
type xls struct {
	stream  []byte
	strings []string
	formats map[int]string
	styles  []int // format by style
	from    time.Time
	names   []string
	tables  []grid
	starts  []int // of the sheets

	cells budget
	size  int
	rows  grid // of the sheet that is being read
	last  [2]int
}

var errShort = errors.New("a record is too short")

func workbook(stream []byte, p *page) error {
	x := &xls{stream: stream, formats: map[int]string{}, from: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	if len(stream) < 8 || binary.LittleEndian.Uint16(stream) != recordBOF {
		return errors.New("no workbook inside")
	}
	if version := binary.LittleEndian.Uint16(stream[4:]); version != 0x600 {
		return older("Excel", "XLSX")
	}
	if err := x.records(0, x.global); err != nil {
		return err
	}
	names := x.names
	x.names = nil
	for i, start := range x.starts {
		x.rows = nil
		if err := x.records(start, x.cell); err != nil {
			return err
		}
		for len(x.rows) > 0 && len(trimRow(x.rows[len(x.rows)-1])) == 0 {
			x.rows = x.rows[:len(x.rows)-1]
		}
		if len(x.rows) > 0 {
			x.names, x.tables = append(x.names, names[i]), append(x.tables, x.rows)
		}
	}
	return sheets(x.names, x.tables, p)
}

// records goes through the records from one place to the end of their part. data comes in pieces where a record was too long.
func (x *xls) records(at int, each func(id int, data [][]byte) error) error {
	for deep := 0; ; {
		id, data, next, ok := x.record(at)
		if !ok {
			return nil // many programs end a workbook without saying so
		}
		pieces := [][]byte{data}
		for at = next; ; at = next {
			more, piece, after, ok := x.record(at)
			if !ok || more != recordContinue {
				break
			}
			pieces, next = append(pieces, piece), after
		}
		switch id {
		case recordBOF: // a chart inside a sheet begins another part
			deep++
		case recordEOF:
			if deep--; deep <= 0 {
				return nil
			}
		case recordFilePass:
			return encrypted()
		default:
			if deep > 1 {
				continue
			}
			if err := each(id, pieces); err != nil {
				return err
			}
		}
	}
}

func (x *xls) record(at int) (id int, data []byte, next int, ok bool) {
	if at < 0 || at+4 > len(x.stream) {
		return 0, nil, 0, false
	}
	id = int(binary.LittleEndian.Uint16(x.stream[at:]))
	next = at + 4 + int(binary.LittleEndian.Uint16(x.stream[at+2:]))
	if next > len(x.stream) {
		return 0, nil, 0, false
	}
	return id, x.stream[at+4 : next], next, true
}

// global reads what holds for all sheets.
func (x *xls) global(id int, pieces [][]byte) error {
	b := &biff{pieces: pieces}
	switch id {
	case recordSheet:
		start, kind := b.u32(), b.u16()
		name := b.chars(b.u8())
		if sheet := kind>>8 == 0; sheet && len(x.starts) < maxPages {
			x.starts, x.names = append(x.starts, start), append(x.names, name)
		}
	case recordDateMode:
		if b.u16() == 1 {
			x.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	case recordFormat:
		n := b.u16()
		x.formats[n] = b.chars(b.u16())
	case recordXF:
		b.u16()
		x.styles = append(x.styles, b.u16())
	case recordStrings:
		b.u32()
		for n := b.u32(); n > 0 && !b.short; n-- {
			x.strings = append(x.strings, b.rich())
		}
	}
	return nil
}

// cell reads a record of a sheet.
func (x *xls) cell(id int, pieces [][]byte) error {
	b := &biff{pieces: pieces}
	switch id {
	case recordString:
		return x.put(x.last[0], x.last[1], b.chars(b.u16()))
	case recordFormula, recordMulRK, recordRString, recordLabelSST, recordNumber, recordLabel, recordBoolErr, recordRK:
	default:
		return nil
	}
	numbers := (len(pieces[0]) - 6) / 6
	row, col := b.u16(), b.u16()
	if id == recordMulRK {
		for range numbers {
			style := b.u16()
			if err := x.put(row, col, x.number(rk(uint32(b.u32())), style)); err != nil {
				return err
			}
			col++
		}
		return nil
	}
	style, s := b.u16(), ""
	switch id {
	case recordLabelSST:
		if n := b.u32(); n < len(x.strings) {
			s = x.strings[n]
		}
	case recordNumber:
		s = x.number(math.Float64frombits(b.u64()), style)
	case recordRK:
		s = x.number(rk(uint32(b.u32())), style)
	case recordLabel, recordRString:
		s = b.chars(b.u16())
	case recordBoolErr:
		if value, isError := b.u8(), b.u8(); isError == 0 {
			s = strings.ToUpper(strconv.FormatBool(value != 0))
		}
	case recordFormula:
		bits := b.u64()
		x.last = [2]int{row, col}
		switch {
		case bits>>48 != 0xFFFF:
			s = x.number(math.Float64frombits(bits), style)
		case bits&0xFF == 1:
			s = strings.ToUpper(strconv.FormatBool(bits>>16&0xFF != 0))
		}
	}
	if b.short {
		return errShort
	}
	return x.put(row, col, s)
}

func (x *xls) put(row, col int, s string) error {
	if s == "" {
		return nil
	}
	if x.size += len(s); x.size > maxText {
		return tooMuchText()
	}
	if grow := row + 1 - len(x.rows); grow > 0 {
		x.rows = append(x.rows, make(grid, grow)...)
	}
	if grow := col + 1 - len(x.rows[row]); grow > 0 {
		if err := x.cells.take(grow); err != nil {
			return err
		}
		x.rows[row] = append(x.rows[row], make([]string, grow)...)
	}
	x.rows[row][col] = s
	return nil
}

// rk is a number in four bytes: the upper half of a float or an integer, perhaps a hundredth of it.
func rk(n uint32) float64 {
	v := math.Float64frombits(uint64(n&^3) << 32)
	if n&2 != 0 {
		v = float64(int32(n) >> 2)
	}
	if n&1 != 0 {
		v /= 100
	}
	return v
}

// number writes a number in the way of its style, as far as it matters: as date, as percentage, or as it is.
func (x *xls) number(v float64, style int) string {
	format := ""
	if style < len(x.styles) {
		n := x.styles[style]
		format = builtin(n)
		if f, own := x.formats[n]; own {
			format = f
		}
	}
	day, clock := dateFormat(format)
	if (day || clock) && v >= 0 && v < 2_958_466 { // the year 9999
		t := x.from.Add(time.Duration(math.Round(v*86400)) * time.Second)
		switch {
		case day && clock:
			return t.Format("2006-01-02 15:04:05")
		case day:
			return t.Format("2006-01-02")
		}
		return t.Format("15:04:05")
	}
	if strings.HasSuffix(format, "%") {
		return plainNumber(v*100) + "%"
	}
	return plainNumber(v)
}

func plainNumber(v float64) string {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64) // as many digits as Excel has
	if math.Abs(v) >= 1e21 {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// builtin are the formats that have numbers only.
func builtin(n int) string {
	switch {
	case n == 9 || n == 10:
		return "0%"
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57 || n == 58:
		return "yyyy-mm-dd"
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n >= 45 && n <= 47, n == 55 || n == 56:
		return "hh:mm:ss"
	case n == 22:
		return "yyyy-mm-dd hh:mm"
	}
	return ""
}

// dateFormat tells whether a format shows a day or the time of one. Letters in quotes and brackets mean nothing.
func dateFormat(format string) (day, clock bool) {
	quoted, bracket := false, false
	for i := 0; i < len(format); i++ {
		switch c := format[i] | 0x20; {
		case format[i] == '"':
			quoted = !quoted
		case quoted:
		case format[i] == '\\' || format[i] == '_' || format[i] == '*':
			i++
		case format[i] == '[' || format[i] == ']':
			bracket = format[i] == '['
		case bracket:
		case c == 'y' || c == 'd':
			day = true
		case c == 'h' || c == 's':
			clock = true
		}
	}
	return day, clock
}

// biff reads the values of a record. What is not there is zero, and short remembers it.
type biff struct {
	pieces [][]byte
	short  bool
}

func (b *biff) take(n int) []byte {
	var out []byte
	for n > 0 {
		for len(b.pieces) > 0 && len(b.pieces[0]) == 0 {
			b.pieces = b.pieces[1:]
		}
		if len(b.pieces) == 0 {
			b.short = true
			return append(out, make([]byte, min(n, 8))...)
		}
		k := min(n, len(b.pieces[0]))
		out = append(out, b.pieces[0][:k]...)
		b.pieces[0] = b.pieces[0][k:]
		n -= k
	}
	return out
}

func (b *biff) u8() int     { return int(b.take(1)[0]) }
func (b *biff) u16() int    { return int(binary.LittleEndian.Uint16(b.take(2))) }
func (b *biff) u32() int    { return int(binary.LittleEndian.Uint32(b.take(4))) }
func (b *biff) u64() uint64 { return binary.LittleEndian.Uint64(b.take(8)) }

// chars is a string of n characters, whose flag says whether they have one byte or two. In each new piece it is said again.
func (b *biff) chars(n int) string { return b.text(n, b.u8()) }

func (b *biff) text(n, flags int) string {
	var units []uint16
	for n > 0 && !b.short {
		if len(b.pieces) > 0 && len(b.pieces[0]) == 0 {
			if b.pieces = b.pieces[1:]; len(b.pieces) > 0 {
				flags = b.u8()
			}
		}
		if len(b.pieces) == 0 {
			b.short = true
			break
		}
		width := 1 + flags&1
		k := min(n, len(b.pieces[0])/width)
		if k == 0 {
			b.short = true
			break
		}
		for raw := b.take(k * width); len(raw) >= width; raw = raw[width:] {
			u := uint16(raw[0])
			if width == 2 {
				u |= uint16(raw[1]) << 8
			}
			units = append(units, u)
		}
		n -= k
	}
	return string(utf16.Decode(units))
}

// rich is a string of the table of strings, with fonts and sounds that are left out.
func (b *biff) rich() string {
	n, flags, skip := b.u16(), b.u8(), 0
	if flags&8 != 0 {
		skip += 4 * b.u16()
	}
	if flags&4 != 0 {
		skip += b.u32()
	}
	s := b.text(n, flags)
	for ; skip > 0 && !b.short; skip -= min(skip, 1<<16) {
		b.take(min(skip, 1<<16))
	}
	return s
}
