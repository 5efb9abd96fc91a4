package node

import (
	"context"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
)

// The words of our ReAct prompt. {{instruction}}, {{tools}} and {{tool_names}} are filled in, as in a prompt of who built the app.
const (
	reactPrompt = `{{instruction}}

You work in steps and may use tools. These are the tools, as a JSON list:

{{tools}}

In each step write a thought and then one action, in exactly this form:

Thought: what is known so far and what is to be done next
Action:
` + "```json" + `
{"action": "NAME", "action_input": INPUT}
` + "```" + `

NAME is one of: {{tool_names}}, Final Answer. For a tool, INPUT is a JSON object with the tool's parameters. Stop after the action; what the tool says will then be given to you behind the word Observation. Never write an observation yourself.

As soon as you can answer, use the action Final Answer, with the complete answer to the person as a text for INPUT. Answer in the language of the person.`

	reactLast = "No more tools can be used. Use the action Final Answer now, with the best answer that what is known allows."

	reactStop = "Observation"
)

// reason lets the model call tools in words until it gives the final answer. In the last step it is told that there are none.
func (w *work) reason(ctx context.Context) error {
	var past strings.Builder // thoughts, actions and observations so far
	for {
		t := w.think()
		last := w.thoughts > w.most
		req, err := w.words(ctx, past.String(), last)
		if err != nil {
			return err
		}
		said, err := w.follow(ctx, req, t)
		if err == nil && last && said.kind != anAnswer {
			err = w.tooManySteps()
		}
		if err == nil && said.kind == anAnswer {
			t.Answer = w.said.String()
		}
		if err != nil || said.kind == anAnswer {
			w.tell(t)
			w.note(t, err)
			return err
		}
		action, err := w.act(ctx, t, said)
		w.note(t, err)
		if err != nil {
			return err
		}
		past.WriteString("Thought: " + t.Thought + "\nAction: " + action + "\nObservation: " + t.Observation + "\n\n")
	}
}

// words makes the prompt of one step.
func (w *work) words(ctx context.Context, past string, last bool) (*model.Request, error) {
	req := w.base
	req.Messages = nil
	if !slices.Contains(req.Stop, reactStop) {
		req.Stop = append(slices.Clone(req.Stop), reactStop)
	}
	text := w.first
	if text == "" {
		text = reactPrompt
	}
	tools, names := w.described(last)
	text = strings.NewReplacer("{{instruction}}", w.opening(), "{{tools}}", tools, "{{tool_names}}", names).Replace(text)
	if last {
		text += "\n\n" + reactLast
	}
	req.Messages = []model.Message{model.Say(model.System, strings.TrimSpace(text))}
	history, err := w.past(ctx, &req)
	if err != nil {
		return nil, err
	}
	if w.model.mode == completionMode {
		text = strings.TrimSpace(text) + "\n\n"
		if len(history) > 0 {
			text += w.memory.lines(history) + "\n"
		}
		req.Messages = []model.Message{model.Say(model.User, text+"Question: "+w.question+"\n\n"+past+"Thought:")}
		return &req, nil
	}
	req.Messages = append(req.Messages, history...)
	question := model.Say(model.User, w.question)
	if w.thoughts == 1 {
		parts, err := w.attachments(ctx)
		if err != nil {
			return nil, err
		}
		question.Parts = joinText(append(parts, question.Parts...))
	}
	req.Messages = append(req.Messages, question)
	if past != "" {
		req.Messages = append(req.Messages, model.Say(model.Assistant, strings.TrimSpace(past)), model.Say(model.User, "continue"))
	}
	return &req, nil
}

// described are the tools as JSON, and their names.
func (w *work) described(last bool) (tools, names string) {
	list, called := []any{}, []string{}
	for _, b := range w.tools {
		if last {
			break
		}
		schema, err := value.Decode(b.schema)
		if err != nil {
			continue // we wrote it
		}
		list = append(list, value.NewObject("name", b.name, "description", b.description, "parameters", schema))
		called = append(called, b.name)
	}
	raw, err := value.Encode(list)
	if err != nil {
		return "[]", ""
	}
	return string(raw), strings.Join(called, ", ")
}

// follow has the model speak one step: thoughts are told as they grow, the answer streams. It returns how the step ended; words
// without an action are the answer.
func (w *work) follow(ctx context.Context, req *model.Request, t *app.Thought) (last reactUnit, err error) {
	fit(req, w.known)
	if w.prompts == nil {
		w.prompts = promptLog(req.Messages)
	}
	p := reactParser{tool: func(name string) bool {
		return slices.ContainsFunc(w.tools, func(b *boundTool) bool { return b.name == name })
	}}
	last = reactUnit{kind: aThought}
	var thought, reasoning strings.Builder
	hear := func(units []reactUnit) {
		for _, u := range units {
			switch u.kind {
			case aThought:
				thought.WriteString(u.text)
				t.Thought = strings.TrimSpace(thought.String())
				if strings.Contains(u.text, "\n") {
					w.tell(t)
				}
			case anAnswer:
				w.say(u.text, last.kind != anAnswer)
				last = reactUnit{kind: anAnswer}
			default:
				last = u
			}
		}
	}
	for c, err := range model.SplitThink(w.chatter.Chat(ctx, req)) {
		if err != nil {
			return last, modelFailure(err)
		}
		if c.Reasoning != "" {
			reasoning.WriteString(c.Reasoning)
			w.step.Reason(c.Reasoning)
		}
		hear(p.feed(c.Text))
		if c.Usage != nil {
			addUsage(&w.usage, c.Usage)
			t.Usage = *c.Usage
		}
	}
	hear(p.end())
	if last.kind == aThought {
		w.say(t.Thought, true)
		last = reactUnit{kind: anAnswer}
	}
	if t.Thought == "" {
		t.Thought = strings.TrimSpace(reasoning.String())
	}
	return last, nil
}

// act does what the model wants and returns the action as the model is to remember it.
func (w *work) act(ctx context.Context, t *app.Thought, said reactUnit) (action string, err error) {
	if said.kind == aBrokenAction {
		t.Observation = "the action is not valid JSON; write one JSON object with the keys action and action_input"
		w.tell(t)
		return said.text, nil
	}
	w.tell(t)
	in, wrong := w.reactInput(said)
	if _, err := w.call(ctx, t, said.action, in, wrong); err != nil {
		return "", err
	}
	raw, err := value.Encode(value.NewObject("action", said.action, "action_input", said.input))
	return string(raw), err
}

// reactInput is what a tool is called with: an object, JSON in a text, or a bare text for the only parameter.
func (w *work) reactInput(said reactUnit) (*value.Object, error) {
	if o, ok := value.Fields(said.input); ok {
		return o, nil
	}
	text := strings.TrimSpace(argText(orEmpty(said.input)))
	if strings.HasPrefix(text, "{") {
		v, err := value.Decode([]byte(text))
		if err != nil {
			v, err = repairJSON(text)
		}
		if o, ok := value.Fields(v); ok && err == nil {
			return o, nil
		}
	}
	i := slices.IndexFunc(w.tools, func(b *boundTool) bool { return b.name == said.action })
	if i >= 0 && text != "" && len(w.tools[i].open) == 1 && !strings.HasPrefix(text, "{") {
		return value.NewObject(w.tools[i].open[0].Name, text), nil
	}
	in, wrong := argumentsIn(text)
	if wrong != nil {
		in = value.NewObject("input", text)
	}
	return in, wrong
}
