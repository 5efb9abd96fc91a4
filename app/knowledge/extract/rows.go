package extract

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// RowsFormat is the extension by which a Reader takes a table as rows: its text is then JSON, the rows of the first sheet as lists of
// cells, blank rows left out. The content decides between workbooks and separated values.
const RowsFormat = "islet-rows"

// readRows reads a table as JSON.
func readRows(b []byte, p *page) error {
	var g grid
	var err error
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		g, err = rowsOfXLSX(b)
	case bytes.HasPrefix(b, oleMagic):
		return older("Excel", "XLSX")
	default:
		g, err = rowsOfCSV(b)
	}
	if err != nil {
		return err
	}
	kept := grid{}
	for _, row := range g {
		if row = trimRow(row); len(row) > 0 {
			kept = append(kept, row)
		}
	}
	out, err := json.Marshal(kept)
	p.add(string(out))
	return err
}

func rowsOfCSV(b []byte) (grid, error) {
	s, err := decodeTable(b)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(s))
	r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, true, separator(s)
	var g grid
	var cells budget
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, err
		}
		if err := cells.take(len(row)); err != nil {
			return nil, err
		}
		g = append(g, row)
	}
}

// decodeTable is decode for tables of a few short words, of which a guess by statistics knows too little: what is neither marked
// nor UTF-8 is GB18030 wherever that reads it, because Excel in Chinese writes that.
func decodeTable(b []byte) (string, error) {
	if !utf8.Valid(b) && unmarked16(b) == nil && !bytes.HasPrefix(b, []byte{0xFF, 0xFE}) && !bytes.HasPrefix(b, []byte{0xFE, 0xFF}) {
		if s := decodeAs(simplifiedchinese.GB18030, b); !strings.ContainsRune(s, utf8.RuneError) && !control(s) {
			return s, nil
		}
	}
	return decode(b)
}

func rowsOfXLSX(b []byte) (grid, error) {
	if err := soundWorkbook(b); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss",
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it has no files
	var cells budget
	size := 0
	for _, name := range f.GetSheetList() {
		g, err := sheet(f, name, &cells, &size)
		if err != nil || len(g) > 0 {
			return g, err
		}
	}
	return nil, nil
}
