package extract

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV writes a Markdown table. The separator is the one that the first line has most of, since Excel takes the one of
// the country.
func readCSV(b []byte) (string, error) {
	s, err := decode(b)
	if err != nil {
		return "", err
	}
	r := csv.NewReader(strings.NewReader(s))
	r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, true, separator(s)
	var g grid
	var cells budget
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		if err := cells.take(len(row)); err != nil {
			return "", err
		}
		g = append(g, row)
	}
	var p page
	g.markdown(&p)
	return p.text()
}

func separator(s string) rune {
	line, _, _ := strings.Cut(s, "\n")
	best, most := ',', strings.Count(line, ",")
	for _, c := range "\t;" {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}
