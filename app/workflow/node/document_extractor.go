package node

import (
	"context"
	"encoding/json"
	"errors"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// documentExtractor reads the text of a document, or of each document in a list.
type documentExtractor struct {
	deps Deps
	from selector
}

var _ workflow.Reader = (*documentExtractor)(nil)

func newDocumentExtractor(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w struct {
		From selector `json:"variable_selector"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if w.From.none() {
		return nil, app.Errorf(app.Invalid, "document_not_chosen", "it does not say which file to read", "未选择要提取的文件")
	}
	return &documentExtractor{d, w.From}, nil
}

// Reads names the files.
func (n *documentExtractor) Reads() []workflow.Selector { return chosen(n.from) }

// Run reads the files. The output is a text for a file and a list of texts for a list; what is empty gives an empty list.
func (n *documentExtractor) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: looked(s.Vars, n.Reads())}
	v, err := n.from.read(s.Vars)
	if err != nil {
		return res, err
	}
	if !value.Truth(v) {
		res.Outputs = map[string]any{"text": []any{}}
		return res, nil
	}
	if f, ok := v.(app.Attachment); ok {
		text, err := n.extract(ctx, f)
		if err != nil {
			return res, err
		}
		res.Outputs = map[string]any{"text": text}
		return res, nil
	}
	list, _ := value.List(v)
	if typeName(v) != "array[file]" {
		return res, app.Errorf(app.Invalid, "document_not_a_file", "%q is neither a file nor a list of files", "“%s”既不是文件，也不是文件列表", n.from.String())
	}
	texts := make([]any, len(list))
	for i, f := range list {
		if texts[i], err = n.extract(ctx, f.(app.Attachment)); err != nil {
			return res, err
		}
	}
	res.Outputs = map[string]any{"text": texts}
	return res, nil
}

func (n *documentExtractor) extract(ctx context.Context, f app.Attachment) (string, error) {
	if n.deps.Extract == nil {
		return "", app.Errorf(app.Unavailable, "documents_unavailable", "this site cannot read documents", "本站点无法读取文档")
	}
	text, err := n.deps.Extract(ctx, f)
	if errors.Is(err, &app.Error{Kind: app.Unsupported}) {
		err = workflow.Typed("UnsupportedFileTypeError", err)
	}
	return text, err
}
