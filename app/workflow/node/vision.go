package node

import (
	"context"
	"errors"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
	"islet/app/workflow"
)

// vision says which files a question brings along.
type vision struct {
	selector workflow.Selector
	detail   string // of pictures: low or high
}

// wireVision is the vision in a node's data.
type wireVision struct {
	Enabled bool `json:"enabled"`
	Configs *struct {
		Selector []string `json:"variable_selector"`
		Detail   string   `json:"detail"`
	} `json:"configs"`
}

// defaultDetail is how closely a model looks at pictures where the settings do not say.
const defaultDetail = "high"

// read is the vision as nodes use it, nil if it is off.
func (w *wireVision) read() *vision {
	if !w.Enabled {
		return nil
	}
	v := &vision{selector: workflow.Selector{workflow.System, SysFiles}, detail: defaultDetail}
	if c := w.Configs; c != nil {
		if len(c.Selector) >= 2 {
			v.selector = c.Selector
		}
		if c.Detail != "" {
			v.detail = c.Detail
		}
	}
	return v
}

// files are the files of the question. A variable that is not there has none; one that holds something else is an error.
func (v *vision) files(vars workflow.Vars) ([]app.Attachment, error) {
	val, _ := vars.Get(v.selector)
	if val == nil {
		return nil, nil
	}
	files, ok := attachmentsOf(val)
	if !ok {
		return nil, workflow.Typed("InvalidVariableTypeError", app.Errorf(app.Invalid, "vision_not_files",
			"the variable %q is to be looked at, but it holds no files", "变量“%s”被设为视觉输入，但其中没有文件", v.selector.String()))
	}
	return files, nil
}

// attachmentsOf are the files that a variable holds, and whether it may hold any.
func attachmentsOf(v any) ([]app.Attachment, bool) {
	if f, ok := v.(app.Attachment); ok {
		return []app.Attachment{f}, true
	}
	if files, ok := v.([]app.Attachment); ok {
		return files, true
	}
	list, ok := value.List(v)
	if !ok {
		return nil, false
	}
	var files []app.Attachment
	for _, e := range list {
		if f, ok := e.(app.Attachment); ok {
			files = append(files, f)
		}
	}
	return files, len(list) == 0 || files != nil
}

// filesOf makes parts of a message of files.
type filesOf func(context.Context, []app.Attachment) ([]model.Part, error)

// seen are the parts that a model is sent of files: pictures for one that can see, and documents as their text. What the model
// cannot take is left out, and so is a file that was deleted meanwhile.
func (d Deps) seen(known app.Model, detail string) filesOf {
	return func(ctx context.Context, files []app.Attachment) ([]model.Part, error) {
		var parts []model.Part
		for i := range files {
			p, ok, err := d.part(ctx, &files[i], known, detail)
			if err != nil {
				return nil, err
			}
			if ok {
				parts = append(parts, p)
			}
		}
		return parts, nil
	}
}

func (d Deps) part(ctx context.Context, f *app.Attachment, known app.Model, detail string) (part model.Part, ok bool, err error) {
	switch f.Kind {
	case "document":
		return d.documentText(ctx, f)
	case "custom":
		return model.Part{Text: "[Unsupported file type: " + f.Name + "]"}, true, nil
	case "image":
	default: // no protocol has a place for sound and film
		return part, false, nil
	}
	if !known.Abilities.Vision {
		return part, false, nil
	}
	part = model.Part{Kind: model.ImagePart, URL: f.URL, MIME: f.MIME, Name: f.Name, Detail: detail}
	if f.File == "" {
		return part, true, nil
	}
	data, mime, err := d.File(ctx, f.File)
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return part, false, nil
	}
	if err != nil {
		return part, false, err
	}
	part.Data, part.MIME, part.URL = data, mime, ""
	return part, true, nil
}

// documentText is a document as part of a question. Plain text is read as it is; for other formats there is Extract, and what
// that cannot read is left out.
func (d Deps) documentText(ctx context.Context, f *app.Attachment) (part model.Part, ok bool, err error) {
	if d.Extract == nil || isPlainText(f) {
		return (&llm{deps: d}).document(ctx, f)
	}
	text, err := d.Extract(ctx, *f)
	if errors.Is(err, &app.Error{Kind: app.NotFound}) || errors.Is(err, &app.Error{Kind: app.Unsupported}) {
		return part, false, nil
	}
	if err != nil {
		return part, false, err
	}
	if r := []rune(text); len(r) > documentMax {
		text = string(r[:documentMax]) + "\n[…]"
	}
	return model.Part{Text: "# " + f.Name + "\n\n" + strings.TrimSpace(text)}, true, nil
}

// isPlainText tells by its name and type whether a document can be read as it is.
func isPlainText(f *app.Attachment) bool {
	switch strings.ToLower(value.Extension(f.Name)) {
	case ".html", ".htm", ".xml": // there is less in them than meets the eye
		return false
	case ".txt", ".md", ".mdx", ".markdown", ".csv", ".json", ".yaml", ".yml", ".log", ".vtt", ".properties", "":
		return true
	}
	return strings.HasPrefix(f.MIME, "text/")
}

// showFiles puts parts of files into the request: before the text of the last message, if that is the person's, or behind all.
func showFiles(req *model.Request, parts []model.Part) {
	if len(parts) == 0 {
		return
	}
	if last := len(req.Messages) - 1; last >= 0 && req.Messages[last].Role == model.User {
		req.Messages[last].Parts = joinText(append(parts, req.Messages[last].Parts...))
		return
	}
	req.Messages = append(req.Messages, model.Message{Role: model.User, Parts: joinText(parts)})
}
