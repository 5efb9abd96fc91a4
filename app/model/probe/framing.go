package probe

import (
	"bytes"
	"strings"

	"islet/app"
)

// framing is how a server frames its stream, read off the raw bytes.
type framing struct {
	whole    bool   // one JSON body, no stream
	bare     bool   // JSON lines without "data:"
	eol      string // LF, CRLF, CR
	single   bool   // events separated by one newline
	noSpace  bool   // data:{
	done     bool
	finish   bool // a finish reason was given
	comments bool
	fields   bool // event, id or retry lines
	bom      bool
}

// finishes are how the protocols say that an answer ended.
var finishes = [][]byte{[]byte(`"finish_reason":"`), []byte(`"finish_reason": "`), []byte(`"finishReason":"`), []byte(`"finishReason": "`),
	[]byte(`"stop_reason":"`), []byte(`"done":true`), []byte(`"message_stop"`)}

func inspect(raw []byte) framing {
	f := framing{bom: bytes.HasPrefix(raw, []byte("\xef\xbb\xbf"))}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	f.eol = lineEnding(raw)
	for _, m := range finishes {
		f.finish = f.finish || bytes.Contains(raw, m)
	}
	data, blank, objects := 0, 0, 0
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(raw))
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "":
			blank++
		case strings.HasPrefix(line, ":"):
			f.comments = true
		case strings.HasPrefix(line, "data:"):
			data++
			f.noSpace = f.noSpace || len(line) > 5 && line[5] != ' '
			f.done = f.done || strings.TrimSpace(line[5:]) == "[DONE]"
		case strings.HasPrefix(line, "event:"), strings.HasPrefix(line, "id:"), strings.HasPrefix(line, "retry:"):
			f.fields = true
		case line[0] == '{':
			objects++
		}
	}
	f.single = data > 2 && blank < data/2
	f.bare = data == 0 && objects > 1
	f.whole = data == 0 && objects == 1
	return f
}

func lineEnding(raw []byte) string {
	crlf, lf, cr := bytes.Count(raw, []byte("\r\n")), bytes.Count(raw, []byte("\n")), bytes.Count(raw, []byte("\r"))
	switch {
	case crlf > 0 && crlf >= lf-crlf:
		return "CRLF"
	case cr > lf:
		return "CR"
	}
	return "LF"
}

func (f framing) unusual() bool {
	return f.single || f.eol == "CR" || f.bom || f.noSpace || f.bare && f.eol != "LF"
}

func (f framing) text() app.Text {
	if f.whole {
		return app.Text{En: "the answer is one JSON body", Zh: "回答为单个 JSON"}
	}
	if f.bare {
		return app.Text{En: "the stream is lines of JSON", Zh: "流式格式为逐行 JSON"}
	}
	en, zh := []string{"line ends " + f.eol}, []string{"换行符 " + f.eol}
	add := func(on bool, e, z string) {
		if on {
			en, zh = append(en, e), append(zh, z)
		}
	}
	add(f.single, "events separated by one newline", "事件之间仅一个换行")
	add(!f.single, "events separated by an empty line", "事件之间以空行分隔")
	add(f.noSpace, "no space after data:", "data: 后无空格")
	add(f.comments, "comment lines", "含注释行")
	add(f.fields, "event, id or retry lines", "含 event/id/retry 行")
	add(f.bom, "a byte order mark", "含 BOM")
	return app.Text{En: "the stream has " + strings.Join(en, ", "), Zh: "流式格式：" + strings.Join(zh, "，")}
}
