package node

import (
	"regexp"
	"strings"
	"unicode"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
)

// reply is an answer as it comes in. Thinking stands in the text between think tags (tagged), or apart from it.
type reply struct {
	step     *workflow.Step
	tagged   bool
	thinking bool // the tag is open
	newline  bool // the text ends with one
	begun    bool // something else than blanks was said
	text     strings.Builder
	thought  strings.Builder // the block of thinking that is being read
	blocks   []string        // those before it
	usage    *app.Usage
	stopped  string
}

func (a *reply) take(c *model.Chunk) {
	switch {
	case c.Reasoning == "":
	case a.tagged:
		if !a.thinking {
			a.thinking = true
			a.say("<think>")
			if c.Reasoning[0] != '\n' {
				a.say("\n")
			}
		}
		a.say(c.Reasoning)
	default:
		a.thought.WriteString(c.Reasoning)
		a.step.Reason(c.Reasoning)
	}
	if c.Text != "" {
		a.endThinking()
		a.say(c.Text)
	}
	if c.Usage != nil {
		a.usage = c.Usage
	}
	if c.Finish != "" {
		a.stopped = c.Finish
	}
}

// endThinking closes the tag, or the block.
func (a *reply) endThinking() {
	if a.thinking {
		a.thinking = false
		if !a.newline {
			a.say("\n")
		}
		a.say("</think>")
	}
	if a.thought.Len() > 0 {
		if block := strings.TrimSpace(a.thought.String()); block != "" {
			a.blocks = append(a.blocks, block)
		}
		a.thought.Reset()
	}
}

// say passes a piece of the text on. Beside thinking that is apart, blanks in front of the text are dropped.
func (a *reply) say(piece string) {
	if !a.tagged && !a.begun {
		piece = strings.TrimLeftFunc(piece, unicode.IsSpace)
		a.begun = piece != ""
	}
	if piece == "" {
		return
	}
	a.newline = piece[len(piece)-1] == '\n'
	a.text.WriteString(piece)
	a.step.Text(piece)
}

// blankLines is a run of them.
var blankLines = regexp.MustCompile(`\n[\s\p{Z}]*\n`)

// final is the text as the node's output has it. Where thinking is apart, what the model wrote around it is tidied up.
func (a *reply) final() string {
	if a.tagged {
		return a.text.String()
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(a.text.String(), "\n\n"))
}

// finish writes down what came of the call.
func (a *reply) finish(res *workflow.Result) {
	a.endThinking()
	var stopped any
	if a.stopped != "" {
		stopped = a.stopped
	}
	usage := usageObject(a.usage)
	res.Outputs = map[string]any{"text": a.final(), "reasoning_content": strings.Join(a.blocks, "\n"), "finish_reason": stopped, "usage": usage}
	res.Process["finish_reason"], res.Process["usage"] = stopped, usage
	res.Usage = a.usage
}
