package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An xmlReader reads XML from front to back. encoding/xml knows no entities but its five and follows no references; the
// reader refuses documents that declare some anyway, and such as are nested too deep.
type xmlReader struct {
	d     *xml.Decoder
	depth int
}

// An element is the start of one.
type element struct{ xml.StartElement }

func (e element) attr(local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

func newXML(b []byte) (*xmlReader, error) {
	if err := noEntities(b); err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = charsetReader
	if bytes.HasPrefix(b, []byte{0xFF, 0xFE}) || bytes.HasPrefix(b, []byte{0xFE, 0xFF}) {
		d = xml.NewDecoder(strings.NewReader(decodeAny(b)))
		d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	}
	return &xmlReader{d: d}, nil
}

// noEntities refuses XML that declares entities or elements of its own.
func noEntities(b []byte) error {
	for _, word := range []string{"<!DOCTYPE", "<!ENTITY", "<!doctype"} {
		if bytes.Contains(b, []byte(word)) {
			return unsafe("XML with a document type of its own", "XML 含有自定义的文档类型声明")
		}
	}
	return nil
}

func tooDeep() error {
	return unsafe(fmt.Sprintf("elements nested more than %d deep", maxDepth), fmt.Sprintf("元素嵌套超过 %d 层", maxDepth))
}

func (x *xmlReader) next() (xml.Token, error) {
	t, err := x.d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) && x.depth > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t.(type) {
	case xml.StartElement:
		if x.depth++; x.depth > maxDepth {
			return nil, tooDeep()
		}
	case xml.EndElement:
		x.depth--
	}
	return t, nil
}

// each goes through the children of the element that is open, to its end. child may read its element or leave it; chars,
// which may be nil, gets the text between the children.
func (x *xmlReader) each(child func(element) error, chars func(string)) error {
	level := x.depth
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := child(element{t}); err != nil {
				return err
			}
			if err := x.leave(level); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		case xml.CharData:
			if chars != nil {
				chars(string(t))
			}
		}
	}
}

// leave goes to the end of all elements deeper than level.
func (x *xmlReader) leave(level int) error {
	for x.depth > level {
		if _, err := x.next(); err != nil {
			return err
		}
	}
	return nil
}

// find reads the elements of a name wherever they are below the open one, and not inside each other.
func (x *xmlReader) find(local string, f func(element) error) error {
	return x.each(func(e element) error {
		if e.Name.Local == local {
			return f(e)
		}
		return x.find(local, f)
	}, nil)
}
