package knowledge

import (
	"context"
	"strings"

	"islet/app"
)

// ImportChunks adds the rows of a table in an uploaded file to a document: a column content, or question and answer.
func (k *Knowledge) ImportChunks(ctx context.Context, dataset, document, file app.ID) ([]*app.Chunk, error) {
	name, mime, data, err := k.bytesOf(ctx, &app.Document{File: file, Source: app.FromFile})
	if err != nil {
		return nil, err
	}
	text, err := k.o.Read(ctx, name, mime, data)
	if err != nil {
		return nil, err
	}
	rows := tableRows(text.Text)
	if len(rows) == 0 {
		return nil, app.Errorf(app.Invalid, "table_invalid", "the file holds no table with a column content, or question and answer", "文件中没有包含 content 列（或 question 与 answer 列）的表格")
	}
	return k.AddChunks(ctx, dataset, document, rows)
}

// headings of the columns that make a chunk.
var (
	contentColumns = []string{"content", "segment content", "question", "分段内容", "内容", "问题"}
	answerColumns  = []string{"answer", "答案", "回答"}
)

// tableRows reads the rows of the Markdown tables of a text.
func tableRows(text string) (rows []NewChunk) {
	content, answer := -1, -1
	for line := range strings.Lines(text) {
		cells := tableCells(line)
		switch {
		case cells == nil:
			content, answer = -1, -1
		case content < 0:
			content, answer = column(cells, contentColumns), column(cells, answerColumns)
		case isRule(cells) || content >= len(cells) || cells[content] == "":
		default:
			r := NewChunk{Content: cells[content]}
			if answer >= 0 && answer < len(cells) {
				r.Answer = cells[answer]
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func column(cells, names []string) int {
	for i, c := range cells {
		for _, n := range names {
			if strings.EqualFold(strings.TrimSpace(c), n) {
				return i
			}
		}
	}
	return -1
}

func isRule(cells []string) bool {
	for _, c := range cells {
		if strings.Trim(c, "-: ") != "" {
			return false
		}
	}
	return true
}

// tableCells are the cells of one line of a Markdown table; nil if it is none.
func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") || len(line) < 2 {
		return nil
	}
	line = strings.ReplaceAll(line[1:len(line)-1], `\|`, "\x00")
	cells := strings.Split(line, "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.NewReplacer("\x00", "|", "<br>", "\n").Replace(cells[i]))
	}
	return cells
}
