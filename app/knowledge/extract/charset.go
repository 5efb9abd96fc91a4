package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/saintfish/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	unicodes "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const (
	sure   = 50       // of 100; below it chardet guesses
	sample = 64 << 10 // bytes that chardet looks at
)

// decode reads text in whatever character set it comes: by its mark, as UTF-8, as chardet says if it is sure, or else as
// GB18030, in which short Chinese texts of unknown origin mostly are. What is no text in any of them is an error.
func decode(b []byte) (string, error) {
	s := decodeAny(b)
	if control(s) {
		return "", errors.New("binary data where text was expected")
	}
	return s, nil
}

func decodeAny(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return decodeAs(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), b)
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}), bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return decodeAs(unicodes.UTF16(unicodes.LittleEndian, unicodes.UseBOM), b)
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		return strings.ToValidUTF8(string(b[3:]), "\uFFFD")
	}
	if e := unmarked16(b); e != nil {
		return decodeAs(e, b)
	}
	if utf8.Valid(b) {
		return string(b)
	}
	part := b[:min(len(b), sample)]
	if r, err := chardet.NewTextDetector().DetectBest(part); err == nil && r.Confidence >= sure {
		if r.Charset == "UTF-8" {
			return strings.ToValidUTF8(string(b), "\uFFFD")
		}
		if e := charset(r.Charset); e != nil {
			return decodeAs(e, b)
		}
	}
	return decodeAs(simplifiedchinese.GB18030, b)
}

// charset is an encoding by a name of chardet or of the web, nil if nobody knows it.
func charset(name string) encoding.Encoding {
	if name == "GB-18030" {
		return simplifiedchinese.GB18030
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	if e == simplifiedchinese.GBK {
		return simplifiedchinese.GB18030 // GBK and more
	}
	return e
}

func decodeAs(e encoding.Encoding, b []byte) string {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil { // none of these decoders fails; they write U+FFFD
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// unmarked16 is UTF-16 for text in it without its mark, or nil. Zero bytes, of spaces and new lines at least, are the upper
// halves and tell the order; then nothing may be there that is no text.
func unmarked16(b []byte) encoding.Encoding {
	part := b[:min(len(b), sample)]
	if len(b) < 4 || len(b)%2 != 0 || bytes.IndexByte(part, 0) < 0 {
		return nil
	}
	zeros := [2]int{}
	for i, c := range part {
		if c == 0 {
			zeros[i%2]++
		}
	}
	order, e := binary.ByteOrder(binary.LittleEndian), unicodes.LittleEndian
	if zeros[0] > zeros[1] {
		order, e = binary.BigEndian, unicodes.BigEndian
	}
	for ; len(part) > 1; part = part[2:] {
		u := rune(order.Uint16(part))
		if surrogate := u >= 0xD800 && u < 0xE000; !surrogate && !unicode.IsGraphic(u) && !strings.ContainsRune("\t\n\r\f\uFEFF\u200B\u200D", u) {
			return nil
		}
	}
	return unicodes.UTF16(e, unicodes.IgnoreBOM)
}

// control tells whether there are characters that no text has, which says that the decoder was wrong or the file no text.
func control(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case r == 0:
			return true
		case r < ' ' && !strings.ContainsRune("\t\n\v\f\r\b\x1a\x1b", r):
			n++
		}
	}
	return n > 8+len(s)/1000
}

// charsetReader is for XML that says its own character set.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	e := charset(name)
	if e == nil {
		return nil, errors.New("unknown character set " + name)
	}
	return e.NewDecoder().Reader(r), nil
}
