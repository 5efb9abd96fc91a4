package extract

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// A grid is the cells of a table, row by row, of different length.
type grid [][]string

var cellText = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "|", `\|`)

// markdown writes a table whose first row is its head. Columns that are blank from top to bottom at the end, and blank rows,
// are left out.
func (g grid) markdown(p *page) {
	width, rows := 0, g[:0:0]
	for _, row := range g {
		if row = trimRow(row); len(row) > 0 {
			rows, width = append(rows, row), max(width, len(row))
		}
	}
	if len(rows) == 0 {
		return
	}
	writeRow(p, rows[0], width)
	p.add("|")
	for i := range width {
		n := 0
		if i < len(rows[0]) {
			n = min(40, utf8.RuneCountInString(rows[0][i]))
		}
		p.add(" ", cmp.Or(strings.Repeat("-", n), "---"), " |")
	}
	p.add("\n")
	for _, row := range rows[1:] {
		if p.full {
			return
		}
		writeRow(p, row, width)
	}
}

func writeRow(p *page, row []string, width int) {
	p.add("|")
	for i := range width {
		cell := ""
		if i < len(row) {
			cell = cellText.Replace(strings.TrimSpace(row[i]))
		}
		p.add(" ", cell, " |")
	}
	p.add("\n")
}

// trimRow cuts blank cells off the end.
func trimRow(row []string) []string {
	for len(row) > 0 && strings.TrimSpace(row[len(row)-1]) == "" {
		row = row[:len(row)-1]
	}
	return row
}

// A budget of cells is shared by the tables of a document.
type budget int

// take counts cells, and refuses when too many were taken.
func (b *budget) take(n int) error {
	if *b += budget(n); *b > maxCells {
		return tooLarge("more than %d cells", "超过 %d 个单元格", maxCells)
	}
	return nil
}
