package node

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"islet/app"
	"islet/app/model"
)

// documentMax bounds how much of one text file a question carries, in characters; what is longer ends with a note.
const documentMax = 100_000

// document is a text file as part of a question: its name, then its text. Other formats never get here: app/chat refuses them
// until they can be read.
func (n *llm) document(ctx context.Context, f *app.Attachment) (part model.Part, ok bool, err error) {
	if f.File == "" {
		return part, false, nil
	}
	data, _, err := n.deps.File(ctx, f.File)
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return part, false, nil
	}
	if err != nil {
		return part, false, err
	}
	text := decodeText(data)
	if utf8.RuneCountInString(text) > documentMax {
		text = string([]rune(text)[:documentMax]) + "\n[…]"
	}
	return model.Part{Text: "# " + f.Name + "\n\n" + strings.TrimSpace(text)}, true, nil
}

// decodeText reads text as people's machines write it: UTF-8, UTF-16 with its mark, or else GB18030, which holds GBK and GB2312.
func decodeText(b []byte) string {
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}), bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case utf8.Valid(b):
		return strings.TrimPrefix(string(b), "\uFEFF")
	default:
		e = simplifiedchinese.GB18030
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil { // neither: what can be read of it
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// joinText makes one text of neighbouring text parts: many servers take a plain string and nothing else.
func joinText(parts []model.Part) []model.Part {
	out := parts[:0]
	for _, p := range parts {
		if last := len(out) - 1; last >= 0 && p.Kind == model.TextPart && out[last].Kind == model.TextPart {
			out[last].Text += "\n\n" + p.Text
			continue
		}
		out = append(out, p)
	}
	return out
}
