package extract

import (
	"bytes"
	"errors"
	"strings"

	"github.com/jhillyerd/enmime/v2"
)

// headers are those of a letter that a reader sees.
var headers = []string{"Subject", "From", "To", "Cc", "Date"}

// readEML writes the headers of a letter, its text, and the names of its attachments. A letter in HTML only is read as such.
func readEML(b []byte) (string, error) {
	e, err := enmime.NewParser(enmime.SkipMalformedParts(true), enmime.MaxStoredPartErrors(10), enmime.DisableTextConversion(true)).
		ReadEnvelope(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	if e.GetHeader("From") == "" && e.GetHeader("Subject") == "" && e.GetHeader("To") == "" {
		return "", errors.New("no headers of a letter")
	}
	var p page
	for _, h := range headers {
		if v := strings.TrimSpace(e.GetHeader(h)); v != "" {
			p.add(h, ": ", strings.Join(strings.Fields(v), " "), "\n")
		}
	}
	text := strings.TrimSpace(strings.ReplaceAll(e.Text, "\r\n", "\n"))
	if text == "" && e.HTML != "" {
		if text, err = htmlText(e.HTML); err != nil {
			return "", err
		}
	}
	p.add("\n", text, "\n")
	if len(e.Attachments) > 0 {
		p.add("\n")
	}
	for _, part := range e.Attachments {
		if part.FileName != "" {
			p.add("Attachment: ", part.FileName, "\n")
		}
	}
	return p.text()
}
