package studio

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/workflow"
)

// The limits of moderation; Dify's.
const (
	maxReply    = 100
	maxKeywords = 100
	maxKeyword  = 200
)

// moderation says what is wrong with the words that an app keeps out.
func (p *problems) moderation(mode app.Mode, m *app.Moderation) {
	if m == nil || mode == app.ModeWorkflow {
		return
	}
	words := 0
	for _, w := range m.Keywords {
		if strings.TrimSpace(w) != "" {
			words++
		}
		if utf8.RuneCountInString(w) > maxKeyword {
			p.add("moderation.keywords", "too_long", "a word to keep out takes at most %d characters", "每个屏蔽词最多 %d 个字符", maxKeyword)
		}
	}
	if words == 0 || words > maxKeywords {
		p.add("moderation.keywords", "out_of_range", "name 1 to %d words to keep out, or switch moderation off", "请填写 1 到 %d 个屏蔽词，或关闭内容审查", maxKeywords)
	}
	if !m.Input && !m.Output {
		p.add("moderation", "empty", "moderate questions, answers, or both; or switch it off", "请选择审查提问、回答或两者，或关闭内容审查")
	}
	for _, side := range []struct {
		on          bool
		field, text string
	}{{m.Input, "moderation.input_reply", m.InputReply}, {m.Output, "moderation.output_reply", m.OutputReply}} {
		if n := utf8.RuneCountInString(strings.TrimSpace(side.text)); side.on && (n == 0 || n > maxReply) {
			p.add(side.field, "out_of_range", "the reply in place of what is kept out has 1 to %d characters", "替代回复须为 1 到 %d 个字符", maxReply)
		}
	}
}

// refusal is a graph that says one thing, whatever it is asked.
func (s *Studio) refusal(reply string) (*workflow.Graph, error) {
	reply = strings.ReplaceAll(reply, "{{#", "{{ #") // it is text, not a template
	raw, err := json.Marshal(object{
		"nodes": []any{node(StartNode, object{"type": "start", "title": "Start", "variables": []any{}}), node(AnswerNode, object{"type": "answer", "title": "Answer", "answer": reply})},
		"edges": []any{edge(StartNode, "start", AnswerNode, "answer")},
	})
	if err != nil {
		return nil, err
	}
	return workflow.Parse(raw, s.Types)
}
