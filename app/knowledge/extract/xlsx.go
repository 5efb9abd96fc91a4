package extract

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// readXLSX writes each sheet as a Markdown table, with its name above if there are several. Cells have the text that Excel
// shows, with dates in their unambiguous form.
func readXLSX(b []byte, p *page) error {
	if err := soundWorkbook(b); err != nil {
		return err
	}
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, // equal, so that nothing is written to disk
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss",
	})
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it has no files
	var names []string
	var tables []grid
	var cells budget
	size := 0
	for _, name := range f.GetSheetList() {
		g, err := sheet(f, name, &cells, &size)
		if err != nil {
			return err
		}
		if len(g) > 0 {
			names, tables = append(names, name), append(tables, g)
		}
	}
	return sheets(names, tables, p)
}

// sheets writes the tables of a spreadsheet.
func sheets(names []string, tables []grid, p *page) error {
	for i, g := range tables {
		if i > 0 {
			p.add("\n")
		}
		p.turn(i+1, names[i])
		if len(tables) > 1 {
			p.add("## ", cellText.Replace(names[i]), "\n\n")
		}
		g.markdown(p)
	}
	return nil
}

// soundWorkbook looks at the parts before excelize does, which takes bad checksums for the end of a file.
func soundWorkbook(b []byte) error {
	a, err := openArchive(b)
	if err != nil {
		return err
	}
	for name := range a.members {
		if !strings.HasSuffix(name, ".xml") {
			continue
		}
		part, err := a.member(name)
		if err != nil {
			return err
		}
		if err := noEntities(part); err != nil {
			return err
		}
	}
	return nil
}

// sheet is the cells of a sheet; size counts the text of all.
func sheet(f *excelize.File, name string, cells *budget, size *int) (grid, error) {
	rows, err := f.Rows(name)
	if err != nil { // a chart or a macro, which is no table
		return nil, nil //nolint:nilerr,nilnil // an empty table
	}
	defer func() { _ = rows.Close() }()
	var g grid
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("sheet %s: %w", name, err)
		}
		if err := cells.take(len(row)); err != nil {
			return nil, err
		}
		if row = trimRow(row); len(row) == 0 {
			continue
		}
		for _, c := range row {
			*size += len(c)
		}
		if *size > maxText {
			return nil, tooMuchText()
		}
		g = append(g, row)
	}
	return g, rows.Error()
}
