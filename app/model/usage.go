package model

import (
	"unicode/utf8"

	"islet/app"
)

// EstimateTokens guesses how many tokens a text has, without a vocabulary: one per Chinese, Japanese or Korean
// character, one per four other characters. It errs high for Chinese by some 30 % with today's vocabularies, which is
// the safe side for fitting a context.
func EstimateTokens(s string) int {
	wide, narrow := weigh(s)
	return wide + (narrow+3)/4
}

func weigh(s string) (wide, narrow int) {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			narrow++
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r >= 0x2e80 {
			wide++
			continue
		}
		narrow += 2 // Cyrillic, Arabic, accents: about two characters a token
	}
	return wide, narrow
}

const (
	perMessage = 4   // tokens that a chat template adds to a message
	perImage   = 800 // a middling picture; servers differ from 85 to 1500
)

// EstimatePrompt guesses the tokens of a request's messages and tools.
func EstimatePrompt(req *Request) int {
	n := 3
	for i := range req.Messages {
		n += perMessage + EstimateMessage(&req.Messages[i])
	}
	for i := range req.Tools {
		t := &req.Tools[i]
		n += perMessage + EstimateTokens(t.Name) + EstimateTokens(t.Description) + len(t.Parameters)/4
	}
	return n
}

// EstimateMessage guesses the tokens of one message.
func EstimateMessage(m *Message) int {
	n := 0
	for i := range m.Parts {
		switch m.Parts[i].Kind {
		case TextPart:
			n += EstimateTokens(m.Parts[i].Text)
		default:
			n += perImage
		}
	}
	for i := range m.ToolCalls {
		n += perMessage + EstimateTokens(m.ToolCalls[i].Name) + EstimateTokens(m.ToolCalls[i].Arguments)
	}
	return n
}

// tally counts the tokens of an answer as it passes, in case the server tells no usage.
type tally struct{ wide, narrow int }

func (t *tally) add(c *Chunk) {
	t.text(c.Text)
	t.text(c.Reasoning)
	for i := range c.ToolCalls {
		t.text(c.ToolCalls[i].Name)
		t.text(c.ToolCalls[i].Arguments)
	}
}

func (t *tally) text(s string) {
	if s == "" {
		return
	}
	w, n := weigh(s)
	t.wide += w
	t.narrow += n
}

func (t *tally) tokens() int { return t.wide + (t.narrow+3)/4 }

// estimate is the usage that we count ourselves.
func (t *tally) estimate(req *Request) app.Usage {
	p, c := EstimatePrompt(req), t.tokens()
	return app.Usage{PromptTokens: p, CompletionTokens: c, TotalTokens: p + c, Estimated: true}
}
