package modeltest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// turn is a chat request in neutral form.
type turn struct {
	model    string
	quirk    *Quirk
	stream   bool
	usage    bool // OpenAI: stream_options.include_usage
	system   string
	user     string // the last user message
	result   string // the tool's answer, when it is the last message
	images   int
	tools    []tool
	schema   json.RawMessage
	json     bool
	stop     []string
	max      int
	prompt   int    // tokens
	bodyType string // content type of a whole body
}

type tool struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters"`
	Input      json.RawMessage `json:"input_schema"` // Anthropic
}

type call struct{ id, name, args string }

// reply is what the server is going to say.
type reply struct {
	reasoning []string
	tokens    []string
	calls     []call
	finish    string // stop, length, tool_calls
	total     int
}

// compose makes the reply to a turn. It depends on nothing else.
//
//	say: TEXT             TEXT
//	count to N            1 2 3 … N
//	think: TEXT           reasoning, then TEXT
//	call NAME / 调用 NAME   a call of the tool of that name, if the request has it; also "use the tool"
//	three questions as a JSON array (any language)   a JSON array of three questions in the language of the request
//	a schema or JSON mode the smallest fitting instance, or {"echo": TEXT}
//	anything else         echo: TEXT
func (s *Server) compose(t *turn) *reply {
	r := &reply{finish: "stop"}
	text, thought := s.text(t)
	if c, ok := wantsCall(t); ok && thought == "" {
		r.calls, r.finish, text = []call{c}, "tool_calls", ""
	}
	for _, stop := range t.stop {
		if i := strings.Index(text, stop); stop != "" && i >= 0 {
			text = text[:i]
		}
	}
	r.tokens, r.reasoning = tokens(text), tokens(thought)
	if t.max > 0 && len(r.tokens) > t.max {
		r.tokens, r.finish = r.tokens[:t.max], "length"
	}
	r.total = len(r.tokens) + len(r.reasoning)
	for _, c := range r.calls {
		r.total += 1 + len(c.args)/4
	}
	if t.quirk != nil && t.quirk.reply != nil {
		t.quirk.reply(t, r)
	}
	return r
}

func (s *Server) text(t *turn) (text, thought string) {
	for _, line := range s.o.Script {
		if strings.Contains(t.user, line.Match) {
			return line.Text, line.Reasoning
		}
	}
	low := strings.ToLower(t.user)
	switch {
	case t.result != "":
		return "the tool said: " + t.result, ""
	case t.schema != nil:
		return string(instance(t.schema, 0)), ""
	case t.json:
		b, _ := json.Marshal(map[string]string{"echo": t.user})
		return string(b), ""
	case strings.HasPrefix(low, "say:"):
		return strings.TrimSpace(t.user[4:]), ""
	case strings.HasPrefix(low, "think:"):
		return strings.TrimSpace(t.user[6:]), "let me think about it"
	case strings.HasPrefix(low, "count to "):
		n, _ := strconv.Atoi(strings.TrimSpace(low[len("count to "):]))
		return countTo(min(n, 100_000)), ""
	}
	if wantsQuestions(low) || wantsQuestions(strings.ToLower(t.system)) {
		return questions(t), ""
	}
	text = "echo: " + t.user
	if t.images > 0 {
		text += fmt.Sprintf(" [images: %d]", t.images)
	}
	return text, ""
}

func countTo(n int) string {
	b := make([]byte, 0, n*6)
	for i := 1; i <= n; i++ {
		if i > 1 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(i), 10)
	}
	return string(b)
}

func wantsQuestions(low string) bool {
	if !strings.Contains(low, "json") {
		return false
	}
	three := strings.Contains(low, "three") || strings.Contains(low, "3") || strings.Contains(low, "三")
	return three && (strings.Contains(low, "question") || strings.Contains(low, "问题"))
}

// questions are three in the language of the user's text; instructions in English around a Chinese talk count little,
// so one Chinese character in eight decides.
func questions(t *turn) string {
	if chinese(t.user) || t.user == "" && chinese(t.system) {
		return `["可以举个例子吗？", "有哪些注意事项？", "下一步该怎么做？"]`
	}
	return `["Can you give an example?", "What should I watch out for?", "What is the next step?"]`
}

func chinese(s string) bool {
	han := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			han++
		}
	}
	return han > 0 && han*8 >= utf8.RuneCountInString(s)
}

func wantsCall(t *turn) (call, bool) {
	if len(t.tools) == 0 || t.result != "" {
		return call{}, false
	}
	low := strings.ToLower(t.user)
	asked := strings.Contains(low, "call") || strings.Contains(low, "use ") || strings.Contains(t.user, "调用") || strings.Contains(t.user, "使用")
	if !asked {
		return call{}, false
	}
	chosen := t.tools[0]
	for _, c := range t.tools {
		if strings.Contains(t.user, c.Name) {
			chosen = c
			break
		}
	}
	schema := chosen.Parameters
	if schema == nil {
		schema = chosen.Input
	}
	args := instance(schema, 0)
	if string(args) == "null" {
		args = []byte("{}")
	}
	return call{id: "call_1", name: chosen.Name, args: string(args)}, true
}

// instance is the smallest value that fits a simple JSON schema.
func instance(schema json.RawMessage, depth int) json.RawMessage {
	var v struct {
		Type       any
		Properties map[string]json.RawMessage
		Items      json.RawMessage
		Enum       []json.RawMessage
		Const      json.RawMessage
	}
	if depth > 20 || json.Unmarshal(schema, &v) != nil {
		return json.RawMessage("null")
	}
	if v.Const != nil {
		return v.Const
	}
	if len(v.Enum) > 0 {
		return v.Enum[0]
	}
	if v.Properties != nil {
		out := map[string]json.RawMessage{}
		for k, p := range v.Properties {
			out[k] = instance(p, depth+1)
		}
		b, _ := json.Marshal(out)
		return b
	}
	switch v.Type {
	case "string":
		return json.RawMessage(`"text"`)
	case "integer", "number":
		return json.RawMessage("1")
	case "boolean":
		return json.RawMessage("true")
	case "array":
		if v.Items == nil {
			return json.RawMessage("[]")
		}
		return json.RawMessage("[" + string(instance(v.Items, depth+1)) + "]")
	case "object":
		return json.RawMessage("{}")
	}
	return json.RawMessage("null")
}

// tokens cuts a text into words with the space before them, and characters beyond ASCII two by two.
func tokens(s string) []string {
	if s == "" {
		return nil
	}
	out := make([]string, 0, len(s)/5+2)
	for start := 0; start < len(s); {
		end := start
		if s[start] < utf8.RuneSelf {
			end++
			for end < len(s) && s[end] < utf8.RuneSelf && s[end] != ' ' && end-start < 16 {
				end++
			}
		} else {
			for n := 0; n < 2 && end < len(s) && s[end] >= utf8.RuneSelf; n++ {
				_, size := utf8.DecodeRuneInString(s[end:])
				end += size
			}
		}
		out = append(out, s[start:end])
		start = end
	}
	return out
}

// split takes the quirk off a model's name.
func (s *Server) split(t *turn) {
	name := s.o.Quirk
	if i := strings.LastIndexByte(t.model, '@'); i >= 0 && s.quirks[t.model[i+1:]] != nil {
		t.model, name = t.model[:i], t.model[i+1:]
	}
	t.quirk = s.quirks[name]
}
