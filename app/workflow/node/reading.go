package node

import (
	"context"
	"fmt"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
)

// reading is what a question classifier and a parameter extractor ask of a model alike: one text is judged, and what was said
// before it and the pictures beside it only help to understand it.
type reading struct {
	deps   Deps
	model  *pickedModel
	memory *memory // nil: none
	vision *vision // nil: none
}

const readingHistory = "The conversation before the text, for what it refers to:\n<histories>\n%s\n</histories>"

// complete adds the history and the pictures to a request that holds the task and the text, and makes it fit the model.
func (r *reading) complete(ctx context.Context, vars workflow.Vars, req *model.Request, known app.Model) (*model.Request, error) {
	if r.memory != nil {
		past, err := r.memory.history(ctx, r.deps, vars, budget(req, "", known), nil)
		if err != nil {
			return nil, err
		}
		if len(past) > 0 {
			instruct(req, fmt.Sprintf(readingHistory, r.memory.lines(past)))
		}
	}
	if r.model.mode == completionMode {
		req.Messages = oneMessage(req.Messages)
	}
	if r.vision != nil {
		files, err := r.vision.files(vars)
		if err != nil {
			return nil, err
		}
		parts, err := r.deps.seen(known, r.vision.detail)(ctx, files)
		if err != nil {
			return nil, err
		}
		showFiles(req, parts)
	}
	fit(req, known)
	return req, nil
}

// oneMessage is a prompt as one text, for completion models.
func oneMessage(messages []model.Message) []model.Message {
	names := map[string]string{model.User: userPrefix, model.Assistant: assistantPrefix}
	parts := make([]string, 0, len(messages))
	for i := range messages {
		text := plainContent(&messages[i])
		if name := names[messages[i].Role]; name != "" {
			text = name + ": " + text
		}
		parts = append(parts, text)
	}
	return []model.Message{model.Say(model.User, strings.Join(parts, "\n\n")+"\n\n"+assistantPrefix+":")}
}
